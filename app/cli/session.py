"""What the commands share: the data folder, the runtime, and errors in words."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from app.domain import Client
    from app.http import Http
    from app.paths import Paths
    from app.pool import SecretStore
    from app.runtime import Runtime

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])
RUNNING = "Carelane is running and does this by itself."


class Failure(click.ClickException):
    """Ends a command with a sentence on stderr. Exit code 1, 130 when stopped by Ctrl+C."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code  # type: ignore[misc]  # click's own classes do the same

    def show(self, file: Any = None) -> None:
        """Write the sentence alone: it says what happened and what to do."""
        if self.message:
            from app.cli.output import note

            note(self.message)


@dataclass
class Session:
    """One run of the command. Tests put their own secrets and network in."""

    data: str | None = None
    practice: bool = False
    secrets: SecretStore | None = None
    http: Http | None = None
    patience: float = 60.0  # seconds that `reply` waits for the platform's word

    def paths(self) -> Paths:
        """The folders; practice has its own, so that nothing invented mixes with real clients."""
        from app.paths import Paths

        paths = Paths.find(self.data)
        if not self.practice:
            return paths
        return Paths(*(folder / "practice" for folder in (paths.data, paths.cache, paths.config, paths.logs)))

    def runtime(self, *, locked: bool = False) -> Runtime:
        """Open the store. `locked` raises `InUseError` while Carelane runs."""
        from app.runtime import Runtime

        return Runtime(self.paths(), secrets=self.secrets, http=self.http, locked=locked)

    @contextmanager
    def logged(self) -> Iterator[None]:
        """Log to a file of the commands' own: the window rotates its file by itself."""
        from app import logs

        paths = self.paths()
        paths.ensure()
        handler = logs.start(paths.logs, "command")
        try:
            yield
        finally:
            logs.stop(handler)

    @contextmanager
    def reading(self) -> Iterator[Runtime]:
        """The runtime for commands that only read; works while the window runs."""
        with self.logged():
            runtime = self.runtime()
            try:
                yield runtime
            finally:
                runtime.db.close()

    def run(self, body: Callable[[Runtime], Awaitable[T]], *, locked: bool = False) -> T:
        """Run `body` with a runtime on an event loop of its own, and close everything after it."""

        import asyncio  # not at the start: half of what `--version` would cost

        async def inside() -> T:
            runtime = self.runtime(locked=locked)
            try:
                return await body(runtime)
            finally:
                await runtime.stop()

        with self.logged():
            return asyncio.run(inside())


def session() -> Session:
    """This run's session."""
    found = click.get_current_context().find_root().obj
    assert isinstance(found, Session), "the group puts it there"
    return found


class Words(click.ParamType[str]):
    """Text as it was typed: UTF-8 even where the system's own idea is ASCII, and nothing that cannot be kept."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Undo what Python does to bytes that its locale does not know."""
        return str(value).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


WORDS = Words()


def _set_data(ctx: click.Context, _parameter: click.Parameter, value: str | None) -> None:
    if value is not None:
        root = ctx.find_root()
        if not isinstance(root.obj, Session):
            root.obj = Session()
        root.obj.data = value


def data_option(command: F) -> F:
    """--data, before the command's name or after it."""
    option = click.option(
        "--data", metavar="DIR", expose_value=False, is_eager=True, callback=_set_data,
        help="Another data folder. CARELANE_DATA does the same.",
    )  # fmt: skip
    return option(command)


def json_option(command: F) -> F:
    """--json, for programs."""
    return click.option("--json", "as_json", is_flag=True, help="Write JSON, for programs.")(command)


def client_option(command: F) -> F:
    """--client, by name or id."""
    return click.option("--client", "client", type=WORDS, metavar="NAME", help="Only this client.")(command)


def client_of(runtime: Runtime, name: str | None) -> Client | None:
    """The client of that name or id, None for None. Raises `Failure` for one that is not there."""
    if name is None:
        return None
    known = runtime.inbox.clients()
    wanted = " ".join(name.split()).casefold()
    for client in known:
        if wanted in (client.name.casefold(), client.id):
            return client
    names = ", ".join(client.name for client in known) or "none yet"
    raise Failure(f"There is no client called {name}. Known clients: {names}.")


def conversation_of(runtime: Runtime, id_: str) -> str:
    """The conversation's id; a message's own id ("account/number", as an export has it) leads there too."""
    found = ""
    if id_.isascii() and id_.isdecimal() and len(id_) < 19:
        found = id_ if runtime.inbox.feed_rows([id_]) else ""
    elif "/" in id_:
        from app.store.details import conversation_of_mention

        account_id, _, remote_id = id_.partition("/")
        number = conversation_of_mention(runtime.db.reader(), account_id, remote_id)
        found = "" if number is None else str(number)
    if not found:
        raise Failure(f"There is no conversation {id_}. “carelane feed” shows the ids.")
    return found


def interactive() -> bool:
    """Whether somebody sits at the keyboard."""
    return sys.stdin is not None and sys.stdin.isatty()


def secret_from_stdin(what: str) -> str:
    """One line from stdin, typed unseen when somebody sits there. Never an argument: those are public."""
    if interactive():
        value = str(click.prompt(what, hide_input=True, err=True, default="", show_default=False))
    else:
        value = sys.stdin.buffer.readline().decode(errors="replace")
    value = value.removeprefix("\ufeff").strip()
    if not value:
        raise Failure(f"There was no {what.lower()} on standard input.")
    return value
