"""Signing in to Bluesky: from a handle to the server that keeps the account, and to a session there.

Sources: atproto.com/specs/handle (resolution), atproto.com/specs/did (plc and web), lexicon
com.atproto.server.createSession. Sign-in is limited to 30 in 5 minutes and 300 a day, even with the right password.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

from app.connectors._bluesky_session import DM_NEEDS, Json, Session, error_of, pair, token_kind
from app.connectors._bluesky_text import handle_of
from app.domain import Identity
from app.errors import (
    AddressError,
    BadAnswerError,
    GoneError,
    InputError,
    NetworkError,
    RefusedError,
    ServiceError,
    SignInError,
)
from app.http import Http, decode
from app.text import clean

_RESOLVER = "https://public.api.bsky.app"
_PLC = "https://plc.directory"
_ENTRYWAY = "bsky.social"  # signs in for many servers; calls go to the one that the DID document names
_MAIN = (
    "You signed in with the main password. It works, but an app password is safer: "
    "it cannot change the account, and you can revoke it alone."
)


async def sign_in(http: Http, fields: Mapping[str, str]) -> Identity:
    """Sign in with `handle`, `password` and, where it cannot be found by itself, `server`."""
    handle = handle_of(fields.get("handle", ""))
    password = fields.get("password", "").strip()
    if not password:
        raise InputError("Type the app password. It looks like abcd-efgh-ijkl-mnop.")
    typed = fields.get("server", "").strip()
    if typed:
        did, server = "", server_of(typed)
    else:
        did = handle if handle.startswith("did:") else await find_did(http, handle)
        server = await find_server(http, did)
    found = await _create(http, server, did or handle, password, home=server if typed else "")
    if did and found["did"] != did:
        raise BadAnswerError(f"The server of {handle} answered for another account. Nothing was saved.")
    did = found["did"]
    if typed and urlsplit(server).hostname == _ENTRYWAY:
        named = pds_of(found.get("didDoc"))
        server, typed = (named, "") if named.startswith("https://") else (server, typed)
    secret = pair(found["accessJwt"], found["refreshJwt"])
    kind = token_kind(secret["access"])
    name, avatar = await _profile(http, server, secret, did, home=server if typed else "")
    told = found.get("handle")
    shown = told if isinstance(told, str) and told and told != "handle.invalid" else handle
    data = {"pds": server, "did": did, "dm": kind != "app", "typed": bool(typed)}
    return Identity(
        remote_id=did,
        handle=shown,
        name=name or shown,
        server=server,
        secret=secret,
        avatar=avatar,
        data=msgspec.json.encode(data).decode(),
        note={"main": _MAIN, "app": DM_NEEDS}.get(kind, ""),
    )


def server_of(typed: str) -> str:
    """Return the base address of a server that was typed in; plain http only for this computer."""
    address = typed if "://" in typed else f"https://{typed}"
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if not host or parts.scheme not in ("http", "https") or parts.username or any(c.isspace() for c in host):
        raise AddressError(f"“{typed[:60]}” is not the address of a server. One looks like https://pds.example.com.")
    if parts.scheme == "http" and not _is_loopback(host):
        raise AddressError("The server's address must begin with https, so that the password is not sent in the open.")
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{f':{port}' if port else ''}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


async def find_did(http: Http, handle: str) -> str:
    """Ask Bluesky whose handle this is, then the handle's own domain."""
    try:
        answer = await http.send(
            "GET",
            f"{_RESOLVER}/xrpc/com.atproto.identity.resolveHandle",
            platform="bluesky",
            params={"handle": handle},
            errors=error_of,
        )
        did = (await decode(answer, Json)).get("did")
        if isinstance(did, str) and did.startswith("did:"):
            return did
    except NetworkError as error:
        trouble: ServiceError | None = error
    except ServiceError as error:
        trouble = None if isinstance(error, GoneError | RefusedError) else error
    else:
        trouble = None
    try:
        answer = await http.send("GET", f"https://{handle}/.well-known/atproto-did", max_bytes=4096, timeout=10.0)
        did = answer.content.decode("ascii", "replace").strip()
        if did.startswith("did:") and len(did) < 300 and handle_of(did) == did:
            return did
    except ServiceError:
        pass  # the handle's domain need not be a web server
    if trouble is not None:
        raise trouble
    raise SignInError(f"Bluesky does not know the handle {handle}. Check how it is spelled.")


async def find_server(http: Http, did: str) -> str:
    """Read the DID document, and in it the address of the server that keeps the account."""
    if did.startswith("did:plc:"):
        url = f"{_PLC}/{quote(did, safe=':')}"
    elif did.startswith("did:web:") and ":" not in did[8:] and "%" not in did:
        url = f"https://{did[8:]}/.well-known/did.json"
    else:
        raise AddressError("This kind of Bluesky account is not known. Type its server's address under Server.")
    try:
        document = await decode(await http.send("GET", url, platform="bluesky"), Json)
    except GoneError as error:
        raise SignInError("This Bluesky account no longer exists. Check the handle.", code=error.code) from error
    server = pds_of(document)
    if not server.startswith("https://"):
        raise AddressError("The account does not say where its server is. Type the address under Server.")
    return server_of(server)


def pds_of(document: Any) -> str:
    """Return the address under `#atproto_pds` of a DID document, "" if there is none."""
    services = document.get("service") if isinstance(document, dict) else None
    for service in services if isinstance(services, list) else []:
        if isinstance(service, dict) and str(service.get("id", "")).endswith("#atproto_pds"):
            place = service.get("serviceEndpoint")
            return place.rstrip("/") if isinstance(place, str) else ""
    return ""


async def _create(http: Http, server: str, who: str, password: str, *, home: str) -> Json:
    host = urlsplit(server).netloc
    no_server = f"{host} does not answer like a Bluesky server. Check the address under Server."
    try:
        answer = await http.send(
            "POST",
            f"{server}/xrpc/com.atproto.server.createSession",
            platform="bluesky",
            json={"identifier": who, "password": password},
            errors=error_of,
            home=home,
        )
        found = await decode(answer, Json)
    except (BadAnswerError, GoneError) as error:
        raise AddressError(no_server, code=error.code, status=error.status) from error
    except ServiceError as error:
        if not error.code and error.status in (400, 403, 405):
            raise AddressError(no_server, status=error.status) from error
        raise
    if not all(isinstance(found.get(key), str) and found[key] for key in ("accessJwt", "refreshJwt", "did")):
        raise AddressError(no_server)
    return found


async def _profile(http: Http, server: str, secret: dict[str, str], did: str, *, home: str) -> tuple[str, str]:
    """Return name and picture; empty where the server has no view of the network, which is no reason to fail."""

    async def save(_: dict[str, str]) -> None:
        await asyncio.sleep(0)  # the tokens are minutes old at most and are not renewed here

    session = Session(http, server, secret, save, home=home)
    try:
        found = await session.get("app.bsky.actor.getProfile", [("actor", did)])
    except ServiceError:
        return "", ""
    name, avatar = found.get("displayName"), found.get("avatar")
    return (
        clean(name) if isinstance(name, str) else "",
        avatar if isinstance(avatar, str) and avatar.startswith("https://") else "",
    )
