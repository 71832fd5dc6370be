"""Writing a reply."""

from ui.composer.composer import Composer

__all__ = ["Composer"]
