from copy import deepcopy

import pytest
from tests.course.upkeep.small_course import answer, notebook_at, write

from course import catch_up, paths
from course.errors import CourseError
from course.record import store
from course.upkeep import exercises

NOTEBOOK = "notebooks/01_tiny.ipynb"


def sources(course):
    return {
        cell.metadata.exercise: cell.source
        for cell in notebook_at(course / NOTEBOOK).cells
        if "exercise" in cell.metadata.get("tags", [])
    }


def copies(course):
    return sorted((course / ".course" / "backups").rglob("*.ipynb"))


def test_catch_up_fills_all_up_to_an_exercise_and_no_more(course, capsys):
    catch_up("01.1")
    assert "return 2 * x" in sources(course)["01.1"]
    assert "NotImplementedError" in sources(course)["01.2"]
    said = capsys.readouterr().out
    assert f"{NOTEBOOK}: 01.1 filled in. Run their cells, and then their checks." in said


def test_catch_up_keeps_the_learners_own_text_below_as_a_comment(course):
    answer(course / NOTEBOOK, "01.1", "    return x + x + 1\n")
    before = (course / NOTEBOOK).read_bytes()
    list(exercises.catch_up_to("01.2"))
    source = sources(course)["01.1"]
    assert source.index("return 2 * x") < source.index("# Your own answer, kept:")
    assert "#     return x + x + 1" in source
    assert "Your own answer" not in sources(course)["01.2"]  # nobody had written there
    space: dict[str, object] = {}
    exec(source, space)
    assert space["double"](3) == 6
    (copy,) = copies(course)
    assert copy.read_bytes() == before


def test_catch_up_leaves_alone_what_is_right(course):
    answer(course / NOTEBOOK, "01.1", "    return x + x")
    store.record_check("01.1", True)
    list(exercises.catch_up_to("01.2"))
    assert sources(course)["01.1"].endswith("return x + x")
    assert "return x / 2" in sources(course)["01.2"]


def test_catch_up_twice_changes_nothing_more(course):
    answer(course / NOTEBOOK, "01.1", "    return 3 * x")
    list(exercises.catch_up_to("01.2"))
    once = (course / NOTEBOOK).read_bytes()
    (said,) = exercises.catch_up_to("01.2")
    assert said == "Nothing to do: everything up to 01.2 is right, or filled in, already."
    assert (course / NOTEBOOK).read_bytes() == once


def test_catch_up_of_a_copied_exercise_fills_the_first(course):
    notebook = notebook_at(course / NOTEBOOK)
    twin = deepcopy(notebook.cells[3])
    twin.id, twin.source = "twin", twin.source + "  # a copy"
    notebook.cells.insert(4, twin)
    write(course / NOTEBOOK, notebook)
    list(exercises.catch_up_to("01.1"))
    texts = [cell.source for cell in notebook_at(course / NOTEBOOK).cells]
    assert sum("return 2 * x" in text for text in texts) == 1
    assert sum("# a copy" in text for text in texts) == 1


def test_catch_up_brings_back_an_exercise_that_was_deleted(course):
    notebook = notebook_at(course / NOTEBOOK)
    del notebook.cells[3]
    write(course / NOTEBOOK, notebook)
    list(exercises.catch_up_to("01.1"))
    assert "return 2 * x" in sources(course)["01.1"]


def test_reset_gives_the_empty_cell_back_and_keeps_what_was_there(course):
    handed_out = sources(course)["01.1"]
    answer(course / NOTEBOOK, "01.1", "    return 5")
    said = list(exercises.reset("01.1"))
    assert sources(course)["01.1"] == handed_out
    (copy,) = copies(course)
    assert "return 5" in copy.read_text()
    assert said == [
        f"{NOTEBOOK}: 01.1 empty again.",
        f"The notebook as it was is in {copy.parents[1].relative_to(course)}.",
    ]
    assert list(exercises.reset("01.1")) == ["01.1 is empty already."]


def test_reset_of_a_notebook_that_is_gone_brings_it_back(course):
    (course / NOTEBOOK).unlink()
    list(exercises.reset("01.1"))
    assert not (course / NOTEBOOK).exists()
    list(exercises.catch_up_to("01.1"))
    assert "return 2 * x" in sources(course)["01.1"]


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("01.9", "There is no exercise '01.9'; lesson 01 has 01.1, 01.2."),
        ("1.2", "There is no exercise '1.2'; lesson 01 has 01.1, 01.2."),
        ("7", "There is no lesson '7'; there are: 01_tiny."),
        ("", "There is no lesson ''; there are: 01_tiny."),
    ],
)
def test_an_exercise_that_is_not_there_is_named(course, number, said):
    with pytest.raises(CourseError) as error:
        list(exercises.reset(number))
    assert str(error.value) == said


def test_a_notebook_that_can_not_be_read_is_named_and_left_alone(course):
    (course / NOTEBOOK).write_text("<<<<<<< yours")
    with pytest.raises(CourseError, match=r"01_tiny.ipynb is not a notebook that can be read"):
        list(exercises.reset("01.1"))
    assert (course / NOTEBOOK).read_text() == "<<<<<<< yours"


def test_what_is_open_in_jupyterlab_has_to_be_loaded_again(course, monkeypatch):
    monkeypatch.setattr(exercises, "open_in_jupyterlab", lambda: {NOTEBOOK})
    said = list(exercises.catch_up_to("01.1"))
    assert said[-1].startswith(f"{NOTEBOOK} is open in JupyterLab: there, File > Reload")
    assert course == paths.ROOT
