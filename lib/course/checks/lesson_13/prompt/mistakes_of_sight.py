"""13.3: mistakes with what a new token sees, and with what is given back."""

import torch
import torch.nn.functional as F

import attn
from course.checks.lesson_13.decode.right import rotate
from course.checks.lesson_13.prompt.cases import prompt
from course.checks.lesson_13.prompt.right import longer, prompt_with_a_mask, sees

MASK = (
    "The new tokens are the last of all, so attn.causal_mask(n_q, n_k) fits as it is: n new "
    "queries, and n_past + n keys."
)


def attend(x, w_q, w_k, w_v, past_key, past_value, mask):
    """As asked, but with any mask over (n, n_past + n); None is none."""
    n, n_past = x.shape[1], past_key.shape[1]
    key, value = longer(x, w_k, w_v, past_key, past_value, n_past)
    query = rotate(x @ w_q, torch.arange(n_past, n_past + n))
    return attn.scaled_dot_product_attention(query, key, value, mask).output, key, value


@prompt.mistake("Each new token sees those that come after it: nothing hides them.", MASK)
def prompt_unmasked(x, w_q, w_k, w_v, past_key, past_value):
    return attend(x, w_q, w_k, w_v, past_key, past_value, None)


@prompt.mistake(
    "The mask counts from the first key, as if the new tokens stood at the beginning.", MASK
)
def prompt_mask_from_the_first_key(x, w_q, w_k, w_v, past_key, past_value):
    n, n_past = x.shape[1], past_key.shape[1]
    return attend(x, w_q, w_k, w_v, past_key, past_value, sees(n, n_past, -n_past))


@prompt.mistake("A new token does not see itself: the mask ends one place too early.", MASK)
def prompt_without_self(x, w_q, w_k, w_v, past_key, past_value):
    n, n_past = x.shape[1], past_key.shape[1]
    return attend(x, w_q, w_k, w_v, past_key, past_value, sees(n, n_past, -1))


@prompt.mistake("A new token sees the one after it: the mask ends one place too late.", MASK)
def prompt_sees_the_next(x, w_q, w_k, w_v, past_key, past_value):
    n, n_past = x.shape[1], past_key.shape[1]
    return attend(x, w_q, w_k, w_v, past_key, past_value, sees(n, n_past, 1))


@prompt.mistake(
    "The new tokens see each other alone, and nothing of the cache.",
    "All that is kept came before them: only what comes after a token is hidden from it.",
)
def prompt_past_hidden(x, w_q, w_k, w_v, past_key, past_value):
    n, n_past = x.shape[1], past_key.shape[1]
    mask = sees(n, n_past).clone()
    mask[:, :n_past] = False
    return attend(x, w_q, w_k, w_v, past_key, past_value, mask)


@prompt.mistake(
    "The new tokens see the cache alone, and neither themselves nor each other.",
    "Append first, then attend to all keys, with a mask that hides what comes later.",
)
def prompt_past_alone(x, w_q, w_k, w_v, past_key, past_value):
    n, n_past = x.shape[1], past_key.shape[1]
    return attend(
        x,
        w_q,
        w_k,
        w_v,
        past_key,
        past_value,
        sees(n, n_past) & (torch.arange(n_past + n) < n_past),
    )


@prompt.mistake("The mask is upside down: what should be seen is hidden.", MASK)
def prompt_mask_upside_down(x, w_q, w_k, w_v, past_key, past_value):
    n, n_past = x.shape[1], past_key.shape[1]
    return attend(x, w_q, w_k, w_v, past_key, past_value, ~sees(n, n_past))


@prompt.mistake("A mask for the new tokens alone was given: it has no columns for the cache.", MASK)
def prompt_mask_of_the_new(x, w_q, w_k, w_v, past_key, past_value):
    return attend(x, w_q, w_k, w_v, past_key, past_value, attn.causal_mask(x.shape[1]))


@prompt.mistake(
    "The mask has a column for each old token only: it has none for the new ones.", MASK
)
def prompt_mask_of_the_past(x, w_q, w_k, w_v, past_key, past_value):
    mask = attn.causal_mask(x.shape[1], past_key.shape[1])
    return attend(x, w_q, w_k, w_v, past_key, past_value, mask)


@prompt.mistake("A mask for as many queries as keys was given.", MASK)
def prompt_mask_for_all(x, w_q, w_k, w_v, past_key, past_value):
    n, n_past = x.shape[1], past_key.shape[1]
    return attend(x, w_q, w_k, w_v, past_key, past_value, attn.causal_mask(n_past + n))


@prompt.mistake("The two numbers of the mask are exchanged: keys first, then queries.", MASK)
def prompt_mask_exchanged(x, w_q, w_k, w_v, past_key, past_value):
    n, n_past = x.shape[1], past_key.shape[1]
    return attend(x, w_q, w_k, w_v, past_key, past_value, attn.causal_mask(n_past + n, n))


@prompt.mistake(
    "Only the last token's output was given back.",
    "It is what is needed to write on. Here each new token has a row of output.",
)
def prompt_last_output(x, w_q, w_k, w_v, past_key, past_value):
    output, key, value = prompt_with_a_mask(x, w_q, w_k, w_v, past_key, past_value)
    return output[:, -1:], key, value


@prompt.mistake(
    "Only the new keys and values were given back.",
    "The next step needs all of them: give back the longer cache.",
)
def prompt_gives_new_alone(x, w_q, w_k, w_v, past_key, past_value):
    output, key, value = prompt_with_a_mask(x, w_q, w_k, w_v, past_key, past_value)
    n_past = past_key.shape[1]
    return output, key[:, n_past:], value[:, n_past:]


@prompt.mistake(
    "The old cache was given back.",
    "The next step has to find these tokens there: give back the longer key and value.",
)
def prompt_gives_old(x, w_q, w_k, w_v, past_key, past_value):
    output, _, _ = prompt_with_a_mask(x, w_q, w_k, w_v, past_key, past_value)
    return output, past_key.clone(), past_value.clone()


@prompt.mistake(
    "The new tokens were put before the old ones.",
    "The cache is read by place: oldest first, so the new ones come last.",
)
def prompt_new_first(x, w_q, w_k, w_v, past_key, past_value):
    output, key, value = prompt_with_a_mask(x, w_q, w_k, w_v, past_key, past_value)
    n = x.shape[1]
    return output, key.roll(n, dims=1), value.roll(n, dims=1)


@prompt.mistake(
    "The three results come back in another order.",
    "Whoever calls it expects the output first, then the longer key, then the longer value.",
)
def prompt_output_last(x, w_q, w_k, w_v, past_key, past_value):
    output, key, value = prompt_with_a_mask(x, w_q, w_k, w_v, past_key, past_value)
    return key, value, output


@prompt.mistake(
    "The scores were not divided by √d_k.",
    "It is attention as in lesson 01: divide by the root of a key's width before the softmax.",
)
def prompt_without_root(x, w_q, w_k, w_v, past_key, past_value):
    n, n_past = x.shape[1], past_key.shape[1]
    key, value = longer(x, w_k, w_v, past_key, past_value, n_past)
    query = rotate(x @ w_q, torch.arange(n_past, n_past + n))
    mask = sees(n, n_past)
    return F.scaled_dot_product_attention(query, key, value, mask, scale=1.0), key, value


@prompt.mistake(
    "Queries and keys are exchanged.",
    "The queries come from w_q, the keys that are appended from w_k.",
)
def prompt_roles_exchanged(x, w_q, w_k, w_v, past_key, past_value):
    return prompt_with_a_mask(x, w_k, w_q, w_v, past_key, past_value)
