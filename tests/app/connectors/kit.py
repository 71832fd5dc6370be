"""What a platform in memory offers, so that every connector meets the same trouble in `test_kit.py`.

Each `fake_<platform>.py` has a function `world()` that returns a fresh one. A world whose platform pages by links or
cursors may have an attribute `empty_pages`: so many pages after the first of a list come empty, with a next link.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

import httpx

from app.connectors.base import Connector
from app.domain import Account

Trouble = Callable[[httpx.Request], httpx.Response | None]


class World(Protocol):
    """A platform that answers over httpx as its documentation says, with one account of ours and its customers."""

    connector: type[Connector]
    requests: list[httpx.Request]  # all that came, oldest first
    fail: Trouble  # asked first; what it returns is answered instead
    renewable: bool  # a dead access token can be renewed without a person

    def account(self) -> Account:
        """Our account, its id is "a"."""

    def secret(self) -> dict[str, str]:
        """A living sign-in. Every token and password in it contains "s3cret"."""

    def write(self, text: str, *, at: datetime) -> str:
        """A customer writes in the connector's main kind. Returns the mention's remote id as `pull` gives it."""

    def change(self, remote_id: str, text: str) -> bool:
        """The customer edits it; False where the platform has no edits."""

    def remove(self, remote_id: str) -> bool:
        """The customer deletes it; False where the platform does not tell."""

    def answer(self, remote_id: str, text: str, *, at: datetime) -> bool:
        """We answer from the platform's own site; False where that cannot be seen through its API."""

    def ours(self) -> list[str]:
        """The texts of our own replies that are there, oldest first."""

    def end_token(self) -> None:
        """The access token ends now: the next call with it is answered as the platform does. See `renewable`."""

    def is_send(self, request: httpx.Request) -> bool:
        """Whether the request posts a reply."""

    def limited(self) -> httpx.Response:
        """What the platform answers to one who calls too often; to wait about ten seconds where it says how long."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer."""


def body(request: httpx.Request) -> Any:
    """The JSON of a request."""
    import json

    return json.loads(request.content or b"null")
