"""16.1: exchange the first word of every text."""

import torch
from torch import Tensor

from course.checking import Call, Draw, Exercise
from course.checking.questions import Types

first = Exercise(
    "16.1",
    returns="source",
    right="Every row begins with the new word, and the rest is as it was.",
)


def texts(draw: Draw, batch: int, n: int) -> Tensor:
    """Drawn words; the first of each row comes again later in it, and differs from row to row."""
    table = torch.tensor([[draw.integer(9, 60) for _ in range(n)] for _ in range(batch)])
    table[:, 0] = torch.arange(batch) % 3 + 3
    table[:, n // 2] = table[:, 0]
    return table


@first.case("one text of four words, of which the first comes twice")
def one_text(draw: Draw) -> Call:
    return Call(torch.tensor([[3, 8, 9, 3]]), 5)


@first.case("four texts of four words")
def as_many_texts_as_words(draw: Draw) -> Call:
    return Call(texts(draw, 4, 4), draw.integer(61, 70))


@first.case("three texts of seven words")
def three_texts(draw: Draw) -> Call:
    return Call(texts(draw, 3, 7), draw.integer(61, 70))


@first.case("six texts of five words")
def more_texts_than_words(draw: Draw) -> Call:
    return Call(texts(draw, 6, 5), draw.integer(61, 70))


@first.case("numbers of words stay whole numbers")
def whole_numbers(draw: Draw) -> Types:
    return Types(torch.tensor([[3, 8, 9, 3]]), 5)


@first.reference
def first_words_row_by_row(source: Tensor, word: int) -> Tensor:
    return torch.tensor([[word, *row[1:]] for row in source.tolist()])


@first.right_way
def first_by_a_copy(source: Tensor, word: int) -> Tensor:
    changed = source.clone()
    changed[:, 0] = word
    return changed


@first.right_way
def first_by_cat(source: Tensor, word: int) -> Tensor:
    return torch.cat([torch.full_like(source[:, :1], word), source[:, 1:]], dim=1)


@first.right_way
def first_by_where(source: Tensor, word: int) -> Tensor:
    return torch.where(torch.arange(source.shape[1]) == 0, word, source)


COLUMN = "The first words of all texts are a column: every row, place 0."
ONE = "What decides is the place, not the word: only place 0 of each row is exchanged."


@first.mistake("The word was exchanged wherever it stands, later in the text too.", ONE)
def everywhere(source, word):
    return torch.where(source == source[:, :1], word, source)


@first.mistake("The first row's first word was exchanged, in all rows and places.", ONE)
def the_first_rows_word(source, word):
    return torch.where(source == source[0, 0], word, source)


@first.mistake(
    "The new word was put in front, and the old one is still there.",
    "The text keeps its length: the new word takes the old one's place.",
)
def put_in_front(source, word):
    return torch.cat([torch.full_like(source[:, :1], word), source], dim=1)


@first.mistake(
    "The text moved one place on: the old first word is second now, and the last is gone.",
    "Only place 0 changes. All other words stay where they are.",
)
def moved_on(source, word):
    return torch.cat([torch.full_like(source[:, :1], word), source[:, :-1]], dim=1)


@first.mistake("The whole first text was filled with the word.", COLUMN)
def first_row(source, word):
    changed = source.clone()
    changed[0] = word
    return changed


@first.mistake("Only the first text got the new word.", COLUMN)
def first_place_of_the_first_row(source, word):
    changed = source.clone()
    changed[0, 0] = word
    return changed


@first.mistake("Only the last text got the new word.", COLUMN)
def first_place_of_the_last_row(source, word):
    changed = source.clone()
    changed[-1, 0] = word
    return changed


@first.mistake("The second word was exchanged, not the first.", "Places are counted from 0.")
def second_word(source, word):
    changed = source.clone()
    changed[:, 1] = word
    return changed


@first.mistake("The last word was exchanged, not the first.", COLUMN)
def last_word(source, word):
    changed = source.clone()
    changed[:, -1] = word
    return changed


@first.mistake("Every word was exchanged.", ONE)
def every_word(source, word):
    return torch.full_like(source, word)


@first.mistake("Every word but the first was exchanged.", "It is the other way around. " + ONE)
def all_but_the_first(source, word):
    changed = source.clone()
    changed[:, 1:] = word
    return changed


@first.mistake(
    "The texts came back as they were.",
    "Assigning to a copy changes the copy: give that back.",
)
def nothing_done(source, word):
    return source.clone()


@first.mistake(
    "The first word was taken away, and none put in its place.",
    "The new word stands where the old one stood: the text keeps its length.",
)
def taken_away(source, word):
    return source[:, 1:]


@first.mistake(
    "Only the new first words came back, without the text.",
    "Give back the whole table, with the new words at place 0.",
)
def column_alone(source, word):
    return torch.full_like(source[:, :1], word)


@first.mistake(
    "The number of the new word was added to that of the old one.",
    "Numbers of words are names, and can't be added. Put the new one in place of the old one.",
)
def added(source, word):
    changed = source.clone()
    changed[:, 0] += word
    return changed


@first.mistake(
    "The new word stands at the end, behind the text.",
    "It takes the place of the first word, place 0.",
)
def at_the_end(source, word):
    return torch.cat([source[:, 1:], torch.full_like(source[:, :1], word)], dim=1)


@first.mistake(
    "The new word was appended, and the old one is still there.",
    "The text keeps its length: the new word takes the place of the first one.",
)
def appended(source, word):
    return torch.cat([source, torch.full_like(source[:, :1], word)], dim=1)


@first.mistake(
    "The word went down a diagonal: a later place in each text.",
    "It is place 0 in every text. " + COLUMN,
)
def diagonal(source, word):
    changed = source.clone()
    changed.fill_diagonal_(word)
    return changed


@first.mistake("The second word was exchanged, too.", ONE)
def first_two(source, word):
    changed = source.clone()
    changed[:, :2] = word
    return changed


@first.mistake(
    "The numbers of words came back as decimal numbers.",
    "A model looks words up by whole numbers. `source.clone()` keeps them whole.",
)
def decimals(source, word):
    return torch.cat([torch.full((len(source), 1), float(word)), source[:, 1:]], dim=1)
