"""What belongs to a client: hours and promises."""

from ui.clients.hours import HoursDialog, open_hours

__all__ = ["HoursDialog", "open_hours"]
