"""Ask a check about mutants, and lay beside what it says what an author has judged of it."""

import json
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from course import paths
from course.authoring.mutants.mutate import Mutant, Stopped, mutants
from course.cells.verdicts import RIGHT
from course.checking.evidence import Sureness
from course.checking.exercise import Exercise
from course.checking.judge import judge
from course.checking.messages import in_parts
from course.checking.settings import standard_settings
from course.checking.subject import LocalSubject
from course.errors import CourseError

# accepted  nothing differs      named   a sentence says what is wrong
# silent    a value is shown     stopped a loop did not end
Outcome = Literal["accepted", "named", "silent", "stopped"]
# true      it names the cause, or what follows from it alone
# half      it says what was seen, which is not the cause
# false     it names a cause that is none
# silent    the numbers, or Python's own words, leave the cause to be found
# equivalent  the mutant is a right way itself
Judgement = Literal["true", "half", "false", "silent", "equivalent"]
JUDGEMENTS: tuple[Judgement, ...] = get_args(Judgement)
JUDGED = paths.ROOT / "lib" / "course" / "checks" / "judged.json"


@dataclass(frozen=True)
class Trial:
    """What a check made of a mutant.

    by     who named it: a mistake of the bank, a detector, or a standing case
    says   the sentence; for a silent one the difference
    sure   how sure it is
    judged what an author thinks of this very sentence, if somebody has read it
    """

    mutant: Mutant
    outcome: Outcome
    by: str = ""
    says: str = ""
    sure: Sureness | None = None
    judged: Judgement | None = None

    @property
    def unread(self) -> bool:
        """Whether an author has still to judge it."""
        return self.outcome in ("accepted", "named") and self.judged is None


def sample(exercise: Exercise, size: int | None = None) -> list[Mutant]:
    """Mutants of an exercise, `size` of them drawn always alike, or all."""
    found = list(mutants(exercise))
    return found if size is None else sorted(found, key=lambda mutant: mutant.order)[:size]


def trials(
    exercise: Exercise, chosen: Iterable[Mutant], after_each: Callable[[], object] = lambda: None
) -> Iterator[Trial]:
    """Ask the exercise's check about each of these mutants, as of a learner's answer."""
    for mutant in chosen:
        yield _try(exercise, mutant)
        after_each()


def _try(exercise: Exercise, mutant: Mutant) -> Trial:
    try:
        with standard_settings(), warnings.catch_warnings(action="ignore"):
            verdict = judge(exercise, LocalSubject(mutant.answer(), exercise.forbids))
    except Stopped:
        return Trial(mutant, "stopped")
    if verdict.verdict == RIGHT:
        return Trial(mutant, "accepted", judged=judgement(mutant, ""))
    says, _, _ = in_parts(verdict.message)
    says = says.partition(" · ")[2]
    if (said := verdict.diagnosis) is None:
        judged = judgement(mutant, says) or judgement(mutant, "")
        return Trial(mutant, "silent", says=says, judged=judged)
    by = verdict.mistake or said.by
    return Trial(mutant, "named", by, says, said.sure, judgement(mutant, says))


def judgement(mutant: Mutant, says: str) -> Judgement | None:
    """What an author thinks of this sentence about this mutant; "" where no cause was named."""
    word, judged_sentence = judged(JUDGED).get(mutant.way, {}).get(mutant.key, (None, None))
    return word if judged_sentence == says else None


@cache
def judged(file: Path) -> dict[str, dict[str, tuple[Judgement, str]]]:
    """The authors' judgements: by the right way's name and the mutant's key, a word and the
    sentence that it was said of.

    Raises CourseError where the file holds another word than these.
    """
    found = json.loads(file.read_text(encoding="utf-8"))
    words = {word for entries in found.values() for word, _ in entries.values()}
    if strange := words - set(JUDGEMENTS):
        raise CourseError(
            f"{file.name} has the judgement {sorted(strange)[0]!r}, expected one of: "
            f"{', '.join(JUDGEMENTS)}."
        )
    return {way: {key: tuple(entry) for key, entry in entries.items()}
            for way, entries in found.items()}  # fmt: skip
