"""08.4: mistakes in what a joined step keeps and adds."""

import torch

from course.checks.lesson_08.scan.cases import scan
from course.checks.lesson_08.scan.mistakes import LATER, PRODUCT, laid, rounds


def slip_in_a_round(what, way_out, name, join):
    """Declare a slip: join(later a, later b, earlier a, earlier b) -> added, kept."""

    def answer(a, b):
        def round_of(a, b, shift):
            added, kept = join(a[:, shift:], b[:, shift:], a[:, :-shift], b[:, :-shift])
            return laid(a, kept, shift), laid(b, added, shift)

        return rounds(a, b, round_of)

    answer.__name__ = name
    scan.mistake(what, way_out)(answer)


slip_in_a_round(
    "The later step's share was taken twice in `kept`.",
    PRODUCT + " The earlier one's is a[:, :-shift].",
    "kept_squared",
    lambda a, b, a_before, b_before: (a * b_before + b, a * a),
)
slip_in_a_round(
    "`kept` is the earlier step's share alone.",
    PRODUCT,
    "kept_of_the_earlier",
    lambda a, b, a_before, b_before: (a * b_before + b, a_before),
)
slip_in_a_round(
    "`kept` was made of what the earlier step adds, not of its share.",
    PRODUCT + " Shares stand in `a`.",
    "kept_of_additions",
    lambda a, b, a_before, b_before: (a * b_before + b, a * b_before),
)
slip_in_a_round(
    "The later step's share was taken of what it adds itself, too.",
    LATER + " What the later step adds comes on top, whole: no brackets around the sum.",
    "brackets",
    lambda a, b, a_before, b_before: (a * (b_before + b), a * a_before),
)
slip_in_a_round(
    "What the later step adds was multiplied by the earlier step's share.",
    LATER + " What the later step adds comes on top, whole.",
    "crossed",
    lambda a, b, a_before, b_before: (a * b_before + a_before * b, a * a_before),
)
slip_in_a_round(
    "The earlier part is in it twice, once without a share, and the later step's own is missing.",
    LATER + " What the later step adds comes on top: b[:, shift:].",
    "earlier_for_later",
    lambda a, b, a_before, b_before: (a * b_before + b_before, a * a_before),
)
slip_in_a_round(
    "`added` and `kept` are exchanged.",
    "What is kept is a product of shares; what is added goes to b.",
    "names_exchanged",
    lambda a, b, a_before, b_before: (a * a_before, a * b_before + b),
)
slip_in_a_round(
    "What the later step adds was taken away.",
    LATER + " What the later step adds comes on top: + b[:, shift:].",
    "taken_away",
    lambda a, b, a_before, b_before: (a * b_before - b, a * a_before),
)
slip_in_a_round(
    "What is added went through tanh.",
    "There is none here: h = a h + b, and so two steps are again one such step.",
    "tanh_left_in",
    lambda a, b, a_before, b_before: (torch.tanh(a * b_before + b), a * a_before),
)


@scan.mistake(
    "In each round the steps were joined one place apart, and then laid behind the first `shift`.",
    "`shift` doubles, and the slices with it: a[:, shift:] and a[:, :-shift].",
)
def one_in_the_slices(a, b):
    def join(a, b, shift):
        added = a[:, 1:] * b[:, :-1] + b[:, 1:]
        return laid(a, a[:, 1:] * a[:, :-1], shift), laid(b, added, shift)

    return rounds(a, b, join)


@scan.mistake(
    "The slices run along the batch: a[shift:] leaves out rows, not tokens.",
    "a is (batch, n, d): its places are axis 1, a[:, shift:].",
)
def along_the_batch(a, b):
    def join(a, b, shift):
        added = a[shift:] * b[:-shift] + b[shift:]
        return laid(a, a[shift:] * a[:-shift], shift), laid(b, added, shift)

    return rounds(a, b, join)
