"""Threads: mentions, replies and search; a reply is published in two steps.

Calls as in Meta's own collection for the Threads API (github.com/fbsamples/threads_api, January 2026) and the pages of
developers.facebook.com/docs/threads that are named where a fact is used.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from app.connectors import _meta_graph as graph
from app.connectors import _meta_pull as reading
from app.connectors import _threads_sign_in as signing
from app.connectors import _threads_wire as wire
from app.connectors._threads_pull import POSTS_BACK, Reader
from app.connectors.base import (
    Authorization,
    Basics,
    Capabilities,
    Idempotency,
    Meter,
    SaveSecret,
    SignInField,
    SignInForm,
    Thread,
)
from app.domain import Account, Identity, Kind, Mention, OwnPost, Page, Reply, Sent, Visibility
from app.errors import GoneError, InputError, RefusedError, SignInError, UncertainError
from app.http import Http
from app.search_stream import Query
from app.text import clean

STREAMS = ("mentions", "replies", "own")
VERSION = "v1.0"
REPLIES, SEARCHES = "replies", "searches"
READY_TRIES, READY_WAIT = 10, 1.0  # a text is ready at once as a rule
FIND_PAGES = 10
SLACK = timedelta(minutes=2)
_STATUS = "id,status,error_message"


class ThreadsConnector(Basics):
    """One profile."""

    platform: ClassVar[str] = "threads"
    title: ClassVar[str] = "Threads"
    form: ClassVar[SignInForm] = SignInForm(
        fields=(
            SignInField("token", "Access token", secret=True, optional=True,
                        hint="Only if the browser cannot be used: a long-lived token from the app's User Token"
                             " Generator."),
        ),
        can=(
            "read posts that mention you and the replies to your posts",
            "search public posts for your name",
            "post replies that you send, and hide spam below your posts",
        ),
        never=(
            "posts on its own",
            "follows, likes, reposts or deletes",
            "sees your password: you type it on the page of Threads",
        ),
        browser=True,
        help_text="You need a Meta app of your own with the use case Threads. Your browser opens Threads; allow all"
                  " that is asked. Then copy the address that the browser ends at, and paste it.",
        help_url="https://developers.facebook.com/docs/threads/get-started/",
        app=signing.APP,
        redirect=signing.REDIRECT,
    )  # fmt: skip

    def __init__(self, account: Account, secret: dict[str, str], http: Http, save_secret: SaveSecret) -> None:
        """`save_secret` keeps the token that is renewed once a month."""
        self._account, self._http = account, http
        self._signing = signing.Living(http, account, secret, save_secret)
        self._me = wire.Me(account.id, account.handle.lstrip("@"))
        self._calls = graph.Graph(http, account, "Threads", VERSION, self._signing.token, in_params=True)
        self._reader = Reader(self._calls, self._me)
        self._containers: dict[str, tuple[str, str]] = {}  # id and text, by the reply whose publishing is uncertain
        self.capabilities = Capabilities(
            name="Threads",
            streams=STREAMS,
            idempotency=Idempotency.LOOK,
            max_graphemes=wire.MOST,
            history_days=30,
            kinds=(Kind.MENTION, Kind.REPLY, Kind.COMMENT),
            hides=True,
            searches=frozenset({"words", "phrases", "handles", "hashtags"}),
            meters=(
                # retrieve-and-manage-replies and keyword-search, read on 24 November 2026
                Meter(REPLIES, "Replies in 24 hours", "24h", 1000.0),
                Meter(SEARCHES, "Searches in 24 hours", "24h", 2200.0),
                *graph.METERS,
            ),
            notes=(
                "Threads has no direct messages for other programs, and no likes.",
                f"Replies to posts of yours that are older than {POSTS_BACK.days} days are not read. Mentions are.",
                "Replies to posts older than three days are read once an hour.",
                "Until Meta approves your app, it sees mentions by people whom you invited as testers alone, and"
                " searches your own posts alone.",
                "Posts of private profiles are not told.",
                "Threads does not say when a post was edited; Carelane notices the new words.",
            ),
        )

    # --- signing in ----------------------------------------------------------------------------

    @classmethod
    async def sign_in(cls, http: Http, fields: Mapping[str, str]) -> Identity:
        """Sign in with a pasted long-lived token."""
        return await signing.pasted(http, fields)

    @classmethod
    async def begin(cls, http: Http, fields: Mapping[str, str], redirect_uri: str) -> Authorization:
        """Start in the browser, with the person's own app."""
        return signing.begin(fields, redirect_uri)

    @classmethod
    async def finish(cls, http: Http, authorization: Authorization, code: str) -> Identity:
        """Trade the code for a token of an hour, and that one for a token of sixty days."""
        return await signing.finish(http, authorization, code)

    async def check(self) -> str:
        """Ask whose token this is, and how many replies were published."""
        who = await self._calls.get("me", wire.Profile, fields="id,username")
        if who.id != self._account.remote_id:
            raise SignInError("This sign-in belongs to another profile. Sign in again.")
        quotas = await self._calls.get(
            "me/threads_publishing_limit", wire.Quotas, fields="reply_quota_usage,reply_config"
        )
        for quota in quotas.data:
            self._http.level(self._account.id, REPLIES, quota.reply_quota_usage)
        return ""

    async def close(self) -> None:
        """Wait for a renewal that is on its way."""
        await self._signing.close()

    # --- reading -------------------------------------------------------------------------------

    async def pull(self, stream: str, mark: str | None, *, since: datetime) -> AsyncIterator[Page]:
        """Read what is new; see `_meta_pull` for marks and gaps."""
        reading.check_stream("Threads", stream, STREAMS)
        fetch = {"mentions": self._reader.mentions, "replies": self._reader.replies, "own": self._reader.own}[stream]
        async for page in reading.sweep(fetch, stream, mark, since, self._calls.now):
            yield page

    async def search(self, query: Query, mark: str | None, *, since: datetime) -> AsyncIterator[Page]:
        """GET /keyword_search, a call for each word, phrase, handle and hashtag. Calls without a result are free."""
        terms = [("KEYWORD", each.lstrip("@")) for each in (*query.words, *query.phrases, *query.handles)]
        terms += [("TAG", each.lstrip("#")) for each in query.hashtags]

        async def fetch(at: reading.Mark) -> reading.Batch:
            self._http.afford(self._account.id, SEARCHES)
            batch = await self._reader.search(terms, at)
            if batch.mentions:
                self._http.spend(self._account.id, SEARCHES)
            return batch

        if terms:
            async for page in reading.sweep(fetch, "search", mark, since, self._calls.now):
                yield page

    async def thread(self, mention: Mention) -> Thread:
        """The answer to our post that began it and all below; for a mention elsewhere the post and our replies."""
        try:
            asked = await self._post(mention.remote_id)
        except GoneError:
            return Thread(gone=(mention.remote_id,))
        under, now = graph.known(mention.extra).get("root", ""), self._calls.now()
        found: dict[str, wire.Post] = {}
        top = None
        if under and mention.kind in (Kind.REPLY, Kind.COMMENT):
            try:
                top = await self._post(under)
                found = await self._reader.under(under, "conversation") if wire.ours(top, self._me) else {}
            except (GoneError, RefusedError):
                found = {}
        if mention.remote_id not in found:
            return await self._around(asked, mention)
        branch = _first(found[mention.remote_id], found, under)
        some = [each for each in found.values() if _first(each, found, under) == branch]
        items = [wire.item(each, self._me, Kind.COMMENT, now, under=under, top=branch) for each in some]
        own = [each for each in items if isinstance(each, OwnPost)]
        others = [_as_asked(each, mention) for each in items if isinstance(each, Mention)]
        first = wire.item(top, self._me, Kind.CONTEXT, now, top=branch) if top is not None else None
        if isinstance(first, OwnPost):
            own.append(first)
        return Thread(_ordered(others), _own(own))

    async def _around(self, asked: wire.Post, mention: Mention) -> Thread:
        now = self._calls.now()
        own = [
            each
            async for post, each in self._ours_since(self._calls.by_our_clock(mention.posted_at) - SLACK)
            if wire.parent(post) == mention.remote_id
        ]
        found = wire.item(asked, self._me, mention.kind, now, top=mention.thread)
        return Thread((_as_asked(found, mention),) if isinstance(found, Mention) else (), _own(own))

    async def _ours_since(self, since: datetime) -> AsyncIterator[tuple[wire.Post, OwnPost]]:
        """Our replies, newest first, down to `since` by our clock. Raises `UncertainError` where these are too many."""
        after = ""
        for _ in range(FIND_PAGES):
            listing = await self._reader.ours(after)
            now = self._calls.now()
            for raw in listing.data:
                post = wire.read(raw)
                if post is None:
                    continue
                if self._calls.by_our_clock(wire.when(post, now)) < since:
                    return
                found = wire.item(post, self._me, Kind.REPLY, now)
                if isinstance(found, OwnPost):
                    yield post, found
            after = listing.after(50)
            if not after:
                return
        raise UncertainError("There are too many newer replies to be sure that this one is not among them.")

    async def look(self, remote_ids: Sequence[str]) -> Thread:
        """Read them again."""
        mentions: list[Mention] = []
        own: list[OwnPost] = []
        gone: list[str] = []
        for each in dict.fromkeys(remote_ids):
            try:
                found = wire.item(await self._post(each), self._me, Kind.MENTION, self._calls.now())
            except GoneError:
                gone.append(each)
                continue
            if isinstance(found, OwnPost):
                own.append(found)
            else:
                mentions.append(found)
        return Thread(tuple(mentions), tuple(own), tuple(gone))

    async def _post(self, remote_id: str) -> wire.Post:
        return await self._calls.get(graph.piece(remote_id), wire.Post, fields=wire.POST)

    # --- answering -----------------------------------------------------------------------------

    def prepare(self, reply: Reply) -> str:
        """Nothing can be chosen ahead: the container's id is Threads' own. See `find`."""
        return "{}"

    async def send(self, reply: Reply) -> Sent:
        """Make a container, wait until it is ready, publish it. Only the last step can be uncertain.

        A container whose publishing was uncertain is published again, since one container is one post (unchecked
        where the first publishing is still under way; `find` has looked for its post before).
        """
        if reply.visibility is Visibility.DIRECT:
            raise RefusedError("Threads takes no direct messages from other programs. Answer in public, or in its app.")
        text = reply.text.strip()
        if not clean(text):
            raise RefusedError("The reply is empty. Write something, then send it.")
        count = wire.counted(text)
        if count > wire.MOST:
            raise RefusedError(
                f"The reply is {count} characters long as Threads counts (an emoji counts four), and it takes"
                f" {wire.MOST}. Shorten it, then send it again."
            )
        self._http.afford(self._account.id, REPLIES, writes=True)
        container, written = self._containers.pop(reply.id, ("", ""))
        if written != text or not await self._ready(container):
            form = {"media_type": "TEXT", "text": text, "reply_to_id": reply.to_remote_id}
            container = (await self._calls.post("me/threads", graph.Named, form=form, writes=False)).id
            await self._ready(container)
        try:
            done = await self._calls.post("me/threads_publish", graph.Named, form={"creation_id": container})
            if not done.id:
                raise UncertainError("Threads did not say where the reply is. Carelane looks before it tries again.")
        except UncertainError:
            self._containers[reply.id] = (container, text)
            raise
        self._http.spend(self._account.id, REPLIES)
        return Sent(done.id, self._calls.now(), extra=graph.packed(parent=reply.to_remote_id))

    async def _ready(self, container: str) -> bool:
        """Whether it can be published. Raises `RefusedError` where Threads could not make it."""
        for _ in range(READY_TRIES):
            try:
                found = await self._container(container)
            except GoneError:
                return False
            if found.status == "ERROR":
                said = clean(found.error_message or "").rstrip(".")
                raise RefusedError(f"Threads refused this{f': {said}' if said else ''}. Change it, then send it again.")
            if found.status != "IN_PROGRESS":
                return found.status != "EXPIRED"
            await asyncio.sleep(READY_WAIT)
        raise RefusedError("Threads is not done with this reply. Nothing was published. Send it again in a minute.")

    async def _container(self, container: str) -> wire.Container:
        return await self._calls.get(graph.piece(container), wire.Container, fields=_STATUS)

    async def find(self, reply: Reply) -> Sent | None:
        """Ask the container whether it was published, and look among our replies for the parent and the words.

        The container's id is kept while Carelane runs; after a restart the looking alone decides.
        """
        status = ""
        if reply.id in self._containers:
            try:
                status = (await self._container(self._containers[reply.id][0])).status or ""
            except GoneError:
                del self._containers[reply.id]
        wanted = clean(reply.text)
        async for post, own in self._ours_since(reply.created_at - SLACK):
            if wire.parent(post) == reply.to_remote_id and clean(own.text) == wanted:
                self._containers.pop(reply.id, None)
                return Sent(own.remote_id, own.posted_at, own.url, own.extra)
        if status == "PUBLISHED":
            raise UncertainError("Threads says that the reply was published, but does not show it yet. Look there.")
        return None

    async def hide(self, mention: Mention, hidden: bool) -> None:
        """POST /{reply}/manage_reply; what is below it is hidden with it."""
        if mention.kind not in (Kind.REPLY, Kind.COMMENT):
            raise InputError("Threads hides replies below your own posts alone.")
        form = {"hide": "true" if hidden else "false"}
        await self._calls.post(f"{graph.piece(mention.remote_id)}/manage_reply", graph.Done, form=form, writes=False)

    async def revoke(self) -> None:
        """Threads cannot be told. People take access away in its settings, at Website permissions."""


def _as_asked(found: Mention, asked: Mention) -> Mention:
    """The one that was asked for stays what it was: its stream told more than the post does."""
    return wire.same(found, asked) if found.remote_id == asked.remote_id else found


def _first(post: wire.Post, known: Mapping[str, wire.Post], under: str) -> str:
    """The direct answer to `under` that `post` belongs to, as far as the way up is known."""
    for _ in range(len(known)):
        above = wire.parent(post)
        if above == under or above not in known:
            break
        post = known[above]
    return post.id


def _ordered(mentions: list[Mention]) -> tuple[Mention, ...]:
    return tuple(sorted(mentions, key=lambda each: each.posted_at))


def _own(own: list[OwnPost]) -> tuple[OwnPost, ...]:
    return tuple(sorted({each.remote_id: each for each in own}.values(), key=lambda each: each.posted_at))


CONNECTOR = ThreadsConnector
