"""A throw-away PostgreSQL and redis for the Bluesky AppView, on free loopback ports."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path
from typing import Self

from .install import COMMAND, NotInstalled, postgres_bin
from .processes import Process, free_port, new_folder, remove_folder


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def _postgres_user() -> str | None:
    """Return whom PostgreSQL must run as: it refuses root."""
    if os.geteuid() != 0:
        return None
    import pwd  # here, so that this module can be imported on Windows

    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        raise NotInstalled(f"There is no user postgres to run PostgreSQL as. Run: {COMMAND}") from None


class Backends:
    """`postgres_url` and `redis_host` as the AppView wants them."""

    def __init__(self) -> None:
        programs = postgres_bin()
        redis = shutil.which("redis-server")
        if programs is None or redis is None:
            raise NotInstalled(f"PostgreSQL or redis is missing. Run: {COMMAND}")
        self._folder = new_folder("backends")
        self._started: list[Process] = []
        try:
            self._start_postgres(programs)
            self._start_redis(redis)
        except BaseException:
            self.stop()
            raise

    def _start_postgres(self, programs: Path) -> None:
        user = _postgres_user()
        home = self._folder / "postgres"
        home.mkdir(0o700)
        if user is not None:
            shutil.chown(home, user)
        data = home / "data"
        done = subprocess.run(
            [programs / "initdb", "-D", data, "-U", "pg", "--auth=trust", "-E", "UTF8", "--no-sync"],
            cwd=home,
            user=user,
            group=user,
            extra_groups=[] if user else None,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"initdb failed:\n{done.stderr[-1500:]}")
        port = free_port()
        settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(home),
            "max_connections": "200",
            "shared_buffers": "64MB",
            "dynamic_shared_memory_type": "mmap",  # in the data folder, so a kill leaves nothing behind
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        postgres = Process(
            [programs / "postgres", "-D", data, "-p", str(port), *options],
            log=self._folder / "postgres.log",
            cwd=home,
            user=user,
            stop_with=signal.SIGINT,  # end sessions, then stop
        )
        self._started.append(postgres)
        ready = "database system is ready to accept connections"
        postgres.wait_ready(lambda: ready in postgres.tail(10_000), "PostgreSQL")
        self.postgres_url = f"postgresql://pg@127.0.0.1:{port}/postgres"

    def _start_redis(self, redis: str) -> None:
        port = free_port()
        command = [redis, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        process = Process(command, log=self._folder / "redis.log", cwd=self._folder)
        self._started.append(process)
        process.wait_ready(lambda: _listens(port), "redis")
        self.redis_host = f"127.0.0.1:{port}"

    def stop(self) -> None:
        """Stop both and remove their data."""
        for process in reversed(self._started):
            process.stop()
        self._started.clear()
        remove_folder(self._folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
