"""14.1: mistakes in what z collects, and in the divisor."""

from course.checks.lesson_14.linear.cases import linear
from course.checks.lesson_14.linear.right import linear_by_brackets
from course.checks.lesson_14.shared import phi, weigh


@linear.mistake(
    "z was collected from raw keys.",
    "s and z collect the same keys, so both need their features: phi(key).",
)
def linear_z_from_raw_keys(query, key, value):
    query = phi(query)
    return (query @ (phi(key).mT @ value)) / (query @ key.sum(dim=-2)[..., None])


@linear.mistake(
    "s was collected from raw keys.",
    "s and z collect the same keys, so both need their features: phi(key).",
)
def linear_s_from_raw_keys(query, key, value):
    query = phi(query)
    return (query @ (key.mT @ value)) / (query @ phi(key).sum(dim=-2)[..., None])


@linear.mistake(
    "The answer is n_k times too large, as if z were the mean of the keys.",
    "s sums over the keys, so its divisor sums over them as well: no mean on either side.",
)
def linear_z_is_a_mean(query, key, value):
    query, key = phi(query), phi(key)
    return (query @ (key.mT @ value)) / (query @ key.mean(dim=-2)[..., None])


@linear.mistake(
    "The answer was divided by √d as well.",
    "There is no softmax to be kept from saturating: dividing by phi(q)·z is all that is needed.",
)
def linear_divided_by_root(query, key, value):
    return linear_by_brackets(query, key, value) / query.shape[-1] ** 0.5


@linear.mistake(
    "Other features than those of phi: everything below 0 was set to 0.",
    "Two vectors without a common feature would weigh 0, and a row may sum to 0. Use the phi of "
    "the text.",
)
def linear_by_relu(query, key, value):
    query, key = query.relu(), key.relu()
    return (query @ (key.mT @ value)) / (query @ key.sum(dim=-2)[..., None])


@linear.mistake(
    "One divisor was made for all queries.",
    "Every query has a sum of weights of its own: one divisor for each row.",
)
def linear_one_divisor(query, key, value):
    scores = weigh(query, key)
    return scores @ value / scores.sum()


@linear.mistake(
    "The divisor is the sum of all the keys' features: the query has no part in it.",
    "Each query weighs the keys in its own way, so it has a divisor of its own: phi(q)·z.",
)
def linear_divided_by_one_number(query, key, value):
    return phi(query) @ (phi(key).mT @ value) / phi(key).sum()


@linear.mistake(
    "The feature map was applied to the table s, and nothing was divided.",
    "phi works on the keys before they meet the values. Then each query reads from s and divides "
    "by what it reads from z.",
)
def linear_features_of_the_table(query, key, value):
    return phi(query) @ phi(key.mT @ value)


@linear.mistake(
    "z is the sum of the queries' features, not of the keys'.",
    "s and z collect the same keys: what a query reads from z is the sum of its own weights.",
)
def linear_z_of_queries(query, key, value):
    query, key = phi(query), phi(key)
    return (query @ (key.mT @ value)) / (query @ query.sum(dim=-2)[..., None])


@linear.mistake(
    "The answer is √d times too large.",
    "There is no softmax to be kept from saturating, so √d has no place here, in the divisor "
    "neither: dividing by phi(q)·z is all that is needed.",
)
def linear_multiplied_by_root(query, key, value):
    return linear_by_brackets(query, key, value) * query.shape[-1] ** 0.5


@linear.mistake(
    "The divisor is the sum of the query's own features: the keys have no part in it.",
    "A weight is phi(q)·phi(k), so the sum of a query's weights is phi(q)·z.",
)
def linear_divided_by_query(query, key, value):
    query, key = phi(query), phi(key)
    return query @ (key.mT @ value) / query.sum(dim=-1, keepdim=True)


@linear.mistake(
    "The answer is divided by the number of keys once too often.",
    "s and z are both sums over the keys, and one is divided by the other: no mean on either side.",
)
def linear_s_is_a_mean(query, key, value):
    return linear_by_brackets(query, key, value) / key.shape[-2]
