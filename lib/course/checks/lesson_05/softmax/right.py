"""05.3: the reference, and other right ways."""

import torch
from torch import Tensor

from course.checks.lesson_05.softmax.cases import softmax


@softmax.reference
def softmax_by_formula(scores: Tensor, mask: Tensor) -> Tensor:
    """Row by row in float64: the softmax of the visible scores, put back to their places."""
    mask = mask.expand_as(scores)
    rows = []
    for row, visible in zip(
        scores.double().reshape(-1, scores.shape[-1]), mask.reshape(-1, mask.shape[-1]), strict=True
    ):
        weights = torch.zeros_like(row)
        if visible.any():
            places = visible.nonzero()[:, 0]
            weights = weights.index_put((places,), row[places].softmax(-1))
        rows.append(weights)
    return torch.stack(rows).view_as(scores)


@softmax.right_way
def softmax_with_harmless_rows(scores: Tensor, mask: Tensor) -> Tensor:
    empty = ~mask.any(-1, keepdim=True)
    scores = scores.masked_fill(~mask & ~empty, -torch.inf)
    return scores.softmax(-1) * ~empty


@softmax.right_way
def softmax_with_lowest_number(scores: Tensor, mask: Tensor) -> Tensor:
    lowest = torch.finfo(scores.dtype).min
    return torch.where(mask, scores, lowest).softmax(-1).masked_fill(~mask, 0.0)


@softmax.right_way
def softmax_with_nan_written_over(scores: Tensor, mask: Tensor) -> Tensor:
    # masked_fill hands no gradient on where it has written, so that no nan comes through
    return scores.masked_fill(~mask, -torch.inf).softmax(-1).masked_fill(~mask, 0.0)


@softmax.right_way
def softmax_by_exponentials(scores: Tensor, mask: Tensor) -> Tensor:
    largest = scores.masked_fill(~mask, -torch.inf).amax(-1, keepdim=True).detach()
    shifted = (scores - largest.clamp(min=-1e4)).masked_fill(~mask, 0.0)
    powers = shifted.exp() * mask
    total = powers.sum(-1, keepdim=True)
    return powers / total.masked_fill(total == 0, 1.0)


@softmax.right_way
def softmax_by_indexing(scores: Tensor, mask: Tensor) -> Tensor:
    mask = mask.expand_as(scores)  # indexing does not stretch a mask, as masked_fill does
    scores = scores.clone()
    scores[~mask] = -torch.inf
    empty = ~mask.any(-1)
    scores[empty] = 0.0
    weights = scores.softmax(-1).clone()
    weights[empty] = 0.0
    return weights


@softmax.right_way
def softmax_row_by_row(scores: Tensor, mask: Tensor) -> Tensor:
    mask = mask.expand_as(scores)
    rows = []
    for row, visible in zip(scores.flatten(0, -2), mask.flatten(0, -2), strict=True):
        peak = row[visible].max() if visible.any() else 0.0
        powers = torch.exp((row - peak).masked_fill(~visible, -torch.inf))
        rows.append(powers / powers.sum() if visible.any() else row * 0)
    return torch.stack(rows).reshape(scores.shape)


@softmax.right_way
def softmax_by_logarithms(scores: Tensor, mask: Tensor) -> Tensor:
    empty = ~mask.any(-1, keepdim=True)
    scores = scores + mask.to(scores.dtype).log().masked_fill(empty, 0.0)
    return (scores - scores.logsumexp(-1, keepdim=True)).exp().masked_fill(empty, 0.0)
