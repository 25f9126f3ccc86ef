"""The `course` command: its commands, and what a mistake looks like."""

import functools
import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from course.cli import commands
from course.setup import doctor, lab
from course.upkeep import archive, exercises, git, update


def course(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from course.cli import app; app()", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_mistake_of_the_users_gives_one_sentence_and_exit_code_2():
    answer = course("lab", "no-such-lesson")
    assert answer.returncode == 2
    assert "no-such-lesson" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert len(answer.stderr.strip().splitlines()) == 1


def test_an_impossible_port_is_refused():
    assert CliRunner().invoke(commands, ["lab", "--port", "99999"]).exit_code == 2


def test_every_command_says_what_it_is_for():
    for command in commands.registered_commands:
        assert command.callback is not None
        assert command.callback.__doc__


SAY_WHAT_WAS_IMPORTED = """
import atexit, os, sys

def say():
    roots = {name.partition(".")[0] for name in sys.modules}
    from importlib.metadata import packages_distributions
    owners = packages_distributions()
    print("imported:", *{owner for root in roots for owner in owners.get(root, ())})

atexit.register(say)
os.execv = lambda *command: sys.exit()  # where JupyterLab takes over
"""
ANY_COMMAND_LINE = """
import rich.table, typer

def command(number: int = 1):
    ...

typer.run(command)
"""


@functools.cache
def packages_imported(code: str, *words: str) -> set[str]:
    """The installed packages that a program has imported when it ends."""
    command = [sys.executable, "-c", SAY_WHAT_WAS_IMPORTED + code, *words]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert answer.returncode == 0, answer.stderr
    (line,) = [line for line in answer.stdout.splitlines() if line.startswith("imported:")]
    return set(line.split()[1:])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "more"),
    [
        (["--help"], set()),
        (["progress"], {"filelock"}),
        (["progress", "1"], {"filelock"}),
        (["lab"], {"pyzmq"}),
        *[
            ([command.callback.__name__.replace("_", "-"), "--help"], set())
            for command in commands.registered_commands
        ],
    ],
    ids=" ".join,
)
def test_a_command_that_computes_nothing_imports_nothing_that_takes_long(
    words: list[str], more: set[str]
):
    imported = packages_imported("from course.cli import app; app()", *words)
    for any_words in (["--help"], ["--number", "3"]):
        imported -= packages_imported(ANY_COMMAND_LINE, *any_words)
    assert imported == more


def test_lab_says_that_a_newer_version_is_here(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lab, "open_lab", lambda *words, **options: None)
    for newer, said in ((0, ""), (2, "A newer version of the course is here: course update")):
        monkeypatch.setattr(git, "newer_fetched", lambda newer=newer: newer)
        assert CliRunner().invoke(commands, ["lab"]).output.startswith(said)
        assert bool(said) == bool(CliRunner().invoke(commands, ["lab"]).output)


@pytest.mark.parametrize(
    ("words", "asked"),
    [(["catch-up", "05.2"], "catch_up_to 05.2"), (["reset", "05.2"], "reset 05.2")],
)
def test_what_upkeep_does_is_said_line_by_line(
    words: list[str], asked: str, monkeypatch: pytest.MonkeyPatch
):
    for name in ("catch_up_to", "reset"):
        monkeypatch.setattr(exercises, name, lambda number, name=name: [f"{name} {number}", "done"])
    assert CliRunner().invoke(commands, words).output == f"{asked}\ndone\n"


def test_update_takes_a_zip_file_where_one_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(update, "update", lambda: ["by git"])
    monkeypatch.setattr(archive, "update_from", lambda file: [f"from {file.name}"])
    assert CliRunner().invoke(commands, ["update"]).output == "by git\n"
    assert CliRunner().invoke(commands, ["update", "a/new.zip"]).output == "from new.zip\n"


def test_lab_hands_on_what_the_user_asked_for(monkeypatch: pytest.MonkeyPatch):
    asked = []
    monkeypatch.setattr(lab, "open_lab", lambda *words, **options: asked.append((words, options)))
    CliRunner().invoke(commands, ["lab", "3", "--no-browser", "--port", "9000"])
    CliRunner().invoke(commands, ["lab"])
    assert asked == [
        (("3",), {"browser": False, "port": 9000}),
        ((None,), {"browser": True, "port": None}),
    ]


@pytest.mark.parametrize(("verdict", "code"), [("good", 0), ("be aware", 0), ("must fix", 1)])
def test_doctor_fails_only_where_something_must_be_fixed(
    verdict: doctor.Verdict, code: int, monkeypatch: pytest.MonkeyPatch
):
    finding = doctor.Finding("disk", verdict, "0.1 GB free", "Free some.")
    monkeypatch.setattr(doctor, "examine", lambda: [finding])
    table = CliRunner().invoke(commands, ["doctor"])
    assert table.exit_code == code
    assert "0.1 GB free" in table.stdout
    machine = CliRunner().invoke(commands, ["doctor", "--json"])
    assert machine.exit_code == code
    assert json.loads(machine.stdout) == [
        {"what": "disk", "verdict": verdict, "found": "0.1 GB free", "advice": "Free some."}
    ]
