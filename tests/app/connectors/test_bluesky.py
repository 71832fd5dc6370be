"""Reading through recorded and made-up answers of a Bluesky server."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.connectors import _bluesky_pull as reading
from app.connectors._bluesky_items import Reader, each, media_of
from app.connectors._bluesky_text import tid_of
from app.connectors.base import Idempotency
from app.connectors.bluesky import CONNECTOR, BlueskyConnector
from app.domain import Kind, Media
from app.errors import ServerError

from .fake_bluesky import (
    ALICE,
    BOB,
    SINCE,
    FakeBluesky,
    Json,
    answer_of,
    connector,
    failure,
    mention,
    note,
    post,
    pulled,
    recorded,
)

LIST = "app.bsky.notification.listNotifications"
THREAD = "app.bsky.feed.getPostThread"
POSTS = "app.bsky.feed.getPosts"
PROFILES = "app.bsky.actor.getProfiles"


def test_what_it_can_do() -> None:
    one = connector(FakeBluesky())
    assert CONNECTOR is BlueskyConnector
    assert one.capabilities.streams == ("notifications", "own", "messages")
    assert one.capabilities.idempotency is Idempotency.RECORD
    assert (one.capabilities.max_graphemes, one.capabilities.max_bytes) == (300, 3000)
    direct = one.capabilities.in_direct()
    assert (direct.max_graphemes, direct.max_bytes) == (1000, 10_000)
    assert not connector(FakeBluesky(), dm=False).capabilities.private_reply
    assert [field.key for field in one.form.fields] == ["handle", "password", "server"]


# --- notifications ---------------------------------------------------------------------------------


async def test_recorded_notifications_become_mentions() -> None:
    fake = FakeBluesky({LIST: recorded("listNotifications"), PROFILES: {"profiles": [recorded("getProfile")]}})
    (page,) = await pulled(connector(fake), "notifications")
    quote, named, answer = page.mentions
    assert [one.kind for one in page.mentions] == [Kind.QUOTE, Kind.MENTION, Kind.REPLY]
    assert answer.thread == answer.reply_to == f"at://{ALICE}/app.bsky.feed.post/3n2zxbabxqc2y"
    assert named.thread == named.remote_id
    assert named.text == "hey @alice.test zebrafish question"
    assert named.author.followers == 0
    assert quote.url == "https://bsky.app/profile/bob.test/post/3n2zxbbckpc2y"
    assert quote.posted_at == datetime(2026, 11, 24, 5, 51, 49, 418000, tzinfo=UTC)
    assert json.loads(answer.extra)["root"] == {
        "uri": answer.thread,
        "cid": "bafyreihhrifeuflplkfeslg5szzhwtgxvuric75pn67ogav5rzy5arn2qa",
    }
    asked = fake.asked(LIST)[0].url.params
    assert asked.get_list("reasons") == ["mention", "reply", "quote"]
    assert page.mark is not None


async def test_a_second_pull_gives_only_what_is_new_whether_read_or_not() -> None:
    views = [note(post(number)) for number in range(5)]
    fake = FakeBluesky({LIST: {"notifications": views[1:]}})
    one = connector(fake)
    (first,) = await pulled(one, "notifications")
    fake.routes[LIST] = {"notifications": views}
    (second,) = await pulled(one, "notifications", first.mark)
    assert [found.remote_id for found in second.mentions] == [views[0]["uri"]]
    (third,) = await pulled(one, "notifications", second.mark)
    assert third.mentions == ()
    assert third.mark == second.mark


async def test_an_edited_post_comes_again() -> None:
    fake = FakeBluesky({LIST: {"notifications": [note(post())]}})
    one = connector(fake)
    (first,) = await pulled(one, "notifications")
    fake.routes[LIST] = {"notifications": [{**note(post(text="Hello again")), "cid": "bafyother"}]}
    (second,) = await pulled(one, "notifications", first.mark)
    assert [found.text for found in second.mentions] == ["Hello again"]


async def test_a_post_that_was_written_offline_is_found_further_down() -> None:
    now = datetime.now(UTC)
    known = [note(post(number, at=now - timedelta(hours=number))) for number in range(10)]
    fake = FakeBluesky({LIST: {"notifications": known}})
    one = connector(fake)
    (first,) = await pulled(one, "notifications", since=now - timedelta(days=30))
    late = note(post(77, at=now - timedelta(hours=7, minutes=30)))
    fake.routes[LIST] = {"notifications": [*known[:8], late, *known[8:]]}
    (second,) = await pulled(one, "notifications", first.mark)
    assert [found.remote_id for found in second.mentions] == [late["uri"]]


async def test_pages_are_read_until_since_and_the_last_carries_the_mark() -> None:
    def page(request: httpx.Request) -> Json:
        number = int(request.url.params.get("cursor", 0))
        views = [note(post(number * 100 + each, at=SINCE + timedelta(days=20) - timedelta(hours=number * 100 + each)))
                 for each in range(100)]  # fmt: skip
        return {"notifications": views, "cursor": str(number + 1)}

    pages = await pulled(connector(FakeBluesky({LIST: page})), "notifications")
    assert [found.mark is not None for found in pages] == [False] * 4 + [True]
    assert sum(len(found.mentions) for found in pages) == 20 * 24 + 1
    assert all(found.gap is None for found in pages)


async def test_a_pull_that_breaks_leaves_the_mark_alone() -> None:
    views = [note(post(number)) for number in range(100)]
    fake = FakeBluesky({LIST: [{"notifications": views, "cursor": "x"}, answer_of("err_bad_cursor")]})
    pages = connector(fake).pull("notifications", None, since=SINCE)
    first = await anext(pages)
    assert len(first.mentions) == 100
    assert first.mark is None
    with pytest.raises(ServerError, match="tries again by itself"):
        await anext(pages)


async def test_too_much_is_a_gap_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_PAGES", 2)

    def page(request: httpx.Request) -> Json:
        number = int(request.url.params.get("cursor", 0))
        views = [note(post(number * 100 + each)) for each in range(100)]
        return {"notifications": views, "cursor": str(number + 1)}

    pages = await pulled(connector(FakeBluesky({LIST: page})), "notifications")
    gap = pages[-1].gap
    assert gap is not None
    assert gap.why == "More than 200 mentions came in at once. The oldest of them could not be read."
    assert gap.since == SINCE
    assert gap.until == pages[-1].mentions[-1].posted_at
    assert pages[-1].mark is not None


async def test_a_server_that_gives_the_same_cursor_for_ever_is_left() -> None:
    fake = FakeBluesky({LIST: {"notifications": [note(post())], "cursor": "same"}})
    await pulled(connector(fake), "notifications")
    assert len(fake.asked(LIST)) == 2


@pytest.mark.parametrize("bad", [
    None, 7, "text", [], {}, {"uri": 5}, {"uri": "https://x"}, {**note(post(9)), "uri": f"at://{BOB}"},
])  # fmt: skip
async def test_one_bad_item_never_costs_the_page(bad: Any, caplog: pytest.LogCaptureFixture) -> None:
    if isinstance(bad, dict):
        bad = {**bad, "reason": "mention"}
    fake = FakeBluesky({LIST: {"notifications": [note(post(1)), bad, note(post(2))]}})
    (page,) = await pulled(connector(fake), "notifications")
    assert len(page.mentions) == 2


async def test_odd_items_come_through() -> None:
    views = [
        {**note(post(1)), "author": None},
        {**note(post(2)), "author": {"did": BOB, "handle": "handle.invalid"}},
        {**note(post(3)), "indexedAt": "yesterday", "record": {"text": 5, "createdAt": []}},
        note(post(4, "a\x00b\u202eevil\u202c " + "x" * 20_000)),
        {**note(post(5)), "indexedAt": "2999-01-01T00:00:00Z"},
        {**note(post(6)), "record": None, "labels": [{"val": "porn"}, {"val": "gore"}, 4]},
        note(post(1)),
    ]
    (page,) = await pulled(connector(FakeBluesky({LIST: {"notifications": views}})), "notifications")
    lone, invalid, undated, hostile, future, empty = page.mentions
    assert (lone.author.remote_id, lone.author.handle) == (BOB, BOB)
    assert invalid.author.handle == BOB
    assert BOB in invalid.url
    assert undated.text == ""
    assert hostile.text.startswith("abevil x")
    assert len(hostile.text) == 10_000
    assert all(one.posted_at <= datetime.now(UTC) for one in (undated, future, empty))
    assert empty.spoiler == "Adult content, Graphic media"


_odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.just(f"at://{ALICE}/app.bsky.feed.post/3k"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=50)
@given(st.data())
def test_no_shape_of_an_item_raises(data: st.DataObject) -> None:
    def spoilt(value: Any) -> Any:
        if data.draw(st.integers(0, 9)) == 0:
            return data.draw(_odd)
        if isinstance(value, dict):
            return {key: spoilt(one) for key, one in value.items()}
        return [spoilt(one) for one in value] if isinstance(value, list) else value

    embed = {"$type": "app.bsky.embed.recordWithMedia", "record": {"record": {"uri": "at://x/y/z"}}}
    view = {**post(facets=[{"features": [{"did": ALICE}]}], embed=embed, langs=["de"]), "labels": [{"val": "porn"}]}
    view["embed"] = {"$type": "app.bsky.embed.images#view", "images": [{"fullsize": "https://x", "alt": "y"}]}
    reader = Reader("a1", ALICE, "alice.test")
    bad = spoilt(view)
    for read in (reader.mention, reader.own):
        assert len(each([bad, view], read)) <= 2
    assert each([view], reader.mention)


def test_embeds_nested_without_end_are_left_alone() -> None:
    view: Json = {}
    for _ in range(5000):
        view = {"$type": "app.bsky.embed.recordWithMedia#view", "media": view}
    assert media_of(view) == ()


async def test_one_wrong_date_does_not_end_the_reading() -> None:
    first = [note(post(number)) for number in range(100)]
    first[3]["indexedAt"] = "1975-01-01T00:00:00Z"
    fake = FakeBluesky(
        {LIST: [{"notifications": first, "cursor": "1"}, {"notifications": [note(post(200))], "cursor": ""}]}
    )
    assert len(await pulled(connector(fake), "notifications")) == 2


async def test_pictures_come_from_the_posts_own_view() -> None:
    view = recorded("getPosts_image")["posts"][0]
    bare = {**view, "embed": None, "indexedAt": "2026-11-24T06:00:00Z", "reason": "mention"}
    fake = FakeBluesky({LIST: {"notifications": [bare]}, POSTS: recorded("getPosts_image")})
    (page,) = await pulled(connector(fake), "notifications")
    (media,) = page.mentions[0].media
    assert media.alt == "a dot"
    assert media.preview.startswith("https://cdn.bsky.app/img/feed_thumbnail/")
    fake.routes[POSTS] = failure(502, "UpstreamFailure")
    (page,) = await pulled(connector(fake), "notifications")
    assert page.mentions[0].media == ()


async def test_a_failing_count_of_followers_loses_nothing() -> None:
    fake = FakeBluesky({LIST: {"notifications": [note(post())]}, PROFILES: failure(500, "InternalServerError")})
    (page,) = await pulled(connector(fake), "notifications")
    assert page.mentions[0].author.followers is None


async def test_followers_are_asked_25_at_a_time_and_once() -> None:
    def profiles(request: httpx.Request) -> Json:
        return {"profiles": [{"did": did, "followersCount": 3} for did in request.url.params.get_list("actors")]}

    views = [note(post(number)) for number in range(30)]
    for number, view in enumerate(views):
        view["author"]["did"] = f"did:plc:{number}"
    fake = FakeBluesky({LIST: {"notifications": views}, PROFILES: profiles})
    one = connector(fake)
    (page,) = await pulled(one, "notifications")
    await pulled(one, "notifications")
    assert {found.author.followers for found in page.mentions} == {3}
    assert [len(asked.url.params.get_list("actors")) for asked in fake.asked(PROFILES)] == [25, 5]


def test_media_of_every_embed() -> None:
    card = {"uri": "https://maplerye.com", "title": "Maple & Rye", "thumb": "https://cdn/t"}
    video = {
        "$type": "app.bsky.embed.video#view",
        "playlist": "https://v/p.m3u8",
        "thumbnail": "https://v/t",
        "alt": "a",
    }
    image = {"thumbnail": "https://i/t", "fullsize": "https://i/f", "alt": "b"}
    assert media_of({"$type": "app.bsky.embed.external#view", "external": card}) == (
        Media("https://maplerye.com", "https://cdn/t", "link", "Maple & Rye"),
    )
    whole = {"$type": "app.bsky.embed.recordWithMedia#view", "media": video}
    assert media_of(whole) == (Media("https://v/p.m3u8", "https://v/t", "video", "a"),)
    assert media_of({"$type": "app.bsky.embed.gallery#view", "items": [image, 3]}) == (
        Media("https://i/f", "https://i/t", "image", "b"),
    )
    assert media_of(None, {"$type": "app.bsky.embed.external", "external": {**card, "thumb": {"ref": 1}}}) == (
        Media("https://maplerye.com", "", "link", "Maple & Rye"),
    )
    assert media_of({"$type": "app.bsky.embed.images#view", "images": [{"fullsize": "javascript:1"}]}) == ()
    assert media_of(7, []) == ()


# --- own posts, threads, looking ------------------------------------------------------------------


async def test_own_posts_come_from_the_repository() -> None:
    records = recorded("listRecords")
    mine = json.loads(json.dumps(records).replace("did:plc:igsghj4dyy63ewqnvckqughm", ALICE))
    (page,) = await pulled(connector(FakeBluesky({"com.atproto.repo.listRecords": mine})), "own")
    assert [one.text for one in page.own][:2] == ["reply", "hello"]
    assert page.own[0].reply_to == page.own[0].thread == page.own[1].remote_id
    assert page.own[0].url == "https://bsky.app/profile/alice.test/post/3n2zxaqbs3k2a"


async def test_own_posts_are_paged_and_known_ones_left_out() -> None:
    top = int(datetime(2026, 11, 20, tzinfo=UTC).timestamp() * 1e6)

    def records(request: httpx.Request) -> Json:
        start = int(request.url.params.get("cursor", 0))
        keys = [tid_of(top - number * 3_600_000_000) for number in range(start, start + 100)]
        found = [{"uri": f"at://{ALICE}/app.bsky.feed.post/{key}", "cid": "c", "value": {"text": "x"}} for key in keys]
        return {"records": found, "cursor": str(start + 100)}

    one = connector(FakeBluesky({"com.atproto.repo.listRecords": records}))
    pages = await pulled(one, "own")
    assert sum(len(page.own) for page in pages) == 26 * 24 + 1
    (again,) = await pulled(one, "own", pages[-1].mark)
    assert again.own == ()


async def test_a_recorded_thread_is_read_whole_and_oldest_first() -> None:
    fake = FakeBluesky({THREAD: recorded("getPostThread")})
    answer = next(view for view in recorded("listNotifications")["notifications"] if view["reason"] == "reply")
    thread = await connector(fake).thread(mention(answer))
    assert [one.text for one in thread.mentions] == ["Replying to bananas"]
    assert thread.mentions[0].kind is Kind.REPLY
    assert [one.text for one in thread.own] == ["Bananas are ripe today #fruit", "Alice answers Bob"]
    asked = fake.asked(THREAD)[0].url.params
    assert asked["uri"] == thread.own[0].remote_id
    assert (asked["depth"], asked["parentHeight"]) == ("100", "100")


async def test_a_thread_with_a_deleted_root_is_read_around_the_post() -> None:
    uri, root = post(1)["uri"], post(2)["uri"]
    gone = {"$type": "app.bsky.feed.defs#notFoundPost", "uri": root, "notFound": True}
    blocked = {"$type": "app.bsky.feed.defs#blockedPost", "uri": post(3)["uri"], "blocked": True, "author": {}}
    tree = {"thread": {"post": post(1), "parent": gone, "replies": [blocked, None, {"post": post(4)}]}}

    def answer(request: httpx.Request) -> Any:
        return tree if request.url.params["uri"] == uri else answer_of("err_getPostThread_notfound")

    thread = await connector(FakeBluesky({THREAD: answer})).thread(mention(post(1), thread=root))
    assert {one.remote_id for one in thread.mentions} == {uri, post(4)["uri"]}
    assert thread.gone == ()


async def test_a_deleted_mention_is_gone_and_a_blocked_one_is_not() -> None:
    fake = FakeBluesky({THREAD: answer_of("err_getPostThread_notfound")})
    assert (await connector(fake).thread(mention())).gone == (mention().remote_id,)
    fake.routes[THREAD] = answer_of("err_getPostThread_blocked")
    assert (await connector(fake).thread(mention())).gone == ()


async def test_posts_that_do_not_address_us_are_context() -> None:
    ours = {"uri": post(9, did=ALICE)["uri"], "cid": "c"}
    theirs = {"uri": post(8)["uri"], "cid": "c"}
    named = [{"features": [{"did": ALICE}]}]
    replies = [
        post(1, reply={"root": ours, "parent": ours}),
        post(2, reply={"root": ours, "parent": theirs}),
        post(3, facets=named),
        post(4, embed={"$type": "app.bsky.embed.record", "record": ours}),
        post(5, embed={"$type": "app.bsky.embed.recordWithMedia", "record": {"record": ours}}),
        post(6, facets=[{"features": [{"did": BOB}, 7]}, None]),
    ]
    tree = {"thread": {"post": post(9, did=ALICE), "replies": [{"post": one} for one in replies]}}
    thread = await connector(FakeBluesky({THREAD: tree})).thread(mention(post(2), kind=Kind.SEARCH, thread=ours["uri"]))
    kinds = {one.remote_id: one.kind for one in thread.mentions}
    assert [kinds[one["uri"]] for one in replies] == [
        Kind.REPLY, Kind.SEARCH, Kind.MENTION, Kind.QUOTE, Kind.QUOTE, Kind.CONTEXT,
    ]  # fmt: skip
    assert [one.posted_at for one in thread.mentions] == sorted(one.posted_at for one in thread.mentions)


async def test_a_look_reads_25_a_call_and_says_what_is_gone() -> None:
    views = {post(number)["uri"]: post(number, "edited") for number in range(30)}

    def posts(request: httpx.Request) -> Json:
        return {"posts": [views[uri] for uri in request.url.params.get_list("uris") if uri in views]}

    missing, sent = post(99)["uri"], f"at://{ALICE}/app.bsky.feed.post/3n2zxaqduik2a"
    fake = FakeBluesky({POSTS: posts})
    one = connector(fake)
    looked = await one.look([*views, missing, sent, "nonsense"])
    assert {found.text for found in looked.mentions} == {"edited"}
    assert looked.gone == (missing, sent)
    assert [len(asked.url.params.get_list("uris")) for asked in fake.asked(POSTS)] == [25, 7]
    fake.records["3n2zxaqduik2a"] = {"uri": sent, "cid": "c", "value": {}}  # there, but not in the AppView yet
    assert (await one.look([missing, sent])).gone == (missing,)


async def test_there_are_no_other_streams() -> None:
    with pytest.raises(ValueError, match="no such stream"):
        await pulled(connector(FakeBluesky()), "likes")
