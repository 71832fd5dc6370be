"""A whole Bluesky network on loopback: the reference PDS, PLC and, in full mode, AppView.

alice owns the shop, bob is a customer. Mode "pds" starts in a third of the time
and memory, and has no notifications, threads or search.
"""

from __future__ import annotations

import base64
import json
import shutil
import time
from pathlib import Path
from typing import Any, Literal, Self

from .backends import Backends
from .bluesky_person import BlueskyPerson, Post
from .install import node_binary, require
from .processes import Process, new_folder, remove_folder, wait_until
from .wire import Answer, call

JSON = dict[str, Any]
_SCRIPT = Path(__file__).with_name("start-network.mjs")


class BlueskyNetwork:
    """The servers and their people; `bsky` is None in mode "pds"."""

    def __init__(
        self,
        *,
        mode: Literal["full", "pds"] = "full",
        rate_limits: bool = False,
        access_ttl: str | None = None,
        refresh_ttl: str | None = None,
        chat_url: str | None = None,
    ) -> None:
        """Start it; lifetimes as "4s" (the servers' own are 120 min and 90 days).

        With `rate_limits` sign-in is limited to 30 in 5 min. `chat_url` stands
        in for the chat service, which this network lacks.
        """
        started = time.monotonic()
        home = require("bluesky")
        script = home / _SCRIPT.name  # there, because node looks for packages beside the script
        if not script.exists() or script.read_bytes() != _SCRIPT.read_bytes():
            shutil.copyfile(_SCRIPT, script.with_suffix(".new"))
            script.with_suffix(".new").replace(script)
        self.mode = mode
        self._folder = new_folder("bluesky")
        self._backends: Backends | None = None
        self._process: Process | None = None
        options = [f"--mode={mode}", "--pds-port=0", "--plc-port=0", "--bsky-port=0"]
        options += ["--rate-limits"] if rate_limits else []
        options += [f"--access-ttl={access_ttl}"] if access_ttl else []
        options += [f"--refresh-ttl={refresh_ttl}"] if refresh_ttl else []
        options += [f"--chat-url={chat_url}"] if chat_url else []
        env = {"TMPDIR": str(self._folder), "NODE_ENV": "test", "NO_COLOR": "1"}
        try:
            if mode == "full":
                self._backends = Backends()
                env["DB_POSTGRES_URL"] = self._backends.postgres_url
                env["REDIS_HOST"] = self._backends.redis_host
            out = self._folder / "network.json"
            log = self._folder / "network.log"
            node = node_binary(home)
            self._process = Process([node, script, *options], log=log, cwd=home, env=env, stdout=out)
            line = self._process.wait_ready(
                lambda: text if (text := out.read_text(encoding="utf-8")).endswith("\n") else "",
                "the Bluesky network",
                timeout=150,
            )
        except BaseException:
            self.stop()
            raise
        told: JSON = json.loads(line)
        self.pds: str = told["pds"]
        self.plc: str = told["plc"]
        self.bsky: str | None = told.get("bsky")
        self.admin_password: str = told["adminPassword"]
        self.accounts: dict[str, BlueskyPerson] = {
            name: BlueskyPerson(
                self.pds,
                handle=about["handle"],
                did=about["did"],
                password=about["password"],
                app_password=about["appPassword"],
                dm_app_password=about["appPasswordWithDms"],
            )
            for name, about in told["accounts"].items()
        }
        self.start_seconds = time.monotonic() - started
        if mode == "full":
            self._wait_appview()

    @property
    def alice(self) -> BlueskyPerson:
        """The owner of the shop."""
        return self.accounts["alice"]

    @property
    def bob(self) -> BlueskyPerson:
        """The customer."""
        return self.accounts["bob"]

    def _wait_appview(self) -> None:
        """Wait until the AppView knows the people: just started it can lose what they write."""
        for person in self.accounts.values():
            params = {"actor": person.did}
            wait_until(
                lambda p=person, q=params: p.get("app.bsky.actor.getProfile", q).status == 200,  # type: ignore[misc]
                f"the profile of {person.handle}",
            )

    def add_account(self, name: str) -> BlueskyPerson:
        """Create the account NAME.test, so that a test shares nothing with others."""
        handle, password = f"{name}.test", f"{name}-pass"
        body = {"handle": handle, "email": f"{name}@example.com", "password": password}
        made = call("POST", f"{self.pds}/xrpc/com.atproto.server.createAccount", json=body).ok()
        person = BlueskyPerson(self.pds, handle=handle, did=made["did"], password=password)
        person.app_password = person.new_app_password("test")
        person.dm_app_password = person.new_app_password("test-dm", privileged=True)
        profile = {"$type": "app.bsky.actor.profile", "displayName": name.title()}
        person.put_record("app.bsky.actor.profile", "self", profile).ok()
        self.accounts[name] = person
        if self.mode == "full":
            self._wait_appview()
        return person

    def admin(self, nsid: str, body: JSON) -> Answer:
        """Call a procedure of the PDS as its administrator."""
        basic = base64.b64encode(f"admin:{self.admin_password}".encode()).decode()
        headers = {"Authorization": f"Basic {basic}"}
        return call("POST", f"{self.pds}/xrpc/{nsid}", json=body, headers=headers)

    def take_down(self, person: BlueskyPerson, *, applied: bool = True) -> None:
        """Suspend an account on its PDS; `applied=False` lifts it again."""
        subject = {"$type": "com.atproto.admin.defs#repoRef", "did": person.did}
        body = {"subject": subject, "takedown": {"applied": applied, "ref": "test"}}
        self.admin("com.atproto.admin.updateSubjectStatus", body).ok()

    def pause(self) -> None:
        """Freeze PDS, PLC and AppView: requests hang until `resume`."""
        assert self._process
        self._process.pause()

    def resume(self) -> None:
        """End a `pause`."""
        assert self._process
        self._process.resume()

    def log(self, size: int = 3000) -> str:
        """Return the end of what the servers said."""
        return self._process.tail(size) if self._process else ""

    def stop(self) -> None:
        """Stop everything and remove what it wrote; safe to call twice."""
        if self._process is not None:
            self._process.kill()  # it would only tidy what is removed below
        if self._backends is not None:
            self._backends.stop()
        remove_folder(self._folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


__all__ = ["BlueskyNetwork", "BlueskyPerson", "Post"]
