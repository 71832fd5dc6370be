"""No secret in a log."""

from __future__ import annotations

import logging

import httpx
import pytest

from app.errors import ServerError, ServiceError
from app.http import RedactingFilter, addresses, redact
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
        f"{{'Api-Key': '{PLANTED}', 'Api-Username': 'maple'}}",
        f"got {JWT} back",
        f"https://api.telegram.org/bot110201543:{PLANTED}/getUpdates",
        f"/bot110201543%3A{PLANTED}/getMe failed",
        f"the token 110201543:{PLANTED} is wrong",
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
    text = "/bot/7 at 2026-11-24T10:00:00+00:00, 127.0.0.1:8080/getUpdates, did:plc:abcdefghijklmnopqrstuvwx"
    assert redact(text) == text


def test_an_address_that_is_shown_has_no_token_in_its_path() -> None:
    shown = addresses.shown(f"https://api.telegram.org/bot110201543:{PLANTED}/sendMessage?chat_id=1")
    assert shown == "https://api.telegram.org/bot[hidden]/sendMessage"


async def test_a_token_in_a_path_is_in_no_error_and_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    def cut(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError(f"lost {request.url}", request=request)

    def lost(_: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"Location": "http://[bad"})

    for answer in (cut, lost, lambda _: httpx.Response(502)):
        with pytest.raises(ServiceError) as caught:
            await answering(answer).send("POST", f"{SITE}/bot110201543:{PLANTED}/getMe")
        assert PLANTED not in f"{caught.value}{caught.value!r}"
    assert PLANTED not in caplog.text


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
