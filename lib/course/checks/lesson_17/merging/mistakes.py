"""17.4: the mistakes that people make."""

import torch

from course.checks.lesson_17.merging.cases import merging
from course.checks.lesson_17.merging.right import by_letters

TWO = (
    "Behind a pair i goes on by two places: both of its tokens are used up. That needs a while "
    "loop, as a for loop sets i anew at each step."
)
BOTH = "A pair is there only if both stand in this order: tokens[i] and tokens[i + 1]."
END = "A slice, old[i : i + 2], is shorter there; or ask first whether i + 1 < len(old)."


def declare(what, way_out, name, answer):
    def tensor(tokens, pair, new):
        return torch.tensor(answer(tokens.tolist(), pair, new), dtype=tokens.dtype)

    tensor.__name__ = name
    merging.mistake(what, way_out)(tensor)


def walk(old, is_pair, put, step=2):
    found, i = [], 0
    while i < len(old):
        if is_pair(i):
            found += put
            i += step
        else:
            found.append(old[i])
            i += 1
    return found


def stands(old, pair):
    return lambda i: tuple(old[i : i + 2]) == tuple(pair)


declare(
    "Behind a pair its second token was looked at once more.",
    TWO,
    "second_stays",
    lambda old, pair, new: walk(old, stands(old, pair), [new], 1),
)
declare(
    "Pairs overlap: a token that was used up began the next pair.",
    TWO,
    "overlapping",
    lambda old, pair, new: [
        new if stands(old, pair)(i) else old[i]
        for i in range(len(old))
        if stands(old, pair)(i) or i == 0 or not stands(old, pair)(i - 1)
    ],
)
declare(
    "The new token came in front of the pair, and the pair stayed.",
    "The new token stands in the place of both.",
    "pair_stays",
    lambda old, pair, new: walk(old, stands(old, pair), [new, *pair]),
)
declare(
    "The new token came behind the pair, and the pair stayed.",
    "The new token stands in the place of both.",
    "pair_stays_in_front",
    lambda old, pair, new: walk(old, stands(old, pair), [*pair, new]),
)
declare(
    "The pairs are gone, and nothing stands in their place.",
    "Where a pair stood comes `new`, once.",
    "taken_out",
    lambda old, pair, new: walk(old, stands(old, pair), []),
)
declare(
    "Both tokens of a pair became the new one: it stands there twice.",
    "Two tokens become one.",
    "twice",
    lambda old, pair, new: walk(old, stands(old, pair), [new, new]),
)
declare(
    "Only the first pair was merged.",
    "Every pair becomes one, up to the end.",
    "first_only",
    lambda old, pair, new: (
        walk(old, lambda i: i == first(old, pair), [new]) if first(old, pair) >= 0 else old
    ),
)
declare(
    "Only the last pair was merged.",
    "Every pair becomes one, from the first to the last.",
    "last_only",
    lambda old, pair, new: walk(old, lambda i: i == last(old, pair), [new]),
)
declare(
    "The pair was merged where it stands the other way around.",
    BOTH,
    "turned_pair",
    lambda old, pair, new: walk(old, stands(old, pair[::-1]), [new]),
)
declare(
    "The pair was merged in either order.",
    BOTH,
    "either_order",
    lambda old, pair, new: walk(old, lambda i: sorted(old[i : i + 2]) == sorted(pair), [new]),
)
declare(
    "The first token of the pair was enough.",
    BOTH,
    "first_is_enough",
    lambda old, pair, new: walk(old, lambda i: old[i] == pair[0], [new]),
)
declare(
    "Every token of the pair became the new one, also where it stands alone.",
    BOTH,
    "each_alone",
    lambda old, pair, new: [new if token in pair else token for token in old],
)
declare(
    "The last token is missing.",
    "A last token without a neighbour stays: the loop runs while i < len(tokens).",
    "last_missing",
    lambda old, pair, new: walk(old, stands(old, pair), [new])[
        : -1 if len(old) < 2 or unpaired(old, pair) else None
    ],
)
declare(
    "The pairs were found from the right to the left.",
    "From left to right: the first two of three alike become one.",
    "from_the_right",
    lambda old, pair, new: walk(old[::-1], stands(old[::-1], pair[::-1]), [new])[::-1],
)
declare(
    "Only pairs that begin at an even place were merged.",
    "Where no pair stands, i goes on by one place, by two behind a pair.",
    "even_places",
    lambda old, pair, new: [
        token
        for i in range(0, len(old), 2)
        for token in ([new] if stands(old, pair)(i) else old[i : i + 2])
    ],
)
declare(
    "Nothing was merged.",
    "A list never equals a tuple: tuple(old[i : i + 2]) == pair compares two tuples. And a pair is "
    "two tokens, tokens[i] and tokens[i + 1], in this order.",
    "nothing",
    lambda old, pair, new: old,
)


def first(old, pair):
    return next((i for i in range(len(old)) if stands(old, pair)(i)), -1)


def last(old, pair):
    return next((i for i in reversed(range(len(old))) if stands(old, pair)(i)), -1)


def unpaired(old, pair):
    """Whether the last token is part of no pair."""
    return walk(old, stands(old, pair), [None])[-1] is not None


@merging.mistake(
    "A list came back, not a tensor.",
    "torch.tensor(found) makes one of it.",
)
def a_list(tokens, pair, new):
    return by_letters(tokens, pair, new).tolist()


def not_looked_at(old, pair, new):
    found, i = [], 0
    while i < len(old):
        if stands(old, pair)(i):
            found.append(new)
            i += 2
        found += old[i : i + 1]
        i += 1
    return found


declare(
    "A pair right behind another was not merged: the token behind a pair stays as it is.",
    "A step does one of two things: it merges, or it takes over one token (else).",
    "not_looked_at",
    not_looked_at,
)
declare(
    "Tokens outside of pairs are missing.",
    "Where no pair stands, the old token stays.",
    "others_left_out",
    lambda old, pair, new: walk_only_pairs(old, pair, new),
)
declare(
    "The pair's first token became the new one everywhere, and its second stayed.",
    BOTH + " Then the new token stands in the place of both.",
    "first_replaced",
    lambda old, pair, new: [new if token == pair[0] else token for token in old],
)
declare(
    "The second token of a pair stays, and the last token of all is missing.",
    TWO + " And the last token has no neighbour: it stays.",
    "second_stays_last_missing",
    lambda old, pair, new: [new if stands(old, pair)(i) else old[i] for i in range(len(old) - 1)],
)

declare(
    "The last token has no neighbour, and one was asked for.",
    END,
    "beyond_the_end",
    lambda old, pair, new: walk(old, lambda i: (old[i], old[i + 1]) == tuple(pair), [new]),
)
declare(
    "The last token has no neighbour; where it is the pair's first, one was asked for.",
    END,
    "beyond_the_end_at_a_first",
    lambda old, pair, new: walk(old, lambda i: old[i] == pair[0] and old[i + 1] == pair[1], [new]),
)
declare(
    "Of two tokens that are no pair, only the first is there.",
    "Behind a pair i goes on by two places, elsewhere by one.",
    "always_two",
    lambda old, pair, new: [new if stands(old, pair)(i) else old[i] for i in range(0, len(old), 2)],
)
declare(
    "The new token came, and the pair's second token stayed behind it.",
    "The new token stands in the place of both.",
    "second_kept",
    lambda old, pair, new: walk(old, stands(old, pair), [new, pair[1]]),
)
declare(
    "The pair's first token stayed, and the new one came in place of its second.",
    "The new token stands in the place of both.",
    "first_kept",
    lambda old, pair, new: walk(old, stands(old, pair), [pair[0], new]),
)
declare(
    "Where pairs overlap, too much is gone: of 7 7 7, only `new` is left.",
    "From left to right: a token that was used up is no part of the next pair.",
    "at_once",
    lambda old, pair, new: [
        new if stands(old, pair)(i) else old[i]
        for i in range(len(old))
        if i == 0 or not stands(old, pair)(i - 1)
    ],
)


def walk_only_pairs(old, pair, new):
    found = walk(old, stands(old, pair), [None])
    return [new for token in found if token is None]
