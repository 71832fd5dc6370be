"""TikTok business accounts: comments on the account's videos, replies, likes, hiding.

API for Business v1.3: business/video/list, business/comment/list, business/comment/reply/list and /create, /like,
/hide. The person's own app must be approved for the Accounts API.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec

from app import oauth
from app.connectors import _tiktok_wire as wire
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
from app.domain import Account, Gap, Identity, Kind, Mention, OwnPost, Page, Reply, Sent
from app.errors import GoneError, InputError, RefusedError, ServiceError, TokenExpiredError, UncertainError
from app.http import Http, Response
from app.text import clean, length, parse_time

STREAM = "comments"
VIDEOS = 20  # a page, and the most that may be asked for
COMMENTS = 30
MOST_VIDEOS = 100
MOST_PAGES = 60  # of one video's comments
KEPT = 3000  # comments that a mark knows of one video
SLACK = timedelta(minutes=2)  # between our clock and theirs, beyond what the Date header tells
FIELDS = '["item_id","create_time","share_url","comments"]'
T = TypeVar("T")


class Seen(msgspec.Struct):
    """One video: its count of comments, each comment with its count of replies; whether a walk is still open."""

    count: int = -1
    comments: dict[str, int] = {}
    open: bool = True


class Mark(msgspec.Struct):
    """How far back the first pull went, and what was seen."""

    since: datetime
    videos: dict[str, Seen] = {}


class TiktokConnector(Basics):
    """One business account."""

    platform: ClassVar[str] = "tiktok"
    title: ClassVar[str] = "TikTok"
    form: ClassVar[SignInForm] = SignInForm(
        fields=(),
        can=("read comments on your videos", "reply, like, and hide or show a comment"),
        never=("posts videos", "deletes anybody's words", "sees your password"),
        browser=True,
        redirect="http://localhost:47623/callback",
        help_text="Your browser opens TikTok. Allow your app there. If it ends elsewhere, copy that whole address.",
        help_url="https://business-api.tiktok.com/portal",
        app=AppKeys(
            family="tiktok",
            fields=(
                SignInField("client_id", "App ID"),
                SignInField("client_secret", "Secret", secret=True),
                SignInField("authorize", "TikTok account holder authorization URL",
                            hint="The whole address, as the app's basic information shows it."),
            ),
            help_text="At business-api.tiktok.com/portal become a developer, make an app with the Accounts API, and "
            "wait for its approval. Its basic information shows all three.",
            help_url="https://business-api.tiktok.com/portal/docs?id=1738855242728450",
        ),
    )  # fmt: skip

    def __init__(self, account: Account, secret: dict[str, str], http: Http, save_secret: SaveSecret) -> None:
        """`account.remote_id` is the open_id, which the calls name `business_id`."""
        self._account = account
        self._http = http
        self._base = account.server.rstrip("/")
        self._me = account.remote_id
        self._keeper = oauth.Keeper(secret, save_secret, self._renewed)
        self._ahead = timedelta()  # our clock minus theirs
        self.capabilities = Capabilities(
            name="TikTok",
            streams=(STREAM,),
            idempotency=Idempotency.LOOK,
            max_graphemes=150,  # as python-tiktok 0.1.12 says of business/comment/reply/create
            threads=False,
            kinds=(Kind.COMMENT,),
            likes=True,
            hides=True,
            notes=(
                "TikTok gives this only to business accounts, through an app that it approved.",
                "Direct messages and mentions elsewhere need approvals of their own, and are left to TikTok.",
                f"The newest {MOST_VIDEOS} videos are read.",
            ),
        )

    @classmethod
    async def sign_in(cls, http: Http, fields: Mapping[str, str]) -> SignedIn:
        """Not offered: TikTok signs in through the browser."""
        raise InputError("TikTok signs in through the browser.")

    @classmethod
    async def begin(cls, http: Http, fields: Mapping[str, str], redirect_uri: str) -> Authorization:
        """Open the page that the app's own address names; only its state is ours, and its redirect if it has none."""
        app = oauth.app_of(fields)
        if not all(app):
            raise InputError("Type the app ID and the secret of your TikTok app first.")
        base = wire.base_of(fields)
        parts = urlsplit(fields.get("authorize", "").strip())
        host = parts.hostname or ""
        known = host == "tiktok.com" or host.endswith(".tiktok.com") or base != wire.API
        if parts.scheme != "https" or not known:
            raise InputError(
                "Paste the account holder authorization URL of your app. It starts with https and is at TikTok."
            )
        query = dict(parse_qsl(parts.query))
        state = secrets.token_urlsafe(24)
        query |= {"state": state, "redirect_uri": query.get("redirect_uri") or redirect_uri}
        url = urlunsplit((*parts[:3], urlencode(query), ""))
        data = {"client_id": app[0], "client_secret": app[1], "redirect": query["redirect_uri"], "base": base}
        return Authorization(url, state, data)

    @classmethod
    async def finish(cls, http: Http, authorization: Authorization, code: str) -> SignedIn:
        """Trade the code, and ask who it is."""
        data = authorization.data
        app, base = (data["client_id"], data["client_secret"]), data["base"]
        token, me = await wire.granted(http, base, "token", app, grant_type="authorization_code",
                                       auth_code=oauth.code_of(code), redirect_uri=data["redirect"])  # fmt: skip
        params = {"business_id": me, "fields": '["username","display_name"]'}
        who = await wire.ask(http, base, "GET", "business/get/", wire.Profile, token=token.access_token, params=params)
        handle = clean(who.username or "", 100)
        name = clean(who.display_name or "", 200) or handle or "TikTok"
        return Identity(
            me, f"@{handle}" if handle else name, name, base, oauth.secret_of(token, app, datetime.now(UTC))
        )

    async def check(self) -> str:
        """Ask for one video."""
        await self._ask("GET", "business/video/list/", wire.Videos, params={"fields": FIELDS, "max_count": "1"})
        return ""

    async def pull(self, stream: str, mark: str | None, *, since: datetime) -> AsyncIterator[Page]:
        """Read each video's newest comments; all of them where their count changed or a walk was not finished."""
        if stream != STREAM:
            raise InputError(f"TikTok has no stream named {stream}.")
        known = _known(mark) or Mark(since)
        videos = await self._videos()
        known.videos = {name: seen for name, seen in known.videos.items() if name in {each.item_id for each in videos}}
        for video in videos:
            seen = known.videos.setdefault(video.item_id, Seen())
            count = video.comments if video.comments is not None else -2
            if count == 0 and not seen.comments:
                seen.count, seen.open = 0, False
                continue
            try:
                async for page in self._video(video, seen, known, count):
                    yield page
            except GoneError:
                continue  # the video went meanwhile

    async def _video(self, video: wire.Video, seen: Seen, known: Mark, count: int) -> AsyncIterator[Page]:
        seen.open = seen.open or count != seen.count
        before = msgspec.json.encode(known)
        for _ in range(3):  # what goes while pages are read pulls others up past us: until a walk finds nothing new
            pages, fresh = 0, 0
            cursor: int | None = None
            done = False
            while not done and pages < MOST_PAGES:
                page, found, cursor, more = await self._page(video, seen, known, cursor)
                pages += 1
                fresh += found
                done = not more or (not seen.open and not found)
                if page.mentions or page.own or page.gap:
                    yield msgspec.structs.replace(page, mark=msgspec.json.encode(known).decode())
            if not done:
                why = "There are too many comments on a video to read them all. Look at TikTok."
                yield Page(gap=Gap(STREAM, known.since, None, why))
            if pages == 1 or not fresh:
                break
        seen.open, seen.count = False, count
        if msgspec.json.encode(known) != before:
            yield Page(mark=msgspec.json.encode(known).decode())

    async def _page(
        self, video: wire.Video, seen: Seen, known: Mark, cursor: int | None
    ) -> tuple[Page, int, int | None, bool]:
        params = {"video_id": video.item_id, "include_replies": "true", "status": "ALL", "sort_field": "create_time",
                  "sort_order": "desc", "cursor": None if cursor is None else str(cursor),
                  "max_count": str(COMMENTS)}  # fmt: skip
        answer = await self._ask("GET", "business/comment/list/", wire.Comments, params=params)
        comments, damaged = wire.decoded(answer.comments)
        now, found = datetime.now(UTC), 0
        items: list[Mention | OwnPost] = []
        for top in comments:
            replies = top.replies or 0
            below: list[wire.Comment] = []
            if replies and seen.comments.get(top.comment_id) != replies:
                below, flaws = wire.decoded(top.reply_list)
                damaged += flaws
                if len(below) + flaws < replies:
                    below, flaws, _ = await self._replies(video.item_id, top.comment_id)
                    damaged += flaws
            for each in [top, *below]:
                fresh = each.comment_id not in seen.comments
                if fresh:
                    found += 1
                    one = wire.item(each, self._account.id, video.item_id, video.share_url or "", top.comment_id)
                    if one.posted_at >= known.since:
                        items.append(one)
                seen.comments[each.comment_id] = replies if each is top else 0
        seen.comments = dict(list(seen.comments.items())[-KEPT:])
        gap = None
        if damaged:
            gap = Gap(STREAM, None, None, "Some comments came damaged and could not be read. Look at TikTok.")
        times = [at for each in comments if (at := parse_time(each.create_time, now))]
        more = bool(answer.has_more) and (answer.cursor is not None and answer.cursor != cursor)
        more = more and (not times or max(times) >= known.since)
        page = Page(
            tuple(each for each in items if isinstance(each, Mention)),
            tuple(each for each in items if isinstance(each, OwnPost)),
            gap=gap,
        )
        return page, found, answer.cursor, more

    async def _videos(self) -> list[wire.Video]:
        found: dict[str, wire.Video] = {}
        cursor: str | None = None
        for _ in range(MOST_VIDEOS // VIDEOS):
            params = {"fields": FIELDS, "cursor": cursor, "max_count": str(VIDEOS)}
            page = await self._ask("GET", "business/video/list/", wire.Videos, params=params)
            found |= {each.item_id: each for each in page.videos or ()}
            if not page.has_more or page.cursor is None or str(page.cursor) == cursor:
                break
            cursor = str(page.cursor)
        return list(found.values())

    async def _replies(self, video: str, top: str) -> tuple[list[wire.Comment], int, bool]:
        """Return the replies to a comment, how many are damaged, and whether these are all."""
        found: dict[str, wire.Comment] = {}
        damaged, cursor = 0, None
        for _ in range(MOST_PAGES):
            params = {"video_id": video, "comment_id": top, "status": "ALL", "sort_field": "create_time",
                      "sort_order": "asc", "cursor": cursor, "max_count": str(COMMENTS)}  # fmt: skip
            page = await self._ask("GET", "business/comment/reply/list/", wire.Comments, params=params)
            some, flaws = wire.decoded(page.comments)
            found |= {each.comment_id: each for each in some}
            damaged += flaws
            if not page.has_more or page.cursor is None or str(page.cursor) == cursor:
                return list(found.values()), damaged, True
            cursor = str(page.cursor)
        return list(found.values()), damaged, False

    async def thread(self, mention: Mention) -> Thread:
        """The comment at the top, and all replies to it."""
        video, top = wire.place(mention.remote_id, mention.extra)
        tops = await self._some(video, [top])
        if not tops:
            return Thread(gone=(mention.remote_id,))
        below, _, whole = await self._replies(video, top)
        every = [*tops, *(each for each in below if each.comment_id != top)]
        items = [wire.item(each, self._account.id, video, mention.url, top) for each in every]
        gone = () if not whole or mention.remote_id in {each.remote_id for each in items} else (mention.remote_id,)
        return wire.sorted_thread(items, gone)

    async def look(self, remote_ids: Sequence[str]) -> Thread:
        """Read comments again, by video. TikTok has no edits; one that is missing was deleted."""
        asked: dict[str, list[str]] = {}
        for each in dict.fromkeys(remote_ids):
            video, _, comment = each.partition(":")
            asked.setdefault(video, []).append(comment)
        items: list[Mention | OwnPost] = []
        for video, names in asked.items():
            for start in range(0, len(names), VIDEOS):
                try:
                    some = await self._some(video, names[start : start + VIDEOS])
                except GoneError:
                    continue
                items += [wire.item(each, self._account.id, video, "", each.parent_comment_id or each.comment_id)
                          for each in some]  # fmt: skip
        found = {each.remote_id for each in items}
        return wire.sorted_thread(items, tuple(each for each in dict.fromkeys(remote_ids) if each not in found))

    async def _some(self, video: str, names: list[str]) -> list[wire.Comment]:
        params = {"video_id": video, "comment_ids": json.dumps(names), "status": "ALL", "max_count": str(COMMENTS)}
        page = await self._ask("GET", "business/comment/list/", wire.Comments, params=params)
        return [each for each in wire.decoded(page.comments)[0] if each.comment_id in names]

    def prepare(self, reply: Reply) -> str:
        """TikTok offers nothing to tell two tries apart: it is looked for."""
        return ""

    async def send(self, reply: Reply) -> Sent:
        """Reply to the comment at the top: TikTok has two levels."""
        text = reply.text.strip()
        if not text:
            raise RefusedError("The reply is empty. Write something, then send it.")
        if (count := length(text)) > (limit := self.capabilities.max_graphemes):
            raise RefusedError(f"The reply is {count} characters long. TikTok takes {limit}. Shorten it.")
        video, top = wire.place(reply.to_remote_id, reply.to_extra)
        body = {"video_id": video, "comment_id": top, "text": text}
        done = await self._ask("POST", "business/comment/reply/create/", wire.Comment, body=body, writes=True)
        return self._sent(video, done)

    async def find(self, reply: Reply) -> Sent | None:
        """Look among the replies for our own words, not older than the reply."""
        video, top = wire.place(reply.to_remote_id, reply.to_extra)
        try:
            below, _, whole = await self._replies(video, top)
        except GoneError:
            return None
        for each in below:
            at = parse_time(each.create_time, datetime.now(UTC) + timedelta(days=1))  # not drawn back to now
            ours = each.owner and wire.essence(each.text or "") == wire.essence(clean(reply.text))
            if ours and at is not None and at + self._ahead >= reply.created_at - SLACK:
                return self._sent(video, each)
        if not whole:
            raise UncertainError("There are too many replies to be sure that this one is not among them.")
        return None

    def _sent(self, video: str, comment: wire.Comment) -> Sent:
        at = parse_time(comment.create_time, datetime.now(UTC)) or datetime.now(UTC)
        return Sent(wire.remote_id(video, comment.comment_id), at)

    async def like(self, mention: Mention, liked: bool) -> None:
        """Like it, or take it back."""
        _, _, comment = mention.remote_id.partition(":")
        body = {"comment_id": comment, "action": "LIKE" if liked else "UNLIKE"}
        await self._ask("POST", "business/comment/like/", dict[str, Any], body=body)

    async def hide(self, mention: Mention, hidden: bool) -> None:
        """Hide it from others, or show it again."""
        video, _, comment = mention.remote_id.partition(":")
        body = {"video_id": video, "comment_id": comment, "action": "HIDE" if hidden else "UNHIDE"}
        await self._ask("POST", "business/comment/hide/", dict[str, Any], body=body)

    async def revoke(self) -> None:
        """Tell TikTok to forget the token; one that does not answer is left alone."""
        secret = self._keeper.secret
        body = {"client_id": secret.get("client_id", ""), "client_secret": secret.get("client_secret", ""),
                "access_token": secret.get("token", "")}  # fmt: skip
        try:
            await wire.ask(self._http, self._base, "POST", "tt_user/oauth2/revoke/", dict[str, Any], body=body)
        except ServiceError:
            return

    async def _ask(self, method: str, path: str, type_: type[T], *, params: Mapping[str, str | None] | None = None,
                   body: Mapping[str, Any] | None = None, writes: bool = False) -> T:  # fmt: skip
        me = {"business_id": self._me}
        told: dict[str, Any] = {"params": {**me, **params}} if params is not None else {"body": {**me, **(body or {})}}
        told |= {"account": self._account.id, "writes": writes, "heard": self._heard}
        token = await self._keeper.token()
        try:
            return await wire.ask(self._http, self._base, method, path, type_, token=token, **told)
        except TokenExpiredError:
            token = await self._keeper.token(dead=token)
            return await wire.ask(self._http, self._base, method, path, type_, token=token, **told)

    def _heard(self, answer: Response) -> None:
        self._ahead = answer.ahead(self._ahead)

    async def _renewed(self, secret: Mapping[str, str]) -> dict[str, str]:
        app = (secret.get("client_id", ""), secret.get("client_secret", ""))
        token, _ = await wire.granted(self._http, self._base, "refresh_token", app, grant_type="refresh_token",
                                      refresh_token=secret["refresh_token"])  # fmt: skip
        return oauth.secret_of(token, app, datetime.now(UTC), before=secret)


def _known(mark: str | None) -> Mark | None:
    try:
        return msgspec.json.decode(mark, type=Mark) if mark else None
    except msgspec.DecodeError:
        return None


CONNECTOR = TiktokConnector
