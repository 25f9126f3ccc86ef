"""The pool: whatever becomes of its processes, every hand-in gets a report."""

import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from course.errors import CourseError
from course.grading.report import HandIn, Options
from course.grading.workers import pool
from course.grading.workers.unit import Grade, Outcome

HANG_SECONDS = 600.0  # what takes so long will never end


def hand_ins(*data: bytes) -> Iterator[HandIn]:
    return (HandIn(f"h{n}", f"h{n}.ipynb", d) for n, d in enumerate(data))


def run(grade: Grade, *data: bytes, workers: int = 2, options: Options | None = None):
    outcomes = list(pool.graded(hand_ins(*data), options or Options(), workers, grade))
    return {outcome.report.name: outcome for outcome in outcomes}


def test_each_hand_in_gets_its_report(fakes):
    data = [b"right", b"not", b"right", b"not", b"right"]
    outcomes = run(fakes.quick, *data)
    assert {n: o.report.points for n, o in outcomes.items()} == {
        f"h{n}": float(d == b"right") for n, d in enumerate(data)
    }
    assert not _workers()


def test_no_process_is_started_for_nothing():
    assert run(None) == {}  # type: ignore[arg-type]


def test_hand_ins_are_taken_only_when_a_process_is_free(fakes):
    taken: list[str] = []

    def watched() -> Iterator[HandIn]:
        for hand_in in hand_ins(*[b"right"] * 20):
            taken.append(hand_in.name)
            yield hand_in

    outcomes = pool.graded(watched(), Options(), 1, fakes.quick)
    done: list[Outcome] = []
    for outcome in outcomes:
        done.append(outcome)
        assert len(taken) <= len(done) + 1
    assert len(done) == 20


def test_a_hand_in_whose_process_is_killed_is_tried_once_more(
    fakes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("FAKE_FLAG", str(tmp_path / "flag"))
    outcomes = run(fakes.dies_once, b"right", b"kills", b"right")
    assert all(not o.report.error and o.final for o in outcomes.values())
    assert len(outcomes) == 3


def test_one_that_kills_each_time_gets_a_report_that_says_so_and_no_other_suffers(fakes):
    outcomes = run(fakes.dies, b"kills", b"right", b"kills", b"right")
    assert outcomes["h0"].report.error == "The process that graded it died, 2 times."
    assert not outcomes["h0"].final
    assert [outcomes[n].report.points for n in ("h1", "h3")] == [1.0, 1.0]


def test_a_fault_of_ours_is_told_in_the_report(fakes):
    outcomes = run(fakes.raises, b"kills", b"right")
    assert "ZeroDivisionError: one by nothing" in outcomes["h0"].report.error
    assert not outcomes["h0"].final
    assert outcomes["h1"].report.points == 1.0


@pytest.mark.slow
def test_a_hand_in_that_takes_for_ever_is_stopped(fakes, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pool, "LONGEST", 1)
    outcomes = run(fakes.hangs, b"kills", b"right", options=Options(cell_seconds=6.0))
    assert "longer than 6 s" in outcomes["h0"].report.error
    assert outcomes["h0"].final
    assert outcomes["h1"].report.points == 1.0


def test_a_machine_without_walls_ends_the_run_with_its_sentence(fakes):
    with pytest.raises(CourseError, match="no walls here"):
        run(fakes.refuses, b"right", b"right")


def test_no_process_is_left_when_a_run_is_given_up(fakes):
    outcomes = pool.graded(hand_ins(*[b"right"] * 9), Options(), 2, fakes.slow)
    next(outcomes)
    outcomes.close()
    deadline = time.monotonic() + HANG_SECONDS
    while _workers():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _workers() -> list[psutil.Process]:
    return [p for p in psutil.Process().children() if "spawn_main" in " ".join(p.cmdline())]
