"""What the fakes of Meta's platforms share: fields and edges as Graph reads them, paging, errors, and strictness."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import httpx

JSON = dict[str, Any]
ALWAYS = {"fields", "limit", "after", "access_token"}  # parameters of every call


@dataclass
class Field:
    """One name of a `fields` parameter: "comments.limit(5){id}"."""

    name: str
    asked: dict[str, str] = field(default_factory=dict)
    inside: list[Field] = field(default_factory=list)


def fields_of(text: str) -> list[Field]:
    """Read a `fields` parameter."""
    found: list[Field] = []
    depth, start = 0, 0
    for at, sign in enumerate(text + ","):
        depth += (sign in "{(") - (sign in "})")
        if sign == "," and not depth:
            one = text[start:at].strip()
            start = at + 1
            if one:
                head, _, inside = one.partition("{")
                name, *more = re.split(r"\.(?=[a-z_]+\()", head)
                asked = dict(re.findall(r"([a-z_]+)\(([^)]*)\)", ".".join(more)))
                found.append(Field(name, asked, fields_of(inside[:-1])))
    return found


class Refused(Exception):
    """The fake answers with this error."""

    def __init__(self, code: int, message: str, *, sub: int = 0, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.sub, self.status = code, sub, status

    def answer(self) -> httpx.Response:
        return fault(self.code, str(self), sub=self.sub, status=self.status)


def fault(
    code: int, message: str = "told", *, sub: int = 0, status: int = 400, headers: dict[str, str] | None = None
) -> httpx.Response:
    error: JSON = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "A1"}
    if sub:
        error["error_subcode"] = sub
    return httpx.Response(status, json={"error": error}, headers=dated(**(headers or {})))


def dated(**more: str) -> dict[str, str]:
    return {"date": datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT"), **more}


def answer(value: object) -> httpx.Response:
    return httpx.Response(200, json=value, headers=dated())


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def given(request: httpx.Request) -> JSON:
    """The parameters of a request, wherever they are."""
    found: JSON = dict(request.url.params.multi_items())
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json"):
        found |= json.loads(request.content)
    elif kind.startswith("application/x-www-form-urlencoded"):
        found |= dict(parse_qsl(request.content.decode(), keep_blank_values=True))
    elif request.content:
        raise Refused(100, f"a body of the kind {kind}")
    return found


def only(asked: JSON, *names: str) -> None:
    """Refuse parameters that the description does not have."""
    for name in asked:
        if name not in ALWAYS and name not in names:
            raise Refused(100, f"(#100) Unknown parameter {name}")


def shaped(node: JSON, asked: Sequence[Field], described: set[str]) -> JSON:
    """The fields of `node` that were asked for; what the description does not have is refused."""
    for each in asked:
        if each.name not in described:
            raise Refused(100, f"(#100) Tried accessing nonexisting field ({each.name})")
    return {each.name: node[each.name] for each in asked if node.get(each.name) is not None} | {"id": node["id"]}


def _key(node: JSON, by: str) -> tuple[str, str]:
    return str(node.get(by, "")), str(node["id"])


def empty(asked: JSON, url: str, *, newest_first: bool) -> tuple[list[JSON], JSON]:
    """An empty page that is not the end: Graph leaves out what one may not see after it has cut the page."""
    start = base64.urlsafe_b64encode(json.dumps(["~" if newest_first else "", ""]).encode()).decode()
    after = asked.get("after") or start
    return [], {"cursors": {"before": "x", "after": after}, "next": f"{url}?access_token=s3cret&after={after}"}


def page(
    nodes: Sequence[JSON],
    asked: JSON,
    url: str,
    *,
    by: str = "created_time",
    newest_first: bool = True,
    limit: int = 25,
) -> tuple[list[JSON], JSON]:
    """A page by cursor, which stays right while entries come and go; and its `paging`."""
    ordered = sorted(nodes, key=lambda node: _key(node, by), reverse=newest_first)
    after = asked.get("after")
    if after:
        try:
            told = json.loads(base64.urlsafe_b64decode(after))
            edge = (str(told[0]), str(told[1]))
        except (ValueError, IndexError, TypeError):
            raise Refused(100, "Invalid cursor") from None
        ordered = [n for n in ordered if (_key(n, by) < edge if newest_first else _key(n, by) > edge)]
    limit = min(int(asked.get("limit", limit)), 100)
    cut = ordered[:limit]
    paging: JSON = {}
    if cut:
        last = base64.urlsafe_b64encode(json.dumps(_key(cut[-1], by)).encode()).decode()
        paging["cursors"] = {"before": "x", "after": last}
        if len(ordered) > limit:
            paging["next"] = f"{url}?access_token=s3cret&limit={limit}&after={last}"
    return cut, paging
