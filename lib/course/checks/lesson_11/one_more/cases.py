"""11.1: one more score. The exercise and its cases."""

import math

from course.checking import Call, Draw, Exercise

one_more = Exercise(
    "11.1",
    returns=("new_peak", "new_total"),
    right="Two numbers are enough, however many scores arrive.",
    forbids=("attn",),
)


@one_more.case("a larger score arrives: ln 2, then ln 4")
def larger(draw: Draw) -> Call:
    return Call(math.log(2), 1.0, math.log(4))


@one_more.case("a smaller score arrives: the peak stays at ln 4")
def smaller(draw: Draw) -> Call:
    return Call(math.log(4), 1.5, math.log(3))


@one_more.case("the first score of all: peak -inf, total 0")
def first_of_all(draw: Draw) -> Call:
    return Call(-math.inf, 0.0, 2.0)


@one_more.case("scores that are too large for e to the power of them")
def too_large(draw: Draw) -> Call:
    return Call(1000.0, 3.0, 1000.5)


@one_more.case("a score that is much larger than all before")
def far_above(draw: Draw) -> Call:
    return Call(draw.number(-800.0, -790.0), 5.0, draw.number(1.0, 2.0))


@one_more.case("any numbers")
def any_numbers(draw: Draw) -> Call:
    peak = draw.number(-1.0, 1.0)
    return Call(peak, draw.number(1.2, 4.0), peak + draw.number(0.2, 1.5))


@one_more.case("the first score of all, far below 0: peak -inf, total 0, score near -1000")
def first_far_below(draw: Draw) -> Call:
    return Call(-math.inf, 0.0, draw.number(-1010.0, -990.0))


@one_more.case("a score that equals the peak")
def equal_to_the_peak(draw: Draw) -> Call:
    peak = draw.number(-1.0, 1.0)
    return Call(peak, draw.number(1.2, 4.0), peak)
