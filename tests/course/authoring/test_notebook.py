"""The two notebooks of a lesson, before anything runs; nbgrader's own schema is the oracle."""

import json

import nbformat
import pytest
from nbgrader.nbgraderformat import MetadataValidator

from course import paths
from course.authoring.lesson import read_lesson
from course.authoring.notebook import learner_notebook, solution_notebook, to_text
from course.cells.seal import is_sealed


@pytest.fixture(params=paths.lesson_names())
def lesson(request):
    return read_lesson(paths.LESSONS / f"{request.param}.py")


def test_nbgrader_knows_the_exercises_and_checks_and_their_points(lesson):
    notebook = learner_notebook(lesson)
    validator = MetadataValidator()
    said = [cell.metadata.nbgrader for cell in notebook.cells if "nbgrader" in cell.metadata]
    for cell in notebook.cells:
        validator.validate_cell(cell)
    assert sum(one.solution for one in said) == len(lesson.cells_tagged("exercise"))
    assert sum(one.grade for one in said) == len(lesson.cells_tagged("check"))
    assert all(one.points > 0 for one in said if one.grade)


def test_the_learners_notebook_is_sealed_and_holds_no_solution(lesson):
    text = to_text(learner_notebook(lesson))
    assert is_sealed(json.loads(text))
    assert "BEGIN SOLUTION" not in text
    assert text == to_text(learner_notebook(lesson))
    nbformat.validate(nbformat.reads(text, as_version=4))


def test_both_notebooks_have_the_same_cells_with_ids_that_stay(lesson):
    learner, solution = learner_notebook(lesson), solution_notebook(lesson)
    ids = [cell.id for cell in learner.cells]
    assert ids == [cell.id for cell in solution.cells]
    assert len(set(ids)) == len(ids)
    for cell in lesson.cells_tagged("check"):
        assert f"check-{cell.exercise.replace('.', '-')}" in ids
