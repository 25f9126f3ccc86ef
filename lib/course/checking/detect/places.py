"""Words for a set of places along an axis: "the first row", "every second column"."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from course.checking.evidence import Evidence
from course.checking.questions import given


class Places(NamedTuple):
    """Some places along an axis, in one case.

    found    the places, in order
    length   how many there are in all
    numbers  the whole numbers that go in there, by name: a place may be named by them
    """

    found: list[int]
    length: int
    numbers: dict[str, int]


def whole_numbers(evidence: Evidence, case: str) -> dict[str, int]:
    """The whole numbers among a case's arguments, by name."""
    arguments, _ = given(evidence.questions[case])
    named = zip(evidence.exercise.argument_names, arguments, strict=False)
    return {name: value for name, value in named if type(value) is int}


def in_words(cases: Sequence[Places], one: str, all_of_them: str) -> str | None:
    """What these places have in common in all cases, such as "the first row"; None if nothing.

    one, all_of_them  what to call them: "row", "rows"
    """
    if not cases or max(case.length for case in cases) < 3:
        return None

    def every(places: Callable[[Places], Sequence[int]]) -> bool:
        return all(case.found == list(places(case)) for case in cases)

    fixed: dict[str, Callable[[Places], Sequence[int]]] = {
        f"the first {one}": lambda case: [0],
        f"the last {one}": lambda case: [case.length - 1],
        f"all {all_of_them} but the first": lambda case: range(1, case.length),
        f"all {all_of_them} but the last": lambda case: range(case.length - 1),
        f"every second {one} (0, 2, …)": lambda case: range(0, case.length, 2),
        f"every second {one} (1, 3, …)": lambda case: range(1, case.length, 2),
    }
    for words, places in fixed.items():
        if every(places):
            return words
    for name in cases[0].numbers:
        if all(0 <= case.numbers.get(name, -1) < case.length for case in cases):
            if every(lambda case, name=name: [case.numbers[name]]):  # type: ignore[misc]
                return f"{one} `{name}`"
            if every(lambda case, name=name: range(case.numbers[name], case.length)):  # type: ignore[misc]
                return f"the {all_of_them} from `{name}` on"
            if every(lambda case, name=name: range(case.numbers[name])):  # type: ignore[misc]
                return f"the first `{name}` {all_of_them}"
    return None


def listed(found: Sequence[int]) -> str:
    """ "2", "0, 3", "2 to 5"."""
    if len(found) > 2 and list(found) == list(range(found[0], found[-1] + 1)):
        return f"{found[0]} to {found[-1]}"
    return ", ".join(map(str, found))


def counted(number: int, one: str = "place", several: str = "places") -> str:
    """ "one place", "3 places"."""
    return f"one {one}" if number == 1 else f"{number} {several}"
