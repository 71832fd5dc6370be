"""What can be done to somebody's message besides answering it, as a menu."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from PySide6.QtCore import QCoreApplication, QPoint
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from app.domain import Mention
from app.rows import ThreadItem
from ui import ops
from ui.conversation import words
from ui.conversation.links import open_link
from ui.ports import Runtime


def tr(text: str) -> str:
    """Translate in the context "MessageMenu"."""
    return QCoreApplication.translate("MessageMenu", text)


def reasons() -> list[tuple[str, str]]:
    """Why a comment can be hidden: stable key, words."""
    return [
        ("spam", tr("Spam")),
        ("abuse", tr("Abuse or a threat")),
        ("personal_data", tr("Somebody's personal data")),
    ]


def build(runtime: Runtime, item: ThreadItem, conversation_id: str, parent: QWidget) -> QMenu | None:
    """The menu of one message; None for one of ours. It asks the core what is possible as it opens."""
    mention = item.mention
    if mention is None:
        return None
    menu = QMenu(parent)
    menu.setToolTipsVisible(True)
    able = runtime.moderation.able(mention.id)

    def run(change: Coroutine[Any, Any, object]) -> None:
        ops.run(parent, change)

    if able.likes:
        like = menu.addAction(tr("Take the like back") if able.liked else tr("Like"))
        like.triggered.connect(lambda _on=False: run(runtime.moderation.like(mention.id, not able.liked)))
    if able.hidden:
        menu.addAction(tr("Show it again")).triggered.connect(
            lambda _on=False: run(runtime.moderation.show(mention.id))
        )
    elif able.hide_reasons:
        hide = menu.addMenu(tr("Hide it from others, because it is"))
        for key, label in reasons():
            if key in able.hide_reasons:
                hide.addAction(label).triggered.connect(
                    lambda _on=False, key=key: run(runtime.moderation.hide(mention.id, key))
                )
    elif able.why_not:
        no = menu.addAction(tr("Hide it"))
        no.setEnabled(False)
        no.setToolTip(able.why_not)
    if able.marks_read:
        menu.addAction(tr("Mark as read on the platform")).triggered.connect(
            lambda _on=False: run(runtime.moderation.mark_read(conversation_id))
        )
    if menu.actions():
        menu.addSeparator()
    menu.addAction(tr("Copy the text")).triggered.connect(lambda _on=False: _copy(mention))
    if mention.url.startswith(("https://", "http://")):
        menu.addAction(tr("Open it on the platform")).triggered.connect(lambda _on=False: open_link(mention.url))
    name = words.one_line(mention.author.name or mention.author.handle)
    menu.setAccessibleName(tr("Message of %1").replace("%1", name))
    menu.aboutToHide.connect(menu.deleteLater)
    return menu


def _copy(mention: Mention) -> None:
    QApplication.clipboard().setText(words.body(mention.text))


def pop_up(menu: QMenu | None, at: QPoint) -> None:
    """Show it, the first line ready for Enter."""
    if menu is not None:
        enabled = [action for action in menu.actions() if action.isEnabled() and not action.isSeparator()]
        if enabled:
            menu.setActiveAction(enabled[0])
        menu.popup(at)
