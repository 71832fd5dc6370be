"""The right half of the templates window: one template, its wordings by language, and what it does beside."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from msgspec import structs
from PySide6.QtCore import QLocale, QMimeData, QStringListModel, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QCompleter,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QScrollArea,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from app.domain import Client, Deeds, Picture, Template, TemplateText
from app.rows import Outcome
from ui import theme
from ui.composer.editor import pictures_of
from ui.composer.pictures import PictureStrip
from ui.conversation.words import say
from ui.ports import Templates
from ui.rules.looks import beside
from ui.widgets import Label, LinkButton
from ui.widgets.check import TickBox
from ui.widgets.combo import Combo

# a bare code's name in Qt is that of one country: "American English", "español de España"
LANGUAGES = {
    "en": "English", "de": "Deutsch", "fr": "Français", "es": "Español", "pt": "Português", "it": "Italiano",
}  # fmt: skip
SEPARATOR = "\n---\n"  # between two wordings in one field


def language_name(code: str) -> str:
    """A language in its own words; "Any language" for none."""
    if not code:
        return say("Any language")
    if code in LANGUAGES:
        return LANGUAGES[code]
    name = QLocale(code.replace("-", "_")).nativeLanguageName()
    return name[:1].upper() + name[1:] if name else code


class _Wordings(QPlainTextEdit):
    """All wordings in one language, a line of three dashes between two. `brought`: see `pictures_of`."""

    brought = Signal(object)

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setTabChangesFocus(True)
        self.setAccessibleName(name)

    def variants(self) -> tuple[str, ...]:
        """The wordings that hold something."""
        parts = f"\n{self.toPlainText()}\n".split(SEPARATOR)
        return tuple(part.strip() for part in parts if part.strip())

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return bool(pictures_of(source)) or super().canInsertFromMimeData(source)

    def insertFromMimeData(self, source: QMimeData) -> None:
        if pictures := pictures_of(source):
            self.brought.emit(pictures)
        else:
            super().insertFromMimeData(source)


class _Keeper:
    """Templates' pictures belong to no conversation."""

    def __init__(self, use: Templates) -> None:
        self._use = use

    async def add_picture(self, _owner: str, data: bytes, name: str, /) -> Picture:
        return await self._use.add_picture(data, name)

    async def picture(self, id_: str, /) -> bytes:
        return await self._use.picture(id_)


class TemplateEditor(QScrollArea):
    """Shows a template; `template()` is what stands in the fields. `changed` follows every edit."""

    changed = Signal()

    def __init__(self, clients: Sequence[Client], use: Templates, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._template, self._most_pictures = Template("", "", ()), use.most_pictures
        self._showing = False
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        body = QWidget(self)
        self.name, self.folder, self.shortcut = (QLineEdit(body) for _ in range(3))
        self.tags, self.snooze, self.close_why = (QLineEdit(body) for _ in range(3))
        self.client = Combo(body)
        self.client.addItem(self.tr("All clients"), "")
        for client in clients:
            self.client.addItem(client.name, client.id)
        self.private = TickBox(self.tr("Take it private"), body)
        self.tabs = QTabWidget(body)
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setAccessibleName(self.tr("Languages"))
        self.tabs.tabBar().setDrawBase(False)
        self._texts: dict[str, _Wordings] = {}
        self.add_language = LinkButton(self.tr("Add a language\u2026"), body)
        self.add_language.clicked.connect(self._offer_languages)
        self.add_field = LinkButton(self.tr("Insert a field\u2026"), body)
        self._fields = list(use.fields())
        self.add_field.clicked.connect(self._offer_fields)
        self.pictures = PictureStrip(_Keeper(use), body, roomy=True)
        self.add_pictures = LinkButton(self.tr("Add pictures\u2026"), body)
        self.add_pictures.clicked.connect(lambda _on=False: self.pictures.choose())
        self.setAcceptDrops(True)
        self.outcome = Label("", body, colour="muted", wrap=True)
        self._folders = QStringListModel(self)
        offered = QCompleter(self._folders, self)
        offered.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.folder.setCompleter(offered)
        self._build(body)
        self.setWidget(body)
        for edit in (self.name, self.folder, self.shortcut, self.tags, self.snooze, self.close_why):
            edit.textChanged.connect(self._edited)
        self.client.currentIndexChanged.connect(lambda _index: self._edited())
        self.private.toggled.connect(lambda _on: self._edited())
        self.pictures.changed.connect(self._edited)

    def _build(self, body: QWidget) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        after = QFormLayout()
        after.setHorizontalSpacing(16)
        after.setVerticalSpacing(8)
        after.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        after.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        rows: tuple[tuple[QFormLayout, str, QWidget], ...] = (
            (form, self.tr("Name"), self.name),
            (form, self.tr("Folder"), self.folder),
            (form, self.tr("Shortcut"), self.shortcut),
            (form, self.tr("For"), self.client),
            (after, self.tr("Tags"), self.tags),
            (after, self.tr("Snooze"), self.snooze),
            (after, self.tr("Close as"), self.close_why),
        )
        for where, words, field in rows:
            where.addRow(beside(words, field, body), field)
        self.shortcut.setPlaceholderText(self.tr("Typed behind / in a reply"))
        self.folder.setPlaceholderText(self.tr("Such as: Complaints/Refund"))
        self.tags.setPlaceholderText(self.tr("Several with commas"))
        self.snooze.setPlaceholderText(self.tr("Such as: tomorrow 9"))
        self.close_why.setPlaceholderText(self.tr("Stays open"))
        under = QHBoxLayout()
        under.setSpacing(16)
        under.addWidget(self.add_field)
        under.addWidget(self.add_language)
        under.addStretch(1)
        note = self.tr(
            "A line of three dashes starts another wording, so that replies in a row do not read alike."
            " A language without a text is left out."
        )
        column = QVBoxLayout(body)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addLayout(form)
        column.addWidget(self.tabs)
        column.addLayout(under)
        column.addWidget(Label(note, body, size=11, colour="muted", wrap=True))
        column.addWidget(self.pictures)
        column.addWidget(self.add_pictures, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(Label(self.tr("Once a reply with it has left"), body, weight=600))
        column.addLayout(after)
        column.addWidget(self.private)
        column.addWidget(self.outcome)
        column.addStretch(1)

    def show_template(self, template: Template, outcome: Outcome | None = None) -> None:
        """Put it into the fields."""
        self._showing = True
        other, self._template = template.id != self._template.id or not template.id, template
        self.name.setText(template.name)
        self.folder.setText(template.folder)
        self.shortcut.setText(template.shortcut)
        self.client.setCurrentIndex(max(0, self.client.findData(template.client_id)))
        self.tags.setText(", ".join(template.deeds.tags))
        self.snooze.setText(template.deeds.snooze)
        self.close_why.setText(template.deeds.close)
        self.private.setChecked(template.deeds.private)
        self._show_texts(template.texts or (TemplateText("", ("",)),), other)
        if other or template.pictures != self.pictures.pictures():
            self.pictures.start(template.id, template.pictures, self._most_pictures)
        self._tell_outcome(outcome)
        if other:
            self.verticalScrollBar().setValue(0)
        self._showing = False

    def _show_texts(self, texts: Sequence[TemplateText], other: bool) -> None:
        """Fields that hold it already stay, with their cursor: saving does not throw anybody out of the text."""
        if other or [text.language for text in texts] != list(self._texts):
            self.tabs.clear()
            for old in self._texts.values():
                old.deleteLater()
            self._texts = {}
            for text in texts:
                self._tab(text.language, SEPARATOR.join(text.variants))
            self._order()
        for text in texts:
            edit = self._texts[text.language]
            if edit.variants() != tuple(part for part in text.variants if part):
                edit.setPlainText(SEPARATOR.join(text.variants))

    def set_folders(self, folders: Sequence[str]) -> None:
        """Those that there are, offered while one is typed."""
        self._folders.setStringList(list(folders))

    def template(self) -> Template:
        """What stands in the fields."""
        texts = tuple(TemplateText(code, edit.variants()) for code, edit in self._texts.items() if edit.variants())
        tags = tuple(dict.fromkeys(tag.strip() for tag in self.tags.text().split(",") if tag.strip()))
        deeds = Deeds(tags, self.snooze.text().strip(), self.close_why.text().strip(), self.private.isChecked())
        return structs.replace(
            self._template, name=self.name.text().strip(), folder=self.folder.text().strip().strip("/"),
            shortcut=self.shortcut.text().strip().lstrip("/"), client_id=str(self.client.currentData() or ""),
            texts=texts, deeds=deeds, pictures=self.pictures.pictures(),
        )  # fmt: skip

    def text_edit(self, language: str) -> QPlainTextEdit:
        """The field of one language."""
        return self._texts[language]

    def _tell_outcome(self, outcome: Outcome | None) -> None:
        if outcome is None or not outcome.uses:
            self.outcome.setText(self.tr("Not used yet."))
            return
        shape = self.tr("Used %1 times. Afterwards %2 wrote kindly, %3 were unhappy, %4 did not write.")
        if outcome.uses == 1:
            shape = self.tr("Used once. Afterwards %2 wrote kindly, %3 were unhappy, %4 did not write.")
        for mark, number in (
            ("%1", outcome.uses), ("%2", outcome.happy), ("%3", outcome.unhappy), ("%4", outcome.silent),
        ):  # fmt: skip
            shape = shape.replace(mark, str(number))
        self.outcome.setText(shape)

    def _tab(self, language: str, text: str) -> None:
        name = language_name(language)
        edit = _Wordings(self.tr("Text, %1").replace("%1", name), self.tabs)
        edit.setPlainText(text)
        edit.textChanged.connect(self._edited)
        edit.brought.connect(self.pictures.bring)
        edit.setMinimumHeight(theme.px(150))
        self._texts[language] = edit
        self.tabs.addTab(edit, name)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if pictures_of(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.pictures.bring(pictures_of(event.mimeData()))

    def _order(self) -> None:
        """Tab goes as the eye does: texts are made later than what stands below them."""
        self.pictures.behind = self.add_language
        for before, after in pairwise((
            self.name, self.folder, self.shortcut, self.client, self.tabs.tabBar(), *self._texts.values(),
            self.add_field, self.add_language, *self.pictures.tab_stops(), self.add_pictures, self.tags, self.snooze,
            self.close_why, self.private,
        )):  # fmt: skip
            QWidget.setTabOrder(before, after)

    def _offer_languages(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for code in ("", *LANGUAGES):
            if code not in self._texts:
                menu.addAction(language_name(code)).triggered.connect(lambda _on=False, code=code: self.add(code))
        self._pop(menu, self.add_language)

    def add(self, language: str) -> None:
        """An empty text in one more language, with the focus."""
        self._tab(language, "")
        self._order()
        self.tabs.setCurrentIndex(self.tabs.count() - 1)
        self._texts[language].setFocus()

    def _offer_fields(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name, words in self._fields:
            action = menu.addAction(f"{{{name}}}\t{words}")
            action.triggered.connect(lambda _on=False, name=name: self.insert_field(name))
        self._pop(menu, self.add_field)

    @staticmethod
    def _pop(menu: QMenu, under: QWidget) -> None:
        menu.popup(under.mapToGlobal(under.rect().bottomLeft()))
        if menu.actions():
            menu.setActiveAction(menu.actions()[0])  # ready for Enter

    def insert_field(self, name: str) -> None:
        """Put a field where the cursor is."""
        edit = self.tabs.currentWidget()
        if isinstance(edit, _Wordings):
            edit.insertPlainText(f"{{{name}}}")
            edit.setFocus()

    def _edited(self) -> None:
        if not self._showing:
            self.changed.emit()
