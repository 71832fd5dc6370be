"""What was read from a file: messages to look at and to close, of a platform that is not asked again. No network.

`Account.data` holds `{"platform": "google", "name": "Google"}`: where the messages were written.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import ClassVar, NoReturn

from app.connectors.base import Authorization, Basics, Capabilities, Idempotency, SaveSecret, SignInForm, Thread
from app.domain import Account, Identity, Mention, Page, Picture, Reply, Sent
from app.errors import InputError, RefusedError
from app.http import Http

NO_REPLY = "This came from a file, so it cannot be answered from here."
NOTE = "Messages that were read from a file are shown and can be closed. They are not read again, and take no replies."
LONGEST = 10_000  # characters of a text that is only written to be refused


class ArchiveConnector(Basics):
    """The messages of one client that came from files, of one platform."""

    platform: ClassVar[str] = "archive"
    title: ClassVar[str] = "Files"
    local: ClassVar[bool] = True  # no secret, so the keyring is never asked
    form: ClassVar[SignInForm] = SignInForm(
        fields=(),
        can=("Show messages that were read from a file",),
        never=("Send anything to anybody",),
    )

    def __init__(self, account: Account, secret: dict[str, str], http: Http, save_secret: SaveSecret) -> None:
        """Nothing of it is used but the name in `account.data`."""
        self.capabilities = Capabilities(
            name=name_of(account), streams=(), idempotency=Idempotency.RECORD, max_graphemes=LONGEST, threads=False,
            history_days=0, replies=False, no_reply=NO_REPLY, notes=(NOTE,),
        )  # fmt: skip

    @classmethod
    async def sign_in(cls, http: Http, fields: Mapping[str, str]) -> Identity:
        """Not offered: `carelane import` makes these accounts."""
        _not_signed_in()

    @classmethod
    async def begin(cls, http: Http, fields: Mapping[str, str], redirect_uri: str) -> Authorization:
        """Not offered."""
        _not_signed_in()

    @classmethod
    async def finish(cls, http: Http, authorization: Authorization, code: str) -> Identity:
        """Not offered."""
        _not_signed_in()

    async def check(self) -> str:
        """A file cannot be signed out."""
        return ""

    async def pull(self, stream: str, mark: str | None, *, since: datetime) -> AsyncIterator[Page]:
        """Nothing comes by itself."""
        nothing: tuple[Page, ...] = ()
        for page in nothing:
            yield page

    async def thread(self, mention: Mention) -> Thread:
        """What is stored is all there is."""
        return Thread()

    async def look(self, remote_ids: Sequence[str]) -> Thread:
        """Edits and deletions are not told."""
        return Thread()

    def prepare(self, reply: Reply) -> str:
        """Nothing is prepared for what cannot be sent."""
        return ""

    async def upload(self, picture: Picture, data: bytes, *, direct: bool) -> str:
        """Refuse."""
        raise RefusedError(NO_REPLY)

    async def send(self, reply: Reply) -> Sent:
        """Refuse."""
        raise RefusedError(NO_REPLY)

    async def find(self, reply: Reply) -> Sent | None:
        """Nothing ever left."""
        return None

    async def close(self) -> None:
        """Nothing is held."""


def name_of(account: Account) -> str:
    """The platform's name as on screen; account data is ours, yet a damaged one must not stop the feed."""
    try:
        name = json.loads(account.data).get("name")
    except (ValueError, AttributeError):
        name = None
    return name if isinstance(name, str) and name else "File"


def _not_signed_in() -> NoReturn:
    raise InputError("Messages from a file need no sign-in. Use “carelane import”.")


CONNECTOR = ArchiveConnector
