"""Words as numbers, and sentences of different length as one table."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

PAD, START, END = 0, 1, 2  # the first three of every vocabulary
_MARKS = ("<pad>", "<start>", "<end>")


class Vocabulary:
    """Which number each word has: three marks first, then the words in order of the alphabet."""

    def __init__(self, sentences: Iterable[Sequence[str]]) -> None:
        self.words = [*_MARKS, *sorted({word for words in sentences for word in words})]
        self.number = {word: number for number, word in enumerate(self.words)}

    def __len__(self) -> int:
        return len(self.words)

    def encode(self, sentences: Iterable[Sequence[str]], *, marks: bool = False) -> Tensor:
        """The words' numbers, a row for each sentence, filled up with PAD: (batch, n).

        marks  each row begins with START and ends in END. Raises KeyError on an unknown word
        """
        begin, end = ([START], [END]) if marks else ([], [])
        rows = [begin + [self.number[word] for word in words] + end for words in sentences]
        longest = max(map(len, rows))
        return torch.tensor([row + [PAD] * (longest - len(row)) for row in rows])

    def decode(self, row: Iterable[int]) -> list[str]:
        """The words of a row of numbers, up to its first END, without marks."""
        words = []
        for number in row:
            if number == END:
                break
            if number not in (PAD, START):
                words.append(self.words[number])
        return words
