"""`python -m tests.live.servers install [NAME…]`, and `check` to see what is there."""

from __future__ import annotations

import argparse
import sys
import time

from . import install


def main(argv: list[str] | None = None) -> int:
    """Return 0 when every named server can be started, otherwise 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.live.servers", description=__doc__)
    parser.add_argument("command", choices=["install", "check"])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of: {', '.join(install.NEEDS)}")
    asked = parser.parse_args(argv)
    if unknown := set(asked.names) - set(install.NEEDS):
        parser.error(f"no such server: {', '.join(sorted(unknown))}")
    if not sys.platform.startswith("linux"):
        install.say("The live tests run on Linux only; there is nothing to install here.")
        return 0
    started = time.monotonic()
    if asked.command == "install":
        try:
            code = install.install(asked.names)
        except install.NotInstalled as error:
            install.say(str(error))
            return 1
        if code == 0:
            took = time.monotonic() - started
            install.say(f"Test servers are in {install.cache_folder()} ({took:.1f} s).")
        return code
    ready = True
    for name in asked.names or install.NEEDS:
        try:
            install.require(name)
            install.say(f"{name}: ready")
        except install.NotInstalled as error:
            ready = False
            install.say(f"{name}: {error}")
    return 0 if ready else 1


if __name__ == "__main__":
    sys.exit(main())
