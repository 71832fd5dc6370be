"""Two servers that speak the Mastodon API, and people who use them.

`SnacServer` is a real fediverse server, with a real OAuth code flow; it ignores
the Idempotency-Key, and a notification takes 8 to 9 s there. `MastodonMock`
behaves as Mastodon documents it, and forgets everything when it stops.
"""

from __future__ import annotations

import base64
import re
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from .install import require
from .processes import Process, free_port, new_folder, remove_folder, wait_until
from .wire import Answer, answers, call

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
JSON = dict[str, Any]


class MastodonPerson:
    """Somebody with a token: a customer who writes, or the shop when a test looks on the server."""

    def __init__(self, base: str, username: str, token: str) -> None:
        self.base = base
        self.username = username
        self.token = token
        self._account: JSON | None = None

    @property
    def account(self) -> JSON:
        """The person's own account, as `verify_credentials` gives it (asked once)."""
        if self._account is None:
            self._account = self.call("GET", "/api/v1/accounts/verify_credentials").ok()
        return self._account

    @property
    def mention(self) -> str:
        """What others write to mention this person (snac does not read a host with a port)."""
        return f"@{self.username}"

    def call(self, method: str, path: str, **more: Any) -> Answer:
        """Send one request with this person's token; `more` as for `wire.call`."""
        return call(method, self.base + path, **{"token": self.token, **more})

    def post(
        self,
        text: str,
        *,
        in_reply_to_id: str | None = None,
        visibility: str = "public",
        key: str | None = None,
        spoiler_text: str | None = None,
        language: str | None = None,
    ) -> JSON:
        """Publish a status and return it; `key` is the Idempotency-Key."""
        fields = {
            "status": text,
            "in_reply_to_id": in_reply_to_id,
            "visibility": visibility,
            "spoiler_text": spoiler_text,
            "language": language,
        }
        form = {name: value for name, value in fields.items() if value is not None}
        headers = {"Idempotency-Key": key} if key else None
        status: JSON = self.call("POST", "/api/v1/statuses", form=form, headers=headers).ok()
        return status

    def edit(self, status_id: str, text: str) -> JSON:
        """Replace the text of one of the person's own statuses."""
        status: JSON = self.call("PUT", f"/api/v1/statuses/{status_id}", form={"status": text}).ok()
        return status

    def delete(self, status_id: str) -> None:
        """Delete one of the person's own statuses."""
        self.call("DELETE", f"/api/v1/statuses/{status_id}").ok()

    def status(self, status_id: str) -> JSON | None:
        """Return a status, or None when it is gone."""
        answer = self.call("GET", f"/api/v1/statuses/{status_id}")
        return None if answer.status in (404, 410) else answer.ok()

    def context(self, status_id: str) -> JSON:
        """Return {"ancestors": […], "descendants": […]}."""
        context: JSON = self.call("GET", f"/api/v1/statuses/{status_id}/context").ok()
        return context

    def replies(self, status_id: str, *, by: str | None = None) -> list[JSON]:
        """Return the statuses below `status_id`, only those of username `by` if given."""
        below = self.context(status_id)["descendants"]
        return [s for s in below if by is None or s["account"]["username"] == by]

    def notifications(self, **params: str) -> list[JSON]:
        """Return the newest notifications; `params` such as `limit` or `min_id`."""
        found: list[JSON] = self.call("GET", "/api/v1/notifications", params=params).ok()
        return found

    def wait_notification(self, status_id: str | None = None, *, kind: str = "mention", timeout: float = 25) -> JSON:
        """Wait for a notification of `kind`, about `status_id` if given; return it."""

        def there() -> JSON | None:
            for seen in self.notifications():
                about = (seen.get("status") or {}).get("id")
                if seen["type"] == kind and (status_id is None or about == status_id):
                    return seen
            return None

        return wait_until(there, f"a {kind} for {self.username}", timeout=timeout, every=0.2)


class SnacPerson(MastodonPerson):
    """Somebody on snac, whose Mastodon API cannot delete a status: that takes its web page."""

    def __init__(self, base: str, username: str, token: str, password: str) -> None:
        super().__init__(base, username, token)
        self.password = password

    def delete(self, status_id: str) -> None:
        """Delete one of the person's own statuses."""
        status = self.status(status_id)
        assert status, f"there is no status {status_id} to delete"
        form = {"id": status["uri"], "actor": self.account["url"], "redir": "top", "action": "Delete"}
        basic = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
        headers = {"Authorization": f"Basic {basic}"}
        answer = call("POST", f"{self.base}/{self.username}/admin/action", form=form, headers=headers)
        assert answer.status in (200, 303), answer


class _MastodonServer:
    """What the two have in common: a process on a port, which can go away and come back."""

    base: str
    port: int
    log: Path
    _process: Process
    _command: Sequence[str | Path]
    _folder: Path

    def _start(self) -> None:
        started = time.monotonic()
        self._process = Process(self._command, log=self.log, cwd=self._folder)
        self._process.wait_ready(lambda: answers(f"{self.base}/api/v1/instance"), self.base, timeout=30)
        self.start_seconds = time.monotonic() - started

    def pause(self) -> None:
        """Freeze the server: requests hang until `resume`."""
        self._process.pause()

    def resume(self) -> None:
        """End a `pause`."""
        self._process.resume()

    def kill(self) -> None:
        """Kill the server; connections are refused until `restart`."""
        self._process.kill()

    def restart(self) -> None:
        """Start it again on the same port (`MastodonMock` has then forgotten everything)."""
        self._process.kill()
        self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stop()
        remove_folder(self._folder)


class SnacServer(_MastodonServer):
    """snac2 on loopback, with the users `owner` and `visitor`."""

    def __init__(self) -> None:
        self._binary = require("snac") / "snac"
        self._folder = new_folder("snac")
        self.data = self._folder / "data"
        self.log = self._folder / "snac.log"
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.passwords: dict[str, str] = {}
        self._tokens: dict[str, str] = {}
        # host, port, public name, and nothing for a path and an address of the admin
        self._snac("init", str(self.data), stdin=f"127.0.0.1\n{self.port}\n127.0.0.1:{self.port}\n\n\n")
        settings = self.data / "server.json"
        text = settings.read_text(encoding="utf-8")
        settings.write_text(re.sub(r'("protocol": *)"https"', r'\1"http"', text), encoding="utf-8")
        for name in ("owner", "visitor"):
            self.add_user(name)
        self._command = [self._binary, "httpd", self.data]
        self._start()

    def _snac(self, *words: str, stdin: str = "") -> str:
        done = subprocess.run(
            [str(self._binary), *words],
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def add_user(self, name: str) -> str:
        """Add a user, at any time, and return the password."""
        said = self._snac("adduser", str(self.data), name)
        found = re.search(r"^User password is (.+)$", said, re.MULTILINE)
        assert found, said
        self.passwords[name] = found[1]
        return found[1]

    def register_app(self, redirect_uri: str = OUT_OF_BAND) -> JSON:
        """Register an app; return its `client_id` and `client_secret`."""
        fields = {"client_name": "live tests", "redirect_uris": redirect_uri, "scopes": "read write"}
        app: JSON = call("POST", f"{self.base}/api/v1/apps", json=fields).ok()
        return app

    def sign_in(self, user: str, client_id: str, *, redirect_uri: str = OUT_OF_BAND, state: str = "st1") -> Answer:
        """Do what the person does in the browser; a right password gives a redirect with the code.

        Out of band the answer is a page that reads `CODE&state=STATE`, so that is what people paste.
        """
        form = {
            "login": user,
            "passwd": self.passwords[user],
            "cid": client_id,
            "redir": redirect_uri,
            "state": state,
        }
        return call("POST", f"{self.base}/oauth/x-snac-login", form=form)

    def token(self, user: str) -> str:
        """Return a new token for `user` by the whole OAuth code flow."""
        redirect_uri = "http://127.0.0.1:9/callback"  # nobody has to listen: we read the redirect itself
        app = self.register_app(redirect_uri)
        location = self.sign_in(user, app["client_id"], redirect_uri=redirect_uri).headers["Location"]
        assert location, f"no code for {user}: was the password changed?"
        form = {
            "grant_type": "authorization_code",
            "code": parse_qs(urlsplit(location).query)["code"][0],
            "client_id": app["client_id"],
            "client_secret": app["client_secret"],
            "redirect_uri": redirect_uri,
        }
        token: str = call("POST", f"{self.base}/oauth/token", form=form).ok()["access_token"]
        return token

    def revoke(self, token: str) -> None:
        """Make a token worthless from here on, as the person may do at any time."""
        (self.data / "token" / f"{token}.json").unlink()

    def person(self, user: str) -> SnacPerson:
        """Return somebody signed in as `user`, with one token for all calls."""
        if user not in self._tokens:
            self._tokens[user] = self.token(user)
        return SnacPerson(self.base, user, self._tokens[user], self.passwords[user])

    @property
    def owner(self) -> SnacPerson:
        return self.person("owner")

    @property
    def visitor(self) -> SnacPerson:
        return self.person("visitor")

    def post(self, user: str, text: str, **more: Any) -> JSON:
        """Publish as `user`; `more` as for `MastodonPerson.post`."""
        return self.person(user).post(text, **more)


class MastodonMock(_MastodonServer):
    """mastodon-mock on loopback, in memory, with a token for each of `people`."""

    owner_token = "owner_token"
    visitor_token = "visitor_token"

    def __init__(self, people: Sequence[str] = ("owner", "visitor")) -> None:
        program = require("mastodon-mock") / "venv/bin/mastodon_mock"
        self._folder = new_folder("mastodon-mock")
        self.log = self._folder / "mock.log"
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.people = tuple(people)
        seeds = "".join(f'[[seed.accounts]]\nusername = "{name}"\naccess_token = "{name}_token"\n' for name in people)
        settings = self._folder / "mock.toml"
        settings.write_text(f'[database]\npath = ":memory:"\n[server]\nport = {self.port}\n{seeds}', encoding="utf-8")
        self._command = [program, "serve", "--config", settings, "--in-memory"]
        self._command += ["--host", "127.0.0.1", "--port", str(self.port), "--log-level", "warning"]
        self._start()

    def person(self, user: str) -> MastodonPerson:
        """Return one of `people`."""
        assert user in self.people, f"{user} is not one of {self.people}"
        return MastodonPerson(self.base, user, f"{user}_token")

    @property
    def owner(self) -> MastodonPerson:
        return self.person("owner")

    @property
    def visitor(self) -> MastodonPerson:
        return self.person("visitor")

    def post(self, user: str, text: str, **more: Any) -> JSON:
        """Publish as `user`; `more` as for `MastodonPerson.post`."""
        return self.person(user).post(text, **more)
