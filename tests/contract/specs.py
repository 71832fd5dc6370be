"""The platforms' descriptions: data that is not part of the project, found beside the checkout or by CARELANE_SPECS."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
JSON = dict[str, Any]


def folder() -> Path | None:
    """Where they lie, None where they do not."""
    chosen = os.environ.get("CARELANE_SPECS")
    place = Path(chosen) if chosen else ROOT.parent / "shared" / "specs"
    return place if (place / "README.md").is_file() else None


ABSENT = "The platforms' descriptions are not here. Put their folder into CARELANE_SPECS."


@cache
def load(name: str, patch: str = "") -> JSON:
    """A description as JSON, with the mends of `patch` (RFC 6902) where the tools stumble over it."""
    place = folder()
    assert place is not None, ABSENT
    spec: JSON = json.loads((place / name).read_text(encoding="utf-8"))
    return mended(spec, json.loads((place / patch).read_text(encoding="utf-8"))) if patch else spec


def mended(spec: JSON, ops: Sequence[JSON]) -> JSON:
    """A copy with these operations done to it."""
    spec = copy.deepcopy(spec) if ops else spec
    for op in ops:
        _apply(spec, op)
    return spec


def _apply(spec: JSON, op: JSON) -> None:
    def at(pointer: str) -> tuple[Any, Any]:
        *way, last = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
        node: Any = spec
        for part in way:
            node = node[int(part)] if isinstance(node, list) else node[part]
        return node, int(last) if isinstance(node, list) and last != "-" else last

    node, key = at(op["path"])
    if op["op"] == "remove":
        del node[key]
        return
    if op["op"] == "copy":
        source, name = at(op["from"])
        value = copy.deepcopy(source[name])
    elif op["op"] in ("add", "replace"):
        value = op["value"]
    else:
        raise ValueError(f"no such operation here: {op['op']}")
    if isinstance(node, list) and op["op"] != "replace":
        node.insert(len(node) if key == "-" else key, value)
    else:
        node[key] = value
