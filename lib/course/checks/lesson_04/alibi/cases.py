"""04.1: minus slope times distance. The exercise and its cases."""

import torch

from course.checking import Call, Draw, Exercise

alibi = Exercise(
    "04.1",
    returns="bias",
    right="Each head fades at its own rate, and the queries stand at the last places.",
    forbids=("attn.positions.alibi_bias",),
    given=("key_place = torch.arange(n_k)",),
)


@alibi.case("two heads, two queries, three keys")
def two_slopes(draw: Draw) -> Call:
    return Call(torch.tensor([1.0, 3.0]), 2, 3)


@alibi.case("as many heads as queries as keys")
def three_of_everything(draw: Draw) -> Call:
    return Call(draw.tensor(3).abs() + 0.1, 3, 3)


@alibi.case("two heads, three queries, five keys")
def five_keys(draw: Draw) -> Call:
    return Call(draw.tensor(2).abs() + 0.1, 3, 5)


@alibi.case("five heads, two queries, seven keys")
def seven_keys(draw: Draw) -> Call:
    return Call(draw.tensor(5).abs() + 0.1, 2, 7)


@alibi.case("a long row: two heads, three queries, forty keys")
def forty_keys(draw: Draw) -> Call:
    return Call(draw.tensor(2).abs() + 0.1, 3, 40)
