import pytest

from course.errors import CourseError
from course.upkeep import backup
from course.upkeep.backup import Backup, kept


@pytest.fixture(autouse=True)
def file(course):
    (course / "a.txt").write_text("old")
    return course / "a.txt"


def test_a_change_that_ends_well_leaves_a_copy_of_what_was(course, file):
    with kept(["a.txt"]) as copy:
        file.write_text("new")
    assert file.read_text() == "new"
    assert (course / copy.place / "a.txt").read_text() == "old"
    assert Backup.unfinished() is None


def fail(file, error, **how):
    """Write into a.txt and b.txt, and fail."""
    with kept(["a.txt", "b.txt"], **how):
        for name in ("a.txt", "b.txt"):
            file.with_name(name).write_text("new")
        raise error


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, CourseError])
def test_a_change_that_fails_is_taken_back(file, error):
    with pytest.raises(error):
        fail(file, error)
    assert file.read_text() == "old"
    assert not file.with_name("b.txt").exists()
    assert Backup.unfinished() is None


def test_an_error_of_the_system_is_said_and_that_all_is_as_it_was(file):
    with pytest.raises(CourseError, match=r"disk is full. Everything is as it was"):
        fail(file, OSError("The disk is full"))
    assert file.read_text() == "old"


def test_where_nothing_can_be_taken_back_the_copies_are_named(file):
    def undo(copy):
        raise OSError("no way back")

    with pytest.raises(CourseError) as error:
        fail(file, OSError("no way on"), undo=undo)
    unfinished = Backup.unfinished()
    assert unfinished is not None
    assert str(error.value).startswith("no way on; and what had begun could not be taken back (no")
    assert unfinished.place in str(error.value)


def test_a_change_that_was_stopped_is_known_afterwards_and_can_be_taken_back(file):
    Backup.of(["a.txt"], head="abc")
    file.write_text("half")
    stopped = Backup.unfinished()
    assert stopped is not None
    assert stopped.notes == {"head": "abc"}
    stopped.put_back()
    assert file.read_text() == "old"
    assert Backup.unfinished() is None


def test_two_backups_of_one_second_are_two():
    places = {Backup.of(["a.txt"]).place for _ in range(3)}
    assert len(places) == 3
    assert len(list(backup.backups().iterdir())) == 3


def test_a_backup_of_nothing_leaves_no_folder(course):
    with kept(["b.txt"]) as copy:
        (course / "b.txt").write_text("new")
    assert not copy.folder.exists()
