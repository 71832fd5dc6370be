"""Priorities and rules: minutes, rules and VIPs, tried on the last twelve months before they are saved."""

from __future__ import annotations

from PySide6.QtCore import QSize, QTimer
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QScrollArea,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from app.errors import ServiceError
from app.events import Changes, RankingProgress
from app.outlook import Outlook
from app.priorities import ALL, Draft
from app.rules import Rule
from ui import ops, theme
from ui.bridge import Bridge
from ui.ports import Runtime
from ui.rules.editor import RuleEditor
from ui.rules.lists import RuleList, VipList
from ui.rules.looks import outlined, sheet
from ui.rules.outlook import OutlookLine
from ui.rules.taught import TaughtLine
from ui.rules.weights import Weights
from ui.widgets import Heading, Label, PrimaryButton, QuietButton
from ui.widgets.combo import Combo

TRY_AFTER = 350  # ms after the last key
SIDE = 32


class RulesDialog(QDialog):
    """Non-modal. What is changed for several clients is kept apart until it is saved."""

    def __init__(self, runtime: Runtime, parent: QWidget | None = None, *, client_id: str = ALL) -> None:
        super().__init__(parent)
        self._runtime, self._use = runtime, runtime.priorities
        self._drafts: dict[str, Draft] = {}  # what is not saved yet, by client
        self._saved = Draft()
        self._job: ops.Job[Outlook] | None = None
        self._warned = False
        self._editor: RuleEditor | None = None
        self.setModal(False)
        self.setWindowTitle(self.tr("Priorities and rules"))
        self._bridge = Bridge(runtime.bus, self)
        self._bridge.ranking.connect(self._ranked)
        self._bridge.changes.connect(self._follow)
        self._build()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(TRY_AFTER)
        self._timer.timeout.connect(self.try_out)
        theme.signals.changed.connect(self._restyle)
        self._restyle()
        screen = self.screen().availableSize()
        self.resize(QSize(theme.px(760), theme.px(700)).boundedTo(screen * 0.92))
        self.scope.setCurrentIndex(max(0, self.scope.findData(client_id)))
        self._show()

    def _build(self) -> None:
        self.scope = Combo(self)
        self.scope.setAccessibleName(self.tr("For which client"))
        self.scope.addItem(self.tr("All clients"), ALL)
        for client in self._runtime.inbox.clients():
            self.scope.addItem(client.name, client.id)
        self.scope.currentIndexChanged.connect(lambda _index: self._show())
        head = QHBoxLayout()
        head.addWidget(Heading(self.tr("Priorities and rules"), self, level=1), 1)
        head.addWidget(Label(self.tr("for"), self, colour="muted"))
        head.addWidget(self.scope)
        self.weights, self.rules, self.vips = Weights(self), RuleList(self), VipList(self)
        self.weights.changed.connect(self._edited)
        self.rules.changed.connect(self._edited)
        self.rules.wanted.connect(self.edit_rule)
        self.vips.dropped.connect(lambda contact: self.set_vip(contact, False))
        self._rule_pages = QStackedWidget(self)
        self._rule_pages.addWidget(self.rules)
        self.tabs = QTabWidget(self)
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.addTab(_scrolled(self.weights), self.tr("What counts"))
        self.tabs.addTab(self._rule_pages, self.tr("Rules"))
        self.tabs.addTab(self.vips, self.tr("VIPs"))
        self.outlook = OutlookLine(self)
        self.outlook.stopped.connect(self._stop)
        self.close_button, self.save_button = QuietButton(self.tr("Close"), self), PrimaryButton(self.tr("Save"), self)
        self.close_button.clicked.connect(self.close)
        self.save_button.clicked.connect(self.save)
        foot = QHBoxLayout()
        foot.setSpacing(10)
        self.taught = TaughtLine(self._use, self)
        foot.addWidget(self.taught)
        foot.addStretch(1)
        foot.addWidget(self.close_button)
        foot.addWidget(self.save_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(SIDE, 28, SIDE, 24)
        column.setSpacing(14)
        column.addLayout(head)
        column.addWidget(self.tabs, 1)
        column.addWidget(self.outlook)
        column.addLayout(foot)

    def _restyle(self) -> None:
        self.setStyleSheet(sheet())
        for widget in self.findChildren(QListWidget):
            outlined(widget)

    # What is shown

    def client(self) -> str:
        """The client that is shown, `ALL` for all."""
        return str(self.scope.currentData())

    def draft(self) -> Draft:
        """What is on the screen."""
        return Draft(self.weights.own(), self.rules.rules())

    def _show(self) -> None:
        client = self.client()
        self._saved = self._use.draft(client)
        shown = self._drafts.get(client, self._saved)
        self._leave_editor()
        self.weights.show_minutes(self._use.inherited(client), shown.minutes)
        self.rules.show_rules(shown.rules, dict(self._use.platforms(client)), dict(self._use.templates(client)))
        self._show_vips()
        self.taught.show_client(client)
        self._check()
        self._timer.start(0)

    def _show_vips(self) -> None:
        self.vips.show_vips(self._use.vips(self.client()))

    def _follow(self, changes: Changes) -> None:
        if changes.clients or changes.everything:
            self._show_vips()

    # Editing

    def edit_rule(self, id_: str) -> None:
        """Open the editor on a rule; "" on a new one."""
        client = self.client()
        rule = next((one for one in self.rules.rules() if one.id == id_), None) or self._use.new_rule(client)
        self._leave_editor()
        self._editor = RuleEditor(self._use, self._use.platforms(client), self._use.templates(client), self)
        self._editor.kept.connect(self._kept)
        self._editor.left.connect(self._leave_editor)
        self._rule_pages.addWidget(_scrolled(self._editor))
        self._rule_pages.setCurrentIndex(1)
        self.tabs.setCurrentIndex(1)
        self._editor.show_rule(rule)

    def editor(self) -> RuleEditor | None:
        """The editor, while it is open."""
        return self._editor

    def _kept(self, rule: Rule) -> None:
        self._leave_editor()
        self.rules.keep(rule)

    def _leave_editor(self) -> None:
        self._editor = None
        self._rule_pages.setCurrentIndex(0)
        page = self._rule_pages.widget(1)
        if page is not None:
            self._rule_pages.removeWidget(page)
            page.deleteLater()
            self.rules.list.setFocus()

    def _edited(self) -> None:
        self._warned = False
        client, draft = self.client(), self.draft()
        self._drafts.pop(client, None)
        if draft != self._saved:
            self._drafts[client] = draft
        self._check()
        self._timer.start()

    def _check(self) -> None:
        self.save_button.setEnabled(bool(self._drafts))

    def set_vip(self, contact: int, vip: bool) -> None:
        """At once, with a way back."""
        name = next((one.name for one in self._use.vips(ALL) if one.contact == contact), "")

        def done(_none: object) -> None:
            self._show_vips()
            if not vip:
                text = self.tr("%1 is no VIP any more").replace("%1", name)
                ops.tell(self, text, action=self.tr("Undo"), then=lambda: self.set_vip(contact, True))

        ops.run(self, self._use.set_vip(contact, vip), done=done)

    # Trying and saving

    def try_out(self) -> None:
        """Look at the last twelve months with what is on the screen."""
        self._timer.stop()
        if self._job is not None:
            self._job.cancel()
            self._job = None
        draft = self.draft()
        if draft == self._saved:
            self.outlook.nothing()
            return
        self.outlook.looking(0, 0)
        self._job = ops.run(
            self,
            self._use.outlook(self.client(), draft, progress=self.outlook.looking),
            done=self.outlook.found,
            failed=self._failed,
        )

    def save(self) -> None:
        """Keep everything that was changed, for every client."""
        self._timer.stop()
        ops.run(self, self._save(), busy=self.save_button, done=lambda _none: self._after(), failed=self._failed)

    async def _save(self) -> None:
        for client, draft in list(self._drafts.items()):
            await self._use.save(client, draft)
            self._drafts.pop(client, None)

    def _after(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self._saved = self._use.draft(self.client())
        self.outlook.saved()
        # after the busy sign has given the button back
        QTimer.singleShot(0, self, self._check)

    def _failed(self, error: ServiceError) -> None:
        self.outlook.fails(str(error))

    def _ranked(self, progress: RankingProgress) -> None:
        self.outlook.ranking(progress.done, progress.total, progress.running)

    def _stop(self) -> None:
        if self._job is not None and self._job.running:
            self._job.cancel()
            self._job = None
            self.outlook.stopped_looking()
        else:
            self._use.stop_ranking()

    # Leaving

    def reject(self) -> None:
        """Escape and Close: the editor first; what is not saved is named once before it goes."""
        if self._editor is not None:
            self._leave_editor()
        elif self._drafts and not self._warned:
            self._warned = True
            self.outlook.fails(self.tr("Your changes are not saved. Close once more to drop them."))
        else:
            super().reject()

    def done(self, result: int) -> None:
        """Every way out comes through here."""
        self._timer.stop()
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self._bridge.close()
        super().done(result)

    def closeEvent(self, event: QCloseEvent) -> None:
        event.ignore()
        self.reject()


def _scrolled(widget: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setWidget(widget)
    return area


def open_rules(window: QWidget, runtime: Runtime, client_id: str | None = None) -> RulesDialog:
    """Show the dialog over `window`; a second call brings the open one to the front."""
    for open_one in window.findChildren(RulesDialog):
        if open_one.isVisible():
            open_one.raise_()
            open_one.activateWindow()
            return open_one
    dialog = RulesDialog(runtime, window, client_id=client_id or ALL)
    dialog.finished.connect(dialog.deleteLater)
    dialog.show()
    return dialog
