"""Bluesky, on any server of the AT Protocol.

Facts: the lexicons app.bsky.*, com.atproto.* and chat.bsky.convo.* (bluesky-social/atproto), and what the
reference servers @atproto/pds 0.5.35 and @atproto/bsky 0.0.280 were seen to do.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import msgspec
from msgspec.structs import replace

from app.connectors import _bluesky_chat as chat
from app.connectors import _bluesky_deeds as deeds
from app.connectors import _bluesky_media as media
from app.connectors import _bluesky_pull as reading
from app.connectors import _bluesky_search as searching
from app.connectors._bluesky_items import Json, Reader, dict_at, each, extra_of, list_at, moment, object_of, text_at
from app.connectors._bluesky_session import DM_NEEDS, Session
from app.connectors._bluesky_signin import sign_in
from app.connectors._bluesky_text import at_uri, facets, new_tid, post_uri, spans, stamp, tid_time, web_url
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
from app.domain import Account, Identity, Kind, Mention, OwnPost, Page, Picture, Reply, Sent, Visibility
from app.errors import ForbiddenError, GoneError, InputError, RefusedError, ServerError
from app.http import Http
from app.search_stream import Query
from app.text import graphemes

POST = reading.POST
MAX_GRAPHEMES, MAX_BYTES = 300, 3000  # lexicon app.bsky.feed.post
_NO_CHAT_FOR = 600.0  # seconds before a missing message service is asked again
_BROWSER = "Bluesky signs in with a handle and an app password."
_NO_PICTURES = "Direct messages on Bluesky take no pictures. Send this reply without them."
_CHAT_SILENT = "Direct messages cannot be read at the moment: Bluesky's message service does not answer."


class BlueskyConnector(Basics):
    """One account on Bluesky."""

    platform: ClassVar[str] = "bluesky"
    form: ClassVar[SignInForm] = SignInForm(
        fields=(
            SignInField("handle", "Handle", placeholder="maplerye.bsky.social"),
            SignInField(
                "password",
                "App password",
                placeholder="xxxx-xxxx-xxxx-xxxx",
                secret=True,
                hint="Not your main password. Make one at Settings, Privacy and security, App passwords.",
            ),
            SignInField(
                "server",
                "Server",
                placeholder="found from your handle",
                hint="Only if your account is on a server of your own that cannot be found from the handle.",
                optional=True,
            ),
        ),
        can=(
            "read mentions, replies and quotes",
            "post replies that you send",
            "read and answer direct messages, if the app password allows it",
        ),
        never=(
            "posts on its own",
            "follows, likes or deletes unasked",
            "sends your password anywhere else, or keeps it",
        ),
        help_text="Open that page",
        help_url="https://bsky.app/settings/app-passwords",
    )

    def __init__(self, account: Account, secret: dict[str, str], http: Http, save_secret: SaveSecret) -> None:
        """`secret` holds "access" and "refresh"; both change whenever the session is renewed."""
        data = object_of(account.data)
        server = text_at(data, "pds") or account.server
        # a server that was typed in may be on this computer or in this house, one that was found may not
        home = server if data.get("typed") else ""
        self._session = Session(http, server, secret, save_secret, account=account.id, home=home)
        self._reader = Reader(account.id, account.remote_id, account.handle)
        self._chat = chat.Chat(self._session, self._reader)
        self._dm = data.get("dm") is not False
        self._no_chat_until = 0.0
        self._dids: dict[str, str] = {}
        self.capabilities = Capabilities(
            name="Bluesky",
            streams=("notifications", "own", "messages"),
            idempotency=Idempotency.RECORD,
            max_graphemes=MAX_GRAPHEMES,
            max_bytes=MAX_BYTES,
            max_graphemes_direct=chat.MAX_GRAPHEMES,
            max_bytes_direct=chat.MAX_BYTES,
            private_reply=self._dm,
            direct_messages=self._dm,
            kinds=(Kind.MENTION, Kind.REPLY, Kind.QUOTE, *((Kind.MESSAGE,) if self._dm else ())),
            likes=True,
            marks_read=True,
            searches=searching.FIELDS,
            meters=deeds.METERS,
            notes=(deeds.NOTE, *(() if self._dm else (DM_NEEDS,))),
            **media.ABILITIES,
        )

    # --- signing in --------------------------------------------------------------------------------

    @classmethod
    async def sign_in(cls, http: Http, fields: Mapping[str, str]) -> Identity:
        """Sign in with "handle", "password" and perhaps "server"; the password is not kept."""
        return await sign_in(http, fields)

    @classmethod
    async def begin(cls, http: Http, fields: Mapping[str, str], redirect_uri: str) -> Authorization:
        """Not offered: always `InputError`."""
        raise InputError(_BROWSER)

    @classmethod
    async def finish(cls, http: Http, authorization: Authorization, code: str) -> Identity:
        """Not offered: always `InputError`."""
        raise InputError(_BROWSER)

    async def check(self) -> str:
        """Ask for the session, then whether direct messages can be read."""
        found = await self._session.get("com.atproto.server.getSession")
        if found.get("active") is False:
            taken = text_at(found, "status") in ("takendown", "suspended")
            said = "Bluesky has taken this account down" if taken else "This Bluesky account is not active"
            raise ForbiddenError(f"{said}. Sign in at bsky.app to see why.", code=text_at(found, "status"))
        if not self._dm:
            return DM_NEEDS
        try:
            await self._chat.probe()
        except (ForbiddenError, ServerError) as error:
            if not chat.absent(error):
                raise
            return DM_NEEDS if error.code == "BadTokenMethod" else _CHAT_SILENT
        return ""

    # --- reading -----------------------------------------------------------------------------------

    async def pull(self, stream: str, mark: str | None, *, since: datetime) -> AsyncIterator[Page]:
        """Read a stream newest first; its last page carries the mark."""
        if stream == "notifications":
            pages = reading.notifications(self._session, self._reader, mark, since)
        elif stream == "own":
            pages = reading.own_posts(self._session, self._reader, mark, since)
        elif stream == "messages":
            pages = self._messages(mark, since)
        else:
            raise ValueError(f"no such stream: {stream}")
        async for page in pages:
            yield page

    async def _messages(self, mark: str | None, since: datetime) -> AsyncIterator[Page]:
        """Yield direct messages, and nothing where there are none to be had.

        A service that once answered and now does not is an error, since silence would look like quiet.
        """
        if not self._dm or time.monotonic() < self._no_chat_until:
            return
        try:
            async for page in self._chat.pull(mark, since):
                yield page
        except (ForbiddenError, ServerError) as error:
            if not chat.absent(error) or (mark is not None and isinstance(error, ServerError)):
                raise
            self._no_chat_until = time.monotonic() + _NO_CHAT_FOR

    async def like(self, mention: Mention, liked: bool) -> None:
        """Like the post, or take that back."""
        await deeds.like(self._session, mention, self._reader.did, liked)

    async def mark_read(self, mention: Mention) -> None:
        """Move the mark of the conversation or of the notifications; never back."""
        await deeds.mark_read(self._session, mention)

    async def search(self, query: Query, mark: str | None, *, since: datetime) -> AsyncIterator[Page]:
        """Search the network; see `_bluesky_search`."""
        async for page in searching.search(self._session, self._reader, query, mark, since):
            yield page

    async def thread(self, mention: Mention) -> Thread:
        """Read the tree from its root; where the post is not in it (root gone, tree cut), around the post too."""
        convo, _ = chat.ids_of(mention.remote_id)
        if convo:
            return await self._chat.thread(convo, mention.posted_at - timedelta(days=30))
        uri = mention.remote_id
        root = mention.thread if at_uri(mention.thread) else uri
        tree = await reading.tree(self._session, root)
        posts = dict(tree or {})
        if uri not in posts and uri != root:
            tree = await reading.tree(self._session, uri)
            posts |= tree or {}
        gone = (uri,) if tree is None else ()
        read = await asyncio.to_thread(self._read, list(posts.values()))
        kinds = {uri: mention.kind}
        mentions = [
            replace(one, kind=kinds.get(one.remote_id, one.kind)) if one.kind is Kind.CONTEXT else one
            for one in read.mentions
        ]
        return Thread(tuple(mentions), read.own, gone)

    async def look(self, remote_ids: Sequence[str]) -> Thread:
        """Read posts 25 a call. An edit shows within a second; what is missing from the answer is gone."""
        uris = list(dict.fromkeys(one for one in remote_ids if at_uri(one)))
        posts = await reading.posts_by_uri(self._session, uris)
        read = await asyncio.to_thread(self._read, list(posts.values()))
        gone = [uri for uri in uris if uri not in posts and not await self._is_held(uri)]
        messages = [one for one in remote_ids if chat.ids_of(one)[0]]
        said = await self._chat.look(messages) if messages and self._dm else Thread()
        return Thread((*read.mentions, *said.mentions), (*read.own, *said.own), (*gone, *said.gone))

    def _read(self, posts: list[Json]) -> Thread:
        mentions: list[Mention] = each((one for one in posts if not self._is_own(one)), self._reader.mention)
        own: list[OwnPost] = each((one for one in posts if self._is_own(one)), self._reader.own)
        mentions.sort(key=lambda one: one.posted_at)
        own.sort(key=lambda one: one.posted_at)
        return Thread(tuple(mentions), tuple(own))

    def _is_own(self, view: Json) -> bool:
        return self._reader.is_ours(text_at(view, "uri"))

    # --- sending -----------------------------------------------------------------------------------

    def prepare(self, reply: Reply) -> str:
        """Choose the record key, so that trying again cannot make a second post, and the time in the record."""
        created = stamp(datetime.now(UTC))
        return msgspec.json.encode({"rkey": new_tid(), "createdAt": created}).decode()

    async def upload(self, picture: Picture, data: bytes, *, direct: bool) -> str:
        """Hand the picture over as a blob; direct messages take none."""
        if direct:
            raise RefusedError(_NO_PICTURES)
        return msgspec.json.encode({"blob": await media.upload(self._session, picture, data)}).decode()

    async def send(self, reply: Reply) -> Sent:
        """Write the reply under its prepared key; a direct message goes only after a look that it is not there."""
        private = _is_private(reply)
        _check_length(reply.text, private=private)
        if private:
            if reply.pictures:
                raise RefusedError(_NO_PICTURES)
            if not self._dm:
                raise ForbiddenError(DM_NEEDS, code="BadTokenMethod")
            return await self._chat.find(reply) or await self._chat.send(reply)
        rkey, created = _prepared(reply)
        record = await self._record(reply, created)
        body: Json = {
            "repo": self._reader.did,
            "collection": POST,
            "rkey": rkey,
            "record": record,
            "validate": True,
            "swapRecord": None,  # only where there is no record yet; the same record again is no change
        }
        try:
            answer = await self._session.post("com.atproto.repo.putRecord", body)
        except RefusedError as error:
            if error.code != "InvalidSwap":
                raise
            # There is a record already: ours of an earlier try, perhaps with other facets, since a handle
            # may resolve at one time and not at another.
            held = await self._get_record(rkey)
            same = ("text", "createdAt")
            if held is None or any(dict_at(held, "value").get(key) != record[key] for key in same):
                raise
            return self._sent(held, rkey, created, dict_at(held, "value"))
        return self._sent(answer, rkey, created, record)

    async def find(self, reply: Reply) -> Sent | None:
        """Ask our own repository for the key, or the conversation for the message: a certain answer."""
        if _is_private(reply):
            return await self._chat.find(reply)
        rkey, created = _prepared(reply)
        held = await self._get_record(rkey)
        return None if held is None else self._sent(held, rkey, created, dict_at(held, "value"))

    def _sent(self, answer: Json, rkey: str, created: str, record: Json) -> Sent:
        """The commit's revision is the server's own time; an answer without one changed nothing.

        With the root of the thread, since the next part of a long reply follows before the AppView knows of this one.
        """
        uri = text_at(answer, "uri") or post_uri(self._reader.did, rkey)
        at = tid_time(text_at(answer, "commit", "rev")) or moment(created) or datetime.now(UTC)
        languages = [one for one in list_at(record, "langs") if isinstance(one, str)]
        extra = extra_of(uri, text_at(answer, "cid"), record, languages)
        return Sent(uri, at, web_url(uri, self._reader.handle), extra)

    async def _is_held(self, uri: str) -> bool:
        """Tell whether a post of ours is there all the same: the AppView hears of it a little later."""
        place = at_uri(uri)
        return place is not None and self._reader.is_ours(uri) and await self._get_record(place.rkey) is not None

    async def _get_record(self, rkey: str) -> Json | None:
        params = [("repo", self._reader.did), ("collection", POST), ("rkey", rkey)]
        try:
            return await self._session.get("com.atproto.repo.getRecord", params)
        except GoneError as error:
            if error.code == "RecordNotFound":
                return None
            raise

    async def _record(self, reply: Reply, created: str) -> Json:
        extra = object_of(reply.to_extra)
        parent = {"uri": text_at(extra, "uri"), "cid": text_at(extra, "cid")}
        root = {"uri": text_at(extra, "root", "uri"), "cid": text_at(extra, "root", "cid")}
        langs = [one for one in list_at(extra, "langs") if isinstance(one, str)]
        if not all((*parent.values(), *root.values())):
            parent, root = await self._references(text_at(extra, "uri") or reply.to_remote_id)
        record: Json = {
            "$type": POST,
            "text": reply.text,
            "createdAt": created,
            "reply": {"root": root, "parent": parent},
        }
        if langs:
            record["langs"] = langs
        if found := facets(reply.text, await self._resolve(reply.text)):
            record["facets"] = found
        if pictures := media.embed(reply.pictures):
            record["embed"] = pictures
        return record

    async def _references(self, uri: str) -> tuple[dict[str, str], dict[str, str]]:
        post = (await reading.posts_by_uri(self._session, [uri])).get(uri) if at_uri(uri) else None
        if post is None:
            raise GoneError("The post that this answers is no longer on Bluesky, so nothing was sent.")
        parent = {"uri": uri, "cid": text_at(post, "cid")}
        above = dict_at(post, "record", "reply", "root")
        root = {"uri": text_at(above, "uri"), "cid": text_at(above, "cid")}
        return parent, root if all(root.values()) else parent

    async def _resolve(self, text: str) -> dict[str, str]:
        """Return the DIDs of the handles in `text`; one that nobody has stays plain text."""
        found: dict[str, str] = {}
        for handle in dict.fromkeys(span.value for span in spans(text) if span.kind == "mention"):
            if handle not in self._dids:
                try:
                    answer = await self._session.get("com.atproto.identity.resolveHandle", [("handle", handle)])
                except (GoneError, RefusedError, ServerError):
                    continue
                did = text_at(answer, "did")
                if not did.startswith("did:"):
                    continue
                self._dids[handle] = did
            found[handle] = self._dids[handle]
        return found


def _is_private(reply: Reply) -> bool:
    return reply.visibility is Visibility.DIRECT or bool(chat.ids_of(reply.to_remote_id)[0])


def _prepared(reply: Reply) -> tuple[str, str]:
    found = object_of(reply.prepared)
    rkey, created = text_at(found, "rkey"), text_at(found, "createdAt")
    if not rkey or not created:
        raise ValueError("a reply is sent or looked for before `prepare`")
    return rkey, created


def _check_length(text: str, *, private: bool) -> None:
    most, most_bytes = (chat.MAX_GRAPHEMES, chat.MAX_BYTES) if private else (MAX_GRAPHEMES, MAX_BYTES)
    if not text.strip():
        raise RefusedError("There is nothing to send: the reply is empty.")
    count, size = graphemes(text), len(text.encode())
    if count > most:
        raise RefusedError(f"This reply has {count} characters; Bluesky takes at most {most}. Shorten it.")
    if size > most_bytes:
        raise RefusedError(
            f"This reply is too long for Bluesky ({size} bytes of at most {most_bytes}). Use fewer emoji or shorten it."
        )


CONNECTOR = BlueskyConnector
