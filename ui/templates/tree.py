"""The list of templates in their folders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from PySide6.QtCore import QCollator, QLocale, QModelIndex, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QTreeWidgetItemIterator, QWidget

from app.domain import Template
from ui import theme
from ui.conversation.words import one_line

NARROW = 240
ID = Qt.ItemDataRole.UserRole


class TemplateTree(QTreeWidget):
    """Names and shortcuts; `chosen` carries the id of the one that becomes current. What is folded stays folded."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setHeaderHidden(True)
        self.setColumnCount(2)
        self.header().setStretchLastSection(False)
        self.header().setMinimumSectionSize(1)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.setAllColumnsShowFocus(True)
        self.setUniformRowHeights(True)
        self.setAccessibleName(self.tr("Templates"))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        language = QLocale()  # "C" sorts by code and knows no numbers
        language = QLocale(QLocale.Language.English) if language.language() == QLocale.Language.C else language
        self.collator = QCollator(language)  # as the person's language sorts, with "Thanks 2" before "Thanks 10"
        self.collator.setNumericMode(True)
        self.collator.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._folded: set[str] = set()
        self._filling = False
        self.itemCollapsed.connect(lambda item: self._fold(item, True))
        self.itemExpanded.connect(lambda item: self._fold(item, False))
        self.currentItemChanged.connect(self._current)
        theme.signals.changed.connect(self._restyle)
        self._restyle()

    @staticmethod
    def matches(template: Template, typed: str) -> bool:
        """Whether every typed word stands in its shortcut, name, folder or texts."""
        texts = " ".join(variant for text in template.texts for variant in text.variants)
        whole = f"{template.shortcut} {template.name} {template.folder} {texts}".casefold()
        return all(part in whole for part in typed.casefold().split())

    def show_templates(self, templates: Iterable[Template], typed: str, current: str) -> int:
        """Show those that match, and return how many; `current` is pointed at, if it is among them."""
        found = [one for one in templates if self.matches(one, typed)]
        self._filling = True
        self.clear()
        folders: dict[str, QTreeWidgetItem] = {}
        key = self.collator.sortKey
        for path in sorted({one.folder for one in found}, key=lambda path: [key(part) for part in path.split("/")]):
            self._folder(path, folders)
        for one in sorted(found, key=lambda one: key(one.name)):
            item = QTreeWidgetItem([one_line(one.name), f"/{one_line(one.shortcut)}" if one.shortcut else ""])
            item.setForeground(1, theme.tokens().muted)
            item.setData(0, ID, one.id)
            texts = " ".join(variant for text in one.texts for variant in text.variants[:1])
            item.setToolTip(0, f"{one_line(one.name)}\n{one_line(texts)[:200]}")
            self._put(item, one.folder, folders)
        for path, folder in folders.items():
            folder.setExpanded(bool(typed.strip()) or path not in self._folded)
        self._filling = False
        self.point_at(current)
        return len(found)

    def point_at(self, id_: str) -> None:
        """Make this template the current one without a word; "" for none."""
        self._filling = True
        item = next((one for one in self._items() if one.data(0, ID) == id_), None) if id_ else None
        if item is None:
            self.setCurrentIndex(QModelIndex())
            self.clearSelection()
        else:
            above = item.parent()
            while above is not None:  # a folder that was folded by hand stands for what is in it
                item = item if above.isExpanded() else above
                above = above.parent()
            self.setCurrentItem(item)
        self._filling = False

    def choose_first(self) -> None:
        """The first template, and the focus."""
        first = next(self._items(), None)
        if first is not None:
            self.setFocus()
            self.setCurrentItem(first)

    def names(self) -> list[str]:
        """What the templates' lines say, top to bottom."""
        return [item.text(0) for item in self._items()]

    def _items(self) -> Iterator[QTreeWidgetItem]:
        """The templates' own lines."""
        every = QTreeWidgetItemIterator(self)
        while (item := every.value()) is not None:
            if item.data(0, ID):
                yield item
            every += 1

    def _put(self, item: QTreeWidgetItem, folder: str, known: dict[str, QTreeWidgetItem]) -> None:
        above = self._folder(folder, known)
        if above is None:
            self.addTopLevelItem(item)
        else:
            above.addChild(item)

    def _folder(self, path: str, known: dict[str, QTreeWidgetItem]) -> QTreeWidgetItem | None:
        if not path:
            return None
        if path not in known:
            before, _slash, name = path.rpartition("/")
            item = QTreeWidgetItem([one_line(name)])
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            item.setToolTip(0, one_line(path))
            item.setFont(0, theme.font(13, 600))
            self._put(item, before, known)
            item.setFirstColumnSpanned(True)  # holds only once it is in the list
            known[path] = item
        return known[path]

    def _path(self, item: QTreeWidgetItem) -> str:
        above = item.parent()
        return f"{self._path(above)}/{item.text(0)}" if above is not None else item.text(0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.setColumnHidden(1, self.width() < theme.px(NARROW))  # the names need the room more

    def _fold(self, item: QTreeWidgetItem, folded: bool) -> None:
        if not self._filling:
            (self._folded.add if folded else self._folded.discard)(self._path(item))

    def _current(self, item: QTreeWidgetItem | None, _before: QTreeWidgetItem | None) -> None:
        if item is not None and not self._filling and item.data(0, ID):
            self.chosen.emit(str(item.data(0, ID)))

    def _restyle(self) -> None:
        c, px = theme.tokens(), theme.px
        self.setFont(theme.font(13))
        self.setIndentation(px(14))
        self.setStyleSheet(
            f"QTreeWidget {{ background: {c.panel.name()}; color: {c.text.name()}; outline: 0;"
            f" border: 1px solid {c.line.name()}; border-radius: 8px; padding: {px(4)}px; }}"
            f"QTreeWidget:focus {{ border: 1px solid {c.accent.name()}; }}"
            f"QTreeWidget::item {{ padding: {px(4)}px {px(4)}px; border: 1px solid transparent; }}"
            f"QTreeWidget::item:selected {{ background: {c.sel.name()}; color: {c.text.name()}; }}"
            f"QTreeWidget::item:selected:focus {{ background: {c.accent_soft.name()}; }}"
        )
