"""11.3: mistakes with the unit that a chunk is counted in."""

import torch

from course.checks.lesson_11.by_chunks.cases import by_chunks
from course.checks.lesson_11.by_chunks.right import summaries

BOTH = "Both count in e^peak, so a new peak changes the unit of both."


@by_chunks.mistake(
    "Right for small scores: the first chunk's peak was kept for all chunks, or one peak was taken "
    "for all queries.",
    "Far below a score its power overflows, far above all of them every power is rounded to 0, and "
    "inf / inf and 0 / 0 are nan. Measure each query from the higher of its two peaks, as a merge "
    "has to (11.2).",
)
def first_peak_for_all(query, key, value, key_chunk):
    peak, total, blend = summaries(query, key, value, key_chunk)[0]
    keys, values = key.split(key_chunk, -2)[1:], value.split(key_chunk, -2)[1:]
    for k, v in zip(keys, values, strict=True):
        powers = (query @ k.mT / query.shape[-1] ** 0.5 - peak).exp()
        total, blend = total + powers.sum(-1, keepdim=True), blend + powers @ v
    return blend / total


@by_chunks.mistake(
    "The chunks' answers were weighed by their peaks alone.",
    "A chunk's share is e^peak times its total: merge the summaries, undivided.",
)
def weighed_by_peaks(query, key, value, key_chunk):
    found = summaries(query, key, value, key_chunk)
    shares = torch.stack([peak for peak, _, _ in found]).softmax(dim=0)
    return (shares * torch.stack([blend / total for _, total, blend in found])).sum(dim=0)


def declare_one_rescaled(of_total, of_blend, what):
    def one_rescaled(query, key, value, key_chunk):
        (peak, total, blend), *others = summaries(query, key, value, key_chunk)
        for new_peak, new_total, new_blend in others:
            common = torch.maximum(peak, new_peak)
            old, new = (peak - common).exp(), (new_peak - common).exp()
            total = total * (old if of_total else 1) + new_total * new
            blend = blend * (old if of_blend else 1) + new_blend * new
            peak = common
        return blend / total

    one_rescaled.__name__ = f"rescaled_{'total' if of_total else 'blend'}_alone"
    by_chunks.mistake(what, BOTH)(one_rescaled)


declare_one_rescaled(
    True, False, "The old total was brought to the new peak, the old blend was not."
)
declare_one_rescaled(
    False, True, "The old blend was brought to the new peak, the old total was not."
)
