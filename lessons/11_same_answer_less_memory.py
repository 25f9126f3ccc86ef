# %% [markdown]
r"""
# 11 · Same answer, less memory

**By the end you can**

1. compute a softmax from a stream of scores, by hand and in code, with two numbers of memory;
   <!-- quiz: total-of-a-stream -->
2. write exact attention that never holds all its weights, and skip what a causal mask hides;
   <!-- quiz: tiles-to-compute -->
3. derive how many bytes an attention holds, and check it against a measurement;
   <!-- quiz: bytes-of-a-table -->
4. find the gradient with weights that nobody has kept; <!-- quiz: why-log-sum -->
5. judge the sentence *memory down to a quarter*. <!-- quiz: where-is-the-quarter -->

*Two sittings of about 45 to 50 minutes each, with a break between them · needs
[05 · What may not be seen](05_what_may_not_be_seen.ipynb) · builds `attn.chunked_attention`*

> **In one breath.** You mix juice from a hundred bottles in one bowl. You don't line up all the
> bottles on the table first: you open one, pour, and throw the bottle away. Now and then a bottle
> is stronger than all before; then you thin what is in the bowl, and go on. It is the same juice
> in the end, and the table was never full.
"""

# %%
import inspect
import json
import math
import os
import subprocess
import sys

# PyTorch reads this when it is imported: its recorder of memory says nothing on your screen.
os.environ["KINETO_LOG_LEVEL"] = "99"

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch.profiler import ProfilerActivity, profile

from course import check, explore, progress, quiz, show

# %% [markdown]
r"""
## From memory

Three minutes, before anything new, and without looking back: what is fetched from memory stays
longer than what is read again. Nothing here is graded.
"""

# %% tags=["recall"]
from course import recall

recall("09")

# %% tags=["recall"]
# From memory: a softmax that is safe for large scores. Then check("01.2", from_memory, points=0)
### BEGIN SOLUTION
import numpy as np


def from_memory(scores):
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


check("01.2", from_memory, points=0)
### END SOLUTION

# %% [markdown]
r"""
## A table that nobody needs

For each head, attention makes a table of scores and a table of weights, with $n_q$ rows and $n_k$
columns. When $n$ tokens attend to themselves, that is $n^2$ numbers each, of 4 bytes in `float32`.
(A MiB is $2^{20}$ bytes, about a million, and a GiB is 1024 of them.)

**Predict before you run.** A small layer has 8 heads of 64 features. How much do the weights of
65,536 tokens take, a short novel: as much as a photo (a few MiB), as a film (a few GiB), or more
than your computer has?
"""

# %%
heads, d_v = 8, 64
for n in (1024, 4096, 16_384, 65_536):
    weights, output = 4 * heads * n * n, 4 * heads * n * d_v  # bytes
    print(f"n {n:6,}   weights {weights / 2**30:7.2f} GiB   output {output / 2**20:4.0f} MiB")

# %% [markdown]
r"""
Four times the tokens, sixteen times the table. At the end it is 128 GiB, and the output, which is
all that anybody wants of it, is a thousandth of that. Each weight is used once, for one blend. So
why keep them?

Because a softmax divides by the sum over its whole row, and that sum is known only when the last
score is known. It looks as if all scores had to wait for it. They don't.

## Three scores, by hand

The division can wait instead. The answer for one query is

$$\text{output} = \frac{\sum_j e^{\text{score}_j}\, \text{value}_j}{\sum_j e^{\text{score}_j}}$$

Read aloud: *add up the values, each times $e$ to the power of its score; add up these powers;
divide the one by the other at the end*. Both sums grow key by key, and no score is needed twice.

One thing is in the way. Lesson 01 took the row's largest score away first, because $e^{1000}$ fits
into no float. But which is the largest? We learn that only at the end. So we take away the largest
**so far**, and put it right when a larger one comes. Two numbers are enough:

- `peak`: the largest score so far;
- `total`: the sum of $e^{\text{score} - \text{peak}}$ over the scores so far.

Three scores arrive: $\ln 2$, $\ln 4$, $\ln 1$. Their powers are 2, 4 and 1.

| arrives | `peak` | old `total`, put right | newcomer adds | `total` |
|---|---|---|---|---|
| $\ln 2$ | $\ln 2$ | 0 | $e^{\ln 2 - \ln 2} = 1$ | 1 |
| $\ln 4$ | $\ln 4$ | $1 \cdot e^{\ln 2 - \ln 4} = 1/2$ | $e^{\ln 4 - \ln 4} = 1$ | 3/2 |
| $\ln 1$ | $\ln 4$ | 3/2, the peak stays | $e^{\ln 1 - \ln 4} = 1/4$ | 7/4 |

Look at the second row. The old total was counted in units of 2, the power of the old peak. Now the
unit is 4, so it is only half as many. And all at once gives the same: $(2 + 4 + 1) / 4 = 7/4$.

**Work it out by hand before you go on.** A fourth score arrives, $\ln 8$. What is the total now?

### Exercise 11.1 · One more score · ●○○ · 2 points

$$\text{new\_peak} = \max(\text{peak}, \text{score}) \qquad
\text{new\_total} = \text{total} \cdot e^{\text{peak} - \text{new\_peak}}
+ e^{\text{score} - \text{new\_peak}}$$

Read aloud: *shrink the old total to the new peak, then count the newcomer*. Before the first score,
the peak is $-\infty$ and the total is 0. These are plain numbers: `math.exp` and `max` will do.
"""


# %% tags=["exercise"] exercise="11.1"
def read_one(peak: float, total: float, score: float) -> tuple[float, float]:
    """Count one more score in a softmax's sum.

    three numbers -> two numbers: the new peak, and the new total measured from it
    """
    ### BEGIN SOLUTION
    new_peak = max(peak, score)
    shrink = math.exp(peak - new_peak)  # 1 where the peak stays
    return new_peak, total * shrink + math.exp(score - new_peak)
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="11.1"
r"""
<details><summary>Hint 1: in which order?</summary>

The new peak first: both terms of the new total are measured from it.

</details>
<details><summary>Hint 2: do you need an if?</summary>

No. Where the peak stays, `peak - new_peak` is 0 and the old total is multiplied by 1. And
`math.exp(-math.inf)` is 0, so the first score needs no special care either.

</details>
"""

# %% tags=["check"] exercise="11.1"
check("11.1", read_one, points=2)

# %%
streams = {
    "by hand": [math.log(2), math.log(4), math.log(1), math.log(8)],
    "too large for e": [1000.0, 1001.0, 999.0],
}
for name, scores in streams.items():
    peak, total = -math.inf, 0.0
    for score in scores:
        peak, total = read_one(peak, total, score)
    shares = [round(math.exp(score - peak) / total, 3) for score in scores]
    print(f"{name}: total {total:.3f}   shares {shares}")

# %% [markdown]
r"""
The fourth score makes it $7/4 \cdot 1/2 + 1 = 15/8 = 1.875$, and the shares are 2, 4, 1 and 8
fifteenths. This is the **online softmax** (Milakov and Gimelshein, 2018): *online* means that the
numbers are taken as they come.

### Watch the peak rise

Eight scores arrive, one after the other. Each bar is what a score counts for in the total; dots are
its true share. (The bars are drawn for you: the algorithm keeps their sum alone.) Move *read*
slowly. When does the whole bar chart shrink? Then take the tick from *rescale*: this is the mistake
that everybody makes once. Which keys gain from it?
"""


# %% tags=["explore"]
def watch(read: int, rescale: bool):
    arriving = [0.6, -0.4, 1.2, 0.3, 2.1, 1.5, 2.9, 0.8][:read]
    peak, total, bars = -math.inf, 0.0, []
    for score in arriving:
        old_peak = peak
        peak, total = read_one(peak, total, score)
        shrink = math.exp(old_peak - peak) if rescale else 1.0
        bars = [bar * shrink for bar in bars] + [math.exp(score - peak)]
    counted, truth = torch.tensor(bars), torch.tensor(arriving).softmax(dim=0)  # (read,) each
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4))
    left.bar(range(read), counted)
    left.set(xlabel="key", ylabel="counts in the total", ylim=(0, 1.1))
    left.set_title(f"Peak {peak:.1f}: {read} keys count {counted.sum():.2f} together")
    right.bar(range(read), counted / counted.sum(), label="online")
    right.plot(range(read), truth, "o", color="#D55E00", label="softmax of all")
    right.set(xlabel="key", ylabel="share", ylim=(0, 1.1))
    for panel in (left, right):
        panel.set(xlim=(-0.6, 7.6), xticks=range(8))
    right.legend(loc="upper right")
    equal = torch.allclose(counted / counted.sum(), truth)
    right.set_title("The shares are right" if equal else "Early keys get too much")
    verdict = "right" if equal else "not right"
    return show(figure, f"{read} keys read, total {counted.sum():.2f}; shares {verdict}.")


explore(watch, read=(1, 8, 1, 4), rescale=True)

# %% [markdown]
r"""
The bars shrink at keys 2, 4 and 6, the new peaks. Without rescaling, each former peak still counts
1. Keys 0 to 3 gain; all later ones pay for it, the best key most.

## The values come along

For the output there is a second sum, of values. We call it `blend`; here that means *not yet
divided*. It shrinks with the total:

$$\text{new\_blend} = \text{blend} \cdot e^{\text{peak} - \text{new\_peak}}
+ e^{\text{score} - \text{new\_peak}}\, \text{value}
\qquad \text{output} = \frac{\text{blend}}{\text{total}} \text{ at the very end}$$

So three things, `(peak, total, blend)`, are all that a query needs to know of the keys it has read,
three or three million. We call them a **summary**. One key at a time would be slow in Python, so we
read a **chunk** of keys with ordinary tools. It is the attention of lesson 01, stopped before the
division, for all queries at once:
"""


# %%
def summarize(query, key, value):
    """All that a chunk of keys says to each query.

    query (..., n_q, d_k), key (..., c, d_k), value (..., c, d_v)
    -> peak (..., n_q, 1), total (..., n_q, 1), blend (..., n_q, d_v)
    """
    scores = query @ key.mT / query.shape[-1] ** 0.5  # (..., n_q, c)
    peak = scores.amax(dim=-1, keepdim=True)  # (..., n_q, 1)
    powers = (scores - peak).exp()  # (..., n_q, c)
    return peak, powers.sum(dim=-1, keepdim=True), powers @ value


# %% [markdown]
r"""
Each chunk has its own peak, so two summaries count in different units. Before they can be added,
both have to be measured from the same peak: the higher one.

**Work it out by hand.** One summary has peak $\ln 2$, total 3 and blend 12; the other has peak
$\ln 4$, total 1 and blend 20. What are total and blend of both together?

### Exercise 11.2 · Two summaries become one · ●●○ · 2 points

Every query has a peak of its own, so `torch.maximum` takes the larger of two, entry by entry. That
line stands there; the rest is yours.
"""


# %% tags=["exercise"] exercise="11.2"
def merge(
    first: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
    second: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The summary of all keys that two summaries speak of.

    Each, and the result: peak (..., n_q, 1), total (..., n_q, 1), blend (..., n_q, d_v).
    Axes such as (batch, heads) may stand before the last two.
    """
    peak_1, total_1, blend_1 = first
    peak_2, total_2, blend_2 = second
    peak = torch.maximum(peak_1, peak_2)  # (..., n_q, 1)
    ### BEGIN SOLUTION
    shrink_1, shrink_2 = (peak_1 - peak).exp(), (peak_2 - peak).exp()  # (..., n_q, 1) each
    total = total_1 * shrink_1 + total_2 * shrink_2
    return peak, total, blend_1 * shrink_1 + blend_2 * shrink_2
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="11.2"
r"""
<details><summary>Hint 1: two factors</summary>

In 11.1 only the old total had to shrink, because the newcomer was measured from the new peak. Here
either of the two may have the lower peak, so each gets a factor. One of the two factors is 1.

</details>
<details><summary>Hint 2: shapes</summary>

A factor is `(..., n_q, 1)`, like a peak: one number for each query. It stretches along the features
of the blend by itself.

</details>
<details><summary>Hint 3: nearly there</summary>

`(peak_1 - peak).exp()` is the first factor. It multiplies `total_1` and `blend_1`; the second one
multiplies `total_2` and `blend_2`; then add.

</details>
"""

# %% tags=["check"] exercise="11.2"
check("11.2", merge, points=2)

# %%
numbers = [(math.log(2), 3.0, 12.0), (math.log(4), 1.0, 20.0)]  # peak, total, blend
first, second = (tuple(torch.tensor([[x]]) for x in row) for row in numbers)  # (1, 1) each
_, total, blend = merge(first, second)
print(f"total {total.item():.2f}   blend {blend.item():.2f}   output {(blend / total).item():.2f}")

# %% [markdown]
r"""
By hand: the first one shrinks by $2/4$, so the total is $3/2 + 1$ and the blend $6 + 20$. The order
does not matter, nor who is merged with whom first.

### Exercise 11.3 · Attention, chunk by chunk · ●●○ · 3 points

Now read all keys in chunks: summarise, merge, and divide at the very end. The first line stands
there: `split` cuts keys and values into pieces of `key_chunk` tokens, and the last may be shorter.
Begin with the summary of the first pieces. The loop over the others has the head
`for key_part, value_part in zip(keys[1:], values[1:], strict=True):`.
"""


# %% tags=["exercise"] exercise="11.3"
def chunked_attention(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, key_chunk: int
) -> torch.Tensor:
    """Exact attention that holds the scores of one chunk of keys at a time.

    query (..., n_q, d_k), key (..., n_k, d_k), value (..., n_k, d_v) -> output (..., n_q, d_v);
    axes such as (batch, heads) may stand before the last two
    """
    keys, values = key.split(key_chunk, dim=-2), value.split(key_chunk, dim=-2)
    ### BEGIN SOLUTION
    summary = summarize(query, keys[0], values[0])
    for key_part, value_part in zip(keys[1:], values[1:], strict=True):
        summary = merge(summary, summarize(query, key_part, value_part))
    _, total, blend = summary
    return blend / total  # (..., n_q, d_v)
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="11.3"
r"""
<details><summary>Hint 1: how does it begin?</summary>

With `summary = summarize(query, keys[0], values[0])`, before the loop. All queries meet each chunk.

</details>
<details><summary>Hint 2: in the loop</summary>

The next chunk is summarised too, and merged into what you have. `merge` gives back a new summary:
keep it under the old name, `summary`.

</details>
<details><summary>Hint 3: the end</summary>

Take the summary apart, `_, total, blend = summary`, and divide. Once, after the loop.

</details>
"""

# %% tags=["check"] exercise="11.3"
check("11.3", chunked_attention, points=3)

# %%
key = torch.tensor([[2.0], [4.0], [1.0]]).log()  # (n_k=3, d_k=1): with query 1, the three scores
value = torch.tensor([[7.0], [14.0], [21.0]])  # (n_k=3, d_v=1)
answer = chunked_attention(torch.ones(1, 1), key, value, key_chunk=2)  # (1, 1)
print(f"the three keys above, with values 7, 14, 21: {answer.item():.2f}")

# %% [markdown]
r"""
By hand $(2 \cdot 7 + 4 \cdot 14 + 1 \cdot 21)/7$. Is it *exact*? On paper yes, but each addition
rounds, and we add in another order. So compare both ways with the truth, computed with twice the
digits (`float64`).
"""


# %%
def naive_attention(query, key, value):
    query = query / query.shape[-1] ** 0.5  # here, and not the scores: it saves one more table
    scores = query @ key.mT  # (..., n_q, n_k): the first table
    weights = scores.softmax(dim=-1)  # (..., n_q, n_k): the second table
    return weights @ value


# %% tags=["nbval-ignore-output"]
query, key, value = torch.randn(3, 1000, 64, generator=torch.Generator().manual_seed(0))
truth = naive_attention(query.double(), key.double(), value.double())  # (1000, 64)
full, chunks = naive_attention(query, key, value), chunked_attention(query, key, value, 128)
pairs = {"naive - truth": (full, truth), "chunked - truth": (chunks, truth)}
for name, (a, b) in (pairs | {"chunked - naive": (chunks, full)}).items():
    print(f"{name:15}  at most {(a - b).abs().max():.0e}")

# %% [markdown]
r"""
All three are rounding, below a millionth, and neither way is closer to the truth by more than that.
So this is no approximation. Lesson 09 changed the function, this lesson does not.

### Chunks of queries, too

A chunk of keys still meets *all* queries. But the rows know nothing of each other, so we may cut
the queries as well. Then only one **tile** of scores exists at a time, `query_chunk` times
`key_chunk` numbers, however long the text is.
"""


# %%
def attention_in_tiles(query, key, value, query_chunk, key_chunk):
    """The same, one chunk of queries after the other -> (..., n_q, d_v)."""
    rows = query.split(query_chunk, dim=-2)
    return torch.cat([chunked_attention(q, key, value, key_chunk) for q in rows], dim=-2)


# %%
output = attention_in_tiles(query, key, value, 100, 128)  # (1000, 64)
print("equal to the truth:", torch.allclose(output, truth.float(), atol=1e-6))

# %% [markdown]
r"""
How much does each of the three hold *while it runs*? An answer can't show it: the check of 11.3 saw
outputs alone. But PyTorch can write down every piece of memory that it takes and gives back. (What
the next two cells print counts, not how they do it.)
"""


# %%
def held_over_time(run) -> tuple[list[float], list[float]]:
    """Moments from 0 to 100 % of `run()`, and the MiB held above the start from each moment on."""
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as record:
        run()
    events = record.profiler.kineto_results.events()
    changes = [(e.start_ns(), e.nbytes()) for e in events if e.name() == "[memory]"]
    when, change = torch.tensor(sorted(changes)).T  # (changes,) each: taken is +, given back is -
    share = (when - when[0]) / (when[-1] - when[0])
    return (100 * share).tolist(), (change.cumsum(dim=0) / 2**20).tolist()


# %%
def draw_held(runs: dict, title: str, alt: str):
    """One line for each {name: a function to run}."""
    figure, axes = plt.subplots(figsize=(9, 3.6))
    for (name, run), style in zip(runs.items(), ("-", "--", "-"), strict=False):
        moments, held = held_over_time(run)
        label = f"{name}: at most {max(held):.1f} MiB"
        axes.step([0, *moments], [0, *held], style, where="post", label=label)
    axes.set(xlabel="how far the run is, %", ylabel="MiB held", title=title)
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return show(figure, alt)


# %% [markdown]
r"""
**Predict before you run.** One head, 2048 tokens, 64 features: one table takes
$2048^2 \cdot 4$ bytes, and that is 16 MiB; the output takes half a MiB. How much does the naive way
hold at most? And tiles of 256 × 256?
"""

# %% tags=["demo", "nbval-ignore-output"]
query, key, value = torch.randn(3, 2048, 64, generator=torch.Generator().manual_seed(0))
forward = {
    "naive": lambda: naive_attention(query, key, value),
    "chunks of 256 keys": lambda: chunked_attention(query, key, value, 256),
    "tiles of 256 × 256": lambda: attention_in_tiles(query, key, value, 256, 256),
}
alt = "Naive climbs in two steps and stays. Chunks of keys go up and down; tiles lie at the floor."
draw_held(forward, "The naive way fills a tower, tiles hardly leave the ground", alt)

# %% [markdown]
r"""
The blue tower has two floors, scores and weights, of 16 MiB each. Chunks of keys climb and fall, a
chunk at a time, and tiles stay near the ground: about a MiB, with the output in it. This is the
proof that the table never was whole, and you have not changed one weight.

## Tiles that nobody computes

Under a causal mask (lesson 05) a query at place $p$ sees the keys $0$ to $p$. So a tile is one of
three things:

- **whole**: each of its queries sees each of its keys. No mask is needed.
- **mixed**: some pairs are hidden. Here the mask has to be applied.
- **hidden**: no query sees any key. *Do not compute it.*

The naive way computes the hidden half and throws it away.

In this course the queries are the last $n_q$ of the $n_k$ places: query $i$ stands at place
$i + \text{offset}$, with $\text{offset} = n_k - n_q$.

**Work it out by hand.** Six queries, six keys, so the offset is 0. Take queries 2 and 3, and key
chunks of three: keys 0 to 2, and keys 3 to 5. Which chunk do both queries see whole? Which are
needed?

### Exercise 12.1 · Which tiles? · ●●○ · 2 points

A chunk of queries goes from `start` up to, but without, `stop`. Count key chunks from the first
one: how many do *all* these queries see whole, and how many does *at least one* of them need?
`a // b` divides and rounds down, `math.ceil(a / b)` rounds up.
"""


# %% tags=["exercise"] exercise="12.1"
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
<details><summary>Hint 1: how many keys does a query see?</summary>

At place $p$ it sees the keys $0, 1, …, p$. That is $p + 1$ keys.

</details>
<details><summary>Hint 2: which query decides?</summary>

What *all* see is what the first one sees, because it sees the fewest keys. What *at least one*
needs is what the last one sees; it stands at place `stop - 1 + offset`.

</details>
<details><summary>Hint 3: keys to chunks</summary>

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

### Lay the tiles

This picture asks your function. Bright tiles are whole, grey ones are mixed, dark ones are never
computed.

- Which tiles let you skip the most: large or small ones?
- Let only the last 6 tokens ask, as with a cache. How many tiles can be skipped now?
"""


# %% tags=["explore"]
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
The orange line is the mask; to its left is what may be seen. Small tiles follow it closely, large
ones carry more that is hidden. (In practice very small tiles cost time: each of them is a call.)
With 6 tokens asking, next to nothing can be skipped: almost all keys are in the past.

Now everything together. A mixed tile may hold a row that sees nothing in *this* tile. Its scores
are all $-\infty$, its peak too, and $-\infty - (-\infty)$ is nan, as in lesson 05. So here
no peak may be lower than the lowest float: $-\infty$ minus that is $-\infty$, and
$e^{-\infty} = 0$.
"""


# %%
def summarize_tile(query, key, value, mask=None):
    """As summarize, with a mask (n_q, c), True = may attend; None for a whole tile."""
    scores = query @ key.mT / query.shape[-1] ** 0.5  # (..., n_q, c)
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
    lowest = torch.finfo(scores.dtype).min
    peak = scores.amax(dim=-1, keepdim=True).clamp(min=lowest)  # (..., n_q, 1)
    powers = (scores - peak).exp()  # (..., n_q, c): 0 where hidden
    return peak, powers.sum(dim=-1, keepdim=True), powers @ value


# %% [markdown]
r"""
For each chunk of queries: read the chunks that are needed, with a mask only where one is needed.
The second thing it gives back, `log_sum`, is one number for each query. You will see what for.
"""


# %%
def tiled_attention(query, key, value, query_chunk, key_chunk, causal=True):
    """-> output (..., n_q, d_v), log_sum (..., n_q, 1): the logarithm of a row's sum of powers"""
    n_q, n_k = query.shape[-2], key.shape[-2]
    offset = n_k - n_q
    keys, values = key.split(key_chunk, dim=-2), value.split(key_chunk, dim=-2)
    places = torch.arange(n_k).split(key_chunk)  # of each chunk's keys
    outputs, log_sums = [], []
    for start in range(0, n_q, query_chunk):
        stop = min(start + query_chunk, n_q)
        whole, needed = len(keys), len(keys)
        if causal:
            whole, needed = tiles_in_sight(start, stop, offset, key_chunk)
        summary = None
        for j in range(needed):
            own = torch.arange(start, stop)[:, None] + offset  # (r, 1): the queries' places
            mask = None if j < whole else places[j] <= own  # (r, c)
            new = summarize_tile(query[..., start:stop, :], keys[j], values[j], mask)
            summary = new if summary is None else merge(summary, new)
        peak, total, blend = summary
        outputs.append(blend / total)
        log_sums.append(peak + total.log())
    return torch.cat(outputs, dim=-2), torch.cat(log_sums, dim=-2)


# %%
torch.manual_seed(0)
query, key = torch.randn(2, 3, 50, 6), torch.randn(2, 3, 70, 6)  # (batch, heads, n_q or n_k, d_k)
value = torch.randn(2, 3, 70, 7)  # (batch, heads, n_k, d_v)
mask = torch.ones(50, 70, dtype=torch.bool).tril(20)  # the queries are the last 50 of 70
expected = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
output, _ = tiled_attention(query, key, value, 8, 16)
print("equal to PyTorch's:", torch.allclose(output, expected, atol=1e-6))
starts = range(0, 4096, 256)
needed = sum(tiles_in_sight(start, start + 256, 0, 256)[1] for start in starts)
print(f"4096 tokens, tiles of 256 × 256: {needed} of {len(starts) ** 2} are computed")

# %% [markdown]
r"""
Half the table and half the diagonal. The longer the text, the closer to a half.

*A good place for a break.*

## The way back: compute again, do not keep

So far we went forward. Training goes back as well, and autograd does it for us.

**Predict before you run.** The tower again, forward and backward. The naive way holds three tables
at its highest, about 48 MiB. And your tiles: about 1 MiB as before, about 4, or about 40?
"""


# %% tags=["demo", "nbval-ignore-output"]
def there_and_back(attend):
    """A function that attends and finds the three gradients, as training does."""
    inputs = [x.requires_grad_() for x in torch.randn(3, 2048, 64).unbind()]
    return lambda: torch.autograd.grad(attend(*inputs).sum(), inputs)


training = {
    "naive": there_and_back(naive_attention),
    "tiles, by autograd": there_and_back(lambda q, k, v: attention_in_tiles(q, k, v, 256, 256)),
}
alt = "Both lines climb nearly as high, naive in steps, tiles little by little, and fall again."
draw_held(training, "In training, autograd builds the tower from tiles", alt)

# %% [markdown]
r"""
Nearly all is lost. To go back, autograd keeps the scores *and* the powers of every tile, together
two whole tables, and the blends of each merge.

The way out is to keep nothing, and to **compute a tile again** when its gradient is wanted. But a
weight is $e^\text{score}$ divided by the sum over a whole row, over other tiles too. Here
`log_sum` comes in, the logarithm of that sum (papers say *log-sum-exp*). It is
$\text{peak} + \ln \text{total}$; for our three scores, $\ln 4 + \ln(7/4) = \ln 7$, and 7 is the sum
of their powers.

$$\text{weights}_{ij} = \frac{e^{\text{scores}_{ij}}}{e^{\text{log\_sum}_i}}
= e^{\text{scores}_{ij} - \text{log\_sum}_i}$$

One number for each query, kept from the way forward, brings back every weight, tile by tile.

The rest is the chain rule. `grad_x` is the gradient of the loss by `x`; a tile has $r$ queries and
$c$ keys:

| gradient | formula | shape |
|---|---|---|
| `grad_value` | $\text{weights}^\top\, \text{grad\_output}$ | $(c, d_v)$ |
| `grad_weights` | $\text{grad\_output}\; \text{value}^\top$ | $(r, c)$ |
| `grad_scores` | $\text{weights} * (\text{grad\_weights} - \text{drop})$ | $(r, c)$ |
| `grad_query` | $\text{grad\_scores}\; \text{key} \,/ \sqrt{d_k}$ | $(r, d_k)$ |
| `grad_key` | $\text{grad\_scores}^\top\, \text{query} \,/ \sqrt{d_k}$ | $(c, d_k)$ |

The third row is the softmax: *a score feels how far its key's gradient lies from the weighted
average, times its own weight* (the deep dive of lesson 01; $*$ multiplies entry by entry). That
average, `drop` $(r, 1)$, runs over all keys. It needs no table either: to average the products of
`grad_output` with all values is to multiply it with the average value, and that is the output:

$$\text{drop}_i = \sum_j \text{weights}_{ij}\, (\text{grad\_output}_i \cdot \text{value}_j)
= \text{grad\_output}_i \cdot \text{output}_i$$

### Exercise 12.2 · The gradient of one tile · ●●● · 3 points

First the weights, from the scores and `log_sum`; then the table above, row by row.
"""


# %% tags=["exercise"] exercise="12.2"
def tile_gradients(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    log_sum: torch.Tensor,
    drop: torch.Tensor,
    grad_output: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """What one tile adds to the gradients by query, key and value.

    query (..., r, d_k), key (..., c, d_k), value (..., c, d_v), log_sum and drop (..., r, 1),
    grad_output (..., r, d_v) -> grad_query, grad_key, grad_value, shaped as query, key, value;
    axes such as (batch, heads) may stand before the last two
    """
    root = query.shape[-1] ** 0.5
    scores = query @ key.mT / root  # (..., r, c)
    ### BEGIN SOLUTION
    weights = (scores - log_sum).exp()  # (..., r, c): as they were on the way forward
    grad_value = weights.mT @ grad_output  # (..., c, d_v)
    grad_weights = grad_output @ value.mT  # (..., r, c)
    grad_scores = weights * (grad_weights - drop)  # (..., r, c)
    return grad_scores @ key / root, grad_scores.mT @ query / root, grad_value
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="12.2"
r"""
<details><summary>Hint 1: the weights</summary>

Not a softmax of this tile: its rows don't sum to 1 here, because other tiles have their part. The
sum of the whole row is in `log_sum`: take it away in the exponent, before the power.

</details>
<details><summary>Hint 2: shapes</summary>

$x^\top$ in the table is `x.mT`. Each product has to give the shape in the last column: `grad_value`
is `(c, r) @ (r, d_v)`.

</details>
<details><summary>Hint 3: the order of what you give back</summary>

Five lines, one for the weights and then the rows of the table; `return grad_query, grad_key,
grad_value` at the end. Both `grad_query` and `grad_key` are divided by `root`.

</details>
"""

# %% tags=["check"] exercise="12.2"
check("12.2", tile_gradients, points=3)

# %% [markdown]
r"""
The whole way back visits every tile once more, and adds up.
"""


# %%
def tiled_gradients(query, key, value, grad_output, chunk):
    """The gradients by query, key and value, in tiles of chunk × chunk."""
    output, log_sum = tiled_attention(query, key, value, chunk, chunk, causal=False)
    drop = (grad_output * output).sum(dim=-1, keepdim=True)  # (..., n_q, 1)
    grads = [torch.zeros_like(x) for x in (query, key, value)]
    for i in range(0, query.shape[-2], chunk):
        rows = slice(i, i + chunk)
        of_rows = [x[..., rows, :] for x in (log_sum, drop, grad_output)]
        for j in range(0, key.shape[-2], chunk):
            columns = slice(j, j + chunk)
            tile = query[..., rows, :], key[..., columns, :], value[..., columns, :]
            added = tile_gradients(*tile, *of_rows)
            for grad, part, more in zip(grads, (rows, columns, columns), added, strict=True):
                grad[..., part, :] += more
    return grads


# %%
inputs = [x.requires_grad_() for x in (query, key, value)]
grad_output = torch.randn(2, 3, 50, 7)  # (batch, heads, n_q, d_v)
expected = torch.autograd.grad(naive_attention(*inputs), inputs, grad_output)
with torch.no_grad():
    found = tiled_gradients(*inputs, grad_output, 16)
equal = [torch.allclose(*pair, atol=1e-5) for pair in zip(found, expected, strict=True)]
print("equal to autograd's, by query, key and value:", equal)

# %% tags=["demo", "nbval-ignore-output"]
inputs = torch.randn(3, 2048, 64).unbind()
training["tiles, computed again"] = lambda: tiled_gradients(*inputs, torch.ones(2048, 64), 256)
alt = "Naive and autograd's tiles climb to the top; tiles computed again stay at the floor."
draw_held(training, "Computed again, the tower is gone on the way back too", alt)

# %% [markdown]
r"""
The green line is the gradient that training needs, and the tower is gone. The price is one matrix
product for each tile, the scores. Naive needs two products forward and four back; we need five
back. To compute again rather than keep is called **recomputation**.

## Memory against length

First **derive**. One head of $d$ features, 4 bytes a number:

- naive, forward: two tables, the scaled queries and the output, $4\,(2 n^2 + 2 n d)$ bytes;
- naive, with the way back: three tables at once (the weights, their gradient, that of the scores);
- tiles, forward: the output, $4nd$ bytes, two numbers a query, and a tile and its pieces. The
  library's tile has 256 × 512 numbers, half a MiB for any $n$;
- operations, forward: $2 n^2 d$ multiplications either way, for the scores and for the blend.

**Predict before you run.** When $n$ doubles, by what factor grows what naive holds, what tiles
hold, and the *time* of each? Who is fastest at 4096 tokens?

Then **measure**, in a fresh process for each method, so that nothing is left over from this
notebook. *Chunked* is the library's version of what you wrote, `attn.chunked_attention`; *PyTorch*
is its own function, written in C++. (Allow half a minute or more.)
"""

# %%
lengths = [256, 512, 1024, 2048, 4096]
PROGRAM = f"""
import json, sys, time, timeit, torch
import torch.nn.functional as F
from torch.profiler import ProfilerActivity, profile
from attn import chunked_attention
torch.set_num_threads(1)
{inspect.getsource(naive_attention)}
{inspect.getsource(held_over_time)}
methods = dict(naive=naive_attention, PyTorch=F.scaled_dot_product_attention)
methods["chunked"] = lambda *inputs: chunked_attention(*inputs).output
for n in {lengths}:
    for back in (False, True):
        inputs = torch.randn(3, 1, 1, n, 64).requires_grad_(back).unbind()
        def run():
            output = methods[sys.argv[1]](*inputs)
            return torch.autograd.grad(output.sum(), inputs) if back else output
        _, held = held_over_time(run)
        seconds = timeit.repeat(run, number=1, repeat=3, timer=time.process_time)
        print(json.dumps([max(held), min(seconds)]))
"""

# %% tags=["demo", "nbval-ignore-output"]
results = {}
for method in ("naive", "chunked", "PyTorch"):
    command = [sys.executable, "-c", PROGRAM, method]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    results[method] = torch.tensor(rows).view(len(lengths), 2, 2)  # (n, forward or back, measure)

# %% tags=["demo", "nbval-ignore-output"]
for back, name in enumerate(("forward", "forward and back")):
    print(f"{name}, naive -> chunked")
    pairs = zip(lengths, results["naive"][:, back], results["chunked"][:, back], strict=True)
    for n, (full, slow), (less, fast) in pairs:
        held = f"{full:6.1f} -> {less:4.1f} MiB, that is {less / full:.3f}"
        print(f"   n {n:4}   {held}   time: {fast / slow:.1f} times")

# %% tags=["demo", "nbval-ignore-output"]
figure, panels = plt.subplots(1, 2, figsize=(10, 3.8))
for (name, measured), style in zip(results.items(), ("o-", "s-", "^--"), strict=True):
    for panel, values in zip(panels, measured[:, 1].T, strict=True):  # forward and back
        slope = (values[-1] / values[-3]).log2() / 2  # over the last two doublings
        panel.plot(lengths, values, style, label=f"{name}, slope {slope:.1f}")
panels[0].set(title="Only naive memory grows with n²", ylabel="MiB held, forward and back")
panels[1].set(title="Time grows with n² for all", ylabel="seconds, forward and back")
for panel, ticks in zip(panels, ((1, 10, 100), (0.001, 0.01, 0.1)), strict=True):
    panel.set(xscale="log", yscale="log", xlabel="tokens n")
    panel.set_xticks(lengths, lengths)
    panel.set_yticks(ticks, ticks)
    panel.minorticks_off()
    panel.legend()
alt = "Left: memory; naive rises with slope 2, the others with less than 1. Right: time, near 2."
show(figure, alt)

# %% [markdown]
r"""
A slope of 2 says four times as much when $n$ doubles, a slope of 1 twice. It is taken over the last
two doublings.

- **Memory.** Naive has slope 2, and the numbers that we derived: 130 MiB forward at 4096, two
  tables of 64 and twice 1. Chunked and PyTorch's own are far below, with slopes of about 0.6 and
  0.7: the tile does not grow, input and output do.
- **Time.** All slopes are about 2. Exact attention still meets every pair: no operation is saved,
  one product is even added. The printed ratio: at a few hundred tokens chunked may take up to twice
  as long, to some 2000 half as long again; at 4096 it keeps up with naive or passes it. How can
  more work take no longer? Wait for the last section.

**Try it.** Add 8192 to `lengths`, if your machine has a gigabyte to spare.

## Claim, measured: "memory down to a quarter"

Articles say that a memory-efficient attention cuts memory to a quarter. You know enough to ask
back: **at which length?** At 256 tokens we have saved little, somewhere between 512 and 1024 we
passed a quarter, and at 4096, forward, about a sixtieth was left. Where the articles have their
quarter from we don't know. But look at *Self-attention Does Not Need O(n²) Memory*, by Rabe and
Staats (2021). Their tile has 1024 queries and 4096 keys. So **derive** what is left of the table,
and put beside it what the paper measured (its table 2: one head, without input and output, in MB):
"""

# %%
printed = {256: (0.27, 0.27), 1024: (4.0, 4.0), 4096: (64, 16), 16_384: (1024, 17)}
for n, (standard, efficient) in printed.items():
    tile = min(n, 1024) * min(n, 4096)
    derived = f"1/{n * n // tile}" if tile < n * n else "1"
    print(f"n {n:6}   derived {derived:4}   paper {standard:5} -> {efficient:4}", end="   ")
    print(f"that is {efficient / standard:.3f}")

# %% [markdown]
r"""
There it is: a quarter, at 4096 tokens, because 1024 of 4096 queries were held at a time. At 1024
nothing is gained, at 16,384 a sixtieth is left (the paper printed rounded numbers; its text says 59
times less). *A quarter* is one point on a curve. An honest sentence names the curve: **memory falls
from $n^2$ to $n$.**

And it speaks of attention alone. A model also holds its weights, and what its other layers keep.

## What a GPU adds: bytes moved

A graphics processor (GPU) has two kinds of memory. For one model, the A100, the FlashAttention
paper (Dao et al., 2022) names

- a large one of 40 to 80 GB, which moves 1.5 to 2 TB in a second;
- a fast one on the chip, about 19 TB in a second, but only 192 KB for each of 108 processors.

It multiplies so fast that the tables' way to the large memory and back takes most of the time. A
tile that never leaves the fast memory saves that way. What is *held* falls further with every
doubling of $n$; what is *moved* falls by a fixed factor, whatever $n$ is (the deep dive counts it).

**FlashAttention** is this: the two passes that you wrote, as programs for the GPU in which a tile
lives and dies in the fast memory. For GPT-2 medium, forward and back at 1024 tokens, the paper
counts 4.4 GB moved in place of 40.3, and 7.3 ms in place of 41.7, with *more* operations than
before.

Your own processor has a fast memory as well, its cache. A tile of 256 × 512 numbers, half a MiB,
has a good chance to stay there; a table of 64 MiB has none. That is how more work can take no
longer.

**What we built.** Open [`attn/efficient/chunked.py`](../lib/attn/efficient/chunked.py): the same
`peak`, `total` and `blend`, with masks and biases, and both passes in one `autograd.Function`, so
that any model can be trained with it. Three things look different there. It keeps peaks and totals
in place of `log_sum`; it takes powers of 2, after multiplying by `LOG2_E`, because they are
cheaper; and on the way back it divides `grad_output` by the total, not each weight.
"""

# %%
from attn import chunked_attention as library_attention

torch.manual_seed(1)
query, key, value = (torch.randn(2, 3, n, 8, requires_grad=True) for n in (50, 70, 70))
output, _ = tiled_attention(query, key, value, 8, 16, causal=True)
theirs = library_attention(query, key, value, causal=True).output
print("output  ", torch.allclose(output, theirs, atol=1e-6))
inputs, ones = (query, key, value), torch.ones(2, 3, 50, 8)
theirs = torch.autograd.grad(library_attention(*inputs).output.sum(), inputs)
with torch.no_grad():
    found = tiled_gradients(*inputs, ones, 16)
print("gradient", [torch.allclose(*pair, atol=1e-5) for pair in zip(found, theirs, strict=True)])

# %% [markdown] tags=["deep-dive"]
r"""
## Deep dive: bytes moved, and do we need the online softmax?

Nothing in later lessons needs this section.

**How much is moved?** In numbers, for one head, forward:

- naive: the scores are written and read again, then the weights: $4 n^2$. Input and output: $4nd$.
- tiles that never leave the fast memory: queries in and output out, $2nd$. Keys and values come in
  once for each chunk of queries: $2nd \cdot n / \text{query\_chunk}$.
"""

# %%
d = 64
for n in (1024, 16_384):
    for query_chunk in (64, 128, 256):
        moved_naive = 4 * n * n + 4 * n * d  # numbers
        moved_tiles = 2 * n * d + 2 * n * d * (n // query_chunk)
        print(f"n {n:6}   chunks of {query_chunk:3} queries", end="   ")
        print(f"moved, tiles / naive: {moved_tiles / moved_naive:.2f}")

# %% [markdown]
r"""
The factor is about $2 \cdot \text{query\_chunk} / d$. The fast memory sets it: the larger the chunk
that fits, the fewer rounds. (With chunks of 128 that is, by the way, a quarter.)

**Rows alone would do, for memory.** Take 64 queries against *all* keys, with a plain softmax. Each
row is complete, nothing has to be merged. At 65,536 tokens such a block is

$$64 \cdot 65{,}536 \cdot 4 \text{ bytes} = 16 \text{ MiB}$$

in place of 16 GiB for the head. For a laptop that is good enough, and four lines long. The online
softmax is needed where the block must fit a *fixed* size, however long the text is: the fast memory
of a chip. It is also what lets several machines read different keys, each with a summary of its
own: merging does not care in which order it happens. As here, in a tree:
"""

# %%
torch.manual_seed(2)
query, key, value = torch.randn(3, 8), torch.randn(16, 8), torch.randn(16, 5)
parts = [summarize(query, *part) for part in zip(key.split(2), value.split(2), strict=True)]
while len(parts) > 1:  # 8 summaries, 4, 2, 1
    parts = [merge(*pair) for pair in zip(parts[::2], parts[1::2], strict=True)]
_, total, blend = parts[0]
print(torch.allclose(blend / total, naive_attention(query, key, value), atol=1e-6))

# %% [markdown]
r"""
**Recomputation without mathematics.** `torch.utils.checkpoint` forgets what a function did and runs
it again on the way back. One line makes any piece of a model cheaper in memory. It is slower than
our way, because it does the *whole* forward pass again, and autograd's bookkeeping too.
"""

# %% tags=["nbval-ignore-output"]
from torch.utils.checkpoint import checkpoint


def rows_again(query, key, value):
    blocks = query.split(64)
    return torch.cat(
        [checkpoint(naive_attention, q, key, value, use_reentrant=False) for q in blocks]
    )


for name, attend in {"naive": naive_attention, "rows, computed again": rows_again}.items():
    _, held = held_over_time(there_and_back(attend))
    print(f"{name}: {max(held):.1f} MiB")

# %% [markdown]
r"""
**From the papers.** Milakov and Gimelshein (2018) wanted a faster softmax over a vocabulary, with
fewer trips to memory; they merge a peak and a total as you did, and do not mention attention. That
the division can wait was used by Jang et al. (2019), as Rabe and Staats report, who had found it
again, with the summaries that you merged. They kept a summary for each chunk and merged at the end;
FlashAttention merges as it goes, and keeps for the way back what we called `log_sum`. In its
formulas our peak is $m$ and our total $\ell$. Its paper also proves that no exact attention can
move less, by more than a constant factor, for all sizes of the fast memory at once.
FlashAttention-2 (Dao, 2023) divides the work better among the processors.
`F.scaled_dot_product_attention` chooses among such kernels, on your CPU as well.
"""

# %% [markdown]
r"""
## The quiz

Eight questions, with an answer to every answer.
"""

# %% tags=["quiz"]
quiz("11")

# %% [markdown]
r"""
## In five lines

1. A softmax can be summed as its scores arrive: keep the peak and the total, and shrink the total
   when the peak rises.
2. With the blend they are a summary. Summaries merge in any order, so attention goes tile by tile.
3. The answer is exact, up to rounding, and the operations are as many as ever. A causal mask saves
   half of them, if hidden tiles are skipped.
4. Going back, compute the weights again from one number for each query; autograd alone would keep
   the whole table.
5. Memory falls from $n^2$ to $n$. *A quarter* is one point on that curve.

**Words learnt**: online softmax, peak, total, blend, summary, chunk, tile, log-sum-exp,
recomputation, fast memory, FlashAttention.

**Next**: lesson 13 makes attention cheaper still, and there the answer changes.
"""

# %% tags=["progress"]
progress("11")

# %% [markdown]
r"""
### References

- M. Milakov, N. Gimelshein (2018). *Online normalizer calculation for softmax.* arXiv
  [1805.02867](https://arxiv.org/abs/1805.02867)
- M. N. Rabe, C. Staats (2021). *Self-attention Does Not Need O(n²) Memory.* arXiv
  [2112.05682](https://arxiv.org/abs/2112.05682)
- T. Dao, D. Y. Fu, S. Ermon, A. Rudra, C. Ré (2022). *FlashAttention: Fast and Memory-Efficient
  Exact Attention with IO-Awareness.* arXiv [2205.14135](https://arxiv.org/abs/2205.14135)
- T. Dao (2023). *FlashAttention-2: Faster Attention with Better Parallelism and Work
  Partitioning.* arXiv [2307.08691](https://arxiv.org/abs/2307.08691)
"""
