"""What the tests of the sign-in dialog share: clients, platforms, and the dialog itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import shiboken6

from app.domain import Client
from tests.ui.fakes_accounts import FACEBOOK, Offer
from tests.ui.fakes_conversation import Runtime
from ui.accounts import AddAccountDialog
from ui.widgets import Label

JANUARY = datetime(2026, 1, 1, tzinfo=UTC)
MAPLE = Client("maple", "Maple & Rye", "#d9a441", "UTC", "", JANUARY)
NORTH = Client("north", "Northline Cycles", "#3f6fb5", "UTC", "", JANUARY)
SECRET = "planted-app-secret"
SOCIAL = "Social networks"
MORE = [
    Offer("bluesky", "Bluesky", SOCIAL, ("read mentions, replies and quotes",), False),
    Offer("facebook", "Facebook", SOCIAL, FACEBOOK.can, True),
    Offer("mastodon", "Mastodon", SOCIAL, ("read mentions",), True),
    Offer("google", "Google reviews", "Reviews", ("read reviews",), True),
    Offer("trustpilot", "Trustpilot", "Reviews", ("read reviews",), False),
    Offer("youtube", "YouTube", "Comments", ("read comments below your videos",), True),
]


def made() -> Runtime:
    """A runtime with two clients and six platforms."""
    core = Runtime()
    core.inbox.clients_list = [MAPLE, NORTH]
    core.accounts.offered = list(MORE)
    return core


def opened(core: Runtime) -> Iterator[AddAccountDialog]:
    """The dialog, closed after the test."""
    dialog = AddAccountDialog(core, client_id="maple")
    dialog.show()
    yield dialog
    if shiboken6.isValid(dialog):
        dialog.close()
        shiboken6.delete(dialog)


def texts(dialog: AddAccountDialog) -> str:
    """All words that are shown."""
    return "\n".join(label.text() for label in dialog.findChildren(Label) if label.isVisibleTo(dialog))
