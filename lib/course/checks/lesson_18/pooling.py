"""18.4: a vector for each text of a batch."""

import torch
import torch.nn.functional as F
from torch import Tensor

from course.checking import Call, Draw, Exercise

pooling = Exercise(
    "18.4",
    returns="vectors",
    right="A text's vector is its own, whatever stands beside it in the batch.",
    forbids=("course.models",),
)


@pooling.case("a text of two tokens beside one of one token")
def two_texts(draw: Draw) -> Call:
    x = torch.tensor([[[3.0, 0.0], [3.0, 8.0]], [[5.0, 12.0], [1.0, 1.0]]])
    return Call(x, torch.tensor([2, 1]))


@pooling.case("three texts, three places, three features")
def all_threes(draw: Draw) -> Call:
    return Call(draw.tensor(3, 3, 3), torch.tensor([2, 3, 1]))


@pooling.case("four texts of up to seven tokens, five features")
def four_texts(draw: Draw) -> Call:
    lengths = [draw.integer(3, 6), 7, draw.integer(2, 5), 4]
    return Call(draw.tensor(4, 7, 5), torch.tensor(lengths))


@pooling.case("one text, all of it padding but three tokens")
def one_text(draw: Draw) -> Call:
    return Call(draw.tensor(1, 9, 6), torch.tensor([3]))


@pooling.reference
def text_by_text(x: Tensor, lengths: Tensor) -> Tensor:
    means = [row[:length].mean(dim=0) for row, length in zip(x, lengths.tolist(), strict=True)]
    return torch.stack([mean / (mean * mean).sum().sqrt() for mean in means])


def real_tokens(x: Tensor, lengths: Tensor) -> Tensor:
    """1 for a token and 0 for padding, (batch, n, 1)"""
    return (torch.arange(x.shape[1]) < lengths[:, None])[..., None].to(x.dtype)


@pooling.right_way
def mean_with_a_mask(x: Tensor, lengths: Tensor) -> Tensor:
    mean = (x * real_tokens(x, lengths)).sum(dim=1) / lengths[:, None]
    return F.normalize(mean, dim=-1)


@pooling.right_way
def sum_of_what_is_real(x: Tensor, lengths: Tensor) -> Tensor:
    padding = torch.arange(x.shape[1]) >= lengths.unsqueeze(1)
    total = x.masked_fill(padding.unsqueeze(-1), 0.0).sum(dim=1)  # a mean, up to its length
    return total / total.norm(dim=-1, keepdim=True)


@pooling.right_way
def mean_by_product(x: Tensor, lengths: Tensor) -> Tensor:
    share = real_tokens(x, lengths).mT / lengths[:, None, None]  # (batch, 1, n)
    return F.normalize((share @ x)[:, 0], dim=1)


# The mistakes

OF_ITS_OWN = (
    "Only the first lengths[i] tokens of text i are real. Put 0 in the place of the others before "
    "you add."
)
THEN_LENGTH_1 = "The mean first, then divide it by its own length: F.normalize(mean, dim=-1)."


def declare(what, way_out, name, answer):
    answer.__name__ = name
    pooling.mistake(what, way_out)(answer)


def summed(x, lengths):
    return (x * real_tokens(x, lengths)).sum(dim=1)


declare(
    "The padding was counted in.",
    OF_ITS_OWN,
    "padding_counted",
    lambda x, lengths: F.normalize(x.mean(dim=1), dim=-1),
)
declare(
    "The padding was counted in, and the vectors have not length 1.",
    OF_ITS_OWN + " " + THEN_LENGTH_1,
    "padding_counted_not_normalised",
    lambda x, lengths: x.mean(dim=1),
)
declare(
    "These are the means; their length is not 1 yet.",
    "F.normalize(mean, dim=-1) divides each row by its length.",
    "not_normalised",
    lambda x, lengths: summed(x, lengths) / lengths[:, None],
)
declare(
    "These are sums; their length is not 1 yet.",
    "F.normalize(total, dim=-1) divides each row by its length.",
    "sums",
    summed,
)
declare(
    "The sum was divided by all places, padding too, and its length is not 1 yet.",
    "A text has lengths[i] tokens; and F.normalize(mean, dim=-1) comes last.",
    "divided_by_all_places",
    lambda x, lengths: summed(x, lengths) / x.shape[1],
)
declare(
    "The first token's vector was taken for the text's.",
    "Some models are trained for that; this one was trained with the mean of all real tokens.",
    "first_token",
    lambda x, lengths: F.normalize(x[:, 0], dim=-1),
)
declare(
    "The last real token's vector was taken for the text's.",
    "This model was trained with the mean of all real tokens.",
    "last_token",
    lambda x, lengths: F.normalize(x[torch.arange(len(x)), lengths - 1], dim=-1),
)
declare(
    "The last place's vector was taken for the text's: that is padding in most rows.",
    "This model was trained with the mean of all real tokens.",
    "last_place",
    lambda x, lengths: F.normalize(x[:, -1], dim=-1),
)
declare(
    "Each token was given length 1 before the mean.",
    "A token's length counts: " + THEN_LENGTH_1,
    "tokens_normalised_first",
    lambda x, lengths: F.normalize(summed(F.normalize(x, dim=-1), lengths), dim=-1),
)
declare(
    "Each token was given length 1 before the mean, and the mean was not.",
    THEN_LENGTH_1,
    "normalised_too_early",
    lambda x, lengths: summed(F.normalize(x, dim=-1), lengths) / lengths[:, None],
)
declare(
    "The largest of all tokens was taken in each feature, not the mean.",
    "Add up the real tokens and divide.",
    "largest",
    lambda x, lengths: F.normalize(
        x.masked_fill(real_tokens(x, lengths) == 0, -torch.inf).amax(dim=1), dim=-1
    ),
)
declare(
    "One token too many was counted: place `length` is padding already.",
    "Places count from 0: `<`, not `<=`.",
    "one_too_many",
    lambda x, lengths: F.normalize(summed(x, lengths + 1), dim=-1),
)
declare(
    "The last real token is missing.",
    "Places count from 0, so all places below the length are real: arange(n) < length.",
    "last_missing",
    lambda x, lengths: F.normalize(summed(x, lengths - 1), dim=-1),
)
declare(
    "The first token is missing.",
    "[CLS] counts as well: all places from 0 up to the length.",
    "first_missing",
    lambda x, lengths: F.normalize(summed(x, lengths) - x[:, 0], dim=-1),
)
declare(
    "Real and padding are exchanged: the mean is that of the padding.",
    "arange(n) < length says which tokens are real.",
    "padding_alone",
    lambda x, lengths: F.normalize((x * (1 - real_tokens(x, lengths))).sum(dim=1), dim=-1),
)
declare(
    "Every text was taken to be as long as the first.",
    "lengths[:, None] lays the lengths down the batch.",
    "first_length_for_all",
    lambda x, lengths: F.normalize(summed(x, lengths[:1].expand(len(x))), dim=-1),
)
declare(
    "The rows of the batch were normalised together: each feature has length 1, not each text.",
    "A text's features are the last axis: F.normalize(mean, dim=-1).",
    "normalised_over_the_batch",
    lambda x, lengths: F.normalize(summed(x, lengths) / lengths[:, None], dim=0),
)
declare(
    "Each vector's numbers add up to 1 in size, but its length is not 1.",
    "Length is the root of the sum of squares: F.normalize does it.",
    "sizes_add_to_one",
    lambda x, lengths: F.normalize(summed(x, lengths), p=1, dim=-1),
)
declare(
    "The mean was divided by its squared length.",
    "Take the root: F.normalize(mean, dim=-1), or mean / mean.norm(dim=-1, keepdim=True).",
    "divided_by_the_square",
    lambda x, lengths: (
        text_by_text(x, lengths)
        / (summed(x, lengths) / lengths[:, None]).norm(dim=-1, keepdim=True)
    ),
)
declare(
    "The mean ran over the features: one number for each place.",
    "The tokens stand along axis 1: sum(dim=1).",
    "mean_over_features",
    lambda x, lengths: F.normalize((x * real_tokens(x, lengths)).mean(dim=2), dim=-1),
)
declare(
    "The mean ran over the texts of the batch.",
    "The tokens stand along axis 1: sum(dim=1).",
    "mean_over_texts",
    lambda x, lengths: F.normalize((x * real_tokens(x, lengths)).mean(dim=0), dim=-1),
)
declare(
    "The first and the last real token are missing.",
    "[CLS] and [SEP] count as well: all places from 0 up to the length.",
    "ends_missing",
    lambda x, lengths: F.normalize((x * real_tokens(x, lengths - 1))[:, 1:].sum(dim=1), dim=-1),
)
declare(
    "The lengths lie along the tokens, not down the batch.",
    "lengths[:, None] lays them down the batch: arange(n) < lengths[:, None] is (batch, n).",
    "lengths_along_the_tokens",
    lambda x, lengths: F.normalize(
        (x * (torch.arange(x.shape[1]) < lengths)[..., None]).sum(dim=1) / lengths[:, None], dim=-1
    ),
)
declare(
    "The sums were divided by lengths that lie along the features.",
    "lengths[:, None] lays them down the batch: each text has its own.",
    "lengths_along_the_features",
    lambda x, lengths: F.normalize(summed(x, lengths) / lengths, dim=-1),
)
