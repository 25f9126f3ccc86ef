"""08.3: the width at which an LSTM has as many parameters. The exercise and its cases."""

from course.checking import Call, Draw, Exercise

width = Exercise(
    "08.3",
    returns=("width", "parameters"),
    right="Now nobody can say that the larger one won.",
    forbids=("torch.nn.LSTM", "course.race"),
)


@width.case("the GPT of the race")
def the_race(draw: Draw) -> Call:
    return Call(27_520, 32, 2)


def middle(hidden: int, vocab: int, num_layers: int) -> int:
    """Half-way between a width's parameters and the next one's: a small slip changes the answer."""
    here, above = (
        2 * vocab * h + vocab + num_layers * 8 * h * (h + 1) for h in (hidden, hidden + 1)
    )
    return (here + above) // 2


@width.case("just below the middle between two widths, ten layers")
def just_below(draw: Draw) -> Call:
    return Call(middle(draw.integer(3, 20), 3, 10) - 5, 3, 10)


@width.case("just above the middle between two widths, two layers")
def just_above(draw: Draw) -> Call:
    return Call(middle(draw.integer(12, 40), 23, 2) + 5, 23, 2)


@width.case("three layers, a budget in between")
def in_between(draw: Draw) -> Call:
    return Call(100_000 + 317 * draw.integer(1, 900), 50 + draw.integer(1, 40), 3)


@width.case("a large vocabulary, one layer")
def many_tokens(draw: Draw) -> Call:
    return Call(2_000_000 + 1013 * draw.integer(1, 900), 10_000 + draw.integer(0, 999), 1)


@width.case("a small vocabulary, five layers")
def five_layers(draw: Draw) -> Call:
    return Call(400_000 + 719 * draw.integer(1, 900), 7, 5)
