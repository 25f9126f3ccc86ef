"""The process of a hand-in, spoken to over its pipe, without walls."""

import os
import socket
import subprocess
import sys

import pytest
import torch

from course.grading.sandbox import hand_in_process, wire

LIVES = """
import os, socket
from course.grading.sandbox import hand_in_process
pipe = socket.socket(fileno=os.dup(0))
shell = hand_in_process.quiet_shell()
hidden = hand_in_process.modules_of_the_course()
hand_in_process.live(pipe, shell, hidden, walled=False)
"""


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    ours, theirs = socket.socketpair()
    folder = tmp_path_factory.mktemp("home")
    process = subprocess.Popen(
        [sys.executable, "-c", LIVES], stdin=theirs.fileno(), cwd=folder,
        env={**os.environ, "IPYTHONDIR": str(folder), "MPLBACKEND": "agg"},
    )  # fmt: skip
    theirs.close()

    def ask(message):
        wire.send(ours, message)
        return wire.receive(ours)

    ask.hear = lambda: wire.receive(ours)
    yield ask
    ours.close()
    assert process.wait() == 0


def question(verb, *arguments, of=0, **options):
    return {"ask": verb, "of": of, "arguments": arguments, "options": options}


def test_what_is_forbidden_and_not_to_be_had_in_here_is_no_fault_of_the_answer(ask):
    assert ask({"run": "def twice(x):\n    return 2 * x"}) == {"error": None}
    forbids = ["a_package_that_is_hidden.twice", "torch.nn.functional.softmax"]
    assert ask({"check": "twice", "forbids": forbids, "last": False}) == {"error": None}
    assert ask(question("call", 2)) == {"value": 4}
    assert ask({"done": True}) == {"ended": True}


@pytest.mark.parametrize(
    ("cell", "error"),
    [
        ("x = 1", None),
        ("%matplotlib inline\nx = 2", None),
        ("import asyncio\nawait asyncio.sleep(0)", None),
        ("from course import check\ncheck('01.1', print)", None),  # does nothing in here
        # Nor does what was never loaded here: a cell that asks for a model finds none.
        ("from course.models import have, load_minilm\nassert not have('MiniLM')", None),
        ("import course.models.wordpiece\nfrom course.widgets.figures import show", None),
        ("print('x' * 100); display(1); quit()", None),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("def f(:", "SyntaxError: "),
        ("raise ValueError('x' * 10_000)", "ValueError: xxxx"),
        ("raise type('Odd', (Exception,), {'__str__': lambda self: 1})()", "Odd"),
    ],
)
def test_a_cell_runs_as_in_a_notebook_and_its_error_is_one_text(ask, cell, error):
    said = ask({"run": cell})["error"]
    if error is None:
        assert said is None
    else:
        assert said.startswith(error)
        assert len(said) <= hand_in_process.LONGEST_TEXT


def test_an_answer_is_asked_in_a_process_of_its_own_whose_changes_go_with_it(ask):
    ask({"run": "count = []\ndef f(x):\n    count.append(1)\n    return x * len(count)"})
    for _ in range(2):
        assert ask({"check": "f", "forbids": [], "last": False}) == {"error": None}
        assert [ask(question("call", 5))["value"] for _ in range(3)] == [5, 10, 15]
        assert ask({"done": True}) == {"ended": True}


def test_what_it_builds_is_asked_by_its_number(ask):
    ask({"run": "import torch\nmake = lambda n: torch.nn.Linear(n, n)"})
    assert ask({"check": "make", "forbids": [], "last": False}) == {"error": None}
    assert ask(question("build", 3)) == {"value": 1}
    assert ask(question("count_parameters", of=1)) == {"value": 12}
    assert ask(question("call", torch.ones(2, 3), of=1))["value"].shape == (2, 3)
    assert ask({"done": True}) == {"ended": True}


def test_an_answer_that_raises_or_gives_no_data_is_a_trouble_in_words(ask):
    ask({"run": "def f(x):\n    if x:\n        raise KeyError('k' * 9999)\n    return object"})
    assert ask({"check": "f", "forbids": [], "last": False}) == {"error": None}
    raised = ask(question("call", True))["trouble"]
    assert raised["what"] == "raised"
    assert all(len(text) <= hand_in_process.LONGEST_TEXT for text in raised.values())
    assert ask(question("call", False))["trouble"]["what"] == "strange"
    assert ask({"done": True}) == {"ended": True}


@pytest.mark.parametrize(
    ("expression", "error"),
    [("nowhere", "NameError: name 'nowhere' is not defined"), ("5", "it is of type int")],
)
def test_what_is_no_answer_is_said_and_its_process_ends(ask, expression, error):
    assert ask({"check": expression, "forbids": [], "last": False})["error"].startswith(error)
    assert ask.hear() == {"ended": True}


def test_an_answer_that_ends_its_process_leaves_the_cells_as_they_were(ask):
    ask({"run": "import os\nkept = 7\ndef f():\n    os._exit(3)"})
    assert ask({"check": "f", "forbids": [], "last": False}) == {"error": None}
    assert ask(question("call")) == {"ended": True}
    assert ask({"run": "assert kept == 7"}) == {"error": None}


def test_what_a_text_tells_is_told_from_the_cell_that_was_run(ask):
    ask({"run": "def f(x, y):\n    n = 1\n    return x"})
    assert ask({"check": "f", "forbids": [], "last": False}) == {"error": None}
    assert ask(question("unread")) == {"value": ("y", "n")}
    assert ask(question("gone", ("n = 1", "n = 2"))) == {"value": (1,)}
    assert ask({"done": True}) == {"ended": True}
