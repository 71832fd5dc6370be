"""The nouns of Carelane as frozen values. All times are aware and in UTC.

msgspec's structs and not dataclasses: made five times as fast, which counts at
ten thousand mentions, and declared in a thirtieth of the time, which counts at the start.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum

from msgspec import Struct

# put away until the customer writes; a year that every system's clock can show
WHEN_THEY_ANSWER = datetime(2500, 1, 1, tzinfo=UTC)


class Kind(StrEnum):
    """What sort of incoming message a mention is."""

    MENTION = "mention"
    REPLY = "reply"
    QUOTE = "quote"
    COMMENT = "comment"
    REVIEW = "review"
    MESSAGE = "message"  # direct message
    SEARCH = "search"  # found by a search stream, does not tag us
    CONTEXT = "context"  # part of the thread, not addressed to us: no timer


class Visibility(StrEnum):
    """Who can read a message; ordered from everybody to one person."""

    PUBLIC = "public"
    UNLISTED = "unlisted"  # everybody, but not in public lists
    FOLLOWERS = "followers"
    DIRECT = "direct"


class ConversationState(StrEnum):
    """Where a conversation stands."""

    OPEN = "open"  # somebody waits for us, the clock runs
    WAITING = "waiting"  # we answered, the customer's turn
    SNOOZED = "snoozed"
    CLOSED = "closed"
    SEEN = "seen"  # history read on connect: no timer


class Lane(StrEnum):
    """A saved cut of the feed."""

    CARE = "care"
    TODAY = "today"
    THANKS = "thanks"
    WAITING = "waiting"
    SNOOZED = "snoozed"
    LISTENING = "listening"
    NOISE = "noise"  # spam, bots, giveaways; nothing is deleted, and the clock goes on
    DONE = "done"


class Place(StrEnum):
    """Where a person put a conversation, against what its words say."""

    AUTO = ""
    CARE = "care"
    NORMAL = "normal"  # not urgent
    THANKS = "thanks"
    NOISE = "noise"


class ReplyState(StrEnum):
    """The states of the ledger, HOUSE section 6."""

    HELD = "held"  # undo window, or waiting for its time or for the network
    CLAIMED = "claimed"  # about to be sent; written before the network call
    SENT = "sent"  # the platform gave it an id
    UNCONFIRMED = "unconfirmed"  # may have left; to be settled by looking
    REFUSED = "refused"  # the platform said no, `why` tells
    BLOCKED = "blocked"  # we hold it back, `why` tells; a person decides
    CANCELLED = "cancelled"  # taken back before it left; the text is in the draft again


class Profile(Struct, frozen=True, gc=False, omit_defaults=True):
    """What a client is called, and what replies in its name need."""

    agent: str = ""  # who signs
    words: tuple[str, ...] = ()  # names of products and the like that must not leave through another client
    domains: tuple[str, ...] = ()
    review_url: str = ""  # where a happy customer is asked for a review
    private_contact: str = ""  # link or address, where the platform has no direct messages
    currency: str = ""  # ISO 4217, of what is offered to make it right
    sends_a_day: int | None = None  # budget over all accounts; None: as many as the platforms take


class Client(Struct, frozen=True, gc=False):
    """A business that is answered for. The wall between clients runs here."""

    id: str
    name: str
    color: str  # "#rrggbb"
    zone: str  # IANA name
    hours: str  # JSON, see timers.OpeningHours.from_json; "" is around the clock
    created_at: datetime
    profile: Profile = Profile()


class Account(Struct, frozen=True, gc=False):
    """One identity on one platform, owned by one client. Its secret is in the keyring."""

    id: str
    client_id: str
    platform: str
    server: str  # base address, "https://mastodon.social"
    remote_id: str
    handle: str  # as people type it: "@maplerye@mastodon.social", "maplerye.com"
    name: str
    state: str = "ok"  # ok | sign_in | paused | offline
    why: str = ""  # the sentence that belongs to the state
    checked_at: datetime | None = None  # last complete pull
    data: str = "{}"  # connector's own settings as JSON (limits seen, character limit); never a secret
    service: str = ""  # the platform as people call it: "Mastodon", "Google reviews"


class Contact(Struct, frozen=True, gc=False):
    """The person who wrote, on one platform."""

    remote_id: str
    name: str
    handle: str
    avatar: str = ""  # https address
    followers: int | None = None
    url: str = ""


class Media(Struct, frozen=True, gc=False):
    """A picture or other attachment of a message; loaded only when shown."""

    url: str
    preview: str = ""
    kind: str = "image"  # image | video | audio | link | other
    alt: str = ""


class Mention(Struct, frozen=True, gc=False):
    """One incoming message that may need an answer."""

    account_id: str
    remote_id: str
    author: Contact
    text: str  # plain text, cleaned at the border
    posted_at: datetime
    kind: Kind = Kind.MENTION
    visibility: Visibility = Visibility.PUBLIC
    thread: str = ""  # the platform's id of the thread's root, where it tells one
    reply_to: str = ""  # remote id of the parent
    url: str = ""
    language: str = ""  # BCP 47 as the platform says, "" unknown
    rating: int | None = None  # stars 1 to 5 of a review
    spoiler: str = ""  # content warning
    media: tuple[Media, ...] = ()
    edited_at: datetime | None = None
    window_closes_at: datetime | None = None  # the platform takes no reply after this
    extra: str = ""  # JSON the connector needs to answer (Bluesky: cid, root); never shown

    @property
    def id(self) -> str:
        """Key in the store; two accounts may hold the same post."""
        return f"{self.account_id}/{self.remote_id}"


class OwnPost(Struct, frozen=True, gc=False):
    """A message of ours as the platform shows it, sent by Carelane or from elsewhere."""

    account_id: str
    remote_id: str
    text: str
    posted_at: datetime
    reply_to: str = ""
    thread: str = ""
    url: str = ""
    visibility: Visibility = Visibility.PUBLIC
    extra: str = ""


class Gap(Struct, frozen=True, gc=False):
    """A stretch of an account's history that could not be read."""

    stream: str
    since: datetime | None  # None: unknown beginning
    until: datetime | None
    why: str  # a sentence


class Page(Struct, frozen=True, gc=False):
    """One page of a pull. Saved, with its mark, in one transaction."""

    mentions: tuple[Mention, ...] = ()
    own: tuple[OwnPost, ...] = ()
    gone: tuple[str, ...] = ()  # remote ids that were deleted
    mark: str | None = None  # the mark once this page is saved; None leaves it as it is
    gap: Gap | None = None


class Picture(Struct, frozen=True, gc=False):
    """A picture of a reply or a template; the file is kept in the data folder under its id."""

    id: str  # SHA-256 of the bytes as they will be sent, in hex
    mime: str
    width: int
    height: int
    size: int  # bytes
    alt: str = ""
    waived: bool = False  # the person chose to send it without words for those who cannot see it
    remote: str = ""  # connector's JSON once it is uploaded: a reply that is tried again does not upload again


class Deeds(Struct, frozen=True, gc=False, omit_defaults=True):
    """What happens to a conversation once a reply has left."""

    tags: tuple[str, ...] = ()
    snooze: str = ""  # words that `app.snooze` understands: "tomorrow 9"
    close: str = ""  # the reason
    private: bool = False  # a template that starts "take it private"


class Writing(Struct, frozen=True, gc=False, omit_defaults=True):
    """What is being written, with all that belongs to it: comes back whole after a restart and after undo."""

    text: str = ""
    cursor: int | None = None  # in UTF-16 units as Qt counts; None: behind the text
    private: bool = False  # continues in a direct message
    public_line: str = ""  # with `private`: the public reply that says so
    spoiler: str | None = None  # content warning; None: as the message that is answered
    pictures: tuple[Picture, ...] = ()
    template: str = ""  # id of the last template that was put in
    language: str = ""  # of that template's text
    variant: int = 0
    stops: tuple[tuple[int, int], ...] = ()  # blanks that are still to be filled, start and end in UTF-16 units
    deeds: Deeds = Deeds()
    promise: str = ""  # kind of the promise that the person marked, "-" for surely none, "" to be noticed by words
    promise_at: datetime | None = None
    asks: str = ""  # "review" or "quote": the customer is asked for it here; counts once this has left


class TemplateText(Struct, frozen=True, gc=False, omit_defaults=True):
    """A template in one language, in several wordings."""

    language: str  # BCP 47, "" for any
    variants: tuple[str, ...]


class Template(Struct, frozen=True, gc=False):
    """A saved reply with fields to fill."""

    id: str
    name: str
    texts: tuple[TemplateText, ...]
    client_id: str = ""  # "" is shared by all clients
    folder: str = ""  # "Complaints", "Complaints/Refund"
    shortcut: str = ""  # typed behind "/"
    deeds: Deeds = Deeds()
    pictures: tuple[Picture, ...] = ()
    uses: int = 0
    used_at: datetime | None = None


class Promise(Struct, frozen=True, gc=False):
    """Something that a reply promised, and by when."""

    id: str
    conversation_id: str
    client_id: str
    reply_id: str
    kind: str  # refund | call | voucher | replacement | answer | other
    text: str  # the words that promise it
    made_at: datetime
    due_at: datetime
    state: str = "open"  # open | kept | broken | dropped
    ended_at: datetime | None = None


class Amends(Struct, frozen=True, gc=False):
    """What was offered to make it right."""

    id: str
    conversation_id: str
    kind: str  # refund | voucher | replacement | discount | gift | apology | other
    amount: str  # decimal, "" for none
    currency: str  # ISO 4217
    note: str
    at: datetime


class Block(StrEnum):
    """Why a reply is held back until a person decides."""

    STALE = "stale"
    CLIENT = "wrong_client"
    WINDOW = "window"
    BUDGET = "budget"


class Reply(Struct, frozen=True, gc=False):
    """A row of the outbox ledger."""

    id: str  # also the idempotency key
    conversation_id: str
    account_id: str
    to_remote_id: str  # the mention that is answered
    text: str
    visibility: Visibility
    state: ReplyState
    created_at: datetime
    not_before: datetime  # end of the undo window, or the time chosen
    why: str = ""
    remote_id: str = ""
    url: str = ""
    sent_at: datetime | None = None
    tries: int = 0
    prepared: str = ""  # connector's JSON, written before the first try (Bluesky: rkey, createdAt)
    seen_remote_id: str = ""  # newest message of the thread when it was written (stale check)
    to_extra: str = ""  # `Mention.extra` of the mention answered
    to_handle: str = ""
    origin: str = "carelane"  # carelane | elsewhere
    pictures: tuple[Picture, ...] = ()
    spoiler: str = ""
    step: str = ""  # shared by replies that were sent as one: parts of a thread, a public line and its direct message
    part: int = 1  # of `parts`, in the order in which they leave
    parts: int = 1
    follows: str = ""  # id of the reply of ours that this one is posted under, "" for the message that is answered
    sent_extra: str = ""  # `Sent.extra`, which the next part of a thread needs
    block: str = ""  # a `Block` while blocked
    template: str = ""
    deeds: Deeds = Deeds()


class Sent(Struct, frozen=True, gc=False):
    """The platform's word that a reply is there."""

    remote_id: str
    at: datetime
    url: str = ""
    extra: str = ""


class Reason(Struct, frozen=True, gc=False):
    """One line of "Why this is first": what moved the item, and by how many minutes."""

    name: str  # stable key: "anger", "second_message", "refund"
    minutes: int  # negative: sooner


class Triage(Struct, frozen=True, gc=False):
    """What a mention is, as far as can be told from its words."""

    mood: str = "neutral"  # negative | neutral | positive
    reasons: tuple[Reason, ...] = ()
    tags: tuple[str, ...] = ()  # chips: anger, question, praise, refund, safety …
    language: str = ""


class Identity(Struct, frozen=True, gc=False):
    """Who a sign-in turned out to be, and the secret that goes to the keyring."""

    remote_id: str
    handle: str
    name: str
    server: str
    secret: dict[str, str]
    avatar: str = ""
    data: str = "{}"
    note: str = ""  # a sentence on what this sign-in cannot do, "" if all works

    def __repr__(self) -> str:
        """Without the secret: a repr ends up in logs and tracebacks."""
        return f"Identity({self.remote_id!r}, {self.handle!r}, {self.server!r})"
