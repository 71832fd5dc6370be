"""Descriptions that no tool reads: Meta's nodes, Telegram's methods, WordPress' routes, Trustpilot's requests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.contract.specs import JSON, folder, load

Params = dict[str, list[str]]


class Graph:
    """Requests and answers by the node specs of Meta's Graph API.

    Which node a path begins with is not told by an id: `nodes` maps a pattern of the id to the names of specs that
    it may be. `always` are parameters of every call.
    """

    def __init__(self, nodes: dict[str, tuple[str, ...]], always: tuple[str, ...] = ("access_token", "fields")) -> None:
        self._nodes = [(re.compile(pattern), names) for pattern, names in nodes.items()]
        self._always = {*always, "limit", "after", "before", "summary"}

    def wrong(self, method: str, path: str, params: Params, body: Any) -> list[str]:
        """What of a request is not as described."""
        found = self._calls(method, path)
        if not found:
            return [f"{method} {path} is not described"]
        given = {**params, **(body if isinstance(body, dict) else {})}
        known = {param["name"] for call in found for param in call["params"]} | self._always
        faults = [f"parameter {name}" for name in given if name not in known]
        fields = ",".join(params.get("fields", ()))
        if fields:
            faults += [f"field {name}" for name in self._unknown(found, fields)]
        return faults

    def undescribed(self, method: str, path: str, status: int, body: Any) -> list[str]:
        """Fields of an answer that none of the node's specs has."""
        found = self._calls(method, path)
        if status >= 400 or not found or not isinstance(body, dict):
            return []
        known = self._fields(found) | {"id", "success", "data", "paging", "summary"}
        rows = body["data"] if isinstance(body.get("data"), list) else [body]
        return sorted({name for row in rows if isinstance(row, dict) for name in row if name not in known})

    def _calls(self, method: str, path: str) -> list[JSON]:
        parts = [part for part in path.split("/") if part]
        if parts and re.fullmatch(r"v\d+\.\d+", parts[0]):
            parts = parts[1:]
        if not parts or len(parts) > 2:
            return []
        edge = parts[1] if len(parts) == 2 else {"GET": "#get", "POST": "#update", "DELETE": "#delete"}[method]
        found = []
        for pattern, names in self._nodes:
            if pattern.fullmatch(parts[0]):
                for name in names:
                    for call in load(f"meta/graph/{name}.json")["apis"]:
                        if call["method"] == method and edge in (call.get("endpoint"), call.get("name")):
                            found.append({**call, "node": name})
        return found

    def _fields(self, calls: list[JSON]) -> set[str]:
        known: set[str] = set()
        for call in calls:
            for name in {call["return"], call["node"] if call.get("name") == "#get" else call["return"]}:
                place = folder()
                if place is not None and (place / f"meta/graph/{name}.json").is_file():
                    known |= {field["name"] for field in load(f"meta/graph/{name}.json")["fields"]}
        return known

    def _unknown(self, calls: list[JSON], asked: str) -> Iterator[str]:
        known = self._fields(calls)
        if not known:
            return
        for name in _names(asked):
            if name not in known:
                yield name


def _names(fields: str) -> list[str]:
    """The outermost names of "id,from{id,name},comments.limit(5){message}"."""
    depth, names, name = 0, [], ""
    for sign in fields + ",":
        if sign in "{(":
            depth += 1
        elif sign in "})":
            depth -= 1
        elif sign == "," and not depth:
            names.append(re.split(r"[.{(]", name.strip())[0])
            name = ""
            continue
        if not depth and sign not in "})":
            name += sign
    return [one for one in names if one]


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


class Bruno:
    """Requests by a folder of Bruno files: a verb, a path with ":names", and the names of its query."""

    def __init__(self, place: str, base: str) -> None:
        root = folder()
        assert root is not None
        self._known: list[tuple[str, re.Pattern[str], set[str]]] = []
        for file in sorted(Path(root, place).rglob("*.bru")):
            text = file.read_text(encoding="utf-8")
            found = re.search(r"^(get|post|put|delete|patch) \{\n\s*url: (\S+)", text, re.MULTILINE)
            if found is None:
                continue
            path = re.sub(r"^\{\{\w+\}\}", base, found[2]).partition("?")[0]
            pattern = "".join("[^/]+" if part[:1] == ":" else re.escape(part) for part in re.split(r"(:\w+)", path))
            query = re.search(r"^params:query \{\n(.*?)^\}", text, re.MULTILINE | re.DOTALL)
            names = set(re.findall(r"^\s*~?(\w+):", query[1], re.MULTILINE)) if query else set()
            self._known.append((found[1].upper(), re.compile(pattern), names))

    def wrong(self, method: str, path: str, params: Params, body: Any) -> list[str]:
        """What of a request is not as described."""
        del body
        found = [names for verb, pattern, names in self._known if verb == method and pattern.fullmatch(path)]
        if not found:
            return [f"{method} {path} is not described"]
        return [f"parameter {name}" for name in params if not any(name in names for names in found)]

    def undescribed(self, method: str, path: str, status: int, body: Any) -> list[str]:
        """Answers are not described there."""
        del method, path, status, body
        return []
