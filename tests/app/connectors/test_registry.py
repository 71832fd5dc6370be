"""Every platform is found by its file, costs nothing until asked for, and comes with tests, data and an icon."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from app.connectors import connector_class, connectors, platforms

ROOT = Path(__file__).parents[3]
FAMILIES = {  # share the parts `_<family>_*.py`
    "google": ("google_reviews", "youtube"),
    "meta": ("facebook", "instagram", "threads"),
}


def test_platforms_are_the_files() -> None:
    found = platforms()
    assert "mastodon" in found
    assert found == sorted(found)
    assert not [name for name in found if name == "base" or name.startswith("_")]


def test_names_cost_no_import() -> None:
    """The window asks for the names before its first paint."""
    code = (
        "import sys; from app.connectors import platforms; names = platforms(); "
        "sys.exit(any(f'app.connectors.{n}' in sys.modules for n in [*names, 'base']) or 'httpx' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_importing_a_connector_leaves_the_network_alone() -> None:
    code = "import sys; from app.connectors import connector_class; connector_class('mastodon'); " + (
        "sys.exit('httpx' in sys.modules or 'oauthlib' in sys.modules or 'nh3' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_an_unknown_platform() -> None:
    with pytest.raises(KeyError):
        connector_class("base")
    with pytest.raises(KeyError):
        connectors()["friendfeed"]
    assert "friendfeed" not in connectors()


@pytest.mark.parametrize("platform", platforms())
def test_a_platform_is_complete(platform: str) -> None:
    cls = connectors()[platform]
    assert cls.platform == platform
    assert cls.form.fields is not None
    assert (ROOT / f"resources/icons/{platform}.svg").is_file()
    assert (ROOT / f"tests/app/connectors/test_{platform}.py").is_file()
    data = ROOT / "tests/data" / platform
    assert data.is_dir()
    assert any(data.iterdir())


def _imported(path: Path) -> set[str]:
    """The modules of app.connectors that a file imports, however it writes it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            start = "app.connectors" + ("." if node.module else "") if node.level else ""
            module = start + (node.module or "")
            found |= {f"{module}.{alias.name}" for alias in node.names} if module == "app.connectors" else {module}
    return {name.split(".")[2] for name in found if name.startswith("app.connectors.")}


@pytest.mark.parametrize("path", sorted((ROOT / "app/connectors").glob("*.py")), ids=lambda path: path.stem)
def test_platforms_do_not_know_each_other(path: Path) -> None:
    """A platform is `x.py`, and `_x_*.py` where one file would be too long; it imports those and the contract."""
    if path.stem in ("__init__", "base"):
        assert not _imported(path) - {"base"}
        return
    platform = path.stem.lstrip("_").split("_")[0]
    assert platform in platforms() or platform in FAMILIES
    parts = [f"_{platform}_", *(f"_{family}_" for family, members in FAMILIES.items() if platform in members)]
    others = {name for name in _imported(path) - {"base", platform} if not name.startswith(tuple(parts))}
    assert not others
