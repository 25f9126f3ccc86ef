# %% [markdown]
r"""
# 13 · Cheaper still

**By the end you can**

1. move the brackets in attention, and say from which length on it pays, by counting;
   <!-- quiz: brackets-even -->
2. write causal linear attention as a running sum and as a recurrent step, with equal numbers;
   <!-- quiz: one-sum-runs -->
3. measure what a memory of fixed size loses, and name what it would take to get it back;
   <!-- quiz: what-is-kept -->
4. let a model write with a cache, one token a step, and prove that no number has changed;
   <!-- quiz: restarted -->
5. work out the bytes of a cache for MHA, GQA and MQA, and choose. <!-- quiz: which-cache -->

*Two sittings of about 45 minutes each, with a break in the middle · needs
[02 · Many heads](02_many_heads.ipynb), [03 · Where am I?](03_where_am_i.ipynb) and
[05 · What may not be seen](05_what_may_not_be_seen.ipynb) · builds `attn.efficient.linear` and
`attn.cache`*

> **In one breath.** You read a thick book and get questions about it. You can keep every page and
> leaf through all of them for each question. Or you keep one sheet of notes: quick to ask, never
> larger, but what did not fit is gone. If you keep the pages, then at least do not copy out the
> whole book again for each new line, and share your pages with others.
"""

# %%
import itertools
import time

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

import attn
from attn import apply_rotary, scaled_dot_product_attention
from attn.plotting import plot_weights
from course import check, explore, progress, quiz, show

# %% [markdown]
r"""
## From memory

Three minutes, before anything new, and without looking back: what is fetched from memory stays
longer than what is read again. Nothing here is graded.
"""

# %% tags=["recall"]
from course import recall

recall("10")


# %% tags=["recall"]
# From memory: one step of the online softmax. Then check("11.1", from_memory, points=0)
### BEGIN SOLUTION
def from_memory(peak, total, score):
    new_peak = max(peak, score)
    return new_peak, total * np.exp(peak - new_peak) + np.exp(score - new_peak)


check("11.1", from_memory, points=0)
### END SOLUTION

# %% [markdown]
r"""
## Part one: linear attention

$(2 \cdot 3) \cdot 4 = 2 \cdot (3 \cdot 4)$: where the brackets stand makes no difference to the
result. That holds for products of matrices too. To the *cost* it makes a great difference.

Leave the softmax out for a moment, and let $Q$, $K$ and $V$ all be $(n, d)$.

- $(Q K^\top)\, V$ first makes $n \times n$ scores, each a sum of $d$ products, and then blends:
  $2 n^2 d$ multiplications.
- $Q\, (K^\top V)$ first makes a table of $d \times d$ numbers, each a sum of $n$ products, and then
  reads from it: $2 n d^2$ multiplications.

**Predict before you run.** For $n = 1024$ tokens and $d = 64$, how many times fewer are the second?
And for twice as many tokens?
"""

# %%
d = 64
for n in (1024, 2048):
    left, right = 2 * n**2 * d, 2 * n * d**2
    print(f"n {n}: {left:,} against {right:,}: {left // right} times fewer")

# %% [markdown]
r"""
$2 n^2 d$ divided by $2 n d^2$ is $n / d$: so 16, and then 32. With as many tokens as features the
two cost the same; from there on the second wins, by more and more. On the way it holds a table of
$64 \cdot 64$ numbers, for a million tokens too.

## The softmax stands in the way

Attention is not $(QK^\top)V$. Between the two products stands a softmax, and it works on the whole
table of scores: no bracket can move past it. Its heart is $e^{q \cdot k}$, one number for each
*pair*. So replace it by something that a query and a key can do each *by itself*: give both a
**feature map** $\varphi$, and weigh with the product $\varphi(q) \cdot \varphi(k)$. Weights must
not be negative, so let all features be positive. A common choice (Katharopoulos et al., 2020):
"""


# %%
def phi(x: torch.Tensor) -> torch.Tensor:
    """Positive features: x + 1 above 0, e to the x below. Any shape -> the same shape."""
    return torch.where(x > 0, x + 1, x.clamp(max=0).exp())


print(phi(torch.tensor([-3.0, -1.0, 0.0, 1.0, 3.0])).numpy().round(2))

# %% [markdown]
r"""
The answer for query $i$ is again a blend, divided by the sum of its weights. Now move the brackets:

$$\text{output}_i
= \frac{\sum_j \big(\varphi(q_i) \cdot \varphi(k_j)\big)\, v_j}
{\sum_j \varphi(q_i) \cdot \varphi(k_j)}
= \frac{\varphi(q_i)\, s}{\varphi(q_i) \cdot z}
\qquad s = \sum_j \varphi(k_j)^\top v_j \qquad z = \sum_j \varphi(k_j)$$

Read aloud: *collect all keys and values in one table s, and all keys in one vector z; each query
reads from s, and divides by what it reads from z*. The shapes: $s$ is `(d, d_v)`, $z$ is `(d,)`.
This is called **linear attention**.

By hand: one query with features (1, 2); three keys with features (1, 1), (2, 1), (1, 3); their
values 10, 20, 30.

- Pair by pair: the weights are 3, 4 and 7, so the answer is $(30 + 80 + 210) / 14 = 320 / 14$.
- Brackets moved: $s = 10\,(1, 1) + 20\,(2, 1) + 30\,(1, 3) = (80, 120)$ and $z = (4, 5)$. The query
  reads $80 + 240 = 320$, and divides by $4 + 10 = 14$. The same.

### Exercise 14.1 · Linear attention · ●○○ · 1 point

Write the right side of the formula. (The left side gives the same numbers, so the check takes it
too. The count after it will tell.)
"""


# %% tags=["exercise"] exercise="14.1"
def linear_attention(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """Attention with weights phi(q)·phi(k), without a table of n_q by n_k.

    query (..., n_q, d), key (..., n_k, d), value (..., n_k, d_v) -> output (..., n_q, d_v)
    """
    ### BEGIN SOLUTION
    query, key = phi(query), phi(key)
    s = key.mT @ value  # (..., d, d_v)
    z = key.sum(dim=-2)[..., None]  # (..., d, 1)
    return (query @ s) / (query @ z)  # (..., n_q, d_v)
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="14.1"
r"""
<details><summary>Hint 1: keys first</summary>

Turn query and key into features with `phi`. Then make `s` and `z` without looking at the query at
all.

</details>
<details><summary>Hint 2: shapes</summary>

`s` is a product that sums over the keys: from `(n_k, d)` and `(n_k, d_v)` to `(d, d_v)`. Which of
the two must be transposed? `z` is the sum of the keys' features, `(d,)`.

</details>
<details><summary>Hint 3: dividing</summary>

`query @ s` is `(n_q, d_v)`, and every row has a divisor of its own. With `z` as a column,
`key.sum(dim=-2)[..., None]`, the product `query @ z` is `(n_q, 1)`: it divides row by row.

</details>
"""

# %% tags=["check"] exercise="14.1"
check("14.1", linear_attention, points=1)

# %% [markdown]
r"""
Derived: $2 n d^2$ multiplications, and $n d$ for the divisors. PyTorch can count the
multiplications and additions in all matrix products. Does your function do what was derived?
"""


# %%
def multiplications(function, n: int, d: int = 64) -> int:
    """How many multiplications the matrix products of function(q, k, v) take, all (n, d)."""
    counter = FlopCounterMode(display=False)
    with counter:
        function(*torch.ones(3, 1, n, d))
    return counter.get_total_flops() // 2  # it counts each multiplication with its addition


# %%
for n in (256, 1024, 4096):
    softmax, linear = (
        multiplications(f, n) for f in (scaled_dot_product_attention, linear_attention)
    )
    derived = 2 * n * d**2 + n * d
    print(f"n {n:4}: softmax {softmax:13,}   linear {linear:10,}   derived {derived:10,}")

# %% [markdown]
r"""
They agree to the last multiplication. (If your number is near the softmax's, your function makes
the large table.) On logarithmic axes the slope of a line is the power: 2 means that twice the
length costs four times as much.
"""


# %% tags=["demo"]
def draw_growth(axes, lengths: list[int], costs: list[float], name: str, colour: str) -> None:
    slope = np.polyfit(np.log(lengths[-3:]), np.log(costs[-3:]), 1)[0]  # of the last three points
    axes.loglog(lengths, costs, "o-", color=colour, label=f"{name}, slope {slope:.1f}")
    axes.set_xticks([], minor=True)
    axes.set_xticks(lengths, [str(n) for n in lengths])
    axes.legend()


# %% tags=["demo"]
lengths = [64, 256, 1024, 4096]
figure, axes = plt.subplots(figsize=(6, 3.4))
for name, function, colour in (
    ("softmax", scaled_dot_product_attention, "#D55E00"),
    ("linear", linear_attention, "#0072B2"),
):
    draw_growth(axes, lengths, [multiplications(function, n) for n in lengths], name, colour)
axes.set(xlabel="tokens n", ylabel="multiplications")
axes.set_title("Counted: a square against a line")
show(figure, "Multiplications against length. Softmax rises with slope 2, linear attention with 1.")

# %% [markdown]
r"""
Look at the slopes, 2 and 1; the lines meet near $n = d = 64$. Counts are not seconds: by the clock
linear attention pays too, but from a greater length on. The deep dive takes the time.

## Causal: a running sum

A model that writes may not see the future (lesson 05). There a mask hid parts of the $n \times n$
table. But now there is no such table. What is left to mask?

Think of the three values 10, 20, 30, and let all weights be equal. Each token may see itself and
those before. So the answers are 10, then the mean of 10 and 20, then the mean of all: 10, 15, 20.

**Predict before you run.** If every query reads from the *same* $s$ and $z$, what do the three
tokens get?
"""

# %%
ones, values = torch.ones(3, 1), torch.tensor([[10.0], [20.0], [30.0]])  # (n=3, d=1 or d_v=1)
print("one s for all:", linear_attention(ones, ones, values).flatten().tolist())
print("running sum of the values:", values.cumsum(dim=0).flatten().tolist())

# %% [markdown]
r"""
20, 20, 20: everybody has seen everything. What each token needs is the sum *up to itself*, above
and below the fraction: 10, 30, 60 over 1, 2, 3. So every token gets an $s$ and a $z$ of its own:

$$s_i = \sum_{j \le i} \varphi(k_j)^\top v_j \qquad z_i = \sum_{j \le i} \varphi(k_j)
\qquad \text{output}_i = \frac{\varphi(q_i)\, s_i}{\varphi(q_i) \cdot z_i}$$

`x.cumsum(dim=...)` is the running sum along one axis.

### Exercise 14.2 · Causal, by a running sum · ●●○ · 2 points

First make the small table $\varphi(k_j)^\top v_j$ of every token, all at once: `(..., n, d, d_v)`.
Then let it run.
"""


# %% tags=["exercise"] exercise="14.2"
def causal_linear_attention(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor
) -> torch.Tensor:
    """Linear attention in which each token sees itself and the tokens before it.

    query and key (..., n, d), value (..., n, d_v) -> output (..., n, d_v);
    on the way there is a table (d, d_v) for each token
    """
    ### BEGIN SOLUTION
    query, key = phi(query), phi(key)
    tables = key[..., :, None] * value[..., None, :]  # (..., n, d, d_v)
    s = tables.cumsum(dim=-3)  # (..., n, d, d_v): runs along the tokens
    z = key.cumsum(dim=-2)  # (..., n, d)
    blend = (query[..., None] * s).sum(dim=-2)  # (..., n, d_v): summed over d
    return blend / (query * z).sum(dim=-1, keepdim=True)
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="14.2"
r"""
<details><summary>Hint 1: a table for every token</summary>

One key `(d,)` and one value `(d_v,)` make a table `(d, d_v)` of each with each:
`key[..., :, None] * value[..., None, :]` does it for all tokens. Use features, not raw keys.

</details>
<details><summary>Hint 2: which axis runs</summary>

The tokens. Counted from the end: in `(..., n, d, d_v)` they are axis -3, in `(..., n, d)` axis -2.
Both sums have to run, the one below the fraction too.

</details>
<details><summary>Hint 3: each query reads its own table</summary>

`query[..., None]` is `(..., n, d, 1)`. Times `s`, and summed over the axis of `d`, it is
`(..., n, d_v)`. The divisor is `(query * z).sum(dim=-1, keepdim=True)`.

</details>
"""

# %% tags=["check"] exercise="14.2"
check("14.2", causal_linear_attention, points=2)

# %%
torch.manual_seed(0)
query, key = torch.randn(2, 3, 100, 6), torch.randn(2, 3, 100, 6)  # (batch, heads, n, d)
value = torch.randn(2, 3, 100, 7)  # (batch, heads, n, d_v)
ours = causal_linear_attention(query, key, value)  # (2, 3, 100, 7)
library = attn.linear_attention(query, key, value, causal=True).output
print("the library's function gives the same:", torch.allclose(ours, library, atol=1e-5))

# %% [markdown]
r"""
A mask has become a running sum. The price of our version: it holds a table of $d \times d_v$ for
*every* token. [`attn/efficient/linear.py`](../lib/attn/efficient/linear.py) takes 64 tokens at a
time and keeps only one table, so its memory does not grow.

## The same layer is an RNN

Look at the running sum once more. The table of token $i$ is the table before it, plus one term:

$$s_i = s_{i-1} + \varphi(k_i)^\top v_i \qquad z_i = z_{i-1} + \varphi(k_i)$$

To write on, nothing else is needed: not one old key, not one old value. A layer that goes through a
sequence with a **state** of fixed size is a *recurrent* network, an RNN. This one can be trained as
attention, all tokens at once, and used as an RNN, one after the other.

### Exercise 14.3 · One step, with a state · ●●○ · 2 points

Take in one token, then answer. Make new tensors (`s = s + ...`); writing into the old ones
(`s += ...`) would change the caller's state.
"""


# %% tags=["exercise"] exercise="14.3"
def recurrent_step(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, s: torch.Tensor, z: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """One token of causal linear attention: the state takes it in, then the query reads.

    query and key (..., d), value (..., d_v), s (..., d, d_v), z (..., d); without a batch the
    state is a table (d, d_v) and a vector (d,)
    -> output (..., d_v), the new s (..., d, d_v), the new z (..., d)
    """
    ### BEGIN SOLUTION
    query, key = phi(query), phi(key)
    s = s + key[..., :, None] * value[..., None, :]  # (..., d, d_v)
    z = z + key  # (..., d)
    output = (query[..., None] * s).sum(dim=-2) / (query * z).sum(dim=-1, keepdim=True)
    return output, s, z
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="14.3"
r"""
<details><summary>Hint 1: the order</summary>

Features, then the two sums, then the answer. A token may see itself, so it is taken in *before* the
query reads.

</details>
<details><summary>Hint 2: shapes</summary>

It is 14.2 without the axis of the tokens: `key[..., :, None] * value[..., None, :]` is one table
`(..., d, d_v)`, and where `cumsum` stood, one plus is left.

</details>
<details><summary>Hint 3: reading, with a batch too</summary>

`query @ s` reads right as long as there is no batch; with one, every query meets every table.
`query[..., None] * s`, summed over the axis of `d`, is `(..., d_v)` for any batch.

</details>
"""

# %% tags=["check"] exercise="14.3"
check("14.3", recurrent_step, points=2)

# %% [markdown]
r"""
The same 100 tokens again, now one at a time.
"""

# %%
s, z = torch.zeros(2, 3, 6, 7), torch.zeros(2, 3, 6)  # (batch, heads, d, d_v) and (..., d)
outputs = []
for i in range(100):
    output, s, z = recurrent_step(query[..., i, :], key[..., i, :], value[..., i, :], s, z)
    outputs.append(output)
print("as an RNN the same:", torch.allclose(torch.stack(outputs, dim=-2), ours, atol=1e-5))

# %% [markdown]
r"""
Two ways, one function: a running sum for all tokens at once, a recurrence for one after the other.
And $6 \cdot 7 + 6 = 48$ numbers for each head, after 100 tokens as after one. Softmax attention has
to keep all keys and values, here $100 \cdot (6 + 7) = 1300$.

## What is lost

**Claim, measured.** The paper's summary says that its linear transformers "achieve similar
performance" to softmax ones, and tells of its own tasks. Take one of which we know what it needs:
looking things up.

The task is a *phone book*. A book has $p$ pairs, a name and a number; a pair is one token. Then
each name is asked for its number. There are 32 names and 32 numbers, dealt anew for every book, so
nothing can be learned by heart. Others call this task *associative recall*. One layer has to do:
keys and values come from the pairs, queries from the names.
"""

# %% [markdown] tags=["deep-dive"]
r"""
### The phone book in code

The layer, the dealer and the training. You need not read them. With this heading selected, each
Shift+Enter opens and runs the next cell.
"""


# %%
class PhoneBook(nn.Module):
    """Look names up: any attention function, and d features for queries and keys."""

    def __init__(self, attention, d: int) -> None:
        super().__init__()
        self.attention = attention
        self.name, self.number = nn.Embedding(32, 32), nn.Embedding(32, 32)
        self.query_proj, self.key_proj = nn.Linear(32, d), nn.Linear(32, d)
        self.value_proj, self.out_proj = nn.Linear(32, 32), nn.Linear(32, 32)

    def forward(self, names: torch.Tensor, numbers: torch.Tensor) -> torch.Tensor:
        """names and numbers (batch, p) -> logits of the number of each name (batch, p, 32)"""
        pairs = self.name(names) + self.number(numbers)  # (batch, p, 32)
        query, key = self.query_proj(self.name(names)), self.key_proj(pairs)  # (batch, p, d)
        return self.out_proj(self.attention(query, key, self.value_proj(pairs)).output)


# %%
def deal(p: int, batch: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Different names, any numbers, for `batch` books: both (batch, p)."""
    names = torch.rand(batch, 32, generator=generator).argsort(dim=-1)[:, :p]
    return names, torch.randint(32, (batch, p), generator=generator)


def train(attention, d: int, seed: int, steps: int = 240) -> tuple[nn.Module, list[float]]:
    """Train on 4 to 32 pairs; the model, and its share of right answers for 2 to 32 pairs."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    model = PhoneBook(attention, d)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _, p in zip(range(steps), itertools.cycle((4, 8, 16, 32)), strict=False):
        names, numbers = deal(p, 32, generator)
        loss = nn.functional.cross_entropy(model(names, numbers).flatten(0, 1), numbers.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        tests = [deal(p, 256, generator) for p in (2, 4, 8, 16, 32)]
        return model, [(model(*t).argmax(dim=-1) == t[1]).float().mean().item() for t in tests]


# %% [markdown]
r"""
### Who finds the number?

**Predict before you run.** Queries and keys get only $d = 4$ features. Softmax and linear attention
have the same parameters and see the same books. How many of 100 answers does each get right, with 4
pairs and with 32? Guessing gives 3. And what does linear attention do with 16 and with 32 features?
"""

# %% tags=["demo", "nbval-ignore-output"]
kinds = {"softmax, d = 4": (scaled_dot_product_attention, 4)}
kinds |= {f"linear, d = {d}": (attn.linear_attention, d) for d in (4, 16, 32)}
runs = {name: [train(*kind, seed) for seed in range(3)] for name, kind in kinds.items()}
for name, trained in runs.items():
    few, many = (100 * np.mean([shares[place] for _, shares in trained]) for place in (1, -1))
    print(f"{name:14}  right of 100: with 4 pairs {few:3.0f}   with 32 pairs {many:3.0f}")

# %% tags=["demo"]
figure, axes = plt.subplots()
styles = dict(zip(runs, ("k--", "C5-", "C1-", "C0-"), strict=True))
for name, trained in reversed(runs.items()):
    for seed, (_, shares) in enumerate(trained):
        label = name if seed == 0 else None
        axes.plot((2, 4, 8, 16, 32), shares, styles[name], lw=1.3, label=label)
axes.axhline(1 / 32, color="grey", ls=":", label="guessing")
axes.set_xscale("log", base=2)
axes.set(xlabel="pairs to remember", ylabel="share of right answers", ylim=(0, 1.05))
axes.set_xticks((2, 4, 8, 16, 32), ("2", "4", "8", "16", "32"))
axes.set_title("Softmax finds them all; linear attention needs features")
axes.legend(fontsize="small")
show(axes, "Softmax stays at 1. Linear falls with the number of pairs, the later the wider it is.")

# %% [markdown]
r"""
Look at where each line leaves the top; the three thin lines of a kind are three seeds. Softmax with
4 features looks up 32 numbers without a fault. Linear attention with 4 features gets about three of
four for 4 pairs, and one of five for 32. 16 features are enough for 4 pairs, and give about seven
of ten for 32; with 32 features it gets nearly all.

Why is it off with 2 pairs already? Score all 32 names against each other. Softmax can sharpen any
row of that 32 × 32 table. But $\varphi(Q)\,\varphi(K)^\top$ has rank 4 at most: all its rows are
mixtures of the same 4 (the deep dive shows it). So names have to share patterns. In a model that we
looked into, nearly every name had a twin that weighed as much as itself, and where it erred with 2
pairs, twins had met. Here are the weights of two trained models.
"""

# %% tags=["demo"]
names, numbers = deal(12, 1, torch.Generator().manual_seed(9))
places = [str(i + 1) for i in range(12)]
figure, panels = plt.subplots(1, 2, figsize=(8.5, 3.8))
for axes, kind in zip(panels, ("softmax, d = 4", "linear, d = 4"), strict=True):
    model = runs[kind][0][0]
    with torch.no_grad():
        query = model.query_proj(model.name(names))  # (1, 12, d)
        key = model.key_proj(model.name(names) + model.number(numbers))  # (1, 12, d)
        agree = (query @ key.mT / 2).exp() if "softmax" in kind else phi(query) @ phi(key).mT
    weights = (agree / agree.sum(dim=-1, keepdim=True))[0]  # (12, 12)
    plot_weights(weights, places, ax=axes, title=kind, annotate=False)
    axes.set(xlabel="pairs", ylabel="names")
panels[0].set_title("Softmax points")
panels[1].set_title("Linear attention smears")
show(figure, "Weights of 12 names over 12 pairs: a bright diagonal for softmax, a blur for linear.")

# %% [markdown]
r"""
Bright is a weight near 1. On the left each name finds its pair; on the right it finds a
crowd. Rows that look alike are names that share a pattern.

And the memory? For 32 pairs, softmax keeps $32 \cdot (4 + 32) = 1152$ numbers. Linear attention of
width 32, which gets nearly everything right, keeps $32 \cdot 32 + 32 = 1056$; of width 4, 132. So
the honest sentence is: *what is to be recalled must be held somewhere*. Linear attention sets the
amount in advance. Where a summary is enough, that is a bargain; where exact look-up counts, it is
not.

**Try it.** Does time help linear attention of width 4? In a new cell, train ten times as long, and
see its share with 32 pairs: `train(attn.linear_attention, 4, seed=0, steps=2400)[1][-1]`.

<details><summary>What we found</summary>

Hardly: it went from 21 of 100 to 23.

</details>

*Here the first sitting ends: a good place for a break. After a restart, run all the cells above
again.*

## Part two: the cache

Back to softmax, and to a model that writes. It reads all tokens so far, guesses the next one,
appends it, and reads again, *everything*, from the start. Such writing, one token a step, is called
**decoding**. Here is a small GPT from the library: a
stack of causal attention layers (lesson 06 builds one). It is not trained; its cost does not care.
"""

# %%
torch.manual_seed(0)
model = attn.GPT(256, d_model=128, num_heads=4, num_layers=4, max_len=512).eval()
tokens = torch.randint(256, (1, 6))  # (batch=1, n=6)
with torch.no_grad():
    five, six = model(tokens[:, :5]), model(tokens)  # (1, 5, 256) and (1, 6, 256)
print("the first five rows again:", torch.allclose(five, six[:, :5], atol=1e-5))

# %% [markdown]
r"""
Of six rows, five were known already. A causal token never sees what comes later, so whatever was
computed for it stays true: its keys and values too, in every layer. The new token needs them. It
does not need the old *queries*: those have asked, and got their answer.

So keep all keys and values, and read only the newest token. What is kept is called a **KV cache**.

**Predict before you run.** A model writes 256 tokens from a single start token. How many tokens
does it read in all, without a cache and with one?
"""

# %%
new = 256
without = sum(range(1, new + 1))  # 1, then 2, then 3, ...
print(f"without: {without:,} tokens   with: {new} tokens   {without / new:.1f} times as many")

# %% [markdown]
r"""
$n (n + 1) / 2$ against $n$: a square against a line again.

## What a cache weighs

Before you build it, work out its price. Query heads may share their keys and values, as the outlook
of lesson 02 said: heads of keys and values are **kv heads**, and only those are kept. In each
layer, for each token of each text in the batch, there is one key and one value for every kv head.
All of these multiply:

$$\text{bytes} = 2 \cdot \text{layers} \cdot \text{batch} \cdot n \cdot \text{kv heads} \cdot
d_{head} \cdot \text{bytes per number}$$

Read aloud: *two things, in every layer, for every token, for every kv head, each as wide as a
head*. With 8 query heads, 8 kv heads are **MHA** (multi-head attention), 2 are **GQA**
(grouped-query), 1 is **MQA** (multi-query). A head's width stays $d_{head} = d_{model} /
\text{query heads}$ in all three.

By hand: 2 layers, one text of 10 tokens, $d_{model} = 16$, 4 query heads (so $d_{head} = 4$), 2 kv
heads, 2 bytes per number: $2 \cdot 2 \cdot 1 \cdot 10 \cdot 2 \cdot 4 \cdot 2 = 640$ bytes.

### Exercise 13.1 · The bytes of a cache · ●●○ · 2 points

Write the formula as a function. Mind which heads count, and which only decide the width.
"""


# %% tags=["exercise"] exercise="13.1"
def cache_bytes(
    batch: int,
    n: int,
    d_model: int,
    num_heads: int,
    num_kv_heads: int,
    num_layers: int,
    bytes_per_number: int = 2,
) -> int:
    """The bytes of all keys and values after n tokens, in all layers.

    In each layer: keys (batch, num_kv_heads, n, d_head), and values of the same shape.
    num_heads are the query heads; d_head = d_model / num_heads -> the number of bytes
    """
    ### BEGIN SOLUTION
    d_head = d_model // num_heads
    numbers = batch * num_kv_heads * n * d_head  # of keys, in one layer
    return 2 * num_layers * numbers * bytes_per_number
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="13.1"
r"""
<details><summary>Hint 1: one tensor first</summary>

How many numbers has the tensor of the keys of one layer? Its shape stands in the docstring.

</details>
<details><summary>Hint 2: how often, and how large</summary>

There are as many values as keys, and the same again in every layer. Then numbers become bytes. The
query heads matter only for the width of a head.

</details>
"""

# %% tags=["check"] exercise="13.1"
check("13.1", cache_bytes, points=2)

# %% [markdown]
r"""
## One step with a cache

Now build it, for one head. A step gets the newest token and the keys and values of all before it.
It appends its own key and value, attends, and hands the longer cache on. With one query there is
nothing to hide: the newest token may see all.

One thing is easily forgotten. The token stands at a *place*. With rotary positions (lesson 03)
query and key are rotated by their place before they meet, and the cache holds keys that are already
rotated. `apply_rotary(x, places)` rotates; `places` is a tensor of whole numbers, here with one
entry. If 7 tokens came before, at places 0 to 6, where does the new one stand? Without being told,
`apply_rotary` counts from 0.

### Exercise 13.2 · Decode one token · ●●● · 3 points
"""


# %% tags=["exercise"] exercise="13.2"
def cached_step(
    x: torch.Tensor,
    w_q: torch.Tensor,
    w_k: torch.Tensor,
    w_v: torch.Tensor,
    past_key: torch.Tensor,
    past_value: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Rotary self-attention for the newest token, with the keys and values of those before.

    x (batch, 1, d_model), w_q and w_k (d_model, d_k), w_v (d_model, d_v),
    past_key (batch, n_past, d_k), rotated already, past_value (batch, n_past, d_v)
    -> output (batch, 1, d_v), key (batch, n_past + 1, d_k), value (batch, n_past + 1, d_v)
    """
    ### BEGIN SOLUTION
    place = torch.tensor([past_key.shape[1]])  # (1,): as many tokens came before
    query, new_key = apply_rotary(x @ w_q, place), apply_rotary(x @ w_k, place)  # (batch, 1, d_k)
    key = torch.cat([past_key, new_key], dim=1)  # (batch, n_past + 1, d_k)
    value = torch.cat([past_value, x @ w_v], dim=1)  # (batch, n_past + 1, d_v)
    output, _ = scaled_dot_product_attention(query, key, value)  # (batch, 1, d_v)
    return output, key, value
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="13.2"
r"""
<details><summary>Hint 1: five things to do</summary>

Project `x` three ways. Rotate the query and the new key by the token's place, but not the value.
Append the key. Append the value. Attend with `scaled_dot_product_attention`, which gives back
output and weights.

</details>
<details><summary>Hint 2: the place</summary>

Places count from 0, so it is the number of tokens before: the length of `past_key` along its axis
of tokens. As a tensor: `torch.tensor([...])`.

</details>
<details><summary>Hint 3: appending</summary>

`torch.cat([old, new], dim=...)` lays two tensors end to end along one axis. Only the number of
tokens may grow: not the batch, not the features. The oldest comes first.

</details>
"""

# %% tags=["check"] exercise="13.2"
check("13.2", cached_step, points=3)

# %% [markdown]
r"""
Now 40 tokens: all together with a causal mask, and step by step with your cache.
"""

# %%
torch.manual_seed(0)
x = torch.randn(1, 40, 8)  # (batch=1, n=40, d_model=8)
w_q, w_k, w_v = torch.randn(3, 8, 8) / 8**0.5  # each (d_model=8, d_k=d_v=8)
query, key = apply_rotary(x @ w_q), apply_rotary(x @ w_k)  # all at once, places 0 to 39
at_once = scaled_dot_product_attention(query, key, x @ w_v, attn.causal_mask(40)).output

# %%
key, value, outputs = torch.zeros(1, 0, 8), torch.zeros(1, 0, 8), []  # an empty cache
for i in range(40):
    output, key, value = cached_step(x[:, i : i + 1], w_q, w_k, w_v, key, value)
    outputs.append(output)
stepwise = torch.cat(outputs, dim=1)  # (1, 40, 8)
print("your cache, the same as all at once:", torch.allclose(stepwise, at_once, atol=1e-5))

# %% [markdown]
r"""
And the mistake that everybody makes once: each new token, being the only one, believes that it
stands at place 0. Place 0 rotates by nothing, so this is attention with no positions at all.
"""

# %% tags=["demo"]
lost = scaled_dot_product_attention(x @ w_q, x @ w_k, x @ w_v, attn.causal_mask(40)).output
right, restarted = ((y - at_once).abs().amax(dim=-1)[0] for y in (stepwise, lost))  # (40,) each
print(f"restarted at 0: {int((restarted > 0.01).sum())} of 40 tokens are off by more than 0.01")

# %% tags=["demo"]
figure, axes = plt.subplots()
axes.semilogy(restarted.clamp(min=1e-8), "o-", color="#D55E00", label="every new token at place 0")
axes.semilogy(right.clamp(min=1e-8), "o-", color="#0072B2", label="your cache")
axes.set(xlabel="token", ylabel="largest difference to all at once", ylim=(5e-9, 10))
axes.set_title("Restarted at 0, it is another function from token 1 on")
axes.legend()
show(
    axes,
    "Your cache differs by rounding only; the restarted one by about 0.1 to 1 from token 1 on.",
)

# %% [markdown]
r"""
Blue is rounding; orange is another function. Nothing raises, and the numbers look like any others:
that is why this mistake lives long. (The first token is right either way: it has nobody else to
look at.) The test for it is the one you have just seen: **with and without the cache, the same
numbers**.

## Tokens a second

Derived: without a cache, 128 times as many tokens are read to write 256.

**Predict before you run.** Will it also take 128 times as long?
"""


# %% tags=["demo"]
def write(new: int, cache: bool) -> tuple[torch.Tensor, float]:
    """Always write the most probable token: the tokens (1, 1 + new), and the seconds it took."""
    start = time.process_time()
    tokens = attn.generate(
        model, torch.tensor([[1]]), max_new_tokens=new, temperature=0.0, cache=cache
    )
    return tokens, time.process_time() - start


written = {(new, cache): write(new, cache) for cache in (True, False) for new in (32, 64, 128, 256)}
print("the same 256 tokens:", torch.equal(written[256, True][0], written[256, False][0]))

# %% tags=["demo", "nbval-ignore-output"]
for new in (32, 64, 128, 256):
    fast, slow = new / written[new, True][1], new / written[new, False][1]
    print(f"{new:3} tokens: {fast:5.0f} a second with a cache, {slow:5.0f} without")

# %% tags=["demo"]
lengths = [32, 64, 128, 256]
figure, axes = plt.subplots(figsize=(6, 3.4))
for name, cache, colour in (("without cache", False, "#D55E00"), ("with cache", True, "#0072B2")):
    draw_growth(axes, lengths, [written[n, cache][1] for n in lengths], name, colour)
axes.set(xlabel="tokens written", ylabel="seconds")
axes.set_title("Without a cache, the time grows faster")
show(axes, "Seconds against tokens written: the line without a cache is the steeper one.")

# %% [markdown]
r"""
Look at the slopes. Counted they are 2 and 1; by the clock the cache wins by a few times at 256
tokens, not by 128. A computer reads 256 tokens in one go much faster than 256 times one token, so
without a cache the slope is still below 2 here, and the gap widens with every token.

And the speed *with* the cache is not constant for ever: each new token reads the whole cache once.
That is softmax. The recurrent step of 14.3 costs the same at any place.

## Shared keys

Now a real model. The published configuration of *Llama 3 8B* says: 32 layers, $d_{model} = 4096$,
32 query heads, 8 kv heads, up to 8192 tokens, 2 bytes per number. Your formula says what its
cache weighs, and what it would weigh as MHA and MQA. To measure, we fill the library's `KVCache`
for *one* layer at these sizes and ask for its `num_bytes`.
"""

# %%
MIB = 2**20  # a MiB is 1,048,576 bytes, a GiB is 1024 MiB
for name, num_kv_heads in (("MHA", 32), ("GQA", 8), ("MQA", 1)):
    formula = cache_bytes(1, 8192, 4096, 32, num_kv_heads, 32)
    cache = attn.KVCache()
    empty = torch.empty(1, num_kv_heads, 8192, 128, dtype=torch.bfloat16)  # 2 bytes per number
    cache.append(empty, empty)
    measured = 32 * cache.num_bytes  # all layers are alike
    print(f"{name}  formula {formula / MIB:4.0f} MiB   measured {measured / MIB:4.0f} MiB")

# %% [markdown]
r"""
1 GiB for one conversation of 8192 tokens, 128 KiB for each token; without sharing, 4 GiB. The
weights of the model are shared by all who use it: 8 billion numbers of 2 bytes, 15 GiB. The caches
are not shared. Move the sliders. A card with 24 GiB holds the weights and how many conversations of
8192 tokens, with 8 kv heads? With 32? With 1?
"""


# %% tags=["explore"]
def serve(conversations: int, thousand_tokens: int, kv_heads: int):
    cache = cache_bytes(conversations, 1024 * thousand_tokens, 4096, 32, kv_heads, 32) / 2**30
    figure, axes = plt.subplots(figsize=(7.5, 2.4))
    axes.barh(0, 14.9, color="#56B4E9", label="weights")
    axes.barh(0, cache, left=14.9, color="#D55E00", label="caches")
    axes.axvline(24, color="black", ls="--")
    axes.set(xlim=(0, max(60, 1.05 * (14.9 + cache))), ylim=(-0.5, 0.9), yticks=[])
    axes.set(xlabel="GiB (dashed: 24)")
    verdict = "fits" if 14.9 + cache <= 24 else "does not fit"
    axes.set_title(f"{cache:.3g} GiB of caches: {verdict} into 24 GiB")
    axes.legend(loc="upper right", ncols=2)
    return show(figure, f"Weights 14.9 GiB and caches {cache:.3g} GiB: {verdict} into 24 GiB.")


explore(serve, conversations=(1, 80, 1, 4), thousand_tokens=(1, 32, 1, 8), kv_heads=[8, 32, 1])

# %% [markdown]
r"""
Nine, two, and seventy-two. And it saves time as well: in a step with a long cache, the few
multiplications wait for many numbers to be read (Shazeer, 2019). The deep dive takes the time. What
sharing costs in quality is less clear-cut: MQA can lose some, and GQA was proposed as the middle
way, close to MHA in quality and to MQA in speed (Ainslie et al., 2023).

And linear attention with the same sizes? Its state per layer is 32 tables of $128 \cdot 128$, and
the divisors: about 1 MiB at 2 bytes, 32 MiB in all, at any length.
"""

# %%
state_bytes = 32 * 32 * (128 * 128 + 128) * 2  # layers · heads · numbers of a state · bytes
per_token = cache_bytes(1, 1, 4096, 32, 8, 32)  # GQA
print(
    f"a state: {state_bytes / MIB:.1f} MiB, as much as {state_bytes / per_token:.0f} tokens of GQA"
)

# %% [markdown]
r"""
## Which one when

What is kept is counted in vectors of a head's width, in each layer.

| | kept after n tokens | for the next token | still softmax? | take it when |
|---|---|---|---|---|
| **no cache** | nothing | read all again | yes | you train, or score a text |
| **cache, MHA** | $2n$ for each head | read it once | yes | texts are few and short |
| **cache, GQA** | $2n$ for a few heads | read less | yes, shared | many or long texts |
| **cache, MQA** | $2n$ for one head | read least | yes, shared | memory decides |
| **window** (08) | $2w$ for each head | the same for any $n$ | yes, near only | near words count |
| **linear** | $d + 1$ for each head | the same for any $n$ | no: it blurs | streams without end |

The memory-saving attention of lesson 11 stands beside all of this: it changes what *one pass* holds
on the way, not what is kept between steps.

**What we built.** In [`attn/cache.py`](../lib/attn/cache.py), `append` is your `torch.cat`, with
room kept ready, so that a long text is not copied at every step.
[`attn/heads.py`](../lib/attn/heads.py) counts the places as you did.
"""

# %% [markdown] tags=["deep-dive"]
r"""
## Deep dive: small print, and what today's models do

Nothing in later lessons needs this section.

**Rank.** A product of $(n, d)$ and $(d, n)$ has rank $d$ at most, and dividing each row by its sum
changes no rank. An exponential does: softmax makes full tables from 4 features.
"""

# %%
generator = torch.Generator().manual_seed(0)
q, k = torch.randn(2, 12, 4, generator=generator, dtype=torch.float64)  # both (12, d=4)
ranks = [torch.linalg.matrix_rank(table).item() for table in (phi(q) @ phi(k).T, (q @ k.T).exp())]
print("rank of 12 × 12 weights from 4 features: linear", ranks[0], "  softmax", ranks[1])

# %% [markdown]
r"""
Does it matter for language? Arora et al. (2023) found that recall explains 82 percent of the gap
between attention and another cheap family, gated convolutions, and Arora et al. (2024) that it
depends on the size of the state.

**By the clock.** First both attentions at growing lengths.
"""


# %% tags=["demo"]
def seconds(function, *inputs: torch.Tensor) -> float:
    """The fastest of three runs, in seconds of the processor."""
    runs = []
    for _ in range(3):
        start = time.process_time()
        function(*inputs)
        runs.append(time.process_time() - start)
    return min(runs)


# %% tags=["demo"]
lengths = [256, 512, 1024, 2048, 4096]
figure, axes = plt.subplots(figsize=(6, 3.4))
for name, function, colour in (
    ("softmax", scaled_dot_product_attention, "#D55E00"),
    ("linear", linear_attention, "#0072B2"),
):
    taken = [seconds(function, *torch.ones(3, 1, n, 64)) for n in lengths]
    draw_growth(axes, lengths, taken, name, colour)
axes.set(xlabel="tokens n", ylabel="seconds", title="Timed: not quite the same")
show(figure, "Seconds against length: softmax is the steeper line, and linear attention the lower.")

# %% [markdown]
r"""
Compare it with the counted slopes, 2 and 1. Softmax may come out above 2: from some length on, the
large table probably no longer fits into the processor's fast memory. And at the left end the lines
are much closer than the counts: a short run is mostly the calling of functions. So by the clock
linear attention pays later than at $n = d$.

Now one step of one layer of Llama 3 8B, after 8192 tokens. 32 queries meet 8192 keys each, so the
multiplications are the same in all three.
"""

# %% tags=["demo", "nbval-ignore-output"]
for name, num_kv_heads in (("MHA", 32), ("GQA", 8), ("MQA", 1)):
    key, value = torch.ones(2, 1, num_kv_heads, 8192, 128)  # (batch, kv heads, n, d_head) each
    query = torch.ones(1, num_kv_heads, 32 // num_kv_heads, 128)  # who shares keys, lines up
    taken = seconds(scaled_dot_product_attention, query, key, value)
    print(f"{name}  {2 * 32 * 8192 * 128:,} multiplications   {1000 * taken:4.1f} ms")

# %% [markdown]
r"""
The fewer kv heads, the faster. But MQA reads 1/32 of the bytes of MHA, and on our machine it took
between 1/10 and 1/20 of the time: reading is most of it, not all.

**A feature map that rounds to zero.** The paper writes $\varphi(x) = \text{elu}(x) + 1$. On paper
it is never 0. In `float32`, typed like that, it is:
"""

# %%
x_low = torch.tensor([-5.0, -15.0, -20.0])
print(
    "elu(x) + 1:", (nn.functional.elu(x_low) + 1 > 0).tolist(), "  ours:", (phi(x_low) > 0).tolist()
)

# %% [markdown]
r"""
`elu` comes so close to $-1$ that the next float *is* $-1$. A key whose features are all 0 is never
heard, and if all are, the answer is 0/0.

**Between two brackets.** Our causal version makes $n$ tables of $d \cdot d_v$; masked scores would
make $n^2$ numbers. The library cuts the tokens into chunks of $c = 64$: within a chunk it forms the
$c \times c$ scores, and everything earlier answers through the state. That takes $2 n c d$
multiplications for the scores and $2 n d^2$ for the states, all as matrix products, and holds one
table.

**Better memories.** Our state only ever *adds*. If a name gets a new number, the old one stays in
the mixture. The *delta rule* first takes out what is stored under a key, then writes the new value;
models that use it recall better (Yang et al., 2024). Others let the state fade. Since recall
remains the weak side, recent models mix: in Kimi Linear (2025) every fourth layer is full
attention, and the others keep a state.

**A smaller cache by another way.** DeepSeek-V2 (2024) keeps one shorter vector for each token, from
which the keys and values of all heads are made when they are needed, and beside it one small rotary
key. It calls this multi-head latent attention, and reports a cache smaller by 93.3 percent than
that of DeepSeek 67B.
"""

# %% [markdown]
r"""
## The quiz

Eight questions; three of them ask for a number.
"""

# %% tags=["quiz"]
quiz("13")

# %% [markdown]
r"""
## In five lines

1. Without the softmax the brackets move: $2 n d^2$ in place of $2 n^2 d$ multiplications.
2. Causal linear attention is a running sum, and so an RNN with a state of fixed size.
3. What is recalled must be held somewhere: with few features, linear attention blurs.
4. A cache keeps keys and values, so that each step reads one token. Append along the tokens; go on
   counting places.
5. Its bytes are 2 · layers · batch · n · kv heads · $d_{head}$ · bytes per number. Sharing cuts
   them.

**Words learnt**: linear attention, feature map, running sum, state, recurrent, associative recall,
KV cache, decoding, MHA, GQA, MQA.

**Next**: lesson 15 puts an image, a sound and a question into one sequence.
"""

# %% tags=["progress"]
progress("13")

# %% [markdown]
r"""
### References

- A. Katharopoulos et al. (2020). *Transformers are RNNs: Fast Autoregressive Transformers with
  Linear Attention.* arXiv [2006.16236](https://arxiv.org/abs/2006.16236)
- S. Arora et al. (2023). *Zoology: Measuring and Improving Recall in Efficient Language Models.*
  arXiv [2312.04927](https://arxiv.org/abs/2312.04927)
- S. Arora et al. (2024). *Simple linear attention language models balance the recall-throughput
  tradeoff.* arXiv [2402.18668](https://arxiv.org/abs/2402.18668)
- N. Shazeer (2019). *Fast Transformer Decoding: One Write-Head is All You Need.* arXiv
  [1911.02150](https://arxiv.org/abs/1911.02150)
- J. Ainslie et al. (2023). *GQA: Training Generalized Multi-Query Transformer Models from
  Multi-Head Checkpoints.* arXiv [2305.13245](https://arxiv.org/abs/2305.13245)
- Llama Team (2024). *The Llama 3 Herd of Models.* arXiv
  [2407.21783](https://arxiv.org/abs/2407.21783). The sizes are those in the `config.json` of
  Meta-Llama-3-8B.
- S. Yang et al. (2024). *Parallelizing Linear Transformers with the Delta Rule over Sequence
  Length.* arXiv [2406.06484](https://arxiv.org/abs/2406.06484)
- Kimi Team (2025). *Kimi Linear: An Expressive, Efficient Attention Architecture.* arXiv
  [2510.26692](https://arxiv.org/abs/2510.26692)
- DeepSeek-AI (2024). *DeepSeek-V2: A Strong, Economical, and Efficient Mixture-of-Experts Language
  Model.* arXiv [2405.04434](https://arxiv.org/abs/2405.04434)
"""
