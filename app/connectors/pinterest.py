"""Pinterest: its API has no comments, mentions or messages at all, only how many comments a pin has.

So what `pull` brings is a notice for each pin whose count grew, as `Kind.SEARCH`: it lands in Listening, no timer
starts on it, and its link opens the pin, where the words can be read and answered. Facts are from Pinterest's own
description (github.com/pinterest/api-description, v5.23.0): GET /pins with `pin_metrics`, GET /pins/{pin_id},
GET /user_account, POST /oauth/token.
"""

from __future__ import annotations

import ipaddress
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

import msgspec

from app import oauth
from app.connectors.base import (
    AppKeys,
    Authorization,
    Basics,
    Capabilities,
    Idempotency,
    SaveSecret,
    SignedIn,
    SignInField,
    SignInForm,
    Thread,
)
from app.domain import Account, Contact, Gap, Identity, Kind, Mention, Page, Reply, Sent
from app.errors import ForbiddenError, GoneError, InputError, RefusedError, ServiceError, TokenExpiredError
from app.http import Http, Response, decode
from app.text import clean, parse_time, snippet

API = "https://api.pinterest.com"
SITE = "https://www.pinterest.com"
STREAM = "counts"
PAGE_SIZE = 250  # the most
MOST_PAGES = 40
SCOPES = ("user_accounts:read", "pins:read", "boards:read")
NO_REPLY = "Pinterest lets no program read or answer comments. Open the pin, and answer there."


class Metrics(msgspec.Struct):
    """Of a pin's whole life; for pins from before 20 March 2023 only videos and idea pins have them."""

    comment: int | None = None


class PinMetrics(msgspec.Struct):
    """By span of time."""

    lifetime_metrics: Metrics | None = None


class Pin(msgspec.Struct):
    """A pin, as far as it is read."""

    id: str
    title: str | None = ""
    description: str | None = ""
    created_at: Any = None
    pin_metrics: PinMetrics | None = None

    @property
    def comments(self) -> int | None:
        """How many comments it has; None where Pinterest does not tell."""
        told = self.pin_metrics.lifetime_metrics if self.pin_metrics else None
        return told.comment if told else None


class Pins(msgspec.Struct):
    """A page."""

    items: list[msgspec.Raw] = []
    bookmark: str | None = None


class Who(msgspec.Struct):
    """The account."""

    id: str = ""
    username: str | None = ""
    business_name: str | None = ""


class Mark(msgspec.Struct):
    """The highest count that was told of each pin, and whether every pin was gone through once."""

    counts: dict[str, int] = {}
    whole: bool = False


class PinterestConnector(Basics):
    """One account's pins."""

    platform: ClassVar[str] = "pinterest"
    form: ClassVar[SignInForm] = SignInForm(
        fields=(),
        can=("tell when a pin of yours has new comments, and open it",),
        never=("reads or answers comments: Pinterest lets no program do that", "makes or changes pins"),
        browser=True,
        redirect="http://localhost:47623/callback",
        help_text="Your browser opens Pinterest. Allow your app there, then come back.",
        help_url="https://developers.pinterest.com/apps/",
        app=AppKeys(
            family="pinterest",
            fields=(SignInField("client_id", "App ID"), SignInField("client_secret", "App secret key", secret=True)),
            help_text="At developers.pinterest.com/apps connect an app, wait for trial access, and add the redirect "
            "address that is shown here.",
            help_url="https://developers.pinterest.com/apps/",
        ),
    )

    def __init__(self, account: Account, secret: dict[str, str], http: Http, save_secret: SaveSecret) -> None:
        """`account.data` holds how many pins and comments there were at the sign-in."""
        self._account = account
        self._http = http
        self._base = account.server.rstrip("/")
        self._keeper = oauth.Keeper(secret, save_secret, self._renewed)
        self.capabilities = Capabilities(
            name="Pinterest",
            streams=(STREAM,),
            idempotency=Idempotency.ASK,
            max_graphemes=500,  # only of what is written to be refused
            threads=False,
            kinds=(Kind.SEARCH,),
            replies=False,
            no_reply=NO_REPLY,
            notes=(
                NO_REPLY,
                "Carelane tells how many comments each pin has when there are more than before. No timer runs on that.",
                "Of pins from before 20 March 2023 Pinterest tells the count for videos and idea pins alone.",
            ),
        )

    @classmethod
    async def sign_in(cls, http: Http, fields: Mapping[str, str]) -> SignedIn:
        """Not offered: Pinterest signs in through the browser."""
        raise InputError("Pinterest signs in through the browser.")

    @classmethod
    async def begin(cls, http: Http, fields: Mapping[str, str], redirect_uri: str) -> Authorization:
        """Open Pinterest's page for the person's own app."""
        app = oauth.app_of(fields)
        if not all(app):
            raise InputError("Type the app ID and the app secret key of your Pinterest app first.")
        base = _base(fields)
        url, state, _ = oauth.begin(_server(base), app[0], redirect_uri)
        data = {"client_id": app[0], "client_secret": app[1], "redirect": redirect_uri, "base": base}
        return Authorization(url, state, data)

    @classmethod
    async def finish(cls, http: Http, authorization: Authorization, code: str) -> SignedIn:
        """Trade the code, ask who it is, and count."""
        data = authorization.data
        app, base = (data["client_id"], data["client_secret"]), data["base"]
        token = await oauth.trade(http, _server(base), app, code, data["redirect"], "")
        who = await decode(await _send(http, base, "/v5/user_account", token.access_token), Who, platform="Pinterest")
        handle = clean(who.username or "", 100)
        params = {"page_size": str(PAGE_SIZE), "pin_metrics": "true"}
        answer = await _send(http, base, "/v5/pins", token.access_token, params=params)
        pins, _ = _decoded((await decode(answer, Pins, platform="Pinterest")).items)
        counted = {"pins": len(pins), "comments": sum(pin.comments or 0 for pin in pins)}
        return Identity(
            who.id or handle,
            f"@{handle}",
            clean(who.business_name or "", 200) or handle,
            base,
            oauth.secret_of(token, app, datetime.now(UTC)),
            data=msgspec.json.encode(counted).decode(),
            note=_sentence(pins),
        )

    async def check(self) -> str:
        """Count the comments on the newest pins, and say why they are not shown."""
        pins, _, _ = await self._page(None)
        return _sentence(pins)

    async def pull(self, stream: str, mark: str | None, *, since: datetime) -> AsyncIterator[Page]:
        """Go through all pins; a notice for each that has more comments than were told before."""
        if stream != STREAM:
            raise InputError(f"Pinterest has no stream named {stream}.")
        known = _known(mark)
        before = msgspec.json.encode(known)
        bookmark: str | None = None
        damaged = 0
        for number in range(MOST_PAGES):
            pins, flaws, following = await self._page(bookmark)
            damaged += flaws
            notices = tuple(notice for pin in pins if (notice := self._notice(pin, known)) is not None)
            last = not following or following == bookmark or number == MOST_PAGES - 1
            if last:
                known.whole = True
            gap = None
            if last and damaged:
                gap = Gap(STREAM, None, None, "Some pins came damaged and could not be counted. Look at Pinterest.")
            elif last and following and following != bookmark:
                gap = Gap(STREAM, None, None, "There are too many pins to count them all. The oldest are left out.")
            now = msgspec.json.encode(known)
            if notices or gap or now != before:
                yield Page(notices, mark=now.decode(), gap=gap)
                before = now
            if last:
                return
            bookmark = following

    def _notice(self, pin: Pin, known: Mark) -> Mention | None:
        count, told = pin.comments, known.counts.get(pin.id)
        if count is None:
            return None
        known.counts[pin.id] = max(count, told or 0)
        if count <= (told or 0):
            return None
        now = datetime.now(UTC)
        # of what was there when the account was connected nobody knows the time: the pin's own is never too young
        at = now if known.whole else parse_time(pin.created_at, now) or now
        name = snippet(clean(pin.title or pin.description or ""), 80)
        many = "1 comment" if count == 1 else f"{count} comments"
        news = f", {count - told} of them new" if told else ""
        on = f"“{name}”" if name else "a pin"
        return Mention(
            account_id=self._account.id,
            remote_id=f"{pin.id}/{count}",
            author=Contact("pinterest", "Pinterest", ""),
            text=f"There {'is' if count == 1 else 'are'} {many} on {on}{news}. Open the pin to read and to answer.",
            posted_at=at,
            kind=Kind.SEARCH,
            thread=pin.id,
            url=f"{SITE}/pin/{quote(pin.id, safe='')}/",
        )

    async def _page(self, bookmark: str | None) -> tuple[list[Pin], int, str | None]:
        params = {"page_size": str(PAGE_SIZE), "pin_metrics": "true", "bookmark": bookmark}
        page = await decode(await self._call("/v5/pins", params=params), Pins, platform=self.platform)
        pins, damaged = _decoded(page.items)
        return pins, damaged, page.bookmark

    async def thread(self, mention: Mention) -> Thread:
        """What was told stands alone; whether the pin is still there can be asked."""
        return await self.look([mention.remote_id])

    async def look(self, remote_ids: Sequence[str]) -> Thread:
        """A notice does not change; it is gone when its pin is."""
        gone: dict[str, bool] = {}
        for each in remote_ids:
            pin = each.partition("/")[0]
            if pin not in gone:
                try:
                    await self._call(f"/v5/pins/{quote(pin, safe='')}")
                    gone[pin] = False
                except GoneError:
                    gone[pin] = True
        return Thread(gone=tuple(each for each in dict.fromkeys(remote_ids) if gone[each.partition("/")[0]]))

    def prepare(self, reply: Reply) -> str:
        """Nothing is prepared for what cannot be sent."""
        return ""

    async def send(self, reply: Reply) -> Sent:
        """Refuse."""
        raise RefusedError(NO_REPLY)

    async def find(self, reply: Reply) -> Sent | None:
        """Nothing ever left."""
        return None

    async def _call(self, path: str, params: Mapping[str, str | None] | None = None) -> Response:
        token = await self._keeper.token()
        try:
            return await _send(self._http, self._base, path, token, account=self._account.id, params=params)
        except TokenExpiredError:
            token = await self._keeper.token(dead=token)
            return await _send(self._http, self._base, path, token, account=self._account.id, params=params)

    async def _renewed(self, secret: Mapping[str, str]) -> dict[str, str]:
        app = (secret.get("client_id", ""), secret.get("client_secret", ""))
        token = await oauth.renew(self._http, _server(self._base), app, secret["refresh_token"])
        return oauth.secret_of(token, app, datetime.now(UTC), before=secret)


async def _send(http: Http, base: str, path: str, token: str, *, account: str = "",
                params: Mapping[str, str | None] | None = None) -> Response:  # fmt: skip
    headers = {"Authorization": f"Bearer {token}"}
    return await http.send("GET", base + path, account=account, platform="Pinterest", params=params, headers=headers,
                           errors=error_of, home=base)  # fmt: skip


def error_of(answer: Response) -> ServiceError | None:
    """Return what a status means; None leaves it to `app.http`."""
    status = answer.status
    if status == 401:
        return TokenExpiredError("Pinterest no longer accepts this sign-in. Sign in again.", status=status)
    if status == 403:
        return ForbiddenError(
            "Pinterest does not allow this for your app. See at developers.pinterest.com whether it was approved.",
            status=status,
        )
    if status in (404, 410):
        return GoneError("Pinterest no longer has this pin. It was deleted.", status=status)
    return None


def _decoded(raws: list[msgspec.Raw]) -> tuple[list[Pin], int]:
    found, damaged = [], 0
    for raw in raws:
        try:
            found.append(msgspec.json.decode(raw, type=Pin))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            damaged += 1
    return found, damaged


def _sentence(pins: list[Pin]) -> str:
    count = sum(pin.comments or 0 for pin in pins)
    stand = (
        "There are no comments" if not count else "There is 1 comment" if count == 1 else f"There are {count} comments"
    )
    pin = "your newest pin" if len(pins) == 1 else f"your {len(pins)} newest pins" if pins else "your pins"
    return f"{stand} on {pin}. {NO_REPLY}"


def _server(base: str) -> oauth.Server:
    site = SITE if base == API else base
    return oauth.Server(
        "Pinterest", f"{site}/oauth/", f"{base}/v5/oauth/token", SCOPES, pkce=False, basic=True, separator=","
    )


def _base(fields: Mapping[str, str]) -> str:
    typed = fields.get("server", "").strip().rstrip("/")
    host = (urlsplit(typed).hostname or "") if typed else ""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    return typed if loopback else API


def _known(mark: str | None) -> Mark:
    try:
        return msgspec.json.decode(mark, type=Mark) if mark else Mark()
    except msgspec.DecodeError:
        return Mark()


CONNECTOR = PinterestConnector
