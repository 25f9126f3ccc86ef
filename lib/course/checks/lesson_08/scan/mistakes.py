"""08.4: the mistakes that people make."""

import torch

from course.checks.lesson_08.scan.cases import scan

OLD = "Work out `added` and `kept` from the old tables first, and write the new ones after that."
LATER = "What the earlier step has added is kept by the *later* one: a[:, shift:] * b[:, :-shift]."


def rounds(a, b, join, start=1, grow=lambda shift: 2 * shift):
    """Any way of joining: join(a, b, shift) -> the new a and b."""
    shift = start
    while shift < a.shape[1]:
        a, b = join(a, b, shift)
        shift = grow(shift)
    return b


def laid(old, new, shift):
    return torch.cat([old[:, :shift], new], dim=1)


def kept(a, shift):
    return laid(a, a[:, shift:] * a[:, :-shift], shift)


@scan.mistake("`a` is never joined: the shares stay those of single tokens.", OLD)
def shares_not_joined(a, b):
    def join(a, b, shift):
        return a, laid(b, a[:, shift:] * b[:, :-shift] + b[:, shift:], shift)

    return rounds(a, b, join)


@scan.mistake(
    "The new `a` was used for the new `b` in the same round.",
    OLD,
)
def new_shares_too_early(a, b):
    def join(a, b, shift):
        new = kept(a, shift)
        return new, laid(b, new[:, shift:] * b[:, :-shift] + b[:, shift:], shift)

    return rounds(a, b, join)


@scan.mistake("The earlier step's share stands where the later one's belongs.", LATER)
def share_of_the_earlier(a, b):
    def join(a, b, shift):
        return kept(a, shift), laid(b, a[:, :-shift] * b[:, :-shift] + b[:, shift:], shift)

    return rounds(a, b, join)


@scan.mistake("The two steps are exchanged: the later one is taken to come first.", LATER)
def exchanged(a, b):
    def join(a, b, shift):
        return kept(a, shift), laid(b, a[:, :-shift] * b[:, shift:] + b[:, :-shift], shift)

    return rounds(a, b, join)


@scan.mistake(
    "What the later step adds itself is missing.",
    "Joined, two steps add a[:, shift:] * b[:, :-shift], and also b[:, shift:].",
)
def own_part_missing(a, b):
    def join(a, b, shift):
        return kept(a, shift), laid(b, a[:, shift:] * b[:, :-shift], shift)

    return rounds(a, b, join)


@scan.mistake(
    "Nothing is kept less: the earlier part was added without its share.",
    LATER,
)
def running_sum(a, b):
    return b.cumsum(dim=1)


@scan.mistake(
    "The shares of the two steps were added, not multiplied.",
    "To keep a half of a quarter is to keep an eighth: kept = a[:, shift:] * a[:, :-shift].",
)
def shares_added(a, b):
    def join(a, b, shift):
        new = laid(a, a[:, shift:] + a[:, :-shift], shift)
        return new, laid(b, a[:, shift:] * b[:, :-shift] + b[:, shift:], shift)

    return rounds(a, b, join)


@scan.mistake(
    "The first places were left out: fewer states come back than there are tokens.",
    "They have nothing before them and stay as they are: torch.cat([b[:, :shift], added], dim=1).",
)
def first_places_lost(a, b):
    def join(a, b, shift):
        added = a[:, shift:] * b[:, :-shift] + b[:, shift:]
        return a[:, shift:] * a[:, :-shift], added

    return rounds(a, b, join)


@scan.mistake(
    "All but the last places were put before the new ones, so that there are more and more.",
    "Only the first `shift` places stay as they are: b[:, :shift], without the minus.",
)
def minus_too_many(a, b):
    def join(a, b, shift):
        added = a[:, shift:] * b[:, :-shift] + b[:, shift:]
        kept = a[:, shift:] * a[:, :-shift]
        return torch.cat([a[:, :-shift], kept], 1), torch.cat([b[:, :-shift], added], 1)

    return rounds(a, b, join)


@scan.mistake(
    "The later step's share was taken of what it adds itself, not of what came before.",
    LATER,
)
def share_of_its_own(a, b):
    def join(a, b, shift):
        return kept(a, shift), laid(b, a[:, shift:] * b[:, shift:] + b[:, :-shift], shift)

    return rounds(a, b, join)


@scan.mistake(
    "The old first places were put behind the new ones.",
    "They stand at the beginning: torch.cat([b[:, :shift], added], dim=1).",
)
def behind(a, b):
    def join(a, b, shift):
        added = a[:, shift:] * b[:, :-shift] + b[:, shift:]
        kept = a[:, shift:] * a[:, :-shift]
        return torch.cat([kept, a[:, :shift]], 1), torch.cat([added, b[:, :shift]], 1)

    return rounds(a, b, join)


@scan.mistake(
    "The beginning was filled with zeros.",
    "The first places have nothing before them and stay as they are: b[:, :shift].",
)
def zeros_first(a, b):
    def join(a, b, shift):
        added = a[:, shift:] * b[:, :-shift] + b[:, shift:]
        return kept(a, shift), torch.cat([torch.zeros_like(b[:, :shift]), added], dim=1)

    return rounds(a, b, join)


@scan.mistake(
    "One place back was joined in every round; it has to be `shift` places.",
    "a[:, shift:] is the later step, and b[:, :-shift] the earlier one, `shift` places before.",
)
def always_one(a, b):
    def join(a, b, shift):
        return kept(a, 1), laid(b, a[:, 1:] * b[:, :-1] + b[:, 1:], 1)

    return rounds(a, b, join)


@scan.mistake(
    "The states of the last round are missing: it is one round too few.",
    "The loop goes on while shift < n: shift stands at the end of a pass, doubled once.",
)
def one_round_too_few(a, b):
    def join(a, b, shift):
        return kept(a, shift), laid(b, a[:, shift:] * b[:, :-shift] + b[:, shift:], shift)

    return rounds(a, b[:, :], join, grow=lambda shift: 2 * shift if 4 * shift < a.shape[1] else 999)


@scan.mistake(
    "Only the first round was made.",
    "Write the new tables to `a` and `b`, so that the next round goes on from them.",
)
def one_round(a, b):
    if a.shape[1] < 2:
        return b
    return laid(b, a[:, 1:] * b[:, :-1] + b[:, 1:], 1)


@scan.mistake(
    "These are the shares, not the states.",
    "The state at each place is what its joined step adds: give back b.",
)
def the_shares(a, b):
    return a.cumprod(dim=1)


@scan.mistake(
    "b came back as it was: the new table was never written to it.",
    "b = torch.cat([b[:, :shift], added], dim=1) in every round.",
)
def nothing_written(a, b):
    return b


@scan.mistake(
    "The table was overwritten where it is still read.",
    "With b[:, shift:] += … the inputs change for whoever gave them. " + OLD,
)
def in_place(a, b):
    shift = 1
    while shift < a.shape[1]:
        b[:, shift:] += a[:, shift:] * b[:, :-shift]
        a[:, shift:] *= a[:, :-shift].clone()
        shift *= 2
    return b
