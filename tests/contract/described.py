"""Whether the fields of an answer stand in an OpenAPI or Google discovery description."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from tests.contract.specs import JSON

Params = dict[str, list[str]]


class OpenApi:
    """Answers by an OpenAPI description. `prefix` is what its paths leave out of the real ones."""

    def __init__(self, spec: JSON, prefix: str = "") -> None:
        self.spec, self.prefix = spec, prefix
        self._paths = [(_pattern(path), path) for path in sorted(spec["paths"], key=lambda p: p.count("{"))]

    def operation(self, method: str, path: str) -> JSON | None:
        """The description of a call; the one with the fewest placeholders wins."""
        return next((item[method.lower()] for item in self._items(path) if method.lower() in item), None)

    def _items(self, path: str) -> list[JSON]:
        return [self.spec["paths"][template] for template in self.templates(path)]

    def templates(self, path: str) -> list[str]:
        """The paths with placeholders that it may be, the one with the fewest first."""
        path = path.removeprefix(self.prefix)
        return [template for pattern, template in self._paths if pattern.fullmatch(path)]

    def wrong(self, method: str, path: str, params: Params, body: Any) -> list[str]:
        """Names in a request that the description does not have: prism lets them pass.

        Bodies that are neither JSON nor a form are left to it.
        """
        operation = self.operation(method, path)
        if operation is None:
            return [f"{method} {path} is not described"]
        shared = next(item for item in self._items(path) if item.get(method.lower()) is operation).get("parameters", ())
        about = [self._resolved(one) for one in (*shared, *operation.get("parameters", ()))]
        known = {one["name"] for one in about if one["in"] == "query"}
        faults = [f"parameter {name}" for name in params if name not in known and name.removesuffix("[]") not in known]
        if isinstance(body, dict):
            content = self._resolved(operation.get("requestBody", {})).get("content", {})
            schemas = [one["schema"] for one in content.values() if "schema" in one]
            faults += [f"field {name}" for name in self._walk({"anyOf": schemas}, body, "")] if schemas else ["a body"]
        return sorted(set(faults))

    def undescribed(self, method: str, path: str, status: int, body: Any) -> list[str]:
        """Fields of `body` that the description does not have for this call and status."""
        operation = self.operation(method, path)
        if operation is None:
            return [f"{method} {path} is not described"]
        answers = operation["responses"]
        answer = answers.get(str(status)) or answers.get(f"{status // 100}XX") or answers.get("default")
        if answer is None:
            return [f"{method} {path}: {status} is not described"]
        content = self._resolved(answer).get("content", {})
        schema = next((one["schema"] for kind, one in content.items() if "json" in kind and "schema" in one), None)
        return [] if schema is None else sorted(set(self._walk(schema, body, "")))

    def _resolved(self, schema: JSON) -> JSON:
        while "$ref" in schema:
            node: Any = self.spec
            for part in schema["$ref"].removeprefix("#/").split("/"):
                node = node[part.replace("~1", "/").replace("~0", "~")]
            schema = node
        return schema

    def _walk(self, schema: JSON, value: Any, at: str) -> Iterator[str]:
        if isinstance(value, list):
            items = [one["items"] for one in self._parts(schema) if "items" in one]
            for each in value if items else ():
                yield from self._walk({"anyOf": items}, each, at + "[]")
        elif isinstance(value, dict):
            parts = list(self._parts(schema))
            known: dict[str, list[JSON]] = {}
            loose = False
            for part in parts:
                for name, inner in part.get("properties", {}).items():
                    known.setdefault(name, []).append(inner)
                extra = part.get("additionalProperties")
                loose |= bool(extra)
                says = part.keys() & {"properties", "enum", "required"}  # {"required": [..]} is but one of two choices
                loose |= not says and part.get("type") in (None, "object")
            for name, inner in value.items():
                if name in known:
                    yield from self._walk({"anyOf": known[name]}, inner, f"{at}.{name}")
                elif not loose:
                    yield f"{at}.{name}".lstrip(".")

    def _parts(self, schema: JSON, seen: tuple[int, ...] = ()) -> Iterator[JSON]:
        """A schema and all that it may be made of."""
        schema = self._resolved(schema)
        if id(schema) in seen:
            return
        groups = [part for key in ("allOf", "anyOf", "oneOf") for part in schema.get(key, ())]
        groups += [{"$ref": place} for place in schema.get("discriminator", {}).get("mapping", {}).values()]
        if not groups or "properties" in schema or "items" in schema or "additionalProperties" in schema:
            yield schema
        for part in groups:
            yield from self._parts(part, (*seen, id(schema)))


@cache
def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"(\{[^}]+\})", template)
    return re.compile("".join("[^/]+" if part.startswith("{") else re.escape(part) for part in parts))


class Discovery:
    """Requests and answers by a Google discovery document."""

    def __init__(self, spec: JSON, prefix: str = "") -> None:
        self.spec, self.prefix = spec, prefix
        self._methods = [
            (method["httpMethod"], _google(method.get("flatPath") or method["path"], spec["servicePath"]), method)
            for method in _methods(spec["resources"])
        ]

    def method(self, method: str, path: str) -> JSON | None:
        """The description of a call."""
        path = path.removeprefix(self.prefix)
        return next((one for verb, pattern, one in self._methods if verb == method and pattern.fullmatch(path)), None)

    def wrong(self, method: str, path: str, params: Params, body: Any) -> list[str]:
        """What of a request is not as described."""
        found = self.method(method, path)
        if found is None:
            return [f"{method} {path} is not described"]
        known = {**self.spec.get("parameters", {}), **found.get("parameters", {})}
        faults = [f"parameter {name}" for name in params if name not in known]
        for name, about in known.items():
            if about.get("required") and about["location"] == "query" and name not in params:
                faults.append(f"parameter {name} is missing")
            if "enum" in about and any(value not in about["enum"] for value in params.get(name, ())):
                faults.append(f"parameter {name} is none of {about['enum']}")
        if body is not None and "request" in found:
            faults += [f"field {name}" for name in self._walk(found["request"]["$ref"], body, "")]
        return faults

    def undescribed(self, method: str, path: str, status: int, body: Any) -> list[str]:
        """Fields of an answer that the description does not have."""
        found = self.method(method, path)
        if found is None or status >= 400 or "response" not in found:
            return []
        return sorted(set(self._walk(found["response"]["$ref"], body, "")))

    def _walk(self, name: str, value: Any, at: str) -> Iterator[str]:
        yield from self._inside({"$ref": name}, value, at)

    def _inside(self, schema: JSON, value: Any, at: str) -> Iterator[str]:
        if "$ref" in schema:
            schema = self.spec["schemas"][schema["$ref"]]
        if isinstance(value, list) and "items" in schema:
            for each in value:
                yield from self._inside(schema["items"], each, at + "[]")
        elif isinstance(value, dict) and "properties" in schema:
            for key, inner in value.items():
                if key not in schema["properties"]:
                    yield f"{at}.{key}".lstrip(".")
                else:
                    yield from self._inside(schema["properties"][key], inner, f"{at}.{key}")


def _methods(resources: JSON) -> Iterator[JSON]:
    for resource in resources.values():
        yield from resource.get("methods", {}).values()
        yield from _methods(resource.get("resources", {}))


def _google(path: str, service: str) -> re.Pattern[str]:
    path = path if path.startswith(service) else service + path
    parts = re.split(r"(\{[^}]+\})", "/" + path.lstrip("/"))
    return re.compile(
        "".join(("[^/]+(?:/[^/]+)*" if "+" in part else "[^/]+") if part.startswith("{") else re.escape(part)
                for part in parts)
    )  # fmt: skip
