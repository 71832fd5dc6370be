"""Signing in to each platform, with what its world takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.domain import Identity
from app.http import Http

LOOPBACK = "http://127.0.0.1:43117/callback"


async def sign_in(world: Any, http: Http, fields: Mapping[str, str]) -> tuple[Identity, ...]:
    """Through the browser where the platform wants that: the code is "good" in every world.

    "answer" among `fields` is what comes back behind the state where that is something else.
    """
    typed = dict(fields)
    came = typed.pop("answer", "code=good")
    connector = world.connector
    if connector.form.browser:
        redirect = connector.form.redirect or LOOPBACK
        begun = await connector.begin(http, typed, redirect)
        found = await connector.finish(http, begun, f"{redirect}?state={begun.state}&{came}")
    else:
        found = await connector.sign_in(http, typed)
    return found if isinstance(found, tuple) else (found,)
