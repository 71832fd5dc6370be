"""The real gnome-keyring without a desktop: a session bus and a home of its own.

    with Keyring() as keyring:
        keyring.run([sys.executable, "-m", "app.cli", "doctor"])
        keyring.lock()
        …

The bus lives as long as the `Keyring`, so commands that run one after the
other see the same secrets.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from .install import require
from .processes import Process, new_folder, remove_folder, wait_until

_COLLECTION = "/org/freedesktop/secrets/collection/login"
_SESSION = """
printf %s "$DBUS_SESSION_BUS_ADDRESS" > "$HOME/bus.new"
mv "$HOME/bus.new" "$HOME/bus"
exec sleep infinity
"""
# Names that would lead a command to the desktop of whoever runs the tests.
_ELSEWHERE = (
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "GNOME_KEYRING_CONTROL",
    "SSH_AUTH_SOCK",
    "DBUS_SESSION_BUS_ADDRESS",
    "PYTHON_KEYRING_BACKEND",
)


class Keyring:
    """A Secret Service with one collection ("login"), open or locked."""

    password = "keyring pass"  # of a keyring that lives for one test

    def __init__(self, *, locked: bool = False) -> None:
        require("keyring")
        self._folder = new_folder("keyring")
        self.home = self._folder / "home"
        places = {
            "HOME": self.home,
            "XDG_DATA_HOME": self.home / "data",
            "XDG_CONFIG_HOME": self.home / "config",
            "XDG_CACHE_HOME": self.home / "cache",
            "XDG_RUNTIME_DIR": self.home / "run",
        }
        for place in places.values():
            place.mkdir(mode=0o700)
        self._env = {name: str(place) for name, place in places.items()}
        self._daemon: Process | None = None
        self._bus = Process(
            ["env", *[f"-u{name}" for name in _ELSEWHERE], "dbus-run-session", "--", "sh", "-c", _SESSION],
            log=self._folder / "bus.log",
            cwd=self.home,
            env=self._env,
        )
        try:
            address = self.home / "bus"
            self._bus.wait_ready(address.exists, "the session bus")
            self._env["DBUS_SESSION_BUS_ADDRESS"] = address.read_text(encoding="utf-8")
            self._start_daemon()
            if locked:
                self.lock()
        except BaseException:
            self.stop()
            raise

    def _start_daemon(self) -> None:
        command = ["gnome-keyring-daemon", "--foreground", "--components=secrets", "--unlock"]
        self._daemon = Process(
            command,
            log=self._folder / "daemon.log",
            cwd=self.home,
            env=self.env,
            stdin=self.password.encode(),
        )
        # not by asking the service itself: the bus would start a second, locked one
        self._daemon.wait_ready(self._owner_pid, "gnome-keyring", timeout=15)
        wait_until(lambda: "boolean" in self._property("Locked"), "the login collection", timeout=5)

    def _owner_pid(self) -> int | None:
        """Return the process that answers for the Secret Service, without starting one."""
        method = "org.freedesktop.DBus.GetConnectionUnixProcessID"
        command = ["dbus-send", "--session", "--print-reply", "--reply-timeout=3000"]
        target = ["--dest=org.freedesktop.DBus", "/org/freedesktop/DBus", method]
        said = self.run([*command, *target, "string:org.freedesktop.secrets"], timeout=10)
        return int(said.stdout.split()[-1]) if said.returncode == 0 else None

    @property
    def env(self) -> dict[str, str]:
        """The whole environment for a command that is to see this keyring and no other."""
        ours = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
        return {**ours, **self._env}

    def run(
        self,
        command: Sequence[str | Path],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        input: str | None = None,
        timeout: float = 60,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command inside to its end; its output is text."""
        return subprocess.run(
            [str(part) for part in command],
            env={**self.env, **(env or {})},
            cwd=cwd,
            input=input,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def start(
        self,
        command: Sequence[str | Path],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        **more: Any,
    ) -> Process:
        """Start a command inside; stop or kill it yourself. `more` as for `Process`."""
        return Process(command, log=log, env={**self.env, **(env or {})}, cwd=cwd, **more)

    def python(self, code: str, *args: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """Run a piece of Python inside, with the interpreter of the tests."""
        return self.run([sys.executable, "-c", code, *args], timeout=timeout)

    def _send(self, path: str, method: str, *args: str) -> subprocess.CompletedProcess[str]:
        command = ["dbus-send", "--session", "--print-reply", "--reply-timeout=3000"]
        return self.run([*command, "--dest=org.freedesktop.secrets", path, method, *args], timeout=10)

    def _property(self, name: str) -> str:
        args = ("string:org.freedesktop.Secret.Collection", f"string:{name}")
        return self._send(_COLLECTION, "org.freedesktop.DBus.Properties.Get", *args).stdout

    @property
    def locked(self) -> bool:
        """Whether the collection is locked right now."""
        return "boolean true" in self._property("Locked")

    def lock(self) -> None:
        """Lock it, as a desktop does when the person locks the ring."""
        arg = f"array:objpath:{_COLLECTION}"
        done = self._send("/org/freedesktop/secrets", "org.freedesktop.Secret.Service.Lock", arg)
        assert done.returncode == 0, done.stderr
        wait_until(lambda: self.locked, "the keyring to be locked", timeout=5)

    def unlock(self) -> None:
        """Open it again: the daemon is started anew with the password; secrets stay."""
        self.stop_service()
        self._start_daemon()
        assert not self.locked

    def stop_service(self) -> None:
        """End the daemon; the bus starts it again, locked, when somebody asks, as after signing in."""
        if self._daemon is not None:
            self._daemon.stop()
            self._daemon = None
        if (pid := self._owner_pid()) is not None:  # the one that the bus started
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_until(lambda: self._owner_pid() is None, "gnome-keyring to end", timeout=5)

    def stop(self) -> None:
        """End everything and remove the secrets; safe to call twice."""
        if self._daemon is not None:
            self._daemon.stop()
            self._daemon = None
        self._bus.kill()
        remove_folder(self._folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
