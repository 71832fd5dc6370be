"""Signing in to Threads, and the token that lives sixty days from its last renewal.

developers.facebook.com/docs/threads/get-started/get-access-tokens-and-permissions and /long-lived-tokens: a token of
an hour is traded for one of sixty days; that one can be renewed once it is a day old, as long as it lives.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from app import oauth
from app.connectors import _meta_graph as graph
from app.connectors import _threads_wire as wire
from app.connectors._meta_sign_in import opened, secure, stand_in, typed_token
from app.connectors.base import AppKeys, Authorization, SaveSecret, SignInField
from app.domain import Account, Identity
from app.errors import BadAnswerError, ForbiddenError, InputError, RefusedError, ServiceError, SignInError
from app.http import Http, decode
from app.text import clean

NAME = "Threads"
API = "https://graph.threads.net"
PAGE = "https://threads.net"
# Threads takes https addresses alone, and no program on this computer has a certificate: the address is copied
REDIRECT = "https://localhost:47623/callback"
SCOPES = (
    "threads_basic", "threads_content_publish", "threads_read_replies", "threads_manage_replies",
    "threads_manage_mentions", "threads_keyword_search",
)  # fmt: skip
LIVES = timedelta(days=60)
RENEW_AFTER = timedelta(days=30)  # half of its life is left for days on which the computer is off

APP = AppKeys(
    family="threads",
    fields=(
        SignInField("client_id", "Threads App ID", placeholder="1234567890123456",
                    hint="On the app's page: App settings, Basic. It is not the App ID above it."),
        SignInField("client_secret", "Threads App secret", secret=True, hint="On the same page, behind Show."),
        SignInField("redirect_uri", "Redirect address", optional=True, placeholder=REDIRECT,
                    hint="Only if another one is entered in the settings of the use case."),
    ),
    help_text="Meta lets programs in through an app of your own. Make one at developers.facebook.com with the use case"
              " Access the Threads API. Enter the redirect address " + REDIRECT + " in its settings. It costs nothing.",
    help_url="https://developers.facebook.com/docs/development/create-an-app/threads-use-case/",
)  # fmt: skip


def _server(base: str) -> oauth.Server:
    return oauth.Server(
        NAME, f"{secure(base or PAGE)}/oauth/authorize", f"{base or API}/oauth/access_token", SCOPES,
        pkce=False, separator=",", home=base,
    )  # fmt: skip


def begin(fields: Mapping[str, str], redirect_uri: str) -> Authorization:
    """Build the page's address."""
    app = oauth.app_of(fields)
    if not all(app):
        raise InputError("Type the Threads App ID and the Threads App secret of your Meta app first.")
    base = stand_in(fields)
    redirect = fields.get("redirect_uri", "").strip() or redirect_uri
    url, state, _ = oauth.begin(_server(base), app[0], redirect)
    data = {"client_id": app[0], "client_secret": app[1], "redirect_uri": redirect, "server": base}
    return Authorization(opened(url, base), state, data)


async def finish(http: Http, authorization: Authorization, code: str) -> Identity:
    """Trade the code, make the token last, and ask whose it is."""
    known = authorization.data
    app, base = (known["client_id"], known["client_secret"]), known["server"]
    short = await oauth.trade(http, _server(base), app, code, known["redirect_uri"], "", errors=graph.errors(NAME))
    params = {"grant_type": "th_exchange_token", "client_secret": app[1], "access_token": short.access_token}
    try:
        token = await _ask(http, base, "access_token", params)
    except (RefusedError, ForbiddenError) as error:
        raise SignInError(
            "Threads did not make this sign-in last. Check the Threads App secret, then start again.",
            code=error.code, status=error.status,
        ) from error  # fmt: skip
    return await _identity(http, base, _kept(token, datetime.now(UTC)))


async def pasted(http: Http, fields: Mapping[str, str]) -> Identity:
    """Sign in with a token that was copied; it is taken for one of sixty days, and renewed as one."""
    token = typed_token(fields)
    now = datetime.now(UTC)
    # how old it is is not told: it is renewed tomorrow, when it is surely a day old, and then its end is known
    secret = _kept(oauth.Token(token, expires_in=LIVES.total_seconds()), now) | {
        "renew_after": (now + timedelta(days=1)).isoformat()
    }
    return await _identity(http, stand_in(fields), secret)


async def _ask(http: Http, base: str, path: str, params: dict[str, str]) -> oauth.Token:
    """These two take their secrets in the address, as documented; `app.http` logs no queries."""
    answer = await http.send(
        "GET", f"{base or API}/{path}", params=params, platform=NAME, home=base, errors=graph.errors(NAME)
    )
    token = await decode(answer, oauth.Token, platform=NAME)
    if not token.access_token:
        raise BadAnswerError("Threads gave no access. Try again later.")
    return token


def _kept(token: oauth.Token, now: datetime) -> dict[str, str]:
    """The token renews itself: it is its own refresh token."""
    ends = (now + (token.lives or LIVES)).isoformat()
    return {
        "token": token.access_token, "refresh_token": token.access_token, "expires_at": ends, "sign_in_ends": ends,
        "renew_after": (now + RENEW_AFTER).isoformat(),
    }  # fmt: skip


async def _identity(http: Http, base: str, secret: dict[str, str]) -> Identity:
    fields = "id,username,name,threads_profile_picture_url"
    answer = await http.send(
        "GET", f"{base or API}/v1.0/me", params={"fields": fields, "access_token": secret["token"]}, platform=NAME,
        home=base, errors=graph.errors(NAME),
    )  # fmt: skip
    who = await decode(answer, wire.Profile, platform=NAME)
    handle = clean(who.username or "")
    if not who.id or not handle:
        raise BadAnswerError("Threads did not say whose account this is. Try again later.")
    name = clean(who.name or "") or handle
    return Identity(who.id, f"@{handle}", name, base or API, secret, avatar=who.threads_profile_picture_url or "")


class Living:
    """The token of one account, renewed half-way through its life."""

    def __init__(self, http: Http, account: Account, secret: Mapping[str, str], save: SaveSecret) -> None:
        self._http, self._account = http, account
        self._keeper = oauth.Keeper(secret, save, self._renewed)
        self._tried: datetime | None = None

    def __repr__(self) -> str:
        return "Living()"

    async def token(self) -> str:
        """The token; a renewal that fails while it still lives is tried again in an hour."""
        now = datetime.now(UTC)
        if self._due(now):
            self._tried = now
            with suppress(ServiceError):  # a dead token says so at the call that follows
                return await self._keeper.token(self._keeper.secret.get("token", ""))
        return await self._keeper.token()

    def _due(self, now: datetime) -> bool:
        if self._tried is not None and now - self._tried < timedelta(hours=1):
            return False
        try:
            return datetime.fromisoformat(self._keeper.secret.get("renew_after", "")) <= now
        except ValueError:
            return False

    async def _renewed(self, secret: Mapping[str, str]) -> dict[str, str]:
        params = {"grant_type": "th_refresh_token", "access_token": secret.get("refresh_token", "")}
        server = self._account.server.rstrip("/")
        base = "" if server == API else server
        try:
            token = await _ask(self._http, base, "refresh_access_token", params)
        except (RefusedError, ForbiddenError) as error:
            raise SignInError(
                "Threads no longer accepts this sign-in. Sign in again.", code=error.code, status=error.status
            ) from error
        return _kept(token, datetime.now(UTC))

    async def close(self) -> None:
        """Wait for a renewal that is on its way."""
        await self._keeper.close()
