"""docs/platforms.md says what the connectors say, no less and no more."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from app.connectors import platforms

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def table() -> ModuleType:
    spec = importlib.util.spec_from_file_location("platform_table", ROOT / "packaging" / "platform_table.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_up_to_date(table: ModuleType) -> None:
    written = (ROOT / "docs" / "platforms.md").read_text("utf-8")
    assert written == table.page(), "run: python3 packaging/dev.py docs"


def test_every_platform_is_on_it_with_all_that_it_says(table: ModuleType) -> None:
    text = table.page()
    for platform in platforms():
        one = table.able(platform)
        assert table._name(platform, one) in text, platform
        for sentence in one.notes:
            assert sentence in text, platform
            assert sentence.endswith("."), platform
        for meter in one.meters:
            assert meter.title in text, (platform, meter.unit)
        if one.streams and platform != "practice":
            assert one.kinds, f"{platform} does not say what it brings"


def test_checking_writes_nothing(table: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "platforms.md"
    monkeypatch.setattr(table, "PAGE", page)
    assert table.main(["--check"]) == 1
    assert not page.exists()
    assert table.main([]) == 0
    assert table.main(["--check"]) == 0
