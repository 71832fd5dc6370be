"""A picture made ready to be sent, beside what Pillow alone takes to read, shrink and write it."""

from __future__ import annotations

import io
import random
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from PIL import Image

from app.attachments import Attachments
from app.template_files import FITS
from tests.benchmarks.measure import Line, alternate

BYTES, SIDE, RATIO_LIMIT, FULL_LIMIT = 1_000_000, 2000, 2.0, 4.0


def run() -> Iterator[Line]:
    """A photograph as a telephone takes it, one so detailed that it does not fit at once, and a picture of a screen."""
    soft = Image.effect_noise((400, 300), 90).convert("RGB").resize((4000, 3000), Image.Resampling.BICUBIC)
    dice = random.Random(3)
    hard = Image.frombytes("RGB", (1600, 1200), dice.randbytes(1600 * 1200 * 3)).resize((4000, 3000))
    screen = Image.new("RGB", (1366, 768), "white")
    for n in range(300):
        at = dice.randrange(1300), dice.randrange(740)
        screen.paste((n % 256, dice.randrange(256), 90), (*at, at[0] + dice.randrange(8, 66), at[1] + 20))
    with tempfile.TemporaryDirectory() as folder:
        kept = Attachments(Path(folder))
        for name, image, form, limit in (
            ("a photograph of 12 million pixels, made ready", soft, "JPEG", RATIO_LIMIT),
            ("one with so much in it that it must be written anew", hard, "JPEG", FULL_LIMIT),
            ("a picture of a screen, made ready", screen, "PNG", RATIO_LIMIT),
        ):
            data = _file(image, form)
            ours, bare = alternate(partial(kept.add, data, "x", FITS), partial(_bare, data, form), rounds=5)
            yield Line(name, ours * 1000, "ms", bare * 1000, limit)


def _file(image: Image.Image, form: str) -> bytes:
    out = io.BytesIO()
    image.save(out, form, quality=92)
    return out.getvalue()


def _bare(data: bytes, form: str) -> None:
    """Read, shrink and write it once, whatever comes out."""
    image = Image.open(io.BytesIO(data))
    image.draft("RGB", (SIDE, SIDE))
    image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    more: dict[str, Any] = {"quality": 90, "optimize": True, "progressive": True} if form == "JPEG" else {}
    image.save(out, form, **more)
