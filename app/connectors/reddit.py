"""Reddit: replies, mentions and messages to one account, the modmail of its communities, and search.

www.reddit.com/dev/api; forms as recorded by praw-dev/praw. Votes are cast only where a person clicks: "votes must be
cast by humans" (www.reddit.com/dev/api#POST_api_vote).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import quote

import msgspec
from msgspec.structs import replace

from app import oauth
from app.connectors import _reddit_modmail as modmail
from app.connectors import _reddit_pull as reading
from app.connectors import _reddit_search as searching
from app.connectors import _reddit_wire as wire
from app.connectors._reddit_session import API, NAME, SCOPES, Session, agent, error_of, lost, server_of
from app.connectors.base import (
    AppKeys,
    Authorization,
    Basics,
    Capabilities,
    Idempotency,
    SaveSecret,
    SignInField,
    SignInForm,
    Thread,
)
from app.domain import Account, Contact, Identity, Kind, Mention, Page, Reply, Sent
from app.errors import GoneError, InputError, RefusedError, SignInError, UncertainError
from app.http import Http, decode
from app.http.addresses import own_server
from app.search_stream import Query
from app.text import clean

LISTS = {"inbox": "/message/inbox", "comments": "/user/{}/comments", "sent": "/message/sent"}
REDIRECT = "http://localhost:47623/callback"
LONGEST = 10_000
SLACK = timedelta(minutes=2)  # between our clock and Reddit's
FIND_PAGES = 5
AT_ONCE = 100
_NOBODY = Contact("", "", "")


class _Who(msgspec.Struct):
    id: str
    name: str
    icon_img: str = ""


class RedditConnector(Basics):
    """One account."""

    platform: ClassVar[str] = "reddit"
    form: ClassVar[SignInForm] = SignInForm(
        fields=(),
        can=(
            "read replies to you, posts that name you, and your messages",
            "read and answer the modmail of communities that you moderate",
            "search communities for your brand",
            "post the replies that you send, and vote where you click",
        ),
        never=(
            "posts or votes on its own",
            "removes anything from a community",
            "sees your password: you type it on reddit.com",
        ),
        browser=True,
        help_text="Your browser opens reddit.com. Choose Allow there, then come back.",
        app=AppKeys(
            family="reddit",
            fields=(
                SignInField("client_id", "App id", hint="Below the app's name at reddit.com/prefs/apps."),
                SignInField("client_secret", "App secret", secret=True),
            ),
            help_text=(
                "Reddit wants every program to have an app of its own, and approves new ones on request. At"
                " reddit.com/prefs/apps choose “create another app”, the type “web app”, and as redirect uri"
                f" {REDIRECT}."
            ),
            help_url="https://www.reddit.com/prefs/apps",
        ),
        redirect=REDIRECT,
    )

    def __init__(self, account: Account, secret: dict[str, str], http: Http, save_secret: SaveSecret) -> None:
        """Access tokens are renewed by themselves; Reddit's refresh token stays."""
        self._account = account
        user = account.handle.removeprefix("u/")
        self._me = wire.Me(account.id, user)
        self._session = Session(replace(account, name=user), secret, http, save_secret)
        moderates = _object(account.data).get("moderates") is True
        self.capabilities = Capabilities(
            name=NAME,
            streams=(*LISTS, "modmail") if moderates else tuple(LISTS),
            idempotency=Idempotency.LOOK,
            max_graphemes=LONGEST,
            direct_messages=True,
            history_days=30,
            kinds=(Kind.REPLY, Kind.COMMENT, Kind.MENTION, Kind.MESSAGE, Kind.SEARCH),
            likes=True,
            marks_read=True,
            searches=searching.FIELDS,
            notes=(
                "Reddit gives programs access on request only, and for business use it may ask for a contract.",
                "Search finds posts, not comments. Name communities as places: r/baking.",
                "Lists end after about a thousand entries.",
                "Chats are not in Reddit's interface for programs: open them on reddit.com.",
                "Carelane removes nothing from a community, also for its moderators: use Reddit's own mod tools.",
            ),
        )

    # --- signing in ------------------------------------------------------------------------------

    @classmethod
    async def sign_in(cls, http: Http, fields: Mapping[str, str]) -> Identity:
        """Only in the browser."""
        raise InputError("Reddit signs in through the browser. Open it from the sign-in dialog.")

    @classmethod
    async def begin(cls, http: Http, fields: Mapping[str, str], redirect_uri: str) -> Authorization:
        """Build the page's address for the person's own app."""
        app, base = oauth.app_of(fields), own_server(fields.get("server", ""), API)
        if not app[1]:
            raise InputError("Type the secret of your Reddit app too. It stands below the id at reddit.com/prefs/apps.")
        page, state, _ = oauth.begin(server_of(base), app[0], redirect_uri)
        data = {"client_id": app[0], "client_secret": app[1], "redirect_uri": redirect_uri, "base": base}
        return Authorization(page, state, data)

    @classmethod
    async def finish(cls, http: Http, authorization: Authorization, code: str) -> Identity:
        """Trade the code, ask whose token it is, and whether communities are moderated."""
        data = authorization.data
        oauth.check_state(code, authorization.state)
        app, base = (data["client_id"], data["client_secret"]), data["base"]
        token = await oauth.trade(http, server_of(base), app, code, data["redirect_uri"], "")
        if not token.refresh_token:
            raise SignInError("Reddit gave access for an hour only. Start the sign-in again.")
        if missing := set(SCOPES) - token.scopes if token.scopes and "*" not in token.scopes else set():
            raise SignInError(f"Reddit did not allow all that is needed ({', '.join(sorted(missing))}). Sign in again.")
        headers = {"Authorization": f"Bearer {token.access_token}"}
        answer = await http.send(
            "GET", f"{base}/api/v1/me", params={"raw_json": "1"}, platform=NAME, home=base, headers=headers,
            errors=error_of,
        )  # fmt: skip
        who = await decode(answer, _Who, platform=NAME)
        answer = await http.send(
            "GET", f"{base}/subreddits/mine/moderator", params={"limit": "1", "raw_json": "1"}, platform=NAME,
            home=base, headers={**headers, **agent(who.name)}, errors=error_of,
        )  # fmt: skip
        moderated = await decode(answer, wire.Listing, platform=NAME)
        name = clean(who.name)
        return Identity(
            f"t2_{who.id}", f"u/{name}", name, base, oauth.secret_of(token, app, datetime.now(UTC)),
            avatar=who.icon_img if who.icon_img.startswith("https://") else "",
            data=msgspec.json.encode({"moderates": bool(moderated.data.children)}).decode(),
        )  # fmt: skip

    async def check(self) -> str:
        """Ask whose token it is."""
        who = await self._session.get("/api/v1/me", _Who)
        if f"t2_{who.id}" != self._account.remote_id:
            raise SignInError("This sign-in belongs to another account. Sign in again.")
        return ""

    async def revoke(self) -> None:
        """Tell Reddit to forget this sign-in."""
        await self._session.revoke()

    async def close(self) -> None:
        """Wait for a renewal that is on its way."""
        await self._session.keeper.close()

    # --- reading -------------------------------------------------------------------------------

    async def pull(self, stream: str, mark: str | None, *, since: datetime) -> AsyncIterator[Page]:
        """Read one list; see `_reddit_pull` for marks and gaps."""
        if stream == "modmail":
            pages = modmail.pull(self._session, self._me, mark, since)
        elif stream in LISTS:
            path = LISTS[stream].format(quote(self._me.name, safe=""))
            pages = reading.pull(lambda after: self._list(path, after), stream, mark, since)
        else:
            raise InputError(f"Reddit has no stream named {stream}.")
        async for page in pages:
            yield page

    async def search(self, query: Query, mark: str | None, *, since: datetime) -> AsyncIterator[Page]:
        """Search posts; see `_reddit_search`."""
        async for page in searching.search(self._session, self._me, query, mark, since):
            yield page

    async def _list(self, path: str, after: str) -> tuple[list[wire.Item], str]:
        params = {"limit": str(reading.LIMIT), **({"after": after} if after else {})}
        listing = await self._session.get(path, wire.Listing, params)
        found = await asyncio.to_thread(wire.items, listing.data.children, self._me)
        return found, listing.data.after or ""

    async def thread(self, mention: Mention) -> Thread:
        """A comment with eight above it and what is below; a message's whole conversation; modmail's."""
        conversation, _ = modmail.place(mention.remote_id)
        try:
            if conversation:
                theirs, ours = modmail.read(await modmail.fetch(self._session, conversation), self._me)
                return Thread(tuple(theirs), tuple(ours))
            every = [thing async for thing in self._things(mention)]
        except GoneError:
            return Thread(gone=(mention.remote_id,))
        found: list[wire.Item] = []
        gone: list[str] = []
        for thing in every:
            one = wire.item(thing, self._me, context=thing.kind != "t4")
            if wire.is_gone(thing.data):
                gone.append(one.id)
            else:
                found.append(one)
        own = {one.id for one in found if one.own}
        mentions = [self._known(one.mention, mention, own) for one in found if one.mention]
        asked = {one.id for one in found} | set(gone)
        if every and mention.remote_id not in asked and not mention.remote_id.startswith("t4_"):
            gone.append(mention.remote_id)
        return Thread(
            tuple(sorted(mentions, key=lambda one: one.posted_at)),
            tuple(sorted((one.own for one in found if one.own), key=lambda one: one.posted_at)),
            tuple(gone),
        )

    @staticmethod
    def _known(one: Mention, asked: Mention, own: set[str]) -> Mention:
        """Nothing in a thread says what a comment is: the asked one is known, and answers to ours are replies."""
        if one.remote_id == asked.remote_id:
            return replace(one, kind=asked.kind)
        return replace(one, kind=Kind.REPLY) if one.reply_to in own and one.kind is Kind.CONTEXT else one

    async def _things(self, mention: Mention) -> AsyncIterator[wire.Thing]:
        name = mention.remote_id
        if name.startswith("t4_"):
            first = (mention.thread or name).removeprefix("t4_")
            path = f"/message/messages/{quote(first, safe='')}"
            pages = [await self._session.get(path, wire.Listing)]
        else:
            link = name if name.startswith("t3_") else str(_object(mention.extra).get("link") or "")
            if not link:
                return
            path = f"/comments/{quote(link.removeprefix('t3_'), safe='')}"
            params = {"limit": "200", "depth": "8", "sort": "old"}
            if name.startswith("t1_"):
                params |= {"comment": name.removeprefix("t1_"), "context": "8"}
            pages = await self._session.get(path, list[wire.Listing], params)
        for page in pages:
            for thing in wire.tree(page.data.children):
                yield thing

    async def look(self, remote_ids: Sequence[str]) -> Thread:
        """Read comments and posts again, a hundred at once. Messages cannot be edited, nor read one by one."""
        ids = [name for name in dict.fromkeys(remote_ids) if name.startswith(("t1_", "t3_"))]
        found: list[wire.Item] = []
        gone: list[str] = []
        for start in range(0, len(ids), AT_ONCE):
            some = ids[start : start + AT_ONCE]
            listing = await self._session.get("/api/info", wire.Listing, {"id": ",".join(some)})
            left = set(some)
            for name, thing in wire.things(listing.data.children):
                left.discard(name)
                if thing is None:
                    left.clear()  # it may be any of those that are missing
                elif wire.is_gone(thing.data):
                    gone.append(name)
                else:
                    found.append(wire.item(thing, self._me, context=True))
            gone += [name for name in some if name in left]
        return Thread(
            tuple(one.mention for one in found if one.mention), tuple(one.own for one in found if one.own), tuple(gone)
        )

    # --- answering -----------------------------------------------------------------------------

    def prepare(self, reply: Reply) -> str:
        """Nothing has to stay the same."""
        return "{}"

    async def send(self, reply: Reply) -> Sent:
        """POST /api/comment, which answers posts, comments and messages alike; Reddit refuses what cannot be."""
        if not clean(reply.text).strip():
            raise RefusedError("The reply is empty. Write something, then send it.")
        words = wire.markdown(reply.text)
        if len(words) > LONGEST:
            raise RefusedError(f"Reddit takes {LONGEST} characters. Shorten the reply, then send it again.")
        if modmail.place(reply.to_remote_id)[0]:
            return await modmail.send(self._session, self._me, reply, words)
        outcome = await self._session.post("/api/comment", {"thing_id": reply.to_remote_id, "text": words}, writes=True)
        posted = outcome.data.get("things")
        first = posted[0] if isinstance(posted, list) and posted else {}
        data = first.get("data") if isinstance(first, dict) else None
        if not isinstance(data, dict) or not (name := wire.text(data, "name") or wire.text(data, "id")):
            raise lost()
        one = wire.item(wire.Thing(str(first.get("kind") or name[:2]), {**data, "name": name}), self._me)
        now = datetime.now(UTC)
        post = one.own or one.mention
        return Sent(name, one.at or now, post.url if post else "", post.extra if post else "")

    async def find(self, reply: Reply) -> Sent | None:
        """Look among what is below the message, then among our own newest: either may be late."""
        earliest = reply.created_at - SLACK
        if modmail.place(reply.to_remote_id)[0]:
            return await modmail.find(self._session, self._me, reply, earliest - max(self._session.ahead, timedelta()))
        stream = "sent" if reply.to_remote_id.startswith("t4_") else "comments"
        path, after = LISTS[stream].format(quote(self._me.name, safe="")), ""
        for _ in range(FIND_PAGES):
            found, after = await self._list(path, after)
            earliest = reply.created_at - SLACK - self._session.ahead  # by Reddit's clock
            if sent := _ours(found, reply, earliest):
                return sent
            if not after or any(one.told is not None and one.told < earliest for one in found):
                break
        else:
            raise UncertainError("There are too many newer ones to be sure that this reply is not among them.")
        asked = Mention(self._account.id, reply.to_remote_id, _NOBODY, "", earliest, extra=reply.to_extra)
        if stream == "comments":
            below = [wire.item(thing, self._me, context=True) async for thing in self._below(asked)]
            return _ours(below, reply, earliest)
        return None

    async def _below(self, asked: Mention) -> AsyncIterator[wire.Thing]:
        try:
            async for thing in self._things(asked):
                yield thing
        except GoneError:
            return

    async def like(self, mention: Mention, liked: bool) -> None:
        """Vote it up, or take the vote back. Only ever because a person clicked."""
        if not mention.remote_id.startswith(("t1_", "t3_")):
            raise InputError("Only posts and comments can be voted on.")
        form = {"id": mention.remote_id, "dir": "1" if liked else "0"}
        await self._session.call("POST", "/api/vote", data=form)

    async def mark_read(self, mention: Mention) -> None:
        """Mark it as read in the inbox, or the modmail's conversation."""
        conversation, _ = modmail.place(mention.remote_id)
        if conversation:
            await self._session.call("POST", "/api/mod/conversations/read", data={"conversationIds": conversation})
        elif mention.remote_id.startswith(("t1_", "t4_")):
            await self._session.call("POST", "/api/read_message", data={"id": mention.remote_id})


def _ours(found: Sequence[wire.Item], reply: Reply, earliest: datetime) -> Sent | None:
    wanted = wire.essence(reply.text)
    for one in found:
        own = one.own
        if own is None or own.reply_to != reply.to_remote_id or (one.told or earliest) < earliest:
            continue
        if wire.essence(own.text) == wanted:
            return Sent(own.remote_id, own.posted_at, own.url, own.extra)
    return None


def _object(data: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(data or "{}", type=dict[str, Any])
    except msgspec.MsgspecError:
        return {}


CONNECTOR = RedditConnector
