"""LinkedIn company pages: comments on the page's posts, answered as the page.

The Community Management API, versioned: /rest/posts, /rest/socialActions/{urn}/comments, /rest/reactions,
/rest/organizationAcls. An app must be approved for it. Notifications (organizationalEntityNotifications) are left
alone, since the path that LinkedIn's own collection names for them differs from its pages: the comments are read.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import msgspec

from app import oauth
from app.connectors import _linkedin_signin as signing
from app.connectors import _linkedin_wire as wire
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
from app.errors import ForbiddenError, GoneError, InputError, RefusedError, TokenExpiredError, UncertainError
from app.http import Http, Response, decode
from app.text import clean, length

STREAM = "comments"
COUNT = 50  # a page
STEP = 45  # pages overlap: what is deleted between two calls pulls others up
MOST_POSTS = 100
YOUNG = timedelta(days=7)  # posts that are read in every pull; older ones in turns
TURN = 10
MOST_PAGES = 40  # of one post's comments
SLACK = timedelta(minutes=2)  # between our clock and theirs, beyond what the Date header tells


class Mark(msgspec.Struct):
    """Per post, the comments that were seen with what they said; how far back; whose turn it is."""

    since: datetime
    seen: dict[str, dict[str, str]] = {}
    turn: int = 0


class LinkedinConnector(Basics):
    """One company page."""

    platform: ClassVar[str] = "linkedin"
    title: ClassVar[str] = "LinkedIn"
    form: ClassVar[SignInForm] = SignInForm(
        fields=(),
        can=("read comments on your page's posts", "reply and like as the page"),
        never=("posts on its own", "reads your own profile or its messages", "deletes anybody's words"),
        browser=True,
        redirect="http://localhost:47623/callback",
        help_text="Your browser opens LinkedIn. Allow your app there; your pages are listed afterwards.",
        help_url="https://www.linkedin.com/developers/apps",
        app=AppKeys(
            family="linkedin",
            fields=(SignInField("client_id", "Client ID"), SignInField("client_secret", "Client secret", secret=True)),
            help_text="Make an app at linkedin.com/developers/apps, connect it with your page, ask for the Community "
            "Management API among its products, and add the redirect address that is shown here under Auth.",
            help_url="https://www.linkedin.com/developers/apps",
        ),
    )

    def __init__(self, account: Account, secret: dict[str, str], http: Http, save_secret: SaveSecret) -> None:
        """`account.remote_id` is the page's URN, "urn:li:organization:1"."""
        self._account = account
        self._http = http
        self._base = account.server.rstrip("/")
        self._page = account.remote_id
        self._keeper = oauth.Keeper(secret, save_secret, self._renewed)
        self._ahead = timedelta()  # our clock minus theirs, as their answers tell it
        self.capabilities = Capabilities(
            name="LinkedIn",
            streams=(STREAM,),
            idempotency=Idempotency.LOOK,
            max_graphemes=1250,  # unchecked: what the site takes
            threads=False,
            kinds=(Kind.COMMENT,),
            likes=True,
            notes=(
                "LinkedIn gives this only to apps that it approved for the Community Management API.",
                "The names of members who comment are not given to apps; the link opens the comment.",
                "Messages to the page, mentions elsewhere and hiding are left to LinkedIn's site.",
                "Posts older than a week are looked through in turns.",
            ),
        )

    @classmethod
    async def sign_in(cls, http: Http, fields: Mapping[str, str]) -> SignedIn:
        """Not offered: LinkedIn signs in through the browser."""
        raise InputError("LinkedIn signs in through the browser.")

    @classmethod
    async def begin(cls, http: Http, fields: Mapping[str, str], redirect_uri: str) -> Authorization:
        """Open LinkedIn's page for the person's own app."""
        app = oauth.app_of(fields)
        if not all(app):
            raise InputError("Type the client ID and the client secret of your LinkedIn app first.")
        api, site = signing.hosts(fields)
        url, state, _ = oauth.begin(signing.server(site), app[0], redirect_uri)
        data = {"client_id": app[0], "client_secret": app[1], "redirect": redirect_uri, "api": api, "site": site}
        return Authorization(url, state, data)

    @classmethod
    async def finish(cls, http: Http, authorization: Authorization, code: str) -> SignedIn:
        """List the pages that this person manages, each with a sign-in of its own."""
        data = authorization.data
        app, api = (data["client_id"], data["client_secret"]), data["api"]
        token = await oauth.trade(http, signing.server(data["site"]), app, code, data["redirect"], "")
        secret = oauth.secret_of(token, app, datetime.now(UTC))
        found = []
        for urn in await signing.managed(http, api, token.access_token):
            answer = await signing.send(
                http, api, "GET", f"/rest/organizations/{urn.rpartition(':')[2]}", token.access_token
            )
            page = await decode(answer, wire.Organization, platform="LinkedIn")
            name = clean(page.localizedName or "", 200) or urn
            found.append(Identity(urn, page.vanityName or name, name, api, dict(secret)))
        if not found:
            raise ForbiddenError(
                "LinkedIn lists no company page that you manage. Ask an administrator of the page to make you one."
            )
        return found[0] if len(found) == 1 else tuple(found)

    async def check(self) -> str:
        """Ask for one post of the page."""
        params = {"q": "author", "author": self._page, "count": "1"}
        await self._call("GET", "/rest/posts", params=params, headers={"X-RestLi-Method": "FINDER"})
        return ""

    async def pull(self, stream: str, mark: str | None, *, since: datetime) -> AsyncIterator[Page]:
        """Read the comments of young posts, and of some older ones in turns. How LinkedIn orders comments is
        unchecked, so a post's comments are read whole and told apart by what was seen.
        """
        if stream != STREAM:
            raise InputError(f"LinkedIn has no stream named {stream}.")
        known = _known(mark) or Mark(since)
        posts = await self._posts(since)
        young = [post for post in posts if post.id not in known.seen or _age(post) < YOUNG]
        old = [post for post in posts if post not in young]
        turn = [old[(known.turn + n) % len(old)] for n in range(min(TURN, len(old)))]
        known.turn = (known.turn + len(turn)) % len(old) if old else 0
        alive = {post.id for post in posts}
        known.seen = {name: seen for name, seen in known.seen.items() if name in alive}
        for post in [*young, *turn]:
            try:
                page = await self._page_of(post.id, known)
            except GoneError:
                continue  # the post went meanwhile; its comments are looked at one by one, and told then
            yield msgspec.structs.replace(page, mark=msgspec.json.encode(known).decode())

    async def _page_of(self, post: str, known: Mark) -> Page:
        comments, damaged, whole = await self._comments(post)
        for parent in list(comments.values()):
            if parent.replies:
                below, flaws, all_of_it = await self._comments(parent.name)
                for each in below.values():
                    each.parentComment = each.parentComment or parent.name
                comments |= below
                damaged, whole = damaged + flaws, whole and all_of_it
        before = known.seen.get(post, {})
        fresh = [each for name, each in comments.items() if before.get(name) != each.print]
        items = [wire.item(each, self._account.id, self._page, post) for each in fresh]
        now = datetime.now(UTC)
        items = [each for each in items if each.posted_at >= known.since or each.posted_at > now - YOUNG]
        missing = [name for name in before if name not in comments] if whole and not damaged else []
        gone = [name for name in missing if await self._one(name) is None]
        kept = {name: print for name, print in before.items() if name not in gone}
        known.seen[post] = kept | {name: each.print for name, each in comments.items()}
        gap = None
        if damaged or not whole:
            why = "Some comments came damaged and could not be read. Look at LinkedIn's site."
            many = "There are too many comments on a post to read them all. Look at LinkedIn's site."
            gap = Gap(STREAM, None, None, why if damaged else many)
        return Page(
            tuple(each for each in items if isinstance(each, Mention)),
            tuple(each for each in items if isinstance(each, OwnPost)),
            tuple(gone),
            gap=gap,
        )

    async def _posts(self, since: datetime) -> list[wire.Post]:
        found: dict[str, wire.Post] = {}
        start = 0
        while start < MOST_POSTS:
            params = {"q": "author", "author": self._page, "count": str(COUNT), "start": str(start),
                      "sortBy": "LAST_MODIFIED"}  # fmt: skip
            answer = await self._call("GET", "/rest/posts", params=params, headers={"X-RestLi-Method": "FINDER"})
            page = await decode(answer, wire.Elements, platform=self.platform)
            for raw in page.elements:
                try:
                    post = msgspec.json.decode(raw, type=wire.Post)
                except msgspec.DecodeError:
                    continue
                found[post.id] = post
            if not page.more and len(page.elements) < COUNT:
                break
            start += STEP
        return [post for post in found.values() if _age(post) < datetime.now(UTC) - since + YOUNG]

    async def _comments(self, urn: str) -> tuple[dict[str, wire.Comment], int, bool]:
        """Return the comments on a post or below a comment, how many are damaged, and whether these are all."""
        found: dict[str, wire.Comment] = {}
        damaged = start = 0
        for _ in range(MOST_PAGES):
            params = {"start": str(start), "count": str(COUNT)}
            answer = await self._call("GET", f"/rest/socialActions/{wire.path(urn)}/comments", params=params)
            page = await decode(answer, wire.Elements, platform=self.platform)
            comments, flaws = await asyncio.to_thread(wire.decoded, page.elements)
            fresh = {each.name: each for each in comments if each.name not in found}
            found |= fresh
            damaged += flaws
            if not page.more and len(page.elements) < COUNT:
                return found, damaged, True
            if not page.more and not fresh:
                return found, damaged, True
            start += max(1, len(page.elements) - (COUNT - STEP)) if page.elements else COUNT
        return found, damaged, False

    async def _one(self, urn: str) -> wire.Comment | None:
        thread, number = wire.split(urn)
        if not thread:
            return None
        try:
            answer = await self._call("GET", f"/rest/socialActions/{wire.path(thread)}/comments/{wire.path(number)}")
        except GoneError:
            return None
        return await decode(answer, wire.Comment, platform=self.platform)

    async def thread(self, mention: Mention) -> Thread:
        """The comment at the top, and all below it."""
        known = _extra(mention.extra)
        top = await self._one(known.get("top") or mention.remote_id)
        if top is None:
            return Thread(gone=(mention.remote_id,))
        below, _, whole = await self._comments(top.name)
        for each in below.values():
            each.parentComment = each.parentComment or top.name
        gone = () if not whole or mention.remote_id in {top.name, *below} else (mention.remote_id,)
        return self._thread([top, *below.values()], known.get("post", ""), gone)

    async def look(self, remote_ids: Sequence[str]) -> Thread:
        """Read comments one by one."""
        found = {name: await self._one(name) for name in dict.fromkeys(remote_ids)}
        gone = tuple(name for name, each in found.items() if each is None)
        return self._thread([each for each in found.values() if each], "", gone)

    def _thread(self, comments: list[wire.Comment], post: str, gone: tuple[str, ...]) -> Thread:
        items = sorted((wire.item(each, self._account.id, self._page, post) for each in comments),
                       key=lambda each: each.posted_at)  # fmt: skip
        mentions = tuple(each for each in items if isinstance(each, Mention))
        return Thread(mentions, tuple(each for each in items if isinstance(each, OwnPost)), gone)

    def prepare(self, reply: Reply) -> str:
        """LinkedIn offers nothing to tell two tries apart: it is looked for."""
        return ""

    async def send(self, reply: Reply) -> Sent:
        """POST below the comment at the top: LinkedIn has two levels."""
        text = reply.text.strip()
        if not text:
            raise RefusedError("The reply is empty. Write something, then send it.")
        if (count := length(text)) > (limit := self.capabilities.max_graphemes):
            raise RefusedError(f"The reply is {count} characters long. LinkedIn takes {limit}. Shorten it.")
        top, thread = _place(reply)
        body = {"actor": self._page, "object": thread, "parentComment": top, "message": {"text": text}}
        answer = await self._call("POST", f"/rest/socialActions/{wire.path(top)}/comments", json=body, writes=True)
        try:
            comment = msgspec.json.decode(answer.content or b"{}", type=wire.Comment, strict=False)
        except msgspec.DecodeError:
            comment = wire.Comment()
        name = comment.name or _named(answer.headers.get("x-restli-id", ""), thread)
        if not name:
            raise UncertainError("LinkedIn did not say where the reply is. Carelane looks before it tries again.")
        return self._sent(name, wire.moment(comment.created, datetime.now(UTC)) or datetime.now(UTC), thread)

    async def find(self, reply: Reply) -> Sent | None:
        """Look below the comment at the top for the page's own words, not older than the reply."""
        top, thread = _place(reply)
        try:
            below, _, whole = await self._comments(top)
        except GoneError:
            return None
        for each in below.values():
            at = wire.moment(each.created, datetime.now(UTC) + timedelta(days=1))  # as it stands, not drawn back
            said = wire.essence(each.message.text or "" if each.message else "")
            ours = each.actor == self._page and said == wire.essence(clean(reply.text))
            if ours and at is not None and at + self._ahead >= reply.created_at - SLACK:
                return self._sent(each.name, min(at, datetime.now(UTC)), thread)
        if not whole:
            raise UncertainError("There are too many replies to be sure that this one is not among them.")
        return None

    def _sent(self, name: str, at: datetime, thread: str) -> Sent:
        return Sent(name, at, f"{signing.SITE}/feed/update/{wire.path(thread)}?commentUrn={wire.path(name)}")

    async def like(self, mention: Mention, liked: bool) -> None:
        """React as the page, or take it back."""
        if liked:
            body = {"root": mention.remote_id, "reactionType": "LIKE"}
            await self._call("POST", "/rest/reactions", params={"actor": self._page}, json=body)
            return
        key = f"(actor:{wire.path(self._page)},entity:{wire.path(mention.remote_id)})"
        await self._call("DELETE", f"/rest/reactions/{key}")

    async def revoke(self) -> None:
        """Tell LinkedIn to forget the token. The path is unchecked; a failure is passed over."""
        site = signing.SITE if self._base == signing.API else self._base
        secret = self._keeper.secret
        app = (secret.get("client_id", ""), secret.get("client_secret", ""))
        await oauth.revoke(self._http, signing.server(site), app, [secret.get("token", "")])

    async def _call(self, method: str, path: str, **more: Any) -> Response:
        token = await self._keeper.token()
        try:
            answer = await self._once(method, path, token, **more)
        except TokenExpiredError:
            token = await self._keeper.token(dead=token)
            answer = await self._once(method, path, token, **more)
        self._ahead = answer.ahead(self._ahead)
        return answer

    async def _once(self, method: str, path: str, token: str, **more: Any) -> Response:
        return await signing.send(self._http, self._base, method, path, token, account=self._account.id, **more)

    async def _renewed(self, secret: Mapping[str, str]) -> dict[str, str]:
        app = (secret.get("client_id", ""), secret.get("client_secret", ""))
        server = signing.server(signing.SITE if self._base == signing.API else self._base)
        token = await oauth.renew(self._http, server, app, secret["refresh_token"])
        return oauth.secret_of(token, app, datetime.now(UTC), before=secret)


def _known(mark: str | None) -> Mark | None:
    try:
        return msgspec.json.decode(mark, type=Mark) if mark else None
    except msgspec.DecodeError:
        return None


def _age(post: wire.Post) -> timedelta:
    now = datetime.now(UTC)
    at = wire.moment(wire.Stamp(post.publishedAt or post.createdAt), now)
    return now - at if at else timedelta()


def _extra(extra: str) -> dict[str, str]:
    try:
        return msgspec.json.decode(extra or "{}", type=dict[str, str])
    except msgspec.DecodeError:
        return {}


def _place(reply: Reply) -> tuple[str, str]:
    """Return the comment at the top of what is answered, and what that belongs to."""
    known = _extra(reply.to_extra)
    top = known.get("top") or reply.to_remote_id
    thread = known.get("object") or wire.split(top)[0]
    if not thread:
        raise RefusedError("It is not known where on LinkedIn this belongs. Answer it on LinkedIn's site.")
    return top, thread


def _named(told: str, thread: str) -> str:
    return told if told.startswith("urn:li:comment:") else f"urn:li:comment:({thread},{told})" if told else ""


CONNECTOR = LinkedinConnector
