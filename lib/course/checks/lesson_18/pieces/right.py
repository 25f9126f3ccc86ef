"""18.2: the reference, and other right ways."""

import torch
from torch import Tensor

from course.checks.lesson_18.pieces.cases import pieces


@pieces.reference
def cut_by_lists(word: str, ids: dict[str, int]) -> Tensor:
    rest, found = word, list[int]()
    while rest:
        marked = ("##" if found else "") + rest
        fitting = [piece for piece in ids if piece != "[UNK]" and marked.startswith(piece)]
        fitting = [piece for piece in fitting if piece.startswith("##") == bool(found)]
        if not fitting:
            return torch.tensor([ids["[UNK]"]])
        best = max(fitting, key=len)
        found.append(ids[best])
        rest = rest[len(best.removeprefix("##")) :]
    return torch.tensor(found)


@pieces.right_way
def cut_by_two_loops(word: str, ids: dict[str, int]) -> Tensor:
    found, start = list[int](), 0
    while start < len(word):
        end = len(word)
        while end > start and ("##" if start else "") + word[start:end] not in ids:
            end -= 1
        if end == start:
            return torch.tensor([ids["[UNK]"]])
        found.append(ids[("##" if start else "") + word[start:end]])
        start = end
    return torch.tensor(found)


@pieces.right_way
def cut_letter_by_letter_from_the_end(word: str, ids: dict[str, int]) -> Tensor:
    found: list[int] = []
    rest = word
    while rest:
        prefix = "##" if found else ""
        for end in range(len(rest), 0, -1):
            if prefix + rest[:end] in ids:
                found.append(ids[prefix + rest[:end]])
                rest = rest[end:]
                break
        else:
            return torch.tensor([ids["[UNK]"]])
    return torch.tensor(found)


@pieces.right_way
def cut_by_recursion(word: str, ids: dict[str, int]) -> Tensor:
    def spell(rest: str) -> list[int] | None:
        plain = rest.removeprefix("##")
        if not plain:
            return []
        mark = rest[: len(rest) - len(plain)]
        for end in range(len(plain), 0, -1):
            if mark + plain[:end] in ids:
                more = spell("##" + plain[end:])
                return None if more is None else [ids[mark + plain[:end]], *more]
        return None

    numbers = spell(word)
    return torch.tensor([ids["[UNK]"]] if numbers is None else numbers)
