"""Imports go as docs/architecture.md draws them: down, never round in a circle."""

import ast
import graphlib
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from course import paths

LIB = paths.ROOT / "lib"
TESTS = paths.ROOT / "tests"
# From the ground up: a room imports what is on lower floors.
FLOORS = [
    {"attn"},
    {"course.errors", "course.measure", "course.race", "course.senses", "course.translation"},
    {"course.paths", "course.atomic", "course.stories"},
    {"course.record", "course.results"},
    {"course.cells", "course.quizzes"},
    {"course.checking"},
    {"course.checks"},
    {"course.models", "course.widgets"},
    {"course.setup", "course.search", "course.writing"},
    {"course.authoring"},
    {"course.upkeep"},
    {"course.grading.report"},
    {"course.grading.sandbox"},
    {"course.grading.marking"},
    {"course.grading.hand_ins", "course.grading.journal"},
    {"course.grading.workers"},
    {"course.grading.reports"},
    {"course.grading.seed", "course.grading.gradescope"},
    {"course.grading.run"},
    {"course.grading.command"},
    {"course.cli"},
]
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
# A lesson's checks are found by its number: the one arrow up.
UP = {("course.checking", "course.checks")}
# `from course import check` loads what it names when it is first asked for.
DOORS = {"course", "course.grading"}
LONGEST = 300
# Modules that no test file mirrors, and why not.
WITHOUT_TESTS = {"course.cells.verdicts": "four words"}
# Rooms whose modules are tested together: a detector says one sentence, a mutant is one answer.
TESTED_WHOLE = {
    "course.checking.detect": "course/checking/detect/test_sentences.py",
    "course.authoring.mutants": "course/authoring/test_mutants.py",
}


def name_of(file: Path) -> str:
    return ".".join(file.relative_to(LIB).with_suffix("").parts).removesuffix(".__init__")


FILES = {name_of(file): file for file in sorted(LIB.rglob("*.py"))}


def room(module: str) -> str:
    """The room that a module is in; a module on its own beside rooms is one."""
    parts = module.split(".")
    return ".".join(parts[: 1 if parts[0] == "attn" else 3 if "grading" in parts[:2] else 2])


@cache
def imports(module: str, *, everywhere: bool = True) -> frozenset[str]:
    """Our modules that a module imports; without `everywhere` those that it loads with itself."""
    tree = ast.parse(FILES[module].read_text(encoding="utf-8"))
    nodes = ast.walk(tree) if everywhere else iter(tree.body)
    return frozenset(name for node in nodes for name in _named(node) if name in FILES) - {module}


def _named(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        inside = [f"{node.module}.{alias.name}" for alias in node.names]
        yield from (name if name in FILES else node.module for name in inside)


def reached(module: str) -> set[str]:
    """All that is loaded with a module, and what their functions may load later."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        if (name := waiting.pop()) not in found:
            found.add(name)
            waiting += imports(name)
    return found


@pytest.mark.parametrize("module", [name for name in FILES if room(name) not in DOORS])
def test_a_room_imports_from_lower_floors_alone(module: str):
    here = room(module)
    arrows = {room(name) for name in imports(module)} - {here} - DOORS
    assert {there for there in arrows if FLOOR[there] >= FLOOR[here]} <= {
        there for start, there in UP if start == here
    }


def test_no_module_loads_itself_through_others():
    graph = {name: imports(name, everywhere=False) for name in FILES}
    assert set(graphlib.TopologicalSorter(graph).static_order()) == set(FILES)


def test_start_py_reaches_nothing_that_has_to_be_installed():
    for module in reached("course.setup.startup"):
        tree = ast.parse(FILES[module].read_text(encoding="utf-8"))
        top = [
            name.partition(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in ([node.module] if isinstance(node, ast.ImportFrom) else
                         [alias.name for alias in node.names])
        ]  # fmt: skip
        assert {name for name in top if name != "course"} <= sys.stdlib_module_names, module


@pytest.mark.parametrize("start", ["hand_in_process", "forkserver"])
def test_a_hand_ins_process_reaches_no_check_and_no_marks(start: str):
    known = reached(f"course.grading.sandbox.{start}")
    assert not {name for name in known if name.startswith("course.checks.")}
    assert not {name for name in known if name.startswith("course.grading.marking")}


def test_no_file_is_longer_than_one_can_keep_in_mind():
    lines = {name: len(file.read_text("utf-8").splitlines()) for name, file in FILES.items()}
    assert {name: count for name, count in lines.items() if count > LONGEST} == {}


def test_the_tests_mirror_the_folders():
    modules = {name for name, file in FILES.items() if file.name != "__init__.py"}
    unmirrored = {
        name
        for name in modules
        if not name.startswith("course.checks.")  # tests/course/checking/test_bank.py: all of them
        and name.rpartition(".")[0] not in TESTED_WHOLE
        and not (TESTS / FILES[name].relative_to(LIB))
        .with_stem(f"test_{FILES[name].stem}")
        .exists()
    }
    assert all((TESTS / file).exists() for file in TESTED_WHOLE.values())
    assert unmirrored <= WITHOUT_TESTS.keys()
    assert WITHOUT_TESTS.keys() <= modules
