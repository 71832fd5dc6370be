"""Spelling by the hunspell dictionaries of this computer: what is marked, what else it could be, what was learned.

Measured on American English, German and Brazilian Portuguese: chunspell (hunspell 1.7.2 as a wheel) knows 32,000 to
126,000 words a second, reads a dictionary in 0.1 to 1.3 s and 9 to 39 MB; spylls, in pure Python, 660 to 20,000 words,
0.8 to 5.6 s and 65 to 290 MB; pyenchant needs a library of the system's that a fresh computer lacks.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import re
import secrets
import subprocess
import sys
import threading
import time
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from app import dictionaries
from app.errors import InputError, StoreError

if TYPE_CHECKING:
    import regex

log = logging.getLogger(__name__)
T = TypeVar("T")

MOST_CORRECTIONS = 6
_LONGEST = 60  # letters of a word that is looked up
_LOOK_AGAIN = 60.0  # seconds until the folders are looked through again
_PATIENCE = 15.0  # seconds until the process is taken for stuck; a dictionary takes one to be read
_KEPT = 50_000  # words whose result is remembered
_KEPT_CORRECTIONS = 500
_FAILURES = 3  # in a row, until a dictionary is given up

# What is no word of any language: places in braces, addresses, mail, names of accounts, tags, files, sites.
_PASSED = re.compile(
    r"\{[^{}\n]*\}|(?<!\S)\S*(?:://|@|www\.)\S*|(?<!\S)[#＃/\\~]\S+"  # noqa: RUF001
    r"|(?<![\w.-])[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?:[/:?#]\S*)?(?![\w.-])"
)


# languages that are not written in Latin letters; of the rest, words in other letters are quotations or names
_NOT_LATIN = frozenset((
    "ar", "be", "bg", "bn", "el", "fa", "gu", "he", "hi", "hy", "ja", "ka", "kk", "km", "kn", "ko", "lo", "mk", "ml",
    "mn", "mr", "ne", "pa", "ru", "si", "sr", "ta", "te", "th", "ug", "uk", "ur", "yi", "zh",
))  # fmt: skip


class Spelling:
    """One for the program. The dictionaries live in a process of their own, which one thread talks to."""

    def __init__(
        self,
        folder: Path,
        *,
        names: Callable[[], Iterable[str]] = tuple,
        places: Sequence[Path] | None = None,
    ) -> None:
        """`folder` is the data folder. `names` are never marked, whatever the message. `places`: for tests."""
        self._folder = folder
        self._names = names
        self._places = places
        self._known: dict[str, Path] = {}
        self._looked = float("-inf")
        self._thread: ThreadPoolExecutor | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._failures: dict[Path, int] = {}  # in a row
        self._closed = False
        self._results: dict[tuple[Path, str], bool] = {}
        self._corrected: dict[tuple[Path, str], list[str]] = {}
        self._learned: dict[str, set[str]] = {}
        self.note = ""  # a sentence on why there are no dictionaries, "" where there are

    # --- what there is -------------------------------------------------------------------------

    def languages(self) -> tuple[str, ...]:
        """Return the tags (BCP 47) of the dictionaries here, none where the library is missing; see `note`."""
        return tuple(sorted(self._dictionaries()))

    def _dictionaries(self) -> dict[str, Path]:
        if time.monotonic() - self._looked < _LOOK_AGAIN:
            return self._known
        # a packed program cannot start the process by a script
        missing = dictionaries.library() is None or getattr(sys, "frozen", False)
        own = self._folder / "dictionaries"
        places = dictionaries.folders(own) if self._places is None else self._places
        self._known = {} if missing else dictionaries.found(places)
        self._looked = time.monotonic()
        self.note = ""
        if missing:
            self.note = "Spelling is not looked up: its library is not installed."
        elif not self._known:
            self.note = f"There are no dictionaries on this computer. Put hunspell's files into {own}."
        return self._known

    def _dictionary(self, language: str) -> Path | None:
        known = self._dictionaries()
        return known.get(dictionaries.best(language, known))

    # --- looking up ----------------------------------------------------------------------------

    async def misspelt(self, text: str, language: str, names: Iterable[str] = ()) -> list[tuple[int, int]]:
        """Return start and end, in characters, of the words that the dictionary for `language` (BCP 47) lacks.

        Passed over are `names` (the contact's), numbers, capitals and whatever
        is no word. Nothing where there is no dictionary.
        """
        dictionary = self._dictionary(language)
        if dictionary is None or not text.strip():
            return []
        passed = [*self._names(), *names]
        return await self._apart(lambda: self._misspelt(text, dictionary, dictionaries.base(language), passed))

    async def corrections(self, word: str, language: str) -> list[str]:
        """Return what `word` may have been meant to be, likeliest first. Learned words are never among it."""
        dictionary = self._dictionary(language)
        word = word.strip()
        if dictionary is None or not word or len(word) > _LONGEST:
            return []
        return await self._apart(lambda: self._corrections(word, dictionary))

    async def learn(self, word: str, language: str) -> None:
        """Never mark `word` again in `language`, whatever its region."""
        word = word.strip()
        if not any(letter.isalpha() for letter in word) or len(word) > _LONGEST or len(word.split()) != 1:
            raise InputError("Only a single word can be added to the dictionary.")
        language = dictionaries.base(language)
        if not re.fullmatch(r"[a-z]{2,3}", language):
            raise InputError("Choose a language before a word is added to its dictionary.")
        await self._apart(lambda: self._learn(word, language))

    async def close(self) -> None:
        """End the process for good."""
        thread, self._thread, self._closed = self._thread, None, True
        await asyncio.to_thread(self._end)
        if thread is not None:
            await asyncio.to_thread(thread.shutdown, cancel_futures=True)
            self._end()

    async def _apart(self, call: Callable[[], T]) -> T:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "spelling")
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)

    # --- in the thread -------------------------------------------------------------------------

    def _misspelt(self, text: str, dictionary: Path, language: str, names: list[str]) -> list[tuple[int, int]]:
        # dictionaries know only the typewriter's apostrophe
        places = [(start, end, text[start:end].replace("’", "'")) for start, end in _words(text)]  # noqa: RUF001
        if len(self._results) > _KEPT:
            self._results.clear()
        new = list(dict.fromkeys(word for _, _, word in places if (dictionary, word) not in self._results))
        answer = self._ask(dictionary, words=new) if new else []
        if len(answer) == len(new):
            self._results.update(((dictionary, word), bool(known)) for word, known in zip(new, answer, strict=True))
        unknown = [place for place in places if not self._results.get((dictionary, place[2]), True)]
        if not unknown:
            return []
        learned, passed, latin = self._words_of(language), _name_words(names), language not in _NOT_LATIN
        return [
            (start, end)
            for start, end, word in unknown
            if _is_latin(word) is latin and not _is_named(word, passed) and not _is_learned(word, learned)
        ]

    def _corrections(self, word: str, dictionary: Path) -> list[str]:
        """Half a second and more in some languages, so what was found is remembered."""
        if (dictionary, word) not in self._corrected:
            found = [str(each) for each in self._ask(dictionary, word=word.replace("’", "'"))]  # noqa: RUF001
            if "’" in word:  # noqa: RUF001
                found = [each.replace("'", "’") for each in found]  # noqa: RUF001
            kept = list(dict.fromkeys(each for each in found if each and each != word))[:MOST_CORRECTIONS]
            if not kept:
                return []
            if len(self._corrected) > _KEPT_CORRECTIONS:
                self._corrected.clear()
            self._corrected[dictionary, word] = kept
        return list(self._corrected[dictionary, word])

    def _ask(self, dictionary: Path, **question: Any) -> list[Any]:
        """Ask the process; [] where it broke, since a mark that is missing does no harm. Nothing asked is logged."""
        asked = json.dumps({"folder": str(dictionary.parent), "name": dictionary.name, **question}).encode() + b"\n"
        for _ in range(2):  # a process that was ended meanwhile is started anew
            if self._closed or self._failures.get(dictionary, 0) >= _FAILURES:
                return []
            try:
                process = self._started()
                assert process.stdin is not None
                assert process.stdout is not None
                watch = threading.Timer(_PATIENCE, process.kill)
                watch.daemon = True
                watch.start()
                try:
                    process.stdin.write(asked)
                    process.stdin.flush()
                    answer = json.loads(process.stdout.readline() or b"null")
                finally:
                    watch.cancel()
                if isinstance(answer, list):
                    self._failures.pop(dictionary, None)
                    return answer
            except (OSError, ValueError) as error:
                log.info("The spelling process failed: %s", type(error).__name__)
            self._failures[dictionary] = self._failures.get(dictionary, 0) + 1
            self._end()
        return []

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            script = Path(__file__).with_name("hunspell_process.py")
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-X", "utf8", str(script)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            for pipe in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    if pipe is not None:
                        pipe.close()
            process.wait()

    # --- learned words -------------------------------------------------------------------------

    def _path(self, language: str) -> Path:
        return self._folder / "words" / f"{language}.txt"

    def _words_of(self, language: str) -> set[str]:
        if language not in self._learned:
            try:
                lines = self._path(language).read_text("utf-8", "replace").splitlines()
            except OSError:
                lines = []
            self._learned[language] = {line.strip() for line in lines if line.strip()}
        return self._learned[language]

    def _learn(self, word: str, language: str) -> None:
        words = self._words_of(language) | {word}
        path = self._path(language)
        part = path.with_suffix(f".{secrets.token_hex(4)}.part")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                file.writelines(f"{each}\n" for each in sorted(words))
            part.replace(path)
        except OSError as error:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            raise StoreError(f"The word could not be kept ({error.strerror}). Check this computer's disk.") from error
        self._learned[language] = words


def _words(text: str) -> list[tuple[int, int]]:
    """Return the places of what is to be looked up: words, but no addresses, names of accounts, numbers or capitals."""
    hidden = _PASSED.sub(lambda found: " " * len(found[0]), text)
    return [place for match in _word().finditer(hidden) if _is_word(match[0]) for place in [match.span()]]


def _word() -> regex.Pattern[str]:
    import regex  # marks belong to words in Hindi and Thai, which `re` does not know

    return regex.compile(r"[\p{L}\p{N}_][\p{L}\p{M}\p{N}_]*(?:['’][\p{L}\p{M}]+)*")  # noqa: RUF001


def _is_word(word: str) -> bool:
    if not 2 <= len(word) <= _LONGEST:
        return False
    if word.isalpha() and word[1:].islower():  # nearly every one
        return True
    if "_" in word or any(letter.isdigit() for letter in word):
        return False
    stem = re.split("['’]", word)[-1]  # noqa: RUF001 - "L'Oréal", "O'Brien"
    return not word.isupper() and not any(letter.isupper() for letter in stem[1:])


def _is_latin(word: str) -> bool:
    return word.isascii() or all("LATIN" in unicodedata.name(each, "") for each in word if each.isalpha())


def _name_words(names: Iterable[str]) -> set[str]:
    words: set[str] = set()
    for name in names:
        words.update(part.casefold() for part in re.findall(r"[^\W\d_]+", name))
    return words


def _is_named(word: str, names: set[str]) -> bool:
    """Tell whether it is one of the names, or what belongs to one: "Jana's"."""
    return all(part in names or part == "s" for part in re.split("['’]", word.casefold()))  # noqa: RUF001


def _is_learned(word: str, learned: set[str]) -> bool:
    stem = re.sub("['’]s$", "", word)  # noqa: RUF001
    return bool(learned & {word, stem, word.lower(), stem.lower()})
