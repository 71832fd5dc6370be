"""Google reviews: what customers write about a business on Google Maps, one account for each location.

developers.google.com/my-business (reviews: v4; accounts and locations: v1). A reply is put, not posted: there is one
a review, and another takes its place, so that a reply that is sent twice is still one.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from urllib.parse import quote

import msgspec

from app.connectors import _google_pull as reading
from app.connectors import _google_sign_in as signing
from app.connectors._google_session import Json, Session, errors_of, moment, object_at, objects, texts
from app.connectors.base import (
    Authorization,
    Basics,
    Capabilities,
    Idempotency,
    SaveSecret,
    SignInForm,
    Thread,
)
from app.domain import Account, Contact, Identity, Kind, Media, Mention, OwnPost, Page, Reply, Sent
from app.errors import GoneError, InputError, RefusedError, SignInError
from app.http import Http, decode
from app.text import clean

NAME = "Google reviews"
API = "https://mybusiness.googleapis.com"
ACCOUNTS = "https://mybusinessaccountmanagement.googleapis.com"
LOCATIONS = "https://mybusinessbusinessinformation.googleapis.com"
SCOPE = "https://www.googleapis.com/auth/business.manage"
LONGEST = 4096  # bytes of a reply
PAGE = 50  # reviews a page, the most that Google gives
OVERLAP = timedelta(days=2)  # Google looks at reviews before it shows them
MAX_LISTED = 50  # pages of accounts, and of locations of each
SECOND = timedelta(seconds=1)
_STARS = {"ONE": 1, "TWO": 2, "THREE": 3, "FOUR": 4, "FIVE": 5}
_TRANSLATED, _ORIGINAL = "(Translated by Google)", "(Original)"
_NO_REPLY = "Google takes replies only where the location is verified. Verify it at business.google.com."
_ERRORS = errors_of(NAME)


def original(text: str) -> str:
    """What was written, without the translation that Google may put before or behind it."""
    if _ORIGINAL in text:
        text = text.partition(_ORIGINAL)[2]
    elif _TRANSLATED in text:
        text = text.partition(_TRANSLATED)[0] or text.partition(_TRANSLATED)[2]
    return clean(text)


def essence(text: str) -> str:
    """What stays of a reply on its way through Google."""
    return "".join(original(text).split()).casefold()


def own_id(review: str, text: str) -> str:
    """A reply has no id of its own; one with other words is another reply."""
    return f"{review}/reply/{hashlib.sha256(essence(text).encode()).hexdigest()[:12]}"


class GoogleReviewsConnector(Basics):
    """The reviews of one location."""

    platform: ClassVar[str] = "google_reviews"
    title: ClassVar[str] = NAME
    form: ClassVar[SignInForm] = SignInForm(
        fields=(),
        can=("read the reviews of the locations that you choose", "publish the answers that you send"),
        never=(
            "answers on its own",
            "changes your business profile: opening hours, photos, posts",
            "deletes reviews or answers",
            "sees your password: you type it on Google's page",
        ),
        browser=True,
        help_text=(
            "Your browser opens Google's page. Choose the Google account that owns or manages the business profile,"
            " and leave the box ticked. Google must have approved your project for the Business Profile APIs before."
        ),
        help_url="https://developers.google.com/my-business/content/prereqs",
        app=signing.APP,
    )

    def __init__(self, account: Account, secret: dict[str, str], http: Http, save_secret: SaveSecret) -> None:
        """`account.remote_id` is the location's name: "accounts/1/locations/2"."""
        self._account = account
        server = signing.server_of(NAME, SCOPE, account.server)
        self._session = Session(account, secret, http, save_secret, server, _ERRORS)
        known = _settings(account.data)
        self._maps, self._shared = texts(known, "maps"), known.get("shared") is True
        self._path = "/v4/" + quote(account.remote_id, safe="/")
        self.capabilities = Capabilities(
            name=NAME,
            streams=("reviews",),
            idempotency=Idempotency.RECORD,
            max_graphemes=LONGEST,
            max_bytes=LONGEST,
            history_days=365,
            undo_seconds=30,
            threads=False,
            replaces=True,
            kinds=(Kind.REVIEW,),
            notes=(
                "A review takes one answer, and everybody can read it. Another one takes its place.",
                "Customers cannot be written to in private, and reviews can be neither liked nor hidden.",
                "Google looks at each answer before it shows it. One that it rejects counts as no answer.",
                "Google must approve your project first; until then its limit is 0.",
                "300 calls a minute, and 10 answers a minute for each location.",
            ),
        )

    @classmethod
    async def sign_in(cls, http: Http, fields: Mapping[str, str]) -> Identity:
        """There is no password to sign in with."""
        raise InputError("Google is signed in to in the browser.")

    @classmethod
    async def begin(cls, http: Http, fields: Mapping[str, str], redirect_uri: str) -> Authorization:
        """With "client_id" and "client_secret"."""
        return await signing.begin(NAME, SCOPE, API, fields, redirect_uri)

    @classmethod
    async def finish(cls, http: Http, authorization: Authorization, code: str) -> tuple[Identity, ...]:
        """Every location that this Google account manages, with a secret each."""
        token, secret = await signing.finish(http, NAME, SCOPE, authorization, code)
        base = authorization.data["base"]
        found = await _locations(http, base, token)
        if not found:
            raise SignInError(
                "This Google account manages no business profile. Sign in with the one that owns or manages it."
            )
        shared = len(found) > 1
        return tuple(_identity(path, place, base, secret, shared) for path, place in found.items())

    async def check(self) -> str:
        """Read one review."""
        await self._session.json("GET", f"{self._path}/reviews", params={"pageSize": "1"})
        return "" if _settings(self._account.data).get("verified") is not False else _NO_REPLY

    async def close(self) -> None:
        """Wait for a renewal that is under way."""
        await self._session.keeper.close()

    async def revoke(self) -> None:
        """Only where no other location lives by the same sign-in."""
        if not self._shared:
            await self._session.revoke()

    async def pull(self, stream: str, mark: str | None, *, since: datetime) -> AsyncIterator[Page]:
        """Newest change first; see `_google_pull`."""
        if stream != "reviews":
            raise InputError(f"{NAME} has no stream named {stream}.")
        listed = reading.List(stream, self._fetch, OVERLAP, "Look at business.google.com.")
        async for page in reading.pull(listed, mark, since):
            yield page

    async def _fetch(self, token: str, notes: dict[str, int]) -> reading.Batch:
        params = {"orderBy": "updateTime desc", "pageSize": str(PAGE)} | ({"pageToken": token} if token else {})
        answer = await self._session.json("GET", f"{self._path}/reviews", params=params)
        total = answer.get("totalReviewCount")
        found = reading.Batch(token=texts(answer, "nextPageToken"), total=total if type(total) is int else None)
        listed = answer.get("reviews")
        for entry in listed if isinstance(listed, list) else []:
            mentions, own = self._read(entry)
            if not mentions:
                found.damaged.append(texts(entry, "reviewId"))
                continue
            found.mentions += mentions
            found.own += own
            found.times.append(max(one.edited_at or one.posted_at for one in mentions))
        return found

    def _read(self, entry: Json) -> tuple[list[Mention], list[OwnPost]]:
        """A review, and our answer to it. One that was changed after the answer speaks again, as a message of its own.

        Its id has the time of the change behind "#".
        """
        id_, reviewer = texts(entry, "reviewId"), object_at(entry, "reviewer")
        created = moment(object_at(entry).get("createTime"))
        if not id_ or created is None:
            return [], []
        updated = moment(entry.get("updateTime")) or created
        name = "" if reviewer.get("isAnonymous") is True else clean(texts(reviewer, "displayName"))
        photo = texts(reviewer, "profilePhotoUrl")
        who = Contact(f"review:{id_}", name or "A Google user", "", photo if photo.startswith("https://") else "")
        url = texts(entry, "reviewReplyUrl") or self._maps
        text, rating = original(texts(entry, "comment")), _STARS.get(texts(entry, "starRating"))
        changed = updated if updated - created > SECOND else None
        review = Mention(
            self._account.id, id_, who, text, created, Kind.REVIEW, thread=id_, rating=rating, media=_media(entry),
            url=url if url.startswith("https://") else "", edited_at=changed,
        )  # fmt: skip
        reply = self._reply(id_, object_at(entry, "reviewReply"), created, review.url)
        found = [review]
        if reply is not None and changed is not None and changed - reply.posted_at > SECOND:
            again = f"{id_}#{int(changed.timestamp())}"
            found.append(msgspec.structs.replace(review, remote_id=again, posted_at=changed, reply_to=id_))
        return found, [reply] if reply is not None else []

    def _reply(self, review: str, entry: Json, created: datetime, url: str) -> OwnPost | None:
        """Our answer as Google shows it. One that was rejected nobody can read."""
        if not texts(entry, "comment") or texts(entry, "reviewReplyState") == "REJECTED":
            return None
        text = original(texts(entry, "comment"))
        at = moment(entry.get("updateTime")) or created
        return OwnPost(self._account.id, own_id(review, text), text, at, review, review, url)

    async def thread(self, mention: Mention) -> Thread:
        """The review and its answer."""
        return await self.look([mention.remote_id])

    async def look(self, remote_ids: Sequence[str]) -> Thread:
        """Each review by itself; Google has no way to ask for several."""
        mentions: dict[str, Mention] = {}
        own: dict[str, OwnPost] = {}
        gone: list[str] = []
        for id_ in dict.fromkeys(one.partition("#")[0].partition("/")[0] for one in remote_ids):
            try:
                found = self._read(await self._session.json("GET", self._review(id_)))
            except GoneError:
                gone += [one for one in remote_ids if one.partition("#")[0] == id_]
                continue
            mentions |= {one.remote_id: one for one in found[0]}
            own |= {one.remote_id: one for one in found[1]}
        return Thread(tuple(mentions.values()), tuple(own.values()), tuple(gone))

    def _review(self, remote_id: str) -> str:
        return f"{self._path}/reviews/{quote(remote_id.partition('#')[0].partition('/')[0], safe='')}"

    def prepare(self, reply: Reply) -> str:
        """Nothing: the review is the key."""
        return "{}"

    async def send(self, reply: Reply) -> Sent:
        """Put the answer below the review."""
        text = reply.text.strip()
        if not text:
            raise RefusedError("The reply is empty. Write something, then send it.")
        if (size := len(text.encode())) > LONGEST:
            raise RefusedError(f"The reply has {size} bytes. Google takes {LONGEST}. Shorten it.")
        path = f"{self._review(reply.to_remote_id)}/reply"
        answer = await self._session.json("PUT", path, json={"comment": text}, writes=True)
        if texts(answer, "reviewReplyState") == "REJECTED":
            raise RefusedError(f"Google does not publish this answer{_because(answer)} Change it and send it again.")
        at = moment(answer.get("updateTime")) or datetime.now(UTC)
        review = reply.to_remote_id.partition("#")[0]
        return Sent(own_id(review, text), at, self._maps)

    async def find(self, reply: Reply) -> Sent | None:
        """Whether the answer below the review has these words."""
        answer = await self._session.json("GET", self._review(reply.to_remote_id))
        entry = object_at(answer, "reviewReply")
        if not texts(entry, "comment") or essence(texts(entry, "comment")) != essence(reply.text):
            return None
        if texts(entry, "reviewReplyState") == "REJECTED":
            return None  # sent again, Google says why
        at = moment(entry.get("updateTime")) or datetime.now(UTC)
        return Sent(own_id(reply.to_remote_id.partition("#")[0], reply.text), at, self._maps)


def _because(entry: Json) -> str:
    word = clean(texts(entry, "policyViolation") or texts(entry, "policyViolation", "reason"))
    return f" ({word.replace('_', ' ').lower()})." if word else "."


def _media(entry: Json) -> tuple[Media, ...]:
    """Pictures and videos of a review, since April 2026; the exact names are unchecked."""
    found = []
    for one in objects(entry, "reviewMediaItems"):
        video = texts(one, "videoUrl")
        preview = texts(one, "thumbnailUrl") or texts(one, "thumbnailUri")
        if (address := video or preview).startswith("https://"):
            found.append(Media(address, preview, "video" if video else "image"))
    return tuple(found)


async def _locations(http: Http, base: str, token: str) -> dict[str, Json]:
    """All locations by "accounts/…/locations/…"; one that several accounts share comes once."""
    accounts_at, places_at = (ACCOUNTS, LOCATIONS) if base == API else (base, base)
    found: dict[str, Json] = {}
    known: set[str] = set()
    for account in await _all(http, f"{accounts_at}/v1/accounts", "accounts", {"pageSize": "20"}, base, token):
        params = {"pageSize": "100", "readMask": "name,title,storefrontAddress,metadata"}
        address = f"{places_at}/v1/{quote(texts(account, 'name'), safe='/')}/locations"
        for place in await _all(http, address, "locations", params, base, token):
            name = texts(place, "name")
            if name and name not in known:
                known.add(name)
                found[f"{texts(account, 'name')}/{name}"] = place
    return found


async def _all(http: Http, address: str, key: str, params: dict[str, str], base: str, token: str) -> list[Json]:
    found: list[Json] = []
    following = ""
    for _ in range(MAX_LISTED):
        asked = params | ({"pageToken": following} if following else {})
        answer = await decode(
            await http.send("GET", address, platform=NAME, params=asked, errors=_ERRORS, home=base,
                            headers={"Authorization": f"Bearer {token}"}), Json, platform=NAME,
        )  # fmt: skip
        found += objects(answer, key)
        following = texts(answer, "nextPageToken")
        if not following:
            break
    return found


def _identity(path: str, place: Json, base: str, secret: dict[str, str], shared: bool) -> Identity:
    """The address tells two branches of one business apart."""
    title = clean(texts(place, "title")) or path
    lines = object_at(place, "storefrontAddress").get("addressLines")
    street = clean(str(lines[0])) if isinstance(lines, list) and lines else ""
    handle = ", ".join(filter(None, (title, street, clean(texts(place, "storefrontAddress", "locality")))))
    verified = object_at(place, "metadata").get("hasVoiceOfMerchant") is not False
    data = {"maps": texts(place, "metadata", "mapsUri"), "shared": shared, "verified": verified}
    return Identity(
        path, handle, title, base, dict(secret), data=msgspec.json.encode(data).decode(),
        note="" if verified else _NO_REPLY,
    )  # fmt: skip


def _settings(text: str) -> Json:
    try:
        return msgspec.json.decode(text or "{}", type=Json)
    except msgspec.DecodeError:
        return {}


CONNECTOR = GoogleReviewsConnector
