"""13.2: mistakes where the keys were appended before they were rotated."""

import torch
import torch.nn.functional as F

import attn
from course.checks.lesson_13.decode.cases import decode
from course.checks.lesson_13.decode.right import rotate

APPENDED_FIRST = (
    "All keys were handed to the rotation, the old ones for a second time.",
    "The cache holds keys that are rotated already. Rotate what is new alone, each key by its own "
    "place, and then append.",
)


def appended_first(x, w_q, w_k, w_v, past_key, past_value, query_place, key_places):
    key = rotate(torch.cat([past_key, x @ w_k], 1), key_places)
    value = torch.cat([past_value, x @ w_v], 1)
    query = rotate(x @ w_q, query_place)
    return F.scaled_dot_product_attention(query, key, value), key, value


@decode.mistake(*APPENDED_FIRST)
def decode_all_by_the_new_place(x, w_q, w_k, w_v, past_key, past_value):
    place = torch.tensor([past_key.shape[1]])
    return appended_first(x, w_q, w_k, w_v, past_key, past_value, place, place)


@decode.mistake(*APPENDED_FIRST)
def decode_all_by_the_place_after(x, w_q, w_k, w_v, past_key, past_value):
    place = torch.tensor([past_key.shape[1] + 1])  # the length, read from the longer keys
    return appended_first(x, w_q, w_k, w_v, past_key, past_value, place, place)


@decode.mistake(*APPENDED_FIRST)
def decode_all_counted_from_0(x, w_q, w_k, w_v, past_key, past_value):
    places = torch.arange(past_key.shape[1] + 1)
    first = torch.tensor([0])
    return appended_first(x, w_q, w_k, w_v, past_key, past_value, first, places)


@decode.mistake(
    "Old and new were to be laid side by side on a new axis, by torch.stack.",
    "No axis is new: the axis of the tokens gets longer. torch.cat lays them end to end.",
)
def decode_stacked(x, w_q, w_k, w_v, past_key, past_value):
    place = torch.tensor([past_key.shape[1]])
    query, new_key = attn.apply_rotary(x @ w_q, place), attn.apply_rotary(x @ w_k, place)
    key, value = torch.stack([past_key, new_key], 1), torch.stack([past_value, x @ w_v], 1)
    return attn.scaled_dot_product_attention(query, key, value).output, key, value
