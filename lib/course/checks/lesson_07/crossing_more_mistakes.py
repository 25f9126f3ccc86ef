"""07.2: more mistakes: places that are chosen wrongly, and pairs left out."""

from course.checks.lesson_07.crossing import EACH_ROW, crossing, table


@crossing.mistake(
    "No crossing is counted, whatever goes in.",
    "That is so where all rows have one place, as an argmax over the whole table gives, or where "
    "the count is not kept: `c + 1` alone, or c = 0 again in each round. " + EACH_ROW,
)
def one_place_for_all(weights):
    place = weights.argmax().expand(len(weights))
    return int((place[:, None] > place[None, :]).triu(1).sum())


@crossing.mistake(
    "Neighbours were never compared, only words that are two or more apart.",
    "Compare each word with *all* that are written after it: from i + 1, or triu(1).",
)
def without_neighbours(weights):
    return int(table(weights)[1].triu(2).sum())


@crossing.mistake(
    "Only a weight above a half was taken for a place, and a row may have none.",
    EACH_ROW,
)
def above_a_half(weights):
    place = (weights > 0.5).int().argmax(dim=1)
    return int((place[:, None] > place[None, :]).triu(1).sum())
