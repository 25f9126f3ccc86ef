"""13.3: mistakes where keys were appended before they were rotated, and in how far places go."""

import torch
import torch.nn.functional as F

import attn
from course.checks.lesson_13.decode.mistakes_of_order import APPENDED_FIRST
from course.checks.lesson_13.decode.right import rotate
from course.checks.lesson_13.prompt.cases import prompt
from course.checks.lesson_13.prompt.right import sees


def appended_first(x, w_q, w_k, w_v, past_key, past_value, query_places, key_places):
    key = rotate(torch.cat([past_key, x @ w_k], 1), key_places)
    value = torch.cat([past_value, x @ w_v], 1)
    query = rotate(x @ w_q, query_places)
    mask = sees(x.shape[1], past_key.shape[1])
    return F.scaled_dot_product_attention(query, key, value, mask), key, value


@prompt.mistake(*APPENDED_FIRST)
def prompt_all_counted_from_0(x, w_q, w_k, w_v, past_key, past_value):
    n, n_past = x.shape[1], past_key.shape[1]
    places = torch.arange(n), torch.arange(n_past + n)
    return appended_first(x, w_q, w_k, w_v, past_key, past_value, *places)


@prompt.mistake(*APPENDED_FIRST)
def prompt_all_by_one_place(x, w_q, w_k, w_v, past_key, past_value):
    place = torch.tensor([past_key.shape[1]])
    return appended_first(x, w_q, w_k, w_v, past_key, past_value, place, place)


@prompt.mistake(*APPENDED_FIRST)
def prompt_all_by_the_new_places(x, w_q, w_k, w_v, past_key, past_value):
    n, n_past = x.shape[1], past_key.shape[1]
    places, mask = torch.arange(n_past, n_past + n), attn.causal_mask(n, n_past + n)
    query, key = x @ w_q, torch.cat([past_key, x @ w_k], 1)
    query, key = attn.apply_rotary(query, places), attn.apply_rotary(key, places)
    value = torch.cat([past_value, x @ w_v], 1)
    return attn.scaled_dot_product_attention(query, key, value, mask).output, key, value


def by_the_lesson(x, w_q, w_k, w_v, past_key, past_value, places, mask):
    """The lesson's lines, so that what does not fit raises where it does there."""
    query, new_key = attn.apply_rotary(x @ w_q, places), attn.apply_rotary(x @ w_k, places)
    key, value = torch.cat([past_key, new_key], 1), torch.cat([past_value, x @ w_v], 1)
    return attn.scaled_dot_product_attention(query, key, value, mask).output, key, value


@prompt.mistake(
    "There is a place too few.",
    "torch.arange stops before its end already: arange(first, first + n) has n numbers.",
)
def prompt_places_one_too_few(x, w_q, w_k, w_v, past_key, past_value):
    n, n_past = x.shape[1], past_key.shape[1]
    places, mask = torch.arange(n_past, n_past + n - 1), attn.causal_mask(n, n_past + n)
    return by_the_lesson(x, w_q, w_k, w_v, past_key, past_value, places, mask)


@prompt.mistake(
    "The places begin at n, the number of new tokens.",
    "They go on behind the cache: as many tokens came before as it holds, n_past.",
)
def prompt_places_from_n(x, w_q, w_k, w_v, past_key, past_value):
    n, n_past = x.shape[1], past_key.shape[1]
    places, mask = torch.arange(n) + n, attn.causal_mask(n, n_past + n)
    return by_the_lesson(x, w_q, w_k, w_v, past_key, past_value, places, mask)


@prompt.mistake(
    "The mask has n + n columns.",
    "It needs one for each key: the n_past old ones, then the n new ones.",
)
def prompt_mask_of_n_and_n(x, w_q, w_k, w_v, past_key, past_value):
    n, n_past = x.shape[1], past_key.shape[1]
    places, mask = torch.arange(n_past, n_past + n), attn.causal_mask(n, n + n)
    return by_the_lesson(x, w_q, w_k, w_v, past_key, past_value, places, mask)
