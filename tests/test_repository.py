"""What GitHub, Docker and VS Code read here is as they want it, and says what is so.

The schemas are those that check-jsonschema brings, and the auditor of workflows is zizmor: neither
asks the network for anything.
"""

import importlib.util
import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.specifiers import SpecifierSet

from course import paths
from course.setup import startup
from course.upkeep import home

ROOT = paths.ROOT
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("[0-9]_*.yml"))
TESTS = ROOT / ".github" / "workflows" / "test.yml"
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
SCHEMAS = [
    *(("vendor.github-workflows", file) for file in WORKFLOWS),
    *(("custom.github-workflows-require-timeout", file) for file in WORKFLOWS),
    *(("vendor.github-issue-forms", file) for file in FORMS),
    ("vendor.github-issue-config", ROOT / ".github" / "ISSUE_TEMPLATE" / "config.yml"),
    ("vendor.citation-file-format", ROOT / "CITATION.cff"),
]
# Faults that a workflow may have, and who is to find each.
PIN = re.compile(r"(uses: [\w/-]+)@([0-9a-f]{40}) # v\d+\.\d+\.\d+$", re.MULTILINE)
RIGHTS = "permissions:\n  contents: read\n"


def complaints(schema: str, file: Path) -> str:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema]
    command += ["--force-filetype", "yaml", str(file)]
    answer = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    return "" if answer.returncode == 0 else answer.stdout + answer.stderr


def audit(file: Path) -> str:
    program = shutil.which("zizmor", path=str(Path(sys.executable).parent))
    assert program
    command = [program, "--offline", "--no-progress", str(file)]
    answer = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    return "" if answer.returncode == 0 else answer.stdout + answer.stderr


def load(file: Path) -> Any:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def commands() -> Iterator[str]:
    """Every line that our workflows, the devcontainer and the Dockerfile run."""
    for file in WORKFLOWS:
        for job in load(file)["jobs"].values():
            for step in job["steps"]:
                yield from step.get("run", "").splitlines()
    yield devcontainer()["postCreateCommand"]
    for run in re.findall(r"^RUN (.+)$", DOCKERFILE, re.MULTILINE):
        yield from (part.strip() for part in run.split("&&"))


def devcontainer() -> dict[str, Any]:
    text = (ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("schema", "file"), SCHEMAS, ids=lambda value: getattr(value, "name", value)
)
def test_each_file_is_as_its_schema_wants_it(schema: str, file: Path):
    assert complaints(schema, file) == ""


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_zizmor_finds_nothing_in_a_workflow(file: Path):
    assert audit(file) == ""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (PIN.search(TESTS.read_text("utf-8"))[0], "uses: actions/checkout@v6"),
        (RIGHTS, ""),
        (RIGHTS, "permissions: write-all\n"),
    ],
    ids=["a tag for a hash", "no permissions named", "all permissions"],
)
def test_zizmor_would_find_it(old: str, new: str, tmp_path: Path):
    text = TESTS.read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / ".github" / "workflows" / "test.yml"
    file.parent.mkdir(parents=True)
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert audit(file) != ""


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_every_action_is_a_commit_with_its_version_beside_it(file: Path):
    text = file.read_text(encoding="utf-8")
    assert len(PIN.findall(text)) == text.count("uses:")
    assert len(set(PIN.findall(text))) == len(dict(PIN.findall(text)))  # one version of each


def test_a_workflow_only_reads_and_an_older_run_gives_way():
    for file in WORKFLOWS:
        workflow = load(file)
        assert workflow["permissions"] == {"contents": "read"}
        assert workflow["concurrency"]["cancel-in-progress"] is True
        assert not any("permissions" in job for job in workflow["jobs"].values())


def test_the_oldest_and_the_newest_python_are_tried_on_three_systems():
    matrix = load(TESTS)["jobs"]["fast"]["strategy"]["matrix"]
    allowed = SpecifierSet(PROJECT["requires-python"])
    known = [f"3.{minor}" for minor in range(100) if f"3.{minor}" in allowed]
    assert matrix["python"] == [known[0], known[-1]]
    assert matrix["system"] == ["ubuntu-latest", "macos-latest", "windows-latest"]


def test_every_python_that_is_named_is_one_that_the_course_allows():
    images = [re.search(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)[1], devcontainer()["image"]]
    named = [re.fullmatch(r"python:(3\.\d+)(-slim)?", image)[1] for image in images]
    for step in (step for job in load(TESTS)["jobs"].values() for step in job["steps"]):
        python = step.get("with", {}).get("python-version", "")
        named += [python] if python[:1].isdigit() else []
    assert len(named) >= 4
    assert all(version in SpecifierSet(PROJECT["requires-python"]) for version in named)


def test_every_file_and_option_that_a_command_names_is_there(monkeypatch: pytest.MonkeyPatch):
    installed: list[str] = []
    monkeypatch.setattr(startup, "install", installed.append)
    seen = 0
    for command in commands():
        words = shlex.split(command)
        for word in words:
            if re.fullmatch(r"[\w-]+\.(txt|yml|py)", word):
                assert (ROOT / word).is_file(), command
        if words[:2] == ["python", "start.py"] and words[2:3] != ["test"]:
            assert startup.main(words[2:]) == 0, command
            seen += 1
    assert seen == 3
    assert installed == ["requirements.txt"] * seen


def test_conda_is_asked_for_the_environment_that_the_file_makes():
    name = load(ROOT / "environment.yml")["name"]
    assert any(f"run --name {name} course doctor" in command for command in commands())


def test_the_image_starts_a_home_at_the_first_lesson():
    entry = json.loads(re.search(r"^ENTRYPOINT (.+)$", DOCKERFILE, re.MULTILINE)[1])
    assert entry == ["python", "-m", home.__name__]
    assert importlib.util.find_spec(entry[-1])
    first = json.loads(re.search(r"^CMD (.+)$", DOCKERFILE, re.MULTILINE)[1])[-1]
    assert first == f"--LabApp.default_url=/lab/tree/notebooks/{paths.lesson_names()[0]}.ipynb"
    assert DOCKERFILE.index("USER $NB_USER") > DOCKERFILE.index("start.py")  # root's, so read-only


def test_vs_code_uses_the_python_that_start_py_installs_into():
    settings = devcontainer()["customizations"]["vscode"]["settings"]
    python = settings["python.defaultInterpreterPath"]
    assert python == f"${{containerWorkspaceFolder}}/{startup.VENV.name}/bin/python"


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.stem)
def test_a_form_asks_for_what_a_report_needs(form: Path):
    fields = {field["id"]: field for field in load(form)["body"] if "id" in field}
    required = {
        name for name, field in fields.items() if field.get("validations", {}).get("required")
    }
    wanted = {
        "1_refuses_a_right_answer": {"exercise", "cell", "said", "why", "doctor"},
        "2_accepts_a_wrong_answer": {"exercise", "cell", "said", "wrong", "version"},
        "3_i_do_not_understand": {"place", "words", "understood"},
        "4_it_does_not_start": {"way", "system", "said", "doctor"},
    }
    assert required == wanted[form.stem]
    assert all(fields[name]["validations"] == {"required": True} for name in required)
    for name in required & {"cell", "said", "doctor"}:
        assert "render" in fields[name]["attributes"]  # code stays as it is typed


def test_the_citation_says_what_the_project_says():
    citation = load(ROOT / "CITATION.cff")
    assert citation["version"] == PROJECT["version"]
    assert " AND ".join(citation["license"]) == PROJECT["license"]
