"""How the fields of this dialog look: a sheet of its own, since the window's is matched against every widget."""

from __future__ import annotations

from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QAbstractSpinBox, QWidget

from ui import theme
from ui.widgets import Label


def sheet() -> str:
    """The style sheet in the colours and the size that hold now."""
    c, px = theme.tokens(), theme.px
    line, accent, panel, text = c.line.name(), c.accent.name(), c.panel.name(), c.text.name()
    return (
        f"QSpinBox, QTimeEdit {{ background: {panel}; color: {text}; border: 1px solid {line};"
        f" border-radius: 7px; padding: {px(4)}px {px(8)}px; }}"
        "QSpinBox::up-button, QSpinBox::down-button, QTimeEdit::up-button, QTimeEdit::down-button"
        " { width: 0; border: 0; }"  # the arrow keys step; with no buttons at all, there is no room for the text
        f"QSpinBox:focus, QTimeEdit:focus {{ border: 1px solid {accent}; }}"
        f"QTimeEdit:disabled {{ color: {c.faint.name()}; }}"
        f'QPushButton[kind="choices"] {{ text-align: left; font-weight: 400; padding: {px(7)}px {px(10)}px; }}'
        "QTabWidget::pane { border: 0; }"
        "QTabBar::tab { background: transparent; border: 0; border-bottom: 2px solid transparent;"
        f" color: {c.muted.name()}; padding: {px(7)}px {px(4)}px; margin-right: {px(20)}px; }}"
        f"QTabBar::tab:selected {{ color: {text}; border-bottom: 2px solid {accent}; }}"
        f"QTabBar::tab:focus {{ color: {accent}; }}"
        f"QListWidget {{ border: 1px solid {line}; border-radius: 10px; padding: 4px; }}"
        f"QListWidget:focus {{ border: 1px solid {accent}; }}"
    )


def beside(words: str, field: QWidget, parent: QWidget) -> Label:
    """The name of a field, in line with the text that stands in it."""
    field.setAccessibleName(words)
    label = Label(words, parent, colour="muted")
    field.ensurePolished()
    label.setMinimumHeight(field.sizeHint().height())
    return label


def padded(field: QAbstractSpinBox) -> None:
    """Room beside the text, which the style sheet's padding does not reach."""
    edit = field.lineEdit()
    if edit is not None:
        edit.setTextMargins(theme.px(7), 0, theme.px(7), 0)


def outlined(widget: QWidget) -> None:
    """Give a box to tick an outline that is seen on a dark ground too; Fusion derives it from the window's colour."""
    palette = widget.palette()
    palette.setColor(QPalette.ColorRole.Window, theme.tokens().faint)
    widget.setPalette(palette)
