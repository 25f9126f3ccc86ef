"""Byte-pair encoding, learnt: join the most usual pair of neighbours, again and again.

Source: Sennrich et al., "Neural Machine Translation of Rare Words with Subword Units", 2015, arXiv
1508.07909.
"""

import itertools
from collections import Counter, defaultdict

from course.models.bpe import BPE, byte_letters, words

Pair = tuple[str, str]


def learn_merges(text: str, count: int) -> list[Pair]:
    """The `count` pairs that grow together in a text, in their order; fewer if none is left.

    No pair reaches across words. Of pairs that are as usual as each other the larger one, by its
    letters, comes first, so that the same text gives the same list on every machine.
    """
    letters = byte_letters()
    how_often = Counter(words(text))
    cut = {word: [letters[byte] for byte in word.encode()] for word in how_often}
    pairs: Counter[Pair] = Counter()
    where: defaultdict[Pair, set[str]] = defaultdict(set)
    for word, pieces in cut.items():
        for pair in itertools.pairwise(pieces):
            pairs[pair] += how_often[word]
            where[pair].add(word)
    merges: list[Pair] = []
    while len(merges) < count and (
        best := max(pairs, key=lambda pair: (pairs[pair], pair), default=None)
    ):
        merges.append(best)
        for word in where.pop(best):
            for pair in itertools.pairwise(cut[word]):
                pairs[pair] -= how_often[word]
            cut[word] = joined(cut[word], best)
            for pair in itertools.pairwise(cut[word]):
                pairs[pair] += how_often[word]
                where[pair].add(word)
        pairs = +pairs  # without those that are gone
    return merges


def joined(pieces: list[str], pair: Pair) -> list[str]:
    """The pieces with each such pair grown together, from left to right."""
    found, i = [], 0
    while i < len(pieces):
        step = 2 if tuple(pieces[i : i + 2]) == pair else 1
        found.append("".join(pieces[i : i + step]))
        i += step
    return found


def tokenizer_of(text: str, merges: list[Pair]) -> BPE:
    """The tokenizer that knows the letters of a text, and what grows together of them."""
    letters = byte_letters()
    single = sorted({letters[byte] for byte in text.encode()})
    return BPE([*single, *map("".join, merges)], map(" ".join, merges))
