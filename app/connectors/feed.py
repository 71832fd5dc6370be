"""News feeds: RSS, Atom and Google Alerts. Listening only: what comes is answered on its own page, if anywhere.

A feed shows its newest entries and forgets the rest, so it is read whole each time it changed (ETag and
Last-Modified, RFC 9110 section 13), and older pages by RFC 5005 where it has any. The address may itself be a key
(those of Google Alerts are), so it lives in the keyring and not in the database.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import ClassVar
from urllib.parse import urlsplit, urlunsplit

import msgspec
from msgspec.structs import replace

from app.connectors import _feed_parse as reading
from app.connectors.base import (
    Basics,
    Capabilities,
    Idempotency,
    SaveSecret,
    SignInField,
    SignInForm,
    Thread,
)
from app.domain import Account, Gap, Identity, Kind, Mention, Page, Reply, Sent
from app.errors import BadAnswerError, GoneError, InputError, RefusedError, ServiceError, SignInError
from app.http import Http, Response

STREAM = "feed"
NO_REPLY = "A news feed cannot be answered from here. Open the page and answer there, if it takes comments."
MAX_BYTES = 4_000_000
MAX_PAGES = 40  # older pages in one pull
KEPT = 2000  # entries that a mark knows at most
ACCEPT = "application/atom+xml, application/rss+xml, application/xml;q=0.9, text/xml;q=0.9, text/html;q=0.5, */*;q=0.1"
_ALERTS = ("google.", "/alerts/feeds/")


class Mark(msgspec.Struct):
    """What was seen, newest first: short hashes of ids, with hashes of what they said."""

    seen: dict[str, str] = {}
    etag: str = ""
    modified: str = ""
    newest: datetime | None = None
    open: bool = False  # older pages were not read to their end
    broken: bool = False  # it was said that the feed is damaged


class FeedConnector(Basics):
    """One feed."""

    platform: ClassVar[str] = "feed"
    title: ClassVar[str] = "News feed"
    form: ClassVar[SignInForm] = SignInForm(
        fields=(
            SignInField(
                "address",
                "Address",
                placeholder="https://bakerynews.example",
                hint="Of a feed (RSS, Atom, Google Alerts), or of a site: Carelane looks for its feed.",
            ),
        ),
        can=("show what the feed brings, in Listening",),
        never=("answers, or tells the site who reads", "starts a timer: nobody waits for you there"),
        help_text=(
            "For Google Alerts: open google.com/alerts, make an alert, choose “Deliver to: RSS feed” among its "
            "options, then copy the address behind the feed's symbol."
        ),
        help_url="https://www.google.com/alerts",
    )

    def __init__(self, account: Account, secret: dict[str, str], http: Http, save_secret: SaveSecret) -> None:
        """The secret holds "url", and "moved" once the feed has said that it moved for good."""
        self._account = account
        self._secret = dict(secret)
        self._http = http
        self._save = save_secret
        self.capabilities = Capabilities(
            name="Google Alerts" if '"alerts"' in account.data else "News feed",
            streams=(STREAM,),
            idempotency=Idempotency.ASK,
            max_graphemes=10_000,
            threads=False,
            kinds=(Kind.SEARCH,),
            replies=False,
            no_reply=NO_REPLY,
            notes=(
                NO_REPLY,
                "A feed shows its newest entries alone, and does not tell when one was deleted.",
            ),
        )

    @classmethod
    async def sign_in(cls, http: Http, fields: Mapping[str, str]) -> Identity:
        """Find the feed: at the address itself, or named by the page that is there."""
        typed = _address(fields.get("address", ""))
        answer = await _fetch(http, typed, home=typed)
        if not await asyncio.to_thread(reading.is_feed, answer):
            url = await asyncio.to_thread(reading.feed_of_page, answer)
            if not url:
                raise InputError(
                    "There is no feed at this address, and the page names none. Look for “RSS” on the site, and paste "
                    "the address that it leads to."
                )
            # `home` stays what the person typed: a page must not lead into a private network
            home, typed = typed, _address(url)
            answer = await _fetch(http, typed, home=home)
        found = await asyncio.to_thread(reading.parse, answer, "", datetime.now(UTC))
        url = answer.moved or typed
        alerts = all(part in url for part in _ALERTS)
        return Identity(
            remote_id=reading.short(url, 24),
            handle=(urlsplit(url).hostname or "").removeprefix("www."),
            name=found.title,
            server=_origin(url),
            secret={"url": url},
            data='{"kind":"alerts"}' if alerts else "{}",
            note=_note(found),
        )

    async def check(self) -> str:
        """Read the feed's first page."""
        return _note(await self._read(await self._get(self._url)))

    async def pull(self, stream: str, mark: str | None, *, since: datetime) -> AsyncIterator[Page]:
        """Read what is new or was changed. A feed that forgot faster than it was read leaves a gap."""
        if stream != STREAM:
            raise InputError(f"A news feed has no stream named {stream}.")
        known = _known(mark)
        before = set(known.seen)
        asked = {} if known.open else {"If-None-Match": known.etag, "If-Modified-Since": known.modified}
        answer = await self._get(self._url, {key: value for key, value in asked.items() if value})
        if answer.status == 304:
            return
        await self._follow(answer)
        etag, modified = answer.headers.get("etag", "")[:300], answer.headers.get("last-modified", "")[:100]
        first = await self._read(answer)
        pages = 0
        async for document in self._walk(first, known, before, since):
            pages += 1
            yield self._page(document, known, since)
        # entries that went while older pages were read have pulled others up past us
        if pages > 1:
            async for document in self._walk(await self._read(await self._get(self._url)), known, before, since):
                page = self._page(document, known, since)
                if page.mentions:
                    yield page
        done = replace(known, open=False, etag=etag, modified=modified)
        gap = self._lost(first, before) if pages == 1 else None
        if gap is not None or done != _known(mark):
            yield Page(mark=msgspec.json.encode(done).decode(), gap=gap)

    async def _walk(
        self, document: reading.Document, known: Mark, before: set[str], since: datetime
    ) -> AsyncIterator[reading.Document]:
        """Yield the pages from `document` down to what was known before, or to `since`."""
        resumed = known.open
        done: set[str] = {self._url}
        for _ in range(MAX_PAGES):
            times = [entry.mention.posted_at for entry in document.entries]
            met = not resumed and any(entry.name in before for entry in document.entries)
            known.open = bool(document.next) and document.next not in done and not met and (
                not times or max(times) >= since
            )  # fmt: skip
            yield document
            if not known.open:
                return
            done.add(document.next)
            document = await self._read(await self._get(document.next))
        known.open = False  # too many: what is older is left, and was never promised

    def _page(self, document: reading.Document, known: Mark, since: datetime) -> Page:
        fresh = []
        for entry in document.entries:
            said = known.seen.get(entry.name)
            if said == entry.print or (said is None and entry.dated and entry.mention.posted_at < since):
                continue
            if said is not None and not entry.dated:
                # its time is not its own: read again, it would seem younger than it is
                known.seen[entry.name] = entry.print
                continue
            changed = said is not None
            mention = entry.mention
            fresh.append(replace(mention, edited_at=mention.edited_at or datetime.now(UTC)) if changed else mention)
        names = {entry.name: entry.print for entry in document.entries}
        known.seen = dict(list({**names, **known.seen, **names}.items())[:KEPT])
        known.newest = max(
            [*(each.posted_at for each in fresh), *([known.newest] if known.newest else [])], default=None
        )
        gap = None
        flawed = document.broken or bool(document.damaged)
        if flawed and not known.broken:
            gap = Gap(STREAM, None, None, _note(document))
        known.broken = flawed
        return Page(tuple(fresh), mark=msgspec.json.encode(known).decode(), gap=gap)

    def _lost(self, document: reading.Document, before: set[str]) -> Gap | None:
        """Say so where nothing on the page was known: what was between has gone from the feed unseen."""
        if not before or not document.entries or any(entry.name in before for entry in document.entries):
            return None
        oldest = min(entry.mention.posted_at for entry in document.entries)
        count = len(document.entries)
        why = f"The feed shows its newest {count} entries alone. Others may have come and gone before Carelane looked."
        return Gap(STREAM, None, oldest, why)

    async def thread(self, mention: Mention) -> Thread:
        """An entry stands alone."""
        return await self.look([mention.remote_id])

    async def look(self, remote_ids: Sequence[str]) -> Thread:
        """Read the feed again. What is not in it any more is not known to be gone: feeds forget.

        An entry without a date is left out, since its time would change with each reading.
        """
        document = await self._read(await self._get(self._url))
        wanted = set(remote_ids)
        found = (entry for entry in document.entries if entry.dated and entry.mention.remote_id in wanted)
        return Thread(tuple(entry.mention for entry in found))

    def prepare(self, reply: Reply) -> str:
        """Nothing is prepared for what cannot be sent."""
        return ""

    async def send(self, reply: Reply) -> Sent:
        """Refuse."""
        raise RefusedError(NO_REPLY)

    async def find(self, reply: Reply) -> Sent | None:
        """Nothing ever left."""
        return None

    @property
    def _url(self) -> str:
        if moved := self._secret.get("moved", ""):
            return moved
        url = self._secret.get("url", "")
        if not url:
            raise SignInError("The feed's address is not on this computer. Add the feed again.")
        return urlunsplit((*urlsplit(self._account.server)[:2], *urlsplit(url)[2:4], ""))

    async def _follow(self, answer: Response) -> None:
        """Keep the new address of a feed that moved for good, once something that is a feed was found there."""
        if answer.moved and answer.moved != self._url:
            await self._read(answer)
            fresh = {**self._secret, "moved": answer.moved}
            await self._save(fresh)
            self._secret = fresh

    async def _get(self, url: str, headers: Mapping[str, str] | None = None) -> Response:
        return await _fetch(self._http, url, home=self._account.server, account=self._account.id, headers=headers)

    async def _read(self, answer: Response) -> reading.Document:
        return await asyncio.to_thread(reading.parse, answer, self._account.id, datetime.now(UTC))


async def _fetch(
    http: Http, url: str, *, home: str, account: str = "", headers: Mapping[str, str] | None = None
) -> Response:
    answer = await http.send(
        "GET", url, account=account, platform="The feed", headers={"Accept": ACCEPT, **(headers or {})},
        errors=error_of, home=home, max_bytes=MAX_BYTES,
    )  # fmt: skip
    if answer.status != 304 and not answer.content.strip():
        raise BadAnswerError("The feed is empty. Carelane looks again later.", status=answer.status)
    return answer


def error_of(answer: Response) -> ServiceError | None:
    """Return what a status means for a feed; None leaves it to `app.http`."""
    status = answer.status
    if status == 410:
        return GoneError(
            "The site says that this feed has ended for good. Remove it here, or add its new address.", status=status
        )
    if status == 404:
        return GoneError("There is no feed at this address. Look for its new address on the site.", status=status)
    if status == 401:
        return SignInError(
            "The site no longer lets this address in. Copy the feed's address again, and sign in with it.",
            status=status,
        )
    return None


def _known(mark: str | None) -> Mark:
    try:
        return msgspec.json.decode(mark, type=Mark) if mark else Mark()
    except msgspec.DecodeError:
        return Mark()


def _note(document: reading.Document) -> str:
    if document.broken:
        return "The feed is damaged. What could be read is shown, other entries may be missing."
    if document.damaged:
        return "Some entries of the feed say nothing, and were left out."
    return ""


def _address(typed: str) -> str:
    text = "".join(typed.split())
    if not text:
        raise InputError("Type the address of the feed, or of the site.")
    scheme, mark, rest = text.partition("://")
    if scheme.lower() == "feed" and mark:
        text = f"https://{rest}"
    elif text.lower().startswith("feed:"):
        text = text[5:]
    elif not mark:
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
    except ValueError:
        raise InputError("That is not an address. Copy it again from the browser.") from None
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise InputError("That is not an address of the web. Copy it again from the browser.")
    return urlunsplit((*parts[:2], parts.path or "/", parts.query, ""))


def _origin(url: str) -> str:
    return urlunsplit((*urlsplit(url)[:2], "", "", ""))


CONNECTOR = FeedConnector
