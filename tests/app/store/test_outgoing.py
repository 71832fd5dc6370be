"""A picture is kept as long as anything names it."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

from app.domain import Picture, Template, TemplateText, Writing
from app.store import drafts, outgoing
from app.store import templates as template_rows
from tests.app.platform import START, Shop


def picture(letter: str) -> Picture:
    return Picture(letter * 64, "image/png", 1, 1, 9, alt="bread")


def writing(letter: str) -> Writing:
    return Writing("Here it is, as you asked for it.", pictures=(picture(letter),))


async def test_whatever_names_a_picture_keeps_it(shop: Shop) -> None:
    now = shop.clock()
    shop.world.able = {"max_pictures": 4}
    for remote_id in ("m1", "m2"):
        shop.world.write(remote_id)
    await shop.pull()
    assert outgoing.pictures(shop.db.reader(), now) == set()

    def fill(db: sqlite3.Connection) -> None:
        drafts.save(db, 2, writing("a"), now)
        drafts.archive(db, 2, "closed", now)
        drafts.save(db, 2, writing("b"), now)
        template = Template("t1", "Bread", (TemplateText("en", ("Here",)),), pictures=(picture("c"),))
        template_rows.put(db, [template], now)
        db.execute("INSERT INTO draft (conversation, text, updated_at, data) VALUES (99, 'x', 0, '{broken')")

    await shop.db.write(fill)
    shop.pictures["d" * 64] = b"x"
    await shop.outbox.answer("1", "Here it is.", hold=False, writing=writing("d"))
    named = {letter * 64 for letter in "abcd"}
    assert outgoing.pictures(shop.db.reader(), now) == named
    later = START + timedelta(days=60)
    assert outgoing.pictures(shop.db.reader(), later) == named, "it has not left yet"
    await shop.outbox.push()
    assert outgoing.pictures(shop.db.reader(), now) == named
    assert outgoing.pictures(shop.db.reader(), later) == named - {"d" * 64}
