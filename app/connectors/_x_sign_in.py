"""Signing in to X with the person's own app: OAuth 2 with PKCE, docs.x.com/fundamentals/authentication/oauth-2-0."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

import msgspec

from app import oauth
from app.connectors._x_session import API, SCOPES, Json, error_of, object_at, server_at, texts
from app.connectors.base import AppKeys, Authorization, SignInField, SignInForm
from app.domain import Identity
from app.errors import BadAnswerError, SignInError, TokenExpiredError
from app.http import Http, decode
from app.http.addresses import is_local_name
from app.text import clean

ME = {"user.fields": "name,username,profile_image_url,subscription_type"}
REDIRECT = "http://localhost:47623/callback"
LONG = 25_000  # docs.x.com/changelog, 20 August 2024; unchecked for apps that pay per use: then X refuses, and says so
_LONGER = ("Basic", "Premium", "PremiumPlus")
_NO_MESSAGES = "Direct messages were not allowed at the sign-in: Carelane reads and answers public posts alone."

FORM = SignInForm(
    fields=(),
    can=(
        "read posts that name your account, and your own posts",
        "read and answer direct messages",
        "post the replies that you send",
        "hide replies below your own posts, and show them again",
    ),
    never=(
        "posts, follows or reposts on its own",
        "deletes anything",
        "spends more than the monthly limit that you set",
        "sees your password: you type it on X's page",
    ),
    browser=True,
    help_text=(
        "X lets programs in only through an app of your own, and charges that app for each post that is read or"
        " written. Buy some credits at console.x.com and set a spending limit there. Your browser then opens X's page:"
        " be signed in there as the account that customers write to, allow the app, and come back."
    ),
    help_url="https://docs.x.com/x-api/getting-started/pricing",
    app=AppKeys(
        family="x",
        fields=(
            SignInField("client_id", "Client ID", hint="Of OAuth 2.0, not the API key."),
            SignInField(
                "client_secret", "Client secret", secret=True, optional=True,
                hint="Only where the app is a “Web app”. A “Native app” has none.",
            ),
        ),
        help_text=(
            "At console.x.com make an app, open its user authentication settings, choose “Read and write and Direct"
            f" message” and “Native app”, and give {REDIRECT} as the callback address. Then copy the client ID."
        ),
        help_url="https://console.x.com",
    ),
    redirect=REDIRECT,
)  # fmt: skip


def base_of(fields: Mapping[str, str]) -> str:
    """X's own address, or one on this computer that stands in for it."""
    asked = fields.get("server", "").strip().rstrip("/")
    return asked if asked and is_local_name(urlsplit(asked).hostname or "") else API


async def begin(fields: Mapping[str, str], redirect_uri: str) -> Authorization:
    """The page for the browser."""
    base, app = base_of(fields), oauth.app_of(fields)
    url, state, verifier = oauth.begin(server_at(base), app[0], redirect_uri)  # the page is X's own either way
    kept = {"client_id": app[0], "client_secret": app[1], "verifier": verifier, "redirect": redirect_uri, "base": base}
    return Authorization(url, state, kept)


async def finish(http: Http, authorization: Authorization, code: str) -> Identity:
    """The tokens, and whose they are."""
    data = authorization.data
    oauth.check_state(code, authorization.state)
    app = (data["client_id"], data["client_secret"])
    token = await oauth.trade(http, server_at(data["base"]), app, code, data["redirect"], data["verifier"])
    if not token.refresh_token:
        raise SignInError("X gave access for two hours only. Sign in again, and allow all that Carelane asks for.")
    granted = token.scopes or frozenset(SCOPES)
    user = await whose(http, data["base"], token.access_token)
    name = clean(texts(user, "username"))
    direct = {"dm.read", "dm.write"} <= granted
    kept: Json = {"subscription": texts(user, "subscription_type"), "direct": direct}
    return Identity(
        texts(user, "id"), f"@{name}", clean(texts(user, "name")) or name, data["base"],
        oauth.secret_of(token, app, datetime.now(UTC)), texts(user, "profile_image_url"),
        msgspec.json.encode(kept).decode(), "" if direct else _NO_MESSAGES,
    )  # fmt: skip


async def whose(http: Http, base: str, token: str) -> Json:
    """Who a token belongs to."""
    try:
        answer = await http.send(
            "GET", f"{base}/2/users/me", platform="X", params=ME, home=base, errors=error_of,
            headers={"Authorization": f"Bearer {token}"},
        )  # fmt: skip
    except TokenExpiredError as error:
        raise SignInError("X does not accept this sign-in. Start again.", code=error.code, status=401) from error
    user = object_at(await decode(answer, Json, platform="X"), "data")
    if not texts(user, "id") or not texts(user, "username"):
        raise BadAnswerError("X did not say whose sign-in this is. Try again later.")
    return user


def length_of(subscription: str) -> int:
    """How long a post may be: longer for those who pay X for the account itself."""
    return LONG if subscription in _LONGER else 280
