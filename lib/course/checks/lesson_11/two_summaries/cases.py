"""11.2: two summaries become one. The exercise and its cases."""

import math

import torch

from course.checking import Call, Draw, Exercise
from course.checks.lesson_11.shared import column, summary_of

two_summaries = Exercise(
    "11.2",
    returns=("peak", "total", "blend"),
    right="Summaries merge: whoever read which keys, and in which order, makes no difference.",
    forbids=("attn",),
    given=(
        "peak_1, total_1, blend_1 = first",
        "peak_2, total_2, blend_2 = second",
        "peak = torch.maximum(peak_1, peak_2)",
    ),
)


@two_summaries.case("one query; the second summary has the higher peak")
def second_is_higher(draw: Draw) -> Call:
    low, high = column(math.log(2)), column(math.log(4))
    return Call((low, column(3.0), column(12.0)), (high, column(1.0), column(20.0)))


@two_summaries.case("one query; the first summary has the higher peak")
def first_is_higher(draw: Draw) -> Call:
    low, high = column(math.log(2)), column(math.log(4))
    return Call((high, column(1.5), column(20.0)), (low, column(3.0), column(12.0)))


@two_summaries.case("two queries, once with the first peak higher and once with the second")
def one_each(draw: Draw) -> Call:
    first = column(0.0, 2.0), column(1.0, 2.0), torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    second = column(1.0, 0.5), column(2.0, 1.5), torch.tensor([[5.0, 0.0], [1.0, 2.0]])
    return Call(first, second)


@two_summaries.case("peaks that are too large for e to the power of them")
def large_peaks(draw: Draw) -> Call:
    first = column(200.0, 210.0), column(1.0, 2.0), torch.tensor([[1.0], [3.0]])
    second = column(201.0, 208.0), column(2.0, 1.5), torch.tensor([[5.0], [1.0]])
    return Call(first, second)


@two_summaries.case("nothing read so far (peak -inf, total and blend 0), and then three keys")
def nothing_so_far(draw: Draw) -> Call:
    nothing = torch.full((2, 1), -torch.inf), torch.zeros(2, 1), torch.zeros(2, 3)
    return Call(nothing, summary_of(draw.tensor(2, 3), draw.tensor(3, 3)))


@two_summaries.case("batch=2, heads=3, n_q=4, d_v=5; five keys and seven keys")
def two_chunks(draw: Draw) -> Call:
    return Call(
        summary_of(draw.tensor(2, 3, 4, 5), draw.tensor(2, 3, 5, 5)),
        summary_of(draw.tensor(2, 3, 4, 7), draw.tensor(2, 3, 7, 5)),
    )


@two_summaries.case("peaks that are alike, and peaks far below 0")
def equal_and_far_below(draw: Draw) -> Call:
    first = column(1.0, -300.0), column(1.5, 1.0), draw.tensor(2, 3)
    second = column(1.0, -301.0), column(2.0, 3.0), draw.tensor(2, 3)
    return Call(first, second)
