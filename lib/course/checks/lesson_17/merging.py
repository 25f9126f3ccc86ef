"""17.4: a pair of neighbours becomes one token, everywhere."""

import torch
from torch import Tensor

from course.checking import Call, Draw, Exercise

merging = Exercise(
    "17.4",
    returns="tokens",
    right="Do it 300 times, the commonest pair each time, and you have a tokenizer.",
    forbids=("course.writing", "course.models"),
)


@merging.case("one pair in the middle")
def in_the_middle(draw: Draw) -> Call:
    return Call(torch.tensor([4, 5, 7, 6]), (5, 7), 9)


@merging.case("three of the same")
def three_alike(draw: Draw) -> Call:
    return Call(torch.tensor([7, 7, 7]), (7, 7), 9)


@merging.case("a pair at the end, and its first half behind it")
def at_the_end(draw: Draw) -> Call:
    return Call(torch.tensor([5, 7, 3, 5, 7, 5]), (5, 7), 9)


@merging.case("only the other way around")
def turned(draw: Draw) -> Call:
    return Call(torch.tensor([7, 5, 3]), (5, 7), 9)


@merging.case("a single token")
def single(draw: Draw) -> Call:
    return Call(torch.tensor([5]), (5, 7), 9)


@merging.case("thirty tokens out of three")
def many(draw: Draw) -> Call:
    tokens = [draw.integer(0, 2) for _ in range(30)] + [1, 2, 1, 2, 0, 2, 2, 2, 2, 1]
    return Call(torch.tensor(tokens), (1, 2), 3)


@merging.case("thirty tokens out of two, a pair of the same")
def many_alike(draw: Draw) -> Call:
    tokens = [draw.integer(0, 1) for _ in range(30)] + [0, 1, 1, 1, 1, 1, 0, 1, 1, 1]
    return Call(torch.tensor(tokens), (1, 1), 8)


@merging.reference
def by_letters(tokens: Tensor, pair: tuple[int, int], new: int) -> Tensor:
    """As Python replaces in a text: from the left, nothing twice."""
    text = "".join(map(chr, tokens.tolist()))
    joined = text.replace(chr(pair[0]) + chr(pair[1]), chr(new))
    return torch.tensor([ord(letter) for letter in joined], dtype=tokens.dtype)


@merging.right_way
def with_a_place(tokens: Tensor, pair: tuple[int, int], new: int) -> Tensor:
    found, i = [], 0
    while i < len(tokens):
        if i + 1 < len(tokens) and tokens[i] == pair[0] and tokens[i + 1] == pair[1]:
            found.append(new)
            i += 2
        else:
            found.append(int(tokens[i]))
            i += 1
    return torch.tensor(found)


@merging.right_way
def looking_back(tokens: Tensor, pair: tuple[int, int], new: int) -> Tensor:
    found: list[int] = []
    whole = False  # whether the last of `found` may still be the first half
    for token in tokens.tolist():
        if whole and found[-1] == pair[0] and token == pair[1]:
            found[-1], whole = new, False
        else:
            found.append(token)
            whole = True
    return torch.tensor(found)


# The mistakes

TWO = "Behind a pair go on two places, `i += 2`: both of its tokens are used up."
BOTH = "A pair is there only if both stand in this order: tokens[i] and tokens[i + 1]."


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
    "Behind a pair its second token was read again.",
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
    "The pairs were taken out and nothing was put there.",
    "found.append(new) where a pair stands.",
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
    "Go on to the end: every pair becomes one.",
    "first_only",
    lambda old, pair, new: (
        walk(old, lambda i: i == first(old, pair), [new]) if first(old, pair) >= 0 else old
    ),
)
declare(
    "Only the last pair was merged.",
    "Go on from the first token to the last: every pair becomes one.",
    "last_only",
    lambda old, pair, new: walk(old, lambda i: i == last(old, pair), [new]),
)
declare(
    "The pair was merged the other way around.",
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
    "Pairs were looked for at even places only.",
    "Where no pair stands, go on one place, `i += 1`.",
    "even_places",
    lambda old, pair, new: [
        token
        for i in range(0, len(old), 2)
        for token in ([new] if stands(old, pair)(i) else old[i : i + 2])
    ],
)
declare(
    "Nothing was merged.",
    BOTH,
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
    "The token behind a pair was taken over without a look whether a pair begins there.",
    "`else:` before the second branch: after each step the loop looks anew.",
    "not_looked_at",
    not_looked_at,
)
declare(
    "Tokens outside of pairs were left out.",
    "Where no pair stands, the old token is appended.",
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
    "Behind a pair its second token was read again, and the last token is missing.",
    TWO + " And the last token has no neighbour: it stays.",
    "second_stays_last_missing",
    lambda old, pair, new: [new if stands(old, pair)(i) else old[i] for i in range(len(old) - 1)],
)


def walk_only_pairs(old, pair, new):
    found = walk(old, stands(old, pair), [None])
    return [new for token in found if token is None]
