"""Instagram professional accounts, through the Facebook Page that they are linked with.

Checked against the node specifications of the Graph API, version 25, and the pages that are named where a fact is
used. The Page's token is needed throughout.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import ClassVar

import msgspec

from app.connectors import _instagram_wire as wire
from app.connectors import _meta_graph as graph
from app.connectors import _meta_messages as messages
from app.connectors import _meta_pull as reading
from app.connectors import _meta_sign_in as signing
from app.connectors._instagram_pull import POSTS_BACK, Reader
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
from app.domain import Account, Identity, Kind, Mention, OwnPost, Page, Reply, Sent, Visibility
from app.errors import GoneError, InputError, RefusedError, SignInError, UncertainError
from app.http import Http
from app.text import clean, graphemes

SCOPES = {
    "pages_show_list": "the list of Pages",
    "pages_read_engagement": "reading comments",
    "instagram_basic": "reading the account",
    "instagram_manage_comments": "answering and hiding comments",
    "instagram_manage_messages": "direct messages",
    "pages_manage_metadata": "direct messages",  # of Page Conversations
}
STREAMS = {"comments": "", "tags": "", "messages": "instagram_manage_messages"}
MOST_PUBLIC = 2200  # unchecked; Instagram refuses a longer comment, and nothing is lost
MOST_DIRECT_BYTES = 1000  # "must be UTF-8 and less than 1000 bytes": instagram-messaging/features/send-message
_BUSINESS = "instagram_business_account{id,username,name,profile_picture_url}"


class InstagramConnector(Basics):
    """One professional account."""

    platform: ClassVar[str] = "instagram"
    title: ClassVar[str] = "Instagram"
    form: ClassVar[SignInForm] = SignInForm(
        fields=(
            SignInField("human_agent", "Human Agent", optional=True, placeholder="yes",
                        hint="Type yes if Meta gave your app the feature Human Agent: messages can then be answered"
                             " for seven days and not for one."),
            SignInField("token", "Access token", secret=True, optional=True,
                        hint="Only if the browser cannot be used: a user token from the Graph API Explorer."),
        ),
        can=(
            "read comments on your posts, and posts that tag you",
            "read and answer direct messages",
            "post replies that you send, and hide spam below your posts",
        ),
        never=(
            "posts on its own",
            "deletes what others wrote, follows or likes",
            "sees your password: you type it on Facebook's page",
        ),
        browser=True,
        help_text="You need a professional account (business or creator) that is linked with a Facebook Page, and a"
                  " Meta app of your own. Your browser opens Facebook's page. Tick the Page and the account, allow all"
                  " that is asked, then come back.",
        help_url="https://developers.facebook.com/docs/instagram-platform/instagram-api-with-facebook-login/get-started",
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
        self._me = messages.Me(
            account.id, account.remote_id, settings.get("page", ""), account.handle.lstrip("@"), window
        )
        self._calls = graph.Graph(http, account, "Instagram", graph.VERSION, self._token)
        self._reader = Reader(self._calls, self._me)
        self._inbox = messages.Inbox(self._calls, self._me, "INSTAGRAM", human=human)
        self.capabilities = Capabilities(
            name="Instagram",
            streams=tuple(name for name, scope in STREAMS.items() if not scope or self._may(scope)),
            idempotency=Idempotency.LOOK,
            max_graphemes=MOST_PUBLIC,
            max_bytes_direct=MOST_DIRECT_BYTES - 1,
            private_reply=self._may("instagram_manage_messages"),
            direct_messages=self._may("instagram_manage_messages"),
            history_days=30,
            threads=False,
            kinds=(Kind.COMMENT, Kind.REPLY, Kind.MENTION, Kind.MESSAGE),
            no_reply="Instagram lets programs answer a post that tags you only where its caption names you. Open it in"
                     " Instagram and answer there.",
            window=window,
            private_window=messages.PRIVATE_FOR,
            private_once=True,
            hides=True,
            meters=graph.METERS,
            notes=(
                f"Comments on posts that are older than {POSTS_BACK.days} days are not read.",
                "A message can be answered for 24 hours after the customer's last one, or for seven days where Meta"
                " gave your app the feature Human Agent.",
                "A comment can be answered in private once, within seven days.",
                "A post that tags you can be answered only where its caption names you, and the answer cannot be seen"
                " afterwards.",
                "Mentions in others' comments and stories are not told to programs without a web server.",
                "Comments cannot be liked. Comments on advertisements are not told.",
                "Of a conversation the 20 newest messages can be read; requests that rested for 30 days are not told.",
            ),
        )  # fmt: skip

    def _may(self, scope: str) -> bool:
        return bool(self._me.page) and (not self._scopes or scope in self._scopes)

    async def _token(self) -> str:
        token = self._secret.get("token", "")
        if not token:
            raise SignInError("There is no sign-in for this account on this computer. Sign in again.")
        return token

    # --- signing in ----------------------------------------------------------------------------

    @classmethod
    async def sign_in(cls, http: Http, fields: Mapping[str, str]) -> tuple[Identity, ...]:
        """Sign in with a pasted user token; one identity per linked account."""
        return _identities(await signing.pasted(http, fields, _BUSINESS), fields.get("human_agent", ""))

    @classmethod
    async def begin(cls, http: Http, fields: Mapping[str, str], redirect_uri: str) -> Authorization:
        """Start in the browser, with the person's own app."""
        return signing.begin(fields, redirect_uri, tuple(SCOPES))

    @classmethod
    async def finish(cls, http: Http, authorization: Authorization, code: str) -> tuple[Identity, ...]:
        """One identity for each account that is linked with a Page that was ticked."""
        found = await signing.finish(http, authorization, code, _BUSINESS)
        return _identities(found, authorization.data.get("human_agent", ""))

    async def check(self) -> str:
        """Ask for the account with the Page's token."""
        try:
            who = await self._calls.get(graph.piece(self._me.remote_id), messages.Who, fields="id,username")
        except GoneError as error:
            raise SignInError(
                "This account is no longer linked with the Facebook Page. Link it again, then sign in again."
            ) from error
        if who.id != self._account.remote_id:
            raise SignInError("This sign-in belongs to another account. Sign in again.")
        return signing.missing(self._scopes, SCOPES) if self._scopes else ""

    # --- reading -------------------------------------------------------------------------------

    async def pull(self, stream: str, mark: str | None, *, since: datetime) -> AsyncIterator[Page]:
        """Read what is new; see `_meta_pull` for marks and gaps."""
        reading.check_stream("Instagram", stream, self.capabilities.streams)
        fetch = {"comments": self._reader.comments, "tags": self._reader.tags, "messages": self._inbox.pull}[stream]
        async for page in reading.sweep(fetch, stream, mark, since, self._calls.now):
            yield page

    async def thread(self, mention: Mention) -> Thread:
        """A comment with its answers, the newest messages, or the post that tags us."""
        known = graph.known(mention.extra)
        if mention.kind is Kind.MESSAGE:
            found = await self._inbox.latest(known.get("conversation") or mention.thread)
            here = any(each.remote_id == mention.remote_id for each in found.mentions)
            return Thread(_ordered([*found.mentions, *([] if here else [mention])]), tuple(found.own))
        if known.get("type") == "tag":
            return await self.look([mention.remote_id])
        top = known.get("parent") or mention.thread or mention.remote_id
        try:
            found = await self._reader.conversation(top)
        except GoneError:
            return Thread(gone=(mention.remote_id,))
        here = any(each.remote_id == mention.remote_id for each in found.mentions)
        own = tuple(sorted(found.own, key=lambda each: each.posted_at))
        return Thread(_ordered(found.mentions), own, () if here else (mention.remote_id,))

    async def look(self, remote_ids: Sequence[str]) -> Thread:
        """Read them again. Ids of comments are numbers, those of messages are not."""
        mentions: list[Mention] = []
        own: list[OwnPost] = []
        gone: list[str] = []
        for each in dict.fromkeys(remote_ids):
            try:
                item = await self._one(each)
            except GoneError:
                gone.append(each)
                continue
            if isinstance(item, OwnPost):
                own.append(item)
            else:
                mentions.append(item)
        return Thread(tuple(mentions), tuple(own), tuple(gone))

    async def _one(self, remote_id: str) -> Mention | OwnPost:
        if remote_id.startswith(wire.TAG):
            path = graph.piece(remote_id.removeprefix(wire.TAG))
            post = await self._calls.get(path, wire.Post, fields=wire.TAGGED)
            return wire.tag_item(post, self._me, self._calls.now())
        if not remote_id.isdigit():
            return await self._inbox.one(remote_id)
        one = await self._calls.get(graph.piece(remote_id), wire.Comment, fields=wire.COMMENT)
        media = one.media.id if one.media else ""
        return wire.comment_item(one, self._me, media, "", one.parent_id or "", self._calls.now())

    # --- answering -----------------------------------------------------------------------------

    def prepare(self, reply: Reply) -> str:
        """Nothing is chosen ahead: an uncertain reply is looked for."""
        return "{}"

    async def send(self, reply: Reply) -> Sent:
        """An answer to a comment, a message, or a private reply to a comment."""
        known, text = graph.known(reply.to_extra), reply.text.strip()
        if not clean(text):
            raise RefusedError("The reply is empty. Write something, then send it.")
        if reply.visibility is Visibility.DIRECT:
            if (size := len(text.encode())) >= MOST_DIRECT_BYTES:
                raise RefusedError(
                    f"The message is {size} bytes long, Instagram takes {MOST_DIRECT_BYTES - 1} (most letters are one,"
                    " an emoji four). Shorten it, then send it again."
                )
            return await self._direct(reply, text, known)
        text = self._public_text(text, known)
        if (count := graphemes(text)) > MOST_PUBLIC:
            raise RefusedError(f"The reply is {count} characters long, Instagram takes {MOST_PUBLIC}. Shorten it.")
        if known.get("type") == "tag":
            if not known.get("named"):
                raise RefusedError(self.capabilities.no_reply)
            path, form = (
                f"{graph.piece(self._me.remote_id)}/mentions",
                {"media_id": reply.to_remote_id.removeprefix(wire.TAG)},
            )
        else:
            path, form = f"{graph.piece(known.get('parent') or reply.to_remote_id)}/replies", {}
        done = await self._calls.post(path, graph.Named, form={**form, "message": text})
        if not done.id:
            raise UncertainError("Instagram did not say where the reply is. Carelane looks before it tries again.")
        parent = known.get("parent") or reply.to_remote_id
        return Sent(done.id, self._calls.now(), extra=graph.packed(type="comment", parent=parent))

    async def _direct(self, reply: Reply, text: str, known: dict[str, str]) -> Sent:
        if not self._me.page:
            raise RefusedError("Sign in again to send messages: the Page behind this account is not known.")
        if known.get("type") == "message":
            return await self._inbox.answer(text, known)
        if known.get("type") == "tag":
            raise RefusedError("Instagram takes no private reply to a post that tags you. Write to the person there.")
        return await self._inbox.privately(text, known, {"comment_id": reply.to_remote_id})

    def _public_text(self, text: str, known: dict[str, str]) -> str:
        """Replies to a reply are added to the first comment (IG Comment Replies): a name says to whom it goes."""
        name = known.get("name", "")
        if not known.get("parent") or not name or wire.same_name(name, self._me) or wire.names(text, name):
            return text
        return f"@{name} {text}"

    async def find(self, reply: Reply) -> Sent | None:
        """Look below the comment, or in the conversations since then."""
        known = graph.known(reply.to_extra)
        if reply.visibility is Visibility.DIRECT:
            if known.get("conversation"):
                return await self._inbox.find(reply, known["conversation"])
            name = known.get("name") or reply.to_handle.strip("@")
            if not name:
                raise UncertainError("Instagram does not say to whom this went. Look in its inbox, then decide.")
            return await self._inbox.find_to(reply, name)
        if known.get("type") == "tag":
            raise UncertainError("Instagram does not show answers below others' posts. Look there, then decide.")
        top = known.get("parent") or reply.to_remote_id
        try:
            found = await self._reader.conversation(top)
        except GoneError:
            return None  # what it would be below is gone, and all below it with it
        wanted = msgspec.structs.replace(reply, text=self._public_text(reply.text.strip(), known))
        below = [each for each in found.own if each.reply_to == top]
        return messages.ours(below, wanted, self._calls)

    async def hide(self, mention: Mention, hidden: bool) -> None:
        """POST /{comment} with `hide`."""
        if mention.kind not in (Kind.COMMENT, Kind.REPLY):
            raise InputError("Instagram hides comments below your own posts alone.")
        form = {"hide": "true" if hidden else "false"}
        await self._calls.post(graph.piece(mention.remote_id), graph.Done, form=form, writes=False)

    async def revoke(self) -> None:
        """Nothing is told: Facebook only forgets the whole login, with all accounts of all clients in it."""


def _ordered(mentions: list[Mention]) -> tuple[Mention, ...]:
    return tuple(sorted({each.remote_id: each for each in mentions}.values(), key=lambda each: each.posted_at))


def _identities(found: signing.Managed, human_agent: str) -> tuple[Identity, ...]:
    note = signing.missing(found.scopes, SCOPES) if found.scopes else ""
    identities = []
    for page in found.pages:
        one = page.instagram_business_account
        if one is None or not one.id or not one.username:
            continue
        data = {"page": page.id, "scopes": " ".join(found.scopes), "human_agent": signing.yes(human_agent),
                "what": "Instagram account"}  # fmt: skip
        name = clean(one.name or "") or clean(one.username)
        identities.append(Identity(
            one.id, f"@{clean(one.username)}", name, found.server, found.secret(page),
            avatar=one.profile_picture_url or "", data=msgspec.json.encode(data).decode(), note=note,
        ))  # fmt: skip
    if not identities:
        raise SignInError(
            "None of these Pages is linked with an Instagram professional account, or none was ticked. Link it on the"
            " Page, at Settings, Linked accounts, then start again."
        )
    return tuple(identities)


CONNECTOR = InstagramConnector
