"""A day of one account, so that a connector sends every kind of request that it can."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

from app.connectors.base import Connector
from app.domain import Mention, Picture, Reply, ReplyState, Visibility
from app.errors import GoneError, InputError, RefusedError, UncertainError
from app.http import Http
from app.search_stream import Query
from tests.app.connectors.kit import World
from tests.values import replace

QUERY = Query(words=("rye",), phrases=("maple rye",), hashtags=("sourdough",), without=("whisky",), languages=("en",))
MANY = 30  # customers' messages: enough for a second page where pages can be small
PICTURE = Picture("5" * 64, "image/jpeg", 640, 480, 9, "Rye, cut open")


def reply_to(mention: Mention, **more: object) -> Reply:
    """A reply as the outbox hands it over."""
    now = datetime.now(UTC)
    made = Reply(
        "0e2f6b1a5c7d4f3e9a8b7c6d5e4f3a2b", "1", mention.account_id, mention.remote_id,
        f"It leaves today, {mention.remote_id[-5:]}.", mention.visibility, ReplyState.CLAIMED, now, now,
        to_extra=mention.extra, to_handle=mention.author.handle,
    )  # fmt: skip
    return replace(made, **more)


async def day(world: World, http: Http) -> set[str]:
    """Live it. Returns what was done, by name; "send:message" is a reply to a mention of that kind."""

    async def save(_changed: dict[str, str]) -> None:
        return

    now = datetime.now(UTC)
    ids = [world.write(f"Where is order {n}, the rye?", at=now - timedelta(minutes=MANY - n)) for n in range(MANY)]
    world.answer(ids[0], "Answered on the platform's own site.", at=now)
    connector = world.connector(world.account(), world.secret(), http, save)
    did: set[str] = set()
    try:
        await connector.check()
        if callable(setup := getattr(connector, "setup", None)):
            await setup()
        found = await _pull(connector, now - timedelta(days=2))
        did |= {"pull", *(f"pull:{mention.kind}" for mention in found.values())}
        await connector.look(ids[-3:])
        alike = [mention for name, mention in found.items() if name in ids]
        for mention in (*alike[-1:], *(mention for name, mention in found.items() if name not in ids)):
            await _answer(connector, mention, did)
        if connector.capabilities.searches:
            async for page in connector.search(QUERY, None, since=now - timedelta(days=2)):
                did |= {"search", *("search:found" for _ in page.mentions[:1])}
        world.write("One more, later", at=now)
        await _pull(connector, now - timedelta(days=2))
        if world.renewable:
            world.end_token()
            await connector.check()
            did.add("renew")
        await connector.revoke()
    finally:
        await connector.close()
    return did


async def _answer(connector: Connector, mention: Mention, did: set[str]) -> None:
    """Everything that can be done with one message."""
    able, direct = connector.capabilities, mention.visibility is Visibility.DIRECT
    await connector.thread(mention)
    did.add("thread")
    for name, offered in (("like", able.likes), ("hide", able.hides)):
        if offered and not direct:
            try:
                await getattr(connector, name)(mention, True)
            except InputError:
                continue  # not for this kind, and it said so before it asked the platform
            await getattr(connector, name)(mention, False)
            did.add(name)
    if able.marks_read:
        await connector.mark_read(mention)
        did.add("mark_read")
    if not able.replies:
        return
    await _send(connector, reply_to(mention), did, str(mention.kind))
    if able.private_reply and not direct:
        private = reply_to(mention, text="In private.", visibility=Visibility.DIRECT)
        with suppress(RefusedError, GoneError):  # of a review, or of a post that is not ours; it was asked all the same
            await _send(connector, private, did, "private")
    if able.max_pictures and (able.picture_direct or not direct):
        remote = await connector.upload(PICTURE, b"\xff\xd8\xff picture", direct=direct)
        pictures = (replace(PICTURE, remote=remote),)
        await _send(connector, reply_to(mention, id="1" * 32, text="See here.", pictures=pictures), did, "picture")


async def _send(connector: Connector, reply: Reply, did: set[str], what: str) -> None:
    reply = replace(reply, prepared=connector.prepare(reply))
    sent = await connector.send(reply)
    assert sent.remote_id
    did |= {"send", f"send:{what}"}
    try:
        again = await connector.find(reply)
    except (InputError, UncertainError):
        return  # cannot be asked: a person decides
    did.add("find")
    assert again is None or again.remote_id == sent.remote_id


async def _pull(connector: Connector, since: datetime) -> dict[str, Mention]:
    """Twice, so that the second time starts from a mark."""
    found: dict[str, Mention] = {}
    for stream in connector.capabilities.streams:
        mark: str | None = None
        for _twice in range(2):
            async for page in connector.pull(stream, mark, since=since):
                found |= {mention.remote_id: mention for mention in page.mentions}
                mark = page.mark or mark
    return found
