"""The bakery that does not exist: who writes, when, and how they take an answer.

Everything follows from the seed, the clock and the little that is saved: when
somebody practised, and what was sent. So a restart finds the same world.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from random import Random
from typing import Any

from msgspec import structs

from app.domain import Account, Contact, Kind, Mention, OwnPost, Visibility
from app.errors import NetworkError, RateLimitError, ServiceError

FILES = {"Mastodon": "mastodon", "Bluesky": "bluesky", "Google reviews": "reviews"}
SHARES = (0.42, 0.36, 0.22)  # of what arrives, in that order
HISTORY = {"Mastodon": 32, "Bluesky": 30, "Google reviews": 18}  # older ones, all answered
LANGUAGES = ("en", "de", "fr", "es", "pt", "it")
LANGUAGE_SHARES = (60, 11, 7, 9, 7, 6)
HOUR = 3_600.0  # a visit: so long after somebody looks in, people write
KEPT = 200  # sent replies that are remembered
REVIEWS = "Google reviews"
SERVERS = {"Mastodon": ("@{}@town.example", "@{}@kitchen.example"), "Bluesky": ("{}.social.example",)}


@dataclass(frozen=True, slots=True)
class Message:
    """A mention of this world, with what becomes of it."""

    mention: Mention  # as first written
    mood: str  # complaint | question | praise | neutral | spam
    edited_at: datetime | None = None
    edited_text: str = ""
    edited_rating: int | None = None
    gone_at: datetime | None = None

    def at(self, now: datetime) -> Mention:
        """Return the message as the platform shows it `now`."""
        if self.edited_at is None or self.edited_at > now:
            return self.mention
        rating = self.edited_rating or self.mention.rating
        return structs.replace(self.mention, text=self.edited_text, edited_at=self.edited_at, rating=rating)

    def is_gone(self, now: datetime) -> bool:
        """Tell whether its author has deleted it."""
        return self.gone_at is not None and self.gone_at <= now


@dataclass(frozen=True, slots=True)
class SentRow:
    """A reply of ours, as it is saved."""

    id: str
    to: str
    thread: str
    text: str
    at: datetime
    visibility: Visibility


@cache
def _load(name: str) -> tuple[dict[str, Any], ...]:
    text = resources.files("resources").joinpath("practice", f"{name}.jsonl").read_text(encoding="utf-8")
    return tuple(json.loads(line) for line in text.splitlines())


@cache
def _people() -> dict[str, dict[str, Any]]:
    return {row["lang"]: row for row in _load("people")}


class World:
    """The practice world as one account sees it."""

    def __init__(self, account: Account, saved: str) -> None:
        data = json.loads(account.data or "{}")
        self.platform: str = data.get("as", "Mastodon")
        self.seed: int = data.get("seed", 1)
        self.speed: float = max(float(data.get("speed", 1.0)), 0.001)
        self._account_id = account.id
        self._started: tuple[list[Message], list[OwnPost]] | None = None
        self._arrivals: dict[int, list[Message]] = {}
        state = json.loads(saved or "{}")
        self.visits = [datetime.fromisoformat(at) for at in state.get("visits", [])]
        self.count: int = state.get("count", 0)
        self.sent = [
            SentRow(id_, to, thread, text, datetime.fromisoformat(at), Visibility(visibility))
            for id_, to, thread, text, at, visibility in state.get("sent", [])
        ]

    def save(self) -> str:
        """Return what must be kept, as JSON."""
        sent = [[r.id, r.to, r.thread, r.text, r.at.isoformat(), r.visibility] for r in self.sent]
        visits = [at.isoformat() for at in self.visits]
        return json.dumps({"visits": visits, "count": self.count, "sent": sent}, ensure_ascii=False)

    def visit(self, now: datetime) -> bool:
        """Let people write for another hour where the last one is over. Returns whether to save."""
        hour = self._after(HOUR)
        if self.visits and now < self.visits[-1] + hour:
            return False
        ended = self.visits[-1] + hour if self.visits else now
        self.visits.append(ended if now - ended < hour / 2 else now)
        return True

    def trouble(self, now: datetime) -> ServiceError | None:
        """Return the outage or rate limit that holds `now`."""
        for number, start in enumerate(self.visits[-2:], max(len(self.visits) - 2, 0)):
            rng = self._random("trouble", number)
            for first, pause, lasts, limited in ((200, 700, 20, False), (500, 1_500, 25, True)):
                second = first + rng.uniform(0, 240)
                while second < HOUR:
                    begin = start + self._after(second)
                    until = begin + self._after(lasts)
                    if begin <= now < until:
                        return self._error(until, limited)
                    second += pause * rng.uniform(0.7, 1.3)
        return None

    def _error(self, until: datetime, limited: bool) -> ServiceError:
        if limited:
            why = f"{self.platform} asks for a short pause. Carelane goes on by itself. (Practice)"
            return RateLimitError(why, until=until)
        return NetworkError(f"{self.platform} does not answer. Carelane tries again by itself. (Practice)")

    def messages(self, now: datetime) -> list[Message]:
        """Return all that others have written up to `now`, in no order."""
        found = list(self._beginning()[0])
        for number in range(len(self.visits)):
            found += self._arriving(number)
        by_id = {message.mention.remote_id: message for message in found}
        for position, row in enumerate(self.sent):
            self._react(position, row, by_id)
        return [message for message in by_id.values() if message.mention.posted_at <= now]

    def own(self) -> list[OwnPost]:
        """Return what was written in our name, by the script or by the person."""
        ours = [self._own(row.id, row.text, row.at, row.to, row.thread, row.visibility) for row in self.sent]
        return self._beginning()[1] + ours

    def uncertain(self) -> bool:
        """Tell whether the answer to the newest send gets lost: the fourth, and now and then."""
        return self.count == 4 or (self.count > 4 and self._random("send", self.count).random() < 0.1)

    # --- how it is made up

    def _random(self, *key: object) -> Random:
        return Random("/".join(map(str, (self.seed, self.platform, *key))))

    def _after(self, seconds: float) -> timedelta:
        return timedelta(seconds=seconds / self.speed)

    def _beginning(self) -> tuple[list[Message], list[OwnPost]]:
        """What was there at the first visit: the script of the last day, and answered history."""
        if self._started is None:
            start = self.visits[0]
            messages: dict[str, Message] = {}
            own: list[OwnPost] = []
            for line in _load(FILES[self.platform]):
                at = start - timedelta(minutes=line["ago"])
                message = self._scripted(line, at, messages)
                messages[line["id"]] = message
                if "answer" in line:
                    answered_at = at + timedelta(minutes=line["answer"]["after"])
                    own.append(self._answer(message, line["answer"]["text"], answered_at))
            answers = {post.reply_to: post.remote_id for post in own}
            found = [
                replace(
                    m, mention=structs.replace(m.mention, reply_to=answers.get(m.mention.reply_to, m.mention.reply_to))
                )
                for m in messages.values()
            ]
            rng = self._random("history")
            for number in range(HISTORY[self.platform]):
                at = start - timedelta(days=rng.uniform(1.2, 27))
                message, ours = self._made_up(f"old-{number}", at, rng)
                found.append(message)
                own.append(self._answer(message, ours, at + timedelta(minutes=rng.uniform(4, 100))))
            self._started = found, own
        return self._started

    def _arriving(self, number: int) -> list[Message]:
        """What this account gets in the hour after a visit. All accounts share one row of moments."""
        if number not in self._arrivals:
            script = [line for line in _load("later") if line["as"] == FILES[self.platform]] if number == 0 else []
            script.reverse()
            moments = Random(f"{self.seed}/moments/{number}")
            found: list[Message] = []
            second, platforms = 20.0, list(FILES)
            while second < HOUR:
                # the first is Mastodon's, so that something happens soon
                who = moments.choices(platforms, SHARES)[0] if second > 20 else platforms[0]
                if who == self.platform:
                    at = self.visits[number] + self._after(second)
                    key = f"new-{number}-{len(found)}"
                    if script:
                        found.append(self._scripted(script.pop(), at, {}))
                    else:
                        found.append(self._made_up(key, at, self._random(key))[0])
                second += moments.uniform(40, 90)
            self._arrivals[number] = found
        return self._arrivals[number]

    def _scripted(self, line: dict[str, Any], at: datetime, earlier: dict[str, Message]) -> Message:
        kind = Kind(line["kind"])
        parent = earlier.get(line.get("to", ""))
        mention = Mention(
            account_id=self._account_id,
            remote_id=line["id"],
            author=self._contact(line["name"], line.get("handle", ""), line.get("followers")),
            text=line["text"],
            posted_at=at,
            kind=kind,
            visibility=Visibility.DIRECT if kind is Kind.MESSAGE else Visibility.PUBLIC,
            thread=parent.mention.thread if parent else line["id"],
            reply_to=parent.mention.remote_id if parent else "",
            language=line["lang"],
            rating=line.get("stars"),
        )
        edit, gone = line.get("edit"), line.get("gone")
        return Message(
            mention,
            line.get("mood", "neutral"),
            edited_at=at + self._after(edit["after"]) if edit else None,
            edited_text=edit["text"] if edit else "",
            gone_at=at + self._after(gone) if gone else None,
        )

    def _made_up(self, key: str, at: datetime, rng: Random) -> tuple[Message, str]:
        """Put a message together from parts; also what we would answer."""
        language = rng.choices(LANGUAGES, LANGUAGE_SHARES)[0]
        mood = rng.choices(("praise", "question", "complaint"), (45, 32, 23))[0]
        if self.platform == REVIEWS and mood == "question":
            mood = "praise"
        parts = next(row for row in _load("parts") if (row["lang"], row["mood"]) == (language, mood))
        people = _people()[language]
        item = rng.choice(people["items"])
        body = "".join(rng.choice(parts[part]) for part in ("opens", "bodies", "closes")).format(item=item)
        if self.platform == REVIEWS or rng.random() < 0.6:
            body = body[:1].upper() + body[1:]
        first, family = rng.choice(people["first"]), rng.choice(people["family"])
        handle = f"{first}{family[:3]}{rng.randint(1, 99)}".lower()
        text = f"@maplerye {body}" if self.platform == "Mastodon" else body
        mention = Mention(
            account_id=self._account_id,
            remote_id=key,
            author=self._contact(f"{first} {family}", handle, int(10 ** rng.uniform(0.5, 3.6))),
            text=text,
            posted_at=at,
            kind=Kind.REVIEW if self.platform == REVIEWS else Kind.MENTION,
            thread=key,
            language=language,
            rating=self._stars(mood, rng),
        )
        return Message(mention, mood), str(rng.choice(parts["ours"])).format(item=item)

    def _stars(self, mood: str, rng: Random) -> int | None:
        if self.platform != REVIEWS:
            return None
        return rng.choice((1, 2, 2, 3)) if mood == "complaint" else rng.choice((4, 5, 5))

    def _contact(self, name: str, handle: str, followers: int | None) -> Contact:
        shapes = SERVERS.get(self.platform)
        if not shapes:
            return Contact(name.lower().replace(" ", "-"), name, "")
        ascii_handle = handle.encode("ascii", "ignore").decode()
        shown = shapes[sum(map(ord, handle)) % len(shapes)].format(ascii_handle)
        return Contact(shown, name, shown, followers=followers)

    def _answer(self, message: Message, text: str, at: datetime) -> OwnPost:
        said = message.mention
        return self._own(f"{said.remote_id}-answer", text, at, said.remote_id, said.thread, said.visibility)

    def _own(self, id_: str, text: str, at: datetime, to: str, thread: str, visibility: Visibility) -> OwnPost:
        return OwnPost(self._account_id, id_, text, at, to, thread, visibility=visibility)

    def _react(self, position: int, row: SentRow, by_id: dict[str, Message]) -> None:
        """Add to `by_id` what the customer makes of our reply: thanks, a question back, silence."""
        target = by_id.get(row.to)
        if target is None or target.mood == "spam":
            return
        rng = self._random("answer", row.id)
        at = row.at + self._after(rng.uniform(30, 120))
        earlier = sum(other.thread == row.thread for other in self.sent[:position])
        people = _people().get(target.mention.language) or _people()["en"]
        roll = rng.random() if position else 0.3  # the very first reply is thanked for
        if target.mention.kind is Kind.REVIEW:
            if target.mood == "complaint" and earlier == 0 and roll < 0.6:
                text = f"{target.mention.text}\n\n{people['update']}"
                rating = min(5, (target.mention.rating or 3) + 2)
                by_id[row.to] = replace(target, edited_at=at, edited_text=text, edited_rating=rating)
            return
        if earlier > 1 or roll > 0.9 or target.mention.remote_id.endswith("-thanks"):
            return
        asks = earlier == 0 and roll > 0.6
        private = row.visibility is Visibility.DIRECT
        key = f"{row.id}-{'asks' if asks else 'thanks'}"
        mention = Mention(
            account_id=self._account_id,
            remote_id=key,
            author=target.mention.author,
            text=rng.choice(people["asks" if asks else "thanks"]),
            posted_at=at,
            kind=Kind.MESSAGE if private else Kind.REPLY,
            visibility=row.visibility,
            thread=row.thread,
            reply_to=row.id,
            language=target.mention.language,
        )
        by_id[key] = Message(mention, "question" if asks else "praise")
