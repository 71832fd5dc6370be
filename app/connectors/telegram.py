"""Telegram bots: messages to the bot, messages in groups that name or answer it, and a connected business account's.

core.telegram.org/bots/api, version 10.1. The token stands in the path of every call: `app.http.redact` knows its form.
A bot receives each message once and has no history: what is not fetched within 24 hours is lost, and what was sent
cannot be looked for.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, TypeVar

import msgspec

from app.connectors import _telegram_wire as wire
from app.connectors.base import Basics, Capabilities, Idempotency, SaveSecret, SignInField, SignInForm, Thread
from app.domain import Account, Gap, Identity, Kind, Mention, Page, Reply, Sent
from app.errors import (
    BadAnswerError,
    ForbiddenError,
    GoneError,
    InputError,
    RefusedError,
    SignInError,
    UncertainError,
)
from app.http import Http, Response, decode
from app.http.addresses import host_of, own_server
from app.text import clean, parse_time

API = "https://api.telegram.org"
STREAM = "updates"
KINDS = (
    "message", "edited_message", "business_connection", "business_message", "edited_business_message",
    "deleted_business_messages",
)  # fmt: skip
LIMIT = 100  # the most of getUpdates
WAIT = 1  # seconds that a call waits for news: one of few connections is held meanwhile
MAX_PAGES = 100  # in one pull
KEPT = timedelta(hours=24)  # "updates are kept no longer than 24 hours", #getting-updates
STEADY = timedelta(days=6)  # Update.update_id: "if there are no new updates for at least a week", it starts anywhere
NOTED = timedelta(minutes=10)  # between two notes of when was asked
LONGEST = 4096  # sendMessage, text
LIKE = "\N{THUMBS UP SIGN}"
_TOKEN = re.compile(r"\d{3,20}:[\w-]{20,100}", re.ASCII)
T = TypeVar("T")


class _Answer(msgspec.Struct):
    result: msgspec.Raw


class _Webhook(msgspec.Struct):
    url: str = ""


class _Mark(msgspec.Struct):
    """`next` confirms what came before it, once the pages up to it were saved."""

    next: int = 0
    came: str = ""  # ISO: when the last update was read, by our clock
    asked: str = ""  # ISO: when was asked


class TelegramConnector(Basics):
    """One bot."""

    platform: ClassVar[str] = "telegram"
    form: ClassVar[SignInForm] = SignInForm(
        fields=(
            SignInField(
                "token",
                "Bot token",
                placeholder="110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw",
                secret=True,
                hint="@BotFather gives it. It is a number, a colon and 35 letters and digits.",
            ),
        ),
        can=(
            "read what is written to your bot, and what names or answers it in groups",
            "read and answer your own chats, if you connect the bot under Telegram Business, Chatbots",
            "post the replies that you send, and like messages",
        ),
        never=(
            "reads your private chats, unless you connect them",
            "joins or leaves a group",
            "takes a bot away from another program that uses it",
        ),
        help_text=(
            "In Telegram open a chat with @BotFather and send /newbot, or /mybots for one that you have. "
            "Copy the token and paste it here."
        ),
        help_url="https://core.telegram.org/bots/tutorial#obtain-your-bot-token",
    )

    def __init__(self, account: Account, secret: dict[str, str], http: Http, save_secret: SaveSecret) -> None:
        """`save_secret` is never needed: a bot's token stays until it is revoked."""
        self._account = account
        self._http = http
        self._token = secret.get("token", "")
        self._base = account.server.rstrip("/") or API
        bot = account.remote_id
        username = account.handle.lstrip("@")
        self._me = wire.Me(account.id, int(bot) if bot.isascii() and bot.isdigit() else -1, username)
        self.capabilities = Capabilities(
            name="Telegram",
            streams=(STREAM,),
            idempotency=Idempotency.ASK,
            max_graphemes=LONGEST,
            direct_messages=True,
            history_days=1,
            undo_seconds=5,
            threads=True,
            kinds=(Kind.MESSAGE, Kind.MENTION, Kind.REPLY),
            likes=True,
            marks_read=True,
            notes=(
                "Telegram keeps a bot's messages for 24 hours. What comes while Carelane is closed for longer is lost.",
                "A bot has no history: what was written before you connected it cannot be read.",
                "Telegram cannot be asked whether a reply arrived. If sending is cut off, you decide.",
                "Only one program at a time can receive a bot's messages.",
                "Pictures and files are named and not shown: open them in Telegram.",
                "Customers who delete a message are not told of to a bot, except in a connected business account.",
                "A connected business account takes replies for 24 hours after the customer's message.",
            ),
        )

    @classmethod
    async def sign_in(cls, http: Http, fields: Mapping[str, str]) -> Identity:
        """Ask whose token it is, and whether another program receives its messages."""
        token, base = fields.get("token", "").strip(), own_server(fields.get("server", ""), API)
        if not _TOKEN.fullmatch(token):
            raise InputError("That is not a bot token. Copy it whole from @BotFather: a number, a colon and a key.")
        me = await _ask(http, base, token, "getMe", wire.User)
        if not me.is_bot:
            raise BadAnswerError("Telegram did not say which bot this is. Try again later.")
        hook = await _ask(http, base, token, "getWebhookInfo", _Webhook)
        if hook.url:
            raise ForbiddenError(
                f"This bot's messages go to another program, at {host_of(hook.url) or 'an address of its own'}. "
                "End that, or make a bot of its own for Carelane.",
                code="webhook",
            )
        note = "" if me.can_read_all_group_messages else GROUPS
        name = clean(me.first_name) or me.username
        return Identity(str(me.id), f"@{me.username}", name, base, {"token": token}, note=note)

    async def check(self) -> str:
        """Ask whose token it is."""
        me = await self._ask("getMe", wire.User)
        if str(me.id) != self._account.remote_id:
            raise SignInError("This token belongs to another bot. Sign in again.")
        return "" if me.can_read_all_group_messages else GROUPS

    # --- reading -------------------------------------------------------------------------------

    async def pull(self, stream: str, mark: str | None, *, since: datetime) -> AsyncIterator[Page]:
        """Read updates. Each call confirms the pages before it, which are saved by then, and nothing else does."""
        if stream != STREAM:
            raise InputError(f"Telegram has no stream named {stream}.")
        known, gap = _read(mark), None
        now = datetime.now(UTC)
        asked, came = parse_time(known.asked, now), parse_time(known.came, now)
        if asked is not None and now - asked > KEPT:
            why = (
                "Telegram keeps a bot's messages for 24 hours, and they were not fetched for longer. "
                "What was written before that cannot be read: look into the chats in Telegram."
            )
            gap = Gap(STREAM, asked, now - KEPT, why)
        # without an offset the oldest comes that was not confirmed
        offset = known.next if came is not None and now - came < STEADY else 0
        for _ in range(MAX_PAGES):
            body: dict[str, Any] = {"limit": LIMIT, "timeout": WAIT, "allowed_updates": KINDS}
            if offset:
                body["offset"] = offset
            raws = await self._ask("getUpdates", list[msgspec.Raw], body)
            read = await asyncio.to_thread(wire.updates, raws, self._me)
            now = datetime.now(UTC)
            if read.damaged:
                count = "1 message" if read.damaged == 1 else f"{read.damaged} messages"
                why = f"{count} could not be read: Telegram sent them in a form that is not known."
                gap = Gap(STREAM, gap.since if gap else None, now, f"{gap.why} {why}" if gap else why)
            if read.last >= 0:
                known = _Mark(read.last + 1, now.isoformat(), now.isoformat())
            elif asked is None or now - asked > NOTED:
                known.asked = now.isoformat()
            elif gap is None:
                return
            yield Page(
                mentions=tuple(read.mentions.values()),
                own=tuple(read.own.values()),
                gone=tuple(read.gone),
                mark=msgspec.json.encode(known).decode(),
                gap=gap,
            )
            gap, asked = None, now
            if len(raws) < LIMIT or read.last < 0:
                return
            offset = known.next

    async def thread(self, mention: Mention) -> Thread:
        """Nothing: a bot cannot read a chat. What `pull` brought is all there is."""
        return Thread()

    async def look(self, remote_ids: Sequence[str]) -> Thread:
        """Nothing: a bot cannot read a message again. Edits come with `pull`."""
        return Thread()

    # --- answering -----------------------------------------------------------------------------

    def prepare(self, reply: Reply) -> str:
        """Nothing has to stay the same."""
        return "{}"

    async def send(self, reply: Reply) -> Sent:
        """Send it as an answer to the message, which must still be there."""
        text = reply.text.strip()
        if not clean(text).strip():
            raise RefusedError("The reply is empty. Write something, then send it.")
        if len(text.encode("utf-16-le", "replace")) // 2 > LONGEST:  # counted as its own clients count
            raise RefusedError(f"Telegram takes {LONGEST} characters, and emoji count twice. Shorten the reply.")
        connection, chat, number = wire.place(reply.to_remote_id)
        body: dict[str, Any] = {"chat_id": chat, "text": text, "reply_parameters": {"message_id": number}}
        if connection:
            body["business_connection_id"] = connection
        if topic := _extra(reply.to_extra).get("topic"):
            body["message_thread_id"] = topic
        moved = 0

        def errors(response: Response) -> Any:
            nonlocal moved
            moved = wire.moved_to(response)
            return wire.error_of(response)

        try:
            message = await self._ask("sendMessage", wire.Message, body, writes=True, errors=errors)
        except GoneError as error:
            if error.code != "moved" or not moved:
                raise
            # the group became another one, in which the old message has no number
            body = {"chat_id": moved, "text": text}
            message = await self._ask("sendMessage", wire.Message, body, writes=True)
        return self._sent(message, connection, reply.to_extra)

    def _sent(self, message: wire.Message, connection: str, to_extra: str) -> Sent:
        chat, number = message.chat.id, message.message_id
        extra = {**_extra(to_extra), "chat": chat, "message": number, "business": connection}
        name = f"{connection}:{chat}:{number}" if connection else f"{chat}:{number}"
        now = datetime.now(UTC)
        at = parse_time(message.date, now) or now
        return Sent(name, at, extra=msgspec.json.encode(extra).decode())

    async def find(self, reply: Reply) -> Sent | None:
        """Cannot be told: a bot does not see what it sent."""
        raise UncertainError("Telegram cannot be asked whether this arrived. Look into the chat, then decide.")

    async def like(self, mention: Mention, liked: bool) -> None:
        """Put a thumb below the message, or take it away."""
        connection, chat, number = wire.place(mention.remote_id)
        if connection:
            raise InputError("Telegram lets a bot like nothing in a connected business account. Do it in Telegram.")
        reaction = [{"type": "emoji", "emoji": LIKE}] if liked else []
        await self._ask("setMessageReaction", bool, {"chat_id": chat, "message_id": number, "reaction": reaction})

    async def mark_read(self, mention: Mention) -> None:
        """Mark it as read in a connected business account; a bot's own chats have no such mark."""
        connection, chat, number = wire.place(mention.remote_id)
        if connection:
            body = {"business_connection_id": connection, "chat_id": chat, "message_id": number}
            await self._ask("readBusinessMessage", bool, body)

    # --- calls ---------------------------------------------------------------------------------

    async def _ask(self, method: str, type_: type[T], body: dict[str, Any] | None = None, **more: Any) -> T:
        return await _ask(self._http, self._base, self._token, method, type_, body, account=self._account.id, **more)


GROUPS = (
    "In groups this bot hears only commands and what answers it. To hear what names it too, send "
    "/setprivacy to @BotFather, choose the bot and Disable, then add it to the group again."
)


async def _ask(
    http: Http, base: str, token: str, method: str, type_: type[T], body: dict[str, Any] | None = None, *,
    account: str = "", writes: bool = False, errors: Any = wire.error_of,
) -> T:  # fmt: skip
    """Call a method; its result."""
    if not _TOKEN.fullmatch(token):
        raise SignInError("There is no bot token for this account on this computer. Sign in again.")
    answer = await http.send(
        "POST", f"{base}/bot{token}/{method}", json=body or {}, account=account, platform="Telegram", home=base,
        errors=errors, writes=writes,
    )  # fmt: skip
    whole = await decode(answer, _Answer, platform="Telegram")
    try:
        return msgspec.json.decode(whole.result, type=type_)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        if writes:
            raise UncertainError(
                "Telegram did not say where the reply is. It may have arrived all the same.", status=answer.status
            ) from error
        raise BadAnswerError("Telegram answered in a form that is not known. Look for a newer Carelane.") from error


def _read(mark: str | None) -> _Mark:
    try:
        return msgspec.json.decode(mark, type=_Mark) if mark else _Mark()
    except msgspec.DecodeError:
        return _Mark()


def _extra(text: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(text or "{}", type=dict[str, Any])
    except msgspec.MsgspecError:
        return {}


CONNECTOR = TelegramConnector
