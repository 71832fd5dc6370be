"""Happy endings: whom we may ask for a review or a quote, and what becomes of the answer."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import Account, Contact, Kind, Lane, Reply, Writing
from app.errors import GoneError, InputError, NetworkError
from app.followups import harmless_cell
from app.runtime import judge
from app.store import accounts
from app.store.mentions import save_messages
from app.wording import asking
from tests.app.counter import Counter
from tests.app.platform import START, mention


async def praised(counter: Counter, remote_id: str = "m1", text: str = "Thank you, the best cake ever!") -> None:
    await counter.desk.write(remote_id, text)


async def test_a_happy_customer_may_be_asked_once(counter: Counter) -> None:
    await praised(counter)
    assert counter.use.may_ask("1") == ("review", "quote")
    assert "https://example.com/review" in counter.use.ask_text("1", "review")
    await counter.ask("review")
    assert counter.use.may_ask("1") == ()
    with pytest.raises(InputError, match="not to be asked now"):
        counter.use.ask_text("1", "quote")
    await counter.later(days=100)
    await counter.desk.write("m2", "Lovely again, thank you!", thread="t2")
    assert counter.use.may_ask("2") == ()
    await counter.later(days=90)
    assert counter.use.may_ask("2") == ("review", "quote")
    await counter.use.not_now("2")
    assert counter.use.may_ask("2") == counter.use.may_ask("1") == ()


async def test_nobody_is_asked_who_complained_and_was_not_made_happy(counter: Counter) -> None:
    await counter.desk.write("m1", "This is terrible, the cake was stale and nobody answers!", thread="t1")
    assert counter.desk.row().mood == "negative"
    await counter.later(days=2)
    assert counter.use.may_ask("1") == ()
    await counter.reply("We will refund you tomorrow.")
    await counter.later(hours=1)
    await counter.desk.write("m2", "Wow, thank you, you are wonderful!", reply_to="m1", thread="t1")
    assert counter.desk.row().mood == "positive"
    assert counter.use.may_ask("1") == (), "not while something is promised"
    await counter.use.end(counter.use.promises()[0].id, "kept")
    assert counter.use.may_ask("1") == ("review", "quote"), "made happy"
    await counter.later(days=1)
    await counter.desk.write("m3", "Terrible again, I am disappointed.", thread="t3")
    assert counter.use.may_ask("1") == (), "another conversation of theirs ended badly"


async def test_a_complaint_in_somebody_elses_thread_counts(counter: Counter) -> None:
    tom = Contact("p-tom", "Tom", "@tom@example.social")
    await counter.desk.write("m1", "Your bread is terrible, I am so disappointed.", thread="t1")
    await counter.later(minutes=5)
    await counter.desk.write("m2", "Same here?", thread="t1", author=tom)
    counter.clock.forward(days=-1)
    await counter.desk.write("m0", "Thank you, wonderful cake!", thread="t0")
    counter.clock.forward(days=1)
    number = next(id_ for id_, lane in counter.desk.lanes().items() if lane == Lane.THANKS)
    assert counter.use.may_ask(number) == ()


async def test_where_asking_would_be_wrong(counter: Counter) -> None:
    await counter.desk.write("m1", "When do you open?", thread="t1")
    assert counter.use.may_ask("1") == ()
    assert counter.use.may_ask("99") == counter.use.may_ask("x") == ()
    await praised(counter, "m2")
    counter.profile(review_url="javascript:alert(1)")
    assert counter.use.may_ask("2") == ("quote",)
    with pytest.raises(InputError, match="no review address"):
        counter.use.ask_text("2", "review")
    with pytest.raises(InputError):
        counter.use.ask_text("2", "money")
    counter.profile(review_url="https://example.com/review")
    await counter.desk.write("m3", "Great bakery, five stars, I recommend it!", thread="t3", kind=Kind.REVIEW, rating=5)
    assert counter.use.may_ask("3") == ("quote",), "a review platform"
    assert counter.use.may_ask("2") == ("quote",), "they left a review already"


async def test_the_same_person_on_two_accounts_is_one(counter: Counter) -> None:
    await praised(counter)

    def second(db: sqlite3.Connection) -> None:
        accounts.add_account(
            db,
            Account("a2", "c1", "fake", "https://example.social", "me2", "@rye", "Rye"),
            START - timedelta(days=1),
        )
        said = mention("z1", "Thank you, wonderful!", START, account_id="a2")
        save_messages(db, "a2", [said], (), judge, START)

    counter.do(second)
    assert counter.use.may_ask("2") == ("review", "quote")
    await counter.ask("review")
    assert counter.use.may_ask("2") == ()


async def test_nobody_is_asked_before_the_reply_has_left(counter: Counter) -> None:
    await praised(counter)
    await counter.desk.write("m2", "Thank you, lovely bread too!", thread="t2")
    text = counter.use.ask_text("1", "quote")
    await counter.desk.inbox.save_draft("1", text, Writing(text=text, asks="quote"))
    assert counter.use.may_ask("1") == counter.use.may_ask("2") == (), "it is being asked"
    await counter.desk.inbox.save_draft("1", "Thank you, Jana.", Writing(asks="quote"))
    assert counter.use.may_ask("1") == ("review", "quote"), "the question was taken out"
    await counter.desk.inbox.save_draft("1", "")
    assert counter.use.may_ask("1") == ("review", "quote")

    writing = Writing(text=text, asks="quote")
    reply = await counter.shop.outbox.answer("1", text, writing=writing)
    assert counter.use.may_ask("1") == counter.use.may_ask("2") == ()
    assert await counter.shop.outbox.cancel(reply.id) == writing, "undo gives it back as it was"
    await counter.desk.inbox.save_draft("1", "")
    assert counter.use.may_ask("1") == counter.use.may_ask("2") == ("review", "quote"), "nobody was asked"
    assert counter.use.quotes() == []
    assert "asked" not in counter.activity()

    await counter.shop.outbox.answer("1", text, writing=writing, hold=False)
    await counter.shop.outbox.push()
    assert counter.activity().count("asked") == 1
    assert counter.use.may_ask("1") == counter.use.may_ask("2") == ()
    assert [one.text for one in counter.use.quotes()] == ["Thank you, the best cake ever!"]


async def test_a_reply_that_no_longer_asks_counts_for_nothing(counter: Counter) -> None:
    await praised(counter)
    await counter.reply("Thank you, Jana, see you soon.", asks="review")
    assert "asked" not in counter.activity()
    assert counter.use.may_ask("1") == ("review", "quote")
    await counter.reply("Tell us here how it was: example.com/review", asks="review")
    assert counter.use.may_ask("1") == ()


async def test_a_question_in_the_part_that_has_left_was_asked(counter: Counter) -> None:
    counter.shop.world.able = {"max_graphemes": 200}
    await praised(counter)
    text = counter.use.ask_text("1", "review") + " We bake every day but Monday, and we would love to see you." * 3

    async def away(reply: Reply) -> None:
        if reply.part == 2:
            raise NetworkError("No network.")

    counter.shop.world.before_send = away
    writing = Writing(text=text, asks="review")
    first = await counter.shop.outbox.answer("1", text, writing=writing, hold=False, split=True)
    await counter.shop.outbox.push()
    assert "asked" not in counter.activity(), "not before all of it has left"
    counter.shop.world.before_send = None
    rest = await counter.shop.outbox.cancel(first.id)
    assert counter.activity().count("asked") == 1
    await counter.shop.outbox.answer("1", rest.text, writing=rest, hold=False, split=True)
    await counter.shop.outbox.push()
    assert counter.activity().count("asked") == 1


async def test_quotes_need_leave_and_a_person_decides(counter: Counter) -> None:
    await praised(counter, text="=Best cake ever, thank you!")
    await counter.ask("quote")
    (quote,) = counter.use.quotes("c1")
    assert (quote.text, quote.author, quote.leave) == ("=Best cake ever, thank you!", "Jana Whitfield", "")
    assert await counter.use.write_quotes("c1", "txt") == b""
    await counter.later(hours=1)
    await counter.desk.write("m2", "Yes of course!", reply_to="m1")
    assert counter.use.heard_leave(quote.id) == "yes"
    assert counter.use.quotes("c1")[0].leave == "", "only a person decides"
    await counter.use.set_leave(quote.id, "yes")
    table = (await counter.use.write_quotes("c1", "csv")).decode("utf-8-sig").splitlines()
    assert table[0] == "date,author,handle,platform,text,url"
    assert '"\'=Best cake ever, thank you!"' in table[1]
    assert ",'@jana@example.social," in table[1]
    assert "\u201c=Best cake ever".encode() in await counter.use.write_quotes("c1", "txt")
    await counter.use.set_leave(quote.id, "no")
    assert await counter.use.write_quotes("c1", "txt") == b""
    for wrong in (counter.use.set_leave(quote.id, "maybe"), counter.use.write_quotes("c1", "pdf")):
        with pytest.raises(InputError):
            await wrong
    with pytest.raises(GoneError):
        await counter.use.set_leave("77", "yes")
    assert counter.use.heard_leave("77") == ""


@given(st.text(max_size=20))
def test_no_cell_is_a_formula(cell: str) -> None:
    assert not harmless_cell(cell).lstrip().startswith(("=", "+", "-", "@", "\uff1d"))
    for start in ("=", "+", "-", "@", "\t", "\r", " =", "\uff1d"):
        assert harmless_cell(f"{start}{cell}").startswith("'")


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("Yes of course", "yes"), ("yes, but not my name", ""), ("Ja, gerne", "yes"), ("Kein Problem!", "yes"),
        ("Oui bien s\u00fbr", "yes"), ("Claro que s\u00ed", "yes"), ("Sim, claro", "yes"),
        ("S\u00ec, volentieri", "yes"), ("Where?", ""), ("Sure?", ""),
        ("No thanks", "no"), ("Lieber nicht", "no"), ("Non merci", "no"), ("N\u00e3o", "no"),
        ("I said yes to the dress", ""),
    ],
)  # fmt: skip
def test_a_yes_and_a_no(text: str, heard: str) -> None:
    assert asking.answer(text) == heard


@pytest.mark.parametrize("language", [*asking.TEXTS, "xx", "de-AT", ""])
def test_asking_offers_nothing_in_return(language: str) -> None:
    for kind in ("review", "quote"):
        text = asking.ask(kind, language, "https://example.com/r")
        assert ("https://example.com/r" in text) == (kind == "review")
        assert asking.asks(kind, text)
        assert not any(word in text.lower() for word in ("voucher", "discount", "gutschein", "star", "stern", "!"))
