"""The packages of the operating system that Carelane and its tests need on Debian and Ubuntu."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable

RUN = (
    "libegl1",
    "libgl1",
    "libfontconfig1",
    "libglib2.0-0",
    "libxkbcommon0",
    "libdbus-1-3",
    "libxcb-cursor0",
    "libxcb-icccm4",
    "libxcb-keysyms1",
    "libxcb-shape0",
    "libxkbcommon-x11-0",
)
# Without these two the window works, with boxes where people write emoji or Chinese.
FONTS = ("fonts-noto-color-emoji", "fonts-droid-fallback")
SCREEN = (*RUN, *FONTS, "xvfb", "xauth", "xdotool", "x11-utils", "imagemagick")
SERVERS = (
    *("gnome-keyring", "dbus"),
    *("gcc", "make", "libcurl4-openssl-dev", "libssl-dev"),  # snac2
    *("nodejs", "npm", "g++", "postgresql", "redis-server"),  # Bluesky
)
TEST = (*SCREEN, *SERVERS)

Output = Callable[[list[str]], str]


def output_of(command: list[str]) -> str:
    """Return what `command` prints; nothing if it fails or does not exist."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout
    except OSError:
        return ""


def apt_is_here() -> bool:
    """Return whether this is a system whose packages we know by name."""
    return shutil.which("dpkg-query") is not None and shutil.which("apt-get") is not None


def is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def installed(listing: str) -> set[str]:
    """Return every name that the installed packages answer to.

    `listing` has a line a package: status, name, and the names it provides, with tabs between. Ubuntu
    24.04 and Debian 13 call libglib2.0-0 libglib2.0-0t64, and Node's own nodejs package provides npm.
    """
    names = set()
    for line in listing.splitlines():
        status, _, rest = line.partition("\t")
        name, _, provides = rest.partition("\t")
        if status != "installed":
            continue
        names.update({name, name.removesuffix("t64")})
        names.update(part.strip().split(" ")[0].split(":")[0] for part in provides.split(",") if part.strip())
    return names


def missing(wanted: Iterable[str], output: Output = output_of) -> list[str]:
    """Return the packages of `wanted` that are not installed, in the same order."""
    listing = output(["dpkg-query", "-W", "-f", "${db:Status-Status}\t${Package}\t${Provides}\n"])
    have = installed(listing)
    return [name for name in wanted if name not in have]


def names_here(wanted: list[str], output: Output = output_of) -> list[str]:
    """Return `wanted` under the names that this release has; unchanged where apt knows no better."""
    candidates = [name for plain in wanted for name in (plain, f"{plain}t64")]
    shown = output(["apt-cache", "show", "--no-all-versions", *candidates])
    known = {line.split(" ", 1)[1].strip() for line in shown.splitlines() if line.startswith("Package: ")}
    return [f"{name}t64" if name not in known and f"{name}t64" in known else name for name in wanted]


def install_line(names: list[str], output: Output = output_of) -> str:
    """Return the one line that a person can type to install `names`."""
    return f"sudo apt-get update && sudo apt-get install -y {' '.join(names_here(names, output))}"


def apt_install(names: list[str]) -> bool:
    """Install `names` as root and say whether that worked. What apt prints goes to the terminal."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    wait = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3"]

    def call(command: list[str]) -> bool:
        return subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False).returncode == 0

    # A failing update is not the end: one dead third-party list fails it, and ours may be fresh.
    call([*wait, "update"])
    return call([*wait, "install", "-y", "--no-install-recommends", *names_here(names)])


def ensure(wanted: Iterable[str], optional: Iterable[str] = ()) -> list[str]:
    """Install what is missing where we may, and return the packages of `wanted` that still are.

    Where we may not, prints the line to type. On a system without apt there is nothing to ask and the
    answer is empty.
    """
    if not apt_is_here():
        return []
    wanted = list(dict.fromkeys(wanted))
    lacking = missing([*wanted, *optional])
    if lacking and is_root():
        print(f"Installing {len(lacking)} system packages: {' '.join(lacking)}", flush=True)
        apt_install(lacking)
        lacking = missing([*wanted, *optional])
    still = [name for name in lacking if name in wanted]
    if still:
        print("Some system packages are missing. To install them, type:", flush=True)
        print(f"    {install_line(lacking)}", flush=True)
    return still
