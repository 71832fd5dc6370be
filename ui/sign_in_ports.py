"""What the screens ask of signing in, as protocols. Its types are described by what a screen reads of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from app.domain import Account, Client
from app.rows import AccountContents


class FormField(Protocol):
    """One line of a sign-in form."""

    @property
    def key(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def placeholder(self) -> str: ...
    @property
    def secret(self) -> bool: ...
    @property
    def hint(self) -> str: ...
    @property
    def optional(self) -> bool: ...


class AppForm(Protocol):
    """The person's own developer keys, which some platforms demand."""

    @property
    def family(self) -> str: ...
    @property
    def fields(self) -> Sequence[FormField]: ...
    @property
    def help_text(self) -> str: ...
    @property
    def help_url(self) -> str: ...


class Form(Protocol):
    """How a platform signs in, in the words of a shop owner."""

    @property
    def fields(self) -> Sequence[FormField]: ...
    @property
    def can(self) -> Sequence[str]: ...
    @property
    def never(self) -> Sequence[str]: ...
    @property
    def browser(self) -> bool: ...
    @property
    def help_text(self) -> str: ...
    @property
    def help_url(self) -> str: ...
    @property
    def app(self) -> AppForm | None: ...
    @property
    def paste(self) -> str: ...  # "the password that the page shows"; "" a code


class Offer(Protocol):
    """A platform that can be signed in to."""

    @property
    def key(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def group(self) -> str: ...  # a heading, in words
    @property
    def can(self) -> Sequence[str]: ...
    @property
    def browser(self) -> bool: ...


class Signed(Protocol):
    """Who a sign-in turned out to be. Its secret is not for screens."""

    @property
    def handle(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def note(self) -> str: ...


class Choice(Protocol):
    """One of several identities that a sign-in manages."""

    @property
    def identity(self) -> Signed: ...
    @property
    def what(self) -> str: ...  # "Facebook Page", "" where that is not known
    @property
    def account_id(self) -> str: ...  # connected already as this, "" where not
    @property
    def client_id(self) -> str: ...  # whose that is


class Choices(Protocol):
    """A sign-in that manages several identities, of which the person chooses."""

    @property
    def found(self) -> Sequence[Choice]: ...


class Connected(Protocol):
    """What became of one choice."""

    @property
    def number(self) -> int: ...  # in `Choices.found`
    @property
    def account(self) -> Account | None: ...
    @property
    def note(self) -> str: ...
    @property
    def why(self) -> str: ...  # why there is no account


class SignInTest(Protocol):
    """A sign-in that works and is not added yet."""

    @property
    def identity(self) -> Signed: ...
    @property
    def note(self) -> str: ...
    @property
    def found(self) -> int: ...  # mentions of the last 30 days
    @property
    def newest_at(self) -> datetime | None: ...
    @property
    def also(self) -> Sequence[Choice]: ...  # other accounts that are renewed with it


class BrowserSignIn(Protocol):
    """A sign-in that goes on in the browser."""

    @property
    def url(self) -> str: ...
    @property
    def trouble(self) -> str: ...  # why the browser cannot come back by itself, and what to do; "" where it can
    async def wait(self) -> SignInTest | Choices: ...
    async def paste(self, code: str) -> SignInTest | Choices: ...
    async def cancel(self) -> None: ...


class Accounts(Protocol):
    """Signing in, and whose account it is."""

    def platforms(self) -> Sequence[tuple[str, str]]: ...  # key and name
    def platform_name(self, platform: str) -> str: ...
    @property
    def loaded(self) -> bool: ...  # whether `offers` costs nothing
    async def load(self) -> None: ...
    def offers(self) -> Sequence[Offer]: ...  # by group
    def form(self, platform: str) -> Form: ...
    def notes(self, platform: str) -> Sequence[str]: ...  # what its API cannot do
    def signs_in(self, platform: str) -> bool: ...  # False for practice and files
    def app_title(self, platform: str) -> str: ...  # "Meta", of "your Meta app"
    async def app_known(self, platform: str, client_id: str) -> bool: ...
    async def forget_app(self, platform: str, client_id: str) -> None: ...
    async def sign_in(
        self, platform: str, fields: Mapping[str, str], client_id: str = "", *, account_id: str = ""
    ) -> SignInTest | Choices: ...  # nothing is stored; `account_id`: signs in to it again
    async def begin(
        self, platform: str, fields: Mapping[str, str], client_id: str = "", *, account_id: str = ""
    ) -> BrowserSignIn: ...
    async def add(self, test: SignInTest, client_id: str) -> Account: ...
    async def connect(
        self, choices: Choices, picked: Mapping[int, str], *, told: Callable[[Connected], object] = ...
    ) -> Sequence[Connected]: ...  # number to client id; `told` hears of each when it is done
    async def again(self, account_id: str, test: SignInTest) -> object: ...
    @property
    def check(self) -> Callable[[str | None], None]: ...  # reads it now; None is all
    async def pause(self, account_id: str, paused: bool) -> None: ...
    async def contents(self, account_id: str) -> AccountContents: ...
    async def remove(self, account_id: str) -> str: ...  # what its platform was told, in a sentence
    async def create_client(self, name: str, color: str) -> Client: ...
    async def practise(self) -> object: ...
