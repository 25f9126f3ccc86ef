"""07.2: count the crossings of a translation."""

import torch
from torch import Tensor

from course.checking import Call, Draw, Exercise

crossing = Exercise(
    "07.2",
    returns="crossings",
    right="Each pair of lines that cross was counted once.",
    without={"gradient": "a count has none"},
)


def looks(draw: Draw, written: int, places: int) -> Tensor:
    """Drawn weights: (written, places), rows that sum to 1."""
    return (2 * draw.tensor(written, places)).softmax(dim=-1)


def weights_at(*found: int, places: int) -> Tensor:
    """Weights with 0.7 at the places given: (written, places)."""
    weights = torch.full((len(found), places), 0.3 / (places - 1))
    weights[torch.arange(len(found)), torch.tensor(found)] = 0.7
    return weights


@crossing.case("I love Tokyo: the places 0, 2, 1")
def by_hand(draw: Draw) -> Call:
    return Call(weights_at(0, 2, 1, places=4))


@crossing.case("nothing is turned around, and two words look at the same place")
def in_order(draw: Draw) -> Call:
    return Call(weights_at(0, 1, 1, 2, places=3))


@crossing.case("everything is turned around")
def turned(draw: Draw) -> Call:
    return Call(weights_at(4, 3, 2, 1, 0, places=5))


@crossing.case("the last goes first: the places 3, 0, 1, 2, 2")
def last_first(draw: Draw) -> Call:
    return Call(weights_at(3, 0, 1, 2, 2, places=5))


@crossing.case("eight words look at five places")
def many(draw: Draw) -> Call:
    return Call(looks(draw, 8, 5))


@crossing.case("six words look at nine places")
def few(draw: Draw) -> Call:
    return Call(looks(draw, 6, 9))


@crossing.reference
def pair_by_pair(weights: Tensor) -> int:
    places = [row.index(max(row)) for row in weights.tolist()]
    count = 0
    for later, place in enumerate(places):
        for earlier in places[:later]:
            count += earlier > place
    return count


@crossing.right_way
def crossings_by_a_table(weights: Tensor) -> int:
    place = weights.argmax(dim=1)
    return int((place[:, None] > place[None, :]).triu(1).sum())


@crossing.right_way
def crossings_by_loops(weights: Tensor) -> int:
    place, count = weights.argmax(-1), 0
    for i in range(len(place)):
        for j in range(i + 1, len(place)):
            if place[i] > place[j]:
                count += 1
    return count


@crossing.right_way
def crossings_by_looking_back(weights: Tensor) -> Tensor:
    place = weights.max(dim=1).indices
    return sum((place[:j] > place[j]).sum() for j in range(len(place)))  # type: ignore[return-value]


ONCE = "Count a pair where i is written before j and looks at the later place: i < j, a[i] > a[j]."
EACH_ROW = "Each row is a written word: argmax along axis 1 finds the place where it looks most."


def table(weights, dim=1):
    place = weights.argmax(dim=dim)
    return place, place[:, None] > place[None, :]


@crossing.mistake(
    "The argmax runs down the columns: it asks who looks at each source word.", EACH_ROW
)
def over_the_wrong_axis(weights):
    return int(table(weights, 0)[1].triu(1).sum())


@crossing.mistake(
    "Pairs that look at the same place were counted too.",
    "Lines that end at the same place do not cross: `>`, not `>=`.",
)
def ties_too(weights):
    place, _ = table(weights)
    return int((place[:, None] >= place[None, :]).triu(1).sum())


@crossing.mistake(
    "Each crossing was counted twice.",
    "Two words are one pair. " + ONCE,
)
def twice(weights):
    return 2 * int(table(weights)[1].triu(1).sum())


@crossing.mistake(
    "The order of writing plays no part: all pairs with different places were counted.",
    ONCE + " In a table of comparisons that is the part above the diagonal.",
)
def all_pairs(weights):
    return int(table(weights)[1].sum())


@crossing.mistake(
    "Pairs that keep their order were counted, and those do not cross.",
    "To be written earlier and look earlier is to keep the order, without a crossing. " + ONCE,
)
def not_crossing(weights):
    return int(table(weights)[1].tril(-1).sum())


@crossing.mistake(
    "Only neighbours were compared, each word with the next one.",
    "A line may cross many others. Compare each word with all that are written after it.",
)
def neighbours(weights):
    place, _ = table(weights)
    return int((place[:-1] > place[1:]).sum())


@crossing.mistake(
    "Each word was compared with itself, too, and pairs at the same place were counted.",
    "Begin with the next word, j = i + 1 or triu(1). And lines that end at the same place do not "
    "cross: `>`, not `>=`.",
)
def with_itself(weights):
    place, _ = table(weights)
    return int((place[:, None] >= place[None, :]).triu().sum())


@crossing.mistake(
    "Words were counted, not pairs: those that are crossed by a later one.",
    "A word whose line crosses three others has three crossings. Count pairs.",
)
def words_that_cross(weights):
    return int(table(weights)[1].triu(1).any(dim=1).sum())


@crossing.mistake(
    "Words were counted, not pairs: those that cross an earlier one.",
    "A word whose line crosses three others has three crossings. Count pairs.",
)
def words_that_are_crossed(weights):
    return int(table(weights)[1].triu(1).any(dim=0).sum())


@crossing.mistake(
    "Words that do not look at their own place were counted.",
    "A word may move without crossing anything, when all move alike. " + ONCE,
)
def moved(weights):
    place, _ = table(weights)
    return int((place != torch.arange(len(place))).sum())


@crossing.mistake(
    "The distances that words move were added up.",
    "How far does not matter, only whether two lines cross. " + ONCE,
)
def distances(weights):
    place, _ = table(weights)
    return int((place - torch.arange(len(place))).abs().sum())


@crossing.mistake(
    "This says only whether there is a crossing.",
    "How many pairs cross? In a table of comparisons, that is a sum and not `any`.",
)
def whether(weights):
    return bool(table(weights)[1].triu(1).any())


@crossing.mistake(
    "The smallest weight of each row was taken.",
    "A word looks most where the weight is *largest*: argmax.",
)
def smallest(weights):
    place = weights.argmin(dim=1)
    return int((place[:, None] > place[None, :]).triu(1).sum())


@crossing.mistake(
    "What came is a sum of products of weights: no place was chosen.",
    "First one place for each row, by argmax; then whole numbers are compared.",
)
def blended(weights):
    later = torch.ones(weights.shape[1], weights.shape[1]).tril(-1)
    return (weights @ later @ weights.T).triu(1).sum()


@crossing.mistake(
    "The mean places were compared, not the places of the largest weights.",
    "A blend of places 0 and 4 is no place 2. First argmax for each row, then compare.",
)
def mean_places(weights):
    place = weights @ torch.arange(weights.shape[1], dtype=weights.dtype)
    return int((place[:, None] > place[None, :]).triu(1).sum())


@crossing.mistake(
    "The largest weights were compared, not where they stand.",
    "`max` gives the weight, `argmax` its place. Places are what may cross.",
)
def largest_weights(weights):
    best = weights.max(dim=1).values
    return int((best[:, None] > best[None, :]).triu(1).sum())


@crossing.mistake(
    "Only the first word was compared with the others.",
    "Each word may cross each later one. Where there is a loop: does a `return` stand inside it?",
)
def first_alone(weights):
    return int(table(weights)[1].triu(1)[0].sum())


@crossing.mistake(
    "Only the last word was compared with the others.",
    "Each word may cross each later one. Where there is a loop: does each round count anew?",
)
def last_alone(weights):
    return int(table(weights)[1].triu(1)[:, -1].sum())


@crossing.mistake(
    "The number of crossings was divided by n², as by a mean over a table of all pairs.",
    "The number of crossings is a whole number: sum, not mean.",
)
def share(weights):
    return table(weights)[1].triu(1).float().mean()


@crossing.mistake(
    "Half of all pairs with different places were counted.",
    "Of two pairs it is not always one that crosses. " + ONCE,
)
def half_of_all(weights):
    return table(weights)[1].sum() / 2


@crossing.mistake(
    "The table of all pairs came back, not how many cross.",
    "Its sum is the number of crossings.",
)
def the_table(weights):
    return table(weights)[1].triu(1)


@crossing.mistake(
    "The last word was never compared.",
    "It is a word like the others. range(n) and `[:n]` reach it; with n - 1 they do not.",
)
def without_the_last(weights):
    return int(table(weights)[1].triu(1)[:-1, :-1].sum())
