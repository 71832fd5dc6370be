"""The menu of what a reply seldom needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMenu

from app.domain import Writing
from app.rows import Abandoned
from ui.composer.fields import WarningLine
from ui.composer.promise import PromiseLine
from ui.conversation import words

LONGEST = 48  # characters of a draft in the menu


class _Composer(Protocol):
    warning: WarningLine
    promise: PromiseLine

    def warns(self) -> bool: ...
    def choose_template(self) -> None: ...
    def bring_back(self, writing: Writing) -> None: ...


def tr(text: str) -> str:
    """Translate in the context "Composer"."""
    return QCoreApplication.translate("Composer", text)


def fill_more(menu: QMenu, composer: _Composer, abandoned: Sequence[Abandoned]) -> None:
    """Saved replies, content warning, promise, and the drafts that were given up."""
    menu.addAction(tr("Templates") + "\tT").triggered.connect(lambda _on=False: composer.choose_template())
    if composer.warns():
        menu.addAction(tr("Content warning")).triggered.connect(lambda _on=False: composer.warning.summon())
    menu.addAction(tr("Promise") + "\tCtrl+P").triggered.connect(lambda _on=False: composer.promise.summon())
    earlier = menu.addMenu(tr("Earlier drafts"))
    for one in abandoned:
        said = words.one_line(one.writing.text) or tr("Pictures alone")
        line = f"{said[:LONGEST]}\u2026" if len(said) > LONGEST else said
        action = earlier.addAction(f"{line.replace('&', '&&')}\t{words.moment(one.at)}")
        action.triggered.connect(lambda _on=False, one=one: composer.bring_back(one.writing))
    earlier.setEnabled(bool(earlier.actions()))
