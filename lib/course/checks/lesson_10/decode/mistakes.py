"""10.5: the mistakes that people make."""

import math

import torch
import torch.nn.functional as F

import attn
from course.checks.lesson_10.decode.cases import decode
from course.checks.lesson_10.decode.right import place_and_append, rotate

PLACE = (
    "Places count from 0, and as many tokens came before as the cache holds. Give apply_rotary the "
    "place that comes next, for the query and for the new key."
)
WRONG_AXIS = (
    "The caches are (batch, n_past, features), and only the number of tokens may grow: dim=1, or "
    "dim=-2, counted from the end."
)
ROTATED_TOO_EARLY = (
    "x was rotated, before the projections.",
    "A projection mixes the features, and then a rotation no longer tells distances. Project "
    "first, then rotate the query and the new key.",
)
OTHER_ORDER = (
    "The three results come back in another order.",
    "Whoever calls it expects the output first, then the longer key, then the longer value.",
)


@decode.mistake(
    "The positions restart at 0, as if no token came before. (Rotating nothing comes to the same.)",
    PLACE,
)
def decode_restarted(x, w_q, w_k, w_v, past_key, past_value):
    return place_and_append(x, w_q, w_k, w_v, past_key, past_value, None, None)


@decode.mistake(
    "The new key stands at place 0, only the query at its own. (Not rotating it comes to the "
    "same.)",
    PLACE,
)
def decode_key_restarted(x, w_q, w_k, w_v, past_key, past_value):
    return place_and_append(x, w_q, w_k, w_v, past_key, past_value, 0, None)


@decode.mistake(
    "The query stands at place 0, only the new key at its own. (Not rotating it comes to the "
    "same.)",
    PLACE,
)
def decode_query_restarted(x, w_q, w_k, w_v, past_key, past_value):
    return place_and_append(x, w_q, w_k, w_v, past_key, past_value, None, 0)


@decode.mistake("The new token stands one place too far.", PLACE)
def decode_one_too_far(x, w_q, w_k, w_v, past_key, past_value):
    return place_and_append(x, w_q, w_k, w_v, past_key, past_value, 1, 1)


@decode.mistake("The new token stands one place too early, where the last one stood.", PLACE)
def decode_one_too_early(x, w_q, w_k, w_v, past_key, past_value):
    return place_and_append(x, w_q, w_k, w_v, past_key, past_value, -1, -1)


@decode.mistake(
    "All keys were rotated, the old ones for a second time.",
    "The cache holds keys that are rotated already. Rotate the new key alone, then append it.",
)
def decode_rotated_twice(x, w_q, w_k, w_v, past_key, past_value):
    n_past = past_key.shape[1]
    key = rotate(torch.cat([past_key, x @ w_k], 1), torch.arange(n_past + 1))
    value = torch.cat([past_value, x @ w_v], 1)
    query = rotate(x @ w_q, torch.tensor([n_past]))
    return F.scaled_dot_product_attention(query, key, value), key, value


@decode.mistake(
    "The value was rotated as well.",
    "Places matter where query and key are compared. Values are handed on as they are.",
)
def decode_value_rotated(x, w_q, w_k, w_v, past_key, past_value):
    place = torch.tensor([past_key.shape[1]])
    query, new_key, new_value = (rotate(x @ w, place) for w in (w_q, w_k, w_v))
    key, value = torch.cat([past_key, new_key], 1), torch.cat([past_value, new_value], 1)
    return F.scaled_dot_product_attention(query, key, value), key, value


@decode.mistake("The place was read from the features: it is the width of a key.", PLACE)
def decode_place_from_features(x, w_q, w_k, w_v, past_key, past_value):
    shift = past_key.shape[-1] - past_key.shape[1]
    return place_and_append(x, w_q, w_k, w_v, past_key, past_value, shift, shift)


@decode.mistake("The place was read from the batch: it is the number of rows.", PLACE)
def decode_place_from_batch(x, w_q, w_k, w_v, past_key, past_value):
    shift = past_key.shape[0] - past_key.shape[1]
    return place_and_append(x, w_q, w_k, w_v, past_key, past_value, shift, shift)


@decode.mistake(
    "Every new token stands at place 1: the length of x was taken for its place.", PLACE
)
def decode_always_at_one(x, w_q, w_k, w_v, past_key, past_value):
    shift = 1 - past_key.shape[1]
    return place_and_append(x, w_q, w_k, w_v, past_key, past_value, shift, shift)


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
    "The new token does not see itself: it attended before it was appended.",
    "A causal token may see itself. Append key and value first, then attend to all of them.",
)
def decode_without_self(x, w_q, w_k, w_v, past_key, past_value):
    _, key, value = place_and_append(x, w_q, w_k, w_v, past_key, past_value)
    query = rotate(x @ w_q, torch.tensor([past_key.shape[1]]))
    return F.scaled_dot_product_attention(query, past_key, past_value), key, value


@decode.mistake(
    "The new token sees itself alone: the cache was not used.",
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
    "The newest token sees the oldest alone: a causal mask was counted from the first place.",
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


@decode.mistake(*ROTATED_TOO_EARLY)
def decode_input_rotated(x, w_q, w_k, w_v, past_key, past_value):
    place = torch.tensor([past_key.shape[1]])
    query, new_key = rotate(x, place) @ w_q, rotate(x, place) @ w_k
    key, value = torch.cat([past_key, new_key], 1), torch.cat([past_value, x @ w_v], 1)
    return F.scaled_dot_product_attention(query, key, value), key, value


@decode.mistake(*ROTATED_TOO_EARLY)
def decode_input_rotated_for_all(x, w_q, w_k, w_v, past_key, past_value):
    x = rotate(x, torch.tensor([past_key.shape[1]]))
    key, value = torch.cat([past_key, x @ w_k], 1), torch.cat([past_value, x @ w_v], 1)
    return F.scaled_dot_product_attention(x @ w_q, key, value), key, value


@decode.mistake(*OTHER_ORDER)
def decode_output_last(x, w_q, w_k, w_v, past_key, past_value):
    output, key, value = place_and_append(x, w_q, w_k, w_v, past_key, past_value)
    return key, value, output


@decode.mistake(*OTHER_ORDER)
def decode_value_before_key(x, w_q, w_k, w_v, past_key, past_value):
    output, key, value = place_and_append(x, w_q, w_k, w_v, past_key, past_value)
    return output, value, key
