"""Pictures and spelling in the composer, by the runtime as the window has it."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from app.domain import Account, Client, Profile
from app.errors import GoneError, InputError
from app.paths import Paths
from app.runtime import Runtime
from app.secrets import MemorySecrets
from app.store import accounts as rows
from tests.app.platform import FakeClock, FakePool, Platform, mention

DATA = Path(__file__).parents[1] / "data" / "spelling"


@pytest.fixture
def world() -> Iterator[Platform]:
    world = Platform(FakeClock(datetime.now(UTC)))
    world.able = {"max_pictures": 4, "picture_side": 100}
    return world


@pytest.fixture
async def core(tmp_path: Path, world: Platform, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Runtime]:
    monkeypatch.setenv("DICPATH", str(DATA))
    core = Runtime(Paths.find(tmp_path / "data"), secrets=MemorySecrets())
    pool = FakePool(world)
    core.pool.get, core.pool.capabilities = pool.get, pool.capabilities  # type: ignore[assignment, method-assign]
    now = datetime.now(UTC)
    profile = Profile(agent="Siobhan", words=("Kringelmuffin",), domains=("maplerye.example",))

    def add(db: object) -> None:
        rows.add_client(db, Client("c1", "Maple & Rye", "#d9a441", "UTC", "", now, profile))  # type: ignore[arg-type]
        account = Account("a1", "c1", "fake", "https://example.social", "me", "@maplerye", "Maple & Rye")
        rows.add_account(db, account, now - timedelta(days=1))  # type: ignore[arg-type]

    core.db.submit(add).result()
    world.mentions.append(mention("m1", "Is it open today?", now))
    await core.puller.pull("a1")
    yield core
    await core.stop()


async def test_a_picture_is_made_for_the_conversations_platform(core: Runtime, world: Platform) -> None:
    out = io.BytesIO()
    Image.new("RGB", (400, 200), "red").save(out, "PNG")
    picture = await core.composing.add_picture("1", out.getvalue(), "oven.png")
    assert (picture.width, picture.height) == (100, 50)
    assert len(await core.composing.picture(picture.id)) == picture.size
    assert os.listdir(core.paths.data / "outgoing") == [picture.id]
    with pytest.raises(InputError, match=r"“menu\.txt” is not a picture"):
        await core.composing.add_picture("1", b"We open at eight.", "menu.txt")
    with pytest.raises(GoneError, match="no longer here"):
        await core.composing.add_picture("99", out.getvalue(), "oven.png")
    with pytest.raises(GoneError):
        await core.composing.picture("0" * 64)
    world.able = {}
    with pytest.raises(InputError, match="Fake takes no pictures"):
        await core.composing.add_picture("1", out.getvalue(), "oven.png")


async def test_names_of_the_client_and_the_contact_are_no_mistakes(core: Runtime) -> None:
    found = core.db.reader().execute("SELECT author, handle FROM conversation").fetchone()
    text = f"Hello {found[0]}, order the Kringelmuffin on maplerye, Siobhan recieve"
    assert "en-GB" in core.composing.spelling_languages()
    places = await core.composing.misspelt(text, "en-GB", "1")
    assert [text[start:end] for start, end in places] == ["recieve"]
    assert (await core.composing.corrections("recieve", "en-GB"))[0] == "receive"
    await core.composing.learn_word("recieve", "en-GB")
    assert await core.composing.misspelt(text, "en-GB", "1") == []
    assert len(await core.composing.misspelt("Xandrina " + found[0], "en-GB")) >= 1


def test_neither_is_imported_before_it_is_needed() -> None:
    late = ("PIL", "hunspell", "regex", "app.attachments", "app.spelling")
    script = f"import sys, ui.window, app.runtime; print([name for name in {late!r} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert found.stdout.strip() == "[]"
