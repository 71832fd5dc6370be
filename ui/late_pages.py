"""Screens that are built when somebody asks for them, so that they cost the start nothing."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from ui.bridge import Bridge
from ui.ports import Runtime


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

    known = [one.id for one in runtime.inbox.clients()]
    row = runtime.inbox.feed_rows([conversation]).get(conversation) if conversation else None
    chosen = client or (known[0] if len(known) == 1 else row.client_id if row is not None else "")
    if chosen:
        open_hours(window, runtime, chosen)
    else:
        ops.tell(window, window.tr("Choose a client in the side bar first."))


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
