"""How a connected account is, in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from app import expiry
from app.domain import Account
from ui import icons
from ui.conversation import words as said
from ui.feed.words import platform_words

SILENT = 1800  # seconds after which an account that was not read is no longer called fine
_STATES = {
    "sign_in": ("warn", QT_TRANSLATE_NOOP("Accounts", "Sign in again")),
    "paused": ("plain", QT_TRANSLATE_NOOP("Accounts", "Paused")),
    "offline": ("warn", QT_TRANSLATE_NOOP("Accounts", "Offline")),
    "trouble": ("warn", QT_TRANSLATE_NOOP("Accounts", "Trouble")),
}


def tr(text: str, number: int = -1) -> str:
    """Translated, in the window's context."""
    return QCoreApplication.translate("Accounts", text, None, number)


class AccountWords(Struct, frozen=True):
    """All that is said of one account. What is empty is not shown."""

    id: str
    client_id: str
    glyph: str  # name of an icon
    handle: str
    platform: str  # with the name that is shown there
    state: str
    tone: str  # of a chip
    why: str = ""
    complete: str = ""
    gaps: str = ""  # sentences, one a line
    ends: str = ""
    soon: bool = False  # `ends` needs somebody
    notes: str = ""  # what cannot be done through the platform's interface, one a line
    paused: bool = False
    meters: bool = False
    signs_in: bool = True
    busy: str = ""  # what is being done to it


def account_words(
    account: Account,
    now: datetime,
    *,
    gaps: Sequence[str] = (),
    notes: Sequence[str] = (),
    meters: bool = False,
    signs_in: bool = True,
    busy: str = "",
) -> AccountWords:
    """A practice account has the icon of the platform that it pretends to be."""
    state, tone = tr("Connected"), "ok"
    silent = account.checked_at is None or (now - account.checked_at).total_seconds() > SILENT
    if account.state in _STATES:
        tone, text = _STATES[account.state]
        state = tr(str(text))
    elif silent:
        state, tone = (tr("Not read yet"), "plain") if account.checked_at is None else (tr("Not read lately"), "warn")
    ends, soon = _ends(account, now)
    if soon and account.state == "ok" and expiry.days_left(account.data, now) == -1:
        state, tone = tr("Sign in again"), "warn"
    name, handle = said.one_line(account.name), said.one_line(account.handle)
    platform = platform_words(account.platform, service=account.service)
    pretends = account.service.casefold().replace(" ", "_")
    return AccountWords(
        account.id, account.client_id,
        next((one for one in (pretends, account.platform) if icons.has(one)), "at-sign"),
        handle, f"{platform} \u00b7 {name}" if name and name != handle else platform, state, tone,
        why=account.why, complete=_complete(account, now, bool(gaps)), gaps="\n".join(map(said.one_line, gaps)),
        ends=ends, soon=soon, notes="\n".join(notes), paused=account.state == "paused", meters=meters,
        signs_in=signs_in, busy=busy,
    )  # fmt: skip


def _complete(account: Account, now: datetime, gaps: bool) -> str:
    if account.checked_at is None:
        return ""
    shape = tr("Complete up to %1, but for what could not be read:") if gaps else tr("Complete up to %1.")
    return shape.replace("%1", said.moment(account.checked_at, now))


def _ends(account: Account, now: datetime) -> tuple[str, bool]:
    """What is known of its end, and whether it is near."""
    near = expiry.sentence(account.data, now)
    if near:
        return near, True
    rest = expiry.left(account.data, now)
    if rest is None:
        return "", False
    return tr("The sign-in lasts %1 more days.").replace("%1", str(rest.days)), False
