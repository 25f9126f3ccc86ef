"""Many heads: several look-ups side by side, each with a question of its own.

Queries, keys and values are cut into slices, one for each head. All heads are computed in one
batched product, and a last linear layer mixes what they found. Lesson 02 builds this file; lesson
13 adds heads that share their keys and values.

Sources: Vaswani et al., 2017, arXiv 1706.03762, section 3.2.2; Shazeer, "Fast Transformer
Decoding", 2019, arXiv 1911.02150 (multi-query); Ainslie et al., "GQA", 2023, arXiv 2305.13245
(grouped-query).
"""

from typing import Any

import torch
from torch import Tensor, nn

from attn.cache import KVCache
from attn.core import Attended, scaled_dot_product_attention
from attn.grouped import attend_in_groups, fused_attention
from attn.masks import with_causal_mask
from attn.pluggable import AttentionFunction, name_of, takes_option
from attn.positions import rotary_turns, turn_pairs
from attn.validation import (
    require_broadcastable,
    require_integer,
    require_mask,
    require_positive,
    require_probability,
    require_sequence,
    require_tensor,
)


def split_heads(x: Tensor, num_heads: int) -> Tensor:
    """Give each head its slice of the features.

    x (batch, n, d_model) -> (batch, num_heads, n, d_head), d_head = d_model / num_heads.
    Raises ValueError unless num_heads divides d_model.
    """
    require_tensor("x", x, min_dims=2)
    require_integer("num_heads", num_heads, minimum=1)
    if x.shape[-1] % num_heads:
        raise ValueError(f"num_heads is {num_heads}, expected a divisor of d_model={x.shape[-1]}")
    x = x.unflatten(-1, (num_heads, x.shape[-1] // num_heads))  # (batch, n, num_heads, d_head)
    return x.transpose(-3, -2)  # (batch, num_heads, n, d_head)


def merge_heads(x: Tensor) -> Tensor:
    """Lay the heads' features side by side again: the inverse of split_heads.

    x (batch, num_heads, n, d_head) -> (batch, n, num_heads * d_head)
    """
    require_tensor("x", x, min_dims=3)
    return x.transpose(-3, -2).flatten(-2)


class MultiHeadAttention(nn.Module):
    """Attend with several heads at once, by any attention function.

    num_kv_heads  heads of keys and values; num_heads unless given. Fewer is grouped-query
                  attention, 1 is multi-query attention: query head h uses key head h // group,
                  group = num_heads / num_kv_heads
    bias          whether the four linear layers have one
    dropout       the probability with which the attention function drops a weight, in training
    rotary        turn queries and keys by their positions, as apply_rotary does
    rotary_base   apply_rotary's base: larger lets the slowest turns reach further
    attention     f(query, key, value, mask=None, ...) -> Attended; bind its own options with
                  functools.partial. `layer.attention = other` later is the same as giving it here

    Raises ValueError if the sizes do not divide each other, if `attention` takes no `dropout` and
    dropout is above 0, or if it needs an option that is not bound.
    """

    def __init__(
        self,
        d_model: int,
        num_heads: int,
        *,
        num_kv_heads: int | None = None,
        bias: bool = True,
        dropout: float = 0.0,
        rotary: bool = False,
        rotary_base: float = 10000.0,
        attention: AttentionFunction = scaled_dot_product_attention,
    ) -> None:
        super().__init__()
        num_kv_heads = num_heads if num_kv_heads is None else num_kv_heads
        require_integer("d_model", d_model, minimum=1)
        require_integer("num_heads", num_heads, minimum=1)
        require_integer("num_kv_heads", num_kv_heads, minimum=1)
        require_probability("dropout", dropout)
        if d_model % num_heads:
            raise ValueError(f"num_heads is {num_heads}, expected a divisor of d_model={d_model}")
        if num_heads % num_kv_heads:
            raise ValueError(
                f"num_kv_heads is {num_kv_heads}, expected a divisor of num_heads={num_heads}"
            )
        d_head = d_model // num_heads
        if rotary and d_head % 2:
            raise ValueError(f"d_head is {d_head}, expected an even number for rotary positions")
        require_positive("rotary_base", rotary_base)
        self.d_model, self.num_heads, self.num_kv_heads = d_model, num_heads, num_kv_heads
        self.rotary, self.rotary_base = rotary, rotary_base
        self.dropout, self.attention = dropout, attention

        self.query_proj = nn.Linear(d_model, d_model, bias=bias)
        self.key_proj = nn.Linear(d_model, num_kv_heads * d_head, bias=bias)
        self.value_proj = nn.Linear(d_model, num_kv_heads * d_head, bias=bias)
        self.out_proj = nn.Linear(d_model, d_model, bias=bias)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "attention":
            takes = {
                option: takes_option(value, option) for option in ("bias", "dropout", "causal")
            }
            if self.dropout and not takes["dropout"]:
                raise ValueError(
                    f"dropout is {self.dropout}, but {name_of(value)} takes no dropout: expected 0 "
                    "(in a layer or model, attention_dropout=0)"
                )
            self._takes = takes
            self._modules.pop("attention", None)  # else a function could not follow a module
        super().__setattr__(name, value)

    def forward(
        self,
        query: Tensor,
        key: Tensor | None = None,
        value: Tensor | None = None,
        mask: Tensor | None = None,
        *,
        bias: Tensor | None = None,
        causal: bool = False,
        cache: KVCache | None = None,
        need_weights: bool = True,
        turns: Tensor | None = None,
    ) -> Attended:
        """Attend from each query to the keys.

        query (batch, n_q, d_model); key and value (batch, n, d_model): key is query, and value is
        key, unless given. mask and bias broadcast to (batch, num_heads, n_q, n_k).
        cache   holds the keys and values of earlier calls; those of this call are appended, and n_k
                counts them all (without a cache, n_k = n)
        causal  hide later keys, the queries being the last n_q positions: a function of your own
                that has no `causal` option, as all here have, is given causal_mask instead
        need_weights  if False, weights may come back as None, and the output several times sooner:
                PyTorch's fused kernel then stands in for scaled_dot_product_attention
        turns   rotary_turns of the tokens' positions, (n_q, d_head / 2) or (batch, 1, n_q,
                d_head / 2), where many layers share them; else the layer counts for itself

        Returns Attended(output (batch, n_q, d_model), weights (batch, num_heads, n_q, n_k) or
        None). Raises ValueError on inputs that do not fit, or a bias that `attention` can't take.
        """
        key = query if key is None else key
        value = key if value is None else value
        n_k = self._require_inputs(query, key, value, mask, bias, cache)

        query_heads = split_heads(self.query_proj(query), self.num_heads)  # (batch, heads, n_q, d)
        key_heads = split_heads(self.key_proj(key), self.num_kv_heads)  # (batch, kv_heads, n, d)
        value_heads = split_heads(self.value_proj(value), self.num_kv_heads)
        if self.rotary or turns is not None:
            query_heads, key_heads = self._turn(query_heads, key_heads, n_k, turns)
        if cache is not None:
            # From here on all keys and values: (batch, kv_heads, n_k, d)
            key_heads, value_heads = cache.append(key_heads, value_heads)

        attention = self.attention
        options: dict[str, Any] = {}
        if self.training and self.dropout:
            options["dropout"] = self.dropout
        if bias is not None:
            options["bias"] = bias.to(query_heads.dtype)  # not the weights' under autocast
        elif attention is scaled_dot_product_attention and not need_weights:
            attention = fused_attention
        if causal and not self._takes["causal"]:
            causal, mask = False, with_causal_mask(mask, query.shape[1], n_k, device=query.device)
        output, weights = attend_in_groups(
            attention, query_heads, key_heads, value_heads, mask, causal=causal, **options
        )
        return Attended(self.out_proj(merge_heads(output)), weights)

    def _turn(
        self, query: Tensor, key: Tensor, n_k: int, turns: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Turn queries (batch, heads, n_q, d) and keys (batch, kv_heads, n, d) by their places."""
        (batch, _, n_q, d_head), n = query.shape, key.shape[-2]
        if turns is None:
            # The last query stands where the last key stands; new keys follow what is cached.
            longer = torch.arange(n_k - max(n_q, n), n_k, device=query.device)  # (max(n_q, n),)
            options: dict[str, Any] = {"base": self.rotary_base, "dtype": query.dtype}
            turns = rotary_turns(longer, d_head, **options)  # (max(n_q, n), d_head / 2)
            query_turns, key_turns = turns[max(n - n_q, 0) :], turns[max(n_q - n, 0) :]
        else:
            rows, pairs = turns.shape[:-2], (n_q, d_head // 2)
            fits = turns.is_complex() and turns.shape[-2:] == pairs and n == n_q
            if not (self.rotary and fits and rows in ((), (1,), (1, 1), (batch, 1))):
                raise ValueError(
                    f"turns has shape {tuple(turns.shape)} and dtype {turns.dtype}, expected "
                    f"{pairs} or {(batch, 1, *pairs)} of complex numbers, as many queries as keys, "
                    f"and a rotary layer: this one has rotary={self.rotary}"
                )
            query_turns = key_turns = turns
        return turn_pairs(query, query_turns), turn_pairs(key, key_turns)

    def _require_inputs(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        mask: Tensor | None,
        bias: Tensor | None,
        cache: KVCache | None,
    ) -> int:
        """Check everything forward is given; return n_k."""
        for name, x in (("query", query), ("key", key), ("value", value)):
            if x is query and name != "query":
                continue
            require_sequence(name, x, self.d_model)
            self._require_dtype(name, x)
            if x.shape[0] != query.shape[0]:
                raise ValueError(
                    f"{name} has batch={x.shape[0]}, expected {query.shape[0]} as query"
                )
        if value.shape[1] != key.shape[1]:
            raise ValueError(f"value has n={value.shape[1]}, expected {key.shape[1]} as key has")
        n_q, n_k = query.shape[1], key.shape[1] + (0 if cache is None else len(cache))
        shape = (query.shape[0], self.num_heads, n_q, n_k)
        if mask is not None:
            require_mask(mask, shape)
        if bias is not None:
            if not self._takes["bias"]:
                raise ValueError(f"bias is given, but {name_of(self.attention)} takes no bias")
            require_tensor("bias", bias)
            self._require_dtype("bias", bias)
            require_broadcastable("bias", bias, shape, "(batch, num_heads, n_q, n_k)")
        return n_k

    def _require_dtype(self, name: str, x: Tensor) -> None:
        dtype = self.query_proj.weight.dtype
        if x.dtype != dtype and not torch.is_autocast_enabled(x.device.type):
            raise ValueError(f"{name} has dtype {x.dtype}, expected {dtype} as the weights have")
