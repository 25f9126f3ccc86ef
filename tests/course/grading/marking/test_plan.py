"""What of a notebook is run and asked, in which order."""

import json

import nbformat
import pytest

from course import paths
from course.checking import exercises, lessons_with_exercises
from course.grading.marking.plan import Check, RunCell, forbidden, plan, release
from course.grading.marking.reading import CannotRead

LESSONS = [
    lesson for lesson in lessons_with_exercises() if list(paths.NOTEBOOKS.glob(f"{lesson}_*"))
]


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_exercise_of_a_lesson_is_asked_once_in_order(lesson, notebook):
    for book in (notebook(lesson=lesson), notebook.blank(lesson)):
        todo = plan(book.data())
        asked = [step.exercise for step in todo.steps if isinstance(step, Check)]
        assert asked == list(exercises(lesson)) == list(todo.release.points)
        assert todo.notes == ()


def test_what_is_only_looked_at_is_not_run(notebook):
    steps = plan(notebook().data()).steps
    sources = [step.source for step in steps if isinstance(step, RunCell)]
    assert not any("quiz(" in source or "subplots" in source for source in sources)
    assert not any("measure(" in source for source in sources)


def test_what_is_written_from_memory_is_no_exercise(notebook):
    for book in (notebook(lesson="02"), notebook.blank("02")):
        checks = [step for step in plan(book.data()).steps if isinstance(step, Check)]
        assert {check.exercise[:2] for check in checks} == {"02"}
    blank = plan(notebook.blank("02").data()).steps
    assert not any(isinstance(step, RunCell) and "recall(" in step.source for step in blank)
    assert "01.4" not in release("02").points


def test_a_demo_that_the_learner_changed_runs(notebook):
    book = notebook()
    demo = next(cell for cell in book.cells if "def largest_weight" in "".join(cell["source"]))
    demo["source"] = "def largest_weight(): pass"
    assert any(
        isinstance(s, RunCell) and "largest_weight" in s.source for s in plan(book.data()).steps
    )


def test_a_check_asks_what_the_release_asks(notebook):
    book = notebook()
    book.cell("check-01-2")["source"] = "anything"
    checks = [step for step in plan(book.data()).steps if isinstance(step, Check)]
    assert checks[1].expression == "attention_weights"


def test_of_a_check_that_stands_twice_the_last_one_counts(notebook):
    book = notebook()
    book.cells.append(book.cell("check-01-1"))
    todo = plan(book.data())
    asked = [step.exercise for step in todo.steps if isinstance(step, Check)]
    assert asked == ["01.2", "01.3", "01.4", "01.5", "01.1"]
    assert todo.notes == ("The check of 01.1 stands twice; the last one counts.",)


def test_the_points_are_those_of_the_release(notebook):
    book = notebook()
    book.cell("check-01-1")["metadata"]["nbgrader"]["points"] = 99
    assert plan(book.data()).release.points["01.1"] == 1.0


def test_a_notebook_whose_metadata_were_lost_is_read_by_its_checks(notebook):
    book = notebook()
    for cell in book.cells:
        cell["metadata"] = {}
    book.content["metadata"] = {}
    asked = [step.exercise for step in plan(book.data()).steps if isinstance(step, Check)]
    assert asked == ["01.1", "01.2", "01.3", "01.4", "01.5"]


def asked(book):
    """Which exercises are asked, and the first line of what runs right before each."""
    steps = plan(book.data()).steps
    lines = [s.source.strip().partition("\n")[0] if isinstance(s, RunCell) else "" for s in steps]
    pairs = zip(["", *lines], steps, strict=False)
    return {step.exercise: line for line, step in pairs if isinstance(step, Check)}


@pytest.mark.parametrize("kind", ["markdown", "raw"])
@pytest.mark.parametrize("grade_id", ["exercise-01-3", "check-01-3"])
def test_a_cell_with_an_id_of_ours_is_code_whatever_it_was_turned_into(notebook, kind, grade_id):
    book = notebook()
    before = plan(book.data())
    cell = book.cell(grade_id)
    cell["cell_type"] = kind
    del cell["outputs"], cell["execution_count"]
    todo = plan(book.data())
    assert todo.steps == before.steps
    place = book.place(grade_id) + 1
    assert todo.notes == (f"Cell {place} was turned from code into text; it was run all the same.",)


def test_a_given_cell_that_was_turned_into_text_is_code_as_well(notebook):
    book = notebook()
    before = plan(book.data())
    first = next(cell for cell in book.cells if cell["cell_type"] == "code")
    first["cell_type"] = "markdown"
    todo = plan(book.data())
    assert (todo.steps, len(todo.notes)) == (before.steps, 1)


def test_text_of_the_learners_own_is_no_code(notebook):
    book = notebook()
    before = plan(book.data()).steps
    for text in ("", "import torch", 'check("01.1", agreement_scores)'):
        book.append(text)
        book.cells[-1]["cell_type"] = "markdown"
    assert plan(book.data()).steps == before


def test_a_single_check_that_was_pasted_back_without_metadata_is_known_by_its_text(notebook):
    book = notebook()
    before = plan(book.data())
    book.cell("check-01-3")["metadata"] = {}
    assert plan(book.data()) == before


def test_a_check_that_was_merged_into_its_answers_cell_is_made_after_that(notebook):
    book = notebook()
    check = book.cells.pop(book.place("check-01-3"))
    answer = book.cell("exercise-01-3")
    answer["source"] = "".join(answer["source"]) + "\n\n" + "".join(check["source"])
    todo = plan(book.data())
    assert asked(book)["01.3"].startswith("def soft_look_up")
    assert (len(asked(book)), todo.notes) == (5, ())


def test_a_check_of_ones_own_does_not_stand_for_that_of_another_exercise(notebook):
    book = notebook()
    book.cell("check-01-3")["source"] = 'check("01.4", attention)'
    assert list(asked(book)) == ["01.1", "01.2", "01.3", "01.4", "01.5"]


def test_a_deleted_check_is_made_behind_the_answer_and_what_belongs_to_it(notebook):
    book = notebook()
    place = book.place("check-01-3")
    book.cells[place] |= {"source": "helper = 1", "metadata": {}}
    todo = plan(book.data())
    assert asked(book)["01.3"] == "helper = 1"
    assert list(asked(book)) == ["01.1", "01.2", "01.3", "01.4", "01.5"]
    assert todo.notes == ("The check of 01.3 was deleted; it was made all the same.",)


def test_an_answer_without_its_cell_is_known_by_its_name_and_else_not_asked(
    notebook,
):
    book = notebook()
    del book.cells[book.place("check-01-3")]
    book.cell("exercise-01-3")["metadata"] = {}
    assert "01.3" in asked(book)
    del book.cells[book.place("check-01-4")]
    del book.cells[book.place("exercise-01-4")]
    assert "01.4" not in asked(book)


def test_sources_may_be_texts_or_lists_of_lines(notebook):
    book = notebook()
    for cell in book.cells:
        source = "".join(cell["source"])
        cell["source"] = source.splitlines(keepends=True)
    as_lines = plan(book.data())
    for cell in book.cells:
        cell["source"] = "".join(cell["source"])
    assert plan(book.data()) == as_lines


def test_what_a_lesson_forbids_is_what_its_exercises_forbid():
    assert "attn" in forbidden("01")
    assert "attn" not in forbidden("02")  # the lesson builds on attn.core
    assert "attn.heads" in forbidden("02")


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_release_is_what_nbgraders_metadata_say_though_it_is_read_from_the_texts(lesson):
    (path,) = paths.NOTEBOOKS.glob(f"{lesson}_*.ipynb")
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    known = [cell.metadata.nbgrader for cell in cells if "nbgrader" in cell.metadata]
    found = release(lesson)
    assert {found.checks[n].check_id: points for n, points in found.points.items()} == {
        one.grade_id: float(one.points) for one in known if one.grade
    }
    assert found.ids == {one.grade_id for one in known}
    left_out = {"demo", "explore", "quiz", "progress", "recall"}
    not_run = {cell.source.strip() for cell in cells if left_out & {*cell.metadata.get("tags", ())}}
    assert (found.not_run, found.given) == (
        not_run, {cell.source.strip() for cell in cells} - (not_run - found.given)
    )  # fmt: skip


def test_there_is_no_release_of_a_lesson_that_is_none():
    for lesson in ("99", "", "*", "../0", "01_"):
        with pytest.raises(CannotRead):
            release(lesson)


def test_json_with_a_byte_order_mark_is_read(notebook):
    assert plan(b"\xef\xbb\xbf" + notebook().data()).release.lesson == "01"
    assert plan(json.dumps(notebook().content).encode("utf-16")).release.lesson == "01"
