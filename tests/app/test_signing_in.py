"""Several identities of one sign-in: chosen, tried, added one by one, renewed together; and how a sign-in ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app import accounts as use_cases
from app import expiry
from app.accounts import Choices, Connected, SignInTest
from app.connectors.base import Authorization, Capabilities, Idempotency, SignInForm
from app.domain import Account, Identity, Kind
from app.errors import ForbiddenError, InputError, NetworkError, SignInError
from app.oauth import code_of
from app.signing_in import GROUPS, Offer, _group
from app.store import accounts as rows
from tests.app.accounts_desk import SHOP, Connector, Desk, opened
from tests.values import replace

ENDS = "2026-12-24T12:00:00+00:00"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    yield from opened(tmp_path, monkeypatch)


def page(number: int, **more: Any) -> Identity:
    return Identity(
        f"page-{number}", f"@page{number}", f"Page {number}", "https://example.social",
        {"token": f"planted-page-{number}", "user_token": "planted-user-0001", **more},
        data='{"what": "Fake Page", "own": 1}',
    )  # fmt: skip


async def several(desk: Desk, count: int = 3) -> Choices:
    Connector.identity = tuple(page(number) for number in range(1, count + 1))
    found = await desk.accounts.sign_in("fake", {})
    assert isinstance(found, Choices)
    return found


async def client(desk: Desk, name: str) -> str:
    return (await desk.accounts.client_named(name)).id


# Choosing


async def test_a_sign_in_that_manages_several_tells_what_they_are(desk: Desk) -> None:
    maple = await client(desk, "Maple")
    first = await desk.add(page(2), "Maple")
    found = await several(desk)
    assert [(one.identity.handle, one.what, one.account_id, one.client_id) for one in found.found] == [
        ("@page1", "Fake Page", "", ""), ("@page2", "Fake Page", first.id, maple), ("@page3", "Fake Page", "", ""),
    ]  # fmt: skip
    assert "planted" not in repr(found)
    assert len(desk.known()) == 1, "nothing is stored"


async def test_each_goes_to_its_client_and_one_that_fails_keeps_no_other_out(desk: Desk) -> None:
    maple, north = await client(desk, "Maple"), await client(desk, "North")
    found = await several(desk)
    Connector.fails_for = {"page-2": ForbiddenError("Fake does not allow this for this account.")}
    told: list[Connected] = []
    results = await desk.accounts.connect(found, {0: maple, 1: maple, 2: north}, told=told.append)
    assert told == results
    assert [(one.number, one.why) for one in results] == [
        (0, ""), (1, "Fake does not allow this for this account."), (2, ""),
    ]  # fmt: skip
    assert [(one.handle, one.client_id) for one in desk.known()] == [("@page1", maple), ("@page3", north)]
    assert [desk.secrets.get(one.id) for one in desk.known()] == [page(1).secret, page(3).secret]
    Connector.fails_for = {}
    (again,) = await desk.accounts.connect(found, {1: north})
    assert again.account is not None
    (twice,) = await desk.accounts.connect(found, {1: north})
    assert (twice.account, twice.why) == (None, "@page2 is connected already.")


async def test_stopping_keeps_what_was_added_and_nothing_by_halves(desk: Desk) -> None:
    maple = await client(desk, "Maple")
    found = await several(desk)
    told: list[Connected] = []
    work = asyncio.create_task(desk.accounts.connect(found, dict.fromkeys(range(3), maple), told=told.append))
    while not told:
        await asyncio.sleep(0)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert 1 <= len(desk.known()) <= 2
    assert len(desk.secrets._kept) == len(desk.known()), "an account with its secret, or neither"


async def test_an_add_that_is_given_up_is_whole_or_not_at_all(desk: Desk) -> None:
    maple = await client(desk, "Maple")
    for turns in range(6):
        identity = replace(SHOP, remote_id=f"r{turns}")
        work = asyncio.create_task(desk.accounts.add(SignInTest("fake", identity, "", 0, None), maple))
        for _ in range(turns):
            await asyncio.sleep(0)
        work.cancel()
        await asyncio.wait({work})
        assert len(desk.secrets._kept) == len(desk.known())


async def test_one_of_several_needs_no_choice(desk: Desk) -> None:
    Connector.identity = (page(1), page(1))
    found = await desk.accounts.sign_in("fake", {})
    assert isinstance(found, SignInTest)
    assert found.identity.remote_id == "page-1"


async def test_a_sign_in_that_manages_nothing_says_so(desk: Desk) -> None:
    Connector.identity = ()
    with pytest.raises(InputError, match="manages nothing on Fake"):
        await desk.accounts.sign_in("fake", {})


# Again


async def test_signing_in_again_finds_its_own_and_renews_the_others(desk: Desk) -> None:
    found = await several(desk)
    maple, north = await client(desk, "Maple"), await client(desk, "North")
    await desk.accounts.connect(found, {0: maple, 1: north})
    first, second = desk.known()
    for one in (first, second):
        await desk.db.write(lambda db, one=one: rows.update_account(db, one.id, state="sign_in", why="Ended."))  # type: ignore[misc]
    Connector.identity = tuple(page(number, token=f"planted-new-{number}") for number in (3, 2, 1))
    test = await desk.accounts.sign_in("fake", {}, maple, account_id=first.id)
    assert isinstance(test, SignInTest)
    assert (test.identity.remote_id, [one.account_id for one in test.also]) == ("page-1", [second.id])
    await desk.accounts.again(first.id, test)
    assert [(one.state, one.why) for one in desk.known()] == [("ok", ""), ("ok", "")]
    tokens = [(desk.secrets.get(one.id) or {})["token"] for one in desk.known()]
    assert tokens == ["planted-new-1", "planted-new-2"]
    assert len(desk.known()) == 2, "no other is added"
    assert set(desk.checked[-2:]) == {first.id, second.id}


async def test_a_sign_in_without_this_account_changes_nothing(desk: Desk) -> None:
    account = await desk.add(page(9))
    Connector.identity = (page(1), page(2))
    with pytest.raises(InputError, match="does not manage @page9"):
        await desk.accounts.sign_in("fake", {}, account_id=account.id)
    assert desk.secrets.get(account.id) == page(9).secret


# When it ends


async def test_the_end_of_a_sign_in_is_kept_beside_what_the_connector_keeps(desk: Desk) -> None:
    account = await desk.add(page(1, sign_in_ends=ENDS))
    assert expiry.ends(account.data) == datetime.fromisoformat(ENDS)
    assert '"own":1' in desk.known()[0].data
    fresh = replace(page(1), data='{"limit": 5}')
    await desk.accounts.again(account.id, SignInTest("fake", fresh, "", 0, None))
    (known,) = desk.known()
    assert expiry.ends(known.data) is None, "this one never ends"
    assert '"own":1' in known.data
    assert '"limit":5' in known.data


async def test_a_renewal_moves_the_end_on(desk: Desk) -> None:
    account = await desk.add(page(1, sign_in_ends=ENDS))
    later = "2027-02-24T12:00:00+00:00"
    connector: Any = await desk.pool.get(account.id)
    await connector.save({"token": "planted-2", "sign_in_ends": later})
    (known,) = desk.known()
    assert expiry.ends(known.data) == datetime.fromisoformat(later)
    assert '"own":1' in known.data
    await connector.save({"token": "planted-3"})
    assert expiry.ends(desk.known()[0].data) is None


async def test_a_renewal_that_comes_too_late_does_not_undo_a_sign_in(desk: Desk) -> None:
    account = await desk.add(page(1))
    old: Any = await desk.pool.get(account.id)
    fresh = replace(page(1), secret={"token": "planted-fresh"})
    works = [
        desk.accounts.again(account.id, SignInTest("fake", fresh, "", 0, None)),
        *(old.save({"token": f"late-{number}"}) for number in range(5)),
    ]
    await asyncio.gather(*works)
    await old.save({"token": "later still"})
    assert desk.secrets.get(account.id) == {"token": "planted-fresh"}
    await asyncio.gather(desk.accounts.remove(account.id), *(old.save({"token": "risen"}) for _ in range(5)))
    assert desk.secrets.get(account.id) is None


# Removing


async def test_the_platform_is_told_when_an_account_goes(desk: Desk) -> None:
    account = await desk.add()
    assert await desk.accounts.remove(account.id) == "Fake was told to end this sign-in."
    assert Connector.revoked == ["me"]
    assert desk.known() == []


@pytest.mark.parametrize("trouble", [NetworkError("No network."), SignInError("Dead.")])
async def test_a_platform_that_cannot_be_told_stops_nothing(desk: Desk, trouble: Exception) -> None:
    account = await desk.add()
    Connector.trouble = trouble
    said = await desk.accounts.remove(account.id)
    assert "could not be told" in said
    assert (desk.known(), desk.secrets._kept) == ([], {})


async def test_a_platform_that_does_not_answer_is_not_waited_for(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(use_cases, "REVOKE_SECONDS", 0.05)
    account = await desk.add()
    Connector.slow = True
    assert "could not be told" in await desk.accounts.remove(account.id)
    assert desk.known() == []


async def test_a_sign_in_that_others_use_is_not_ended(desk: Desk) -> None:
    found = await several(desk, 2)
    maple = await client(desk, "Maple")
    await desk.accounts.connect(found, {0: maple, 1: maple})
    first, second = desk.known()
    assert "Other accounts use the same sign-in" in await desk.accounts.remove(first.id)
    assert Connector.revoked == []
    assert await desk.accounts.remove(second.id) == "Fake was told to end this sign-in."
    assert Connector.revoked == ["page-2"]


async def test_the_same_person_on_another_day_is_the_same_sign_in_too(desk: Desk) -> None:
    first, second = await desk.add(page(1)), await desk.add(page(2))
    await desk.accounts.remove(first.id)
    assert Connector.revoked == [], "its token would be ended for the other"
    await desk.accounts.remove(second.id)
    assert Connector.revoked == ["page-2"]


# Offers


async def test_platforms_are_offered_by_group_and_name(desk: Desk) -> None:
    assert not desk.accounts.loaded
    await desk.accounts.load()
    assert desk.accounts.loaded
    offers = desk.accounts.offers()
    assert offers[0] == Offer("fake", "Fake", "Social networks", (), False)
    assert [offer.key for offer in offers] == ["fake", "sister"]
    assert desk.accounts.platform_name("sister") == "Sister"


@pytest.mark.parametrize(
    ("kinds", "replies", "group"),
    [
        ((), True, "Social networks"),
        ((Kind.MENTION, Kind.MESSAGE), True, "Social networks"),
        ((Kind.COMMENT, Kind.MESSAGE, Kind.REVIEW), True, "Social networks"),
        ((Kind.REVIEW,), True, "Reviews"),
        ((Kind.COMMENT,), True, "Comments"),
        ((Kind.MESSAGE,), True, "Messages"),
        ((Kind.SEARCH,), False, "Reading along"),
    ],
)
def test_a_platform_is_found_by_what_it_brings(kinds: tuple[Kind, ...], replies: bool, group: str) -> None:
    known = Capabilities("X", ("a",), Idempotency.LOOK, 500, kinds=kinds, replies=replies)
    assert _group(known) == group
    assert group in GROUPS


# The browser


async def test_another_sign_ins_address_is_refused_and_the_wait_goes_on(desk: Desk) -> None:
    sign_in = await desk.accounts.begin("fake", {})
    for pasted in ("http://127.0.0.1/callback?code=good&state=other", "http://127.0.0.1/callback?code=good"):
        with pytest.raises(SignInError, match="another sign-in"):
            await sign_in.paste(pasted)
    result = await sign_in.paste("http://127.0.0.1/callback?code=good&state=state-1")
    assert isinstance(result, SignInTest)
    await sign_in.cancel()


async def test_a_port_that_is_taken_is_told_and_the_address_pasted(desk: Desk) -> None:
    taken = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    port = taken.sockets[0].getsockname()[1]
    Connector.form = SignInForm((), (), (), browser=True, redirect=f"http://localhost:{port}/callback")
    sign_in = await desk.accounts.begin("fake", {})
    assert f"uses port {port}" in sign_in.trouble
    assert "address bar" in sign_in.trouble
    assert isinstance(await sign_in.paste(f"localhost:{port}/callback?code=good&state=state-1"), SignInTest)
    await sign_in.cancel()
    taken.close()
    await taken.wait_closed()


async def test_an_app_may_know_another_address(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    own = "https://pages.example/login_success.html"
    sign_in = await desk.accounts.begin("fake", {"redirect_uri": own})
    assert sign_in._authorization.data["redirect"] == own
    assert "paste it here" in sign_in.trouble
    await sign_in.cancel()

    async def elsewhere(http: object, fields: object, redirect_uri: str) -> Authorization:
        return Authorization(f"https://example.social/allow?redirect_uri={own}&client_id=1", "s")

    monkeypatch.setattr(Connector, "begin", elsewhere)
    sign_in = await desk.accounts.begin("fake", {})
    assert "paste it here" in sign_in.trouble
    await sign_in.cancel()


async def test_nothing_of_a_sign_in_is_logged(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    sign_in = await desk.accounts.begin("fake", {"client_secret": "planted-secret-9"})
    result = await sign_in.paste("good")
    assert "planted" not in f"{sign_in!r}{result!r}{caplog.text}"
    await sign_in.cancel()
    assert code_of("good") == "good"


# Days


@pytest.mark.parametrize(
    ("left", "days", "said"),
    [
        (timedelta(days=14, seconds=1), None, ""),
        (timedelta(days=14), 14, "in 14 days"),
        (timedelta(days=1, hours=23), 1, "in a day"),
        (timedelta(hours=2), 0, "ends today"),
        (timedelta(0), -1, "has ended"),
        (timedelta(days=-3), -1, "has ended"),
    ],
)
def test_the_days_are_counted_from_a_fortnight_on(left: timedelta, days: int | None, said: str) -> None:
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    account = Account("a", "c", "fake", "", "1", "@a", "A", data=f'{{"{expiry.KEY}": "{(now + left).isoformat()}"}}')
    assert expiry.days_left(account.data, now) == days
    assert said in expiry.sentence(account.data, now)
    assert bool(expiry.sentence(account.data, now)) is (days is not None)


@pytest.mark.parametrize("data", ["{}", "", "[]", '{"token_expires_at": "soon"}', '{"token_expires_at": 5}'])
def test_an_end_that_cannot_be_read_is_none(data: str) -> None:
    assert expiry.ends(data) is None
    assert expiry.sentence(data, datetime.now(UTC)) == ""
