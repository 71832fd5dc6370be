"""What a platform's connector offers. One file a platform; connectors never import each other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Protocol

from app.domain import Account, Identity, Mention, OwnPost, Page, Picture, Reply, Sent
from app.http import Http


class Idempotency(StrEnum):
    """How an uncertain send can be settled on this platform."""

    RECORD = "record"  # the key is chosen by us: sending again cannot make a second post
    KEY = "key"  # the server may honour a key; look first, the key is a second belt
    LOOK = "look"  # look for our own reply
    ASK = "ask"  # cannot be asked: a person decides


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the platform's API can do for a care client; the rest of the program asks only this."""

    name: str  # "Mastodon", as on screen
    streams: tuple[str, ...]  # names for `pull`; each has its own mark
    idempotency: Idempotency
    max_graphemes: int
    max_bytes: int | None = None
    url_length: int | None = None  # a link counts as this many, None: as long as it is
    private_reply: bool = False  # a public conversation can be continued in a direct message
    direct_messages: bool = False
    history_days: int = 30
    undo_seconds: int = 10  # of a public reply
    undo_seconds_direct: int = 3
    weighted: bool = False  # characters count as on X: 2 for most scripts beyond Latin
    threads: bool = True  # a long reply may go on in replies to itself
    spoilers: bool = False  # content warnings
    max_pictures: int = 0
    picture_bytes: int = 5_000_000
    picture_side: int = 4096  # pixels of the longer side
    picture_types: tuple[str, ...] = ("image/jpeg", "image/png")
    max_alt: int = 1000  # characters
    picture_direct: bool = False  # direct messages take pictures too
    names_first: bool = False  # the name of whom it answers is put before the text, and counts

    def towards(self, handle: str) -> Capabilities:
        """The same for a reply to `handle`, with room left for the name; of "@ana@town.example", "@ana " counts."""
        user = handle.strip("@").partition("@")[0]
        if not self.names_first or not user:
            return self
        return replace(self, max_graphemes=max(1, self.max_graphemes - len(user) - 2))


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation as the platform shows it now, oldest first."""

    mentions: tuple[Mention, ...] = ()  # others' posts; `Kind.CONTEXT` where they do not address us
    own: tuple[OwnPost, ...] = ()
    gone: tuple[str, ...] = ()  # asked-for remote ids that are no longer there


@dataclass(frozen=True, slots=True)
class SignInField:
    """One line of the sign-in dialog."""

    key: str  # "server", "handle", "password"
    label: str
    placeholder: str = ""
    secret: bool = False
    hint: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class SignInForm:
    """The sign-in dialog of a platform, in the words of a shop owner."""

    fields: tuple[SignInField, ...]
    can: tuple[str, ...]
    never: tuple[str, ...]
    browser: bool = False  # continues in the browser (OAuth)
    help_text: str = ""
    help_url: str = ""


@dataclass(frozen=True, slots=True)
class Authorization:
    """A sign-in that waits for the browser. Holds secrets: never stored, never logged."""

    url: str  # open this
    state: str
    data: Mapping[str, str] = field(repr=False, default_factory=dict)  # client id and secret, verifier …


SaveSecret = Callable[[dict[str, str]], Awaitable[None]]


class Connector(Protocol):
    """One signed-in account. Every method may raise a `ServiceError`."""

    platform: ClassVar[str]
    capabilities: Capabilities  # of this account: the server's own limits are in it once `setup` ran
    form: ClassVar[SignInForm]

    def __init__(self, account: Account, secret: dict[str, str], http: Http, save_secret: SaveSecret) -> None:
        """`save_secret` writes a rotated secret to the keyring; await it before the new one is used."""

    @classmethod
    async def sign_in(cls, http: Http, fields: Mapping[str, str]) -> Identity:
        """Sign in with what was typed (password, app password or a pasted token in "token")."""

    @classmethod
    async def begin(cls, http: Http, fields: Mapping[str, str], redirect_uri: str) -> Authorization:
        """Start a browser sign-in. Only where `form.browser`."""

    @classmethod
    async def finish(cls, http: Http, authorization: Authorization, code: str) -> Identity:
        """Trade the code for a token and find out who it belongs to."""

    async def check(self) -> str:
        """One cheap call that needs the token. Returns a sentence on what cannot be done, "" if all works."""

    def pull(self, stream: str, mark: str | None, *, since: datetime) -> AsyncIterator[Page]:
        """Read what is new in `stream` after `mark`, with overlap; from `since` on when `mark` is None.

        Marks are the connector's own text. A page's mark is saved with the page,
        so a pull that breaks between pages goes on from there. Items may come
        twice: the store knows them by id. What cannot be read is said as a gap.
        """

    async def thread(self, mention: Mention) -> Thread:
        """The whole conversation around `mention`."""

    async def look(self, remote_ids: Sequence[str]) -> Thread:
        """Read these posts again, to follow edits and deletions."""

    def prepare(self, reply: Reply) -> str:
        """Choose what must be the same on every try, as JSON kept in `Reply.prepared`. No network."""

    async def upload(self, picture: Picture, data: bytes, *, direct: bool) -> str:
        """Hand a picture over before its reply. Returns what `send` needs as JSON, kept in `Picture.remote`.

        Only where `capabilities.max_pictures` is not 0.
        """

    async def send(self, reply: Reply) -> Sent:
        """Post `reply`; `to_remote_id` and `to_extra` name what it answers, `Picture.remote` its pictures.

        Raises `UncertainError` when it may have arrived all the same.
        """

    async def find(self, reply: Reply) -> Sent | None:
        """Look on the platform for `reply`, whose send is uncertain. None: surely not there."""

    async def close(self) -> None:
        """Release what the connector holds."""
