"""Positions: five ways to tell attention where a token stands.

Attention by itself sees a set: shuffle the tokens and the answers only shuffle along. The order has
to be put in, either by adding to each token (sinusoidal, learned), by turning queries and keys
(rotary), or by adding to the scores (ALiBi, T5's relative bias). Lessons 03 and 04 build this file.
"""

import math

import torch
from torch import Tensor, nn

from attn.masks import Device, relative_positions
from attn.validation import (
    require_broadcastable,
    require_integer,
    require_positive,
    require_tensor,
)


def sinusoidal_positions(
    n: int,
    d_model: int,
    *,
    base: float = 10000.0,
    start: int = 0,
    dtype: torch.dtype | None = None,
    device: Device = None,
) -> Tensor:
    """Give each position a pattern of waves: sine on even features, cosine on odd ones.

    Features 2i and 2i + 1 of position p hold sine and cosine of p / base^(2i / d_model): a clock
    with d_model / 2 hands, the first the fastest. `start` is the position of the first row.

    Returns (n, d_model). Raises ValueError on a negative n or start, d_model < 1 or base <= 0.

    Source: Vaswani et al., 2017, arXiv 1706.03762, section 3.5.
    """
    require_integer("n", n, minimum=0)
    require_integer("d_model", d_model, minimum=1)
    require_integer("start", start, minimum=0)
    require_positive("base", base)
    table = sinusoids_at(torch.arange(start, start + n), d_model, base=base)  # (n, d_model)
    return table.to(device=device, dtype=dtype or torch.get_default_dtype())


def sinusoids_at(positions: Tensor, d_model: int, *, base: float = 10000.0) -> Tensor:
    """The rows of sinusoidal_positions for any positions (..., n) -> (..., n, d_model).

    In float64 and on the CPU, so that a row is the same on every machine.
    """
    feature = torch.arange(d_model)  # (d_model,)
    exponent = (feature - feature % 2).double() / d_model  # (d_model,): 2i and 2i + 1 share one
    angle = positions.cpu().double()[..., None] / base**exponent  # (..., n, d_model)
    return torch.where(feature % 2 == 0, angle.sin(), angle.cos())


class LearnedPositions(nn.Module):
    """Learn a vector for each position and add it to the token that stands there.

    Source: Gehring et al., "Convolutional Sequence to Sequence Learning", 2017, arXiv 1705.03122;
    used by BERT and GPT.
    """

    def __init__(self, max_len: int, d_model: int) -> None:
        super().__init__()
        require_integer("max_len", max_len, minimum=1)
        require_integer("d_model", d_model, minimum=1)
        self.embedding = nn.Embedding(max_len, d_model)

    def forward(self, x: Tensor, start: int = 0) -> Tensor:
        """Add positions start, start + 1, ... to x (batch, n, d_model) -> (batch, n, d_model).

        Raises ValueError if a position would be beyond max_len.
        """
        max_len, d_model = self.embedding.weight.shape
        require_tensor("x", x, min_dims=2)
        require_integer("start", start, minimum=0)
        if x.shape[-1] != d_model:
            raise ValueError(f"x has d_model={x.shape[-1]}, expected {d_model}")
        end = start + x.shape[-2]
        if end > max_len:
            raise ValueError(
                f"x reaches position {end - 1}, expected at most max_len - 1 = {max_len - 1}"
            )
        return x + self.embedding.weight[start:end]  # (batch, n, d_model) + (n, d_model)


def apply_rotary(
    x: Tensor,
    positions: Tensor | None = None,
    *,
    base: float = 10000.0,
    interleaved: bool = True,
) -> Tensor:
    """Turn each pair of features by an angle that grows with the position.

    Turn queries and keys this way, and their dot product depends on how far apart they stand, not
    on where. x (..., n, d_head) with an even d_head; positions broadcasts to (..., n), and is 0, 1,
    2, ... unless given. Returns the shape of x.

    Which features make a pair is a convention, and weights trained with one do not work with the
    other: `interleaved` pairs neighbours, (0, 1), (2, 3), ..., as in the paper; otherwise the first
    half is paired with the second, (0, d/2), (1, d/2 + 1), ..., as the transformers library has
    Llama 1 to 3 (Llama 4 pairs neighbours there too).

    Raises ValueError on an odd d_head or positions that do not fit.

    Source: Su et al., "RoFormer", 2021, arXiv 2104.09864, section 3.2.
    """
    require_tensor("x", x, min_dims=2)
    require_positive("base", base)
    n, d_head = x.shape[-2:]
    if d_head % 2:
        raise ValueError(f"x has d_head={d_head}, expected an even number of features to pair")
    if positions is None:
        positions = torch.arange(n, device=x.device)
    _require_positions(positions, x)

    return turn_pairs(x, rotary_turns(positions, d_head, base=base, dtype=x.dtype), interleaved)


def rotary_turns(
    positions: Tensor, d_head: int, *, base: float = 10000.0, dtype: torch.dtype | None = None
) -> Tensor:
    """How rotary positions turn each pair of features: once for all layers, queries and keys.

    positions (..., n) -> (..., n, d_head / 2), complex: cos(angle) + i sin(angle), as exact as
    `dtype` and float32 at least (bfloat16 can't tell position 256 from 257)
    """
    exact = torch.promote_types(dtype or torch.get_default_dtype(), torch.float32)
    exponent = torch.arange(0, d_head, 2, dtype=exact, device=positions.device) / d_head
    angle = positions.to(exact)[..., None] / base**exponent  # (..., n, d_head / 2)
    return torch.polar(torch.ones_like(angle), angle)


def turn_pairs(x: Tensor, turns: Tensor, interleaved: bool = True) -> Tensor:
    """Turn each pair (a, b) of x (..., n, d_head) by turns (..., n, d_head / 2) -> x's shape.

    (a + ib)(cos + i sin) = (a cos - b sin) + i(a sin + b cos): one product of complex numbers, ten
    times as fast as four real ones on the two halves of each pair.
    """
    exact = x.to(torch.promote_types(x.dtype, torch.float32))
    if interleaved:
        pairs = torch.view_as_complex(exact.unflatten(-1, (-1, 2)).contiguous())
        turned = torch.view_as_real(pairs * turns).flatten(-2)  # (..., n, d_head)
    else:
        pairs = torch.complex(*exact.chunk(2, dim=-1)) * turns  # (..., n, d_head / 2)
        turned = torch.cat((pairs.real, pairs.imag), dim=-1)  # (..., n, d_head)
    return turned.to(x.dtype)


def alibi_slopes(num_heads: int) -> Tensor:
    """How fast each head's attention fades with distance: (num_heads,), in float64.

    For a power of two, heads get 2^(-8/h), 2^(-16/h), ..., 2^-8. For other counts, the slopes of
    the power of two below come first, then every other slope of the power of two above.

    Source: Press et al., 2021, arXiv 2108.12409, section 3, and the authors' code for other counts.
    """
    require_integer("num_heads", num_heads, minimum=1)

    def slopes(heads: int) -> list[float]:
        return [2.0 ** (-8.0 * (i + 1) / heads) for i in range(heads)]

    power = 2 ** math.floor(math.log2(num_heads))
    both = slopes(power) + slopes(2 * power)[0::2][: num_heads - power]
    return torch.tensor(both, dtype=torch.float64)


def alibi_bias(
    num_heads: int,
    n_q: int,
    n_k: int | None = None,
    *,
    dtype: torch.dtype | None = None,
    device: Device = None,
) -> Tensor:
    """Take from each score the distance times the head's slope: near keys are heard louder.

    Returns (num_heads, n_q, n_k), -slope * |i - j|, a bias for the scores. With n_k > n_q the
    queries are the last n_q positions.

    Source: Press et al., "Train Short, Test Long", 2021, arXiv 2108.12409.
    """
    dtype = dtype or torch.get_default_dtype()
    exact = torch.promote_types(dtype, torch.float32)
    slope = alibi_slopes(num_heads).to(device=device, dtype=exact)  # (num_heads,)
    distance = relative_positions(n_q, n_k, device=device).abs()  # (n_q, n_k)
    bias = -slope[:, None, None] * distance  # (num_heads, n_q, n_k)
    return bias.to(dtype)


class RelativePositionBias(nn.Module):
    """Learn a bias for each head and each distance; far distances share one in growing buckets.

    Half of the buckets hold one distance each, the other half are spaced by logarithm up to
    max_distance, and everything beyond shares the last. `bidirectional` keeps past and future apart
    in two halves; without it, every future key counts as distance 0 (for use with a causal mask).

    Raises ValueError if num_buckets is too small (4, and even, when bidirectional; else 2) or
    max_distance does not reach beyond the buckets that hold one distance each.

    Source: Raffel et al., "T5", 2019, arXiv 1910.10683, section 2.1, and the authors' code.
    """

    def __init__(
        self,
        num_heads: int,
        *,
        num_buckets: int = 32,
        max_distance: int = 128,
        bidirectional: bool = True,
    ) -> None:
        super().__init__()
        require_integer("num_heads", num_heads, minimum=1)
        require_integer("num_buckets", num_buckets, minimum=4 if bidirectional else 2)
        if bidirectional and num_buckets % 2:
            raise ValueError(f"num_buckets is {num_buckets}, expected an even number of them")
        nearest = num_buckets // (4 if bidirectional else 2)
        require_integer("max_distance", max_distance, minimum=nearest + 1)
        self.num_buckets, self.max_distance = num_buckets, max_distance
        self.bidirectional = bidirectional
        self.embedding = nn.Embedding(num_buckets, num_heads)
        # Small, so that at the start the scores decide and not the places.
        nn.init.normal_(self.embedding.weight, std=0.02)

    def forward(self, n_q: int, n_k: int | None = None) -> Tensor:
        """The bias for n_q queries and n_k keys -> (num_heads, n_q, n_k)."""
        relative = relative_positions(n_q, n_k, device=self.embedding.weight.device)  # (n_q, n_k)
        bias: Tensor = self.embedding(self.bucket(relative))  # (n_q, n_k, num_heads)
        return bias.permute(2, 0, 1)  # (num_heads, n_q, n_k)

    def bucket(self, relative: Tensor) -> Tensor:
        """Sort relative positions (key minus query) into buckets; same shape, 0..num_buckets-1."""
        if self.bidirectional:
            num_buckets = self.num_buckets // 2
            offset = (relative > 0) * num_buckets  # the second half is for the future
            distance = relative.abs()
        else:
            num_buckets = self.num_buckets
            offset = torch.zeros_like(relative)
            distance = (-relative).clamp(min=0)
        nearest = num_buckets // 2  # this many distances, from 0 on, have a bucket of their own
        # From `nearest` to max_distance the logarithm goes from 0 to 1.
        log_ratio = torch.log(distance.clamp(min=1).float() / nearest)
        log_ratio = log_ratio / math.log(self.max_distance / nearest)
        far = nearest + (log_ratio * (num_buckets - nearest)).long()
        far = far.clamp(max=num_buckets - 1)
        return offset + torch.where(distance < nearest, distance, far)


def _require_positions(positions: object, x: Tensor) -> None:
    if not isinstance(positions, Tensor) or positions.is_complex() or positions.dtype == torch.bool:
        kind = positions.dtype if isinstance(positions, Tensor) else type(positions).__name__
        raise ValueError(f"positions is {kind}, expected a torch.Tensor of numbers")
    require_broadcastable("positions", positions, x.shape[:-1], "(..., n)")
