"""A small course in a folder of its own: one lesson, handed out, and a newer version of it."""

from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from course import paths
from course.authoring.lesson import read_lesson
from course.authoring.notebook import learner_notebook, solution_notebook, to_text

LESSON = '''\
# %% [markdown]
r"""
# 01 · Tiny
"""

# %%
import math

# %% [markdown]
r"""
### Exercise 01.1 · Twice · ●○○ · 1 point
"""

# %% tags=["exercise"] exercise="01.1" minutes=3 importance="core"
def double(x: float) -> float:
    """Twice x."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION


# %% tags=["check"] exercise="01.1"
check("01.1", double, points=1)

# %% [markdown]
r"""
Half of it.
"""

# %% tags=["exercise"] exercise="01.2" minutes=3 importance="core"
def halve(x: float) -> float:
    """Half of x."""
    ### BEGIN SOLUTION
    return x / 2
    ### END SOLUTION


# %% tags=["check"] exercise="01.2"
check("01.2", halve, points=1)

# %% tags=["demo"]
print(double(3))
'''
# A cell more, a text changed, a stub changed, a cell gone.
NEW_CELL = '# %% [markdown]\nr"""\nNew words.\n"""\n\n'
NEWER = (
    LESSON.replace("# %%\nimport math", NEW_CELL + "# %%\nimport math")
    .replace("Half of it.", "The half of it.")
    .replace('"""Half of x."""', '"""Half of any number."""')
    .replace('\n# %% tags=["demo"]\nprint(double(3))\n', "")
)


def put_lesson(root: Path, text: str) -> None:
    """Write a lesson and the two notebooks that the build makes of it."""
    for folder in ("lessons", "notebooks", "solutions"):
        (root / folder).mkdir(exist_ok=True, parents=True)
    (root / "lessons" / "01_tiny.py").write_text(text)
    lesson = read_lesson(root / "lessons" / "01_tiny.py")
    for folder, make in (("notebooks", learner_notebook), ("solutions", solution_notebook)):
        (root / folder / "01_tiny.ipynb").write_text(to_text(make(lesson)))


def look_in(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ROOT", "LESSONS", "NOTEBOOKS", "SOLUTIONS"):
        folder = root if name == "ROOT" else root / name.lower()
        monkeypatch.setattr(paths, name, folder)


def of(*cells: NotebookNode) -> NotebookNode:
    """A notebook of these cells."""
    return new_notebook(cells=list(cells))


def prose(name: str, text: str) -> NotebookNode:
    return new_markdown_cell(text, id=name)


def code(name: str, text: str, *, exercise: str = "", **more: object) -> NotebookNode:
    metadata = {"exercise": exercise, "tags": ["exercise"]} if exercise else {}
    return new_code_cell(text, id=name, metadata=metadata, **more)


def notebook_at(file: Path) -> NotebookNode:
    return nbformat.read(file, as_version=4)


def write(file: Path, notebook: NotebookNode) -> None:
    file.write_text(nbformat.writes(notebook) + "\n")


def answer(file: Path, exercise: str, text: str) -> None:
    """Do what a learner does: replace the line that waits for an answer."""
    notebook = notebook_at(file)
    for cell in notebook.cells:
        if cell.metadata.get("exercise") == exercise and "exercise" in cell.metadata.tags:
            first = cell.source.partition("    raise NotImplementedError")[0]
            cell.source = first + text
    write(file, notebook)
