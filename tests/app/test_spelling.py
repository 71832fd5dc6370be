"""Spelling: what a dictionary does not know is marked, and nothing else is."""

# ruff: noqa: RUF001 - people type both apostrophes
from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import dictionaries
from app.dictionaries import best, found, tag_of
from app.errors import InputError, StoreError
from app.spelling import Spelling, _words

DATA = Path(__file__).parents[1] / "data" / "spelling"


@pytest.fixture
async def spelling(tmp_path: Path) -> AsyncIterator[Spelling]:
    made = Spelling(tmp_path, names=lambda: ["Maple & Rye", "maplerye.com"], places=[DATA])
    yield made
    await made.close()


async def marked(spelling: Spelling, text: str, language: str = "en", names: tuple[str, ...] = ()) -> list[str]:
    return [text[start:end] for start, end in await spelling.misspelt(text, language, names)]


# --- what is marked -------------------------------------------------------------------------------


async def test_unknown_words_are_marked_where_they_stand(spelling: Spelling) -> None:
    text = "Sorry 🥖 we recieve your orders, and the bred is reddy."
    places = await spelling.misspelt(text, "en-GB")
    assert [text[start:end] for start, end in places] == ["recieve", "bred", "reddy"]
    assert await spelling.misspelt(text, "en-GB") == places
    assert await marked(spelling, "Wir haben Brötchn um acht", "de") == ["Brötchn"]
    assert await marked(spelling, "") == await marked(spelling, " \n") == []


@pytest.mark.parametrize(
    "text",
    [
        "write to https://shop.example/ordrs?x=yy and www.brd.example/menuu",
        "write to helo@breadd.example",
        "@ppetra and @bob@srver.example and (@xyzzy)",
        "#brötchn ＃ordrs",
        "order 12, A17b, 3pm, 2nd, 1.50",
        "NASA BRD ÄÖÜ",
        "PayPal iPhone McDonald",
        "maplerye.com, panificio.it/orarii.",
        "{first_nme} and {ordr}",
        "Maple's bread, RYE, rye, Maple’s",
        "a b c x é",
        "snake_cse",
        "Привет",
        "日本語 नमस्ते ไทย Ελληνικά",
        "/thnks ~brd",
        "x" * 200,
    ],
)
async def test_what_is_never_marked(spelling: Spelling, text: str) -> None:
    assert await marked(spelling, text) == []


async def test_both_apostrophes_and_what_follows_them(spelling: Spelling) -> None:
    assert await marked(spelling, "We don't, we don’t, the bread's and bread’s; ‘bread’ 'orders'") == []
    assert await marked(spelling, "We dont, we dno’t") == ["dont", "dno’t"]


async def test_the_contacts_names_are_known(spelling: Spelling) -> None:
    text = "Hello Jaroslawa Übelacker, hello xyzwq"
    assert await marked(spelling, text) == ["Jaroslawa", "Übelacker", "xyzwq"]
    assert await marked(spelling, text, names=("Jaroslawa Übelacker", "@xyzwq@town.example")) == []
    assert await marked(spelling, "Jaroslawa’s bread", names=("jaroslawa",)) == []
    assert await marked(spelling, text) == ["Jaroslawa", "Übelacker", "xyzwq"], "names are of one message alone"


@given(st.text(alphabet=st.sampled_from("ab'’@#.:/{}-_ 1Aéß\n🥖漢"), max_size=80))
def test_places_are_words_in_order(text: str) -> None:
    end = -1
    for start, stop in _words(text):
        assert end < start < stop <= len(text)
        assert not set(text[start:stop]) & set(" \n@#:/{}_1🥖")
        end = stop


def test_hostile_texts_do_not_take_long() -> None:
    began = time.process_time()
    for text in ("a-" * 20_000, "a." * 20_000, "x" * 50_000, "{" * 20_000, "#" * 20_000, "a'" * 20_000, ":/" * 20_000):
        _words(text)
    assert time.process_time() - began < 3


# --- corrections and learned words ----------------------------------------------------------------


async def test_corrections(spelling: Spelling) -> None:
    assert (await spelling.corrections("recieve", "en"))[0] == "receive"
    assert "don’t" in await spelling.corrections("dno’t", "en")
    assert "Straße" in await spelling.corrections("Strase", "de-AT")
    assert len(await spelling.corrections("bred", "en")) <= 6
    assert await spelling.corrections("", "en") == await spelling.corrections("x" * 100, "en") == []
    assert await spelling.corrections("Привет", "de") == []
    assert await spelling.corrections("bred", "fr") == []


async def test_a_learned_word_is_known_from_then_on_and_offered_to_nobody(spelling: Spelling, tmp_path: Path) -> None:
    await spelling.misspelt("Sourdoughly", "en-GB")
    await spelling.learn(" Brotzeitler ", "en-US")
    await spelling.learn("proofer", "en")
    assert await marked(spelling, "Brotzeitler brotzeitler Brotzeitler's Proofer proofer’s") == ["brotzeitler"]
    assert await marked(spelling, "Brotzeitler", "de") == ["Brotzeitler"], "each language has its own"
    assert "Brotzeitler" not in await spelling.corrections("Brotzeitlr", "en")
    file = tmp_path / "words" / "en.txt"
    assert file.read_text("utf-8") == "Brotzeitler\nproofer\n"
    if sys.platform != "win32":
        assert file.stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path / "words") == ["en.txt"]
    again = Spelling(tmp_path, places=[DATA])
    assert await marked(again, "proofer") == []
    await again.close()


async def test_what_cannot_be_learned(spelling: Spelling, tmp_path: Path) -> None:
    for word in ("", "two words", "12", "x" * 80, "a\nb"):
        with pytest.raises(InputError, match="single word"):
            await spelling.learn(word, "en")
    for language in ("", "../../x", "e"):
        with pytest.raises(InputError, match="Choose a language"):
            await spelling.learn("word", language)
    (tmp_path / "words").write_bytes(b"")
    with pytest.raises(StoreError, match="could not be kept"):
        await spelling.learn("word", "en")


# --- dictionaries ---------------------------------------------------------------------------------


async def test_languages_are_those_of_the_files(spelling: Spelling, tmp_path: Path) -> None:
    assert spelling.languages() == ("de-DE", "en-GB")
    assert spelling.note == ""
    assert await marked(spelling, "Bonjuor", "fr") == []
    empty = Spelling(tmp_path, places=[tmp_path / "nowhere"])
    assert empty.languages() == ()
    assert "no dictionaries" in empty.note
    assert await empty.misspelt("bred", "en") == []


@pytest.mark.parametrize(
    ("stem", "tag"),
    [("en_US", "en-US"), ("pt_BR", "pt-BR"), ("fr", "fr"), ("de_DE_frami", "de-DE"), ("sr_Latn_RS", "sr-Latn-RS"),
     ("ca-valencia", "ca"), ("fr-classique", "fr"), ("Index", ""), ("", ""), ("xxxx_YY", "")],
)  # fmt: skip
def test_tags_of_files(stem: str, tag: str) -> None:
    assert tag_of(stem) == tag


@pytest.mark.parametrize(
    ("asked", "known", "result"),
    [
        ("de", "de-AT de-CH de-DE", "de-DE"),
        ("de-AT", "de-AT de-DE", "de-AT"),
        ("de-LI", "de-AT de-DE", "de-DE"),
        ("de_at", "de-AT de-DE", "de-AT"),
        ("DE", "de-AT", "de-AT"),
        ("en", "en-AU en-GB en-US", "en-US"),
        ("en", "en-AU en-GB", "en-AU"),
        ("pt", "pt-BR pt-PT", "pt-BR"),
        ("pt-PT", "pt-BR", "pt-BR"),
        ("fr-CA", "fr fr-FR", "fr"),
        ("no", "nb-NO", "nb-NO"),
        ("zh-Hans-CN", "en-US", ""),
        ("", "en-US", ""),
        ("den", "de-DE", ""),
    ],
)
def test_the_best_dictionary(asked: str, known: str, result: str) -> None:
    assert best(asked, {tag: Path(tag) for tag in known.split()}) == result


def test_dictionaries_are_found_in_pairs_and_the_first_of_a_language_counts(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    for folder, stems in ((first, ("de_DE_frami", "de_DE")), (second, ("de_DE", "it_IT"))):
        folder.mkdir()
        for stem in stems:
            (folder / f"{stem}.aff").touch()
            (folder / f"{stem}.dic").touch()
    (second / "hyph_fr.dic").touch()
    (second / "es_ES.aff").touch()
    assert found([tmp_path / "gone", first, second]) == {"de-DE": first / "de_DE", "it-IT": second / "it_IT"}


def test_where_dictionaries_are_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DICPATH", str(tmp_path / "named"))
    places = dictionaries.folders(tmp_path / "own")
    assert places[:2] == [tmp_path / "own", tmp_path / "named"]
    assert "en-US" in found(places), "the library brings it"


async def test_without_the_library_there_are_no_dictionaries_and_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dictionaries, "library", lambda: None)
    bare = Spelling(tmp_path, places=[DATA])
    assert bare.languages() == ()
    assert "not installed" in bare.note
    assert await bare.misspelt("bred", "en") == await bare.corrections("bred", "en") == []
    await bare.learn("proofer", "en")
    await bare.close()


# --- the process ----------------------------------------------------------------------------------


async def test_many_ask_at_once(spelling: Spelling) -> None:
    asked = [marked(spelling, f"bread bredd{'abcdefgh'[n]}", "en" if n % 2 else "de") for n in range(8)]
    answers = await asyncio.gather(*asked)
    assert answers == [([f"bredd{'abcdefgh'[n]}"] if n % 2 else ["bread", f"bredd{'abcdefgh'[n]}"]) for n in range(8)]


@pytest.mark.skipif(sys.platform == "win32", reason="kills as Unix does")
async def test_a_process_that_was_ended_is_started_again(spelling: Spelling) -> None:
    assert await marked(spelling, "bred") == ["bred"]
    assert spelling._process is not None
    os.kill(spelling._process.pid, signal.SIGKILL)
    assert await marked(spelling, "bredd") == ["bredd"]


async def test_a_dictionary_that_breaks_the_process_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    started: list[object] = []
    real = subprocess.Popen

    def popen(command: list[str], **more: object) -> object:
        started.append(command)
        bad = "import sys; sys.stdin.readline(); print('bred is')"
        return real([sys.executable, "-c", bad], **more)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "Popen", popen)
    broken = Spelling(tmp_path, places=[DATA])
    for _ in range(4):
        assert await marked(broken, "bred is") == []
    assert len(started) == 3
    assert "bred" not in caplog.text
    await broken.close()


async def test_a_process_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = subprocess.Popen
    monkeypatch.setattr("app.spelling._PATIENCE", 0.2)
    monkeypatch.setattr(
        subprocess,
        "Popen",
        lambda _command, **more: real([sys.executable, "-c", "import time; time.sleep(60)"], **more),
    )
    stuck = Spelling(tmp_path, places=[DATA])
    assert await asyncio.wait_for(marked(stuck, "bred"), 20) == []
    await stuck.close()


async def test_it_ends_while_it_is_asked_and_stays_ended(tmp_path: Path) -> None:
    shutil.copytree(DATA, tmp_path / "dictionaries")
    made = Spelling(tmp_path, places=[tmp_path / "dictionaries"])
    asking = [asyncio.ensure_future(marked(made, f"bred{'x' * n}")) for n in range(20)]
    await asyncio.sleep(0.05)
    await made.close()
    await asyncio.gather(*asking, return_exceptions=True)
    assert made._process is None
    assert await marked(made, "breddd bredddz") == []
    assert made._process is None
    await made.close()
