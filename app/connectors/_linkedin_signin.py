"""Calling LinkedIn, and what a sign-in finds there: hosts, scopes, the pages that somebody manages."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from app import oauth
from app.connectors import _linkedin_wire as wire
from app.http import Http, Response, decode

API = "https://api.linkedin.com"
SITE = "https://www.linkedin.com"
VERSION = "202606"  # a version lives a year; the answer to an older one is 426
SCOPES = ("r_organization_social", "r_organization_social_feed", "w_organization_social_feed", "rw_organization_admin")
ROLES = ("ADMINISTRATOR", "CONTENT_ADMINISTRATOR", "DIRECT_SPONSORED_CONTENT_POSTER", "RECRUITING_POSTER")


async def send(http: Http, base: str, method: str, path: str, token: str, *, headers: Mapping[str, str] | None = None,
                **more: Any) -> Response:  # fmt: skip
    """Send one call with the headers that every one needs."""
    told = {"Authorization": f"Bearer {token}", "LinkedIn-Version": VERSION, "X-Restli-Protocol-Version": "2.0.0"}
    return await http.send(
        method, base + path, platform="LinkedIn", errors=wire.error_of, home=base, headers={**told, **(headers or {})},
        **more,
    )  # fmt: skip


async def managed(http: Http, base: str, token: str) -> list[str]:
    """Return the URNs of the pages that this person may answer for."""
    found: list[str] = []
    for start in range(0, 1000, 100):
        params = {"q": "roleAssignee", "state": "APPROVED", "start": str(start), "count": "100"}
        answer = await send(http, base, "GET", "/rest/organizationAcls", token, params=params)
        page = await decode(answer, wire.Elements, platform="LinkedIn")
        for raw in page.elements:
            acl = msgspec.json.decode(raw, type=wire.Acl)
            if acl.role in ROLES and (urn := acl.organization or acl.organizationTarget):
                found.append(urn)
        if not page.more and len(page.elements) < 100:
            break
    return list(dict.fromkeys(found))


def server(site: str) -> oauth.Server:
    """Return where LinkedIn signs people in."""
    # LinkedIn's web sign-in takes no PKCE; the secret of the app and the state guard it
    return oauth.Server(
        "LinkedIn", f"{site}/oauth/v2/authorization", f"{site}/oauth/v2/accessToken", SCOPES,
        revoke=f"{site}/oauth/v2/revoke", pkce=False,
    )  # fmt: skip


def hosts(fields: Mapping[str, str]) -> tuple[str, str]:
    """Return the hosts of the API and of the site; others are taken only where they are this computer."""
    typed = fields.get("server", "").strip().rstrip("/")
    host = (urlsplit(typed).hostname or "") if typed else ""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    return (typed, typed) if loopback else (API, SITE)
