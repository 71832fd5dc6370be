"""What Trustpilot's answers say, made into the nouns of the program.

Fields are those of a private service review as Trustpilot's developer pages show it; every one but the id may be
missing. Marked "unchecked" is what could not be read there.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from app.connectors.base import Thread
from app.domain import Contact, Kind, Mention, OwnPost
from app.errors import ForbiddenError, GoneError, RefusedError, ServiceError, SignInError, TokenExpiredError
from app.http import Response
from app.text import clean, parse_time

SITE = "https://www.trustpilot.com"


class Consumer(msgspec.Struct):
    """Who wrote."""

    id: str = ""
    displayName: str | None = ""
    numberOfReviews: int | None = None


class CompanyReply(msgspec.Struct):
    """Our answer. A review has one at most."""

    text: str | None = ""
    authorBusinessUserId: str | None = ""
    createdAt: Any = None
    updatedAt: Any = None


class Review(msgspec.Struct):
    """A private service review."""

    id: str
    stars: int | None = None
    title: str | None = ""
    text: str | None = ""
    language: str | None = ""
    createdAt: Any = None
    updatedAt: Any = None
    consumer: Consumer | None = None
    companyReply: CompanyReply | None = None


class Reviews(msgspec.Struct):
    """A page."""

    reviews: list[msgspec.Raw] = []


class _Id(msgspec.Struct):
    id: str = ""


class Unit(msgspec.Struct):
    """A business unit, as `find` gives it."""

    id: str
    displayName: str | None = ""


class Fault(msgspec.Struct):
    """An error; which of these a call uses is unchecked."""

    message: Any = ""
    errorCode: Any = ""
    details: Any = ""
    error: Any = ""


def moment(value: Any, now: datetime) -> datetime | None:
    """Return a time as aware UTC; those without a zone are UTC."""
    return parse_time(value, now) if value else None


def decoded(raws: list[msgspec.Raw]) -> tuple[list[Review], int]:
    """Decode one by one; returns how many could not be read."""
    found, damaged = [], 0
    for raw in raws:
        try:
            found.append(msgspec.json.decode(raw, type=Review, strict=False))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            damaged += 1
    return [each for each in found if each.id], damaged


def mention_of(review: Review, account_id: str, now: datetime) -> Mention:
    """Return a review as a mention; title and text make one text."""
    title, text = clean(review.title or ""), clean(review.text or "")
    head = title.rstrip(".…")
    posted = moment(review.createdAt, now) or now
    edited = moment(review.updatedAt, now)
    who = review.consumer or Consumer()
    name = clean(who.displayName or "", 200) or "Unknown"
    stars = review.stars if review.stars is not None and 1 <= review.stars <= 5 else None
    return Mention(
        account_id=account_id,
        remote_id=review.id,
        author=Contact(who.id, name, "", url=f"{SITE}/users/{who.id}" if who.id else ""),
        text=text if head and text.startswith(head) else clean(f"{title}\n\n{text}"),
        posted_at=posted,
        kind=Kind.REVIEW,
        thread=review.id,
        url=f"{SITE}/reviews/{review.id}",
        language=review.language or "",
        rating=stars,
        edited_at=edited if edited and edited > posted else None,
    )


def own_of(review: Review, account_id: str, now: datetime) -> OwnPost | None:
    """Return our reply, whoever of us wrote it. Its id is the review's: there is one."""
    reply = review.companyReply
    if reply is None or not (reply.text or "").strip():
        return None
    at = moment(reply.updatedAt, now) or moment(reply.createdAt, now) or now
    return OwnPost(
        account_id,
        reply_id(review.id),
        clean(reply.text or ""),
        at,
        review.id,
        review.id,
        f"{SITE}/reviews/{review.id}",
    )


def reply_id(review_id: str) -> str:
    """Return what our reply to a review is known by."""
    return f"{review_id}/reply"


def thread_of(reviews: list[Review], account_id: str, gone: tuple[str, ...] = ()) -> Thread:
    """Return reviews with our replies."""
    now = datetime.now(UTC)
    own = (own_of(each, account_id, now) for each in reviews)
    return Thread(tuple(mention_of(each, account_id, now) for each in reviews), tuple(filter(None, own)), gone)


def error_of(answer: Response) -> ServiceError | None:
    """Return what a status means; None leaves it to `app.http`."""
    status, said = answer.status, _said(answer)
    tail = f": {said.rstrip('.')}." if said else "."
    if status == 401:
        return TokenExpiredError("Trustpilot no longer accepts this sign-in. Sign in again.", code=said, status=status)
    if status == 403:
        return ForbiddenError(
            f"Trustpilot does not allow this for this account{tail} Answering through the API needs a plan that has "
            "it, and a user who may reply.",
            code=said, status=status,
        )  # fmt: skip
    if status in (404, 410):
        return GoneError("This review is no longer on Trustpilot. It was deleted.", code=said, status=status)
    if status == 409:
        return RefusedError(
            "Trustpilot has a reply to this review already and did not take another. Change it on Trustpilot's site.",
            code=said, status=status,
        )  # fmt: skip
    if status in (400, 422):
        return RefusedError(f"Trustpilot refused this{tail}", code=said, status=status)
    return None


def sign_in_error(answer: Response) -> ServiceError | None:
    """The same for the token's endpoints."""
    if answer.status in (400, 401, 403):
        return SignInError(
            "Trustpilot did not accept this. Check the key and the secret of the app, the user and the password.",
            code=_said(answer), status=answer.status,
        )  # fmt: skip
    return None


def _said(answer: Response) -> str:
    try:
        fault = msgspec.json.decode(answer.content, type=Fault)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    for each in (fault.message, fault.details, fault.error, fault.errorCode):
        if isinstance(each, str) and each.strip():
            return clean(each)[:300]
    return ""
