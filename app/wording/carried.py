"""Pictures in a file of templates: as base64, with their words."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence

from msgspec import Struct

from app.domain import Picture, Template
from app.errors import InputError

LARGEST = 50_000_000  # bytes of a file with pictures
LARGEST_PICTURE = 10_000_000  # bytes of one, in a file of somebody else
MOST_PICTURES = 500  # of a file: each of them is decoded


class Carried(Struct, frozen=True, omit_defaults=True):
    """One picture as it stands in the file."""

    data: str  # base64
    type: str = ""  # MIME, for other programs: what it is is seen from the bytes
    alt: str = ""
    waived: bool = False  # it may be sent without words


class Row(Struct, frozen=True):
    """The pictures of one template that was read."""

    at: int  # in the list of templates
    place: int  # in the file, from 1
    pictures: tuple[Carried, ...]


def carry(template: Template, read: Callable[[str], bytes]) -> tuple[Carried, ...]:
    """Return the pictures as they are written; `read` returns the bytes of an id."""
    return tuple(
        Carried(base64.b64encode(read(one.id)).decode(), one.mime, one.alt, one.waived) for one in template.pictures
    )


def size(templates: Sequence[Template]) -> int:
    """About how many bytes their pictures take in a file."""
    return sum(one.size * 4 // 3 + len(one.alt) + 100 for template in templates for one in template.pictures)


def unpack(carried: Carried) -> bytes:
    """Return the file that it holds. Raises `InputError`, whose words go on behind "Picture 2 "."""
    text = "".join(carried.data.split())
    if len(text) > LARGEST_PICTURE * 4 // 3 + 4:
        raise InputError(f"is larger than {LARGEST_PICTURE // 1_000_000} MB")
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise InputError("is not written as base64, or was cut off") from None
    if not data:
        raise InputError("is empty")
    return data


def described(picture: Picture, carried: Carried) -> Picture:
    """The picture that was made of it, with its words."""
    return Picture(
        picture.id, picture.mime, picture.width, picture.height, picture.size, alt=carried.alt,
        waived=carried.waived and not carried.alt.strip(),
    )  # fmt: skip
