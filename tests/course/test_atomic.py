"""A file is the old one or the new one, whatever happens while it is written."""

import os

import pytest

from course import atomic
from course.atomic import remove_unfinished, write_whole


def test_a_file_is_written_anew_with_its_folders(tmp_path):
    path = tmp_path / "a" / "b.txt"
    for data in (b"old", b"newer", b""):
        write_whole(path, data, sync=True)
        assert path.read_bytes() == data
    assert [file.name for file in path.parent.iterdir()] == ["b.txt"]


@pytest.mark.parametrize("step", ["replace", "fsync"])
def test_where_a_step_fails_the_old_file_stays_and_nothing_else(tmp_path, monkeypatch, step):
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")

    def fails(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(atomic.os, step, fails)
    with pytest.raises(KeyboardInterrupt):
        write_whole(path, b"new", sync=True)
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_what_a_killed_process_had_begun_is_removed_and_no_more(tmp_path, monkeypatch):
    (tmp_path / "deep").mkdir()
    pid = os.fork()
    if pid == 0:  # dies between writing and putting in place
        atomic.os.replace = lambda *_: os._exit(0)
        write_whole(tmp_path / "deep" / "a.txt", b"half")
    os.waitpid(pid, 0)
    (left,) = (tmp_path / "deep").iterdir()
    assert left.read_bytes() == b"half"
    (tmp_path / "writing").touch()
    remove_unfinished(tmp_path)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["writing"]
