"""A hand-in sees the packages of the learners' locks, and no others."""

import sys
from pathlib import Path

import pytest

from course.grading.sandbox import packages

pytest.importorskip("transformers")  # which is installed for tests, and for no learner

IMPORTS = """
import importlib, json, sys
from pathlib import Path
found = {}
for name in ("transformers", "tokenizers", "pytest", "hypothesis", "pip", "nbgrader"):
    try:
        importlib.import_module(name)
        found[name] = "imported"
    except ModuleNotFoundError:
        pass
for name in list(sys.modules):
    if sys.modules[name] is None:
        del sys.modules[name]
importlib.invalidate_caches()
for name in ("transformers", "tokenizers", "pytest", "hypothesis", "pip", "nbgrader"):
    try:
        if importlib.import_module(name).__file__:
            found[name] = "imported past what hides it"
    except (ImportError, AttributeError):
        pass
files = [path for folder in sys.path if folder.endswith("-packages")
         for name in ("transformers", "pip", "hypothesis", "alembic")
         for path in Path(folder, name).glob("**/*")]
import IPython, ipywidgets, matplotlib, networkx, numpy, sympy, torch, yaml
raise LookupError(f"found {found} {len(files)}")
"""


@pytest.mark.parametrize("sandboxed", [True, False], ids=["walls", "none"])
def test_a_package_that_no_lock_names_is_not_there(sandboxed, notebook, grade):
    cell = IMPORTS if sandboxed else IMPORTS.replace("sys.modules[name] is None", "False")
    report = grade(notebook().before("01.1", cell), sandboxed=sandboxed, cell_seconds=60.0)
    (note,) = report.notes
    assert "found {}" in note
    assert note.endswith(" 0") or not sandboxed
    assert notebook.points(report) == notebook.FULL


def test_everything_that_stays_is_of_a_package_in_the_lock_or_asked_for_by_one(tmp_path: Path):
    def install(name: str, *files: str, requires: str = "") -> None:
        info = tmp_path / "site-packages" / f"{name}-1.dist-info"
        for file in files:
            path = info.parent / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        info.mkdir(parents=True)
        asks = f"Requires-Dist: {requires}\n" if requires else ""
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n{asks}")
        (info / "RECORD").write_text("".join(f"{file},,\n" for file in files))

    install("Torch", "torch/__init__.py", "torchgen/a.py", requires="nvidia.Cudnn_cu12>=9; a == b")
    install("nvidia-cudnn-cu12", "nvidia/cudnn/lib.so")
    install("typing_extensions", "typing_extensions.py", "../../bin/x")
    install("transformers", "transformers/__init__.py", requires="tokenizers")
    install("tokenizers", "tokenizers/__init__.py")
    folder = tmp_path / "site-packages"
    (folder / "nobodys.py").touch()
    (tmp_path / "lib/python3.9/dist-packages").mkdir(parents=True)
    found = packages.others([str(folder), str(tmp_path)], [str(tmp_path)])
    unused = str(tmp_path / "lib/python3.9/dist-packages")
    names = ("nobodys.py", "tokenizers", "transformers")
    assert found == [unused, *(str(folder / name) for name in names)]
    assert packages.modules(found[1:]) == ["nobodys", "tokenizers", "transformers"]


def test_where_packages_do_not_say_what_is_theirs_all_stay(tmp_path: Path):
    folder = tmp_path / "site-packages"
    info = folder / "numpy-2.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: numpy\nVersion: 2\n")
    (folder / "other").mkdir()
    assert packages.others([str(folder)], []) == []


def test_the_lock_of_the_course_is_read():
    pinned = packages.pinned()
    assert {"torch", "numpy", "ipython", "jupyterlab"} <= pinned
    assert not {"transformers", "pytest"} & pinned
    assert any(path.endswith("transformers") for path in packages.hidden())
    assert sys.modules["torch"].__file__
