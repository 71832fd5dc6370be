"""What the screens read: rows made for showing, each one cheap to fetch."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from app.domain import (
    Amends,
    ConversationState,
    Deeds,
    Lane,
    Mention,
    Picture,
    Promise,
    Reason,
    Reply,
    ReplyState,
    Visibility,
    Writing,
)
from app.search_stream import SearchStream


class FeedKey(Struct, frozen=True, gc=False):
    """A place in a lane's order. `at` is the lane's sort time in ms since 1970, UTC."""

    at: int
    id: str


class FeedRow(Struct, frozen=True, gc=False):
    """One conversation in the feed."""

    id: str
    key: FeedKey
    client_id: str
    account_id: str
    platform: str
    kind: str
    author: str
    handle: str
    avatar: str
    text: str  # of the newest message, at most 280 characters
    posted_at: datetime  # of the oldest unanswered message (the clock's start)
    newest_at: datetime
    due_at: datetime | None
    care_by: datetime | None
    mood: str  # negative | neutral | positive
    tags: tuple[
        str, ...
    ]  # stable keys: anger, question, praise, refund, second_message, stars:1, followers:18000, lang:es
    unanswered: int
    state: ConversationState
    lane: Lane
    has_draft: bool
    sending: ReplyState | None  # newest reply's state while it is not sent
    snoozed_until: datetime | None = None
    window_closes_at: datetime | None = None
    service: str = ""  # the platform as people call it
    closes_at: datetime | None = None  # thanks that close themselves then


class ThreadItem(Struct, frozen=True, gc=False):
    """One bubble of a conversation: a mention or a reply of ours, never both."""

    mention: Mention | None
    reply: Reply | None
    deleted: bool = False
    history: tuple[tuple[datetime, str], ...] = ()  # earlier wordings, oldest first, with the time they held until
    liked: bool = False  # by us
    hidden: str = ""  # from others, by us, and for which reason

    @property
    def at(self) -> datetime:
        """When it was posted, or is to leave."""
        if self.mention is not None:
            return self.mention.posted_at
        assert self.reply is not None
        return self.reply.sent_at or self.reply.created_at


class PastConversation(Struct, frozen=True, gc=False):
    """A line under "Earlier"."""

    id: str
    text: str
    at: datetime
    answered_after: float | None  # seconds from question to answer


class Explanation(Struct, frozen=True, gc=False):
    """Why triage judged a conversation's newest message as it did."""

    words: tuple[str, ...] = ()  # the two to four that moved it the most, as the model reads them
    unsure: bool = False  # few of its words are known, or nothing stands out


class ConversationDetail(Struct, frozen=True, gc=False):
    """Everything the conversation pane, the composer and "Why this is first" show."""

    row: FeedRow
    items: tuple[ThreadItem, ...]  # oldest first
    draft: str
    draft_at: datetime | None
    target_name: str  # "30 min target", "" without a timer
    due_at: datetime | None
    reasons: tuple[Reason, ...]
    care_by: datetime | None
    visibility: Visibility  # of the message that is answered: a reply is never more public
    reply_as: str  # our handle
    client_name: str
    client_color: str
    max_graphemes: int
    max_bytes: int | None
    url_length: int | None
    can_direct: bool
    first_contact: datetime | None
    conversations: int  # of this contact with this client
    usual_mood: str
    earlier: tuple[PastConversation, ...]
    note: str
    followers: int | None = None
    gap: str = ""  # a sentence when part of the thread cannot be read
    promised_at: datetime | None = None  # where the platform's window closes sooner and is `due_at`
    writing: Writing = Writing()  # the draft with all that belongs to it; `draft` is its text
    weighted: bool = False  # characters count as on X: 2 for most scripts beyond Latin
    spoiler: str = ""  # content warning of the message that is answered
    language: str = ""  # of the newest message, BCP 47
    max_pictures: int = 0
    max_alt: int = 1000  # characters of a picture's description
    spoilers: bool = False  # the platform takes content warnings
    tags: tuple[str, ...] = ()  # that a person or a template gave it
    promises: tuple[Promise, ...] = ()  # open ones first
    amends: tuple[Amends, ...] = ()
    private_contact: str = ""  # offered where the platform has no direct messages
    found_by: tuple[tuple[str, str], ...] = ()  # id and name of the search streams that found it
    copies: int = 0  # near-copies that were folded into it
    joined: bool = False  # somebody joined in with what a search found
    no_reply: str = ""  # a sentence where the platform takes no reply to this
    url: str = ""  # of the newest message, on the platform's site
    max_graphemes_direct: int | None = None  # of a direct message; None: as in public
    max_bytes_direct: int | None = None


class Concern(Struct, frozen=True, gc=False):
    """Something about a text being written. Advice, but for `holds`: then a person is asked before it leaves."""

    kind: str  # other_client | blank | blame | capitals | no_apology | no_time | name | alt
    text: str  # a sentence
    start: int = 0  # in characters of the text; both 0 for the whole
    end: int = 0
    holds: bool = False


class TemplateHit(Struct, frozen=True, gc=False):
    """A line of the template list."""

    id: str
    name: str
    folder: str
    shortcut: str
    text: str  # one line of it, in the language that would be taken
    client_id: str = ""
    uses: int = 0


class Filled(Struct, frozen=True, gc=False):
    """A template made ready for one conversation."""

    template_id: str
    text: str
    stops: tuple[tuple[int, int, str], ...]  # start, end (characters of `text`) and name of each field without a value
    language: str
    variant: int
    deeds: Deeds = Deeds()
    pictures: tuple[Picture, ...] = ()


class Suggestion(Struct, frozen=True, gc=False):
    """A template or a past reply that answered messages like this one."""

    name: str
    text: str  # one line of what it would put in
    why: str  # a sentence
    score: float
    template_id: str = ""  # "" for a past reply
    reply_text: str = ""  # the whole past reply, for this customer: the other one's name is theirs now
    stops: tuple[tuple[int, int, str], ...] = ()  # start, end (characters of `reply_text`) and name of its blanks


class Repeated(Struct, frozen=True, gc=False):
    """Answers of a month that are so alike that they may as well be a template."""

    client_id: str
    text: str  # the newest of them
    count: int


class Outcome(Struct, frozen=True, gc=False):
    """What came after a template."""

    uses: int
    happy: int  # the customer's next words were kind
    unhappy: int
    silent: int  # no word for seven days


class Abandoned(Struct, frozen=True, gc=False):
    """A draft that was given up: emptied, or left behind when its conversation was closed."""

    n: int
    writing: Writing
    at: datetime
    why: str  # emptied | closed | replaced


class AccountContents(Struct, frozen=True, gc=False):
    """How much of an account is on this computer alone, and goes when it is removed."""

    messages: int
    drafts: int  # with those that were given up
    waiting: int  # replies that have not left, or are not known to have


class OutboxWarning(Struct, frozen=True, gc=False):
    """Something to know before many replies leave: a token that dies soon, a budget that is nearly used."""

    account_id: str
    text: str


class Quote(Struct, frozen=True, gc=False):
    """Kind words of a customer, and whether they may be quoted."""

    id: str
    client_id: str
    conversation_id: str
    author: str
    handle: str
    platform: str
    text: str
    url: str
    leave: str  # yes | no | "" asked, no word yet
    at: datetime


class LaneCount(Struct, frozen=True, gc=False):
    """How many conversations a lane holds, and how many of them are late or due within 30 minutes."""

    total: int
    hot: int


class SnoozePlan(Struct, frozen=True, gc=False):
    """What putting conversations away would do, told before it is done."""

    until: datetime  # as the words say; `WHEN_THEY_ANSWER` for no time
    back: datetime  # when the first of them is back: its promise may bring it back before
    due: datetime | None  # the promise that does so; None if none does
    zone: str  # of the client, in which the words were read
    late: bool = False  # the nearest promise has ended already: nothing brings it back before


class OutboxRow(Struct, frozen=True, gc=False):
    """A reply in the outbox with what its line shows."""

    reply: Reply
    author: str
    handle: str
    client_name: str
    platform: str
    service: str = ""


class Summary(Struct, frozen=True, gc=False):
    """The line under the search field."""

    soon: int  # due within 30 minutes or late
    today: int  # more that are due today
    same_day: int | None  # per cent answered the same day, last 30 days; None: too few


class StreamRow(Struct, frozen=True, gc=False):
    """A search stream as the manager shows it; counts are of the last 30 days."""

    stream: SearchStream
    found: int
    joined: int
    passed: int
    undecided: int
    reads: int  # posts that were read to find them
    cost: float  # of reading them, in `currency`; 0 where nothing is charged
    currency: str
    asks: tuple[str, ...]  # names of the accounts it is read through
    checked_at: datetime | None
    why: str  # a sentence where some platform could not be read, or none can be searched
    narrow: bool  # nothing of it was ever joined: narrowing is worth offering


class Narrowing(Struct, frozen=True, gc=False):
    """How a stream that is always let past could be narrowed."""

    stream_id: str
    passed: int
    words: tuple[tuple[str, int], ...]  # leaving these out would have spared so many
    authors: tuple[tuple[str, str, int], ...]  # key for muting, name, and how many are theirs


class Found(Struct, frozen=True, gc=False):
    """One post of a search that is being tried."""

    author: str
    handle: str
    text: str
    posted_at: datetime
    url: str
    account: str  # through which it was found


class Able(Struct, frozen=True, gc=False):
    """What can be done to a message on its platform besides answering."""

    likes: bool = False
    liked: bool = False
    hide_reasons: tuple[str, ...] = ()  # of "spam", "abuse" and "personal_data"
    hidden: str = ""  # for which reason it is hidden now
    why_not: str = ""  # a sentence where the platform would hide it and we do not
    marks_read: bool = False


class Muted(Struct, frozen=True, gc=False):
    """An author or a word that a client does not want to hear of in Listening."""

    kind: str  # "author" | "word"
    value: str  # "bluesky:did:plc:…", or the word
    label: str
    at: datetime


class MeterRow(Struct, frozen=True, gc=False):
    """What an account has used of something that its platform counts or charges."""

    account_id: str
    unit: str
    title: str  # "Cost this month"
    used: float
    limit: float | None  # the platform's
    cap: float | None  # the person's own
    capped: bool  # whether a person may set one
    currency: str  # ISO 4217 where it is money
    period: str  # hour | 24h | day | month
    ends: datetime | None  # when it begins anew; None where it slides
    reached: datetime | None  # when the lower of limit and cap is reached at this pace, within this period
    shared: tuple[str, ...]  # handles of the other accounts that use the same count
    note: str = ""  # a sentence where the limit is near or met

    @property
    def most(self) -> float | None:
        """The lower of limit and cap, None where there is neither."""
        return min((one for one in (self.limit, self.cap) if one is not None), default=None)


class ReplyCost(Struct, frozen=True, gc=False):
    """What a reply will cost, and what it would without its links."""

    amount: float
    currency: str
    links: int = 0  # how many raise the price
    without: float = 0.0
    plain: str = ""  # the words without these links; "" where nothing would be left
