"""The practice shop: alive, forgetful of nothing, and the same each time."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, cast

import pytest

from app.connectors.base import Connector
from app.connectors.practice import CONNECTOR, PracticeConnector
from app.domain import Account, Kind, Mention, OwnPost, Picture, Reply, ReplyState, Sent, Visibility
from app.errors import GoneError, NetworkError, RateLimitError, RefusedError, ServiceError, UncertainError
from app.http import Http
from app.search_stream import Query
from app.triage import triage
from tests.values import replace

START = datetime(2026, 5, 4, 11, 0, tzinfo=UTC)
MONTH = START - timedelta(days=30)
NAMES = ("Mastodon", "Bluesky", "Google reviews")


class Shop:
    """One connector with a clock that the test turns, and a secret that survives a restart."""

    def __init__(self, name: str = "Mastodon", *, seed: int = 1, secret: dict[str, str] | None = None) -> None:
        self.now = START
        self.secret = dict(secret or {})
        data = json.dumps({"as": name, "seed": seed, "speed": 1.0})
        self.account = Account("p", "c", "practice", "", "r", "@maplerye", "Maple & Rye", data=data)
        self.connector = self.restart()

    def restart(self) -> PracticeConnector:
        self.connector = PracticeConnector(self.account, dict(self.secret), cast(Http, None), self.keep)
        self.connector.clock = lambda: self.now  # type: ignore[method-assign]
        return self.connector

    async def keep(self, secret: dict[str, str]) -> None:
        self.secret = secret

    async def pull(self, stream: str = "notifications", mark: str | None = None) -> tuple[list[Any], str, set[str]]:
        items: list[Any] = []
        gone: set[str] = set()
        async for page in self.connector.pull(stream, mark, since=MONTH):
            items += [*page.mentions, *page.own]
            gone.update(page.gone)
            assert len(page.mentions) + len(page.own) <= 40
            mark = page.mark
        assert mark is not None
        return items, mark, gone

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def reply(to: Mention, text: str = "Sorry about that", key: str = "k1", **more: Any) -> Reply:
    visibility = more.pop("visibility", to.visibility)
    return Reply(key, "conv", "p", to.remote_id, text, visibility, ReplyState.CLAIMED, START, START, **more)


async def patient(shop: Shop, call: Any) -> Any:
    """Do as the sync does: wait an outage or a rate limit out."""
    for _ in range(40):
        try:
            return await call()
        except UncertainError:
            raise
        except (NetworkError, RateLimitError):
            shop.forward(5)
    raise AssertionError("the outage never ends")


def test_it_is_a_connector() -> None:
    shop = Shop()
    connector: Connector = shop.connector
    assert CONNECTOR.platform == "practice"
    assert connector.capabilities.direct_messages
    assert not Shop("Google reviews").connector.capabilities.direct_messages


async def test_120_messages_of_the_last_day_and_80_older_ones() -> None:
    everything = [item for name in NAMES for item in (await Shop(name).pull())[0]]
    recent = [m for m in everything if m.posted_at > START - timedelta(days=1)]
    older = [m for m in everything if m not in recent]
    assert (len(recent), len(older)) == (120, 80)
    languages = Counter(m.language for m in recent)
    assert set(languages) == {"en", "de", "fr", "es", "pt", "it"}
    assert 65 <= languages["en"] <= 80
    assert {m.kind for m in recent} == {Kind.MENTION, Kind.REPLY, Kind.QUOTE, Kind.MESSAGE, Kind.REVIEW, Kind.SEARCH}
    assert all(m.rating for m in everything if m.kind is Kind.REVIEW)
    assert len({(m.text, m.author.name) for m in recent}) == 120


async def test_every_older_one_is_answered() -> None:
    for name in NAMES:
        shop = Shop(name)
        answered = {post.reply_to for post in (await shop.pull("own"))[0]}
        older = [m for m in (await shop.pull())[0] if m.remote_id.startswith("old-")]
        assert older
        assert all(m.remote_id in answered for m in older)


async def test_jana_is_the_one_to_answer_first() -> None:
    shop = Shop()
    jana = next(m for m in (await shop.pull())[0] if m.remote_id == "jana2")
    assert triage(jana, unanswered=2).tags[:3] == ("anger", "second_message", "refund")
    thread = await shop.connector.thread(jana)
    assert thread.mentions[0].remote_id == "jana1"
    assert any(m.kind is Kind.CONTEXT for m in thread.mentions)


async def test_the_same_seed_is_the_same_world() -> None:
    assert (await Shop().pull())[0] == (await Shop().pull())[0]
    assert (await Shop().pull())[0] != (await Shop(seed=2).pull())[0]


async def test_new_ones_arrive_for_an_hour_and_longer() -> None:
    shops = [Shop(name) for name in NAMES]
    marks = [(await shop.pull())[1] for shop in shops]
    moments: set[datetime] = set()
    for _ in range(2 * 60 * 6):
        for number, shop in enumerate(shops):
            shop.forward(10)
            try:
                items, marks[number], _ = await shop.pull("notifications", marks[number])
            except ServiceError:
                continue
            moments.update(m.posted_at for m in items if m.posted_at > START)
    ordered = sorted(moments)
    assert ordered[0] == START + timedelta(seconds=20)
    gaps = [(b - a).total_seconds() for a, b in pairwise(ordered)]
    assert max(gaps) <= 90
    assert len(ordered) > 90


async def test_trouble_comes_and_goes() -> None:
    shop = Shop()
    seen: Counter[type] = Counter()
    waits: list[timedelta] = []
    for _ in range(3600):
        try:
            await shop.connector.check()
        except RateLimitError as error:
            waits.append(error.until - shop.now)
            seen[RateLimitError] += 1
        except NetworkError:
            seen[NetworkError] += 1
        shop.forward(1)
    assert 40 <= seen[NetworkError] <= 200
    assert 25 <= seen[RateLimitError] <= 100
    assert all(timedelta() < wait <= timedelta(seconds=25) for wait in waits)


async def test_a_reply_is_kept_once_and_thanked_for() -> None:
    shop = Shop()
    items, mark, _ = await shop.pull()
    jana = next(m for m in items if m.remote_id == "jana2")
    sent = await shop.connector.send(reply(jana))
    assert await shop.connector.send(reply(jana)) == sent, "the same key is the same post"
    shop.restart()
    assert await shop.connector.find(reply(jana)) == sent
    assert await shop.connector.find(reply(jana, key="other")) is None
    own = [p for p in (await shop.pull("own", mark))[0] if isinstance(p, OwnPost)]
    assert [p.remote_id for p in own if p.posted_at == START] == [sent.remote_id]
    shop.forward(121)
    answers = [m for m in (await shop.pull("notifications", mark))[0] if m.reply_to == sent.remote_id]
    assert len(answers) == 1
    assert timedelta(seconds=30) <= answers[0].posted_at - sent.at <= timedelta(seconds=120)
    assert triage(answers[0]).mood == "positive"
    thread = await shop.connector.thread(answers[0])
    assert sent.remote_id in [p.remote_id for p in thread.own]


async def test_the_lost_answer_of_a_send_is_found() -> None:
    shop = Shop()
    items, _, _ = await shop.pull()
    uncertain = 0
    for number, to in enumerate(items[-20:]):
        message = reply(to, key=f"k{number}")
        try:
            await patient(shop, lambda message=message: shop.connector.send(message))
        except UncertainError:
            uncertain += 1
        assert await patient(shop, lambda message=message: shop.connector.find(message)) is not None
        shop.forward(7)
    assert 1 <= uncertain <= 8


async def test_edits_and_deletions_are_told() -> None:
    edits: list[Mention] = []
    gone: set[str] = set()
    shop = Shop(seed=3)
    _, mark, _ = await shop.pull()
    for _ in range(360):
        shop.forward(10)
        try:
            items, mark, went = await shop.pull("notifications", mark)
        except ServiceError:
            continue
        edits += [m for m in items if m.edited_at]
        gone |= went
    assert any("jetzt seit 35" in m.text for m in edits)
    assert len(gone) == 1
    looked = await patient(shop, lambda: shop.connector.look([*gone, "never-heard-of"]))
    assert looked.gone == tuple(gone)
    dead = Mention("p", gone.pop(), edits[0].author, "", START)
    with pytest.raises(GoneError):
        await patient(shop, lambda: shop.connector.send(reply(dead)))


async def test_a_bad_review_may_turn() -> None:
    turned = 0
    for seed in range(6):
        shop = Shop("Google reviews", seed=seed)
        items, mark, _ = await shop.pull()
        bad = next(m for m in items if m.rating == 1)
        await shop.connector.send(reply(bad))
        shop.forward(125)
        after = [m for m in (await shop.pull("notifications", mark))[0] if m.remote_id == bad.remote_id]
        turned += any(m.rating == 3 and m.edited_at for m in after)
    assert turned >= 1


async def test_it_remembers_over_days_and_stays_small() -> None:
    shop = Shop()
    first = {m.remote_id for m in (await shop.pull())[0]}
    shop.forward(3 * 86_400)
    shop.restart()
    items, _, _ = await shop.pull()
    assert first <= {m.remote_id for m in items} | {m.remote_id for m in items if m.posted_at < START}
    assert len(items) < len(first) + 60, "nobody writes while nobody watches"
    assert len(shop.secret["world"]) < 200


async def test_what_is_refused() -> None:
    shop = Shop("Bluesky")
    to = next(m for m in (await shop.pull())[0] if m.kind is Kind.MENTION)
    for text in ("", "  ", "x" * 301):
        with pytest.raises(RefusedError):
            await shop.connector.send(reply(to, text))
    family = "👩‍👩‍👧‍👦" * 300  # 300 as people count
    assert await shop.connector.send(reply(to, family))


async def test_pictures_as_on_the_real_platform() -> None:
    picture = Picture("a" * 64, "image/jpeg", 10, 10, 3, alt="bread")
    for name, direct in (("Mastodon", True), ("Bluesky", False)):
        shop = Shop(name)
        assert shop.connector.capabilities.threads
        assert shop.connector.capabilities.spoilers is (name == "Mastodon")
        assert shop.connector.capabilities.picture_direct is direct
        target = next(m for m in (await shop.pull())[0] if m.kind is Kind.MENTION)
        remote = await patient(shop, lambda shop=shop: shop.connector.upload(picture, b"abc", direct=False))
        sent = replace(picture, remote=remote)
        await patient(shop, lambda shop=shop, sent=sent, target=target: _sent(shop, reply(target, pictures=(sent,))))
        with pytest.raises(RefusedError, match="not handed over"):
            await patient(shop, lambda s=shop, t=target: s.connector.send(reply(t, key="k2", pictures=(picture,))))
        with pytest.raises(RefusedError, match="this many"):
            await patient(
                shop, lambda s=shop, t=target, p=sent: s.connector.send(reply(t, key="k3", pictures=(p,) * 5))
            )
        with pytest.raises(RefusedError, match="too large"):
            await patient(shop, lambda s=shop: s.connector.upload(picture, bytes(9_000_000), direct=False))
    reviews = Shop("Google reviews")
    assert not reviews.connector.capabilities.threads
    with pytest.raises(RefusedError, match="takes no pictures"):
        await patient(reviews, lambda: reviews.connector.upload(picture, b"abc", direct=False))


async def _sent(shop: Shop, answer: Reply) -> Sent:
    """Send, and where the answer is lost, look."""
    try:
        return await shop.connector.send(answer)
    except UncertainError:
        found = await shop.connector.find(answer)
        assert found is not None
        return found


async def test_private_stays_private() -> None:
    shop = Shop()
    items, mark, _ = await shop.pull()
    jana = next(m for m in items if m.remote_id == "jana2")
    sent = await shop.connector.send(reply(jana, visibility=Visibility.DIRECT))
    shop.forward(121)
    answer = next(m for m in (await shop.pull("notifications", mark))[0] if m.reply_to == sent.remote_id)
    assert answer.kind is Kind.MESSAGE
    assert answer.visibility is Visibility.DIRECT


async def test_sign_in_needs_nothing() -> None:
    identity = await PracticeConnector.sign_in(cast(Http, None), {"as": "Bluesky"})
    assert json.loads(identity.data)["as"] == "Bluesky"
    with pytest.raises(ServiceError):
        await PracticeConnector.sign_in(cast(Http, None), {"as": "Fax"})


async def test_the_shop_can_be_searched_and_its_guests_liked() -> None:
    shop = Shop()
    found: list[Mention] = []
    async for page in shop.connector.search(Query(words=("maple",), phrases=("Maple & Rye",)), None, since=MONTH):
        found += page.mentions
    assert found
    assert {mention.kind for mention in found} == {Kind.SEARCH}
    assert all("maple" in mention.text.lower() for mention in found)
    async for later in shop.connector.search(Query(words=("maple",)), page.mark, since=MONTH):
        assert later.mentions == ()
    await shop.connector.like(found[0], True)
    await shop.connector.hide(found[0], True)
    await shop.connector.mark_read(found[0])
    with pytest.raises(GoneError):
        await shop.connector.like(replace(found[0], remote_id="nobody"), True)
    assert not Shop("Google reviews").connector.capabilities.searches
