"""Secrets against the real gnome-keyring, in its own session."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.servers import Keyring

ROOT = Path(__file__).parents[2]
CODE = """
import json, sys
from app.errors import KeyringError
from app.secrets import Secrets
secrets = Secrets(scope="test")
try:
    for step in json.loads(sys.argv[1]):
        print(json.dumps(getattr(secrets, step[0])(*step[1:])))
except KeyringError as error:
    print("told:", error)
"""


@pytest.fixture
def keyring() -> Iterator[Keyring]:
    with Keyring() as keyring:
        yield keyring


def run(keyring: Keyring, steps: str) -> list[str]:
    done = keyring.run([sys.executable, "-c", CODE, steps], cwd=ROOT, env={"PYTHONPATH": str(ROOT)})
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_secret_is_kept_replaced_and_taken_away(keyring: Keyring) -> None:
    steps = (
        '[["set", "a1", {"token": "one"}], ["get", "a1"], ["set", "a1", {"token": "two"}], ["get", "a1"],'
        ' ["delete", "a1"], ["get", "a1"], ["delete", "a1"]]'
    )
    assert run(keyring, steps) == ["null", '{"token": "one"}', "null", '{"token": "two"}', "null", "null", "null"]


def test_it_outlives_the_process(keyring: Keyring) -> None:
    run(keyring, '[["set", "a1", {"token": "kept"}]]')
    assert run(keyring, '[["get", "a1"], ["get", "another"]]') == ['{"token": "kept"}', "null"]


def test_a_locked_keyring_is_told_in_words(keyring: Keyring) -> None:
    run(keyring, '[["set", "a1", {"token": "kept"}]]')
    keyring.lock()
    (told,) = run(keyring, '[["get", "a1"]]')
    assert told.startswith("told:")
    assert "locked" in told
    keyring.unlock()
    assert run(keyring, '[["get", "a1"]]') == ['{"token": "kept"}']
