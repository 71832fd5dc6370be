"""Comments on a WordPress site that its owner runs, by an application password.

developer.wordpress.org/rest-api/reference/comments, and the source of WordPress 6.1 where that page is silent. Seen on
a real one: a wrong password reads as a visitor, an unknown parent is taken, a page past the end is empty.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import quote

import msgspec

from app.connectors import _wordpress_pull as reading
from app.connectors import _wordpress_sign_in as signing
from app.connectors import _wordpress_wire as wire
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
from app.domain import Account, Identity, Kind, Mention, Page, Reply, Sent
from app.errors import ForbiddenError, GoneError, RefusedError, SignInError, UncertainError
from app.http import Http, Response, decode
from app.oauth import basic
from app.text import clean, parse_time

SLACK = timedelta(minutes=2)  # between our clock and the site's, beyond what its Date header tells
DEPTH = 12  # steps up and down a thread; WordPress lets 10 be set, options-discussion.php
LEVEL_PAGES = 5
FAR = datetime(9000, 1, 1, tzinfo=UTC)
FIND_PAGES = 5
MAX_BYTES = 65_525  # comment.php, wp_get_comment_fields_max_lengths


class WordpressConnector(Basics):
    """One user on one site."""

    platform: ClassVar[str] = "wordpress"
    title: ClassVar[str] = "WordPress comments"
    form: ClassVar[SignInForm] = SignInForm(
        fields=(
            SignInField("server", "Your website", placeholder="maplerye.com"),
            SignInField(
                "user",
                "Your WordPress user name",
                hint="The name or email address that you sign in to WordPress with.",
            ),
        ),
        can=(
            "read the comments on your website, also those on hold",
            "let a comment on hold through when you answer it",
            "post the replies that you send",
            "put spam on hold, and take that back",
        ),
        never=(
            "deletes a comment",
            "sees your usual password: it gets one of its own, which you can end at Users, Profile",
            "changes your pages or settings",
        ),
        browser=True,
        paste="the password that the page shows",
        help_text=(
            "Your browser opens your website's page “Authorize Application”. Choose “Yes, I approve of this "
            "connection”. If the page then shows a password, copy it and paste it here."
        ),
        help_url="https://wordpress.org/documentation/article/application-passwords/",
    )

    def __init__(self, account: Account, secret: dict[str, str], http: Http, save_secret: SaveSecret) -> None:
        """`save_secret` is never needed: application passwords do not rotate."""
        self._account = account
        self._http = http
        self._secret = secret
        self._base = account.server.rstrip("/")
        known = _object(account.data)
        rest = known.get("rest")
        self._rest = rest if rest in (signing.PRETTY, signing.PLAIN) else signing.PRETTY
        self._moderates = known.get("moderates") is not False
        user = account.remote_id
        self._me = wire.Me(account.id, int(user) if user.isascii() and user.isdigit() else -1)  # guests are 0
        self._ahead = timedelta()  # our clock minus the site's
        self.capabilities = Capabilities(
            name=self.title,
            streams=(reading.STREAM,),
            idempotency=Idempotency.LOOK,
            max_graphemes=65_000,
            max_bytes=MAX_BYTES,
            history_days=365,
            kinds=(Kind.COMMENT,),
            hides=self._moderates,
            notes=(
                "A comment on hold becomes public when you answer it: WordPress shows no reply below one on hold.",
                "WordPress tells nobody by itself that a comment was edited. Carelane sees it when it looks again.",
                "The answer is on the website. Whether the customer hears of it by email is up to the website.",
                "Only comments are read: product reviews of shop plugins are another kind, and stay in WordPress.",
                "A user who may not moderate sees public comments only, and their replies may be held for approval.",
            ),
        )

    @classmethod
    async def sign_in(cls, http: Http, fields: Mapping[str, str]) -> Identity:
        """Sign in with "server", "user" and an application password in "password"."""
        return await signing.sign_in(http, fields)

    @classmethod
    async def begin(cls, http: Http, fields: Mapping[str, str], redirect_uri: str) -> Authorization:
        """Find the site and its page for application passwords."""
        return await signing.begin(http, fields, redirect_uri)

    @classmethod
    async def finish(cls, http: Http, authorization: Authorization, code: str) -> Identity:
        """`code` is the address that the browser came back to, or the password that the page showed."""
        return await signing.finish(http, authorization, code)

    async def check(self) -> str:
        """Ask whose password this is."""
        me = await self._who()
        if str(me.id) != self._account.remote_id:
            raise SignInError("This sign-in belongs to another user. Sign in again.")
        return "" if me.moderates else signing.NO_MODERATION

    async def revoke(self) -> None:
        """Delete this application password, and no other. Since WordPress 5.7."""
        path = "/wp/v2/users/me/application-passwords"
        this = await decode(await self._call("GET", f"{path}/introspect"), _Password, platform=signing.NAME)
        await self._call("DELETE", f"{path}/{quote(this.uuid, safe='')}")

    # --- reading -------------------------------------------------------------------------------

    async def pull(self, stream: str, mark: str | None, *, since: datetime) -> AsyncIterator[Page]:
        """Read public comments and those on hold; see `_wordpress_pull`."""
        if not self._moderates:
            await self._who()  # what a visitor may read would come with a dead password too
        async for page in reading.pull(self._page, stream, mark, since, self._me):
            yield page

    async def _page(self, after: str, offset: int) -> tuple[list[msgspec.Raw], int | None]:
        params = {"after": after, "offset": str(offset), "order": "asc", "orderby": "date_gmt"}
        return await self._list(params)

    async def _list(self, params: Mapping[str, str]) -> tuple[list[msgspec.Raw], int | None]:
        """One page of comments. "all" is public and on hold, without spam (class-wp-comment-query.php)."""
        status = {"status": "all"} if self._moderates else {}
        asked = {**params, **status, "per_page": str(reading.PER_PAGE)}
        answer = await self._call("GET", "/wp/v2/comments", params=asked)
        total = answer.headers.get("x-wp-total", "")
        raws = await decode(answer, list[msgspec.Raw], platform=signing.NAME)
        return raws, int(total) if total.isascii() and total.isdigit() else None

    async def _comments(self, params: Mapping[str, str], pages: int) -> tuple[list[wire.Comment], bool]:
        """All that match, oldest first, and whether that is all."""
        found: dict[int, wire.Comment] = {}
        for page in range(pages):
            offset = page * (reading.PER_PAGE - reading.OVERLAP)
            raws, total = await self._list({**params, "offset": str(offset), "order": "asc", "orderby": "date_gmt"})
            some, _ = await asyncio.to_thread(wire.comments, raws)
            found.update((one.id, one) for one in some)
            if offset + reading.PER_PAGE >= (total if total is not None else len(raws)):
                return list(found.values()), True
        return list(found.values()), False

    async def thread(self, mention: Mention) -> Thread:
        """Walk up to the first comment, then down, a level at a time."""
        try:
            asked = top = await self._comment(mention.remote_id)
        except GoneError:
            return Thread(gone=(mention.remote_id,))
        every = {asked.id: asked}
        for _ in range(DEPTH):
            if not top.parent or top.parent in every:
                break
            try:
                top = await self._comment(str(top.parent))
            except (GoneError, ForbiddenError):
                break
            every[top.id] = top
        level, passed = [top.id], {top.id}
        for _ in range(DEPTH):
            some, _all = await self._comments({"parent": ",".join(map(str, level[:100]))}, LEVEL_PAGES)
            level = [one.id for one in some if one.id not in passed]
            passed.update(level)
            every.update((one.id, one) for one in some)
            if not level:
                break
        posts = sorted(
            (one for one in every.values() if one.status not in ("spam", "trash")),
            key=lambda one: (wire.moment(one), one.id),
        )
        root = str(top.id)
        return Thread(
            tuple(wire.mention(one, self._me, thread=root) for one in posts if one.author != self._me.user),
            tuple(wire.own(one, self._me, thread=root) for one in posts if one.author == self._me.user),
        )

    async def look(self, remote_ids: Sequence[str]) -> Thread:
        """Read comments again. What is deleted, in the bin or in the spam is gone; of what we may not see, nothing."""
        ids = [each for each in dict.fromkeys(remote_ids) if each.isascii() and each.isdigit()]
        found: dict[str, wire.Comment] = {}
        gone: list[str] = []
        for start in range(0, len(ids), reading.PER_PAGE):
            some = ids[start : start + reading.PER_PAGE]
            read, _ = await self._comments({"include": ",".join(some)}, 1)
            found.update((str(one.id), one) for one in read)
            for each in some:
                if each not in found:
                    with suppress(ForbiddenError):
                        try:
                            found[each] = await self._comment(each)
                        except GoneError as error:
                            if error.code != wire.GONE_CODE and error.code != "bin":
                                raise
                            gone.append(each)
        posts = found.values()
        return Thread(
            tuple(wire.mention(one, self._me) for one in posts if one.author != self._me.user),
            tuple(wire.own(one, self._me) for one in posts if one.author == self._me.user),
            tuple(gone),
        )

    # --- answering -----------------------------------------------------------------------------

    def prepare(self, reply: Reply) -> str:
        """Nothing has to stay the same: WordPress itself refuses the same words below the same comment."""
        return "{}"

    async def send(self, reply: Reply) -> Sent:
        """Let the comment through if it is on hold, then POST the reply.

        WordPress takes a reply below a comment that is not there, so the parent is read first.
        """
        if not clean(reply.text).strip():
            raise RefusedError("The reply is empty. Write something, then send it.")
        parent = await self._comment(reply.to_remote_id)
        content = wire.written(reply.text)
        if len(content.encode()) > MAX_BYTES:
            raise RefusedError("The reply is longer than WordPress takes. Shorten it, then send it again.")
        if parent.status == "hold":
            await self._set_status(parent, "approve")
        body = {"post": parent.post, "parent": parent.id, "content": content}
        try:
            answer = await self._call("POST", "/wp/v2/comments", json=body, writes=True)
        except RefusedError as error:
            if error.code == "comment_duplicate" and (there := await self.find(reply)) is not None:
                return there
            raise
        return _sent(await decode(answer, wire.Comment, platform=signing.NAME))

    async def find(self, reply: Reply) -> Sent | None:
        """Look below the comment for our own words, written since `reply` was."""
        if not reply.to_remote_id.isdigit():
            return None
        found, whole = await self._comments({"parent": reply.to_remote_id}, FIND_PAGES)
        wanted = wire.essence(reply.text)
        for one in found:
            at = parse_time(one.date_gmt, FAR) or FAR  # by the site's clock, which may be ahead
            late = at + self._ahead >= reply.created_at - SLACK
            if late and one.author == self._me.user and wire.essence(wire.text_of(one)) == wanted:
                return _sent(one)
        if not whole:
            raise UncertainError("There are too many replies to be sure that this one is not among them.")
        return None

    async def hide(self, mention: Mention, hidden: bool) -> None:
        """Put the comment on hold, or let it through again."""
        await self._set_status(await self._comment(mention.remote_id), "hold" if hidden else "approve")

    async def _set_status(self, comment: wire.Comment, status: str) -> None:
        """Doing it twice is an error 500 in WordPress, so it is done only where it changes something.

        Not `writes`: after a broken line it is simply asked for again.
        """
        now = "approve" if comment.status in wire.APPROVED else comment.status
        if now != status:
            await self._call("POST", f"/wp/v2/comments/{comment.id}", json={"status": status})

    # --- calls ---------------------------------------------------------------------------------

    async def _comment(self, remote_id: str) -> wire.Comment:
        """One comment. Raises `GoneError` for what is in the bin or in the spam."""
        answer = await self._call("GET", f"/wp/v2/comments/{quote(remote_id, safe='')}")
        found = await decode(answer, wire.Comment, platform=signing.NAME)
        if found.status in ("spam", "trash"):
            raise GoneError("The comment was put in the spam or in the bin.", code="bin")
        return found

    async def _who(self) -> wire.User:
        return await signing.who(self._http, self._base, self._rest, self._secret, self._account.id)

    async def _call(self, method: str, path: str, **more: Any) -> Response:
        answer = await self._http.send(
            method,
            f"{self._base}{self._rest}{path}",
            account=self._account.id,
            platform=signing.NAME,
            home=self._base,
            headers={"Authorization": basic(self._secret.get("user", ""), self._secret.get("password", ""))},
            errors=wire.error_of,
            **more,
        )
        self._ahead = answer.ahead(self._ahead)
        return answer


class _Password(msgspec.Struct):
    uuid: str


def _sent(comment: wire.Comment) -> Sent:
    return Sent(str(comment.id), wire.moment(comment), comment.link)


def _object(data: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(data or "{}", type=dict[str, Any])
    except msgspec.MsgspecError:
        return {}


CONNECTOR = WordpressConnector
