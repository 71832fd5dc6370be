"""Pictures: fetched once, kept small, refused when they are none, and never handed to a widget that is gone."""

from __future__ import annotations

import pytest
import shiboken6
from PySide6.QtCore import QBuffer, QIODevice, QSize
from PySide6.QtGui import QColor, QImage, QPixmap
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.errors import BadAnswerError
from tests.ui.conftest import Settle
from tests.ui.fakes_conversation import Pictures
from ui import images as module
from ui.images import Images, decode

URL = "https://files.example.org/cake.png"


def png(width: int, height: int) -> bytes:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor("#d9a441"))
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(buffer.data().data())


def test_large_picture_is_decoded_small_and_keeps_its_shape(qapp: QApplication) -> None:
    image = decode(png(2000, 1000), QSize(400, 400))
    assert image.size() == QSize(400, 200)
    assert decode(png(20, 10), QSize(400, 400)).size() == QSize(20, 10)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>no</html>",
        b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 40,
    ],
    ids=["nothing", "html", "svg", "cut"],
)
def test_what_is_no_picture_is_refused(qapp: QApplication, data: bytes) -> None:
    with pytest.raises(BadAnswerError):
        decode(data, QSize(100, 100))


def test_too_many_pixels_are_refused_before_they_are_decoded(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_PIXELS", 100)
    with pytest.raises(BadAnswerError, match="too large"):
        decode(png(20, 20), QSize(10, 10))


async def test_two_widgets_one_fetch(themed: QApplication, qtbot: QtBot, settle: Settle) -> None:
    pictures = Pictures()
    pictures.known[URL] = png(64, 64)
    images = Images(pictures)
    first, second = QWidget(), QWidget()
    qtbot.addWidget(first)
    qtbot.addWidget(second)
    got: list[QPixmap] = []
    for widget in (first, second):
        images.load(widget, URL, QSize(32, 32), got.append)
    await settle()
    assert len(got) == 2
    assert pictures.asked == [URL]
    images.load(first, URL, QSize(32, 32), got.append)
    assert len(got) == 3  # kept: at once
    assert pictures.asked == [URL]


async def test_failure_says_why_and_can_be_tried_again(themed: QApplication, qtbot: QtBot, settle: Settle) -> None:
    pictures = Pictures()
    images = Images(pictures)
    widget = QWidget()
    qtbot.addWidget(widget)
    said: list[str] = []
    got: list[QPixmap] = []
    images.load(widget, URL, QSize(32, 32), got.append, said.append)
    await settle()
    assert said == ["This picture could not be loaded."]
    pictures.known[URL] = png(8, 8)
    images.load(widget, URL, QSize(32, 32), got.append, said.append)
    await settle()
    assert len(got) == 1


async def test_gone_widget_gets_nothing(themed: QApplication, settle: Settle) -> None:
    pictures = Pictures()
    pictures.known[URL] = png(8, 8)
    images = Images(pictures)
    widget = QWidget()
    got: list[QPixmap] = []
    images.load(widget, URL, QSize(32, 32), got.append)
    shiboken6.delete(widget)
    await settle()
    assert got == []


async def test_old_pictures_go_when_there_are_too_many(
    themed: QApplication, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, settle: Settle
) -> None:
    monkeypatch.setattr(module, "KEPT_BYTES", 64 * 64 * 4 * 2)
    pictures = Pictures()
    images = Images(pictures)
    widget = QWidget()
    qtbot.addWidget(widget)
    for number in range(4):
        pictures.known[f"{URL}{number}"] = png(64, 64)
        images.load(widget, f"{URL}{number}", QSize(64, 64), lambda _pixmap: None)
        await settle()
    assert len(images._kept) == 2
