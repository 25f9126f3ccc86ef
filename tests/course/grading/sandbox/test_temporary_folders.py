"""What a grader leaves in the folder for temporary files, however it ends: nothing for long."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from course import paths
from course.grading.sandbox import temporary_folders


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setattr(temporary_folders, "YOUNG_SECONDS", 0.0)
    return folder


def test_a_folder_that_is_held_stays_and_one_that_nobody_holds_goes(temporary: Path):
    held, dead = temporary_folders.Folder(), temporary_folders.Folder()
    (dead.path / "library").mkdir()
    dead._lock.release()
    (temporary / "somebody-elses").mkdir()
    temporary_folders.sweep()
    assert {path.name for path in temporary.iterdir()} == {held.path.name, "somebody-elses"}
    held.remove()
    assert [path.name for path in temporary.iterdir()] == ["somebody-elses"]


def test_a_young_folder_stays_since_it_may_not_be_held_yet(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(temporary_folders, "YOUNG_SECONDS", 60.0)
    (temporary / f"{temporary_folders.PREFIX}new").mkdir()
    temporary_folders.sweep()
    assert len(list(temporary.iterdir())) == 1


GRADES = """
import sys
from course.grading.workers.unit import grade_here
from course.grading.report import HandIn, Options
grade_here(HandIn("a", "a", open(sys.argv[1], "rb").read()), Options(cell_seconds=3600.0))
"""


def test_a_grader_that_is_killed_leaves_no_process_and_a_folder_that_the_next_one_removes(
    notebook, walls: None, temporary: Path
):
    """Its cell hangs for as long as this test may take: an hour."""
    (temporary.parent / "hangs.ipynb").write_bytes(
        notebook().before("01.2", "import time\ntime.sleep(3600)").data()
    )
    grader = psutil.Popen(
        [sys.executable, "-c", GRADES, str(temporary.parent / "hangs.ipynb")],
        env={**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": str(paths.ROOT / "lib")},
        stderr=subprocess.PIPE,
    )
    while len(family := grader.children(recursive=True)) < 3:  # forkserver, first process, hand-in
        assert grader.poll() is None, grader.stderr.read().decode()
        time.sleep(0.1)
    temporary_folders.sweep()
    assert len(list(temporary.iterdir())) == 1, "it was taken from a living grader"
    grader.send_signal(signal.SIGKILL)
    grader.communicate()
    gone, left = psutil.wait_procs(family)
    assert (len(gone), left) == (len(family), [])
    temporary_folders.sweep()
    assert list(temporary.iterdir()) == []
