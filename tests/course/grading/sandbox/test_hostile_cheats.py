"""Hand-ins that want marks without answers. Marks depend on answers only."""

import pytest

NUMBERS = ["01.1", "01.2", "01.3", "01.4", "01.5"]
NOTHING = dict.fromkeys(NUMBERS, 0.0)


PATCHES = {
    "the checker": """
import course, sys, builtins
course.check = check = lambda *a, **k: print("right")
sys.modules["course.checking"] = course
""",
    "everything of the checker that is in memory": """
import gc, types
gc.unfreeze()
for thing in gc.get_objects():
    if isinstance(thing, types.FunctionType) and "course" in thing.__code__.co_filename:
        if thing.__name__ in {"judge", "check", "difference", "as_array", "_same", "points"}:
            thing.__code__ = (lambda *a, **k: None).__code__
""",
    "torch.allclose": "import torch\ntorch.allclose = torch.equal = lambda *a, **k: True\n",
    "numpy.isclose": """
import numpy as np
np.isclose = np.allclose = np.array_equal = np.equal = lambda *a, **k: np.array(True)
np.ndarray.all = all
""",
    "builtins": """
import builtins
builtins.all = builtins.any = builtins.isinstance = lambda *a: True
builtins.float = builtins.abs = builtins.len = lambda *a: 0
""",
    "IPython's way to read cells": """
def cheat(lines):
    return ["pass"] if any("check(" in line for line in lines) else lines
get_ipython().input_transformers_cleanup.append(cheat)
get_ipython().input_transformers_post.append(cheat)
get_ipython().run_cell = lambda *a, **k: None
""",
    "the process that answers": """
import os
os.fork = lambda: 1
os._exit = lambda code: None
""",
    "json and struct": """
import json, struct
json.dumps = lambda *a, **k: '{"error": null, "value": 1.0}'
""",
}


@pytest.mark.parametrize("patch", PATCHES.values(), ids=PATCHES.keys())
def test_patching_earns_nothing(patch, notebook, attack):
    assert notebook.points(attack(notebook.blank().before("01.1", patch))) == NOTHING


ODD_ANSWERS = {
    "a tensor that says yes to all": """
import torch
class Yes(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        return True
def attention(query, key, value):
    return torch.ones(1).as_subclass(Yes), torch.ones(1).as_subclass(Yes)
""",
    "an array that says yes to all": """
import numpy as np
class Yes(np.ndarray):
    __array_priority__ = 1e9
    def __array_function__(self, *a): return True
    def __array_ufunc__(self, *a, **k): return np.ones(1, dtype=bool)
    def __eq__(self, other): return np.ones(1, dtype=bool)
def attention(query, key, value):
    return np.ones((2, 2)).view(Yes), np.ones((2, 2)).view(Yes)
""",
    "a number that equals all": """
class Yes(float):
    def __eq__(self, other): return True
    __ne__ = lambda self, other: False
    __hash__ = float.__hash__
    __sub__ = __rsub__ = lambda self, other: 0.0
    __float__ = lambda self: float("nan")
def attention(query, key, value):
    return Yes(), Yes()
""",
    "an object that becomes any array": """
class Yes:
    def __eq__(self, other): return True
    def __array__(self, *a, **k): raise KeyboardInterrupt
    def __getattr__(self, name): return self
    def __call__(self, *a, **k): return self
    __class__ = property(lambda self: __import__("torch").Tensor)
def attention(query, key, value):
    return Yes(), Yes()
""",
    "a tuple without end": """
class Yes(tuple):
    def __len__(self): return 2
    def __iter__(self):
        while True: yield 1.0
def attention(query, key, value):
    return Yes((1.0, 2.0))
""",
    "a dictionary in itself": """
def attention(query, key, value):
    d = {}
    d["d"] = d
    return d, [d]
""",
    "a number that no float can hold": "def attention(*a): return 10**4000, -(10**4000)\n",
    "nan": "def attention(q, k, v): return q @ k.mT @ v * float('nan'), q @ k.mT * float('nan')\n",
    "a text of many megabytes": "def attention(*a): return 'x' * 50_000_000, 'y'\n",
    "a million values": "def attention(*a): return (1.0,) * 1_000_000\n",
    "letters that are none": "def attention(*a): return '\\ud800' * 10, '\\x00\\x1b[31m'\n",
}


@pytest.mark.parametrize("answer", ODD_ANSWERS.values(), ids=ODD_ANSWERS.keys())
def test_an_odd_answer_is_judged_as_what_it_is_and_the_others_keep_their_marks(
    answer, notebook, attack
):
    report = attack(notebook().answer("01.4", answer))
    assert notebook.points(report) == {**notebook.FULL, "01.4": 0.0, "01.5": 0.0}  # 01.5 calls 01.4
    message = report.marks[3].message
    assert len(message) < 5000
    message.encode()  # no file would take it otherwise


def test_there_are_no_expected_values_to_be_found(notebook, attack):
    """The answer looks through memory and through the frames of who called it."""
    look = """
import gc, sys, types
def attention(query, key, value):
    gc.unfreeze()
    frame, files = sys._getframe(), set()
    while frame:
        files.add(frame.f_code.co_filename.rpartition("/")[2])
        frame = frame.f_back
    own, banks, maps = (query, key, value), set(), []
    for thing in gc.get_objects():
        if type(thing) is types.FunctionType and "/course/checks/" in thing.__code__.co_filename:
            banks.add(thing.__code__.co_filename.rpartition("/")[2])
        if type(thing) is torch.Tensor and thing.shape[-2:] == (query.shape[-2], key.shape[-2]):
            maps += [] if any(thing is one for one in own) else [thing]
    judges = [f for f in files if f in {"judge.py", "compare.py", "grade.py", "remote.py"}]
    raise LookupError(f"banks {sorted(banks)} maps {len(maps)} judges {judges}")
"""
    report = attack(notebook().answer("01.4", look))
    assert "LookupError: banks [] maps 0 judges []" in " ".join(report.marks[3].message.split())


def test_the_marks_are_those_of_the_notebook_that_was_given_out(notebook, attack):
    forged = notebook.blank()
    for cell in forged.cells:
        marks = cell["metadata"].get("nbgrader")
        if marks and marks["grade"]:
            marks["points"] = 1000
            marks["locked"] = False
            cell["source"] = "10.0"  # what nbgrader would take for ten points
    report = attack(forged.before("01.1", "check = lambda *a, **k: 1.0"))
    assert notebook.points(report) == NOTHING
    assert report.max_points == 11.0


def test_a_check_that_was_pointed_at_another_function_asks_the_right_one(notebook, attack):
    forged = notebook().answer("01.4", "def attention(query, key, value):\n    return None\n")
    forged.cell("check-01-4")["source"] = 'check("01.1", agreement_scores)'
    assert notebook.points(attack(forged)) == {**notebook.FULL, "01.4": 0.0, "01.5": 0.0}


def test_one_right_answer_under_five_checks_is_worth_one(notebook, attack):
    forged = notebook.blank().answer(
        "01.1", "def agreement_scores(queries, keys):\n    return queries @ keys.T\n"
    )
    easy = forged.place("check-01-1")
    for number in range(2, 6):
        copied = {**forged.cells[easy], "metadata": {"nbgrader": {}}}
        copied["metadata"] = {"nbgrader": {"grade_id": "check-01-1", "grade": True, "points": 9}}
        forged.cells.insert(easy + 1, copied)
        forged.cell(f"check-01-{number}")["source"] = 'check("01.1", agreement_scores)'
    report = attack(forged)
    assert notebook.points(report) == {**NOTHING, "01.1": 1.0}
    assert sum("stands twice" in note for note in report.notes) == 4


def test_a_hand_in_that_claims_to_be_another_lesson_gets_that_lessons_marks(notebook, grade):
    forged = notebook()
    forged.content["metadata"]["course"]["lesson"] = "00_before_you_start"
    report = grade(forged)
    assert report.lesson == "00"
    assert report.points == 0
    forged.content["metadata"]["course"]["lesson"] = "77_no_such_lesson"
    assert "this course has none" in grade(forged).error
