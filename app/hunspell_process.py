"""The process that holds the dictionaries. `app.spelling` starts it; it needs the standard library and hunspell alone.

A process of its own, since hunspell keeps Python's lock: a large dictionary takes a second to read and corrections half
of one, in which no window would be painted. And a damaged dictionary ends this process, not Carelane.

A line of JSON is a question, `{"folder", "name", "words"}` or `{…, "word"}`; the answer is a line too: a list that says
of each word whether it is known, or the corrections of the one word. It ends when its input does.
"""

from __future__ import annotations

import json
import sys
from typing import Any


def main() -> None:
    """Answer until nobody asks any more."""
    import hunspell

    held: dict[tuple[str, str], Any] = {}
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        place = asked["folder"], asked["name"]
        if place not in held:
            held[place] = hunspell.Hunspell(asked["name"], hunspell_data_dir=asked["folder"])
        if "words" in asked:
            answer: list[Any] = [_knows(held[place], word) for word in asked["words"]]
        else:
            answer = _corrections(held[place], asked["word"])
        sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
        sys.stdout.buffer.flush()


def _knows(dictionary: Any, word: str) -> bool:
    try:
        return bool(dictionary.spell(word))
    except UnicodeError:  # of a script that the dictionary's encoding has no signs for
        return True


def _corrections(dictionary: Any, word: str) -> list[str]:
    try:
        return list(dictionary.suggest(word))
    except UnicodeError:
        return []


if __name__ == "__main__":
    main()
