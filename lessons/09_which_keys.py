# %% [markdown]
r"""
# 09 · Look at less: sparse attention

**By the end you can**

1. work out at which length scores and blend cost more than the feed-forward layers;
   <!-- quiz: overtaking -->
2. keep only the best $k$ keys, as a proper blend, and measure how small $k$ may be;
   <!-- quiz: how-few -->
3. choose whole blocks of keys cheaply, and say on which data the choice is blind;
   <!-- quiz: blind-choice -->
4. draw windows and global tokens as masks, and compute who hears of whom after some layers;
   <!-- quiz: word-of-mouth -->
5. write a window as a kernel that never forms the $n \times n$ table. <!-- quiz: largest-table -->

*Two sittings of about 40 to 45 minutes each, with a break between them; 20 minutes more for the
deep dive · needs
[01 · Attention is a soft look-up](01_attention_is_a_soft_lookup.ipynb) and
[05 · What may not be seen](05_what_may_not_be_seen.ipynb) · builds `attn.sparse`*

> **In one breath.** You have a thousand books and an hour. You will read only the ten that fit your
> question best. But somebody had to look at a thousand titles first. Unless you know where to look:
> on your own shelf, or on the shelf whose label fits.
"""

# %%
import os
import time
from functools import partial

# PyTorch reads this when it is imported: its recorder of memory says nothing on your screen.
os.environ["KINETO_LOG_LEVEL"] = "99"

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn
from torch.profiler import ProfilerActivity, profile
from torch.utils.flop_counter import FlopCounterMode

from attn import masks, sparse
from course import check, explore, progress, quiz, show

# %% [markdown]
r"""
## From memory

Three minutes, before anything new, and without looking back: what is fetched from memory stays
longer than what is read again. Nothing here is graded.
"""

# %% tags=["recall"]
from course import recall

recall("08")


# %% tags=["recall"]
# From memory: the causal mask. Then check("05.2", from_memory, points=0)
### BEGIN SOLUTION
def from_memory(n_q, n_k):
    query_place = torch.arange(n_k - n_q, n_k)[:, None]
    return torch.arange(n_k) <= query_place


check("05.2", from_memory, points=0)
### END SOLUTION

# %% [markdown]
r"""
## Where does the work go?

Before we save, let us count. A layer of a Transformer has two parts: attention, and a
**feed-forward** part that treats each token by itself, with one linear map from $d$ features to
$4d$ and one back (lesson 06). We count **multiply-adds**: one product, added to a sum.

| part | multiply-adds |
|---|---|
| feed-forward: each of $n$ tokens, $d \times 4d$, twice | $8\,n\,d^2$ |
| the four projections of attention | $4\,n\,d^2$ |
| scores and blend: each of $n^2$ pairs, $d$ features, twice | $2\,n^2 d$ |

Only the last line grows with $n^2$. (Heads change nothing: each has a share of the $d$ features.)

### Claim, measured: "the quadratic cost is the bottleneck for long inputs"

**Predict before you run.** With $d = 512$, from which $n$ on do scores and blend cost more than the
feed-forward part: about 500, 2,000 or 8,000? The table above is enough to work it out.

PyTorch can count for us. On the device `"meta"` a tensor has a shape and no numbers, so that even
65,536 tokens cost nothing.
"""


# %%
def multiply_adds(work, *inputs) -> int:
    """How many multiply-adds PyTorch counts in work(*inputs), in matrix products."""
    with FlopCounterMode(display=False) as counter:
        work(*inputs)
    return counter.get_total_flops() // 2  # it counts product and sum as two


# %%
d, lengths = 512, [2**power for power in range(7, 17)]  # 128 to 65536
linear_maps = nn.Linear(d, 4 * d, device="meta"), nn.Linear(4 * d, d, device="meta")
parts = {"scores and blend": lambda x: (x @ x.mT) @ x, "feed-forward": nn.Sequential(*linear_maps)}
costs = {
    name: [multiply_adds(part, torch.empty(n, d, device="meta")) for n in lengths]
    for name, part in parts.items()
}
crossing = [n for n, a, f in zip(lengths, *costs.values(), strict=True) if a == f]
print("they cost the same at n =", *crossing)

# %%
figure, axes = plt.subplots()
for (name, counts), slope in zip(costs.items(), (2, 1), strict=True):
    axes.loglog(lengths, counts, "o-", base=2, label=f"{name}: slope {slope}")
axes.axvline(4 * d, ls=":", color="black")
axes.text(4 * d * 1.1, 2**25, "n = 4d")
axes.set(xlabel="tokens n", ylabel="multiply-adds", title="Scores and blend overtake at n = 4d")
axes.legend()
show(figure, "Log-log: scores and blend grow with slope 2 and cross the feed-forward at n = 2048.")

# %% [markdown]
r"""
On log-log axes a power of $n$ is a straight line, and its slope is the power. The lines cross where
$2 n^2 d = 8 n d^2$, so at $n = 4d = 2048$: look at the dotted line. (Attention with its four
projections is ahead from $2d$ on.) So the claim holds for inputs that are long *compared with the
width*. For a short text, most of the work is in the linear maps, and making scores and blend
cheaper saves little. (This counts work. Memory is another matter, and lesson 11's.)

## Five thermometers

For long inputs, then: must every query read every key? Popular articles write sparse attention as

$$\sum_{i \,\in\, \text{Top-}k(A)} A_i V_i$$

Read aloud: *of the weights A keep the k largest, and add up their values, each times its weight*.
Five thermometers hang in a room, and all of them say 20 degrees. Their weights are 8, 4, 2, 1 and 1
sixteenths.

**Predict before you run.** Attention blends the five to 20 degrees. What does the formula say with
$k = 2$?
"""

# %%
A = torch.tensor([8, 4, 2, 1, 1]) / 16  # (n_k=5,): the weights
V = torch.full((5,), 20.0)  # (n_k=5,): the values
kept = A.topk(2)  # the two largest, as .values and .indices
print("all five", (A @ V).item(), "  best two", (kept.values @ V[kept.indices]).item())

# %% [markdown]
r"""
15 degrees, in a room where every thermometer says 20. The kept weights sum to $12/16$: a quarter of
the **mass** is lost. A blend needs weights that sum to 1, so divide by what was kept:
$(8/12)\cdot 20 + (4/12) \cdot 20 = 20$. This is called **renormalising**. From lesson 05 you know
another way to the same numbers: hide the other scores with $-\infty$ *before* the softmax.

### Exercise 09.1 · Only the best k · ●○○ · 2 points

`scores.topk(k, dim=-1).values` holds the $k$ best of each row, the largest first. The last of them
is the bar that a score has to reach. (Take it that no two scores are equal.)
"""


# %% tags=["exercise"] exercise="09.1"
def top_k_weights(scores: torch.Tensor, k: int) -> torch.Tensor:
    """Softmax over the k best scores of each row; all other weights are 0.

    scores (batch, heads, n_q, n_k), or any axes before the last two
    -> weights, shaped as the scores; every row sums to 1
    """
    ### BEGIN SOLUTION
    bar = scores.topk(k, dim=-1).values[..., -1:]  # (..., n_q, 1): the k-th best
    return scores.masked_fill(scores < bar, -torch.inf).softmax(dim=-1)  # (..., n_q, n_k)
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="09.1"
r"""
<details><summary>Hint 1: before the softmax</summary>

Decide with the scores. Those below the bar become $-\infty$, and the softmax does the rest.

</details>
<details><summary>Hint 2: shapes</summary>

`scores.topk(k, dim=-1).values` is `(..., n_q, k)`. Its last column, as `[..., -1:]`, is
`(..., n_q, 1)`: one bar for each query, and it stretches along the row.

</details>
<details><summary>Hint 3: nearly there</summary>

Two lines: the bar; then `scores.masked_fill(scores < bar, -torch.inf)` and its softmax along the
last axis.

</details>
"""

# %% tags=["check"] exercise="09.1"
check("09.1", top_k_weights, points=2)

# %%
print("weights", top_k_weights(A.log(), 2).numpy().round(3))
print("degrees", (top_k_weights(A.log(), 2) @ V).item())

# %% [markdown]
r"""
## How few keys are enough?

A waiter has 32 guests, and each of them has a drink. The waiter is asked one of two things: *what
does this guest drink?*, or *what do most of them drink?* (Ten of the 32 drink the same.) Names,
drinks and questions are numbers here.
"""


# %%
def evening(count: int, generator: torch.Generator):
    """who, drinks (count, 32); ask (count, 1), 64 is "most of them"; answer, named (count,)."""
    who = torch.rand(count, 64, generator=generator).argsort(dim=-1)[:, :32]  # 32 of 64 names
    favourite = torch.randint(8, (count, 1), generator=generator)
    drinks = torch.randint(8, (count, 32), generator=generator)
    drinks[:, :10] = favourite  # the names are in random order, so the seats tell nothing
    seat = torch.randint(32, (count, 1), generator=generator)
    named = torch.rand(count, 1, generator=generator) < 0.5
    ask = torch.where(named, who.gather(1, seat), 64)
    answer = torch.where(named, drinks.gather(1, seat), favourite)
    return who, drinks, ask, answer[:, 0], named[:, 0]


# %%
who, drinks, ask, answer, _ = evening(1, torch.Generator().manual_seed(0))
print("guests …", who[0, 8:14].tolist(), "…  drink", drinks[0, 8:14].tolist(), "…")
print("asked about", ask.item(), "  answer", answer.item())

# %% [markdown]
r"""
The model is as small as can be: one token for each guest, name plus drink, and one query for the
question. `weigh` turns scores into weights.
"""


# %%
class Waiter(nn.Module):
    """Guests and a question -> scores (batch, 8) for the drinks, what was found, weights."""

    def __init__(self, d: int = 32):
        super().__init__()
        self.name, self.drink = nn.Embedding(65, d), nn.Embedding(8, d)
        self.query, self.key, self.value = (nn.Linear(d, d) for _ in range(3))
        self.answer = nn.Linear(d, 8)

    def forward(self, who, drinks, ask, weigh):
        guests, question = self.name(who) + self.drink(drinks), self.name(ask)  # (b, 32 | 1, d)
        scores = self.query(question) @ self.key(guests).mT / guests.shape[-1] ** 0.5  # (b, 1, 32)
        weights = weigh(scores)  # (batch, 1, 32)
        found = weights @ self.value(guests)  # (batch, 1, d)
        return self.answer(question + found)[:, 0], found[:, 0], weights[:, 0]


# %% [markdown]
r"""
Three waiters are trained with a plain softmax, so with all 32 keys.
"""


# %%
def full(scores):
    return scores.softmax(dim=-1)


# %% tags=["demo"]
def train_waiter(seed: int) -> Waiter:
    torch.manual_seed(seed)
    generator, waiter = torch.Generator().manual_seed(seed), Waiter()
    optimizer = torch.optim.Adam(waiter.parameters(), lr=0.01)
    for _ in range(250):
        *asked, answer, _ = evening(128, generator)
        loss = F.cross_entropy(waiter(*asked, full)[0], answer)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return waiter


waiters = [train_waiter(seed) for seed in range(3)]

# %% [markdown]
r"""
Now we train nothing, and change only `weigh`: once to your `top_k_weights`, and once to the popular
formula, with the same keys but without renormalising.

**Predict before you run.** The waiter may look at $k$ of 32 guests, those with the best scores. How
small may $k$ be for *what does this guest drink?* And for *what do most of them drink?* Does it
help to renormalise?
"""


# %%
def popular(scores, k):
    return full(scores) * (top_k_weights(scores, k) > 0)  # the kept weights, as they were


# %% tags=["demo"]
@torch.no_grad()
def examine(waiter, weigh, seed):
    """The share of right answers: for a name, then for most of them."""
    *asked, answer, named = evening(2000, torch.Generator().manual_seed(100 + seed))
    right = (waiter(*asked, weigh)[0].argmax(dim=-1) == answer).float()  # (2000,)
    return [right[group].mean().item() for group in (named, ~named)]


# %% tags=["demo"]
def examine_all(exam, ways, ks):
    """exam of each waiter, for each way to weigh and each k: (3 seeds, values of k, …)."""
    return {
        name: torch.tensor(
            [
                [exam(waiter, partial(weigh, k=k), seed) for k in ks]
                for seed, waiter in enumerate(waiters)
            ]
        )
        for name, weigh in ways.items()
    }


ks, ways = [1, 2, 4, 8, 16, 24, 32], {"renormalised": top_k_weights, "as in articles": popular}
exams = examine_all(examine, ways, ks)  # each (3 seeds, 7 values of k, 2 questions)

# %% tags=["demo"]
figure, axes = plt.subplots(figsize=(7, 3.8))
for (way, exam), style in zip(exams.items(), ("o-", "x:"), strict=True):
    for question, name in enumerate(("a name", "most")):
        lines = axes.plot(ks, exam[:, :, question].T, style, color=f"C{question}", lw=1)
        lines[0].set_label(f"{name}, {way}")  # a line for each seed, one label
axes.set(title="One key is enough, or nearly all are needed", ylim=(0, 1.05))
axes.set(xlabel="keys kept, k", ylabel="share of right answers")
axes.legend(fontsize=9)
alt = """For a name the answers are right from k = 1 on; for most of them they need nearly all keys.
Renormalised or not, the lines of a question nearly agree."""
show(figure, alt)

# %% tags=["demo"]
for k in (1, 16, 32):
    right = exams["renormalised"][:, ks.index(k)] > 0.9  # (3 seeds, 2 questions)
    print(f"k = {k:2}  seeds of 3 with 9 of 10 answers right: ", end="")
    print("a name {}, most {}".format(*right.sum(dim=0).tolist()))

# %% [markdown]
r"""
Compare the two colours. For a **name** one key is enough, as it has nearly all the weight. For
**most** the weight is spread over all guests alike, and even with 16 of 32 keys about one answer in
eight is not right. So "how few are enough?" is not a property of attention. It is a property of the
question.

Solid and dotted lines of a colour nearly agree. Renormalising mends the scale, not the choice: a
few guests are still only a few guests. (The deep dive measures what is lost.)

## What does the choice cost?

Top-k leaves out most keys. So it must be cheap?

**Predict before you run.** One head, $d = 64$, $n = 2048$, $k = 32$: a 64th of the keys. How many
of the multiply-adds of full attention does top-k need, and how much of its memory? (`peak_mib`
adds up what is taken and given back, and keeps the highest sum.)
"""


# %%
def attend(query, key, value, weigh=full):
    """query, key (..., n, d_k), value (..., n, d_v) -> (..., n, d_v); forms the whole table."""
    return weigh(query @ key.mT / query.shape[-1] ** 0.5) @ value


def peak_mib(work, *inputs) -> float:
    """The most memory that work(*inputs) holds at once, in MiB (2**20 bytes), result included."""
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as record:
        work(*inputs)
    events = record.profiler.kineto_results.events()
    changes = sorted((e.start_ns(), e.nbytes()) for e in events if e.name() == "[memory]")
    return torch.tensor(changes)[:, 1].cumsum(dim=0).max().item() / 2**20


# %% tags=["nbval-ignore-output"]
x = torch.randn(2048, 64, generator=torch.Generator().manual_seed(0))  # (n, d)
for name, weigh in (("full", full), ("top-32", partial(top_k_weights, k=32))):
    cost = multiply_adds(attend, x, x, x, weigh), peak_mib(attend, x, x, x, weigh)
    print(f"{name:6}  {cost[0]:,} multiply-adds   {cost[1]:.0f} MiB")

# %% [markdown]
r"""
All of them, and more memory. One table of $2048^2$ scores takes 16 MiB. Full attention holds two
tables at once, the scores and the weights; top-k holds a third, where the low scores are hidden. To
know which scores are best, you have to have the scores. **Top-k saves nothing until the choice
itself is cheap.**

A library has an answer: labels on the shelves. Cut the tokens into blocks of $B$, and give each
block of keys one label, its **mean key**. A block of queries asks with its mean query. That is a
fair summary: a dot product of two means is the mean of all the dot products,

$$\Big(\frac1B \sum_{i} q_i\Big) \cdot \Big(\frac1B \sum_{j} k_j\Big)
= \frac{1}{B^2} \sum_{i,j} q_i \cdot k_j$$

and it costs one dot product instead of $B^2$. With $B = 64$ the choice is 4,096 times cheaper.

### Exercise 09.2 · Choose whole blocks · ●●○ · 2 points

Each block of queries reads $k$ blocks of keys: **its own, always**, and the $k - 1$ others that
agree with it best. `x.view(-1, block_size, d)` cuts the rows of `x` into blocks. And
`table.fill_diagonal_(torch.inf)` writes $\infty$ on the diagonal of a table that you made: an
agreement that nobody can beat.
"""


# %% tags=["exercise"] exercise="09.2"
def choose_blocks(query: torch.Tensor, key: torch.Tensor, block_size: int, k: int) -> torch.Tensor:
    """True where a block of queries reads a block of keys: its own and the k - 1 best others.

    query, key (n, d), n a multiple of block_size -> chosen (blocks, blocks), k yes in every row
    """
    ### BEGIN SOLUTION
    d = query.shape[-1]
    mean_query = query.view(-1, block_size, d).mean(dim=1)  # (blocks, d)
    mean_key = key.view(-1, block_size, d).mean(dim=1)  # (blocks, d)
    agreement = (mean_query @ mean_key.mT).fill_diagonal_(torch.inf)  # (blocks, blocks)
    return agreement >= agreement.topk(k, dim=-1).values[..., -1:]  # (blocks, blocks)
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="09.2"
r"""
<details><summary>Hint 1: three steps</summary>

Means; one table of agreement, queries down and keys across; the $k$ best of each row. The last step
is the bar of 09.1, and this time a comparison is all you need.

</details>
<details><summary>Hint 2: shapes</summary>

`query.view(-1, block_size, d)` is `(blocks, block_size, d)`. The mean over the *tokens of a block*
is taken along `dim=1`, and `(blocks, d)` is left.

</details>
<details><summary>Hint 3: the own block</summary>

Write $\infty$ on the diagonal *before* you look for the $k$ best. Then each block's own place is
among them, and no further line is needed.

</details>
"""

# %% tags=["check"] exercise="09.2"
check("09.2", choose_blocks, points=2)

# %% [markdown]
r"""
Is the choice good? We make a text that changes its topic every 32 tokens, with 512 tokens and 8
topics. A query and a key agree if their topics do. In blocks of 16, each block of queries reads 4
of 32 blocks of keys. We measure the mass of full attention that falls on what was read.

**Predict before you run.** Then we shuffle the tokens. Attention itself does not mind (lesson 03).
Does the choice?
"""


# %% tags=["demo"]
def on_topic(generator):
    """Queries and keys (512, 32) of a text whose topic changes every 32 tokens."""
    topics = torch.randn(8, 32, generator=generator)
    text = topics[torch.randint(8, (16,), generator=generator)].repeat_interleave(32, dim=0)
    noise = torch.randn(2, 512, 32, generator=generator)
    return text + noise[0], text + noise[1]


def mass_kept(query, key, chosen):
    seen = chosen.repeat_interleave(16, dim=0).repeat_interleave(16, dim=1)  # (512, 512)
    return (full(query @ key.mT / 32**0.5) * seen).sum(dim=-1).mean().item()


# %% tags=["demo"]
kept = {name: [] for name in ("in order, chosen", "in order, random", "shuffled, chosen")}
for seed in range(5):
    generator = torch.Generator().manual_seed(seed)
    query, key = on_topic(generator)  # (512, 32) each
    noise = torch.randn(512, 32, generator=generator)  # labels that say nothing
    order = torch.randperm(512, generator=generator)
    kept["in order, chosen"].append(mass_kept(query, key, choose_blocks(query, key, 16, 4)))
    kept["in order, random"].append(mass_kept(query, key, choose_blocks(noise, noise, 16, 4)))
    query, key = query[order], key[order]
    kept["shuffled, chosen"].append(mass_kept(query, key, choose_blocks(query, key, 16, 4)))

# %% tags=["demo"]
figure, axes = plt.subplots(figsize=(7, 2.6))
for place, (name, masses) in enumerate(kept.items()):
    axes.barh(name, sum(masses) / 5, color=f"C{place}", alpha=0.5)
    axes.plot(masses, [place] * 5, "o", color=f"C{place}")  # a dot for each seed
axes.axvline(4 / 32, ls=":", color="black")
axes.invert_yaxis()
axes.set(xlim=(0, 1), xlabel="mass of full attention on 4 of 32 blocks")
axes.set_title("Labels help where neighbours are alike")
alt = """In order, the chosen blocks hold about 0.7 of the mass, random ones about a quarter.
Shuffled, the choice holds little more than the dotted line, an eighth."""
show(figure, alt)

# %% [markdown]
r"""
The dotted line is what 4 of 32 blocks hold by pure chance. In order, the chosen blocks hold most of
the mass. (Random ones are above the line because each block reads its own.) Shuffled, every block
holds a bit of every topic, all labels say the same, and the choice is nearly blind. So block top-k
is a bet that **neighbours are alike**. Whether they are in your data, you can measure in this way.

*Here the first sitting ends: a good place for a break.*

## Knowing where to look: patterns

The cheapest choice is no choice. A **pattern** is a mask that depends on places alone:

- a **window**: the neighbours, $|i - j| < \text{window}$. A window of 1 is the token itself.
  (Longformer's $w$ counts both sides: its 512 is 256 to the left and 256 to the right.)
- a **stride**: every $s$-th token, $(i - j) \bmod s = 0$.
- **global tokens**: a few that see everybody, and that everybody sees, like a notice board.

### Exercise 10.1 · A window and a notice board · ●●○ · 2 points

Window and global tokens together are the shape of Longformer (Beltagy et al., 2020). The global
tokens are the first ones. Remember: `True` says *may attend*.
"""


# %% tags=["exercise"] exercise="10.1"
def longformer_mask(n: int, window: int, global_tokens: int) -> torch.Tensor:
    """True where |i - j| < window, or where one of the two is among the first global_tokens.

    three whole numbers -> mask (n, n), queries down and keys across
    """
    ### BEGIN SOLUTION
    i, j = torch.arange(n)[:, None], torch.arange(n)  # (n, 1) and (n,)
    near = (i - j).abs() < window  # (n, n)
    return near | (i < global_tokens) | (j < global_tokens)  # (n, n)
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="10.1"
r"""
<details><summary>Hint 1: a column and a row</summary>

`torch.arange(n)[:, None]` are the places of the queries, `torch.arange(n)` those of the keys. What
you compare or subtract of them becomes a table, as in lesson 05.

</details>
<details><summary>Hint 2: three reasons to say yes</summary>

Near each other; or the query is global; or the key is global. One reason is enough: `|`. Put each
comparison in brackets.

</details>
"""

# %% tags=["check"] exercise="10.1"
check("10.1", longformer_mask, points=2)

# %%
n = 24
window, longformer = longformer_mask(n, 6, 0), longformer_mask(n, 6, 1)
stride = masks.strided_mask(n, stride=6, causal=False)
big_bird = masks.global_window_mask(n, window=4, global_tokens=1, random_blocks=1)
shapes = {"Window": window, "Stride": stride, "Longformer": longformer, "BigBird": big_bird}
figure, panels = plt.subplots(1, 4, figsize=(10, 3), sharey=True)
for panel, (name, mask) in zip(panels, shapes.items(), strict=True):
    panel.imshow(mask, cmap="cividis", vmin=0, vmax=1)
    panel.set_title(f"{name}: {mask.float().mean():.0%} seen", fontsize=11)
    panel.set_xlabel("keys")
    panel.grid(False)
panels[0].set_ylabel("queries")
alt = """Yellow is seen. A window is a band, a stride parallel lines, Longformer a band with a full
first row and column, BigBird the same with square blocks scattered over the table."""
show(figure, alt)

# %% [markdown]
r"""
Yellow is seen. The window is a band along the diagonal, and each row of it has at most
$2 \cdot \text{window} - 1$ keys, however long the text is. So its cost grows with $n$, not with
$n^2$. A stride's rows have $n / s$ keys. The global token is the full row and the full column.
BigBird (Zaheer et al., 2020) adds random blocks to that.

## Who hears of whom?

In one layer of a window, news travels only to the neighbours. But layers are stacked: in the second
layer your neighbour tells you what it heard in the first. Token $i$ hears of token $j$ in $L$
layers if it may attend to *some* token $m$ that heard of $j$ in $L - 1$ layers (and as everyone
sees itself, nothing heard is lost):

$$\text{reach}_L[i, j] = \text{there is an } m \text{ with } \text{mask}[i, m]
\text{ and } \text{reach}_{L-1}[m, j] \qquad \text{reach}_1 = \text{mask}$$

### Exercise 10.2 · Word of mouth · ●●○ · 2 points

"There is an $m$" is a matrix product in disguise. With 1 for yes and 0 for no, the product of two
tables *counts* the $m$, and at least one is enough. `mask.float()` makes the numbers.
"""


# %% tags=["exercise"] exercise="10.2"
def reach(mask: torch.Tensor, layers: int) -> torch.Tensor:
    """True where token i can hear of token j when `layers` layers with this mask are stacked.

    mask (n, n) of True and False, layers 1 or more -> (n, n) of True and False
    """
    ### BEGIN SOLUTION
    heard = mask
    for _ in range(layers - 1):
        heard = mask.float() @ heard.float() > 0  # (n, n)
    return heard
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="10.2"
r"""
<details><summary>Hint 1: one layer at a time</summary>

One layer is the mask itself. Each further layer puts the mask once more in front of what was heard
so far.

</details>
<details><summary>Hint 2: the loop</summary>

Start with `heard = mask`. In each of `layers - 1` rounds, multiply `mask` and `heard` as numbers,
ask where the counts are above 0, and call the answer `heard` again.

</details>
"""

# %% tags=["check"] exercise="10.2"
check("10.2", reach, points=2)

# %%
for layers in (1, 2, 3):
    heard = reach(longformer_mask(40, 6, 0), layers)[20].nonzero()  # whom token 20 hears of
    print(f"layers {layers}: token 20 hears of {heard.min().item()} to {heard.max().item()}")

# %% [markdown]
r"""
Each layer of a window adds $\text{window} - 1$ places on each side: 5, 10, 15. Yellow is seen or
heard of, dark is not. **Turn the sliders:** in which two ways can *everybody* hear of everybody,
with many layers and with two?
"""


# %% tags=["explore"]
def who_hears(window: int, global_tokens: int, stride: int, layers: int):
    mask = longformer_mask(24, window, global_tokens)
    if stride > 0:
        mask = mask | masks.strided_mask(24, stride=stride, causal=False)
    heard = reach(mask, layers)  # (24, 24)
    figure, panels = plt.subplots(1, 2, figsize=(8, 4.6), sharey=True)
    for panel, table in zip(panels, (mask, heard), strict=True):
        panel.imshow(table, cmap="cividis", vmin=0, vmax=1)
        panel.set_xlabel("keys")
        panel.grid(False)
    panels[0].set_ylabel("queries")
    panels[0].set_title(f"One layer reads {mask.float().mean():.0%} of the pairs")
    panels[1].set_title(f"A stack of {layers} carries news over {heard.float().mean():.0%}")
    count = int(heard[-1].sum())
    return show(figure, f"Layers: {layers}. The last token hears of {count} of 24 tokens.")


explore(
    who_hears,
    window=(1, 12, 1, 4),
    global_tokens=(0, 3, 1, 0),
    stride=(0, 8, 1),
    layers=(1, 8, 1, 2),
)

# %% [markdown]
r"""
A window gets there with enough layers. One global token needs two: it hears all in the first, and
tells all in the second. A stride alone stays in its own group of places; with a window of the
stride's size beside it, two layers reach everybody. That is the pair of Child et al. (2019): with a
stride near $\sqrt n$, each query reads only about $\sqrt n$ keys in both patterns.

## What a pattern can't see

`reach` says what *may* arrive. Does a trained model live by it? A task that needs distance: 24
tokens carry random symbols, and one of them is marked. The **last** token has to say which symbol
was marked. Blind guessing is right in 1 of 8 cases.
"""


# %%
class Reader(nn.Module):
    """Symbols (batch, 24) and the marked place (batch,) -> scores (batch, 8), at the last token."""

    def __init__(self, mask: torch.Tensor, layers: int, d: int = 32):
        super().__init__()
        self.symbol, self.mark, self.mask = nn.Embedding(8, d), nn.Embedding(2, d), mask
        self.norms = nn.ModuleList(nn.LayerNorm(d) for _ in range(layers))
        self.qkv = nn.ModuleList(nn.Linear(d, 3 * d) for _ in range(layers))
        self.answer = nn.Linear(d, 8)

    def forward(self, symbols, place):
        x = self.symbol(symbols) + self.mark(F.one_hot(place, 24))  # (batch, 24, d)
        for norm, qkv in zip(self.norms, self.qkv, strict=True):
            query, key, value = qkv(norm(x)).chunk(3, dim=-1)  # (batch, 24, d) each
            x = x + F.scaled_dot_product_attention(query, key, value, attn_mask=self.mask)
        return self.answer(x[:, -1])


# %% [markdown]
r"""
**Predict before you run.** We train readers with a window of 6 in one, two and three layers, with a
stride of 6 in one layer, and with a window and one global token in two. For each, draw the share of
right answers against the distance of the marked token. Where does it fall, and how steeply? (The
training takes about half a minute.)
"""


# %% tags=["demo"]
def marked(count: int, generator: torch.Generator):
    symbols = torch.randint(8, (count, 24), generator=generator)
    place = torch.randint(23, (count,), generator=generator)  # never the last token itself
    return symbols, place, symbols.gather(1, place[:, None])[:, 0]


def train_reader(mask, layers: int, seed: int) -> torch.Tensor:
    """Share of right answers at the distances 1 to 23, after training: (23,)."""
    torch.manual_seed(seed)
    generator, reader = torch.Generator().manual_seed(seed), Reader(mask, layers)
    optimizer = torch.optim.Adam(reader.parameters(), lr=0.01)
    for _ in range(200):
        *asked, answer = marked(48, generator)
        loss = F.cross_entropy(reader(*asked), answer)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    symbols, place, answer = marked(4000, generator)
    with torch.no_grad():
        right = (reader(symbols, place).argmax(dim=-1) == answer).float()
    return torch.stack([right[place == 23 - distance].mean() for distance in range(1, 24)])


# %% tags=["demo"]
readers = {
    "window, 1 layer": (window, 1),
    "window, 2 layers": (window, 2),
    "window, 3 layers": (window, 3),
    "stride, 1 layer": (stride, 1),
    "Longformer, 2 layers": (longformer, 2),
}
answered = {
    name: torch.stack([train_reader(*model, seed) for seed in range(3)])  # (3 seeds, 23)
    for name, model in readers.items()
}

# %% tags=["demo"]
figure, panels = plt.subplots(5, 1, figsize=(7, 7.5), sharex=True, sharey=True)
for panel, (name, (mask, layers)) in zip(panels, readers.items(), strict=True):
    heard = reach(mask, layers)[-1].flip(0)[1:]  # (23,): the last token's, nearest first
    panel.bar(range(1, 24), heard.float(), width=1, color="#E4E4E4", label="reach")
    panel.plot(range(1, 24), answered[name].T, "o-", color="C0", ms=3, lw=1)
    panel.axhline(1 / 8, ls=":", color="black")
    panel.set(title=name, ylim=(0, 1.1))
    panel.grid(False)
panels[2].set_ylabel("share of right answers (line), reach (grey)")
panels[-1].set_xlabel("distance of the marked token")
figure.suptitle("A model answers where its pattern can see, and nowhere else", weight="bold")
alt = """Five rows. In each, the answers are right exactly where the grey of reach is, and at the
dotted line of guessing elsewhere: up to distance 5, 10, 15 for windows, at 6, 12, 18 for the
stride, everywhere for window and global token in two layers."""
show(figure, alt)

# %% tags=["demo"]
for name, (mask, layers) in readers.items():
    heard = reach(mask, layers)[-1].flip(0)[1:]  # (23,)
    right, guessed = answered[name][:, heard] > 0.75, answered[name][:, ~heard] < 0.3
    print(f"{name:21} hears of {int(heard.sum()):2} of 23 places", end="   ")
    print(f"right there: {bool(right.all())}   guesses elsewhere: {bool(guessed.all())}")

# %% [markdown]
r"""
Grey is what `reach` promised, before any training. The answers fall from nearly always right to
guessing within *one* place. The stride answers at 6, 12 and 18 and is blind in between. What a
pattern does not carry, no training can learn. The reverse does not hold: reach says what is
possible, and over many layers a model may still fail to pass things on.

## A kernel that forms no table

A mask saves nothing by itself: `attend` with a window as a mask forms all $n^2$ scores, and throws
most away. To save, we must never form them. A **kernel** is the code that does the computing, so
here is ours.

Take the queries in blocks of `window`. The queries from `start` to `stop - 1` see, taken together,
only the keys from `start - window + 1` to `stop + window - 2`: their own block, and nearly a block
on each side. So a block of queries meets at most $3 \cdot \text{window} - 2$ keys, wherever it
stands. Inside that small table the window is still a mask.

**Derive the cost first:** at most how many multiply-adds, for $n$ queries and $d$ features?

<details><summary>The cost, when you have yours</summary>

$n$ queries, fewer than $3 \cdot \text{window}$ keys each, $d$ features, twice: less than
$6 \cdot n \cdot \text{window} \cdot d$. The largest table has about $3 \cdot \text{window}^2$
scores, for any $n$.

</details>

### Exercise 10.3 · The sliding window · ●●● · 3 points

Scores, softmax and blend are there. Two things are yours, for each block: which slice of keys it
reads, `first` to `last`, without running off either end of the text; and `hidden`, a table that is
`True` where a query of the block must not see a key of the slice.
"""


# %% tags=["exercise"] exercise="10.3"
def sliding_window(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, window: int
) -> torch.Tensor:
    """Attention of query i to the keys j with |i - j| < window, one block of queries at a time.

    query, key (batch, heads, n, d_k), value (batch, heads, n, d_v), or any axes before the last two
    -> output (batch, heads, n, d_v)
    """
    n, output = query.shape[-2], []
    for start in range(0, n, window):
        stop = min(start + window, n)  # the block holds the queries start, …, stop - 1
        ### BEGIN SOLUTION
        first, last = max(0, start - window + 1), min(n, stop + window - 1)
        i, j = torch.arange(start, stop)[:, None], torch.arange(first, last)  # places in the text
        hidden = (i - j).abs() >= window  # (rows, columns)
        ### END SOLUTION
        scores = query[..., start:stop, :] @ key[..., first:last, :].mT / query.shape[-1] ** 0.5
        scores = scores.masked_fill(hidden, -torch.inf)  # (..., rows, columns)
        output.append(scores.softmax(dim=-1) @ value[..., first:last, :])  # (..., rows, d_v)
    return torch.cat(output, dim=-2)  # (..., n, d_v)


# %% [markdown] tags=["hint"] exercise="10.3"
r"""
<details><summary>Hint 1: which keys?</summary>

The text above names the first and the last key that the block sees. A slice leaves its end out, so
`last` is one more than the last key.

</details>
<details><summary>Hint 2: the ends of the text</summary>

No key stands below 0: `max(0, …)`. And none at `n` or beyond: `min(n, …)`.

</details>
<details><summary>Hint 3: the mask of a block</summary>

The mask compares places *in the text*: `torch.arange(start, stop)[:, None]` for the queries, and
`torch.arange(first, last)` for the keys. Hide where their distance is `window` or more.

</details>
"""

# %% tags=["check"] exercise="10.3"
check("10.3", sliding_window, points=3)

# %% [markdown]
r"""
What has the check shown? It put $\infty$ into the last value. A mask only multiplies it by 0,
and $0 \cdot \infty$ is `nan`, in every row. So your kernel leaves far *values* alone. Whether a
full table of *scores* was formed on the way, these numbers can't tell. A count can:
"""

# %% tags=["demo"]
x = torch.zeros(4096, 64)  # (n, d)
print("derived: below", f"{6 * 4096 * 64 * 64:,}")
print("your kernel:  ", f"{multiply_adds(sliding_window, x, x, x, 64):,}")
print("whole table:  ", f"{multiply_adds(attend, x, x, x):,}")
qkv = torch.randn(3, 96, 16, generator=torch.Generator().manual_seed(0))  # three times (n, d)
expected = F.scaled_dot_product_attention(*qkv, attn_mask=longformer_mask(96, 8, 0))
print("equal to its mask:", torch.allclose(sliding_window(*qkv, 8), expected, atol=1e-5))

# %% [markdown]
r"""
Below your bound, it has formed no $n \times n$ table. A kernel for block top-k is made alike: each
block of queries reads the blocks that `choose_blocks` names. Here it comes from `attn.sparse`, the
library (and the deep dive builds it). Now the costs of one head with $d = 64$, in four ways:

1. the window of 64 as a mask on the whole table;
2. the best 64 of all keys;
3. your kernel, with a window of 64;
4. the best 4 blocks of 64.

**Predict before you run.** On log-log axes, what slope has each? Which is the slowest?
"""


# %% tags=["demo"]
def seconds(work, *inputs) -> float:
    """CPU time of work(*inputs), the best of three: other programs then hardly matter."""
    times = []
    for _ in range(3):
        start = time.process_time()
        work(*inputs)
        times.append(time.process_time() - start)
    return min(times)


# %% tags=["demo"]
lengths = [512, 1024, 2048, 4096]
window_masks = {n: longformer_mask(n, 64, 0) for n in lengths}  # each (n, n), made beforehand


def window_as_mask(x):
    mask = window_masks[len(x)]  # (n, n)
    return attend(x, x, x, lambda scores: full(scores.masked_fill(~mask, -torch.inf)))


methods = {
    "window as a mask": window_as_mask,
    "top-64 of all keys": lambda x: attend(x, x, x, partial(top_k_weights, k=64)),
    "window kernel": lambda x: sliding_window(x, x, x, 64),
    "4 best blocks": lambda x: sparse.block_top_k_attention(x, x, x, block_size=64, k=4),
}

# %% tags=["demo", "nbval-ignore-output"]
measured = {}
for name, method in methods.items():
    inputs = [torch.randn(n, 64, generator=torch.Generator().manual_seed(0)) for n in lengths]
    rows = [[tool(method, x) for tool in (multiply_adds, peak_mib, seconds)] for x in inputs]
    measured[name] = torch.tensor(rows, dtype=torch.float64)  # (4 lengths, 3 tools)
    work, memory, cpu = measured[name][-1]
    print(f"{name:18}  n = 4096: {work:13,.0f} multiply-adds {memory:5.0f} MiB {cpu:7.3f} s")

# %% tags=["demo", "nbval-ignore-output"]
figure, panels = plt.subplots(1, 3, figsize=(10, 3.8))
for (name, table), style in zip(measured.items(), ("o-", "s--", "^-", "v--"), strict=True):
    slopes = (table[-1] / table[0]).log2() / 3  # from 512 to 512 · 2**3 = 4096
    for place, panel in enumerate(panels):
        label = f"{name}: " if place == 0 else ""
        line = panel.loglog(lengths, table[:, place], style, base=2)
        line[0].set_label(f"{label}slope {slopes[place]:.1f}")
panels[0].set(title="A mask saves no work", ylabel="multiply-adds")
panels[1].set(title="A mask saves no memory", ylabel="MiB")
panels[2].set(title="A mask saves no time", ylabel="seconds")
for panel in panels:
    panel.set_xlabel("tokens n")
    panel.legend(fontsize=8)
alt = """Log-log. Work, memory and time of the window as a mask and of top-k over all keys grow with
about slope 2; those of the window kernel and of the 4 best blocks with slope 1 or less. Top-k over
all keys is the slowest."""
show(figure, alt)

# %% [markdown]
r"""
At the right end, compare the two upper lines with the two lower ones. Whatever forms the table has
a slope of about 2: twice the text, four times the work, memory and time. (Time may grow faster
still, when the table outgrows the processor's fast memory.) Top-k over all keys is the slowest
here, as finding the best costs more than a softmax. The kernels have slopes of about 1, or less.
(Choosing the blocks has $n^2 / B^2$ scores, so a slope of 2 in the end; with $B = 64$ it hardly
shows yet.)

**What we built.** In [`attn/sparse`](../lib/attn/sparse/) your functions take masks too, can be
causal, and save in the backward pass.
"""

# %% [markdown] tags=["deep-dive"]
r"""
## Deep dive: three more kernels, a leak by choice, and the lost mass

Nothing in later lessons needs this section.

**A general kernel.** With two changes yours serves nearly every pattern. What differs is which keys
a block reads, and who may see whom among them.
"""


# %%
def attend_in_blocks(query, key, value, block_size, keys_of, visible):
    """keys_of(i): which keys the queries i read; visible(i, j): who may see whom; all (n, d)."""
    output = []
    for i in torch.arange(len(query)).split(block_size):
        j = keys_of(i)  # (m,): places of keys
        scores = query[i] @ key[j].mT / query.shape[-1] ** 0.5  # (block_size, m)
        scores = scores.masked_fill(~visible(i[:, None], j), -torch.inf)
        output.append(scores.softmax(dim=-1) @ value[j])  # (block_size, d_v)
    return torch.cat(output)  # (n, d_v)


# %% [markdown]
r"""
**Block top-k.** A block reads the blocks that it chose, and may see all of their keys.
"""


# %%
def block_top_k_attention(query, key, value, block_size, k):
    blocks = torch.arange(len(query)).view(-1, block_size)  # (blocks, block_size): places
    chosen = choose_blocks(query, key, block_size, k)  # (blocks, blocks)

    def keys_of(i):
        return blocks[chosen[i[0] // block_size]].flatten()  # (k * block_size,)

    def visible(i, j):
        return torch.ones_like(i + j, dtype=torch.bool)

    return attend_in_blocks(query, key, value, block_size, keys_of, visible)


# %% [markdown]
r"""
**Longformer's shape.** A block reads the global token and its window. Only the block that *holds*
the global token reads everything, once.
"""


# %%
def longformer_attention(query, key, value, window):
    places = torch.arange(len(query))

    def keys_of(i):  # token 0 is global
        around = places[max(1, i[0] - window + 1) : i[-1] + window]
        return places if i[0] == 0 else torch.cat([places[:1], around])

    def visible(i, j):
        return ((i - j).abs() < window) | (i == 0) | (j == 0)

    return attend_in_blocks(query, key, value, window, keys_of, visible)


# %% [markdown]
r"""
**A stride as a kernel.** Here neighbouring queries share no keys. So bring together, once, those
that see each other. Among them attention is full, with $n^2 / s$ scores in place of $n^2$.
"""


# %%
def strided_attention(query, key, value, stride):
    def regroup(x):  # (n, d) -> (stride, n / stride, d): every stride-th token together
        return x.view(-1, stride, x.shape[-1]).transpose(0, 1)

    groups = attend(regroup(query), regroup(key), regroup(value))
    return groups.transpose(0, 1).flatten(0, 1)  # (n, d_v), in the old order


# %%
B = 8
query, key, _ = qkv  # (96, 16) each
seen = choose_blocks(query, key, B, k=3).kron(torch.ones(B, B)).bool()  # (96, 96)
n = len(query)
pairs = {
    "block top-k": (block_top_k_attention(*qkv, B, 3), seen),
    "Longformer": (longformer_attention(*qkv, B), longformer_mask(n, B, 1)),
    "stride": (strided_attention(*qkv, B), masks.strided_mask(n, stride=B, causal=False)),
}  # each (n, d) and (n, n)
for name, (output, mask) in pairs.items():
    expected = F.scaled_dot_product_attention(*qkv, attn_mask=mask)
    print(f"{name:12} equal to its mask:", torch.allclose(output, expected, atol=1e-5))

# %% [markdown]
r"""
**A choice can leak.** In a model that writes, later keys are hidden. Say each block of queries
chooses among earlier blocks only, and every mask is in place. But it chooses with its *mean* query,
and that mean knows the block's last token. So a later token decides what an earlier one reads.
Lesson 05 said that there are leaks that no gradient sees, and that a large change finds. Here is
one.
"""


# %%
def causal_choice(query, key, value, question):
    """Blocks of 8: each reads itself and the best earlier one, asked for with question(block)."""
    agreement = question(query.view(-1, 8, 16)) @ key.view(-1, 8, 16).mean(dim=1).mT  # (12, 12)
    agreement = agreement.masked_fill(~masks.causal_mask(12), -torch.inf).fill_diagonal_(torch.inf)
    chosen = agreement >= agreement.topk(2, dim=-1).values[..., -1:]  # (12, 12)
    seen = chosen.kron(torch.ones(8, 8)).bool() & masks.causal_mask(96)  # (96, 96)
    return F.scaled_dot_product_attention(query, key, value, attn_mask=seen)


questions = {"mean": lambda block: block.mean(dim=1), "first": lambda block: block[:, 0]}
for name, question in questions.items():
    watched, changed = query.clone().requires_grad_(), query.clone()
    changed[-1] *= -30.0  # a large change of the last query
    earlier = causal_choice(watched, *qkv[1:], question)[:-1]  # all outputs but the last
    earlier.sum().backward()
    same = earlier.isclose(causal_choice(changed, *qkv[1:], question)[:-1], atol=1e-5).all(dim=-1)
    moved = int((~same).sum())
    print(f"{name:5} query   gradient {watched.grad[-1].norm():.1f}   outputs that move: {moved}")


# %% [markdown]
r"""
The gradient is 0 both times. But with the mean query, seven earlier tokens of the block answer
differently when the last one changes. A block's **first** query knows nothing later than anybody
in its block, and it is what `attn.block_top_k_attention(causal=True)` asks.

**How much is lost?** Back to the waiters. How much of the weight falls on the $k$ best keys, and
how far is the output from that of full attention? (A distance of 1 is that of zeros.)
"""


# %% tags=["demo"]
@torch.no_grad()
def losses(waiter, weigh, seed):
    """For a name, then for most of them: sum of the weights, distance to full attention."""
    *asked, _, named = evening(2000, torch.Generator().manual_seed(100 + seed))
    _, wanted, _ = waiter(*asked, full)  # (2000, d)
    _, found, weights = waiter(*asked, weigh)  # (2000, d), (2000, 32)
    off = (found - wanted).norm(dim=-1) / wanted.norm(dim=-1)  # (2000,)
    mass = weights.sum(dim=-1)  # (2000,)
    return [[x[group].mean().item() for x in (mass, off)] for group in (named, ~named)]


lost = examine_all(losses, ways, ks)  # each (3 seeds, 7 values of k, 2 questions, 2 measures)

# %% tags=["demo"]
figure, panels = plt.subplots(1, 2, figsize=(9, 3.8))
for question, name in enumerate(("a name", "most")):
    lines = panels[0].plot(
        ks, lost["as in articles"][:, :, question, 0].T, "x:", color=f"C{question}"
    )
    lines[0].set_label(name)
    for (way, table), style in zip(lost.items(), ("o-", "x:"), strict=True):
        lines = panels[1].plot(ks, table[:, :, question, 1].T, style, color=f"C{question}", lw=1)
        lines[0].set_label(f"{name}, {way}")
panels[0].set(title="Most: few keys, little mass", ylabel="mass on the k best keys")
panels[1].set(title="Most: renormalised is farther off", ylabel="distance to full attention")
for panel in panels:
    panel.set(xlabel="keys kept, k", ylim=(0, None))
    panel.legend(fontsize=9)
alt = """Left: for a name the best key holds nearly all the mass; for most of them the mass grows
slowly with k. Right: for most of them and small k, the renormalised output is farther from that
of full attention than the output of the popular formula."""
show(figure, alt)

# %% tags=["demo"]
farther = lost["renormalised"][:, 1, 1, 1] > lost["as in articles"][:, 1, 1, 1]  # (3 seeds,)
print("k = 2, most: seeds of 3 where renormalised is farther:", int(farther.sum()))

# %% [markdown]
r"""
Look at *most* and small $k$. The formula of the articles says next to nothing, and so is about as
far off as zeros are. Renormalised, a few guests speak for all 32 at full volume: farther still.

**The verdict.** Without renormalising the formula is no blend: five thermometers of 20 degrees gave
15. But where the lost mass is large, $k$ is too small, and no factor brings back what was not read.

**A third way.** Keep the best $k$ as they are, and give the lost mass to the *mean of all values*:
$\sum_{i \in \text{Top-}k} A_i V_i + (1 - \sum_{i \in \text{Top-}k} A_i)\,\bar V$. SparQ attention
(Ribar et al., 2023) does so, with an estimate of the lost mass. Here the mean is computed once, for
all queries. It is exact for thermometers, and for weights that are equal outside of the $k$ best.
"""


# %% tags=["demo"]
def with_mean(scores, k):
    kept = popular(scores, k)
    return kept + (1 - kept.sum(dim=-1, keepdim=True)) / scores.shape[-1]  # the mean, as weights


ways = {"renormalised": top_k_weights, "with the mean": with_mean}
for name, shares in examine_all(examine, ways, [2]).items():  # shares (3 seeds, 1, 2 questions)
    good = (shares[:, 0] > 0.9).sum(dim=0).tolist()  # (2 questions,)
    print(f"k = 2, {name:13}  seeds of 3 with 9 of 10 right: a name {good[0]}, most {good[1]}")

# %% [markdown]
r"""
Two keys and a mean answer both questions: the one for which attention is sharp, and the one for
which it is even. It is a happy case. Weights between sharp and even are harder.

**From the papers.** Child et al. (2019) trained pairs of patterns on images, sound and text.
Beltagy et al. (2020) gave Longformer a window of 512 and a few global tokens. Zaheer et al. (2020)
proved that BigBird's pattern, like full attention, can approximate any continuous function of
sequences.
Gupta et al. (2021) use top-k over single keys, in chunks of queries: what it saves is memory.
The first Mistral 7B (Jiang et al., 2023) has windows of 4,096 in 32 layers; from v0.2 on it has
none. Gemma 3 (2025) has five layers with a window for each layer that sees all. Xiao et al. (2023)
found that a window on a trained model fails once the first tokens fall out of it, and works again
if a few of them are kept. MoBA (Lu et al., 2025) chooses blocks by their mean key, and trains with
it.
"""

# %% [markdown]
r"""
## The quiz

Eight questions, with an answer to every answer.
"""

# %% tags=["quiz"]
quiz("09")

# %% [markdown]
r"""
## In five lines

1. Scores and blend overtake the feed-forward part at $n = 4d$; below that, look elsewhere.
2. The best $k$ need renormalising to be a blend, and how small $k$ may be depends on the question.
3. Finding the best keys costs as much as using all. Whole blocks with mean keys are a cheap choice,
   if neighbours are alike.
4. Windows, strides and global tokens choose by place. What a pattern does not carry in $L$ layers,
   no training can learn.
5. A mask saves nothing. A kernel that reads only its keys does: slope 1 in place of 2.

**Words learnt**: multiply-add, feed-forward, mass, renormalise, top-k, block, mean key, pattern,
window, stride, global token, reach, kernel.

**Next**: lesson 11 changes nothing in the answer, and forms no table either.
"""

# %% tags=["progress"]
progress("09")

# %% [markdown]
r"""
### References

- R. Child, S. Gray, A. Radford, I. Sutskever (2019). *Generating Long Sequences with Sparse
  Transformers.* arXiv [1904.10509](https://arxiv.org/abs/1904.10509)
- I. Beltagy, M. E. Peters, A. Cohan (2020). *Longformer: The Long-Document Transformer.* arXiv
  [2004.05150](https://arxiv.org/abs/2004.05150)
- M. Zaheer et al. (2020). *Big Bird: Transformers for Longer Sequences.* arXiv
  [2007.14062](https://arxiv.org/abs/2007.14062)
- A. Gupta, G. Dar, S. Goodman, D. Ciprut, J. Berant (2021). *Memory-efficient Transformers via
  Top-k Attention.* arXiv [2106.06899](https://arxiv.org/abs/2106.06899)
- G. Xiao et al. (2023). *Efficient Streaming Language Models with Attention Sinks.* arXiv
  [2309.17453](https://arxiv.org/abs/2309.17453)
- A. Q. Jiang et al. (2023). *Mistral 7B.* arXiv [2310.06825](https://arxiv.org/abs/2310.06825)
- L. Ribar et al. (2023). *SparQ Attention: Bandwidth-Efficient LLM Inference.* arXiv
  [2312.04985](https://arxiv.org/abs/2312.04985)
- E. Lu et al. (2025). *MoBA: Mixture of Block Attention for Long-Context LLMs.* arXiv
  [2502.13189](https://arxiv.org/abs/2502.13189)
- Gemma Team (2025). *Gemma 3 Technical Report.* arXiv
  [2503.19786](https://arxiv.org/abs/2503.19786)
"""
