"""The archive that makes an autograder, and what that does with a hand-in."""

import json
import os
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from course import paths
from course.errors import CourseError
from course.grading.gradescope.archive import write_archive
from course.grading.report import Options

Valid = Callable[[dict], dict]


def test_the_archive_is_whole_and_the_same_each_time(tmp_path: Path):
    write_archive(tmp_path / "a.zip", Options())
    write_archive(tmp_path / "b.zip", Options(seed=7, cell_seconds=90.5, sandboxed=False))
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        names = archive.namelist()
        assert {"setup.sh", "run_autograder", "pyproject.toml", "requirements.txt"} <= set(names)
        assert "lib/course/checks/lesson_01/weights.py" in names
        assert "lib/course/grading/reports/templates/feedback.html" in names
        assert "notebooks/01_attention_is_a_soft_lookup.ipynb" in names
        assert not [n for n in names if n.startswith(("solutions", "lessons", "tests", "."))]
        assert not [n for n in names if "__pycache__" in n]
        for script in ("setup.sh", "run_autograder"):
            assert stat.S_IMODE(archive.getinfo(script).external_attr >> 16) == 0o755
            assert b"\r" not in archive.read(script)
        assert b'"$root" --seed 1 --cell-seconds 20\n' in archive.read("run_autograder")
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        assert b'"$root" --seed 7 --cell-seconds 90.5 --unsandboxed\n' in archive.read(
            "run_autograder"
        )
    first = (tmp_path / "a.zip").read_bytes()
    write_archive(tmp_path / "a.zip", Options())
    assert (tmp_path / "a.zip").read_bytes() == first
    with pytest.raises(CourseError, match=r"\.zip"):
        write_archive(tmp_path / "a.tar", Options())


def test_the_scripts_are_shell(tmp_path: Path):
    write_archive(tmp_path / "a.zip", Options())
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        for script in ("setup.sh", "run_autograder"):
            subprocess.run(["bash", "-n"], input=archive.read(script), check=True)


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    """The archive, unpacked as Gradescope does it."""
    root = tmp_path / "autograder"
    write_archive(tmp_path / "a.zip", Options())
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        archive.extractall(root / "source")
    (root / "submission").mkdir()
    return root


def run_autograder(root: Path, valid: Valid, python: str = sys.executable) -> dict:
    subprocess.run(
        ["bash", str(root / "source" / "run_autograder")],
        env={**os.environ, "AUTOGRADER_ROOT": str(root), "AUTOGRADER_PYTHON": python},
        cwd=root, check=True,
    )  # fmt: skip
    return valid(json.loads((root / "results" / "results.json").read_bytes()))


@pytest.mark.slow
def test_the_autograder_grades_a_submission_with_its_own_files(
    unpacked: Path, valid_results: Valid
):
    solution = (paths.SOLUTIONS / "01_attention_is_a_soft_lookup.ipynb").read_text("utf-8")
    handed_in = solution.replace("return queries @ keys.T", "return keys @ queries.T")
    assert handed_in != solution
    (unpacked / "submission" / "my answers.ipynb").write_text(handed_in, encoding="utf-8")
    # A note in the archive's own copy shows that it is this copy that grades.
    check = unpacked / "source/lib/course/checks/lesson_01/agreement.py"
    words = check.read_text("utf-8").replace("are exchanged:", "are exchanged in the archive:")
    check.write_text(words, encoding="utf-8")
    results = run_autograder(unpacked, valid_results)
    tests = {test["number"]: test for test in results["tests"]}
    assert tests["01.1"]["score"] == 0.0
    assert "are exchanged in the archive:" in tests["01.1"]["output"]
    assert tests["01.2"]["status"] == "passed"
    assert results["score"] == sum(test["score"] for test in tests.values()) > 5


def test_an_autograder_that_cannot_start_leaves_results_too(unpacked: Path, valid_results: Valid):
    assert (
        "tell your instructor" in run_autograder(unpacked, valid_results, python="false")["output"]
    )
