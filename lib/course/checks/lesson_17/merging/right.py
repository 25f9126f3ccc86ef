"""17.4: the right answer, found as Python replaces in a text, and other right ways."""

import torch
from torch import Tensor

from course.checks.lesson_17.merging.cases import merging


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
