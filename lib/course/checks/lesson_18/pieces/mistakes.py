"""18.2: the mistakes that people make."""

import torch

from course.checks.lesson_18.pieces.cases import pieces


def cut(word, ids, *, longest=True, mark=lambda start: "##" if start else ""):
    """The pieces' numbers, or None where a piece is missing; other rules for the mistakes."""
    found, start = [], 0
    while start < len(word):
        ends = range(len(word), start, -1) if longest else range(start + 1, len(word) + 1)
        for end in ends:
            piece = mark(start) + word[start:end]
            if piece in ids:
                found.append(ids[piece])
                break
        else:
            return None, found
        start = end
    return found, found


def all_that_fit(word, ids):
    found, start = [], 0
    while start < len(word):
        for end in range(len(word), start, -1):
            piece = ("##" if start else "") + word[start:end]
            if piece in ids:
                found.append(ids[piece])
        start = end
    return found


def with_or_without_mark(word, ids):
    found, start = [], 0
    while start < len(word):
        for end in range(len(word), start, -1):
            names = [name for name in (word[start:end], "##" + word[start:end]) if name in ids]
            if names:
                break
        else:
            return [ids["[UNK]"]]
        found.append(ids[names[0]])
        start = end
    return found


def with_unknown(word, ids):
    found, start = [], 0
    while start < len(word):
        for end in range(len(word), start, -1):
            piece = ("##" if start else "") + word[start:end]
            if piece in ids:
                found.append(ids[piece])
                break
        else:
            found.append(ids["[UNK]"])
            end = start + 1
        start = end
    return found


def from_the_right(word, ids):
    found, end = [], len(word)
    while end:
        for start in range(end):
            piece = ("##" if start else "") + word[start:end]
            if piece in ids:
                break
        else:
            return [ids["[UNK]"]]
        found.insert(0, ids[piece])
        end = start
    return found


def by_letters(word, ids):
    names = [("##" if place else "") + letter for place, letter in enumerate(word)]
    return [ids.get(name, ids["[UNK]"]) for name in names]


def cut_before_the_end(word, ids):
    found, start = [], 0
    while start < len(word):
        for end in range(len(word) - 1, start, -1):
            piece = ("##" if start else "") + word[start:end]
            if piece in ids:
                break
        else:
            return None
        found.append(ids[piece])
        start = end
    return found


def cut_in_twos(word, ids):
    found, start = [], 0
    while start < len(word):
        for end in range(len(word), start + 1, -1):
            piece = ("##" if start else "") + word[start:end]
            if piece in ids:
                break
        else:
            return None
        found.append(ids[piece])
        start = end
    return found


def cut_with_gaps(word, ids):
    found, start = [], 0
    while start < len(word):
        for end in range(len(word), start, -1):
            piece = ("##" if start else "") + word[start:end]
            if piece in ids:
                break
        else:
            return None
        found.append(ids[piece])
        start = end + 1
    return found


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


@pieces.mistake(
    "The number of [UNK] came back as one number, without an axis.",
    'A tensor of one token has the shape (1,): torch.tensor([ids["[UNK]"]]), with brackets.',
)
def unknown_without_an_axis(word, ids):
    found = cut(word, ids)[0]
    return torch.tensor(ids["[UNK]"] if found is None else found)


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
    "Go on behind it until the word's end: start = end.",
    "first_piece_alone",
    lambda word, ids: or_unknown(cut(word, ids)[0], ids)[:1],
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
    "That is a look-up of whole words. Cut the word: its longest known beginning, then the rest.",
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
    "That is for words that can't be spelt. Does the loop try the whole rest of the word, too? "
    "range(len(word), start, -1) begins behind the last letter.",
    "whole_rest_never_tried",
    lambda word, ids: or_unknown(cut_before_the_end(word, ids), ids),
)
declare(
    "A piece of a single letter was never tried.",
    "range stops before its end: range(len(word), start, -1) goes down to start + 1, one letter.",
    "single_letters_never_tried",
    lambda word, ids: or_unknown(cut_in_twos(word, ids), ids),
)
declare(
    "After each piece one letter was passed over.",
    "`end` is where the next piece begins already: start = end.",
    "one_letter_passed_over",
    lambda word, ids: or_unknown(cut_with_gaps(word, ids), ids),
)
declare(
    "[UNK] stands at the end of every word.",
    "It is for words that can't be spelt. In a for loop, `else:` runs only if no `break` came.",
    "unknown_at_each_end",
    lambda word, ids: [*(cut(word, ids)[0] or []), ids["[UNK]"]],
)
