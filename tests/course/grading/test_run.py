"""The whole run: nothing is lost, nothing is graded twice, whenever it is killed."""

import csv
import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from collections import Counter
from pathlib import Path

import filelock
import pytest
from rich.console import Console

from course import paths
from course.errors import CourseError
from course.grading import journal
from course.grading.report import Options
from course.grading.reports import feedback
from course.grading.run import GradingRun, Request
from course.grading.workers.unit import Outcome

HERE = Path(__file__).parent


@pytest.fixture
def quick(fakes):
    return fakes.quick


@pytest.fixture
def downloads(tmp_path: Path) -> Path:
    folder = tmp_path / "downloads"
    for n in range(6):
        (folder / f"p{n}").mkdir(parents=True)
        (folder / f"p{n}" / "a.ipynb").write_bytes(b"right" if n % 2 else b"no")
    (folder / "p9").mkdir()
    (folder / "p9" / "report.pdf").touch()
    return folder


def go(request: Request, grade) -> dict:
    return GradingRun(request, grade).go(Console(quiet=True))


def rows(out: Path) -> dict[str, dict[str, str]]:
    with open(out / "scores.csv", encoding="utf-8-sig", newline="") as file:
        return {row["name"]: row for row in csv.DictReader(file)}


def test_a_run_writes_a_row_a_page_a_result_and_a_summary(tmp_path: Path, downloads: Path, quick):
    out = tmp_path / "out"
    data = go(Request([downloads], out, workers=2), quick)
    assert (data["hand_ins"], data["graded"], data["kept"]) == (7, 6, 0)
    assert [row["01.1"] for row in rows(out).values()] == ["0", "1", "0", "1", "0", "1", ""]
    assert "only report.pdf" in rows(out)["p9"]["error"]
    for folder, ending in (
        ("feedback", ".html"),
        ("gradescope", "/results.json"),
        ("results", ".json"),
    ):
        assert all((out / folder / f"{name}{ending}").is_file() for name in rows(out))
    assert (out / "summary.html").is_file()
    with zipfile.ZipFile(out / "feedback.zip") as pages:
        assert [f"p{n}/a.html" for n in range(6)] == pages.namelist()[:6]


def test_what_is_on_disk_is_not_graded_again_but_what_changed_is(
    tmp_path: Path, downloads: Path, quick, monkeypatch: pytest.MonkeyPatch
):
    out = tmp_path / "out"
    request = Request([downloads], out, workers=1)
    go(request, quick)
    assert go(request, _never)["kept"] == 7
    (downloads / "p0" / "a.ipynb").write_bytes(b"right")
    (out / "results" / "p1-a.json").write_text('{"report": ')
    (out / "feedback" / "p2-a.html").unlink()
    assert go(request, quick)["kept"] == 5
    assert rows(out)["p0-a"]["01.1"] == "1"
    assert (out / "feedback" / "p2-a.html").exists()
    assert go(Request([downloads], out, seed=2, workers=1), quick)["kept"] == 0
    assert go(Request([downloads], out, seed=2, workers=1, regrade=True), quick)["kept"] == 0
    monkeypatch.setattr(journal, "fingerprint", lambda: "another course")
    assert go(Request([downloads], out, seed=2, workers=1), quick)["kept"] == 0


def test_a_folder_of_results_has_a_seed_of_its_own_and_keeps_it(
    tmp_path: Path, downloads: Path, fakes
):
    def seeds(out: Path, **more) -> tuple[int, set[str]]:
        """What the run says, and what its graders were given."""
        said = go(Request([downloads], out, workers=1, **more), fakes.tells_the_seed)["seed"]
        return said, {row["notes"] for row in rows(out).values() if not row["error"]}

    drawn, used = seeds(tmp_path / "a")
    assert used == {str(drawn)}
    assert (tmp_path / "a" / "seed.txt").read_text() == f"{drawn}\n"
    assert seeds(tmp_path / "a", regrade=True) == (drawn, used)
    assert len({seeds(tmp_path / name)[0] for name in "bcd"} | {drawn}) > 2  # drawn, each anew
    assert seeds(tmp_path / "a", seed=777) == (777, {"777"})
    assert seeds(tmp_path / "a") == (777, {"777"})


@pytest.mark.parametrize("text", ["", "seven", "-1", "1 2"])
def test_a_kept_seed_that_is_none_is_refused_until_one_is_said(
    tmp_path: Path, downloads: Path, quick, text: str
):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "seed.txt").write_text(text)
    with pytest.raises(CourseError, match=r"seed\.txt should hold the seed .* say it with --seed"):
        go(Request([downloads], tmp_path / "out", workers=1), quick)
    assert go(Request([downloads], tmp_path / "out", seed=5, workers=1), quick)["seed"] == 5
    assert go(Request([downloads], tmp_path / "out", workers=1), _never)["seed"] == 5


def test_a_full_disk_and_a_lost_cluster_end_the_run_with_a_sentence(
    tmp_path: Path, downloads: Path, quick, monkeypatch: pytest.MonkeyPatch
):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    for where, what in ((journal.Journal, "write"), (feedback, "write_all")):
        with monkeypatch.context() as patch:
            patch.setattr(where, what, full)
            with pytest.raises(CourseError, match=r"No space left .* goes on from there"):
                go(Request([downloads], tmp_path / what, workers=1), quick)

    def lost(self: GradingRun, waiting):
        yield Outcome(hand_in := next(waiting), quick(hand_in, Options()))
        raise CourseError("The cluster is gone.")

    out = tmp_path / "out"
    monkeypatch.setattr(GradingRun, "_outcomes", lost)
    with pytest.raises(CourseError, match="is gone"):
        go(Request([downloads], out, workers=1), quick)
    assert list(rows(out)) == ["p0-a"]
    assert len(_done(out)) == 1


def test_results_of_others_are_counted(tmp_path: Path, downloads: Path, quick):
    out = tmp_path / "out"
    go(Request([downloads], out, workers=1), quick)
    data = go(Request([downloads / "p0" / "a.ipynb"], out, workers=1), quick)
    assert (data["others"], data["hand_ins"]) == (7, 1)


def test_two_runs_into_one_folder_at_once_are_refused(tmp_path: Path, downloads: Path, quick):
    out = tmp_path / "out"
    out.mkdir()
    with (
        filelock.FileLock(out / ".lock"),
        pytest.raises(CourseError, match="Another run is writing into"),
    ):
        go(Request([downloads], out), quick)


def test_results_may_lie_below_the_hand_ins_but_not_among_them(downloads: Path, quick):
    request = Request([downloads], downloads / "marks", workers=1)
    assert go(request, quick)["hand_ins"] == 7
    assert go(request, quick)["hand_ins"] == 7
    with pytest.raises(CourseError, match="name another folder"):
        go(Request([downloads], downloads), quick)


def test_a_folder_that_cannot_be_written_to_is_the_users_mistake(
    tmp_path: Path, downloads: Path, quick
):
    (tmp_path / "file").touch()
    with pytest.raises(CourseError, match="can't be written"):
        go(Request([downloads], tmp_path / "file"), quick)


def test_a_file_is_always_the_old_one_or_the_new_one(tmp_path: Path):
    path = tmp_path / "a.json"
    journal.write_whole(path, b"old")
    with pytest.raises(TypeError):
        journal.write_whole(path, "no bytes")  # type: ignore[arg-type]
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.slow
def test_killed_at_twenty_random_moments_it_loses_nothing_and_repeats_nothing(tmp_path: Path):
    folder = tmp_path / "in"
    folder.mkdir()
    count = 250
    for n in range(count):
        (folder / f"{n:03}.ipynb").write_bytes(b"right" if n % 3 else b"no")
    out, log = tmp_path / "out", tmp_path / "log"
    chance = random.Random(6)
    kills = 0
    while kills < 20:
        process = _start(folder, out, log)
        before = len(_done(out))
        # Now and then before the first result, mostly in the middle of things.
        wanted = before + chance.choice([0, 1, 3, 8])
        while len(_done(out)) < wanted and process.poll() is None:
            time.sleep(0.002)
        time.sleep(chance.random() * 0.05)
        assert process.poll() is None, process.communicate()
        process.send_signal(signal.SIGKILL)
        process.communicate()
        kills += 1
    on_disk = _done(out)
    assert 0 < len(on_disk) < count
    graded_before = log.read_text()
    process = _start(folder, out, log)
    said, errors = process.communicate()
    assert process.returncode == 0, errors
    assert json.loads(said)["kept"] == len(on_disk)
    assert list(rows(out)) == [f"{n:03}" for n in range(count)]
    assert [row["01.1"] for row in rows(out).values()] == [
        "1" if n % 3 else "0" for n in range(count)
    ]
    # What was on disk was not graded again; what was lost with a kill is one for each worker.
    graded_after = {line.split()[0] for line in log.read_text()[len(graded_before) :].splitlines()}
    assert not graded_after & on_disk
    times = Counter(line.split()[0] for line in log.read_text().splitlines())
    assert sum(times.values()) <= count + 21 * 2 * 2
    assert not list(out.glob("**/.writing-*"))


@pytest.mark.slow
def test_ctrl_c_says_how_to_go_on(tmp_path: Path):
    folder = tmp_path / "in"
    folder.mkdir()
    for n in range(3000):
        (folder / f"{n:03}.ipynb").write_bytes(b"right")
    out = tmp_path / "out"
    process = _start(folder, out, tmp_path / "log", session=True)
    while len(_done(out)) < 3 and process.poll() is None:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)  # a terminal sends it to all of them
    said, errors = process.communicate()
    assert process.returncode == 130
    assert "Stopped" in errors
    assert "same command goes on" in errors
    assert "Traceback" not in errors
    assert json.loads(said)["interrupted"]
    assert len(rows(out)) >= 3


def _never(*_: object):
    raise AssertionError("this was graded already")


def _done(out: Path) -> set[str]:
    return {path.stem for path in (out / "results").glob("*.json")}


def _start(folder: Path, out: Path, log: Path, *, session: bool = False) -> "subprocess.Popen[str]":
    """A run of its own, with a fake grader. The course may change while this test runs."""
    code = f"""
import signal, sys
from pathlib import Path
from course.grading import command, journal
from course.grading.workers.unit import Outcome
from course.grading.report import Options
import fake_graders
journal.fingerprint = lambda: "the course"
if __name__ == "__main__":
    # What a shell starts in the background hears no Ctrl-C, and hands that on.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    folder, out = map(Path, {[str(folder), str(out)]!r})
    options = Options()
    code = command.grade([folder], out, options, as_json=True, workers=2, one=fake_graders.slow)
    sys.exit(code)
"""
    script = log.parent / "a_run.py"
    script.write_text(code)
    path = os.pathsep.join([str(paths.ROOT / "lib"), str(HERE)])
    return subprocess.Popen(
        [sys.executable, str(script)],
        env={**os.environ, "PYTHONPATH": path, "FAKE_LOG": str(log)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=session,
    )
