"""Signing in to a Discourse community with an API key: docs.discourse.org, "Authentication"."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

import msgspec

from app.connectors import _discourse_wire as wire
from app.domain import Identity
from app.errors import AddressError, ForbiddenError, GoneError, InputError, ServiceError, SignInError
from app.http import Http, Response, decode
from app.http.addresses import base_of, netloc
from app.text import clean

NAME = "Discourse"


class _User(msgspec.Struct):
    id: int
    username: str
    name: str | None = ""


class Profile(msgspec.Struct):
    """What /u/{username}.json tells of a user."""

    user: _User


class _Site(msgspec.Struct):
    title: str = ""


async def sign_in(http: Http, fields: Mapping[str, str]) -> Identity:
    """Ask who the key's user is, and whether the key is theirs."""
    base = base_of(fields.get("server", ""), "community.maplerye.com")
    user, key = fields.get("user", "").strip().lstrip("@"), fields.get("key", "").strip()
    if not user or not user.replace("-", "").replace("_", "").replace(".", "").isalnum():
        raise InputError("Type your user name in the community, without the @.")
    if not key.isascii() or not key.isalnum():
        raise InputError("That is not an API key. Copy it again: it has 64 letters and digits.")
    sent = headers(user, key)
    try:
        answer = await http.send("GET", f"{base}/site/basic-info.json", platform=NAME, home=base, headers=sent,
                                 errors=wire.error_of)  # fmt: skip
        site = await decode(answer, _Site, platform=NAME)
    except (GoneError, ForbiddenError) as error:
        raise AddressError(
            f"{netloc(base)} does not answer as Discourse does. Copy the address of the community's first page, "
            "with the folder that it is in."
        ) from error
    if answer.moved:
        base = answer.moved.partition("?")[0].removesuffix("/site/basic-info.json").rstrip("/")
    answer = await http.send("GET", f"{base}/u/{quote(user, safe='')}.json", platform=NAME, home=base,
                             headers=sent, errors=wire.error_of)  # fmt: skip
    me = (await decode(answer, Profile, platform=NAME)).user
    # whatever a key may not do, it may see its own user's notifications
    answer = await http.send("GET", f"{base}/notifications.json", params={"limit": "1"}, platform=NAME, home=base,
                             headers=sent, errors=key_error)  # fmt: skip
    await decode(answer, wire.Notifications, platform=NAME)
    host = base.partition("://")[2]
    name = clean(me.name or "") or me.username
    return Identity(
        str(me.id), f"@{me.username}@{host}", name, base, {"key": key},
        data=msgspec.json.encode({"what": clean(site.title)}).decode(),
    )  # fmt: skip


def headers(user: str, key: str) -> dict[str, str]:
    """What every call carries."""
    return {"Api-Key": key, "Api-Username": user}


def key_error(answer: Response) -> ServiceError | None:
    """A user's own notifications are kept from nobody but a key that is wrong."""
    error = wire.error_of(answer)
    if isinstance(error, ForbiddenError) and error.code:
        return SignInError(
            "The community does not accept this API key for this user. Ask its administrator for one, and sign in"
            " again.",
            code=error.code, status=error.status,
        )  # fmt: skip
    return error
