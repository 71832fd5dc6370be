"""What each command of dev.py does."""

import os
import subprocess
import sys
from collections.abc import Sequence

import environment
import os_packages
import stages
from environment import ROOT, SetUpError


def run(command: str, arguments: Sequence[str]) -> int:
    """Do `command` and return the exit code."""
    try:
        return COMMANDS[command](arguments)
    except SetUpError as error:
        print(error, file=sys.stderr, flush=True)
        return 1


def open_window(arguments: Sequence[str]) -> int:
    lacking = os_packages.ensure(os_packages.RUN, os_packages.FONTS)
    # -P: a folder named ui where the person happens to be must not be taken for ours
    command = [str(environment.ensure("run")), "-P", "-m", "ui", *arguments]
    if os.name == "posix" and not lacking:
        sys.stdout.flush()
        os.execv(command[0], command)  # signals and the terminal then belong to Carelane itself
    code = subprocess.call(command)
    if code != 0 and lacking:
        print("Carelane ended early. These system packages are missing:", " ".join(lacking), flush=True)
    return code


def test(arguments: Sequence[str]) -> int:
    lacking = os_packages.ensure(os_packages.TEST)
    python = environment.ensure("test")
    chosen = stages.pytest_stages(python, arguments)
    if arguments and not stages.selects_live(python, arguments, ROOT):
        chosen = [stage for stage in chosen if stage.name not in ("install servers", "live tests")]
    return stages.run_all([*stages.checks(python), *chosen], ROOT, lacking)


def lint(arguments: Sequence[str]) -> int:
    return stages.run_all(stages.checks(environment.ensure("test")), ROOT)


def fix(arguments: Sequence[str]) -> int:
    ruff = [str(environment.ensure("test")), "-m", "ruff"]
    unfixed = subprocess.call([*ruff, "check", "--fix", "."], cwd=ROOT)
    return subprocess.call([*ruff, "format", "."], cwd=ROOT) or unfixed


def bench(arguments: Sequence[str]) -> int:
    os_packages.ensure(os_packages.SCREEN)
    python = environment.ensure("test")
    return subprocess.call([str(python), "-m", "tests.benchmarks", *arguments], cwd=ROOT)


def soak(arguments: Sequence[str]) -> int:
    python = environment.ensure("test")
    # without -n: one long test each; hypothesis tells how far it came if it fails
    command = [str(python), "-m", "pytest", *arguments, "-m", "soak and not live", "-o", "faulthandler_timeout=0"]
    return subprocess.call(command, cwd=ROOT, env={**os.environ, "QT_QPA_PLATFORM": "offscreen"})


def servers(arguments: Sequence[str]) -> int:
    lacking = os_packages.ensure(os_packages.SERVERS)
    python = environment.ensure("test")
    install = [stage for stage in stages.pytest_stages(python) if stage.name == "install servers"]
    return stages.run_all(install, ROOT, lacking)


def docs(arguments: Sequence[str]) -> int:
    python = environment.ensure("test")
    return subprocess.call([str(python), str(ROOT / "packaging" / "platform_table.py"), *arguments], cwd=ROOT)


def train(arguments: Sequence[str]) -> int:
    python = environment.ensure_apart("train")
    return subprocess.call([str(python), str(ROOT / "packaging" / "train_triage.py"), *arguments], cwd=ROOT)


def lock(arguments: Sequence[str]) -> int:
    import lock_pins

    lock_pins.lock(ROOT, arguments)
    return 0


COMMANDS = {
    "run": open_window,
    "test": test,
    "lint": lint,
    "fix": fix,
    "bench": bench,
    "soak": soak,
    "servers": servers,
    "docs": docs,
    "train": train,
    "lock": lock,
}
