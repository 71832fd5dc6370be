"""YouTube: comments on the videos of one channel.

developers.google.com/youtube/v3 (commentThreads, comments, determine_quota_cost). A project has 10,000 units a day for
all who sign in through it: a page of comments costs 1, an answer or hiding 50. A search for videos costs 100, so that
a search stream alone would use the day up in hours: none is offered.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

import msgspec

from app.connectors import _google_pull as reading
from app.connectors import _google_sign_in as signing
from app.connectors import _youtube_wire as wire
from app.connectors._google_session import (
    PACIFIC,
    Json,
    Reasons,
    Session,
    errors_of,
    object_at,
    objects,
    texts,
)
from app.connectors.base import (
    Authorization,
    Basics,
    Capabilities,
    Idempotency,
    Meter,
    SaveSecret,
    SignInForm,
    Thread,
)
from app.domain import Account, Identity, Kind, Mention, OwnPost, Page, Reply, Sent
from app.errors import ForbiddenError, GoneError, InputError, RefusedError, ServiceError, SignInError, UncertainError
from app.http import Http, decode
from app.text import clean

NAME = "YouTube"
API = "https://youtube.googleapis.com"
SCOPE = "https://www.googleapis.com/auth/youtube.force-ssl"
LONGEST = 10_000  # characters; unchecked: a longer one is refused with commentTextTooLong
READ, WRITE = 1, 50  # units
OVERLAP = timedelta(hours=1)
DEEP = timedelta(hours=1)  # so often older threads are looked at for new replies, since these do not move to the top
HELD_EVERY = 600.0  # seconds between two looks at what is held for review
REPLY_PAGES = 10
LOOK_AT_ONCE = 50
SLACK = timedelta(minutes=2)  # between our clock and YouTube's
_NO_REPLY = "YouTube takes no answers to this comment: they are switched off for the video, or for this channel."
_GONE = "YouTube no longer has this comment. It was deleted."
_OFF = "Comments are switched off for this video or channel."

_REASONS: Reasons = {
    "commentsDisabled": (ForbiddenError, _OFF),
    "parentCommentIsPrivate": (ForbiddenError, "This comment is not public, so YouTube takes no answer to it."),
    "ineligibleAccount": (ForbiddenError, "This Google account has no channel. Make one at youtube.com, then go on."),
    "operationNotSupported": (ForbiddenError, _NO_REPLY),
    "commentTextTooLong": (RefusedError, "The reply is too long for YouTube. Shorten it."),
    "commentTextRequired": (RefusedError, "The reply is empty. Write something, then send it."),
    "commentNotFound": (GoneError, _GONE),
    "parentCommentNotFound": (GoneError, _GONE),
    "commentThreadNotFound": (GoneError, _GONE),
    "videoNotFound": (GoneError, "YouTube no longer has this video."),
    "channelNotFound": (GoneError, "YouTube no longer has this channel."),
}
_ERRORS = errors_of(NAME, _REASONS)


class YouTubeConnector(Basics):
    """The comments of one channel."""

    platform: ClassVar[str] = "youtube"
    title: ClassVar[str] = NAME
    form: ClassVar[SignInForm] = SignInForm(
        fields=(),
        can=(
            "read comments on your channel's videos, also those that YouTube holds for review",
            "publish the answers that you send",
            "hold a comment for review, so that others do not see it, and publish it again",
        ),
        never=(
            "answers on its own",
            "uploads, changes or deletes videos",
            "deletes comments or rejects them for good",
            "sees your password: you type it on Google's page",
        ),
        browser=True,
        help_text=(
            "Your browser opens Google's page. Choose the Google account, and then the channel that customers comment"
            " on, and leave the box ticked."
        ),
        help_url="https://console.cloud.google.com/apis/library/youtube.googleapis.com",
        app=signing.APP,
    )

    def __init__(self, account: Account, secret: dict[str, str], http: Http, save_secret: SaveSecret) -> None:
        """`account.remote_id` is the channel's id."""
        self._account = account
        server = signing.server_of(NAME, SCOPE, account.server)
        self._session = Session(account, secret, http, save_secret, server, _ERRORS)
        self._me = wire.Me(account.id, account.remote_id)
        self._shared = _settings(account.data).get("shared") is True
        self._held_at = float("-inf")  # on the monotonic clock
        self.capabilities = Capabilities(
            name=NAME,
            streams=("comments", "held"),
            idempotency=Idempotency.LOOK,
            max_graphemes=LONGEST,
            threads=False,
            hides=True,
            history_days=30,
            kinds=(Kind.COMMENT,),
            no_reply=_NO_REPLY,
            meters=(Meter("units", "YouTube units today", "day", limit=10_000, zone=PACIFIC, shared=True),),
            notes=(
                "Your Google project has 10,000 units a day for all channels; an answer costs 50: 200 answers at most.",
                "Hiding holds a comment for review: only you see it, until you publish it again.",
                "Answering a comment that is held for review publishes it first.",
                "New replies below comments that are no longer among the newest hundred are found within the hour.",
                "There are no direct messages, and comments can be neither liked nor marked as read.",
                "Videos that talk about you elsewhere are not searched: one search costs 100 units.",
            ),
        )

    @classmethod
    async def sign_in(cls, http: Http, fields: Mapping[str, str]) -> Identity:
        """There is no password to sign in with."""
        raise InputError("YouTube is signed in to in the browser.")

    @classmethod
    async def begin(cls, http: Http, fields: Mapping[str, str], redirect_uri: str) -> Authorization:
        """With "client_id" and "client_secret"."""
        return await signing.begin(NAME, SCOPE, API, fields, redirect_uri)

    @classmethod
    async def finish(cls, http: Http, authorization: Authorization, code: str) -> tuple[Identity, ...]:
        """Every channel of this sign-in, mostly the one that was chosen."""
        token, secret = await signing.finish(http, NAME, SCOPE, authorization, code)
        base = authorization.data["base"]
        answer = await decode(
            await http.send(
                "GET", f"{base}/youtube/v3/channels", platform=NAME, errors=_ERRORS, home=base,
                params={"part": "snippet", "mine": "true", "maxResults": "50"},
                headers={"Authorization": f"Bearer {token}"},
            ), Json, platform=NAME,
        )  # fmt: skip
        found = [one for one in objects(answer, "items") if texts(one, "id")]
        if not found:
            raise SignInError("This Google account has no YouTube channel. Sign in with the one that has.")
        data = msgspec.json.encode({"shared": len(found) > 1}).decode()
        return tuple(_identity(one, base, secret, data) for one in found)

    async def check(self) -> str:
        """Ask which channels this sign-in has."""
        answer = await self._get("channels", {"part": "id", "mine": "true", "maxResults": "50"})
        if self._me.channel not in [texts(one, "id") for one in objects(answer, "items")]:
            raise SignInError("This sign-in belongs to another channel. Sign in again, and choose this one.")
        return ""

    async def close(self) -> None:
        """Wait for a renewal that is under way."""
        await self._session.keeper.close()

    async def revoke(self) -> None:
        """Only where no other channel lives by the same sign-in."""
        if not self._shared:
            await self._session.revoke()

    async def _get(self, what: str, params: Mapping[str, str]) -> Json:
        return await self._session.json("GET", f"/youtube/v3/{what}", params=params, cost=READ)

    # --- reading -----------------------------------------------------------------------------------

    async def pull(self, stream: str, mark: str | None, *, since: datetime) -> AsyncIterator[Page]:
        """Threads by the time of their first comment; "held" are those that nobody else sees yet."""
        if stream not in self.capabilities.streams:
            raise InputError(f"YouTube has no stream named {stream}.")
        if stream == "held":
            if time.monotonic() - self._held_at < HELD_EVERY:
                return
            self._held_at = time.monotonic()

        async def fetch(token: str, notes: dict[str, int]) -> reading.Batch:
            return await self._fetch(stream, token, notes)

        listed = reading.List(stream, fetch, OVERLAP, "Look at studio.youtube.com.", DEEP)
        async for page in reading.pull(listed, mark, since):
            yield page

    async def _fetch(self, stream: str, token: str, notes: dict[str, int]) -> reading.Batch:
        held = stream == "held"
        params = {
            "part": "snippet,replies", "allThreadsRelatedToChannelId": self._me.channel, "maxResults": "100",
            "order": "time", "textFormat": "plainText",
        }  # fmt: skip
        params |= ({"moderationStatus": "heldForReview"} if held else {}) | ({"pageToken": token} if token else {})
        answer = await self._get("commentThreads", params)
        found = reading.Batch(token=texts(answer, "nextPageToken"))
        listed = answer.get("items")
        for entry in listed if isinstance(listed, list) else []:
            said = object_at(entry, "snippet")
            top = said.get("topLevelComment")
            at = wire.posted_at(top)
            if at is None or not texts(entry, "id") or not texts(top, "id"):
                found.damaged.append(texts(entry, "id"))
                continue
            found.times.append(at)
            replies = await self._replies_of(entry, notes, whole=not held)
            # a thread may be in "held" for the sake of a single reply: each comment tells where it stands
            top_held = held and texts(top, "snippet", "moderationStatus") in ("", "heldForReview")
            more: Json = {"video": texts(said, "videoId"), "no_reply": said.get("canReply") is False}
            read = [wire.comment(top, self._me, held=top_held, **more)]
            read += [wire.comment(one, self._me, **more) for one in replies]
            found.mentions += [one for one in read if isinstance(one, Mention)]
            found.own += [one for one in read if isinstance(one, OwnPost)]
        return found

    async def _replies_of(self, entry: Json, notes: dict[str, int], *, whole: bool) -> list[Json]:
        """Those that came with the thread, or all where more have come since the last time."""
        given, id_ = objects(entry, "replies", "comments"), texts(entry, "id")
        total = object_at(entry, "snippet").get("totalReplyCount")
        if not whole or type(total) is not int or total <= len(given) or notes.get(id_) == total:
            return given
        replies = await self._replies(id_)
        notes[id_] = total
        return replies

    async def _replies(self, root: str) -> list[Json]:
        params = {"part": "snippet", "parentId": root, "maxResults": "100", "textFormat": "plainText"}
        found: list[Json] = []
        token = ""
        for _ in range(REPLY_PAGES):
            answer = await self._get("comments", params | ({"pageToken": token} if token else {}))
            found += objects(answer, "items")
            token = texts(answer, "nextPageToken")
            if not token:
                break
        return found

    async def _comments(self, ids: Sequence[str]) -> dict[str, Json]:
        found: dict[str, Json] = {}
        for start in range(0, len(ids), LOOK_AT_ONCE):
            some = ",".join(ids[start : start + LOOK_AT_ONCE])
            answer = await self._get("comments", {"part": "snippet", "id": some, "textFormat": "plainText"})
            found |= {texts(one, "id"): one for one in objects(answer, "items")}
        return found

    async def thread(self, mention: Mention) -> Thread:
        """The first comment and all replies."""
        root = wire.extra_of(mention.extra).root or wire.root_of(mention.remote_id)
        asked = list(dict.fromkeys([root, mention.remote_id]))
        found = await self._comments(asked)
        if mention.remote_id not in found:
            return Thread(gone=(mention.remote_id,))
        found |= {texts(one, "id"): one for one in await self._replies(root)}
        return self._thread(list(found.values()))

    async def look(self, remote_ids: Sequence[str]) -> Thread:
        """Read comments again, fifty at once; what does not come is no longer there."""
        asked = list(dict.fromkeys(remote_ids))
        found = await self._comments(asked)
        shown = self._thread(list(found.values()))
        return Thread(shown.mentions, shown.own, tuple(one for one in asked if one not in found))

    def _thread(self, entries: Sequence[Json]) -> Thread:
        read = [wire.comment(one, self._me) for one in entries]
        return Thread(
            tuple(sorted((one for one in read if isinstance(one, Mention)), key=lambda one: one.posted_at)),
            tuple(sorted((one for one in read if isinstance(one, OwnPost)), key=lambda one: one.posted_at)),
        )

    # --- answering ---------------------------------------------------------------------------------

    def prepare(self, reply: Reply) -> str:
        """Nothing is chosen beforehand: YouTube takes no key."""
        return "{}"

    async def send(self, reply: Reply) -> Sent:
        """Hang it on the thread's first comment; who is answered below it is named in front, as YouTube does."""
        extra, text = wire.extra_of(reply.to_extra), reply.text.strip()
        root = extra.root or wire.root_of(reply.to_remote_id)
        if not text:
            raise RefusedError("The reply is empty. Write something, then send it.")
        if extra.no_reply:
            raise ForbiddenError(_NO_REPLY, code="operationNotSupported")
        if "." in reply.to_remote_id and reply.to_handle.startswith("@") and reply.to_handle not in text:
            text = f"{reply.to_handle} {text}"
        if len(text) > LONGEST:
            raise RefusedError(f"The reply has {len(text)} characters. YouTube takes {LONGEST}. Shorten it.")
        if extra.held:
            await self._moderate(reply.to_remote_id, "published")
        body = {"snippet": {"parentId": root, "textOriginal": text}}
        answer = await self._session.json(
            "POST", "/youtube/v3/comments", params={"part": "snippet"}, json=body, cost=WRITE, writes=True
        )  # fmt: skip
        own = wire.comment(answer, self._me)
        if own is None:
            raise UncertainError("YouTube did not say where the reply is. Carelane looks before it tries again.")
        return self._sent(own)

    def _sent(self, own: Mention | OwnPost) -> Sent:
        return Sent(own.remote_id, own.posted_at, own.url, own.extra)

    async def find(self, reply: Reply) -> Sent | None:
        """Look among our own words below the same comment; an equal answer from before this one is not ours."""
        root = wire.extra_of(reply.to_extra).root or wire.root_of(reply.to_remote_id)
        wanted = wire.essence(reply.text)
        try:
            replies = await self._replies(root)
        except GoneError:
            return None
        # what lies ahead of our clock was drawn back to now as it was read
        earliest = reply.created_at - SLACK - max(self._session.ahead, timedelta())
        for one in self._thread(replies).own:
            if one.posted_at >= earliest and wire.essence(one.text) == wanted:
                return self._sent(one)
        return None

    async def hide(self, mention: Mention, hidden: bool) -> None:
        """Hold it for review: nobody but the channel sees it. "rejected" cannot be found again, so it is not used."""
        await self._moderate(mention.remote_id, "heldForReview" if hidden else "published")

    async def _moderate(self, comment: str, status: str) -> None:
        params = {"id": comment, "moderationStatus": status}
        path = "/youtube/v3/comments/setModerationStatus"
        try:
            await self._session.call("POST", path, params=params, cost=WRITE, writes=True)
        except UncertainError as error:  # it may be done twice
            raise ServiceError(
                "YouTube did not confirm this. Look at studio.youtube.com, and try again.", status=error.status
            ) from error  # fmt: skip


def _identity(channel: Json, base: str, secret: dict[str, str], data: str) -> Identity:
    said = object_at(channel, "snippet")
    title = clean(texts(said, "title")) or texts(channel, "id")
    picture = texts(said, "thumbnails", "default", "url")
    return Identity(
        texts(channel, "id"), clean(texts(said, "customUrl")) or title, title, base, dict(secret),
        picture if picture.startswith("https://") else "", data,
    )  # fmt: skip


def _settings(text: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(text or "{}", type=dict[str, Any])
    except msgspec.DecodeError:
        return {}


CONNECTOR = YouTubeConnector
