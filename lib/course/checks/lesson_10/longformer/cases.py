"""10.1: a window and global tokens. The exercise and its cases."""

from course.checking import Call, Draw, Exercise
from course.checks.lesson_09.shared import BUILT_HERE

longformer = Exercise(
    "10.1",
    returns="mask",
    right="Everybody sees the neighbours and the notice board, and the board sees everybody.",
    forbids=BUILT_HERE,
)


@longformer.case("five tokens, a window of 2, no global token")
def window_alone(draw: Draw) -> Call:
    return Call(5, 2, 0)


@longformer.case("five tokens, a window of 1, two global tokens")
def two_global_tokens(draw: Draw) -> Call:
    return Call(5, 1, 2)


@longformer.case("more of everything")
def window_and_global_tokens(draw: Draw) -> Call:
    return Call(draw.integer(20, 70), 4, draw.integer(2, 9))  # even: see `brackets_missing`


@longformer.case("a window that is longer than the text")
def window_longer_than_the_text(draw: Draw) -> Call:
    return Call(4, 7, 1)
