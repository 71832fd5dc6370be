"""Makes `.venv` and keeps it equal to the pins.

A stamp in `.venv` says what was installed. It says "unfinished" while anything is being changed, so
that a set-up that was cut off at any moment is seen and started over.
"""

import hashlib
import importlib.util
import json
import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import os_packages

ROOT = Path(__file__).resolve().parent.parent
# The second holds all of the first, at the same versions.
PROFILES = ("run", "test")
STAMP = "carelane-stamp.json"
LAYOUT = 1  # count up when what this module writes into a .venv changes

Stamp = dict[str, Any]
Call = Callable[[list[str]], int]


class SetUpError(Exception):
    """The set-up cannot go on; the text is for the person at the terminal."""


def call_command(command: list[str]) -> int:
    """Run `command` without standard input, so that nothing can wait for an answer."""
    return subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode


def venv_python(venv: Path) -> Path:
    return venv / "Scripts" / "python.exe" if os.name == "nt" else venv / "bin" / "python"


def pins_file(root: Path, profile: str) -> Path:
    return root / "packaging" / "requirements" / f"{profile}.txt"


def pinned_names(pins: str) -> set[str]:
    """Return the package names in the text of a pins file."""
    return set(re.findall(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==", pins, flags=re.MULTILINE))


def wanted_stamp(root: Path, profile: str) -> Stamp:
    """Return the stamp of a finished set-up of `profile` with this Python, these pins, in this folder."""
    covered = PROFILES[: PROFILES.index(profile) + 1]
    return {
        "state": "ready",
        # a minor version's .venv outlives a patch release
        "python": f"{sys.implementation.name} {sys.version_info[0]}.{sys.version_info[1]}",
        "machine": f"{sys.platform} {platform.machine()}",
        "folder": str(root),  # the scripts of a .venv hold their own address
        "layout": LAYOUT,
        "pins": {name: hashlib.sha256(pins_file(root, name).read_bytes()).hexdigest() for name in covered},
    }


def read_stamp(venv: Path) -> Stamp | None:
    """Return the stamp of `venv`, or None where there is none that can be read."""
    try:
        stamp = json.loads((venv / STAMP).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return stamp if isinstance(stamp, dict) else None


def write_stamp(venv: Path, stamp: Stamp) -> None:
    temporary = venv / f"{STAMP}.new"
    temporary.write_text(json.dumps(stamp, indent=1, sort_keys=True), "utf-8")
    temporary.replace(venv / STAMP)


def is_current(stamp: Stamp | None, wanted: Stamp, venv: Path) -> bool:
    """Return whether `venv` needs nothing. Reads no more than it must: each start waits for it."""
    if stamp is None or not is_reusable(stamp, wanted, venv):
        return False
    have = stamp.get("pins", {})
    return all(have.get(name) == digest for name, digest in wanted["pins"].items())


def is_reusable(stamp: Stamp, wanted: Stamp, venv: Path) -> bool:
    """Return whether `venv` is whole and ours, so that pip may bring it up to date in place."""
    same = all(stamp.get(key) == wanted[key] for key in ("state", "python", "machine", "folder", "layout"))
    return same and venv_python(venv).exists()


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Hold the lock on `path`, waiting for another set-up of the same folder to end.

    The system lets go of it when we die, so that no lock is ever left behind.
    """
    with path.open("a+") as file:
        if sys.platform == "win32":
            import msvcrt

            while True:
                try:
                    msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
                    break
                except OSError:  # it gives up after ten seconds
                    continue
        else:
            import fcntl

            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                print("Another set-up of this folder is running. Waiting for it…", flush=True)
                fcntl.flock(file, fcntl.LOCK_EX)
        yield


def need_ensurepip() -> None:
    """Make sure that this Python can make a .venv: Debian splits that off into a package of its own."""
    if importlib.util.find_spec("ensurepip") is not None:
        return
    package = f"python3.{sys.version_info[1]}-venv"
    if os_packages.apt_is_here() and os_packages.is_root():
        print(f"Installing {package}", flush=True)
        if os_packages.apt_install([package]):
            return
    line = (
        os_packages.install_line([package]) if os_packages.apt_is_here() else "the venv and ensurepip modules of Python"
    )
    raise SetUpError(f"This Python cannot make a .venv. Please install:\n    {line}\nThen start this again.")


def create(venv: Path, call: Call) -> None:
    """Make an empty `venv` in place of whatever is there, stamped as unfinished from its first moment."""
    need_ensurepip()
    try:
        if venv.is_symlink() or venv.is_file():
            venv.unlink()
        elif venv.exists():
            shutil.rmtree(venv)
        venv.mkdir()
        write_stamp(venv, {"state": "unfinished"})
    except OSError as error:
        raise SetUpError(
            f"Could not make {venv}: {error.strerror or error}. Close Carelane if it is open, and try again."
        ) from error
    # Started from inside a .venv, we must not build upon the one that we are about to replace.
    python = getattr(sys, "_base_executable", None) or sys.executable
    if call([python, "-m", "venv", str(venv)]) != 0:
        raise SetUpError(f"Python could not make {venv}. What it said is above.")


def install(venv: Path, root: Path, profile: str, stale: set[str], call: Call) -> None:
    """Install the pins of `profile` and remove the packages in `stale`."""
    pip = [str(venv_python(venv)), "-m", "pip", "--no-input", "--disable-pip-version-check"]
    if not sys.stdout.isatty():
        pip.append("--quiet")
    pins = pins_file(root, profile)
    command = [*pip, "install", "--require-hashes", "--only-binary", ":all:", "-r", str(pins)]
    if call(command) != 0:
        print("That did not work. Trying once more…", flush=True)
        if call(command) != 0:
            raise SetUpError("Could not install the packages. What pip said is above; most often the network is down.")
    if stale and call([*pip, "uninstall", "--yes", *sorted(stale)]) != 0:
        raise SetUpError("Could not remove packages that are no longer needed. What pip said is above.")


def add_command(venv: Path, root: Path) -> None:
    """Put the folder on the path of `venv` and the `carelane` command among its scripts.

    Done by hand: an editable install by pip builds for three seconds, and its import hook then costs each
    start 17 ms.
    """
    python = venv_python(venv)
    windows = os.name == "nt"
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    packages = venv / "Lib" / "site-packages" if windows else venv / "lib" / version / "site-packages"
    start = "import sys\n\nfrom app.cli import main\n\nsys.argv[0] = 'carelane'\nsys.exit(main())\n"
    try:
        (packages / "carelane.pth").write_text(f"{root}\n", "utf-8")
        # -P keeps the scripts' own folder off the path
        if windows:
            (python.parent / "carelane-script.py").write_text(start, "utf-8")
            line = '@"%~dp0python.exe" -P "%~dp0carelane-script.py" %*\n'
            (python.parent / "carelane.cmd").write_text(line, "utf-8")
        else:
            # The shell reads the second line, Python takes it for a string: "#!" with the path of Python
            # would break where that is long or has a blank in it.
            shell = f"#!/bin/sh\n'''exec' {shlex.quote(str(python))} -P \"$0\" \"$@\"\n' '''\n"
            script = python.parent / "carelane"
            script.write_text(shell + start, "utf-8")
            script.chmod(0o755)
    except OSError as error:
        raise SetUpError(f"Could not write the carelane command: {error.strerror or error}.") from error


def ensure(profile: str, root: Path = ROOT, call: Call = call_command) -> Path:
    """Make `.venv` hold what `profile` ("run" or "test") needs; return its Python.

    Starts no other program where nothing is to be done.
    """
    venv = root / ".venv"
    wanted = wanted_stamp(root, profile)
    if is_current(read_stamp(venv), wanted, venv):
        return venv_python(venv)
    with only_one(root / ".venv.lock"):
        before = read_stamp(venv)
        if is_current(before, wanted, venv):  # by the set-up that we waited for
            return venv_python(venv)
        if before is not None and "test" in before.get("pins", {}):
            profile = "test"  # who has the test packages keeps them
            wanted = wanted_stamp(root, profile)
        packages = pinned_names(pins_file(root, profile).read_text("utf-8"))
        print(f"Setting up .venv with {len(packages)} packages. The first time takes a minute…", flush=True)
        if before is None or not is_reusable(before, wanted, venv):
            before = None
            create(venv, call)
        else:
            write_stamp(venv, {"state": "unfinished"})
        stale = set(before.get("packages", [])) - packages if before else set()
        try:
            install(venv, root, profile, stale, call)
            add_command(venv, root)
        except SetUpError:
            # pip fetches everything before it changes anything, so what worked before still does.
            if before is not None:
                write_stamp(venv, before)
            raise
        write_stamp(venv, {**wanted, "packages": sorted(packages)})
    return venv_python(venv)


def ensure_apart(profile: str, root: Path = ROOT, call: Call = call_command) -> Path:
    """Make `.venv-<profile>` hold the pins of `profile` alone; return its Python.

    For what must not stand in `.venv`: numpy there would cost every start a tenth of a second.
    """
    venv = root / f".venv-{profile}"
    digest = hashlib.sha256(pins_file(root, profile).read_bytes()).hexdigest()
    version = f"{sys.implementation.name} {sys.version_info[0]}.{sys.version_info[1]}"
    wanted = {"state": "ready", "python": version, "folder": str(root), "pins": {profile: digest}}
    with only_one(root / ".venv.lock"):
        if read_stamp(venv) != wanted or not venv_python(venv).exists():
            print(f"Setting up {venv.name}…", flush=True)
            create(venv, call)
            install(venv, root, profile, set(), call)
            write_stamp(venv, wanted)
    return venv_python(venv)
