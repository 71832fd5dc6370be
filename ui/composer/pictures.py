"""The pictures of a reply or a template: each with its words for those who cannot see it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import shiboken6
from msgspec.structs import replace
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QLocale, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from app.domain import Picture
from app.errors import InputError, ServiceError
from ui import ops, theme
from ui.composer.lines import NoteLine
from ui.composer.rows import TwoGroups
from ui.images import decode
from ui.widgets import Label, LinkButton

SIDE, LARGE_SIDE = 44, 72  # pixels at 100 %
LARGEST_FILE = 60_000_000  # what is larger is no picture that was meant for a reply
_DECIMAL = QLocale.DataSizeFormat.DataSizeSIFormat
MAX_ALT = 1000  # characters of a description, where the platform says nothing else


class Keeper(Protocol):
    """Where pictures are made ready and kept; `owner` is whose they are, as `start` was told."""

    async def add_picture(self, owner: str, data: bytes, name: str, /) -> Picture: ...
    async def picture(self, id_: str, /) -> bytes: ...


async def bytes_of(source: object) -> tuple[bytes, str]:
    """The bytes and the name of a picture that was chosen, pasted or dropped."""
    if isinstance(source, QImage):
        return await asyncio.to_thread(_png, source), "pasted.png"
    return await asyncio.to_thread(_read, Path(str(source))), Path(str(source)).name


def _png(image: QImage) -> bytes:
    held = QByteArray()
    buffer = QBuffer(held)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image.save(buffer, "PNG"):  # type: ignore[call-overload]
        raise InputError("What was pasted is not a picture that can be sent.")
    return bytes(held.data())


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise InputError(f"{path.name} is too large for a picture. Choose one below 60 MB.")
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path.name} could not be read. {error.strerror or ''}".strip()) from error


def _measure(picture: Picture) -> str:
    """Width, height and bytes, in words."""
    size = QLocale().formattedDataSize(picture.size, 0 if picture.size < 1_000_000 else 1, _DECIMAL)
    return f"{picture.width} \u00d7 {picture.height} \u00b7 {size}"


class _Row(QWidget):
    """One picture: what it looks like, its words, its place in the order."""

    changed = Signal()
    removed = Signal()
    moved = Signal(int)

    def __init__(self, picture: Picture, longest: int, *, roomy: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture, self._longest = picture, longest
        side = LARGE_SIDE if roomy and theme.scale() < 1.5 else SIDE  # at large text the words need the room
        self.thumb = Label("", self)
        self.thumb.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.thumb.setFixedSize(theme.px(side), theme.px(side))
        self.alt = QLineEdit(picture.alt, self)
        self.alt.setMaxLength(longest)
        self.alt.setCursorPosition(0)
        self.alt.setPlaceholderText(self.tr("What is to be seen, for those who cannot see it"))
        self.count = Label("", self, size=11, colour="muted", tabular=True)
        self.waive = LinkButton("", self)
        self.measure = Label(_measure(picture), self, size=11, colour="muted", tabular=True)
        self.measure.setVisible(roomy)
        self.thumb.setToolTip(self.measure.text())
        buttons = TwoGroups(self)
        buttons.left.addWidget(self.waive)
        buttons.left.addWidget(self.count)
        buttons.left.addStretch(1)
        buttons.right.setSpacing(0)
        self.up, self.down, self.drop = (LinkButton(sign, self) for sign in ("\u2191", "\u2193", "\u00d7"))
        for button in (self.up, self.down, self.drop):
            buttons.right.addWidget(button)
        beside = QVBoxLayout()
        beside.setSpacing(2)
        beside.addWidget(self.alt)
        if roomy:
            beside.addWidget(self.measure)
        beside.addWidget(buttons)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.thumb, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(beside, 1)
        self.alt.textChanged.connect(self._type)
        self.waive.clicked.connect(self._waive)
        self.drop.clicked.connect(lambda _on=False: self.removed.emit())
        self.up.clicked.connect(lambda _on=False: self.moved.emit(-1))
        self.down.clicked.connect(lambda _on=False: self.moved.emit(1))
        self.set_number(0, 1)
        self._tell()

    def set_number(self, number: int, count: int) -> None:
        """Which of how many it is."""
        name = self.tr("picture %1").replace("%1", str(number + 1))
        self.alt.setAccessibleName(self.tr("Description of %1").replace("%1", name))
        self.thumb.setAccessibleName(f"{name}, {self.measure.text()}")
        for button, shape in (
            (self.up, self.tr("Move %1 before the one above")),
            (self.down, self.tr("Move %1 behind the one below")),
            (self.drop, self.tr("Remove %1")),
            (self.waive, self.tr("Send %1 without a description")),
        ):
            button.setAccessibleName(shape.replace("%1", name))
            button.setToolTip(shape.replace("%1", name))
        self.up.setVisible(number > 0)
        self.down.setVisible(number + 1 < count)

    def missing(self) -> bool:
        """Whether its words are still asked for."""
        return not self.picture.alt.strip() and not self.picture.waived

    def _type(self, text: str) -> None:
        self.picture = replace(self.picture, alt=text, waived=False if text.strip() else self.picture.waived)
        self._tell()
        self.changed.emit()

    def _waive(self) -> None:
        self.picture = replace(self.picture, waived=not self.picture.waived)
        self._tell()
        self.changed.emit()

    def _tell(self) -> None:
        has = bool(self.picture.alt.strip())
        waived = self.picture.waived
        self.waive.setText(self.tr("Sent without, describe it") if waived else self.tr("Send without a description"))
        self.waive.setVisible(not has)
        self.count.setVisible(has)
        self.count.setText(
            self.tr("%1 of %2").replace("%1", str(len(self.picture.alt))).replace("%2", str(self._longest))
        )


class PictureStrip(QWidget):
    """`changed` follows every change of pictures or their words. Hidden while there is nothing to show.

    `roomy`: all lines at once, with larger pictures and their sizes, for what scrolls as a whole.
    """

    changed = Signal()

    def __init__(self, keeper: Keeper, parent: QWidget | None = None, *, roomy: bool = False) -> None:
        super().__init__(parent)
        self._keeper, self._roomy = keeper, roomy
        self._conversation, self._most, self._longest = "", 0, MAX_ALT
        self._rows: list[_Row] = []
        self._jobs: list[ops.Job[Picture]] = []
        self.behind: QWidget | None = None  # what Tab comes from
        self._inside = QWidget(self)
        self._column = QVBoxLayout(self._inside)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        if not roomy:
            self._scroll.setWidget(self._inside)
        self.note = NoteLine(self, name=self.tr("Pictures"))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(4)
        whole.addWidget(self._inside if roomy else self._scroll)
        whole.addWidget(self.note)
        theme.signals.changed.connect(self._fit)
        self.hide()

    def start(self, conversation: str, pictures: Sequence[Picture], most: int, longest: int = MAX_ALT) -> None:
        """Those of another draft: at most so many, described in at most so many characters."""
        for job in self._jobs:
            job.cancel()
        self._jobs = []
        self._conversation, self._most, self._longest = conversation, most, longest
        self.note.show_line("")
        self._set(pictures)

    def set_most(self, most: int) -> None:
        """How many the platform takes."""
        self._most = most

    def pictures(self) -> tuple[Picture, ...]:
        """All, in the order in which they are sent."""
        return tuple(row.picture for row in self._rows)

    def rows(self) -> list[_Row]:
        """Their lines."""
        return list(self._rows)

    def tab_stops(self) -> list[QWidget]:
        """All that Tab reaches now, in its order."""
        lines = [(row.alt, row.waive, row.up, row.down, row.drop) for row in self._rows]
        return [*(widget for line in lines for widget in line), *self.note.tab_stops()]

    def busy(self) -> bool:
        """Whether one is still being made ready."""
        return any(job.running for job in self._jobs)

    def focus_missing(self) -> bool:
        """Go to the first picture without words; False if there is none."""
        for row in self._rows:
            if row.missing():
                row.alt.setFocus(Qt.FocusReason.OtherFocusReason)
                self._scroll.ensureWidgetVisible(row)
                return True
        return False

    def choose(self) -> None:
        """Ask for files."""
        dialog = QFileDialog(self, self.tr("Add pictures"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilter(
            self.tr("Pictures") + " (*.png *.jpg *.jpeg *.webp *.gif *.heic *.avif *.bmp *.tif *.tiff)"
        )
        dialog.filesSelected.connect(self.bring)
        dialog.open()

    def bring(self, sources: Sequence[object]) -> None:
        """Make these ready, off the window's thread. What does not become a picture is told in a sentence."""
        room = self._most - len(self._rows) - sum(job.running for job in self._jobs)
        if not self._most:
            self._say(self.tr("This platform takes no pictures in replies."))
            return
        if len(sources) > room:
            most = self.tr("At most %1 pictures fit here.").replace("%1", str(self._most))
            self._say(self.tr("Only one picture fits here.") if self._most == 1 else most)
        for source in list(sources)[: max(0, room)]:
            self._bring(source)

    def add(self, pictures: Sequence[Picture]) -> None:
        """Those of a template, as far as there is room; none twice."""
        have = {one.id for one in self.pictures()}
        new = [one for one in pictures if one.id not in have][: max(0, self._most - len(self._rows))]
        if new:
            self._set((*self.pictures(), *new))
            self.changed.emit()

    # Inside

    def _bring(self, source: object) -> None:
        conversation = self._conversation

        async def make() -> Picture:
            data, name = await bytes_of(source)
            return await self._keeper.add_picture(conversation, data, name)

        def done(picture: Picture) -> None:
            if conversation == self._conversation:
                self._say("")
                self.add([picture])
                if self._rows:
                    self._rows[-1].alt.setFocus(Qt.FocusReason.OtherFocusReason)

        def failed(error: ServiceError) -> None:
            if conversation == self._conversation:
                self._say(str(error))

        job = ops.run(self, make(), done=done, failed=failed)
        self._jobs = [*(old for old in self._jobs if old.running), job]
        name = self.tr("the picture") if isinstance(source, QImage) else Path(str(source)).name
        self.note.show_line(
            self.tr("Making %1 ready\u2026").replace("%1", name),
            [(self.tr("Stop"), self.tr("Stop adding %1").replace("%1", name), lambda: self._stop(job))],
        )
        self._fit()

    def _stop(self, job: ops.Job[Picture]) -> None:
        job.cancel()
        self._say("")

    def _say(self, text: str) -> None:
        self.note.show_line(text, [("\u00d7", self.tr("Hide this"), lambda: self._say(""))] if text else ())
        self._fit()

    def _set(self, pictures: Sequence[Picture]) -> None:
        for old in self._rows:
            self._column.removeWidget(old)
            old.hide()
            old.deleteLater()
        self._rows = []
        for picture in pictures:
            row = _Row(picture, self._longest, roomy=self._roomy, parent=self._inside)
            row.changed.connect(self.changed)
            row.removed.connect(lambda row=row: self._remove(row))
            row.moved.connect(lambda by, row=row: self._move(row, by))
            self._column.addWidget(row)
            self._rows.append(row)
            self._load(row)
        before = self.behind
        for number, row in enumerate(self._rows):
            row.set_number(number, len(self._rows))
            for widget in (row.alt, row.waive, row.up, row.down, row.drop):
                if before is not None:
                    QWidget.setTabOrder(before, widget)
                before = widget
        self._fit()

    def _remove(self, row: _Row) -> None:
        at = self._rows.index(row)
        self._set([one.picture for one in self._rows if one is not row])
        if self._rows:
            self._rows[min(at, len(self._rows) - 1)].alt.setFocus(Qt.FocusReason.OtherFocusReason)
        self.changed.emit()

    def _move(self, row: _Row, by: int) -> None:
        order, at = list(self.pictures()), self._rows.index(row)
        to = min(len(order) - 1, max(0, at + by))
        order.insert(to, order.pop(at))
        self._set(order)
        (self._rows[to].up if by < 0 and to else self._rows[to].down).setFocus(Qt.FocusReason.OtherFocusReason)
        self.changed.emit()

    def _load(self, row: _Row) -> None:
        ratio = self.devicePixelRatioF()
        box = QSize(row.thumb.size() * ratio)

        async def read() -> QImage:
            return await asyncio.to_thread(decode, await self._keeper.picture(row.picture.id), box)

        def done(image: QImage) -> None:
            if shiboken6.isValid(row):
                shown = QPixmap.fromImage(image)
                shown.setDevicePixelRatio(ratio)
                row.thumb.setPixmap(shown)

        if ops.ready():
            ops.run(row, read(), done=done, quiet=True)

    def _fit(self) -> None:
        self._scroll.setVisible(bool(self._rows) and not self._roomy)
        if self._rows and not self._roomy:
            one = self._rows[0].sizeHint().height()
            shown = min(len(self._rows), 2 if theme.scale() < 1.5 else 1)
            self._scroll.setFixedHeight(one * shown + 8 * (shown - 1) + (one // 3 if len(self._rows) > shown else 0))
        self.setVisible(bool(self._rows) or bool(self.note.text()))
