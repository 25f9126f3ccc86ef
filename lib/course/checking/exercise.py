"""How a lesson's author declares an exercise: cases, a reference, and the mistakes people make.

    scores = Exercise("01.1", returns="scores", right="Every query has met every key.")

    @scores.case("one query, two keys")
    def smallest(draw):
        return Call(np.array([[1.0, 2.0]]), np.array([[3.0, 0.0], [0.0, 1.0]]))

    @scores.reference
    def by_loop(queries, keys): ...

    @scores.mistake("The rows were scaled to length 1 first.", "Leave the normalisation out: …")
    def cosine(queries, keys): ...

    @scores.right_way
    def with_einsum(queries, keys): ...

The page docs/writing_checks.md tells the rest.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from course.checking.draw import Draw
from course.checking.questions import Question

Answer = Callable[..., Any]


@dataclass(frozen=True)
class Case:
    """One input. `ask(draw)` makes the question; the words say what is special about it."""

    words: str
    ask: Callable[[Draw], Question]


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that learners really give: what it is, the way out, and the answer itself."""

    what: str
    way_out: str
    answer: Answer

    @property
    def name(self) -> str:
        return self.answer.__name__


@dataclass(frozen=True)
class NeverHolds:
    """Sizes that no tensor made on the way may have all, and the words for who makes one."""

    sizes: tuple[int, ...]
    what: str
    way_out: str
    ask: Callable[[Draw], Question]


class Exercise:
    """Everything a check knows of one exercise.

    number    "01.3": lesson and place
    returns   the name of what comes back, or names for a tuple of them
    right     a sentence for those who got it right
    forbids   dotted names of what is not an answer, because this exercise builds it
    tolerance how far a number may lie from the expected one, relative to numbers about 1
    given     lines of the learner's cell that are there from the start, and that an answer reads:
              each a statement, or the head of one
    rests_on  earlier exercises that an answer may use: by the name that it then reads, their
              number and the name of what their check asks
    without   standing cases ("gradient", "float64", "int64", "large", "long") that are left
              out by hand, each with the reason: {"gradient": "…"}
    """

    def __init__(
        self,
        number: str,
        *,
        returns: str | tuple[str, ...],
        right: str,
        forbids: Sequence[str] = (),
        tolerance: float = 1e-4,
        given: Sequence[str] = (),
        rests_on: Mapping[str, tuple[str, str]] = MappingProxyType({}),
        without: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.number = number
        self.returns = returns
        self.right = right
        self.forbids = tuple(forbids)
        self.tolerance = tolerance
        self.given = tuple(given)
        self.rests_on = rests_on
        self.without = without
        self.never: list[NeverHolds] = []
        self.cases: list[Case] = []
        self.mistakes: list[Mistake] = []
        self.right_ways: list[Answer] = []
        self._reference: Answer | None = None

    def case(self, words: str) -> Callable[[Callable[[Draw], Question]], Case]:
        """Declare an input, from the smallest to the largest: the first that fails is shown."""

        def declare(ask: Callable[[Draw], Question]) -> Case:
            if any(case.words == words for case in self.cases):  # a case goes by its words
                raise ValueError(f"exercise {self.number} has two cases {words!r}, expected one")
            self.cases.append(Case(words, ask))
            return self.cases[-1]

        return declare

    def never_holds(
        self, *sizes: int, what: str, way_out: str
    ) -> Callable[[Callable[[Draw], Question]], Callable[[Draw], Question]]:
        """Declare an input for which no tensor made on the way may have all these sizes.

        Take primes, which no other axis has by chance: 61 queries and 509 keys; (509, 509) are
        two axes. The sentences are for an answer that is right, but has made such a tensor.
        """

        def declare(ask: Callable[[Draw], Question]) -> Callable[[Draw], Question]:
            self.never.append(NeverHolds(sizes, what, way_out, ask))
            return ask

        return declare

    def reference(self, answer: Answer) -> Answer:
        """Declare the oracle: a loop that anybody can read, or a function that we did not write."""
        self._reference = answer
        return answer

    def mistake(self, what: str, way_out: str) -> Callable[[Answer], Answer]:
        """Declare a known mistake: a sentence that names it, and a sentence or two that mend it."""

        def declare(answer: Answer) -> Answer:
            self.mistakes.append(Mistake(what, way_out, answer))
            return answer

        return declare

    def inherit(
        self, earlier: "Exercise", names: Sequence[str], through: Callable[[Answer], Answer]
    ) -> None:
        """Take over mistakes of an earlier exercise, which is a step of this one.

        names    those to take over; a test tells which can't be told apart from this one's own
        through  makes an answer to this exercise of one to the earlier

        Raises ValueError for a name that the earlier one does not have.
        """
        known = {mistake.name: mistake for mistake in earlier.mistakes}
        for name in names:
            if name not in known:
                raise ValueError(f"exercise {earlier.number} has no mistake {name!r}")
            answer = through(known[name].answer)
            answer.__name__ = name
            self.mistakes.append(Mistake(known[name].what, known[name].way_out, answer))

    def right_way(self, answer: Answer) -> Answer:
        """Declare another right answer, which a test holds the check to accept."""
        self.right_ways.append(answer)
        return answer

    @property
    def oracle(self) -> Answer:
        """The declared reference."""
        if self._reference is None:
            raise ValueError(f"exercise {self.number} has no reference, expected one")
        return self._reference

    @property
    def argument_names(self) -> list[str]:
        """The names of the answer's arguments, as the reference spells them."""
        oracle = self.oracle
        signature = inspect.signature(getattr(oracle, "forward", oracle))
        return [name for name in signature.parameters if name != "self"]
