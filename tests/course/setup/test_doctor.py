"""The doctor looks at the real machine, and says what to do where something lacks."""

import io
import sys
import tomllib
from pathlib import Path

import pytest
import torch
from rich.console import Console

from course.models.packages import MODELS, Published
from course.paths import ROOT
from course.setup import doctor, installers

GIGABYTE = 10**9


def test_a_machine_that_runs_these_tests_is_usable_and_every_check_reports():
    findings = doctor.examine(kernel=False)
    assert [finding.what for finding in findings] == [
        *("Python", "packages", "PyTorch", "memory", "processor", "disk", "font", "progress"),
        *("model SmolLM2", "model MiniLM"),
    ]
    assert doctor.usable(findings)
    assert all(finding.advice for finding in findings if finding.verdict != "good")


@pytest.mark.parametrize(
    ("pinned", "file", "verdict", "found"),
    [
        (True, Path("weights"), "good", "all-MiniLM-L6-v2 is here"),
        (False, Path("weights"), "be aware", "not as pinned"),
        (False, None, "good", "not here"),
    ],
)
def test_a_model_that_is_missing_is_no_fault_and_it_says_how_to_get_it(
    pinned, file, verdict, found, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Published, "is_as_pinned", lambda model: pinned)
    monkeypatch.setattr(Published, "file", lambda model: file)
    finding = doctor.check_model("MiniLM", MODELS["MiniLM"])
    assert (finding.what, finding.verdict) == ("model MiniLM", verdict)
    assert found in finding.found
    assert ("84 MB, run: course models" in finding.advice) == (not pinned)


def test_a_real_kernel_of_this_python_starts_and_answers():
    assert doctor.check_kernel().verdict == "good"


def test_a_kernel_of_another_python_must_be_removed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doctor.sys, "prefix", "/another/python")
    finding = doctor.check_kernel()
    assert finding.verdict == "must fix"
    assert "kernelspec remove" in finding.advice


def test_a_check_that_breaks_is_a_finding(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "torch", None)  # the import raises, as if it were missing
    finding = doctor.attempt("PyTorch", doctor.check_torch)
    assert finding.verdict == "must fix"
    assert "ModuleNotFoundError" in finding.found


def test_the_advice_for_a_broken_torch_does_not_end_where_it_began(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setitem(sys.modules, "torch", None)
    (torch_found,) = [f for f in doctor.examine(kernel=False) if f.what == "PyTorch"]
    assert torch_found.verdict == "must fix"
    assert doctor.REINSTALL in torch_found.advice
    assert installers.another_way() in torch_found.advice


def test_a_wrong_product_is_noticed(monkeypatch: pytest.MonkeyPatch):
    honest = torch.Tensor.__matmul__
    monkeypatch.setattr(torch.Tensor, "__matmul__", lambda a, b: honest(a, b) + 1)
    assert doctor.check_torch().verdict == "must fix"


@pytest.mark.parametrize(
    ("version", "verdict"),
    [("3.10.13", "must fix"), ("3.11.0", "good"), ("3.14.2", "good"), ("3.15.0", "must fix")],
)
def test_the_python_must_be_one_that_the_project_names(
    version: str, verdict: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(doctor.metadata, "metadata", lambda name: project_metadata())
    assert doctor.check_python(version).verdict == verdict


def project_metadata() -> dict[str, str]:
    """As an installation made from today's pyproject.toml has it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {"Requires-Python": project["requires-python"]}


@pytest.mark.parametrize(
    ("lock", "verdict", "said"),
    [
        (f"numpy=={doctor.installed_version('numpy')}", "good", "all 1"),
        ("torch==2.13.0", "good", "all 1"),  # also where the build calls itself 2.13.0+cpu
        ("numpy==1.0", "be aware", "for ==1.0"),
        ("no-such-package-of-ours==1.0", "must fix", "missing: no-such-package-of-ours"),
        ("no-such-package-of-ours==1.0 ; python_version < '3'", "good", "all 0"),
    ],
)
def test_packages_are_held_against_the_lock(lock: str, verdict: str, said: str):
    finding = doctor.check_packages(f"# a comment\n-e .\n{lock}\n")
    assert finding.verdict == verdict
    assert said in finding.found


@pytest.mark.parametrize(
    ("finding", "verdict"),
    [
        (doctor.check_memory(8 * GIGABYTE), "good"),
        (doctor.check_memory(3 * GIGABYTE // 2), "be aware"),
        (doctor.check_memory(GIGABYTE // 2), "must fix"),
        (doctor.check_disk(5 * GIGABYTE), "good"),
        (doctor.check_disk(GIGABYTE // 2), "be aware"),
        (doctor.check_disk(GIGABYTE // 20), "must fix"),
        (doctor.check_cores(2), "good"),
        (doctor.check_cores(1), "be aware"),
        (doctor.check_font("√●→·"), "good"),
        (doctor.check_font("√\U0010fffd"), "be aware"),
    ],
)
def test_what_is_scarce_is_said_with_a_way_out(finding: doctor.Finding, verdict: str):
    assert finding.verdict == verdict
    assert bool(finding.advice) == (verdict != "good")


def test_progress_that_cannot_be_written_must_be_fixed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "file").touch()
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "file" / "progress.json"))
    finding = doctor.check_progress_folder()
    assert finding.verdict == "must fix"
    assert "COURSE_PROGRESS" in finding.advice


def test_the_table_shows_every_word_as_it_is():
    finding = doctor.Finding("what", "must fix", "error in [brackets]", "do [this]")
    console = Console(record=True, width=120, file=io.StringIO())
    console.print(doctor.as_table([finding]))
    text = console.export_text()
    assert "error in [brackets]" in text
    assert "do [this]" in text
    assert not doctor.usable([finding])


def test_in_a_notebook_doctor_prints_the_table_without_a_second_kernel(
    capsys, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(doctor, "check_kernel", lambda: pytest.fail("a kernel was started"))
    doctor.doctor()
    assert "PyTorch" in capsys.readouterr().out
