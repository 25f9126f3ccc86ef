"""What counts of a hand-in's time: what it computes and sleeps, not what it waits for others."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from course.grading.marking import grade as grading
from course.grading.sandbox import time_used

SPINS = "while True: pass"
SECONDS = 0.2
WORKS = f"""
import os, time
if os.fork() == 0:
    while time.process_time() < {SECONDS}: pass
    os._exit(0)
os.wait()
while time.process_time() < {SECONDS}: pass
print("done", flush=True)
time.sleep(600)
"""
THREAD = """
import threading, time
def spin():
    while True: pass
threading.Thread(target=spin).start()
print("done", flush=True)
time.sleep(600)
"""
SLEEPS = """
import os, signal, time
if os.fork() == 0:
    os.kill(os.getpid(), signal.SIGSTOP)
print("done", flush=True)
time.sleep(600)
"""


@contextlib.contextmanager
def running(code: str) -> Iterator[subprocess.Popen[str]]:
    """A process that has said that it is done with what it does first."""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as one:
        assert one.stdout
        try:
            assert one.stdout.readline() == "done\n"
            yield one
        finally:
            for process in time_used.family(one.pid):
                process.kill()


def test_processor_time_is_that_of_all_processes_also_of_those_that_have_ended():
    with running(WORKS) as process:
        assert time_used.processor_seconds(time_used.family(process.pid)) >= 1.9 * SECONDS


def test_who_sleeps_is_asleep_and_so_is_who_is_stopped():
    with running(SLEEPS) as process:
        while not time_used.asleep(time_used.family(process.pid)):
            pass
        assert len(time_used.family(process.pid)) == 2


def test_who_has_a_thread_that_computes_is_not_asleep():
    with running(THREAD) as process:
        assert not any(time_used.asleep(time_used.family(process.pid)) for _ in range(20))


def test_who_is_gone_uses_nothing():
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
        assert time_used.family(process.pid) == []


@pytest.fixture
def crowded(walls: None) -> Iterator[None]:
    """One processor for the hand-ins, and six others on it that never rest."""
    forkserver = psutil.Process(grading.forkserver()._process.pid)
    before = forkserver.cpu_affinity()
    forkserver.cpu_affinity(before[:1])
    # A session each: the kernel may share the processor between sessions.
    command = [sys.executable, "-c", SPINS]
    crowd = [psutil.Popen(command, start_new_session=True) for _ in range(6)]
    try:
        for process in crowd:
            process.cpu_affinity(before[:1])
        yield
    finally:
        for process in crowd:
            process.kill()
            process.wait()
        forkserver.cpu_affinity(before)


BURNS = """
import time
start = time.process_time()
while time.process_time() - start < {seconds}: pass
"""


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs a processor to itself")
def test_a_busy_machine_changes_no_mark(notebook, grade, crowded):
    """What takes a second of a processor takes seven here, and four are allowed."""
    report = grade(notebook().before("01.4", BURNS.format(seconds=1.0)), cell_seconds=4.0)
    assert (notebook.points(report), report.notes) == (notebook.FULL, ())


def test_a_hand_in_that_computes_a_little_in_each_of_many_cells_comes_to_an_end(notebook, attack):
    book = notebook()
    for _ in range(40):
        book.before("01.4", BURNS.format(seconds=0.5))
    report = attack(book, cell_seconds=1.0)
    assert "the rest was not run" in " ".join(report.notes)
    assert report.marks[0].points == 1.0
    assert report.marks[4].points == 0.0
