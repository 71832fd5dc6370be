"""Resolves the pins again: run.in, test.in and train.in become run.txt, test.txt and train.txt, with hashes.

One file holds for every supported Python and system, told apart by markers.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from environment import SetUpError, venv_python

OLDEST = "3.11"
OPTIONS = (
    *("--universal", "--python-version", OLDEST, "--generate-hashes", "--only-binary", ":all:"),
    *("--no-emit-index-url", "--no-emit-find-links", "--no-header", "--no-annotate", "--quiet"),
)


def header(source: str) -> str:
    return f"# Made from {source} by `python3 packaging/dev.py lock`. Do not edit.\n"


def leaks(pins: str) -> list[str]:
    """Return the lines that name an address or a path: a pins file must fit any index and any machine."""
    return [line for line in pins.splitlines() if re.search(r"://|^-|@ |file:|(^|\s)/", line)]


def lock(root: Path, arguments: Sequence[str] = ()) -> None:
    """Write both pins files. `arguments` go to the resolver, for example `--upgrade`."""
    folder = root / "packaging" / "requirements"
    with tempfile.TemporaryDirectory() as temporary:
        # The resolver is no part of the pinned set: what it writes is checked, by hash, with pip.
        venv = Path(temporary) / "venv"
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
        python = str(venv_python(venv))
        subprocess.run([python, "-m", "pip", "install", "--quiet", "uv"], check=True)
        for name, constraints in (("run", []), ("test", ["-c", "run.txt"]), ("train", ["-c", "run.txt"])):
            target = folder / f"{name}.txt"
            command = [python, "-m", "uv", "pip", "compile", *OPTIONS, *constraints, *arguments]
            code = subprocess.run([*command, f"{name}.in", "-o", target.name], cwd=folder, check=False).returncode
            if code != 0:
                raise SetUpError(f"Could not resolve {name}.in. What the resolver said is above.")
            pins = target.read_text("utf-8")
            if found := leaks(pins):
                raise SetUpError(f"{target.name} names an address or a path:\n    " + "\n    ".join(found))
            target.write_text(header(f"{name}.in") + pins, "utf-8", newline="\n")
            print(f"{target.name}: {pins.count('==')} pins", flush=True)
