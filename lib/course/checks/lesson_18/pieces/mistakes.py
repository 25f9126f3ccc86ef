"""18.2: the mistakes that people make."""

import torch

from course.checks.lesson_18.pieces.cases import pieces
from course.checks.lesson_18.pieces.otherwise import (
    all_that_fit,
    by_letters,
    cut,
    cut_otherwise,
    from_the_right,
    unknown_passed_over,
    with_or_without_mark,
    with_unknown,
)


def declare(what, way_out, name, answer):
    """Declare a mistake in cutting; `answer` gives a list of numbers."""

    def wrong(word, ids):
        return torch.tensor(answer(word, ids), dtype=torch.long)

    wrong.__name__ = name
    pieces.mistake(what, way_out)(wrong)


def or_unknown(found, ids):
    return [ids["[UNK]"]] if found is None else found


declare(
    "The shortest piece was taken, not the longest.",
    "Try the whole rest of the word first, then one letter less, and so on.",
    "shortest",
    lambda word, ids: or_unknown(cut(word, ids, longest=False)[0], ids),
)
declare(
    "Pieces inside a word were looked up without ##.",
    'A piece that goes on within a word is called "##" + its letters in the vocabulary.',
    "without_marks",
    lambda word, ids: or_unknown(cut(word, ids, mark=lambda start: "")[0], ids),
)
declare(
    "The first piece was looked up with ## too.",
    "The mark says that a piece goes on within a word. The first one begins it: no mark.",
    "mark_on_the_first",
    lambda word, ids: or_unknown(cut(word, ids, mark=lambda start: "##")[0], ids),
)
declare(
    "A piece that is not known became [UNK], and the others stayed.",
    "If some part of it can't be spelt, the whole word is [UNK]: one token.",
    "unknown_piece",
    lambda word, ids: with_unknown(word, ids),
)
declare(
    "Where a letter is unknown, the pieces before it came back, without [UNK].",
    "If some part of it can't be spelt, the whole word is [UNK]: one token.",
    "pieces_before_the_unknown",
    lambda word, ids: cut(word, ids)[1],
)
declare(
    "Where a letter is unknown, the pieces before it stayed in front of [UNK].",
    "If some part of it can't be spelt, the whole word is [UNK]: return that token alone.",
    "pieces_and_unknown",
    lambda word, ids: cut(word, ids)[1] + ([ids["[UNK]"]] if cut(word, ids)[0] is None else []),
)
declare(
    "A word with an unknown letter became no token at all.",
    'Nothing may vanish: it becomes ids["[UNK]"].',
    "nothing_for_the_unknown",
    lambda word, ids: cut(word, ids)[0] or [],
)


def declare_unknown(what, way_out, name, form):
    """Declare a mistake where a word can't be spelt; `form` makes the answer of [UNK]'s number."""

    def wrong(word, ids):
        found = cut(word, ids)[0]
        return form(ids["[UNK]"]) if found is None else torch.tensor(found)

    wrong.__name__ = name
    pieces.mistake(what, way_out)(wrong)


ONE_TOKEN = 'A tensor of one token has the shape (1,): torch.tensor([ids["[UNK]"]]), with brackets.'
declare_unknown(
    "The number of [UNK] came back as one number, without an axis.",
    ONE_TOKEN,
    "unknown_without_an_axis",
    torch.tensor,
)
declare_unknown(
    "Where a word can't be spelt, a bare number came back.",
    ONE_TOKEN,
    "unknown_as_a_number",
    lambda number: number,
)
declare_unknown(
    "Where a word can't be spelt, a list came back.",
    ONE_TOKEN,
    "unknown_as_a_list",
    lambda number: [number],
)
declare_unknown(
    "Where a word can't be spelt, a text came back, not a number.",
    ONE_TOKEN,
    "unknown_as_a_text",
    lambda number: "[UNK]",
)


@pieces.mistake(
    "The pieces themselves were collected, not their numbers.",
    "The model reads numbers: append ids[piece].",
)
def texts(word, ids):
    if cut(word, ids)[0] is None:
        return torch.tensor([ids["[UNK]"]])
    return torch.tensor([word])


declare(
    "All pieces that fit were taken, not the longest alone.",
    "Leave the inner loop at the first that fits, with `break`: it is the longest.",
    "all_that_fit",
    lambda word, ids: all_that_fit(word, ids),
)
declare(
    "Within the word, a piece without ## was taken where it was longer or came first.",
    'It begins words only. Where start is not 0, look up "##" + letters and nothing else.',
    "with_or_without_mark",
    lambda word, ids: with_or_without_mark(word, ids),
)
declare(
    "Only the first piece came back.",
    "Go on where it ends, until the word's end.",
    "first_piece_alone",
    lambda word, ids: or_unknown(cut(word, ids)[0], ids)[:1],
)
declare(
    "Only the first piece came back, whatever stands behind it.",
    "The loop goes on where that piece ends: leave `end` there, and `return` behind the loop.",
    "first_piece_whatever_follows",
    lambda word, ids: cut(word, ids)[1][:1] or [ids["[UNK]"]],
)
declare(
    "Only the last piece came back.",
    "Append each piece to a list, and give the list back as a tensor.",
    "last_piece_alone",
    lambda word, ids: or_unknown(cut(word, ids)[0], ids)[-1:],
)
declare(
    "The pieces came in reverse.",
    "The first piece of the word stands first.",
    "reversed_pieces",
    lambda word, ids: or_unknown(cut(word, ids)[0], ids)[::-1],
)
declare(
    "Only a word that is a token as a whole was known; every other became [UNK].",
    'The longest known beginning comes first, then the rest: word[start:end] behind "##", with no '
    "blank. [UNK] comes only after all ends were tried: in the `else` of `for`, not of `if`.",
    "whole_words_only",
    lambda word, ids: [ids.get(word, ids["[UNK]"])],
)
declare(
    "The word was cut from its end: the longest known end first.",
    "WordPiece begins on the left: the longest known beginning, then the same for the rest.",
    "from_the_right",
    lambda word, ids: from_the_right(word, ids),
)
declare(
    "The word was cut into letters.",
    "Try the whole rest of the word first, then one letter less, and so on.",
    "letters",
    lambda word, ids: by_letters(word, ids),
)
declare(
    "Every word became [UNK].",
    "It is for words that can't be spelt. range(len(word), start, -1) tries the whole rest first, "
    "and the `else` of a `for` runs unless a `break` came.",
    "whole_rest_never_tried",
    lambda word, ids: or_unknown(cut_otherwise(word, ids, last=1), ids),
)
declare(
    "A piece of a single letter was never tried.",
    "range stops before its end: range(len(word), start, -1) goes down to start + 1, one letter.",
    "single_letters_never_tried",
    lambda word, ids: or_unknown(cut_otherwise(word, ids, shortest=2), ids),
)
declare(
    "After each piece one letter was passed over.",
    "word[start:end] stops before `end`: the next piece begins there.",
    "one_letter_passed_over",
    lambda word, ids: or_unknown(cut_otherwise(word, ids, onwards=lambda s, end: end + 1), ids),
)
declare(
    "A piece was looked for at each letter, not only where the last one ended.",
    "The next piece begins at `end`, where the last one ended.",
    "at_each_letter",
    lambda word, ids: or_unknown(cut_otherwise(word, ids, onwards=lambda s, end: s + 1), ids),
)
declare(
    "Letters that no piece has were passed over.",
    "If some part of it can't be spelt, the whole word is [UNK]: one token. The `else` of a `for` "
    "runs if no `break` came.",
    "unknown_passed_over",
    lambda word, ids: unknown_passed_over(word, ids),
)
declare(
    "A piece that begins at the second letter was looked up without ##.",
    "Only a piece that begins at 0 begins the word. All others are marked.",
    "second_letter_without_mark",
    lambda word, ids: or_unknown(cut(word, ids, mark=lambda s: "##" if s > 1 else "")[0], ids),
)
declare(
    "[UNK] stands at the end of every word.",
    "It is for words that can't be spelt. In a for loop, `else:` runs only if no `break` came.",
    "unknown_at_each_end",
    lambda word, ids: [*(cut(word, ids)[0] or []), ids["[UNK]"]],
)
