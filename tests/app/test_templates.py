"""Templates in use: found, filled and kept."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import Contact, Profile, Template, TemplateText
from app.errors import GoneError, InputError
from app.paths import Paths
from app.runtime import Runtime
from app.secrets import MemorySecrets
from app.store import priorities
from app.store import templates as rows
from app.store.db import Database
from app.store.sql import as_json
from app.templates import Templates
from tests.app.platform import Shop
from tests.app.template_bench import DEV, JANA, Bench, run
from tests.values import replace


@pytest.fixture
def bench(shop: Shop) -> Bench:
    return Bench(shop)


# Finding


def test_shortcut_then_name_then_text(bench: Bench) -> None:
    one = bench.hear("hello?")
    bench.keep("We are sorry", name="Apology", shortcut="apo")
    bench.keep("Come again", name="Sorry note", folder="Complaints")
    bench.keep("Bye", name="Other", shortcut="sorry")
    assert bench.hits("/sor", one) == ["Other", "Sorry note", "Apology"]
    assert bench.hits("sorry compl", one) == ["Sorry note"]
    assert bench.hits("zzz", one) == []
    assert bench.hits("!!", one) == []
    assert sorted(bench.hits("", one)) == ["Apology", "Other", "Sorry note"]


def test_equals_stand_by_their_numbers_and_letters(bench: Bench) -> None:
    one = bench.hear("hello?")
    for name in ("Thanks 10", "Zoo", "Thanks 2", "\u00c4rger", "apology"):
        bench.keep(name=name)
    wanted = ["apology", "\u00c4rger", "Thanks 2", "Thanks 10", "Zoo"]
    assert bench.hits("", one) == wanted
    assert [template.name for template in bench.use.all()] == wanted


def test_accents_do_not_matter(bench: Bench) -> None:
    one = bench.hear("hello?")
    bench.keep("Désolé, le café est fermé", name="Fermé")
    assert bench.hits("ferme", one) == bench.hits("CAFÉ", one) == bench.hits("desole", one) == ["Fermé"]


def test_only_the_clients_and_the_shared_ones_are_found(bench: Bench) -> None:
    ours, theirs = bench.hear("hello?"), bench.hear("hello?", account="a2")
    bench.keep(name="Ours", client_id="c1")
    bench.keep(name="Theirs", client_id="c2")
    bench.keep(name="Shared")
    assert bench.hits("", ours) == ["Ours", "Shared"]
    assert bench.hits("", theirs) == ["Theirs", "Shared"]
    assert sorted(bench.hits("")) == ["Ours", "Shared", "Theirs"], "the screen that manages them"


def test_what_another_program_wrote_is_found_at_once(bench: Bench) -> None:
    one = bench.hear("hello?")
    bench.keep(name="First")
    assert bench.hits("", one) == ["First"]
    other = Database(bench.shop.path)
    try:
        made = Template("x1", "Second", (TemplateText("en", ("Hi",)),))
        other.submit(lambda db: rows.put(db, [made], bench.shop.clock())).result()
        assert bench.hits("second", one) == ["Second"]
        other.submit(lambda db: rows.set_deleted(db, ["x1"], True, bench.shop.clock())).result()
        assert bench.hits("", one) == ["First"]
        other.submit(lambda db: db.execute("DELETE FROM template")).result()
        assert bench.hits("", one) == []
    finally:
        other.close()


def test_a_line_shows_what_would_be_put_in(bench: Bench) -> None:
    one = bench.hear("Wo bleibt Bestellung 4711?", language="de")
    bench.keep(texts=(TemplateText("en", ("Hi {first_name}",)), TemplateText("de", ("Hallo {first_name}, {order}",))))
    hit = bench.use.search("", one)[0]
    assert hit.text == "Hallo Jana, 4711"
    assert bench.use.search("")[0].text == "Hi {first_name}"


# Filling


def test_everything_known_is_filled_in(bench: Bench) -> None:
    def settle(db: Any) -> None:
        hours = '{"week": {"tue": ["09:00-12:00"], "wed": ["10:00-18:00"]}}'
        profile = Profile(agent="Mo", review_url="https://r.example", private_contact="hi@maple.example")
        db.execute("UPDATE client SET hours = ?, profile = ? WHERE id = 'c1'", (hours, as_json(profile)))
        db.execute("UPDATE account SET service = 'Fakebook'")

    bench.write(settle)
    one = bench.hear("my order number is AB-77, when do you open?")
    made = bench.keep(
        "{first_name} {name} {handle} {order} / {opening_hours} / {agent} {client} {platform} {review_link}"
        " {private_contact} {amount?}"
    )
    filled = bench.use.fill(made.id, one)
    assert filled.text == (
        "Jana Jana Whitfield @jana@example.social AB-77 / today 9:00\u201312:00, tomorrow 10:00\u201318:00 /"
        " Mo Maple & Rye Fakebook https://r.example hi@maple.example [amount]"
    )
    assert [name for *_, name in filled.stops] == ["amount"]
    start, end, _ = filled.stops[0]
    assert filled.text[start:end] == "[amount]"


def test_an_order_number_of_an_earlier_message_will_do(bench: Bench) -> None:
    bench.hear("order 4812 is late", author=JANA)
    bench.shop.clock.forward(minutes=1)
    one = bench.hear("hello??", reply_to="m1", thread="m1")
    made = bench.keep("Order {order}")
    assert bench.use.fill(made.id, one).text == "Order 4812"


@settings(max_examples=40, deadline=None)
@given(name=st.text(max_size=60), text=st.text(max_size=120))
def test_no_name_and_no_message_brings_in_a_field(name: str, text: str, tmp_path_factory: Any) -> None:
    shop = Shop(Path(tmp_path_factory.mktemp("shop")))
    try:
        bench = Bench(shop)
        author = Contact("p", f"{{order}}{name}{{?x}}", "@{handle}")
        one = bench.hear(f"{text} {{amount}}", author=author)
        made = bench.keep("[{name}|{handle}|{first_name|x}|{order|y}]")
        filled = bench.use.fill(made.id, one)
        assert filled.stops == ()
        assert "\n" not in filled.text
    finally:
        shop.db.close()


def test_the_messages_language_is_taken_then_the_clients_usual_one(bench: Bench) -> None:
    made = bench.keep(
        texts=(TemplateText("en", ("Hi",)), TemplateText("de", ("Hallo",)), TemplateText("fr", ("Salut",)))
    )
    for _ in range(3):
        german = bench.hear("hallo", language="de")
    french, other = bench.hear("salut", language="fr-CA"), bench.hear("hej", language="sv")
    assert bench.use.fill(made.id, german).text == "Hallo"
    assert bench.use.fill(made.id, french).text == "Salut"
    assert bench.use.fill(made.id, other).text == "Hallo"
    assert bench.use.fill(made.id, other).language == "de"


def test_ten_replies_in_a_row_do_not_read_alike(bench: Bench) -> None:
    made = bench.keep(texts=(TemplateText("en", ("one", "two", "three")),))
    seen = []
    for number in range(9):
        one = bench.hear("hello?", author=Contact(f"p{number}", f"P {number}", f"@p{number}"))
        filled = bench.use.fill(made.id, one)
        seen.append(filled.text)
        state = "held" if number % 2 else "sent"  # offline, they wait
        bench.answer(one, filled.text, template=made.id, language="en", variant=filled.variant, state=state)
        bench.shop.clock.forward(minutes=1)
    assert all(len(set(seen[start : start + 3])) == 3 for start in range(0, 9, 3)), seen


def test_nobody_gets_the_wording_again_that_they_got_last(bench: Bench) -> None:
    made = bench.keep(texts=(TemplateText("en", ("one", "two")),))
    first = bench.hear("hello?")
    bench.answer(first, "two", template=made.id, language="en", variant=1)
    bench.shop.clock.forward(minutes=5)
    other = bench.hear("hi?", author=DEV)
    bench.answer(other, "one", template=made.id, language="en", variant=0)
    bench.shop.clock.forward(minutes=5)
    assert bench.use.fill(made.id, bench.hear("again?")).text == "one", "Jana got the other one"
    assert bench.use.fill(made.id, bench.hear("again?", author=DEV)).text == "two"


def test_another_clients_template_cannot_be_filled(bench: Bench) -> None:
    made = bench.keep(client_id="c2")
    with pytest.raises(GoneError, match="another client"):
        bench.use.fill(made.id, bench.hear("hello?"))
    with pytest.raises(GoneError, match="no longer"):
        bench.use.fill("nothing", bench.hear("hello?"))
    with pytest.raises(GoneError):
        bench.use.fill(made.id, "999")


# Keeping


def test_what_is_saved_is_tidy_and_told(bench: Bench) -> None:
    bench.shop.changes.clear()
    made = run(bench.use.save(Template("", "  A  name ", (TemplateText("en", (" x ", "x", "")),), shortcut="/abc")))
    assert (made.name, made.texts, made.shortcut) == ("A name", (TemplateText("en", ("x",)),), "abc")
    assert bench.use.all("") == [made]
    assert bench.shop.changes[-1].clients == {"c1", "c2"}
    changed = run(bench.use.save(replace(made, name="B")))
    assert changed.id == made.id
    assert [one.name for one in bench.use.all()] == ["B"]


def test_what_cannot_be_saved_is_said(bench: Bench) -> None:
    bench.keep(shortcut="sor", client_id="c1")
    with pytest.raises(InputError, match="already"):
        bench.keep(shortcut="SOR", client_id="c1", name="x")
    with pytest.raises(InputError, match="already"):
        bench.keep(shortcut="sor", name="shared ones stand beside everybody's")
    assert bench.keep(shortcut="sor", client_id="c2", name="x").shortcut == "sor"
    with pytest.raises(InputError, match="name"):
        bench.keep(name=" ")
    with pytest.raises(InputError, match="no text"):
        bench.keep(" ")
    assert bench.use.check(Template("", "x", (TemplateText("en", ("{nope}",)),))) != []
    assert bench.keep("{nope}", name="a warning is no obstacle").id


def test_what_was_deleted_comes_back_whole(bench: Bench) -> None:
    one = bench.hear("hello?")
    made = bench.keep()
    run(bench.use.delete([made.id]))
    assert bench.use.all() == []
    assert bench.hits("", one) == []
    with pytest.raises(GoneError):
        bench.use.fill(made.id, one)
    assert priorities.templates(bench.shop.db.reader(), "c1") == []
    run(bench.use.restore([made.id]))
    assert bench.use.all() == [made]
    assert bench.hits("", one) == ["Late"]
    assert priorities.templates(bench.shop.db.reader(), "c1") == [(made.id, "Late")]


# Files


def test_a_file_is_looked_into_and_then_kept(bench: Bench) -> None:
    bench.keep("We open at 9", name="Hours", client_id="c1", texts=(TemplateText("", ("We open at 9",)),))
    bench.keep(name="x", shortcut="late")
    data = b"Title,Message,Shortcut\nLate,Sorry [name],late\nHours,We open at 9,\nBad,,\n"
    preview = run(bench.use.read(data, "replies.csv", "c1"))
    assert (len(preview.templates), preview.known, [line for line, _ in preview.bad]) == (2, 1, [4])
    assert len(bench.use.all()) == 2, "nothing was kept yet"
    ids = run(bench.use.take(preview))
    assert len(ids) == 1
    kept = next(one for one in bench.use.all("c1") if one.id == ids[0])
    assert (kept.name, kept.shortcut, kept.texts[0].variants) == ("Late", "late2", ("Sorry {name}",))
    assert run(bench.use.take(preview)) == []


def test_what_is_written_can_be_read_for_another_client(bench: Bench) -> None:
    bench.keep(client_id="c1", folder="A/B", texts=(TemplateText("en", ("=x", "b")), TemplateText("de", ("c",))))
    bench.keep(name="Shared")
    for form in ("csv", "json"):
        data = run(bench.use.write("c1", form))
        preview = run(bench.use.read(data, f"x.{form}", "c2"))
        assert [(one.name, one.folder, one.client_id) for one in preview.templates] == [("Late", "A/B", "c2")]
        assert preview.templates[0].texts == bench.use.all("c1")[0].texts
    assert len(run(bench.use.read(run(bench.use.write(None, "json")), "x.json", "c2")).templates) == 2
    with pytest.raises(InputError):
        run(bench.use.write("c1", "xml"))


def test_the_starters_are_added_once(bench: Bench) -> None:
    bench.keep(shortcut="sorry", client_id="c1")
    assert run(bench.use.add_starters()) == 20
    shared = bench.use.all("")
    assert len(shared) == 20
    assert "sorry2" in [one.shortcut for one in shared]
    run(bench.use.delete([one.id for one in shared]))
    assert run(bench.use.add_starters()) == 0
    assert bench.use.all("") == []


def test_a_first_start_adds_them_and_the_next_one_does_not(tmp_path: Path) -> None:
    async def start(wanted: int) -> list[str]:
        runtime = Runtime(Paths.find(tmp_path), secrets=MemorySecrets())
        await runtime.start()
        try:
            async with asyncio.timeout(30):
                while len(runtime.templates.all()) != wanted:
                    await asyncio.sleep(0.01)
            await asyncio.sleep(0.05)
            return [one.id for one in runtime.templates.all()]
        finally:
            await runtime.stop()

    async def delete() -> None:
        runtime = Runtime(Paths.find(tmp_path), secrets=MemorySecrets())
        await runtime.templates.delete([one.id for one in runtime.templates.all()][5:])
        await runtime.stop()

    assert len(run(start(20))) == 20
    run(delete())
    assert len(run(start(5))) == 5


def test_hundreds_of_conditions_are_no_trouble(bench: Bench) -> None:
    made = bench.keep("{?client}" * 400 + "{{" * 400)
    assert bench.use.fill(made.id, bench.hear("hello?")).text
    assert len(bench.use.check(made)) < 10


def test_the_fields_are_told() -> None:
    assert dict(Templates.fields())["first_name"] == "the customer's first name"
