"""What a sign-in came to, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from ui.conversation import words
from ui.sign_in_ports import Connected, SignInTest


def tr(text: str) -> str:
    """Translated, in the dialog's context."""
    return QCoreApplication.translate("AddAccountDialog", text)


def found_words(test: SignInTest) -> str:
    """Who it is, what was seen, and what to know."""
    said = [tr("Signed in as %1.").replace("%1", words.one_line(test.identity.name or test.identity.handle))]
    if test.found == 0:
        said.append(tr("No mentions in the last 30 days."))
    else:
        found = tr("Found 1 mention of the last 30 days")
        if test.found != 1:
            found = tr("Found %1 mentions of the last 30 days").replace("%1", str(test.found))
        if test.newest_at is not None:
            found += tr(", the newest from %1").replace("%1", words.moment(test.newest_at))
        said.append(found + ".")
    if test.note:
        said.append(test.note)
    if test.also:
        names = [words.one_line(one.identity.name or one.identity.handle) for one in test.also]
        said.append(tr("This also renews %1.").replace("%1", listed(names)))
    return " ".join(said)


def connected_words(results: Sequence[Connected]) -> tuple[bool, str]:
    """Whether all were added, and how many; why one was not stands beside it."""
    added = sum(one.account is not None for one in results)
    if added == len(results):
        return True, tr("All %1 are connected. Read what stands beside them.").replace("%1", str(added))
    text = tr("Added %1 of %2. Why not the others stands beside them.")
    return False, text.replace("%1", str(added)).replace("%2", str(len(results)))


def listed(names: Sequence[str]) -> str:
    """ "A, B and 3 more"."""
    if len(names) <= 3:
        return ", ".join(names[:-1]) + (tr(" and ") if len(names) > 1 else "") + names[-1] if names else ""
    return tr("%1 and %2 more").replace("%1", ", ".join(names[:2])).replace("%2", str(len(names) - 2))
