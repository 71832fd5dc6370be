"""listen: search streams from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from app.cli import output
from app.cli.session import WORDS, Failure, client_of, client_option, data_option, json_option, session

if TYPE_CHECKING:
    from app.rows import StreamRow
    from app.runtime import Runtime

_FIELDS = ("words", "phrases", "handles", "hashtags", "without", "places", "languages")


@click.group("listen")
@data_option
def listen_command() -> None:
    """Search streams: what is listened for, and what it brings."""


@listen_command.command("list")
@client_option
@json_option
@data_option
def list_streams(client: str | None, as_json: bool) -> None:
    """List the searches with their yield and cost of the last 30 days."""
    with session().reading() as runtime:
        chosen = client_of(runtime, client)
        found = runtime.listening.streams(chosen.id if chosen else None)
        names = {one.id: one.name for one in runtime.inbox.clients()}
    if as_json:
        output.as_json(_told(row, names) for row in found)
        return
    for row in found:
        line = _told(row, names)
        cost = f", cost {row.cost:.3f} {row.currency}" if row.cost else ""
        what = f"{row.found} found, {row.joined} joined, {row.passed} let pass{cost}"
        output.say(f"{row.stream.id}  {line['client']} · {output.one_line(row.stream.name, 40)}  {what}")
        if row.why:
            output.say(f"    {row.why}")
    if not found:
        output.say("Nothing is listened for. “carelane listen add” makes a search.")


def _told(row: StreamRow, names: dict[str, str]) -> dict[str, Any]:
    one = row.stream
    return {
        "id": one.id, "client": names.get(one.client_id, ""), "client_id": one.client_id, "name": one.name,
        **{field: list(getattr(one.query, field)) for field in _FIELDS}, "enabled": one.enabled,
        "accounts": list(row.asks), "found": row.found, "joined": row.joined, "passed": row.passed,
        "undecided": row.undecided, "reads": row.reads, "cost": row.cost, "currency": row.currency,
        "checked_at": row.checked_at, "why": row.why, "narrow": row.narrow,
    }  # fmt: skip


@listen_command.command("add")
@click.option("--client", "client", type=WORDS, metavar="NAME", required=True, help="Who listens.")
@click.option("--name", type=WORDS, default="", metavar="NAME", help="As you want to call it.")
@click.option("--word", "words", type=WORDS, multiple=True, metavar="WORD", help="Any of these words.")
@click.option("--phrase", "phrases", type=WORDS, multiple=True, metavar="WORDS", help="Or these, next to each other.")
@click.option("--handle", "handles", type=WORDS, multiple=True, metavar="@NAME", help="Or these handles.")
@click.option("--hashtag", "hashtags", type=WORDS, multiple=True, metavar="TAG", help="Or these hashtags.")
@click.option("--without", type=WORDS, multiple=True, metavar="WORDS", help="But none of these.")
@click.option("--place", "places", type=WORDS, multiple=True, metavar="PLACE", help="Only with one of these.")
@click.option("--language", "languages", type=WORDS, multiple=True, metavar="CODE", help="Only in these, as in de.")
@click.option("--try", "only_try", is_flag=True, help="Show what it finds now, and keep nothing.")
@data_option
def add_stream(client: str, name: str, only_try: bool, **terms: tuple[str, ...]) -> None:
    """Listen for something. The window reads it every few minutes."""
    from app.search_stream import Query, SearchStream

    async def body(runtime: Runtime) -> None:
        chosen = client_of(runtime, client)
        assert chosen is not None, "the option is required"
        one = SearchStream("", chosen.id, name, Query(**terms))
        if not only_try:
            kept = await runtime.listening.save(one)
            output.say(f"Listening for {output.one_line(kept.name, 60)}. Its id is {kept.id}.")
            return
        found = await runtime.listening.try_out(chosen.id, one)
        for post in found:
            who = output.one_line(post.author or post.handle, 30)
            output.say(f"{post.posted_at:%Y-%m-%d %H:%M}  {who}  {output.one_line(post.text, 80)}")
        if not found:
            output.say("Nothing in the last seven days.")

    session().run(body)


@listen_command.command("read")
@click.argument("stream_id", metavar="ID")
@data_option
def read_stream(stream_id: str) -> None:
    """Read a search now."""

    async def body(runtime: Runtime) -> None:
        count = await runtime.listening.check(stream_id)
        why = next((row.why for row in runtime.listening.streams() if row.stream.id == stream_id), "")
        if why:
            raise Failure(why)
        output.say(f"Found {count} more {'post' if count == 1 else 'posts'}.")

    session().run(body)


@listen_command.command("remove")
@click.argument("stream_id", metavar="ID")
@data_option
def remove_stream(stream_id: str) -> None:
    """Stop listening for it. What it found stays."""

    async def body(runtime: Runtime) -> None:
        await runtime.listening.delete(stream_id)
        output.say("It is no longer listened for. What it found stays.")

    session().run(body)


@listen_command.command("join")
@click.argument("conversations", nargs=-1, required=True, metavar="ID...")
@data_option
def join(conversations: tuple[str, ...]) -> None:
    """Join in with what a search found: it gets a timer that starts now."""
    _decide(conversations, joined=True)


@listen_command.command("pass")
@click.argument("conversations", nargs=-1, required=True, metavar="ID...")
@data_option
def let_pass(conversations: tuple[str, ...]) -> None:
    """Let what a search found pass."""
    _decide(conversations, joined=False)


def _decide(conversations: tuple[str, ...], *, joined: bool) -> None:
    if not all(one.isdecimal() for one in conversations):
        raise click.UsageError("Conversations are named by their numbers, as in “carelane feed --lane listening”.")

    async def body(runtime: Runtime) -> None:
        decide = runtime.listening.join if joined else runtime.listening.let_pass
        await decide(conversations)
        output.say("Joined in. The timer runs." if joined else "Let pass.")

    session().run(body)


@listen_command.command("mute")
@click.option("--client", "client", type=WORDS, metavar="NAME", required=True, help="Who does not want to hear of it.")
@click.option("--word", type=WORDS, metavar="WORDS", help="A word or a phrase.")
@click.option("--author-of", type=WORDS, metavar="ID", help="The author of this conversation.")
@data_option
def mute(client: str, word: str | None, author_of: str | None) -> None:
    """Keep a word or an author out of Listening. Without either, list what is muted."""

    async def body(runtime: Runtime) -> None:
        chosen = client_of(runtime, client)
        assert chosen is not None, "the option is required"
        if word:
            count = await runtime.listening.mute_word(chosen.id, word)
        elif author_of:
            row = runtime.inbox.feed_rows([author_of]).get(author_of) if author_of.isdecimal() else None
            if row is None or row.client_id != chosen.id:
                raise Failure(f"{chosen.name} has no such conversation.")
            count = await runtime.listening.mute_author(author_of)
        else:
            for one in runtime.listening.muted(chosen.id):
                output.say(f"{one.kind:<7} {output.one_line(one.label, 60)}")
            return
        output.say(f"Muted. {count} {'post' if count == 1 else 'posts'} went with it.")

    session().run(body)
