"""05.2: hide the future. The exercise and its cases."""

from course.checking import Call, Draw, Exercise
from course.checks.lesson_05.shared import BUILT_HERE

causal = Exercise(
    "05.2",
    returns="mask",
    right="No token sees a later one, and the last query stands at the last key.",
    forbids=BUILT_HERE,
)


@causal.case("three queries, three keys")
def three_tokens(draw: Draw) -> Call:
    return Call(3, 3)


@causal.case("two queries after a cache: five keys")
def two_after_a_cache(draw: Draw) -> Call:
    return Call(2, 5)


@causal.case("one query after a cache: four keys")
def one_after_a_cache(draw: Draw) -> Call:
    return Call(1, 4)


@causal.case("more queries and more keys")
def some_after_a_cache(draw: Draw) -> Call:
    n_q = draw.integer(3, 20)
    return Call(n_q, n_q + draw.integer(2, 20))
