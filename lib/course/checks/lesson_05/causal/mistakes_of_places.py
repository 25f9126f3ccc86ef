"""05.2: mistakes with where the queries stand, when there are more keys."""

import torch

from course.checks.lesson_05.causal.cases import causal
from course.checks.lesson_05.causal.mistakes import LAST_PLACES

SPREAD = "The queries are spread over all the keys.", LAST_PLACES


@causal.mistake(*SPREAD)
def spread_in_equal_steps(n_q, n_k):
    places = (torch.arange(n_q)[:, None] + 1) * n_k // n_q - 1
    return torch.arange(n_k) <= places


@causal.mistake(*SPREAD)
def spread_from_end_to_end(n_q, n_k):
    return torch.arange(n_k) <= torch.linspace(0, n_k - 1, n_q).round()[:, None]


@causal.mistake(
    "The keys before the first query are hidden.",
    "What comes before a token is visible, in the cache as well: only what comes after is hidden.",
)
def cache_hidden(n_q, n_k):
    square = torch.ones(n_q, n_q, dtype=torch.bool).tril()
    return torch.cat([torch.zeros(n_q, n_k - n_q, dtype=torch.bool), square], dim=1)


@causal.mistake(
    "With more keys than queries nothing is hidden.",
    "That is right for one new token alone. With two, the first must not see the second. "
    + LAST_PLACES,
)
def nothing_hidden_after_a_cache(n_q, n_k):
    mask = torch.ones(n_q, n_k, dtype=torch.bool)
    return mask.tril() if n_q == n_k else mask
