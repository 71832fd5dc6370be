"""The pins files: exact, hashed, right for each Python and system, and silent about where they were made."""

import re
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGING = ROOT / "packaging"
if str(PACKAGING) not in sys.path:
    sys.path.insert(0, str(PACKAGING))

import environment  # noqa: E402
import lock_pins  # noqa: E402


def pins(profile: str) -> dict[str, str]:
    """Return the pins of a file: the line with name, version and marker, and the hash lines below it."""
    text = environment.pins_file(ROOT, profile).read_text("utf-8")
    blocks = re.split(r"\n(?=\S)", text.split("\n", 1)[1])
    return {block.split("\n", 1)[0].rstrip(" \\"): block.partition("\n")[2] for block in blocks}


@pytest.mark.parametrize("profile", environment.PROFILES)
def test_every_pin_is_exact_and_has_hashes(profile: str) -> None:
    assert len(pins(profile)) > 20
    for pin, hashes in pins(profile).items():
        assert re.match(r"[a-z0-9-]+==[\w.]+( ; .+)?$", pin), pin
        lines = [line.strip(" \\") for line in hashes.splitlines()]
        assert lines, pin
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", line) for line in lines), pin


@pytest.mark.parametrize("name", ["run.in", "run.txt", "test.in", "test.txt"])
def test_requirements_name_no_address_and_no_path(name: str) -> None:
    text = (PACKAGING / "requirements" / name).read_text("utf-8").replace("-r run.in\n", "")
    assert lock_pins.leaks(text) == []


@pytest.mark.parametrize(
    "line",
    ["--index-url https://host/simple", "x @ file:///wheels/x.whl", "--find-links /wheels", "# via /home/a"],
)
def test_leaks_are_seen(line: str) -> None:
    assert lock_pins.leaks(f"click==1.0\n{line}\n") == [line]


@pytest.mark.parametrize("profile", environment.PROFILES)
def test_python_3_11_gets_a_qt_that_does_not_abort(profile: str) -> None:
    for name in ("pyside6-essentials", "shiboken6"):
        found = sorted(pin for pin in pins(profile) if pin.startswith(f"{name}=="))
        assert len(found) == 2
        assert re.match(rf"{name}==6\.11\.\d+ ; python_full_version < '3\.12'$", found[0])
        assert re.match(rf"{name}==6\.12\.\d+ ; python_full_version >= '3\.12'$", found[1])


def test_packages_of_one_system_are_marked_so() -> None:
    markers = {pin.split("==")[0]: pin.partition(" ; ")[2] for pin in pins("run")}
    assert "sys_platform == 'win32'" in markers["pywin32-ctypes"]
    for name in ("secretstorage", "jeepney", "cryptography", "cffi", "pycparser"):
        assert "sys_platform == 'linux'" in markers[name]


def test_test_pins_hold_the_run_pins() -> None:
    versions = {pin.split(" ; ")[0] for pin in pins("test")}
    assert {pin.split(" ; ")[0] for pin in pins("run")} <= versions


def test_pyproject_and_run_in_name_the_same_packages() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = (PACKAGING / "requirements" / "run.in").read_text("utf-8").splitlines()
    wanted = {line.replace('"', "'") for line in lines if line and not line.startswith("#")}
    assert set(project["dependencies"]) == wanted
