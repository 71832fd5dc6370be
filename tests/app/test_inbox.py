"""The inbox: nobody is ignored, every step can be taken back, and what is read is what is stored."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.domain import Account, Client, Contact, Lane, Place
from app.errors import InputError, NetworkError
from app.events import Changes
from app.inbox import UNDO_STEPS
from app.rows import FeedRow
from app.store import accounts as rows
from tests.app.desk import Desk
from tests.app.platform import JANA, START, mention
from tests.values import replace

HOURS = '{"week": {"mon": ["09:00-12:00", "13:00-18:00"]}}'


# Closing


async def test_nothing_is_closed_without_a_reason(desk: Desk) -> None:
    await desk.write("m1")
    for reason in ("", " \n"):
        with pytest.raises(InputError, match="why"):
            await desk.inbox.close("1", reason)
    assert desk.row().state == "open"
    assert not desk.inbox.can_undo()
    changes = await desk.inbox.close("1", "No answer needed")
    assert (desk.row().state, desk.row().lane, desk.row().due_at) == ("closed", Lane.DONE, None)
    assert changes in desk.shop.changes
    assert changes.counts
    assert desk.activity()[-1] == "closed"


async def test_a_customer_who_writes_again_is_never_closed_away(desk: Desk) -> None:
    await desk.write("m1")
    await desk.inbox.close("1", "No answer needed")
    desk.shop.clock.forward(minutes=5)
    await desk.write("m2", "And on Sunday?", reply_to="m1")
    assert (desk.row().state, desk.row().unanswered) == ("open", 1)
    assert desk.row().due_at is not None


async def test_what_is_not_there_cannot_be_closed(desk: Desk) -> None:
    with pytest.raises(InputError, match="no longer there"):
        await desk.inbox.close("7", "why not")
    assert (desk.inbox.can_undo(), desk.activity()) == (False, [])


# Many at once


async def test_many_are_one_step(desk: Desk) -> None:
    for number in range(5):
        await desk.write(f"m{number}", "Is it open?", author=replace(JANA, remote_id=f"p{number}"))
    ids = ["1", "2", "3", "4"]
    before = desk.inbox.feed_rows(ids)
    count = len(desk.shop.changes)
    await desk.inbox.close(ids, "A joke")
    assert {row.lane for row in desk.inbox.feed_rows(ids).values()} == {Lane.DONE}
    assert desk.row("5").state == "open"
    assert [set(changes.conversations) for changes in desk.shop.changes[count:]] == [set(ids)], "told once"
    assert desk.activity() == ["closed"] * 4
    await desk.inbox.undo()
    assert desk.inbox.feed_rows(ids) == before
    assert not desk.inbox.can_undo()
    await desk.inbox.snooze(ids, desk.shop.clock() + timedelta(minutes=20))
    assert {row.lane for row in desk.inbox.feed_rows(ids).values()} == {Lane.SNOOZED}
    await desk.inbox.place([*ids, "77"], Place.THANKS)
    await desk.inbox.reopen(ids)
    assert {row.lane for row in desk.inbox.feed_rows(ids).values()} == {Lane.THANKS}
    for _ in range(3):
        await desk.inbox.undo()
    assert desk.inbox.feed_rows(ids) == before


async def test_noise_is_put_away_and_brought_back_by_the_same_key(desk: Desk) -> None:
    for number in range(2):
        await desk.write(f"m{number}", "Is it open?", author=replace(JANA, remote_id=f"p{number}"))
    before = desk.inbox.feed_rows(["1", "2"])
    await desk.inbox.toggle_noise("1")
    assert (desk.row("1").lane, desk.row("1").due_at) == (Lane.NOISE, before["1"].due_at), "its clock goes on"
    await desk.inbox.toggle_noise(["1", "2"])
    assert {row.lane for row in desk.inbox.feed_rows(["1", "2"]).values()} == {Lane.NOISE}
    await desk.inbox.toggle_noise(["1", "2"])
    assert desk.inbox.feed_rows(["1", "2"]) == before


# Undo


async def test_steps_are_taken_back_one_by_one(desk: Desk) -> None:
    await desk.write("m1")
    until = desk.shop.clock() + timedelta(hours=3)
    before = desk.row()
    await desk.inbox.snooze("1", until)
    await desk.inbox.close("1", "A joke")
    await desk.inbox.reopen("1")
    assert desk.row().lane == before.lane
    await desk.inbox.undo()
    assert desk.row().state == "closed"
    await desk.inbox.undo()
    assert (desk.row().lane, desk.row().snoozed_until) == (Lane.SNOOZED, until)
    changes = await desk.inbox.undo()
    assert "1" in changes.conversations
    assert desk.row() == before
    assert not desk.inbox.can_undo()
    with pytest.raises(InputError, match="nothing to undo"):
        await desk.inbox.undo()
    assert desk.activity() == ["snoozed", "closed", "reopened", "undone", "undone", "undone"], "nothing is unwritten"


async def test_many_steps_are_remembered_and_no_more(desk: Desk) -> None:
    await desk.write("m1")
    for number in range(UNDO_STEPS + 5):
        await desk.inbox.close("1", f"reason {number}")
    steps = 0
    while desk.inbox.can_undo():
        await desk.inbox.undo()
        steps += 1
    assert steps == UNDO_STEPS


# Drafts and notes


async def test_a_draft_is_kept_as_it_is_typed(desk: Desk) -> None:
    await desk.write("m1")
    changes = await desk.inbox.save_draft("1", "We op")
    assert changes == Changes(frozenset(["1"])), "typing moves no counts"
    detail = desk.inbox.conversation("1")
    assert detail is not None
    assert (detail.draft, detail.draft_at, desk.row().has_draft) == ("We op", desk.shop.clock(), True)
    await desk.inbox.save_draft("1", "  ")
    assert not desk.row().has_draft


async def test_a_note_belongs_to_the_person(desk: Desk) -> None:
    await desk.write("m1")
    await desk.write("other", author=Contact("p-2", "Ben", "@ben"))
    await desk.write("m2")  # Jana again, about something else
    await desk.inbox.set_note("1", "Allergic to nuts")
    notes = [detail.note for id_ in ("1", "2", "3") if (detail := desk.inbox.conversation(id_))]
    assert notes == ["Allergic to nuts", "", "Allergic to nuts"]


async def test_the_log_holds_no_words_of_anybody(desk: Desk) -> None:
    await desk.write("m1", "a secret question")
    await desk.inbox.save_draft("1", "a secret draft")
    await desk.inbox.set_note("1", "a secret note")
    await desk.inbox.close("1", "Spam")
    told = desk.shop.db.reader().execute("SELECT what || data FROM activity").fetchall()
    assert not any("secret" in line for (line,) in told)


# Reading


async def test_pages_lead_forth_and_back_and_counts_agree(desk: Desk) -> None:
    for number in range(23):
        desk.shop.clock.forward(seconds=1)
        desk.shop.world.write(f"m{number}", f"question {number}?")
    await desk.shop.pull()
    lane = desk.row().lane
    pages: list[list[FeedRow]] = [desk.inbox.feed_page(lane, limit=5)]
    while pages[-1]:
        pages.append(desk.inbox.feed_page(lane, after=pages[-1][-1].key, limit=5))
    forth = [row for page in pages for row in page]
    assert len({row.id for row in forth}) == len(forth) == desk.inbox.counts()[lane].total == 23
    assert [row.care_by for row in forth] == sorted(row.care_by for row in forth if row.care_by)
    assert desk.inbox.feed_page(lane, before=forth[10].key, limit=4) == forth[6:10]
    assert desk.inbox.feed_page(lane, before=forth[0].key) == []


async def test_what_is_gone_is_no_error(desk: Desk) -> None:
    assert desk.inbox.conversation("7") is None
    assert desk.inbox.feed_rows(["7", "", "x", "-1"]) == {}
    assert desk.inbox.search("anything") == []


@pytest.mark.parametrize("words", ["oven", "OVEN crumb", "crumbl", "whitfield", "@jana", "we answ"])
async def test_search_finds_text_authors_and_our_replies(desk: Desk, words: str) -> None:
    await desk.write("m1", "The crumble came cold out of the oven")
    await desk.shop.outbox.answer("1", "We answered", hold=False)
    await desk.shop.outbox.push()
    await desk.write("m2", "Something else", author=Contact("p-2", "Ben", "@ben"))
    assert "1" in [row.id for row in desk.inbox.search(words)]
    assert "2" not in [row.id for row in desk.inbox.search(words)]


@pytest.mark.parametrize(
    "words", ['"', "AND", "oven OR", "(oven", "ov*n:", "NEAR(", "^", "-", "", "  ", "a\x00b", "\ud83d", "🥐"]
)
async def test_a_search_for_anything_at_all_is_no_error(desk: Desk, words: str) -> None:
    await desk.write("m1", "The oven")
    desk.inbox.search(words)


async def test_the_wall_between_clients(desk: Desk) -> None:
    await desk.write("m1", "a question?")

    def add(db: object) -> None:
        rows.add_client(db, Client("c2", "Another", "#000000", "UTC", HOURS, START))  # type: ignore[arg-type]
        account = Account("a2", "c2", "fake", "https://example.social", "2", "@other", "Other")
        rows.add_account(db, account, START - timedelta(days=1))  # type: ignore[arg-type]

    await desk.shop.db.write(add)
    desk.shop.world.mentions = [replace(mention("x1", "their question?"), account_id="a2")]
    await desk.shop.puller.pull("a2")
    theirs = [row.id for lane in Lane for row in desk.inbox.feed_page(lane, client="c2")]
    assert theirs == ["2"]
    assert [row.id for row in desk.inbox.search("question", client="c1")] == ["1"]
    assert sum(count.total for count in desk.inbox.counts("c2").values()) == 1
    assert sum(count.total for count in desk.inbox.counts().values()) == 2
    assert [client.name for client in desk.inbox.clients()] == ["Another", "Maple & Rye"]
    detail = desk.inbox.conversation("2")
    assert detail is not None
    assert (detail.client_name, detail.reply_as) == ("Another", "@other")


async def test_opening_hours_in_words(desk: Desk) -> None:
    client = Client("c2", "Another", "#000000", "Europe/Prague", HOURS, START)
    await desk.shop.db.write(lambda db: rows.add_client(db, client))
    monday = START.replace(day=23)
    assert desk.inbox.opening("c2", monday.replace(hour=9)) == "Open until 12:00"  # 10:00 in Prague
    assert desk.inbox.opening("c2", monday.replace(hour=11, minute=30)) == "Closed"
    assert desk.inbox.opening("c2", monday.replace(hour=16, minute=59)) == "Open until 18:00"
    assert desk.inbox.opening("c2", monday.replace(hour=17)) == "Closed"
    assert desk.inbox.opening("c1") == desk.inbox.opening("nobody") == ""


async def test_opening_a_conversation_reads_it_again_and_trouble_leaves_what_is_stored(desk: Desk) -> None:
    await desk.write("m1")
    desk.shop.world.edit("m1", "When do you open on Sunday?")
    desk.shop.world.trouble = NetworkError("No network.")
    with pytest.raises(NetworkError):
        await desk.inbox.open("1")
    assert desk.row().text == "When do you open?"
    desk.shop.world.trouble = None
    await desk.inbox.open("1")
    assert desk.row().text == "When do you open on Sunday?"
    await desk.inbox.open("7")  # gone meanwhile: nothing to read


async def test_the_summary_counts_each_waiting_customer_once(desk: Desk) -> None:
    assert desk.inbox.summary().same_day is None
    for number in range(3):
        await desk.write(f"m{number}", "Is it open?", author=replace(JANA, remote_id=f"p{number}"))
    summary = desk.inbox.summary()
    assert summary.soon + summary.today == 3
    desk.shop.clock.forward(minutes=10)
    await desk.shop.outbox.answer("1", "Until six.", hold=False)
    await desk.shop.outbox.push()
    if desk.shop.states() == ["blocked"]:
        (row,) = desk.shop.outbox.rows()
        await desk.shop.outbox.release(row.reply.id)
        await desk.shop.outbox.push()
    assert desk.inbox.summary().same_day == 100


async def test_a_single_message_that_takes_no_reply_says_so(desk: Desk) -> None:
    desk.shop.world.able = {"no_reply": "X lets programs answer only who named the account."}
    await desk.write("m1", extra='{"no_reply":true}')
    await desk.write("m2", "And this one?", extra='{"no_reply":false}')
    first, second = desk.inbox.conversation("1"), desk.inbox.conversation("2")
    assert first is not None
    assert second is not None
    assert first.no_reply == "X lets programs answer only who named the account."
    assert second.no_reply == ""
