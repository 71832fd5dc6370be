"""A client's profile: tidied, checked, kept, told and written down."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.clients import Clients
from app.domain import Profile
from app.errors import GoneError, InputError
from app.profiles import MOST_WORDS, checked
from app.store import accounts
from tests.app.desk import Desk

GOOD = Profile(
    agent=" Anna  B. ",
    words=("Rye loaf", " rye  LOAF", "", "Mohnzopf"),
    domains=("https://www.MapleRye.com/shop", "maplerye.com", " ", "bäckerei.example"),
    review_url=" https://maps.example/review?id=1 ",
    private_contact=" care@maplerye.com ",
    currency="eur",
    sends_a_day=100,
)


def test_it_is_tidied() -> None:
    assert checked(GOOD) == Profile(
        agent="Anna B.",
        words=("Rye loaf", "Mohnzopf"),
        domains=("maplerye.com", "xn--bckerei-5wa.example"),
        review_url="https://maps.example/review?id=1",
        private_contact="care@maplerye.com",
        currency="EUR",
        sends_a_day=100,
    )
    assert checked(checked(GOOD)) == checked(GOOD)
    assert checked(Profile()) == Profile()


@pytest.mark.parametrize(
    "wrong",
    [
        Profile(review_url="javascript:alert(1)"),
        Profile(review_url="maps.example"),
        Profile(review_url="https://"),
        Profile(review_url="https://a b.example"),
        Profile(review_url="https://[::1"),
        Profile(private_contact="ftp://maplerye.com"),
        Profile(private_contact="x" * 201),
        Profile(agent="x" * 201),
        Profile(words=("x" * 81,)),
        Profile(words=("&",)),
        Profile(words=tuple(f"word {n}" for n in range(MOST_WORDS + 1))),
        Profile(domains=("no domain",)),
        Profile(domains=("localhost",)),
        Profile(domains=("https://[::1",)),
        Profile(currency="EURO"),
        Profile(currency="€"),
        Profile(sends_a_day=0),
        Profile(sends_a_day=10_000_000),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(wrong: Profile) -> None:
    with pytest.raises(InputError, match=r"^[A-Z“].*\.$"):
        checked(wrong)


@given(st.lists(st.text(max_size=90), max_size=5), st.text(max_size=60), st.text(max_size=60), st.text(max_size=40))
def test_any_profile_is_tidied_once_or_refused(words: list[str], url: str, contact: str, domain: str) -> None:
    try:
        tidy = checked(Profile(words=tuple(words), review_url=url, private_contact=contact, domains=(domain,)))
    except InputError:
        return
    assert checked(tidy) == tidy


async def test_it_is_kept_told_and_written_down(desk: Desk) -> None:
    clients = Clients(desk.shop.db, desk.shop.bus, None, now=desk.shop.clock)  # type: ignore[arg-type]
    await clients.set_profile("c1", GOOD)
    assert clients.promises("c1").client.profile == checked(GOOD)
    assert accounts.clients(desk.shop.db.reader())[0].profile == checked(GOOD)
    assert desk.shop.changes[-1].clients == {"c1"}
    assert desk.activity()[-1] == "profile_set"
    with pytest.raises(GoneError):
        await clients.set_profile("nobody", GOOD)
    with pytest.raises(InputError):
        await clients.set_profile("c1", Profile(currency="EURO"))
    assert clients.promises("c1").client.profile == checked(GOOD)
