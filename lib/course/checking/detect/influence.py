"""What moves what: something in the inputs is changed, and the answer is asked again.

What should move and does not, or moves and should not, tells where to look: an argument that is
never read, a loop that ends too early, a batch that is mixed, a future that is seen.
"""

import numpy as np

from course.checking.compare import as_array
from course.checking.detect.entries import entries
from course.checking.detect.patterns import wrong_shape
from course.checking.detect.trials import Change, Trials
from course.checking.evidence import Diagnosis, Evidence
from course.checking.expected import Outcome
from course.checking.questions import Call, given, innermost
from course.checking.values import arrays, is_array, is_floats, size

TRIES = 6  # an argument that moves nothing so often moves nothing
ORDINARY = 100.0  # of larger numbers, one drowns the others: what moves nothing there may count


def detect(evidence: Evidence) -> Diagnosis | None:
    cases = [case for case in evidence.called if _says_something(evidence.outcomes[case])]
    if not cases:
        return None
    ordinary = [case for case in cases if _is_ordinary(evidence, case)]
    largest = max(
        ordinary or cases,
        key=lambda case: (
            size(evidence.expected[case]),
            sum(
                x.size for x in map(as_array, filter(is_array, given(evidence.questions[case])[0]))
            ),
        ),
    )
    trials = Trials(evidence)
    return (
        _changes_by_itself(evidence, largest)
        or _once_more(evidence, largest, _unused(evidence, trials))
        # Of an axis that is too short, its length says more than what no longer moves it.
        or wrong_shape(evidence)
        or (ordinary and _once_more(evidence, largest, entries(evidence, trials, largest)))
        or None
    )


def _once_more(evidence: Evidence, case: str, said: Diagnosis | None) -> Diagnosis | None:
    """What was said, unless the answer moves by itself after other questions: memory that is not
    filled holds what the last one left there."""
    return said and (_changes_by_itself(evidence, case) or said)


def _is_ordinary(evidence: Evidence, case: str) -> bool:
    """Whether no number that goes in is very large."""
    arguments, _ = given(evidence.questions[case])
    return all(
        bool((abs(as_array(x)[np.isfinite(as_array(x))]) <= ORDINARY).all())
        for x in filter(is_floats, arguments)
    )


def _says_something(outcome: Outcome) -> bool:
    """Not all 0, and no nan: those stay where they are for reasons of their own."""
    found = arrays(outcome)
    return (
        found is not None
        and all(np.isfinite(array).all() for array in found)
        and any(array.any() for array in found)
    )


def _changes_by_itself(evidence: Evidence, case: str) -> Diagnosis | None:
    if evidence.agrees(case, evidence.ask(evidence.questions[case])):
        return None
    return Diagnosis(
        "The same input gave another answer when it came again.",
        "Nothing is left to chance here, and nothing is kept from one call to the next. Are there "
        "random numbers, a dropout, a layer made anew in each call, a torch.empty that is not "
        "filled, or something outside that remembers?",
        "fact", "influence.random",
    )  # fmt: skip


def _unused(evidence: Evidence, trials: Trials) -> Diagnosis | None:
    """Arguments that move nothing where they should, in any case."""
    cases = [
        case
        for case, question in evidence.questions.items()
        if isinstance(innermost(question), Call) and _says_something(evidence.outcomes[case])
    ]
    cases.sort(key=lambda case: (case not in evidence.failing, -size(evidence.expected[case])))
    silent = {
        name: parts
        for place, name in enumerate(evidence.exercise.argument_names)
        if (parts := _parts_unmoved(trials, cases, place))
    }
    if not silent:
        return None
    parts = next(iter(silent.values()))
    names = [f"`{name}`" for name, unmoved in silent.items() if unmoved == parts]
    answers = evidence.names(cases[0])
    have, its = ("has", "its") if len(names) == 1 else ("have", "their")
    unread = [name for name in silent if f"`{name}`" in names and name in evidence.unread]
    if unread:
        read = f"In your answer {joined([f'`{name}`' for name in unread])} "
        read += f"{'is' if len(unread) == 1 else 'are'} never read."
    else:
        do, it, them = ("Does", "it", "it") if len(names) == 1 else ("Do", "they", "them")
        read = f"{do} {it} cancel out, is what is made of {them} left unused, or does a loop that "
        read += f"reads {them} not run?"
    return Diagnosis(
        f"{joined(names)} {have} no influence on {joined([answers[part] for part in parts])}: with "
        f"other numbers in {its} place the same came back.",
        read,
        "fact", "influence.unused",
    )  # fmt: skip


def joined(names: list[str]) -> str:
    """ "a, b and c"."""
    return " and ".join([", ".join(names[:-1])] * (len(names) > 1) + names[-1:])


def _parts_unmoved(trials: Trials, cases: list[str], argument: int) -> tuple[int, ...]:
    """The parts of the answer that an argument should move, and never does."""
    should: dict[int, int] = {}
    does: set[int] = set()
    tries = 0
    for change in (Change(argument, None, which) for which in range(4)):
        for case in cases:
            if tries == TRIES:
                break
            before = trials.spent
            found = trials.moves(case, change)
            if found is None:
                if trials.spent > before:
                    return ()  # no answer came, or nan: that is an influence, too
                continue
            tries += 1
            for part, (mine, wanted) in enumerate(zip(*found, strict=True)):
                should[part] = should.get(part, 0) + bool(wanted.stirred.any())
                if not mine.still.all():
                    does.add(part)
            if all(part in does for part, count in should.items() if count):
                return ()
    return tuple(part for part, count in sorted(should.items()) if count > 1 and part not in does)
