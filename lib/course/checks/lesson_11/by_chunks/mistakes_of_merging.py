"""11.3: mistakes of 11.2, made in each merge of two chunks' summaries."""

import torch

from course.checks.lesson_11.by_chunks.cases import by_chunks
from course.checks.lesson_11.by_chunks.right import summaries
from course.checks.lesson_11.two_summaries import cases, mistakes_of_factors, mistakes_of_sums  # noqa: F401


def merged_by(merge):
    """Attention by chunks whose summaries are merged in this way."""

    def answer(query, key, value, key_chunk):
        summary, *others = summaries(query, key, value, key_chunk)
        for other in others:
            summary = merge(summary, other)
        return summary[2] / summary[1]

    return answer


NAMES = """
    blends_not_rescaled totals_not_rescaled stretched factors_exchanged multiplied_by_powers
    factors_without_exp lower_peak second_factor_for_both_blends
    first_factor_for_both_blends factors_of_blends_exchanged
    one_decision_for_all measured_from_one_peak blends_averaged
    blends_as_outputs blends_times_totals rescaled_blends_averaged
    totals_and_blends_averaged
"""
by_chunks.inherit(cases.two_summaries, NAMES.split(), merged_by)


def merge_as_written(first, second):
    """The solution of 11.2, line by line: it raises what a learner's own merge raises."""
    peak_1, total_1, blend_1 = first
    peak_2, total_2, blend_2 = second
    peak = torch.maximum(peak_1, peak_2)
    one, two = (peak_1 - peak).exp(), (peak_2 - peak).exp()
    return peak, total_1 * one + total_2 * two, blend_1 * one + blend_2 * two


def declare_no_summary(handed):
    """A mistake whose merge is handed the pieces themselves, not their summary."""

    def answer(query, key, value, key_chunk):
        keys, values = key.split(key_chunk, -2), value.split(key_chunk, -2)
        summary = summaries(query, keys[0], values[0], key_chunk)[0]
        for key_part, value_part in zip(keys[1:], values[1:], strict=True):
            pieces = {"query": query, "key_part": key_part, "value_part": value_part}
            summary = merge_as_written(summary, tuple(pieces[name] for name in handed))
        return summary[2] / summary[1]

    answer.__name__ = "_and_".join(handed) + "_for_a_summary"
    by_chunks.mistake(
        f"merge was handed ({', '.join(handed)}), and that is no summary yet.",
        "merge takes two summaries, each of peak, total and blend. Make one of the chunk first: "
        "summarize(query, key_part, value_part).",
    )(answer)


declare_no_summary(("key_part", "value_part"))
declare_no_summary(("query", "key_part", "value_part"))


def declare_exchanged(first, others, where):
    """A mistake whose summarize is handed value and key, for the first chunk or in the loop."""

    def answer(query, key, value, key_chunk):
        summary = None
        for k, v in zip(key.split(key_chunk, -2), value.split(key_chunk, -2), strict=True):
            exchanged = first if summary is None else others
            key_part, value_part = (v, k) if exchanged else (k, v)
            (new,) = summaries(query, key_part, value_part, key_chunk)
            summary = new if summary is None else merge_as_written(summary, new)
        return summary[2] / summary[1]

    answer.__name__ = f"values_for_keys_{'first' if first else ''}{'later' if others else ''}"
    by_chunks.mistake(
        f"Keys and values are exchanged in summarize{where}.",
        "It takes query, key, value, in this order: the keys make the scores, and the values are "
        "blended.",
    )(answer)


declare_exchanged(True, True, "")
declare_exchanged(True, False, ", for the first chunk")
declare_exchanged(False, True, " in the loop")
