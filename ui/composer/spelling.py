"""Wavy lines under words that no dictionary of the message's language knows."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence

from PySide6.QtCore import QLocale, QObject, QPoint, QTimer, Signal
from PySide6.QtGui import QTextBlock, QTextCursor
from PySide6.QtWidgets import QMenu

from ui import ops
from ui.composer.editor import TextEdit
from ui.composer.marks import Marks
from ui.composer.places import to_qt
from ui.ports import Composing

AFTER = 250  # ms without a key
KEPT = 500  # paragraphs
Places = Sequence[tuple[int, int]]


def language_name(tag: str) -> str:
    """ "German", or the tag itself where the system has no word for it."""
    language = QLocale(tag).language()
    return tag if language == QLocale.Language.C else QLocale.languageToString(language)


def nearest(tag: str, known: Sequence[str]) -> str:
    """The dictionary for a message's language: the same, else one of the same base. "" for none."""
    if tag in known:
        return tag
    base = tag.replace("_", "-").split("-")[0].lower()
    here = QLocale().bcp47Name()
    same = [one for one in known if one.replace("_", "-").split("-")[0].lower() == base]
    return here if here in same else (same[0] if same else "")


class Spelling(QObject):
    """Looks up paragraphs that changed, off the keys, and remembers what it found by their text."""

    changed = Signal()  # language or dictionaries

    def __init__(self, edit: TextEdit, marks: Marks, composing: Composing, conversation: Callable[[], str]) -> None:
        super().__init__(edit)
        self._edit, self._marks, self._composing, self._conversation = edit, marks, composing, conversation
        self._known: OrderedDict[tuple[str, str], Places] = OrderedDict()
        self._wanted = ""  # the message's language
        self._language = ""  # of the dictionary, "" for none
        self._job: ops.Job[None] | None = None
        self._typed = False
        self._timer = QTimer(self, singleShot=True, interval=AFTER)
        self._timer.timeout.connect(self._look)
        edit.menu = self.offer

    def start(self, tag: str) -> None:
        """A text in this language (BCP 47), "" for the system's own."""
        self._wanted = tag or QLocale().bcp47Name()
        self._language = nearest(self._wanted, self._composing.spelling_languages())
        self._typed = False
        if self._job is not None:
            self._job.cancel()
        self._known.clear()  # whose name is known is another person's now
        self._marks.show_layer("spelling", ())
        self._timer.start()
        self.changed.emit()

    def choose(self, tag: str) -> None:
        """The person says which; "" looks nothing up."""
        self._wanted = self._language = tag
        self._marks.show_layer("spelling", ())
        self._timer.start()
        self.changed.emit()

    def touch(self) -> None:
        """The text changed."""
        self._typed = True
        self._timer.start()

    def label(self) -> tuple[str, str]:
        """The two letters for the foot, and the sentence behind them."""
        if not self._wanted:
            return "\u2013", self.tr("Spelling is not looked up for this reply.")
        short = self._wanted.replace("_", "-").split("-")[0].upper()
        if self._language:
            return short, self.tr("Spelling is looked up in %1").replace("%1", language_name(self._language))
        return short, self.tr("No dictionary for %1 on this computer").replace("%1", language_name(self._wanted))

    @property
    def language(self) -> str:
        """The dictionary that is used, "" for none."""
        return self._language

    def fill(self, menu: QMenu) -> None:
        """The languages to choose from."""
        for tag in self._composing.spelling_languages():
            action = menu.addAction(QLocale(tag).nativeLanguageName() or tag)
            country = tag.replace("_", "-").partition("-")[2]
            action.setText(f"{language_name(tag)}{f' ({country})' if country else ''}")
            action.setCheckable(True)
            action.setChecked(tag == self._language)
            action.triggered.connect(lambda _on=False, tag=tag: self.choose(tag))
        if not menu.actions():
            menu.addAction(self.tr("No dictionaries on this computer")).setEnabled(False)
        menu.addSeparator()
        none = menu.addAction(self.tr("Do not look up spelling"))
        none.setCheckable(True)
        none.setChecked(not self._wanted)
        none.triggered.connect(lambda _on=False: self.choose(""))

    # Looking up

    def _blocks(self) -> list[QTextBlock]:
        found: list[QTextBlock] = []
        block = self._edit.document().firstBlock()
        while block.isValid() and len(found) < KEPT:
            found.append(block)
            block = block.next()
        return found

    def _look(self) -> None:
        if not self._language or not ops.ready():
            return
        texts = {block.text() for block in self._blocks()}
        unknown = [text for text in texts if text.strip() and (self._language, text) not in self._known]
        if not unknown:
            self._show()
            return
        if self._job is not None:
            self._job.cancel()
        self._job = ops.run(
            self, self._ask(unknown, self._language, self._conversation()), done=lambda _none: self._show(),
            failed=lambda _error: None,
        )  # fmt: skip

    async def _ask(self, texts: Sequence[str], language: str, conversation: str) -> None:
        for text in texts:
            self._known[language, text] = await self._composing.misspelt(text, language, conversation)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)

    def _show(self) -> None:
        here, made = self._edit.textCursor().position(), []
        for block in self._blocks():
            text, at = block.text(), block.position()
            places = self._known.get((self._language, text), ())
            flat = to_qt(text, [one for pair in places for one in pair])
            for start, end in zip(flat[::2], flat[1::2], strict=True):
                # a word is not wrong while it is still being typed
                if not (self._typed and at + end == here and self._edit.hasFocus()):
                    made.append((at + start, at + end))
        self._marks.show_layer("spelling", made)

    # The menu on a word

    def offer(self, place: QTextCursor, at: QPoint) -> bool:
        """Show what the dictionary would write instead; False where the word is not marked."""
        word = self._marks.at("spelling", place.position())
        if word is None:
            return False
        text, language = word.selectedText(), self._language
        self._edit.setTextCursor(word)

        def show(found: Sequence[str]) -> None:
            menu = self.menu_for(text, found)
            menu.aboutToHide.connect(menu.deleteLater)
            menu.popup(at)

        ops.run(self, self._composing.corrections(text, language), done=show)
        return True

    def menu_for(self, word: str, found: Sequence[str]) -> QMenu:
        """Corrections, and the way into the dictionary, over the usual entries."""
        menu = self._edit.createStandardContextMenu()
        first = menu.actions()[0] if menu.actions() else None
        extra = QMenu(menu)
        for text in found[:6]:
            extra.addAction(text.replace("&", "&&")).triggered.connect(
                lambda _on=False, text=text: self._edit.textCursor().insertText(text)
            )
        if not found:
            extra.addAction(self.tr("No corrections found")).setEnabled(False)
        extra.addSeparator()
        learn = extra.addAction(self.tr("Add \u201c%1\u201d to the dictionary").replace("%1", word.replace("&", "&&")))
        learn.triggered.connect(lambda _on=False: self.learn(word))
        extra.addSeparator()
        for action in extra.actions():
            menu.insertAction(first, action)  # type: ignore[arg-type]
        return menu

    def learn(self, word: str) -> None:
        """Known from now on, in this language."""

        def done(_none: object) -> None:
            self._known.clear()
            self._look()

        ops.run(self, self._composing.learn_word(word, self._language), done=done)
