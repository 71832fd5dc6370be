"""Mastodon, and the servers that speak its API: GoToSocial, snac2, Pleroma and others.

Facts are from docs.joinmastodon.org/methods (statuses, notifications, accounts, oauth); what other servers do
differently is noted where it matters, as seen on GoToSocial and snac2 2.75.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import quote

import msgspec
from msgspec.structs import replace

from app.connectors import _mastodon_deeds as deeds
from app.connectors import _mastodon_media as media
from app.connectors import _mastodon_pull as reading
from app.connectors import _mastodon_search as searching
from app.connectors import _mastodon_sign_in as signing
from app.connectors import _mastodon_wire as wire
from app.connectors import _mastodon_words as words
from app.connectors.base import (
    Authorization,
    Basics,
    Capabilities,
    Idempotency,
    SaveSecret,
    SignInField,
    SignInForm,
    Thread,
)
from app.domain import Account, Identity, Kind, Mention, Page, Picture, Reply, Sent, Visibility
from app.errors import (
    GoneError,
    NetworkError,
    RateLimitError,
    RefusedError,
    ServerError,
    ServiceError,
    SignInError,
    UncertainError,
)
from app.http import Http, Response, decode
from app.search_stream import Query
from app.text import clean

STREAMS = ("notifications", "own")
TYPES = ("mention", "quote", "status")  # docs.joinmastodon.org/entities/Notification#type
LOOK_AT_ONCE = 20  # statuses_controller.rb, DEFAULT_STATUSES_LIMIT
FIND_PAGES = 10
SLACK = timedelta(minutes=2)  # between our clock and the server's, beyond what its Date header tells
_JUST_READ = timedelta(seconds=5)
PUBLIC_FIRST = tuple(Visibility)


class MastodonConnector(Basics):
    """One account on one Mastodon server."""

    platform: ClassVar[str] = "mastodon"
    form: ClassVar[SignInForm] = SignInForm(
        fields=(
            SignInField(
                "server",
                "Your server",
                placeholder="mastodon.social",
                hint="The part after the last @ in your handle: @shop@mastodon.social is on mastodon.social.",
            ),
            SignInField(
                "token",
                "Access token",
                secret=True,
                optional=True,
                hint="Only if the browser cannot be used. It is made at Preferences, Development.",
            ),
        ),
        can=(
            "read mentions, replies and direct messages",
            "read your own posts, to see what was answered elsewhere",
            "post replies that you send",
        ),
        never=(
            "posts on its own",
            "follows, boosts or deletes unasked",
            "sees your password: you type it on your server's page",
        ),
        browser=True,
        help_text="Your browser opens your server's page. Allow Carelane there, then come back.",
    )

    def __init__(self, account: Account, secret: dict[str, str], http: Http, save_secret: SaveSecret) -> None:
        """`save_secret` is never needed: Mastodon's tokens do not rotate."""
        self._account = account
        self._http = http
        self._token = secret.get("token", "")
        self._base = account.server.rstrip("/")
        known = _settings(account.data)
        self._me = wire.Me(
            account.id,
            account.remote_id,
            account.handle.strip("@"),
            known.get("software") == "snac",
        )
        self._url_length = _whole(known.get("url_length"), 23)
        self._always = signing.CLOSE if self._me.snac else {}
        self._types: tuple[str, ...] = TYPES
        self._many = True  # the server has GET /api/v1/statuses?id[]= (4.3)
        self._ahead = timedelta()  # our clock minus the server's
        self.capabilities = Capabilities(
            name="Mastodon",
            streams=STREAMS,
            idempotency=Idempotency.KEY,
            max_graphemes=_whole(known.get("max_characters"), 500),
            url_length=self._url_length,
            private_reply=True,
            direct_messages=True,
            spoilers=True,
            names_first=True,
            kinds=(Kind.MENTION, Kind.REPLY, Kind.QUOTE, Kind.MESSAGE, Kind.SEARCH),
            likes=True,
            marks_read=True,
            searches=searching.FIELDS,
            notes=(searching.NOTE,),
            **media.abilities(known, snac=self._me.snac),
        )

    @classmethod
    async def sign_in(cls, http: Http, fields: Mapping[str, str]) -> Identity:
        """Sign in with a pasted access token."""
        return await signing.sign_in(http, fields, wire.error_of)

    @classmethod
    async def begin(cls, http: Http, fields: Mapping[str, str], redirect_uri: str) -> Authorization:
        """Start in the browser; for a code to be pasted, `redirect_uri` is "urn:ietf:wg:oauth:2.0:oob"."""
        return await signing.begin(http, fields.get("server", ""), redirect_uri, wire.error_of)

    @classmethod
    async def finish(cls, http: Http, authorization: Authorization, code: str) -> Identity:
        """`code` is whatever the person could copy: the code, or the address that the browser ended at."""
        return await signing.finish(http, authorization, code, wire.error_of)

    async def check(self) -> str:
        """Ask whose token this is."""
        who = await signing.verify(self._http, self._base, self._token, self._account.id, wire.error_of)
        if str(who.id) != self._account.remote_id:
            raise SignInError("This sign-in belongs to another account. Sign in again.")
        return ""

    async def like(self, mention: Mention, liked: bool) -> None:
        """Favour the post, or take that back."""
        await deeds.like(self._call, _piece(mention.remote_id), liked)

    async def mark_read(self, mention: Mention) -> None:
        """Move the server's own mark; see `_mastodon_deeds`."""
        await deeds.mark_read(self._call, mention)

    async def search(self, query: Query, mark: str | None, *, since: datetime) -> AsyncIterator[Page]:
        """Read hashtag timelines, and the server's search for the rest; see `_mastodon_search`."""
        async for page in searching.search(self._call, self._me, query, mark, since):
            yield page

    async def pull(self, stream: str, mark: str | None, *, since: datetime) -> AsyncIterator[Page]:
        """Read what is new; see `_mastodon_pull` for marks and gaps."""
        reading.check_stream(stream, STREAMS)
        fetch = self._notifications if stream == "notifications" else self._own_posts
        async for page in reading.pull(fetch, stream, mark, since):
            yield page

    async def _notifications(self, cursor: dict[str, str]) -> list[wire.Item]:
        # include_filtered: strangers' mentions that the server puts aside (4.3) are customers to us
        params = [("types[]", each) for each in self._types]
        params += [("limit", str(reading.LIMIT)), ("include_filtered", "true"), *cursor.items()]
        try:
            response = await self._call("GET", "/api/v1/notifications", params=params)
        except RefusedError:
            if self._types == TYPES[:1]:
                raise
            self._types = TYPES[:1]  # a server that does not know the newer types
            return await self._notifications(cursor)
        raws = await decode(response, list[msgspec.Raw], platform=self.platform)
        return await asyncio.to_thread(wire.notifications, raws, self._me)

    async def _own_posts(self, cursor: dict[str, str]) -> list[wire.Item]:
        params = {"limit": str(reading.LIMIT), "exclude_reblogs": "true", **cursor}
        path = f"/api/v1/accounts/{_piece(self._account.remote_id)}/statuses"
        raws = await decode(await self._call("GET", path, params=params), list[msgspec.Raw], platform=self.platform)
        return await asyncio.to_thread(wire.posts, raws, self._me)

    async def thread(self, mention: Mention) -> Thread:
        """Read the post and its context. The root's id is the thread's name on every post of it."""
        try:
            status = await self._status(mention.remote_id)
        except GoneError:
            return Thread(gone=(mention.remote_id,))
        context = await self._context(mention.remote_id)
        return await asyncio.to_thread(self._thread_of, status, context, mention)

    def _thread_of(self, status: wire.Status, context: wire.Context, asked: Mention) -> Thread:
        above = [one for _, one in wire.decoded(context.ancestors, wire.Status, "ancestors") if one]
        below = [one for _, one in wire.decoded(context.descendants, wire.Status, "descendants") if one]
        root = wire.status_id((above or [status])[0].id, self._me)
        every = {str(one.id): wire.item(one, self._me, thread=root) for one in [*above, status, *below]}
        mentions = [item.mention for item in every.values() if item.mention]
        for n, each in enumerate(mentions):
            if each.remote_id == asked.remote_id and each.kind is Kind.CONTEXT:
                mentions[n] = replace(each, kind=asked.kind)  # its notification told more than the post does
        mentions.sort(key=lambda each: each.posted_at)
        own = sorted((item.own for item in every.values() if item.own), key=lambda each: each.posted_at)
        return Thread(tuple(mentions), tuple(own))

    async def look(self, remote_ids: Sequence[str]) -> Thread:
        """Read posts again, twenty at once where the server can. Only a 404 of its own makes one gone."""
        found: dict[str, wire.Status] = {}
        gone: list[str] = []
        ids = list(dict.fromkeys(remote_ids))
        for start in range(0, len(ids), LOOK_AT_ONCE):
            some = ids[start : start + LOOK_AT_ONCE]
            found.update(await self._many_statuses(some))
            for each in some:
                if each not in found:
                    try:
                        found[each] = await self._status(each)
                    except GoneError:
                        gone.append(each)
        items = await asyncio.to_thread(lambda: [wire.item(status, self._me) for status in found.values()])
        return Thread(
            tuple(item.mention for item in items if item.mention),
            tuple(item.own for item in items if item.own),
            tuple(gone),
        )

    async def _many_statuses(self, ids: list[str]) -> dict[str, wire.Status]:
        if not self._many or len(ids) < 2:
            return {}
        try:
            response = await self._call("GET", "/api/v1/statuses", params=[("id[]", each) for each in ids])
            raws = await decode(response, list[msgspec.Raw], platform=self.platform)
        except (SignInError, NetworkError, RateLimitError, ServerError):
            raise
        except ServiceError:
            self._many = False  # before 4.3, GoToSocial and snac2: 404 or 405
            return {}
        return {name: status for name, status in wire.decoded(raws, wire.Status, "statuses") if status}

    def prepare(self, reply: Reply) -> str:
        """The Idempotency-Key: the reply's own id."""
        return msgspec.json.encode({"key": reply.id}).decode()

    async def upload(self, picture: Picture, data: bytes, *, direct: bool) -> str:
        """See `_mastodon_media`. The id holds for a day, for a post of any visibility."""
        return await media.upload(self._call, picture, data, snac=self._me.snac)

    async def send(self, reply: Reply) -> Sent:
        """POST /api/v1/statuses, once the parent is known to be there.

        snac2 publishes a reply to a missing post as a post of its own, so the parent is read first. A text
        that does not name the person would not reach them: their handle is put in front.
        """
        body = await self._body(reply)
        key = str(_settings(reply.prepared).get("key") or reply.id)
        response = await self._call(
            "POST", "/api/v1/statuses", json=body, headers={"Idempotency-Key": key}, writes=True
        )
        status = await decode(response, wire.Status, platform=self.platform)  # without an id: UncertainError
        if not str(status.id):
            raise UncertainError("Mastodon did not say where the reply is. Carelane looks before it tries again.")
        return self._sent(wire.item(status, self._me))

    async def _body(self, reply: Reply) -> dict[str, Any]:
        if not clean(reply.text).strip():
            raise RefusedError("The reply is empty. Write something, then send it.")
        parent = wire.item(await self._status(reply.to_remote_id), self._me)
        post = parent.mention or parent.own
        known = wire.known_extra(post.extra if post else "")
        seen = max(reply.visibility, Visibility(known.get("visibility", "public")), key=PUBLIC_FIRST.index)
        handle = known.get("acct") or wire.handle_of(reply.to_extra) or reply.to_handle
        text = reply.text.strip()
        if parent.own:  # a long reply goes on below itself; a private part reaches none but those whom it names
            handle = reply.to_handle if seen in (Visibility.DIRECT, Visibility.FOLLOWERS) else ""
        handle = words.short(handle, self._me.handle)
        if handle and not words.names(text, handle, self._me.handle):
            text = f"{handle} {text}"
        spoiler = clean(reply.spoiler).strip()  # the parent's, unless a person chose another or none
        limit = self.capabilities.max_graphemes
        length = words.counted(spoiler + text, self._url_length)
        if length > limit:
            raise RefusedError(
                f"The reply is {length} characters long, with the name it begins with. "
                f"Your server takes {limit}. Shorten it, then send it again."
            )
        body: dict[str, Any] = {"status": text, "in_reply_to_id": reply.to_remote_id, "visibility": wire.WORDS[seen]}
        if known.get("language"):
            body["language"] = known["language"]
        if spoiler:
            body["spoiler_text"] = spoiler
        if pictures := media.ids(reply):
            body["media_ids"] = pictures
            body["sensitive"] = bool(spoiler)  # the warning is for the pictures too
        return body

    async def find(self, reply: Reply) -> Sent | None:
        """Look below the parent, then among our own newest posts: direct ones may be in the first alone.

        Compares the parent and the words, not the mark-up; an equal reply from before this one was written
        is not ours. Raises `UncertainError` when it would have to read too far to be sure.
        """
        gone = False
        found: list[wire.Item] = []
        try:
            context = await self._context(reply.to_remote_id)
            found = await asyncio.to_thread(wire.posts, context.descendants, self._me)
        except GoneError:
            gone = True
        if sent := self._ours(found, reply, gone):
            return sent
        cursor: dict[str, str] = {}
        for _ in range(FIND_PAGES):
            found = await self._own_posts(cursor)
            if sent := self._ours(found, reply, gone):
                return sent
            last = found[-1] if found else None
            if last is None or {"max_id": last.id} == cursor or self._older(last.at, reply):
                return None
            cursor = {"max_id": last.id}
        raise UncertainError("There are too many newer posts to be sure that this reply is not among them.")

    def _older(self, at: datetime | None, reply: Reply) -> bool:
        """By our clock. What a server ahead of us says of the last minutes was drawn back to now as it was read."""
        if at is None or (self._ahead < -_JUST_READ and at > datetime.now(UTC) - _JUST_READ):
            return False
        return at + self._ahead < reply.created_at - SLACK

    def _ours(self, items: list[wire.Item], reply: Reply, parent_gone: bool) -> Sent | None:
        parents = {reply.to_remote_id, ""} if parent_gone else {reply.to_remote_id}
        wanted = words.essence(reply.text)
        for item in items:
            own = item.own
            if own is None or own.reply_to not in parents or self._older(own.posted_at, reply):
                continue
            if words.essence(own.text) == wanted:
                return self._sent(item)
        return None

    def _sent(self, item: wire.Item) -> Sent:
        post = item.own or item.mention
        assert post is not None
        return Sent(post.remote_id, post.posted_at, post.url, post.extra)

    async def _status(self, remote_id: str) -> wire.Status:
        response = await self._call("GET", f"/api/v1/statuses/{_piece(remote_id)}")
        return await decode(response, wire.Status, platform=self.platform)

    async def _context(self, remote_id: str) -> wire.Context:
        response = await self._call("GET", f"/api/v1/statuses/{_piece(remote_id)}/context")
        return await decode(response, wire.Context, platform=self.platform)

    async def _call(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **more: Any) -> Response:
        response = await self._http.send(
            method,
            self._base + path,
            account=self._account.id,
            platform=self.platform,
            home=self._base,
            headers={"Authorization": f"Bearer {self._token}", **self._always, **(headers or {})},
            errors=wire.error_of,
            **more,
        )
        self._ahead = response.ahead(self._ahead)
        return response


def _settings(text: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(text or "{}", type=dict[str, Any])
    except msgspec.DecodeError:
        return {}


def _whole(value: object, default: int) -> int:
    return value if isinstance(value, int) and value > 0 else default


def _piece(remote_id: str) -> str:
    return quote(remote_id, safe="")


CONNECTOR = MastodonConnector
