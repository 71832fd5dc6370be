"""Colours that can be read, text that grows, a family that is there."""

from __future__ import annotations

import pytest
from msgspec.structs import fields
from PySide6.QtGui import QColor, QFontInfo, QFontMetricsF, QRawFont
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from ui import fonts, icons, theme
from ui.widgets import Avatar, Card, Chip, ElidedLabel, Heading, LinkButton, PrimaryButton, QuietButton, Toast
from ui.widgets.avatar import initials, ink_on

READ_ON = {
    "text": "bg panel side sel accent_soft",
    "muted": "bg panel side sel accent_soft",
    "faint": "bg panel side sel accent_soft",
    "danger": "bg panel side sel danger_soft",
    "warn": "bg panel side sel warn_soft",
    "love": "panel sel love_soft",
    "info": "panel sel info_soft",
    "accent": "bg panel side sel accent_soft",
    "on_accent": "accent",
}


def contrast(a: QColor, b: QColor) -> float:
    def light(colour: QColor) -> float:
        parts = [
            part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4
            for part in (colour.redF(), colour.greenF(), colour.blueF())
        ]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    low, high = sorted((light(a), light(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("ink", READ_ON)
def test_contrast_is_aa(ink: str, dark: bool) -> None:
    tokens = theme.palette_of(dark)
    for ground in READ_ON[ink].split():
        assert contrast(getattr(tokens, ink), getattr(tokens, ground)) >= 4.5, ground


@pytest.mark.parametrize("dark", [False, True])
def test_all_tokens_are_colours(dark: bool) -> None:
    tokens = theme.palette_of(dark)
    assert all(getattr(tokens, field.name).isValid() for field in fields(tokens))


def test_inter_in_four_weights(themed: QApplication) -> None:
    assert fonts.load()
    for weight in (400, 500, 600, 700):
        info = QFontInfo(theme.font(13, weight))
        assert (info.family(), info.weight()) == ("Inter", weight)


def test_tabular_figures_have_one_width(themed: QApplication) -> None:
    metrics = QFontMetricsF(theme.font(13, tabular=True))
    assert metrics.horizontalAdvance("111") == pytest.approx(metrics.horizontalAdvance("888"))


def test_inter_has_the_scripts_it_is_shipped_for(themed: QApplication) -> None:
    raw = QRawFont.fromFont(theme.font(13))
    assert raw.familyName() == "Inter"
    assert all(raw.supportsCharacter(ord(letter)) for letter in "aßłžğΩжї\u2013…“”\u2212·⌘→")


def test_light_and_dark_at_once(themed: QApplication, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    monkeypatch.setenv("CARELANE_THEME", "dark")
    with qtbot.waitSignal(theme.signals.changed):
        theme.refresh()
    assert theme.is_dark()
    assert themed.palette().window().color() == theme.tokens().bg
    assert theme.tokens().panel.name() in themed.styleSheet()
    monkeypatch.setenv("CARELANE_THEME", "light")
    theme.refresh()
    assert not theme.is_dark()


def test_text_grows_with_the_system(themed: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    for asked, scale in (("200", 2.0), ("900", 2.0), ("50", 1.0)):
        monkeypatch.setenv("CARELANE_TEXT", asked)
        theme.refresh()
        assert theme.scale() == scale
        assert theme.font(13).pixelSize() == round(13 * scale)
    monkeypatch.setenv("CARELANE_TEXT", "100")
    theme.refresh()


def test_style_sheet_has_nothing_left_to_fill_in(themed: QApplication) -> None:
    sheet = theme.style_sheet(theme.tokens())
    assert "@" not in sheet
    assert "!px" not in sheet


def test_every_glyph_draws(themed: QApplication) -> None:
    for path in icons.ICONS.glob("*.svg"):
        image = icons.pixmap(path.stem, 16, QColor("#ff0000")).toImage()
        assert any(image.pixelColor(x, y).alpha() for x in range(16) for y in range(16)), path.stem


def test_widgets_have_names_and_take_the_focus(themed: QApplication, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    column = QVBoxLayout(window)
    made = [PrimaryButton("Send &reply"), QuietButton("Snooze"), LinkButton("⇥", name="Take it private")]
    others = [Chip("Angry", tone="danger"), Avatar("Jana"), ElidedLabel("A long name " * 9), Card()]
    for widget in (*made, *others, Heading("Outbox", level=1)):
        column.addWidget(widget)
    window.show()
    assert [one.accessibleName() for one in made] == ["Send reply", "Snooze", "Take it private"]
    with qtbot.waitActive(window):
        window.activateWindow()
    made[0].setFocus()
    plain = made[1].grab().toImage()
    made[1].setFocus()
    assert made[1].hasFocus()
    assert made[1].grab().toImage() != plain
    assert others[0].accessibleName() == "Angry"


def test_elided_label_tells_the_whole(themed: QApplication, qtbot: QtBot) -> None:
    label = ElidedLabel("One two three four five six seven")
    qtbot.addWidget(label)
    label.resize(60, 20)
    label.show()
    assert label.text().endswith("…")
    assert label.toolTip() == label.whole() == "One two three four five six seven"


def test_text_is_never_html(themed: QApplication, qtbot: QtBot) -> None:
    label = Heading("<b>not bold</b>")
    qtbot.addWidget(label)
    assert isinstance(label, QLabel)
    assert label.textFormat().name == "PlainText"


def test_toast_offers_undo(themed: QApplication, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(600, 400)
    window.show()
    toast = Toast(window)
    taken: list[bool] = []
    toast.say("Closed.", action="Undo", then=lambda: taken.append(True))
    assert toast.text() == "Closed."
    toast.findChild(LinkButton).click()
    assert taken == [True]
    assert toast.text() == ""
    toast.say("A long sentence that does not fit. " * 20)
    assert toast.width() <= window.width()
    toast.say("Gone soon.", seconds=0.01)
    qtbot.waitUntil(lambda: toast.text() == "")


def test_initials_and_ink() -> None:
    assert initials("") == "?"
    assert initials("🎂 ñandú") == "Ñ"
    assert ink_on(QColor("#000000")).name() == "#ffffff"
    assert ink_on(QColor("#d9a441")).name() == "#1f1d1a"
