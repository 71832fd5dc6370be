"""A window's middle with searches behind it."""

from tests.ui.conversation.conftest import core, pane

__all__ = ["core", "pane"]
