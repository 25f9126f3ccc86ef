"""What grading finds out about one hand-in. Everything that is written is made from this."""

import dataclasses
import hashlib
from dataclasses import dataclass
from typing import Any

from course.cells.verdicts import VerdictWord

LARGEST_NOTEBOOK = 100 * 2**20  # bytes


@dataclass(frozen=True)
class HandIn:
    """A notebook that somebody handed in.

    name      who and what: unique in a run, safe as a file's name
    origin    where it was found, in words for people ("downloads.zip: ann/01.ipynb")
    data      the notebook's bytes; empty where `trouble` says why there are none
    """

    name: str
    origin: str
    data: bytes
    trouble: str = ""

    @property
    def digest(self) -> str:
        """Tells whether the notebook has changed."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True)
class Mark:
    """What became of one exercise."""

    exercise: str
    verdict: VerdictWord
    points: float
    max_points: float
    cases_right: int = 0
    cases: int = 0
    message: str = ""
    mistake: str = ""  # the known mistake, in words
    seconds: float = 0.0


@dataclass(frozen=True)
class Report:
    """What grading found out about one hand-in.

    lesson    the number of the lesson, such as "01"; None where `error` says why it is not known
    notes     what a person should know: a cell that failed, a doubled cell, a limit that was hit
    error     why it could not be graded; empty where it was
    sandbox   "namespaces", or "none" where nothing held the hand-in's code back
    """

    name: str
    origin: str
    digest: str  # of the notebook's bytes: a hand-in that did not change is not graded again
    lesson: str | None
    marks: tuple[Mark, ...]
    notes: tuple[str, ...] = ()
    error: str = ""
    seconds: float = 0.0
    sandbox: str = "namespaces"

    @classmethod
    def about(cls, hand_in: HandIn, options: "Options", error: str = "") -> "Report":
        """A report in which no exercise has a mark, or not yet."""
        sandbox = "namespaces" if options.sandboxed else "none"
        about = (hand_in.name, hand_in.origin, hand_in.digest)
        return cls(*about, None, (), error=error, sandbox=sandbox)

    @property
    def points(self) -> float:
        """All points together."""
        return sum(mark.points for mark in self.marks)

    @property
    def max_points(self) -> float:
        """What a hand-in with everything right gets."""
        return sum(mark.max_points for mark in self.marks)

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Report":
        """The report whose `as_dict` this is."""
        marks = tuple(Mark(**mark) for mark in data["marks"])
        return cls(**{**data, "marks": marks, "notes": tuple(data["notes"])})


@dataclass(frozen=True)
class Options:
    """What holds for every hand-in of a run.

    seed           draws the inputs of the checks; a run draws it for its folder of results
    cell_seconds   how long one cell, or the check of one exercise, may compute or sleep
    sandboxed      False runs the hand-ins' code without walls
    """

    seed: int = 1
    cell_seconds: float = 20.0
    sandboxed: bool = True
