"""11.2: the reference, and other right ways."""

import torch

from course.checks.lesson_11.shared import Summary
from course.checks.lesson_11.two_summaries.cases import two_summaries


@two_summaries.reference
def merged_by_logarithms(first: Summary, second: Summary) -> Summary:
    peaks, totals, blends = (
        torch.stack([a.double(), b.double()]) for a, b in zip(first, second, strict=True)
    )
    peak = peaks.amax(0)
    log_sums = peaks + totals.log()  # of each summary; their powers add up
    shares = log_sums.softmax(0)  # of each summary in the whole
    total = (log_sums.logsumexp(0) - peak).exp()
    outputs = torch.where(totals > 0, blends / totals, 0.0)
    return peak, total, (shares * outputs).sum(0) * total


@two_summaries.right_way
def merged_by_stack(first: Summary, second: Summary) -> Summary:
    peaks, totals, blends = (torch.stack(pair) for pair in zip(first, second, strict=True))
    peak = peaks.max(dim=0).values
    shrink = torch.exp(peaks - peak)
    return peak, (totals * shrink).sum(0), (blends * shrink).sum(0)


@two_summaries.right_way
def merged_with_where(first: Summary, second: Summary) -> Summary:
    higher = first[0] > second[0]
    factor = torch.exp(-(first[0] - second[0]).abs())
    ours, theirs = torch.where(higher, 1.0, factor), torch.where(higher, factor, 1.0)
    peak = torch.where(higher, first[0], second[0])
    return peak, first[1] * ours + second[1] * theirs, first[2] * ours + second[2] * theirs


@two_summaries.right_way
def merged_query_by_query(first: Summary, second: Summary) -> Summary:
    peak, total, blend = (x.clone().flatten(0, -2) for x in first)  # (queries, 1 or d_v) each
    rows = zip(*(x.flatten(0, -2) for x in second), strict=True)
    for i, (other_peak, other_total, other_blend) in enumerate(rows):
        new_peak = max(peak[i, 0], other_peak[0])
        shrink, other_shrink = torch.exp(peak[i] - new_peak), torch.exp(other_peak - new_peak)
        total[i] = total[i] * shrink + other_total * other_shrink
        blend[i] = blend[i] * shrink + other_blend * other_shrink
        peak[i] = new_peak
    return peak.view_as(first[0]), total.view_as(first[1]), blend.view_as(first[2])
