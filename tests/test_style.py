"""One style, and types that hold."""

import subprocess
import sys

import pytest

from course.paths import ROOT


@pytest.mark.parametrize(
    "tool",
    [
        pytest.param("ruff check", id="lint"),
        pytest.param("ruff format --check", id="format"),
        pytest.param("mypy", id="types", marks=pytest.mark.slow),
    ],
)
def test_the_code_passes(tool: str):
    command = [sys.executable, "-m", *tool.split()]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
