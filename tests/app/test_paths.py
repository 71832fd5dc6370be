from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from app.errors import StoreError
from app.paths import Paths

posix = pytest.mark.skipif(sys.platform == "win32", reason="rights are Windows' own")
not_root = pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write everywhere")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_an_override_holds_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARELANE_DATA", str(tmp_path / "env"))
    assert Paths.find().data == tmp_path / "env"
    paths = Paths.find(tmp_path / "x")
    assert paths.data == tmp_path / "x"
    assert all(tmp_path / "x" in folder.parents for folder in (paths.cache, paths.config, paths.logs))


def test_without_an_override_the_system_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CARELANE_DATA", raising=False)
    paths = Paths.find()
    assert all("carelane" in str(folder) for folder in (paths.data, paths.cache, paths.config, paths.logs))


@posix
def test_folders_and_files_are_their_owners_alone(tmp_path: Path) -> None:
    paths = Paths.find(tmp_path / "deep" / "data")
    old = os.umask(0)
    try:
        paths.ensure()
        made = paths.private(paths.data / "new.db")
    finally:
        os.umask(old)
    assert mode(paths.data) == mode(paths.logs) == 0o700
    assert mode(made) == 0o600


@posix
def test_rights_are_repaired(tmp_path: Path) -> None:
    paths = Paths.find(tmp_path / "data")
    paths.ensure()
    paths.data.chmod(0o755)
    file = paths.data / "store.db"
    file.write_text("kept")
    file.chmod(0o644)
    paths.ensure()
    paths.private(file)
    assert mode(paths.data) == 0o700
    assert mode(file) == 0o600
    assert file.read_text() == "kept"


def test_a_file_in_the_folders_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    for folder in (tmp_path / "data", tmp_path / "data" / "below"):
        with pytest.raises(StoreError, match="file lies where a folder"):
            Paths.find(folder).ensure()


def test_a_folder_in_a_files_place_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        Paths.find(tmp_path).private(tmp_path)


@posix
@not_root
def test_a_read_only_folder_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StoreError, match="may not write"):
            Paths.find(tmp_path / "data").ensure()
    finally:
        tmp_path.chmod(0o700)


def test_an_unwritable_folder_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(StoreError, match="may not write"):
        Paths.find(tmp_path / "data").ensure()
