"""Many heads: several look-ups side by side, each with a question of its own.

Queries, keys and values are cut into slices, one for each head. All heads are computed in one
batched product, and a last linear layer mixes what they found. Lesson 02 builds this file; lesson
10 adds heads that share their keys and values.

Sources: Vaswani et al., 2017, arXiv 1706.03762, section 3.2.2; Shazeer, "Fast Transformer
Decoding", 2019, arXiv 1911.02150 (multi-query); Ainslie et al., "GQA", 2023, arXiv 2305.13245
(grouped-query).
"""

import inspect
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from attn.cache import KVCache
from attn.core import Attended, scaled_dot_product_attention
from attn.masks import causal_mask
from attn.positions import apply_rotary
from attn.validation import (
    require_broadcastable,
    require_integer,
    require_mask,
    require_probability,
    require_tensor,
)

# f(query, key, value, mask=None, ...) -> Attended, as every attention function of this library.
AttentionFunction = Callable[..., Attended]


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
    rotary        turn queries and keys by their positions (apply_rotary with its defaults)
    attention     f(query, key, value, mask=None, ...) -> Attended; bind its own options with
                  functools.partial

    Raises ValueError if the sizes do not divide each other, or if `attention` takes no `dropout`
    and dropout is above 0.
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
        if not callable(attention):
            raise ValueError(f"attention is {attention!r}, expected a function")
        self.d_model, self.num_heads, self.num_kv_heads = d_model, num_heads, num_kv_heads
        self.dropout, self.rotary, self.attention = dropout, rotary, attention
        self._takes = {name: _takes(attention, name) for name in ("bias", "dropout", "causal")}
        if dropout and not self._takes["dropout"]:
            raise ValueError(
                f"dropout is {dropout}, but {_name(attention)} takes no dropout: expected 0 "
                "(in a layer or model, attention_dropout=0)"
            )

        self.query_proj = nn.Linear(d_model, d_model, bias=bias)
        self.key_proj = nn.Linear(d_model, num_kv_heads * d_head, bias=bias)
        self.value_proj = nn.Linear(d_model, num_kv_heads * d_head, bias=bias)
        self.out_proj = nn.Linear(d_model, d_model, bias=bias)

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
    ) -> Attended:
        """Attend from each query to the keys.

        query (batch, n_q, d_model); key and value (batch, n, d_model): key is query, and value is
        key, unless given. mask and bias broadcast to (batch, num_heads, n_q, n_k).
        cache   holds the keys and values of earlier calls; those of this call are appended, and n_k
                counts them all (without a cache, n_k = n)
        causal  hide later keys, the queries being the last n_q positions: an attention function
                that has a `causal` option of its own is told so, any other is given causal_mask
        need_weights  if False, weights may come back as None, and the output sooner: PyTorch's
                fused kernel then stands in for scaled_dot_product_attention

        Returns Attended(output (batch, n_q, d_model), weights (batch, num_heads, n_q, n_k) or
        None). Raises ValueError on inputs that do not fit, or a bias that `attention` can't take.
        """
        key = query if key is None else key
        value = key if value is None else value
        n_q, n_k = self._require_inputs(query, key, value, mask, bias, cache)

        query_heads = split_heads(self.query_proj(query), self.num_heads)  # (batch, heads, n_q, d)
        key_heads = split_heads(self.key_proj(key), self.num_kv_heads)  # (batch, kv_heads, n, d)
        value_heads = split_heads(self.value_proj(value), self.num_kv_heads)
        if self.rotary:
            # The last query stands where the last key stands; new keys follow what is cached.
            query_places = torch.arange(n_k - n_q, n_k, device=query.device)  # (n_q,)
            key_places = torch.arange(n_k - key.shape[1], n_k, device=query.device)  # (n,)
            query_heads = apply_rotary(query_heads, query_places)
            key_heads = apply_rotary(key_heads, key_places)
        if cache is not None:
            # From here on all keys and values: (batch, kv_heads, n_k, d)
            key_heads, value_heads = cache.append(key_heads, value_heads)

        options: dict[str, object] = {}
        if causal and self._takes["causal"]:
            options["causal"] = True
        elif causal and n_q > 1:  # a single query is the last position: it may see every key
            earlier = causal_mask(n_q, n_k, device=query.device)  # (n_q, n_k)
            mask = earlier if mask is None else mask & earlier
        if self.training and self.dropout:
            options["dropout"] = self.dropout
        attention = self.attention
        if attention is scaled_dot_product_attention and bias is None and not need_weights:
            attention = _fused_attention

        output, weights = self._attend(
            attention, query_heads, key_heads, value_heads, mask, bias, options
        )
        return Attended(self.out_proj(merge_heads(output)), weights)

    def _attend(
        self,
        attention: AttentionFunction,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        mask: Tensor | None,
        bias: Tensor | None,
        options: dict[str, object],
    ) -> Attended:
        """Let each group of query heads share one head of keys and values."""
        group = self.num_heads // self.num_kv_heads
        n_q = query.shape[2]
        # Scaled dot-product attention answers each query for itself, wherever it stands in the row.
        # So the queries of a group line up as one row of group * n_q, and no key is copied. Another
        # function may care where a query stands: it gets a copy of the keys for each head instead.
        fold = group > 1 and attention in (scaled_dot_product_attention, _fused_attention)
        if fold:
            query = query.unflatten(1, (-1, group)).flatten(2, 3)  # (batch, kv_heads, group*n_q, d)
            mask = None if mask is None else _fold(mask, group, n_q)
            bias = None if bias is None else _fold(bias, group, n_q)
        elif group > 1:
            key = key.repeat_interleave(group, dim=1)  # (batch, heads, n_k, d)
            value = value.repeat_interleave(group, dim=1)  # (batch, heads, n_k, d)
        if bias is not None:
            options["bias"] = bias.to(query.dtype)  # another than the weights' under autocast

        output, weights = attention(query, key, value, mask, **options)
        if fold:
            output = output.unflatten(2, (group, n_q)).flatten(1, 2)  # (batch, heads, n_q, d)
            if weights is not None:
                weights = weights.unflatten(2, (group, n_q)).flatten(1, 2)
        return Attended(output, weights)

    def _require_inputs(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        mask: Tensor | None,
        bias: Tensor | None,
        cache: KVCache | None,
    ) -> tuple[int, int]:
        """Check everything forward is given; return n_q and n_k."""
        for name, x in (("query", query), ("key", key), ("value", value)):
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
                raise ValueError(f"bias is given, but {_name(self.attention)} takes no bias")
            require_tensor("bias", bias)
            self._require_dtype("bias", bias)
            require_broadcastable("bias", bias, shape, "(batch, num_heads, n_q, n_k)")
        return n_q, n_k

    def _require_dtype(self, name: str, x: Tensor) -> None:
        dtype = self.query_proj.weight.dtype
        if x.dtype != dtype and not torch.is_autocast_enabled(x.device.type):
            raise ValueError(f"{name} has dtype {x.dtype}, expected {dtype} as the weights have")


def _fused_attention(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None, *, dropout: float = 0.0
) -> Attended:
    """scaled_dot_product_attention by PyTorch's own kernel, which need not form the weights."""
    if mask is not None:
        mask = mask[(None,) * (query.dim() - mask.dim())]  # it takes no mask of fewer axes
    output = F.scaled_dot_product_attention(query, key, value, mask, dropout_p=dropout)
    return Attended(output, None)


def require_sequence(name: str, x: Tensor, d_model: int) -> None:
    """Raise ValueError unless `x` is (batch, n, d_model)."""
    require_tensor(name, x)
    if x.dim() != 3 or x.shape[-1] != d_model:
        raise ValueError(
            f"{name} has shape {tuple(x.shape)}, expected (batch, n, d_model={d_model})"
        )


def _fold(x: Tensor, group: int, n_q: int) -> Tensor:
    """Let a mask or bias follow the queries that `_attend` lines up.

    x broadcasts to (batch, heads, n_q, n_k) -> broadcasts to (batch, kv_heads, group * n_q, n_k)
    """
    x = x[(None,) * (4 - x.dim())]  # four axes, some of them of size 1
    if x.shape[1] == x.shape[2] == 1:
        return x  # the same for every head and query
    heads = max(x.shape[1], group)  # one axis of `group` serves all kv_heads if heads are alike
    x = x.expand(-1, heads, n_q, -1)  # (batch, heads, n_q, n_k)
    return x.unflatten(1, (-1, group)).flatten(2, 3)  # (batch, kv_heads, group * n_q, n_k)


def _takes(function: AttentionFunction, option: str) -> bool:
    """Whether an attention function has an option of this name, or takes any by **options."""
    forward = function.forward if isinstance(function, nn.Module) else function
    parameters = inspect.signature(forward).parameters.values()
    # A function open to any option may still know no `causal`, and a mask says the same to all.
    any_option = option != "causal" and any(p.kind is p.VAR_KEYWORD for p in parameters)
    return any_option or any(p.name == option for p in parameters)


def _name(function: AttentionFunction) -> str:
    return getattr(getattr(function, "func", function), "__name__", repr(function))
