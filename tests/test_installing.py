"""Real installers at work, on small wheels that are made here: no network, and no gigabytes."""

import os
import subprocess
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from uv import find_uv_bin

from course.home import ROOT


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
