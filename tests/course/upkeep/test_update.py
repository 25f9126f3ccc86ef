"""`course update` in a real clone of a real repository, also where it is killed on its way."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.course.upkeep.small_course import (
    LESSON,
    NEWER,
    answer,
    code,
    look_in,
    notebook_at,
    put_lesson,
    write,
)

from course import paths
from course.errors import CourseError
from course.upkeep import update as upkeep
from course.upkeep.backup import Backup
from course.upkeep.git import newer_fetched
from course.upkeep.update import NEWEST, update

NOTEBOOK = "notebooks/01_tiny.ipynb"
SOLUTION = "solutions/01_tiny.ipynb"
ANSWER = "    return x + x  # mine"
WHO = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]

pytestmark = [
    pytest.mark.slow,  # many calls of git
    pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed"),
]


def git(folder: Path, *words: str) -> str:
    command = ["git", "-C", str(folder), *WHO, *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def publish(root: Path, text: str, message: str) -> None:
    put_lesson(root, text)
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", message)


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """The course as its authors have it."""
    root = tmp_path.resolve() / "published"
    shutil.copytree(paths.QUIZZES, root / "quizzes")
    (root / ".gitignore").write_text(".course/\n")
    git(tmp_path, "init", "--quiet", "--initial-branch=main", str(root))
    publish(root, LESSON, "First")
    return root


@pytest.fixture
def clone(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A learner's clone of it, where the commands look for theirs."""
    root = tmp_path.resolve() / "clone"
    git(tmp_path, "clone", "--quiet", str(published), str(root))
    look_in(root, monkeypatch)
    monkeypatch.setattr(upkeep, "open_in_jupyterlab", set)
    return root


def texts(clone: Path) -> str:
    return "\n".join(cell.source for cell in notebook_at(clone / NOTEBOOK).cells)


def test_where_nothing_is_newer_nothing_changes(clone):
    answer(clone / NOTEBOOK, "01.1", ANSWER)
    before = (clone / NOTEBOOK).read_bytes()
    assert list(update()) == [NEWEST]
    assert (clone / NOTEBOOK).read_bytes() == before


def test_the_newest_version_comes_and_every_answer_with_it(clone, published):
    answer(clone / NOTEBOOK, "01.1", ANSWER)
    answer(clone / NOTEBOOK, "01.2", "    return x * 0.5  # mine")
    before = (clone / NOTEBOOK).read_bytes()
    publish(published, NEWER, "Second")
    said = list(update())
    assert said[0] == "The course is the newest version now."
    assert said[1] == "01 · Tiny: your answers to 01.1, 01.2 moved along."
    assert said[2] == "  The empty cell of 01.2 is new, and stands below your answer."
    assert ANSWER in texts(clone)
    assert "return x * 0.5  # mine" in texts(clone)
    assert "New words." in texts(clone)
    assert "Half of any number." in texts(clone)
    (copy,) = (clone / ".course" / "backups").rglob("*.ipynb")
    assert copy.read_bytes() == before
    assert f"Your notebooks as they were are in {copy.parents[1].relative_to(clone)}." in said
    assert (clone / "lessons" / "01_tiny.py").read_text() == NEWER
    # Once more changes nothing.
    once = (clone / NOTEBOOK).read_bytes()
    assert list(update()) == [NEWEST]
    assert (clone / NOTEBOOK).read_bytes() == once


def test_a_notebook_that_was_only_opened_and_a_solution_that_was_run_are_no_hindrance(
    clone, published
):
    for place in (NOTEBOOK, SOLUTION):
        notebook = notebook_at(clone / place)
        notebook.metadata.kernelspec.display_name = "Python 3 (ipykernel)"
        notebook.cells[1].execution_count = 3
        write(clone / place, notebook)
    publish(published, NEWER, "Second")
    list(update())
    assert (clone / SOLUTION).read_bytes() == (published / SOLUTION).read_bytes()
    assert "New words." in texts(clone)


def test_a_deleted_notebook_and_staged_ones_are_no_hindrance(clone, published):
    answer(clone / NOTEBOOK, "01.1", ANSWER)
    (clone / "notebooks" / "mine.ipynb").write_text("{}")
    (clone / SOLUTION).unlink()
    git(clone, "add", "--all")
    publish(published, NEWER, "Second")
    list(update())
    assert ANSWER in texts(clone)
    assert (clone / SOLUTION).exists()
    assert (clone / "notebooks" / "mine.ipynb").read_text() == "{}"


def test_a_file_of_ones_own_where_a_new_lesson_comes_is_in_the_backup(clone, published):
    (clone / "notebooks" / "02_more.ipynb").write_text("mine")
    (published / "notebooks" / "02_more.ipynb").write_text("theirs")
    publish(published, NEWER, "Second")
    list(update())
    assert (clone / "notebooks" / "02_more.ipynb").read_text() == "theirs"
    (copy,) = (clone / ".course" / "backups").rglob("02_more.ipynb")
    assert copy.read_text() == "mine"


def test_a_notebook_whose_lesson_is_gone_stays(clone, published):
    answer(clone / NOTEBOOK, "01.1", ANSWER)
    for folder, ending in (("lessons", "py"), ("notebooks", "ipynb"), ("solutions", "ipynb")):
        (published / folder / f"01_tiny.{ending}").unlink()
    git(published, "commit", "--quiet", "--all", "--message", "Gone")
    assert f"{NOTEBOOK} is no lesson any more: yours stays where it is." in list(update())
    assert ANSWER in texts(clone)


def test_changed_packages_and_open_notebooks_are_said(clone, published, monkeypatch):
    monkeypatch.setattr(upkeep, "open_in_jupyterlab", lambda: {NOTEBOOK})
    (published / "requirements.txt").write_text("torch\n")
    publish(published, NEWER, "Second")
    said = list(update())
    assert said[-2].startswith(f"{NOTEBOOK} is open in JupyterLab")
    assert said[-1] == "Packages have changed: run python start.py once, and it installs them."


def files(clone: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in clone.glob("[!.]*/*") if path.is_file()}


def refused(clone: Path) -> str:
    """Why the clone is not updated; its files stay as they are."""
    before = files(clone)
    head = git(clone, "rev-parse", "HEAD")
    with pytest.raises(CourseError) as error:
        list(update())
    assert files(clone) == before
    assert git(clone, "rev-parse", "HEAD") == head
    return str(error.value)


def test_what_was_written_after_a_stopped_update_is_in_a_backup(clone):
    head = git(clone, "rev-parse", "HEAD").strip()
    answer(clone / NOTEBOOK, "01.1", ANSWER)
    Backup.of([NOTEBOOK], head=head)
    answer(clone / NOTEBOOK, "01.2", "    return x * 0.5  # written since")
    assert next(iter(update())).startswith("An update had been stopped on its way")
    copies = [path.read_text() for path in (clone / ".course" / "backups").rglob("*.ipynb")]
    assert any("# written since" in text for text in copies)
    assert ANSWER in texts(clone)


def test_a_stopped_reset_is_no_stopped_update(clone):
    Backup.of([NOTEBOOK])
    answer(clone / NOTEBOOK, "01.1", ANSWER)
    assert list(update()) == [NEWEST]
    assert ANSWER in texts(clone)
    assert Backup.unfinished() is None


def test_files_of_the_course_that_were_changed_are_named(clone, published):
    (clone / "lessons" / "01_tiny.py").write_text(LESSON + "# mine\n")
    publish(published, NEWER, "Second")
    assert refused(clone).startswith("Files of the course itself are changed: lessons/01_tiny.py.")


def test_a_clone_with_commits_of_its_own_is_left_alone(clone, published):
    answer(clone / NOTEBOOK, "01.1", ANSWER)
    git(clone, "commit", "--quiet", "--all", "--message", "Mine")
    publish(published, NEWER, "Second")
    assert refused(clone).startswith("This clone has versions of its own (commits)")


def test_a_clone_that_is_only_ahead_has_the_newest_version(clone):
    git(clone, "commit", "--quiet", "--allow-empty", "--message", "Mine")
    assert list(update()) == [NEWEST]


def test_a_clone_on_no_branch_is_told_how_to_go_back(clone, published):
    git(clone, "checkout", "--quiet", "--detach")
    publish(published, NEWER, "Second")
    assert "git switch main" in refused(clone)


def test_a_notebook_that_is_none_is_named_and_nothing_changes(clone, published):
    (clone / NOTEBOOK).write_text("<<<<<<< mine")
    publish(published, NEWER, "Second")
    assert refused(clone).startswith(f"{NOTEBOOK} is no notebook that can be read")


def test_without_a_network_it_is_said_and_nothing_changes(clone, published):
    shutil.move(published, published.with_name("away"))
    assert refused(clone).startswith("git fetch does not go: ")


def test_a_version_that_git_has_fetched_already_is_known_without_a_network(clone, published):
    assert newer_fetched() == 0
    publish(published, NEWER, "Second")
    git(clone, "fetch", "--quiet")
    shutil.move(published, published.with_name("away"))
    assert newer_fetched() == 1


def test_a_folder_without_git_is_told_of_the_zip_file(course):
    with pytest.raises(CourseError, match=r"course update NEW\.zip"):
        list(update())


@pytest.mark.skipif(os.name == "nt", reason="A folder can't be made read-only there")
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_can_not_be_written_to_is_said(clone, published):
    answer(clone / NOTEBOOK, "01.1", ANSWER)
    publish(published, NEWER, "Second")
    (clone / "notebooks").chmod(0o500)
    try:
        refused(clone)
    finally:
        (clone / "notebooks").chmod(0o700)


# Reads lines, "a clone, a step", and updates each clone in a process that is killed at that step.
KILLER = """
import os, signal, sys
from pathlib import Path
from course import paths
from course.upkeep import backup, git, update
update.open_in_jupyterlab = set
steps = last = 0

def step():
    global steps
    steps += 1
    if steps == last:
        os.kill(os.getpid(), signal.SIGKILL)

def stepping(work):
    def stepped(*words, **more):
        step()
        done = work(*words, **more)
        step()
        return done
    return stepped

git.git = stepping(git.git)
backup.write_whole = stepping(backup.write_whole)
update.write_whole = stepping(update.write_whole)
for line in sys.stdin:
    root, last = line.rsplit(maxsplit=1)
    last = int(last)
    process = os.fork()
    if not process:
        paths.ROOT, paths.NOTEBOOKS = Path(root), Path(root, "notebooks")
        paths.LESSONS, paths.SOLUTIONS = Path(root, "lessons"), Path(root, "solutions")
        for _ in update.update():
            pass
        Path(root, "steps").write_text(str(steps))
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)
"""


@pytest.fixture
def killer() -> Iterator[Callable[[Path, int], int]]:
    """Gives killer(clone, step), the exit code of an update that was killed at a step."""
    command = [sys.executable, "-c", KILLER]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **pipes) as process:

        def kill(clone: Path, step: int) -> int:
            print(clone, step, file=process.stdin, flush=True)
            return int(process.stdout.readline())

        yield kill


@pytest.mark.skipif(not hasattr(os, "fork"), reason="This system starts its processes otherwise")
def test_killed_at_any_moment_it_loses_nothing_and_goes_on_the_next_time(clone, published, killer):
    answer(clone / NOTEBOOK, "01.1", ANSWER)
    notebook = notebook_at(clone / NOTEBOOK)
    notebook.cells.append(code("own", "# a note of mine"))
    write(clone / NOTEBOOK, notebook)
    publish(published, NEWER, "Second")
    whole = clone.with_name("whole")
    shutil.copytree(clone, whole)
    assert killer(whole, 0) == 0
    steps = int((whole / "steps").read_text())
    assert steps >= 20
    for step in sorted({1 + place * (steps - 1) // 19 for place in range(20)}):
        shutil.rmtree(clone)
        git(clone.parent, "clone", "--quiet", str(published), str(clone))
        git(clone, "reset", "--quiet", "--hard", "HEAD~1")
        write(clone / NOTEBOOK, notebook)
        assert killer(clone, step) == -signal.SIGKILL
        kept = [path.read_text() for path in (clone / ".course").rglob("*.ipynb")]
        kept += [(clone / NOTEBOOK).read_text()] if (clone / NOTEBOOK).exists() else []
        assert any("# mine" in text and "# a note of mine" in text for text in kept), step
        list(update())
        assert (clone / NOTEBOOK).read_bytes() == (whole / NOTEBOOK).read_bytes(), step
        assert Backup.unfinished() is None
        assert git(clone, "status", "--porcelain").split() == ["M", NOTEBOOK]
