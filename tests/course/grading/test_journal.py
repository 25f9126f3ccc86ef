"""A mark is kept only while all that it rests on is as it was."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from course import paths
from course.grading import journal

pytestmark = pytest.mark.slow  # `--fast` leaves it out

GRADING = """
import json, sys
from pathlib import Path
from course.grading import command
from course.grading.workers import pool
from course.grading.sandbox import hand_in_process
from course.grading.sandbox import forkserver
from course.grading.marking import grade
from course.grading.report import HandIn, Options
path = Path(sys.argv[1])
report = grade.grade_one(HandIn("a", "a", path.read_bytes()), Options(cell_seconds=60))
assert report.points == report.max_points, report
grade.close_forkserver()
files = {getattr(module, "__file__", None) for module in sys.modules.values()}
print(json.dumps(sorted(file for file in files if file)))
"""


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of what the fingerprint looks at."""
    shutil.copytree(
        paths.ROOT / "lib", tmp_path / "lib", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(paths.ROOT / "requirements.txt", tmp_path)
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    return tmp_path


def fingerprint() -> str:
    """The real one, not the one that this process remembers."""
    return journal.fingerprint.__wrapped__()


def test_a_change_to_any_module_that_marking_imports_changes_the_fingerprint(
    walls: None, course: Path
):
    lib = paths.LESSONS.parent / "lib"
    solution = next(paths.SOLUTIONS.glob("01_*.ipynb"))
    answer = subprocess.run(
        [sys.executable, "-c", GRADING, str(solution)], capture_output=True, text=True, check=True
    )
    files = (Path(file) for file in json.loads(answer.stdout.splitlines()[-1]))
    imported = [path.relative_to(lib) for path in files if path.is_relative_to(lib)]
    names = {path.as_posix() for path in imported}
    assert {
        "course/cells/source.py",
        "course/cells/placeholder.py",
        "course/checks/lesson_01/weights.py",
    } <= names
    before = fingerprint()
    for path in imported:
        file = course / "lib" / path
        text = file.read_bytes()
        file.write_bytes(text + b"\n# another\n")
        assert fingerprint() != before, path
        file.write_bytes(text)
    assert fingerprint() == before


@pytest.mark.parametrize(
    "file",
    [
        "attn/core.py", "course/cells/source.py", "course/checking/judge.py",
        "course/checks/lesson_01/weights.py", "course/grading/marking/needed_cells.py",
        "course/grading/sandbox/closed_functions.toml",
    ],
)  # fmt: skip
def test_a_letter_more_in_what_decides_a_mark_changes_the_fingerprint(course: Path, file: str):
    before = fingerprint()
    path = course / "lib" / file
    path.write_bytes(path.read_bytes() + b"\n")
    assert fingerprint() != before


def test_a_module_that_is_new_or_gone_changes_the_fingerprint(course: Path):
    before = fingerprint()
    (course / "lib" / "course" / "new.py").touch()
    assert fingerprint() != before
    (course / "lib" / "course" / "new.py").unlink()
    (course / "lib" / "course" / "errors.py").unlink()
    assert fingerprint() != before


def test_another_version_of_what_the_lock_names_changes_the_fingerprint(
    course: Path, monkeypatch: pytest.MonkeyPatch
):
    before = fingerprint()
    real = journal.version
    for library in ("torch", "numpy", "ipython", "matplotlib"):
        with monkeypatch.context() as patch:
            patch.setattr(
                journal, "version", lambda name, of=library: "0" if name == of else real(name)
            )
            assert fingerprint() != before, library
    with monkeypatch.context() as patch:
        patch.setattr(journal, "version", lambda name: "0" if name == "nbgrader" else real(name))
        assert fingerprint() == before
