"""What a conversation's templates are filled with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache

from app.errors import InputError
from app.store.templates import Asked
from app.timers import OpeningHours
from app.wording import fields, values


class Values(Mapping[str, str]):
    """A conversation's values by field, each worked out when it is asked for."""

    def __init__(self, asked: Asked, now: datetime, language: str) -> None:
        self._asked, self._now, self._language = asked, now, language

    def __getitem__(self, name: str) -> str:
        asked = self._asked
        match name:
            case "first_name":
                return values.first_name(asked.author)
            case "name":
                return asked.author
            case "handle":
                return asked.handle
            case "order":
                return values.order_number(asked.texts)
            case "opening_hours":
                hours = _hours(asked.hours, asked.zone)
                return "" if hours is None else values.opening_hours(hours, self._now, self._language)
            case "agent":
                return asked.profile.agent
            case "client":
                return asked.client
            case "platform":
                return asked.service
            case "review_link":
                return asked.profile.review_url
            case "private_contact":
                return asked.profile.private_contact
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(fields.FIELDS)

    def __len__(self) -> int:
        return len(fields.FIELDS)


@lru_cache(maxsize=64)
def _hours(text: str, zone: str) -> OpeningHours | None:
    """None for hours that cannot be read: a blank to fill is better than no reply."""
    try:
        return OpeningHours.from_json(text, zone=zone)
    except InputError:
        return None


@lru_cache(maxsize=2048)
def read(text: str) -> fields.Whole:
    """A template's parts; a screen asks for the same ones at every key."""
    return fields.parse(text)
