# %% [markdown]
r"""
# 14 · Linear attention

**By the end you can**

1. move the brackets in attention, and say from which length on it pays, by counting;
   <!-- quiz: brackets-even -->
2. say what stands in the way, and what a feature map is for; <!-- quiz: why-features -->
3. measure what a memory of fixed size loses, and name what would get it back;
   <!-- quiz: what-is-kept -->
4. write causal linear attention as a running sum and as a recurrent step, with equal numbers;
   <!-- quiz: one-sum-runs -->
5. say from which length on a state is smaller than a cache, and choose.
   <!-- quiz: state-against-cache -->

*About {minutes} minutes · needs [05 · What may not be seen](05_what_may_not_be_seen.ipynb) and
[13 · The cache](13_the_cache.ipynb) · builds `attn.efficient.linear`*

> **In one breath.** You read a thick book and get questions about it. You can keep every page, and
> leaf through all of them for each question. Or you keep one sheet of notes: quick to ask, never
> larger, but what did not fit is gone.
"""

# %%
import itertools

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

import attn
from attn import scaled_dot_product_attention
from attn.plotting import plot_weights
from course import check, explore, progress, quiz, show
from course.measure import cpu_seconds, multiply_adds

# %% [markdown]
r"""
## From memory

A few minutes, before anything new, and without looking back: what is fetched from memory stays
longer than what is read again. Nothing here is graded.
"""

# %% tags=["recall"]
from course import recall

recall("14")


# %% tags=["recall"]
# From memory: the bytes of a cache. Then check("13.1", from_memory, points=0)
### BEGIN SOLUTION
def from_memory(batch, n, d_model, num_heads, num_kv_heads, num_layers, bytes_per_number=2):
    d_head = d_model // num_heads
    return 2 * num_layers * batch * n * num_kv_heads * d_head * bytes_per_number


check("13.1", from_memory, points=0)
### END SOLUTION

# %% [markdown]
r"""
## Move the brackets

$(2 \cdot 3) \cdot 4 = 2 \cdot (3 \cdot 4)$: where the brackets stand makes no difference to the
result, with matrices too. To the *cost* it makes a great difference.

Leave the softmax out for a moment, and let $Q$, $K$ and $V$ all be $(n, d)$.

- $(Q K^\top)\, V$ first makes $n \times n$ scores, each a sum of $d$ products, and then blends:
  $2 n^2 d$ multiplications.
- $Q\, (K^\top V)$ first makes a table of $d \times d$ numbers, each a sum of $n$ products, and then
  reads from it: $2 n d^2$ multiplications.

The second needs $n / d$ times fewer: 16 times fewer for 1024 tokens and $d = 64$. With as many
tokens as features the two cost the same; from there on the second wins, by more and more.
"""

# %% [markdown]
r"""
## The softmax stands in the way

Between the two products stands a softmax, and no bracket can move past it. Its heart is
$e^{q \cdot k}$, one number for each *pair*. So replace it by something that a query and a key can
do each *by itself*; then the keys can be summed before any query comes. Give both a **feature map**
$\varphi$, and weigh with the product $\varphi(q) \cdot \varphi(k)$. Weights must not be negative,
so let all features be positive. A common choice (Katharopoulos et al., 2020) is a line above 0,
which goes on below as $e^x$.
"""


# %%
def phi(x: torch.Tensor) -> torch.Tensor:
    """Positive features: x + 1 above 0, e to the x below. Any shape -> the same shape."""
    return torch.where(x > 0, x + 1, x.clamp(max=0).exp())  # clamp: e to a large x is too large


print(phi(torch.tensor([-3.0, -1.0, 0.0, 1.0, 3.0])).numpy().round(2))

# %% [markdown]
r"""
The answer for query $i$ is again a blend, divided by the sum of its weights. By hand: one query
with features (1, 2); three keys with features (1, 1), (2, 1), (1, 3); their values 10, 20, 30.

- Pair by pair: the weights are 3, 4 and 7, so the answer is $(30 + 80 + 210) / 14 = 320 / 14$.
- Brackets moved: first collect $s = 10\,(1, 1) + 20\,(2, 1) + 30\,(1, 3) = (80, 120)$ and
  $z = (1, 1) + (2, 1) + (1, 3) = (4, 5)$. The query reads $80 + 240 = 320$ from $s$, and divides by
  what it reads from $z$: $4 + 10 = 14$. The same. ($s$ is a table of two rows and one column here,
  since each value is a single number.)
"""

# %% [markdown]
r"""
As a formula:

$$\text{output}_i
= \frac{\sum_j \big(\varphi(q_i) \cdot \varphi(k_j)\big)\, v_j}
{\sum_j \varphi(q_i) \cdot \varphi(k_j)}
= \frac{\varphi(q_i)\, s}{\varphi(q_i) \cdot z}
\qquad s = \sum_j \varphi(k_j)^\top v_j \qquad z = \sum_j \varphi(k_j)$$

This is **linear attention**: each query reads from $s$, and divides by what it reads from $z$. The
axes:

```
keys and values   (n_k, d), (n_k, d_v)   →   s (d, d_v)      n_k is summed away
keys              (n_k, d)               →   z (d,)          n_k is summed away
queries and s     (n_q, d), (d, d_v)     →   (n_q, d_v)      above the fraction
queries and z     (n_q, d), (d,)         →   one number for each query, below it
```
"""

# %% [markdown]
r"""
A key $\varphi(k_j)$ is a row here. Its column times the row $v_j$ is a table of each with each, and
$\varphi(K)^\top V$, with all keys in $\varphi(K)$, is the sum of all these tables.

**Tools.** `x.mT` exchanges the last two axes, whatever stands before them. `x.sum(dim=-2)` sums the
last axis but one away, and `[..., None]` puts an axis of length 1 at the end.
"""

# %%
x = torch.ones(2, 5, 3)  # (batch=2, n=5, d=3)
print(tuple(x.mT.shape), tuple(x.sum(dim=-2).shape), tuple(x.sum(dim=-2)[..., None].shape))

# %% [markdown]
r"""
### Exercise 14.1 · Linear attention · ●○○ · 1 point

Write the right side of the formula. The left side gives the same numbers, but makes the large
table, and the check looks for that.
"""


# %% tags=["exercise"] exercise="14.1" minutes=7 importance="core"
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
Derived: $2 n d^2$ multiplications, and $n d$ for the divisors. Does your function do what was
derived?
"""

# %%
for n in (256, 1024, 4096):
    inputs = torch.ones(3, 1, n, 64)  # query, key and value, each (batch=1, n, d=64)
    softmax = multiply_adds(scaled_dot_product_attention, *inputs)
    linear, derived = multiply_adds(linear_attention, *inputs), 2 * n * 64**2 + n * 64
    print(f"n {n:4}: softmax {softmax:13,}   linear {linear:10,}   derived {derived:10,}")

# %% [markdown]
r"""
They agree to the last multiplication. Four times the tokens, four times the work; for the softmax,
sixteen times.

## The phone book that forgets

**Claim, measured.** The paper's summary says that its linear transformers "achieve similar
performance" to softmax ones. At looking things up, too?

A *phone book* has $p$ pairs, a name and a number; a pair is one token. Then each name is asked for
its number. There are 32 names and 32 numbers, dealt anew for every book, so nothing can be learned
by heart. (Others call this *associative recall*.) One layer has to do: keys and values come from
the pairs, queries from the names.
"""


# %% tags=["demo", "folded"]
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


# %% tags=["demo", "folded"]
torch.set_num_threads(1)  # quicker for models as small as these


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
**Predict before you run.** Queries and keys get only $d = 4$ features. Softmax and linear attention
see the same books. With 32 pairs, what share does each get right: nearly all, half, or a fifth?
(The next cell trains twelve small models, in half a minute or so. Linear attention, the library's,
which is yours with a mask, gets 16 and 32 features, too.)
"""

# %% tags=["demo", "nbval-ignore-output"]
kinds = {"softmax, d = 4": (scaled_dot_product_attention, 4)}
kinds |= {f"linear, d = {d}": (attn.linear_attention, d) for d in (4, 16, 32)}
runs = {name: [train(*kind, seed) for seed in range(3)] for name, kind in kinds.items()}
for place, pairs in ((1, 4), (-1, 32)):
    for name, trained in runs.items():
        share = np.mean([shares[place] for _, shares in trained])
        print(f"{pairs} pairs, {name}: {100 * share:.0f} of 100 right")

# %% tags=["demo", "folded", "memorable"]
figure, axes = plt.subplots()
styles = dict(zip(runs, ("k--", "C5-", "C1-", "C0-"), strict=True))
marks = dict(zip(runs, "os^d", strict=True))
for name, trained in reversed(runs.items()):
    for seed, (_, shares) in enumerate(trained):
        label = name if seed == 0 else None
        style, mark = styles[name], marks[name]
        axes.plot((2, 4, 8, 16, 32), shares, style, marker=mark, ms=5, lw=1.3, label=label)
axes.axhline(1 / 32, color="grey", ls=":", label="guessing")
axes.set_xscale("log", base=2)
axes.set(xlabel="pairs to remember", ylabel="share of right answers", ylim=(0, 1.05))
axes.set_xticks((2, 4, 8, 16, 32), ("2", "4", "8", "16", "32"))
axes.set_title("Softmax finds them all; linear attention needs features")
axes.legend(fontsize="small", loc="center left", bbox_to_anchor=(1.0, 0.5))
show(axes, "Softmax stays at 1. Linear falls with the number of pairs, the later the wider it is.")

# %% [markdown] measured={"4 pairs, linear, d = 4": [65, 85], "32 pairs, linear, d = 4": [15, 28]}
r"""
Look at how early each line falls; the thin lines of a kind are three seeds. Linear attention
with 4 features finds about three of four numbers among 4 pairs, and one of five among 32.
"""

# %% [markdown] measured={"32 pairs, linear, d = 16": [60,82], "32 pairs, linear, d = 32": [95,100]}
r"""
With 16 features it finds about seven of ten among 32 pairs, and with 32 nearly all. Softmax looks
them all up with 4.
"""

# %% [markdown]
r"""
Why? A name's row of weights, before dividing, is $\varphi(q_i)\,\varphi(K)^\top$. With $d = 4$, the
four numbers of $\varphi(q_i)$ mix the four rows of $\varphi(K)^\top$. Thirty-two names are
thirty-two mixtures of the same four rows, so some must look alike. Softmax can sharpen any row.

And the memory? Softmax keeps every key and value, and more with every pair. Linear attention keeps
$4 \cdot 32 + 4 = 132$ numbers with $d = 4$, however many pairs there are. So *what is to be
recalled must be held somewhere*, and linear attention sets the room in advance.
"""

# %% [markdown]
r"""
## Causal: a running sum

A model that writes may not see the future. In lesson 05 a mask hid parts of the $n \times n$ table.
But now there is no such table. What is left to mask?

Take the three values 10, 20, 30, and let all weights be equal. Each token may see itself and those
before, so the answers should be the means so far: 10, 15, 20.

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
and below the fraction: 10, 30, 60 over 1, 2, 3. No mask, then: every token gets an $s$ and a $z$ of
its own.

$$s_i = \sum_{j \le i} \varphi(k_j)^\top v_j \qquad z_i = \sum_{j \le i} \varphi(k_j)
\qquad \text{output}_i = \frac{\varphi(q_i)\, s_i}{\varphi(q_i) \cdot z_i}$$

```
token 1     token 2     token 3
  k₁ᵀv₁       k₂ᵀv₂       k₃ᵀv₃      a table (d, d_v) for each token: (n, d, d_v)
    ↓           ↓           ↓
   s₁    →     s₂    →     s₃        the sum runs along n: (n, d, d_v)
    ↑           ↑           ↑
   q₁          q₂          q₃        each query reads its own
```
"""

# %% [markdown]
r"""
**Tools.** A column times a row is a table of each with each; `x.cumsum(dim=...)` is the
running sum along one axis; and a vector reads from a table as a column times it, summed. It does so
for each token at once, with `[..., None]`.
"""

# %%
k, v = torch.tensor([1, 2]), torch.tensor([10, 20, 30])  # (d=2,) and (d_v=3,)
print((k[:, None] * v[None, :]).tolist())  # (d, d_v)
print(torch.tensor([[1, 2], [1, 2], [1, 2]]).cumsum(dim=0).tolist())
asking, sheets = torch.ones(3, 2), torch.ones(3, 2, 4)  # (n=3, d=2) and (n=3, d=2, d_v=4)
reads = asking[..., None] * sheets  # (3, 2, 1) times (3, 2, 4) is (3, 2, 4)
print(tuple(reads.shape), "summed over d:", tuple(reads.sum(dim=-2).shape))

# %% [markdown]
r"""
### Exercise 14.2 · Causal, by a running sum · ●●○ · 2 points

First make the small table $\varphi(k_j)^\top v_j$ of every token, all at once: `(..., n, d, d_v)`.
Then let it run. (The check looks for tables of $n \times n$.)
"""


# %% tags=["exercise"] exercise="14.2" minutes=10 importance="core"
def causal_linear_attention(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor
) -> torch.Tensor:
    """Linear attention in which each token sees itself and the tokens before it.

    query and key (..., n, d), value (..., n, d_v) -> output (..., n, d_v);
    on the way there is a table (d, d_v) for each token
    """
    query, key = phi(query), phi(key)  # features, from here on
    ### BEGIN SOLUTION
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
`key[..., :, None] * value[..., None, :]` does it for all tokens.

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
library = attn.linear_attention(query, key, value, causal=True).output  # (2, 3, 100, 7)
ours = causal_linear_attention(query, key, value)
print("the library's function gives the same:", torch.allclose(ours, library, atol=1e-5))

# %% [markdown]
r"""
The price of our version: it holds a table of $d \times d_v$ for *every* token.
[`attn/efficient/linear.py`](../lib/attn/efficient/linear.py) takes 64 tokens at a time, pair by
pair with a mask among themselves, and keeps only one table.

## The same layer is an RNN

Look at the running sum once more. The table of token $i$ is the table before it, plus one term:

$$s_i = s_{i-1} + \varphi(k_i)^\top v_i \qquad z_i = z_{i-1} + \varphi(k_i)$$

To write on, nothing else is needed: not one old key, not one old value. A layer that goes through a
sequence with a **state** of fixed size is a *recurrent* network, an RNN. This one can be trained as
attention, all tokens at once, and used as an RNN, one after the other. It is your `cached_step` of
lesson 13, with another memory:

```
13.2    key, value  (batch, n_past, …)   append   →   one token longer
14.3    s (d, d_v), z (d,)               add      →   as large as before
```

**Tools.** `s = s + …` makes a new tensor. `s += …` writes into the old one, and whoever handed it
to you finds it changed.
"""

# %%
given = torch.zeros(2)
s = given + 1
print("after s = given + 1, given is", given.tolist())
given += 1
print("after given += 1,    given is", given.tolist())

# %% [markdown]
r"""
### Exercise 14.3 · One step, with a state · ●●○ · 2 points

Take in one token, then answer. Leave the caller's state as it is.
"""


# %% tags=["exercise"] exercise="14.3" minutes=6 importance="core"
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
print("as an RNN the same:", torch.allclose(torch.stack(outputs, dim=-2), library, atol=1e-5))

# %% [markdown]
r"""
Two ways, one function.

## A state or a cache?

Here the state is $6 \cdot 7 + 6 = 48$ numbers for each head, after 100 tokens as after one. A cache
keeps all keys and values: $100 \cdot (6 + 7) = 1300$.

At the size of Llama 3 8B (lesson 13: 32 layers, 8 kv heads of width 128, 2 bytes per number), from
which length on is a state smaller than a cache? (No query is in $s$ or $z$, so query heads that
share keys and values share the state, too.)
"""

# %%
state = 32 * 8 * (128 * 128 + 128) * 2  # layers · kv heads · numbers of a state · bytes
token = 2 * 32 * 8 * 128 * 2  # one token of a cache: keys and values of 8 kv heads, in all layers
print(f"a state: {state / 2**20:.1f} MiB, as much as {state / token:.1f} tokens of the cache")

# %% [markdown]
r"""
From 65 tokens on, and by 127 times at 8192. For each kv head it is $d \cdot d + d$ numbers against
$2d$ for each token: so from about $d/2$ tokens on. So which?

| | kept after n tokens | take it when |
|---|---|---|
| **cache** | all keys and values | exact look-up counts |
| **window** (lesson 10) | the last keys and values | near words are enough |
| **linear** | one state, and it blurs | streams are endless |
| **a mix** | a cache in a few layers, states in the others | you want both |

**Make it yours.** Write a phone book of your own: up to 32 friends, and a number from 0 to 31 for
each. Which of the four trained models tells you wrong numbers?
"""

# %% tags=["demo", "nbval-ignore-output"]
friends = {"Ada": 7, "Bo": 12, "Chi": 30, "Dov": 3, "Eun": 21, "Fay": 16, "Gus": 9, "Hana": 1}
if len(friends) > 32 or not set(friends.values()) <= set(range(32)):
    raise ValueError("the book takes up to 32 friends, and whole numbers from 0 to 31")
names, numbers = torch.arange(len(friends))[None], torch.tensor([list(friends.values())])  # (1, p)
for kind, trained in runs.items():
    told = trained[0][0](names, numbers).argmax(dim=-1)[0]  # (p,)
    answers = zip(friends, told.tolist(), friends.values(), strict=True)
    wrong = [f"{name} has {said}, not {number}" for name, said, number in answers if said != number]
    print(f"{kind}: {'; '.join(wrong) or 'all are right'}")

# %% [markdown]
r"""
## Going further: open the book

*{minutes} minutes.* Each row is a name that asks, each column a pair; × marks a name that is told a
wrong number, and says whose it is. Find twins: names whose rows look alike, so that one is told the
other's number. Then change the model.
"""


# %% tags=["explore", "folded"]
def open_book(pairs: int, model: str):
    layer = runs[model][0][0]
    generator = torch.Generator().manual_seed(9)
    names = deal(24, 1, generator)[0][:, :pairs]
    numbers = torch.randperm(32, generator=generator)[None, :pairs]  # all different
    with torch.no_grad():
        query = layer.query_proj(layer.name(names))[0]  # (pairs, d)
        key = layer.key_proj(layer.name(names) + layer.number(numbers))[0]  # (pairs, d)
        told = layer(names, numbers).argmax(dim=-1)[0]  # (pairs,)
        agree = (query @ key.T / 2).exp() if "softmax" in model else phi(query) @ phi(key).T
    owners = {number: str(place) for place, number in enumerate(numbers[0].tolist(), 1)}
    told_of = [owners.get(number, "nobody") for number in told.tolist()]
    wrong = [i for i in range(pairs) if told_of[i] != str(i + 1)]
    labels = [f"× {i + 1}: told {told_of[i]}'s" if i in wrong else str(i + 1) for i in range(pairs)]
    columns = [str(i + 1) for i in range(pairs)]
    found = f"{model}: {len(wrong)} of {pairs} names get a wrong number"
    figure, axes = plt.subplots(figsize=(6.8, 4.8))
    weights = agree / agree.sum(-1, keepdim=True)  # (pairs, pairs)
    plot_weights(weights, labels, columns, ax=axes, title=found, annotate=False)
    axes.images[0].set_clim(0, weights.max())  # or the pale ones could not be told apart
    figure.colorbar(axes.images[0], label="weight")
    axes.set(xlabel="pairs in the book", ylabel="names that ask")
    return show(figure, f"Weights of {pairs} names over {pairs} pairs. {found}.")


explore(open_book, pairs=(2, 24, 1, 12), model=[*list(runs)[1:], "softmax, d = 4"])

# %% [markdown]
r"""
Softmax points: each name finds its pair. Linear attention smears: it finds a crowd.
"""

# %% [markdown]
r"""
## Going further: does time help?

*{minutes} minutes.* Perhaps linear attention of width 4 was only not trained for long enough.

**Predict before you run.** It gets some 20 of 100 with 32 pairs, after 240 steps. And after ten
times as many?
"""

# %% tags=["demo", "nbval-ignore-output"]
shares = train(attn.linear_attention, 4, seed=0, steps=2400)[1]
print(f"after 2400 steps, right of 100 with 32 pairs: {100 * shares[-1]:.0f}")

# %% [markdown] measured={"after 2400 steps, right of 100 with 32 pairs": [15, 32]}
r"""
Hardly: a few more at best. Every row of weights stays a mixture of the same four, however long
one trains. More features help, and so would a softmax.
"""

# %% [markdown] tags=["deep-dive"]
r"""
## Deep dive: rank, the clock, and better memories

*{minutes} minutes.* Nothing in later lessons needs this section.

**Rank.** The largest number of rows of a table that are no mixtures of each other is its *rank*. A
product of $(n, d)$ and $(d, n)$ has rank $d$ at most, and dividing each row by its sum changes no
rank. An exponential does: softmax makes full tables from 4 features.
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

**By the clock.** Counts are not seconds. Here are both, at growing lengths. On logarithmic axes the
slope of a line is the power: 2 means that twice the length costs four times as much.
"""

# %% tags=["demo", "folded", "nbval-ignore-output"]
lengths = [256, 512, 1024, 2048, 4096]
figure, panels = plt.subplots(1, 2, figsize=(9.5, 3.6))
for axes, measure, unit, title in zip(
    panels,
    (multiply_adds, cpu_seconds),
    ("multiplications", "processor seconds, one thread"),
    ("Counted: a square against a line", "Timed: linear pays later"),
    strict=True,
):
    for name, function, style in (
        ("softmax", scaled_dot_product_attention, "o-C5"),
        ("linear", attn.linear_attention, "s-C0"),
    ):
        costs = [measure(function, *torch.ones(3, 1, 1, n, 64)) for n in lengths]
        slope = np.polyfit(np.log(lengths[-3:]), np.log(costs[-3:]), 1)[0]
        axes.loglog(lengths, costs, style, label=f"{name}, slope {slope:.1f}")
    axes.set_xticks([], minor=True)
    axes.set_xticks(lengths, [str(n) for n in lengths])
    axes.set(xlabel="tokens n", ylabel=unit, title=title)
    axes.legend()
alt = "Two panels over length: counted and timed. Softmax is the steeper line in both."
show(figure, alt)

# %% [markdown]
r"""
Compare the slopes and the left ends. Timed, softmax may come out above 2: from some length on, the
large table no longer fits into the processor's fast memory. And at the left end, where the
counts are 4 to 1, the lines meet or cross: a short run is mostly the calling of functions. So by
the clock linear attention pays from a greater length on than $n = d$.

**A feature map that rounds to zero.** The paper writes $\varphi(x) = \text{elu}(x) + 1$. On paper
it is never 0. In `float32`, typed like that, it is:
"""

# %%
x_low = torch.tensor([-5.0, -15.0, -20.0])
print("elu(x) + 1 is above 0:", (nn.functional.elu(x_low) + 1 > 0).tolist())
print("ours is above 0:      ", (phi(x_low) > 0).tolist())

# %% [markdown]
r"""
`elu` comes so close to $-1$ that the next float *is* $-1$. A key whose features are all 0 is never
heard, and if all are, the answer is 0/0.

**Better memories.** Our state only ever *adds*. If a name gets a new number, the old one stays in
the mixture. The *delta rule* first takes out what is stored under a key, then writes the new value;
models that use it recall better (Yang et al., 2024). Others let the state fade. Since recall
remains the weak side, recent models mix: in Kimi Linear (2025) every fourth layer is full
attention, and the others keep a state.
"""

# %% [markdown]
r"""
## The quiz

Five questions; two of them ask for a number.
"""

# %% tags=["quiz"]
quiz("14")

# %% [markdown]
r"""
## In five lines

1. Without the softmax the brackets move: $2 n d^2$ in place of $2 n^2 d$ multiplications.
2. A feature map lets a key be summed before any query comes: a table $s$ and a divisor $z$.
3. What is recalled must be held somewhere: with few features, linear attention blurs.
4. Causal, the sums run along the tokens: all at once with `cumsum`, or one by one with a state.
5. The state never grows; from about $d/2$ tokens on it is smaller than a cache.

**Words learnt**: linear attention, feature map, running sum, state, recurrent, RNN, associative
recall.

**Next**: [15 · One stream for every sense](15_one_stream_for_every_sense.ipynb).
An image, a sound and a question go into one sequence.
"""

# %% tags=["progress"]
progress("14")

# %% [markdown]
r"""
### References

- A. Katharopoulos et al. (2020). *Transformers are RNNs: Fast Autoregressive Transformers with
  Linear Attention.* arXiv [2006.16236](https://arxiv.org/abs/2006.16236)
- S. Arora et al. (2023). *Zoology: Measuring and Improving Recall in Efficient Language Models.*
  arXiv [2312.04927](https://arxiv.org/abs/2312.04927)
- S. Arora et al. (2024). *Simple linear attention language models balance the recall-throughput
  tradeoff.* arXiv [2402.18668](https://arxiv.org/abs/2402.18668)
- Llama Team (2024). *The Llama 3 Herd of Models.* arXiv
  [2407.21783](https://arxiv.org/abs/2407.21783). The sizes are those in the `config.json` of
  Meta-Llama-3-8B.
- S. Yang et al. (2024). *Parallelizing Linear Transformers with the Delta Rule over Sequence
  Length.* arXiv [2406.06484](https://arxiv.org/abs/2406.06484)
- Kimi Team (2025). *Kimi Linear: An Expressive, Efficient Attention Architecture.* arXiv
  [2510.26692](https://arxiv.org/abs/2510.26692)
"""
