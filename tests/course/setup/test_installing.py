"""Real installers at work, on small wheels that are made here: no network, and no gigabytes."""

import json
import os
import subprocess
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from uv import find_uv_bin

from course.paths import ROOT
from course.setup import startup

NOBODY = "http://127.0.0.1:9/simple"  # an index where nobody answers
TORCH = """
class tensor:
    def __init__(self, rows):
        self.rows = rows
    def __matmul__(self, other):
        columns = list(zip(*other.rows))
        return tensor([[sum(a * b for a, b in zip(r, c)) for c in columns] for r in self.rows])
    def tolist(self):
        return self.rows
"""
BROKEN_TORCH = 'raise OSError("libcudnn.so.9: cannot open shared object file")'
PROJECT = """
[build-system]
requires = ["small-builder==1.0"]
build-backend = "small_builder"

[project]
name = "small-course"
version = "1.0"
requires-python = ">=3.11,<4"
dependencies = ["torch==1.0"]
"""
# Like hatchling, it asks for one more package where it builds an editable wheel.
BUILDER = r"""
import pathlib, zipfile

def get_requires_for_build_editable(config_settings=None):
    return ["small-editables"]

def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    import small_editables
    name, info = "small_course-1.0-py3-none-any.whl", "small_course-1.0.dist-info"
    files = {
        "small_course.pth": str(pathlib.Path("lib").resolve()),
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: small-course\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(pathlib.Path(wheel_directory, name), "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
        record = [*files, f"{info}/RECORD"]
        wheel.writestr(record[-1], "".join(f"{path},,\n" for path in record))
    return name
"""


def make_wheel(
    folder: Path, name: str, version: str, files: Mapping[str, str], needs: Sequence[str] = ()
) -> None:
    """Write a wheel of `files` (path: text) that asks for `needs`."""
    stem = f"{name.replace('-', '_')}-{version}"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    metadata += "".join(f"Requires-Dist: {need}\n" for need in needs)
    told = {"METADATA": metadata, "WHEEL": "Wheel-Version: 1.0\nTag: py3-none-any\n"}
    files = {**files, **{f"{stem}.dist-info/{path}": text for path, text in told.items()}}
    record = f"{stem}.dist-info/RECORD"
    with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
        wheel.writestr(record, "".join(f"{path},,\n" for path in [*files, record]))


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither pip nor uv is set up in any way."""
    for name in os.environ:
        if name.startswith(("PIP_", "UV_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "APPDATA", "UV_CACHE_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "home"))


def pin(name: str) -> str:
    """The version that the lock names."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    (line,) = [line for line in lines if line.startswith(f"{name}==")]
    return next(iter(Requirement(line).specifier)).version


@pytest.mark.usefixtures("bare")
def test_uv_in_the_projects_own_folder_takes_all_that_torch_asks_for(tmp_path: Path):
    make_wheel(tmp_path, "torch", pin("torch"), {}, needs=["cuda-libraries==1.0"])
    make_wheel(tmp_path, "cuda-libraries", "1.0", {})
    uv = find_uv_bin()
    subprocess.run([uv, "venv", tmp_path / "venv"], check=True, capture_output=True)
    command = [uv, "pip", "install", "--dry-run", "--python", tmp_path / "venv"]
    command += ["--no-index", "--find-links", tmp_path, f"torch=={pin('torch')}"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "+ cuda-libraries==1.0" in answer.stderr, answer.stderr


@pytest.fixture
def small_course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bare: None) -> Path:
    """A course with a lock of three packages, and a folder of links that holds all it needs."""
    root = tmp_path / "a course"
    (root / "lib" / "course").mkdir(parents=True)
    (root / "lib" / "course" / "cli.py").touch()
    (root / "pyproject.toml").write_text(PROJECT)
    for lock in (startup.LOCK, startup.TEST_LOCK):
        (root / lock).write_text("-e .\njupyterlab==1.0\ntorch==1.0\nuv==1.0\n")
    links = root / "links"
    links.mkdir()
    make_wheel(links, "torch", "1.0", {"torch.py": TORCH})
    make_wheel(links, "jupyterlab", "1.0", {"jupyterlab/labapp.py": ""})
    make_wheel(links, "uv", "1.0", {})
    make_wheel(links, "small-builder", "1.0", {"small_builder.py": BUILDER})
    make_wheel(links, "small-editables", "1.0", {"small_editables.py": ""})
    monkeypatch.setattr(startup, "ROOT", root)
    monkeypatch.setattr(startup, "VENV", root / ".venv")
    monkeypatch.setenv("PATH", str(tmp_path))
    return root


def with_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(Path(find_uv_bin()).parent))


def finished(root: Path) -> bool:
    """Whether .venv is remembered as holding the lock."""
    return startup.LOCK in json.loads((root / ".venv" / "course-start.json").read_text())


@pytest.mark.slow
@pytest.mark.parametrize("installer", ["pip", "uv"])
def test_a_folder_of_wheels_is_installed_without_a_network(
    small_course: Path, installer: str, monkeypatch: pytest.MonkeyPatch, capfd
):
    (small_course / "links").rename(small_course / "wheels")
    monkeypatch.setenv("PIP_INDEX_URL", NOBODY)
    monkeypatch.setenv("UV_DEFAULT_INDEX", NOBODY)
    if installer == "uv":
        with_uv(monkeypatch)
    assert startup.main(["--install-only"]) == 0
    assert finished(small_course)
    said = capfd.readouterr()
    assert "wheels/, without a network" in said.out
    assert ("Successfully installed" in said.out) == (installer == "pip")
    assert startup.main(["--install-only"]) == 0
    assert "Installing" not in capfd.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize("installer", ["pip", "uv"])
def test_what_the_user_has_set_up_is_where_the_packages_come_from(
    small_course: Path, installer: str, monkeypatch: pytest.MonkeyPatch, capfd
):
    monkeypatch.setenv(f"{installer.upper()}_FIND_LINKS", (small_course / "links").as_uri())
    monkeypatch.setenv(f"{installer.upper()}_NO_INDEX", "1")
    with_uv(monkeypatch)
    assert startup.main(["--install-only"]) == 0
    assert finished(small_course)
    assert ("Successfully installed" in capfd.readouterr().out) == (installer == "pip")


@pytest.mark.slow
def test_a_torch_that_cannot_be_imported_is_said_and_not_remembered(
    small_course: Path, monkeypatch: pytest.MonkeyPatch, capfd
):
    wheels = (small_course / "links").rename(small_course / "wheels")
    make_wheel(wheels, "torch", "1.0", {"torch.py": BROKEN_TORCH})
    with_uv(monkeypatch)
    assert startup.main(["--install-only"]) == 2
    (said,) = [line for line in capfd.readouterr().err.splitlines() if line.startswith("start.py:")]
    assert "libcudnn.so.9: cannot open shared object file" in said
    assert not finished(small_course)
    make_wheel(wheels, "torch", "1.0", {"torch.py": TORCH})
    monkeypatch.setenv("UV_CACHE_DIR", str(small_course / "cache"))  # uv remembers the other torch
    assert startup.main(["--install-only"]) == 0
    assert "Making a Python environment" in capfd.readouterr().out
    assert finished(small_course)


@pytest.mark.slow
def test_a_folder_that_lacks_a_wheel_is_named(small_course: Path, monkeypatch, capfd):
    (small_course / "links").rename(small_course / "wheels")
    (small_course / "wheels" / "small_editables-1.0-py3-none-any.whl").unlink()
    with_uv(monkeypatch)
    assert startup.main(["--install-only"]) == 2
    said = capfd.readouterr().err
    assert "small-editables" in said
    assert "The folder wheels/ does not hold all" in said
    assert not finished(small_course)
