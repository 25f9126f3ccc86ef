"""Every lesson keeps the promises that can be measured: what it contains, its size, its voice."""

import ast
import json
import re
import statistics
from pathlib import Path

import pytest

from course import authoring, paths, quiz, recall
from course.authoring.lesson import Cell, Lesson, read_lesson
from course.authoring.measured import out_of_range
from course.authoring.minutes import LONGEST, main_path, parts, prose
from course.authoring.notebook import AIM
from course.authoring.solution import drop_markers, find_blocks, leave_out_solutions
from course.cells.source import checks_called, names_bound, parse_cell, points_of
from course.cells.tags import meaning
from course.checking import find
from course.quizzes import load_quiz
from course.quizzes.loading import quiz_path, read_quiz

EMOJI = re.compile("[\u2600-\u26ff\u2700-\u2712\u2715-\u27bf\ufe0f\U0001f000-\U0001faff]")
LINK = re.compile(r"\]\(([^)\s]+)\)|\b(?:href|src)=\"([^\"]+)\"")
SOURCE = re.compile(r"\b\d{4}\.\d{4,5}\b|\b10\.\d{4,}/\S+|arxiv\.org/abs/")
SHAPE = re.compile(r"\(\w[^()]*\)|\bnumbers?\b")
HEADING = re.compile(
    r"^### Exercise (\d\d\.\d+) · .+ · (?:●○○|●●○|●●●) · (\d+) points?$", re.MULTILINE
)


@pytest.fixture(scope="module", params=paths.lesson_names())
def lesson(request) -> Lesson:
    return read_lesson(paths.LESSONS / f"{request.param}.py")


def code_lines(cell: Cell) -> int:
    return sum(bool(line.strip()) for line in drop_markers(cell.source).splitlines())


def folded(cell: Cell) -> bool:
    return meaning(cell.tags).folded


def markdown(lesson: Lesson) -> list[Cell]:
    return [cell for cell in lesson.cells if cell.kind == "markdown"]


def code(lesson: Lesson) -> list[Cell]:
    return [cell for cell in lesson.cells if cell.kind == "code"]


def where(lesson: Lesson, cell: Cell) -> str:
    return lesson.at(cell.line)


def test_made_notebooks_are_what_the_lessons_make():
    assert authoring.check() == []


def test_the_solved_notebook_shows_the_questions_of_today(lesson, monkeypatch, tmp_path):
    """If not: course build NN --force. (Pictures may differ by a library's version.)"""
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "no-record.json"))
    widgets = {"quiz": quiz(lesson.number)}
    if lesson.number != "00":
        widgets["recall"] = recall(lesson.number)
    notebook = json.loads((paths.SOLUTIONS / f"{lesson.name}.ipynb").read_bytes())
    for name, widget in widgets.items():
        pages = [
            "".join(output["data"]["text/html"])
            for cell in notebook["cells"]
            if f'{name}("{lesson.number}")' in "".join(cell["source"])
            for output in cell.get("outputs", ())
        ]
        (page,) = pages
        assert without_pictures(page) == without_pictures(widget.html())


def without_pictures(page: str) -> str:
    """And without the name that the twin's whole state gives it."""
    return re.sub(r'base64,[A-Za-z0-9+/=]+|data-course-widget="\w+"', "", page)


def test_it_begins_with_what_one_can_do_afterwards_and_one_breath(lesson):
    first = lesson.cells[0].source
    assert first.startswith(f"# {lesson.number} · ")
    assert 3 <= len(re.findall(r"^\d\. ", first, re.MULTILINE)) <= 5, "three to five aims"
    assert "{minutes} minutes" in first
    assert "**In one breath.**" in first


def test_each_aim_has_a_question_of_the_quiz_that_asks_it(lesson):
    """One to one: an aim's line ends in <!-- quiz: the question's id -->."""
    first = lesson.cells[0].source
    aims = re.findall(r"^\d\. .*(?:\n   .*)*", first, re.MULTILINE)
    asked_by = [AIM.findall(aim) for aim in aims]
    assert all(len(names) == 1 for names in asked_by), asked_by
    names = [name for (name,) in asked_by]
    assert len(set(names)) == len(names), "two aims share a question"
    assert set(names) <= {question["id"] for question in load_quiz(lesson.number)["questions"]}
    assert "<!--" not in AIM.sub("", first)


def test_from_01_on_it_begins_with_something_from_memory(lesson):
    cells = lesson.cells_tagged("recall")
    if lesson.number == "00":
        assert cells == []
        return
    shown, written = cells
    assert lesson.cells.index(written) == lesson.cells.index(shown) + 1
    assert lesson.cells.index(shown) <= 3, "before anything new"
    assert f'recall("{lesson.number}")' in shown.source
    exercise = read_quiz(quiz_path(lesson.number))["recall"]["exercise"]
    assert checks_called(written.source, practice=True) == [exercise]
    assert checks_called(written.source) == [], "with points=0: no exercise of this lesson"
    empty = leave_out_solutions(written.source)
    assert empty.startswith("# From memory: ")
    assert f'check("{exercise}", from_memory, points=0)' in empty
    assert parse_cell(empty).body == [], "Run All passes over it"
    # A name of a lesson's own would hide what its later cells use.
    assert set(names_bound(written.source)) == {"from_memory"}


def test_cells_are_short(lesson):
    sizes = {where(lesson, cell): code_lines(cell) for cell in code(lesson)}
    assert {place: size for place, size in sizes.items() if size > 25} == {}
    seen = [n for cell, n in zip(code(lesson), sizes.values(), strict=True) if not folded(cell)]
    assert 3 <= statistics.median(seen) <= 6


def test_a_cell_of_prose_is_at_most_150_words(lesson):
    told = {
        where(lesson, cell): len(re.findall(r"[^\W\d_]+", prose(cell.source)))
        for cell in markdown(lesson)
        if "hint" not in cell.tags and "### References" not in cell.source
    }
    assert {place: words for place, words in told.items() if words > 150} == {}


def test_the_main_path_takes_an_hour_at_most(lesson):
    found = parts(lesson)
    told = "\n".join(f"{part.title}: {part.minutes:.1f}" for part in found if not part.optional)
    assert 40 <= main_path(found) <= LONGEST, told


def test_optional_parts_begin_a_cell_and_say_how_long_they_take(lesson):
    for part in parts(lesson):
        first = lesson.cells[part.cells[0]]
        if part.optional:
            assert first.source.startswith("## "), where(lesson, first)
            assert "{minutes} minutes" in first.source, where(lesson, first)


def test_an_exercise_is_stated_in_a_cell_of_its_own(lesson):
    for cell in markdown(lesson):
        if HEADING.search(cell.source):
            assert cell.source.startswith("### Exercise"), where(lesson, cell)


def test_measured_numbers_that_prose_speaks_of_are_in_their_ranges(lesson):
    solution = json.loads((paths.SOLUTIONS / f"{lesson.name}.ipynb").read_text(encoding="utf-8"))
    for place, cell in enumerate(lesson.cells):
        ranges = cell.settings.get("measured", {})
        assert out_of_range(solution, place, ranges) == [], where(lesson, cell)


def test_it_runs_in_a_minute_of_processor_time(lesson):
    """Stored when it was built: no test takes the time of a machine with other work."""
    solution = json.loads((paths.SOLUTIONS / f"{lesson.name}.ipynb").read_text(encoding="utf-8"))
    assert 0 < solution["metadata"]["course"]["cpu_seconds"] < 60


def test_prose_and_code_are_in_balance(lesson):
    """Folded hints and the list of sources are not what a learner has to read."""
    told = "\n".join(cell.source for cell in markdown(lesson) if "hint" not in cell.tags)
    words = re.findall(r"[^\W\d_]+", prose(told.split("### References")[0]))
    lines = sum(code_lines(cell) for cell in code(lesson))
    assert 5 <= len(words) / lines <= 14


def test_exercises_are_announced_with_their_difficulty_and_their_points(lesson):
    exercises = [cell.exercise for cell in lesson.cells_tagged("exercise")]
    assert len(exercises) >= 3
    assert exercises == [f"{lesson.number}.{n}" for n in range(1, len(exercises) + 1)]
    announced = {}
    for cell in markdown(lesson):
        announced.update(HEADING.findall(cell.source))
    checks = lesson.cells_tagged("check")
    checked = {cell.exercise: f"{points_of(cell.source)}" for cell in checks}
    assert announced == checked


def test_a_check_knows_which_earlier_answers_an_answer_uses(lesson):
    asked, defined = {}, {}
    for cell in lesson.cells_tagged("check"):
        ((call,),) = [[n for n in ast.walk(parse_cell(cell.source)) if isinstance(n, ast.Call)]]
        asked[cell.exercise] = ast.unparse(call.args[1])
    for cell in lesson.cells_tagged("exercise"):
        (first, *_) = statements = parse_cell(cell.source).body
        read = {node.id for node in ast.walk(first) if isinstance(node, ast.Name)}
        uses = {name: (number, asked[number]) for name, number in defined.items() if name in read}
        assert dict(find(cell.exercise).rests_on) == uses, where(lesson, cell)
        defined |= {one.name: cell.exercise for one in statements if hasattr(one, "name")}


def test_every_exercise_has_two_or_three_hints_that_open_one_by_one(lesson):
    hints = {cell.exercise: cell for cell in lesson.cells_tagged("hint")}
    assert set(hints) == {cell.exercise for cell in lesson.cells_tagged("exercise")}
    for cell in hints.values():
        opened = cell.source.count("<details><summary>")
        assert opened in (2, 3), where(lesson, cell)
        assert opened == cell.source.count("</details>"), where(lesson, cell)


def test_answers_are_one_to_fifteen_lines(lesson):
    for cell in lesson.cells_tagged("exercise"):
        rows = cell.source.splitlines()
        answer = [
            row
            for block in find_blocks(cell.source)[0]
            for row in rows[block.begin + 1 : block.end]
            if row.strip()
        ]
        assert 1 <= len(answer) <= 15, where(lesson, cell)


def test_exercises_have_type_hints_and_docstrings_with_shapes(lesson):
    for cell in lesson.cells_tagged("exercise"):
        tree = parse_cell(cell.source)
        answers = [n for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)]
        assert answers, where(lesson, cell)
        for answer in answers:
            inside = [n for n in ast.walk(answer) if isinstance(n, ast.FunctionDef | ast.ClassDef)]
            for function in inside:
                if isinstance(function, ast.FunctionDef):
                    named = f"{where(lesson, cell)}: {function.name}"
                    given = [*function.args.posonlyargs, *function.args.args]
                    given += function.args.kwonlyargs
                    bare = [a.arg for a in given if a.annotation is None and a.arg != "self"]
                    assert bare == [], named
                    assert function.returns is not None, named
            text = "\n".join(ast.get_docstring(part) or "" for part in inside)
            assert SHAPE.search(text), f"{where(lesson, cell)}: {answer.name} tells no shapes"


def test_it_has_something_to_turn_a_quiz_a_deep_dive_and_a_question_first(lesson):
    for tag in ("explore", "quiz", "deep-dive"):
        assert lesson.cells_tagged(tag), f"no cell is tagged {tag}"
    for cell in lesson.cells_tagged("quiz"):
        assert f'quiz("{lesson.number}")' in cell.source, where(lesson, cell)
    for cell in lesson.cells_tagged("deep-dive"):
        if cell.kind == "markdown":
            assert cell.source.startswith("#"), f"{where(lesson, cell)}: nothing to fold"
    told = "\n".join(cell.source for cell in markdown(lesson))
    assert "**Predict before you run.**" in told


def test_one_picture_of_the_main_path_is_the_memorable_one_and_a_plain_image_too(lesson):
    names = [place for place, cell in enumerate(lesson.cells) if "memorable" in cell.tags]
    assert len(names) == 1
    before = [cell.source for cell in markdown(lesson) if cell.line < lesson.cells[names[0]].line]
    assert not any(source.startswith("## Going further") for source in before)
    solution = json.loads((paths.SOLUTIONS / f"{lesson.name}.ipynb").read_text("utf-8"))
    outputs = solution["cells"][names[0]]["outputs"]
    assert any("image/png" in output.get("data", {}) for output in outputs)


def test_references_have_a_year_and_a_number(lesson):
    last = "\n".join(cell.source for cell in markdown(lesson)).split("### References")
    assert len(last) == 2, "one list of references, under '### References'"
    entries = re.split(r"^- ", last[1], flags=re.MULTILINE)[1:]
    assert entries
    for entry in entries:
        assert re.search(r"\b(19|20)\d\d\b", entry), entry
        assert SOURCE.search(entry), entry


def test_local_links_lead_somewhere(lesson):
    for cell in markdown(lesson):
        for pair in LINK.findall(cell.source):
            target = (pair[0] or pair[1]).split("#")[0]
            if target and not re.match(r"[a-z]+:", target):
                path = Path(paths.NOTEBOOKS, target)
                assert path.exists(), f"{where(lesson, cell)}: {target}"


def test_the_voice_is_calm(lesson):
    for cell in lesson.cells:
        place = where(lesson, cell)
        text = prose(cell.source) if cell.kind == "markdown" else cell.source
        assert not re.search(r"\b(simply|obviously)\b", text, re.IGNORECASE), place
        assert not EMOJI.search(text), place
        if cell.kind == "markdown":
            assert "!" not in text, place
