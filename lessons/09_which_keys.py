# %% [markdown]
r"""
# 09 · Which keys?

**By the end you can**

1. keep only the best $k$ keys of each query, as a proper blend; <!-- quiz: the-bar -->
2. measure how few keys are enough, and say what decides it; <!-- quiz: how-few -->
3. count what a choice costs, and say what it saves; <!-- quiz: choice-cost -->
4. choose whole blocks by their mean keys, and say on which data that is blind;
   <!-- quiz: blind-choice -->
5. let the mean of all values speak for the keys that were not read. <!-- quiz: lost-mass -->

*About {minutes} minutes · needs
[01 · Attention is a soft look-up](01_attention_is_a_soft_lookup.ipynb) and
[05 · What may not be seen](05_what_may_not_be_seen.ipynb) · builds the top-k part of
`attn.sparse`*

> **In one breath.** You have a thousand books and an hour. You will read only the ten that fit your
> question best. But somebody had to look at a thousand titles first. Unless the shelves have
> labels.
"""

# %%
from functools import partial

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn

from attn import masks, sparse
from attn.plotting import plot_weights
from course import check, explore, progress, quiz, show
from course.measure import multiply_adds, peak_mib

# %% [markdown]
r"""
## From memory

A few minutes, before anything new, and without looking back: what is fetched from memory stays
longer than what is read again. Nothing here is graded.
"""

# %% tags=["recall"]
from course import recall

recall("09")


# %% tags=["recall"]
# From memory: scaled dot-product attention. Then check("01.4", from_memory, points=0)
### BEGIN SOLUTION
def from_memory(query, key, value):
    weights = (query @ key.mT / query.shape[-1] ** 0.5).softmax(dim=-1)
    return weights @ value, weights


check("01.4", from_memory, points=0)
### END SOLUTION

# %% [markdown]
r"""
## Five thermometers

Attention compares every query with every key: $n$ tokens make $n^2$ scores. A text ten times as
long takes a hundred times the work. Must every query read every key? Popular articles write
*sparse attention*, attention that reads only some of the keys, as

$$\sum_{i \,\in\, \text{Top-}k(A)} A_i V_i$$

Read aloud: *of the weights A keep the k largest, and add up their values, each times its weight*.

Five thermometers hang in a room, and all of them say 20 degrees. Their weights are 8, 4, 2, 1 and 1
sixteenths.

**Predict before you run.** What does the formula say with $k = 2$?
"""

# %%
A = torch.tensor([8, 4, 2, 1, 1]) / 16  # (n_k=5,): the weights
V = torch.full((5,), 20.0)  # (n_k=5,): the values
best = A.topk(2)  # the two largest, as .values and .indices
print("all five", (A @ V).item(), "  best two", (best.values @ V[best.indices]).item())

# %% [markdown]
r"""
15 degrees, in a room where every thermometer says 20. Call the sum of some weights their **mass**.
All five have a mass of 1, the best two only $12/16$: a quarter of the mass is lost.

A blend needs weights that sum to 1. So divide by the mass that was kept:
$(8/12)\cdot 20 + (4/12) \cdot 20 = 20$. That is called **renormalising**. You know another way to
the same numbers from lesson 05: hide the other scores with $-\infty$ *before* the softmax.

Hide those below the $k$-th best of their row. We call that score the row's **bar**. The calls you
need, on numbers:
"""

# %%
table = torch.tensor([[2.0, 7.0, 5.0], [9.0, 1.0, 4.0]])  # (n_q=2, n_k=3)
print(table.topk(2, dim=-1).values)  # the best two of each row, the largest first
print(table[..., -1:])  # the last column, and it stays a column: (n_q=2, 1)
print(table.masked_fill(table < 5, -torch.inf))  # -inf where a number is below 5

# %% [markdown]
r"""
### Exercise 09.1 · Only the best k · ●○○ · 2 points

Each row has a bar of its own, so the bars stand in a column:

```
scores (…, n_q=2, n_k=3)     best k=2 (…, 2, 2)     bar (…, 2, 1)
  2  7  5                      7  5                   5     ← stretches along its row
  9  1  4                      9  4                   4
```

(Take it that no two scores of a row are equal.)
"""


# %% tags=["exercise"] exercise="09.1" minutes=7 importance="core"
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

# %% [markdown]
r"""
## How few keys are enough?

A waiter has 32 guests, and each of them has one of eight drinks. The waiter is asked one of two
things: *what does this guest drink?*, or *which drink is the favourite?* (About 13 of the 32 have
it, and each of the other seven drinks has about three.)

The waiter is a model with one attention: a token for each guest, which holds name and drink as
numbers, and one query, the question. Three of them are trained below, from three seeds, with all 32
keys. (The code is folded. You need not read it.)
"""


# %% tags=["folded"]
def evening(count: int, generator: torch.Generator):
    """who, drinks (count, 32); ask (count, 1), 64 is "the favourite"; answer, named (count,)."""
    who = torch.rand(count, 64, generator=generator).argsort(dim=-1)[:, :32]  # 32 of 64 names
    favourite = torch.randint(8, (count, 1), generator=generator)
    drinks = torch.randint(8, (count, 32), generator=generator)
    drinks[:, :10] = favourite  # the names are in random order, so the seats tell nothing
    seat = torch.randint(32, (count, 1), generator=generator)
    named = torch.rand(count, 1, generator=generator) < 0.5
    ask = torch.where(named, who.gather(1, seat), 64)
    answer = torch.where(named, drinks.gather(1, seat), favourite)
    return who, drinks, ask, answer[:, 0], named[:, 0]


class Waiter(nn.Module):
    """Guests and a question -> scores (batch, 8) for the drinks."""

    def __init__(self, d: int = 32):
        super().__init__()
        self.name, self.drink = nn.Embedding(65, d), nn.Embedding(8, d)
        self.query, self.key, self.value = (nn.Linear(d, d) for _ in range(3))
        self.answer = nn.Linear(d, 8)


# %% tags=["demo", "folded"]
def look(waiter: Waiter, who, drinks, ask):
    """The question (batch, 1, d), its scores (batch, 1, 32) and the values (batch, 32, d)."""
    guests, question = waiter.name(who) + waiter.drink(drinks), waiter.name(ask)
    scores = waiter.query(question) @ waiter.key(guests).mT / guests.shape[-1] ** 0.5
    return question, scores, waiter.value(guests)


def reply(waiter: Waiter, asked, blend):
    """Scores (batch, 8) for the drinks; blend(scores, value) says what was found."""
    question, scores, value = look(waiter, *asked)
    return waiter.answer(question + blend(scores, value))[:, 0]


def full(scores, value):
    return scores.softmax(dim=-1) @ value


# %% tags=["demo", "folded"]
torch.set_num_threads(1)  # small models train fastest on one thread


def train_waiter(seed: int) -> Waiter:
    torch.manual_seed(seed)
    generator, waiter = torch.Generator().manual_seed(seed), Waiter()
    optimizer = torch.optim.Adam(waiter.parameters(), lr=0.01)
    for _ in range(250):
        *asked, answer, _ = evening(128, generator)
        loss = F.cross_entropy(reply(waiter, asked, full), answer)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return waiter


waiters = [train_waiter(seed) for seed in range(3)]

# %% [markdown]
r"""
Now we train nothing, and change only how the weights are made: with your `top_k_weights`.

**Predict before you run.** The waiter may look at $k$ of 32 guests, those with the best scores. How
small may $k$ be, with nine of ten answers still right: for *what does this guest drink?*, and for
*which drink is the favourite?*
"""


# %%
def renormalised(scores, value, k):
    return top_k_weights(scores, k) @ value


# %% tags=["demo", "folded"]
@torch.no_grad()
def examine(blend):
    """The share of right answers, for a name and the favourite: (3 seeds, 7 values of k, 2)."""
    shares = torch.empty(3, len(ks), 2)
    for seed, waiter in enumerate(waiters):
        *asked, answer, named = evening(2000, torch.Generator().manual_seed(100 + seed))
        for place, k in enumerate(ks):
            said = reply(waiter, asked, partial(blend, k=k))  # (2000, 8)
            right = (said.argmax(dim=-1) == answer).float()  # (2000,)
            shares[seed, place] = torch.stack([right[named].mean(), right[~named].mean()])
    return shares


ks = [1, 2, 4, 8, 16, 24, 32]
exams = {"renormalised": examine(renormalised)}

# %% tags=["demo", "folded", "memorable", "nbval-ignore-output"]
right = exams["renormalised"].mean(dim=0)  # (7 values of k, 2)
print(f"right about a name, with 1 key: {right[ks.index(1), 0]:.2f}")
for k in (16, 24):
    print(f"right about the favourite, with {k} keys: {right[ks.index(k), 1]:.2f}")
figure, axes = plt.subplots(figsize=(7, 3.6))
for question, name in enumerate(("a name", "the favourite")):
    shares = exams["renormalised"][:, :, question]  # (3 seeds, 7 values of k)
    axes.plot(ks, shares.T, "o-", color=f"C{question}", lw=1, label=[name, None, None])
axes.set(title="One key is enough for a name; half are too few for the favourite")
axes.set(xlabel="keys kept, k", ylabel="share of right answers", ylim=(0, 1.05))
axes.set_xticks([1, 4, 8, 16, 24, 32])
axes.legend(fontsize=9)
axes.axhline(0.9, ls=":", color="black")
alt = """For a name the answers are right from k = 1 on. For the favourite they get better up to all
32 keys: with 16 they lie below the dotted line at nine in ten, with 24 above it."""
show(figure, alt)

# %% [markdown] measured={"with 1 key": [0.97, 1], "with 16 keys": [0.75, 0.9], "24 keys": [0.9, 1]}
r"""
The dotted line is nine in ten. For a **name** one key of 32 is enough. For the **favourite** 16 are
too few, and 24 suffice: it takes more than half. Here is why: the weights that one waiter learnt,
for the same guests and seven questions.
"""

# %% tags=["demo", "folded"]
who, drinks, _, _, _ = evening(1, torch.Generator().manual_seed(0))
seats = list(range(2, 32, 5))  # six guests
asked_about = torch.cat([who[0, seats], torch.tensor([64])])[:, None]  # (7, 1)
with torch.no_grad():
    learnt = look(waiters[0], who.expand(7, -1), drinks.expand(7, -1), asked_about)[1]  # (7, 1, 32)
questions = [*(f"guest {name}" for name in who[0, seats].tolist()), "the favourite"]
guests = [str(name) if seat in seats else "" for seat, name in enumerate(who[0].tolist())]
title = "One guest for a name, everybody for “the favourite”"
axes = plot_weights(learnt[:, 0].softmax(dim=-1), questions, guests, title=title, annotate=False)
alt = """Weights of seven questions over 32 guests. Each of six names has one bright cell, at the
guest of that name; the row of “the favourite” is dark from end to end, with a little everywhere."""
show(axes, alt)

# %% [markdown]
r"""
Look at the last row: no cell of it is bright, as a budget of 1 is shared by 32. So *how few are
enough?* is not a property of attention. It is a property of the question.
"""

# %% [markdown]
r"""
## What does the choice cost?

Top-k leaves out most keys. So it must be cheap? We count **multiply-adds**, one product added to a
sum, and the most memory that is held at once, in MiB ($2^{20}$ bytes).

**Predict before you run.** One head, $d = 64$, $n = 2048$, $k = 32$: a 64th of the keys. Which
share of full attention's multiply-adds does top-k need, and of its memory?
"""


# %% tags=["demo"]
def attend(query, key, value, blend):
    """query, key (..., n, d_k), value (..., n, d_v) -> (..., n, d_v)"""
    return blend(query @ key.mT / query.shape[-1] ** 0.5, value)


# %% tags=["demo", "folded", "nbval-ignore-output"]
x = torch.randn(2048, 64, generator=torch.Generator().manual_seed(0))  # (n, d)
for name, blend in (("full", full), ("top-32", partial(renormalised, k=32))):  # partial: with k set
    work, memory = multiply_adds(attend, x, x, x, blend), peak_mib(attend, x, x, x, blend)
    print(f"MiB held by {name:6} {memory:3.0f}   and {work:,} multiply-adds")

# %% [markdown] measured={"MiB held by full": [31, 36], "MiB held by top-32": [45, 60]}
r"""
All of the work, as it is written here, and more memory: full attention holds two tables of 16 MiB,
scores and weights, and top-k a third, with the low scores hidden. Whoever reads only the 32 chosen
values saves most of the blend, the second half of the work. The first half, the scores, stays: to
know the best, you have to have all. **Top-k saves half at best, until the choice itself is cheap.**

## Labels on the shelves

A library has an answer: a label for a whole shelf. Cut the tokens into **blocks** of $B$, and give
each block of keys one label, its **mean key**. A block of queries asks with its mean query. By
hand, with two queries and two keys:

| | key (3, 0) | key (1, 2) | mean key (2, 1) |
|---|---|---|---|
| query (1, 0) | 3 | 1 | |
| query (1, 2) | 3 | 5 | |
| mean query (1, 1) | | | **3** |

The four scores have the mean $(3 + 1 + 3 + 5)/4 = 3$, and the two means give 3 at once.
"""

# %% [markdown]
r"""
A dot product of two means is the mean of all the dot products:

$$\Big(\frac1B \sum_{i} q_i\Big) \cdot \Big(\frac1B \sum_{j} k_j\Big)
= \frac{1}{B^2} \sum_{i,j} q_i \cdot k_j$$

One dot product instead of $B^2$: with $B = 64$ the choice is 4,096 times cheaper. The calls you
need, on numbers:
"""

# %%
tokens = torch.arange(12.0).view(4, 3)  # (n=4, d=3): four tokens of three features
print(tokens.view(-1, 2, 3).mean(dim=1))  # cut into blocks of 2 tokens: the mean of each, (2, 3)
print(torch.zeros(2, 2).fill_diagonal_(torch.inf))  # a diagonal that nobody can beat

# %% [markdown]
r"""
### Exercise 09.2 · Choose whole blocks · ●●○ · 2 points

Each block of queries reads $k$ blocks of keys: **its own, always**, and the $k - 1$ others that
agree with it best. The mean queries stand there; the rest is yours.

```
query (n, d)     cut                  mean over dim=1
  token 0 ─┐
  token 1 ─┘     (blocks, B, d)   →   (blocks, d) ─┐    agreement         chosen
  token 2 ─┐                                       ├→   (blocks, blocks)  (blocks, blocks)
  token 3 ─┘                                       │    queries down,     True or False
key (n, d)   →   (blocks, B, d)   →   (blocks, d) ─┘    keys across
```
"""


# %% tags=["exercise"] exercise="09.2" minutes=8 importance="core"
def choose_blocks(query: torch.Tensor, key: torch.Tensor, block_size: int, k: int) -> torch.Tensor:
    """True where a block of queries reads a block of keys: its own and the k - 1 best others.

    query, key (n, d), n a multiple of block_size -> chosen (blocks, blocks), k yes in every row
    """
    d = query.shape[-1]
    mean_query = query.view(-1, block_size, d).mean(dim=1)  # (blocks, d)
    ### BEGIN SOLUTION
    mean_key = key.view(-1, block_size, d).mean(dim=1)  # (blocks, d)
    agreement = (mean_query @ mean_key.mT).fill_diagonal_(torch.inf)  # (blocks, blocks)
    return agreement >= agreement.topk(k, dim=-1).values[..., -1:]  # (blocks, blocks)
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="09.2"
r"""
<details><summary>Hint 1: three steps</summary>

Mean keys; one table of agreement, queries down and keys across; the $k$ best of each row. The last
step is the bar of 09.1, and this time a comparison is all you need.

</details>
<details><summary>Hint 2: shapes</summary>

The mean keys are made as the mean queries, `(blocks, d)`. `mean_query @ mean_key.mT` is
`(blocks, blocks)`, and the bar, one for each row, is `(blocks, 1)`.

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
`attn.sparse` reads only the chosen blocks. Four blocks of 64, in a text of 2,048 tokens:
"""


# %% tags=["demo", "folded", "nbval-ignore-output"]
def four_blocks(x):
    return sparse.block_top_k_attention(x, x, x, block_size=64, k=4)


x = torch.randn(2048, 64, generator=torch.Generator().manual_seed(0))  # (n, d)
share = multiply_adds(four_blocks, x) / multiply_adds(attend, x, x, x, full)
print(f"work, a share of full attention's: {share:.2f}")
print(f"four blocks, MiB: {peak_mib(four_blocks, x):.1f}")

# %% [markdown] measured={"full attention's": [0.11, 0.15], "four blocks, MiB": [0.5, 1.5]}
r"""
An eighth of the work (256 of 2,048 keys) and about one MiB in place of 32. Is it a *good* choice?

Take a text of 512 tokens that changes its topic every 32. A query and a key agree if their topics
do. In blocks of 16, each block of queries reads 4 of 32 blocks of keys. Then we shuffle the tokens.
Full attention does not mind: its outputs are shuffled along.

**Predict before you run.** How much mass of full attention falls on what was read: in order, and
shuffled?
"""


# %% tags=["demo", "folded"]
def on_topic(generator):
    """Queries and keys (512, 32) of a text whose topic changes every 32 tokens."""
    topics = torch.randn(8, 32, generator=generator)
    text = topics[torch.randint(8, (16,), generator=generator)].repeat_interleave(32, dim=0)
    noise = torch.randn(2, 512, 32, generator=generator)
    return text + noise[0], text + noise[1]


def mass_kept(query, key, chosen):
    seen = chosen.repeat_interleave(16, dim=0).repeat_interleave(16, dim=1)  # (512, 512)
    weights = (query @ key.mT / 32**0.5).softmax(dim=-1)
    return (weights * seen).sum(dim=-1).mean().item()


def kept_in(seed: int) -> list[float]:
    """The mass kept by choice: in order, and shuffled."""
    generator = torch.Generator().manual_seed(seed)
    query, key = on_topic(generator)  # (512, 32) each
    order = torch.randperm(512, generator=generator)
    mixed = query[order], key[order]
    return [
        mass_kept(query, key, choose_blocks(query, key, 16, 4)),
        mass_kept(*mixed, choose_blocks(*mixed, 16, 4)),
    ]


# %% tags=["demo", "folded", "nbval-ignore-output"]
ways = "in order", "shuffled"
mass_in = dict(zip(ways, zip(*map(kept_in, range(5)), strict=True), strict=True))
print(*(f"{name}: {sum(masses) / 5:.2f}" for name, masses in mass_in.items()), sep="   ")
figure, axes = plt.subplots(figsize=(7, 2.2))
for place, (name, masses) in enumerate(mass_in.items()):
    axes.barh(name, sum(masses) / 5, color=f"C{place}", alpha=0.5)
    axes.plot(masses, [place] * 5, "o", color=f"C{place}")  # a dot for each seed
axes.axvline(4 / 32, ls=":", color="black")
axes.invert_yaxis()
axes.set(xlim=(0, 1), xlabel="mass of full attention on 4 of 32 blocks")
axes.set_title("Labels help where neighbours are alike")
alt = """In order, the chosen blocks hold about 0.7 of the mass. Shuffled, they hold little more
than the dotted line, an eighth."""
show(figure, alt)

# %% [markdown] measured={"in order": [0.6, 0.8], "shuffled": [0.12, 0.2]}
r"""
The dotted line is what 4 of 32 blocks hold by pure chance. In order, the chosen blocks hold most of
the mass. Shuffled, every block holds a bit of every topic, all labels say the same, and the choice
is nearly blind. A single good key among fifteen dull ones is missed as well: it hardly moves the
*mean* score, and would take most of the weight. So block top-k is a bet that **neighbours are
alike**.

## What was not read

Dividing by the mass that was kept lets a few keys speak for all. There is another way: keep the
best $k$ weights as they are, and give the lost mass to the **mean of all values**, $\bar V$:

$$\sum_{i \,\in\, \text{Top-}k(A)} A_i V_i
\;+\; \Big(1 - \sum_{i \,\in\, \text{Top-}k(A)} A_i\Big)\, \bar V$$
"""

# %% [markdown]
r"""
Read aloud: *the best keys speak for themselves, and the average speaks for the rest*. SparQ
attention (Ribar et al., 2023) does so.

**By hand.** The five thermometers, weights 8, 4, 2, 1, 1 sixteenths, now say 16, 24, 20, 12 and 28.
Their mean is 20, and attention gives 19. With $k = 2$:

| | | |
|---|---|---|
| as in articles | $(8 \cdot 16 + 4 \cdot 24)/16$ | 14 |
| renormalised | $(8 \cdot 16 + 4 \cdot 24)/12$ | 18.67 |
| with the mean | $14 + (4/16) \cdot 20$ | 19 |

The calls you need, on numbers:
"""

# %%
two = torch.tensor([[1.0, 10.0], [3.0, 30.0]])  # (n_k=2, d_v=2)
print(two.mean(dim=-2, keepdim=True))  # (1, 2): the mean over the keys, and the axis stays
print(torch.tensor([[0.5, 0.25], [0.7, 0.1]]).sum(dim=-1, keepdim=True))  # (2, 1): one a row

# %% [markdown]
r"""
### Exercise 09.3 · The mean speaks for the rest · ●●○ · 2 points

```
kept  (…, n_q, n_k)  @  value     (…, n_k, d_v)   →   (…, n_q, d_v)
lost  (…, n_q, 1)    ·  its mean  (…, 1,   d_v)   →   (…, n_q, d_v)
```

The lost mass is what the other keys would have had.
"""


# %% tags=["exercise"] exercise="09.3" minutes=7 importance="useful"
def top_k_and_mean(scores: torch.Tensor, value: torch.Tensor, k: int) -> torch.Tensor:
    """The k best weights of each row as they are; the mean of all values has the lost mass.

    scores (batch, heads, n_q, n_k), value (batch, heads, n_k, d_v), or any axes before the last two
    -> output (batch, heads, n_q, d_v)
    """
    weights = scores.softmax(dim=-1)  # (..., n_q, n_k)
    ### BEGIN SOLUTION
    bar = weights.topk(k, dim=-1).values[..., -1:]  # (..., n_q, 1)
    kept = weights.masked_fill(weights < bar, 0.0)  # (..., n_q, n_k)
    lost = 1 - kept.sum(dim=-1, keepdim=True)  # (..., n_q, 1)
    return kept @ value + lost * value.mean(dim=-2, keepdim=True)  # (..., n_q, d_v)
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="09.3"
r"""
<details><summary>Hint 1: two parts</summary>

The first part is the popular formula. The second is a mass, one number for each query, times a
mean, one row of $d_v$ numbers.

</details>
<details><summary>Hint 2: the kept weights</summary>

The bar of 09.1, this time of the *weights*. What lies below it becomes 0, not $-\infty$: the
softmax is done already.

</details>
<details><summary>Hint 3: shapes</summary>

`1 - kept.sum(dim=-1, keepdim=True)` is `(..., n_q, 1)`, and `value.mean(dim=-2, keepdim=True)` is
`(..., 1, d_v)`. Their product has a row for each query.

</details>
"""

# %% tags=["check"] exercise="09.3"
check("09.3", top_k_and_mean, points=2)

# %% [markdown]
r"""
The waiters again, not trained for this: the best $k$ guests, and the mean of all 32. How small may
$k$ be now?
"""


# %% tags=["demo", "folded"]
def popular(scores, value, k):  # as in articles: the kept weights, as they were
    return (scores.softmax(dim=-1) * (top_k_weights(scores, k) > 0)) @ value


# %% tags=["demo", "folded", "nbval-ignore-output"]
exams |= {"as in articles": examine(popular), "with the mean": examine(top_k_and_mean)}
right = exams["with the mean"].mean(dim=0)  # (7 values of k, 2)
print(f"right about a name, by one key and mean: {right[ks.index(1), 0]:.2f}")
for k in (1, 16):
    print(f"right about the favourite, by {k} and mean: {right[ks.index(k), 1]:.2f}")
figure, axes = plt.subplots(figsize=(7, 3.6))
for (way, exam), style in zip(exams.items(), ("C0o-", "C1x:", "C2s-"), strict=True):
    axes.plot(ks, exam[:, :, 1].T, style, lw=1, label=[way, None, None])  # a line for each seed
axes.set(title="The favourite: one key and the mean are enough", ylim=(0, 1.05))
axes.set(xlabel="keys kept, k", ylabel="share of right answers")
axes.legend(fontsize=9)
alt = """Share of right answers about the favourite against k. Renormalised or as in articles, it
grows up to all keys; with the mean it is nearly 1 from one key on, with a shallow dip between."""
show(figure, alt)

# %% [markdown] measured={"key and mean": [0.9, 1], "1 and mean": [0.9, 1], "16 and mean": [0.9, 1]}
r"""
One key and the mean answer both questions. For a *name* that one key is nearly all of attention.
For the *favourite* the mean is nearly all of it, because its weights are even. With 16 keys it is a
little worse than with one: the mean of *all* counts those that were kept once more. (Nothing is
saved yet: to know the lost mass we formed all scores. SparQ estimates it.)

### Claim, measured: "sparse attention adds up the best k"

As a formula it is no blend: five thermometers of 20 degrees gave 15. Yet in the figure it does as
well as renormalised: to shrink all drinks' scores alike hardly changes which is the largest.
Dividing mends the scale; it does not bring back what was not read.
"""

# %% [markdown]
r"""
## Going further: how many hold nine tenths, and values of your own

*About {minutes} minutes.* **Turn the slider.** The bars are one question's weights, the largest
first. How many keys hold 90 % of the weight: for a name, and for the favourite?
"""


# %% tags=["explore", "folded"]
def best_guests(question: str, k: int):
    row = learnt[-1 if question == "the favourite" else 0, 0].softmax(dim=-1)  # (32,)
    row = row.sort(descending=True).values
    figure, axes = plt.subplots(figsize=(7, 2.8))
    axes.bar(range(1, 33), row, color=["C0" if place < k else "#CCCCCC" for place in range(32)])
    axes.set(xlabel="guests, the best first", ylabel="weight", ylim=(0, 1.05))
    title = f"{question}: the best {k} of 32 hold {row[:k].sum():.0%} of the weight"
    axes.set_title(title)
    return show(figure, title)


explore(best_guests, question=["a name", "the favourite"], k=(1, 32, 1, 2))

# %% [markdown]
r"""
For this name one key holds them; for the favourite it takes nearly all.

**Five thermometers of your own.** Change the five values, and $k$. Can you find some for which
*renormalised* is nearest to attention? And some where *with the mean* is worse than both?

<details><summary>One of each</summary>

10, 40, 20, 20, 20: the rest says what the two best say together. And -50, 100, 0, 0, 0: the mean is
drawn away by values that have spoken already.

</details>
"""

# %% tags=["demo"]
mine, k = torch.tensor([16.0, 24, 20, 12, 28])[:, None], 2  # (n_k=5, d_v=1)
print("attention", full(A.log()[None], mine).item())
blends = {"as in articles": popular, "renormalised": renormalised, "with the mean": top_k_and_mean}
for name, blend in blends.items():
    print(f"{name:14} {blend(A.log()[None], mine, k).item():.2f}")

# %% [markdown] tags=["deep-dive"]
r"""
## Deep dive: a kernel for blocks, and a leak by choice

*About {minutes} minutes.* Nothing later needs this section.

**A kernel for block top-k.** A *kernel* is the code that does the computing. This one reads, for
each block of queries, only the blocks that it chose, and never forms the $n \times n$ table.
"""


# %%
def block_top_k_attention(query, key, value, block_size, k):
    """query, key, value (n, d) -> output (n, d)"""
    places = torch.arange(len(query)).view(-1, block_size)  # (blocks, block_size)
    output = []
    for block, chosen in zip(places, choose_blocks(query, key, block_size, k), strict=True):
        j = places[chosen].flatten()  # (k * block_size,): the keys that are read
        scores = query[block] @ key[j].mT / query.shape[-1] ** 0.5  # (block_size, k * block_size)
        output.append(scores.softmax(dim=-1) @ value[j])  # (block_size, d)
    return torch.cat(output)  # (n, d)


# %%
qkv = torch.randn(3, 96, 16, generator=torch.Generator().manual_seed(0))  # three times (n, d)
seen = choose_blocks(*qkv[:2], 8, k=3).kron(torch.ones(8, 8)).bool()  # (96, 96)
expected = F.scaled_dot_product_attention(*qkv, attn_mask=seen)
same = torch.allclose(block_top_k_attention(*qkv, 8, 3), expected, atol=1e-5)
print("equal to its mask:", same)

# %% [markdown]
r"""
**A choice can leak.** In a model that writes, later keys are hidden. Say each block of queries
chooses among earlier blocks only, and every mask is in place. But it chooses with its *mean* query,
and that mean knows the block's last token. So a later token decides what an earlier one reads.
There are leaks that no gradient sees, and that a large change finds (lesson 05). Here is one.
"""


# %%
def causal_choice(query, key, value, question):
    """Blocks of 8: each reads itself and the best earlier one, asked for with question(block)."""
    agreement = question(query.view(-1, 8, 16)) @ key.view(-1, 8, 16).mean(dim=1).mT  # (12, 12)
    agreement = agreement.masked_fill(~masks.causal_mask(12), -torch.inf).fill_diagonal_(torch.inf)
    chosen = agreement >= agreement.topk(2, dim=-1).values[..., -1:]  # (12, 12)
    seen = chosen.kron(torch.ones(8, 8)).bool() & masks.causal_mask(96)  # (96, 96)
    return F.scaled_dot_product_attention(query, key, value, attn_mask=seen)


# %%
query, key, value = torch.randn(3, 96, 16, generator=torch.Generator().manual_seed(0))  # (n, d)
questions = {"mean": lambda block: block.mean(dim=1), "first": lambda block: block[:, 0]}
for name, question in questions.items():
    watched, changed = query.clone().requires_grad_(), query.clone()
    changed[-1] *= -30.0  # a large change of the last query
    earlier = causal_choice(watched, key, value, question)[:-1]  # all outputs but the last
    earlier.sum().backward()
    same = earlier.isclose(causal_choice(changed, key, value, question)[:-1], atol=1e-5)
    moved = int((~same.all(dim=-1)).sum())
    print(f"{name:5} query   gradient {watched.grad[-1].norm():.1f}   outputs that move: {moved}")


# %% [markdown]
r"""
The gradient is 0 both times. But with the mean query, seven earlier tokens of the block answer
differently when the last one changes. A block's **first** query knows nothing later than anybody
in its block, and it is what `attn.sparse.block_top_k_attention(causal=True)` asks. (The mean of
09.3 would leak too: in a causal model it has to be that of the *visible* values.)

**From the papers.** Gupta et al. (2021) use top-k over single keys, in chunks of queries: what it
saves is memory. SparQ attention (Ribar et al., 2023) guesses the scores from a few features of each
key, and gives the lost mass to the mean value. MoBA (Lu et al., 2025) chooses blocks by their mean
key, and trains with it.
"""

# %% [markdown]
r"""
## The quiz

Five questions, with an answer to every answer.
"""

# %% tags=["quiz"]
quiz("09")

# %% [markdown]
r"""
## In five lines

1. The best $k$ weights are a blend only if they sum to 1: hide the others before the softmax.
2. How few keys are enough depends on the question: one for a name, more than half for a favourite.
3. Finding the best keys takes all scores: top-k saves half of the work at best.
4. Whole blocks with mean keys are a cheap choice, and a good one where neighbours are alike.
5. What was not read can be given its due: the lost mass times the mean value.

**Words learnt**: sparse attention, top-k, mass, renormalise, bar, multiply-add, block, mean key.

**Next**: [10 · Patterns and windows](10_patterns_and_windows.ipynb) chooses keys by their place
alone, and asks what a model can't see then.
"""

# %% tags=["progress"]
progress("09")

# %% [markdown]
r"""
### References

- A. Gupta, G. Dar, S. Goodman, D. Ciprut, J. Berant (2021). *Memory-efficient Transformers via
  Top-k Attention.* arXiv [2106.06899](https://arxiv.org/abs/2106.06899)
- L. Ribar et al. (2023). *SparQ Attention: Bandwidth-Efficient LLM Inference.* arXiv
  [2312.04985](https://arxiv.org/abs/2312.04985)
- E. Lu et al. (2025). *MoBA: Mixture of Block Attention for Long-Context LLMs.* arXiv
  [2502.13189](https://arxiv.org/abs/2502.13189)
"""
