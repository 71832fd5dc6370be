"""The stages of `dev.py test`: what they run, and how their results are told."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import os_packages

NO_TESTS = 5  # pytest's exit code
XVFB = ("xvfb-run", "-a", "-s", "-screen 0 1920x1080x24")


@dataclass(frozen=True)
class Stage:
    """One command of the whole check."""

    name: str
    command: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()
    packages: tuple[str, ...] = ()  # system packages without which it cannot run
    linux_only: bool = False
    may_be_empty: bool = False  # having no test to run is no failure
    minutes: int = 10


@dataclass(frozen=True)
class Result:
    """How a stage went: "passed", "failed", "not run" (which nobody may take for passed) or "skipped"."""

    name: str
    outcome: str
    seconds: float = 0.0
    note: str = ""


def checks(python: Path) -> list[Stage]:
    """Return the stages that read the code without running it."""
    run = (str(python), "-m")
    contracts = "from importlinter.cli import lint_imports_command as check; check()"
    return [
        Stage("ruff check", (*run, "ruff", "check", ".")),
        Stage("ruff format", (*run, "ruff", "format", "--check", ".")),
        Stage("mypy", (*run, "mypy")),
        # `-c` and not the script, so that the repository's own folder is on the path
        Stage("import contracts", (str(python), "-c", contracts)),
    ]


def pytest_stages(python: Path, arguments: Sequence[str] = ()) -> list[Stage]:
    """Return the stages that run tests; `arguments` go to pytest, before our own so that ours hold.

    Each stage chooses its tests by marker, so a path or `-k` among `arguments` may leave it without any.
    """
    pytest = (str(python), "-m", "pytest", *arguments)
    chosen = bool(arguments)
    offscreen = (("QT_QPA_PLATFORM", "offscreen"),)
    screen = (("QT_QPA_PLATFORM", "xcb"),)
    parallel = ("-n", "2", "--dist", "loadgroup")
    return [
        Stage(
            "unit and UI tests",
            (*pytest, *parallel, "-m", "not xvfb and not live and not soak"),
            offscreen,
            may_be_empty=chosen,
            minutes=20,
        ),
        Stage(
            "tests on a screen",
            (*XVFB, *pytest, "-m", "xvfb and not live and not soak"),
            screen,
            os_packages.SCREEN,
            linux_only=True,
            may_be_empty=chosen,
            minutes=15,
        ),
        Stage(
            "install servers",
            (str(python), "-m", "tests.live.servers", "install"),
            packages=os_packages.SERVERS,
            linux_only=True,
            minutes=20,
        ),
        # Most of their time is waiting for servers. A file stays on one worker, which has servers of its own; only
        # one file types into windows of this screen, so nobody takes the focus from it (another starts its own).
        Stage(
            "live tests",
            (*XVFB, *pytest, "-n", "3", "--dist", "loadfile", "-m", "live and not soak"),
            screen,
            os_packages.TEST,
            linux_only=True,
            may_be_empty=chosen,
            minutes=30,
        ),
    ]


def end(process: subprocess.Popen[bytes]) -> None:
    """Stop `process` and all that it started: first politely, so that tests can stop their servers."""
    if os.name == "nt":
        process.kill()
        process.wait()
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(timeout=10)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def call(command: Sequence[str], environment: Mapping[str, str], root: Path, minutes: float) -> int | None:
    """Run `command` and return its exit code, or None if it took longer than `minutes` and was ended."""
    process = subprocess.Popen(command, cwd=root, env={**os.environ, **environment}, start_new_session=os.name != "nt")
    try:
        return process.wait(timeout=minutes * 60)
    except subprocess.TimeoutExpired:
        end(process)
        return None
    except BaseException:
        end(process)
        raise


def run_stage(stage: Stage, root: Path, lacking: Iterable[str] = ()) -> Result:
    """Run one stage; `lacking` are the system packages that are missing."""
    print(f"\n=== {stage.name}", flush=True)
    if stage.linux_only and sys.platform != "linux":
        return told(Result(stage.name, "skipped", note="runs on Linux only"))
    needed = [name for name in lacking if name in stage.packages]
    if needed:
        line = os_packages.install_line(needed)
        return told(Result(stage.name, "not run", note=f"system packages are missing. Type:\n    {line}"))
    started = time.monotonic()
    try:
        code = call(stage.command, dict(stage.environment), root, stage.minutes)
    except OSError as error:
        return told(Result(stage.name, "not run", note=f"could not start {stage.command[0]}: {error.strerror}"))
    seconds = time.monotonic() - started
    if code is None:
        return told(Result(stage.name, "failed", seconds, f"took over {stage.minutes} minutes and was ended"))
    if code == NO_TESTS and "pytest" in stage.command:
        if stage.may_be_empty:
            return told(Result(stage.name, "skipped", seconds, "none of the chosen tests belongs here"))
        return told(Result(stage.name, "failed", seconds, "ran no test"))
    return told(Result(stage.name, "failed" if code else "passed", seconds, f"exit code {code}" if code else ""))


def told(result: Result) -> Result:
    """Print one line about `result` and return it."""
    note = f": {result.note}" if result.note else ""
    outcome = result.outcome.upper() if result.outcome in ("failed", "not run") else result.outcome
    print(f"--- {result.name}: {outcome} in {result.seconds:.1f} s{note}", flush=True)
    return result


def exit_code(results: Sequence[Result], ci: bool) -> int:
    """Return 0 if all is well. A stage that could not run is a failure where nobody reads along."""
    bad = {"failed", "not run"} if ci else {"failed"}
    return int(any(result.outcome in bad for result in results))


def summary(results: Sequence[Result]) -> str:
    """Return the table that stands at the end: stage, outcome, seconds."""
    width = max(len(result.name) for result in results)
    lines = [f"  {result.name:<{width}}  {result.outcome:<8} {result.seconds:7.1f} s" for result in results]
    total = sum(result.seconds for result in results)
    lines.append(f"  {'in all':<{width}}  {'':<8} {total:7.1f} s")
    for result in results:
        if result.outcome == "not run":
            lines.append(f"  NOT RUN: {result.name}: {result.note}")
    return "\n".join(["", "=== summary", *lines])


def run_all(stages: Sequence[Stage], root: Path, lacking: Iterable[str] = ()) -> int:
    """Run every stage, whatever happened to those before, print the summary and return the exit code."""
    lacking = list(lacking)
    results = [run_stage(stage, root, lacking) for stage in stages]
    print(summary(results), flush=True)
    return exit_code(results, ci=os.environ.get("CI", "").lower() in ("true", "1"))


def selects_live(python: Path, arguments: Sequence[str], root: Path) -> bool:
    """Return whether `arguments` choose a live test: installing servers takes minutes."""
    command = [str(python), "-m", "pytest", *arguments, "--collect-only", "-q", "-m", "live and not soak"]
    code = subprocess.run(command, cwd=root, capture_output=True, check=False).returncode
    return code != NO_TESTS
