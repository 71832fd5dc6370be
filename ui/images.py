"""Avatars and attached pictures: fetched when they are first shown, decoded off the GUI thread, kept small."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable

import shiboken6
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QSize, Qt
from PySide6.QtGui import QImage, QImageReader, QPixmap
from PySide6.QtWidgets import QWidget

import ui.ops as ops
from app.errors import BadAnswerError, ServiceError
from ui.ports import Pictures

MAX_PIXELS = 40_000_000
KEPT_BYTES = 24_000_000
AT_ONCE = 4
# No SVG: it is a document with links, not a picture.
FORMATS = frozenset({b"png", b"jpeg", b"jpg", b"webp", b"gif", b"bmp", b"ico"})

Key = tuple[str, int, int]
Shown = Callable[[QPixmap], None]
Failed = Callable[[str], None]


def decode(data: bytes, box: QSize) -> QImage:
    """Decode `data` no larger than `box` in device pixels, the first frame only. Safe off the GUI thread.

    Raises `BadAnswerError` for what is no picture, of a kind that is not shown, or too large.
    """
    held = QByteArray(data)
    buffer = QBuffer(held)
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setAutoTransform(True)
    reader.setDecideFormatFromContent(True)
    if bytes(reader.format().data()).lower() not in FORMATS:
        raise BadAnswerError("This picture is of a kind that is not shown here.")
    size = reader.size()
    if not size.isValid() or size.width() * size.height() > MAX_PIXELS:
        raise BadAnswerError("This picture is too large to be shown.")
    if size.width() > box.width() or size.height() > box.height():
        wanted = size.scaled(box, Qt.AspectRatioMode.KeepAspectRatio)
        reader.setScaledSize(wanted.expandedTo(QSize(1, 1)))
    image = reader.read()
    if image.isNull():
        raise BadAnswerError("This picture is damaged.")
    return image


class Images(QObject):
    """Hands out pixmaps by address. One address is fetched once, however many widgets ask for it."""

    def __init__(self, pictures: Pictures, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pictures = pictures
        self._kept: OrderedDict[Key, QPixmap] = OrderedDict()
        self._bytes = 0
        self._asked: dict[Key, list[tuple[QWidget, Shown, Failed | None]]] = {}
        self._slots = asyncio.Semaphore(AT_ONCE)

    def load(self, owner: QWidget, url: str, box: QSize, shown: Shown, failed: Failed | None = None) -> None:
        """Call `shown` with the picture at `url`, at most `box` large in `owner`'s own pixels.

        At once when it is kept, else later; never when `owner` is gone by
        then. `failed` gets the sentence that says why there is none.
        """
        ratio = owner.devicePixelRatioF()
        device = QSize(round(box.width() * ratio), round(box.height() * ratio))
        key = (url, device.width(), device.height())
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
            shown(kept)
            return
        waiting = self._asked.setdefault(key, [])
        waiting.append((owner, shown, failed))
        if len(waiting) == 1:
            ops.run(self, self._fetch(key, device, ratio), quiet=True)

    async def _fetch(self, key: Key, device: QSize, ratio: float) -> None:
        try:
            async with self._slots:
                data = await self._pictures.fetch(key[0])
                image = await asyncio.to_thread(decode, data, device)
        except ServiceError as error:
            for owner, _shown, failed in self._asked.pop(key, ()):
                if failed is not None and shiboken6.isValid(owner):
                    failed(str(error))
            return
        except BaseException:
            self._asked.pop(key, None)
            raise
        pixmap = QPixmap.fromImage(image)
        pixmap.setDevicePixelRatio(ratio)
        self._keep(key, pixmap)
        for owner, shown, _failed in self._asked.pop(key, ()):
            if shiboken6.isValid(owner):
                shown(pixmap)

    def _keep(self, key: Key, pixmap: QPixmap) -> None:
        self._kept[key] = pixmap
        self._bytes += _weight(pixmap)
        while self._bytes > KEPT_BYTES and len(self._kept) > 1:
            _old, dropped = self._kept.popitem(last=False)
            self._bytes -= _weight(dropped)


def _weight(pixmap: QPixmap) -> int:
    return pixmap.width() * pixmap.height() * max(1, pixmap.depth() // 8)
