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


PRODUCT = "To keep a half of a quarter is to keep an eighth: the product of both steps' shares."


@scan.mistake(
    "The shares are never joined: in every round they are those of single tokens.", PRODUCT
)
def shares_not_joined(a, b):
    def join(a, b, shift):
        return a, laid(b, a[:, shift:] * b[:, :-shift] + b[:, shift:], shift)

    return rounds(a, b, join)


@scan.mistake(
    "The earlier part was kept by both shares, as with a new `a` in the same round.",
    OLD + " The earlier part goes through the later step alone.",
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
    "These are the sums of `b` so far: the earlier part was added without the later step's share.",
    LATER,
)
def running_sum(a, b):
    return b.cumsum(dim=1)


@scan.mistake(
    "The shares of the two steps were added, not multiplied.",
    PRODUCT,
)
def shares_added(a, b):
    def join(a, b, shift):
        new = laid(a, a[:, shift:] + a[:, :-shift], shift)
        return new, laid(b, a[:, shift:] * b[:, :-shift] + b[:, shift:], shift)

    return rounds(a, b, join)


@scan.mistake(
    "The first places are not there: fewer states come back than there are tokens.",
    "They have nothing before them and stay as they are: torch.cat([b[:, :shift], added], dim=1).",
)
def first_places_lost(a, b):
    def join(a, b, shift):
        added = a[:, shift:] * b[:, :-shift] + b[:, shift:]
        return a[:, shift:] * a[:, :-shift], added

    return rounds(a, b, join)


@scan.mistake(
    "More than the first `shift` places stand before the new ones, and the table grows.",
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
    "The beginning was filled with zeros.",
    "The first places have nothing before them and stay as they are: b[:, :shift].",
)
def zeros_first(a, b):
    def join(a, b, shift):
        added = a[:, shift:] * b[:, :-shift] + b[:, shift:]
        return kept(a, shift), torch.cat([torch.zeros_like(b[:, :shift]), added], dim=1)

    return rounds(a, b, join)


@scan.mistake(
    "In every round each place was joined with the one before it; it has to be `shift` before.",
    "a[:, shift:] is the later step, and b[:, :-shift] the earlier one, `shift` places before.",
)
def always_one(a, b):
    def join(a, b, shift):
        return kept(a, 1), laid(b, a[:, 1:] * b[:, :-1] + b[:, 1:], 1)

    return rounds(a, b, join)


@scan.mistake(
    "What came is the first round alone.",
    "The next round goes on from the new tables, `a` and `b`, with twice the shift.",
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
    "b came back as it was.",
    "In every round the new table goes to b: torch.cat([b[:, :shift], added], dim=1).",
)
def nothing_written(a, b):
    return b


@scan.mistake(
    "The tables that came in were changed.",
    "b[:, shift:] += … writes into them, and whoever gave them still needs them. " + OLD,
)
def in_place(a, b):
    shift = 1
    while shift < a.shape[1]:
        b[:, shift:] += a[:, shift:] * b[:, :-shift]
        a[:, shift:] *= a[:, :-shift].clone()
        shift *= 2
    return b


@scan.mistake(
    "The states are right, but each waits for the one before, as in a loop over the tokens.",
    "Join all places at once in every round: a[:, shift:] and a[:, :-shift], not one token.",
)
def by_waiting_too(a, b):
    h, states = torch.zeros_like(b[:, 0]), []
    for t in range(b.shape[1]):
        h = a[:, t] * h + b[:, t]
        states.append(h)
    return torch.stack(states, dim=1)


@scan.mistake(
    "From a share of 0 on nothing is a number, as where one divides by the product of all shares.",
    "Joined steps need no division.",
)
def closed_form(a, b):
    shares = a.cumprod(dim=1)
    return shares * (b / shares).cumsum(dim=1)


def from_the_front(of_a, of_b):
    def answer(a, b):
        def join(a, b, shift):
            earlier_a = a[:, :shift] if of_a else a[:, :-shift]
            earlier_b = b[:, :shift] if of_b else b[:, :-shift]
            added = a[:, shift:] * earlier_b + b[:, shift:]
            return laid(a, a[:, shift:] * earlier_a, shift), laid(b, added, shift)

        return rounds(a, b, join)

    return answer


for of_a, of_b, name in ((True, True, "both"), (True, False, "shares"), (False, True, "additions")):
    slip = from_the_front(of_a, of_b)
    slip.__name__ = f"from_the_front_{name}"
    scan.mistake(
        "The first `shift` places stand where the earlier step of each place belongs: a minus is "
        "missing.",
        "`:shift` are the first `shift` places. `:-shift` are all but the last `shift`: for each "
        "later step the one before it.",
    )(slip)
