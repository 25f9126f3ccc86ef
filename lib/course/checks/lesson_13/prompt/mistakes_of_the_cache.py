"""13.3: mistakes with what the cache holds, and with who reads which."""

import torch
import torch.nn.functional as F

from course.checks.lesson_13.decode.right import place_and_append, rotate
from course.checks.lesson_13.prompt.cases import prompt
from course.checks.lesson_13.prompt.right import longer, prompt_with_a_mask, sees


def with_places(x, w_q, w_k, w_v, past_key, past_value, n_past):
    """As asked, but with another number of tokens before."""
    key, value = longer(x, w_k, w_v, past_key, past_value, n_past)
    query = rotate(x @ w_q, torch.arange(n_past, n_past + x.shape[1]))
    mask = sees(x.shape[1], past_key.shape[1])
    return F.scaled_dot_product_attention(query, key, value, mask), key, value


@prompt.mistake(
    "The new tokens were put before the old ones, for attention as well.",
    "Oldest first, so the new ones come last: the mask counts on it, and the next step does.",
)
def prompt_new_first_for_all(x, w_q, w_k, w_v, past_key, past_value):
    _, key, value = prompt_with_a_mask(x, w_q, w_k, w_v, past_key, past_value)
    n, n_past = x.shape[1], past_key.shape[1]
    key, value = key.roll(n, dims=1), value.roll(n, dims=1)
    query = rotate(x @ w_q, torch.arange(n_past, n_past + n))
    return F.scaled_dot_product_attention(query, key, value, sees(n, n_past)), key, value


@prompt.mistake(
    "All new keys stand at place 0, only the queries at their own. (Not rotating them comes to the "
    "same.)",
    "Rotate both, each token by its place.",
)
def prompt_keys_not_rotated(x, w_q, w_k, w_v, past_key, past_value):
    n, n_past = x.shape[1], past_key.shape[1]
    key, value = torch.cat([past_key, x @ w_k], 1), torch.cat([past_value, x @ w_v], 1)
    query = rotate(x @ w_q, torch.arange(n_past, n_past + n))
    return F.scaled_dot_product_attention(query, key, value, sees(n, n_past)), key, value


@prompt.mistake(
    "All queries stand at place 0, only the new keys at their own. (Not rotating them comes to the "
    "same.)",
    "Rotate both, each token by its place.",
)
def prompt_queries_not_rotated(x, w_q, w_k, w_v, past_key, past_value):
    n, n_past = x.shape[1], past_key.shape[1]
    key, value = longer(x, w_k, w_v, past_key, past_value, n_past)
    return F.scaled_dot_product_attention(x @ w_q, key, value, sees(n, n_past)), key, value


@prompt.mistake(
    "The output is right, but the new keys went into the cache unrotated.",
    "past_key is rotated already, so the next step takes all keys as they are.",
)
def prompt_stores_raw_keys(x, w_q, w_k, w_v, past_key, past_value):
    output, _, value = prompt_with_a_mask(x, w_q, w_k, w_v, past_key, past_value)
    return output, torch.cat([past_key, x @ w_k], 1), value


@prompt.mistake(
    "The places go on from the size of the batch, not from the number of tokens before.",
    "past_key is (batch, n_past, d_k): n_past is shape[1].",
)
def prompt_places_from_the_batch(x, w_q, w_k, w_v, past_key, past_value):
    return with_places(x, w_q, w_k, w_v, past_key, past_value, past_key.shape[0])


@prompt.mistake(
    "The places go on from the width of a key, not from the number of tokens before.",
    "past_key is (batch, n_past, d_k): n_past is shape[1].",
)
def prompt_places_from_features(x, w_q, w_k, w_v, past_key, past_value):
    return with_places(x, w_q, w_k, w_v, past_key, past_value, past_key.shape[-1])


@prompt.mistake(
    "Each new token sees the old cache and itself alone, and all stand at one place.",
    "Each of them sees the new ones before it too, and stands one place on. In a loop: hand the "
    "longer cache on to the next step.",
)
def prompt_each_from_the_old_cache(x, w_q, w_k, w_v, past_key, past_value):
    steps = [
        place_and_append(token, w_q, w_k, w_v, past_key, past_value) for token in x.split(1, dim=1)
    ]
    outputs, keys, values = zip(*steps, strict=True)
    key = torch.cat([past_key, *(one[:, -1:] for one in keys)], 1)
    value = torch.cat([past_value, *(one[:, -1:] for one in values)], 1)
    return torch.cat(outputs, 1), key, value
