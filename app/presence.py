"""What the window knows of the person and the schedule needs."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(slots=True)
class Presence:
    """What the window knows and the schedule needs."""

    in_front: bool = False
    touched_at: float = 0.0  # time.monotonic() of the last key or click

    def idle(self) -> bool:
        """Nobody touched Carelane for ten minutes and it is not in front."""
        return not self.in_front and time.monotonic() - self.touched_at > 600
