"""03.3: the reference, and other right ways."""

import torch
import torch.nn.functional as F
from torch import Tensor

from course.checks.lesson_03.order.cases import look, order_counts


def gap(first: Tensor, second: Tensor) -> Tensor:
    return (first - second).abs().max()


@order_counts.reference
def gap_in_doubles(x: Tensor, places: Tensor, order: Tensor) -> Tensor:
    worst = torch.tensor(0.0, dtype=torch.float64)
    for sentence in x.double():  # (n, d_model)
        moved = torch.stack([sentence[token] for token in order.tolist()])
        seated = (moved + places)[None]  # (1, n, d_model), float64
        once = F.scaled_dot_product_attention(seated, seated, seated)[0]
        seated = (sentence + places)[None]
        late = F.scaled_dot_product_attention(seated, seated, seated)[0]
        for seat, token in enumerate(order.tolist()):
            worst = torch.maximum(worst, (once[seat] - late[token]).abs().max())
    return worst.float()


@order_counts.right_way
def gap_by_indexing(x: Tensor, places: Tensor, order: Tensor) -> Tensor:
    return gap(look(x[:, order] + places), look(x + places)[:, order])


@order_counts.right_way
def gap_by_a_matrix(x: Tensor, places: Tensor, order: Tensor) -> Tensor:
    shuffle = torch.eye(len(order))[order]  # (n, n): row i picks token order[i]
    return gap(look(shuffle @ x + places), shuffle @ look(x + places))


@order_counts.right_way
def gap_by_index_select(x: Tensor, places: Tensor, order: Tensor) -> Tensor:
    first = look(x.index_select(1, order) + places)
    return torch.linalg.vector_norm(first - look(x + places)[:, order], float("inf"))


@order_counts.right_way
def gap_with_the_shuffle_undone(x: Tensor, places: Tensor, order: Tensor) -> Tensor:
    back = torch.empty_like(x)
    back[:, order] = look(x[:, order] + places)
    return torch.dist(back, look(x + places), p=torch.inf)
