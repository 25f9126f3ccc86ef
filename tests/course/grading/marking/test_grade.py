"""One hand-in in, one report out: what `judge` says in the notebook, grading says too."""

import ast
import graphlib
import json
import os
import shutil
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from course import paths
from course.checking import LocalSubject, exercises, find, judge, lessons_with_exercises
from course.grading.marking.grade import LONGEST_MESSAGE, Grading, grade_one
from course.grading.marking.plan import Check, plan
from course.grading.report import HandIn, Options, Report

LESSONS = [
    lesson for lesson in lessons_with_exercises() if list(paths.SOLUTIONS.glob(f"{lesson}_*"))
]


def without_seconds(report):
    return replace(report, seconds=0, marks=tuple(replace(m, seconds=0) for m in report.marks))


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_solution_gets_everything(lesson, notebook, grade):
    report = grade(notebook(lesson=lesson), cell_seconds=60.0)
    assert (report.error, report.notes) == ("", ())
    assert [mark.exercise for mark in report.marks] == list(exercises(lesson))
    assert [mark.verdict for mark in report.marks] == ["right"] * len(report.marks)
    assert report.points == report.max_points


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_blank_one_gets_nothing_and_is_told_that_all_is_to_be_written(lesson, notebook, grade):
    report = grade(notebook.blank(lesson), cell_seconds=60.0)
    assert report.error == ""
    assert {mark.verdict for mark in report.marks} <= {"to be written", "not yet"}
    assert report.marks[0].verdict == "to be written"
    assert report.points == 0


# Exercises whose mistakes stand on their own: their source, the bank's imports and constants.
MISTAKES = [
    (number, mistake.name)
    for number in ("01.1", "01.2", "01.3", "01.4", "01.5", "05.1", "05.2")
    for mistake in find(number).mistakes
]


@pytest.mark.parametrize("lesson", sorted({number[:2] for number, _ in MISTAKES}))
def test_every_mistake_gets_the_words_that_the_notebook_says(lesson, notebook, grade):
    """All of a lesson's mistakes of one turn stand in one notebook, one for each exercise."""
    numbers = sorted({number for number, _ in MISTAKES if number.startswith(lesson)})
    turns = max(len(find(number).mistakes) for number in numbers)
    for turn in range(turns):
        book = notebook(lesson=lesson).before(f"{lesson}.1", bank_as_a_cell(lesson))
        made = {}
        for number in numbers:
            mistakes = find(number).mistakes
            mistake = made[number] = mistakes[turn % len(mistakes)]
            check = "".join(book.cell(f"check-{number.replace('.', '-')}")["source"])
            name = check.split(",")[1].strip(" )")
            book.answer(number, f"{name} = mistakes['{number}', '{mistake.name}']\n")
        report = grade(book, cell_seconds=30.0, seed=turn)
        marks = {mark.exercise: mark for mark in report.marks}
        for number, mistake in made.items():
            exercise = find(number)
            local = judge(exercise, LocalSubject(mistake.answer, exercise.forbids), turn)
            mark = marks[number]
            assert (mark.verdict, mark.message) == (local.verdict, local.message)
            assert mark.cases_right == local.cases_right
            known = {mistake.name: mistake.what for mistake in exercise.mistakes}
            assert mark.mistake == (known[local.mistake] if local.mistake else "")


def bank_as_a_cell(lesson):
    """The text of the mistakes, as somebody could have written them."""
    folder = paths.ROOT / "lib" / "course" / "checks" / f"lesson_{lesson}"
    modules = {
        ".".join(file.relative_to(folder.parents[2]).with_suffix("").parts): ast.parse(
            file.read_text(encoding="utf-8")
        )
        for file in folder.rglob("*.py")
    }
    ours = {
        name: [n for n in tree.body if isinstance(n, ast.ImportFrom) and n.module in modules]
        for name, tree in modules.items()
    }
    needs = {name: {node.module for node in nodes} for name, nodes in ours.items()}
    stub = """
        mistakes = {}
        class Exercise:
            def __init__(self, number, **_):
                self.number = number
                self.case = self.mistake = lambda *_: self.keep
                self.reference = self.right_way = lambda answer: answer
            def keep(self, answer):
                mistakes[self.number, answer.__name__] = answer
                return answer
            def inherit(self, earlier, names, through):
                for name in names:
                    answer = through(mistakes[earlier.number, name])
                    mistakes[self.number, name] = answer
        class Question:
            def __init__(self, *_, **__): pass
        Call = Gradient = Raises = CountParameters = Built = Draw = Question
    """
    # One after the other, each behind those that it imports from; what it imports is there by then.
    statements = [
        ast.unparse(node)
        for name in graphlib.TopologicalSorter(needs).static_order()
        for node in modules[name].body
        if not (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("course"))
    ]
    return textwrap.dedent(stub) + "\n".join(statements)


def test_the_same_seed_gives_the_same_report(notebook, grade):
    book = half_done(notebook)
    first, second = grade(book, seed=3), grade(book, seed=3)
    assert without_seconds(first) == without_seconds(second)
    assert Report.from_dict(json.loads(json.dumps(first.as_dict()))) == first


def test_other_seeds_give_the_same_verdicts(notebook, grade):
    def verdicts(seed):
        marks = grade(half_done(notebook), seed=seed).marks
        return [(mark.verdict, mark.points, mark.mistake) for mark in marks]

    expected = verdicts(0)
    assert all(verdicts(seed) == expected for seed in range(1, 6))


def half_done(notebook):
    """One answer blank, one with a known mistake, one that raises, two right."""
    blank = notebook.blank()
    book = notebook().answer("01.1", "".join(blank.cell("exercise-01-1")["source"]))
    book.answer("01.4", "def attention(query, key, value):\n    return query @ key\n")
    return book.answer(
        "01.2",
        "def attention_weights(scores):\n"
        "    return np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)\n",
    )


def test_an_answer_that_uses_a_blank_one_waits_for_it(notebook, grade):
    marks = {mark.exercise: mark for mark in grade(half_done(notebook)).marks}
    assert marks["01.1"].verdict == "to be written"
    assert marks["01.3"].message.startswith("01.3 waits for 01.1")


def test_a_missing_name_is_traced_to_the_cell_that_failed(notebook, grade):
    report = grade(notebook().answer("01.1", "def agreement_scores(queries, keys)\n    return 1\n"))
    assert report.marks[0].points == 0
    assert "which defines it, failed: SyntaxError" in " ".join(report.marks[0].message.split())


def test_what_was_earned_is_kept_where_cells_lost_their_kind_or_their_check(notebook, grade):
    book = notebook()
    book.cell("exercise-01-1")["cell_type"] = "raw"
    book.cell("check-01-4")["cell_type"] = "markdown"
    book.cell("check-01-3")["metadata"] = {}
    del book.cells[book.place("check-01-2")]
    report = grade(book)
    assert notebook.points(report) == notebook.FULL
    assert [note.partition(" was ")[2] for note in report.notes] == [
        "turned from code into text; it was run all the same.",
        "turned from code into text; it was run all the same.",
        "deleted; it was made all the same.",
    ]


def test_a_deleted_check_whose_answer_hangs_costs_no_more_than_itself(notebook, grade):
    book = notebook().answer("01.2", "def attention_weights(scores):\n    while True: pass\n")
    del book.cells[book.place("check-01-2")]
    earned = notebook.points(grade(book))
    assert earned == notebook.FULL | {"01.2": 0.0, "01.3": 0.0}


def test_a_deleted_exercise_is_named(notebook, grade):
    book = notebook()
    del book.cells[book.place("exercise-01-2")]
    del book.cells[book.place("check-01-2")]
    mark = grade(book).marks[1]
    assert (mark.verdict, mark.points, mark.max_points) == ("no check", 0.0, 2.0)
    assert mark.message == "01.2 has no answer here; its cells may have been deleted."


def test_no_hand_in_can_make_a_message_longer_than_a_page(notebook):
    todo = plan(notebook().data())
    grading = Grading(todo, Options())
    verdict = judge(find("01.1"), LocalSubject(lambda *arguments: None), seed=1)
    grading._note(replace(verdict, message="x" * 10**6), 0.1)
    check = next(s for s in todo.steps if isinstance(s, Check) and s.exercise == "01.2")
    grading._not_asked(check, "x" * 10**6)
    for exercise in ("01.1", "01.2"):
        assert len(grading.marks[exercise].message) == LONGEST_MESSAGE + len(" …")


def test_a_hand_in_in_trouble_is_not_looked_at():
    report = grade_one(HandIn("a", "a.zip", b"", "The zip file is empty."), Options())
    assert report.error == "The zip file is empty."


def test_without_walls_the_marks_are_the_same_and_the_report_says_so(notebook, grade):
    walled = grade(half_done(notebook))
    open_ = grade(half_done(notebook), sandboxed=False)
    assert (walled.sandbox, open_.sandbox) == ("namespaces", "none")
    assert without_seconds(replace(open_, sandbox="namespaces")) == without_seconds(walled)


AS_NOBODY = """
import json, os, sys
from pathlib import Path
sys.path[:0] = {places!r}
assert os.getuid() == 65534
from course.grading.marking.grade import close_forkserver, grade_one, prove_walls
from course.grading.report import HandIn, Options
prove_walls(Options())
for path in sys.argv[1:]:
    report = grade_one(HandIn("a", "a", Path(path).read_bytes()), Options(cell_seconds=4.0))
    print(json.dumps([report.points, report.notes]))
close_forkserver()
"""
STRIKES = """
import os, signal
wrote = []
for path in ("/", "/etc", "/usr", "/dev", {canary!r}, {folder!r}):
    try:
        open(path if path == {canary!r} else path + "/x", "a").close()
        wrote.append(path)
    except OSError:
        pass
reached = []
for pid in range(3, 70_000):
    try:
        os.kill(pid, 0)
        reached.append(pid)
    except OSError:
        pass
raise LookupError(f"wrote {{wrote}} reached {{reached}} {{os.getpid()}} {{os.listdir('/')}}")
"""


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may become")
def test_an_ordinary_user_grades_behind_the_same_walls(notebook, walls, tmp_path_factory):
    """Root builds the walls by right; everybody else needs a namespace of users first."""
    python = readable_python()
    folder = Path("/tmp") / tmp_path_factory.mktemp("nobody").name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        folder.chmod(0o777)
        canary = folder / "canary"
        canary.write_text("alive")
        canary.chmod(0o666)
        strikes = STRIKES.format(canary=str(canary), folder=str(folder))
        (folder / "good.ipynb").write_bytes(notebook().data())
        (folder / "hostile.ipynb").write_bytes(notebook().before("01.1", strikes).data())
        (folder / "bomb.ipynb").write_bytes(
            notebook().before("01.4", "import os\nwhile True:\n    os.fork()\n").data()
        )
        code = AS_NOBODY.format(places=packages())
        books = [str(folder / f"{name}.ipynb") for name in ("good", "hostile", "bomb", "good")]
        answer = subprocess.run(
            [python, "-c", code, *books], capture_output=True, text=True, check=False,
            user=65534, group=65534, extra_groups=[], cwd=folder,
            env={"HOME": str(folder), "PATH": os.defpath, "OMP_NUM_THREADS": "1",
                 "PYTHONPATH": os.pathsep.join(packages())},
        )  # fmt: skip
        assert answer.returncode == 0, answer.stderr[-2000:]
        good, hostile, bomb, again = map(json.loads, answer.stdout.splitlines())
        assert good == again == [11.0, []]
        assert hostile[0] == bomb[0] == 11.0
        assert "wrote [] reached []" in hostile[1][0]
        assert canary.read_text() == "alive"
    finally:
        shutil.rmtree(folder)


def packages():
    here = paths.ROOT / "lib"
    return [str(here), *(path for path in sys.path if path.endswith("-packages"))]


def readable_python():
    """A Python of this version that everybody may run."""
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    for python in (sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        try:
            answer = subprocess.run(
                [python, "-c", "import torch, course"], check=False, user=65534, group=65534,
                extra_groups=[], cwd="/", capture_output=True,
                env={"PYTHONPATH": os.pathsep.join(packages()), "PATH": os.defpath},
            )  # fmt: skip
        except OSError:
            continue
        if answer.returncode == 0:
            return python
    pytest.skip(f"nobody but root may run a {version} here that has the course's packages")
