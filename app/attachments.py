"""Pictures of replies and templates: made fit for the platform once, without what they tell about where and by whom
they were taken, and kept in the data folder under the hash of the bytes that will be sent."""

from __future__ import annotations

import contextlib
import hashlib
import io
import math
import os
import re
import secrets
import struct
import time
import warnings
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.connectors.base import Capabilities
from app.domain import Picture
from app.errors import GoneError, InputError, StoreError
from app.text import clean

if TYPE_CHECKING:  # 40 ms that only somebody who adds a picture pays
    from PIL import Image

MAX_FILE = 100_000_000  # bytes that are looked at
MAX_PIXELS = 100_000_000  # of a picture that is decoded; a flat one of a gigapixel packs into a few kB
KEEP_UNUSED = 3600.0  # seconds: a picture that was just added is in no draft yet
_MOST_FRAMES = 300
_QUALITIES = (90, 84, 76, 68, 60)
_PNG_AT_MOST = 2  # times the limit that a lossless file may be large, to be tried as PNG again
_SMALLEST = 16  # pixels of the longer side
_ID = re.compile(r"[0-9a-f]{64}", re.ASCII)
# nothing that runs a program (EPS) or holds pages (PDF)
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "AVIF")
# what a damaged or hostile file makes the decoders raise
_BROKEN = (
    OSError, EOFError, SyntaxError, ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RuntimeError,
    struct.error, zlib.error,
)  # fmt: skip


class Attachments:
    """The pictures below `folder`. Every method blocks: for a worker thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, data: bytes, name: str, able: Capabilities, *, pixels: int = MAX_PIXELS) -> Picture:
        """Return the picture in the file `data`, as it will be sent under the limits of `able`.

        Turned upright, sRGB, no larger than allowed in pixels and bytes, and
        without metadata. `name` is the file's, for sentences; one with more
        than `pixels` is refused. Raises `InputError`.
        """
        called = f"“{_short(name)}”" if _short(name) else "This file"
        if able.max_pictures < 1:
            raise InputError(f"{able.name} takes no pictures with replies.")
        if len(data) > MAX_FILE:
            raise InputError(f"{called} is larger than {MAX_FILE // 1_000_000} MB. Make it smaller, then add it again.")
        try:
            content, mime, size = _made(data, able, pixels)
        except _TooManyPixelsError:
            raise InputError(
                f"{called} has more than {pixels // 1_000_000} million pixels. Make it smaller, then add it again."
            ) from None
        except _NoPictureError:
            raise InputError(
                f"{called} is not a picture that Carelane can read. Save it as JPEG or PNG, then add that."
            ) from None
        except MemoryError:
            raise InputError(f"{called} needs more memory than there is. Make it smaller, then add it again.") from None
        except _BROKEN:
            raise InputError(f"{called} is damaged or cut off. Open it in another program and save it anew.") from None
        id_ = hashlib.sha256(content).hexdigest()
        self._keep(self._folder / id_, content)
        return Picture(id_, mime, size[0], size[1], len(content))

    def read(self, id_: str) -> bytes:
        """Return the bytes that will be sent. Raises `GoneError` where they are not there, or not what they were."""
        try:
            content = (self._folder / id_).read_bytes() if _ID.fullmatch(id_) else b""
        except FileNotFoundError:
            content = b""
        except OSError as error:
            raise StoreError(f"A picture cannot be read ({error.strerror}). Check this computer's disk.") from error
        if hashlib.sha256(content).hexdigest() != id_:
            raise GoneError("This picture is no longer on this computer. Take it out, and add it again.")
        return content

    def drop_unused(self, kept: Collection[str], *, older: float = KEEP_UNUSED) -> int:
        """Delete the files that are not in `kept` (ids) and older than `older` seconds; return how many went."""
        gone, before = 0, time.time() - older
        with contextlib.suppress(FileNotFoundError):
            for entry in os.scandir(self._folder):
                with contextlib.suppress(OSError):
                    if entry.name not in kept and entry.stat().st_mtime <= before:
                        os.unlink(entry.path)
                        gone += 1
        return gone

    def _keep(self, path: Path, content: bytes) -> None:
        part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                part.replace(path)
            except OSError:
                part.unlink(missing_ok=True)
                raise
        except OSError as error:
            raise StoreError(
                f"The picture could not be kept ({error.strerror}). Make room on the disk, then add it again."
            ) from error


class _NoPictureError(Exception):
    pass


class _TooManyPixelsError(Exception):
    pass


def _short(name: str) -> str:
    name = clean(re.split(r"[/\\]", name)[-1]).strip()
    return name if len(name) <= 60 else f"{name[:40]}…{name[-15:]}"


def _made(data: bytes, able: Capabilities, pixels: int) -> tuple[bytes, str, tuple[int, int]]:
    """Return bytes, type, and size in pixels."""
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)  # between one and two times the limit it only warns
    # what is odd inside a stranger's file concerns nobody: it can be decoded, or it is refused
    warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\..*")
    Image.init()
    known = [form for form in _FORMATS if form in Image.OPEN]  # AVIF and WebP are left out of some builds
    try:
        image = Image.open(io.BytesIO(data), formats=known)
        if math.prod(image.size) > pixels:
            raise _TooManyPixelsError
        lossless = image.format in ("PNG", "GIF", "BMP", "TIFF")
        if image.format == "GIF" and (moving := _animated(image, able)) is not None:
            return moving, "image/gif", image.size
        image.draft("RGB", (able.picture_side, able.picture_side))  # a large JPEG is decoded at a half or a quarter
        still = _resized(_flat(_upright(image)), able.picture_side)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _TooManyPixelsError from None
    except UnidentifiedImageError:
        raise _NoPictureError from None
    if still.mode == "RGBA" or (lossless and len(data) <= _PNG_AT_MOST * able.picture_bytes):
        png = _png(still) if "image/png" in able.picture_types else b""
        if 0 < len(png) <= able.picture_bytes:
            return png, "image/png", still.size
    return _jpeg(_on_white(still), able.picture_bytes)


def _animated(image: Image.Image, able: Capabilities) -> bytes | None:
    """Return a moving GIF written anew, without its comments; None where it stands still or is not taken as it is."""
    from PIL import ImageSequence

    if "image/gif" not in able.picture_types or max(image.size) > able.picture_side:
        return None
    most = min(_MOST_FRAMES, MAX_PIXELS // max(1, math.prod(image.size)))
    frames: list[Image.Image] = []
    for frame in ImageSequence.Iterator(image):
        if len(frames) >= most:
            image.seek(0)
            return None
        frames.append(frame.copy())
    image.seek(0)
    if len(frames) < 2:
        return None
    durations = [int(frame.info.get("duration", 100)) for frame in frames]
    more: dict[str, Any] = {"loop": image.info["loop"]} if "loop" in image.info else {}
    for frame in frames:
        frame.info.pop("comment", None)
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=durations, **more)
    return out.getvalue() if out.tell() <= able.picture_bytes else None


def _upright(image: Image.Image) -> Image.Image:
    """Decode, in sRGB, turned as its EXIF says."""
    from PIL import ImageOps

    image.load()
    profile = image.info.get("icc_profile")
    turned = ImageOps.exif_transpose(image)
    if profile and turned.mode in ("RGB", "RGBA", "CMYK"):
        return _srgb(turned, profile)
    return turned


def _srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Convert colours by the picture's own profile, which does not travel with it; a bad profile is passed over."""
    from PIL import ImageCms

    try:
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        found = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode=mode)
    except (ImageCms.PyCMSError, *_BROKEN):
        return image
    return image if found is None else found


def _flat(image: Image.Image) -> Image.Image:
    """Return it as RGBA where something shines through, else as RGB."""
    if image.mode.startswith("I;16"):  # 16 bits a pixel, of which the upper eight are kept
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    if not image.has_transparency_data:
        return image.convert("RGB")
    clear = image.convert("RGBA")
    lowest = clear.getchannel("A").getextrema()[0]
    return clear if isinstance(lowest, int | float) and lowest < 255 else clear.convert("RGB")


def _resized(image: Image.Image, side: int) -> Image.Image:
    from PIL import Image

    most = max(image.size)
    if most <= side:
        return image
    width, height = (max(1, round(edge * side / most)) for edge in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS)


def _on_white(image: Image.Image) -> Image.Image:
    from PIL import Image

    if image.mode != "RGBA":
        return image
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image.getchannel("A"))
    return white


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    _bare(image).save(out, "PNG")
    return out.getvalue()


def _jpeg(image: Image.Image, limit: int) -> tuple[bytes, str, tuple[int, int]]:
    """Lower the quality step by step, then the size, until it fits."""
    for smaller in _smaller(_bare(image), limit):
        for quality in _QUALITIES:
            out = io.BytesIO()
            smaller.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
            if out.tell() <= limit:
                return out.getvalue(), "image/jpeg", smaller.size
            if out.tell() > 4 * limit:
                break  # not by quality alone
    raise ValueError("does not fit at any size")


def _smaller(image: Image.Image, limit: int) -> Iterator[Image.Image]:
    side = max(image.size)
    yield image
    while side > _SMALLEST:
        side = max(_SMALLEST, int(side * 0.8))
        yield _resized(image, side)


def _bare(image: Image.Image) -> Image.Image:
    """Without what Pillow would write beside the pixels."""
    image.info = {}
    return image
