"""One `replace` for the core's structs and for the dataclasses that tests and screens have."""

from __future__ import annotations

import dataclasses
from typing import TypeVar

from msgspec import structs

_T = TypeVar("_T")


def replace(value: _T, **changes: object) -> _T:
    """A copy of `value` with `changes`."""
    if dataclasses.is_dataclass(value):
        return dataclasses.replace(value, **changes)  # type: ignore[return-value]
    return structs.replace(value, **changes)  # type: ignore[type-var]
