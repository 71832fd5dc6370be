"""Install what the live tests need, once, into a cache folder.

    python -m tests.live.servers install

Nothing here is shipped with Carelane. Each part leaves a stamp that holds its
version, so a second run only reads a few small files.
"""

from __future__ import annotations

import glob
import json
import os
import platform
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

COMMAND = "python -m tests.live.servers install"
NODE = "22.23.3"
DEV_ENV = "0.6.7"  # @atproto/dev-env: PDS, PLC and AppView
MASTODON_MOCK = "0.6"
PRISM = "5.14.2"  # @stoplight/prism-cli
SNAC_SUITE = "trixie"
WORDPRESS = Path("/usr/share/wordpress")  # where Debian's package puts it


class NotInstalled(RuntimeError):
    """A server cannot be started here; the message says what to type."""


def cache_folder() -> Path:
    """Return the folder that holds the servers (it need not exist).

    Root gets a folder outside its 0700 home, because PostgreSQL refuses to
    run as root and its own user has to reach what it reads.
    """
    if chosen := os.environ.get("CARELANE_TEST_SERVERS"):
        return Path(chosen).absolute()
    if os.geteuid() == 0:
        return Path("/var/cache/carelane-tests")
    from platformdirs import user_cache_path

    return user_cache_path("carelane-tests", appauthor=False)


def postgres_bin() -> Path | None:
    """Return the folder with Debian's newest initdb and postgres, which is not on PATH."""
    found = [Path(p).parent for p in glob.glob("/usr/lib/postgresql/*/bin/initdb")]
    if found:
        return max(found, key=lambda p: [int(n) for n in p.parent.name.split(".")])
    initdb = shutil.which("initdb")
    return Path(os.path.realpath(initdb)).parent if initdb else None


# What to look for, and the Debian package that brings it.
def _header(name: str) -> Callable[[], bool]:
    places = (f"/usr/include/{name}", f"/usr/include/*/{name}")
    return lambda: any(glob.glob(place) for place in places)


def _command(name: str) -> Callable[[], bool]:
    return lambda: shutil.which(name) is not None


def _ensurepip() -> bool:
    import importlib.util

    return importlib.util.find_spec("ensurepip") is not None


def _php(extension: str) -> Callable[[], bool]:
    return lambda: any(glob.glob(f"/etc/php/*/cli/conf.d/*-{extension}.ini"))


NEEDS: Mapping[str, tuple[tuple[Callable[[], bool], str], ...]] = {
    "snac": (
        (_command("gcc"), "gcc"),
        (_command("make"), "make"),
        (_command("xz"), "xz-utils"),
        (_header("curl/curl.h"), "libcurl4-openssl-dev"),
        (_header("openssl/ssl.h"), "libssl-dev"),
    ),
    "mastodon-mock": ((_ensurepip, "python3-venv"),),
    "bluesky": (
        (_command("npm"), "npm"),
        (_command("g++"), "g++"),
        (_command("make"), "make"),
        (_command("python3"), "python3"),
        (lambda: postgres_bin() is not None, "postgresql"),
        (_command("redis-server"), "redis-server"),
    ),
    "prism": ((_command("npm"), "npm"), (_command("node"), "nodejs")),
    "wordpress": (
        (lambda: WORDPRESS.joinpath("wp-load.php").is_file(), "wordpress"),
        (lambda: any(WORDPRESS.glob("wp-content/themes/twenty*")), "wordpress-theme-twentytwentythree"),
        (_command("php"), "php-cli"),
        (_php("mysqli"), "php-mysql"),
        (_php("simplexml"), "php-xml"),
        (_php("mbstring"), "php-mbstring"),
        (_php("curl"), "php-curl"),
        (_command("mariadbd"), "mariadb-server"),
    ),
    "keyring": (
        (_command("dbus-run-session"), "dbus"),
        (_command("dbus-send"), "dbus-bin"),
        (_command("gnome-keyring-daemon"), "gnome-keyring"),
    ),
}


def missing_packages(part: str) -> list[str]:
    """Return the Debian packages that `part` still needs."""
    return [package for there, package in NEEDS[part] if not there()]


def _stamp(part: str) -> Path:
    return cache_folder() / part / "ready"


def _version(part: str) -> str:
    return {
        "snac": SNAC_SUITE,
        "mastodon-mock": MASTODON_MOCK,
        "bluesky": f"node {NODE}, dev-env {DEV_ENV}",
        "prism": PRISM,
        "keyring": "",
        "wordpress": "",
    }[part]


def is_installed(part: str) -> bool:
    """Tell whether `part` can be started, without starting anything."""
    if missing_packages(part):
        return False
    if part in ("keyring", "wordpress"):  # Debian's packages are all
        return True
    try:
        return _stamp(part).read_text(encoding="utf-8").strip() == _version(part)
    except OSError:
        return False


def require(part: str) -> Path:
    """Return the folder of `part`, or raise `NotInstalled` with the command to type."""
    if not is_installed(part):
        lacking = missing_packages(part)
        why = f" It lacks the OS packages {' '.join(lacking)}." if lacking else ""
        raise NotInstalled(f"The test server {part} is not installed.{why} Run: {COMMAND}")
    return cache_folder() / part


def say(text: str) -> None:
    """Tell the person what is going on; stdout stays free for results."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def _run(
    *command: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None, timeout: float = 900
) -> str:
    """Run a command quietly; on failure show the end of what it said."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=timeout,
        check=False,
    )
    if done.returncode:
        tail = (done.stderr.strip() or done.stdout.strip())[-1500:]
        raise NotInstalled(f"{Path(command[0]).name} failed with code {done.returncode}:\n{tail}")
    return done.stdout


def _install_snac(folder: Path) -> None:
    """Build snac2 from Debian's source package, by whichever mirror apt is set up for."""
    apt = folder / "apt"
    for needed in ("lists/partial", "cache/archives/partial"):
        (apt / needed).mkdir(parents=True, exist_ok=True)
    sites = _run("apt-get", "indextargets", "--format", "$(SITE)").split()
    site = next((s for s in sites if s.rstrip("/").endswith("/debian")), None)
    if site is None:
        raise NotInstalled("snac needs a Debian mirror in apt's sources; none is set up here.")
    (apt / "sources.list").write_text(f"deb-src {site} {SNAC_SUITE} main\n", encoding="utf-8")
    get = [
        "apt-get",
        "-qq",
        f"-oDir::Etc::sourcelist={apt}/sources.list",
        "-oDir::Etc::sourceparts=/dev/null",
        f"-oDir::State::lists={apt}/lists",
        f"-oDir::Cache={apt}/cache",
        "-oAPT::Sandbox::User=root",  # or apt complains that its own user cannot read our folder
    ]
    _run(*get, "update", cwd=folder)
    _run(*get, "source", "--download-only", "snac2", cwd=folder)
    archive = next(folder.glob("snac2_*.orig.tar.*"))
    _run("tar", "xf", archive, cwd=folder)
    source = next(p for p in folder.glob("snac2-*") if p.is_dir())
    _run("make", "-s", cwd=source)
    shutil.copy2(source / "snac", folder / "snac")
    shutil.rmtree(apt)


def _install_mastodon_mock(folder: Path) -> None:
    """Give mastodon-mock a venv of its own: it needs other versions of our libraries."""
    venv.create(folder / "venv", with_pip=True, clear=True)
    _run(folder / "venv/bin/pip", "install", "-q", f"mastodon_mock=={MASTODON_MOCK}")


def _install_bluesky(folder: Path) -> None:
    """Install node and the reference servers by npm, with better-sqlite3 built for that node."""
    arch = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine())
    if arch is None:
        raise NotInstalled(f"There is no node package for a {platform.machine()} processor.")
    package = folder / "package.json"
    if not package.exists():
        about = {"name": "carelane-test-network", "private": True, "type": "module"}
        package.write_text(json.dumps(about), encoding="utf-8")
    quiet = ("--save-exact", "--no-audit", "--no-fund", "--loglevel=error")
    _run("npm", "install", *quiet, f"node-linux-{arch}@{NODE}", cwd=folder)
    node = folder / f"node_modules/node-linux-{arch}"
    path = {"PATH": f"{node}/bin{os.pathsep}{os.environ['PATH']}"}
    _run("npm", "install", *quiet, f"--nodedir={node}", f"@atproto/dev-env@{DEV_ENV}", cwd=folder, env=path)
    check = "new (require('better-sqlite3'))(':memory:'); require('sharp')"
    _run(node / "bin/node", "-e", check, cwd=folder)


def _install_prism(folder: Path) -> None:
    """The validating mock that reads the platforms' descriptions."""
    package = folder / "package.json"
    package.write_text(json.dumps({"name": "carelane-test-contract", "private": True}), encoding="utf-8")
    quiet = ("--save-exact", "--no-audit", "--no-fund", "--loglevel=error")
    _run("npm", "install", *quiet, f"@stoplight/prism-cli@{PRISM}", cwd=folder)


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that is downloaded or built, and how to tell a person about it."""

    name: str
    about: str
    install: Callable[[Path], None]


PARTS = (
    Part("snac", "snac2, a fediverse server, from source (about 30 s)", _install_snac),
    Part("mastodon-mock", "mastodon-mock in its own venv (about 30 s, 100 MB)", _install_mastodon_mock),
    Part("prism", "prism, a mock that validates requests, from npm (about 20 s, 90 MB)", _install_prism),
    Part("bluesky", "the Bluesky network from npm (about 5 min, 665 MB)", _install_bluesky),
)


def node_binary(folder: Path) -> Path:
    """Return the node that the Bluesky network was built for."""
    return next(folder.glob("node_modules/node-linux-*/bin/node"))


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Let a second installer wait for the first one."""
    import fcntl  # here, so that this module can be imported on Windows

    with (folder / ".lock").open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another install is running; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _install_packages(names: list[str]) -> bool:
    """Install OS packages where we may; otherwise say what to type."""
    line = f"apt-get install -y --no-install-recommends {' '.join(names)}"
    if shutil.which("apt-get") is None:
        say(f"Missing: {' '.join(names)} (names of the Debian packages). Install them, then run: {COMMAND}")
        return False
    if os.geteuid() != 0:
        say(f"Missing OS packages. Type: sudo {line}\nThen run: {COMMAND}")
        return False
    say(f"Installing OS packages: {' '.join(names)}")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    _run("apt-get", "-qq", "update", env=quiet)
    _run(*line.split(), env=quiet)
    return True


def install(only: list[str] | None = None) -> int:
    """Install every part (or those in `only`) that is not there; return an exit code."""
    wanted = only or list(NEEDS)
    if all(is_installed(name) for name in wanted):
        return 0
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    with _only_one(folder):
        lacking = sorted({package for name in wanted for package in missing_packages(name)})
        if lacking and not _install_packages(lacking):
            return 1
        for part in PARTS:
            if part.name not in wanted or is_installed(part.name):
                continue
            say(f"Installing {part.about}")
            home = folder / part.name
            home.mkdir(exist_ok=True)
            part.install(home)
            _stamp(part.name).write_text(_version(part.name), encoding="utf-8")
    return 0
