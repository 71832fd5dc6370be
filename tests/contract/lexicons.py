"""Requests, records and answers by Bluesky's lexicons, which are newer than its OpenAPI file and know the records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.contract.described import Params
from tests.contract.specs import JSON, folder, load


class Lexicons:
    """The lexicons that lie here; of a call without one nothing is said."""

    def wrong(self, method: str, path: str, params: Params, body: Any) -> list[str]:
        """What of a request is not as described."""
        about = _lexicon(path.rpartition("/")[2])
        if about is None:
            return []
        main, name = about["defs"]["main"], about["id"]
        if method != {"query": "GET", "procedure": "POST"}[main["type"]]:
            return [f"{method} for a {main['type']}"]
        known = main.get("parameters", {})
        faults = [f"parameter {key}" for key in params if key not in known.get("properties", {})]
        faults += [f"parameter {key} is missing" for key in known.get("required", ()) if key not in params]
        schema = main.get("input", {}).get("schema")
        if isinstance(body, dict):
            faults += ["a body"] if schema is None else [f"field {one}" for one in self._walk(name, schema, body, "")]
        return faults

    def undescribed(self, method: str, path: str, status: int, body: Any) -> list[str]:
        """Fields of an answer that the lexicon does not have, or that it must have."""
        del method, status
        about = _lexicon(path.rpartition("/")[2])
        schema = about["defs"]["main"].get("output", {}).get("schema") if about is not None else None
        return sorted(set(self._walk(about["id"], schema, body, ""))) if about is not None and schema else []

    def _walk(self, name: str, schema: JSON, value: Any, at: str) -> Iterator[str]:
        kind = schema.get("type")
        if kind == "ref":
            yield from self._follow(name, schema["ref"], value, at)
        elif kind == "union":
            chosen = value.get("$type", "") if isinstance(value, dict) else ""
            names = {_absolute(name, one).removesuffix("#main"): one for one in schema["refs"]}
            if chosen.removesuffix("#main") in names:
                yield from self._follow(name, names[chosen.removesuffix("#main")], value, at)
            elif schema.get("closed") or not chosen:
                yield f"{at}: none of the union".lstrip(".")
        elif kind == "array" and isinstance(value, list):
            for each in value:
                yield from self._walk(name, schema["items"], each, at + "[]")
        elif kind in ("object", "record") and isinstance(value, dict):
            yield from self._object(name, schema.get("record", schema), value, at)
        elif kind == "unknown" and isinstance(value, dict) and _lexicon(str(value.get("$type"))):
            yield from self._follow(name, value["$type"], value, at)

    def _object(self, name: str, schema: JSON, value: JSON, at: str) -> Iterator[str]:
        for key in schema.get("required", ()):
            if key not in value:
                yield f"{at}.{key} is missing".lstrip(".")
        for key, inner in value.items():
            if key in schema["properties"]:
                yield from self._walk(name, schema["properties"][key], inner, f"{at}.{key}")
            elif key != "$type":
                yield f"{at}.{key}".lstrip(".")

    def _follow(self, name: str, reference: str, value: Any, at: str) -> Iterator[str]:
        place, _, part = _absolute(name, reference).partition("#")
        about = _lexicon(place)
        if about is not None:
            yield from self._walk(place, about["defs"][part or "main"], value, at)


def _absolute(name: str, reference: str) -> str:
    return name + reference if reference.startswith("#") else reference


def _lexicon(name: str) -> JSON | None:
    root, place = folder(), f"bluesky/lexicons/{name.replace('.', '/')}.json"
    return load(place) if root is not None and name.count(".") > 2 and (root / place).is_file() else None
