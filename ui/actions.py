"""Every command of the window in one table: the menu keys, the command palette and the help read it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct
from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget


class Command(Struct, frozen=True):
    """One command. `key` is the default shortcut as `QKeySequence` spells it, "" for none."""

    name: str
    words: object  # English source text
    key: str
    help: object
    listed: bool = True  # in the command palette


COMMANDS = (
    Command("next", QT_TRANSLATE_NOOP("actions", "Next"), "J",
            QT_TRANSLATE_NOOP("actions", "Go to the next person in the list")),
    Command("previous", QT_TRANSLATE_NOOP("actions", "Previous"), "K",
            QT_TRANSLATE_NOOP("actions", "Go to the person before")),
    Command("reply", QT_TRANSLATE_NOOP("actions", "Reply"), "R",
            QT_TRANSLATE_NOOP("actions", "Write a reply to the chosen message")),
    Command("done", QT_TRANSLATE_NOOP("actions", "Done"), "E",
            QT_TRANSLATE_NOOP("actions", "Close the conversation, it needs no reply")),
    Command("snooze", QT_TRANSLATE_NOOP("actions", "Snooze"), "S",
            QT_TRANSLATE_NOOP("actions", "Put it away until later, its promise still holds")),
    Command("bring_back", QT_TRANSLATE_NOOP("actions", "Bring back"), "Shift+E",
            QT_TRANSLATE_NOOP("actions", "Reopen what is done or snoozed, or keep open what would close itself")),
    Command("not_urgent", QT_TRANSLATE_NOOP("actions", "Not urgent"), "U",
            QT_TRANSLATE_NOOP("actions", "Let it wait for its turn, its promise still holds")),
    Command("noise", QT_TRANSLATE_NOOP("actions", "Noise or not"), "N",
            QT_TRANSLATE_NOOP("actions", "Put it with the noise, or take it out; nothing is deleted")),
    Command("join", QT_TRANSLATE_NOOP("actions", "Join in"), "A",
            QT_TRANSLATE_NOOP("actions", "Answer what a search found: it gets a timer that starts now")),
    Command("let_pass", QT_TRANSLATE_NOOP("actions", "Let it pass"), "L",
            QT_TRANSLATE_NOOP("actions", "What a search found needs nothing from you")),
    Command("message_menu", QT_TRANSLATE_NOOP("actions", "More about this message"), "M",
            QT_TRANSLATE_NOOP("actions", "Like it, hide spam or abuse, open it on the platform")),
    Command("templates", QT_TRANSLATE_NOOP("actions", "Templates"), "T",
            QT_TRANSLATE_NOOP("actions", "Choose a saved reply")),
    Command("private", QT_TRANSLATE_NOOP("actions", "Take it private"), "P",
            QT_TRANSLATE_NOOP("actions", "Continue in a direct message")),
    Command("suggestion.1", QT_TRANSLATE_NOOP("actions", "First suggestion"), "Ctrl+1",
            QT_TRANSLATE_NOOP("actions", "Put the first suggested reply in")),
    Command("suggestion.2", QT_TRANSLATE_NOOP("actions", "Second suggestion"), "Ctrl+2",
            QT_TRANSLATE_NOOP("actions", "Put the second suggested reply in")),
    Command("suggestion.3", QT_TRANSLATE_NOOP("actions", "Third suggestion"), "Ctrl+3",
            QT_TRANSLATE_NOOP("actions", "Put the third suggested reply in")),
    Command("promise", QT_TRANSLATE_NOOP("actions", "Promise"), "Ctrl+P",
            QT_TRANSLATE_NOOP("actions", "Say what the reply promises, and when it comes back")),
    Command("cheaper", QT_TRANSLATE_NOOP("actions", "Take the links out"), "Ctrl+Shift+L",
            QT_TRANSLATE_NOOP("actions", "Where a platform charges more for a link, reply without it")),
    Command("why", QT_TRANSLATE_NOOP("actions", "Why this is first"), "I",
            QT_TRANSLATE_NOOP("actions", "Show or hide what moved the message, and who wrote it")),
    Command("select_next", QT_TRANSLATE_NOOP("actions", "Select the next, too"), "Shift+J",
            QT_TRANSLATE_NOOP("actions", "Select several conversations, downwards")),
    Command("select_previous", QT_TRANSLATE_NOOP("actions", "Select the one before, too"), "Shift+K",
            QT_TRANSLATE_NOOP("actions", "Select several conversations, upwards")),
    Command("select_all", QT_TRANSLATE_NOOP("actions", "Select all in the list"), "Ctrl+A",
            QT_TRANSLATE_NOOP("actions", "Select every conversation that is loaded")),
    Command("search", QT_TRANSLATE_NOOP("actions", "Search"), "/",
            QT_TRANSLATE_NOOP("actions", "Search mentions, people and replies")),
    Command("palette", QT_TRANSLATE_NOOP("actions", "All commands"), "Ctrl+K",
            QT_TRANSLATE_NOOP("actions", "List every command and its key"), listed=False),
    Command("undo", QT_TRANSLATE_NOOP("actions", "Undo"), "Ctrl+Z",
            QT_TRANSLATE_NOOP("actions", "Take back the last thing you did")),
    Command("first", QT_TRANSLATE_NOOP("actions", "First in the list"), "",
            QT_TRANSLATE_NOOP("actions", "Go to the most pressing message")),
    Command("new", QT_TRANSLATE_NOOP("actions", "Go to new messages"), "Shift+N",
            QT_TRANSLATE_NOOP("actions", "Scroll to what arrived above")),
    Command("check", QT_TRANSLATE_NOOP("actions", "Check now"), "F5",
            QT_TRANSLATE_NOOP("actions", "Look for new messages in all accounts")),
    Command("lane.care", QT_TRANSLATE_NOOP("actions", "Go to Care now"), "Alt+1",
            QT_TRANSLATE_NOOP("actions", "Who needs an answer soonest")),
    Command("lane.today", QT_TRANSLATE_NOOP("actions", "Go to Due today"), "Alt+2",
            QT_TRANSLATE_NOOP("actions", "What can wait a little")),
    Command("lane.thanks", QT_TRANSLATE_NOOP("actions", "Go to Thank-yous"), "Alt+3",
            QT_TRANSLATE_NOOP("actions", "Praise that has not been answered")),
    Command("lane.waiting", QT_TRANSLATE_NOOP("actions", "Go to Waiting on customer"), "Alt+4",
            QT_TRANSLATE_NOOP("actions", "Answered, it is their turn")),
    Command("lane.snoozed", QT_TRANSLATE_NOOP("actions", "Go to Snoozed"), "Alt+5",
            QT_TRANSLATE_NOOP("actions", "What comes back later")),
    Command("lane.listening", QT_TRANSLATE_NOOP("actions", "Go to Listening"), "Alt+6",
            QT_TRANSLATE_NOOP("actions", "Posts that speak about you without a tag")),
    Command("lane.noise", QT_TRANSLATE_NOOP("actions", "Go to Noise"), "",
            QT_TRANSLATE_NOOP("actions", "What looks like advertising or a bot")),
    Command("lane.done", QT_TRANSLATE_NOOP("actions", "Go to Done"), "Alt+7",
            QT_TRANSLATE_NOOP("actions", "Everything that is closed")),
    Command("outbox", QT_TRANSLATE_NOOP("actions", "Go to the outbox"), "Alt+8",
            QT_TRANSLATE_NOOP("actions", "Replies that wait, and what became of them")),
    Command("add_account", QT_TRANSLATE_NOOP("actions", "Add an account"), "",
            QT_TRANSLATE_NOOP("actions", "Connect Mastodon, Bluesky or another platform")),
    Command("accounts", QT_TRANSLATE_NOOP("actions", "Accounts"), "",
            QT_TRANSLATE_NOOP("actions", "How far each is read, sign in again, pause it, remove it")),
    Command("hours", QT_TRANSLATE_NOOP("actions", "Hours and promises"), "",
            QT_TRANSLATE_NOOP("actions", "When somebody is there for this client, and how soon they answer")),
    Command("rules", QT_TRANSLATE_NOOP("actions", "Priorities and rules"), "",
            QT_TRANSLATE_NOOP("actions", "Say what counts more, make rules, choose VIPs")),
    Command("profile", QT_TRANSLATE_NOOP("actions", "About this client"), "",
            QT_TRANSLATE_NOOP("actions", "Who signs, words that are its own, where reviews are written")),
    Command("manage_templates", QT_TRANSLATE_NOOP("actions", "Edit templates"), "Ctrl+T",
            QT_TRANSLATE_NOOP("actions", "Saved replies in folders and languages; take in those of another tool")),
    Command("follow_ups", QT_TRANSLATE_NOOP("actions", "Promises and quotes"), "",
            QT_TRANSLATE_NOOP("actions", "What replies promised and until when, and kind words that may be quoted")),
    Command("usage", QT_TRANSLATE_NOOP("actions", "Limits and costs"), "",
            QT_TRANSLATE_NOOP("actions", "What the platforms count or charge, how much is used, and your caps")),
    Command("searches", QT_TRANSLATE_NOOP("actions", "Searches"), "",
            QT_TRANSLATE_NOOP("actions", "What you listen for, what it finds, and whom you do not want to hear of")),
    Command("reminders", QT_TRANSLATE_NOOP("actions", "Reminders and quiet hours"), "",
            QT_TRANSLATE_NOOP("actions", "When you are reminded of a promise, and when bare thanks close themselves")),
    Command("quit", QT_TRANSLATE_NOOP("actions", "Quit Carelane"), "Ctrl+Q",
            QT_TRANSLATE_NOOP("actions", "Drafts and waiting replies are kept")),
)  # fmt: skip


def words(command: Command) -> str:
    """The command as it is listed."""
    return QCoreApplication.translate("actions", str(command.words))


def help_words(command: Command) -> str:
    """What it does, in a sentence."""
    return QCoreApplication.translate("actions", str(command.help))


def build(window: QWidget, do: Callable[[str], object]) -> dict[str, QAction]:
    """Make the window's actions; each calls `do(name)`. Single letters do not fire while somebody types."""
    made: dict[str, QAction] = {}
    for command in COMMANDS:
        action = QAction(words(command), window)
        action.setObjectName(command.name)
        action.setToolTip(help_words(command))
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        if command.key:
            action.setShortcut(QKeySequence(command.key))
        action.triggered.connect(lambda _on=False, name=command.name: do(name))
        window.addAction(action)
        made[command.name] = action
    return made


def matching(typed: str, commands: Iterable[Command] = COMMANDS) -> list[Command]:
    """Listed commands that hold every typed word, those that begin with the first word before the others."""
    parts = typed.lower().split()
    found = [
        command
        for command in commands
        if command.listed and all(part in f"{words(command)} {help_words(command)}".lower() for part in parts)
    ]
    return sorted(found, key=lambda one: not (parts and words(one).lower().startswith(parts[0])))
