import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.course.upkeep.small_course import NEWER, answer, put_lesson

from course import paths
from course.errors import CourseError
from course.record import store
from course.upkeep import exercises, home
from course.upkeep.archive import update_from
from course.upkeep.update import update

pytestmark = pytest.mark.skipif(os.name == "nt", reason="JupyterHub does not run on Windows")
PLACE = "notebooks/01_tiny.ipynb"
SETTINGS = ("COURSE_HOME", "COURSE_PROGRESS", "JUPYTERHUB_ROOT_DIR", "JUPYTERHUB_DEFAULT_URL")


@pytest.fixture
def own(course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of a user of the small course, which can't be written."""
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    own = tmp_path.resolve() / "home" / "attention"
    monkeypatch.setenv("COURSE_HOME", str(own))
    for name in ("docs", "lib"):
        (course / name).mkdir()
    (course / "README.md").touch()
    return own


def everything_in(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_home_has_notebooks_to_write_in_and_links_to_all_else(course: Path, own: Path):
    assert list(home.lay_out()) == []
    assert (own / PLACE).read_bytes() == (course / PLACE).read_bytes()
    assert not (own / PLACE).is_symlink()
    for name in home.LINKED:
        assert (own / name).resolve() == course / name
    assert (own / ".course" / "workspaces").is_dir()


def test_the_course_itself_stays_as_it_is_whatever_a_user_does(course: Path, own: Path):
    before = everything_in(course)
    list(home.lay_out())
    answer(own / PLACE, "01.1", "    return x + x")
    list(exercises.catch_up_to("01.2"))
    list(exercises.reset("01.1"))
    store.record_check("01.1", right=True)
    assert everything_in(course) == before
    assert "halve" in (own / PLACE).read_text(encoding="utf-8")
    assert list((own / ".course" / "backups").iterdir())


def test_each_home_has_a_progress_of_its_own(own: Path, monkeypatch: pytest.MonkeyPatch):
    store.record_check("01.1", right=True)
    assert (own / ".course" / "progress.json").is_file()
    monkeypatch.setenv("COURSE_HOME", str(own.with_name("another")))
    assert store.load()["checks"] == {}


def test_an_answer_stays_at_the_next_start_and_nothing_is_copied_anew(own: Path):
    list(home.lay_out())
    answer(own / PLACE, "01.1", "    return x + x")
    before = everything_in(own)
    assert list(home.lay_out()) == []
    assert everything_in(own) == before


def test_a_newer_course_comes_with_the_next_start_and_the_answer_goes_into_it(
    course: Path, own: Path
):
    list(home.lay_out())
    answer(own / PLACE, "01.1", "    return x + x")
    mine = (own / PLACE).read_bytes()
    put_lesson(course, NEWER)
    said = list(home.lay_out())
    assert said[0] == "01 · Tiny: your answers to 01.1 moved along."
    text = (own / PLACE).read_text(encoding="utf-8")
    assert "return x + x" in text
    assert "New words." in text
    (kept,) = (own / ".course" / "backups").glob(f"*/{PLACE}")
    assert kept.read_bytes() == mine
    assert list(home.lay_out()) == []


def test_a_notebook_that_nobody_wrote_into_becomes_the_new_one_without_a_word(
    course: Path, own: Path
):
    list(home.lay_out())
    put_lesson(course, NEWER)
    assert list(home.lay_out()) == []
    assert (own / PLACE).read_bytes() == (course / PLACE).read_bytes()


def test_a_broken_notebook_is_named_and_stays(course: Path, own: Path):
    list(home.lay_out())
    (own / PLACE).write_text("{", encoding="utf-8")
    put_lesson(course, NEWER)
    (said,) = home.lay_out()
    assert said.startswith(f"{PLACE} stays as it is: {PLACE} is no notebook")
    assert (own / PLACE).read_text(encoding="utf-8") == "{"


def test_links_lead_to_where_the_course_is_installed_now(course: Path, own: Path):
    own.mkdir(parents=True)
    (own / "lib").symlink_to(course / "gone")
    (own / "docs").mkdir()  # a folder of the user's own stays
    list(home.lay_out())
    assert (own / "lib").resolve() == course / "lib"
    assert not (own / "docs").is_symlink()


@pytest.mark.parametrize("ask", [update, lambda: update_from(Path("new.zip"))])
def test_course_update_says_who_brings_the_newer_version(own: Path, ask):
    with pytest.raises(CourseError, match="installed for several people"):
        list(ask())


def test_whoever_runs_the_hub_may_choose_the_folder_and_the_first_page(
    own: Path, monkeypatch: pytest.MonkeyPatch
):
    assert home.settings()["JUPYTERHUB_ROOT_DIR"] == str(own)
    assert home.settings()["JUPYTERHUB_DEFAULT_URL"] == f"/lab/tree/{PLACE}"
    monkeypatch.setenv("JUPYTERHUB_DEFAULT_URL", "/tree")
    assert home.settings()["JUPYTERHUB_DEFAULT_URL"] == "/tree"


@pytest.mark.slow
def test_the_program_runs_in_the_home(tmp_path: Path):
    say = "import os; print(os.getcwd(), os.environ['COURSE_HOME'])"
    command = [sys.executable, "-m", "course.upkeep.home", sys.executable, "-c", say]
    environment = {**os.environ, "HOME": str(tmp_path)}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    own = tmp_path / "attention"
    assert ran.stdout.split() == [str(own.resolve()), str(own)]
    made = {path.stem for path in (own / "notebooks").iterdir()}
    assert made == set(paths.lesson_names())


@pytest.mark.slow
def test_a_missing_program_and_a_home_that_cannot_be_are_told_in_a_sentence(tmp_path: Path):
    (tmp_path / "file").touch()
    for words, home_folder in ([], tmp_path), (["true"], tmp_path / "file" / "home"):
        command = [sys.executable, "-m", "course.upkeep.home", *words]
        environment = {**os.environ, "COURSE_HOME": str(home_folder)}
        ended = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert ended.returncode == 2
        assert ended.stderr.startswith("course.upkeep.home: ")
        assert len(ended.stderr.splitlines()) == 1
