"""What a platform's connector offers. One file a platform; connectors never import each other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Protocol

from app.domain import Account, Identity, Kind, Mention, OwnPost, Page, Picture, Reply, Sent
from app.errors import InputError
from app.http import Http
from app.search_stream import Query


class Idempotency(StrEnum):
    """How an uncertain send can be settled on this platform."""

    RECORD = "record"  # the key is chosen by us: sending again cannot make a second post
    KEY = "key"  # the server may honour a key; look first, the key is a second belt
    LOOK = "look"  # look for our own reply
    ASK = "ask"  # cannot be asked: a person decides


@dataclass(frozen=True, slots=True)
class Meter:
    """Something that the platform counts, or that costs; the connector tells it by `Http.spend`."""

    unit: str  # what is counted: "usd", "units", "replies", "points"; unique within a platform
    title: str  # as on screen: "Cost this month"
    period: str  # "hour" and "24h" slide; "day" and "month" begin at midnight in `zone`
    limit: float | None = None  # the platform's own; None: only the cap that a person sets
    zone: str = "UTC"
    shared: bool = False  # one count for all accounts that sign in through the same app of the person's
    capped: bool = False  # a person may set a cap of their own
    currency: str = ""  # ISO 4217 where `unit` is money


@dataclass(frozen=True, slots=True)
class Price:
    """What a paid API takes, in `currency`, with the day and the page it was read on in the connector."""

    currency: str
    read: float = 0.0  # one message
    post: float = 0.0
    post_with_link: float = 0.0
    direct: float = 0.0


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the platform's API can do for a care client; the rest of the program asks only this."""

    name: str  # "Mastodon", as on screen
    streams: tuple[str, ...]  # names for `pull`; each has its own mark
    idempotency: Idempotency
    max_graphemes: int
    max_bytes: int | None = None
    max_graphemes_direct: int | None = None  # of direct messages; None: as in public
    max_bytes_direct: int | None = None
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
    kinds: tuple[Kind, ...] = ()  # what `pull` brings
    replies: bool = True  # False: what it brings cannot be answered through the API
    no_reply: str = ""  # with `replies` False, or for some messages: a sentence that tells why and what to do instead
    replaces: bool = False  # a message takes one reply, and another one takes its place
    window: timedelta | None = None  # no reply is taken longer than this after the customer's last message
    private_window: timedelta | None = None  # a public message can be answered in private for so long
    private_once: bool = False  # and by one message only, until the customer writes
    likes: bool = False
    hides: bool = False  # others' comments below our posts, and back
    marks_read: bool = False
    searches: frozenset[str] = frozenset()  # fields of `Query` that `search` asks the platform for; empty: no search
    meters: tuple[Meter, ...] = ()
    price: Price | None = None
    notes: tuple[str, ...] = ()  # what the API cannot do, in sentences for the sign-in dialog and docs/platforms.md

    def towards(self, handle: str) -> Capabilities:
        """The same for a reply to `handle`, with room left for the name; of "@ana@town.example", "@ana " counts."""
        user = handle.strip("@").partition("@")[0]
        if not self.names_first or not user:
            return self
        direct, name = self.max_graphemes_direct, len(user) + 2
        return replace(
            self, max_graphemes=max(1, self.max_graphemes - name),
            max_graphemes_direct=None if direct is None else max(1, direct - name),
        )  # fmt: skip

    def in_direct(self) -> Capabilities:
        """The same for a direct message, which has limits of its own on some platforms."""
        graphemes, size = self.max_graphemes_direct, self.max_bytes_direct
        return replace(
            self, max_graphemes=self.max_graphemes if graphemes is None else graphemes,
            max_bytes=self.max_bytes if size is None else size,
        )  # fmt: skip


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
class AppKeys:
    """Platforms that give no key to programs want the person's own developer app. Asked once a client, then kept."""

    family: str  # platforms that share one: "meta", "google"
    fields: tuple[SignInField, ...]  # handed to `begin` among its fields, by these keys
    help_text: str = ""  # where an app is made
    help_url: str = ""


@dataclass(frozen=True, slots=True)
class SignInForm:
    """The sign-in dialog of a platform, in the words of a shop owner."""

    fields: tuple[SignInField, ...]
    can: tuple[str, ...]
    never: tuple[str, ...]
    browser: bool = False  # continues in the browser (OAuth)
    help_text: str = ""
    help_url: str = ""
    app: AppKeys | None = None
    redirect: str = ""  # where the platform wants it known before: "http://localhost:47623/callback"; "" any port
    paste: str = ""  # what the page shows for pasting where the browser does not come back; "" a code


@dataclass(frozen=True, slots=True)
class Authorization:
    """A sign-in that waits for the browser. Holds secrets: never stored, never logged."""

    url: str  # open this
    state: str
    data: Mapping[str, str] = field(repr=False, default_factory=dict)  # client id and secret, verifier …


# A secret may hold "sign_in_ends", ISO time: from then on a person must sign in again. It is shown days ahead.
SaveSecret = Callable[[dict[str, str]], Awaitable[None]]
SignedIn = Identity | tuple[Identity, ...]  # several: pages or locations, of which the person chooses


class Basics:
    """What a connector answers where its platform has no such thing. Nothing offers it: `capabilities` says so."""

    async def like(self, mention: Mention, liked: bool) -> None:
        """Like it, or take the like back."""
        raise _absent()

    async def hide(self, mention: Mention, hidden: bool) -> None:
        """Hide somebody's comment from others, or show it again. Never deletes."""
        raise _absent()

    async def mark_read(self, mention: Mention) -> None:
        """Mark it, and what came before it, as read on the platform."""
        raise _absent()

    def search(self, query: Query, mark: str | None, *, since: datetime) -> AsyncIterator[Page]:
        """What matches, as `Kind.SEARCH`, with marks as in `pull`; see `Capabilities.searches`."""
        raise _absent()

    async def upload(self, picture: Picture, data: bytes, *, direct: bool) -> str:
        """Only where there are pictures."""
        raise _absent()

    @classmethod
    async def begin(cls, http: Http, fields: Mapping[str, str], redirect_uri: str) -> Authorization:
        """Only where `form.browser`."""
        raise _absent()

    @classmethod
    async def finish(cls, http: Http, authorization: Authorization, code: str) -> SignedIn:
        """Only where `form.browser`."""
        raise _absent()

    async def revoke(self) -> None:
        """Tell the platform to forget this sign-in; nothing where it cannot be told."""

    async def close(self) -> None:
        """Nothing is held."""


def _absent() -> InputError:
    return InputError("This platform's interface for other programs cannot do that. Use its website.")


class Connector(Protocol):
    """One signed-in account. Every method may raise a `ServiceError`."""

    platform: ClassVar[str]
    capabilities: Capabilities  # of this account: the server's own limits are in it once `setup` ran
    form: ClassVar[SignInForm]

    def __init__(self, account: Account, secret: dict[str, str], http: Http, save_secret: SaveSecret) -> None:
        """`save_secret` writes a rotated secret to the keyring; await it before the new one is used."""

    @classmethod
    async def sign_in(cls, http: Http, fields: Mapping[str, str]) -> SignedIn:
        """Sign in with what was typed (password, app password or a pasted token in "token")."""

    @classmethod
    async def begin(cls, http: Http, fields: Mapping[str, str], redirect_uri: str) -> Authorization:
        """Start a browser sign-in. Only where `form.browser`."""

    @classmethod
    async def finish(cls, http: Http, authorization: Authorization, code: str) -> SignedIn:
        """Trade the code for a token and find out who it belongs to.

        `code` is what came back, or what the person copied: the code or the whole address; see `app.oauth`.
        """

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

    async def like(self, mention: Mention, liked: bool) -> None:
        """Like it, or take the like back. Only where `capabilities.likes`."""

    async def hide(self, mention: Mention, hidden: bool) -> None:
        """Hide somebody's comment from others, or show it again. Only where `capabilities.hides`."""

    async def mark_read(self, mention: Mention) -> None:
        """Mark it, and what came before it, as read on the platform. Only where `capabilities.marks_read`."""

    def search(self, query: Query, mark: str | None, *, since: datetime) -> AsyncIterator[Page]:
        """Read what matches, as `Kind.SEARCH`, with marks as in `pull`. Only where `capabilities.searches`.

        What the platform cannot be asked for (the fields of `query` that are not in `searches`) is left to the caller.
        """

    async def revoke(self) -> None:
        """Tell the platform to forget this sign-in, where it can be told. The account was removed."""

    async def close(self) -> None:
        """Release what the connector holds."""
