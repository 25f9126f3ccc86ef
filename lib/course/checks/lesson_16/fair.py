"""16.3: a mean in which every example counts the same."""

import torch
from torch import Tensor

from course.checking import Call, Draw, Exercise

fair = Exercise(
    "16.3",
    returns="loss",
    right="Every example counts the same, however long it is.",
)


def losses(draw: Draw, n: int, *lengths: int) -> Call:
    """Drawn losses, at padding too; each row has so many real words."""
    real = torch.arange(n) < torch.tensor(lengths)[:, None]
    return Call(draw.tensor(len(lengths), n).abs() + 0.1, real)


@fair.case("the numbers of the text: a translation of four words, an answer of one")
def by_hand(draw: Draw) -> Call:
    each = torch.tensor([[1.0, 1.0, 1.0, 1.0], [3.0, 9.0, 9.0, 9.0]])
    return Call(each, torch.tensor([[True] * 4, [True, False, False, False]]))


@fair.case("four examples, four places")
def four_of_four(draw: Draw) -> Call:
    return losses(draw, 4, 2, 4, 1, 3)


@fair.case("no padding at all")
def no_padding(draw: Draw) -> Call:
    return losses(draw, 5, 5, 5, 5)


@fair.case("six examples, three places")
def more_examples_than_places(draw: Draw) -> Call:
    return losses(draw, 3, 1, 3, 2, 2, 3, 1)


@fair.case("a real word whose loss is exactly 0")
def nothing_lost(draw: Draw) -> Call:
    each = torch.tensor([[0.0, 1.0, 2.0], [3.0, 9.0, 9.0]])
    return Call(each, torch.tensor([[True, True, False], [True, False, False]]))


@fair.case("padding in every row")
def padding_everywhere(draw: Draw) -> Call:
    return losses(draw, 6, 2, 4, 1)


@fair.case("three examples of 7, 2 and 4 words")
def three_examples(draw: Draw) -> Call:
    return losses(draw, 7, 7, 2, 4)


@fair.reference
def means_row_by_row(each: Tensor, real: Tensor) -> Tensor:
    rows = [values[kept].mean() for values, kept in zip(each, real, strict=True)]
    return torch.stack(rows).mean()


@fair.right_way
def fair_by_sums(each: Tensor, real: Tensor) -> Tensor:
    return ((each * real).sum(dim=1) / real.sum(dim=1)).mean()


@fair.right_way
def fair_by_filling(each: Tensor, real: Tensor) -> Tensor:
    return each.masked_fill(~real, torch.nan).nanmean(dim=1).mean()


@fair.right_way
def fair_by_weights(each: Tensor, real: Tensor) -> Tensor:
    weights = real / real.sum(dim=-1, keepdim=True) / len(real)
    return (weights.to(each.dtype) * each).sum()


@fair.right_way
def fair_by_a_loop(each: Tensor, real: Tensor) -> Tensor:
    total = each.new_zeros(())
    for values, kept in zip(each, real, strict=True):
        total = total + (values * kept).sum() / kept.sum()
    return total / len(each)


FIRST = "First the mean of each row over its own words, then the mean of those."
OWN = "Divide each row's sum by the number of its own words: real.sum(dim=1)."


def rows_of(each, real):
    return (each * real).sum(dim=1) / real.sum(dim=1)


@fair.mistake(
    "This is one mean over all words: long examples count for more.",
    FIRST,
)
def plain_mean(each, real):
    return each[real].mean()


@fair.mistake("Padding counts like words.", "Take the places where `real` is true. " + FIRST)
def padding_counts(each, real):
    return each.mean()


@fair.mistake(
    "Padding adds nothing, but each row was divided by all its places.",
    OWN,
)
def divided_by_places(each, real):
    return (each * real).mean(dim=1).mean()


@fair.mistake(
    "The padding was added, and then each row divided by the number of its words.",
    "Leave the padding out of the sum, too: each * real. " + OWN,
)
def padding_summed(each, real):
    return (each.sum(dim=1) / real.sum(dim=1)).mean()


@fair.mistake("This is the sum of the rows' means.", "Then their mean: one number a row, averaged.")
def sum_of_means(each, real):
    return rows_of(each, real).sum()


@fair.mistake(
    "Each row was summed, and the mean of these sums taken.",
    "A sum grows with the length. " + OWN,
)
def mean_of_sums(each, real):
    return (each * real).sum(dim=1).mean()


@fair.mistake("This is the sum of all words' losses.", FIRST)
def sum_of_all(each, real):
    return (each * real).sum()


@fair.mistake(
    "The mean of each place was taken first, not of each example.",
    "An example is a row: sum along axis 1. " + FIRST,
)
def down_the_places(each, real):
    counts = real.sum(dim=0)
    means = (each * real).sum(dim=0)[counts > 0] / counts[counts > 0]
    return means.mean()


@fair.mistake(
    "The rows' means came back one by one.",
    "One number is asked for: their mean.",
)
def one_by_one(each, real):
    return rows_of(each, real)


@fair.mistake(
    "Rows were weighted by the squares of their lengths.",
    "Every example counts the same: a plain mean of the rows' means.",
)
def weighted_again(each, real):
    lengths = real.sum(dim=1).to(each.dtype)
    return (rows_of(each, real) * lengths**2).sum() / (lengths**2).sum()


@fair.mistake(
    "The mask is turned around: only padding counts.",
    "`real` is true where there is a word.",
)
def only_padding(each, real):
    padding = ~real
    return ((each * padding).sum(dim=1) / padding.sum(dim=1).clamp(min=1)).mean()


@fair.mistake("Only the first word of each row counts.", FIRST)
def first_word(each, real):
    return each[:, 0].mean()


@fair.mistake(
    "Only examples without padding count.",
    "Every example counts, with the words that it has.",
)
def full_rows(each, real):
    full = real.all(dim=1)
    return (each * full[:, None]).sum() / (full.sum() * each.shape[1]).clamp(min=1)


@fair.mistake(
    "Each row was divided by the number of real words of the whole batch.",
    OWN,
)
def divided_by_all_words(each, real):
    return ((each * real).sum(dim=1) / real.sum()).mean()


@fair.mistake(
    "Each row was divided by the number of examples, not of its words.",
    OWN,
)
def divided_by_examples(each, real):
    return ((each * real).sum(dim=1) / len(each)).mean()


@fair.mistake(
    "Each row was divided by the square root of its length.",
    "So long rows still count for more. " + OWN,
)
def root_of_the_length(each, real):
    return ((each * real).sum(dim=1) / real.sum(dim=1).sqrt()).mean()


@fair.mistake(
    "The largest of the rows' means came back.",
    "Every example counts the same: the mean of the rows' means.",
)
def largest(each, real):
    return rows_of(each, real).max()


@fair.mistake(
    "The largest loss of each row was taken, not the mean.",
    FIRST,
)
def largest_word(each, real):
    return each.masked_fill(~real, -1).max(dim=1).values.mean()


@fair.mistake("This is the median of the rows' means.", "The mean: their sum over their number.")
def median(each, real):
    return rows_of(each, real).median()


@fair.mistake(
    "Every row's sum was divided by every row's number of words.",
    "Sums and numbers of words meet row by row if both are (batch,), or both (batch, 1).",
)
def every_sum_with_every_count(each, real):
    return ((each * real).sum(dim=1, keepdim=True) / real.sum(dim=1)).mean()


@fair.mistake(
    "The sum of the rows' means was divided by the number of places, not of examples.",
    "A mean over examples divides by the number of rows.",
)
def over_places(each, real):
    return rows_of(each, real).sum() / each.shape[1]


@fair.mistake(
    "The rows' sums were multiplied by their lengths, not divided.",
    OWN,
)
def multiplied(each, real):
    return ((each * real).sum(dim=1) * real.sum(dim=1)).mean()


@fair.mistake(
    "A real word whose loss is 0 doesn't count as a word.",
    "How many words a row has is in `real`, not in the losses. " + OWN,
)
def zero_is_no_word(each, real):
    kept = each * real
    return (kept.sum(dim=1) / (kept != 0).sum(dim=1).clamp(min=1)).mean()


@fair.mistake("Each row was divided by the length of the longest one.", OWN)
def divided_by_the_longest(each, real):
    return ((each * real).sum(dim=1) / real.sum(dim=1).max()).mean()


@fair.mistake("The sum of all losses was divided by the length of the longest row.", FIRST)
def sum_over_the_longest(each, real):
    return (each * real).sum() / real.sum(dim=1).max()
