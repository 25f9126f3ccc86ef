"""15.3: the mistakes that people make."""

import torch

from course.checks.lesson_15.prefix.cases import prefix, table
from course.checks.lesson_15.prefix.right import place_by_place

GIVEN_SEES = "What is given sees all that is given, before and behind: nothing there is predicted."
SAID_SEES = "What is said sees all that is given, what was said before, and itself."
LEAK = "A place that sees what is said later can copy it, and need not learn it."


def declare(what, way_out, name, sees):
    """Declare a mistake: sees(i, j, g, n) says whether place i sees place j; g are given, of n."""

    def answer(n_given, n_said):
        n = n_given + n_said
        return table(n_given, n_said, lambda i, j: sees(i, j, n_given, n))

    answer.__name__ = name
    prefix.mistake(what, way_out)(answer)


declare("Causal throughout: what is given sees only what stands before it.", GIVEN_SEES + " "
        "Patch 0 may look at patch 15.", "causal", lambda i, j, g, n: j <= i)  # fmt: skip
declare("Everybody sees everybody.", LEAK + " " + SAID_SEES, "all", lambda i, j, g, n: True)
declare(
    "Everybody sees what is given, and nobody what was said.",
    SAID_SEES,
    "given_alone",
    lambda i, j, g, n: j < g,
)
declare(
    "What is said sees what is given and itself, but nothing that was said before.",
    SAID_SEES + " The answer is made of the words said before.",
    "said_blind_for_said",
    lambda i, j, g, n: j < g or j == i,
)
declare(
    "What is said sees everything, also what is said later.",
    LEAK + " " + SAID_SEES,
    "said_sees_all",
    lambda i, j, g, n: j < g or i >= g,
)
declare(
    "What is given sees what is said.",
    LEAK + " What is given sees only what is given.",
    "given_sees_said",
    lambda i, j, g, n: i < g or j <= i,
)
declare(
    "What is said does not see what is given: the two are strangers.",
    SAID_SEES,
    "strangers",
    lambda i, j, g, n: j <= i if i >= g and j >= g else i < g and j < g,
)
declare(
    "What is said sees only what is said, and what is given sees everything.",
    SAID_SEES,
    "said_among_itself",
    lambda i, j, g, n: i < g or g <= j <= i,
)
declare(
    "What is said does not see itself.",
    SAID_SEES + " The newest word is where the next one is made.",
    "not_itself",
    lambda i, j, g, n: j < g or j < i,
)
declare(
    "Causal, and nobody sees itself.",
    GIVEN_SEES + " And everybody sees itself: `<=`, or `tril()` without a number.",
    "causal_not_itself",
    lambda i, j, g, n: j < i,
)
declare(
    "Yes and no are exchanged: True stands where sight is hidden.",
    "In this course True says: this query may look at this key.",
    "turned_around",
    lambda i, j, g, n: not (j < g or j <= i),
)
declare(
    "Rows and columns are exchanged: a row should say whom its place may see.",
    "Queries are rows: what is said sees far, so the last row is all True.",
    "rows_and_columns",
    lambda i, j, g, n: i < g or i <= j,
)
declare(
    "One place too many counts as given: the first word said is seen by all.",
    "Places count from 0: those given are 0 up to n_given - 1, so `<`, not `<=`.",
    "one_given_too_many",
    lambda i, j, g, n: j <= g or j <= i,
)
declare(
    "One place too few counts as given: the last one given is hidden from those before it.",
    "Places count from 0: those given are 0 up to n_given - 1.",
    "one_given_too_few",
    lambda i, j, g, n: j < g - 1 or j <= i,
)
declare(
    "Rows see one place too far: the very word that should be said next.",
    LEAK + " The diagonal is the last that a row sees.",
    "one_too_far",
    lambda i, j, g, n: j < g or j <= i + 1,
)
declare(
    "Of what is said, each place sees what comes later, and not what came before.",
    SAID_SEES + " Keys at or before the query: tril, not triu.",
    "future",
    lambda i, j, g, n: j < g or j >= i,
)
declare(
    "The two blocks are exchanged: what is given is causal, what is said sees all of its own.",
    GIVEN_SEES + " " + SAID_SEES,
    "blocks_exchanged",
    lambda i, j, g, n: j <= i or (i >= g and j >= g),
)
declare(
    "What is given sees what is given, and each word said sees itself alone.",
    SAID_SEES,
    "each_said_alone",
    lambda i, j, g, n: (i < g and j < g) or i == j,
)
declare(
    "n_said was taken for the number of those given.",
    "The first n_given places are given; what is said comes last.",
    "numbers_exchanged",
    lambda i, j, g, n: j < n - g or j <= i,
)
declare(
    "What is said stands first, and what is given behind it.",
    "The first n_given places are given; what is said comes last.",
    "said_first",
    lambda i, j, g, n: j >= n - g or (i < n - g and j <= i),
)
declare(
    "Only the row of the last word sees what was said.",
    SAID_SEES + " Each word that is said, not the last alone.",
    "last_row_alone",
    lambda i, j, g, n: j < g or i == n - 1,
)


@prefix.mistake(
    "The mask is made of numbers, not of True and False.",
    "A mask of this course holds True and False: dtype=torch.bool, or a comparison.",
)
def floats(n_given, n_said):
    return place_by_place(n_given, n_said).float()


@prefix.mistake(
    "Only the rows of what is said came back.",
    "The mask has a row for each place, those given too: (n, n) with n = n_given + n_said.",
)
def said_rows_alone(n_given, n_said):
    return place_by_place(n_given, n_said)[n_given:]


@prefix.mistake(
    "The mask is for what is given alone.",
    "It has a row and a column for each place: n = n_given + n_said.",
)
def given_alone_square(n_given, n_said):
    return torch.ones(n_given, n_given, dtype=torch.bool)


@prefix.mistake(
    "Numbers to be added to the scores came back: 0 and −∞.",
    "A mask of this course holds True and False; attention makes −∞ of False itself.",
)
def as_bias(n_given, n_said):
    mask = place_by_place(n_given, n_said)
    return torch.zeros(mask.shape).masked_fill(~mask, -torch.inf)


declare(
    "The diagonal was moved: each place sees n_given places beyond itself.",
    LEAK + " Not the diagonal moves, a square is opened: the rows and columns of what is given.",
    "diagonal_moved",
    lambda i, j, g, n: j <= i + g,
)
declare(
    "The diagonal was moved: each place sees n_given - 1 places beyond itself.",
    LEAK + " Not the diagonal moves, a square is opened: the rows and columns of what is given.",
    "diagonal_moved_less",
    lambda i, j, g, n: j < i + g,
)
declare(
    "The block at the top right was opened: what is given sees what is said.",
    GIVEN_SEES + " The block to be opened is at the top left.",
    "wrong_block",
    lambda i, j, g, n: j <= i or (i < g <= j),
)
declare(
    "26 places count as given, whatever n_given is.",
    "The first n_given places are given: the lesson's 26 is one number of many.",
    "given_written_in",
    lambda i, j, g, n: j <= i or (i < 26 and j < 26),
)
declare(
    "Of the places given, only the first sees what is given behind it.",
    GIVEN_SEES + " A block of the mask: the first n_given rows, the first n_given columns.",
    "first_row_alone",
    lambda i, j, g, n: j <= i or (i == 0 and j < g),
)
declare(
    "Where nothing is said, what is given sees only what stands before it.",
    GIVEN_SEES + " (-0 is 0: where n_said is 0, `[:-n_said]` is empty, and `[-n_said:]` is all.)",
    "minus_nothing",
    lambda i, j, g, n: j <= i or (i < g and j < g and g < n),
)
declare(
    "Where nothing is said, nobody sees what is given.",
    GIVEN_SEES + " (-0 is 0: where n_said is 0, `[:-n_said]` is empty, and `[-n_said:]` is all.)",
    "minus_nothing_sees_nothing",
    lambda i, j, g, n: g < n and (j <= i or (i < g and j < g)),
)


@prefix.mistake(
    "The mask is always that of the lesson: 26 given, 2 said.",
    "n_given and n_said say how many: (n, n) with n = n_given + n_said.",
)
def both_written_in(n_given, n_said):
    return place_by_place(26, 2)


declare(
    "What is said sees nothing, not even itself.",
    SAID_SEES,
    "said_sees_nothing",
    lambda i, j, g, n: i < g and j < g,
)
