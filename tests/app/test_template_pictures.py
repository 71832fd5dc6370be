"""Pictures of templates: kept as they were, and carried from one computer to another."""

from __future__ import annotations

import base64
import io
import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from app import template_files
from app.domain import Picture, Writing
from app.errors import InputError
from app.store import drafts, outgoing
from app.wording import carried
from tests.app.platform import Shop
from tests.app.template_bench import Bench, run
from tests.values import replace


@pytest.fixture
def bench(shop: Shop) -> Bench:
    return Bench(shop)


def file_of(colour: str = "orange", size: tuple[int, int] = (64, 48), form: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, form)
    return out.getvalue()


def add(bench: Bench, colour: str = "orange", **more: Any) -> Picture:
    return replace(run(bench.use.add_picture(file_of(colour), "x.png")), **({"alt": "A cake"} | more))


def own(*pictures: object, name: str = "Cake", count: int = 1) -> bytes:
    row = {"name": name, "texts": [{"language": "", "variants": ["Look"]}], "pictures": list(pictures)}
    rows = [{**row, "name": f"{name} {n}"} for n in range(count)] if count > 1 else [row]
    return json.dumps({"format": "carelane-templates", "version": 1, "templates": rows}).encode()


def as_text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_a_picture_is_made_small_enough_for_every_platform(bench: Bench) -> None:
    made = run(bench.use.add_picture(file_of(size=(4000, 100), form="JPEG"), "x.jpg"))
    assert (made.width, made.height) == (2000, 50)
    assert made.size <= 1_000_000
    assert len(run(bench.use.picture(made.id))) == made.size
    with pytest.raises(InputError, match=r"not a picture"):
        run(bench.use.add_picture(b"%PDF", "x.pdf"))


def test_untouched_pictures_stay_as_they_were_and_words_are_asked_for(bench: Bench) -> None:
    first, second = add(bench), add(bench, "blue", alt="", waived=True)
    made = bench.keep(pictures=(first, second, replace(first, remote='{"a": 1}')))
    assert made.pictures == (first, second)
    assert run(bench.use.save(replace(made, name="Other"))).pictures == (first, second)
    bare = replace(made, pictures=(replace(first, alt="  "),))
    assert bench.use.check(bare) == ["A picture has no description for those who cannot see it. Say what it shows."]
    with pytest.raises(InputError, match="no description"):
        run(bench.use.save(bare))
    many = tuple(add(bench, colour) for colour in ("red", "green", "blue", "white", "black"))
    with pytest.raises(InputError, match="4 pictures at most"):
        run(bench.use.save(replace(made, pictures=many)))
    with pytest.raises(InputError, match="no longer on this computer"):
        run(bench.use.save(replace(made, pictures=(replace(first, id="0" * 64),))))


def test_a_picture_that_leaves_its_template_stays_in_what_was_written_with_it(bench: Bench) -> None:
    one, kept, gone = bench.hear("hello?"), add(bench), add(bench, "blue")
    made = bench.keep(pictures=(kept, gone))
    pictures = bench.use.fill(made.id, one).pictures
    writing = Writing("Look", pictures=pictures[:1], template=made.id)
    bench.write(lambda db: drafts.save(db, int(one), writing, bench.shop.clock()))
    run(bench.use.save(replace(made, pictures=())))
    bench.attachments.drop_unused(outgoing.pictures(bench.shop.db.reader(), bench.shop.clock()), older=-60)
    assert run(bench.use.picture(kept.id))
    with pytest.raises(Exception, match="no longer"):
        run(bench.use.picture(gone.id))


def test_what_is_deleted_comes_back_with_its_pictures(bench: Bench) -> None:
    made = bench.keep(pictures=(add(bench),))
    run(bench.use.delete([made.id]))
    bench.attachments.drop_unused(outgoing.pictures(bench.shop.db.reader(), bench.shop.clock()), older=-60)
    run(bench.use.restore([made.id]))
    assert bench.use.all() == [made]
    assert run(bench.use.picture(made.pictures[0].id))


def test_json_carries_them_to_another_computer(bench: Bench, tmp_path: Path) -> None:
    bench.keep(client_id="c1", pictures=(add(bench), add(bench, "blue", alt="", waived=True)))
    data = run(bench.use.write("c1", "json"))
    assert [one["type"] for one in json.loads(data)["templates"][0]["pictures"]] == ["image/png", "image/png"]
    (tmp_path / "other").mkdir()
    shop = Shop(tmp_path / "other")
    with closing(shop.db):
        other = Bench(shop)
        preview = run(other.use.read(data, "t.json", "c2"))
        assert preview.bad == ()
        run(other.use.take(preview))
        (came,) = other.use.all("c2")
        assert [(one.alt, one.waived, one.width, one.height) for one in came.pictures] == [
            ("A cake", False, 64, 48), ("", True, 64, 48),
        ]  # fmt: skip
        image = Image.open(io.BytesIO(run(other.use.picture(came.pictures[1].id))))
        assert image.convert("RGB").getpixel((3, 3)) == (0, 0, 255)
    assert b"pictures" not in run(bench.use.write("c1", "csv"))


def test_a_file_that_could_not_be_read_again_is_not_written(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    made = bench.keep(name="Cake", pictures=(add(bench),))
    monkeypatch.setattr(carried, "LARGEST", 1_000)
    run(bench.use.write(None, "json"))
    monkeypatch.setattr(carried, "LARGEST", 100)
    with pytest.raises(InputError, match="Export one client's at a time, or as CSV"):
        run(bench.use.write(None, "json"))
    assert run(bench.use.write(None, "csv"))
    monkeypatch.undo()
    bench.attachments.drop_unused((), older=-60)
    with pytest.raises(InputError, match="picture of “Cake” is no longer"):
        run(bench.use.write(None, "json"))
    assert bench.use.all() == [made]


def test_what_is_wrong_with_a_picture_is_told_with_its_place(bench: Bench) -> None:
    good = {"data": as_text(file_of()), "alt": " A\ncake "}
    huge = io.BytesIO()
    Image.new("1", (6000, 6000)).save(huge, "PNG")
    data = own(
        good, {"data": "not base64!"}, {"data": as_text(b"%PDF-1.4")}, {"data": as_text(file_of()[:60])},
    )  # fmt: skip
    preview = run(bench.use.read(data, "t.json", "c1"))
    assert [place for place, _ in preview.bad] == [1, 1, 1]
    said = " ".join(why for _, why in preview.bad)
    assert "Picture 2 of “Cake” is not written as base64, or was cut off. The template comes without it." in said
    assert "Picture 3 of “Cake” is not a picture that Carelane can read." in said
    assert "Picture 4 of “Cake” is damaged or cut off." in said
    assert [one.alt for one in preview.templates[0].pictures] == ["A cake"]
    data = own({"data": as_text(huge.getvalue())}, {"data": ""}, {"data": "A" * 14_000_000})
    said = " ".join(why for _, why in run(bench.use.read(data, "t.json", "c1")).bad)
    assert "has more than 25 million pixels" in said
    assert "is empty" in said
    assert "is larger than 10 MB" in said
    found = run(bench.use.read(own({"data": 7}), "t.json", "c1"))
    assert (found.templates, found.bad[0][1].startswith("This template cannot be read")) == ((), True)


def test_pictures_beyond_what_is_allowed_are_not_looked_at(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    one = [{"data": as_text(file_of(colour))} for colour in ("red", "green", "blue", "white", "black", "pink")]
    preview = run(bench.use.read(own(*one), "t.json", "c1"))
    assert len(preview.templates[0].pictures) == 4
    assert [why for _, why in preview.bad] == [
        "Picture 5 of “Cake” was not read: a template has 4 at most. The template comes without it."
    ]
    monkeypatch.setattr(carried, "MOST_PICTURES", 3)
    preview = run(bench.use.read(own(one[0], one[1], count=4), "t.json", "c1"))
    assert [len(template.pictures) for template in preview.templates] == [2, 1, 0, 0]
    assert [place for place, _ in preview.bad] == [2, 3, 4], "each that comes without is told"


def test_pictures_that_were_swept_meanwhile_are_told(bench: Bench) -> None:
    preview = run(bench.use.read(own({"data": as_text(file_of())}), "t.json", "c1"))
    bench.attachments.drop_unused((), older=-60)
    with pytest.raises(InputError, match="no longer on this computer"):
        run(bench.use.take(preview))
    assert bench.use.all() == []


def test_the_limits_are_those_of_the_strictest_platform() -> None:
    from app.connectors import _bluesky_media, _mastodon_media

    for platform in (_bluesky_media, _mastodon_media):
        assert template_files.FITS.picture_bytes <= platform.BYTES
        assert template_files.FITS.picture_side <= platform.SIDE
