"""Waiting for the browser, with a way round it: a code, or what else the page shows, is pasted."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QProgressBar, QWidget

from ui import theme
from ui.widgets import Card, Label, LinkButton, QuietButton


class Waiting(Card):
    """Shown while the sign-in goes on in the browser."""

    pasted = Signal(str)
    open_again = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._url = ""
        self.body.setSpacing(8)
        self._words = Label("", self, weight=600, wrap=True)
        self._more = Label("", self, colour="muted", wrap=True)
        bar = QProgressBar(self)
        bar.setRange(0, 0)
        bar.setTextVisible(False)
        bar.setFixedHeight(4)
        bar.setAccessibleName(self.tr("Waiting for your browser"))
        self._bar = bar
        again = LinkButton(self.tr("Open the page again"), self)
        again.clicked.connect(self.open_again)
        copy = LinkButton(self.tr("Copy its address"), self)
        copy.clicked.connect(self._copy)
        self._links = (again, copy)
        links = QHBoxLayout()
        links.setSpacing(16)
        links.addWidget(again)
        links.addWidget(copy)
        links.addStretch(1)
        self.code = QLineEdit(self)
        self.use = QuietButton(self.tr("Use this"), self)
        self.use.setEnabled(False)
        self.code.textChanged.connect(lambda text: self.use.setEnabled(bool(text.strip())))
        self.code.returnPressed.connect(self._paste)
        self.use.clicked.connect(self._paste)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.code, 1)
        row.addWidget(self.use)
        for part in (self._words, self._more, bar):
            self.body.addWidget(part)
        self.body.addLayout(links)
        self.body.addLayout(row)
        theme.signals.changed.connect(self._restyle)
        self._restyle()
        self.hide()

    def start(self, url: str, opened: bool, trouble: str = "", paste: str = "") -> None:
        """The page at `url` was opened, or could not be.

        `trouble`: why the browser cannot come back by itself. `paste`: what the page shows then, "" for a code.
        """
        self._url = url
        what = paste or self.tr("the code")
        self.code.setPlaceholderText(self.tr("Paste %1, or the whole address of the page").replace("%1", what))
        self.code.setAccessibleName(f"{what[:1].upper()}{what[1:]}" if paste else self.tr("Code from the page"))
        self._bar.setVisible(not trouble)
        if trouble:
            head = self.tr("Finish this by hand") if opened else self.tr("The browser could not be opened.")
            self._words.setText(head)
            self._more.setText(trouble)
        elif opened:
            self._words.setText(self.tr("Waiting for your browser\u2026"))
            more = self.tr("Allow access on the page that has opened, then come back. Nothing else to do.")
            if paste:  # whether this page comes back is the website's own affair
                more = self.tr("Allow access on the page that has opened. If it does not come back here, paste %1.")
            self._more.setText(more.replace("%1", paste))
        else:
            self._words.setText(self.tr("The browser could not be opened."))
            self._more.setText(self.tr("Copy the address, open it by hand, and paste here what it shows in the end."))
        self.code.clear()
        self.show()

    def url(self) -> str:
        """The page."""
        return self._url

    def stop(self) -> None:
        """Nothing is waited for any more."""
        self._url = ""
        self.code.clear()
        self.hide()

    def _paste(self) -> None:
        code = self.code.text().strip()
        if code:
            self.pasted.emit(code)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._url)

    def _restyle(self) -> None:
        c = theme.tokens()
        for link in self._links:
            link.setStyleSheet(f"QPushButton {{ color: {c.accent.name()}; padding: 1px 0; }}")
        self._bar.setStyleSheet(
            f"QProgressBar {{ background: {c.line.name()}; border: 0; border-radius: 2px; }}"
            f"QProgressBar::chunk {{ background: {c.accent.name()}; border-radius: 2px; }}"
        )
