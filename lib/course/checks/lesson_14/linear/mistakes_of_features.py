"""14.1: mistakes with the features and the division."""

import torch.nn.functional as F

from course.checks.lesson_14.linear.cases import linear
from course.checks.lesson_14.linear.right import linear_by_brackets
from course.checks.lesson_14.shared import DIVIDED, NO_FEATURES, SOFTMAX, phi, share, weigh

VALUE_FEATURES = (
    "The values went through the feature map too.",
    "Only what is compared needs features: query and key. Values are handed on as they are.",
)


@linear.mistake(*NO_FEATURES)
def linear_without_features(query, key, value):
    return query @ (key.mT @ value) / (query @ key.sum(-2)[..., None])


@linear.mistake(
    "Only the query went through the feature map.",
    "A weight is phi(q)·phi(k): the keys need their features too, in s and in z.",
)
def linear_raw_keys(query, key, value):
    return phi(query) @ (key.mT @ value) / (phi(query) @ key.sum(-2)[..., None])


@linear.mistake(
    "Only the keys went through the feature map.",
    "A weight is phi(q)·phi(k): the query needs its features too, above and below the fraction.",
)
def linear_raw_queries(query, key, value):
    return query @ (phi(key).mT @ value) / (query @ phi(key).sum(-2)[..., None])


@linear.mistake(*DIVIDED)
def linear_not_divided(query, key, value):
    return phi(query) @ (phi(key).mT @ value)


@linear.mistake(
    "The blend was divided by the number of keys.",
    "Not every key weighs the same. The divisor is the sum of this query's weights: phi(q)·z.",
)
def linear_divided_by_n(query, key, value):
    return phi(query) @ (phi(key).mT @ value) / key.shape[-2]


@linear.mistake(
    "The divisor is the sum of the keys' features alone: the query has no part in it.",
    "Each query weighs the keys in its own way, so it has a divisor of its own: phi(q)·z.",
)
def linear_divided_without_query(query, key, value):
    return phi(query) @ (phi(key).mT @ value) / phi(key).sum((-2, -1), keepdim=True)


@linear.mistake(
    "s was divided by z before any query read from it.",
    "A ratio of sums is not a sum of ratios. First the query reads from s and from z, then the one "
    "is divided by the other.",
)
def linear_table_divided(query, key, value):
    return phi(query) @ (phi(key).mT @ value / phi(key).sum(-2)[..., None])


@linear.mistake(
    "The feature map was applied to the scores, after the product.",
    "phi works on query and key each by itself, before they meet. After the product it needs the "
    "whole table of pairs again.",
)
def linear_features_of_scores(query, key, value):
    return share(phi(query @ key.mT)) @ value


@linear.mistake(*SOFTMAX)
def linear_softmax(query, key, value):
    return F.scaled_dot_product_attention(query, key, value)


@linear.mistake(*VALUE_FEATURES)
def linear_value_features(query, key, value):
    return linear_by_brackets(query, key, phi(value))


@linear.mistake(
    "A softmax stands where the division should be.",
    "The weights phi(q)·phi(k) are positive already. They only have to be divided by their sum.",
)
def linear_softmax_of_features(query, key, value):
    return weigh(query, key).softmax(-1) @ value


@linear.mistake(
    "Query and key went through phi twice.",
    "Once is enough: either when the features are made, or where they are used.",
)
def linear_features_twice(query, key, value):
    return linear_by_brackets(phi(query), phi(key), value)


@linear.mistake(
    "The query was divided by √d before phi.",
    "That belongs to the softmax, which large scores would saturate. Here phi takes the query as "
    "it is.",
)
def linear_scaled_query(query, key, value):
    return linear_by_brackets(query / query.shape[-1] ** 0.5, key, value)


@linear.mistake(
    "Query and key were divided by √d before phi.",
    "That belongs to the softmax, which large scores would saturate. Here phi takes them as they "
    "are.",
)
def linear_scaled_twice(query, key, value):
    root = query.shape[-1] ** 0.5
    return linear_by_brackets(query / root, key / root, value)


@linear.mistake(
    "A softmax stands in the place of phi.",
    "There are papers that do so. The features of this lesson are phi(query) and phi(key), and the "
    "divisor is phi(q)·z.",
)
def linear_by_two_softmaxes(query, key, value):
    return query.softmax(-1) @ (key.softmax(-2).mT @ value)


@linear.mistake(
    "Later keys are hidden, as if the attention were causal.",
    "Here every query reads what all keys have left in s and z. (The running sum comes in 14.2.)",
)
def linear_causal(query, key, value):
    return share(weigh(query, key, causal=True)) @ value


@linear.mistake(
    "The 1 is missing from the features: elu(x) alone may be below 0.",
    "phi(x) is elu(x) + 1, above 0 everywhere. The lesson's phi has it: phi(query), phi(key).",
)
def linear_elu_without_one(query, key, value):
    query, key = F.elu(query), F.elu(key)
    return query @ (key.mT @ value) / (query @ key.sum(-2)[..., None])


@linear.mistake(
    "Softmax attention was given the features in place of queries and keys.",
    "There the softmax still stands between the two products. Here a weight is the product "
    "phi(q)·phi(k) itself: collect s and z, and divide.",
)
def linear_softmax_attention_of_features(query, key, value):
    return F.scaled_dot_product_attention(phi(query), phi(key), value)


@linear.mistake(
    "The features are powers alone: exp stands in the place of phi.",
    "It is positive too, and some papers take it. The lesson's phi is x + 1 above 0.",
)
def linear_exp_features(query, key, value):
    query, key = query.exp(), key.exp()
    return query @ (key.mT @ value) / (query @ key.sum(-2)[..., None])


@linear.mistake(
    "A softmax over the features stands in the place of phi.",
    "Its features are positive too, but they sum to 1 in each row, and large ones shrink the "
    "others. The features of this lesson are phi(query) and phi(key).",
)
def linear_softmax_as_features(query, key, value):
    query, key = query.softmax(-1), key.softmax(-1)
    return query @ (key.mT @ value) / (query @ key.sum(-2)[..., None])


@linear.mistake(
    "The blend was divided by the sum of its own numbers.",
    "What has to sum to 1 are the weights, not the numbers of the answer. Their sum is what the "
    "query reads from z: phi(q)·z.",
)
def linear_divided_by_its_own_sum(query, key, value):
    blend = phi(query) @ (phi(key).mT @ value)
    return blend / blend.sum(-1, keepdim=True)
