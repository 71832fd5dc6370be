"""The worlds of the connectors' tests, with what only a whole day needs: sign-in pages, messages, pictures."""

from __future__ import annotations

import importlib
from datetime import UTC, datetime
from typing import Any

import httpx

from app.connectors.pinterest import PinterestConnector
from tests.app.connectors.bluesky_world import BlueskyWorld
from tests.app.connectors.fake_bluesky import ALICE, BOB, PDS, Json
from tests.app.connectors.fake_pinterest import FakePinterest
from tests.app.connectors.kit import body
from tests.app.connectors.mastodon_world import MastodonWorld
from tests.values import replace

SCOPE = "com.atproto.appPassPrivileged"


def world_of(platform: str) -> Any:
    """A fresh one."""
    own = {"mastodon": MastodonSigningIn, "bluesky": BlueskyWithMessages, "pinterest": Pins}.get(platform)
    return own() if own is not None else importlib.import_module(f"tests.app.connectors.fake_{platform}").world()


class MastodonSigningIn(MastodonWorld):
    """With the pages that an app is made and signed in through."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/.well-known/oauth-authorization-server":
            return httpx.Response(200, json={"code_challenge_methods_supported": ["S256"]})
        if path == "/api/v1/apps":
            return httpx.Response(200, json={"id": "7", "client_id": "cid", "client_secret": "s3cret-app"})
        if path == "/oauth/token":
            token = {"access_token": self.token, "token_type": "Bearer", "scope": "read", "created_at": 1}
            return httpx.Response(200, json=token)
        return httpx.Response(200, json={}) if path == "/oauth/revoke" else super().__call__(request)


class Pins(FakePinterest):
    """Pins whose comments are counted: nobody can be answered."""

    connector = PinterestConnector
    renewable = True

    def write(self, text: str, *, at: datetime) -> str:
        name: str = self.pin(str(len(self.pins) + 1), 3, title=text)["id"]
        return name

    def answer(self, remote_id: str, text: str, *, at: datetime) -> bool:
        return False

    def end_token(self) -> None:
        self.token = "access-s3cret-ended"


class BlueskyWithMessages(BlueskyWorld):
    """With one conversation, a place for pictures, and a password to sign in with."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[Json] = []  # newest first
        self._say("Is my cake ready?", BOB)

    def account(self) -> Any:
        return replace(super().account(), data=super().account().data.replace('"dm": false', '"dm": true'))

    def __call__(self, request: httpx.Request) -> httpx.Response:
        name = request.url.path.removeprefix("/xrpc/")
        if name == "com.atproto.identity.resolveHandle":
            return httpx.Response(200, json={"did": ALICE})
        if request.url.host == "plc.directory":
            service = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": PDS}
            return httpx.Response(200, json={"id": ALICE, "service": [service]})
        if name == "com.atproto.server.createSession":
            pair = self._pair()
            told = {"did": ALICE, "handle": "alice.test", "accessJwt": pair["access"], "refreshJwt": pair["refresh"]}
            return httpx.Response(200, json=told)
        if name == "com.atproto.server.deleteSession":
            return httpx.Response(200)
        return super().__call__(request)

    def _say(self, text: str, by: str) -> Json:
        said = {"id": f"m{len(self.messages)}", "rev": "r1", "text": text, "sender": {"did": by}, "sentAt": _now()}
        self.messages.insert(0, said)
        return said

    def _convo(self) -> Json:
        members = [{"did": ALICE, "handle": "alice.test"}, {"did": BOB, "handle": "bob.test"}]
        last = {"$type": "chat.bsky.convo.defs#messageView", **self.messages[0]}
        return {"id": "c1", "rev": "r1", "members": members, "muted": False, "unreadCount": 1, "lastMessage": last}

    def _listConvos(self, _request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"convos": [self._convo()]})

    def _getConvo(self, _request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"convo": self._convo()})

    def _getConvoForMembers(self, _request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"convo": self._convo()})

    def _getMessages(self, _request: httpx.Request) -> httpx.Response:
        views = [{"$type": "chat.bsky.convo.defs#messageView", **one} for one in self.messages]
        return httpx.Response(200, json={"messages": views})

    def _sendMessage(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=self._say(body(request)["message"]["text"], ALICE))

    def _updateRead(self, _request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"convo": self._convo()})

    def _uploadBlob(self, request: httpx.Request) -> httpx.Response:
        link = {"$link": "bafkreipicture"}
        blob = {"$type": "blob", "ref": link, "mimeType": "image/jpeg", "size": len(request.content)}
        return httpx.Response(200, json={"blob": blob})

    def _getProfile(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"did": request.url.params["actor"], "handle": "alice.test"})


def _now() -> str:
    return datetime.now(UTC).isoformat()
