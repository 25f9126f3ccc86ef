"""14.2: causal, by a running sum. The exercise and its cases."""

import torch

from course.checking import Call, Draw, Exercise
from course.checks.lesson_14.shared import LINEAR

causal = Exercise(
    "14.2",
    returns="output",
    right="Each token reads what came up to itself: no further, above and below the fraction.",
    forbids=LINEAR,
    given=("query, key = (phi(query), phi(key))",),
)


@causal.case("three tokens of equal weight: 10, 20, 30")
def running_mean(draw: Draw) -> Call:
    return Call(torch.zeros(3, 1), torch.zeros(3, 1), torch.tensor([[10.0], [20.0], [30.0]]))


@causal.case("three tokens, d=3, d_v=3")
def causal_square(draw: Draw) -> Call:
    return Call(draw.tensor(3, 3), draw.tensor(3, 3), draw.tensor(3, 3))


@causal.case("a batch of three, n=3, d=3, d_v=3")
def causal_cube(draw: Draw) -> Call:
    return Call(draw.tensor(3, 3, 3), draw.tensor(3, 3, 3), draw.tensor(3, 3, 3))


@causal.case("batch 2, heads 3, n=5, d=6, d_v=7")
def causal_all_different(draw: Draw) -> Call:
    return Call(draw.tensor(2, 3, 5, 6), draw.tensor(2, 3, 5, 6), draw.tensor(2, 3, 5, 7))


@causal.never_holds(
    509,
    509,
    what="The numbers are right, but a table of all tokens by all tokens was there at once.",
    way_out="A running sum needs none. Make the small table (d, d_v) of each token, and let these "
    "run along the tokens with cumsum; then each query reads from its own.",
)
def many_tokens(draw: Draw) -> Call:
    return Call(draw.tensor(509, 4), draw.tensor(509, 4), draw.tensor(509, 3))
