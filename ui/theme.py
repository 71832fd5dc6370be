"""Colours, type and the style sheet. Follows the system's light or dark and its text size at once."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path

from msgspec import Struct
from msgspec.structs import fields
from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from ui import fonts

STYLES = Path(__file__).resolve().parent.parent / "resources" / "styles"


class Tokens(Struct, frozen=True):
    """The colours by their job, as in `main-window.html`."""

    bg: QColor
    panel: QColor
    side: QColor
    line: QColor
    text: QColor
    muted: QColor
    faint: QColor
    accent: QColor
    accent_soft: QColor
    on_accent: QColor
    danger: QColor
    danger_soft: QColor
    warn: QColor
    warn_soft: QColor
    ok: QColor
    sel: QColor
    love: QColor
    love_soft: QColor
    info: QColor
    info_soft: QColor


# `muted` and `faint` are a little stronger than in the pictures: WCAG AA on every ground.
_LIGHT = (
    "bg #f6f5f2 panel #ffffff side #efede8 line #e3e0d9 text #1f1d1a muted #625d55 faint #6d6861 "
    "accent #1f6f5c accent_soft #dcefe9 on_accent #ffffff danger #b3261e danger_soft #fbe4e1"
    " warn #8f5200 warn_soft #fcefd9"
    " ok #1f6f5c sel #e9f3f0 love #9a3b76 love_soft #f7e4f0 info #2b5fa8 info_soft #e2ecf9"
)
_DARK = (
    "bg #191817 panel #211f1d side #171615 line #35322e text #f0ece6 muted #b3ada4 faint #a49e95 "
    "accent #5cc2a5 accent_soft #1f3a33 on_accent #0e1f1a danger #ff8a80 danger_soft #43211f"
    " warn #f2b45c warn_soft #40301a"
    " ok #5cc2a5 sel #22332e love #e79bc7 love_soft #3b2333 info #8ab6f2 info_soft #1f2e44"
)


@lru_cache(maxsize=2)
def palette_of(dark: bool) -> Tokens:
    """The tokens of one of the two themes."""
    words = (_DARK if dark else _LIGHT).split()
    return Tokens(**{name: QColor(value) for name, value in zip(words[::2], words[1::2], strict=True)})


class Signals(QObject):
    """`changed` follows every change of colours or text size; painted widgets update on it."""

    changed = Signal()


class _State(Struct):
    dark: bool = False
    scale: float = 1.0
    followed: bool = False


signals = Signals()
_state = _State()


def tokens() -> Tokens:
    """The colours that hold now."""
    return palette_of(_state.dark)


def is_dark() -> bool:
    """Whether the dark theme holds now."""
    return _state.dark


def scale() -> float:
    """How much larger than 13 px text is, 1 to 2, as the system asks."""
    return _state.scale


def px(size: float) -> int:
    """A measure of the 8-pixel grid that grows with the text."""
    return round(size * _state.scale)


@lru_cache(maxsize=128)
def _font(size: int, weight: int, tabular: bool) -> QFont:
    made = QFont(fonts.FAMILY)
    made.setPixelSize(size)
    made.setWeight(QFont.Weight(weight))
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    if tabular:
        made.setFeature(QFont.Tag.fromString("tnum"), 1)
    return made


def font(size: float, weight: int = 400, tabular: bool = False) -> QFont:
    """Inter at `size` px before scaling; `tabular` gives all figures one width, for times and counts."""
    return QFont(_font(px(size), weight, tabular))


def _wanted_dark() -> bool:
    forced = os.environ.get("CARELANE_THEME", "")
    if forced in ("light", "dark"):
        return forced == "dark"
    return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark


def _wanted_scale() -> float:
    forced = os.environ.get("CARELANE_TEXT", "")
    if forced.isdecimal():
        return min(2.0, max(1.0, int(forced) / 100))
    system = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    size = system.pixelSize() if system.pixelSize() > 0 else round(system.pointSizeF() * 96 / 72)
    # desktops call 12 to 15 px "normal": only what is clearly larger was asked for
    return min(2.0, size / 13) if size >= 15.5 else 1.0


def apply(app: QApplication) -> None:
    """Set style, font, palette and style sheet, and keep them in step with the system from then on."""
    fonts.load()
    if _state.followed:
        refresh()
    else:
        _state.followed = True
        style = QStyleFactory.create("Fusion")
        if style is not None:
            app.setStyle(style)
        # queued: inside the signal the style hints still change, a style sheet set there is polished twice
        app.styleHints().colorSchemeChanged.connect(lambda: QTimer.singleShot(0, refresh))
        _set(app, _wanted_dark(), _wanted_scale())


def refresh() -> None:
    """Look at the system again; the window calls this when its theme or font changes."""
    app = QApplication.instance()
    if not isinstance(app, QApplication) or not _state.followed:
        return
    dark, size = _wanted_dark(), _wanted_scale()
    if (dark, size) != (_state.dark, _state.scale):
        _set(app, dark, size)


def _set(app: QApplication, dark: bool, size: float) -> None:
    _state.dark, _state.scale = dark, size
    app.setFont(font(13))
    app.setPalette(_qt_palette(tokens()))
    app.setStyleSheet(style_sheet(tokens()))
    signals.changed.emit()


def _qt_palette(c: Tokens) -> QPalette:
    role = QPalette.ColorRole
    made = QPalette()
    for which, colour in (
        (role.Window, c.bg), (role.WindowText, c.text), (role.Base, c.panel), (role.AlternateBase, c.bg),
        (role.Text, c.text), (role.Button, c.panel), (role.ButtonText, c.text), (role.BrightText, c.danger),
        (role.Highlight, c.accent), (role.HighlightedText, c.on_accent), (role.Accent, c.accent),
        (role.ToolTipBase, c.text), (role.ToolTipText, c.panel), (role.PlaceholderText, c.faint),
        (role.Link, c.accent), (role.LinkVisited, c.accent), (role.Light, c.panel), (role.Midlight, c.line),
        (role.Mid, c.line), (role.Dark, c.faint), (role.Shadow, c.line),
    ):  # fmt: skip
        made.setColor(which, colour)
    for which in (role.Text, role.WindowText, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, which, c.faint)
    return made


@lru_cache(maxsize=1)
def _sheet() -> str:
    return (STYLES / "carelane.qss").read_text(encoding="utf-8")


def style_sheet(c: Tokens) -> str:
    """The file's `@token` becomes a colour, its `N!px` a measure that grows with the text."""
    out: list[str] = []
    colours = {field.name: getattr(c, field.name).name() for field in fields(c)}
    for part in _split(_sheet()):
        if part.startswith("@") and part[1:] in colours:
            out.append(colours[part[1:]])
        elif part.endswith("!px"):
            out.append(f"{px(int(part[:-3]))}px")
        else:
            out.append(part)
    return "".join(out)


def _split(text: str) -> list[str]:
    return re.split(r"(@\w+|\b\d+!px)", text)
