"""Moving a message teaches its client, undo takes that back, and the words that weighed are named."""

from __future__ import annotations

from app.domain import Lane, Place
from app.store import learned, priorities
from app.triage.learning import NOTHING
from tests.app.desk import Desk


async def test_moving_teaches_the_client_and_undo_takes_it_back(desk: Desk) -> None:
    await desk.write("m1", "the blue lamp is in the film")
    await desk.inbox.place("1", Place.CARE)
    reader = desk.shop.db.reader()
    assert learned.of(reader, "c1").corrections == 1
    assert any("c1" in changes.clients for changes in desk.shop.changes), "the judge and the ranking hear of it"
    assert priorities.pending(reader) == {"c1": "words"}, "what is open is judged again"
    await desk.inbox.undo()
    assert learned.of(reader, "c1") == NOTHING
    assert desk.row().lane is not Lane.CARE


async def test_noise_and_not_noise_teach_opposites(desk: Desk) -> None:
    await desk.write("m1", "the blue lamp is in the film")
    reader = desk.shop.db.reader()
    await desk.inbox.toggle_noise(["1"])
    assert desk.row().lane is Lane.NOISE
    taught = learned.of(reader, "c1")
    assert min(taught.noise.values()) > 0
    await desk.inbox.toggle_noise(["1"])
    assert desk.row().lane is not Lane.NOISE
    assert learned.of(reader, "c1").noise["lamp"] < taught.noise["lamp"]
    assert learned.of(reader, "c2") == NOTHING


async def test_explanations_name_words_of_the_newest_message(desk: Desk) -> None:
    await desk.write("m1", "my order never arrived and nobody answers, terrible service")
    found = await desk.inbox.explain("1")
    assert "terrible" in found.words
    assert len(found.words) <= 4
    assert not found.unsure
    assert (await desk.inbox.explain("999")).words == ()
