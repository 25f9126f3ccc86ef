"""`course update NEW.zip`, in a folder that git does not know."""

import shutil
import zipfile
from pathlib import Path

import pytest
from tests.course.upkeep.small_course import LESSON, NEWER, answer, notebook_at, put_lesson

from course.errors import CourseError
from course.upkeep import archive
from course.upkeep.archive import update_from
from course.upkeep.backup import Backup
from course.upkeep.update import NEWEST

NOTEBOOK = "notebooks/01_tiny.ipynb"
ANSWER = "    return x + x  # mine"


@pytest.fixture
def whole(course: Path) -> Path:
    """The small course with all that a zip file of it has."""
    complete(course)
    return course


def complete(root: Path) -> None:
    for place in ("start.py", "lib/course/__init__.py", "lib/course/old.py"):
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        (root / place).write_text("# of the course\n")


def zipped(root: Path, name: str = "new.zip", top: str = "course-main/") -> Path:
    file = root.with_name(name)
    with zipfile.ZipFile(file, "w") as made:
        for path in sorted(root.rglob("*")):
            if path.is_file():
                made.write(path, top + path.relative_to(root).as_posix())
    return file


@pytest.fixture
def newer(whole: Path) -> Path:
    """A zip file of the newer version."""
    root = whole.with_name("newer")
    shutil.copytree(whole, root)
    put_lesson(root, NEWER)
    (root / "lib/course/old.py").unlink()
    (root / "README.md").write_text("New.")
    return zipped(root)


@pytest.mark.parametrize("top", ["course-main/", ""])
def test_the_zip_files_version_comes_and_every_answer_with_it(whole: Path, newer: Path, top: str):
    newer = zipped(whole.with_name("newer"), "again.zip", top)
    answer(whole / NOTEBOOK, "01.1", ANSWER)
    before = (whole / NOTEBOOK).read_bytes()
    said = list(update_from(newer))
    assert said[:2] == [
        "The course is the version of the zip file now.",
        "01 · Tiny: your answers to 01.1 moved along.",
    ]
    texts = "\n".join(cell.source for cell in notebook_at(whole / NOTEBOOK).cells)
    assert ANSWER in texts
    assert "New words." in texts
    assert (whole / "lessons" / "01_tiny.py").read_text() == NEWER
    assert (whole / "README.md").read_text() == "New."
    assert not (whole / "lib/course/old.py").exists()
    (copy,) = (whole / ".course" / "backups").glob(f"*/{NOTEBOOK}")
    assert copy.read_bytes() == before
    once = (whole / NOTEBOOK).read_bytes()
    assert list(update_from(newer)) == [NEWEST]
    assert (whole / NOTEBOOK).read_bytes() == once


def test_what_is_local_is_never_touched(whole: Path, newer: Path):
    (whole / ".course").mkdir()
    (whole / ".course" / "progress.json").write_text("{}")
    (whole / "notebooks" / "mine.ipynb").write_text("{}")
    (whole / "notes.txt").write_text("mine")
    list(update_from(newer))
    assert (whole / ".course" / "progress.json").read_text() == "{}"
    assert (whole / "notebooks" / "mine.ipynb").read_text() == "{}"
    assert (whole / "notes.txt").read_text() == "mine"


def test_a_write_that_fails_takes_everything_back(
    whole: Path, newer: Path, monkeypatch: pytest.MonkeyPatch
):
    answer(whole / NOTEBOOK, "01.1", ANSWER)
    before = {path: path.read_bytes() for path in whole.rglob("*") if path.is_file()}
    done: list[Path] = []

    def write(path: Path, data: bytes) -> None:
        if len(done) == 3:
            raise OSError("The disk is full")
        done.append(path)
        path.write_bytes(data)

    monkeypatch.setattr(archive, "write_whole", write)
    with pytest.raises(CourseError, match=r"The disk is full. Everything is as it was"):
        list(update_from(newer))
    after = {path: path.read_bytes() for path in whole.rglob("*") if path.is_file()}
    assert {path: data for path, data in after.items() if ".course" not in path.parts} == before


def test_an_update_that_was_stopped_is_taken_back_first(whole: Path, newer: Path):
    answer(whole / NOTEBOOK, "01.1", ANSWER)
    Backup.of([NOTEBOOK, "README.md"], archive="new.zip")
    (whole / NOTEBOOK).write_text("half")
    (whole / "README.md").write_text("half")
    said = list(update_from(newer))
    assert said[0].startswith("An update had been stopped on its way")
    assert ANSWER in (whole / NOTEBOOK).read_text().replace('\\"', '"')


def refused(file: Path) -> str:
    with pytest.raises(CourseError) as error:
        list(update_from(file))
    return str(error.value)


def test_a_zip_file_that_is_none_or_not_the_course_is_refused(whole: Path):
    file = whole.with_name("a.zip")
    assert "can't be read as a zip file" in refused(file)
    file.write_text("no zip")
    assert "can't be read as a zip file" in refused(file)
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("start.py", "")
    assert "does not hold the course" in refused(file)


def test_a_zip_file_that_reaches_out_of_its_folder_is_refused(whole: Path):
    file = whole.with_name("a.zip")
    with zipfile.ZipFile(file, "w") as made:
        for name in ("start.py", "lib/course/__init__.py", "../outside.txt"):
            made.writestr(name, "")
    assert "'../outside.txt', a file outside its own folder" in refused(file)
    assert not whole.with_name("outside.txt").exists()


def test_a_clone_is_told_that_it_needs_no_zip_file(whole: Path, newer: Path):
    (whole / ".git").mkdir()
    assert "git clone" in refused(newer)


def test_a_notebook_that_can_not_be_read_is_named(whole: Path, newer: Path):
    (whole / NOTEBOOK).write_text("{")
    assert refused(newer).startswith(f"{NOTEBOOK} is no notebook that can be read")
    assert (whole / "lessons" / "01_tiny.py").read_text() == LESSON
