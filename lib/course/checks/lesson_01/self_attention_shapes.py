"""01.5: mistakes that show in the shapes: tokens turned, or not projected, or projected twice."""

from course.checks.lesson_01.self_attention import self_attention
from course.checks.lesson_01.shared import attend

TURNED = "The tokens were turned: their features stand where the tokens should."
AS_IT_STANDS = (
    "Rows of x are tokens, and each has to meet the d_model rows of a matrix: x @ w_q, x as it "
    "stands."
)


@self_attention.mistake(TURNED, AS_IT_STANDS)
def tokens_turned(x, w_q, w_k, w_v):
    return attend(x.mT @ w_q, x.mT @ w_k, x.mT @ w_v)


@self_attention.mistake(TURNED, AS_IT_STANDS)
def all_axes_turned(x, w_q, w_k, w_v):
    # torch warns of .T on a batch; permute is what .T does
    turned = x.permute(*range(x.dim() - 1, -1, -1))
    return attend(turned @ w_q, turned @ w_k, turned @ w_v)


BEHIND = "The tokens were turned, and stand behind the matrices."


@self_attention.mistake(BEHIND, AS_IT_STANDS)
def turned_tokens_behind(x, w_q, w_k, w_v):
    return attend(w_q @ x.mT, w_k @ x.mT, w_v @ x.mT)


@self_attention.mistake(BEHIND, AS_IT_STANDS)
def all_axes_turned_behind(x, w_q, w_k, w_v):
    turned = x.permute(*range(x.dim() - 1, -1, -1))
    return attend(w_q @ turned, w_k @ turned, w_v @ turned)


@self_attention.mistake(
    "The projections are turned: each token became a column.",
    "x @ w_q has a row for each token, and attends as it stands.",
)
def tokens_as_columns(x, w_q, w_k, w_v):
    return attend(w_q.mT @ x.mT, w_k.mT @ x.mT, w_v.mT @ x.mT)


@self_attention.mistake(
    "Tokens and matrices were multiplied entry by entry.",
    "A projection mixes all features of a token: a matrix product, `@`.",
)
def entries_multiplied(x, w_q, w_k, w_v):
    return attend(x * w_q, x * w_k, x * w_v)


ALL_THREE = "All three come from the tokens: x @ w_q, x @ w_k, x @ w_v."


@self_attention.mistake("The matrices attended, without the tokens.", ALL_THREE)
def matrices_alone(x, w_q, w_k, w_v):
    return attend(w_q, w_k, w_v)


@self_attention.mistake("Only the queries were projected: w_k and w_v have no effect.", ALL_THREE)
def queries_alone(x, w_q, w_k, w_v):
    return attend(x @ w_q, x, x)


@self_attention.mistake("Only the keys were projected: w_q and w_v have no effect.", ALL_THREE)
def keys_alone(x, w_q, w_k, w_v):
    return attend(x, x @ w_k, x)


@self_attention.mistake(
    "Each was made from the one before: keys from the queries, values from the keys.", ALL_THREE
)
def one_after_another(x, w_q, w_k, w_v):
    query = x @ w_q
    key = query @ w_k
    return attend(query, key, key @ w_v)


@self_attention.mistake("Keys and values were made from the queries.", ALL_THREE)
def both_from_queries(x, w_q, w_k, w_v):
    query = x @ w_q
    return attend(query, query @ w_k, query @ w_v)
