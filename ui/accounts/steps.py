"""The steps of the sign-in dialog as pages: the platforms, what one asks, and what a sign-in manages."""

from __future__ import annotations

from datetime import UTC, datetime

from PySide6.QtWidgets import QLineEdit, QWidget

from app import expiry
from app.domain import Account
from app.errors import ServiceError
from ui import ops
from ui.accounts.client import ClientChoice
from ui.accounts.form import Fields
from ui.accounts.picker import Picker
from ui.accounts.platforms import PlatformList
from ui.accounts.shell import Shell, name_button, weigh_button
from ui.ports import Runtime
from ui.sign_in_ports import Choices, SignInTest
from ui.widgets import Label


class Steps(Shell):
    """Shows one step at a time and what can be done there; its heir carries it out."""

    def __init__(self, runtime: Runtime, parent: QWidget | None, account: Account | None, client_id: str) -> None:
        super().__init__(parent)
        self._runtime, self._account = runtime, account
        self._client_id = account.client_id if account is not None else client_id
        self._platform = ""
        self._fields: Fields | None = None
        self._client: ClientChoice | None = None
        self._test: SignInTest | None = None
        self._choices: Choices | None = None
        self._picker: Picker | None = None
        self._busy = ""  # what is being done, as on the button
        self._back.clicked.connect(self._go_back)

    # Carried out by the heir

    def _stop(self) -> None:
        raise NotImplementedError

    def _end_waiting(self) -> None:
        raise NotImplementedError

    def _entered(self) -> None:
        raise NotImplementedError

    def _failed(self, error: ServiceError) -> None:
        raise NotImplementedError

    # Pages

    def _show_platforms(self) -> None:
        self._stop()
        self._forget()
        page, column = self._page(self.tr("Add an account"))
        column.addWidget(Label(self.tr("Where do people write to the business?"), page, colour="muted", wrap=True))
        column.addSpacing(4)
        platforms = PlatformList(self._runtime.accounts.offers(), page)
        platforms.chosen.connect(self.choose)
        column.addWidget(platforms)
        self._set_page(page, column, lend=False)
        for button in (self._back, self._try, self._add):
            button.hide()
        name_button(self._cancel, self.tr("Cancel"))
        platforms.focus_first()

    def _begin(self) -> None:
        """The first page: straight to the sign-in where there is nothing to choose."""
        offers = self._runtime.accounts.offers()
        if len(offers) == 1:
            self.choose(offers[0].key)
        else:
            self._show_platforms()

    def _wait_for_platforms(self) -> None:
        """The list is there in a moment; the window is there at once."""
        page, column = self._page(self.tr("Add an account"))
        column.addWidget(Label(self.tr("Where do people write to the business?"), page, colour="muted", wrap=True))
        self._set_page(page, column, lend=False)
        for button in (self._back, self._try, self._add):
            button.hide()
        name_button(self._cancel, self.tr("Cancel"))
        ops.run(self, self._runtime.accounts.load(), done=lambda _: self._begin())

    def choose(self, platform: str) -> None:
        """Go on with this platform."""
        self._stop()
        self._forget()
        self._platform = platform
        accounts = self._runtime.accounts
        form = accounts.form(platform)
        again = self._account is not None
        shape = self.tr("Sign in to %1 again") if again else self.tr("Add a %1 account")
        if not again and _is_an(self._name()):
            shape = self.tr("Add an %1 account")
        page, column = self._page(shape.replace("%1", self._name()))
        self._client = ClientChoice(self._runtime.inbox.clients(), self._client_id, page)
        if again:
            self._client.freeze()
        column.addWidget(self._client)
        ends = expiry.sentence(self._account.data, datetime.now(UTC)) if self._account is not None else ""
        if ends:
            column.addWidget(Label(ends, page, colour="warn", wrap=True))
        column.addSpacing(14)
        title = accounts.app_title(platform) if form.app is not None else ""
        self._fields = Fields(form, page, notes=accounts.notes(platform), app_title=title)
        self._client.changed.connect(self._client_changed)
        self._fields.changed.connect(self._edited)
        self._fields.entered.connect(self._entered)
        if self._fields.app is not None:
            self._fields.app.forget_wanted.connect(self._forget_app)
        column.addWidget(self._fields)
        column.addSpacing(8)
        self._set_page(page, column, lend=True)
        if self._account is not None:
            self._prefill(self._account)
        self._check()
        if not self._fields.focus_first():
            self._try.setFocus()
        self._look_for_app()

    def _show_choices(self, choices: Choices) -> None:
        """Several came with one sign-in: which of them?"""
        before = self._client
        self._end_waiting()
        self._choices = choices
        page, column = self._page(self.tr("Add %1 accounts").replace("%1", self._name()))
        clients = self._runtime.inbox.clients()
        self._client = ClientChoice(clients, before.client_id() if before is not None else self._client_id, page)
        if before is not None and not before.client_id():
            self._client.start_new(before.new_name())
        self._client.changed.connect(self._check)
        column.addWidget(self._client)
        more = self.tr("You are signed in. Tick what Carelane answers for; each is tried before it is added.")
        column.addWidget(Label(more, page, colour="muted", wrap=True))
        column.addSpacing(4)
        if self._fields is not None:
            self._fields.forget_secrets()
            self._fields = None
        self._picker = Picker(choices.found, clients, page)
        self._picker.changed.connect(self._check)
        column.addWidget(self._picker)
        self._set_page(page, column, lend=True)
        self._check()
        self._picker.focus_first()

    def _go_back(self) -> None:
        if self._picker is not None:
            self.choose(self._platform)
        else:
            self._show_platforms()

    def _several(self) -> bool:
        """Whether there is a list of platforms to go back to."""
        return self._account is None and len(self._runtime.accounts.offers()) > 1

    def _name(self) -> str:
        return self._runtime.accounts.platform_name(self._platform)

    def _prefill(self, account: Account) -> None:
        assert self._fields is not None
        for key, value in (("handle", account.handle), ("server", account.server)):
            if self._fields.has(key):
                self._fields.edit(key).setText(value)

    # The person's own app

    def _client_changed(self) -> None:
        if self._test is not None and self._fields is not None and self._fields.app is not None:
            self._edited()  # it was made with the keys of another client's app
        self._look_for_app()
        self._check()

    def _look_for_app(self) -> None:
        fields, client = self._fields, self._client
        if fields is None or fields.app is None or client is None:
            return
        box, wanted = fields.app, client.client_id()

        def tell(known: bool) -> None:
            if self._fields is fields and client.client_id() == wanted and known != box.kept():
                box.show_kept(known)
                if known and not fields.focus_first():
                    self._try.setFocus()

        if wanted:
            known = self._runtime.accounts.app_known(self._platform, wanted)
            ops.run(self, known, done=tell, quiet=True)  # a keychain that is locked asks again when it is needed
        elif box.kept():
            box.show_kept(False)

    def _forget_app(self) -> None:
        fields, client = self._fields, self._client
        if fields is None or fields.app is None or client is None:
            return
        box = fields.app
        gone = self._runtime.accounts.forget_app(self._platform, client.client_id())
        ops.run(self, gone, done=lambda _: box.ask(), failed=self._failed)

    # What can be done

    def field(self, key: str) -> QLineEdit:
        """The field of this key."""
        assert self._fields is not None, "no platform is chosen"
        return self._fields.edit(key)

    def _in_browser(self) -> bool:
        """Through the browser, unless a token was typed for where there is none."""
        form = self._runtime.accounts.form(self._platform)
        return form.browser and not (self._fields is not None and self._fields.values().get("token", "").strip())

    def _edited(self) -> None:
        """What was tested is no longer what is typed."""
        self._test = None
        self.banner.clear()
        self._check()

    def _ready(self) -> bool:
        if self._client is None:
            return False
        if self._picker is not None:
            picked = bool(self._picker.picked("?"))
            return picked and (self._client.complete() or not self._picker.needs_client())
        return self._test is not None and self._client.complete()

    def _check(self) -> None:
        """One thing to do at a time: test first, then add."""
        if self._client is None:
            return
        running = bool(self._busy or self.waiting.url())
        name_button(self._cancel, self.tr("Stop") if running else self.tr("Cancel"))
        self._back.setVisible(not running and (self._picker is not None or self._several()))
        if self._picker is not None:
            number = len(self._picker.picked("?"))
            words = self.tr("Add account") if number < 2 else self.tr("Add %n accounts", None, number)
            name_button(self._add, self._busy or words.replace("%n", str(number)))
            self._try.hide()
            self._add.show()
        elif self._fields is not None:
            tested = self._test is not None
            keep = self.tr("Keep this sign-in") if self._account is not None else self.tr("Add account")
            name_button(self._try, self._busy or self._try_words(tested))
            name_button(self._add, keep)
            self._try.setEnabled(self._fields.complete() and not running)
            self._try.setVisible(not self.waiting.url())
            self._add.setVisible(tested)
            weigh_button(self._try, "quiet" if tested else "primary")
        self._add.setEnabled(self._ready() and not self._busy)

    def _try_words(self, tested: bool) -> str:
        if self._in_browser():
            return self.tr("Sign in once more") if tested else self.tr("Open the browser")
        return self.tr("Test again") if tested or self.banner.failed() else self.tr("Test")

    def _set_busy(self, words: str) -> None:
        self._busy = words
        for part in (self._fields, self._picker):
            if part is not None:
                part.set_locked(bool(words))
        self._check()

    def _forget(self) -> None:
        """What was typed and what came of it goes with its page."""
        if self._fields is not None:
            self._fields.forget_secrets()
        if self._client is not None:
            self._client_id = self._client.client_id() or self._client_id
        self._platform = ""
        self._fields, self._client, self._picker = None, None, None
        self._test, self._choices = None, None


def _is_an(name: str) -> bool:
    """Whether English says "an" before it: "an Instagram account", "an X account"."""
    return name[:1] in "AEIOU" or name == "X"
