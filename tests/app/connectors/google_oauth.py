"""Google's token endpoints in memory, for the worlds of Google's platforms."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import httpx


@dataclass
class Tokens:
    """Refresh tokens stay, access tokens end."""

    scope: str
    token: str = "s3cret-1"
    refresh: str = "s3cret-refresh"
    testing: bool = False  # the app is not published: seven days
    revoked: list[str] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)
    n: int = 1

    def answer(self, request: httpx.Request) -> httpx.Response | None:
        """None for what is no sign-in call."""
        if request.url.path not in ("/token", "/revoke"):
            return None
        form = dict(parse_qsl(request.content.decode()))
        self.forms.append(form)
        if request.url.path == "/revoke":
            self.revoked.append(form["token"])
            return httpx.Response(200, json={})
        fresh = form.get("grant_type") == "authorization_code"
        good = form.get("client_id") == "app" and form.get("client_secret") == "s3cret-app"
        if fresh:
            good = good and form.get("code") == "good" and "code_verifier" in form
        else:
            good = good and form.get("refresh_token") == self.refresh
        if not good:
            said = {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
            return httpx.Response(400, json=said)
        self.n += 1
        self.token = f"s3cret-{self.n}"
        body = {"access_token": self.token, "expires_in": 3599, "scope": self.scope, "token_type": "Bearer"}
        if fresh:
            body["refresh_token"] = self.refresh
        if self.testing:
            body["refresh_token_expires_in"] = 604_799
        return httpx.Response(200, json=body)


def problem(status: int, reason: str, said: str = "No.", word: str = "") -> httpx.Response:
    """An error as Google's APIs write it."""
    error = {
        "code": status, "message": said, "status": word, "errors": [{"message": said, "reason": reason}],
        "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}],
    }  # fmt: skip
    return httpx.Response(status, json={"error": error})
