"""Signing in to Google with an app of the person's own ("Desktop app"), shared by Google's platforms.

developers.google.com/identity/protocols/oauth2/native-app: loopback on any port, PKCE; `access_type=offline` with
`prompt=consent` gives a refresh token each time. Of an app that is still "in testing" it ends after seven days.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

from app import oauth
from app.connectors.base import AppKeys, Authorization, SignInField
from app.errors import SignInError
from app.http import Http
from app.http.addresses import is_local_name

_PAGE = "https://accounts.google.com/o/oauth2/v2/auth"
_TOKENS = "https://oauth2.googleapis.com"

APP = AppKeys(
    family="google",
    fields=(
        SignInField("client_id", "Client ID", placeholder="….apps.googleusercontent.com"),
        SignInField("client_secret", "Client secret", secret=True, hint="Google gives one with a “Desktop app” too."),
    ),
    help_text=(
        "In Google Cloud make a project, switch on the API, and under Google Auth platform, Clients make a client of"
        " the type “Desktop app”. Under Audience choose “Publish app”: while it is in testing, Google ends each"
        " sign-in after seven days."
    ),
    help_url="https://console.cloud.google.com/auth/clients",
)


def server_of(name: str, scope: str, base: str) -> oauth.Server:
    """Where one signs in. `base` is the API's address: a stand-in on this computer has the tokens too."""
    tokens = base if is_local_name(urlsplit(base).hostname or "") else _TOKENS
    extra = {"access_type": "offline", "prompt": "consent"}
    return oauth.Server(
        name, _PAGE, f"{tokens}/token", (scope,), revoke=f"{tokens}/revoke", extra=extra, home=base
    )  # fmt: skip


def base_of(fields: Mapping[str, str], api: str) -> str:
    """Google's own address, or one on this computer that stands in for it."""
    asked = fields.get("server", "").strip().rstrip("/")
    return asked if asked and is_local_name(urlsplit(asked).hostname or "") else api


async def begin(name: str, scope: str, api: str, fields: Mapping[str, str], redirect_uri: str) -> Authorization:
    """The page for the browser."""
    base, app = base_of(fields, api), oauth.app_of(fields)
    url, state, verifier = oauth.begin(server_of(name, scope, base), app[0], redirect_uri)
    kept = {"client_id": app[0], "client_secret": app[1], "verifier": verifier, "redirect": redirect_uri, "base": base}
    return Authorization(url, state, kept)


async def finish(
    http: Http, name: str, scope: str, authorization: Authorization, code: str
) -> tuple[str, dict[str, str]]:
    """Trade the code. Returns the access token and the secret to keep."""
    data = authorization.data
    oauth.check_state(code, authorization.state)
    app = (data["client_id"], data["client_secret"])
    server = server_of(name, scope, data["base"])
    token = await oauth.trade(http, server, app, code, data["redirect"], data["verifier"])
    if token.scopes and scope not in token.scopes:
        raise SignInError("The box for this was not ticked on Google's page. Sign in again, and leave it ticked.")
    if not token.refresh_token:
        raise SignInError("Google gave access for an hour only. Start the sign-in again.")
    return token.access_token, oauth.secret_of(token, app, datetime.now(UTC))
