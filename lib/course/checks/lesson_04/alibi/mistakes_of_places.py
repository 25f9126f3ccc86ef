"""04.1: mistakes with the places of the queries."""

import torch

from course.checks.lesson_04.alibi.cases import alibi

EACH_ITS_OWN = "They are the last n_q places, one for each row: n_k - n_q, …, n_k - 1, as a column."


def at_one_place(slopes, n_k, place):
    """Minus slope times distance from one place -> (heads, 1, n_k)"""
    return -slopes[:, None, None] * (torch.arange(n_k) - place).abs()


@alibi.mistake("All queries stand at one place, that of the last key.", EACH_ITS_OWN)
def all_at_the_last_key(slopes, n_q, n_k):
    return at_one_place(slopes, n_k, n_k - 1).expand(-1, n_q, -1)


@alibi.mistake("There is one query only, at the place of the last key.", EACH_ITS_OWN)
def one_query_at_the_last_key(slopes, n_q, n_k):
    return at_one_place(slopes, n_k, n_k - 1)


@alibi.mistake("All queries stand at one place, n_k - n_q.", EACH_ITS_OWN)
def all_at_the_first_query(slopes, n_q, n_k):
    return at_one_place(slopes, n_k, n_k - n_q).expand(-1, n_q, -1)


@alibi.mistake("There is one query only, at place n_k - n_q.", EACH_ITS_OWN)
def one_query_at_its_place(slopes, n_q, n_k):
    return at_one_place(slopes, n_k, n_k - n_q)


@alibi.mistake("All queries stand at one place, n_q.", EACH_ITS_OWN)
def all_at_n_q(slopes, n_q, n_k):
    return at_one_place(slopes, n_k, n_q).expand(-1, n_q, -1)


@alibi.mistake(
    "The places of the queries run from 0 up to n_k - n_q, which is where they should begin.",
    "torch.arange(first, n_k) counts from the first query's place on.",
)
def queries_up_to_their_first(slopes, n_q, n_k):
    distance = torch.arange(n_k) - torch.arange(n_k - n_q)[:, None]
    return -slopes[:, None, None] * distance.abs()


@alibi.mistake(
    "The queries were counted from the end, -n_q, …, -1, and the keys from the beginning.",
    "Both count from the same place: the first query stands at n_k - n_q.",
)
def queries_from_the_end(slopes, n_q, n_k):
    distance = torch.arange(n_k) - torch.arange(-n_q, 0)[:, None]
    return -slopes[:, None, None] * distance.abs()


@alibi.mistake(
    "Brackets are missing: the slope was multiplied by the place of one side, not by the distance.",
    "A product comes before a difference. First the distance, (key_place - query_place).abs(), "
    "then times the slope.",
)
def slope_times_one_side(slopes, n_q, n_k):
    return -slopes[:, None, None] * torch.arange(n_k - n_q, n_k)[:, None] - torch.arange(n_k)


@alibi.mistake(
    "The queries are spread over all the keys.",
    "They are the last n_q of the n_k places, one behind the other.",
)
def spread_over_the_keys(slopes, n_q, n_k):
    places = torch.linspace(0, n_k - 1, n_q).round()[:, None]
    return -slopes[:, None, None] * (torch.arange(n_k) - places).abs()


def declare_bound(most):
    """Distances that end at a fixed number."""

    def bounded(slopes, n_q, n_k):
        places = torch.arange(n_k - n_q, n_k)[:, None]
        return -slopes[:, None, None] * (torch.arange(n_k) - places).abs().clamp(max=most)

    bounded.__name__ = f"bounded_at_{most}"
    alibi.mistake(
        f"Far keys all lose the same: the distances stop at {most}.",
        "Here each place farther away costs as much as the one before, however far it is.",
    )(bounded)


for most in (7, 8, 10, 15, 16, 20, 31, 32):
    declare_bound(most)
