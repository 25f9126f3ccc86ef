"""09.3: the mistakes that people make."""

import torch
import torch.nn.functional as F

from course.checks.lesson_09.by_chunks.cases import by_chunks
from course.checks.lesson_09.by_chunks.right import summaries
from course.checks.lesson_09.shared import summary_of
from course.checks.lesson_09.two_summaries.right import merged_by_stack, merged_with_where


@by_chunks.mistake(
    "The chunks' maxima were forgotten: totals and blends were added as they are.",
    "Each chunk counts in a unit of its own, e^(its peak). Your merge of 09.2 brings two summaries "
    "to the same unit before it adds.",
)
def maxima_forgotten(query, key, value, key_chunk):
    _, totals, blends = map(torch.stack, zip(*summaries(query, key, value, key_chunk), strict=True))
    return blends.sum(0) / totals.sum(0)


@by_chunks.mistake(
    "What was read before is not rescaled when a new chunk has a higher peak.",
    "The new chunk was brought to the common peak, the old total and blend were not. Your merge of "
    "09.2 does both.",
)
def old_sums_not_rescaled(query, key, value, key_chunk):
    (peak, total, blend), *others = summaries(query, key, value, key_chunk)
    for new_peak, new_total, new_blend in others:
        peak = torch.maximum(peak, new_peak)
        total = total + new_total * (new_peak - peak).exp()
        blend = blend + new_blend * (new_peak - peak).exp()
    return blend / total


@by_chunks.mistake(
    "The first peak to compare with is 0, as if a score of 0 had been read.",
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
    "The return stands inside the loop.",
    "So it ends after its first round, and with a single chunk it never comes to it. Divide and "
    "return after the loop: one step less indented.",
)
def returns_in_the_loop(query, key, value, key_chunk):
    first, *others = summaries(query, key, value, key_chunk)
    for other in others:
        _, total, blend = merged_by_stack(first, other)
        return blend / total
    return None


@by_chunks.mistake(
    "The features were cut, not the tokens.",
    "The tokens are the last but one axis: key.split(key_chunk, dim=-2), and the same for values.",
)
def features_cut(query, key, value, key_chunk):
    summary = None
    for k, v in zip(key.split(key_chunk, -1), value.split(key_chunk, -1), strict=True):
        new = summary_of(query @ k.mT / query.shape[-1] ** 0.5, v)
        summary = new if summary is None else merged_by_stack(summary, new)
    assert summary is not None
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
    "The division stands inside the loop, so that a divided blend is merged again.",
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
    "Only the last chunk is left: each one replaced what came before.",
    "Merge what you have with the new summary, and keep the result: summary = merge(summary, new).",
)
def last_chunk_alone(query, key, value, key_chunk):
    _, total, blend = summaries(query, key, value, key_chunk)[-1]
    return blend / total


@by_chunks.mistake(
    "Only the first chunk is left.",
    "Does the return stand inside the loop? Or was the result of merge not kept? "
    "summary = merge(summary, new), for each further chunk.",
)
def first_chunk_alone(query, key, value, key_chunk):
    _, total, blend = summaries(query, key, value, key_chunk)[0]
    return blend / total


@by_chunks.mistake(
    "The first chunk was counted twice.",
    "If you begin with the summary of chunk 0, the loop goes on with chunk 1: keys[1:] and "
    "values[1:].",
)
def first_chunk_twice(query, key, value, key_chunk):
    everything = summaries(query, key, value, key_chunk)
    summary = everything[0]
    for other in everything:
        summary = merged_by_stack(summary, other)
    return summary[2] / summary[1]


@by_chunks.mistake(
    "The keys of a last, shorter chunk are lost.",
    "n_k // key_chunk counts only full chunks. x.split(key_chunk, dim=-2) gives the short one too.",
)
def short_chunk_lost(query, key, value, key_chunk):
    full = key.shape[-2] // key_chunk * key_chunk
    return F.scaled_dot_product_attention(query, key[..., :full, :], value[..., :full, :])


@by_chunks.mistake(
    "Right without a batch, not with one: split cuts the first axis unless it is told another.",
    "The tokens are the last but one axis: key.split(key_chunk, dim=-2), and the same for values.",
)
def batch_was_split(query, key, value, key_chunk):
    summary = None
    for k, v in zip(key.split(key_chunk), value.split(key_chunk), strict=True):
        new = summary_of(query @ k.mT / query.shape[-1] ** 0.5, v)
        summary = new if summary is None else merged_by_stack(summary, new)
    assert summary is not None
    return summary[2] / summary[1]


@by_chunks.mistake(
    "The keys were cut, the values were not.",
    "Key j and value j belong together: cut both in the same way.",
)
def values_not_cut(query, key, value, key_chunk):
    summary = None
    for k in key.split(key_chunk, -2):
        new = summary_of(query @ k.mT / query.shape[-1] ** 0.5, value)
        summary = new if summary is None else merged_by_stack(summary, new)
    assert summary is not None
    return summary[2] / summary[1]


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
    "The division stands inside the loop and once more after it.",
    "Keep the blend undivided as long as there are keys to come. Divide once, after the loop.",
)
def divided_in_the_loop_and_after(query, key, value, key_chunk):
    (peak, total, blend), *others = summaries(query, key, value, key_chunk)
    for new in others:
        peak, total, blend = merged_by_stack((peak, total, blend), new)
        blend = blend / total
    return blend / total


@by_chunks.mistake(
    "The last chunk was left out.",
    "keys[1:] are all chunks but the first, the last one included: keys[1:-1] stops before it.",
)
def last_chunk_lost(query, key, value, key_chunk):
    summary, *others = summaries(query, key, value, key_chunk)
    for other in others[:-1]:
        summary = merged_by_stack(summary, other)
    return summary[2] / summary[1]


@by_chunks.mistake(
    "The total was divided by the blend.",
    "The blend is a sum of values, the total the sum of their powers: blend / total.",
)
def total_over_blend(query, key, value, key_chunk):
    summary, *others = summaries(query, key, value, key_chunk)
    for other in others:
        summary = merged_by_stack(summary, other)
    return summary[1] / summary[2]
