"""07.2: more mistakes: places that are chosen wrongly, and pairs left out."""

from course.checks.lesson_07.crossing import EACH_ROW, crossing, table


@crossing.mistake(
    "The argmax runs over the whole table, and gives one place.",
    EACH_ROW,
)
def one_place_for_all(weights):
    place = weights.argmax().expand(len(weights))
    return int((place[:, None] > place[None, :]).triu(1).sum())


@crossing.mistake(
    "Neighbours were never compared: the second loop begins at i + 2.",
    "Compare each word with *all* that are written after it: from i + 1, or triu(1).",
)
def without_neighbours(weights):
    return int(table(weights)[1].triu(2).sum())


@crossing.mistake(
    "Weights above a half were taken for the place: a row may have none.",
    EACH_ROW,
)
def above_a_half(weights):
    place = (weights > 0.5).int().argmax(dim=1)
    return int((place[:, None] > place[None, :]).triu(1).sum())
