"""No test, and no file of ours, is left out by a tool's habit.

pytest passes over folders with certain names, and so does ruff: 44 tests in a folder called `build`
were never run, and nobody noticed.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from course.paths import ROOT
from course.setup import startup

pytestmark = pytest.mark.slow  # programs, kernels or many sizes: `--fast` leaves it out

# What pytest, ruff, coverage, packagers and clean-up scripts pass over unless they are told not to.
LEFT_OUT = {
    "build",
    "_build",
    "buck-out",
    "dist",
    "env",
    "venv",
    "htmlcov",
    "node_modules",
    "target",
}


class Unopened(pytest.File):
    """A file of tests that nobody opens."""

    def collect(self) -> list[pytest.Item]:
        return []


class NamesOnly:
    """Collects as pytest does, but opens no file: seconds where all of them take a minute."""

    def __init__(self) -> None:
        self.files: set[Path] = set()

    @pytest.hookimpl(tryfirst=True)
    def pytest_pycollect_makemodule(self, module_path: Path, parent: pytest.Collector) -> Unopened:
        self.files.add(module_path)
        return Unopened.from_parent(parent, path=module_path)


def tracked(pattern: str) -> set[Path]:
    """Our files of that pattern, those that git does not know yet included."""
    command = ["git", "ls-files", "-co", "--exclude-standard", "--deduplicate", "--", pattern]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return {path for line in answer.stdout.splitlines() if (path := ROOT / line).exists()}


def test_every_test_file_is_collected_by_our_own_test_command(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(ROOT)
    words = startup.test_command(["-n", "0", "--collect-only"], fast=False)
    names = NamesOnly()
    code = pytest.main(words[words.index("pytest") + 1 :], plugins=[names])
    assert code in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}  # none was opened
    assert names.files == tracked(":(glob)tests/**/test_*.py")


def test_ruff_looks_at_every_python_file():
    command = [sys.executable, "-m", "ruff", "check", "--show-files"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert tracked("*.py") <= {Path(line) for line in answer.stdout.splitlines()}


def test_no_folder_has_a_name_that_tools_leave_out():
    folders = {part for path in tracked("*") for part in path.relative_to(ROOT).parts[:-1]}
    assert folders & LEFT_OUT == set()
