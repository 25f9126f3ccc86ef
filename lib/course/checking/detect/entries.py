"""One entry of an input is changed, and what it reaches in the answer is compared with what it
should reach."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from course.checking.detect.masks import STRICTLY
from course.checking.detect.places import Places, counted, in_words, listed, whole_numbers
from course.checking.detect.runs import moved_ends
from course.checking.detect.trials import FAR, LARGE, Change, Moves, Trials, both
from course.checking.evidence import Diagnosis, Evidence
from course.checking.questions import given
from course.checking.values import arrays, is_array, is_floats

Both = tuple[list[Moves], list[Moves]]  # what moved in the answer, and in what is expected
ROUNDS = {
    "all entries but the first": "Where there is a loop: does a `return` inside it end it at once?",
    "all entries but the last": "Where there is a loop: does each round write over the last?",
}
LONGEST = 14  # an axis of more entries is not gone through
MOST = 46  # questions: some are left for those who ask afterwards
# Said of what did not move, and so only after a larger change as well.
BY_STILLNESS = {f"influence.{kind}" for kind in ("alone", "causal", "itself", "window", "little")}


class Axis(NamedTuple):
    """An axis of an argument, counted from the front."""

    name: str
    argument: int
    axis: int
    shape: tuple[int, ...]
    floats: bool

    @property
    def length(self) -> int:
        return self.shape[self.axis]

    def entry_at(self, place: float) -> int:
        """The entry at a share of the length; -1 for the last."""
        return self.length - 1 if place == -1 else int(place * self.length)

    def __str__(self) -> str:
        return along(self.axis, len(self.shape))


def along(axis: int, ndim: int) -> str:
    """ " along axis -2": counted from the end, as it stays where a batch comes before."""
    if ndim == 1:
        return ""
    return " along the last axis" if axis == ndim - 1 else f" along axis {axis - ndim}"


def entries(evidence: Evidence, trials: Trials, case: str) -> Diagnosis | None:
    """What an entry reaches and should not, or does not and should, in one case."""
    seen: dict[Change, Both | None] = {}

    def moves(axis: Axis, entry: int) -> Both | None:
        change = Change(axis.argument, axis.axis, entry)
        if change not in seen and trials.spent < MOST:
            seen[change] = trials.moves(case, change)
        return seen.get(change)

    axes = list(_axes(evidence, case))
    suspects: list[Axis] = []
    for place in (0, -1, 0.5):  # the first entry, the last, one between
        suspects = suspects or [
            axis for axis in axes if _is_surprising(axis, moves(axis, axis.entry_at(place)))
        ]
    for axis in suspects:
        if trials.spent + axis.length > MOST:
            continue
        found = [moves(axis, entry) for entry in range(axis.length)]
        known = [one for one in found if one is not None]
        if len(known) < axis.length:
            continue
        said = _silent(evidence, trials, case, axis, known) or _reach(evidence, case, axis, known)
        if said and said.by in BY_STILLNESS:
            said = _reach(evidence, case, axis, _pushed(trials, case, axis, known))
        if said:
            return said
    return None


def _pushed(trials: Trials, case: str, axis: Axis, found: list[Both]) -> list[Both]:
    """What is moved by large changes, too; [] where there are no questions left for that."""
    if trials.spent + axis.length > MOST:
        return []
    pushed = []
    for entry, (mine, wanted) in enumerate(found):
        more = trials.moves(case, Change(axis.argument, axis.axis, entry, LARGE))
        if more is None:
            return []
        pushed.append((both(mine, more[0]), wanted))
    return pushed


def _axes(evidence: Evidence, case: str) -> Iterator[Axis]:
    arguments, _ = given(evidence.questions[case])
    named = zip(evidence.exercise.argument_names, arguments, strict=False)
    for place, (name, value) in enumerate(named):
        if is_array(value):
            for axis in range(value.ndim):
                if 2 <= value.shape[axis] <= LONGEST:
                    yield Axis(name, place, axis, tuple(value.shape), is_floats(value))


def _is_surprising(axis: Axis, moves: Both | None) -> bool:
    for mine, wanted in zip(*moves, strict=True) if moves else ():
        if wanted.stirred.any() and mine.still.all():
            return True
        if mine.still.shape != wanted.still.shape:
            continue
        for out, length in enumerate(wanted.still.shape):
            if length == axis.length:
                rest = tuple(k for k in range(wanted.still.ndim) if k != out)
                reached, kept = mine.stirred.any(rest), mine.still.all(rest)
                should, should_not = wanted.stirred.any(rest), wanted.still.all(rest)
                if (reached & should_not).any() or (kept & should).any():
                    return True
    return False


def _silent(
    evidence: Evidence, trials: Trials, case: str, axis: Axis,
    found: list[Both],
) -> Diagnosis | None:  # fmt: skip
    """Entries that move nothing, though others do."""
    if not axis.floats:
        return None
    for part, name in enumerate(evidence.names(case)[: len(found[0][0])]):
        should = [k for k, (_, wanted) in enumerate(found) if wanted[part].stirred.any()]
        silent = [k for k in should if found[k][0][part].still.all()]
        if not silent or len(silent) == len(should) or trials.spent + len(silent) > MOST:
            continue
        for entry in silent:
            far = trials.moves(case, Change(axis.argument, axis.axis, entry, FAR))
            if far is None or not far[0][part].still.all():
                return None
        places = [Places(silent, axis.length, whole_numbers(evidence, case))]
        which = in_words(places, "entry", "entries")
        if not which:
            which = f"{'entry' if len(silent) == 1 else 'entries'} {listed(silent)}"
        have = "have" if "entries" in which else "has"
        where = f"{':' * bool(str(axis))}{axis}"
        return Diagnosis(
            f"With `{axis.name}` of shape {axis.shape}{where}, {which} {have} no influence on "
            f"{name}.",
            ROUNDS.get(which, "Each of them should count."),
            "fact", "influence.silent",
        )  # fmt: skip
    return None


def _reach(evidence: Evidence, case: str, axis: Axis, found: list[Both]) -> Diagnosis | None:
    """Places along an axis that an entry reaches and should not, or the other way round."""
    if not found:
        return None
    for part, name in enumerate(evidence.names(case)[: len(found[0][0])]):
        shape = found[0][1][part].still.shape
        if any(mine[part].still.shape != shape for mine, _ in found):
            continue
        for out in (k for k, length in enumerate(shape) if length == axis.length):
            rest = tuple(k for k in range(len(shape)) if k != out)
            tables = Tables(
                np.array([mine[part].stirred.any(rest) for mine, _ in found]),
                np.array([mine[part].still.all(rest) for mine, _ in found]),
                np.array([wanted[part].stirred.any(rest) for _, wanted in found]),
                np.array([wanted[part].still.all(rest) for _, wanted in found]),
            )
            said = _said(tables, axis, name, out, shape)
            # What is chosen from floats moves by leaps: who is heard depends on the numbers.
            answer = (arrays(evidence.expected[case]) or ())[part]
            leaps = axis.floats and answer.dtype.kind in "biu"
            if said and not (leaps and said[2] in {"influence.reach", "influence.little"}):
                return Diagnosis(said[0], said[1], "fact", said[2])
    return None


class Tables(NamedTuple):
    """For each entry (rows) and place of the answer (columns), whether the one reaches the other.

    What lies between being moved and being still is neither.
    """

    reached: np.ndarray
    kept: np.ndarray
    should: np.ndarray
    should_not: np.ndarray


def _said(
    tables: Tables, axis: Axis, name: str, out: int, shape: tuple[int, ...]
) -> tuple[str, str, str] | None:
    own = np.eye(axis.length, dtype=bool)
    moved = f"entry {{}} of `{axis.name}`{axis}"
    place = f"{name}{along(out, len(shape))}"
    reached, _, should, should_not = tables
    if should[own].all() and should_not[~own].all():
        if not (reached & ~own).any():
            return None
        i, j = map(int, np.argwhere(reached & ~own)[0])
        if axis.axis == out == 0 and len(shape) > 2 and len(axis.shape) > 2:
            return (
                f"The batch is mixed: entry {i} of `{axis.name}` along the first axis moves entry "
                f"{j} of {name}.",
                "What stands side by side in a batch has nothing to do with each other. Is an axis "
                "counted from the front, or a reshape across the batch?",
                "influence.batch",
            )
        return (
            f"Places are mixed: {moved.format(i)} moves place {j} of {place}, and should move "
            f"place {i} alone.",
            "Does a sum, a softmax or a maximum run over the wrong axis, or without keepdim=True? "
            "Is something turned, taken for something else, or dealt out by a reshape?",
            "influence.mixed",
        )
    if axis.axis - len(axis.shape) == out - len(shape) and shape.count(axis.length) == 1:
        return _seen(tables, axis, place)
    return None  # whether the two axes are of one kind is not known


def _seen(tables: Tables, axis: Axis, place: str) -> tuple[str, str, str] | None:
    """What each place along an axis sees of entries along the same axis of an input."""
    reached, kept, should, should_not = tables
    moved = f"entry {{}} of `{axis.name}`{axis}"
    n = axis.length
    own, later, before = np.eye(n, dtype=bool), ~np.tri(n, dtype=bool), np.tri(n, k=-1, dtype=bool)
    causal = should[later].all() and should_not[before].all()
    everybody = should[~own].all()
    if (causal or everybody) and reached[own].all() and kept[~own].all():
        return (
            f"Each place sees itself alone: {moved.format('i')} moves only place i of {place}.",
            f"It should move {'all' if everybody else 'all later'} places, too. Is a sum, or a "
            "product of matrices, missing?",
            "influence.alone",
        )
    if should.all() and kept[before].all() and reached[own | later].all():
        return (
            f"No place sees a later one: {moved.format('j')} moves only places of {place} from j "
            "on.",
            "None is to be hidden here: every place sees all.",
            "influence.causal",
        )
    if (
        (everybody or causal)
        and kept[own].all()
        and (reached | ~should)[~own].all()
        and should[own][1:].all()
    ):
        return (
            f"No place sees itself: {moved.format('i')} does not move place i of {place}.",
            "Each place counts itself, too. Is it read before it is taken in?",
            "influence.itself",
        )
    if causal and reached[before].any():
        j, i = map(int, np.argwhere(reached & before)[0])
        return (
            f"A place sees later ones: {moved.format(j)} moves place {i} of {place}.",
            "Only what stands before a place, and the place itself, may count there.",
            "influence.future",
        )
    ends = None
    if (reached ^ kept).all() and (should ^ should_not).all():
        ends = moved_ends(list(zip(reached.T, should.T, strict=True)))
    if ends and 0 in ends:
        begin, end = ends
        step, side = (end, "after it") if end else (-begin, "before it")
        entries = counted(abs(step), "entry", "entries")
        much = "many" if step > 0 else "few"
        return (
            f"Each place of {place} sees {entries} of `{axis.name}` too {much}, {side}.",
            STRICTLY,
            "influence.window",
        )
    if everybody or not _is_regular(should, should_not):
        return None
    more, less = reached & should_not & ~own, kept & should
    if more.any():
        j, i = map(int, np.argwhere(more)[0])
        what = f"Too much is seen: {moved.format(j)} moves place {i} of {place}, and should not."
        return what, "", "influence.reach"
    if less.any():
        j, i = map(int, np.argwhere(less)[0])
        what = f"{moved.format(j)} does not visibly move place {i} of {place}, and should."
        return f"Too little is seen: {what}", "", "influence.little"
    return None


def _is_regular(should: np.ndarray, should_not: np.ndarray) -> bool:
    """Whether who sees whom depends on the distance alone, or on groups of neighbours: not on the
    numbers of one case."""
    n = len(should)
    if np.count_nonzero(~should) < 2:  # a corner lies at a distance of its own
        return False
    by_distance = all(len(set(np.diagonal(should, d).tolist())) == 1 for d in range(1 - n, n))
    in_groups = np.array_equal(should, should.T) and np.array_equal(should, should @ should)
    return np.array_equal(should, ~should_not) and (by_distance or in_groups)
