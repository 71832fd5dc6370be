"""No secret in a log."""

from __future__ import annotations

import logging

import httpx
import pytest

from app.errors import (
    ServerError,
)
from app.http import RedactingFilter, redact
from tests.app.http.answering import SITE, answering, fails

PLANTED = "pLaNtEd-s3cret_0123456789"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sig-Nature_1"


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {PLANTED}",
        f"headers={{'Authorization': 'Bearer {PLANTED}', 'a': 'b'}}",
        f"[(b'authorization', b'Bearer {PLANTED}')]",
        f"GET https://x.example/?access_token={PLANTED}&limit=4",
        f"https://x.example/cb?code={PLANTED}&state=1",
        f'{{"accessJwt": "{PLANTED}", "did": "d"}}',
        f"{{'password': '{PLANTED}'}}",
        f"client_secret={PLANTED}",
        f"Cookie: session={PLANTED}; b=c",
        f"https://user:{PLANTED}@x.example/",
        f"got {JWT} back",
    ],
)
def test_secrets_are_taken_out_of_logs(text: str) -> None:
    shown = redact(text)
    assert PLANTED not in shown
    assert "sig-Nature" not in shown
    record = logging.LogRecord("x", 10, "f", 1, "%s", (text,), None)
    assert RedactingFilter().filter(record)
    assert PLANTED not in record.getMessage()
    assert redact(redact(text)) == shown


def test_what_is_no_secret_stays() -> None:
    text = "GET https://x.example/api/v1/statuses/1: 200, 42 bytes. The token was bad. keyboard=qwerty"
    assert redact(text) == text


async def test_nothing_secret_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    http = answering(lambda request: httpx.Response(200 if "ok" in request.url.path else 500, text=PLANTED))
    secret = {"Authorization": f"Bearer {PLANTED}"}
    query = {"access_token": PLANTED}
    await http.send("POST", f"{SITE}/ok", params=query, json=PLANTED, headers=secret)
    error = await fails(http, ServerError, "POST", f"{SITE}/no", params=query, json=PLANTED, headers=secret)
    assert PLANTED not in str(error)
    assert "/ok" in caplog.text
    assert PLANTED not in caplog.text
