"""`course check`: runs a notebook in a clean kernel and listens to what its checks say."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from course import paths
from course.cells.kernel import TIMED_OUT, clean_kernel
from course.cells.source import checks_called, defines
from course.cells.tags import meaning
from course.cells.verdicts import NO_CHECK, NOT_YET, RIGHT, TO_BE_WRITTEN, VerdictWord
from course.errors import CourseError, first_line
from course.record import store

Bank = Callable[[str], Iterable[str]]  # the exercises that a lesson ("01") should have
CELL_SECONDS = 120
COLOURS = {RIGHT: "green", NOT_YET: "yellow", TO_BE_WRITTEN: "cyan", NO_CHECK: "magenta"}


@dataclass(frozen=True)
class Result:
    """What became of one exercise; `message` is empty where there is nothing to say."""

    exercise: str
    verdict: VerdictWord
    message: str


@dataclass
class NotebookRun:
    """A notebook while it runs: its client, what its checks say, and how each cell failed."""

    client: NotebookClient
    listener: Path
    failures: dict[int, str] = field(default_factory=dict)
    timeouts: list[int] = field(default_factory=list)
    stopped: str = ""

    def execute(self, index: int) -> None:
        """Run the cell at `index`; after a dead kernel or a second endless cell, run no more."""
        if self.stopped:
            self.failures.setdefault(index, self.stopped)
            return
        cell = self.client.nb.cells[index]
        self.failures.pop(index, None)
        try:
            self.client.execute_cell(cell, index)
        except DeadKernelError:
            self.failures[index] = "it ended the kernel"
            self.stopped = f"the kernel ended in the cell that begins {_beginning(cell)!r}"
            return
        errors = [output for output in cell.outputs if output.output_type == "error"]
        if index in self.timeouts:
            self.failures[index] = f"it ran longer than {self.client.timeout:.0f} s"
        elif errors:
            self.failures[index] = f"{errors[-1].ename}: {errors[-1].evalue}".strip()
        if len(self.timeouts) > 1:
            self.stopped = "two cells before it ran too long, so it was not run"

    def note_timeout(self, cell_index: int, execute_reply: dict[str, Any], **_: object) -> None:
        """Called by nbclient after each cell."""
        if execute_reply["content"].get("ename") == TIMED_OUT:
            self.timeouts.append(cell_index)

    def verdicts(self) -> dict[str, Result]:
        """The last verdict for each exercise, so far: what a learner saw last."""
        if not self.listener.exists():
            return {}
        lines = self.listener.read_text(encoding="utf-8").splitlines()
        results = (Result(**json.loads(line)) for line in lines)
        return {result.exercise: result for result in results}


def check_notebook(
    path: Path,
    *,
    bank: Bank = paths.lesson_exercises,
    timeout: float = CELL_SECONDS,
    on_cell: Callable[[float], None] = lambda share: None,
) -> list[Result]:
    """Run a notebook's cells and return a result for each exercise that it has or should have.

    The verdicts come from the calls of `check` while they run: cells may be renamed, moved,
    doubled or deleted, and may have lost their metadata. Every check that was not right is asked
    once more when all cells have run, since an answer may stand below its check. Of several
    verdicts for one exercise the last counts. `on_cell` is told the share of cells that are done.

    Raises CourseError if the file is missing, is no notebook, or has nothing to check.
    """
    notebook = read_notebook(path)
    code = [
        index
        for index, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and meaning(cell.metadata.get("tags", [])).checked
    ]
    asked = {index: checks_called(notebook.cells[index].source) for index in code}
    lessons = {number[:2] for numbers in asked.values() for number in numbers}
    written_in = re.match(r"\d\d(?=_)", path.name)
    if written_in:
        lessons.add(written_in[0])
    exercises = {number for lesson in lessons for number in bank(lesson)}
    exercises.update(number for numbers in asked.values() for number in numbers)
    if not exercises:
        raise CourseError(f"{path} holds no check of this course, so there is nothing to run.")
    with TemporaryDirectory() as empty:
        listener = Path(empty) / "verdicts.jsonl"
        # A check may be asked twice here; what a learner's record gets is the last verdict alone.
        settings = {
            "COURSE_VERDICTS": str(listener),
            "COURSE_PROGRESS": str(Path(empty) / "progress.json"),
        }
        folder = path.resolve().parent
        with clean_kernel(
            notebook, folder, timeout=timeout, go_on=True, settings=settings
        ) as client:
            run = NotebookRun(client, listener)
            client.on_cell_executed = run.note_timeout
            for done, index in enumerate(code, start=1):
                run.execute(index)
                on_cell(done / len(code))
            _run_again(run, code, asked)
        said = run.verdicts()
    results = [
        said.get(n) or _unsaid(n, asked, notebook, run.failures) for n in exercises | {*said}
    ]
    return sorted(results, key=lambda result: [int(part) for part in result.exercise.split(".")])


def read_notebook(path: Path) -> NotebookNode:
    """Read a notebook of any format version. Raises CourseError if there is none at `path`."""
    if not path.is_file():
        raise CourseError(f"There is no file {path}.")
    try:
        return nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
    except Exception as error:  # nbformat raises many kinds for broken files
        raise CourseError(
            f"{path} is not a notebook that can be read ({first_line(error)})."
        ) from None


def show(results: list[Result], console: Console) -> None:
    """Print a table of the verdicts, and below it what each check says that is not right."""
    table = Table("Exercise", "Verdict")
    for result in results:
        words = f"still {result.verdict}" if result.verdict == TO_BE_WRITTEN else result.verdict
        table.add_row(result.exercise, f"[{COLOURS.get(result.verdict, 'white')}]{words}[/]")
    console.print(table)
    for result in results:
        if result.verdict not in {RIGHT, TO_BE_WRITTEN}:
            console.print(f"\n{escape(result.message)}", highlight=False, soft_wrap=True)
    count = sum(result.verdict == RIGHT for result in results)
    console.print(f"\n{count} of {len(results)} right.", highlight=False)


def check_with_progress(path: Path) -> list[Result]:
    """`check_notebook` with a bar, and the verdicts noted in the learner's record.

    The bar is on the terminal's error stream, out of the way of the results.
    """
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(path.name, total=1.0)
        results = check_notebook(path, on_cell=lambda share: progress.update(task, completed=share))
    for result in results:
        if result.verdict in {RIGHT, NOT_YET} and path.resolve().parent != paths.SOLUTIONS:
            store.record_check(result.exercise, result.verdict == RIGHT)
    return results


def _run_again(run: NotebookRun, code: list[int], asked: dict[int, list[str]]) -> None:
    """Cells that missed a name defined further down, then every check that was not right."""
    for index in code:
        if run.failures.get(index, "").startswith("NameError:") and not asked[index]:
            run.execute(index)
    said = run.verdicts()
    for index in code:
        right = [number in said and said[number].verdict == RIGHT for number in asked[index]]
        if not all(right) and index not in run.timeouts:
            run.execute(index)


def _unsaid(
    exercise: str, asked: dict[int, list[str]], notebook: NotebookNode, failures: dict[int, str]
) -> Result:
    """Why an exercise has no verdict: its check is gone, or its cell failed before it spoke."""
    cells = [index for index, numbers in asked.items() if exercise in numbers]
    if not cells:
        message = f"{exercise} has no check in this notebook; its cell may have been deleted."
        return Result(exercise, NO_CHECK, message)
    reason = failures.get(cells[-1], "the cell ran, but did not reach its check")
    if reason.startswith("NotYet: "):
        return Result(exercise, NOT_YET, reason.removeprefix("NotYet: "))
    missing = re.match(r"NameError: name '(\w+)' is not defined", reason)
    if missing:
        for index, failure in failures.items():
            if index not in cells and defines(notebook.cells[index].source, missing[1]):
                if failure.startswith("NotImplementedError"):
                    return Result(exercise, TO_BE_WRITTEN, failure)
                reason += f"; the cell that defines it failed: {failure.splitlines()[0]}"
                break
    message = f"{exercise} not yet · the check could not be asked: {reason.splitlines()[0]}"
    return Result(exercise, NOT_YET, message)


def _beginning(cell: NotebookNode) -> str:
    return cell.source.strip().splitlines()[0][:60]
