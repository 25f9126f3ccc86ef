"""Both notebooks of a lesson: what is in them, when they are made anew, and what is refused."""

import io
import json
import re

import nbformat
import pytest
from rich.console import Console

from course.authoring import Folders, build, check, make
from course.authoring.lesson import read_lesson
from course.authoring.notebook import learner_notebook, solution_notebook
from course.errors import CourseError
from course.models.packages import Published

pytestmark = pytest.mark.slow  # programs, kernels or many sizes: `--fast` leaves it out

LESSON = '''\
# %% [markdown]
r"""
# 01 · Tiny
"""

# %%
import os
import sys

import matplotlib.pyplot as plt
from IPython.display import HTML, display

def check(exercise, answer, points): print(exercise, answer(2))

# %% tags=["exercise"] exercise="01.1" minutes=5 importance="core"
def double(x: float) -> float:
    """Twice x."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION


# %% [markdown] tags=["hint"]
r"""
<details><summary>Hint 1</summary>Twice.</details>
"""

# %% tags=["check"] exercise="01.1"
check("01.1", double, points=2)

# %% tags=["demo"]
print(object(), os.environ["OMP_NUM_THREADS"], os.path.basename(os.getcwd()))
plt.plot([1, 2])
plt.show()

# %% [markdown] tags=["deep-dive"]
r"""
## Deep dive
"""

# %% tags=["explore"]
import ipywidgets
ipywidgets.interact(lambda x: x, x=3);
display(ipywidgets.IntSlider())

# %%
class Twin(ipywidgets.IntSlider):
    def _repr_mimebundle_(self, **kwargs):
        return {**super()._repr_mimebundle_(**kwargs), "text/html": "<b>twin</b>"}
Twin()
'''


def bank(lesson: str) -> set[str]:
    return {"01.1"}


@pytest.fixture(autouse=True)
def no_model(monkeypatch):
    """What `course find` searches is test_sections.py's affair: it stays as it is."""
    monkeypatch.setattr(Published, "file", lambda model: None)


@pytest.fixture
def folders(tmp_path):
    made = Folders(*(tmp_path / name for name in ("lessons", "notebooks", "solutions")))
    made.lessons.mkdir()
    return made


def put(folders, text, name="01_tiny"):
    (folders.lessons / f"{name}.py").write_text(text)


def run(folders, **options):
    console = Console(file=io.StringIO(), width=200)
    with console.capture() as said:
        build(folders=folders, bank=bank, console=console, **options)
    return said.get()


def stale(folders):
    return [line for line in check(folders=folders, bank=bank) if ".jsonl" not in line]


def made_files(folders):
    files = [folders.notebooks / "01_tiny.ipynb", folders.solutions / "01_tiny.ipynb"]
    return {path: path.read_bytes() for path in files}


@pytest.mark.slow
def test_a_lesson_becomes_two_notebooks_again_and_again_the_same(folders, monkeypatch):
    """The long way, once: execute, look, build again, edit prose, edit code, edit by hand."""
    progress = folders.lessons / "progress.json"
    monkeypatch.setenv("COURSE_PROGRESS", str(progress))
    put(folders, LESSON)
    assert [line.split(" is ")[1] for line in stale(folders)] == [
        "missing: run `course build`."
    ] * 2
    assert "cells executed" in run(folders)
    assert stale(folders) == []
    first = made_files(folders)
    learner, solution = (
        nbformat.read(path, as_version=4, capture_validation_error=None) for path in first
    )

    ids = ["01-001", "01-002", "exercise-01-1", "hints-01-1", "check-01-1", "01-006", "01-007"]
    assert [cell.id for cell in learner.cells] == [*ids, "01-008", "01-009"]
    assert [cell.id for cell in solution.cells] == [cell.id for cell in learner.cells]
    assert learner.cells[4].metadata.tags.pop() == "raises-exception"  # Run All goes on past it
    assert [cell.metadata for cell in solution.cells] == [cell.metadata for cell in learner.cells]
    assert 0 <= solution.metadata.course.cpu_seconds < 60
    cells = {cell.id: cell for cell in learner.cells}
    assert "return 2 * x" not in json.dumps(learner)
    assert "NotImplementedError" in cells["exercise-01-1"].source
    assert all(not cell.get("outputs") for cell in learner.cells)
    assert cells["exercise-01-1"].metadata.nbgrader == {
        "schema_version": 3,
        "grade_id": "exercise-01-1",
        "grade": False,
        "solution": True,
        "locked": False,
        "task": False,
        "cell_type": "code",
    }
    assert cells["check-01-1"].metadata.nbgrader == {
        "schema_version": 3,
        "grade_id": "check-01-1",
        "grade": True,
        "solution": False,
        "locked": True,
        "task": False,
        "points": 2,
        "cell_type": "code",
    }
    assert cells["01-007"].metadata["jp-MarkdownHeadingCollapsed"] is True
    assert "nbval-ignore-output" in cells["01-008"].metadata.tags

    done = {cell.id: cell for cell in solution.cells}
    assert "SOLUTION" not in done["exercise-01-1"].source
    assert done["check-01-1"].outputs[0].text == "01.1 4\n"
    demo = done["01-006"].outputs
    assert demo[0].text == "<object object at 0x…> 1 notebooks\n"
    assert "image/png" in demo[1].data
    assert done["01-008"].outputs == []
    assert done["01-009"].outputs[0].data["text/html"] == "<b>twin</b>"
    text = (folders.solutions / "01_tiny.ipynb").read_text()
    assert not re.search(r"widget-view|widget-state|model_id|iopub|\"version\": \"", text)
    assert not progress.exists()

    assert run(folders).splitlines()[-1] == "01_tiny: up to date"
    assert made_files(folders) == first
    execute = make.execute
    slower = lambda *arguments: execute(*arguments) + 2  # noqa: E731
    with monkeypatch.context() as busy:
        busy.setattr(make, "execute", slower)  # a machine that takes longer changes nothing
        assert "cells executed" in run(folders, force=True)
    assert made_files(folders) == first

    put(folders, LESSON.replace("# 01 · Tiny", "# 01 · Tinier"))
    assert len(stale(folders)) == 2
    assert "outputs kept" in run(folders)
    assert stale(folders) == []
    assert b"Tinier" in made_files(folders)[folders.solutions / "01_tiny.ipynb"]

    put(folders, LESSON.replace("return 2 * x", "return x + x"))
    assert "cells executed" in run(folders)

    path = folders.solutions / "01_tiny.ipynb"
    path.write_text(path.read_text().replace("01.1 4", "01.1 5"))
    assert stale(folders) == [
        "solutions/01_tiny.ipynb was edited by hand: make changes in lessons/."
    ]


@pytest.fixture
def built(folders):
    put(
        folders,
        LESSON[: LESSON.index('# %% tags=["demo"]')].replace(
            "import matplotlib.pyplot as plt\n", ""
        ),
    )
    run(folders)
    return folders


def test_what_somebody_wrote_into_a_notebook_is_not_overwritten(built):
    path = built.notebooks / "01_tiny.ipynb"
    mine = path.read_text().replace("raise NotImpl", "return 2 * x  # raise NotImpl")
    path.write_text(mine)
    assert stale(built) == ["notebooks/01_tiny.ipynb was edited by hand: make changes in lessons/."]
    with pytest.raises(CourseError, match=r"edited by hand.*--force"):
        run(built)
    assert path.read_text() == mine
    run(built, force=True)
    assert stale(built) == []

    made = path.read_text()
    notebook = nbformat.reads(made, as_version=4)
    notebook.cells[-1].execution_count = 7  # run, but nothing written
    nbformat.write(notebook, path)
    run(built)
    assert path.read_text() == made

    path.write_text("<<<<<<< HEAD")
    assert "edited by hand" in stale(built)[0]
    path.unlink()
    assert "missing" in stale(built)[0]
    run(built)
    assert path.read_text() == made

    solution = built.solutions / "01_tiny.ipynb"
    executed = solution.read_text()
    solution.write_text(executed.replace('"builder": 1', '"builder": 0'))
    assert stale(built) == [
        "solutions/01_tiny.ipynb is not what its lesson makes: run `course build`."
    ]

    left = built.solutions / "02_gone.ipynb"
    left.write_text(executed)
    (built.notebooks / "Untitled.ipynb").write_text(made)
    assert stale(built)[1:] == ["solutions/02_gone.ipynb has no lesson any more: delete it."]
    assert left.exists()


def test_of_a_lesson_that_fails_nothing_is_written(folders):
    put(folders, "# %%\n1 / 0\n")
    with pytest.raises(CourseError, match="ZeroDivisionError"):
        build(folders=folders, bank=lambda lesson: set())
    assert not list(folders.notebooks.glob("*"))
    assert not folders.solutions.exists()


AIMS = "# 01 · Tiny\n\n1. double; <!-- quiz: twice -->\n2. halve\n   <!-- quiz: half -->\n"
MEMORY = f"""{LESSON.replace("# 01 · Tiny", AIMS.strip())}

# %% tags=["recall"]
# From memory: two.
### BEGIN SOLUTION
two = 2
print(two)
### END SOLUTION
"""


def test_what_is_from_memory_is_blank_for_learners_and_aims_do_not_show_their_question(folders):
    put(folders, MEMORY)
    lesson = read_lesson(folders.lessons / "01_tiny.py")
    learner, solved = learner_notebook(lesson), solution_notebook(lesson)
    for notebook in (learner, solved):
        assert notebook.cells[0].source == "# 01 · Tiny\n\n1. double;\n2. halve"
    tags = ["recall", "nbval-ignore-output"]
    assert solved.cells[-1].metadata.tags == tags
    assert learner.cells[-1].metadata.tags == [*tags, "raises-exception"]  # a wrong one stops none
    assert learner.cells[-1].source == "# From memory: two."
    assert solved.cells[-1].source == "# From memory: two.\ntwo = 2\nprint(two)"
