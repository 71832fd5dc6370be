"""WordPress comments: signing in, reading, answering, on hold and back."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from msgspec.structs import replace

from app.connectors.wordpress import WordpressConnector
from app.domain import Identity, Kind, Mention, Page, Reply, ReplyState, Visibility
from app.errors import (
    AddressError,
    ForbiddenError,
    GoneError,
    InputError,
    RateLimitError,
    RefusedError,
    ServiceError,
    SignInError,
)
from app.http import Http
from app.http.addresses import base_of

from .fake_wordpress import BASE, ME, WordpressWorld, fault, many

DATA = Path(__file__).parents[2] / "data" / "wordpress"
NOW = datetime.now(UTC).replace(microsecond=0)
SINCE = NOW - timedelta(days=30)
BACK = "http://127.0.0.1:5123/callback"


def out(site: Any) -> Http:
    return Http(transport=httpx.MockTransport(site))


def connector(site: WordpressWorld) -> WordpressConnector:
    async def save(_: dict[str, str]) -> None:
        raise AssertionError("nothing rotates")

    return WordpressConnector(site.account(), site.secret(), out(site), save)


def a_reply(to: str, text: str = "It is on its way.", **more: Any) -> Reply:
    fields: dict[str, Any] = {"created_at": datetime.now(UTC), "not_before": NOW, **more}
    return Reply("r1", "v1", "a", to, text, Visibility.PUBLIC, ReplyState.CLAIMED, **fields)


async def read(shop: WordpressConnector, mark: str | None = None) -> list[Page]:
    return [page async for page in shop.pull("comments", mark, since=SINCE)]


async def mentions(shop: WordpressConnector) -> dict[str, Mention]:
    return {one.remote_id: one for page in await read(shop) for one in page.mentions}


# --- signing in -------------------------------------------------------------------------------------


async def test_sign_in_goes_through_the_sites_own_page() -> None:
    site = WordpressWorld()
    site.version = "7.0.1"
    http = out(site)
    asked = await WordpressConnector.begin(http, {"server": "maplerye.example", "user": "owner"}, BACK)
    page = urlsplit(asked.url)
    assert page.path == "/wp-admin/authorize-application.php"
    query = parse_qs(page.query)
    assert query["app_name"][0].startswith("Carelane 20")
    assert query["success_url"] == [f"{BACK}?state={asked.state}"]
    came = f"{BACK}?state={asked.state}&site_url=x&user_login=owner&password={site.secret()['password']}"
    who = await WordpressConnector.finish(http, asked, came)
    assert isinstance(who, Identity)
    assert (who.remote_id, who.handle, who.name, who.server) == (str(ME), "maplerye.example", "Maple & Rye", BASE)
    assert who.secret == site.secret()
    assert who.note == ""
    assert "s3cret" not in repr(who) + who.data + repr(asked)


@pytest.mark.parametrize("version", ["6.9", "hidden"])
async def test_an_older_site_shows_the_password_for_pasting(version: str) -> None:
    site = WordpressWorld()
    site.version = version
    asked = await WordpressConnector.begin(out(site), {"server": f"{BASE}/wp-admin/", "user": "owner"}, BACK)
    assert "success_url" not in asked.url
    who = await WordpressConnector.finish(out(site), asked, " abcd s3cr etef ghij klmn opqr\n")
    assert who.secret["password"] == site.secret()["password"]
    with pytest.raises(SignInError, match="Authorization header"):
        await WordpressConnector.finish(out(site), asked, "abcd efgh ijkl mnop qrst uvwx")
    with pytest.raises(InputError, match="24 letters"):
        await WordpressConnector.finish(out(site), asked, "my usual pass-word!")
    with pytest.raises(SignInError, match="refused"):
        await WordpressConnector.finish(out(site), asked, f"{BACK}?state={asked.state}&success=false")


async def test_a_site_without_pretty_permalinks() -> None:
    site = WordpressWorld()
    site.rest = "/?rest_route="
    who = await WordpressConnector.sign_in(out(site), {"server": BASE, **site.secret()})
    assert json.loads(who.data) == {"rest": "/?rest_route=", "moderates": True}
    site.write("hello", at=NOW)
    shop = connector(site)
    [found] = (await mentions(shop)).values()
    assert (await shop.send(a_reply(found.remote_id))).remote_id
    assert site.ours() == ["It is on its way."]


async def test_a_site_below_a_folder_is_found_by_its_link() -> None:
    site = WordpressWorld()

    def elsewhere(request: httpx.Request) -> httpx.Response:
        if request.method == "HEAD":
            return httpx.Response(200, headers={"Link": f'<{BASE}/wp-json/>; rel="https://api.w.org/"'})
        return site(request)

    who = await WordpressConnector.sign_in(out(elsewhere), {"server": f"{BASE}/2026/11/rye/", **site.secret()})
    assert who.server == BASE


async def test_a_link_to_another_host_is_not_followed() -> None:
    site = WordpressWorld()

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.host == "maplerye.example"
        if request.method == "HEAD":
            return httpx.Response(200, headers={"Link": '<https://evil.example/wp-json/>; rel="https://api.w.org/"'})
        return site(request)

    who = await WordpressConnector.sign_in(out(answer), {"server": BASE, **site.secret()})
    assert who.server == BASE


async def test_a_site_that_does_not_answer_the_first_question() -> None:
    site = WordpressWorld()
    site.fail = lambda request: httpx.Response(503) if request.method == "HEAD" else None
    who = await WordpressConnector.sign_in(out(site), {"server": BASE, **site.secret()})
    assert who.server == BASE


@pytest.mark.parametrize(
    ("typed", "base"),
    [
        ("maplerye.com", "https://maplerye.com"),
        (" https://MapleRye.com:443/shop/ ", "https://maplerye.com/shop"),
        ("bäckerei.example", "https://xn--bckerei-5wa.example"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://[::1]:8080/forum", "http://[::1]:8080/forum"),
        ("https://shop.example./?p=1#top", "https://shop.example"),
    ],
)
def test_addresses_as_people_type_them(typed: str, base: str) -> None:
    assert base_of(typed, "maplerye.com") == base


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("", AddressError),
        ("not a site", AddressError),
        ("http://maplerye.example", AddressError),
        ("ftp://maplerye.example", AddressError),
        ("https://bob:pw@maplerye.example", AddressError),
    ],
)
async def test_what_is_no_address(typed: str, error: type[ServiceError]) -> None:
    with pytest.raises(error) as caught:
        await WordpressConnector.begin(out(WordpressWorld()), {"server": typed, "user": "owner"}, BACK)
    assert str(caught.value).endswith(".")


async def test_a_site_that_lets_no_program_in() -> None:
    site = WordpressWorld()
    site.passwords = False
    with pytest.raises(ForbiddenError, match="switched off"):
        await WordpressConnector.begin(out(site), {"server": BASE, "user": "owner"}, BACK)
    with pytest.raises(AddressError, match="does not answer as WordPress"):
        await WordpressConnector.begin(
            out(lambda _: httpx.Response(404, text="<html>")), {"server": BASE, "user": "owner"}, BACK
        )
    shut = fault(401, "rest_disabled")
    with pytest.raises(ServiceError):
        await WordpressConnector.begin(out(lambda _: shut), {"server": BASE, "user": "owner"}, BACK)


async def test_a_user_who_may_not_moderate() -> None:
    site = WordpressWorld()
    site.rights = ("read",)
    who = await WordpressConnector.sign_in(out(site), {"server": BASE, **site.secret()})
    assert "may not moderate" in who.note
    shop = connector(site)
    assert not shop.capabilities.hides
    assert "may not moderate" in await shop.check()
    site.comment("seen", at=NOW)
    site.comment("held", at=NOW, status="hold")
    assert [one.text for one in (await mentions(shop)).values()] == ["seen"]
    site.end_token()
    with pytest.raises(SignInError):  # a visitor could read on
        await read(shop)


async def test_check_and_revoke() -> None:
    site = WordpressWorld()
    assert await connector(site).check() == ""
    await connector(site).revoke()
    assert site.revoked
    site.end_token()
    with pytest.raises(SignInError):
        await connector(site).check()


# --- reading ---------------------------------------------------------------------------------------


async def test_fields_as_documented_and_a_damaged_one_is_said_once() -> None:
    answer = json.loads((DATA / "documented.json").read_text("utf-8"))["comments"]
    shop = connector(WordpressWorld())
    shop._http = out(lambda _: httpx.Response(200, json=answer, headers={"X-WP-Total": "4"}))
    [page] = await read(shop)
    first, second = page.mentions
    assert first.text == "My loaf wasn\N{RIGHT SINGLE QUOTATION MARK}t baked through.\nTwice. See here"
    assert (first.author.name, first.author.handle) == ("Bob & Ann", "")
    assert first.author.remote_id == "guest:5d41402abc4b2a76b9719d911017c592"
    assert first.author.avatar.startswith("https://secure.gravatar.com/")
    assert (first.kind, first.thread, first.reply_to) == (Kind.COMMENT, "41", "")
    assert first.posted_at == datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert json.loads(first.extra) == {"post": 12, "status": "hold"}
    assert (second.author.name, second.text) == ("Anonymous", "Nice bread")
    assert [(one.remote_id, one.reply_to) for one in page.own] == [("42", "41")]
    assert page.gap is not None
    assert page.gap.why.startswith("1 comment could not be read")
    [again] = await read(shop, page.mark)
    assert again.gap is None


async def test_comments_that_may_not_be_seen_do_not_end_the_list() -> None:
    """They are left out of a page, which may be empty, and counted all the same."""
    site = WordpressWorld()
    written = many(site, 250, newest=NOW)
    site.unseen = {int(each) for each in written[:200]}
    assert set(await mentions(connector(site))) == set(written[200:])


async def test_many_are_deleted_between_two_pages() -> None:
    site = WordpressWorld()
    written = many(site, 260, newest=NOW)
    found, shop = set(), connector(site)
    async for page in shop.pull("comments", None, since=SINCE):
        found |= {one.remote_id for one in page.mentions}
        for each in written[:90]:
            site.remove(each)
    assert set(written) <= found


async def test_a_day_is_read_again_for_what_comes_out_of_the_spam() -> None:
    site = WordpressWorld()
    early = site.comment("I am no robot", at=NOW - timedelta(hours=20), status="spam")
    site.write("hello", at=NOW)
    shop = connector(site)
    pages = await read(shop)
    early["status"] = "approved"
    assert str(early["id"]) in {one.remote_id for page in await read(shop, pages[-1].mark) for one in page.mentions}


async def test_the_mark_asks_for_no_more_than_it_must() -> None:
    site = WordpressWorld()
    many(site, 30, newest=NOW - timedelta(days=3))
    site.write("late", at=NOW)
    shop = connector(site)
    pages = await read(shop)
    assert [len(page.mentions) for page in await read(shop, pages[-1].mark)] == [1]


async def test_thread_from_the_middle() -> None:
    site = WordpressWorld()
    top = site.comment("Do you bake rye?", at=NOW - timedelta(minutes=9))
    ours = site.comment("We do", at=NOW - timedelta(minutes=8), parent=top["id"], author=ME)
    asked = site.comment("On Sundays?", at=NOW - timedelta(minutes=7), parent=ours["id"])
    below = site.comment("From eight on", at=NOW, parent=asked["id"], author=ME)
    site.comment("spam", at=NOW, parent=top["id"], status="spam")
    site.comment("another thread", at=NOW)
    shop = connector(site)
    thread = await shop.thread((await mentions(shop))[str(asked["id"])])
    assert [one.remote_id for one in thread.mentions] == [str(top["id"]), str(asked["id"])]
    assert [one.remote_id for one in thread.own] == [str(ours["id"]), str(below["id"])]
    assert {one.thread for one in (*thread.mentions, *thread.own)} == {str(top["id"])}


async def test_look_sees_edits_and_what_went_to_the_bin() -> None:
    site = WordpressWorld()
    one, two, three, four = (int(each) for each in many(site, 4, newest=NOW))
    site.change(str(one), "changed")
    site.comments[two]["status"], site.comments[three]["status"] = "spam", "trash"
    site.remove(str(four))
    seen = await connector(site).look([str(one), str(two), str(three), str(four), "odd"])
    assert [each.text for each in seen.mentions] == ["changed"]
    assert seen.gone == (str(two), str(three), str(four))
    site.fail = lambda request: fault(404, "rest_no_route") if request.url.path.endswith(str(two)) else None
    assert str(two) not in (await connector(site).look([str(two)])).gone  # only the site's own word counts


# --- answering -------------------------------------------------------------------------------------


async def test_a_comment_on_hold_is_let_through_first() -> None:
    site = WordpressWorld()
    held = site.comment("Is it fresh?", at=NOW, status="hold")
    sent = await connector(site).send(a_reply(str(held["id"])))
    assert held["status"] == "approved"
    posts = [request.url.path for request in site.requests if request.method == "POST"]
    assert posts == [f"/wp-json/wp/v2/comments/{held['id']}", "/wp-json/wp/v2/comments"]
    assert site.comments[int(sent.remote_id)]["parent"] == held["id"]
    assert sent.url.endswith(f"#comment-{sent.remote_id}")


async def test_words_are_not_taken_for_markup() -> None:
    site = WordpressWorld()
    asked = site.write("hello", at=NOW)
    await connector(site).send(a_reply(asked, "We <3 rye & wheat\n<script>it's</script>"))
    assert site.ours() == ["We <3 rye & wheat\n<script>it's</script>"]
    assert json.loads(site.requests[-1].content)["content"].startswith("We &lt;3 rye &amp; wheat")


async def test_the_same_words_are_settled_by_looking() -> None:
    site = WordpressWorld()
    asked = site.write("hello", at=NOW)
    shop = connector(site)
    first = await shop.send(a_reply(asked, 'It\'s "ready" - come by'))
    assert (await shop.send(a_reply(asked, 'It\'s "ready" - come by'))).remote_id == first.remote_id
    later = a_reply(asked, 'It\'s "ready" - come by', created_at=datetime.now(UTC) + timedelta(minutes=9))
    with pytest.raises(RefusedError, match="same words"):  # an older one is not ours
        await shop.send(later)
    assert await shop.find(later) is None
    found = await shop.find(a_reply(asked, 'It\'s "ready" - come by'))
    assert found is not None
    assert found.remote_id == first.remote_id
    assert await shop.find(a_reply(site.write("another", at=NOW), 'It\'s "ready" - come by')) is None


async def test_nothing_is_posted_below_what_is_gone() -> None:
    site = WordpressWorld()
    asked, binned = site.write("hello", at=NOW), site.write("bye", at=NOW)
    site.remove(asked)
    site.comments[int(binned)]["status"] = "trash"
    for each in (asked, binned):
        with pytest.raises(GoneError):
            await connector(site).send(a_reply(each))
    with pytest.raises(RefusedError, match="empty"):
        await connector(site).send(a_reply(asked, " \n"))
    assert not site.ours()


async def test_hide_and_back_once_each() -> None:
    site = WordpressWorld()
    shop = connector(site)
    site.write("Buy pills", at=NOW)
    [spam] = (await mentions(shop)).values()
    for hidden, status in ((True, "hold"), (True, "hold"), (False, "approved"), (False, "approved")):
        await shop.hide(spam, hidden)
        assert site.comments[int(spam.remote_id)]["status"] == status
    assert sum(request.method == "POST" for request in site.requests) == 2


@pytest.mark.parametrize(
    ("status", "code", "error", "words"),
    [
        (401, "incorrect_password", SignInError, "Sign in again"),
        (400, "comment_flood", RateLimitError, "20 seconds"),
        (400, "comment_content_column_length", RefusedError, "refused"),
        (403, "rest_comment_closed", ForbiddenError, "Comments are closed"),
        (403, "rest_cannot_edit", ForbiddenError, "does not allow"),
        (403, "", ForbiddenError, "firewall"),
        (404, "rest_comment_invalid_id", GoneError, "deleted"),
        (404, "rest_no_route", ForbiddenError, "REST API"),
    ],
)
async def test_errors_become_sentences(status: int, code: str, error: type[ServiceError], words: str) -> None:
    site = WordpressWorld()
    asked = site.write("hello", at=NOW)
    site.fail = lambda request: (
        (fault(status, code) if code else httpx.Response(status, text="<html>")) if request.method == "POST" else None
    )
    with pytest.raises(error, match=words) as caught:
        await connector(site).send(a_reply(asked))
    assert str(caught.value).endswith(".")


async def test_an_account_without_a_number_never_takes_guests_for_us() -> None:
    site = WordpressWorld()
    site.write("hello", at=NOW)
    shop = WordpressConnector(replace(site.account(), remote_id="x"), site.secret(), out(site), lambda _: None)  # type: ignore[arg-type, return-value]
    assert len(await mentions(shop)) == 1
