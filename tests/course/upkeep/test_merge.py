"""Nothing that a learner wrote is lost, and nothing that the course changed is missing."""

from copy import deepcopy

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat import NotebookNode
from nbformat.v4 import new_output
from tests.course.upkeep.small_course import LESSON, NEWER, code, of, prose

from course.authoring.lesson import read_lesson
from course.authoring.notebook import learner_notebook
from course.cells.whole_notebook import read_notebook
from course.upkeep.align import text_of
from course.upkeep.merge import NEW_STUB, is_exercise, merge

STUB = "def f(x):\n    raise NotImplementedError"
BASE = of(
    prose("01-001", "Head"),
    code("exercise-01-1", STUB, exercise="01.1"),
    code("01-002", "print(1)"),
)


def changed(notebook: NotebookNode, **texts: str) -> NotebookNode:
    """A copy with other texts, by the cells' ids ("_" for "-")."""
    copy = deepcopy(notebook)
    for cell in copy.cells:
        cell.source = texts.get("c" + cell.id.replace("-", "_"), cell.source)
    return copy


def sources(notebook: NotebookNode) -> list[str]:
    return [cell.source for cell in notebook.cells]


def test_an_untouched_notebook_becomes_the_new_one():
    new = changed(BASE, c01_001="Title")
    assert merge(BASE, deepcopy(BASE), new).notebook == new


def test_an_answer_goes_into_its_new_cell():
    mine = changed(BASE, cexercise_01_1="def f(x):\n    return x")
    made = merge(BASE, mine, changed(BASE, c01_001="Title"))
    assert sources(made.notebook) == ["Title", "def f(x):\n    return x", "print(1)"]
    assert (made.answers, made.changed, made.own) == (["01.1"], [], 0)


def test_beside_an_answer_stands_the_new_empty_cell_where_that_is_another():
    mine = changed(BASE, cexercise_01_1="def f(x):\n    return x")
    stub = "def f(x, y):\n    raise NotImplementedError"
    made = merge(BASE, mine, changed(BASE, cexercise_01_1=stub))
    assert made.changed == ["01.1"]
    assert made.notebook.cells[1].source == "def f(x):\n    return x"
    below = made.notebook.cells[2]
    assert below.cell_type == "markdown"  # it can't run over the answer
    assert below.source == f"{NEW_STUB}\n\n```python\n{stub}\n```"


def test_a_text_that_only_the_learner_changed_stays_theirs():
    made = merge(BASE, changed(BASE, c01_002="print(2)"), changed(BASE, c01_001="Title"))
    assert sources(made.notebook) == ["Title", STUB, "print(2)"]
    assert made.own == 1


def test_of_a_text_that_both_changed_both_stay():
    made = merge(BASE, changed(BASE, c01_002="print(2)"), changed(BASE, c01_002="print(3)"))
    assert sources(made.notebook) == ["Head", STUB, "print(3)", "print(2)"]


def test_own_cells_stay_behind_the_cell_that_they_stood_behind():
    mine = deepcopy(BASE)
    mine.cells.insert(1, prose("mine-1", "A note"))
    mine.cells.insert(0, prose("mine-2", "To myself"))
    new = deepcopy(BASE)
    new.cells.insert(0, prose("01-000", "Before"))
    made = merge(BASE, mine, new)
    assert sources(made.notebook) == ["To myself", "Before", "Head", "A note", STUB, "print(1)"]


def test_a_copy_of_an_exercise_is_kept_and_counts_nothing():
    mine = changed(BASE, cexercise_01_1="def f(x):\n    return x")
    twin = deepcopy(mine.cells[1])
    twin.source, twin.metadata["nbgrader"] = "def f(x):\n    return -x", {"grade_id": "1"}
    mine.cells.insert(2, twin)
    made = merge(BASE, mine, BASE).notebook
    assert sources(made)[1:3] == ["def f(x):\n    return x", "def f(x):\n    return -x"]
    assert made.cells[2].id != made.cells[1].id
    assert made.cells[2].metadata == {}


def test_cells_in_another_order_give_the_courses_order():
    mine = changed(BASE, cexercise_01_1="def f(x):\n    return x")
    mine.cells.reverse()
    assert sources(merge(BASE, mine, BASE).notebook) == [
        "Head",
        "def f(x):\n    return x",
        "print(1)",
    ]


@pytest.mark.parametrize(("gone", "comes_back"), [(0, False), (1, True)], ids=["prose", "exercise"])
def test_a_deleted_cell_comes_back_only_if_it_is_an_exercises(gone: int, comes_back: bool):
    mine = deepcopy(BASE)
    cell = mine.cells.pop(gone)
    assert (cell.source in sources(merge(BASE, mine, BASE).notebook)) == comes_back


def test_a_deleted_cell_comes_back_if_the_course_has_rewritten_it():
    mine = deepcopy(BASE)
    del mine.cells[0]
    assert "Title" in sources(merge(BASE, mine, changed(BASE, c01_001="Title")).notebook)


def test_what_was_written_into_a_cell_that_is_dropped_stays():
    new = deepcopy(BASE)
    del new.cells[2]
    assert sources(merge(BASE, changed(BASE, c01_002="print(2)"), new).notebook)[-1] == "print(2)"
    assert len(merge(BASE, deepcopy(BASE), new).notebook.cells) == 2


def test_outputs_stay_where_the_text_is_what_it_was():
    mine = deepcopy(BASE)
    mine.cells[2].outputs = [new_output("stream", name="stdout", text="1\n")]
    mine.cells[2].execution_count = 7
    kept = merge(BASE, mine, changed(BASE, c01_001="Title")).notebook.cells[2]
    assert (kept.outputs[0].text, kept.execution_count) == ("1\n", 7)
    assert merge(BASE, mine, changed(BASE, c01_002="print(3)")).notebook.cells[2].outputs == []


def test_a_picture_that_a_learner_pasted_comes_along():
    mine = changed(BASE, c01_001="Head ![](attachment:a.png)")
    mine.cells[0].attachments = {"a.png": {"image/png": "aGk="}}
    assert merge(BASE, mine, BASE).notebook.cells[0].attachments == mine.cells[0].attachments


def test_line_ends_of_windows_are_no_change():
    mine = changed(BASE, cexercise_01_1=STUB.replace("\n", "\r\n") + "\r\n")
    assert merge(BASE, mine, BASE).notebook == BASE


def test_cells_without_ids_are_known_by_what_they_are():
    """As a program saves them that knows no ids."""
    mine = changed(BASE, cexercise_01_1="def f(x):\n    return x")
    mine.nbformat_minor = 4
    mine.cells.append(prose("x", "Mine"))
    for cell in mine.cells:
        del cell["id"]
    made = merge(BASE, mine, changed(BASE, c01_001="Title"))
    assert sources(made.notebook) == ["Title", "def f(x):\n    return x", "print(1)", "Mine"]
    assert made.answers == ["01.1"]


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> tuple[NotebookNode, NotebookNode]:
    made = []
    for text in (LESSON, NEWER):
        file = tmp_path_factory.mktemp("lessons") / "01_tiny.py"
        file.write_text(text)
        made.append(learner_notebook(read_lesson(file)))
    return made[0], made[1]


EDITS = st.lists(
    st.tuples(
        st.sampled_from(["answer", "own", "rewrite", "delete", "copy", "move", "fold", "clear"]),
        st.integers(0, 30),
        st.integers(0, 30),
    ),
    max_size=12,
)


def edited(base: NotebookNode, edits: list[tuple[str, int, int]]) -> tuple[NotebookNode, set[str]]:
    """What a learner made of a notebook, and the lines that are theirs."""
    mine = deepcopy(base)
    for number, (kind, one, other) in enumerate(edits):
        cells = mine.cells
        place, to = (0, 0) if not cells else (one % len(cells), other % len(cells))
        line = f"# mine {number}"
        if kind == "own" or not cells:
            cells.insert(
                place, code(f"own-{number}", line) if other % 2 else prose(f"own-{number}", line)
            )
        elif kind == "answer":
            exercises = [cell for cell in cells if is_exercise(cell)]
            if exercises:
                exercises[one % len(exercises)].source += f"\r\n{line}\r\n"
        elif kind == "rewrite":
            cells[place].source = line
        elif kind == "delete":
            del cells[place]
        elif kind == "copy":
            cells.insert(to, deepcopy(cells[place]))
            cells[to].source += f"\n{line}"
        elif kind == "move":
            cells.insert(to, cells.pop(place))
        elif kind == "fold":
            cells[place].metadata["jupyter"] = {"source_hidden": True}
        elif cells[place].cell_type == "code":
            cells[place].outputs, cells[place].execution_count = [], None
    return mine, lines(mine)


def lines(notebook: NotebookNode) -> set[str]:
    return {
        line.strip()
        for cell in notebook.cells
        for line in cell.source.splitlines()
        if "# mine" in line
    }


@settings(max_examples=200, deadline=None)
@given(edits=EDITS)
def test_every_line_of_a_learner_is_in_the_new_version(versions, edits: list[tuple[str, int, int]]):
    base, new = versions
    mine, theirs = edited(base, edits)
    made = merge(base, mine, new)
    assert lines(made.notebook) == theirs
    nbformat.validate(made.notebook)
    ids = [cell.id for cell in made.notebook.cells]
    assert len(set(ids)) == len(ids)
    # What the course changed is there.
    assert {"New words.", "The half of it."} <= set(map(text_of, made.notebook.cells))
    assert [cell.metadata.exercise for cell in made.notebook.cells if is_exercise(cell)] == [
        "01.1",
        "01.2",
    ]
    # Once more changes nothing.
    assert merge(new, made.notebook, new).notebook == made.notebook


def test_a_file_written_by_merge_is_read_by_the_course(tmp_path, versions):
    file = tmp_path / "01_tiny.ipynb"
    file.write_text(nbformat.writes(merge(*versions[:1], versions[0], versions[1]).notebook))
    assert read_notebook(file) == versions[1]
