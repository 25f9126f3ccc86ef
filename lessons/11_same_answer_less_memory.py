# %% [markdown]
r"""
# 11 · Same answer, less memory

**By the end you can**

1. sum a softmax while its scores arrive, with two numbers of memory;
   <!-- quiz: total-of-a-stream -->
2. merge what two chunks of keys say, and write exact attention in chunks;
   <!-- quiz: chunk-peaks -->
3. derive how many bytes an attention holds, and measure it; <!-- quiz: bytes-of-a-table -->
4. judge the sentence *memory down to a quarter*; <!-- quiz: where-is-the-quarter -->
5. say what is gained on a graphics processor, and what is not. <!-- quiz: what-flash-does -->

*About {minutes} minutes · needs [05 · What may not be seen](05_what_may_not_be_seen.ipynb) and
[10 · Patterns and windows](10_patterns_and_windows.ipynb) · builds the way forward of
`attn.chunked_attention`*

> **In one breath.** You mix juice from a hundred bottles in one bowl. You don't line them all up
> on the table first: you open one, pour, and throw the bottle away. Now and then one is stronger
> than all before; then you thin what is in the bowl, and go on. The juice is the same in the end,
> and the table was never full.
"""

# %%
import math

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn

from course import check, explore, progress, quiz, show
from course.measure import memory_held, peak_mib

# %% [markdown]
r"""
## From memory

A few minutes, before anything new, and without looking back: what is fetched from memory stays
longer than what is read again. Nothing here is graded.
"""

# %% tags=["recall"]
from course import recall

recall("11")


# %% tags=["recall"]
# From memory: a softmax that is safe for large scores. Then check("01.2", from_memory, points=0)
# It takes NumPy arrays, so begin with: import numpy as np
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

Each head of attention makes a table of weights, with $n_q$ rows and $n_k$ columns. When $n$ tokens
attend to themselves, that is $n^2$ numbers, of 4 bytes each in `float32`. (A MiB is $2^{20}$ bytes,
about a million; a GiB is 1024 MiB.)

A small layer has 8 heads of 64 features, and reads 65,536 tokens, a short novel. Its weights are
$8 \cdot 65{,}536^2$ numbers: 128 GiB. Its output, which is all that anybody wants, is
$8 \cdot 65{,}536 \cdot 64$ numbers: 128 MiB, a thousandth.
Each weight is used once, for one blend.
"""

# %% [markdown]
r"""
### The tower

Here is attention as you have written it since lesson 01. PyTorch can write down every piece of
memory that it takes and gives back *while it runs*. `peak_mib` and `memory_held` of the course ask
it to: how much is held at most, and from moment to moment.

**Predict before you run.** One head, 2048 tokens, 64 features: a table takes $2048^2 \cdot 4$
bytes, 16 MiB. The output takes half a MiB. How much is held at most?
"""


# %%
def naive_attention(query, key, value):
    query = query / query.shape[-1] ** 0.5  # here, not at the scores: it saves one more table
    scores = query @ key.mT  # (..., n_q, n_k): the first table
    weights = scores.softmax(dim=-1)  # (..., n_q, n_k): the second table
    return weights @ value


# %% tags=["demo", "folded"]
def draw_held(runs: dict, title: str, alt: str):
    """One line for each {name: a function to run}."""
    lines = {name: memory_held(run) for name, run in runs.items()}
    figure, axes = plt.subplots(figsize=(9, 3.6))
    for name, (moments, held) in lines.items():
        axes.step([0, *moments], [0, *held], where="post", label=name)
    axes.set(xlabel="how far the run is, %", ylabel="MiB held", title=title)
    if len(lines) > 1:
        axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return show(figure, alt)


# %% tags=["nbval-ignore-output"]
query, key, value = torch.randn(3, 2048, 64, generator=torch.Generator().manual_seed(0))
print(f"naive, at most {peak_mib(naive_attention, query, key, value):.0f} MiB")

# %% tags=["demo", "folded", "nbval-ignore-output"]
alt = "The line climbs in two steps of 16 MiB and falls to half a MiB at the end."
runs = {"naive": lambda: naive_attention(query, key, value)}
draw_held(runs, "A tower of two tables, for an output of half a MiB", alt)

# %% [markdown] measured={"naive, at most": [33, 34]}
r"""
Look at the two steps: scores, then weights, 16 MiB each, and a MiB of other things. (The horizontal
axis is time, as a share of the run.)

The tower stands because a softmax divides by the sum over its whole row, known only when the last
score is.
"""

# %% [markdown]
r"""
## Three scores, by hand

The division can wait. The answer for one query is

$$\text{output} = \frac{\sum_j e^{\text{score}_j}\, \text{value}_j}{\sum_j e^{\text{score}_j}}$$

Read aloud: *add up the values, each times $e$ to the power of its score; add up these powers;
divide the one by the other at the end*. Both sums grow key by key, and no score is needed twice.
From here on, a score's **power** is $e^\text{score}$.

One thing is in the way. Lesson 01 took the row's largest score away first, because $e^{1000}$ fits
into no float. Which is the largest, we learn only at the end. So we take away the largest **so
far**, and put it right when a larger one comes. Two numbers are enough:

- `peak`: the largest score so far;
- `total`: the sum of $e^{\text{score} - \text{peak}}$ over the scores so far.
"""

# %% [markdown]
r"""
Three scores arrive: $\ln 2$, $\ln 4$, $\ln 1$. Their powers are 2, 4 and 1.

| arrives | `peak` | old `total`, put right | newcomer adds | `total` |
|---|---|---|---|---|
| $\ln 2$ | $\ln 2$ | 0 | $e^{\ln 2 - \ln 2} = 1$ | 1 |
| $\ln 4$ | $\ln 4$ | $1 \cdot e^{\ln 2 - \ln 4} = 1/2$ | $e^{\ln 4 - \ln 4} = 1$ | 3/2 |
| $\ln 1$ | $\ln 4$ | 3/2, the peak stays | $e^{\ln 1 - \ln 4} = 1/4$ | 7/4 |

Look at the second row. The old total was counted in units of 2, the $e^\text{peak}$ of then. Now
the unit is 4, so it is half as many. All at once gives the same: $(2 + 4 + 1) / 4 = 7/4$.

**Work it out by hand before you go on.** A fourth score arrives, $\ln 8$. What is the total now?
"""

# %%
# Tools: plain numbers need math.exp and Python's max. The first score of all meets a peak of -inf.
print(f"{math.exp(math.log(2) - math.log(4)):.2f}", max(-math.inf, 2.0), math.exp(-math.inf))

# %% [markdown]
r"""
### Exercise 11.1 · One more score · ●○○ · 2 points

$$\text{new\_peak} = \max(\text{peak}, \text{score}) \qquad
\text{new\_total} = \text{total} \cdot e^{\text{peak} - \text{new\_peak}}
+ e^{\text{score} - \text{new\_peak}}$$

Read aloud: *shrink the old total to the new peak, then count the newcomer*. Before the first score,
the peak is $-\infty$ and the total is 0.
"""


# %% tags=["exercise"] exercise="11.1" minutes=5 importance="core"
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
stream = [math.log(2), math.log(4), math.log(1), math.log(8)]
so_far = -math.inf, 0.0  # peak and total
for score in stream:
    so_far = read_one(*so_far, score)
shares = [math.exp(score - so_far[0]) / so_far[1] for score in stream]
print(f"total {so_far[1]:.3f}   shares", *(f"{share:.3f}" for share in shares))

# %% [markdown]
r"""
The fourth score makes it $7/4 \cdot 1/2 + 1 = 15/8 = 1.875$, and the shares are 2, 4, 1 and 8
fifteenths. This is the **online softmax** (Milakov and Gimelshein, 2018): *online* means that the
numbers are taken as they come.

### Watch the peak rise

Eight scores arrive. Left, what each counts for in the total; right, its share, and as dots the true
one. Move *read* to 5, and on: when do all bars shrink? Then take the tick from *rescale*, the
mistake that everybody makes once. Which keys gain from it?
"""


# %% tags=["explore", "folded"]
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
    right.plot(range(read), truth, "o", color="#D55E00", label="softmax of those read")
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
as much as the new one: keys 0 to 3 gain, and the best key pays most.

## The values come along

For the output there is a second sum, of values. We call it `blend`; here that means *not yet
divided*. It shrinks with the total:

$$\text{new\_blend} = \text{blend} \cdot e^{\text{peak} - \text{new\_peak}}
+ e^{\text{score} - \text{new\_peak}}\, \text{value}
\qquad \text{output} = \frac{\text{blend}}{\text{total}} \text{ at the very end}$$

So `(peak, total, blend)` is all that a query needs to know of the keys it has read, three or three
million. We call it a **summary**. One key at a time would be slow in Python, so we read a **chunk**
of $c$ keys at once: the attention of lesson 01, stopped before the division.
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
A summary has a row for each query, and nothing in it is as wide as the chunk:

```
        peak    total    blend
        ┌──┐    ┌──┐    ┌───────┐
 query 0│  │    │  │    │       │
 query 1│  │    │  │    │       │
 query 2│  │    │  │    │       │
        └──┘    └──┘    └───────┘
          1       1        d_v
```

Each chunk has its own peak, so two summaries count in different units. Before they can be added,
both have to be measured from the same peak: the higher one. By hand, with
$e^{\ln 2 - \ln 4} = 2/4$:

| | peak | total | blend |
|---|---|---|---|
| first | $\ln 2$ | 3 | 12 |
| second | $\ln 4$ | 1 | 20 |
| both | $\ln 4$ | $3 \cdot 2/4 + 1 = 2.5$ | $12 \cdot 2/4 + 20 = 26$ |
"""

# %%
# Tools: the larger of two, entry by entry; and a column (2, 1) stretches along a row's entries.
high = torch.maximum(torch.tensor([[1.0], [5.0]]), torch.tensor([[3.0], [2.0]]))  # (2, 1)
print(high.tolist(), (high * torch.ones(2, 3)).tolist())

# %% [markdown]
r"""
### Exercise 11.2 · Two summaries become one · ●●○ · 2 points

Either of the two may have the higher peak, and for each query another one. The line that finds it
stands there; the rest is yours.
"""


# %% tags=["exercise"] exercise="11.2" minutes=7 importance="core"
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

# %% [markdown]
r"""
### The whole way, in one picture

Look at what is handed on from chunk to chunk:
"""

# %% tags=["demo", "folded"]
figure, axes = plt.subplots(figsize=(9, 3.2))
for j, name in enumerate(("chunk 0", "chunk 1", "chunk 2")):
    now = j == 2
    face = "#56B4E9" if now else "white"
    style = "-" if now else ":"
    axes.add_patch(plt.Rectangle((3 * j, 1.2), 2, 1.6, fc=face, ec="black", ls=style))
    says = "scores (n_q, c)\nheld now" if now else "scores\nforgotten"
    axes.text(3 * j + 1, 2, says, ha="center", va="center")
    axes.text(3 * j + 1, 3, f"keys and values of {name}", ha="center")
    axes.annotate("", (3 * j + 1, 0.75), (3 * j + 1, 1.2), arrowprops={"arrowstyle": "->"})
    axes.text(3 * j + 1, 0.5, "summary", ha="center", va="center", bbox={"fc": "#F7DFA5"})
    end = "divide once" if now else "merge"
    axes.annotate("", (3 * j + 3.5, 0.5), (3 * j + 1.8, 0.5), arrowprops={"arrowstyle": "->"})
    axes.text(3 * j + 2.55, 0.15, end, ha="center", va="top")
axes.text(9.6, 0.5, "output", va="center", bbox={"fc": "#BFE3D5"})
axes.text(-0.2, 2, "n_q queries", rotation=90, ha="center", va="center")
axes.set(xlim=(-0.6, 10.6), ylim=(-0.3, 3.4), title="Only a summary travels from chunk to chunk")
axes.axis("off")
alt = "Three chunks of keys in a row. The scores of each make a summary; summaries are merged."
show(figure, alt)

# %%
# Tools: split cuts an axis into pieces, and the last may be shorter.
print(torch.arange(5).split(2))

# %% [markdown]
r"""
### Exercise 11.3 · Attention, chunk by chunk · ●●● · 3 points

Now read all keys in chunks: summarise, merge, and divide at the very end. The first line stands
there; the last piece may be shorter. `summarize(query, key_part, value_part)` gives the summary of
one piece: begin with that of the first. The loop over the others has the head

`for key_part, value_part in zip(keys[1:], values[1:], strict=True):`
"""


# %% tags=["exercise"] exercise="11.3" minutes=8 importance="core"
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

# %% [markdown]
r"""
Is it *exact*? On paper yes, but each addition rounds. So compare both ways with the truth, computed
with twice the digits (`float64`).
"""

# %% tags=["nbval-ignore-output"]
query, key, value = torch.randn(3, 1000, 64, generator=torch.Generator().manual_seed(0))
truth = naive_attention(query.double(), key.double(), value.double())  # (1000, 64)
full, chunks = naive_attention(query, key, value), chunked_attention(query, key, value, 128)
print(f"naive off by at most {(full - truth).abs().max():.0e}")
print(f"chunks off by at most {(chunks - truth).abs().max():.0e}")

# %% [markdown] measured={"naive off by at most": [0, 1e-6], "chunks off by at most": [0, 1e-6]}
r"""
Both are off by rounding alone, less than a millionth. So this is no approximation: lessons 09 and
10 changed the function, this lesson does not.

## The tower falls

A chunk of keys still meets *all* queries. But the rows know nothing of each other, so we may cut
the queries as well. Then only one **tile** of scores exists at a time, `query_chunk` times
`key_chunk` numbers, however long the text is.
"""


# %%
def attention_in_tiles(query, key, value, query_chunk, key_chunk):
    """The same, one chunk of queries after the other -> (..., n_q, d_v)."""
    rows = query.split(query_chunk, dim=-2)
    return torch.cat([chunked_attention(q, key, value, key_chunk) for q in rows], dim=-2)


# %% [markdown]
r"""
**Predict before you run.** The tower again, 2048 tokens, 33 MiB high. How much is held with tiles
of 256 × 256?
"""

# %% tags=["nbval-ignore-output"]
query, key, value = torch.randn(3, 2048, 64, generator=torch.Generator().manual_seed(0))
ways = {
    "naive": lambda: naive_attention(query, key, value),
    "chunks of keys": lambda: chunked_attention(query, key, value, 256),
    "tiles": lambda: attention_in_tiles(query, key, value, 256, 256),
}
for name, run in ways.items():
    print(f"{name}, at most {peak_mib(run):.1f} MiB")

# %% tags=["demo", "folded", "memorable", "nbval-ignore-output"]
alt = "Naive climbs in two steps. Chunks of keys go up and down; tiles lie at the floor."
draw_held(ways, "The naive way fills a tower, tiles hardly leave the ground", alt)

# %% [markdown] measured={"chunks of keys, at most": [5, 8], "tiles, at most": [1.0, 2.0]}
r"""
Chunks of keys, met by all queries, reach a fifth of the tower: for a moment there are three tables
of a chunk's width (scores, less the peak, powers), 2 MiB each, and half a MiB of output. Tiles stay
near the ground: three times ¼, and the pieces of the output.

**What you can do now**: give exact attention any length, on the way forward. Training also goes
back, and there the tower returns; lesson 12 takes it down again.
"""

# %% [markdown]
r"""
## Claim, measured: "memory down to a quarter"

Articles say that a memory-efficient attention cuts memory to a quarter. **At which length?** Take
the easiest way: leave the keys whole, and read 256 queries at a time, each block with an ordinary
softmax. Of $n$ rows, 256 are held: $256/n$ of each table, a quarter at 1024 tokens. Is it so?
"""


# %% tags=["nbval-ignore-output"]
def in_rows(query, key, value):
    return torch.cat([naive_attention(q, key, value) for q in query.split(256)])


for n in (256, 512, 1024, 2048, 4096):
    inputs = torch.randn(3, n, 64).unbind()
    share = peak_mib(in_rows, *inputs) / peak_mib(naive_attention, *inputs)
    print(f"derived 1/{n // 256:<2} = {256 / n:.2f}   measured at n = {n}: {share:.2f}")

# %% [markdown] measured={"n = 256": [0.9, 1.3], "n = 1024": [0.25, 0.35], "n = 4096": [0.06, 0.1]}
r"""
About a quarter at 1024. (Measured is a little more: the divided query and the output count too.)
But at 256 nothing is gained, and at 4096 less than a tenth is left.

Where may the sentence come from? *Self-attention Does Not Need O(n²) Memory*, by Rabe and Staats
(2021), has tiles of 1024 queries and 4096 keys, 16 MiB. Its table 2 says 16 MB in place of 64 at
4096 tokens, a quarter. At 1024 tokens it says 4 in place of 4, and at 16,384 tokens 17 in place of
1024.

*A quarter* is one point on a curve. An honest sentence names the curve: **memory falls from $n^2$
to $n$.** And it speaks of attention alone: a model also holds its weights, and what its other
layers keep.
"""

# %% [markdown]
r"""
## What a GPU adds: bytes moved

A graphics processor (GPU) has a large memory, and one on the chip, some two thousand times smaller
and over ten times as fast (the A100: Dao et al., 2022). It multiplies so fast that the tables' way
to the large memory and back takes most of the time.

**FlashAttention** is what you wrote, as a program for the GPU in which a tile lives and dies in the
fast memory. For GPT-2 medium's attention, 16 heads, 64 texts of 1024 tokens at once, forward and
back, the paper counts 4.4 GB moved in place of 40.3, and 7.3 ms in place of 41.7. Operations are
not saved: every query still meets every key, and going back, the scores are computed again.

In [`attn/efficient/chunked.py`](../lib/attn/efficient/chunked.py) you find your `peak`, `total` and
`blend` again.
"""

# %% [markdown]
r"""
## Going further: read it backwards

*About {minutes} minutes to read, and some more to try.* Does a model learn through your function?
Here is a small one, of one head. Its task: read 24 letters, and write them down backwards. The
folded cell trains it, with your `chunked_attention` in chunks of 8 keys. (Some seconds; on a busy
machine a minute.)
"""


# %% tags=["demo", "folded"]
LETTERS = "abcdefghijklmnopqrstuvwxyz "


class Backwards(nn.Module):
    """Letters (batch, n) -> scores for each place's letter (batch, n, 27)."""

    def __init__(self, n: int = 24, d: int = 48):
        super().__init__()
        self.letter, self.place = nn.Embedding(27, d), nn.Parameter(torch.randn(n, d))
        self.query, self.key, self.value = (nn.Linear(d, d) for _ in range(3))
        self.say = nn.Linear(d, 27)

    def forward(self, letters):
        x = self.letter(letters) + self.place
        return self.say(chunked_attention(self.query(x), self.key(x), self.value(x), 8))


torch.set_num_threads(1)  # a small model is trained faster so
torch.manual_seed(0)
model = Backwards()
adam = torch.optim.Adam(model.parameters(), lr=0.006)
for _ in range(500):
    letters = torch.randint(27, (32, 24))
    loss = F.cross_entropy(model(letters).flatten(0, 1), letters.flip(1).flatten())
    adam.zero_grad()
    loss.backward()
    adam.step()

# %% [markdown]
r"""
Write a sentence of your own. The model reads its first 24 letters and spaces.
"""

# %%
sentence = "i love tokyo"  # yours
read = "".join(letter for letter in sentence.lower() if letter in LETTERS)[:24].ljust(24)
letters = torch.tensor([LETTERS.index(letter) for letter in read])  # (24,)
said = model(letters).argmax(dim=-1)  # (24,)
print("".join(LETTERS[i] for i in said).strip())

# %% [markdown]
r"""
So it has learnt through three chunks as if they were one.
"""

# %% [markdown] tags=["deep-dive"]
r"""
## Deep dive: bytes moved, and do we need the online softmax?

*About {minutes} minutes. Nothing in later lessons needs this section.*

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
        share = moved_tiles / moved_naive
        print(f"n {n:6}   chunks of {query_chunk:3} queries   tiles move {share:.2f} of naive")

# %% [markdown]
r"""
Tiles move about $2 \cdot \text{query\_chunk} / d$ times less. The fast memory sets it: the larger
the chunk that fits, the fewer rounds. (With chunks of 128 that is, by the way, a quarter.)

**Rows alone would do, for memory.** Take 64 queries against *all* keys, with a plain softmax, as in
`in_rows`. Each row is complete, nothing has to be merged. At 65,536 tokens such a block is

$$64 \cdot 65{,}536 \cdot 4 \text{ bytes} = 16 \text{ MiB}$$

in place of 16 GiB for the head. The online softmax is needed where the block must fit a *fixed*
size, however long the text is: the fast memory of a chip. It is also what lets several machines
read different keys, each with a summary of its own: merging does not care in which order it
happens. As here, in a tree:
"""

# %%
torch.manual_seed(2)
query, key, value = torch.randn(3, 8), torch.randn(16, 8), torch.randn(16, 5)
parts = [summarize(query, *part) for part in zip(key.split(2), value.split(2), strict=True)]
while len(parts) > 1:  # 8 summaries, 4, 2, 1
    parts = [merge(*pair) for pair in zip(parts[::2], parts[1::2], strict=True)]
_, total_of_all, blend_of_all = parts[0]
print(torch.allclose(blend_of_all / total_of_all, naive_attention(query, key, value), atol=1e-6))

# %% [markdown]
r"""
**From the papers.** Milakov and Gimelshein (2018) wanted a faster softmax over a vocabulary; they
merge a peak and a total as you did. Rabe and Staats kept a summary
for each chunk and merged at the end; FlashAttention merges as it goes. In its formulas our peak is
$m$ and our total $\ell$. `F.scaled_dot_product_attention` chooses among such kernels, on your CPU
as well.
"""

# %% [markdown]
r"""
## The quiz

Five questions, with an answer to every answer.
"""

# %% tags=["quiz"]
quiz("11")

# %% [markdown]
r"""
## In five lines

1. A softmax can be summed as its scores arrive: keep the peak and the total, and shrink the total
   when the peak rises.
2. With the blend they are a summary. Two summaries merge once both are measured from one peak.
3. So attention goes chunk by chunk, and tile by tile, and divides once, at the very end.
4. The answer is exact, up to rounding, and the operations are as many as ever.
5. Memory falls from $n^2$ to $n$. *A quarter* is one point on that curve.

**Words learnt**: online softmax, power, peak, total, blend, summary, chunk, tile, fast memory,
FlashAttention.

**Next**: [12 · Tiles, and the way back](12_tiles_and_the_way_back.ipynb) skips the tiles that a
causal mask hides, and trains without the tower.
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
"""
