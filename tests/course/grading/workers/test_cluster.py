"""The same work on a Dask cluster, also when one of its workers is killed."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from course.errors import CourseError
from course.grading.report import HandIn, Options, Report
from course.grading.workers import cluster

HERE = Path(__file__).parents[1]  # with fake_graders.py, which other processes import
# Dask closes its loops late, at the end of the process.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch) -> Iterator:
    """A real cluster: two worker processes, started anew when they die."""
    distributed = pytest.importorskip("distributed")
    monkeypatch.syspath_prepend(HERE)  # the workers get it from here
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as found:
        yield found


def hand_ins(count: int, taken: list[str] | None = None) -> Iterator[HandIn]:
    for n in range(count):
        if taken is not None:
            taken.append(f"h{n}")
        yield HandIn(f"h{n}", f"h{n}.ipynb", b"right" if n % 2 else b"no")


def test_all_are_graded_though_a_worker_is_killed_in_the_middle(local, fakes):
    count = 60
    taken: list[str] = []
    outcomes = []
    graded = cluster.graded(hand_ins(count, taken), Options(), local.scheduler_address, fakes.slow)
    for outcome in graded:
        outcomes.append(outcome)
        assert len(taken) <= len(outcomes) + cluster.AHEAD * 2 + 1
        if len(outcomes) == 10:
            os.kill(next(iter(local.workers.values())).pid, signal.SIGKILL)
    assert {o.report.name: o.report.points for o in outcomes} == {
        f"h{n}": float(n % 2) for n in range(count)
    }
    assert len(outcomes) == count
    assert all(outcome.final for outcome in outcomes)


def test_a_fault_on_the_cluster_is_told_as_here(local, fakes):
    with pytest.raises(CourseError, match="no walls here"):
        list(cluster.graded(hand_ins(2), Options(), local.scheduler_address, fakes.refuses))


def test_a_worker_with_another_course_is_refused(local, fakes, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cluster, "fingerprint", lambda: "ours")
    with pytest.raises(CourseError, match="another version of the course"):
        list(cluster.graded(hand_ins(2), Options(), local.scheduler_address, fakes.quick))


def test_a_worker_without_the_course_is_told_of(local, fakes, monkeypatch: pytest.MonkeyPatch):
    def lacking(*_: object) -> Report:
        raise ModuleNotFoundError("No module named 'course'", name="course")

    monkeypatch.setattr(fakes, "quick", lacking)  # pickled by its name, which is not there
    lacking.__module__, lacking.__qualname__ = "course_of_tomorrow", "quick"
    monkeypatch.setitem(sys.modules, "course_of_tomorrow", fakes)
    with pytest.raises(CourseError, match="lacks course_of_tomorrow: install the course there"):
        list(cluster.graded(hand_ins(2), Options(), local.scheduler_address, fakes.quick))


def test_a_cluster_that_lost_its_workers_ends_the_run_with_a_sentence(
    local, fakes, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(cluster, "PATIENCE_SECONDS", 0.5)
    monkeypatch.setattr(cluster, "FETCH_SECONDS", 0.5)
    graded = cluster.graded(hand_ins(50), Options(), local.scheduler_address, fakes.slow)
    next(graded)
    local.scale(0)
    with pytest.raises(CourseError, match="has no worker any more"):
        list(graded)


def test_no_scheduler_is_said_in_a_sentence(fakes, monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr(cluster, "WAIT_SECONDS", 1)
    with pytest.raises(CourseError, match="There is no Dask scheduler at"):
        list(cluster.graded(hand_ins(1), Options(), "tcp://127.0.0.1:9", fakes.quick))


def test_where_dask_is_missing_it_says_how_to_get_it(fakes, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(CourseError, match="pip install"):
        list(cluster.graded(hand_ins(1), Options(), "tcp://127.0.0.1:9", fakes.quick))
