"""11.3: the reference, and other right ways."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from course.checks.lesson_11.by_chunks.cases import by_chunks
from course.checks.lesson_11.shared import Summary, summary_of
from course.checks.lesson_11.two_summaries.right import merged_by_stack


@by_chunks.reference
def fused(query: Tensor, key: Tensor, value: Tensor, key_chunk: int) -> Tensor:
    return F.scaled_dot_product_attention(query.double(), key.double(), value.double())


def summaries(query: Tensor, key: Tensor, value: Tensor, key_chunk: int) -> list[Summary]:
    """One of each chunk, in order."""
    parts = zip(key.split(key_chunk, -2), value.split(key_chunk, -2), strict=True)
    return [summary_of(query @ k.mT / math.sqrt(query.shape[-1]), v) for k, v in parts]


@by_chunks.right_way
def chunks_by_slices(query: Tensor, key: Tensor, value: Tensor, key_chunk: int) -> Tensor:
    peak = query.new_full((*query.shape[:-1], 1), -torch.inf)
    total, blend = torch.zeros_like(peak), torch.zeros_like(peak)
    for start in range(0, key.shape[-2], key_chunk):
        chunk = slice(start, start + key_chunk)
        scores = query @ key[..., chunk, :].mT / query.shape[-1] ** 0.5
        new_peak = torch.maximum(peak, scores.amax(-1, keepdim=True))
        powers, shrink = (scores - new_peak).exp(), (peak - new_peak).exp()
        total = total * shrink + powers.sum(-1, keepdim=True)
        blend = blend * shrink + powers @ value[..., chunk, :]
        peak = new_peak
    return blend / total


@by_chunks.right_way
def all_summaries_at_the_end(query: Tensor, key: Tensor, value: Tensor, key_chunk: int) -> Tensor:
    peaks, totals, blends = map(
        torch.stack, zip(*summaries(query, key, value, key_chunk), strict=True)
    )
    shrink = (peaks - peaks.amax(0)).exp()
    return (blends * shrink).sum(0) / (totals * shrink).sum(0)


@by_chunks.right_way
def outputs_weighted_by_log_sums(
    query: Tensor, key: Tensor, value: Tensor, key_chunk: int
) -> Tensor:
    """Divided in each chunk, and mended by the logarithms of the sums: what kernels hand on."""
    output, log_sum = torch.zeros(()), torch.tensor(-torch.inf)
    for peak, total, blend in summaries(query, key, value, key_chunk):
        new_log_sum = peak + total.log()
        both = torch.logaddexp(log_sum, new_log_sum)
        output = output * (log_sum - both).exp() + blend / total * (new_log_sum - both).exp()
        log_sum = both
    return output


@by_chunks.right_way
def chunks_from_the_last(query: Tensor, key: Tensor, value: Tensor, key_chunk: int) -> Tensor:
    chunks = summaries(query, key, value, key_chunk)
    while len(chunks) > 1:
        chunks.append(merged_by_stack(chunks.pop(), chunks.pop()))
    ((_, total, blend),) = chunks
    return torch.div(blend, total)
