"""Where things are, and which lesson is meant."""

import ast

import pytest

from course import paths
from course.errors import CourseError

NAMES = ["00_before_you_start", "01_soft_lookup", "10_linear"]


@pytest.fixture
def folder(tmp_path):
    for name in [*NAMES, "notes", "1_no_lesson"]:
        (tmp_path / f"{name}.py").touch()
    return tmp_path


def test_lessons_are_those_with_two_digits_in_order(folder):
    assert paths.lesson_names(folder) == NAMES


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("1", NAMES[1]), ("01", NAMES[1]), ("10", NAMES[2]), ("0", NAMES[0]),
        ("01_soft_lookup", NAMES[1]), ("notebooks/01_soft_lookup.ipynb", NAMES[1]),
        ("01_an_old_name.py", NAMES[1]),
    ],
)  # fmt: skip
def test_a_lesson_is_found_by_its_number_its_name_or_a_file_of_it(folder, word, name):
    assert paths.find_lesson(word, folder) == name


@pytest.mark.parametrize("word", ["2", "001", "100", "", "soft", "-1"])
def test_what_names_no_lesson_is_answered_with_those_there_are(folder, word):
    with pytest.raises(CourseError, match="there are: 00_before_you_start, 01_soft_lookup, 10"):
        paths.find_lesson(word, folder)


def test_a_lesson_is_titled_by_its_first_heading_and_else_by_its_name():
    assert (
        paths.lesson_title("01_x", "text\n# 01 · Soft look-up\n# 02 · no\n") == "01 · Soft look-up"
    )
    assert paths.lesson_title("01_x", "## 01 · A part\n") == "01_x"
    for name in paths.lesson_names():
        assert paths.lesson_title(name).startswith(f"{name[:2]} · ")


@pytest.mark.parametrize("name", paths.lesson_names())
def test_the_exercises_of_a_lesson_are_those_that_its_code_checks_in_order(name):
    source = (paths.LESSONS / f"{name}.py").read_text("utf-8")
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    checks = [c for c in calls if isinstance(c.func, ast.Name) and c.func.id == "check"]
    practice = [c for c in checks if "points=0" in map(ast.unparse, c.keywords)]
    checks = [c for c in checks if c not in practice]  # what is written from memory counts nowhere
    asked = [check.args[0].value for check in sorted(checks, key=lambda check: check.lineno)]
    assert paths.lesson_exercises(name[:2]) == asked


def test_every_folder_that_is_named_is_there():
    assert all(p.is_dir() for p in (paths.LESSONS, paths.NOTEBOOKS, paths.SOLUTIONS, paths.QUIZZES))
    assert (paths.ROOT / "start.py").is_file()


def test_a_learners_files_lie_in_the_clone_unless_a_home_is_named(monkeypatch, tmp_path):
    monkeypatch.delenv("COURSE_HOME", raising=False)
    assert paths.home() == paths.ROOT
    monkeypatch.setenv("COURSE_HOME", str(tmp_path))
    assert paths.home() == tmp_path
