"""Pictures that go out: whatever is put in, what comes out fits, stands upright and tells nothing but itself."""

from __future__ import annotations

import hashlib
import io
import os
import random
import struct
import sys
import time
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from app.attachments import MAX_FILE, Attachments
from app.connectors.base import Capabilities, Idempotency
from app.errors import GoneError, InputError, StoreError


def able(**more: Any) -> Capabilities:
    limits: dict[str, Any] = {"max_pictures": 4, "picture_bytes": 200_000, "picture_side": 1000, **more}
    return Capabilities("Mastodon", (), Idempotency.KEY, 500, **limits)


def file_of(image: Image.Image, form: str = "PNG", **more: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **more)
    return out.getvalue()


def noise(width: int, height: int, mode: str = "RGB") -> Image.Image:
    return Image.frombytes(mode, (width, height), random.Random(1).randbytes(width * height * len(mode)))


def opened(folder: Attachments, id_: str) -> Image.Image:
    image = Image.open(io.BytesIO(folder.read(id_)))
    image.load()
    return image


@pytest.fixture
def kept(tmp_path: Path) -> Attachments:
    return Attachments(tmp_path / "outgoing")


def test_a_large_photograph_fits_and_is_told_truly(kept: Attachments, tmp_path: Path) -> None:
    data = file_of(noise(400, 300).resize((8000, 6000)), "JPEG", quality=92)
    picture = kept.add(data, "oven.jpg", able(picture_bytes=1_000_000, picture_side=2000))
    image = opened(kept, picture.id)
    assert (picture.width, picture.height) == image.size
    assert max(image.size) <= 2000
    assert abs(picture.width / picture.height - 4 / 3) < 0.01
    content = kept.read(picture.id)
    assert picture.size == len(content) <= 1_000_000
    assert picture.id == hashlib.sha256(content).hexdigest()
    assert picture.mime == "image/jpeg"
    assert os.listdir(tmp_path / "outgoing") == [picture.id]
    if sys.platform != "win32":
        assert (tmp_path / "outgoing" / picture.id).stat().st_mode & 0o777 == 0o600
        assert (tmp_path / "outgoing").stat().st_mode & 0o777 == 0o700


def test_pure_noise_is_made_smaller_until_it_fits(kept: Attachments) -> None:
    picture = kept.add(file_of(noise(2000, 1500), "JPEG", quality=95), "n.jpg", able(picture_bytes=30_000))
    assert picture.size <= 30_000
    assert 100 < picture.width < 1000


def test_a_picture_of_words_stays_lossless(kept: Attachments) -> None:
    flat = Image.new("RGB", (600, 400), "#fffaf0")
    assert kept.add(file_of(flat), "menu.png", able()).mime == "image/png"
    assert kept.add(file_of(flat), "menu.png", able(picture_types=("image/jpeg",))).mime == "image/jpeg"


def test_transparency_is_kept_where_it_fits_and_white_where_not(kept: Attachments) -> None:
    logo = Image.new("RGBA", (300, 300), (200, 0, 0, 0))
    logo.paste((0, 100, 0, 255), (100, 100, 200, 200))
    as_png = opened(kept, kept.add(file_of(logo), "logo.png", able()).id)
    assert as_png.format == "PNG"
    assert as_png.convert("RGBA").getpixel((0, 0)) == (200, 0, 0, 0)
    loud = noise(300, 300, "RGBA")
    loud.paste((0, 0, 0, 0), (0, 0, 150, 150))
    as_jpeg = opened(kept, kept.add(file_of(loud), "logo.png", able(picture_bytes=100_000)).id)
    assert as_jpeg.format == "JPEG"
    corner = as_jpeg.getpixel((70, 70))
    assert isinstance(corner, tuple)
    assert min(corner) > 245


def test_nothing_is_told_of_where_it_was_taken_and_it_stands_upright(kept: Attachments) -> None:
    lying = Image.new("RGB", (200, 100), "blue")
    lying.paste("red", (0, 0, 20, 100))
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter to the right
    exif[0x013B] = "Somebody Private"
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0)})
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for form in ("JPEG", "PNG", "WEBP", "TIFF"):
        more = {} if form == "TIFF" else {"icc_profile": srgb}
        data = file_of(lying, form, exif=exif, **more)
        picture = kept.add(data, "x", able())
        assert (picture.width, picture.height) == (100, 200), form
        image = opened(kept, picture.id)
        top = image.convert("RGB").getpixel((50, 5))
        assert isinstance(top, tuple)
        assert top[0] > 200, form
        assert not image.getexif()
        assert not {"exif", "icc_profile", "xmp", "comment", "dpi"} & set(image.info), form
        assert b"Private" not in kept.read(picture.id)


def test_a_comment_and_words_in_a_png_do_not_travel(kept: Attachments) -> None:
    from PIL.PngImagePlugin import PngInfo

    words = PngInfo()
    words.add_text("Author", "Somebody Private")
    data = file_of(Image.new("RGB", (50, 50)), "PNG", pnginfo=words, dpi=(300, 300))
    assert b"Private" not in kept.read(kept.add(data, "x.png", able()).id)
    data = file_of(Image.new("RGB", (50, 50)), "JPEG", comment=b"Somebody Private")
    assert b"Private" not in kept.read(kept.add(data, "x.jpg", able()).id)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I;16", "I", "F", "LAB", "HSV"])
def test_every_kind_of_pixel(kept: Attachments, mode: str) -> None:
    grey = Image.new("L", (64, 48), 128)
    if mode == "I;16":
        image = Image.new("I;16", (64, 48), 128 * 257)
    elif mode == "LAB":
        image = Image.new("LAB", (64, 48), (128, 128, 128))
    elif mode == "P":
        image = grey.convert("RGB").quantize(4)
    else:
        image = grey.convert("RGB").convert(mode) if mode in ("CMYK", "YCbCr", "HSV") else grey.convert(mode)
    form = {"CMYK": "JPEG", "YCbCr": "JPEG", "F": "TIFF", "I": "TIFF", "LAB": "TIFF"}.get(mode, "PNG")
    if mode == "HSV":
        image, form = image.convert("RGB"), "BMP"
    found = opened(kept, kept.add(file_of(image, form), f"x.{form}", able()).id).convert("RGB")
    assert found.size == (64, 48)
    if mode not in ("1", "I", "LAB"):
        assert all(abs(value - 128) < 6 for value in found.getpixel((30, 30)))  # type: ignore[union-attr]


@pytest.mark.parametrize("form", ["WEBP", "TIFF", "BMP", "GIF", "AVIF", "MPO"])
def test_other_formats_become_what_the_platform_takes(kept: Attachments, form: str) -> None:
    try:
        data = file_of(noise(40, 30), form)
    except (OSError, KeyError):
        pytest.skip(f"this Pillow writes no {form}")
    assert kept.add(data, "x", able()).mime in ("image/jpeg", "image/png")


def moving(frames: int = 3, side: int = 40) -> bytes:
    all_ = [Image.new("RGB", (side, side), (80 * n % 256, 0, 0)) for n in range(frames)]
    return file_of(all_[0], "GIF", save_all=True, append_images=all_[1:], duration=70, loop=0, comment=b"Private")


def test_a_moving_picture_moves_on_where_it_may(kept: Attachments) -> None:
    gifs = ("image/jpeg", "image/png", "image/gif")
    image = opened(kept, kept.add(moving(), "x.gif", able(picture_types=gifs)).id)
    assert (image.format, image.n_frames, image.info["duration"]) == ("GIF", 3, 70)  # type: ignore[attr-defined]
    assert "comment" not in image.info
    assert opened(kept, kept.add(moving(), "x.gif", able()).id).format == "PNG"
    small = able(picture_types=gifs, picture_bytes=100)
    assert kept.add(moving(3, 40), "x.gif", able(picture_types=gifs, picture_side=20)).mime != "image/gif"
    with pytest.raises(InputError):
        kept.add(moving(), "x.gif", small)  # no picture fits in a hundred bytes


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (9000, 1), (3, 2)])
def test_odd_sizes(kept: Attachments, size: tuple[int, int]) -> None:
    picture = kept.add(file_of(Image.new("RGB", size, "red")), "x.png", able())
    assert 1 <= min(picture.width, picture.height) <= max(picture.width, picture.height) <= 1000


def bomb(width: int, height: int) -> bytes:
    """A PNG of a flat colour, with a row a line: 200 kB for a gigapixel."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(40_000, 40_000), (12_000, 10_000), (2**31 - 1, 2**31 - 1)])
def test_a_bomb_is_turned_away_before_it_is_unpacked(kept: Attachments, size: tuple[int, int]) -> None:
    began = time.process_time()
    with pytest.raises(InputError, match=r"million pixels|damaged"):
        kept.add(bomb(*size), "flat.png", able())
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"We open at eight.", "menu.png", "“menu.png” is not a picture"),
        (b"", "empty.jpg", "not a picture"),
        (b"%PDF-1.7\n", "C:\\Users\\me\\menu.pdf", "“menu.pdf” is not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "logo.svg", "not a picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "x.eps", "not a picture"),
        (b"\x00\x00\x00\x18ftypheic", "", "This file is not a picture"),
        (bytes(MAX_FILE + 1), "x" * 300, "larger than 100 MB"),
    ],
)  # fmt: skip
def test_what_is_no_picture_is_said_in_plain_words(kept: Attachments, data: bytes, name: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        kept.add(data, name, able())
    assert "!" not in str(caught.value)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP"])
def test_a_picture_that_was_cut_off(kept: Attachments, form: str) -> None:
    data = file_of(noise(200, 200), form)
    with pytest.raises(InputError, match=r"damaged|not a picture"):
        kept.add(data[: len(data) // 2], "x", able())


WHOLE = [file_of(noise(30, 20), form) for form in ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP")] + [moving()]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(
    data=st.sampled_from(WHOLE),
    changes=st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), max_size=6),
    gif=st.booleans(),
)
def test_whatever_is_put_in_fits_or_is_refused(
    kept: Attachments, data: bytes, changes: list[tuple[int, int]], gif: bool
) -> None:
    content = bytearray(data)
    for at, value in changes:
        content[at % len(content)] = value
    types = ("image/jpeg", "image/png", *(["image/gif"] if gif else []))
    limits = able(picture_bytes=2_000, picture_side=25, picture_types=types)
    try:
        picture = kept.add(bytes(content), "x", limits)
    except InputError:
        return
    assert picture.size <= 2_000
    assert max(picture.width, picture.height) <= 25
    assert picture.mime in types
    assert opened(kept, picture.id).size == (picture.width, picture.height)


def test_the_same_picture_is_kept_once(kept: Attachments, tmp_path: Path) -> None:
    data = file_of(noise(30, 20))
    assert kept.add(data, "a", able()) == kept.add(data, "b", able())
    assert len(os.listdir(tmp_path / "outgoing")) == 1


def test_a_picture_that_is_gone_or_changed_is_not_sent(kept: Attachments, tmp_path: Path) -> None:
    picture = kept.add(file_of(noise(30, 20)), "a", able())
    (tmp_path / "outgoing" / picture.id).write_bytes(b"something else")
    for id_ in (picture.id, "0" * 64, "", "../../carelane.db", "nul\0"):
        with pytest.raises(GoneError, match="no longer on this computer"):
            kept.read(id_)


def test_what_no_draft_needs_goes_after_an_hour(kept: Attachments, tmp_path: Path) -> None:
    assert kept.drop_unused([]) == 0  # there is no folder yet
    old, fresh, needed = (kept.add(file_of(noise(20 + n, 20)), "a", able()).id for n in range(3))
    (tmp_path / "outgoing" / "x.part").write_bytes(b"half")
    for name in (old, needed, "x.part"):
        os.utime(tmp_path / "outgoing" / name, (1, 1))
    assert kept.drop_unused({needed}) == 2
    assert set(os.listdir(tmp_path / "outgoing")) == {fresh, needed}
    assert kept.drop_unused(set(), older=-1) == 2


def test_a_platform_without_pictures_and_a_disk_without_room(kept: Attachments, tmp_path: Path) -> None:
    data = file_of(noise(30, 20))
    with pytest.raises(InputError, match="takes no pictures"):
        kept.add(data, "a", able(max_pictures=0))
    (tmp_path / "outgoing").write_bytes(b"")  # a file where the folder should be
    with pytest.raises(StoreError, match="could not be kept"):
        kept.add(data, "a", able())
