"""Facebook Pages: comments, visitors' posts, tags, recommendations and Messenger.

Checked against the node specifications of the Graph API, version 25, and the pages that are named where a fact is
used. A Page token is needed throughout.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import ClassVar

import msgspec

from app.connectors import _facebook_send as sending
from app.connectors import _facebook_wire as wire
from app.connectors import _meta_graph as graph
from app.connectors import _meta_messages as messages
from app.connectors import _meta_pull as reading
from app.connectors import _meta_sign_in as signing
from app.connectors._facebook_pull import POSTS_BACK, Reader
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
from app.domain import Account, Identity, Kind, Mention, OwnPost, Page, Reply, Sent
from app.errors import GoneError, InputError, RefusedError, SignInError
from app.http import Http
from app.text import clean

SCOPES = {
    "pages_show_list": "the list of Pages",
    "pages_read_engagement": "reading the Page",
    "pages_read_user_content": "reading comments and recommendations",
    "pages_manage_engagement": "answering, liking and hiding comments",
    "pages_messaging": "Messenger",
    "pages_manage_metadata": "Messenger",  # of Page Conversations
}
STREAMS = {"feed": "", "tagged": "", "reviews": "", "messages": "pages_messaging"}


class FacebookConnector(Basics):
    """One Page."""

    platform: ClassVar[str] = "facebook"
    title: ClassVar[str] = "Facebook"
    form: ClassVar[SignInForm] = SignInForm(
        fields=(
            SignInField("human_agent", "Human Agent", optional=True, placeholder="yes",
                        hint="Type yes if Meta gave your app the feature Human Agent: messages can then be answered"
                             " for seven days and not for one."),
            SignInField("token", "Access token", secret=True, optional=True,
                        hint="Only if the browser cannot be used: a user token from the Graph API Explorer."),
        ),
        can=(
            "read comments, visitors' posts, tags and recommendations of your Page",
            "read and answer the Page's Messenger conversations",
            "post replies that you send, like, and hide spam",
        ),
        never=(
            "posts on its own",
            "deletes what others wrote",
            "sees your password: you type it on Facebook's page",
        ),
        browser=True,
        help_text="You need a role on the Page, and a Meta app of your own. Your browser opens Facebook's page. Tick"
                  " the Pages that you answer for and allow all that is asked, then come back.",
        help_url="https://developers.facebook.com/docs/pages-api/getting-started/",
        app=signing.APP,
        redirect=signing.REDIRECT,
    )  # fmt: skip

    def __init__(self, account: Account, secret: dict[str, str], http: Http, save_secret: SaveSecret) -> None:
        """`save_secret` is never needed: a Page token does not change."""
        self._account, self._secret = account, secret
        settings = graph.known(account.data)
        human = settings.get("human_agent") == "yes"
        self._scopes = tuple(settings.get("scopes", "").split())
        window = messages.HUMAN_WINDOW if human else messages.WINDOW
        self._me = messages.Me(account.id, account.remote_id, account.remote_id, window=window)
        self._calls = graph.Graph(http, account, "Facebook", graph.VERSION, self._token)
        self._reader = Reader(self._calls, self._me)
        self._inbox = messages.Inbox(self._calls, self._me, "MESSENGER", human=human)
        self._sender = sending.Sender(self._calls, self._reader, self._inbox)
        self._posts: set[str] = set()  # ids that are known to be posts
        self.capabilities = Capabilities(
            name="Facebook",
            streams=tuple(name for name, scope in STREAMS.items() if not scope or self._may(scope)),
            idempotency=Idempotency.LOOK,
            max_graphemes=sending.MOST_PUBLIC,
            max_graphemes_direct=sending.MOST_DIRECT,
            private_reply=self._may("pages_messaging"),
            direct_messages=self._may("pages_messaging"),
            history_days=30,
            threads=False,
            kinds=(Kind.COMMENT, Kind.REPLY, Kind.MENTION, Kind.REVIEW, Kind.MESSAGE),
            window=self._me.window,
            private_window=messages.PRIVATE_FOR,
            private_once=True,
            likes=True,
            hides=True,
            marks_read=True,
            meters=graph.METERS,
            notes=(
                f"Comments on posts that are older than {POSTS_BACK.days} days are not read.",
                "A message can be answered for 24 hours after the customer's last one, or for seven days where Meta"
                " gave your app the feature Human Agent.",
                "A comment can be answered in private once, within seven days.",
                "Recommendations are answered by a public comment. Since version 22 of its interface Facebook closes"
                " them to more and more apps; Carelane says so where that is the case.",
                "Of a conversation the 20 newest messages can be read. Message requests and spam stay in Facebook's"
                " own inbox.",
                "A comment that is only a mention of the Page under somebody else's post is not told.",
                "Facebook does not say when a comment was edited; Carelane notices the new words.",
            ),
        )  # fmt: skip

    def _may(self, scope: str) -> bool:
        return not self._scopes or scope in self._scopes

    async def _token(self) -> str:
        token = self._secret.get("token", "")
        if not token:
            raise SignInError("There is no sign-in for this account on this computer. Sign in again.")
        return token

    # --- signing in ----------------------------------------------------------------------------

    @classmethod
    async def sign_in(cls, http: Http, fields: Mapping[str, str]) -> tuple[Identity, ...]:
        """Sign in with a pasted user token; one identity per Page."""
        found = await signing.pasted(http, fields)
        return _identities(found, fields.get("human_agent", ""))

    @classmethod
    async def begin(cls, http: Http, fields: Mapping[str, str], redirect_uri: str) -> Authorization:
        """Start in the browser, with the person's own app."""
        return signing.begin(fields, redirect_uri, tuple(SCOPES))

    @classmethod
    async def finish(cls, http: Http, authorization: Authorization, code: str) -> tuple[Identity, ...]:
        """One identity for each Page that was ticked."""
        found = await signing.finish(http, authorization, code)
        return _identities(found, authorization.data.get("human_agent", ""))

    async def check(self) -> str:
        """Ask whose token this is; a Page's token says the Page."""
        who = await self._calls.get("me", messages.Who, fields="id,name")
        if who.id != self._account.remote_id:
            raise SignInError("This sign-in belongs to another Page. Sign in again.")
        return signing.missing(self._scopes, SCOPES) if self._scopes else ""

    # --- reading -------------------------------------------------------------------------------

    async def pull(self, stream: str, mark: str | None, *, since: datetime) -> AsyncIterator[Page]:
        """Read what is new; see `_meta_pull` for marks and gaps."""
        reading.check_stream("Facebook", stream, self.capabilities.streams)
        fetch = {"feed": self._reader.feed, "tagged": self._reader.tagged, "reviews": self._reader.reviews,
                 "messages": self._inbox.pull}[stream]  # fmt: skip
        async for page in reading.sweep(fetch, stream, mark, since, self._calls.now):
            self._posts |= {each.remote_id for each in page.mentions if each.kind is Kind.MENTION}
            yield page

    async def thread(self, mention: Mention) -> Thread:
        """The whole conversation: a customer's comment with its answers, a post with its comments, the messages."""
        known = graph.known(mention.extra)
        kind = known.get("type", "comment")
        if kind == "message":
            found = await self._inbox.latest(known.get("conversation") or mention.thread)
            here = any(each.remote_id == mention.remote_id for each in found.mentions)
            return Thread(_ordered([*found.mentions, *([] if here else [mention])]), tuple(found.own))
        if kind == "review":
            found = await self._reader.review_comments(mention)
            return Thread(_ordered([mention, *found.mentions]), _own(found.own))
        root = mention.remote_id if kind == "post" else mention.thread or known.get("parent") or mention.remote_id
        try:
            top = await self._one(root, known.get("post", ""), post=bool(known.get("theirs")) or kind == "post")
        except GoneError:
            if root != mention.remote_id:
                return await self.look([mention.remote_id])
            return Thread(gone=(mention.remote_id,))
        theirs = bool(known.get("theirs")) or kind == "post"
        found = await self._reader.all_comments(root, known.get("post") or root, theirs=theirs)
        mentions = [*([top] if isinstance(top, Mention) else []), *found.mentions]
        own = [*([top] if isinstance(top, OwnPost) else []), *found.own]
        here = any(each.remote_id == mention.remote_id for each in mentions)
        return Thread(_ordered(mentions), _own(own), () if here else (mention.remote_id,))

    async def look(self, remote_ids: Sequence[str]) -> Thread:
        """Read them again. A recommendation cannot be read by itself: it is left out."""
        mentions: list[Mention] = []
        own: list[OwnPost] = []
        gone: list[str] = []
        for each in dict.fromkeys(remote_ids):
            if each.startswith(wire.REVIEW):
                continue
            try:
                item = await self._any(each)
            except GoneError:
                gone.append(each)
                continue
            if isinstance(item, OwnPost):
                own.append(item)
            else:
                mentions.append(item)
        return Thread(tuple(mentions), tuple(own), tuple(gone))

    async def _any(self, remote_id: str) -> Mention | OwnPost:
        if remote_id.startswith("m_"):
            return await self._inbox.one(remote_id)
        post = remote_id in self._posts or remote_id.startswith(f"{self._me.remote_id}_")
        try:
            return await self._one(remote_id, "", post=post)
        except RefusedError:  # a post has no parent, a comment no story: it was the other one
            return await self._one(remote_id, "", post=not post)

    async def _one(self, remote_id: str, post_id: str, *, post: bool) -> Mention | OwnPost:
        if post:
            found = await self._calls.get(graph.piece(remote_id), wire.Post, fields=wire.POST)
            return wire.post_item(found, self._me, self._calls.now())
        one = await self._calls.get(graph.piece(remote_id), wire.Comment, fields=wire.COMMENT)
        return wire.comment_item(one, self._me, post_id, theirs=False, at=self._calls.now())

    # --- answering -----------------------------------------------------------------------------

    def prepare(self, reply: Reply) -> str:
        """Nothing is chosen ahead: an uncertain reply is looked for."""
        return "{}"

    async def send(self, reply: Reply) -> Sent:
        """A comment, a message, or a private reply to a comment or a visitor's post."""
        return await self._sender.send(reply)

    async def find(self, reply: Reply) -> Sent | None:
        """Look where it would be."""
        return await self._sender.find(reply)

    async def like(self, mention: Mention, liked: bool) -> None:
        """POST and DELETE /{comment or post}/likes."""
        path = f"{graph.piece(_public(mention))}/likes"
        if liked:
            await self._calls.post(path, graph.Done, writes=False)
        else:
            await self._calls.delete(path)

    async def hide(self, mention: Mention, hidden: bool) -> None:
        """`is_hidden`: the writer and their friends still see it."""
        post = graph.known(mention.extra).get("post", "")
        if mention.kind is not Kind.REVIEW and post and not post.startswith(f"{self._me.remote_id}_"):
            raise InputError("Facebook hides what is on your own Page alone.")
        if mention.kind is Kind.REVIEW:
            raise InputError("Facebook cannot hide a recommendation. It can be reported on the Page's Reviews.")
        form = {"is_hidden": "true" if hidden else "false"}
        await self._calls.post(graph.piece(_public(mention)), graph.Done, form=form, writes=False)

    async def mark_read(self, mention: Mention) -> None:
        """Messenger alone knows what was read; elsewhere there is nothing to mark."""
        known = graph.known(mention.extra)
        if mention.kind is Kind.MESSAGE and known.get("to"):
            body = {"recipient": {"id": known["to"]}, "sender_action": "MARK_SEEN"}
            await self._calls.post(f"{graph.piece(self._me.remote_id)}/messages", graph.Named, json=body, writes=False)

    async def revoke(self) -> None:
        """Nothing is told: Facebook only forgets the whole login, with all the Pages of all clients in it."""


def _public(mention: Mention) -> str:
    if mention.kind is Kind.MESSAGE:
        raise InputError("Facebook's interface for other programs cannot do that with a message.")
    if mention.kind is Kind.REVIEW:
        story = graph.known(mention.extra).get("story", "")
        if not story:
            raise InputError("Facebook does not say where this recommendation is. Open it on the Page.")
        return story
    return mention.remote_id


def _ordered(mentions: list[Mention]) -> tuple[Mention, ...]:
    return tuple(sorted({each.remote_id: each for each in mentions}.values(), key=lambda each: each.posted_at))


def _own(own: list[OwnPost]) -> tuple[OwnPost, ...]:
    return tuple(sorted({each.remote_id: each for each in own}.values(), key=lambda each: each.posted_at))


def _identities(found: signing.Managed, human_agent: str) -> tuple[Identity, ...]:
    data = {"scopes": " ".join(found.scopes), "human_agent": signing.yes(human_agent), "what": "Facebook Page"}
    note = signing.missing(found.scopes, SCOPES) if found.scopes else ""
    return tuple(
        Identity(
            page.id, f"@{page.username}" if page.username else clean(page.name or "") or page.id,
            clean(page.name or "") or page.id, found.server, found.secret(page), avatar=page.avatar,
            data=msgspec.json.encode(data).decode(), note=note,
        )
        for page in found.pages
    )  # fmt: skip


CONNECTOR = FacebookConnector
