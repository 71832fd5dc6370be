"""The `carelane` command. What it imports at the start is click alone: each command brings what it needs.

Stable from 0.1 on: names of commands and options, exit codes, keys of JSON.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from typing import Any

import click

from app import __version__
from app.cli.output import note, utf8
from app.cli.session import Failure, Session, data_option, session

_COMMANDS = {  # command: module; its function is called the same, dashes as underscores
    "account": "accounts",
    "doctor": "care",
    "export": "files",
    "feed": "reading",
    "import": "files",
    "listen": "listening",
    "outbox": "reading",
    "promises": "promises",
    "quotes": "promises",
    "reply": "sending",
    "restore": "care",
    "search": "reading",
    "show": "reading",
    "suggest": "templates",
    "sync": "sending",
    "templates": "templates",
    "triage": "judging",
    "usage": "usage",
}


class _Carelane(click.Group):
    """Finds a command's module when it is asked for, and turns failures into sentences."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        import importlib

        module = importlib.import_module(f"app.cli.{_COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def invoke(self, ctx: click.Context) -> Any:
        from app.errors import InUseError, ServiceError

        try:
            return super().invoke(ctx)
        except InUseError as error:
            raise Failure(str(error)) from error
        except ServiceError as error:
            raise Failure(str(error)) from error
        except KeyboardInterrupt:
            raise Failure("Stopped.", 130) from None
        except OSError as error:
            if error.errno == errno.EPIPE:
                _nobody_reads()
                raise click.exceptions.Exit(0) from None
            raise Failure(_told(error)) from error
        except Exception as error:
            told = _damage(error, ctx)
            if told is None:
                raise  # a bug of ours: it is shown whole
            raise Failure(told) from error


def _told(error: OSError) -> str:
    place = f" ({error.filename})" if error.filename else ""
    return f"The system refused: {error.strerror or error}{place}."


def _damage(error: Exception, ctx: click.Context) -> str | None:
    """A sentence for an error of the database itself, which readers pass on as it is."""
    import sqlite3

    if not isinstance(error, sqlite3.Error) or isinstance(error, sqlite3.ProgrammingError | sqlite3.IntegrityError):
        return None
    from app.store.db import explain

    path = ctx.find_root().obj.paths().data / "carelane.db"
    text = str(explain(error, path))
    return f"{text} “carelane restore” puts it in place." if "last good copy" in text else text


@click.group(cls=_Carelane, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@data_option
@click.option("--practice", is_flag=True, help="A shop that does not exist, to practise with.")
@click.version_option(__version__, "--version", prog_name="carelane", message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context, practice: bool) -> None:
    """Answer the right person next. Without a command, the window opens."""
    if not isinstance(ctx.obj, Session):
        ctx.obj = Session()
    ctx.obj.practice = practice
    if ctx.invoked_subcommand is None:
        ctx.exit(_window(session()))


def _window(run: Session) -> int:
    """Open the window in a process of its own: the core never imports it."""
    import importlib.util
    import subprocess
    from pathlib import Path

    if importlib.util.find_spec("ui") is None or importlib.util.find_spec("PySide6") is None:
        raise Failure("The window is not installed here. All commands work without it; “carelane --help” lists them.")
    arguments = ["--practice"] if run.practice else []
    if run.data is not None:
        arguments += ["--data", run.data]
    root = str(Path(__file__).parents[2])
    known = [part for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([root, *known])}
    # -P: a folder named ui where the person happens to be must not be taken for ours
    command = [sys.executable, "-P", "-m", "ui", *arguments]
    if os.name == "posix":  # one process instead of two
        sys.stdout.flush()
        os.execve(sys.executable, command, environment)
    return subprocess.call(command, env=environment)


def _nobody_reads() -> None:
    """The reader has gone, as `head` does. What is left in the buffer goes nowhere, quietly."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main() -> None:
    """The entry point."""
    utf8()
    try:
        cli.main(prog_name="carelane", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Exit as done:
        code = done.exit_code
    except click.Abort:
        note("Stopped.")
        code = 130
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except KeyboardInterrupt:
        note("Stopped.")
        code = 130
    except OSError as error:
        if error.errno != errno.EPIPE:
            raise
        _nobody_reads()
        code = 0
    else:
        code = 0
    sys.exit(code)
