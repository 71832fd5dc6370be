"""dev.py: what it installs, when it installs nothing, and what it says where it cannot."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGING = ROOT / "packaging"
if str(PACKAGING) not in sys.path:
    sys.path.insert(0, str(PACKAGING))

import dev  # noqa: E402
import environment  # noqa: E402
import os_packages  # noqa: E402
import stages  # noqa: E402


class Commands:
    """Stands in for the commands that the set-up calls: makes what they would make, and counts them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.calls: list[list[str]] = []
        self.failing = ""  # a word of the command that shall fail
        self.interrupted = ""

    def __call__(self, command: list[str]) -> int:
        self.calls.append(command)
        if self.interrupted and self.interrupted in command:
            raise KeyboardInterrupt
        if self.failing and self.failing in command:
            return 1
        if command[1:3] == ["-m", "venv"]:
            python = environment.venv_python(self.root / ".venv")
            version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
            for folder in ("Lib/site-packages",) if os.name == "nt" else (f"lib/{version}/site-packages",):
                (self.root / ".venv" / folder).mkdir(parents=True)
            python.parent.mkdir(parents=True)
            python.touch()
        return 0

    def did(self, word: str) -> int:
        return sum(word in call for call in self.calls)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository of its own, with one pin for running and one more for testing."""
    folder = tmp_path / "a folder"
    (folder / "packaging" / "requirements").mkdir(parents=True)
    write_pins(folder, "run", "click==1.0")
    write_pins(folder, "test", "click==1.0", "pytest==2.0")
    return folder


@pytest.fixture
def commands(root: Path) -> Commands:
    return Commands(root)


def write_pins(folder: Path, profile: str, *pins: str) -> None:
    path = environment.pins_file(folder, profile)
    path.write_text("".join(f"{pin} \\\n    --hash=sha256:00\n" for pin in pins), "utf-8")


def test_cold_start_makes_the_venv_and_installs_with_hashes(root: Path, commands: Commands) -> None:
    python = environment.ensure("run", root, commands)
    assert python == environment.venv_python(root / ".venv")
    assert commands.did("venv") == 1
    [install] = [call for call in commands.calls if "install" in call]
    assert "--require-hashes" in install
    assert install[-1].endswith("run.txt")


def test_warm_start_calls_nothing(root: Path, commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    environment.ensure("test", root, commands)
    commands.calls.clear()

    def forbidden(*args: object, **kwargs: object) -> None:
        raise AssertionError("a warm start must start no program")

    monkeypatch.setattr(subprocess, "Popen", forbidden)
    monkeypatch.setattr(environment, "only_one", forbidden)
    environment.ensure("test", root, commands)
    environment.ensure("run", root, commands)  # which needs less
    assert commands.calls == []


def test_changed_pins_are_installed_in_place_and_the_old_ones_removed(root: Path, commands: Commands) -> None:
    environment.ensure("run", root, commands)
    write_pins(root, "run", "httpx==1.0")
    commands.calls.clear()
    environment.ensure("run", root, commands)
    assert commands.did("venv") == 0
    assert commands.did("install") == 1
    [uninstall] = [call for call in commands.calls if "uninstall" in call]
    assert uninstall[-1] == "click"


def test_tests_after_a_run_add_their_packages_and_a_later_run_keeps_them(root: Path, commands: Commands) -> None:
    environment.ensure("run", root, commands)
    environment.ensure("test", root, commands)
    assert commands.did("venv") == 1
    assert commands.calls[-1][-1].endswith("test.txt")
    write_pins(root, "run", "click==1.1")
    write_pins(root, "test", "click==1.1", "pytest==2.0")
    environment.ensure("run", root, commands)
    assert commands.did("uninstall") == 0
    assert commands.calls[-1][-1].endswith("test.txt")


@pytest.mark.parametrize("word", ["venv", "install"])
def test_interrupted_set_up_starts_over(root: Path, commands: Commands, word: str) -> None:
    commands.interrupted = word
    with pytest.raises(KeyboardInterrupt):
        environment.ensure("run", root, commands)
    (root / ".venv" / "half").touch()
    commands.interrupted = ""
    commands.calls.clear()
    environment.ensure("run", root, commands)
    assert commands.did("venv") == 1
    assert commands.did("install") == 1
    assert not (root / ".venv" / "half").exists()


def test_interrupted_update_starts_over(root: Path, commands: Commands) -> None:
    environment.ensure("run", root, commands)
    write_pins(root, "run", "click==1.1")
    commands.interrupted = "install"
    with pytest.raises(KeyboardInterrupt):
        environment.ensure("run", root, commands)
    commands.interrupted = ""
    environment.ensure("run", root, commands)
    assert commands.did("venv") == 2


def test_update_without_network_keeps_what_works(root: Path, commands: Commands) -> None:
    environment.ensure("run", root, commands)
    write_pins(root, "run", "click==1.1")
    commands.failing = "install"
    with pytest.raises(environment.SetUpError, match="network"):
        environment.ensure("run", root, commands)
    commands.failing = ""
    environment.ensure("run", root, commands)
    assert commands.did("venv") == 1


@pytest.mark.parametrize("stamp", ["", "[]", "{", '{"state": "ready"}'])
def test_stamp_that_cannot_be_read_starts_over(root: Path, commands: Commands, stamp: str) -> None:
    environment.ensure("run", root, commands)
    (root / ".venv" / environment.STAMP).write_text(stamp, "utf-8")
    environment.ensure("run", root, commands)
    assert commands.did("venv") == 2


@pytest.mark.parametrize("change", ["python", "machine", "folder", "layout"])
def test_venv_of_another_python_or_place_is_made_anew(root: Path, commands: Commands, change: str) -> None:
    environment.ensure("run", root, commands)
    stamp = environment.read_stamp(root / ".venv")
    assert stamp is not None
    environment.write_stamp(root / ".venv", {**stamp, change: "another"})
    environment.ensure("run", root, commands)
    assert commands.did("venv") == 2


def test_venv_whose_python_is_gone_is_made_anew(root: Path, commands: Commands) -> None:
    environment.ensure("run", root, commands)
    environment.venv_python(root / ".venv").unlink()
    environment.ensure("run", root, commands)
    assert commands.did("venv") == 2


def test_python_without_ensurepip_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(os_packages, "apt_is_here", lambda: True)
    monkeypatch.setattr(os_packages, "is_root", lambda: False)
    monkeypatch.setattr(os_packages, "names_here", lambda names, output: names)
    with pytest.raises(environment.SetUpError, match=rf"apt-get install -y python3\.{sys.version_info[1]}-venv"):
        environment.need_ensurepip()


@pytest.mark.skipif(os.name == "nt", reason="the script is for a POSIX shell")
def test_carelane_command_runs_from_any_folder(root: Path, commands: Commands, tmp_path: Path) -> None:
    environment.ensure("run", root, commands)
    python = environment.venv_python(root / ".venv")
    python.unlink()
    python.symlink_to(sys.executable)
    (root / "app").mkdir()
    (root / "app" / "__init__.py").touch()
    (root / "app" / "cli.py").write_text("import sys\n\ndef main():\n    print(sys.argv)\n    return 7\n")
    (tmp_path / "app").mkdir()  # in the way, were the current folder on the path
    answer = subprocess.run(
        [python.parent / "carelane", "feed", "two words"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(root)},  # this fake .venv has no site-packages of its own
        capture_output=True,
        text=True,
        check=False,
    )
    assert (answer.stdout, answer.returncode) == ("['carelane', 'feed', 'two words']\n", 7), answer.stderr
    [path_file] = (root / ".venv").rglob("carelane.pth")
    assert path_file.read_text("utf-8") == f"{root}\n"


LISTING = """\
installed\tlibegl1\t
installed\tlibglib2.0-0t64\tlibglib2.0-0 (= 2.80.0-6ubuntu3)
installed\tlibcurl4t64\t
installed\tnodejs\tnodejs-dev, nodejs-doc, npm
config-files\tredis-server\t
not-installed\txvfb\t
installed\tlibqux1\tlibquux1:any (= 1), libcorge (= 2)
"""


def test_installed_packages_answer_to_their_old_and_provided_names() -> None:
    wanted = [
        "libegl1",
        "libglib2.0-0",
        "libcurl4",
        "npm",
        "redis-server",
        "xvfb",
        "libquux1",
        "libcorge",
        "gcc",
    ]
    assert os_packages.missing(wanted, lambda command: LISTING) == ["redis-server", "xvfb", "gcc"]


def test_line_to_type_uses_the_names_of_this_release() -> None:
    shown = "Package: libegl1\nPackage: libglib2.0-0t64\nPackage: libfoo\nPackage: libfoot64\n"
    line = os_packages.install_line(["libegl1", "libglib2.0-0", "libfoo", "unknown"], lambda command: shown)
    assert line == ("sudo apt-get update && sudo apt-get install -y libegl1 libglib2.0-0t64 libfoo unknown")


@pytest.fixture
def debian(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """A Debian where only libegl1 is installed; the answer is the list of what apt was told to install."""
    told: list[list[str]] = []
    listing = ["installed\tlibegl1\t\n"]

    def apt_install(names: list[str]) -> bool:
        told.append(names)
        listing.extend(f"installed\t{name}\t\n" for name in names)
        return True

    monkeypatch.setattr(os_packages, "apt_is_here", lambda: True)
    monkeypatch.setattr(os_packages, "apt_install", apt_install)
    monkeypatch.setattr(os_packages, "names_here", lambda names, output: names)
    real = os_packages.missing
    monkeypatch.setattr(os_packages, "missing", lambda wanted: real(wanted, lambda command: "".join(listing)))
    return told


def test_root_installs_what_is_missing(debian: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os_packages, "is_root", lambda: True)
    assert os_packages.ensure(["libegl1", "libgl1"], ["fonts"]) == []
    assert debian == [["libgl1", "fonts"]]


def test_others_are_told_the_line(
    debian: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os_packages, "is_root", lambda: False)
    assert os_packages.ensure(["libegl1", "libgl1"], ["fonts"]) == ["libgl1"]
    assert debian == []
    assert "\n    sudo apt-get update && sudo apt-get install -y libgl1 fonts\n" in capsys.readouterr().out


def test_missing_fonts_alone_are_no_news(
    debian: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os_packages, "is_root", lambda: False)
    assert os_packages.ensure(["libegl1"], ["fonts"]) == []
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("version", "fits"), [((3, 10), False), ((3, 11), True), ((3, 13), True), ((3, 14), False)])
def test_supported_pythons(version: tuple[int, int], fits: bool) -> None:
    assert dev.fits(version) is fits


def test_python_that_does_not_fit_is_told_plainly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dev, "other_python", lambda: None)
    monkeypatch.setattr(dev, "fits", lambda version: False)
    assert dev.main(["run"]) == 1
    assert capsys.readouterr().out.startswith("Carelane needs Python 3.11, 3.12 or 3.13. This is Python 3.")


def test_dev_itself_can_be_read_by_an_old_python() -> None:
    ast.parse((PACKAGING / "dev.py").read_text("utf-8"), feature_version=(3, 6))


def stage(name: str, code: str, **more: object) -> stages.Stage:
    return stages.Stage(name, (sys.executable, "-c", code), **more)  # type: ignore[arg-type]


def test_later_stages_run_after_a_failure(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI", raising=False)
    chosen = [stage("first", "raise SystemExit(3)"), stage("second", "print('here')")]
    assert stages.run_all(chosen, tmp_path) == 1
    out = capfd.readouterr().out
    assert "first: FAILED" in out
    assert "here" in out
    assert re.search(r"first +failed +\d+\.\d s\n +second +passed +\d+\.\d s", out)


@pytest.mark.skipif(sys.platform != "linux", reason="only there are system packages asked for")
def test_stage_without_its_packages_is_never_green_in_ci(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os_packages, "names_here", lambda names, output: names)
    chosen = [stage("live tests", "print('here')", packages=("xvfb", "gcc"), linux_only=True)]
    monkeypatch.setenv("CI", "true")
    assert stages.run_all(chosen, tmp_path, ["xvfb"]) == 1
    monkeypatch.delenv("CI")
    assert stages.run_all(chosen, tmp_path, ["xvfb"]) == 0
    out = capfd.readouterr().out
    assert "NOT RUN: live tests" in out
    assert "apt-get install -y xvfb\n" in out
    assert "here" not in out


def test_stage_that_hangs_is_ended(tmp_path: Path) -> None:
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"
    result = stages.run_stage(stage("hangs", code, minutes=0.005), tmp_path)
    assert result.outcome == "failed"
    assert "was ended" in result.note


@pytest.mark.parametrize(("chosen", "outcome"), [(True, "skipped"), (False, "failed")])
def test_no_test_is_a_failure_unless_the_person_chose(tmp_path: Path, chosen: bool, outcome: str) -> None:
    command = (sys.executable, "-c", f"raise SystemExit({stages.NO_TESTS})", "pytest")
    assert stages.run_stage(stages.Stage("unit", command, may_be_empty=chosen), tmp_path).outcome == outcome


def test_no_module_beside_dev_hides_one_of_pythons() -> None:
    names = {path.stem for path in PACKAGING.glob("*.py")}
    assert not names & set(sys.stdlib_module_names)
    assert "__init__" not in names  # it would hide the packaging library from pytest
