"""08.3: how many parameters an LSTM has. The exercise and its cases."""

from course.checking import Call, Draw, Exercise

width = Exercise(
    "08.3",
    returns="parameters",
    right="Now nobody can say that the larger one won.",
    forbids=("torch.nn.LSTM", "course.race"),
)


@width.case("a state of width 2, 3 tokens, one layer")
def smallest(draw: Draw) -> Call:
    return Call(2, 3, 1)


@width.case("the LSTM of the race: width 39")
def the_race(draw: Draw) -> Call:
    return Call(39, 32, 2)


@width.case("as wide as the vocabulary is large, two layers")
def square(draw: Draw) -> Call:
    size = draw.integer(5, 200)
    return Call(size, size, 2)


@width.case("a large vocabulary, one layer")
def many_tokens(draw: Draw) -> Call:
    return Call(draw.integer(5, 20), draw.integer(200, 400), 1)


@width.case("a small vocabulary, three to five layers")
def many_layers(draw: Draw) -> Call:
    return Call(draw.integer(11, 40), draw.integer(2, 9), draw.integer(3, 5))
