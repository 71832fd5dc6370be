"""The Bot API in memory. Strict: an unknown method or parameter, or one of another type, is a 400."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, ClassVar

import httpx

from app.connectors.base import Connector
from app.connectors.telegram import TelegramConnector
from app.domain import Account
from tests.app.connectors.kit import Trouble, World

BOT = 110201543
TOKEN = f"{BOT}:AAs3cretTcvCH1vGWJxfSeofSAs0K5PALDs"
JSON = dict[str, Any]
METHODS: dict[str, dict[str, type]] = {  # core.telegram.org/bots/api: parameters and their types
    "getMe": {},
    "getWebhookInfo": {},
    "getUpdates": {"offset": int, "limit": int, "timeout": int, "allowed_updates": list},
    "sendMessage": {
        "business_connection_id": str, "chat_id": int, "message_thread_id": int, "text": str,
        "reply_parameters": dict, "disable_notification": bool,
    },
    "setMessageReaction": {"chat_id": int, "message_id": int, "reaction": list},
    "readBusinessMessage": {"business_connection_id": str, "chat_id": int, "message_id": int},
}  # fmt: skip
NEEDED = {"sendMessage": {"chat_id", "text"}, "setMessageReaction": {"chat_id", "message_id"},
          "readBusinessMessage": {"business_connection_id", "chat_id", "message_id"}}  # fmt: skip
BOB: JSON = {
    "id": 501,
    "is_bot": False,
    "first_name": "Bob",
    "last_name": "Baker",
    "username": "bob",
    "language_code": "en",
}
GROUP: JSON = {"id": -100777, "type": "supergroup", "title": "Bread lovers"}


def fault(status: int, said: str, **parameters: int) -> httpx.Response:
    body: JSON = {"ok": False, "error_code": status, "description": said}
    return httpx.Response(status, json=body | ({"parameters": parameters} if parameters else {}))


class TelegramWorld:
    """One bot and Bob, who writes to it."""

    connector: ClassVar[type[Connector]] = TelegramConnector
    renewable: ClassVar[bool] = False

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.fail: Trouble = lambda _: None
        self.token = TOKEN
        self.updates: list[JSON] = []
        self.confirmed = 0
        self.messages: dict[tuple[int, int], JSON] = {}
        self.webhook = ""
        self.hears_all = True
        self.liked: dict[tuple[int, int], list[JSON]] = {}
        self.read: list[JSON] = []
        self.moved: dict[int, int] = {}
        self.n = 40
        self.update_id = 9_000

    # --- as the kit sees it ----------------------------------------------------------------------

    def account(self) -> Account:
        return Account("a", "c1", "telegram", "https://api.telegram.org", str(BOT), "@maplerye_bot", "Maple & Rye")

    def secret(self) -> dict[str, str]:
        return {"token": TOKEN}

    def message(self, text: str, *, at: datetime, chat: JSON | None = None, **more: Any) -> JSON:
        self.n += 1
        found = chat or {"id": BOB["id"], "type": "private", "first_name": "Bob", "username": "bob"}
        one: JSON = {
            "message_id": self.n,
            "date": int(at.timestamp()),
            "chat": found,
            "from": BOB,
            "text": text,
            **more,
        }
        self.messages[found["id"], self.n] = one
        return one

    def tell(self, kind: str, what: Any) -> JSON:
        self.update_id += 1
        update = {"update_id": self.update_id, kind: what}
        self.updates.append(update)
        return update

    def write(self, text: str, *, at: datetime) -> str:
        one = self.message(text, at=at)
        self.tell("message", one)
        return f"{one['chat']['id']}:{one['message_id']}"

    def change(self, remote_id: str, text: str) -> bool:
        chat, number = map(int, remote_id.split(":"))
        edited = {**self.messages[chat, number], "text": text, "edit_date": int(datetime.now(UTC).timestamp())}
        self.messages[chat, number] = edited
        self.tell("edited_message", edited)
        return True

    def remove(self, remote_id: str) -> bool:
        chat, number = map(int, remote_id.split(":"))
        self.messages.pop((chat, number), None)
        return False

    def answer(self, remote_id: str, text: str, *, at: datetime) -> bool:
        return False

    def ours(self) -> list[str]:
        return [one["text"] for one in self.messages.values() if one["from"]["id"] == BOT]

    def end_token(self) -> None:
        self.token = "1:another"

    def is_send(self, request: httpx.Request) -> bool:
        return request.url.path.endswith("/sendMessage")

    def limited(self) -> httpx.Response:
        return fault(429, "Too Many Requests: retry after 10", retry_after=10)

    # --- answers -----------------------------------------------------------------------------------

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if failed := self.fail(request):
            return failed
        head, _, method = request.url.path.rpartition("/")
        if head != f"/bot{self.token}":
            return fault(401, "Unauthorized") if ":" in head else fault(404, "Not Found")
        body: JSON = json.loads(request.content or b"{}")
        if method not in METHODS:
            return fault(404, "Not Found")
        wrong = [key for key, value in body.items() if not isinstance(value, METHODS[method].get(key, type(None)))]
        if wrong or NEEDED.get(method, set()) - set(body) or request.url.query:
            return fault(400, f"Bad Request: wrong parameters {wrong}")
        found = getattr(self, f"_{method}")(body)
        return found if isinstance(found, httpx.Response) else httpx.Response(200, json={"ok": True, "result": found})

    def _getMe(self, _: JSON) -> JSON:
        return {"id": BOT, "is_bot": True, "first_name": "Maple & Rye", "username": "maplerye_bot",
                "can_read_all_group_messages": self.hears_all}  # fmt: skip

    def _getWebhookInfo(self, _: JSON) -> JSON:
        return {"url": self.webhook, "has_custom_certificate": False, "pending_update_count": 0}

    def _getUpdates(self, body: JSON) -> list[JSON] | httpx.Response:
        if self.webhook:
            return fault(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook first")
        assert 1 <= body.get("limit", 100) <= 100
        self.confirmed = max(self.confirmed, body.get("offset", 0))
        self.updates = [each for each in self.updates if each["update_id"] >= body.get("offset", 0)]
        wanted = [each for each in self.updates if set(each) & {*body["allowed_updates"]}]
        return wanted[: body.get("limit", 100)]

    def _sendMessage(self, body: JSON) -> JSON | httpx.Response:
        if not body["text"].strip():
            return fault(400, "Bad Request: message text is empty")
        if len(body["text"]) > 4096:
            return fault(400, "Bad Request: message is too long")
        if new := self.moved.get(body["chat_id"]):
            said = "Bad Request: group chat was upgraded to a supergroup chat"
            return fault(400, said, migrate_to_chat_id=new)
        parent = body.get("reply_parameters")
        if parent and (body["chat_id"], parent["message_id"]) not in self.messages:
            return fault(400, "Bad Request: message to be replied not found")
        known = self.messages[body["chat_id"], parent["message_id"]] if parent else {}
        chat = known.get("chat") or {"id": body["chat_id"], "type": "supergroup"}
        me = {"id": BOT, "is_bot": True, "first_name": "Maple & Rye", "username": "maplerye_bot"}
        return self.message(body["text"], at=datetime.now(UTC), chat=chat, **{"from": me})

    def _setMessageReaction(self, body: JSON) -> bool:
        self.liked[body["chat_id"], body["message_id"]] = body.get("reaction", [])
        return True

    def _readBusinessMessage(self, body: JSON) -> bool:
        self.read.append(body)
        return True


def world() -> World:
    return TelegramWorld()
