"""A loop without an end is stopped, and the check says so."""

import threading

import pytest
import torch

from course import check
from course.checking import endless
from course.checking.check import NotYet
from course.checking.endless import Endless, Stopwatch, stopwatch

pytestmark = pytest.mark.slow  # `--fast` leaves it out


@pytest.fixture(autouse=True)
def a_short_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endless, "SECONDS", 0.3)


def plain(peak, total, score):
    while score == score:
        total = total + 1


def that_catches_everything(peak, total, score):
    while True:
        try:
            total = total + 1
        except:  # noqa: E722
            total = 0


def in_a_function_of_its_own(peak, total, score):
    def again():
        while True:
            pass

    return again()


@pytest.mark.parametrize("answer", [plain, that_catches_everything, in_a_function_of_its_own])
def test_an_answer_that_does_not_end_is_stopped_and_told(answer):
    before = threading.active_count()
    with pytest.raises(NotYet) as error:
        check("11.1", answer, points=0)
    assert str(error.value).startswith("11.1 not yet · It does not come to an end, or takes very")
    assert "it was stopped after 0.3 s of work" in str(error.value)
    assert threading.active_count() == before


def test_an_answer_that_takes_more_and_more_memory_is_stopped_and_told(monkeypatch):
    monkeypatch.setattr(endless, "SECONDS", 1000.0)
    monkeypatch.setattr(endless, "GIBIBYTES", 0.1)

    def grows(peak, total, score):
        held = []
        while True:
            held.append(torch.ones(10**6))

    with pytest.raises(NotYet) as error:
        check("11.1", grows, points=0)
    assert str(error.value).startswith("11.1 not yet · It takes more and more memory")


def test_nothing_is_thrown_once_the_work_is_over():
    with stopwatch() as watch:
        with pytest.raises(Endless):
            work_for_ever(watch)
        assert watch.stopped
        for _ in range(10**6):  # some time in which nothing is watched
            pass


def work_for_ever(watch: Stopwatch) -> None:
    with watch.running():
        while True:
            pass
