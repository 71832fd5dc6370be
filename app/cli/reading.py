"""feed, show, search and outbox: they only read, and work while the window runs."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from app.cli import output
from app.cli.session import WORDS, Failure, client_of, client_option, conversation_of, data_option, json_option, session

if TYPE_CHECKING:
    from app.rows import ConversationDetail, FeedKey, FeedRow, ThreadItem
    from app.runtime import Runtime

LANES = ("care", "today", "thanks", "waiting", "snoozed", "listening", "noise", "done")
ORDERED = (*LANES[:3], "noise")  # what is answered, in care-by order, noise last, when no lane is named
PAGE = 500


class Names:
    """Clients and accounts by id, read once."""

    def __init__(self, runtime: Runtime) -> None:
        self.clients = {client.id: client.name for client in runtime.inbox.clients()}
        self.accounts = {account.id: account for account in runtime.inbox.accounts()}
        self.platforms = {id_: runtime.inbox.platform_name(account) for id_, account in self.accounts.items()}
        self._priorities = runtime.priorities

    def reason(self, name: str) -> str:
        """A reason as it is kept, a rule by the name that a person gave it."""
        if not name.startswith("rule:"):
            return name
        rule = self._priorities.rule(name.removeprefix("rule:"))
        return f"rule \u201c{rule.name}\u201d" if rule else "a deleted rule"

    def place(self, row: FeedRow) -> str:
        """ "Maple & Rye · Mastodon"."""
        return f"{self.clients.get(row.client_id, '')} · {self.platforms.get(row.account_id, row.platform)}"


def row_json(row: FeedRow, names: Names) -> dict[str, Any]:
    """A conversation for programs."""
    account = names.accounts.get(row.account_id)
    return {
        "id": row.id, "client": names.clients.get(row.client_id, ""), "client_id": row.client_id,
        "account": account.handle if account else "", "account_id": row.account_id, "platform": row.platform,
        "platform_name": names.platforms.get(row.account_id, ""), "kind": row.kind, "author": row.author,
        "handle": row.handle, "text": row.text, "posted_at": row.posted_at, "newest_at": row.newest_at,
        "due_at": row.due_at, "care_by": row.care_by, "mood": row.mood, "tags": row.tags,
        "unanswered": row.unanswered, "state": row.state, "lane": row.lane, "has_draft": row.has_draft,
        "sending": row.sending, "snoozed_until": row.snoozed_until, "window_closes_at": row.window_closes_at,
    }  # fmt: skip


def row_line(row: FeedRow, names: Names, now: datetime) -> str:
    """A conversation for people."""
    clock = output.until(row.care_by, now) or row.state
    who = row.author or row.handle
    marks = " [draft]" if row.has_draft else ""
    return output.harmless(
        f"{row.id:>6}  {clock:<16}  {output.one_line(names.place(row), 40)}  "
        f"{output.one_line(who, 30)}: {output.one_line(row.text)}{marks}"
    )


def _page(runtime: Runtime, lane: str, client: str | None, limit: int) -> list[FeedRow]:
    from app.domain import Lane

    found: list[FeedRow] = []
    after: FeedKey | None = None
    while len(found) < limit:
        size = min(PAGE, limit - len(found))
        page = runtime.inbox.feed_page(Lane(lane), client=client, after=after, limit=size)
        found += page
        if len(page) < size:
            break
        after = page[-1].key
    return found


@click.command("feed")
@client_option
@click.option("--lane", type=click.Choice(LANES), help="One lane; otherwise all that waits for an answer.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True)
@json_option
@data_option
def feed_command(client: str | None, lane: str | None, limit: int, as_json: bool) -> None:
    """What must be answered, first things first."""
    with session().reading() as runtime:
        chosen = client_of(runtime, client)
        rows = [
            row
            for name in ((lane,) if lane else ORDERED)
            for row in _page(runtime, name, chosen.id if chosen else None, limit)
        ]
        if lane is None:
            rows = sorted(rows, key=lambda row: (row.lane == "noise", row.key.at, int(row.id)))[:limit]
        _print(rows, runtime, as_json, "Nothing waits for an answer here.")


def _print(rows: list[FeedRow], runtime: Runtime, as_json: bool, empty: str) -> None:
    names = Names(runtime)
    if as_json:
        output.as_json(row_json(row, names) for row in rows)
        return
    now = output.utc_now()
    for row in rows:
        output.say(row_line(row, names, now))
    if not rows:
        output.note(empty)


@click.command("search")
@click.argument("words", type=WORDS, nargs=-1, required=True)
@client_option
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True)
@json_option
@data_option
def search_command(words: tuple[str, ...], client: str | None, limit: int, as_json: bool) -> None:
    """Conversations that hold all WORDS, newest first."""
    with session().reading() as runtime:
        chosen = client_of(runtime, client)
        rows = runtime.inbox.search(" ".join(words), client=chosen.id if chosen else None, limit=limit)
        _print(rows, runtime, as_json, "Nothing holds all these words.")


@click.command("show")
@click.argument("ids", type=WORDS, metavar="ID...", nargs=-1, required=True)
@json_option
@data_option
def show_command(ids: tuple[str, ...], as_json: bool) -> None:
    """One conversation whole, oldest message first."""
    with session().reading() as runtime:
        names = Names(runtime)
        found = []
        for id_ in ids:
            detail = runtime.inbox.conversation(conversation_of(runtime, id_))
            if detail is None:
                raise Failure(f"There is no conversation {id_}. “carelane feed” shows the ids.")
            found.append(detail)
        if as_json:
            output.as_json(_detail_json(detail, names) for detail in found)
            return
        for detail in found:
            _show(detail, names)


def _item_json(item: ThreadItem) -> dict[str, Any]:
    if item.mention is not None:
        mention = item.mention
        return {
            "from": "them", "id": mention.id, "remote_id": mention.remote_id, "author": mention.author.name,
            "handle": mention.author.handle, "text": mention.text, "at": mention.posted_at, "kind": mention.kind,
            "visibility": mention.visibility, "url": mention.url, "language": mention.language,
            "rating": mention.rating, "edited_at": mention.edited_at, "deleted": item.deleted,
            "earlier": [{"until": at, "text": text} for at, text in item.history],
        }  # fmt: skip
    reply = item.reply
    assert reply is not None, "an item is one or the other"
    return {
        "from": "us", "id": reply.id, "remote_id": reply.remote_id, "text": reply.text, "at": item.at,
        "visibility": reply.visibility, "state": reply.state, "why": reply.why, "url": reply.url,
        "origin": reply.origin,
    }  # fmt: skip


def _detail_json(detail: ConversationDetail, names: Names) -> dict[str, Any]:
    return {
        **row_json(detail.row, names),
        "items": [_item_json(item) for item in detail.items],
        "draft": detail.draft,
        "target": detail.target_name,
        "reasons": [{"name": reason.name, "minutes": reason.minutes} for reason in detail.reasons],
        "visibility": detail.visibility,
        "reply_as": detail.reply_as,
        "note": detail.note,
        "gap": detail.gap,
    }


def _show(detail: ConversationDetail, names: Names) -> None:
    row = detail.row
    now = output.utc_now()
    output.say(f"{row.id}  {names.place(row)}  {row.state}  {output.until(row.care_by, now)}".rstrip())
    if detail.target_name:
        shown = [reason for reason in detail.reasons if reason.minutes]
        reasons = ", ".join(f"{names.reason(reason.name)} {reason.minutes:+d} min" for reason in shown)
        output.say(f"Due {output.when(detail.due_at)} ({detail.target_name}{', ' + reasons if reasons else ''})")
    for item in detail.items:
        if item.mention is not None:
            author = item.mention.author
            head = f"{author.name} {author.handle}".strip()
            more = " · deleted by its author" if item.deleted else ""
            text = item.mention.text
        else:
            assert item.reply is not None, "an item is one or the other"
            head, text = f"{detail.reply_as} (us)", item.reply.text
            more = f" · {item.reply.state}{': ' + item.reply.why if item.reply.why else ''}"
        output.say(f"\n{output.one_line(head, 80)} · {output.when(item.at)}{output.one_line(more, 200)}")
        output.say("\n".join(f"  {line}" for line in text.splitlines()))
    for label, text in (("Draft", detail.draft), ("Note", detail.note), ("Not readable", detail.gap)):
        if text:
            output.say(f"\n{label}: {text}")


@click.command("outbox")
@json_option
@data_option
def outbox_command(as_json: bool) -> None:
    """Replies that wait or need somebody, and those that left today."""
    with session().reading() as runtime:
        rows = runtime.outbox.rows(limit=10_000)
        if as_json:
            output.as_json(
                {
                    "id": row.reply.id, "conversation": row.reply.conversation_id, "state": row.reply.state,
                    "why": row.reply.why, "text": row.reply.text, "author": row.author, "handle": row.handle,
                    "client": row.client_name, "platform": row.platform, "account_id": row.reply.account_id,
                    "visibility": row.reply.visibility, "created_at": row.reply.created_at,
                    "not_before": row.reply.not_before, "sent_at": row.reply.sent_at,
                    "remote_id": row.reply.remote_id, "url": row.reply.url, "tries": row.reply.tries,
                    "block": row.reply.block, "step": row.reply.step, "part": row.reply.part, "parts": row.reply.parts,
                    "pictures": len(row.reply.pictures),
                }
                for row in rows
            )  # fmt: skip
            return
        for row in rows:
            reply = row.reply
            why = f" ({output.one_line(reply.why, 300)})" if reply.why else ""
            part = f" part {reply.part} of {reply.parts}" if reply.parts > 1 else ""
            output.say(
                f"{reply.conversation_id:>6}  {reply.state:<12}  {output.one_line(row.client_name, 30)}"
                f" → {output.one_line(row.author, 30)}{part}: {output.one_line(reply.text)}{why}"
            )
        if not rows:
            output.note("The outbox is empty.")
