"""03.2: the matrix that moves a clock by k places. The exercise and its cases."""

from course.checking import Call, Draw, Exercise
from course.checks.lesson_03.shared import BUILT_HERE

shift = Exercise(
    "03.2",
    returns="shift",
    right="One matrix for all places: a shift of k can be read from the clocks.",
    forbids=BUILT_HERE,
    tolerance=1e-2,  # also for a matrix that was fitted to a table, with the rounding that brings
    given=(
        "blocks = []",
        "for i in range(d_model // 2):",
        "delta = k / 10000 ** (2 * i / d_model)",
        "sine, cosine = math.sin(delta), math.cos(delta)",
        "blocks.append(block)",
        "return torch.block_diag(*blocks)",
    ),
)


@shift.case("one hand, two places later")
def one_hand(draw: Draw) -> Call:
    return Call(2, 2)


@shift.case("three hands")
def three_hands(draw: Draw) -> Call:
    return Call(3, 6)


@shift.case("four hands, some places later")
def four_hands(draw: Draw) -> Call:
    return Call(draw.integer(4, 400), 8)
