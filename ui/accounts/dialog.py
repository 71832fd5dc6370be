"""Add an account: choose the platform, sign in, see that it works, add it. Also: sign in again."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar, cast

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QCloseEvent, QDesktopServices
from PySide6.QtWidgets import QDialog, QWidget

from app.domain import Account, Client
from app.errors import ServiceError
from ui import ops
from ui.accounts.steps import Steps
from ui.accounts.words import connected_words, found_words
from ui.ports import Runtime
from ui.sign_in_ports import BrowserSignIn, Choices, Connected, SignInTest

_T = TypeVar("_T")


class AddAccountDialog(Steps):
    """Non-modal. With `account`, signs in to it again and keeps everything that belongs to it."""

    def __init__(
        self,
        runtime: Runtime,
        parent: QWidget | None = None,
        *,
        account: Account | None = None,
        client_id: str = "",
    ) -> None:
        super().__init__(runtime, parent, account, client_id)
        self._browser: BrowserSignIn | None = None
        self._jobs: list[ops.Job[object]] = []
        self.waiting.pasted.connect(self._paste)
        self.waiting.open_again.connect(lambda: self.open_browser(self.waiting.url()))
        self._cancel.clicked.connect(self._stop_or_close)
        self._try.clicked.connect(self.test)
        self._add.clicked.connect(self.add)
        if account is not None:
            self.choose(account.platform)
        elif runtime.accounts.loaded:
            self._begin()
        else:
            self._wait_for_platforms()

    # Doing

    def _start(
        self, work: Coroutine[Any, Any, _T], done: Callable[[_T], object], failed: Callable[[ServiceError], object]
    ) -> None:
        """Do something that can be stopped."""
        self._jobs = [job for job in self._jobs if job.running]
        self._jobs.append(cast("ops.Job[object]", ops.run(self, work, done=done, failed=failed)))

    def test(self) -> None:
        """Sign in with what was typed. Nothing is stored."""
        if self._fields is None or self._client is None or self._busy or not self._fields.complete():
            return
        self._stop()
        self._test = None
        self.banner.clear()
        values, client = self._fields.values(), self._client.client_id()
        account = self._account.id if self._account is not None else ""
        accounts = self._runtime.accounts
        self._set_busy(self.tr("Signing in\u2026"))
        if self._in_browser():
            begin = accounts.begin(self._platform, values, client, account_id=account)
            self._start(begin, self._begun, self._failed)
        else:
            sign_in = accounts.sign_in(self._platform, values, client, account_id=account)
            self._start(sign_in, self._works, self._failed)

    def open_browser(self, url: str) -> bool:
        """Open the sign-in page; only https, or http on this computer's own servers."""
        address = QUrl(url)
        return address.scheme() in ("https", "http") and QDesktopServices.openUrl(address)

    def add(self) -> None:
        """Keep what was tested, or try and keep what was chosen."""
        if self._client is None or self._busy or not self._ready():
            return
        if self._picker is not None:
            self._with_client(self._connect, needed=self._picker.needs_client())
        elif self._test is not None and self._account is not None:
            self._set_busy(self.tr("Saving\u2026"))
            keep = self._runtime.accounts.again(self._account.id, self._test)
            ops.run(self, keep, done=self._added, failed=self._failed)
        elif self._test is not None:
            self._with_client(self._add_to, needed=True)

    def _with_client(self, go_on: Callable[[str], object], *, needed: bool) -> None:
        """Go on with the client that is chosen, made first where it is new."""
        client = self._client
        assert client is not None
        self._set_busy(self.tr("Saving\u2026"))
        if client.client_id() or not needed:
            go_on(client.client_id())
            return
        new = self._runtime.accounts.create_client(client.new_name(), client.new_colour())

        def made(there: Client) -> None:
            client.added(there)  # a second try does not make a second client
            go_on(there.id)

        ops.run(self, new, done=made, failed=self._failed)

    def _add_to(self, client_id: str) -> None:
        assert self._test is not None
        ops.run(self, self._runtime.accounts.add(self._test, client_id), done=self._added, failed=self._failed)

    def _connect(self, client_id: str) -> None:
        picker, choices = self._picker, self._choices
        assert picker is not None
        assert choices is not None
        picked = picker.picked(client_id)
        done: list[Connected] = []
        self.banner.clear()

        def tell(one: Connected) -> None:
            done.append(one)
            picker.outcome(one)
            progress()

        def progress() -> None:
            if len(done) < len(picked):
                words = self.tr("Trying %1 of %2\u2026").replace("%1", str(len(done) + 1))
                self._set_busy(words.replace("%2", str(len(picked))))

        progress()
        work = self._runtime.accounts.connect(choices, picked, told=tell)
        self._start(work, self._connected, self._failed)

    def _connected(self, results: Sequence[Connected]) -> None:
        self._set_busy("")
        if all(one.account is not None and not one.note for one in results):
            self.accept()
            return
        good, text = connected_words(results)
        if good:
            self.banner.works(self.tr("Done"), text)
        else:
            self.banner.fails(text)
        self._check()
        (self._add if self._add.isEnabled() else self._cancel).setFocus()
        self._scroll_to(self.banner)

    def _begun(self, browser: BrowserSignIn) -> None:
        self._browser = browser
        self._set_busy("")
        paste = self._runtime.accounts.form(self._platform).paste
        self.waiting.start(browser.url, self.open_browser(browser.url), browser.trouble, paste)
        if browser.trouble or paste:  # nobody comes back then, or perhaps not: it is pasted
            self.waiting.code.setFocus()
        if not browser.trouble:
            self._start(browser.wait(), self._works, self._failed)
        self._scroll_to(self.waiting)
        self._check()

    def _paste(self, code: str) -> None:
        if self._browser is None or self._busy:
            return
        self._set_busy(self.tr("Signing in\u2026"))
        work = self._browser.paste(code)
        self._start(work, self._works, self._paste_failed)

    def _works(self, result: SignInTest | Choices) -> None:
        self._set_busy("")
        self._end_waiting()
        if not hasattr(result, "identity"):
            self._show_choices(result)
            return
        self._test = cast("SignInTest", result)
        self.banner.works(self.tr("It works"), found_words(self._test))
        self._check()
        if self._client is not None and not self._client.complete():
            self._client.open()
        else:
            self._add.setFocus()
        self._scroll_to(self.banner)

    def _failed(self, error: ServiceError) -> None:
        self._end_waiting()
        self._paste_failed(error)

    def _paste_failed(self, error: ServiceError) -> None:
        self._set_busy("")
        self.banner.fails(str(error))
        self._check()
        self._scroll_to(self.banner)

    def _added(self, _account: object) -> None:
        self._busy = ""
        self.accept()

    def _entered(self) -> None:
        if self._test is not None:
            self.add()
        else:
            self.test()

    # Ending

    def _stop_or_close(self) -> None:
        if not (self._busy or self.waiting.url()):
            self.close()
            return
        self._stop()
        self._set_busy("")

    def _end_waiting(self) -> None:
        if self._browser is not None:
            for job in self._jobs:
                job.cancel()
            self._jobs.clear()
            # the loopback listener must go even when this window is gone: a job of its own
            ops.run(self.parent() or self, self._browser.cancel(), quiet=True)
            self._browser = None
        self.waiting.stop()

    def _stop(self) -> None:
        for job in self._jobs:
            job.cancel()
        self._jobs.clear()
        self._busy = ""
        self._end_waiting()

    def done(self, result: int) -> None:
        """Every way out comes through here: the password goes, what still runs stops."""
        if self._fields is not None:
            self._fields.forget_secrets()
        self._test, self._choices = None, None
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
