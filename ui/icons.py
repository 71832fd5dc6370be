"""Interface glyphs (Lucide), drawn in a colour of the theme. QtSvg is imported with the first one."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap

from ui import theme

ICONS = Path(__file__).resolve().parent.parent / "resources" / "icons"


def pixmap(name: str, size: float, colour: QColor, ratio: float = 1.0) -> QPixmap:
    """The glyph at `size` px before text scaling, for a screen with this device pixel ratio."""
    return _pixmap(name, theme.px(size), colour.name(), ratio)


def has(name: str) -> bool:
    """Whether there is such a glyph."""
    return bool(name) and (ICONS / f"{name}.svg").is_file()


@lru_cache(maxsize=256)
def _pixmap(name: str, size: int, colour: str, ratio: float) -> QPixmap:
    from PySide6.QtSvg import QSvgRenderer

    source = (ICONS / f"{name}.svg").read_text(encoding="utf-8").replace("currentColor", colour)
    made = QPixmap(round(size * ratio), round(size * ratio))
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    QSvgRenderer(source.encode()).render(painter, QRectF(made.rect()))
    painter.end()
    made.setDevicePixelRatio(ratio)
    return made


def icon(name: str, colour: QColor | None = None, size: float = 16) -> QIcon:
    """For buttons and menus. Make it again on `theme.signals.changed`."""
    wanted = colour if colour is not None else theme.tokens().muted
    made = QIcon()
    for ratio in (1.0, 2.0):
        made.addPixmap(pixmap(name, size, wanted, ratio))
    return made
