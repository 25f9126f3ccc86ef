"""03.3: mistakes with the two ways: what is shuffled, and where places are added."""

from course.checks.lesson_03.order.cases import look, order_counts
from course.checks.lesson_03.order.right import gap


def meet(query, key):
    """Attention of query to key, which is the value too."""
    return (query @ key.mT / key.shape[-1] ** 0.5).softmax(dim=-1) @ key


@order_counts.mistake(
    "The gap is 0 whatever the table holds.",
    "Were the places left out, did they move along with the tokens, or were both ways shuffled "
    "before attention? The tokens change seats, the seats stay: in the first way shuffle x, then "
    "add places; in the second shuffle only what attention answers.",
)
def places_moved_along(x, places, order):
    return gap(look((x + places)[:, order]), look(x + places)[:, order])


@order_counts.mistake(
    "Different tokens are compared: the two ways give their answers in different orders.",
    "The first way has shuffled before attention, so its answers stand in the new order already. "
    "Those of the second take [:, order] after it; those of the first do not, once more.",
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
    "Were the places added after attention, or tokens compared, not answers? Add the places to the "
    "tokens, let them attend, then compare.",
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
    "In the second way, output[order] picks sentences, not tokens.",
    "The first axis of the answers is the batch. The tokens are axis 1: [:, order].",
)
def sentences_of_answers_shuffled(x, places, order):
    return gap(look(x[:, order] + places), look(x + places)[order])


@order_counts.mistake(
    "In the first way only the queries are shuffled; keys and values stand in the old order.",
    "Query, key and value are the same tensor: x[:, order] + places, three times.",
)
def queries_alone_shuffled(x, places, order):
    return gap(meet(x[:, order] + places, x + places), look(x + places)[:, order])


@order_counts.mistake(
    "The queries know their places, keys and values do not.",
    "The places are added to the tokens; query, key and value are all x + places.",
)
def queries_alone_seated(x, places, order):
    return gap(meet(x[:, order] + places, x[:, order]), meet(x + places, x)[:, order])


@order_counts.mistake(
    "In the second way the values do not know their places.",
    "Both ways are the same: query, key and value are all x + places.",
)
def values_of_the_second_way_without_places(x, places, order):
    seated = x + places
    weights = (seated @ seated.mT / x.shape[-1] ** 0.5).softmax(dim=-1)
    return gap(look(x[:, order] + places), (weights @ x)[:, order])


@order_counts.mistake(
    "The values have neither places nor the new order.",
    "The tokens attend to themselves: query, key and value are one tensor, in the first way "
    "x[:, order] + places, in the second x + places.",
)
def bare_values(x, places, order):
    def with_bare_values(seated):
        return (seated @ seated.mT / x.shape[-1] ** 0.5).softmax(dim=-1) @ x

    return gap(with_bare_values(x[:, order] + places), with_bare_values(x + places)[:, order])
