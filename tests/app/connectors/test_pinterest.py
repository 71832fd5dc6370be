"""Pinterest: counts alone, told without a timer and with the reason."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from app.connectors.pinterest import NO_REPLY, PinterestConnector
from app.domain import Identity, Kind, Mention, Page
from app.errors import ForbiddenError, InputError, RateLimitError, RefusedError, SignInError
from app.http import Http

from .fake_mastodon import a_reply
from .fake_pinterest import APP, BASE, FakePinterest, connector

NOW = datetime.now(UTC).replace(microsecond=0)
SINCE = NOW - timedelta(days=30)
DATA = Path(__file__).parents[2] / "data" / "pinterest"
REDIRECT = "http://localhost:47623/callback"
FIELDS = {"client_id": APP[0], "client_secret": APP[1]}


async def pull(server: Any, mark: str | None = None) -> list[Page]:
    return [page async for page in connector(server).pull("counts", mark, since=SINCE)]


def notices(pages: list[Page]) -> list[Mention]:
    return [mention for page in pages for mention in page.mentions]


async def test_pins_as_described() -> None:
    server = FakePinterest(pins=json.loads((DATA / "pins.json").read_text("utf-8"))["items"])
    (notice,) = notices(await pull(server))
    assert notice.text == "There are 2 comments on “Sourdough”. Open the pin to read and to answer."
    assert (notice.kind, notice.url) == (Kind.SEARCH, "https://www.pinterest.com/pin/813744226420795884/")
    assert notice.posted_at == datetime(2026, 10, 1, 20, 10, 40, tzinfo=UTC)


async def test_a_notice_when_a_count_grows() -> None:
    server = FakePinterest()
    first = server.pin("1", 2)
    server.pin("2", 0)
    server.pin("3", None)
    mark = (await pull(server))[-1].mark
    assert await pull(server, mark) == []
    first["pin_metrics"]["lifetime_metrics"]["comment"] = 5
    server.pin("4", 1, title="\u202eRye\x00")
    pages = await pull(server, mark)
    found = {one.thread: one for one in notices(pages)}
    assert found["1"].text == "There are 5 comments on “Sourdough”, 3 of them new. Open the pin to read and to answer."
    assert found["4"].text == "There is 1 comment on “Rye”. Open the pin to read and to answer."
    assert found["1"].posted_at >= NOW
    first["pin_metrics"]["lifetime_metrics"]["comment"] = 4  # one was deleted
    assert await pull(server, pages[-1].mark) == []


@pytest.mark.parametrize("trouble", ["none", "insert", "delete", "break"])
async def test_many_pages(trouble: str) -> None:
    server = FakePinterest(size=10)
    for n in range(100):
        server.pin(f"p{n}", 1)
    seen: set[str] = set()
    mark, count = None, 0
    async for page in connector(server).pull("counts", None, since=SINCE):
        seen |= {one.thread for one in page.mentions}
        mark, count = page.mark, count + 1
        if count == 3 and trouble == "insert":
            server.pin("between", 1)
        if count == 3 and trouble == "delete":
            del server.pins[:2]
        if count == 3 and trouble == "break":
            break
    seen |= {one.thread for one in notices(await pull(server, mark))}
    assert {pin["id"] for pin in server.pins} <= seen


async def test_damage_and_too_many_leave_a_gap() -> None:
    server = FakePinterest(size=1)
    server.pins = [{"id": 5}]
    server.pin("1", 1)
    pages = await pull(server)
    assert [one.thread for one in notices(pages)] == ["1"]
    assert pages[-1].gap is not None
    server = FakePinterest(size=1)
    for n in range(45):
        server.pin(str(n), 1)
    gap = (await pull(server))[-1].gap
    assert gap is not None
    assert "too many" in gap.why


async def test_it_says_why_and_never_sends() -> None:
    server = FakePinterest()
    server.pin("1", 2)
    server.pin("2", 3)
    shop = connector(server)
    assert await shop.check() == f"There are 5 comments on your 2 newest pins. {NO_REPLY}"
    assert (shop.capabilities.replies, shop.capabilities.no_reply) == (False, NO_REPLY)
    with pytest.raises(RefusedError):
        await shop.send(a_reply("1/2"))
    assert await shop.find(a_reply("1/2")) is None
    del server.pins[0]
    assert (await shop.look(["1/2", "2/3", "2/1"])).gone == ("2/3", "2/1")
    notice = notices(await pull(server))[0]
    assert (await shop.thread(notice)).gone == ()
    with pytest.raises(InputError):
        await anext(shop.pull("other", None, since=SINCE))
    for status, kind in ((403, ForbiddenError), (429, RateLimitError)):
        server.fail = lambda _, status=status: httpx.Response(status)  # type: ignore[method-assign,misc]
        with pytest.raises(kind):
            await connector(server).check()


async def test_signing_in_and_renewing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server = FakePinterest()
    server.pin("1", 2)
    http = Http(transport=httpx.MockTransport(server))
    begun = await PinterestConnector.begin(http, FIELDS, REDIRECT)
    query = parse_qs(urlsplit(begun.url).query)
    assert begun.url.startswith("https://www.pinterest.com/oauth/?")
    assert query["scope"] == ["user_accounts:read,pins:read,boards:read"]
    who = await PinterestConnector.finish(http, begun, f"{REDIRECT}?code=good&state={begun.state}")
    assert isinstance(who, Identity)
    assert (who.remote_id, who.handle, who.name, who.server) == ("1", "@maplerye", "Maple & Rye", BASE)
    assert json.loads(who.data) == {"pins": 1, "comments": 2}
    assert who.note == f"There are 2 comments on your newest pin. {NO_REPLY}"
    with pytest.raises(SignInError):
        await PinterestConnector.finish(http, begun, "bad")
    with pytest.raises(InputError):
        await PinterestConnector.begin(http, {"client_id": "", "client_secret": ""}, REDIRECT)
    with pytest.raises(InputError):
        await PinterestConnector.sign_in(http, {})
    saved: list[dict[str, str]] = []
    shop = connector(server, saved)
    server.token += "0"
    await shop.check()
    assert saved[0]["token"] == server.token
    assert "s3cret" not in caplog.text + repr(who) + who.data
