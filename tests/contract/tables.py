"""Descriptions that no tool reads: Meta's nodes, Telegram's methods, WordPress' routes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tests.contract.specs import JSON, folder, load

Params = dict[str, list[str]]


class Graph:
    """Requests and answers by the node specs of Meta's Graph API.

    Which node a path begins with is not told by an id: `nodes` maps a pattern of the id to the names of specs that
    it may be, and the first that fits counts. `always` are parameters of every call.
    """

    def __init__(self, nodes: dict[str, tuple[str, ...]], always: tuple[str, ...] = ("access_token",)) -> None:
        self._nodes = [(re.compile(pattern), names) for pattern, names in nodes.items()]
        self._always = {*always, "fields", "limit", "after", "before", "summary"}

    def wrong(self, method: str, path: str, params: Params, body: Any) -> list[str]:
        """What of a request is not as described."""
        found = self._calls(method, path)
        if not found:
            return [f"{method} {path} is not described"]
        given = {**params, **(body if isinstance(body, dict) else {})}
        known = {param["name"] for call in found for param in call["params"]}
        faults = [f"parameter {name}" for name in given if name not in known | self._always]
        for name in known - given.keys():
            if all(any(one["name"] == name and one["required"] for one in call["params"]) for call in found):
                faults.append(f"parameter {name} is missing")
        for asked in params.get("fields", ()):
            faults += self._fields([call["return"] for call in found], asked)
        return sorted(set(faults))

    def undescribed(self, method: str, path: str, status: int, body: Any) -> list[str]:
        """Fields of an answer that none of the node's specs has."""
        found = self._calls(method, path)
        if status >= 400:
            return []
        faults = set(self._inside([call["return"] for call in found], body, ""))
        return sorted(faults if method == "GET" else faults - DONE)

    def _calls(self, method: str, path: str) -> list[JSON]:
        parts = [part for part in path.split("/") if part]
        if parts and re.fullmatch(r"v\d+\.\d+", parts[0]):
            parts = parts[1:]
        if not parts or len(parts) > 2:
            return []
        edge = parts[1] if len(parts) == 2 else {"GET": "#get", "POST": "#update", "DELETE": "#delete"}[method]
        names: tuple[str, ...] = next((names for pattern, names in self._nodes if pattern.fullmatch(parts[0])), ())
        found = []
        for name in names:
            for call in _spec(name)["apis"]:
                if call["method"] == method and edge in (call.get("endpoint"), call.get("name")):
                    # "#get" of the nodes for Instagram's own login returns names that no spec has
                    found.append({**call, "return": name} if edge == "#get" else call)
        return found

    def _fields(self, types: list[str], asked: str) -> Iterator[str]:
        """What of "id,from{id,name},comments.limit(5){message}" the types do not have."""
        known, edges = _node(types)
        for name, given, inside in expanded(asked):
            if not known and not edges:
                if types:
                    yield f"node {'/'.join(sorted(set(types)))} has no description"
                return
            if name not in known and name not in edges:
                yield f"field {name} of {'/'.join(sorted(set(types)))}"
                continue
            allowed = self._always | {one["name"] for call in edges.get(name, ()) for one in call["params"]}
            yield from (f"parameter {one} of {name}" for one in given if one not in allowed)
            if inside:
                yield from self._fields(_types(known, edges, name), inside)

    def _inside(self, types: list[str], value: Any, at: str) -> Iterator[str]:
        if isinstance(value, dict) and isinstance(value.get("data"), list) and value.keys() <= ENVELOPE:
            value = value["data"]
        if isinstance(value, list):
            for each in value:
                yield from self._inside(types, each, at + "[]")
        elif isinstance(value, dict):
            known, edges = _node(types)
            for key, inner in value.items():
                if (known or edges) and key not in known and key not in edges and key != "id":
                    yield f"{at}.{key}".lstrip(".")
                else:
                    yield from self._inside(_types(known, edges, key), inner, f"{at}.{key}")


DONE = {"id", "success", "recipient_id", "message_id"}  # answers what changes something, whatever its spec says
ENVELOPE = {"data", "paging", "summary"}
LOOSE = {"Object", "string", "bool", "int", "float", "datetime", "map"}  # nothing more is said about them


def _spec(name: str) -> JSON:
    place = folder()
    file = f"meta/graph/{name}.json"
    return load(file) if place is not None and (place / file).is_file() else {"apis": [], "fields": []}


def _node(types: list[str]) -> tuple[dict[str, list[str]], dict[str, list[JSON]]]:
    """The fields, with their types, and the edges that can be read."""
    known: dict[str, list[str]] = {}
    edges: dict[str, list[JSON]] = {}
    for name in types:
        spec = _spec(name)
        for field in spec["fields"]:
            known.setdefault(field["name"], []).append(re.sub(r"^list<(.*)>$", r"\1", field["type"]))
        for call in spec["apis"]:
            if call["method"] == "GET" and "endpoint" in call:
                edges.setdefault(call["endpoint"], []).append(call)
    return known, edges


def _types(known: dict[str, list[str]], edges: dict[str, list[JSON]], name: str) -> list[str]:
    every = [*known.get(name, ()), *(call["return"] for call in edges.get(name, ()))]
    return [] if LOOSE & set(every) else every


def expanded(fields: str) -> Iterator[tuple[str, list[str], str]]:
    """Each name, its parameters, and what is asked inside it, of "id,comments.limit(5){message}"."""
    depth, start = 0, 0
    for at, sign in enumerate(fields + ","):
        depth += (sign in "{(") - (sign in "})")
        if sign == "," and not depth:
            head, _, inside = fields[start:at].strip().partition("{")
            start = at + 1
            if head:
                name = re.split(r"\.\w+\(", head)[0]
                yield name, re.findall(r"\.(\w+)\(", head), inside[:-1]


class Telegram:
    """Requests and answers by the description of the Bot API's methods and types."""

    def __init__(self) -> None:
        self._api = load("telegram/api.json")

    def wrong(self, method: str, path: str, params: Params, body: Any) -> list[str]:
        """What of a request is not as described."""
        name = path.rpartition("/")[2]
        about = self._api["methods"].get(name)
        if about is None:
            return [f"{name} is not described"]
        given = {**params, **(body if isinstance(body, dict) else {})}
        fields = {field["name"]: field for field in about.get("fields", ())}
        faults = [f"parameter {key}" for key in given if key not in fields]
        faults += [f"parameter {key} is missing" for key, one in fields.items() if one["required"] and key not in given]
        for key, value in given.items():
            if key in fields and isinstance(body, dict) and key in body:
                faults += [f"field {key}{rest}" for rest in self._inside(fields[key]["types"], value, "")]
        return faults

    def undescribed(self, method: str, path: str, status: int, body: Any) -> list[str]:
        """Fields of an answer that its type does not have."""
        about = self._api["methods"].get(path.rpartition("/")[2])
        if about is None or status >= 400 or not isinstance(body, dict):
            return []
        return sorted(set(self._inside(about["returns"], body.get("result"), "")))

    def _inside(self, types: list[str], value: Any, at: str) -> Iterator[str]:
        if isinstance(value, list):
            inner = [name.removeprefix("Array of ") for name in types if name.startswith("Array of ")]
            for each in value:
                yield from self._inside(inner, each, at)
        elif isinstance(value, dict):
            known: dict[str, list[str]] = {}
            for name in types:
                for each in self._subtypes(name):
                    for field in self._api["types"].get(each, {}).get("fields", ()):
                        known.setdefault(field["name"], []).extend(field["types"])
            for key, inner_value in value.items():
                if known and key not in known:
                    yield f"{at}.{key}"
                elif key in known:
                    yield from self._inside(known[key], inner_value, f"{at}.{key}")

    def _subtypes(self, name: str) -> Iterator[str]:
        yield name
        for each in self._api["types"].get(name, {}).get("subtypes", ()):
            yield from self._subtypes(each)


class WordPress:
    """Requests by the routes of a recorded REST index; answers by recorded ones."""

    def __init__(self) -> None:
        index = load("wordpress/wp-json-index.trimmed.json")
        self._routes = [(re.compile(route), about) for route, about in index["routes"].items()]

    def wrong(self, method: str, path: str, params: Params, body: Any) -> list[str]:
        """What of a request is not as described."""
        place = path.partition("/wp-json")[2] or path
        if place in ("", "/"):
            return []
        for route, about in self._routes:
            if route.fullmatch(place):
                for endpoint in about["endpoints"]:
                    if method in endpoint["methods"]:
                        return self._faults(endpoint["args"], params, body)
        return [f"{method} {place} is not described"]

    def undescribed(self, method: str, path: str, status: int, body: Any) -> list[str]:
        """Fields of a comment that a recorded one does not have."""
        if status >= 400 or not re.search(r"/wp/v2/comments(/\d+)?$", path):
            return []
        recorded = load("wordpress/recorded-responses.trimmed.json")
        known = set(_any_comment(recorded)) | {"author_email", "author_ip", "author_user_agent"}  # context=edit
        rows = body if isinstance(body, list) else [body]
        return sorted({name for row in rows if isinstance(row, dict) for name in row if name not in known})

    def _faults(self, args: JSON, params: Params, body: Any) -> list[str]:
        args = args or {}  # PHP writes an empty list
        given: JSON = {**params, **(body if isinstance(body, dict) else {})}
        names = {re.sub(r"\[.*\]$", "", name) for name in given}
        always = {"context", "_fields", "_embed", "_envelope", "rest_route", "_locale"}
        faults = [f"parameter {name}" for name in names if name not in args and name not in always]
        faults += [
            f"parameter {name} is missing" for name, one in args.items() if one.get("required") and name not in names
        ]
        return faults


def _any_comment(recorded: Any) -> list[str]:
    """The fields of the first comment that is found anywhere in it."""
    if isinstance(recorded, dict):
        if {"post", "author_name", "content", "parent"} <= recorded.keys():
            return list(recorded)
        recorded = list(recorded.values())
    if isinstance(recorded, list):
        for each in recorded:
            if found := _any_comment(each):
                return found
    return []
