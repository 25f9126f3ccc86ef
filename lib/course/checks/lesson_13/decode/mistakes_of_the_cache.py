"""13.2: mistakes with what is appended, attended to and given back."""

import math

import torch
import torch.nn.functional as F

import attn
from course.checks.lesson_13.decode.cases import decode
from course.checks.lesson_13.decode.right import place_and_append, rotate

WRONG_AXIS = (
    "The caches are (batch, n_past, features), and only the number of tokens may grow: dim=1, or "
    "dim=-2, counted from the end."
)
OTHER_ORDER = (
    "The three results come back in another order.",
    "Whoever calls it expects the output first, then the longer key, then the longer value.",
)


@decode.mistake("The cache was appended on the wrong axis: along the batch.", WRONG_AXIS)
def decode_along_batch(x, w_q, w_k, w_v, past_key, past_value):
    place = torch.tensor([past_key.shape[1]])
    key = torch.cat([past_key, rotate(x @ w_k, place)], dim=0)
    value = torch.cat([past_value, x @ w_v], dim=0)
    return F.scaled_dot_product_attention(rotate(x @ w_q, place), key, value), key, value


@decode.mistake("The cache was appended on the wrong axis: along the features.", WRONG_AXIS)
def decode_along_features(x, w_q, w_k, w_v, past_key, past_value):
    place = torch.tensor([past_key.shape[1]])
    key = torch.cat([past_key, rotate(x @ w_k, place)], dim=-1)
    value = torch.cat([past_value, x @ w_v], dim=-1)
    return F.scaled_dot_product_attention(rotate(x @ w_q, place), key, value), key, value


@decode.mistake(
    "The new token was put before the old ones.",
    "The output is the same, but the cache is read by place later on: oldest first, so the new "
    "one comes last.",
)
def decode_new_first(x, w_q, w_k, w_v, past_key, past_value):
    output, key, value = place_and_append(x, w_q, w_k, w_v, past_key, past_value)
    return output, key.roll(1, dims=1), value.roll(1, dims=1)


@decode.mistake(
    "The new token does not see itself.",
    "A token may see itself: attend to all keys and values, the old ones and its own.",
)
def decode_without_self(x, w_q, w_k, w_v, past_key, past_value):
    _, key, value = place_and_append(x, w_q, w_k, w_v, past_key, past_value)
    query = rotate(x @ w_q, torch.tensor([past_key.shape[1]]))
    return F.scaled_dot_product_attention(query, past_key, past_value), key, value


@decode.mistake(
    "The new token sees itself alone: nothing of the cache is in the output.",
    "Attend to all keys and values, the old ones and the new one.",
)
def decode_self_alone(x, w_q, w_k, w_v, past_key, past_value):
    _, key, value = place_and_append(x, w_q, w_k, w_v, past_key, past_value)
    return x @ w_v, key, value


@decode.mistake(
    "Only the new key and value were given back.",
    "The next step needs all of them: give back the longer cache.",
)
def decode_gives_new_alone(x, w_q, w_k, w_v, past_key, past_value):
    output, key, value = place_and_append(x, w_q, w_k, w_v, past_key, past_value)
    return output, key[:, -1:], value[:, -1:]


@decode.mistake(
    "The old cache was given back.",
    "The next step has to find this token there: give back the longer key and value.",
)
def decode_gives_old(x, w_q, w_k, w_v, past_key, past_value):
    output, _, _ = place_and_append(x, w_q, w_k, w_v, past_key, past_value)
    return output, past_key.clone(), past_value.clone()


@decode.mistake(
    "Queries and keys are exchanged.",
    "The query comes from w_q, the key that is appended from w_k.",
)
def decode_roles_exchanged(x, w_q, w_k, w_v, past_key, past_value):
    return place_and_append(x, w_k, w_q, w_v, past_key, past_value)


@decode.mistake(
    "Old and new were added, number by number.",
    "Appending keeps every token apart and makes the axis of tokens longer: "
    "`torch.cat([old, new], dim=1)`.",
)
def decode_added(x, w_q, w_k, w_v, past_key, past_value):
    place = torch.tensor([past_key.shape[1]])
    key, value = past_key + rotate(x @ w_k, place), past_value + x @ w_v
    return F.scaled_dot_product_attention(rotate(x @ w_q, place), key, value), key, value


@decode.mistake(
    "The first thing given back is the pair of output and weights.",
    "scaled_dot_product_attention gives back both. Take the output alone: "
    "`output, _ = scaled_dot_product_attention(...)`.",
)
def decode_gives_weights_too(x, w_q, w_k, w_v, past_key, past_value):
    output, key, value = place_and_append(x, w_q, w_k, w_v, past_key, past_value)
    query = rotate(x @ w_q, torch.tensor([past_key.shape[1]]))
    weights = (query @ key.mT / math.sqrt(key.shape[-1])).softmax(-1)
    return (output, weights), key, value


@decode.mistake(
    "The new key was put before the old ones, but the new value after them.",
    "Key and value of a token have to stand at the same place. Both caches are oldest first.",
)
def decode_new_key_first(x, w_q, w_k, w_v, past_key, past_value):
    _, key, value = place_and_append(x, w_q, w_k, w_v, past_key, past_value)
    key = key.roll(1, dims=1)
    query = rotate(x @ w_q, torch.tensor([past_key.shape[1]]))
    return F.scaled_dot_product_attention(query, key, value), key, value


@decode.mistake(
    "The newest token sees the oldest alone, as with a causal mask that counts from the first "
    "place.",
    "There is one query, the newest, and all that the cache holds came before it. No mask is "
    "needed.",
)
def decode_masked(x, w_q, w_k, w_v, past_key, past_value):
    _, key, value = place_and_append(x, w_q, w_k, w_v, past_key, past_value)
    return value[:, :1].clone(), key, value


@decode.mistake(
    "A mask for as many queries as keys was given.",
    "There is one query, the newest, and all that the cache holds came before it. No mask is "
    "needed.",
)
def decode_masked_for_all(x, w_q, w_k, w_v, past_key, past_value):
    _, key, value = place_and_append(x, w_q, w_k, w_v, past_key, past_value)
    query, n = rotate(x @ w_q, torch.tensor([past_key.shape[1]])), key.shape[1]
    mask = torch.ones(n, n, dtype=torch.bool).tril()
    output, _ = attn.scaled_dot_product_attention(query, key, value, mask)
    return output, key, value


@decode.mistake(
    "The scores were not divided by √d_k.",
    "It is attention as in lesson 01: divide by the root of a key's width before the softmax.",
)
def decode_without_root(x, w_q, w_k, w_v, past_key, past_value):
    _, key, value = place_and_append(x, w_q, w_k, w_v, past_key, past_value)
    query = rotate(x @ w_q, torch.tensor([past_key.shape[1]]))
    return (query @ key.mT).softmax(-1) @ value, key, value


@decode.mistake(*OTHER_ORDER)
def decode_output_last(x, w_q, w_k, w_v, past_key, past_value):
    output, key, value = place_and_append(x, w_q, w_k, w_v, past_key, past_value)
    return key, value, output


@decode.mistake(*OTHER_ORDER)
def decode_value_before_key(x, w_q, w_k, w_v, past_key, past_value):
    output, key, value = place_and_append(x, w_q, w_k, w_v, past_key, past_value)
    return output, value, key


@decode.mistake(
    "Each weight is 1: the values were added up.",
    "So it is where the softmax runs over the queries, of which there is one. A query shares its "
    "budget among all the keys: the last axis, dim=-1.",
)
def decode_softmax_over_queries(x, w_q, w_k, w_v, past_key, past_value):
    _, key, value = place_and_append(x, w_q, w_k, w_v, past_key, past_value)
    return value.sum(1, keepdim=True), key, value


@decode.mistake(
    "The values were averaged: all keys got the same weight.",
    "What the query finds in each key decides: scores, softmax, and then the blend.",
)
def decode_mean_of_values(x, w_q, w_k, w_v, past_key, past_value):
    _, key, value = place_and_append(x, w_q, w_k, w_v, past_key, past_value)
    return value.mean(1, keepdim=True), key, value


@decode.mistake(
    "The oldest token was dropped, as if the cache had to stay as long as it was.",
    "Nothing is forgotten here: n_past tokens come in, and n_past + 1 go out.",
)
def decode_drops_the_oldest(x, w_q, w_k, w_v, past_key, past_value):
    _, key, value = place_and_append(x, w_q, w_k, w_v, past_key, past_value)
    key, value = key[:, 1:], value[:, 1:]
    query = rotate(x @ w_q, torch.tensor([past_key.shape[1]]))
    return F.scaled_dot_product_attention(query, key, value), key, value


@decode.mistake(
    "The newest old token is gone: the new one stands in its place.",
    "The new token gets a place of its own behind it: `torch.cat([old, new], dim=1)`.",
)
def decode_overwrites_the_last(x, w_q, w_k, w_v, past_key, past_value):
    _, key, value = place_and_append(x, w_q, w_k, w_v, past_key, past_value)
    n = past_key.shape[1]
    keep = [*range(max(n - 1, 0)), n]
    key, value = key[:, keep], value[:, keep]
    query = rotate(x @ w_q, torch.tensor([n]))
    return F.scaled_dot_product_attention(query, key, value), key, value


@decode.mistake(
    "The new token was appended twice.",
    "One token was read, so both caches grow by one: n_past + 1.",
)
def decode_appends_twice(x, w_q, w_k, w_v, past_key, past_value):
    _, key, value = place_and_append(x, w_q, w_k, w_v, past_key, past_value)
    key, value = torch.cat([key, key[:, -1:]], 1), torch.cat([value, value[:, -1:]], 1)
    query = rotate(x @ w_q, torch.tensor([past_key.shape[1]]))
    return F.scaled_dot_product_attention(query, key, value), key, value


@decode.mistake(
    "Right for small scores: e to the power of a large one overflows.",
    "Take the largest score away in the exponent, as in lesson 01; scaled_dot_product_attention "
    "does that by itself.",
)
def decode_powers_overflow(x, w_q, w_k, w_v, past_key, past_value):
    _, key, value = place_and_append(x, w_q, w_k, w_v, past_key, past_value)
    query = rotate(x @ w_q, torch.tensor([past_key.shape[1]]))
    powers = (query @ key.mT / math.sqrt(key.shape[-1])).exp()
    return powers @ value / powers.sum(-1, keepdim=True), key, value


@decode.mistake(
    "Less than the largest score was taken away in the exponent, so that e to the power of a large "
    "one still overflows.",
    "Take the largest away; scaled_dot_product_attention does that by itself.",
)
def decode_smallest_taken_away(x, w_q, w_k, w_v, past_key, past_value):
    _, key, value = place_and_append(x, w_q, w_k, w_v, past_key, past_value)
    query = rotate(x @ w_q, torch.tensor([past_key.shape[1]]))
    scores = query @ key.mT / math.sqrt(key.shape[-1])
    powers = (scores - scores.amin(-1, keepdim=True)).exp()
    return powers @ value / powers.sum(-1, keepdim=True), key, value
