"""The Bluesky connector against the real servers: PDS, PLC and AppView on loopback."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.connectors.bluesky import BlueskyConnector
from app.domain import Account, Kind, Mention, Reply, ReplyState, Visibility
from app.errors import AddressError, ForbiddenError, RefusedError, SignInError, UncertainError
from app.http import Http
from tests.live.servers import BlueskyNetwork, BlueskyPerson, MakeProxy, NotInstalled, Post
from tests.values import replace

PUT = "/xrpc/com.atproto.repo.putRecord"


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    http = Http()
    yield http
    await http.close()


class Desk:
    """A signed-in connector and the secrets that it kept."""

    def __init__(self, connector: BlueskyConnector, kept: list[dict[str, str]]) -> None:
        self.connector = connector
        self.kept = kept

    async def pull(self, stream: str = "notifications", mark: str | None = None) -> tuple[list[Any], str | None]:
        """Everything of a pull, and its mark."""
        found: list[Any] = []
        async for page in self.connector.pull(stream, mark, since=datetime.now(UTC) - timedelta(days=30)):
            found += [*page.mentions, *page.own]
            mark = page.mark or mark
        return found, mark

    async def mention(self, uri: str) -> Mention:
        """The mention of a post, by a pull from the beginning."""
        found, _ = await self.pull()
        (one,) = [mention for mention in found if mention.remote_id == uri]
        assert isinstance(one, Mention)
        return one

    def reply(self, to: Mention, text: str) -> Reply:
        """A reply that is about to leave."""
        now = datetime.now(UTC)
        made = Reply(
            "r", "v", "a", to.remote_id, text, Visibility.PUBLIC, ReplyState.CLAIMED, now, now, to_extra=to.extra
        )
        return replace(made, prepared=self.connector.prepare(made))


async def signed_in(http: Http, person: BlueskyPerson, *, server: str = "", password: str = "") -> Desk:
    fields = {
        "handle": f"@{person.handle}",
        "password": password or person.app_password,
        "server": server or person.pds,
    }
    who = await BlueskyConnector.sign_in(http, fields)
    assert who.remote_id == person.did
    assert password or person.app_password not in json.dumps([who.secret, who.data])
    kept: list[dict[str, str]] = []

    async def save(secret: dict[str, str]) -> None:
        await asyncio.sleep(0)
        kept.append(secret)

    account = Account("a", "c", "bluesky", who.server, who.remote_id, who.handle, who.name, data=who.data)
    return Desk(BlueskyConnector(account, who.secret, http, save), kept)


def stranger(root: Post) -> Mention:
    """A mention made from a post, where there is no AppView that tells of it."""
    from app.connectors._bluesky_items import Reader

    view = {"uri": root.uri, "cid": root.cid, "record": {"text": "Hello"}}
    found = Reader("a", "did:plc:us", "us.test").mention(view, Kind.MENTION)
    assert found is not None
    return found


# --- the whole network -----------------------------------------------------------------------------


async def test_a_mention_is_pulled_and_answered_with_exactly_one_reply(bluesky: BlueskyNetwork, http: Http) -> None:
    alice, bob = bluesky.alice, bluesky.bob
    desk = await signed_in(http, alice)
    _, mark = await desk.pull()
    asked = bob.post("Are you open 👩‍👩‍👧‍👦 on Sunday?", mention=alice)
    bob.wait_indexed(asked)
    alice.wait_notification(asked)
    found, mark = await desk.pull(mark=mark)
    (mention,) = found
    assert (mention.kind, mention.author.handle) == (Kind.MENTION, bob.handle)
    assert mention.text == "@alice.test Are you open 👩‍👩‍👧‍👦 on Sunday?"
    draft = desk.reply(mention, f"Yes 🥐 @{bob.handle}, see https://maplerye.com #bread")
    sent = await desk.connector.send(draft)
    again = await desk.connector.send(draft)
    assert sent.remote_id == again.remote_id
    assert await desk.connector.find(draft) is not None
    note = bob.wait_notification(sent.remote_id)  # one for both reasons, "mention" and "reply"
    assert [facet["features"][0]["$type"].rpartition("#")[2] for facet in note["record"]["facets"]] == [
        "mention", "link", "tag",
    ]  # fmt: skip
    assert note["record"]["reply"]["parent"] == asked.ref
    assert len([one for one in bob.notifications() if one["author"]["did"] == alice.did]) == 1
    own, _ = await desk.pull("own")
    assert sent.remote_id in {one.remote_id for one in own}
    assert (await desk.pull(mark=mark))[0] == []
    thread = await desk.connector.thread(mention)
    assert [one.remote_id for one in thread.mentions] == [asked.uri]
    assert [one.remote_id for one in thread.own] == [sent.remote_id]


async def test_replies_and_quotes_and_what_does_not_address_us(bluesky: BlueskyNetwork, http: Http) -> None:
    alice, bob = bluesky.alice, bluesky.bob
    desk = await signed_in(http, alice)
    root = alice.post("Rye is back")
    bob.wait_indexed(root)
    answer, quote = bob.post("Finally", reply_to=root), bob.post("Look", quote_of=root)
    for post in (answer, quote):
        bob.wait_indexed(post)
        alice.wait_notification(post)
    aside = bob.post("And another thing", reply_to=answer)
    bob.wait_indexed(aside)
    found, _ = await desk.pull()
    kinds = {one.remote_id: one.kind for one in found}
    assert (kinds[answer.uri], kinds[quote.uri]) == (Kind.REPLY, Kind.QUOTE)
    thread = await desk.connector.thread(await desk.mention(answer.uri))
    kinds = {one.remote_id: one.kind for one in thread.mentions}
    assert kinds == {answer.uri: Kind.REPLY, aside.uri: Kind.CONTEXT}
    assert [one.remote_id for one in thread.own] == [root.uri]


async def test_edits_and_deletions_are_followed(bluesky: BlueskyNetwork, http: Http) -> None:
    alice, bob = bluesky.alice, bluesky.bob
    desk = await signed_in(http, alice)
    root = bob.post("My cake is late", mention=alice)
    bob.wait_indexed(root)
    more = bob.post("Very late", reply_to=root, mention=alice)
    bob.wait_indexed(more)
    alice.wait_notification(more)
    mention = await desk.mention(more.uri)
    edited = bob.edit(more, "Not so late after all")
    bob.wait_indexed(edited)
    (seen,) = (await desk.connector.look([more.uri])).mentions
    assert seen.text == "Not so late after all"
    assert json.loads(seen.extra)["cid"] == edited.cid
    bob.delete(root)
    bob.wait_gone(root)
    thread = await desk.connector.thread(mention)  # the root is gone, the answer stands
    assert [one.remote_id for one in thread.mentions] == [more.uri]
    assert thread.gone == ()
    sent = await desk.connector.send(desk.reply(mention, "Sorry about that"))
    bob.wait_notification(sent.remote_id)
    bob.delete(more)
    bob.wait_gone(more)
    looked = await desk.connector.look([more.uri, sent.remote_id])
    assert looked.gone == (more.uri,)
    assert [one.remote_id for one in looked.own] == [sent.remote_id]
    assert (await desk.connector.thread(mention)).gone == (more.uri,)


async def test_a_blocked_person_leaves_holes_and_no_errors(bluesky: BlueskyNetwork, http: Http) -> None:
    carol, dave = bluesky.add_account("carol"), bluesky.add_account("dave")
    desk = await signed_in(http, carol)
    root = carol.post("Good morning")
    dave.wait_indexed(root)
    rude = dave.post("No", reply_to=root)
    dave.wait_indexed(rude)
    carol.wait_notification(rude)
    mention = await desk.mention(rude.uri)
    block = {"$type": "app.bsky.graph.block", "subject": dave.did, "createdAt": datetime.now(UTC).isoformat()}
    carol.put_record("app.bsky.graph.block", "3n2zxaqduik2a", block).ok()
    for _ in range(100):
        thread = await desk.connector.thread(mention)
        if not thread.mentions:
            break
        await asyncio.sleep(0.1)
    assert thread.mentions == ()
    assert [one.remote_id for one in thread.own] == [root.uri]


async def test_there_is_no_chat_here_and_that_is_said(bluesky: BlueskyNetwork, http: Http) -> None:
    desk = await signed_in(http, bluesky.alice)
    assert await desk.connector.check() == "Direct messages need an app password with that permission."
    assert await desk.pull("messages") == ([], None)
    allowed = await signed_in(http, bluesky.alice, password=bluesky.alice.dm_app_password)
    assert (await allowed.connector.check()).startswith("Direct messages cannot be read at the moment")
    assert await allowed.pull("messages") == ([], None)


async def test_a_taken_down_account_is_told_in_words(bluesky: BlueskyNetwork, http: Http) -> None:
    erin = bluesky.add_account("erin")
    root = bluesky.bob.post("Hello Erin")
    desk = await signed_in(http, erin)
    bluesky.take_down(erin)
    try:
        for call in (
            lambda: desk.connector.check(),
            lambda: desk.pull("own"),
            lambda: desk.connector.send(desk.reply(stranger(root), "Hello")),
        ):
            with pytest.raises(ForbiddenError, match="has taken this account down"):
                await call()
        with pytest.raises(ForbiddenError, match="taken this account down"):
            await signed_in(http, erin, password=erin.password)
        with pytest.raises(SignInError):  # the server refuses app passwords as if they were wrong
            await signed_in(http, erin)
    finally:
        bluesky.take_down(erin, applied=False)


# --- sessions and sends, without the AppView ----------------------------------------------------------


@pytest.fixture(scope="module")
def short_lived() -> Iterator[BlueskyNetwork]:
    """Access tokens live 3 s, refresh tokens 9 s."""
    try:
        server = BlueskyNetwork(mode="pds", access_ttl="3s", refresh_ttl="9s")
    except NotInstalled as error:
        pytest.fail(str(error), pytrace=False)
    with server:
        yield server


async def test_expired_tokens_are_renewed_until_the_session_itself_ends(
    short_lived: BlueskyNetwork, http: Http
) -> None:
    alice = short_lived.alice
    desk = await signed_in(http, alice)
    await asyncio.sleep(3.5)
    await asyncio.gather(*(desk.connector.check() for _ in range(5)))
    assert len(desk.kept) == 1
    await asyncio.sleep(3.5)
    assert await desk.pull("own") is not None
    assert len(desk.kept) == 2
    await asyncio.sleep(10)
    for _ in range(2):
        with pytest.raises(SignInError, match=r"Sign in again\.$"):
            await desk.connector.check()


async def test_a_revoked_app_password_ends_the_session(short_lived: BlueskyNetwork, http: Http) -> None:
    alice = short_lived.alice
    password = alice.new_app_password("to revoke")
    desk = await signed_in(http, alice, password=password)
    alice.revoke_app_password("to revoke")
    await asyncio.sleep(3.5)
    with pytest.raises(SignInError, match=r"revoked.*Sign in again\.$"):
        await desk.connector.check()
    with pytest.raises(SignInError, match="did not accept this handle and app password"):
        await signed_in(http, alice, password=password)


async def test_the_main_password_works_with_a_warning(bluesky_pds: BlueskyNetwork, http: Http) -> None:
    alice = bluesky_pds.alice
    fields = {"handle": alice.handle, "password": alice.password, "server": bluesky_pds.pds}
    who = await BlueskyConnector.sign_in(http, fields)
    assert who.note.startswith("You signed in with the main password")
    with pytest.raises(AddressError, match="does not answer like a Bluesky server"):
        await BlueskyConnector.sign_in(http, {**fields, "server": bluesky_pds.plc})


async def test_a_lost_answer_is_settled_without_a_second_post(
    bluesky_pds: BlueskyNetwork, http: Http, fault_proxy: MakeProxy
) -> None:
    alice, bob = bluesky_pds.alice, bluesky_pds.bob
    proxy = fault_proxy(bluesky_pds.pds)
    desk = await signed_in(http, alice, server=proxy.base)
    before = len(alice.records())
    draft = desk.reply(stranger(bob.post("Hello")), "Good morning")
    proxy.drop_answer("POST", PUT)
    with pytest.raises(UncertainError):
        await desk.connector.send(draft)
    found = await desk.connector.find(draft)
    assert found is not None
    assert (await desk.connector.send(draft)).remote_id == found.remote_id
    assert len(alice.records()) == before + 1


async def test_a_lost_request_is_seen_to_be_lost(
    bluesky_pds: BlueskyNetwork, http: Http, fault_proxy: MakeProxy
) -> None:
    alice, bob = bluesky_pds.alice, bluesky_pds.bob
    proxy = fault_proxy(bluesky_pds.pds)
    desk = await signed_in(http, alice, server=proxy.base)
    before = len(alice.records())
    draft = desk.reply(stranger(bob.post("Hello")), "Good evening")
    proxy.drop_request("POST", PUT)
    with pytest.raises(UncertainError):
        await desk.connector.send(draft)
    assert await desk.connector.find(draft) is None
    sent = await desk.connector.send(draft)
    assert len(alice.records()) == before + 1
    assert sent.remote_id in {one["uri"] for one in alice.records()}


async def test_eight_sends_at_once_make_one_post(bluesky_pds: BlueskyNetwork, http: Http) -> None:
    alice, bob = bluesky_pds.alice, bluesky_pds.bob
    desk = await signed_in(http, alice)
    before = len(alice.records())
    draft = desk.reply(stranger(bob.post("Hello")), "Only once")
    sent = await asyncio.gather(*(desk.connector.send(draft) for _ in range(8)))
    assert len({one.remote_id for one in sent}) == 1
    assert len(alice.records()) == before + 1
    with pytest.raises(RefusedError, match="another post"):
        await desk.connector.send(replace(draft, text="Something else"))
