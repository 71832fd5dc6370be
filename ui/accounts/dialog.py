"""Add an account: choose the platform, sign in, see that it works, add it. Also: sign in again."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer, QUrl
from PySide6.QtGui import QCloseEvent, QDesktopServices
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from app.domain import Account, Client
from app.errors import ServiceError
from ui import ops, theme
from ui.accounts.browser import Waiting
from ui.accounts.cards import Banner, ChoiceCard
from ui.accounts.client import ClientChoice
from ui.accounts.form import Fields
from ui.conversation import words
from ui.ports import BrowserSignIn, Runtime, SignInTest
from ui.widgets import Heading, Label, PrimaryButton, QuietButton

WIDTH = 720
SIDE = 44


class AddAccountDialog(QDialog):
    """Non-modal. With `account`, signs in to it again and keeps everything that belongs to it."""

    def __init__(
        self,
        runtime: Runtime,
        parent: QWidget | None = None,
        *,
        account: Account | None = None,
        client_id: str = "",
    ) -> None:
        super().__init__(parent)
        self._runtime, self._account = runtime, account
        self._client_id = account.client_id if account is not None else client_id
        self._platform = ""
        self._fields: Fields | None = None
        self._client: ClientChoice | None = None
        self._test: SignInTest | None = None
        self._browser: BrowserSignIn | None = None
        self._job: ops.Job[SignInTest] | ops.Job[BrowserSignIn] | None = None
        self._waiting_job: ops.Job[SignInTest] | None = None
        self._busy = False
        self.setModal(False)
        self._build()
        screen = self.screen().availableSize()
        self.resize(QSize(theme.px(WIDTH), theme.px(640)).boundedTo(screen * 0.9))
        names = runtime.accounts.platforms()
        if account is not None:
            self.choose(account.platform)
        elif len(names) == 1:
            self.choose(names[0][0])
        else:
            self._show_platforms()

    def _build(self) -> None:
        self._scroll = QScrollArea(self)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.banner = Banner(self)
        self.waiting = Waiting(self)
        self.waiting.pasted.connect(self._paste)
        self.waiting.open_again.connect(lambda: self.open_browser(self.waiting.url()))
        self._back = QuietButton(self.tr("Back"), self)
        self._back.clicked.connect(self._show_platforms)
        self._cancel = QuietButton(self.tr("Cancel"), self)
        self._cancel.clicked.connect(self.close)
        self._try = QuietButton("", self)
        self._try.clicked.connect(self.test)
        self._add = PrimaryButton("", self)
        self._add.clicked.connect(self.add)
        foot = QHBoxLayout()
        foot.setContentsMargins(SIDE, 12, SIDE, 24)
        foot.setSpacing(10)
        foot.addWidget(self._back)
        foot.addStretch(1)
        for button in (self._cancel, self._try, self._add):
            foot.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._scroll, 1)
        column.addLayout(foot)

    # Steps

    def choose(self, platform: str) -> None:
        """Go on with this platform."""
        self._stop()
        self._platform, self._test = platform, None
        form = self._runtime.accounts.form(platform)
        name = dict(self._runtime.accounts.platforms()).get(platform, platform.capitalize())
        again = self._account is not None
        shape = self.tr("Sign in to %1 again") if again else self.tr("Add a %1 account")
        title = shape.replace("%1", name)
        page, column = self._page(title)
        self._client = ClientChoice(self._runtime.inbox.clients(), self._client_id, page)
        self._client.changed.connect(self._check)
        if again:
            self._client.freeze()
        column.addWidget(self._client)
        column.addSpacing(14)
        self._fields = Fields(form, page)
        self._fields.changed.connect(self._edited)
        self._fields.entered.connect(self._entered)
        column.addWidget(self._fields)
        column.addSpacing(8)
        for part in (self.waiting, self.banner):
            part.setParent(page)
            column.addWidget(part)
        column.addStretch(1)
        self._set_page(page)
        self.banner.clear()
        self.waiting.stop()
        self._back.setVisible(not again and len(self._runtime.accounts.platforms()) > 1)
        if again and self._account is not None:
            self._prefill(self._account)
        self._fields.focus_first()
        self._check()

    def _show_platforms(self) -> None:
        self._stop()
        self._platform, self._fields, self._client, self._test = "", None, None, None
        page, column = self._page(self.tr("Add an account"))
        column.addWidget(Label(self.tr("Where do people write to the business?"), page, colour="muted", wrap=True))
        column.addSpacing(14)
        first: ChoiceCard | None = None
        for key, name in self._runtime.accounts.platforms():
            form = self._runtime.accounts.form(key)
            how = self.tr("Signs in through your browser.") if form.browser else self.tr("Signs in here.")
            lines = ", ".join(form.can)
            what = lines[:1].upper() + lines[1:]
            card = ChoiceCard(name, f"{what}. {how}" if what else how, page)
            card.clicked.connect(lambda _on=False, key=key: self.choose(key))
            first = first or card
            column.addWidget(card)
        column.addStretch(1)
        for part in (self.waiting, self.banner):
            part.setParent(self)
            part.hide()
        self._set_page(page)
        for button in (self._back, self._try, self._add):
            button.hide()
        if first is not None:
            first.setFocus()

    def _page(self, title: str) -> tuple[QWidget, QVBoxLayout]:
        self.setWindowTitle(title)
        page = QWidget(self)
        column = QVBoxLayout(page)
        column.setContentsMargins(SIDE, 36, SIDE, 12)
        column.setSpacing(12)
        column.addWidget(Heading(title, page, level=1))
        return page, column

    def _set_page(self, page: QWidget) -> None:
        old = self._scroll.takeWidget()
        self._scroll.setWidget(page)
        if old is not None:
            old.hide()
            old.deleteLater()

    def _prefill(self, account: Account) -> None:
        assert self._fields is not None
        for field in self._runtime.accounts.form(account.platform).fields:
            if field.key == "handle":
                self._fields.edit("handle").setText(account.handle)
            elif field.key == "server":
                self._fields.edit("server").setText(account.server)

    # Doing

    def field(self, key: str) -> QLineEdit:
        """The field of this key."""
        assert self._fields is not None, "no platform is chosen"
        return self._fields.edit(key)

    def test(self) -> None:
        """Sign in with what was typed. Nothing is stored."""
        if self._fields is None or self._busy or not self._fields.complete():
            return
        self._stop()
        self._test = None
        self.banner.clear()
        values = self._fields.values()
        self._set_busy(True)
        if self._runtime.accounts.form(self._platform).browser:
            begin = self._runtime.accounts.begin(self._platform, values)
            self._job = ops.run(self, begin, done=self._begun, failed=self._failed)
        else:
            client = self._client.client_id() if self._client is not None else ""
            sign_in = self._runtime.accounts.sign_in(self._platform, values, client)
            self._job = ops.run(self, sign_in, done=self._works, failed=self._failed)

    def open_browser(self, url: str) -> bool:
        """Open the sign-in page; only https, or http on this computer's own servers."""
        address = QUrl(url)
        return address.scheme() in ("https", "http") and QDesktopServices.openUrl(address)

    def add(self) -> None:
        """Keep what was tested."""
        test, client = self._test, self._client
        if test is None or client is None or self._busy or not client.complete():
            return
        self._set_busy(True)
        if self._account is not None:
            keep = self._runtime.accounts.again(self._account.id, test)
            ops.run(self, keep, done=self._added, failed=self._failed)
        elif client.client_id():
            self._add_to(client.client_id(), test)
        else:
            new = self._runtime.accounts.create_client(client.new_name(), client.new_colour())

            def made(there: Client) -> None:
                client.added(there)  # a second try does not make a second client
                self._add_to(there.id, test)

            ops.run(self, new, done=made, failed=self._failed)

    def _add_to(self, client_id: str, test: SignInTest) -> None:
        ops.run(self, self._runtime.accounts.add(test, client_id), done=self._added, failed=self._failed)

    def _begun(self, browser: BrowserSignIn) -> None:
        self._browser = browser
        self._set_busy(False)
        self.waiting.start(browser.url, self.open_browser(browser.url))
        self._waiting_job = ops.run(self, browser.wait(), done=self._works, failed=self._failed)
        self._scroll_to(self.waiting)
        self._check()

    def _paste(self, code: str) -> None:
        if self._browser is None or self._busy:
            return
        self._set_busy(True)
        self._job = ops.run(self, self._browser.paste(code), done=self._works, failed=self._paste_failed)

    def _works(self, test: SignInTest) -> None:
        self._test = test
        self._set_busy(False)
        self._end_waiting()
        who = words.one_line(test.identity.name or test.identity.handle)
        said = [self.tr("Signed in as %1.").replace("%1", who)]
        if test.found == 0:
            said.append(self.tr("No mentions in the last 30 days."))
        else:
            found = self.tr("Found %n mentions of the last 30 days", None, test.found)
            if test.found == 1:
                found = self.tr("Found 1 mention of the last 30 days")
            if test.newest_at is not None:
                found += self.tr(", the newest from %1").replace("%1", words.moment(test.newest_at))
            said.append(found + ".")
        if test.note:
            said.append(test.note)
        self.banner.works(self.tr("It works"), " ".join(said))
        self._check()
        if self._client is not None and not self._client.complete():
            self._client.open()
        else:
            self._add.setFocus()
        self._scroll_to(self.banner)

    def _failed(self, error: ServiceError) -> None:
        self._set_busy(False)
        self._end_waiting()
        self.banner.fails(str(error))
        self._check()
        self._scroll_to(self.banner)

    def _paste_failed(self, error: ServiceError) -> None:
        self._set_busy(False)
        self.banner.fails(str(error))
        self._check()
        self._scroll_to(self.banner)

    def _added(self, _account: object) -> None:
        self._busy = False
        self.accept()

    def _entered(self) -> None:
        if self._test is not None:
            self.add()
        else:
            self.test()

    def _edited(self) -> None:
        """What was tested is no longer what is typed."""
        self._test = None
        self.banner.clear()
        self._check()

    def _check(self) -> None:
        if self._fields is None or self._client is None:
            return
        browser = self._runtime.accounts.form(self._platform).browser
        tested = self._test is not None
        if browser:
            again = self.tr("Sign in once more") if tested else self.tr("Open the browser")
        else:
            again = self.tr("Test again") if tested or self.banner.failed() else self.tr("Test")
        if self._busy:
            again = self.tr("Signing in\u2026")
        self._try.setText(again)
        self._try.setAccessibleName(again)
        self._try.setEnabled(self._fields.complete() and not self._busy and not self.waiting.url())
        keep = self.tr("Keep this sign-in") if self._account is not None else self.tr("Add account")
        self._add.setText(keep)
        self._add.setAccessibleName(keep)
        ready = tested and self._client.complete() and not self._busy
        self._add.setEnabled(ready)
        # one thing to do at a time: test first, then add
        self._add.setVisible(tested)
        self._try.setVisible(not self.waiting.url())
        kind = "quiet" if tested else "primary"
        if self._try.property("kind") != kind:
            self._try.setProperty("kind", kind)
            self._try.style().unpolish(self._try)
            self._try.style().polish(self._try)

    def _set_busy(self, busy: bool) -> None:
        self._busy = busy
        if self._fields is not None:
            self._fields.set_locked(busy)
        self._check()

    def _scroll_to(self, widget: QWidget) -> None:
        # after the layout has made room for it
        QTimer.singleShot(0, widget, lambda: self._scroll.ensureWidgetVisible(widget, 0, 12))

    # Ending

    def _end_waiting(self) -> None:
        if self._waiting_job is not None:
            self._waiting_job.cancel()
            self._waiting_job = None
        if self._browser is not None:
            # the loopback listener must go even when this window is gone: a job of its own
            ops.run(self.parent() or self, self._browser.cancel(), quiet=True)
            self._browser = None
        self.waiting.stop()

    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self._busy = False
        self._end_waiting()

    def done(self, result: int) -> None:
        """Every way out comes through here: the password goes, what still runs stops."""
        if self._fields is not None:
            self._fields.forget_secrets()
        self._test = None
        self._stop()
        super().done(result)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.done(QDialog.DialogCode.Rejected)
        super().closeEvent(event)


def open_sign_in(
    window: QWidget, runtime: Runtime, account_id: str = "", client_id: str | None = None
) -> AddAccountDialog:
    """Show the dialog over `window`; a second call brings the open one to the front."""
    for open_one in window.findChildren(AddAccountDialog):
        if open_one.isVisible():
            open_one.raise_()
            open_one.activateWindow()
            return open_one
    account = next((one for one in runtime.inbox.accounts() if one.id == account_id), None)
    dialog = AddAccountDialog(runtime, window, account=account, client_id=client_id or "")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.show()
    return dialog
