"""Hand-ins that hang, end their process, or use up the machine. What was earned stays earned."""

import threading

import psutil
import pytest

from course.grading.marking import grade as grading

LIMIT = {"cell_seconds": 2.0}
WITHOUT_4 = {"01.1": 1.0, "01.2": 2.0, "01.3": 2.0, "01.4": 0.0, "01.5": 0.0}  # 01.5 calls 01.4

ENDS = {
    "exit()": "exit()",
    "sys.exit()": "import sys\nsys.exit(1)",
    "os._exit": "import os\nos._exit(0)",
    "os.abort": "import os\nos.abort()",
    "kill itself": "import os\nos.kill(os.getpid(), 9)",
    "kill all": "import os\nos.kill(-1, 9)",
    "kill its group": "import os\nos.killpg(0, 9)",
    "interrupt the first": "import os, signal\nos.kill(1, signal.SIGINT)",
    "a bad address": "import ctypes\nctypes.string_at(0)",
    "end of the stack": "import sys\nsys.setrecursionlimit(10**9)\ndef f(): f()\nf()",
    "close everything": "import os\nos.closerange(0, 4096)",
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
def test_who_ends_the_process_in_a_cell_keeps_the_marks_of_all_answers(end, notebook, attack):
    report = attack(notebook().before("01.4", end), **LIMIT)
    assert notebook.points(report) == notebook.FULL


HANGS = {
    "asleep": "import time\ntime.sleep(600)",
    "a loop that swallows everything": """
while True:
    try:
        while True: pass
    except BaseException: pass
""",
    "deaf": """
import signal
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
while True: pass
""",
    "stopped": "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)",
    "inside C": "sum(range(10**15))",
    "a regular expression": "import re\nre.match(r'(a+)+b', 'a' * 60)",
    "in a child": "import os\nif os.fork() == 0:\n    while True: pass\nos.wait()",
    "in children, one after another": """
import os, time
while True:
    if os.fork() == 0:
        while time.process_time() < 0.1: pass
        os._exit(0)
    os.wait()
""",
    "in a thread": """
import threading
def spin():
    while True: pass
thread = threading.Thread(target=spin)
thread.start()
thread.join()
""",
    "waiting for a file": "import os\nos.mkfifo('/tmp/work/pipe')\nopen('/tmp/work/pipe')",
}


@pytest.mark.parametrize("hang", HANGS.values(), ids=HANGS.keys())
def test_who_hangs_in_a_cell_keeps_the_marks_of_all_answers(hang, notebook, attack):
    report = attack(notebook().before("01.4", hang), **LIMIT)
    assert notebook.points(report) == notebook.FULL
    assert any("ran longer than 2 s" in note for note in report.notes)


ANSWERS = {
    "a loop": "while True:\n        try:\n            pass\n        except BaseException: pass",
    "os._exit": "import os\n    os._exit(0)",
    "exit()": "exit()",
    "a signal": "import os, signal\n    os.kill(os.getppid(), signal.SIGSTOP)\n    os._exit(0)",
    "the parent": "import os\n    os.kill(os.getppid(), 9)",
    "all": "import os\n    os.kill(-1, 9)",
    "a bad address": "import ctypes\n    ctypes.string_at(0)",
    "a bomb": "return [bytearray(2**27) for _ in range(99)]",
    "forks": "import os\n    while True:\n        os.fork()",
    "100 MB of words": "print('x' * 100_000_000)",
    "recursion": "return attention(query, key, value)",
}


@pytest.mark.parametrize("body", ANSWERS.values(), ids=ANSWERS.keys())
def test_an_answer_that_hangs_or_ends_its_process_costs_only_its_own_marks(body, notebook, attack):
    answer = f"def attention(query, key, value):\n    {body}\n"
    report = attack(notebook().answer("01.4", answer), **LIMIT)
    assert notebook.points(report) == WITHOUT_4


@pytest.mark.parametrize("body", ["os._exit", "a loop", "a signal", "a bomb"])
def test_so_does_the_last_one_which_has_no_process_of_its_own(body, notebook, attack):
    answer = f"def self_attention(x, w_q, w_k, w_v):\n    {ANSWERS[body]}\n"
    report = attack(notebook().answer("01.5", answer), **LIMIT)
    assert notebook.points(report) == {**notebook.FULL, "01.5": 0.0}
    assert "the check could not be asked" in report.marks[4].message or body == "a bomb"


LEFTOVERS = {
    "an exit that hangs": "os._exit = lambda code: time.sleep(600)",
    "a thread": "threading.Thread(target=time.sleep, args=(600,)).start()",
    "a process": "os.fork() or time.sleep(600)",
    "a late shot at the parent": "threading.Timer(0.1, os.kill, (os.getppid(), 9)).start()",
    "ignored children": "signal.signal(signal.SIGCHLD, signal.SIG_IGN)",
}


@pytest.mark.parametrize("leftover", LEFTOVERS.values(), ids=LEFTOVERS.keys())
def test_a_right_answer_keeps_its_marks_whatever_it_leaves_behind(leftover, notebook, attack):
    answer = f"""
import atexit, math, os, signal, threading, time
atexit.register(time.sleep, 600)
calls = []
def attention(query, key, value):
    weights = (query @ key.mT / math.sqrt(query.shape[-1])).softmax(dim=-1)
    calls.append(0)
    if len(calls) == 3:  # the last case
        {leftover}
    return weights @ value, weights
"""
    report = attack(notebook().answer("01.4", answer), **LIMIT)
    assert notebook.points(report) == notebook.FULL


FLOODS = {
    "fork bomb": """
import os
while True:
    try: os.fork()
    except OSError: pass
""",
    "fork bomb that stops where it can't go on": "import os\nwhile True:\n    os.fork()",
    "copies that live on": "import os\nfor _ in range(5): os.fork()",
    "forks that leave": """
import os
for _ in range(5000):
    try:
        if os.fork() == 0: os._exit(0)
    except OSError: pass
""",
    "threads that never end": """
import threading, time
def spin():
    while True: pass
for work in (spin, lambda: time.sleep(600)) * 5:
    threading.Thread(target=work).start()
""",
    "deaf to its children": "import signal\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)",
    "memory of one": "hoard = [bytearray(2**26) for _ in range(999)]",
    "memory of many": """
import os, time
for _ in range(30):
    if os.fork() == 0:
        hoard = bytearray(2**29)
        time.sleep(600)
time.sleep(600)
""",
    "memory behind quick cells": """
import os, time
for _ in range(30):
    if os.fork() == 0:
        hoard = [bytearray(2**24) for _ in range(32)]
        time.sleep(600)
""",
    "memory in files": """
hoard = []
try:
    for n in range(99):
        hoard.append(open(f"/tmp/work/{n}", "wb"))
        hoard[-1].write(bytes(2**26))
        hoard[-1].flush()
except OSError: pass
""",
    "memory in pipes": """
import os, fcntl
hoard = []
try:
    while True:
        out, into = os.pipe()
        hoard += [out, into]
        fcntl.fcntl(into, 1031, 2**20)
        os.set_blocking(into, False)
        os.write(into, bytes(2**20))
except OSError: pass
""",
    "files": """
try:
    for n in range(200_000): open(f"/tmp/work/{n}", "w").close()
except OSError: pass
""",
    "a disk": """
try:
    with open("/tmp/work/big", "wb") as file:
        while True: file.write(bytes(2**20))
except OSError: pass
""",
    "100 MB of output": "print('x' * 100_000_000)\nimport os\nos.write(1, bytes(10**8))",
    "100 MB of errors": "raise ValueError('x' * 100_000_000)",
    "a picture": "import matplotlib.pyplot as plt\nplt.figure(figsize=(9999, 9999)).savefig('x')",
    "descriptors": "import os\nwhile True: os.dup(0)",
}


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS.keys())
def test_a_flood_stays_in_its_room(flood, notebook, attack):
    with Watch() as watch:
        report = attack(notebook().before("01.4", flood), **LIMIT)
    assert notebook.points(report) == notebook.FULL
    assert watch.most_processes < 70
    assert watch.most_memory < 5 * 2**30  # the limit, and what comes between two looks at it


def test_what_copies_share_counts_once(notebook, attack):
    crowd = """
import os, time
for _ in range(25):
    if os.fork() == 0:
        time.sleep(600)
time.sleep(1)
"""
    report = attack(notebook().before("01.4", crowd), cell_seconds=20.0)
    assert notebook.points(report) == notebook.FULL
    assert report.notes == ()


DETACHED = """
import os, time
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            {leave}
            for number in range(4096 if {close} else 0):
                try: os.close(number)
                except OSError: pass
            time.sleep(600)
        os._exit(0)
"""


@pytest.mark.parametrize("close", [True, False], ids=["pipe closed", "pipe held"])
@pytest.mark.parametrize(
    "leave", ["pass", "os.kill(os.getppid(), 9)", "os.execvp('sleep', ['sleep', '600'])"]
)
def test_a_detached_child_does_not_outlive_the_hand_in(leave, close, notebook, attack):
    report = attack(notebook().before("01.4", DETACHED.format(leave=leave, close=close)))
    assert notebook.points(report) == notebook.FULL
    assert report.notes == ()  # nobody waited for it


def test_a_cell_that_uses_up_all_threads_costs_only_what_comes_after(notebook, attack):
    """No process can be started any more, and so no answer be asked: that is its own doing."""
    cell = """
import threading, time
for _ in range(10_000):
    try: threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
    except RuntimeError: break
"""
    report = attack(notebook().before("01.4", cell), **LIMIT)
    assert notebook.points(report) == WITHOUT_4


def test_a_child_that_holds_the_pipe_of_a_dead_parent_is_no_wait(notebook, attack):
    cell = "import os, time\nif os.fork() == 0:\n    time.sleep(600)\nos.kill(os.getpid(), 9)\n"
    report = attack(notebook().before("01.4", cell), cell_seconds=20.0)
    assert notebook.points(report) == notebook.FULL
    (note,) = report.notes
    assert "it ended its own process" in note


def test_many_faults_end_the_hand_in_and_keep_what_was_earned(notebook, attack):
    hostile = notebook()
    for _ in range(grading.MOST_FAULTS):
        hostile.before("01.4", "import os\nos._exit(0)")
    report = attack(hostile, **LIMIT)
    assert notebook.points(report) == WITHOUT_4
    assert "the rest was not run" in " ".join(report.notes)


def test_a_hand_in_that_is_slow_everywhere_comes_to_an_end(notebook, attack):
    hostile = notebook()
    for _ in range(50):
        hostile.before("01.4", "import time\ntime.sleep(0.5)")
    report = attack(hostile, cell_seconds=1.0)
    assert "the rest was not run" in " ".join(report.notes)
    assert report.marks[0].points == 1.0
    assert report.marks[4].points == 0.0


class Watch:
    """Looks, while a hand-in is graded, at how much the forkserver's descendants use."""

    def __enter__(self):
        self.most_processes = self.most_memory = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join()

    def _look(self):
        forkserver = psutil.Process(grading.forkserver()._process.pid)
        while not self._ended.wait(0.1):
            family = forkserver.children(recursive=True)
            self.most_processes = max(self.most_processes, len(family))
            self.most_memory = max(self.most_memory, sum(map(own_memory, family)))


def own_memory(process):
    """Bytes that are this process's alone; 0 where nobody but root may know."""
    try:
        return process.memory_full_info().uss
    except (psutil.Error, OSError):
        return 0
