"""A face: a picture once it is there, until then initials."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui import theme


def initials(name: str) -> str:
    """One letter that stands for a name; "?" if it has none."""
    return next((letter.upper() for letter in name if letter.isalnum()), "?")


def ink_on(ground: QColor) -> QColor:
    """Black or white, whichever reads better on `ground` (WCAG luminance)."""
    parts = [
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4
        for part in (ground.redF(), ground.greenF(), ground.blueF())
    ]
    light = 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    return QColor("#1f1d1a") if light > 0.18 else QColor("#ffffff")


class Avatar(QWidget):
    """A round picture of a person, `size` px before text scaling."""

    rounding = 0.5

    def __init__(self, name: str = "", parent: QWidget | None = None, *, size: int = 32, colour: str = "") -> None:
        super().__init__(parent)
        self._name, self._size, self._colour = name, size, colour
        self._picture: QPixmap | None = None
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)
        self._restyle()
        theme.signals.changed.connect(self._restyle)

    def set_person(self, name: str, picture: QPixmap | None = None, colour: str = "") -> None:
        """Show this name's initial on `colour` ("#rrggbb"), or the picture."""
        self._name, self._picture, self._colour = name, picture, colour or self._colour
        self.setAccessibleName(name)
        self.update()

    def _restyle(self) -> None:
        self.setFixedSize(theme.px(self._size), theme.px(self._size))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_face(
            painter,
            QRectF(self.rect()),
            self._name,
            self._colour,
            self._picture,
            self.rounding,
            self.isEnabled(),
        )


class ClientSquare(Avatar):
    """A client's initial on its colour."""

    rounding = 0.286

    def __init__(self, name: str = "", colour: str = "", parent: QWidget | None = None, *, size: int = 28) -> None:
        super().__init__(name, parent, size=size, colour=colour)


def paint_face(
    painter: QPainter,
    box: QRectF,
    name: str,
    colour: str,
    picture: QPixmap | None = None,
    rounding: float = 0.5,
    enabled: bool = True,
) -> None:
    """Draw initials or picture in a rounded box. An unreadable colour falls back to a neutral ground."""
    c = theme.tokens()
    ground = QColor(colour) if colour and QColor(colour).isValid() else c.line
    path = QPainterPath()
    path.addRoundedRect(box, box.width() * rounding, box.height() * rounding)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if picture is not None and not picture.isNull():
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setClipPath(path)
        painter.drawPixmap(box, picture, QRectF(picture.rect()))
        return
    painter.fillPath(path, ground)
    painter.setPen(ink_on(ground) if enabled else c.faint)
    face = theme.font(13, 700)
    face.setPixelSize(max(8, round(box.height() * 0.46)))
    painter.setFont(face)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, initials(name))
