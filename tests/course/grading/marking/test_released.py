"""Exercises and points are those that were given out, whatever somebody wrote into notebooks/."""

import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from course import paths
from course.cells.seal import is_sealed
from course.cells.source import checks_called
from course.errors import CourseError
from course.grading.gradescope.archive import write_archive
from course.grading.journal import fingerprint
from course.grading.marking import plan
from course.grading.marking.released import lesson_names, released
from course.grading.report import Options
from course.grading.reports import titles

LESSON = "01_attention_is_a_soft_lookup"
CACHES = (released, lesson_names, plan.release, titles._prose, fingerprint)
Edit = Callable[[Callable[[dict[str, Any]], None]], None]


@pytest.fixture
def notebooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of notebooks/ to write into."""
    folder = tmp_path / "notebooks"
    shutil.copytree(paths.NOTEBOOKS, folder, ignore=shutil.ignore_patterns(".*"))
    monkeypatch.setattr(paths, "NOTEBOOKS", folder)
    _forget()
    yield folder
    monkeypatch.undo()
    _forget()


def _forget() -> None:
    for cached in CACHES:
        cached.cache_clear()


@pytest.fixture
def edit(notebooks: Path) -> Edit:
    """Change a lesson's notebook, as an instructor does who works through it."""

    def edit(change: Callable[[dict[str, Any]], None]) -> None:
        path = notebooks / f"{LESSON}.ipynb"
        content = json.loads(path.read_bytes())
        change(content)
        path.write_text(json.dumps(content), encoding="utf-8")
        _forget()

    return edit


def one_check_deleted_and_one_at_thirty_points(content: dict[str, Any]) -> None:
    content["cells"][:] = [cell for cell in content["cells"] if cell["id"] != "check-01-3"]
    _thirty_points(content)
    check = _cell(content, "check-01-4")
    check["source"] = "".join(check["source"]).replace("points=3", "points=30")


def _thirty_points(content: dict[str, Any]) -> None:
    _cell(content, "check-01-4")["metadata"]["nbgrader"]["points"] = 30


def _cell(content: dict[str, Any], cell_id: str) -> dict[str, Any]:
    (cell,) = (cell for cell in content["cells"] if cell["id"] == cell_id)
    return cell


def test_what_somebody_wrote_into_a_notebook_changes_no_marks(edit: Edit, notebook, grade):
    before = plan.release("01"), titles.title("01.3"), fingerprint()
    edit(one_check_deleted_and_one_at_thirty_points)
    assert not is_sealed(json.loads((paths.NOTEBOOKS / f"{LESSON}.ipynb").read_bytes()))
    assert (plan.release("01"), titles.title("01.3"), fingerprint()) == before
    assert notebook.points(grade(notebook())) == notebook.FULL


@pytest.mark.parametrize(
    "change",
    [
        _thirty_points,
        lambda content: _cell(content, "check-01-3").update(metadata={}),
        lambda content: _cell(content, "check-01-3").update(outputs=["seen"], execution_count=3),
    ],
)
def test_what_the_seal_does_not_hold_changes_no_marks_either(edit: Edit, change):
    before = plan.release("01").points, plan.release("01").checks
    edit(change)
    assert is_sealed(json.loads((paths.NOTEBOOKS / f"{LESSON}.ipynb").read_bytes()))
    assert (plan.release("01").points, plan.release("01").checks) == before


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"metadata": {"course": {"seal": 1}}}'])
def test_a_notebook_that_is_none_any_more_is_made_anew(notebooks: Path, text: str):
    before = plan.release("01")
    (notebooks / f"{LESSON}.ipynb").write_text(text)
    _forget()
    assert plan.release("01") == before


def test_a_copy_beside_a_notebook_is_no_lesson(notebooks: Path):
    shutil.copy(notebooks / f"{LESSON}.ipynb", notebooks / f"{LESSON}-Copy1.ipynb")
    (notebooks / f"{LESSON}.ipynb").unlink()
    _forget()
    assert list(plan.release("01").points) == ["01.1", "01.2", "01.3", "01.4", "01.5"]


def test_without_lessons_a_written_in_notebook_is_refused_with_the_way_out(
    edit: Edit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(paths, "LESSONS", tmp_path)
    edit(lambda content: None)
    assert sum(plan.release("01").points.values()) == 11
    edit(one_check_deleted_and_one_at_thirty_points)
    with pytest.raises(CourseError, match=rf"git checkout notebooks/{LESSON}\.ipynb"):
        plan.release("01")


def test_an_autograder_gets_the_notebooks_that_were_given_out(edit: Edit, tmp_path: Path):
    edit(one_check_deleted_and_one_at_thirty_points)
    (paths.NOTEBOOKS / f"{LESSON}-Copy1.ipynb").write_text("{}")
    write_archive(tmp_path / "a.zip", Options())
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        names = [n for n in archive.namelist() if n.startswith("notebooks/")]
        assert names == [f"notebooks/{name}.ipynb" for name in lesson_names()]
        assert all(is_sealed(json.loads(archive.read(name))) for name in names)


@pytest.mark.parametrize("name", lesson_names())
def test_the_texts_name_the_checks_that_the_metadata_name(name: str):
    release = plan.release(name[:2])
    marked = {
        cell["metadata"]["nbgrader"]["grade_id"]: (
            checks_called("".join(cell["source"]))[0],
            cell["metadata"]["nbgrader"]["points"],
        )
        for cell in released(name)["cells"]
        if cell["metadata"].get("nbgrader", {}).get("grade")
    }
    found = {
        check.check_id: (check.exercise, release.points[check.exercise])
        for check in release.checks.values()
    }
    assert found == marked
