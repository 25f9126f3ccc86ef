"""For which sizes an answer is right: found out on smaller and larger inputs.

What it finds is added to what others say of the same answer.
"""

from itertools import combinations

from course.checking.compare import difference
from course.checking.evidence import Diagnosis, Evidence
from course.checking.questions import Call, again, given, innermost
from course.checking.resized import Group, groups, length, resized
from course.checking.subject import Plain, Trouble
from course.checking.values import is_array, is_floats, size

LONGEST = 100  # a larger size takes too long to be tried out


def detect(evidence: Evidence) -> Diagnosis | None:
    cases = [c for c in evidence.failing if isinstance(innermost(evidence.questions[c]), Call)]
    if not cases or len(cases) < len(evidence.failing):
        return None
    case = max(cases, key=lambda case: size(evidence.expected[case]))
    what = _batch(evidence, cases, case) or _equal_sizes(evidence, case)
    return Diagnosis(what, "", "fact", "sizes") if what else None


def _is_right(evidence: Evidence, case: str, arguments: tuple[Plain, ...]) -> bool | None:
    """Whether the answer is right for other arguments; None where that says nothing."""
    question = again(evidence.questions[case], arguments)
    expected = evidence.ask_reference(question)
    if isinstance(expected, Trouble) or size(expected) < 3:
        return None
    came = evidence.ask(question)
    if isinstance(came, Trouble):
        return False
    exercise = evidence.exercise
    return difference(came, expected, evidence.names(case), exercise.tolerance) is None


def _batch(evidence: Evidence, cases: list[str], case: str) -> str | None:
    """Whether each entry of a batch is right alone."""
    if not all(_batched(given(evidence.questions[one])[0]) for one in cases):
        return None
    arguments, _ = given(evidence.questions[case])
    batched = _batched(arguments)
    entries = arguments[batched[0]].shape[0]
    for entry in range(min(entries, 3)):
        alone = tuple(
            value[entry : entry + 1] if place in batched else value
            for place, value in enumerate(arguments)
        )
        if not _is_right(evidence, case, alone):
            return None
    return f"It is right for a batch of 1, and wrong for a batch of {entries}."


def _batched(arguments: tuple[Plain, ...]) -> list[int]:
    """Which arguments have a batch of more than one in front: those with the most axes."""
    most = max((value.ndim for value in arguments if is_array(value)), default=0)
    found = [k for k, value in enumerate(arguments) if is_array(value) and value.ndim == most]
    if most < 3 or len({arguments[k].shape[0] for k in found} | {1}) != 2:
        return []
    return found


def _equal_sizes(evidence: Evidence, case: str) -> str | None:
    """Whether two sizes have to be equal: right when the longer one is cut to the shorter, and
    when the shorter one is stretched to the longer; wrong when it is stretched beyond."""
    arguments, _ = given(evidence.questions[case])
    if not all(is_floats(value) for value in arguments if is_array(value)):
        return None
    for one, other in combinations(groups(arguments), 2):
        if (one[0][1] is None) != (other[0][1] is None):
            continue
        small, large = sorted((one, other), key=lambda group: length(arguments, group))
        short, long = length(arguments, small), length(arguments, large)
        if short == long or long > LONGEST or _is_refuted(evidence, small, large):
            continue
        if (
            _is_right(evidence, case, resized(arguments, large, short))
            and _is_right(evidence, case, resized(arguments, small, long))
            and _is_right(evidence, case, resized(arguments, large, long + 1)) is False
            and _is_right(evidence, case, resized(arguments, small, long + 1)) is False
        ):
            names = " and ".join(_named(evidence, group, arguments) for group in (small, large))
            return f"It is right where {names} are equal, and wrong for {short} and {long}."
    return None


def _is_refuted(evidence: Evidence, small: Group, large: Group) -> bool:
    """Whether a case says otherwise: right for two sizes, or wrong for equal ones."""
    for case, question in evidence.questions.items():
        arguments, _ = given(question)
        try:
            one, other = length(arguments, small), length(arguments, large)
        except (IndexError, AttributeError, TypeError):  # fewer axes, or another kind
            continue
        if (one == other) == (case in evidence.failing):
            return True
    return False


def _named(evidence: Evidence, group: Group, arguments: tuple[Plain, ...]) -> str:
    names = evidence.exercise.argument_names
    return " = ".join(_name(names[place], axis) for place, axis in group[:2])


def _name(name: str, axis: int | None) -> str:
    return f"`{name}`" if axis is None else f"`{name}.shape[{axis}]`"
