"""13.3: mistakes with places, with what is rotated, and with the axis that grows."""

import torch
import torch.nn.functional as F

import attn
from course.checks.lesson_13.decode.right import rotate
from course.checks.lesson_13.prompt.cases import prompt
from course.checks.lesson_13.prompt.right import sees

PLACES = (
    "As many tokens came before as the cache holds. The first new one stands at that place, and "
    "each of the others one place on: torch.arange(first, first + n)."
)
WRONG_AXIS = (
    "The caches are (batch, n_past, features), and only the number of tokens may grow: dim=1, or "
    "dim=-2, counted from the end."
)


def placed(x, w_q, w_k, w_v, past_key, past_value, query_places, key_places):
    n, n_past = x.shape[1], past_key.shape[1]
    key = torch.cat([past_key, rotate(x @ w_k, key_places)], 1)
    value = torch.cat([past_value, x @ w_v], 1)
    query = rotate(x @ w_q, query_places)
    return F.scaled_dot_product_attention(query, key, value, sees(n, n_past)), key, value


def counted_from(x, w_q, w_k, w_v, past_key, past_value, first):
    places = torch.arange(first, first + x.shape[1])
    return placed(x, w_q, w_k, w_v, past_key, past_value, places, places)


def unmasked(x, w_q, w_k, w_v, past_key, past_value, places):
    key = torch.cat([past_key, rotate(x @ w_k, places)], 1)
    value = torch.cat([past_value, x @ w_v], 1)
    return F.scaled_dot_product_attention(rotate(x @ w_q, places), key, value), key, value


@prompt.mistake("The places restart at 0, as if nothing came before.", PLACES)
def prompt_restarted(x, w_q, w_k, w_v, past_key, past_value):
    return counted_from(x, w_q, w_k, w_v, past_key, past_value, 0)


@prompt.mistake("The new tokens stand one place too far.", PLACES)
def prompt_one_too_far(x, w_q, w_k, w_v, past_key, past_value):
    return counted_from(x, w_q, w_k, w_v, past_key, past_value, past_key.shape[1] + 1)


@prompt.mistake("The new tokens stand one place too early, the first at n_past - 1.", PLACES)
def prompt_one_too_early(x, w_q, w_k, w_v, past_key, past_value):
    return counted_from(x, w_q, w_k, w_v, past_key, past_value, past_key.shape[1] - 1)


@prompt.mistake("All new tokens stand at one place, the first that is free.", PLACES)
def prompt_all_at_one_place(x, w_q, w_k, w_v, past_key, past_value):
    place = torch.tensor([past_key.shape[1]])
    return placed(x, w_q, w_k, w_v, past_key, past_value, place, place)


@prompt.mistake(
    "This is the step of 13.2: one place for all new tokens, and no mask.",
    "With several new tokens each has a place of its own, and none may see those that come after "
    "it: torch.arange, and attn.causal_mask.",
)
def prompt_as_one_step(x, w_q, w_k, w_v, past_key, past_value):
    return unmasked(x, w_q, w_k, w_v, past_key, past_value, torch.tensor([past_key.shape[1]]))


@prompt.mistake(
    "The places restart at 0, and a mask is missing.",
    "Count places on from what is kept, with torch.arange; and let no new token see those that "
    "come after it, with attn.causal_mask.",
)
def prompt_restarted_unmasked(x, w_q, w_k, w_v, past_key, past_value):
    return unmasked(x, w_q, w_k, w_v, past_key, past_value, torch.arange(x.shape[1]))


@prompt.mistake("All new tokens stand at place 0. (Rotating nothing comes to the same.)", PLACES)
def prompt_not_rotated(x, w_q, w_k, w_v, past_key, past_value):
    place = torch.tensor([0])
    return placed(x, w_q, w_k, w_v, past_key, past_value, place, place)


@prompt.mistake("The new keys restart at place 0, only the queries stand at their own.", PLACES)
def prompt_keys_restarted(x, w_q, w_k, w_v, past_key, past_value):
    n, n_past = x.shape[1], past_key.shape[1]
    places = torch.arange(n_past, n_past + n)
    return placed(x, w_q, w_k, w_v, past_key, past_value, places, torch.arange(n))


@prompt.mistake("The queries restart at place 0, only the new keys stand at their own.", PLACES)
def prompt_queries_restarted(x, w_q, w_k, w_v, past_key, past_value):
    n, n_past = x.shape[1], past_key.shape[1]
    places = torch.arange(n_past, n_past + n)
    return placed(x, w_q, w_k, w_v, past_key, past_value, torch.arange(n), places)


@prompt.mistake(
    "All keys were rotated, the old ones for a second time.",
    "The cache holds keys that are rotated already. Rotate the new keys alone, then append them.",
)
def prompt_rotated_twice(x, w_q, w_k, w_v, past_key, past_value):
    n, n_past = x.shape[1], past_key.shape[1]
    places = torch.arange(n_past + n)
    key = rotate(torch.cat([past_key, x @ w_k], 1), places)
    value = torch.cat([past_value, x @ w_v], 1)
    query = rotate(x @ w_q, places[n_past:])
    return F.scaled_dot_product_attention(query, key, value, sees(n, n_past)), key, value


@prompt.mistake(
    "The values were rotated as well.",
    "Places matter where query and key are compared. Values are handed on as they are.",
)
def prompt_value_rotated(x, w_q, w_k, w_v, past_key, past_value):
    n, n_past = x.shape[1], past_key.shape[1]
    places = torch.arange(n_past, n_past + n)
    query, new_key, new_value = (rotate(x @ w, places) for w in (w_q, w_k, w_v))
    key, value = torch.cat([past_key, new_key], 1), torch.cat([past_value, new_value], 1)
    return F.scaled_dot_product_attention(query, key, value, sees(n, n_past)), key, value


@prompt.mistake("The places of all tokens, old and new, were given to the new ones.", PLACES)
def prompt_places_of_all(x, w_q, w_k, w_v, past_key, past_value):
    places = torch.arange(past_key.shape[1] + x.shape[1])
    query, new_key = attn.apply_rotary(x @ w_q, places), attn.apply_rotary(x @ w_k, places)
    return query, torch.cat([past_key, new_key], 1), torch.cat([past_value, x @ w_v], 1)


@prompt.mistake(
    "There is a place too many.",
    "torch.arange stops before its end: arange(first, first + n) has n numbers.",
)
def prompt_places_one_too_many(x, w_q, w_k, w_v, past_key, past_value):
    n, n_past = x.shape[1], past_key.shape[1]
    places = torch.arange(n_past, n_past + n + 1)
    query, new_key = attn.apply_rotary(x @ w_q, places), attn.apply_rotary(x @ w_k, places)
    return query, torch.cat([past_key, new_key], 1), torch.cat([past_value, x @ w_v], 1)


@prompt.mistake("The places go from n_past up to n, not up to n_past + n.", PLACES)
def prompt_places_up_to_n(x, w_q, w_k, w_v, past_key, past_value):
    n, n_past = x.shape[1], past_key.shape[1]
    places = torch.arange(n_past, n)
    query, new_key = attn.apply_rotary(x @ w_q, places), attn.apply_rotary(x @ w_k, places)
    key, value = torch.cat([past_key, new_key], 1), torch.cat([past_value, x @ w_v], 1)
    return F.scaled_dot_product_attention(query, key, value, sees(n, n_past)), key, value


@prompt.mistake("The cache was appended on the wrong axis: along the batch.", WRONG_AXIS)
def prompt_along_batch(x, w_q, w_k, w_v, past_key, past_value):
    n, n_past = x.shape[1], past_key.shape[1]
    places = torch.arange(n_past, n_past + n)
    key = torch.cat([past_key, rotate(x @ w_k, places)], 0)
    value = torch.cat([past_value, x @ w_v], 0)
    return F.scaled_dot_product_attention(rotate(x @ w_q, places), key, value), key, value


@prompt.mistake("The cache was appended on the wrong axis: along the features.", WRONG_AXIS)
def prompt_along_features(x, w_q, w_k, w_v, past_key, past_value):
    n, n_past = x.shape[1], past_key.shape[1]
    places = torch.arange(n_past, n_past + n)
    key = torch.cat([past_key, rotate(x @ w_k, places)], -1)
    value = torch.cat([past_value, x @ w_v], -1)
    return F.scaled_dot_product_attention(rotate(x @ w_q, places), key, value), key, value
