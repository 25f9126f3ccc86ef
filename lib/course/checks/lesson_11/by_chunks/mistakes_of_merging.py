"""11.3: mistakes of 11.2, made in each merge of two chunks' summaries."""

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
    factors_without_exp lower_peak second_factor_for_both_blends factors_of_blends_exchanged
    one_decision_for_all measured_from_one_peak blends_averaged
    blends_as_outputs blends_times_totals rescaled_blends_averaged
    totals_and_blends_averaged
"""
by_chunks.inherit(cases.two_summaries, NAMES.split(), merged_by)
