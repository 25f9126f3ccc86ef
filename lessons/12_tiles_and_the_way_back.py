# %% [markdown]
r"""
# 12 · Tiles, and the way back

**By the end you can**

1. say which tiles a causal mask leaves, and skip the others; <!-- quiz: tile-without-a-mask -->
2. say how the gradient of a softmax weighs a row, and check it by hand;
   <!-- quiz: gradient-of-a-score -->
3. find the gradient with weights that nobody has kept; <!-- quiz: why-log-sum -->
4. say what autograd keeps, and why tiles alone don't help training; <!-- quiz: autograd-keeps -->
5. derive what a training step holds at any length, and measure it.
   <!-- quiz: eight-times-as-long -->

*About {minutes} minutes · needs [11 · Same answer, less memory](11_same_answer_less_memory.ipynb) ·
builds the rest of `attn.chunked_attention`: causal tiles, and the way back*

> **In one breath.** You walk through a maze and want to find back. You could lay a thread all the
> way, and carry a very large ball. Or you mark a number at each crossing, and work out the rest of
> the way again when you come back. It is a little more to think and nearly nothing to carry.
"""

# %%
import math

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn

from attn import chunked_attention
from course import check, explore, progress, quiz, show
from course.measure import cpu_seconds, memory_held, multiply_adds, peak_mib

# %% [markdown]
r"""
## From memory

A few minutes, before anything new, and without looking back: what is fetched from memory stays
longer than what is read again. Nothing here is graded.
"""

# %% tags=["recall"]
from course import recall

recall("12")


# %% tags=["recall"]
# From memory: one more score. Then check("11.1", from_memory, points=0)
### BEGIN SOLUTION
def from_memory(peak, total, score):
    new_peak = max(peak, score)
    return new_peak, total * math.exp(peak - new_peak) + math.exp(score - new_peak)


check("11.1", from_memory, points=0)
### END SOLUTION

# %% [markdown]
r"""
## Tiles that nobody computes

Lesson 11 cut the table of scores into tiles and held one of them at a time. Under a causal mask
(lesson 05) a query at place $p$ sees the keys $0$ to $p$: that is $p + 1$ keys. So a tile is

- **whole**: each of its queries sees each of its keys, and no mask is needed;
- **mixed**: some pairs are hidden, and the mask has to be applied;
- or **hidden**: no query sees any key. *Do not compute it.*

The queries are the last $n_q$ of the $n_k$ places: query $i$ stands at place
$i + \text{offset}$, with $\text{offset} = n_k - n_q$. Here are six queries and six keys, so the
offset is 0, in tiles two queries high and three keys wide; `x` is seen:

```
               chunk 0   chunk 1
               keys 0 1 2   3 4 5
   query 0          x . .   . . .    mixed   hidden
   query 1          x x .   . . .
                    ─────   ─────
   query 2          x x x   . . .    ?       ?
   query 3          x x x   x . .
                    ─────   ─────
   query 4          x x x   x x .    whole   mixed
   query 5          x x x   x x x
```

**By hand.** Take queries 2 and 3. How many keys does each of them see? Which chunk do both see
whole, and which chunks are needed?
"""

# %%
# Tools: a // b divides and rounds down, math.ceil(a / b) rounds up.
print(7 // 3, math.ceil(7 / 3), 6 // 3, math.ceil(6 / 3))

# %% [markdown]
r"""
### Exercise 12.1 · Which tiles? · ●○○ · 2 points

A chunk of queries goes from `start` up to, but without, `stop`. Count key chunks from the first
one: how many do *all* these queries see whole, and how many does *at least one* of them need?
"""


# %% tags=["exercise"] exercise="12.1" minutes=7 importance="core"
def tiles_in_sight(start: int, stop: int, offset: int, key_chunk: int) -> tuple[int, int]:
    """How many key chunks the queries start … stop - 1 see whole, and how many they need.

    four whole numbers (int); query i stands at place i + offset -> two more: whole, needed
    """
    ### BEGIN SOLUTION
    first_sees = start + offset + 1  # keys: those up to its own place, and itself
    last_sees = stop - 1 + offset + 1
    return first_sees // key_chunk, math.ceil(last_sees / key_chunk)
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="12.1"
r"""
<details><summary>Hint 1: which query decides?</summary>

What *all* see is what the first one sees, because it sees the fewest keys. What *at least one*
needs is what the last one sees; it stands at place `stop - 1 + offset`.

</details>
<details><summary>Hint 2: keys to chunks</summary>

Of a chunk that is seen whole, no key may be missing: round down. A chunk of which one key is seen
has to be computed: round up.

</details>
"""

# %% tags=["check"] exercise="12.1"
check("12.1", tiles_in_sight, points=2)

# %%
print("queries 2 and 3 of six, chunks of three keys:", tiles_in_sight(2, 4, 0, 3))

# %% [markdown]
r"""
By hand: query 2 sees three keys and query 3 sees four. So chunk 0 is whole for both, and chunk 1 is
needed for a single key: `(1, 2)`.

## Forward, tile by tile

Three folded cells hold the way forward of lesson 11, which asks your function now; you need not
open them. Two things are new. `tiles_for` lists the tiles that one chunk of queries needs: for each
its *columns*, a slice of the keys, and its *mask*, `None` where it is whole. And `tiled_attention`
gives back `log_sum` beside the output, one number for each query. (Chunks of queries and of keys
are equally long from here on.)
"""


# %% tags=["folded"]
def summarize(query, key, value, mask=None):
    """-> peak (..., r, 1), total (..., r, 1), blend (..., r, d_v); mask (r, c), True = seen"""
    scores = query @ key.mT / query.shape[-1] ** 0.5  # (..., r, c)
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
    # A row may see nothing in this tile. Then -inf - (-inf) would be nan: no peak is that low.
    lowest = torch.finfo(scores.dtype).min
    peak = scores.amax(dim=-1, keepdim=True).clamp(min=lowest)  # (..., r, 1)
    powers = (scores - peak).exp()  # (..., r, c): 0 where hidden
    return peak, powers.sum(dim=-1, keepdim=True), powers @ value


def merge(first, second):
    peak = torch.maximum(first[0], second[0])
    shrink_1, shrink_2 = (first[0] - peak).exp(), (second[0] - peak).exp()
    total = first[1] * shrink_1 + second[1] * shrink_2
    return peak, total, first[2] * shrink_1 + second[2] * shrink_2


# %% tags=["folded"]
def tiles_for(start, stop, offset, chunk):
    """[(columns, mask), …] for the queries start … stop - 1; the mask is None in a whole tile"""
    whole, needed = tiles_in_sight(start, stop, offset, chunk)
    places = torch.arange(start, stop)[:, None] + offset  # (r, 1): where the queries stand
    tiles = []
    for j in range(needed):
        # The last tile is cut where the last of these queries sees no further.
        columns = slice(j * chunk, min((j + 1) * chunk, stop + offset))
        keys = torch.arange(columns.start, columns.stop)  # (c,): where the keys stand
        tiles.append((columns, None if j < whole else keys <= places))  # (r, c)
    return tiles


# %% tags=["folded"]
def tiled_attention(query, key, value, chunk):
    """Causal -> output (..., n_q, d_v), log_sum (..., n_q, 1): the logarithm of a row's sum"""
    n_q, offset = query.shape[-2], key.shape[-2] - query.shape[-2]
    outputs, log_sums = [], []
    for start in range(0, n_q, chunk):
        stop = min(start + chunk, n_q)
        summary = None
        for columns, mask in tiles_for(start, stop, offset, chunk):
            tile = query[..., start:stop, :], key[..., columns, :], value[..., columns, :]
            new = summarize(*tile, mask)
            summary = new if summary is None else merge(summary, new)
        peak, total, blend = summary
        outputs.append(blend / total)  # (..., r, d_v)
        log_sums.append(peak + total.log())  # (..., r, 1)
    return torch.cat(outputs, dim=-2), torch.cat(log_sums, dim=-2)


# %%
torch.manual_seed(0)
query, key, value = torch.randn(3, 2, 4, 50, 6)  # (batch=2, heads=4, n=50, d=6) each
expected = F.scaled_dot_product_attention(query, key, value, is_causal=True)
output, log_sum = tiled_attention(query, key, value, 16)
print("equal to PyTorch's:", torch.allclose(output, expected, atol=1e-6))
computed = sum(len(tiles_for(start, start + 256, 0, 256)) for start in range(0, 4096, 256))
print(f"4096 tokens, tiles of 256 × 256: {computed} of {16 * 16} are computed")

# %% [markdown]
r"""
136 = 128 + 8: half of the 256 tiles, and half of the 16 on the diagonal on top.

## In training, the tower is back

Training goes back as well, and **autograd** does it for us: the part of PyTorch that notes each
step on the way forward, keeps what the step will need, and finds the gradients by going back along
its notes.

At 2048 tokens and one head, one table takes 16 MiB. In training, the naive way holds three or four
at its highest. And your tiles, of which nearly half are skipped?
"""


# %% tags=["folded"]
def naive_attention(query, key, value):
    scores = query @ key.mT / query.shape[-1] ** 0.5  # (..., n_q, n_k)
    future = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1)  # here n_q = n_k
    return scores.masked_fill(future, -torch.inf).softmax(dim=-1) @ value


def training_step(attend, n=2048):
    """A function that attends and finds the three gradients, as training does."""
    inputs = [x.requires_grad_() for x in torch.randn(3, n, 64).unbind()]
    return lambda: torch.autograd.grad(attend(*inputs).sum(), inputs)


# %% tags=["nbval-ignore-output"]
training = {
    "naive": training_step(naive_attention),
    "tiles, by autograd": training_step(lambda q, k, v: tiled_attention(q, k, v, 256)[0]),
}
for name, run in training.items():
    print(f"{name}: {peak_mib(run):.1f} MiB")


# %% [markdown] measured={"tiles, by autograd": [17, 27], "naive": [45, 75]}
r"""
Autograd keeps what each tile has made; only the hidden ones are spared. Twice the length has about
four times as many tiles: $n^2$ is back.

The way out is to keep nothing, and to **compute a tile again** when its gradient is wanted. Two
things are missing for that: the weights, and the gradient of a softmax.

## One number brings the weights back

A weight is $e^\text{score}$ divided by the sum over a whole row, over other tiles too. The
logarithm of that sum is `log_sum` (papers say *log-sum-exp*), $\text{peak} + \ln \text{total}$. For
the three scores $\ln 2, \ln 4, \ln 1$ of lesson 11 it is $\ln 4 + \ln(7/4) = \ln 7$, and 7 is the
sum of their powers.

$$\text{weights}_{ij} = \frac{e^{\text{scores}_{ij}}}{e^{\text{log\_sum}_i}}
= e^{\text{scores}_{ij} - \text{log\_sum}_i}$$

One number for each query, kept from the way forward, brings back every weight, tile by tile.
"""

# %%
three = torch.tensor([2.0, 4.0, 1.0]).log()  # (n_k=3,): the three scores
shares = (three - math.log(7)).exp()  # (n_k=3,): 2/7, 4/7, 1/7
print("in sevenths:", (7 * shares).round().tolist())

# %% [markdown]
r"""
## The gradient of a softmax

First one row. Three weights, 2/7, 4/7 and 1/7, blend the values 7, 14 and 21. For each unit that a
weight grows, the output grows by 7, 14 or 21: this is `grad_weights`. How much does the output
change with each *score*?

When one score grows, its weight grows, and brings what its own key brings. But the weights of a row
sum to 1. So all of them shrink a little to make room, and that costs what the row brings on
average, each key counted by its weight. (The deep dive derives it.)

$$\text{average} = \sum_i \text{weights}_i \cdot \text{grad\_weights}_i \qquad
\text{grad\_scores}_j = \text{weights}_j \cdot (\text{grad\_weights}_j - \text{average})$$

Read aloud: *a score feels how far its key lies above the average, times its own weight*.

**By hand.** What is the average? Which of the three scores makes the output smaller when it grows?
"""

# %%
three.requires_grad_()
blended = three.softmax(dim=0) @ torch.tensor([7.0, 14.0, 21.0])
(felt,) = torch.autograd.grad(blended, three)  # (n_k=3,): what each score feels
print("autograd, in sevenths:", (7 * felt).round().tolist())

# %% [markdown]
r"""
The average is $(14 + 56 + 21)/7 = 13$. So the gradients are $2/7 \cdot (7 - 13) = -12/7$,
$4/7 \cdot 1$ and $1/7 \cdot 8$, as autograd says. The first key lies below the average, so to look
at it more makes the output smaller.

In a model, a loss comes at the end. The layers in between send back `grad_output`: by how much the
loss grows for each unit of each entry of the output. (Above, the output stood for the loss, so it
was 1.) Then `grad_weights` of a key is $\text{grad\_output} \cdot \text{value}$.

The average runs over other tiles too. Does it need the table? `grad_output` is the same for all
keys of a row, so it comes out of the sum:

$$\text{average} = \sum_j \text{weights}_j\, (\text{grad\_output} \cdot \text{value}_j)
= \text{grad\_output} \cdot \sum_j \text{weights}_j\, \text{value}_j
= \text{grad\_output} \cdot \text{output}$$

In the example it is $1 \cdot 13$. Again one number for each query, and no table.
"""

# %% [markdown]
r"""
With `log_sum` and `average`, a tile of $r$ queries and $c$ keys can find its part of the gradients.
Its axes:

```
scores, weights, grad_weights, grad_scores   (..., r, c)
log_sum, average                             (..., r, 1)   one for each query
```
"""

# %%
# Tools: (r, 1) stretches along each row of (r, c).
print(torch.tensor([[5, 6, 7], [8, 9, 10]]) - torch.tensor([[5], [8]]))

# %% [markdown]
r"""
### Exercise 12.2 · The gradient of one tile · ●●○ · 3 points

Two lines are missing: `weights`, from `scores` and `log_sum`, and `grad_scores`. What stands around
them is the chain rule for products: back through a product, multiply with the other factor. So
`output = weights @ value` gives `grad_weights = grad_output @ value.mT`.
"""


# %% tags=["exercise"] exercise="12.2" minutes=5 importance="core"
def tile_gradients(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    log_sum: torch.Tensor,
    average: torch.Tensor,
    grad_output: torch.Tensor,
    mask: torch.Tensor | None = None,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """What one tile adds to the gradients by query, key and value.

    query (..., r, d_k), key (..., c, d_k), value (..., c, d_v), log_sum and average (..., r, 1),
    grad_output (..., r, d_v) -> grad_query, grad_key, grad_value, shaped as query, key, value;
    axes such as (batch, heads) may stand before the last two; mask (r, c), True = seen
    """
    root = query.shape[-1] ** 0.5
    scores = query @ key.mT / root  # (..., r, c)
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)  # its power, and so its weight, is 0
    grad_weights = grad_output @ value.mT  # (..., r, c)
    ### BEGIN SOLUTION
    weights = (scores - log_sum).exp()  # (..., r, c): as they were on the way forward
    grad_scores = weights * (grad_weights - average)  # (..., r, c)
    ### END SOLUTION
    grad_query, grad_key = grad_scores @ key / root, grad_scores.mT @ query / root
    return grad_query, grad_key, weights.mT @ grad_output


# %% [markdown] tags=["hint"] exercise="12.2"
r"""
<details><summary>Hint 1: the weights</summary>

Not a softmax of this tile: its rows don't sum to 1 here, because other tiles have their part. The
sum of the whole row is in `log_sum`: take it away in the exponent, before the power.

</details>
<details><summary>Hint 2: the gradient of the scores</summary>

The formula above, for all rows at once. Every entry is multiplied with its own weight: with `*`,
not with `@`.

</details>
"""

# %% tags=["check"] exercise="12.2"
check("12.2", tile_gradients, points=3)

# %% [markdown]
r"""
## The whole way back

It visits the very tiles of the way forward once more. A query reads many tiles, and a key is read
by many queries: so nothing is overwritten, each tile *adds* its part to three gradients:

```
                       columns
                    key, value
                    ┌───┬───┬───┐
                    │   │   │   │   += grad_key, grad_value of the tile
                    └───┴───┴───┘
           ┌───┐    ┌───┐
           │   │    │   │
           ├───┤    ├───┼───┐
     rows  │ ← │    │   │ ▒ │      the tile ▒ is made again, used, forgotten
  query    ├───┤    ├───┼───┼───┐
           │   │    │   │   │   │
           └───┘    └───┴───┴───┘
      += grad_query
      of the tile
```

Begin at ▒: its keys stand straight above it, its queries straight to the left. Those places get its
parts.
"""

# %%
# Tools: the tiles of queries 2 and 3, in chunks of two; a slice knows its ends.
for cut, seen in tiles_for(2, 4, 0, 2):
    print(cut.start, cut.stop, None if seen is None else seen.tolist())
# Three dots stand for all the axes before; += writes into the tensor itself.
added_up, cut = torch.zeros(2, 4, 1), slice(1, 3)
added_up[..., cut, :] += torch.ones(2, 2, 1)
added_up[..., cut, :] += torch.ones(2, 2, 1)
print(added_up[0].flatten().tolist())

# %% [markdown]
r"""
### Exercise 12.3 · The whole way back · ●●● · 3 points

One chunk of queries after the other, `rows`, is cut out for you: `q`, `log`, `avg` and `grad` are
its queries, log_sum, average and grad_output. The loop inside is yours. For each tile of
`tiles_for(rows.start, rows.stop, offset, chunk)`, cut out its keys and values, call
`tile_gradients`, and add the three parts, each at its own place.
"""


# %% tags=["exercise"] exercise="12.3" minutes=9 importance="core"
def tiled_gradients(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    output: torch.Tensor,
    log_sum: torch.Tensor,
    grad_output: torch.Tensor,
    chunk: int,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The gradients of causal attention by query, key and value, one tile at a time.

    query (..., n_q, d_k), key (..., n_k, d_k), value (..., n_k, d_v), output and grad_output
    (..., n_q, d_v), log_sum (..., n_q, 1); axes such as (batch, heads) may stand before"""
    n_q, offset = query.shape[-2], key.shape[-2] - query.shape[-2]
    average = (grad_output * output).sum(dim=-1, keepdim=True)  # (..., n_q, 1)
    grad_query, grad_key, grad_value = (torch.zeros_like(x) for x in (query, key, value))
    for start in range(0, n_q, chunk):
        rows = slice(start, min(start + chunk, n_q))
        q, log, avg, grad = (x[..., rows, :] for x in (query, log_sum, average, grad_output))
        ### BEGIN SOLUTION
        for columns, mask in tiles_for(rows.start, rows.stop, offset, chunk):
            k, v = key[..., columns, :], value[..., columns, :]
            added = tile_gradients(q, k, v, log, avg, grad, mask)
            grad_query[..., rows, :] += added[0]
            grad_key[..., columns, :] += added[1]
            grad_value[..., columns, :] += added[2]
        ### END SOLUTION
    return grad_query, grad_key, grad_value


# %% [markdown] tags=["hint"] exercise="12.3"
r"""
<details><summary>Hint 1: the loop</summary>

`for columns, mask in tiles_for(…):`, as in the tools above.

</details>
<details><summary>Hint 2: what does the tile need?</summary>

Its queries `q`; its keys and values, cut at `columns`: `key[..., columns, :]`; then `log`, `avg`
and `grad`, which belong to its queries; and the mask.

</details>
<details><summary>Hint 3: adding</summary>

The first of the three parts goes to `grad_query[..., rows, :] += …`, the other two to
`[..., columns, :]` of grad_key and grad_value.

</details>
"""

# %% tags=["check"] exercise="12.3"
check("12.3", tiled_gradients, points=3)

# %% [markdown]
r"""
Now tell PyTorch: *for the way back, ask me*. That is what an `autograd.Function` does, in the
folded cell: of all tensors it keeps five, the three inputs, the output and `log_sum`.
"""


# %% tags=["folded"]
class Tiled(torch.autograd.Function):
    @staticmethod
    def forward(ctx, query, key, value, chunk):
        output, log_sum = tiled_attention(query, key, value, chunk)
        ctx.save_for_backward(query, key, value, output, log_sum)
        ctx.chunk = chunk
        return output

    @staticmethod
    def backward(ctx, grad_output):
        return *tiled_gradients(*ctx.saved_tensors, grad_output, ctx.chunk), None


# %% tags=["nbval-ignore-output"]
training["tiles, made again"] = training_step(lambda *inputs: Tiled.apply(*inputs, 256))
print(f"made again: {peak_mib(training['tiles, made again']):.1f} MiB")


# %% tags=["demo", "folded", "nbval-ignore-output"]
def draw_held(runs: dict, title: str, alt: str):
    """One line for each {name: a function to run}."""
    # Before the figure, which is not left half drawn where an exercise is not written yet.
    measured = {name: memory_held(run) for name, run in runs.items()}
    figure, axes = plt.subplots(figsize=(9, 3.6))
    for (name, (moments, held)), style in zip(measured.items(), ("-", "--", "-"), strict=True):
        axes.step([0, *moments], [0, *held], style, where="post", label=name)
    axes.set(xlabel="how far the run is, %", ylabel="MiB held", title=title)
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return show(figure, alt)


alt = "Naive and autograd's tiles climb; tiles that are made again stay near the floor."
draw_held(training, "Made again, not kept: the tower is gone on the way back too", alt)

# %% [markdown] measured={"made again": [3, 7]}
r"""
Naive builds two towers: one forward (scores, mask, softmax), one on the way back. Autograd's tiles,
dashed, build one. Look at the green line: it stays near the ground. To compute again rather than
keep is called **recomputation**.
"""

# %% [markdown]
r"""
## Memory against length

First **derive**. One head of $d$ features in training, 4 bytes a number, beside the three inputs:

- naive: three tables or four at once (scores, weights, their gradients), $12\, n^2$ bytes and more;
- yours: output, three gradients and `grad_output`, $5 \cdot 4nd$ bytes, two numbers a query, and a
  few pieces as large as one tile, for any $n$.

**Predict before you run.** What share of what naive holds do you hold, at 4096 tokens, with
$d = 64$ and tiles of 256 × 256?
"""

# %% tags=["demo", "folded", "memorable", "nbval-ignore-output"]
lengths = [256, 512, 1024, 2048, 4096]
methods = {"naive": naive_attention, "yours": lambda *inputs: Tiled.apply(*inputs, 256)}
held = {
    name: torch.tensor([peak_mib(training_step(attend, n)) for n in lengths])
    for name, attend in methods.items()
}
figure, axes = plt.subplots(figsize=(6.4, 3.8))
for (name, values), style in zip(held.items(), ("o-", "s-"), strict=True):
    slope = (values[-1] / values[-3]).log2().item() / 2
    print(f"{name}: memory, slope {slope:.1f}")
    axes.plot(lengths, values, style, label=f"{name}, slope {slope:.1f}")
print(f"yours / naive, memory at 4096: {held['yours'][-1] / held['naive'][-1]:.3f}")
axes.set(xscale="log", yscale="log", xlabel="tokens n", ylabel="MiB held, forward and back")
axes.set_xticks(lengths, lengths)
axes.set_yticks((1, 10, 100), (1, 10, 100))
axes.minorticks_off()
axes.set_title("Only naive memory grows with n²")
axes.legend()
show(figure, "Memory over length: naive rises with slope 2, yours with less than 1.")

# %% [markdown] measured={"naive: memory, slope": [1.9, 2.1], "yours: memory, slope": [0.3, 1.0]}
r"""
Look at the **slopes**: slope 1 is twice as much when $n$ doubles, slope 2 four times. Yours has
less than 1, because input and output grow and a tile does not.
"""

# %% [markdown] measured={"memory at 4096": [0.01, 0.033]}
r"""
At 4096 tokens it is less than a thirtieth. Derived: 5.2 MB and four tiles of 0.26, against 201 and
more. At 256 tokens yours is one tile, and holds more.

**What we built.** Open [`attn/efficient/chunked.py`](../lib/attn/efficient/chunked.py): the same
loops, with masks and biases, and both passes in one `autograd.Function`.
"""

# %% [markdown]
r"""
## Make it yours: a verse that comes again

Can a model learn through your gradient? A verse of 12 letters is sung three times; guess each next
letter. The folded cell trains one head with `Tiled`, in tiles of 8. (Some seconds.)
"""


# %% tags=["demo", "folded"]
LETTERS = "abcdefghijklmnopqrstuvwxyz "


class Singer(nn.Module):
    """Letters (batch, n) -> scores for each next letter (batch, n, 27)."""

    def __init__(self, n: int = 36, d: int = 48):
        super().__init__()
        self.letter, self.place = nn.Embedding(27, d), nn.Parameter(torch.randn(n, d))
        self.query, self.key, self.value = (nn.Linear(d, d) for _ in range(3))
        self.say = nn.Linear(d, 27)

    def forward(self, letters):
        x = self.letter(letters) + self.place[: letters.shape[-1]]  # (batch, n, d)
        return self.say(Tiled.apply(self.query(x), self.key(x), self.value(x), 8))


torch.set_num_threads(1)  # a small model is trained faster so
torch.manual_seed(0)
model = Singer()
adam = torch.optim.Adam(model.parameters(), lr=0.006)
for _ in range(400):
    letters = torch.randint(27, (32, 12)).repeat(1, 3)  # (batch, n=36)
    guessed = model(letters)[:, 11:-1]  # from the second verse on
    loss = F.cross_entropy(guessed.flatten(0, 1), letters[:, 12:].flatten())
    adam.zero_grad()
    loss.backward()
    adam.step()
singer = model  # it has a name of its own once it is trained

# %% [markdown]
r"""
Write a verse of your own: the first 12 small letters and spaces count. The model is given one verse
and sings on.
"""

# %%
verse = "i love tokyo"  # yours
letters = "".join(letter for letter in verse.lower() if letter in LETTERS)[:12].ljust(12)
song = [LETTERS.index(letter) for letter in letters]
for _ in range(24):
    song.append(int(singer(torch.tensor([song]))[0, -1].argmax()))
sung = "".join(LETTERS[i] for i in song)
print(sung[:12], sung[12:24], sung[24:], sep="\n")

# %% [markdown]
r"""
Nobody has kept its weights. `log_sum` brings them back:
"""

# %% tags=["demo", "folded"]
with torch.no_grad():
    x = singer.letter(torch.tensor(song)) + singer.place  # (36, d)
    query, key = singer.query(x), singer.key(x)
    _, log_sum = tiled_attention(query, key, key, 8)  # (36, 1)
    again = (query @ key.mT / query.shape[-1] ** 0.5 - log_sum).exp().tril()  # (36, 36)
figure, axes = plt.subplots(figsize=(6.4, 5.4))
picture = axes.imshow(again, cmap="cividis", vmin=0, vmax=1)
for start in range(0, 36, 8):
    first = max((columns.stop for columns, _ in tiles_for(start, min(start + 8, 36), 0, 8)))
    hidden = plt.Rectangle(
        (first - 0.5, start - 0.5), 36 - first, 8, fc="white", hatch="//", ec="gray"
    )
    axes.add_patch(hidden)
axes.set_xticks(range(36), [LETTERS[i] for i in song])
axes.set_yticks(range(36), [LETTERS[i] for i in song])
axes.tick_params(labelsize=8)
axes.grid(False)
axes.set(xlabel="keys", ylabel="queries", title="It looks one verse back, or two")
figure.colorbar(picture, label="weight")
alt = "Bright lines 11 and 23 places left of the diagonal; hatched tiles are never computed."
show(figure, alt)

# %% [markdown]
r"""
Look at the bright squares from the twelfth row to the last but one: they lie 11 places back, or 23,
where the next letter stood before. It has learnt that through your gradient. (The last row was
never trained: nothing comes after it.) The hatched tiles were never computed.
"""

# %% [markdown]
r"""
## Going further: lay the tiles

*About {minutes} minutes.* This picture asks your function. Bright tiles are whole, grey ones are
mixed, dark ones are never computed. The orange line is the mask.

- Which tiles let you skip the most: large or small ones?
- Let only the last 6 tokens ask, as when a model goes on writing. How many tiles can be skipped
  now?
"""


# %% tags=["explore", "folded"]
def lay_tiles(query_chunk: int, key_chunk: int, asking: int):
    n_k, offset = 24, 24 - asking
    kinds = torch.zeros(asking, n_k)  # 0: hidden
    starts = range(0, asking, query_chunk)
    for start in starts:
        whole, needed = tiles_in_sight(start, min(start + query_chunk, asking), offset, key_chunk)
        kinds[start : start + query_chunk, : needed * key_chunk] = 0.6  # mixed
        kinds[start : start + query_chunk, : whole * key_chunk] = 1.0
    figure, axes = plt.subplots(figsize=(7, 1.8 + 0.14 * asking))
    axes.imshow(kinds, cmap="cividis", vmin=0, vmax=1, extent=(0, n_k, asking, 0), aspect="auto")
    places = torch.arange(asking)  # query i sees i + offset + 1 keys
    corners = torch.stack([places, places + 1], dim=1).flatten()
    axes.plot((places + offset + 1).repeat_interleave(2), corners, color="#D55E00", lw=2, zorder=3)
    axes.set_xticks(range(0, n_k + 1, key_chunk))
    axes.set_yticks(range(0, asking + 1, query_chunk))
    axes.grid(True, color="white", lw=2)
    axes.set_axisbelow(False)
    computed = (kinds > 0).float().mean()
    axes.set(xlabel="keys", ylabel="queries", title=f"Computed: {computed:.0%} of the table")
    return show(figure, f"Tiles of {query_chunk} × {key_chunk}: {computed:.0%} are computed.")


explore(lay_tiles, query_chunk=[4, 2, 6, 12], key_chunk=[4, 2, 6, 12], asking=[24, 12, 6])

# %% [markdown]
r"""
Small tiles follow the line closely, large ones carry more that is hidden. (In practice very small
tiles cost time: each of them is a call.) With 6 tokens asking, little or nothing can be skipped:
almost all keys are in the past.
"""

# %% [markdown]
r"""
## Going further: and the time?

*About {minutes} minutes.* Memory fell from $n^2$ to $n$. **Predict before you run.** And the time
of a training step? *Library* is `attn.chunked_attention`, *PyTorch* its own function, written in
C++; all on one thread of the processor. (It takes a while.)
"""

# %% tags=["demo", "folded", "nbval-ignore-output"]
lengths = [256, 512, 1024, 2048, 4096]
timed = {
    "naive": naive_attention,
    "yours": lambda *inputs: Tiled.apply(*inputs, 256),
    "library": lambda *inputs: chunked_attention(*inputs, causal=True).output,
    "PyTorch": lambda *inputs: F.scaled_dot_product_attention(
        *(x[None, None] for x in inputs), is_causal=True
    ),
}
seconds = {
    name: torch.tensor([cpu_seconds(training_step(attend, n)) for n in lengths])
    for name, attend in timed.items()
}
figure, axes = plt.subplots(figsize=(6.4, 3.8))
for (name, values), style in zip(seconds.items(), ("o-", "s-", "d-.", "^--"), strict=True):
    slope = (values[-1] / values[-3]).log2().item() / 2
    axes.plot(lengths, values, style, label=f"{name}, slope {slope:.1f}")
print(f"yours / naive, time at 4096: {seconds['yours'][-1] / seconds['naive'][-1]:.2f}")
axes.set(xscale="log", yscale="log", xlabel="tokens n", ylabel="seconds, forward and back")
axes.set_xticks(lengths, lengths)
axes.set_yticks((0.001, 0.01, 0.1), (0.001, 0.01, 0.1))
axes.minorticks_off()
axes.set_title("Nobody escapes n² in time")
axes.legend()
show(figure, "Time over length: four steep lines; naive's is the steepest at the end.")

# %% [markdown] measured={"time at 4096": [0.2, 1.1]}
r"""
Exact attention still meets every pair that may be seen, so all slopes come near 2; that of naive
may lie above it, where its tables outgrow the processor's own fast memory. At 256 tokens yours is
slower: there is one tile, nothing to skip, and its scores are made twice. From about 1000 tokens on
you lose no time: nearly half the tiles are skipped, and a small tile stays in that fast memory
while you work on it.
"""

# %% [markdown] tags=["deep-dive"]
r"""
## Deep dive: where it comes from, what it costs, and another way

*About {minutes} minutes. Nothing in later lessons needs this section.*

**The gradient of a softmax, derived.** Let score $j$ grow by a little $\varepsilon$.

1. Its own power grows by the share $\varepsilon$. So weight $j$ gains
   $\text{weights}_j \cdot \varepsilon$, which brings
   $\text{weights}_j \cdot \text{grad\_weights}_j$ for each unit of $\varepsilon$.
2. The sum of the row grows by the share $\text{weights}_j \cdot \varepsilon$, and *every* weight is
   divided by it. So each weight $i$ loses
   $\text{weights}_i \cdot \text{weights}_j \cdot \varepsilon$. Together they cost
   $\text{weights}_j$ times the average.

**The price of computing again.** Count the multiplications, in units of $n^2 d$: all
queries times all keys, once.
"""

# %%
n = 2048
for name, run in training.items():
    print(f"{name}: {multiply_adds(run) / (n * n * 64):.2f} products")

# %% [markdown]
r"""
Naive needs two products forward and four back. We need two and five: the scores once more. But
nearly half of our tiles are hidden, 28 of 64, and so we multiply *less*.

**Recomputation without mathematics.** `torch.utils.checkpoint` forgets what a function did and runs
it again on the way back (Rabe and Staats, 2021, do so with attention in chunks). Here for rows of
64 queries, each block against all keys, with a plain softmax:
"""

# %% tags=["nbval-ignore-output"]
from torch.utils.checkpoint import checkpoint


def plain(query, key, value):
    return (query @ key.mT / query.shape[-1] ** 0.5).softmax(dim=-1) @ value


def rows_again(query, key, value):
    blocks = query.split(64)
    return torch.cat([checkpoint(plain, q, key, value, use_reentrant=False) for q in blocks])


for name, attend in {"plain": plain, "rows, run again": rows_again}.items():
    print(f"{name}: {peak_mib(training_step(attend)):.1f} MiB")

# %% [markdown] measured={"rows, run again": [2, 10], "plain": [40, 70]}
r"""
Slower than ours: it does the *whole* forward pass again. But it is one line, and works for any
function.

**From the papers.** To compute again rather than keep is older than attention (Chen et al., 2016,
for networks of many layers). FlashAttention (Dao et al., 2022) keeps peaks and
totals for the way back, and writes $D$ for our `average`; FlashAttention-2 (Dao, 2023) keeps what
we called `log_sum`. On the way back both go over the chunks of *keys* outside and of queries
inside. The sums are the same.

**In our library** three things look different. It keeps peaks and totals in place of `log_sum`; it
takes powers of 2, after multiplying by `LOG2_E`, because they are cheaper; and on the way back it
divides `grad_output` by the total, not each weight.
"""

# %% [markdown]
r"""
## The quiz

Five questions, with an answer to every answer.
"""

# %% tags=["quiz"]
quiz("12")

# %% [markdown]
r"""
## In five lines

1. Under a causal mask a tile is whole, mixed or hidden. Hidden ones are skipped: nearly half.
2. Tiles alone don't help training: autograd keeps what each of them made.
3. A softmax's gradient: the weight, times how far the key lies above the average.
4. One number for each query, `log_sum`, brings every weight back. So compute again, and keep
   nothing.
5. What a training step holds falls from $n^2$ to $n$; its time still grows with $n^2$.

**Words learnt**: whole, mixed and hidden tiles, autograd, log-sum-exp, recomputation.

**Next**: [13 · The cache](13_the_cache.ipynb). A model that writes asks one query at a time.
"""

# %% tags=["progress"]
progress("12")

# %% [markdown]
r"""
### References

- T. Chen, B. Xu, C. Zhang, C. Guestrin (2016). *Training Deep Nets with Sublinear Memory Cost.*
  arXiv [1604.06174](https://arxiv.org/abs/1604.06174)
- M. N. Rabe, C. Staats (2021). *Self-attention Does Not Need O(n²) Memory.* arXiv
  [2112.05682](https://arxiv.org/abs/2112.05682)
- T. Dao, D. Y. Fu, S. Ermon, A. Rudra, C. Ré (2022). *FlashAttention: Fast and Memory-Efficient
  Exact Attention with IO-Awareness.* arXiv [2205.14135](https://arxiv.org/abs/2205.14135)
- T. Dao (2023). *FlashAttention-2: Faster Attention with Better Parallelism and Work
  Partitioning.* arXiv [2307.08691](https://arxiv.org/abs/2307.08691)
"""
