from __future__ import annotations

import sys

import keyring.backend
import keyring.backends.fail
import keyring.backends.null
import keyring.core
import keyring.errors
import pytest

from app.errors import KeyringError
from app.secrets import MemorySecrets, Secrets, SecretStore

SECRET = {"token": "s3cret-" + "x" * 20, "word": "Grüße"}


class Ring(keyring.backend.KeyringBackend):
    """A keyring in memory that can fail and that can refuse long entries, as Windows does."""

    priority = 1  # type: ignore[assignment]

    def __init__(self, longest: int = 10**9) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.longest = longest
        self.fail: Exception | None = None
        self.writes_left = 10**9

    def get_password(self, service: str, username: str) -> str | None:
        if self.fail:
            raise self.fail
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.fail:
            raise self.fail
        if not self.writes_left or len(password.encode("utf-16-le")) > self.longest:
            raise keyring.errors.PasswordSetError("no")
        self.writes_left -= 1
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.kept:
            raise keyring.errors.PasswordDeleteError("not there")
        del self.kept[service, username]


@pytest.mark.parametrize("make", [MemorySecrets, lambda: Secrets("folder", backend=Ring())])
async def test_kept_read_and_removed(make: type[MemorySecrets]) -> None:
    secrets: SecretStore = make()
    assert secrets.get("a1") is None
    secrets.set("a1", SECRET)
    assert secrets.get("a1") == SECRET
    assert secrets.get("a2") is None
    secrets.delete("a1")
    secrets.delete("a1")
    assert secrets.get("a1") is None
    await secrets.aset("a1", SECRET)
    assert await secrets.aget("a1") == SECRET
    await secrets.adelete("a1")
    assert await secrets.aget("a1") is None


def test_data_folders_do_not_meet() -> None:
    ring = Ring()
    Secrets("one", backend=ring).set("a", SECRET)
    assert Secrets("two", backend=ring).get("a") is None
    assert list(ring.kept) == [("Carelane", "one/a")]


def test_long_secrets_fit_a_windows_keyring() -> None:
    ring = Ring(longest=2560)
    secrets = Secrets("f", backend=ring, chunk=1200)
    long = {"token": "é" * 3000}
    secrets.set("a", long)
    assert secrets.get("a") == long
    secrets.set("a", {"token": "y" * 5000})
    secrets.set("a", long)
    assert secrets.get("a") == long
    secrets.set("a", SECRET)
    assert secrets.get("a") == SECRET
    assert len(ring.kept) == 1
    secrets.set("a", long)
    secrets.delete("a")
    assert not ring.kept


@pytest.mark.parametrize("writes", range(4))
def test_a_crash_while_writing_leaves_the_old_secret(writes: int) -> None:
    ring = Ring(longest=2560)
    secrets = Secrets("f", backend=ring, chunk=1200)
    old, new = {"token": "o" * 3000}, {"token": "n" * 3000}
    secrets.set("a", old)
    ring.writes_left = writes  # three parts, then the entry that names them
    if writes < 4:
        with pytest.raises(KeyringError):
            secrets.set("a", new)
    ring.writes_left = 100
    assert Secrets("f", backend=ring, chunk=1200).get("a") == old


def test_a_secret_with_a_part_missing_is_none() -> None:
    ring = Ring()
    secrets = Secrets("f", backend=ring, chunk=50)
    secrets.set("a", {"token": "x" * 200})
    del ring.kept[next(key for key in ring.kept if key[1].endswith(".1"))]
    assert secrets.get("a") is None


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "carelane-chunks:", "carelane-chunks:x:-1"])
def test_a_damaged_secret_is_none(text: str) -> None:
    ring = Ring()
    ring.kept["Carelane", "f/a"] = text
    secrets = Secrets("f", backend=ring)
    assert secrets.get("a") is None
    secrets.delete("a")
    assert not ring.kept


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (keyring.errors.NoKeyringError("x"), "no system keychain"),
        (keyring.errors.InitError("x"), "no system keychain"),
        (keyring.errors.KeyringLocked("x"), "locked"),
        (keyring.errors.KeyringError("x"), "refused"),
        (OSError("bus died"), "refused"),
    ],
)
def test_failures_are_told_in_plain_words(error: Exception, words: str) -> None:
    ring = Ring()
    ring.fail = error
    secrets = Secrets("f", backend=ring)
    with pytest.raises(KeyringError, match=words):
        secrets.get("a")
    with pytest.raises(KeyringError, match=words) as told:
        secrets.set("a", SECRET)
    assert SECRET["token"] not in str(told.value)


@pytest.mark.parametrize("name", ["keyring.backends.fail.Keyring", "keyring.backends.null.Keyring", "no.such.Ring"])
def test_a_backend_that_keeps_nothing_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", name)
    with pytest.raises(KeyringError, match="no system keychain"):
        Secrets("f").set("a", SECRET)


def test_the_platforms_backend_is_named_and_a_search_is_the_last_resort(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND", raising=False)
    monkeypatch.setattr(keyring.core, "load_config", lambda: None)
    monkeypatch.setattr(sys, "platform", "linux")
    asked: list[str] = []
    ring = Ring()

    def load(name: str) -> Ring:
        asked.append(name)
        return ring

    def unviable(name: str) -> Ring:
        raise RuntimeError(name)

    monkeypatch.setattr(keyring.core, "load_keyring", load)
    secrets = Secrets("f", chunk=0)
    secrets.set("a", SECRET)
    assert secrets.get("a") == SECRET
    assert secrets.name()
    assert asked == ["keyring.backends.SecretService.Keyring"]

    monkeypatch.setattr(keyring.core, "load_keyring", unviable)
    monkeypatch.setattr(keyring.core, "get_keyring", lambda: ring)
    assert Secrets("f", chunk=0).get("a") == SECRET
    for nothing in (keyring.backends.null.Keyring(), keyring.backends.fail.Keyring()):  # type: ignore[no-untyped-call]
        monkeypatch.setattr(keyring.core, "get_keyring", lambda nothing=nothing: nothing)
        with pytest.raises(KeyringError, match="Install gnome-keyring"):
            Secrets("f", chunk=0).get("a")
