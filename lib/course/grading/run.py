"""The whole run: what is on disk already, a pool or a cluster for the rest, and what is written."""

import signal
import time
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import filelock
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.progress import TimeRemainingColumn as Remaining

from course.atomic import remove_unfinished
from course.errors import CourseError
from course.grading.hand_ins.find import Found, find
from course.grading.journal import Journal
from course.grading.report import HandIn, Options, Report
from course.grading.reports import feedback, gradescope
from course.grading.reports.scores import Scores
from course.grading.reports.summary import Summary
from course.grading.sandbox import temporary_folders
from course.grading.seed import seed_of
from course.grading.workers import cluster, pool
from course.grading.workers.unit import Grade, Outcome, grade_here
from course.setup.doctor import usable_cores

SECONDS_BETWEEN_SCORES = 2.0


@dataclass(frozen=True)
class Request:
    """What somebody asks for: `course grade --help` tells what each is."""

    hand_ins: list[Path]
    out: Path
    options: Options = field(default_factory=Options)
    seed: int | None = None
    workers: int = 0
    regrade: bool = False
    scheduler: str = ""


class GradingRun:
    """A run, and what it has found out so far."""

    def __init__(self, request: Request, grade: Grade = grade_here) -> None:
        self.request = request
        self.grade = grade
        self.options = request.options  # until the seed is known
        self.journal = Journal(request.out / "results", request.options)
        self.scores = Scores()
        self.summary = Summary()
        self.found: list[Found] = []
        self.kept = 0
        self.done = 0
        self.interrupted = False
        self._written = 0.0

    def go(self, console: Console) -> dict[str, Any]:
        """Grade everything, and return the summary. Raises CourseError for a mistake of the user's.

        After Ctrl-C it stops at once, writes the scores that there are, and `interrupted` is True.
        """
        out = self.request.out
        if any(out.resolve() == path.resolve() for path in self.request.hand_ins):
            raise CourseError(f"--out {out} is where the hand-ins are: name another folder.")
        self.found = find(self.request.hand_ins, leave_out=out.resolve())
        with _alone(out), _a_full_disk_said(out):
            remove_unfinished(out)
            temporary_folders.sweep()
            self.options = replace(self.request.options, seed=seed_of(out, self.request.seed))
            self.journal = Journal(out / "results", self.options)
            try:
                with _progress(console) as progress:
                    task = progress.add_task("grading", total=len(self.found))
                    self._all(progress, task)
            except KeyboardInterrupt:
                self.interrupted = True
            except CourseError:
                if self.done:
                    self._write_scores()
                raise
            with _undisturbed():
                self._write_scores()
                feedback.write_all(out / "feedback.zip", out / "feedback", self.found)
                data = self.summary.as_dict()
                self.summary.write(out / "summary.html", data)
        total = {"hand_ins": len(self.found), "kept": self.kept, "done": self.done}
        others = self.journal.others({found.name for found in self.found})
        kept = {"others": others, "out": str(out), "seed": self.options.seed}
        return {**total, **kept, **data}

    def _all(self, progress: Progress, task: TaskID) -> None:
        def waiting() -> Iterator[HandIn]:
            """The hand-ins to be graded; what is on disk is taken from there on the way."""
            for found in self.found:
                hand_in = found.read()
                report = None if self.request.regrade else self.journal.kept(hand_in)
                if report is None:
                    yield hand_in
                else:
                    self.kept += 1
                    self._take(report, write=False)
                    progress.update(task, completed=self.done)

        # The estimate is of what is to be graded: what is kept takes no time.
        with closing(self._outcomes(waiting())) as outcomes:
            for outcome in outcomes:
                report = outcome.report
                # The journal last: what it says is done has its pages too.
                self._take(report, write=True)
                if outcome.final:
                    self.journal.write(outcome.hand_in, report)
                progress.update(task, completed=self.done)

    def _outcomes(self, waiting: Iterator[HandIn]) -> Generator[Outcome, None, None]:
        if self.request.scheduler:
            return cluster.graded(waiting, self.options, self.request.scheduler, self.grade)
        workers = min(self.request.workers or usable_cores(), len(self.found))
        return pool.graded(waiting, self.options, workers, self.grade)

    def _take(self, report: Report, *, write: bool) -> None:
        self.scores.add(report)
        self.summary.add(report)
        self.done += 1
        page = self.request.out / "feedback" / f"{report.name}.html"
        results = self.request.out / "gradescope" / report.name / "results.json"
        if write or not page.exists():
            feedback.write(page, report)
        if write or not results.exists():
            gradescope.write_results(results, [report])
        if time.monotonic() - self._written > SECONDS_BETWEEN_SCORES:
            self._write_scores()

    def _write_scores(self) -> None:
        self.scores.write(self.request.out / "scores.csv")
        self._written = time.monotonic()


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Hold the folder of results, so that two runs can't write into it at once."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(out / ".lock")
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise CourseError(
            f"Another run is writing into {out}: wait until it is done, or name another folder."
        ) from None
    except OSError as error:
        raise CourseError(f"--out {out} can't be written to: {error.strerror}.") from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _a_full_disk_said(out: Path) -> Iterator[None]:
    """Have whatever can't be written end the run with a sentence."""
    try:
        yield
    except OSError as error:
        raise CourseError(
            f"{out} can't be written to: {error.strerror}. What is done is on disk, and the same "
            "command goes on from there."
        ) from None


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Let a second Ctrl-C wait until the scores are written."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
        Remaining(elapsed_when_finished=True),
        console=console, transient=True, disable=not console.is_terminal,
    )  # fmt: skip
