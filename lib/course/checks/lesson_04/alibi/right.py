"""04.1: the reference, and other right ways."""

import torch
from torch import Tensor

from course.checks.lesson_04.alibi.cases import alibi


@alibi.reference
def alibi_by_loop(slopes: Tensor, n_q: int, n_k: int) -> Tensor:
    bias = torch.zeros(len(slopes), n_q, n_k)
    for head, slope in enumerate(slopes.tolist()):
        for row in range(n_q):
            for place in range(n_k):
                bias[head, row, place] = -slope * abs(n_k - n_q + row - place)
    return bias


def signed(n_q: int, n_k: int, *, first: int | None = None) -> Tensor:
    """Place of the key minus place of the query; the queries are the last unless told."""
    first = n_k - n_q if first is None else first
    return torch.arange(n_k)[None, :] - torch.arange(first, first + n_q)[:, None]


@alibi.right_way
def alibi_by_broadcasting(slopes: Tensor, n_q: int, n_k: int) -> Tensor:
    return -slopes.view(-1, 1, 1) * signed(n_q, n_k).abs()


@alibi.right_way
def alibi_by_einsum(slopes: Tensor, n_q: int, n_k: int) -> Tensor:
    return torch.einsum("h,qk->hqk", slopes, -signed(n_q, n_k).abs().float())


@alibi.right_way
def alibi_cut_from_a_square(slopes: Tensor, n_q: int, n_k: int) -> Tensor:
    return -slopes[:, None, None] * signed(n_k, n_k).abs()[-n_q:]


@alibi.right_way
def alibi_by_lists(slopes: Tensor, n_q: int, n_k: int) -> Tensor:
    places = range(n_k - n_q, n_k)
    tables = [[[-s * abs(i - j) for j in range(n_k)] for i in places] for s in slopes.tolist()]
    return torch.tensor(tables)


@alibi.right_way
def alibi_from_the_end(slopes: Tensor, n_q: int, n_k: int) -> Tensor:
    query, key = torch.arange(-n_q, 0), torch.arange(-n_k, 0)
    return torch.stack([slope * -(query[:, None] - key).abs() for slope in slopes])
