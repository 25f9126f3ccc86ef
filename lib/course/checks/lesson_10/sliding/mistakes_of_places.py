"""10.3: mistakes in the places that the mask of a block compares."""

from course.checks.lesson_10.sliding.cases import sliding
from course.checks.lesson_10.sliding.mistakes_of_keys import PLACES
from course.checks.lesson_10.sliding.right import window_in_blocks


@sliding.mistake(
    "The queries' places are counted from 0 in each block, those of the keys are not.",
    "Only in the first block is that the same. " + PLACES,
)
def queries_from_zero(query, key, value, window):
    def hide(i, j):
        return (i - i[0] - j).abs() >= window

    return window_in_blocks(query, key, value, window, hide=hide)


@sliding.mistake(
    "The keys' places are counted from 0 in each slice, those of the queries are not.",
    "Only in the first block is that the same. " + PLACES,
)
def keys_from_zero(query, key, value, window):
    def hide(i, j):
        return (i - (j - j[0])).abs() >= window

    return window_in_blocks(query, key, value, window, hide=hide)


@sliding.mistake(
    "Keys go down and queries across: the mask of a block is turned.",
    "Scores are (rows, columns), a row for each query. The column of places, [:, None], belongs to "
    "the queries.",
)
def mask_turned(query, key, value, window):
    def hide(i, j):
        return ((i - j).abs() >= window).mT

    return window_in_blocks(query, key, value, window, hide=hide)


@sliding.mistake(
    "The mask says where a query may look; `hidden` is to say where it may not.",
    "masked_fill writes -inf where it finds True. Put ~ before the mask, or ask for the far ones: "
    "(i - j).abs() >= window.",
)
def visible_written_over_beyond_the_window(query, key, value, window):
    return window_in_blocks(query, key, value, window, hide=lambda i, j: (i - j).abs() <= window)


@sliding.mistake(
    "Only the keys at the distance `window` exactly are hidden.",
    "Further ones may stand in the slice too: >= window, not ==.",
)
def one_distance_hidden(query, key, value, window):
    return window_in_blocks(query, key, value, window, hide=lambda i, j: (i - j).abs() == window)


@sliding.mistake(
    "The slice begins behind the start of its block, not before it.",
    "The first query of a block stands at start, and sees back to start - window + 1: mind the "
    "sign.",
)
def slice_begins_behind(query, key, value, window):
    return window_in_blocks(query, key, value, window, left=-1)
