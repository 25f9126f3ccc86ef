"""03.1: a clock for each place. The exercise and its cases."""

from course.checking import Call, Draw, Exercise
from course.checks.lesson_03.shared import BUILT_HERE

clocks = Exercise(
    "03.1",
    returns="table",
    right="Every place has a clock of its own, and no number grows beyond 1.",
    forbids=BUILT_HERE,
    tolerance=1e-3,  # float32 angles of some thousand radians, where a rate is upside down
    given=(
        "even = torch.arange(0, d_model, 2)",
        "table = torch.zeros(n, d_model)",
        "table[:, 0::2] = angle.sin()",
        "table[:, 1::2] = angle.cos()",
        "return table",
    ),
)


@clocks.case("two places, two hands")
def two_places(draw: Draw) -> Call:
    return Call(2, 4)


@clocks.case("as many places as features")
def as_many_places_as_features(draw: Draw) -> Call:
    return Call(6, 6)


@clocks.case("more places than features")
def more_places(draw: Draw) -> Call:
    return Call(draw.integer(30, 90), 2 * draw.integer(4, 12))
