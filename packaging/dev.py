#!/usr/bin/env python3
"""Sets up Carelane in `.venv` and starts it, or checks it. Needs Python 3.11 to 3.13 and nothing else.

python3 packaging/dev.py run [arguments]     open the window; arguments go to Carelane
python3 packaging/dev.py test [arguments]    every check and test; arguments go to pytest
python3 packaging/dev.py lint                the checks alone
python3 packaging/dev.py fix                 let ruff mend and format the code
python3 packaging/dev.py bench [names]       the benchmarks
python3 packaging/dev.py soak [arguments]    tests that run for long: the outbox under 100,000 steps of trouble
python3 packaging/dev.py servers             install the servers that the live tests talk to
python3 packaging/dev.py docs                write docs/platforms.md from the connectors
python3 packaging/dev.py train --texts DIR   train the triage model (docs/triage.md)
python3 packaging/dev.py lock [--upgrade]    resolve the pinned packages again
"""

# This file must start on a Python that is too old, to be able to say so: nothing newer than 3.6 here,
# and the modules beside it are imported only once the version is known to be right.
import os
import shutil
import subprocess
import sys

OLDEST, NEWEST = (3, 11), (3, 13)
COMMANDS = ("run", "test", "lint", "fix", "bench", "soak", "servers", "docs", "train", "lock")


def fits(version):
    return OLDEST <= tuple(version[:2]) <= NEWEST


def other_python():
    """Return the command of a Python on this machine that Carelane runs on, or None."""
    minors = range(NEWEST[1], OLDEST[1] - 1, -1)
    commands = [[f"python3.{minor}"] for minor in minors]
    if os.name == "nt":
        commands = [["py", f"-3.{minor}"] for minor in minors]
    for command in commands:
        if shutil.which(command[0]) is None:
            continue
        # A version manager may leave a command of that name that only prints an error.
        probe = subprocess.run(
            [*command, "-c", "import sys; print(*sys.version_info[:2])"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        words = probe.stdout.decode("ascii", "replace").split()
        if len(words) == 2 and all(word.isdigit() for word in words) and fits([int(word) for word in words]):
            return command
    return None


def go_elsewhere(arguments):
    """Start over with a Python that fits, or say which one is needed; return the exit code."""
    mine = ".".join(str(part) for part in sys.version_info[:2])
    command = other_python()
    if command is None:
        print(f"Carelane needs Python 3.11, 3.12 or 3.13. This is Python {mine}.")
        print("Please install one of them, and start this again with it.")
        return 1
    print(f"This is Python {mine}. Going on with {' '.join(command)}.")
    sys.stdout.flush()
    return subprocess.call([*command, os.path.abspath(__file__), *arguments])


def main(arguments):
    if not fits(sys.version_info):
        return go_elsewhere(arguments)
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(__doc__)
        return 0 if arguments else 2
    if arguments[0] not in COMMANDS:
        print(f"There is no command '{arguments[0]}'.\n\n{__doc__}")
        return 2
    import commands

    return commands.run(arguments[0], arguments[1:])


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
