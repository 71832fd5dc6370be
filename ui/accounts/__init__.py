"""Adding an account, and signing in to one again."""

from ui.accounts.dialog import AddAccountDialog, open_sign_in

__all__ = ["AddAccountDialog", "open_sign_in"]
