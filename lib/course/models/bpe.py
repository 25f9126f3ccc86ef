"""Byte-pair encoding as GPT-2 has it: bytes grow together into pieces, the most usual pair first.

Source: Sennrich et al., "Neural Machine Translation of Rare Words with Subword Units", 2015, arXiv
1508.07909; on bytes: Radford et al., "Language Models are Unsupervised Multitask Learners" (GPT-2),
2019.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterable, Sequence

# \s of GPT-2's tokenizer; Python's counts four control characters more.
SPACE = r"[^\S\x1c-\x1f]"
OTHER = r"(?:[^\w\s]|[_\x1c-\x1f])"  # neither letter nor space
# A short ending such as 's, a word or signs with the space before them, or spaces: the last of
# several stays with what follows.
WORDS = re.compile(
    rf"'(?:[sdmt]|ll|ve|re)|\x20?[^\W_]+|\x20?{OTHER}+|{SPACE}+(?={SPACE}|\Z)|{SPACE}+"
)


def byte_letters() -> list[str]:
    """The letter that stands for each byte: itself where it can be seen, else one from 256 on."""
    visible = {*range(33, 127), *range(161, 173), *range(174, 256)}
    hidden = iter(range(256, 512))
    return [chr(byte if byte in visible else next(hidden)) for byte in range(256)]


class BPE:
    """Turns text into tokens and back; each numeral is a word of its own.

    tokens   the pieces, in the letters of byte_letters()
    merges   pairs of pieces, "a b", in the order in which they grow together
    special  tokens that stand for more than their letters, such as the end of a text
    """

    def __init__(
        self, tokens: Sequence[str], merges: Iterable[str], special: Iterable[str] = ()
    ) -> None:
        self.tokens = list(tokens)
        self.ids = {token: i for i, token in enumerate(self.tokens)}
        self.special = frozenset(special)
        self._ranks = {tuple(pair.split(" ")): rank for rank, pair in enumerate(merges)}
        self._letters = byte_letters()
        self._bytes = {letter: byte for byte, letter in enumerate(self._letters)}
        names = "|".join(re.escape(token) for token in self.special)
        self._cut_special = re.compile(f"({names})" if names else r"(?!)")
        self._known: dict[str, list[int]] = {}  # words that were met before

    def encode(self, text: str) -> list[int]:
        """The tokens of a text; a byte that is no token is left out."""
        ids: list[int] = []
        for part in self._cut_special.split(text):
            if part in self.special:
                ids.append(self.ids[part])
                continue
            for word in words(part):
                if word not in self._known:
                    self._known[word] = [
                        self.ids[piece] for piece in self.pieces(word) if piece in self.ids
                    ]
                ids += self._known[word]
        return ids

    def pieces(self, word: str) -> list[str]:
        """The pieces of a word: its bytes, grown together."""
        pieces = [self._letters[byte] for byte in word.encode()]
        while len(pieces) > 1:
            pairs = list(itertools.pairwise(pieces))
            first = min(pairs, key=lambda pair: self._ranks.get(pair, len(self._ranks)))
            if first not in self._ranks:
                break
            i = pairs.index(first)
            pieces[i : i + 2] = ["".join(first)]
        return pieces

    def decode(self, ids: Iterable[int]) -> str:
        """The text of tokens; bytes that are no whole sign become U+FFFD."""
        raw = b"".join(self._as_bytes(self.tokens[i]) for i in ids)
        return raw.decode("utf-8", errors="replace")

    def _as_bytes(self, token: str) -> bytes:
        if token in self.special:
            return token.encode()
        return bytes(self._bytes[letter] for letter in token)


def words(text: str) -> list[str]:
    """What is never joined across: each numeral alone, the rest as WORDS cuts it."""
    found, start = [], 0
    for i, letter in enumerate(text):
        if unicodedata.category(letter)[0] == "N":
            found += [*WORDS.findall(text[start:i]), letter]
            start = i + 1
    return found + WORDS.findall(text[start:])
