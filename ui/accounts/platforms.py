"""Where people write to the business: all platforms, found by typing a few letters."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from ui import icons, theme
from ui.accounts.cards import ChoiceCard
from ui.sign_in_ports import Offer
from ui.widgets import Heading, Label

TWO_COLUMNS = 520
SEARCH_FROM = 6  # platforms; fewer are seen at a glance


class PlatformList(QWidget):
    """Cards in groups. The arrow keys walk them, Return in the search takes the first."""

    chosen = Signal(str)

    def __init__(self, offers: Sequence[Offer], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._offers = list(offers)
        self._columns = 1
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(self.tr("Find a platform"))
        self.search.setAccessibleName(self.tr("Find a platform"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self.search.returnPressed.connect(self._first)
        self.search.installEventFilter(self)
        self.search.setVisible(len(self._offers) >= SEARCH_FROM)
        self.nothing = Label("", self, colour="muted", wrap=True)
        self.nothing.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.search)
        column.addWidget(self.nothing)
        self.cards: dict[str, ChoiceCard] = {}
        self._groups: list[tuple[Heading, QWidget, QGridLayout, list[str]]] = []
        for name in dict.fromkeys(offer.group for offer in self._offers):
            self._add_group(name, [offer for offer in self._offers if offer.group == name], column)
        self._place()

    def _add_group(self, name: str, offers: list[Offer], column: QVBoxLayout) -> None:
        head = Heading(name, self, level=3)
        head.setContentsMargins(2, 8, 0, 0)
        several = len({offer.group for offer in self._offers}) > 1
        head.setVisible(several)
        ground = QWidget(self)
        grid = QGridLayout(ground)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(8)
        for offer in offers:
            first = offer.can[0] if offer.can else ""
            words = f"{first[:1].upper()}{first[1:]}." if first else ""
            glyph = offer.key if (icons.ICONS / f"{offer.key}.svg").is_file() else "globe"
            card = ChoiceCard(offer.name, words, ground, glyph=glyph)
            how = self.tr("Signs in through your browser.") if offer.browser else self.tr("Signs in here.")
            card.setAccessibleDescription(f"{words} {how}".strip())
            card.clicked.connect(lambda _on=False, key=offer.key: self.chosen.emit(key))
            card.installEventFilter(self)
            self.cards[offer.key] = card
        column.addWidget(head)
        column.addWidget(ground)
        self._groups.append((head, ground, grid, [offer.key for offer in offers]))

    def focus_first(self) -> None:
        """To the search, or to the first platform where there is none."""
        if self.search.isVisibleTo(self):
            self.search.setFocus()
        elif self.cards:
            next(iter(self.cards.values())).setFocus()

    def shown(self) -> list[str]:
        """Keys of the platforms that match, in order."""
        return [key for *_, keys in self._groups for key in keys if self._matches(key)]

    def _matches(self, key: str) -> bool:
        offer = next(one for one in self._offers if one.key == key)
        hay = " ".join((offer.name, offer.key, offer.group, *offer.can)).casefold()
        return all(word in hay for word in self.search.text().casefold().split())

    def _filter(self) -> None:
        shown = set(self.shown())
        for key, card in self.cards.items():
            card.setVisible(key in shown)
        several = len(self._groups) > 1
        for head, ground, _grid, keys in self._groups:
            there = bool(shown & set(keys))
            head.setVisible(there and several)
            ground.setVisible(there)
        self.nothing.setVisible(not shown)
        self.nothing.setText(
            self.tr("No platform fits \u201c%1\u201d. Check how it is spelled, or type fewer letters.").replace(
                "%1", self.search.text().strip()[:40]
            )
        )
        self._place()

    def _place(self) -> None:
        shown = set(self.shown())
        for _head, _ground, grid, keys in self._groups:
            while grid.takeAt(0) is not None:
                pass
            for number, key in enumerate(one for one in keys if one in shown):
                grid.addWidget(self.cards[key], number // self._columns, number % self._columns)
            for column in range(2):
                grid.setColumnStretch(column, 1 if column < self._columns else 0)

    def _first(self) -> None:
        shown = self.shown()
        if shown:
            self.chosen.emit(shown[0])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        columns = 2 if self.width() >= theme.px(TWO_COLUMNS) and len(self._offers) >= SEARCH_FROM else 1
        if columns != self._columns:
            self._columns = columns
            self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if watched is self.search and event.key() == Qt.Key.Key_Escape and self.search.text():
                self.search.clear()
                return True
            steps = {
                Qt.Key.Key_Down: self._columns, Qt.Key.Key_Up: -self._columns, Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1,
            }  # fmt: skip
            step = steps.get(Qt.Key(event.key()))
            if step is not None and (watched is not self.search or event.key() == Qt.Key.Key_Down):
                return self._walk(watched, step)
        return super().eventFilter(watched, event)

    def _walk(self, here: QObject, step: int) -> bool:
        order = [self.cards[key] for key in self.shown()]
        if not order:
            return False
        at = next((number for number, card in enumerate(order) if card is here), 0)
        target = 0 if here is self.search else at + step
        if target < 0 and self.search.isVisibleTo(self):
            self.search.setFocus()
            return True
        card = order[max(0, min(target, len(order) - 1))]
        card.setFocus(Qt.FocusReason.TabFocusReason)
        area = self.parent()
        while area is not None and not isinstance(area, QScrollArea):
            area = area.parent()
        if area is not None:
            area.ensureWidgetVisible(card, 0, 12)
        return True
