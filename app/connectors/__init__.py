"""The platforms that Carelane speaks to: one module each, found by name, imported only when needed.

A module exports `CONNECTOR`. Modules that begin with "_" are parts of one, `base` is the contract.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.connectors.base import Connector


@cache
def _names() -> tuple[str, ...]:
    found = (module.name for module in pkgutil.iter_modules(__path__))
    return tuple(sorted(name for name in found if name != "base" and not name.startswith("_")))


def platforms() -> list[str]:
    """Return the names of all platforms, in order, without importing any."""
    return list(_names())


def connector_class(platform: str) -> type[Connector]:
    """Return the connector of `platform`; KeyError for a name that is not one."""
    if platform not in _names():
        raise KeyError(platform)
    found: type[Connector] = importlib.import_module(f"{__name__}.{platform}").CONNECTOR
    return found


class _Connectors(Mapping[str, "type[Connector]"]):
    def __getitem__(self, platform: str) -> type[Connector]:
        return connector_class(platform)

    def __iter__(self) -> Iterator[str]:
        return iter(_names())

    def __len__(self) -> int:
        return len(_names())


def connectors() -> Mapping[str, type[Connector]]:
    """Return every platform's connector by name; one is imported when it is first looked up."""
    return _Connectors()
