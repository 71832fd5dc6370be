"""Screens that are built when somebody asks for them, so that they cost the start nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QWidget

from ui.bridge import Bridge
from ui.conversation.words import one_line
from ui.ports import Runtime

if TYPE_CHECKING:
    from ui.accounts.overview import AccountsDialog
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


def usage(window: QWidget, runtime: Runtime, bridge: Bridge, client: str | None) -> None:
    """What the platforms count or charge. One window, as with templates."""
    from ui.accounts.meters import MetersDialog

    page = next((one for one in window.findChildren(MetersDialog) if one.isVisible()), None)
    if page is None:
        page = MetersDialog(runtime, client, window, bridge=bridge)
    else:
        page.show_client(client)
    _to_front(page)


def accounts(window: QWidget, runtime: Runtime, bridge: Bridge, client: str | None) -> AccountsDialog:
    """All connected accounts. One window, as with templates."""
    from ui.accounts.overview import AccountsDialog

    page = next((one for one in window.findChildren(AccountsDialog) if one.isVisible()), None)
    if page is None:
        page = AccountsDialog(runtime, client, window, bridge=bridge)
        page.sign_in_wanted.connect(lambda account, owner: sign_in(window, runtime, account, owner or client))
        page.limits_wanted.connect(lambda owner: usage(window, runtime, bridge, owner))
    else:
        page.show_client(client)
    _to_front(page)
    return page


def look_after(
    window: MainWindow, runtime: Runtime, bridge: Bridge, what: str, account: str, at: QPoint | None = None
) -> None:
    """Do something to one account.

    `what` is a key of its menu; "menu" itself, which pops up `at` a place on the screen; or "press", which signs in
    again where that is needed, shows a paused one, and else looks for new messages.
    """
    from app import expiry
    from ui.accounts import doing

    known = next((one for one in runtime.inbox.accounts() if one.id == account), None)
    if known is None:
        return
    if what == "press":
        ends = known.state == "sign_in" or expiry.days_left(known.data, datetime.now(UTC)) is not None
        what = "show" if known.state == "paused" else "sign_in" if ends else "read"
    if what == "menu" and at is not None:
        made = doing.menu(
            window.side, known, signs_in=runtime.accounts.signs_in(known.platform),
            meters=any(one.id == account for one in runtime.metering.metered()),
            do=lambda chosen: look_after(window, runtime, bridge, chosen, account),
        )  # fmt: skip
        doing.pop_up(made, at)
    elif what == "read":
        runtime.accounts.check(account)
    elif what == "sign_in":
        sign_in(window, runtime, account, known.client_id)
    elif what == "limits":
        usage(window, runtime, bridge, known.client_id)
    elif what == "pause":
        doing.pause(window, runtime.accounts, account, one_line(known.handle), known.state != "paused")
    else:
        page = accounts(window, runtime, bridge, None)
        page.show_account(account)
        if what == "remove":
            page.do("remove", account)


def _to_front(page: QWidget) -> None:
    page.show()
    page.raise_()
    page.activateWindow()


def windows(
    window: MainWindow, runtime: Runtime, bridge: Bridge, client: str | None, conversation: str
) -> dict[str, Callable[[], object]]:
    """The commands that open a window of their own."""
    return {
        "accounts": lambda: accounts(window, runtime, bridge, client),
        "hours": lambda: hours(window, runtime, client, conversation),
        "rules": lambda: rules(window, runtime, client),
        "profile": lambda: profile(window, runtime, client, conversation),
        "manage_templates": lambda: templates(window, runtime, client),
        "usage": lambda: usage(window, runtime, bridge, client),
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
