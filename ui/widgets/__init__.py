"""Small widgets that all screens share. Colours and type come from `ui.theme` alone."""

from ui.widgets.avatar import Avatar, ClientSquare
from ui.widgets.buttons import DashedButton, LinkButton, PrimaryButton, QuietButton
from ui.widgets.chips import Chips
from ui.widgets.empty import EmptyState
from ui.widgets.labels import Chip, ElidedLabel, Heading, Label
from ui.widgets.surface import Card, Line
from ui.widgets.toast import Toast

__all__ = [
    "Avatar",
    "Card",
    "Chip",
    "Chips",
    "ClientSquare",
    "DashedButton",
    "ElidedLabel",
    "EmptyState",
    "Heading",
    "Label",
    "Line",
    "LinkButton",
    "PrimaryButton",
    "QuietButton",
    "Toast",
]
