"""One hand-in in, one report out."""

import atexit
import os
import re
import time
from dataclasses import replace

from course.cells.source import defines
from course.cells.verdicts import NO_CHECK, NOT_YET
from course.checking import Verdict, find, judge
from course.checking.messages import visible
from course.errors import CourseError
from course.grading.marking.plan import Check, Plan, RunCell, Step, forbidden, plan
from course.grading.marking.reading import CannotRead
from course.grading.report import HandIn, Mark, Options, Report
from course.grading.sandbox.namespaces import NoSandbox
from course.grading.sandbox.remote import Ended, Fault, Forkserver, Gone, Room
from course.grading.sandbox.remote_subject import RemoteSubject

MOST_FAULTS = 8  # cells that hang or kill; after so many, the rest of a hand-in is not run
LONGEST_NOTE = 300
LONGEST_MESSAGE = 4000
MOST_TIME = 10  # times `cell_seconds`: nor is what would begin when all cells have used so much
PATIENCE = 60  # times `cell_seconds`: nor, on a busy machine, what would begin later than this
_forkservers: dict[int, Forkserver] = {}  # by process: a forked one must not share its parent's


def grade_one(hand_in: HandIn, options: Options) -> Report:
    """Grade a hand-in. Whatever its code does, a report comes back.

    Raises CourseError where this machine can't hold a hand-in's code back, and should.
    """
    started = time.monotonic()
    if hand_in.trouble:
        return Report.about(hand_in, options, hand_in.trouble)
    try:
        todo = plan(hand_in.data)
    except CannotRead as reason:
        return Report.about(hand_in, options, str(reason))
    grading = Grading(todo, options)
    grading.run()
    return replace(
        Report.about(hand_in, options),
        lesson=todo.release.lesson,
        marks=tuple(grading.marks[exercise] for exercise in sorted(grading.marks)),
        notes=tuple(grading.notes),
        seconds=round(time.monotonic() - started, 3),
    )


def prove_walls(options: Options) -> None:
    """Raise CourseError, with the way out, where hand-ins can't be graded here as `options` say."""
    try:
        with forkserver().room((), options.cell_seconds, sandboxed=options.sandboxed) as room:
            room.ask({"run": "1"})
    except (NoSandbox, Fault, Gone) as reason:
        raise CourseError(
            f"This machine can't hold a hand-in's code back ({reason}). Grading needs Linux 5.12 "
            "or newer, and user namespaces (on Ubuntu 24.04: `sudo sysctl "
            "kernel.apparmor_restrict_unprivileged_userns=0`; on Windows: in WSL). With "
            "--unsandboxed it runs without walls: only for hand-ins that you trust."
        ) from None


def forkserver() -> Forkserver:
    """This process's forkserver; the first call starts it."""
    if os.getpid() not in _forkservers:
        _forkservers[os.getpid()] = Forkserver()
        atexit.register(close_forkserver)
    return _forkservers[os.getpid()]


def close_forkserver() -> None:
    """End this process's forkserver, if it has one."""
    if (found := _forkservers.pop(os.getpid(), None)) is not None:
        found.close()


class Grading:
    """The grading of one hand-in: what is known so far, kept over every fault."""

    def __init__(self, todo: Plan, options: Options) -> None:
        self.plan = todo
        self.options = options
        self.notes = list(todo.notes)
        self.marks = {
            exercise: Mark(
                exercise, NO_CHECK, 0.0, points,
                message=f"{exercise} has no answer here; its cells may have been deleted.",
            )
            for exercise, points in todo.release.points.items()
        }  # fmt: skip
        self._until = time.monotonic() + PATIENCE * options.cell_seconds
        self._used = 0.0  # seconds, in rooms that are gone
        self._judged: set[str] = set()
        self._faults: dict[Step, str] = {}  # what hung or killed, and how
        self._failed: dict[Step, str] = {}  # a cell, and its exception

    def run(self) -> None:
        """Run the steps; one that hangs or kills is left out, and the others run again."""
        closed = forbidden(self.plan.release.lesson)
        seconds, sandboxed = self.options.cell_seconds, self.options.sandboxed
        deaths = 0
        done = False
        while not done and not self._used_up():
            try:
                with forkserver().room(closed, seconds, sandboxed=sandboxed) as room:
                    done = self._run_steps(room)
                    self._used += room.used
            except Gone:
                close_forkserver()
                deaths += 1
                if deaths == MOST_FAULTS:
                    raise
        self.notes += [
            f"Cell {step.place}: {self._faults[step]}."
            for step in self.plan.steps
            if step in self._faults
        ]
        self.notes += [
            f"Cell {step.place} raised {_first_line(self._failed[step])}"
            for step in self.plan.steps
            if isinstance(step, RunCell) and not step.given and step in self._failed
        ]

    def _used_up(self) -> bool:
        """Whether this hand-in had its share of faults and time; then what is left is not asked."""
        if len(self._faults) < MOST_FAULTS and not self._out_of_time(self._used):
            return False
        self.notes.append("Its cells hung, ended the process or took long: the rest was not run.")
        for step in self.plan.steps:
            if isinstance(step, Check) and step.exercise not in self._judged:
                self._not_asked(step, "cells before it hung, ended the process or took long")
        return True

    def _out_of_time(self, used: float) -> bool:
        return used > MOST_TIME * self.options.cell_seconds or time.monotonic() > self._until

    def _run_steps(self, room: Room) -> bool:
        """Whether all steps ran to their end."""
        self._failed.clear()
        for step in self.plan.steps:
            if step in self._faults:
                continue
            if self._out_of_time(self._used + room.used):
                return False
            room.start_clock()
            try:
                if isinstance(step, RunCell):
                    self._run_cell(step, room)
                elif step.exercise not in self._judged:
                    self._check(step, room)
            except Fault as fault:
                if forkserver().gone:
                    raise Gone from fault
                self._faults[step] = str(fault)
                if isinstance(step, Check) and step.exercise not in self._judged:
                    self._not_asked(step, str(fault))
                return self._is_last(step)
        return True

    def _is_last(self, step: Step) -> bool:
        return step is self.plan.steps[-1]

    def _run_cell(self, step: RunCell, room: Room) -> None:
        error = room.ask({"run": step.source}).get("error")
        if isinstance(error, str) and error:
            self._failed[step] = error

    def _check(self, step: Check, room: Room) -> None:
        started = time.monotonic()
        exercise = find(step.exercise)
        last = self._is_last(step)
        order = {"check": step.expression, "forbids": list(exercise.forbids), "last": last}
        missing = room.ask(order).get("error")
        if isinstance(missing, str) and missing:
            self._not_asked(step, missing + self._why_missing(missing))
            if not last:
                room.hear()  # that the process has ended
            return
        try:
            verdict = judge(exercise, RemoteSubject(room), self.options.seed)
        except Ended:
            self._not_asked(step, "the answer ended its own process")
            return
        except Fault:
            raise
        except Exception as error:  # an answer that not even a comparison can cope with
            self._not_asked(step, f"the answer can't be compared ({type(error).__name__})")
        else:
            self._note(verdict, time.monotonic() - started)
        if not last:
            room.ask({"done": True})

    def _note(self, verdict: Verdict, seconds: float) -> None:
        most = self.plan.release.points[verdict.exercise]
        self._judged.add(verdict.exercise)
        self.marks[verdict.exercise] = Mark(
            verdict.exercise, verdict.verdict, verdict.points(most), most, verdict.cases_right,
            verdict.cases, _clipped(verdict.message), _in_words(verdict), round(seconds, 3),
        )  # fmt: skip

    def _not_asked(self, step: Check, reason: str) -> None:
        self._judged.add(step.exercise)
        message = f"{step.exercise} not yet · the check could not be asked: {reason}"
        mark = self.marks[step.exercise]
        self.marks[step.exercise] = replace(
            mark, verdict=NOT_YET, message=_clipped(visible(message))
        )

    def _why_missing(self, error: str) -> str:
        """Which cell should have defined the name that is missing, and what became of it."""
        name = re.match(r"NameError: name '(\w+)' is not defined", error)
        for step in self.plan.steps if name else ():
            reason = self._faults.get(step) or self._failed.get(step)
            if isinstance(step, RunCell) and reason and defines(step.source, name[1]):  # type: ignore[index]
                return f"; cell {step.place}, which defines it, failed: {_first_line(reason)}"
        return ""


def _in_words(verdict: Verdict) -> str:
    """The known mistake that was made, as its check says it."""
    known = {mistake.name: mistake.what for mistake in find(verdict.exercise).mistakes}
    return known[verdict.mistake] if verdict.mistake else ""


def _first_line(text: str) -> str:
    return visible(text.splitlines()[0][:LONGEST_NOTE])


def _clipped(message: str) -> str:
    """A message that a hand-in can't make longer than a page."""
    if len(message) <= LONGEST_MESSAGE:
        return message
    return message[:LONGEST_MESSAGE] + " …"
