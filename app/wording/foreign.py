"""Saved replies of other tools: their fields become ours, their mark-up plain text.

What each tool calls its things, as its help pages and API say:
Zendesk macros `{{ticket.requester.first_name}}`, `{{current_user.name}}`, actions `comment_value(_html)`;
Gorgias macros `{{ticket.customer.firstname}}`, action `setResponseText` with `body_text` and `body_html`;
Chatwoot canned responses `short_code` and `content` with `{{contact.name}}`, `{{agent.name}}`;
Hootsuite saved replies have a title and a text, and no fields: people write [name].
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from app.domain import Deeds
from app.text import clean, html_to_text
from app.wording.fields import FIELDS, LONGEST, escape

_MARKUP = re.compile(r"</?(?:p|br|div|span|a|b|i|u|em|strong|ul|ol|li|h[1-6]|table|img|blockquote)\b[^<>]*>", re.I)
_LOGIC = re.compile(r"\{%[^{}]{0,300}%\}")
_PLACE = re.compile(
    r"\{\{(?P<double>[^{}]{1,250})\}\}|[$%]\{(?P<dollar>[^{}\n]{1,100})\}"
    r"|\{(?P<single>[^\W\d_][\w .-]{0,60})\}|%(?P<per>[A-Za-z]\w*(?:_\w+)+)%"
    r"|\[(?P<square>[^\W\d_][\w \u2019'/-]{0,39})\](?!\()"
)
_DEFAULT = re.compile(r"\bdefault\b\s*[:=]?\s*[\"'“]([^\"'”{}|\n]{0,100})[\"'”]")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_AGENTS = frozenset(("current_user", "agent", "assignee", "assignee_user", "current_agent", "me", "my", "operator"))
_SHOPS = frozenset(("brand", "account", "company", "store", "shop", "business", "organization", "page"))
_NAMES = frozenset(("name", "full_name", "fullname", "display_name", "customer_name", "your_name", "user_name",
                    "contact_name", "requester_name", "client_name"))  # fmt: skip
_SAME = {
    "order_number": "order", "order_no": "order", "order_id": "order", "order_name": "order", "ordernumber": "order",
    "bestellnummer": "order", "hours": "opening_hours", "business_hours": "opening_hours", "store_hours":
    "opening_hours", "username": "handle", "screen_name": "handle", "social_handle": "handle", "channel": "platform",
    "via": "platform", "review_url": "review_link", "agent_name": "agent", "my_name": "agent", "signature": "agent",
    "company_name": "client", "business_name": "client", "brand_name": "client", "store_name": "client",
    "shop_name": "client", "brand": "client", "company": "client", "firstname": "first_name",
    "given_name": "first_name", "vorname": "first_name", "prenom": "first_name", "nombre": "first_name",
    "nome": "first_name", "customer_first_name": "first_name", "contact_first_name": "first_name",
}  # fmt: skip


def plain(text: str) -> str:
    """A body as plain text: HTML is read as such, everything is cleaned."""
    if _MARKUP.search(text):
        text = html_to_text(text)
    return clean(text, LONGEST)


def ours(written: str) -> str:
    """Our field for another tool's: `ticket.requester.first_name` is "{first_name}".

    One that we do not have becomes a blank of its name, to be filled by hand.
    """
    name, *filters = written.split("|")
    default = next((found[1] for one in filters if (found := _DEFAULT.search(one))), None)
    parts = [re.sub(r"[\s-]+", "_", part).casefold() for part in re.split(r"[.\[\]]+", _CAMEL.sub("_", name.strip()))]
    parts = [part.strip("_'\"") for part in parts if part.strip("_'\"")]
    field = _field(parts)
    if field:
        return f"{{{field}}}" if default is None else f"{{{field}|{default}}}"
    words = re.sub(r"[\W_]+", " ", " ".join(parts[-2:])).strip()
    words = re.sub(r"^[\d\s]+", "", words)[:38].strip()
    return f"{{{words or 'blank'}?}}"


def _field(parts: list[str]) -> str:
    if not parts:
        return ""
    last, owners = parts[-1], set(parts[:-1])
    known = _SAME.get(last, last)
    if known in ("first_name", "name") or last in _NAMES:
        if owners & _AGENTS:
            return "agent"
        if owners & _SHOPS and known == "name":
            return "client"
        if "order" in owners or "orders" in owners:
            return "order"
        if owners & {"inbox", "product", "item", "ticket_form", "group", "team"}:
            return ""
        return "first_name" if known == "first_name" else "name"
    if last in _AGENTS and len(parts) == 1:
        return "agent"
    if last in ("id", "number") and parts[-2:-1] in (["order"], ["orders"]):
        return "order"
    return known if known in FIELDS and not (known == "client" and owners) else ""


def template(text: str) -> str:
    """Another tool's text in our own language of templates."""
    text = _LOGIC.sub("", text)
    made, at = [], 0
    for found in _PLACE.finditer(text):
        made.append(escape(text[at : found.start()]))
        at = found.end()
        written = found["double"] or found["dollar"] or found["single"] or found["per"] or found["square"]
        made.append(ours(written))
    made.append(escape(text[at:]))
    return "".join(made).strip()


def tags(value: object) -> tuple[str, ...]:
    """Tags as tools write them: a list, or words with commas or blanks between them."""
    if isinstance(value, str):
        found: Iterable[object] = value.split(",") if "," in value else value.split()
    else:
        found = value if isinstance(value, list) else []
    return tuple(dict.fromkeys(one.strip()[:30] for one in found if isinstance(one, str) and one.strip()))


class Foreign:
    """What the actions of a Zendesk or Gorgias macro say."""

    def __init__(self, actions: object) -> None:
        self.source, self.text = "", ""
        self._tags: tuple[str, ...] = ()
        self._close = False
        for action in actions if isinstance(actions, list) else ():
            if isinstance(action, dict):
                self._zendesk(action) if "field" in action else self._gorgias(action)

    def deeds(self) -> Deeds:
        """Tags and closing; the reason says where it comes from."""
        return Deeds(tags=self._tags, close="answered" if self._close else "")

    def _zendesk(self, action: Mapping[str, Any]) -> None:
        field, value = action.get("field"), action.get("value")
        self.source = "Zendesk macros"
        if field in ("comment_value", "comment_value_html"):
            said = value[-1] if isinstance(value, list) and value else value  # ["channel:all", "text"]
            if isinstance(said, str) and (not self.text or field == "comment_value"):
                self.text = said
        elif field in ("set_tags", "current_tags"):
            self._tags = tags(value)
        elif field == "status" and value in ("solved", "closed"):
            self._close = True

    def _gorgias(self, action: Mapping[str, Any]) -> None:
        given = action.get("arguments")
        given = given if isinstance(given, dict) else {}
        self.source = self.source or "Gorgias macros"
        if action.get("name") == "setResponseText":
            said = given.get("body_text") or given.get("body_html")
            self.text = said if isinstance(said, str) else self.text
        elif action.get("name") == "addTags":
            self._tags = tags(given.get("tags"))
        elif action.get("name") == "setStatus" and given.get("status") == "closed":
            self._close = True


def guess(text: str) -> str:
    """Which tool a text comes from, by its fields; "" unknown."""
    if re.search(r"\{\{\s*ticket\.customer\.", text):
        return "Gorgias macros"
    if re.search(r"\{\{\s*(?:ticket\.|current_user\.)", text):
        return "Zendesk macros"
    return "Chatwoot canned responses" if re.search(r"\{\{\s*(?:contact|agent)\.", text) else ""


__all__ = ["Foreign", "guess", "ours", "plain", "tags", "template"]
