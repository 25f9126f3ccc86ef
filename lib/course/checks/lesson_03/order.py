"""03.3: how much the order counts.

A number that is read, not trained through: no case asks for a gradient.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from attn import scaled_dot_product_attention
from course.checking import Call, Draw, Exercise

order_counts = Exercise(
    "03.3",
    returns="gap",
    right="0 where attention is blind to the order, more where it sees it.",
)


@order_counts.case("one sentence of two tokens, which change seats")
def two_tokens(draw: Draw) -> Call:
    x = torch.tensor([[[1.0, 0.0], [0.0, 2.0]]])
    return Call(x, torch.tensor([[0.0, 0.0], [1.0, 1.0]]), torch.tensor([1, 0]))


@order_counts.case("three sentences of three tokens, each one seat on")
def all_three(draw: Draw) -> Call:
    return Call(draw.tensor(3, 3, 3), draw.tensor(3, 3), torch.tensor([1, 2, 0]))


@order_counts.case("batch=2, n=5, d_model=4")
def other_sizes(draw: Draw) -> Call:
    return Call(draw.tensor(2, 5, 4), draw.tensor(5, 4), draw.tensor(5).argsort())


@order_counts.case("batch=2, n=4, d_model=6, and a table of zeros")
def nobody_knows_the_seat(draw: Draw) -> Call:
    return Call(draw.tensor(2, 4, 6), torch.zeros(4, 6), torch.tensor([3, 0, 2, 1]))


@order_counts.case("batch=2, n=3, d_model=4, scores of some hundreds")
def large_scores(draw: Draw) -> Call:
    return Call(20 * draw.tensor(2, 3, 4), draw.tensor(3, 4), torch.tensor([2, 0, 1]))


def look(x: Tensor) -> Tensor:
    """Attention of x (..., n, d_model) to itself."""
    return (x @ x.mT / x.shape[-1] ** 0.5).softmax(dim=-1) @ x


def gap(first: Tensor, second: Tensor) -> Tensor:
    return (first - second).abs().max()


@order_counts.reference
def gap_in_doubles(x: Tensor, places: Tensor, order: Tensor) -> Tensor:
    worst = torch.tensor(0.0, dtype=torch.float64)
    for sentence in x.double():  # (n, d_model)
        moved = torch.stack([sentence[token] for token in order.tolist()])
        seated = (moved + places)[None]  # (1, n, d_model), float64
        once = F.scaled_dot_product_attention(seated, seated, seated)[0]
        seated = (sentence + places)[None]
        late = F.scaled_dot_product_attention(seated, seated, seated)[0]
        for seat, token in enumerate(order.tolist()):
            worst = torch.maximum(worst, (once[seat] - late[token]).abs().max())
    return worst.float()


@order_counts.right_way
def gap_by_indexing(x: Tensor, places: Tensor, order: Tensor) -> Tensor:
    return gap(look(x[:, order] + places), look(x + places)[:, order])


@order_counts.right_way
def gap_by_a_matrix(x: Tensor, places: Tensor, order: Tensor) -> Tensor:
    shuffle = torch.eye(len(order))[order]  # (n, n): row i picks token order[i]
    return gap(look(shuffle @ x + places), shuffle @ look(x + places))


@order_counts.right_way
def gap_by_index_select(x: Tensor, places: Tensor, order: Tensor) -> Tensor:
    first = look(x.index_select(1, order) + places)
    return torch.linalg.vector_norm(first - look(x + places)[:, order], float("inf"))


@order_counts.mistake(
    "The gap is 0 whatever the table holds.",
    "Either the places were left out, or they moved along with the tokens. The tokens change "
    "seats, the seats stay: shuffle x first, then add places.",
)
def places_moved_along(x, places, order):
    return gap(look((x + places)[:, order]), look(x + places)[:, order])


@order_counts.mistake(
    "The answers of the second way were not shuffled.",
    "There, attention comes first and the shuffle after it: [:, order] belongs to the answers too. "
    "Else different tokens are compared.",
)
def answers_not_shuffled(x, places, order):
    return gap(look(x[:, order] + places), look(x + places))


@order_counts.mistake(
    "The tokens of the first way were not shuffled.",
    "Shuffle x first, x[:, order], and let it attend then.",
)
def tokens_not_shuffled(x, places, order):
    return gap(look(x + places), look(x + places)[:, order])


@order_counts.mistake(
    "The answers were shuffled back, not along.",
    "Both ways use the same order: [:, order], not order.argsort().",
)
def shuffled_back(x, places, order):
    return gap(look(x[:, order] + places), look(x + places)[:, order.argsort()])


@order_counts.mistake(
    "The places were shuffled, not the tokens.",
    "The seats stay where they are. It is x that changes its order: x[:, order] + places.",
)
def places_shuffled(x, places, order):
    return gap(look(x + places[order]), look(x + places)[:, order])


@order_counts.mistake(
    "x[order] picks sentences, not tokens.",
    "The first axis of x is the batch. The tokens are axis 1: x[:, order].",
)
def sentences_shuffled(x, places, order):
    return gap(look(x[order] + places), look(x + places)[order])


@order_counts.mistake(
    "x[..., order] picks features, not tokens.",
    "The last axis of x is d_model. The tokens are axis 1: x[:, order].",
)
def features_shuffled(x, places, order):
    return gap(look(x[..., order] + places), look(x + places)[..., order])


@order_counts.mistake(
    "Only the first of the two ways has places.",
    "Both ways are the same attention over the same seats: add places in both.",
)
def second_without_places(x, places, order):
    return gap(look(x[:, order] + places), look(x)[:, order])


@order_counts.mistake(
    "Only the second of the two ways has places.",
    "Both ways are the same attention over the same seats: add places in both.",
)
def first_without_places(x, places, order):
    return gap(look(x[:, order]), look(x + places)[:, order])


@order_counts.mistake(
    "Attention has not met the places: the gap is that of the table alone.",
    "Either the places were added after attention, or tokens were compared, not answers. Add the "
    "places to the tokens, let them attend, then compare.",
)
def places_after_attention(x, places, order):
    return gap(look(x[:, order]) + places, (look(x) + places)[:, order])


@order_counts.mistake(
    "Queries and keys know their places, the values do not.",
    "The places are added to the tokens; query, key and value are all x + places.",
)
def values_without_places(x, places, order):
    def half(x):
        seated = x + places
        return (seated @ seated.mT / x.shape[-1] ** 0.5).softmax(dim=-1) @ x

    return gap(half(x[:, order]), half(x)[:, order])


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
    def both(x):
        return scaled_dot_product_attention(x, x, x)

    return (both(x[:, order] + places) - both(x + places)).abs().max()
