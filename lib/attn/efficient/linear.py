"""Linear attention: a memory of fixed size, written to and read from.

Softmax attention compares every query with every key: exp(q·k). If the comparison is a product of
features instead, phi(q)·phi(k), the sum over keys can be done before any query comes:

    output = phi(q) · S / (phi(q) · z),    S = Σ phi(k) vᵀ,    z = Σ phi(k)

S and z do not grow with n. Adding one key at a time makes the layer an RNN; adding all of them
first makes it attend both ways. The price: it is another function than softmax attention, with a
memory of d_phi * d_v numbers, however much went in. Lesson 14 builds this file.

Source: Katharopoulos et al., "Transformers are RNNs: Fast Autoregressive Transformers with Linear
Attention", 2020, arXiv 2006.16236.
"""

import itertools
from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from attn.blockwise import accumulation_dtype, require_key_mask
from attn.core import Attended, without_hidden
from attn.validation import require_attention_inputs

FeatureMap = Callable[[Tensor], Tensor]

CHUNK = 64  # tokens handled at once: as many as features, so that scores and state weigh the same


class LinearState(NamedTuple):
    """What linear attention remembers of all keys and values so far.

    key_value  (..., d_phi, d_v)  the sum of phi(k) vᵀ
    key        (..., d_phi, 1)    the sum of phi(k)
    """

    key_value: Tensor
    key: Tensor


def elu_plus_one(x: Tensor) -> Tensor:
    """Positive features: x + 1 above 0, exp(x) below. Any shape -> the same shape.

    Equal to F.elu(x) + 1, which is 0 from about x = -17 down in float32: next to -1, numbers are
    6e-8 apart, and exp(x) - 1 rounds to -1. Written like this it stays positive down to -103.

    Source: arXiv 2006.16236, equation 7.
    """
    return x.relu() + x.clamp(max=0.0).exp()


def linear_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None = None,
    *,
    causal: bool = False,
    feature_map: FeatureMap = elu_plus_one,
) -> Attended:
    """Attention with weights phi(q)·phi(k) in place of exp(q·k), in time and memory linear in n.

    query (..., n_q, d_k), key (..., n_k, d_k), value (..., n_k, d_v)
    mask  a key mask: boolean, broadcasts to (..., 1, n_k)
    causal lets each query see the keys up to its own position; the queries are the last n_q
    feature_map  (..., n, d_k) -> (..., n, d_phi), each token by itself, features never negative

    Returns Attended(output (..., n_q, d_v), None). A query that may attend to nothing, or whose
    features agree with none of the keys' down to the smallest float, gets output 0. What the mask
    hides may hold anything, NaN too; all else must be finite. Half precision is summed in float32.
    Raises ValueError on inputs that do not fit together.

    Memory beyond the output does not grow with n where no gradient is asked for; with a gradient it
    grows as n. Scores are formed only within chunks of 64 tokens.

    Source: arXiv 2006.16236, equations 5, 9 and 10 to 12.
    """
    *batch, n_q, n_k = scores_shape = require_attention_inputs(query, key, value)
    if mask is not None:
        require_key_mask(mask, scores_shape)
        key, value = without_hidden(key, value, mask)
        mask = torch.atleast_2d(mask).mT  # (..., n_k or 1, 1)
        mask = mask.expand(*mask.shape[:-2], n_k, 1)
    state = _empty_state(key, value, feature_map)

    # The first `old` keys stand before the first query. With more queries than keys, the first
    # `early` queries stand before the first key, and see nothing.
    old, early = (max(0, n_k - n_q), max(0, n_q - n_k)) if causal else (n_k, 0)

    def chunks(tokens: slice) -> Iterator[tuple[Tensor, Tensor]]:
        """phi(key) (..., c, d_phi) and value (..., c, d_v) of these tokens, chunk by chunk."""
        masks = itertools.repeat(None) if mask is None else _split(mask[..., tokens, :])
        pairs = zip(_split(key[..., tokens, :]), _split(value[..., tokens, :]), strict=True)
        for (k, v), visible in zip(pairs, masks, strict=False):
            features = _features(k, feature_map)
            if visible is not None:
                features = features.masked_fill(~visible, 0.0)
            yield features, v.to(features.dtype)

    def outputs(state: LinearState) -> Iterator[Tensor]:
        """The output, piece by piece along the queries."""
        yield state.key.new_zeros(*batch, early, value.shape[-1])
        for features, v in chunks(slice(0, old)):
            state = _write(state, features, v)
        if causal:
            new_chunks = chunks(slice(old, n_k))
            for q, (features, v) in zip(_split(query[..., early:, :]), new_chunks, strict=True):
                output, state = _step(_features(q, feature_map), features, v, state)
                yield output
        else:
            for q in _split(query):
                yield _read(_features(q, feature_map), state)

    return Attended(_join(outputs(state), (*batch, n_q, value.shape[-1]), query.dtype), None)


def linear_attention_step(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    state: LinearState | None = None,
    *,
    feature_map: FeatureMap = elu_plus_one,
) -> tuple[Tensor, LinearState]:
    """Causal linear attention as an RNN: take in the next token, answer from what is remembered.

    query (..., 1, d_k), key (..., 1, d_k), value (..., 1, d_v); state is that of the tokens before,
    None at the start. Several tokens at once, n in place of 1, are taken in order.

    Returns (output (..., 1, d_v), the new state). Step after step gives the same outputs as
    linear_attention(..., causal=True) on the whole sequence.
    Raises ValueError on inputs that do not fit together.

    Source: arXiv 2006.16236, section 3.4, equations 16 to 20.
    """
    *_, n_q, n_k = require_attention_inputs(query, key, value)
    if n_q != n_k:
        raise ValueError(f"query has n_q={n_q}, expected {n_k} as key has: each token brings both")
    start = _empty_state(key, value, feature_map)
    if state is None:
        state = start
    for name, held, new in zip(LinearState._fields, state, start, strict=True):
        if held.shape[-2:] != new.shape:
            raise ValueError(
                f"state.{name} has shape {tuple(held.shape)}, expected (..., {new.shape[0]}, "
                f"{new.shape[1]})"
            )
    q, k = _features(query, feature_map), _features(key, feature_map)
    output, state = _step(q, k, value.to(k.dtype), state)
    return output.to(query.dtype), state


def _empty_state(key: Tensor, value: Tensor, feature_map: FeatureMap) -> LinearState:
    """The state before the first key: zeros, (d_phi, d_v) and (d_phi, 1), that broadcast."""
    if not callable(feature_map):
        raise ValueError(f"feature_map is {feature_map!r}, expected a function of a tensor")
    features = feature_map(key[..., :0, :])  # (..., 0, d_phi): asks for the width, costs nothing
    if not isinstance(features, Tensor) or features.shape[:-1] != key[..., :0, :].shape[:-1]:
        what = tuple(features.shape) if isinstance(features, Tensor) else type(features).__name__
        raise ValueError(
            f"feature_map made {what} of {tuple(key[..., :0, :].shape)}, expected (..., n, d_phi)"
        )
    dtype, d_phi = accumulation_dtype(key.dtype), features.shape[-1]
    zeros = torch.zeros(d_phi, value.shape[-1] + 1, dtype=dtype, device=key.device)
    return LinearState(zeros[:, 1:], zeros[:, :1])


def _features(x: Tensor, feature_map: FeatureMap) -> Tensor:
    """phi(x), (..., c, d_phi), in the dtype to sum in."""
    return feature_map(x.to(accumulation_dtype(x.dtype)))


def _write(state: LinearState, features: Tensor, value: Tensor) -> LinearState:
    """Add keys' features (..., c, d_phi) and their values (..., c, d_v) to what is remembered."""
    return LinearState(
        state.key_value + features.mT @ value,  # (..., d_phi, d_v)
        state.key + features.sum(dim=-2)[..., None],  # (..., d_phi, 1)
    )


def _read(features: Tensor, state: LinearState) -> Tensor:
    """Ask what is remembered, with queries' features (..., c, d_phi) -> (..., c, d_v)."""
    features = _largest_is_one(features)
    return _divide(features @ state.key_value, features @ state.key)


def _step(
    query: Tensor, key: Tensor, value: Tensor, state: LinearState
) -> tuple[Tensor, LinearState]:
    """Read and write one chunk: query and key are features (..., c, d_phi), value (..., c, d_v).

    Earlier chunks answer through the state, the chunk itself through its few scores.
    """
    query = _largest_is_one(query)
    scores = (query @ key.mT).tril()  # (..., c, c)
    blend = query @ state.key_value + scores @ value  # (..., c, d_v)
    total = query @ state.key + scores.sum(dim=-1, keepdim=True)  # (..., c, 1)
    return _divide(blend, total), _write(state, key, value)


def _largest_is_one(features: Tensor) -> Tensor:
    """Scale each query's features, which changes no output: the scale stands above and below the
    fraction. It keeps queries with tiny features from underflowing. (..., c, d_phi) -> the same"""
    largest = features.detach().amax(dim=-1, keepdim=True)  # (..., c, 1)
    return features / largest.clamp(min=torch.finfo(features.dtype).tiny)


def _divide(blend: Tensor, total: Tensor) -> Tensor:
    """blend (..., c, d_v) / total (..., c, 1), and 0 where the total is nothing but rounding."""
    limits = torch.finfo(total.dtype)
    # Below this, products have lost their digits. x / inf is 0, and so are its gradients.
    return blend / total.masked_fill(total < limits.tiny / limits.eps, torch.inf)


def _split(x: Tensor) -> tuple[Tensor, ...]:
    """Chunks of x (..., n, d) along the tokens: (..., CHUNK or fewer, d).

    Split, not sliced in a loop: autograd joins the pieces of a split once, but would give each
    slice a gradient as long as the whole, which is quadratic again.
    """
    return x.split(CHUNK, dim=-2)


def _join(pieces: Iterator[Tensor], shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
    """Join pieces along the tokens to (..., n_q, d_v).

    Without gradient each is put in its place as it comes, so that no second copy is held.
    """
    first = next(pieces)
    if torch.is_grad_enabled():
        return torch.cat([first, *pieces], dim=-2).to(dtype)
    output = first.new_empty(shape, dtype=dtype)
    stop = 0
    for piece in itertools.chain([first], pieces):
        start, stop = stop, stop + piece.shape[-2]
        output[..., start:stop, :] = piece
    return output
