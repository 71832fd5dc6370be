"""Child processes that never outlive the test process, free ports, bounded waits.

Each child leads a process group of its own. A small guard process holds the
other end of a pipe: when the test process ends in any way, `kill -9` included,
the pipe closes and the guard kills the groups and removes their folders.
(PR_SET_PDEATHSIG would miss grandchildren, and follows the starting *thread*.)
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, TypeVar

T = TypeVar("T")

_GUARD = """
import os, shutil, signal, sys
groups, folders = set(), set()
for line in sys.stdin:
    kind, what = line[0], line[1:].rstrip("\\n")
    if kind == "+": groups.add(int(what))
    elif kind == "-": groups.discard(int(what))
    elif kind == "f": folders.add(what)
    elif kind == "x": folders.discard(what)
for group in groups:
    try: os.killpg(group, signal.SIGKILL)
    except OSError: pass
for folder in folders:
    shutil.rmtree(folder, ignore_errors=True)
"""


class NeverHappened(AssertionError):
    """Something that a test waited for did not come within its time."""


def wait_until(check: Callable[[], T | None], what: str, *, timeout: float = 20, every: float = 0.05) -> T:
    """Return the first truthy value of `check()`, or raise `NeverHappened` naming `what`."""
    end = time.monotonic() + timeout
    while True:
        value = check()
        if value:
            return value
        if time.monotonic() > end:
            raise NeverHappened(f"Waited {timeout:g} s for {what}; last seen: {value!r}")
        time.sleep(every)


_handed_out: set[int] = set()


def free_port() -> int:
    """Return a loopback TCP port that nothing listens on, and that was not handed out before."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port not in _handed_out:
            _handed_out.add(port)
            return port


class _Guard:
    """The far end of the pipe; started with the first child, ends with this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pid = 0
        self._process: subprocess.Popen[str] | None = None

    def tell(self, line: str) -> None:
        with self._lock:
            if self._process is None or self._pid != os.getpid():
                self._pid = os.getpid()
                self._process = subprocess.Popen(
                    [sys.executable, "-I", "-S", "-c", _GUARD],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    text=True,
                    start_new_session=True,
                )
            assert self._process.stdin is not None
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()


_guard = _Guard()


def new_folder(name: str) -> Path:
    """Make a folder that is gone when the test process is; others may look into it."""
    folder = Path(tempfile.mkdtemp(prefix=f"carelane-{name}-"))
    _guard.tell(f"f{folder}")
    folder.chmod(0o711)
    return folder


def remove_folder(folder: Path) -> None:
    """Remove a folder of `new_folder`."""
    shutil.rmtree(folder, ignore_errors=True)
    _guard.tell(f"x{folder}")


class Process:
    """A child that leads its own process group and writes to a log file."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        log: Path,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        user: str | None = None,
        stdout: Path | None = None,
        stdin: bytes = b"",
        stop_with: signal.Signals = signal.SIGTERM,
    ) -> None:
        """Start `command`; `env` is added to ours; `stdout` apart from the log if given."""
        self.log = log
        self._stop_with = stop_with
        with contextlib.ExitStack() as files:
            errors = files.enter_context(log.open("ab"))
            out: IO[bytes] = files.enter_context(stdout.open("wb")) if stdout else errors
            feed = files.enter_context(tempfile.TemporaryFile())
            feed.write(stdin)
            feed.seek(0)
            self.popen = subprocess.Popen(
                [str(part) for part in command],
                cwd=cwd,
                env={**os.environ, **(env or {})},
                stdin=feed,
                stdout=out,
                stderr=errors,
                user=user,
                group=user,
                extra_groups=[] if user else None,
                start_new_session=True,
            )
        _guard.tell(f"+{self.popen.pid}")

    @property
    def pid(self) -> int:
        """The process id, which is its group's id too."""
        return self.popen.pid

    @property
    def running(self) -> bool:
        return self.popen.poll() is None

    def tail(self, size: int = 1500) -> str:
        """Return the end of the log, for error messages."""
        try:
            return self.log.read_text(encoding="utf-8", errors="replace")[-size:]
        except OSError:
            return ""

    def wait_ready(self, check: Callable[[], T | None], what: str, *, timeout: float = 30) -> T:
        """Wait until `check()` is truthy; a child that ended meanwhile is an error with its log."""

        def ready() -> T | None:
            if not self.running:
                code = self.popen.returncode
                raise RuntimeError(f"{what} ended with code {code} while starting:\n{self.tail()}")
            return check()

        try:
            return wait_until(ready, what, timeout=timeout)
        except NeverHappened as error:
            raise RuntimeError(f"{error}\n{self.tail()}") from None

    def signal_group(self, number: signal.Signals) -> None:
        """Send a signal to the child and all of its children."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.popen.pid, number)

    def pause(self) -> None:
        """Freeze it: connections are accepted by the kernel, and nothing answers."""
        self.signal_group(signal.SIGSTOP)

    def resume(self) -> None:
        """End a `pause`."""
        self.signal_group(signal.SIGCONT)

    def stop(self, *, timeout: float = 8) -> None:
        """Ask it to end, then make it; safe to call twice."""
        if self.running:
            self.resume()
            with contextlib.suppress(ProcessLookupError):
                self.popen.send_signal(self._stop_with)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.popen.wait(timeout)
        self.kill()

    def kill(self) -> None:
        """`kill -9` the whole group."""
        self.signal_group(signal.SIGKILL)
        self.popen.wait(10)
        _guard.tell(f"-{self.popen.pid}")
