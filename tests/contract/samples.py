"""Descriptions that are collections of sample requests: Postman's and Bruno's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.contract.described import Params
from tests.contract.specs import JSON, folder, load
from tests.contract.tables import expanded


@dataclass(frozen=True)
class Sample:
    """One request: what it may carry, and what an answer may hold (None: not told)."""

    method: str
    path: re.Pattern[str]
    params: frozenset[str]
    body: frozenset[str]
    fields: frozenset[str] = frozenset()
    answer: frozenset[str] | None = None


class Samples:
    """Requests and answers by samples: all that one of them carries may be sent, none of it must be."""

    def __init__(self, samples: list[Sample]) -> None:
        self._samples = samples

    def wrong(self, method: str, path: str, params: Params, body: Any) -> list[str]:
        """What of a request is not as described."""
        found = self._of(method, path)
        if not found:
            return [f"{method} {path} is not described"]
        known = frozenset[str]().union(*(one.params for one in found))
        inside = frozenset[str]().union(*(one.body for one in found))
        fields = frozenset[str]().union(*(one.fields for one in found))
        faults = [f"parameter {name}" for name in params if name not in known]
        if isinstance(body, dict):
            faults += [f"field {name}" for name in body if name not in inside]
        for asked in params.get("fields", ()) if fields else ():
            faults += [f"field {name}" for name in _names(asked) if name not in fields]
        return faults

    def undescribed(self, method: str, path: str, status: int, body: Any) -> list[str]:
        """Fields of an answer that no sample of one has, at whatever depth."""
        told = [one.answer for one in self._of(method, path) if one.answer is not None]
        if status >= 400 or not told:
            return []
        return sorted({name for name in _keys(body) if name not in frozenset[str]().union(*told)})

    def _of(self, method: str, path: str) -> list[Sample]:
        """Those without a placeholder in the path come first, and then alone."""
        found = [one for one in self._samples if one.method == method and one.path.fullmatch(path)]
        exact = [one for one in found if "[^/]" not in one.path.pattern]
        return exact or found


def postman(file: str) -> Samples:
    """A collection in Postman's form 2.1; "{{name}}" and ":name" in a path stand for anything."""
    collection = load(file)
    values = {one["key"]: one.get("value", "") for one in collection.get("variable", ())}

    def filled(text: str) -> str:
        return re.sub(r"\{\{(\w+)\}\}", lambda found: values.get(found[1], ""), text)

    auth = {one["key"]: one["value"] for one in (collection.get("auth") or {}).get("oauth2", ())}
    always = frozenset({"access_token"} if auth.get("addTokenTo") == "queryParams" else ())
    samples = []
    for item in _leaves(collection["item"]):
        asked = item["request"]
        url = asked["url"]
        if isinstance(url, str):
            continue
        query = {one["key"]: filled(one.get("value") or "") for one in url.get("query", ())}
        form = [one["key"] for one in (asked.get("body") or {}).get("urlencoded", ())]
        raw = (asked.get("body") or {}).get("raw", "")
        fields = frozenset(_names(query.get("fields", "")))
        told = [one["body"] for one in item.get("response", ()) if one.get("body")]
        answer = frozenset(re.findall(r'"(\w+)"\s*:', " ".join(told))) | fields | {"id", "paging", "cursors", "next"}
        samples.append(
            Sample(
                asked["method"], _pattern("/" + "/".join(url["path"]).strip("/")), always | frozenset(query),
                always | frozenset(form) | frozenset(query) | frozenset(re.findall(r'"(\w+)"\s*:', raw)),
                fields, answer if told else None,
            )
        )  # fmt: skip
    return Samples(samples)


def bruno(place: str, base: str) -> Samples:
    """A folder of Bruno files; `base` is the path that their "{{baseUrl}}" stands for. They tell of no answers."""
    root = folder()
    assert root is not None
    samples = []
    for file in sorted(Path(root, place).rglob("*.bru")):
        text = file.read_text(encoding="utf-8")
        found = re.search(r"^(get|post|put|delete|patch) \{\n\s*url: (\S+)", text, re.MULTILINE)
        if found is None:
            continue
        path = re.sub(r"^\{\{\w+\}\}", base, found[2]).partition("?")[0]
        query = _names_in(_block(text, "params:query"))
        form = _names_in(_block(text, "body:form-urlencoded"))
        raw = re.findall(r'"(\w+)"\s*:', _block(text, "body:json"))
        samples.append(Sample(found[1].upper(), _pattern(path), query, form | frozenset(raw)))
    return Samples(samples)


def _block(text: str, name: str) -> str:
    found = re.search(rf"^{name} \{{\n(.*?)^\}}", text, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def _names_in(block: str) -> frozenset[str]:
    return frozenset(re.findall(r"^\s*~?([\w.-]+):", block, re.MULTILINE))


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"(\{\{\w+\}\}|:\w+)", path)
    return re.compile("".join("[^/]+" if part[:1] == ":" or part[:2] == "{{" else re.escape(part) for part in parts))


def _leaves(items: list[JSON]) -> Iterator[JSON]:
    for item in items:
        if "item" in item:
            yield from _leaves(item["item"])
        else:
            yield item


def _names(fields: str) -> Iterator[str]:
    for name, _, inside in expanded(fields):
        yield name
        yield from _names(inside)


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _keys(inner)
    elif isinstance(value, list):
        for each in value:
            yield from _keys(each)
