"""03.3: mistakes with what is compared, and with the one number that is made of it."""

import torch

from attn import scaled_dot_product_attention
from course.checks.lesson_03.order.cases import look, order_counts
from course.checks.lesson_03.order.right import gap


@order_counts.mistake(
    "The weights were compared, not the answers.",
    "Attention gives back two things, the output and the weights. Compare the output.",
)
def weights_compared(x, places, order):
    def weights(x):
        return (x @ x.mT / x.shape[-1] ** 0.5).softmax(dim=-1)

    return gap(weights(x[:, order] + places), weights(x + places)[:, order])


@order_counts.mistake(
    "The signs are still there: a large negative difference counts for nothing.",
    "Take .abs() before the largest is taken.",
)
def without_abs(x, places, order):
    return (look(x[:, order] + places) - look(x + places)[:, order]).max()


@order_counts.mistake(
    "The mean of all differences came back.",
    "Asked is the largest one: .abs().max().",
)
def mean_for_max(x, places, order):
    return (look(x[:, order] + places) - look(x + places)[:, order]).abs().mean()


@order_counts.mistake(
    "All differences were added up.",
    "Asked is the largest one: .abs().max().",
)
def sum_for_max(x, places, order):
    return (look(x[:, order] + places) - look(x + places)[:, order]).abs().sum()


@order_counts.mistake(
    "The differences were squared.",
    "Asked is the largest difference itself: .abs().max().",
)
def squared(x, places, order):
    return (look(x[:, order] + places) - look(x + places)[:, order]).pow(2).max()


@order_counts.mistake(
    "The whole table of differences came back.",
    "One number is asked, the largest of them all: .max().",
)
def table_of_differences(x, places, order):
    return (look(x[:, order] + places) - look(x + places)[:, order]).abs()


@order_counts.mistake(
    "There is one number for each token.",
    "One number is asked, the largest of them all: .max() without an axis.",
)
def one_for_each_token(x, places, order):
    return (look(x[:, order] + places) - look(x + places)[:, order]).abs().amax(dim=-1)


@order_counts.mistake(
    "There is one number for each sentence.",
    "One number is asked, the largest of all sentences: .max() without an axis.",
)
def one_for_each_sentence(x, places, order):
    return (look(x[:, order] + places) - look(x + places)[:, order]).abs().amax(dim=(1, 2))


@order_counts.mistake(
    "Yes or no came back.",
    "Asked is how much, as a number: the largest absolute difference.",
)
def yes_or_no(x, places, order):
    return not torch.allclose(look(x[:, order] + places), look(x + places)[:, order])


@order_counts.mistake(
    "A plain Python number came back.",
    "The number is right. Leave out .item(): asked is the tensor that holds it, of shape ().",
)
def plain_number(x, places, order):
    return gap(look(x[:, order] + places), look(x + places)[:, order]).item()


@order_counts.mistake(
    "Output and weights together were taken for the answer.",
    "attention gives back both; .output is the answer.",
)
def output_and_weights(x, places, order):
    return (attended(x[:, order] + places) - attended(x + places)).abs().max()


@order_counts.mistake(
    "Output and weights together were put into the new order.",
    "attention gives back both; .output is the answer.",
)
def output_and_weights_reordered(x, places, order):
    return (attended(x[:, order] + places) - attended(x + places)[:, order]).abs().max()


def attended(x):
    """Output and weights, in one."""
    return scaled_dot_product_attention(x, x, x)


def difference(x, places, order):
    """(batch, n, d_model)"""
    return look(x[:, order] + places) - look(x + places)[:, order]


ONE_FOR_ALL = "Asked is one number, the largest of all sentences: .abs().max() without an index."


@order_counts.mistake("Only the first sentence is compared.", ONE_FOR_ALL)
def first_sentence_alone(x, places, order):
    return difference(x, places, order)[0].abs().max()


@order_counts.mistake("Only the last sentence is compared.", ONE_FOR_ALL)
def last_sentence_alone(x, places, order):
    return difference(x, places, order)[-1].abs().max()


@order_counts.mistake("Only the first token of each sentence is compared.", ONE_FOR_ALL)
def first_token_alone(x, places, order):
    return difference(x, places, order)[:, 0].abs().max()


@order_counts.mistake("Only the last token of each sentence is compared.", ONE_FOR_ALL)
def last_token_alone(x, places, order):
    return difference(x, places, order)[:, -1].abs().max()


@order_counts.mistake("Only the first feature of each token is compared.", ONE_FOR_ALL)
def first_feature_alone(x, places, order):
    return difference(x, places, order)[..., 0].abs().max()


@order_counts.mistake(
    "The largest number of each answer was taken first, and then the difference.",
    "The answers are compared place by place: their difference first, then .abs().max().",
)
def largest_less_largest(x, places, order):
    return (look(x[:, order] + places).max() - look(x + places).max()).abs()


@order_counts.mistake(
    "The largest number of each answer was taken first, and then the difference, with its sign.",
    "The answers are compared place by place: their difference first, then .abs().max().",
)
def largest_less_largest_with_a_sign(x, places, order):
    return look(x[:, order] + places).max() - look(x + places).max()


@order_counts.mistake(
    "The smallest difference came back.",
    "Asked is the largest one: .abs().max().",
)
def min_for_max(x, places, order):
    return difference(x, places, order).abs().min()


@order_counts.mistake(
    "The root of the sum of squares came back, the length of the difference.",
    "Asked is the largest single difference: .abs().max().",
)
def length_for_max(x, places, order):
    return difference(x, places, order).norm()


def declare_max_along(axis):
    def max_along_an_axis(x, places, order):
        return tuple(difference(x, places, order).abs().max(dim=axis))

    max_along_an_axis.__name__ = f"max_along_axis_{axis}"
    order_counts.mistake(
        ".max() with an axis gives back two things, the largest numbers and where they stand.",
        "One number is asked, the largest of them all: .max() without an axis.",
    )(max_along_an_axis)


for axis in (0, 1, 2):
    declare_max_along(axis)
