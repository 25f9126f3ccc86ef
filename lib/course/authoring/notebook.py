"""From a lesson to its two notebooks: cells, ids, metadata, and the seal that shows an edit."""

import re
from dataclasses import replace

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from course.authoring.lesson import Cell, Lesson
from course.authoring.minutes import with_minutes
from course.authoring.solution import cut_solutions, drop_markers, leave_out_solutions
from course.authoring.waiting import waits_for
from course.cells.seal import seal
from course.cells.source import points_of
from course.cells.tags import IGNORE_OUTPUT, meaning

# Which question of the quiz asks an aim; it is said to authors and tests, not to learners.
AIM = re.compile(r"[ \t\n]*<!-- quiz: ([a-z0-9-]+) -->")
# Raise it whenever outputs are made in another way: then every lesson is executed again.
BUILDER = 1
GO_ON = "raises-exception"  # JupyterLab's Run All goes on past such a cell if it fails
# As JupyterLab writes it when a notebook is opened, so that opening alone changes little.
PYTHON = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
    },
}


def learner_notebook(lesson: Lesson) -> NotebookNode:
    """What a learner opens: solutions cut out, no outputs, sealed."""
    notebook = _notebook(lesson, solved=False)
    notebook.metadata["course"]["seal"] = seal(notebook)
    return notebook


def solution_notebook(lesson: Lesson) -> NotebookNode:
    """The complete lesson, not executed and not sealed yet."""
    notebook = _notebook(lesson, solved=True)
    notebook.metadata["course"]["builder"] = BUILDER
    return notebook


def to_text(notebook: NotebookNode) -> str:
    """The file's text. The same notebook gives the same bytes."""
    nbformat.validate(notebook)
    return nbformat.writes(notebook) + "\n"


def _notebook(lesson: Lesson, *, solved: bool) -> NotebookNode:
    notebook = new_notebook(metadata={**PYTHON, "course": {"lesson": lesson.name}})
    taken: set[str] = set()
    texts, waiting = with_minutes(lesson), waits_for(lesson)
    for place, (cell, text) in enumerate(zip(lesson.cells, texts, strict=True), start=1):
        name = _cell_id(cell, f"{lesson.number}-{place:03d}", taken)
        node = _node(replace(cell, source=text), name, solved=solved)
        from_memory = "recall" in cell.tags and node.source != cell.source
        if (waiting[place - 1] or from_memory) and not solved:
            node.metadata.setdefault("tags", []).append(GO_ON)
        notebook.cells.append(node)
    return notebook


def _cell_id(cell: Cell, place: str, taken: set[str]) -> str:
    """ "exercise-01-1", "check-01-1", "hints-01-1", else the cell's place: "01-017"."""
    for tag, word in (("exercise", "exercise"), ("check", "check"), ("hint", "hints")):
        if tag in cell.tags and cell.exercise is not None:
            name = f"{word}-{cell.exercise.replace('.', '-')}"
            if name not in taken:
                taken.add(name)
                return name
    return place


def _node(cell: Cell, name: str, *, solved: bool) -> NotebookNode:
    metadata: dict[str, object] = {}
    tags = list(cell.tags)
    if cell.kind == "code" and not meaning(tags).compared and IGNORE_OUTPUT not in tags:
        tags.append(IGNORE_OUTPUT)
    if tags:
        metadata["tags"] = tags
    if cell.exercise is not None:
        metadata["exercise"] = cell.exercise
    if cell.kind == "markdown":
        if "deep-dive" in tags and cell.source.startswith("#"):
            metadata["jp-MarkdownHeadingCollapsed"] = True
        return new_markdown_cell(AIM.sub("", cell.source), id=name, metadata=metadata)
    if meaning(tags).folded:
        metadata["jupyter"] = {"source_hidden": True}
    source = cell.source
    if "recall" in tags:
        source = drop_markers(source) if solved else leave_out_solutions(source)
    if "exercise" in tags:
        metadata["nbgrader"] = _nbgrader(name, solution=True)
        source = drop_markers(source) if solved else cut_solutions(source, str(cell.exercise))
    if "check" in tags:
        metadata["nbgrader"] = _nbgrader(name, points=points_of(cell.source))
    return new_code_cell(source, id=name, metadata=metadata)


def _nbgrader(grade_id: str, *, solution: bool = False, points: float | None = None) -> dict:
    """nbgrader's own metadata, its schema version 3."""
    return {
        "cell_type": "code",
        "grade": points is not None,
        "grade_id": grade_id,
        "locked": not solution,
        "schema_version": 3,
        "solution": solution,
        "task": False,
        **({} if points is None else {"points": points}),
    }
