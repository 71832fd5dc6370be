"""A day of one account, so that a connector sends every kind of request that it can."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app.connectors.base import Connector
from app.domain import Kind, Mention, Reply, ReplyState, Visibility
from app.errors import InputError, ServiceError
from app.http import Http
from app.search_stream import Query
from tests.app.connectors.kit import World
from tests.values import replace

QUERY = Query(words=("rye",), phrases=("maple rye",), hashtags=("sourdough",), without=("whisky",), languages=("en",))
MANY = 30  # customers' messages: enough for a second page where pages can be small


def reply_to(mention: Mention, text: str = "It leaves today.", **more: object) -> Reply:
    """A reply as the outbox hands it over."""
    now = datetime.now(UTC)
    made = Reply(
        "0e2f6b1a5c7d4f3e9a8b7c6d5e4f3a2b", "1", mention.account_id, mention.remote_id, text, mention.visibility,
        ReplyState.CLAIMED, now, now, to_extra=mention.extra, to_handle=mention.author.handle,
    )  # fmt: skip
    return replace(made, **more)


async def day(world: World, http: Http) -> set[str]:
    """Live it. Returns what was done, by name."""

    async def save(_changed: dict[str, str]) -> None:
        return

    did: set[str] = set()
    now = datetime.now(UTC)
    ids = [world.write(f"Where is order {n}, the rye?", at=now - timedelta(minutes=MANY - n)) for n in range(MANY)]
    connector = world.connector(world.account(), world.secret(), http, save)
    able = connector.capabilities
    try:
        await connector.check()
        did.add("check")
        found = await _pull(connector, now - timedelta(days=2))
        did.add("pull")
        mention = found.get(ids[-1]) or next(iter(found.values()), None)
        if mention is None:
            return did
        await connector.thread(mention)
        await connector.look(ids[-3:])
        did |= {"thread", "look"}
        if able.replies and not _closed(mention):
            await _answer(connector, mention, did)
        if able.private_reply and mention.visibility is not Visibility.DIRECT:
            await _answer(connector, found[ids[-2]], did, visibility=Visibility.DIRECT, text="In private.")
            did.add("private")
        for name, offered in (("like", able.likes), ("hide", able.hides)):
            if offered:
                await getattr(connector, name)(mention, True)
                await getattr(connector, name)(mention, False)
                did.add(name)
        if able.marks_read:
            await connector.mark_read(mention)
            did.add("mark_read")
        if able.searches:
            async for _page in connector.search(QUERY, None, since=now - timedelta(days=2)):
                did.add("search")
        world.write("One more, later", at=now)
        await _pull(connector, now - timedelta(days=2))
    finally:
        await connector.close()
    return did


def _closed(mention: Mention) -> bool:
    return mention.kind is Kind.SEARCH


async def _answer(connector: Connector, mention: Mention, did: set[str], **more: object) -> None:
    reply = reply_to(mention, **more)
    reply = replace(reply, prepared=connector.prepare(reply))
    sent = await connector.send(reply)
    assert sent.remote_id
    did.add("send")
    try:
        again = await connector.find(reply)
    except (InputError, ServiceError):
        return  # cannot be asked: a person decides
    did.add("find")
    assert again is None or again.remote_id == sent.remote_id


async def _pull(connector: Connector, since: datetime) -> dict[str, Mention]:
    found: dict[str, Mention] = {}
    for stream in connector.capabilities.streams:
        mark: str | None = None
        for _twice in range(2):
            async for page in connector.pull(stream, mark, since=since):
                found |= {mention.remote_id: mention for mention in page.mentions}
                mark = page.mark or mark
    return found
