"""11.3: mistakes in what is added, rescaled and divided."""

import torch
import torch.nn.functional as F

from course.checks.lesson_11.by_chunks.cases import by_chunks
from course.checks.lesson_11.by_chunks.right import summaries
from course.checks.lesson_11.two_summaries.right import merged_by_stack, merged_with_where


@by_chunks.mistake(
    "The chunks' maxima were forgotten: totals and blends were added as they are.",
    "Each chunk counts in a unit of its own, e^(its peak). A merge brings two summaries to the "
    "same unit before it adds (11.2).",
)
def maxima_forgotten(query, key, value, key_chunk):
    _, totals, blends = map(torch.stack, zip(*summaries(query, key, value, key_chunk), strict=True))
    return blends.sum(0) / totals.sum(0)


@by_chunks.mistake(
    "What was read before is not rescaled when a new chunk has a higher peak.",
    "The new chunk was brought to the common peak, the old total and blend were not. A merge has "
    "to do both (11.2).",
)
def old_sums_not_rescaled(query, key, value, key_chunk):
    (peak, total, blend), *others = summaries(query, key, value, key_chunk)
    for new_peak, new_total, new_blend in others:
        peak = torch.maximum(peak, new_peak)
        total = total + new_total * (new_peak - peak).exp()
        blend = blend + new_blend * (new_peak - peak).exp()
    return blend / total


@by_chunks.mistake(
    "No peak is below 0, as if a score of 0 had been read.",
    "Where all scores lie far below, every power is rounded to 0, and 0/0 is nan. Begin with the "
    "summary of the first chunk.",
)
def peak_begins_at_0(query, key, value, key_chunk):
    nothing = torch.zeros_like(query[..., :1])
    summary = nothing, nothing, nothing
    for new in summaries(query, key, value, key_chunk):
        summary = merged_with_where(summary, new)
    return summary[2] / summary[1]


@by_chunks.mistake(
    "The scores are not scaled.",
    "summarize, given above, divides them by √d_k. Call it for each chunk.",
)
def chunks_not_scaled(query, key, value, key_chunk):
    return F.scaled_dot_product_attention(query, key, value, scale=1.0)


@by_chunks.mistake(
    "Each chunk's own answer was averaged, as if all chunks mattered alike.",
    "A chunk with good keys has to count more: its share is in peak and total. Merge the "
    "summaries, undivided, and divide once at the end.",
)
def answers_averaged(query, key, value, key_chunk):
    answers = [blend / total for _, total, blend in summaries(query, key, value, key_chunk)]
    return torch.stack(answers).mean(0)


@by_chunks.mistake(
    "The chunks' answers were added up: every chunk had a softmax of its own.",
    "All keys share one budget of 1. Merge the summaries, undivided, and divide once at the end.",
)
def answers_added(query, key, value, key_chunk):
    answers = [blend / total for _, total, blend in summaries(query, key, value, key_chunk)]
    return torch.stack(answers).sum(0)


@by_chunks.mistake(
    "The blend was divided before the first merge and after each, so a divided one was merged "
    "again.",
    "As long as there are keys to come, keep the blend undivided. Divide once, after the loop.",
)
def divided_in_the_loop(query, key, value, key_chunk):
    peak, total, blend = summaries(query, key, value, key_chunk)[0]
    blend = blend / total
    for new in summaries(query, key, value, key_chunk)[1:]:
        peak, total, blend = merged_by_stack((peak, total, blend), new)
        blend = blend / total
    return blend


@by_chunks.mistake(
    "The blend was not divided by the total.",
    "One step is left, after the loop: blend / total.",
)
def never_divided(query, key, value, key_chunk):
    summary, *others = summaries(query, key, value, key_chunk)
    for other in others:
        summary = merged_by_stack(summary, other)
    return summary[2]


@by_chunks.mistake(
    "What comes back is the summary, not the answer.",
    "Take it apart and divide: blend / total.",
)
def summary_given_back(query, key, value, key_chunk):
    summary, *others = summaries(query, key, value, key_chunk)
    for other in others:
        summary = merged_by_stack(summary, other)
    return summary


@by_chunks.mistake(
    "The blend was divided after each merge, and once more at the end.",
    "Keep the blend undivided as long as there are keys to come. Divide once, after the loop.",
)
def divided_in_the_loop_and_after(query, key, value, key_chunk):
    (peak, total, blend), *others = summaries(query, key, value, key_chunk)
    for new in others:
        peak, total, blend = merged_by_stack((peak, total, blend), new)
        blend = blend / total
    return blend / total


@by_chunks.mistake(
    "The total was divided by the blend, whatever they are called.",
    "A summary is peak, total, blend, in this order. The blend is a weighted sum of values, the "
    "total the sum of their weights, e^(score - peak): blend / total.",
)
def total_over_blend(query, key, value, key_chunk):
    summary, *others = summaries(query, key, value, key_chunk)
    for other in others:
        summary = merged_by_stack(summary, other)
    return summary[1] / summary[2]


@by_chunks.mistake(
    "Right for small scores: the powers were taken as they are, without a peak.",
    "e to the power of a large score fits into no float, and far below 0 it is rounded to 0. "
    "`summarize` measures from a chunk's peak, and a merge from the higher of two (11.2).",
)
def powers_without_a_peak(query, key, value, key_chunk):
    root, total, blend = query.shape[-1] ** 0.5, 0, 0
    for k, v in zip(key.split(key_chunk, -2), value.split(key_chunk, -2), strict=True):
        powers = (query @ k.mT / root).exp()
        total, blend = total + powers.sum(-1, keepdim=True), blend + powers @ v
    return blend / total


@by_chunks.mistake(
    "A new chunk is not rescaled where what was read before has the higher peak.",
    "The old total and blend were brought to the common peak, those of the new chunk were not. "
    "A merge has to do both (11.2).",
)
def new_sums_not_rescaled(query, key, value, key_chunk):
    (peak, total, blend), *others = summaries(query, key, value, key_chunk)
    for new_peak, new_total, new_blend in others:
        common = torch.maximum(peak, new_peak)
        total = total * (peak - common).exp() + new_total
        blend = blend * (peak - common).exp() + new_blend
        peak = common
    return blend / total


@by_chunks.mistake(
    "The scores are divided by √d_k twice, so by d_k.",
    "`summarize` divides them already: hand it the query as it is.",
)
def scaled_twice(query, key, value, key_chunk):
    return F.scaled_dot_product_attention(query, key, value, scale=1 / query.shape[-1])


@by_chunks.mistake(
    "The blend was divided by the number of keys.",
    "Not every key weighs the same. The divisor is the sum of their powers: blend / total.",
)
def divided_by_the_number_of_keys(query, key, value, key_chunk):
    summary, *others = summaries(query, key, value, key_chunk)
    for other in others:
        summary = merged_by_stack(summary, other)
    return summary[2] / key.shape[-2]


@by_chunks.mistake(
    "The blend was divided by the last chunk's total alone.",
    "The total is merged along with the blend: take both out of the same summary, after the loop.",
)
def divided_by_the_last_total(query, key, value, key_chunk):
    summary, *others = summaries(query, key, value, key_chunk)
    total = summary[1]
    for other in others:
        summary, total = merged_by_stack(summary, other), other[1]
    return summary[2] / total


@by_chunks.mistake(
    "The blend was divided after each merge, and nowhere else: a single chunk's is not divided at "
    "all.",
    "As long as there are keys to come, keep the blend undivided. Divide once, after the loop.",
)
def divided_inside_alone(query, key, value, key_chunk):
    (peak, total, blend), *others = summaries(query, key, value, key_chunk)
    for new in others:
        peak, total, blend = merged_by_stack((peak, total, blend), new)
        blend = blend / total
    return blend


@by_chunks.mistake(
    "The blend was divided by the peak.",
    "A peak is a score, the unit in which total and blend are counted. The divisor is the sum of "
    "the powers: blend / total.",
)
def divided_by_the_peak(query, key, value, key_chunk):
    summary, *others = summaries(query, key, value, key_chunk)
    for other in others:
        summary = merged_by_stack(summary, other)
    return summary[2] / summary[0]


@by_chunks.mistake(
    "After the first chunk, all keys were read with each further one, where that one alone is "
    "meant.",
    "Inside the loop a chunk has names of its own: hand summarize key_part and value_part.",
)
def all_keys_in_the_loop(query, key, value, key_chunk):
    summary, *others = summaries(query, key, value, key_chunk)
    for _ in others:
        summary = merged_by_stack(summary, *summaries(query, key, value, key.shape[-2]))
    return summary[2] / summary[1]


@by_chunks.mistake(
    "The answer was multiplied by e^peak.",
    "Blend and total count in the same unit, e^peak, and blend / total is free of it.",
)
def unit_put_back(query, key, value, key_chunk):
    summary, *others = summaries(query, key, value, key_chunk)
    for other in others:
        summary = merged_by_stack(summary, other)
    return summary[2] / summary[1] * summary[0].exp()
