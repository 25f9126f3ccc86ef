"""13.2: mistakes with places, and with what is rotated."""

import torch
import torch.nn.functional as F

import attn
from course.checks.lesson_13.decode.cases import decode
from course.checks.lesson_13.decode.right import place_and_append, rotate

PLACE = (
    "Places count from 0, and as many tokens came before as the cache holds. Give apply_rotary the "
    "place that comes next, for the query and for the new key."
)
ROTATED_TOO_EARLY = (
    "x was rotated, before the projections.",
    "A projection mixes the features, and then a rotation no longer tells distances. Project "
    "first, then rotate the query and the new key.",
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


@decode.mistake("The new token stands one place too early, at n_past - 1.", PLACE)
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


@decode.mistake("Every new token stands at place 1, however many came before.", PLACE)
def decode_always_at_one(x, w_q, w_k, w_v, past_key, past_value):
    shift = 1 - past_key.shape[1]
    return place_and_append(x, w_q, w_k, w_v, past_key, past_value, shift, shift)


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


@decode.mistake(
    "Every new token stands at place 7, as in the example of the text.",
    "There 7 tokens came before. Here it is the number of tokens that the cache holds.",
)
def decode_always_at_seven(x, w_q, w_k, w_v, past_key, past_value):
    shift = 7 - past_key.shape[1]
    return place_and_append(x, w_q, w_k, w_v, past_key, past_value, shift, shift)


@decode.mistake(
    "The output is right, but the new key came back without its rotation.",
    "The next step would find a key that stands at place 0. The cache holds keys that are rotated "
    "already: rotate the new one, then append it.",
)
def decode_stores_raw_key(x, w_q, w_k, w_v, past_key, past_value):
    output, _, value = place_and_append(x, w_q, w_k, w_v, past_key, past_value)
    return output, torch.cat([past_key, x @ w_k], 1), value


@decode.mistake(
    "The query stands one place too early, the new key at its own.",
    "Query and new key belong to the same token: both stand at the place that comes next.",
)
def decode_query_one_too_early(x, w_q, w_k, w_v, past_key, past_value):
    return place_and_append(x, w_q, w_k, w_v, past_key, past_value, -1, 0)


@decode.mistake(
    "The new key stands one place too early, the query at its own.",
    "Query and new key belong to the same token: both stand at the place that comes next.",
)
def decode_key_one_too_early(x, w_q, w_k, w_v, past_key, past_value):
    return place_and_append(x, w_q, w_k, w_v, past_key, past_value, 0, -1)


ONE_PLACE = (
    "x is one token, (batch, 1, …), so one place is given, the one that comes next: a tensor with "
    "one entry."
)


@decode.mistake("The places of all the old tokens were given to one new token.", ONE_PLACE)
def decode_places_of_the_past(x, w_q, w_k, w_v, past_key, past_value):
    places = torch.arange(past_key.shape[1])
    return attn.apply_rotary(x @ w_q, places), past_key.clone(), past_value.clone()


@decode.mistake("The places of all tokens, old and new, were given to one new token.", ONE_PLACE)
def decode_places_of_all(x, w_q, w_k, w_v, past_key, past_value):
    places = torch.arange(past_key.shape[1] + 1)
    query, new_key = attn.apply_rotary(x @ w_q, places), attn.apply_rotary(x @ w_k, places)
    key, value = torch.cat([past_key, new_key], 1), torch.cat([past_value, x @ w_v], 1)
    return F.scaled_dot_product_attention(query, key, value), key, value


@decode.mistake(
    "The place was given as a plain number; apply_rotary wants a tensor of places.",
    "torch.tensor([…]) makes one of it, with one entry.",
)
def decode_place_as_a_number(x, w_q, w_k, w_v, past_key, past_value):
    return attn.apply_rotary(x @ w_q, past_key.shape[1]), past_key.clone(), past_value.clone()


@decode.mistake(
    "The query stands one place too far, the new key at its own.",
    "Query and new key belong to the same token: both stand at the place that comes next.",
)
def decode_query_one_too_far(x, w_q, w_k, w_v, past_key, past_value):
    return place_and_append(x, w_q, w_k, w_v, past_key, past_value, 1, 0)


@decode.mistake(
    "The new key stands one place too far, the query at its own.",
    "Query and new key belong to the same token: both stand at the place that comes next.",
)
def decode_key_one_too_far(x, w_q, w_k, w_v, past_key, past_value):
    return place_and_append(x, w_q, w_k, w_v, past_key, past_value, 0, 1)
