"""11.3: mistakes in how keys are cut, and which chunks are read."""

import torch
import torch.nn.functional as F

from course.checks.lesson_11.by_chunks.cases import by_chunks
from course.checks.lesson_11.by_chunks.right import summaries
from course.checks.lesson_11.shared import summary_of
from course.checks.lesson_11.two_summaries.right import merged_by_stack


@by_chunks.mistake(
    "It returns after one merge, and with a single chunk nothing comes back.",
    "A return inside the loop ends it in its first round. Divide and return after the loop: one "
    "step less indented.",
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
    "Only the last chunk is in the answer.",
    "Merge what you have with the new summary, and keep the result: summary = merge(summary, new).",
)
def last_chunk_alone(query, key, value, key_chunk):
    _, total, blend = summaries(query, key, value, key_chunk)[-1]
    return blend / total


@by_chunks.mistake(
    "Only the first chunk is in the answer.",
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
    "Right without a batch; with one, the first axis is cut.",
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
    "The last chunk was left out.",
    "keys[1:] are all chunks but the first, the last one included: keys[1:-1] stops before it.",
)
def last_chunk_lost(query, key, value, key_chunk):
    summary, *others = summaries(query, key, value, key_chunk)
    for other in others[:-1]:
        summary = merged_by_stack(summary, other)
    return summary[2] / summary[1]


@by_chunks.mistake(
    "Only the first and the last chunk are in the answer.",
    "Keep the result of each merge, and merge the next chunk into that: summary = merge(summary, "
    "new).",
)
def merged_with_the_first(query, key, value, key_chunk):
    first, *others = summaries(query, key, value, key_chunk)
    summary = first
    for other in others:
        summary = merged_by_stack(first, other)
    return summary[2] / summary[1]


@by_chunks.mistake(
    "Only the last two chunks are in the answer.",
    "Keep the result of each merge, and merge the next chunk into that: summary = merge(summary, "
    "new).",
)
def merged_with_the_one_before(query, key, value, key_chunk):
    summary, *others = previous, *_ = summaries(query, key, value, key_chunk)
    for other in others:
        summary, previous = merged_by_stack(previous, other), other
    return summary[2] / summary[1]


SHIFTED = (
    "Keys and values are shifted by one chunk: each further chunk of keys blends the values of the "
    "one before."
)


@by_chunks.mistake(
    SHIFTED,
    "Key j and value j belong together: if the keys go on with chunk 1, so do the values, "
    "values[1:].",
)
def values_one_chunk_late(query, key, value, key_chunk):
    keys, values = key.split(key_chunk, -2), value.split(key_chunk, -2)
    root = query.shape[-1] ** 0.5
    summary = summary_of(query @ keys[0].mT / root, values[0])
    for k, v in zip(keys[1:], values, strict=False):
        summary = merged_by_stack(summary, summary_of(query @ k.mT / root, v))
    return summary[2] / summary[1]


CATENATED = "The chunks' answers were laid end to end."
ONE_ANSWER = (
    "Cutting the keys makes no more queries and no more features: each query has one answer, and "
    "all chunks have a part in it. Merge the summaries, and divide once at the end."
)


@by_chunks.mistake(CATENATED, ONE_ANSWER)
def answers_below_each_other(query, key, value, key_chunk):
    answers = [blend / total for _, total, blend in summaries(query, key, value, key_chunk)]
    return torch.cat(answers, dim=-2)


@by_chunks.mistake(CATENATED, ONE_ANSWER)
def answers_side_by_side(query, key, value, key_chunk):
    answers = [blend / total for _, total, blend in summaries(query, key, value, key_chunk)]
    return torch.cat(answers, dim=-1)


@by_chunks.mistake(
    "The chunks' answers came back one by one, on an axis of their own.",
    ONE_ANSWER,
)
def answers_stacked(query, key, value, key_chunk):
    answers = [blend / total for _, total, blend in summaries(query, key, value, key_chunk)]
    return torch.stack(answers)


@by_chunks.mistake(
    "The queries were cut too, so each piece of them met one piece of the keys only.",
    "Every query reads all keys: cut keys and values alone.",
)
def queries_cut(query, key, value, key_chunk):
    outputs = []
    parts = (x.split(key_chunk, -2) for x in (query, key, value))
    for query_part, key_part, value_part in zip(*parts, strict=True):
        ((_, total, blend),) = summaries(query_part, key_part, value_part, key_chunk)
        outputs.append(blend / total)
    return torch.cat(outputs, -2)


@by_chunks.mistake(
    "The queries were cut too, so each piece of them met one piece of the keys only; the rest fell "
    "away.",
    "Every query reads all keys: cut keys and values alone.",
)
def queries_cut_to_the_shortest(query, key, value, key_chunk):
    outputs = []
    parts = (x.split(key_chunk, -2) for x in (query, key, value))
    for query_part, key_part, value_part in zip(*parts, strict=False):
        ((_, total, blend),) = summaries(query_part, key_part, value_part, key_chunk)
        outputs.append(blend / total)
    return torch.cat(outputs, -2)


@by_chunks.mistake(
    "The summaries were joined with +, which lays two tuples end to end.",
    "Your merge of 11.2 makes one summary of two.",
)
def summaries_laid_end_to_end(query, key, value, key_chunk):
    summary, *others = summaries(query, key, value, key_chunk)
    for other in others:
        summary = summary + other
    _, total, blend = summary
    return blend / total
