"""Screens that are built when somebody asks for them, so that they cost the start nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from ui.bridge import Bridge
from ui.ports import Runtime

if TYPE_CHECKING:
    from ui.window import MainWindow


def outbox(
    window: QWidget,
    runtime: Runtime,
    bridge: Bridge,
    open_conversation: Callable[[str], object],
    sign_in_again: Callable[[str], object],
) -> QWidget:
    """The ledger of replies."""
    from ui.outbox import OutboxView

    page = OutboxView(runtime, window, bridge=bridge)
    page.chosen.connect(open_conversation)
    page.sign_in_wanted.connect(sign_in_again)
    return page


def sign_in(window: QWidget, runtime: Runtime, account: str, client: str | None) -> None:
    """Add an account, or sign in again to `account`."""
    from ui.accounts import open_sign_in

    open_sign_in(window, runtime, account, client)


def hours(window: QWidget, runtime: Runtime, client: str | None, conversation: str) -> None:
    """Hours and promises of `client`; where all are looked at, of the one whose conversation is open."""
    from ui import ops
    from ui.clients import open_hours

    chosen = chosen_client(runtime, client, conversation)
    if chosen:
        open_hours(window, runtime, chosen)
    else:
        ops.tell(window, window.tr("Choose a client in the side bar first."))


def chosen_client(runtime: Runtime, client: str | None, conversation: str) -> str:
    """The client that is looked at; where all are, of the one whose conversation is open; "" where that is unclear."""
    known = [one.id for one in runtime.inbox.clients()]
    row = runtime.inbox.feed_rows([conversation]).get(conversation) if conversation else None
    return client or (known[0] if len(known) == 1 else row.client_id if row is not None else "")


def profile(window: QWidget, runtime: Runtime, client: str | None, conversation: str) -> None:
    """About a client: who signs, its own words, where reviews are written."""
    from ui import ops
    from ui.clients.profile import open_profile

    chosen = chosen_client(runtime, client, conversation)
    if chosen:
        open_profile(window, runtime, chosen)
    else:
        ops.tell(window, window.tr("Choose a client in the side bar first."))


def templates(window: QWidget, runtime: Runtime, client: str | None) -> None:
    """Saved replies: edited, taken in and given out. A second call brings the open window to the front."""
    from ui.templates.window import TemplatesWindow

    page = next((one for one in window.findChildren(TemplatesWindow) if one.isVisible()), None)
    if page is None:
        page = TemplatesWindow(runtime, client, window)
    else:
        page.show_client(client)
    _to_front(page)


def follow_ups(
    window: QWidget, runtime: Runtime, bridge: Bridge, client: str | None, open_conversation: Callable[[str], object]
) -> None:
    """Promises that were made, and kind words that may be quoted. One window, as with templates."""
    from ui.followups.page import FollowUpsDialog

    def go(conversation: str) -> None:
        open_conversation(conversation)
        window.activateWindow()

    page = next((one for one in window.findChildren(FollowUpsDialog) if one.isVisible()), None)
    if page is None:
        page = FollowUpsDialog(runtime, client, window, bridge=bridge)
        page.chosen.connect(go)
    else:
        page.show_client(client)
    _to_front(page)


def searches(window: QWidget, runtime: Runtime, bridge: Bridge, client: str | None) -> None:
    """What is listened for. One window, as with templates."""
    from ui.listening.window import SearchesDialog

    page = next((one for one in window.findChildren(SearchesDialog) if one.isVisible()), None)
    if page is None:
        page = SearchesDialog(runtime, client, window, bridge=bridge)
    else:
        page.show_client(client)
    _to_front(page)


def _to_front(page: QWidget) -> None:
    page.show()
    page.raise_()
    page.activateWindow()


def windows(
    window: MainWindow, runtime: Runtime, bridge: Bridge, client: str | None, conversation: str
) -> dict[str, Callable[[], object]]:
    """The commands that open a window of their own."""
    return {
        "hours": lambda: hours(window, runtime, client, conversation),
        "rules": lambda: rules(window, runtime, client),
        "profile": lambda: profile(window, runtime, client, conversation),
        "manage_templates": lambda: templates(window, runtime, client),
        "searches": lambda: searches(window, runtime, bridge, client),
        "follow_ups": lambda: follow_ups(window, runtime, bridge, client, window.open_conversation),
    }


def rules(window: QWidget, runtime: Runtime, client: str | None) -> None:
    """Minutes, rules and VIPs of a client, or of all."""
    from ui.rules.dialog import open_rules

    open_rules(window, runtime, client)


def welcome(window: QWidget, runtime: Runtime, add_account: Callable[[], object]) -> QWidget:
    """The first start: practise, or add an account."""
    from ui import ops
    from ui.welcome import Welcome

    page = Welcome(window)
    page.set_platforms([name for _key, name in runtime.accounts.platforms()])

    def practise() -> None:
        ops.run(page, runtime.accounts.practise(), busy=page.practise_card)

    page.practise.connect(practise)
    page.add_account.connect(add_account)
    return page
