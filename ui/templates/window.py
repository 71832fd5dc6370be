"""Templates: found by folder and word, edited beside the list, taken in from other tools and given out again."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs
from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.domain import Template, TemplateText
from app.errors import ServiceError
from ui import ops, theme
from ui.conversation.words import one_line
from ui.ports import Runtime
from ui.rules.looks import sheet
from ui.templates.editor import TemplateEditor
from ui.templates.files import TemplateFiles
from ui.templates.tree import TemplateTree
from ui.widgets import EmptyState, Heading, Label, Line, PrimaryButton, QuietButton

MOST_PROBLEMS = 2  # that are told at once
MANY, SEARCH_AFTER = 600, 150  # templates; ms after the last key
CHECK_AFTER = 300  # ms after the last key


class TemplatesWindow(QDialog):
    """Non-modal. A change is kept by Save; one that is left behind can be gone back to."""

    def __init__(self, runtime: Runtime, client_id: str | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runtime, self._use, self._client_id = runtime, runtime.templates, client_id
        self._all: dict[str, Template] = {}
        self._shown: Template | None = None
        self._dirty = self._warned = False
        self._job: ops.Job[Template] | None = None
        self.setWindowTitle(self.tr("Templates"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._build()
        self.files = TemplateFiles(
            runtime, self, self.more, lambda: (self._client_id, self._client_name(self._client_id or "")), self.refresh
        )
        self._checking = QTimer(self, singleShot=True, interval=CHECK_AFTER)
        self._checking.timeout.connect(self._check)
        self._searching = QTimer(self, singleShot=True, interval=SEARCH_AFTER)
        self._searching.timeout.connect(self._list)
        theme.signals.changed.connect(self._restyle)
        self._restyle()
        self.resize(QSize(theme.px(980), theme.px(700)).boundedTo(self.screen().availableSize() * 0.94))
        self.refresh()

    def _build(self) -> None:
        self.scope = Label("", self, colour="muted", wrap=True)
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(self.tr("Search templates"))
        self.search.setAccessibleName(self.tr("Search templates"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(lambda _text: self._searched())
        self.tree = TemplateTree(self)
        self.search.returnPressed.connect(self._take_first)
        self.tree.chosen.connect(self._chosen)
        self.none = Label("", self, colour="muted", wrap=True)
        self.none.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.new = PrimaryButton(self.tr("New template"), self)
        self.new.clicked.connect(lambda _on=False: self.make())
        self.more = QuietButton(self.tr("More"), self)
        self.more.clicked.connect(lambda _on=False: self.menu())
        left = QVBoxLayout()
        left.setContentsMargins(20, 20, 16, 20)
        left.setSpacing(10)
        head = QVBoxLayout()
        head.setSpacing(0)
        head.addWidget(Heading(self.tr("Templates"), self, level=1))
        head.addWidget(self.scope)
        left.addLayout(head)
        left.addWidget(self.search)
        self.lists = QStackedWidget(self)
        self.lists.addWidget(self.tree)
        self.lists.addWidget(self.none)
        left.addWidget(self.lists, 1)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self.new)
        row.addWidget(self.more)
        row.addStretch(1)
        left.addLayout(row)
        self.editor = TemplateEditor(self._runtime.inbox.clients(), self._use, self)
        self.editor.changed.connect(self._edited)
        self.save, self.delete = PrimaryButton(self.tr("Save"), self), QuietButton(self.tr("Delete"), self)
        self.save.clicked.connect(lambda _on=False: self.keep())
        self.delete.clicked.connect(lambda _on=False: self.remove())
        QShortcut(QKeySequence.StandardKey.Save, self, self.keep)
        QShortcut(QKeySequence.StandardKey.Find, self, self._find)
        gone = QShortcut(QKeySequence.StandardKey.Delete, self.tree, self.remove)
        gone.setContext(Qt.ShortcutContext.WidgetShortcut)
        QWidget.setTabOrder(self.editor.private, self.delete)
        QWidget.setTabOrder(self.delete, self.save)
        self.problems = Label("", self, colour="danger", wrap=True)
        self.problems.setContentsMargins(24, 10, 24, 0)
        self.problems.hide()
        foot = QHBoxLayout()
        foot.setContentsMargins(24, 12, 24, 20)
        foot.setSpacing(10)
        foot.addStretch(1)
        foot.addWidget(self.delete)
        foot.addWidget(self.save)
        page = QWidget(self)
        right = QVBoxLayout(page)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(self.editor, 1)
        right.addWidget(Line(page))
        right.addWidget(self.problems)
        right.addLayout(foot)
        self.empty = EmptyState(self)
        self.pages = QStackedWidget(self)
        self.pages.addWidget(self.empty)
        self.pages.addWidget(page)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(left, 2)
        whole.addWidget(Line(self, vertical=True))
        whole.addWidget(self.pages, 3)

    # What is shown

    def show_client(self, client_id: str | None) -> None:
        """Those of one client and those that all share; None is all."""
        if client_id != self._client_id:
            self._leave()
            self._client_id = client_id
            self._shown = None
            self.refresh()

    def refresh(self, choose: str = "") -> None:
        """Read all templates again; `choose` is the id that is shown then."""
        found = [*self._use.all(self._client_id), *(self._use.all("") if self._client_id else ())]
        self._all = {one.id: one for one in found}
        folders = {one.folder for one in self._all.values() if one.folder}
        self.editor.set_folders(sorted(folders, key=self.tree.collator.sortKey))
        name = self._client_name(self._client_id or "")
        shared = self.tr("%1, and those that all share").replace("%1", name)
        self.scope.setText(shared if name else self.tr("Of all clients"))
        self.scope.setVisible(bool(name) or len(self._runtime.inbox.clients()) > 1)
        if self._all:
            self.empty.set_words(
                self.tr("No template chosen"), self.tr("Choose one in the list to change it, or make a new one.")
            )
        else:
            self.empty.set_words(
                self.tr("No templates yet"),
                self.tr("Make a new one. \u201cMore\u201d takes in those of another tool and has some to start with."),
            )
        if choose and choose in self._all and not self.tree.matches(self._all[choose], self.search.text()):
            self.search.clear()  # it would not be in the list
        shown = choose or (self._shown.id if self._shown is not None else "")
        if not self._dirty:
            self._show(self._all.get(shown))
        self._list()

    def _list(self) -> None:
        found = self.tree.show_templates(
            self._all.values(), self.search.text(), self._shown.id if self._shown is not None else ""
        )
        self.none.setText(self.tr("Nothing has these words.") if self._all else self.tr("None yet."))
        self.lists.setCurrentIndex(0 if found else 1)

    def _client_name(self, client_id: str) -> str:
        return next((one_line(one.name) for one in self._runtime.inbox.clients() if one.id == client_id), "")

    def _chosen(self, id_: str) -> None:
        if self._shown is None or id_ != self._shown.id:
            self._leave()
            self._show(self._all.get(id_))

    def _leave(self) -> None:
        """What was not saved is named, and one press goes back to it."""
        if not self._dirty and not self.editor.pictures.busy():
            return
        before = self.editor.template()
        self._dirty = False
        name = one_line(before.name) or self.tr("The new template")
        text = self.tr("\u201c%1\u201d is not saved.").replace("%1", name)
        ops.tell(self, text, action=self.tr("Go back"), then=lambda: self._back(before))

    def _back(self, template: Template) -> None:
        self._leave()
        self._show(template)
        self.tree.point_at(template.id)
        self._edited()
        self._check()
        self.editor.name.setFocus()

    def _show(self, template: Template | None) -> None:
        self._shown = template
        self._dirty = self._warned = False
        self._checking.stop()
        if template is not None:
            self.editor.show_template(template, self._use.outcome(template.id) if template.id else None)
            self.delete.setEnabled(bool(template.id))
            self.save.setEnabled(False)
            self.tell(())
        self.pages.setCurrentIndex(0 if template is None else 1)

    # What is done

    def make(self, text: str = "", client_id: str | None = None) -> None:
        """A new template, not kept before Save; `text` is its first wording."""
        owner = self._client_id or "" if client_id is None else client_id
        self._leave()
        self._show(Template("", "", (TemplateText("", (text,)),), client_id=owner))
        self.tree.point_at("")
        self._dirty = bool(text)  # an empty one is nothing to lose
        self.editor.name.setFocus()

    def duplicate(self) -> None:
        """A copy to change, not kept before Save."""
        if self._shown is None:
            return
        copied = structs.replace(self.editor.template(), id="", shortcut="", uses=0, used_at=None)
        self._leave()
        self._show(structs.replace(copied, name=self.tr("%1, copy").replace("%1", copied.name)))
        self.tree.point_at("")
        self._edited()
        self._check()
        self.editor.name.setFocus()
        self.editor.name.selectAll()

    def keep(self) -> None:
        """Save what stands in the fields, unless something is wrong with it."""
        if self.pages.currentIndex() == 0 or (self._job is not None and self._job.running):
            return
        self._checking.stop()
        self._check()
        if not self.save.isEnabled():
            return
        if self.editor.pictures.busy():
            self.tell([self.tr("A picture is still being made ready. Wait for it, or stop it.")])
            return
        sent, focused = self.editor.template(), self.save.hasFocus()

        def done(kept: Template) -> None:
            later = self.editor.template()
            self._dirty = False
            self.refresh(kept.id)
            if kept.id not in self._all:  # moved to another client than is looked at
                owner = self._client_name(kept.client_id)
                ops.tell(self, self.tr("Saved. It stands with the templates of %1.").replace("%1", owner))
            elif later != sent:  # somebody went on typing
                self._back(structs.replace(later, id=kept.id))
            elif focused:
                self.tree.setFocus()

        def failed(error: ServiceError) -> None:
            self.tell([str(error)])

        self._job = ops.run(self, self._use.save(sent), busy=self.save, done=done, failed=failed)

    def remove(self) -> None:
        """Delete the one that is shown; one press brings it back."""
        gone = self._shown
        if gone is None or not gone.id:
            return

        def done(_none: object) -> None:
            self._dirty = False
            self._shown = None
            self.refresh()
            (self.tree if self.tree.isVisibleTo(self) else self.search).setFocus()
            text = self.tr("\u201c%1\u201d is deleted.").replace("%1", one_line(gone.name))
            ops.tell(self, text, action=self.tr("Undo"), then=bring_back)

        def bring_back() -> None:
            self._leave()
            ops.run(self, self._use.restore([gone.id]), done=lambda _none: self.refresh(gone.id))

        ops.run(self, self._use.delete([gone.id]), busy=self.delete, done=done)

    def menu(self) -> QMenu:
        """What is needed less often."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        copy = menu.addAction(self.tr("Duplicate"))
        copy.setEnabled(self._shown is not None)
        copy.triggered.connect(self.duplicate)
        menu.addSeparator()
        self.files.offer(menu)
        menu.addSeparator()
        menu.addAction(self.tr("Add the starter templates")).triggered.connect(self.add_starters)
        menu.popup(self.more.mapToGlobal(self.more.rect().topLeft()))
        return menu

    def add_starters(self) -> None:
        """Those that came with the program and are not here."""

        def done(count: int) -> None:
            self.refresh()
            if count:
                told = self.tr("One template was added.") if count == 1 else self.tr("%1 templates were added.")
            else:
                told = self.tr("All of them are here already.")
            ops.tell(self, told.replace("%1", str(count)))

        ops.run(self, self._use.add_starters(), busy=self.more, done=done)

    def tell(self, problems: Sequence[str]) -> None:
        """What is wrong with it, as sentences, where it is seen wherever the editor is scrolled to."""
        told = list(problems[:MOST_PROBLEMS])
        if len(problems) > len(told):
            told.append(self.tr("and %1 more").replace("%1", str(len(problems) - len(told))))
        self.problems.setText("\n".join(told))
        self.problems.setVisible(bool(told))

    # Inside

    def _searched(self) -> None:
        """At once, unless there are so many that somebody who types would wait for the list."""
        if len(self._all) > MANY:
            self._searching.start()
        else:
            self._list()

    def _take_first(self) -> None:
        if self._searching.isActive():
            self._searching.stop()
            self._list()
        self.tree.choose_first()

    def _find(self) -> None:
        self.search.setFocus()
        self.search.selectAll()

    def _edited(self) -> None:
        self._dirty, self._warned = True, False
        self._checking.start()

    def _check(self) -> None:
        if self.pages.currentIndex() == 1:
            problems = list(self._use.check(self.editor.template())) if self._dirty else []
            self.tell(problems)
            self.save.setEnabled(self._dirty and not problems)

    # Leaving

    def reject(self) -> None:
        """Escape and the window's own cross: what is not saved is named once before it goes."""
        if (self._dirty or self.editor.pictures.busy()) and not self._warned:
            self._warned = True
            ops.tell(self, self.tr("This template is not saved. Close once more to drop the change."))
        else:
            super().reject()

    def _restyle(self) -> None:
        c = theme.tokens()
        self.setStyleSheet(
            sheet() + f"QPlainTextEdit {{ background: {c.panel.name()}; color: {c.text.name()};"
            f" border: 1px solid {c.line.name()}; border-radius: 8px; padding: {theme.px(4)}px; }}"
            f"QPlainTextEdit:focus {{ border: 1px solid {c.accent.name()}; }}"
            f"QTabBar QToolButton {{ background: {c.panel.name()}; border: 1px solid {c.line.name()}; }}"
        )
