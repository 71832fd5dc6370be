"""What a post and a message of X become. Both vocabularies are read: "tweets" (2.166) and "posts" (2.167).

docs.x.com/x-api/fundamentals/data-dictionary. The API gives either set of names; which one it takes is tried out,
see `Vocabulary`.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any

import msgspec

from app.connectors._x_session import Json, list_at, object_at, texts
from app.domain import Contact, Kind, Media, Mention, OwnPost, Visibility
from app.text import clean, parse_time

_EPOCH_MS = 1_288_834_974_657  # docs.x.com/fundamentals/x-ids: an id holds its time in its upper bits
_LEADING = re.compile(r"^(?:@\w{1,30}\s+)+")
_LINK = re.compile(r"https?://\S+", re.IGNORECASE)
_PIECE = re.compile(r"[^\w]+")
DM = "dm:"  # messages and posts may share a number

_USER = "name,username,profile_image_url,public_metrics"
_MEDIA = "url,preview_image_url,type,alt_text"


class Vocabulary(Enum):
    """The names to ask with. The older ones come first: they tell parents without sending (and charging) them."""

    TWEETS = {  # noqa: RUF012
        "tweet.fields": "created_at,author_id,conversation_id,in_reply_to_user_id,referenced_tweets,entities,lang,"
        "note_tweet,edit_history_tweet_ids,attachments",
        "expansions": "author_id,attachments.media_keys",
        "user.fields": _USER,
        "media.fields": _MEDIA,
    }
    POSTS = {  # noqa: RUF012
        "post.fields": "created_at,conversation_id,entities,lang,note_post,attachments",
        "expansions": "author_id,in_reply_to_user_id,referenced_posts,edit_history_post_ids,attachments.media_keys",
        "user.fields": _USER,
        "media.fields": _MEDIA,
    }

    @property
    def other(self) -> Vocabulary:
        """The set that this one is not."""
        return Vocabulary.POSTS if self is Vocabulary.TWEETS else Vocabulary.TWEETS


MESSAGE_FIELDS = {
    "dm_event.fields": "id,text,event_type,created_at,dm_conversation_id,attachments",
    "expansions": "sender_id,attachments.media_keys",
    "user.fields": _USER,
    "media.fields": _MEDIA,
    "event_types": "MessageCreate",
}


def time_of(remote_id: str) -> datetime | None:
    """When a post or message with this id was written, None for what is no id."""
    number = remote_id.removeprefix(DM)
    if not number.isascii() or not number.isdigit() or not 0 < int(number) < 1 << 63:
        return None
    ms = (int(number) >> 22) + _EPOCH_MS
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)


def id_at(moment: datetime) -> str:
    """The smallest id of that time."""
    ms = round((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000) - _EPOCH_MS
    return str(max(1, ms << 22))


@dataclass(frozen=True, slots=True)
class Me:
    """The account that reads."""

    account_id: str
    remote_id: str
    handle: str  # without the sign


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a list. Neither mention nor own: damaged, or a repost of ours."""

    id: str  # of the version that came, which is another one than the post's where it was edited
    mention: Mention | None = None
    own: OwnPost | None = None
    newest: str = ""  # id of the latest version, where that is not the one that came
    damaged: bool = False


@dataclass(frozen=True, slots=True)
class Extra:
    """`Mention.extra`: what answering needs."""

    current: str = ""  # id of the newest version
    author: str = ""
    dm: str = ""  # id of the conversation
    no_reply: bool = False  # its author neither named nor quoted us

    def json(self) -> str:
        """As it is kept."""
        kept: Json = {"current": self.current, "author": self.author}
        return msgspec.json.encode(kept | ({"dm": self.dm} if self.dm else {"no_reply": self.no_reply})).decode()


def extra_of(text: str) -> Extra:
    """Read it back; empty where it is not ours."""
    try:
        found: Any = msgspec.json.decode(text or "{}")
    except msgspec.DecodeError:
        found = {}
    flag = object_at(found).get("no_reply") is True
    return Extra(texts(found, "current"), texts(found, "author"), texts(found, "dm"), flag)


@dataclass(slots=True)
class Included:
    """What came beside the items."""

    users: dict[str, Json] = field(default_factory=dict)
    media: dict[str, Json] = field(default_factory=dict)

    @classmethod
    def of(cls, answer: Json) -> Included:
        """From the `includes` of an answer."""
        users = {texts(one, "id"): one for one in list_at(answer, "includes", "users") if isinstance(one, dict)}
        media = {texts(one, "media_key"): one for one in list_at(answer, "includes", "media") if isinstance(one, dict)}
        return cls(users, media)

    def contact(self, user_id: str) -> Contact:
        """Who that is; "Unknown" where it was not told."""
        user = self.users.get(user_id, {})
        handle = clean(texts(user, "username"))
        followers = object_at(user, "public_metrics").get("followers_count")
        return Contact(
            remote_id=user_id, name=clean(texts(user, "name")) or handle or "Unknown",
            handle=f"@{handle}" if handle else "", avatar=_https(texts(user, "profile_image_url")),
            followers=followers if type(followers) is int and followers >= 0 else None,
            url=f"https://x.com/{handle}" if handle else "",
        )  # fmt: skip

    def pictures(self, entry: Json) -> tuple[Media, ...]:
        """What is attached, where it has an address."""
        found = []
        for key in list_at(entry, "attachments", "media_keys"):
            one = self.media.get(key, {}) if isinstance(key, str) else {}
            kind = {"photo": "image", "video": "video", "animated_gif": "video"}.get(texts(one, "type"), "other")
            preview = _https(texts(one, "preview_image_url"))
            if address := _https(texts(one, "url")) or preview:
                found.append(Media(address, preview, kind, clean(texts(one, "alt_text"))))
        return tuple(found)


def _https(address: str) -> str:
    return address if address.startswith("https://") else ""


def _either(entry: Json, *names: str) -> Any:
    return next((entry[name] for name in names if entry.get(name) is not None), None)


def history(entry: Json) -> list[str]:
    """The ids of all versions of a post, oldest first; its own alone where nothing is told."""
    told = _either(entry, "edit_history_tweet_ids", "edit_history_post_ids")
    found = [one for one in told if isinstance(one, str) and one.isdigit()] if isinstance(told, list) else []
    return sorted(found, key=int) if texts(entry, "id") in found else [texts(entry, "id")]


def _references(entry: Json) -> dict[str, str]:
    told = _either(entry, "referenced_tweets", "referenced_posts")
    return {texts(one, "type"): texts(one, "id") for one in (told if isinstance(told, list) else [])}


def _entities(entry: Json, name: str) -> list[Any]:
    note = object_at(_either(entry, "note_tweet", "note_post") or {}, "entities")
    return list_at(note, name) + list_at(entry, "entities", name)


def words_of(entry: Json) -> str:
    """The whole text, with links as they lead and not as X shortens them."""
    text = texts(_either(entry, "note_tweet", "note_post") or {}, "text") or texts(entry, "text")
    for link in _entities(entry, "urls"):
        short, whole = texts(link, "url"), texts(link, "unwound_url") or texts(link, "expanded_url")
        if short.startswith("https://t.co/") and whole.startswith(("https://", "http://")):
            text = text.replace(short, "" if texts(link, "media_key") else whole)
    return clean(html.unescape(text))


def essence(text: str) -> str:
    """What stays of a text on its way through X: no names in front, no links, no spaces."""
    return _PIECE.sub("", _LINK.sub("", _LEADING.sub("", clean(text)))).casefold()


def _names_us(entry: Json, me: Me) -> bool:
    for one in _entities(entry, "mentions"):
        if texts(one, "id") == me.remote_id or texts(one, "username").lower() == me.handle.lower():
            return True
    return texts(entry, "in_reply_to_user_id") == me.remote_id


def _quotes_us(entry: Json, me: Me) -> bool:
    if "quoted" not in _references(entry):
        return False
    ours = re.compile(rf"https://(?:x|twitter)\.com/{re.escape(me.handle)}/status/\d", re.IGNORECASE)
    return any(ours.match(texts(link, "expanded_url")) for link in _entities(entry, "urls"))


def post(entry: Any, beside: Included, me: Me, *, kind: Kind | None = None) -> Item:
    """A post as a mention or as our own. `kind`: what it is taken for whatever it says, "search" for a search."""
    if not isinstance(entry, dict) or not time_of(texts(entry, "id")):
        return Item(texts(entry, "id"), damaged=True)
    now, versions = datetime.now(UTC), history(entry)
    came, first = texts(entry, "id"), versions[0]
    written = parse_time(entry.get("created_at"), now) or min(time_of(came) or now, now)
    posted = written if came == first else min(time_of(first) or written, now)
    text, author, references = words_of(entry), texts(entry, "author_id"), _references(entry)
    parent, root = references.get("replied_to", ""), texts(entry, "conversation_id")
    newest = versions[-1] if versions[-1] != came else ""
    if author and author == me.remote_id:
        url = f"https://x.com/{me.handle}/status/{came}"
        own = OwnPost(
            me.account_id, first, text, posted, parent, root, url, extra=Extra(versions[-1], author).json()
        )  # fmt: skip
        return Item(came, own=None if "retweeted" in references else own, newest=newest)
    addressed, quotes = _names_us(entry, me), _quotes_us(entry, me)
    told = kind or (
        Kind.REPLY if texts(entry, "in_reply_to_user_id") == me.remote_id
        else Kind.QUOTE if quotes else Kind.MENTION if addressed else Kind.CONTEXT
    )  # fmt: skip
    who = beside.contact(author)
    mention = Mention(
        me.account_id, first, who, text, posted, told, Visibility.PUBLIC, root, parent,
        f"https://x.com/{who.handle.strip('@') or 'i'}/status/{came}", _language(entry),
        media=beside.pictures(entry), edited_at=written if came != first else None,
        extra=Extra(versions[-1], author, no_reply=not (addressed or quotes)).json(),
    )  # fmt: skip
    return Item(came, mention=mention, newest=newest)


def _language(entry: Json) -> str:
    told = texts(entry, "lang")
    return "" if told.startswith(("und", "q", "zxx")) else {"in": "id", "iw": "he"}.get(told, told)


def message(entry: Any, beside: Included, me: Me) -> Item:
    """A direct message."""
    name = texts(entry, "id")
    if not isinstance(entry, dict) or not time_of(name):
        return Item(name, damaged=True)
    now, talk, sender = datetime.now(UTC), texts(entry, "dm_conversation_id"), texts(entry, "sender_id")
    posted = parse_time(entry.get("created_at"), now) or min(time_of(name) or now, now)
    text = words_of(entry)
    if not sender:
        return Item(name, damaged=True)
    if sender == me.remote_id:
        extra = Extra(name, partner(talk, me), talk).json()
        own = OwnPost(me.account_id, DM + name, text, posted, "", talk, "", Visibility.DIRECT, extra)
        return Item(name, own=own)
    mention = Mention(
        me.account_id, DM + name, beside.contact(sender), text, posted, Kind.MESSAGE, Visibility.DIRECT, talk,
        url="https://x.com/messages", media=beside.pictures(entry), extra=Extra(name, sender, talk).json(),
    )  # fmt: skip
    return Item(name, mention=mention)


def partner(talk: str, me: Me) -> str:
    """The other one of a conversation of two, "" in a group."""
    pair = talk.split("-")
    return next((one for one in pair if one != me.remote_id), "") if len(pair) == 2 else ""
