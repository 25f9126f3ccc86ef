# %% [markdown]
r"""
# 01 · Attention is a soft look-up

**By the end you can**

1. explain *query*, *key* and *value* to a friend without a formula; <!-- quiz: who-is-who -->
2. say why a soft look-up can learn where to look, and a hard one can't;
   <!-- quiz: what-can-learn -->
3. write attention from memory: plain in NumPy, scaled in PyTorch, for any number of batch axes;
   <!-- quiz: only-without-a-batch -->
4. show what goes wrong without $\sqrt{d_k}$, and what goes wrong with $d_k$;
   <!-- quiz: scaling -->
5. work out by hand what each word of a three-word sentence attends to. <!-- quiz: love-harder -->

*About {minutes} minutes · needs [00 · Before you start](00_before_you_start.ipynb) · builds
`attn.scaled_dot_product_attention`*

> **In one breath.** You ask a question in a room full of people. Everybody wears a badge. You
> listen to all of them at once, louder to those whose badge fits your question, and what you hear
> is the mixture. Your question is the *query*, a badge is a *key*, and what a person says is a
> *value*.
"""

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch

from attn.plotting import plot_weights
from course import check, explore, progress, quiz, show, show_attention

# %% [markdown]
r"""
## From memory

A few minutes, before anything new, and without looking back: what is fetched from memory stays
longer than what is read again. Nothing here is graded.
"""

# %% tags=["recall"]
from course import recall

recall("01")


# %% tags=["recall"]
# From memory: the dot product of two arrays. Then check("00.1", from_memory, points=0)
### BEGIN SOLUTION
def from_memory(a, b):
    return (a * b).sum()


check("00.1", from_memory, points=0)
### END SOLUTION

# %% [markdown]
r"""
## A dictionary that never says no

Three weather stations stand around you, and you know how warm it is at each of them. A Python
dictionary gives you one value for one key, and nothing for *north-east*: only *equal* counts. Now
let the keys be arrows that point to the stations, and let the question be an arrow too. Arrows can
agree *more or less*, and the dot product of lesson 00 says how much.
"""

# %%
warmth = {"east": 24.0, "north": 6.0, "west": 18.0}
keys = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])  # (n_k=3, d_k=2): east, north, west
values = np.array(list(warmth.values()))  # (n_k=3,): degrees
query = np.array([0.6, 0.8])  # (d_k=2,): to the north-east

# %% [markdown]
r"""
**Predict before you run.** The query points between *east* and *north*; the *west* lies behind your
back. What share will the west have in the answer: none, about a tenth, or about a third?
"""

# %%
agreement = keys @ query  # (3,): one dot product for each key
shares = np.exp(agreement) / np.exp(agreement).sum()  # (3,): a softmax; positive, sums to 1
print("agreement", agreement.round(2), "  weights", shares.round(2))
print("answer", (shares @ values).round(1), "degrees")

# %% [markdown]
r"""
By hand: $e^{0.6} \approx 1.82$, $e^{0.8} \approx 2.23$, $e^{-0.6} \approx 0.55$. Their sum is
$4.60$, so the west gets $0.55 / 4.60 \approx 0.12$: about a tenth. Such a share is called a
**weight**, and none is zero (a computer rounds a tiny one to 0). Here every key answers, and one
that does not fit answers softly.

The **query** is what you look for. A **key** is what can be found, and how it wants to be found. A
**value** is what you get from it.

A query twice as long makes every agreement twice as large, and the choice clearer: *the size of the
scores decides how sharp the look-up is*. Later that will be a problem.
"""

# %% [markdown]
r"""
## A query that learns

The answer changes a little when the query turns a little, so there is a slope to walk down, with
the loop of lesson 00. Each morning the stations report new readings (how much warmer or colder than
usual), and the right answer is what the *west* reports. We never say "west", only how far off the
answer was.

**Predict before you run.** It starts to the north-east. Which way will the query point after 200
steps?
"""

# %%
stations = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])  # (n_k=3, d_k=2): the keys
q = torch.tensor([0.6, 0.8], requires_grad=True)  # (d_k=2,): a query that may be moved
generator = torch.Generator().manual_seed(0)
path = []  # where the query stood before each step
for _ in range(201):
    path.append(q.tolist())
    mornings = torch.randn(64, 3, generator=generator)  # (64 mornings, n_k=3): new readings
    shares = (stations @ q).softmax(dim=-1)  # (3,): the softmax, in PyTorch's words
    loss = ((mornings @ shares - mornings[:, 2]) ** 2).mean()  # how far from the west's reading
    loss.backward()  # the slope for each entry of the query
    with torch.no_grad():
        q -= 0.5 * q.grad  # one step downhill
    q.grad = None
print(f"after 200 steps: west {shares[2].item():.2f}")

# %% tags=["demo", "folded", "memorable"]
way = np.array(path)  # (201, d_k=2)
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.8))
style = {"arrowstyle": "->", "lw": 2.5, "shrinkA": 0, "shrinkB": 0}
for name, key in zip(warmth, keys, strict=True):
    left.annotate("", key, (0, 0), arrowprops={**style, "color": "#0072B2"})
    left.text(key[0], key[1] + 0.25, name, ha="center")
left.plot(*way.T, ".-", color="#D55E00", lw=1, ms=4)
for tip, strength in ((way[0], 0.4), (way[-1], 1.0)):
    left.annotate("", tip, (0, 0), arrowprops={**style, "color": "#D55E00", "alpha": strength})
left.text(*(way[0] + 0.1), "start")
left.set(xlim=(-3.1, 1.9), ylim=(-2, 2), aspect="equal")
left.set(xlabel="to the east", ylabel="to the north", title="The query turns west, and grows")
moments = [0, 2, 5, 20, 200]
told = torch.tensor(way[moments], dtype=torch.float32) @ stations.mT  # (5 moments, n_k=3)
learnt = told.softmax(dim=-1)
title = "It learns to listen to the west"
plot_weights(learnt, [f"step {m}" for m in moments], list(warmth), title=title, ax=right)
right.set(xlabel="station", ylabel="")
show(
    figure,
    "Left: the query starts in the north-east, crosses over, and ends long, to the west and a "
    f"little south. Right: the weight of the west grows from {learnt[0, 2]:.2f} to "
    f"{learnt[-1, 2]:.2f}.",
)

# %% [markdown] measured={"after 200 steps: west": [0.95, 0.99]}
r"""
Look at the orange path: it turns to the west *by itself*, and grows longer, which makes the look-up
surer. (It leans south as well: away from the north, whose weight must go too.) The table on the
right is a map of attention that nobody drew: it was learnt. The west begins with a tenth, and ends
with nearly all.

A dictionary could not have learnt this. A **hard** look-up takes the best key and nothing else.
Turn its query a little, and the best key stays the best: the answer does not move, and there is no
slope. This is why attention is soft.
"""

# %% [markdown]
r"""
## Many queries: one matrix product

A sentence of $n_q$ words asks $n_q$ questions at once, and there are $n_k$ keys. So the agreements
form a table, queries down and keys across:

$$\text{scores}_{ij} = \text{query}_i \cdot \text{key}_j$$

Read aloud: *the score of query i with key j is their dot product*. In shapes:

```text
 queries  (n_q, d_k)
 keys.T        (d_k, n_k)      d_k meets d_k, is summed over, and vanishes
 scores   (n_q,      n_k)
```

**Tools.** `.T` turns a table, so that rows become columns: `keys.T` has the shape (2, 3), and each
key is a column. `@` is the matrix product of lesson 00.
"""

# %% [markdown]
r"""
### Exercise 01.1 · Every query meets every key · ●○○ · 1 point

Write it without a loop.
"""


# %% tags=["exercise"] exercise="01.1" minutes=3 importance="core"
def agreement_scores(queries: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """Dot product of every query with every key.

    queries (n_q, d_k), keys (n_k, d_k) -> scores (n_q, n_k)
    """
    ### BEGIN SOLUTION
    return queries @ keys.T  # (n_q, n_k)
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="01.1"
r"""
<details><summary>Hint 1: which axis has to vanish?</summary>

You have `(n_q, d_k)` and `(n_k, d_k)`, and you want `(n_q, n_k)`. The features are summed over;
queries and keys stay.

</details>
<details><summary>Hint 2: how a matrix product sums</summary>

It sums over the last axis of the left side and the *first* axis of the right side. Is `d_k` the
first axis of `keys`? If not, turn it: `keys.T` is `keys` with rows and columns exchanged, so its
shape is `(d_k, n_k)`.

</details>
"""

# %% tags=["check"] exercise="01.1"
check("01.1", agreement_scores, points=1)

# %% [markdown]
r"""
## From agreement to shares

A softmax turns each row of scores into shares that sum to 1:

$$\text{weights}_{ij} = \frac{e^{\text{scores}_{ij}}}{\sum_{j'} e^{\text{scores}_{ij'}}}$$

Read aloud: *the weight of key j for query i is e to its score, divided by the sum of that over all
keys*. The sum runs over the keys, so each **row** has its own budget of 1. Typed as it stands, the
formula fails for large scores:
"""

# %%
large = np.array([1000.0, 1001.0])
with np.errstate(all="ignore"):  # NumPy would warn; here we want to see it happen
    print(np.exp(large) / np.exp(large).sum())

# %% [markdown]
r"""
$e^{1000}$ is too large for a computer's float. It becomes `inf`, and `inf / inf` is `nan`, *not a
number*. The way out: take the row's largest score away from all of its scores first. Numerator and
sum shrink by the same factor, and the share stays what it was.

**Tools.** Not only `.sum`, also `.max` goes along each row with `axis=-1`. `keepdims=True` keeps a
column, so that each row meets its own number (the picture of axes in lesson 00):
"""

# %%
table = np.array([[1.0, 5.0, 2.0], [7.0, 3.0, 3.0]])  # (2, 3)
print((table - table.max(axis=-1, keepdims=True)).tolist())  # (2, 3) - (2, 1)

# %% [markdown]
r"""
### Exercise 01.2 · Shares that never overflow · ●●○ · 2 points

Each row has to sum to 1, also where a score is a thousand.
"""


# %% tags=["exercise"] exercise="01.2" minutes=6 importance="core"
def attention_weights(scores: np.ndarray) -> np.ndarray:
    """Softmax of each row, safe for scores of any size.

    scores (n_q, n_k) -> weights (n_q, n_k), every row sums to 1
    """
    ### BEGIN SOLUTION
    shifted = scores - scores.max(axis=-1, keepdims=True)  # (n_q, n_k), largest of each row is 0
    exponentials = np.exp(shifted)
    return exponentials / exponentials.sum(axis=-1, keepdims=True)  # (n_q, n_k)
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="01.2"
r"""
<details><summary>Hint 1: which way do the sums run?</summary>

Every query has one budget for all its keys. Queries are rows, so the maximum and the sum run along
a row, over the last axis.

</details>
<details><summary>Hint 2: shapes</summary>

`scores.max(axis=-1)` has shape `(n_q,)`, and NumPy would line it up with the *columns*. With
`keepdims=True` it is `(n_q, 1)`, and each row meets its own maximum.

</details>
<details><summary>Hint 3: nearly there</summary>

Three lines: scores minus their row's maximum; `np.exp` of that; divided by its sum along the row.

</details>
"""

# %% tags=["check"] exercise="01.2"
check("01.2", attention_weights, points=2)

# %% [markdown]
r"""
## The blend

What a query gets is the sum of all values, each multiplied by its weight: a matrix product again.
The values may have a width of their own, $d_v$.

```text
 weights  (n_q, n_k)
 values        (n_k, d_v)      n_k vanishes: every key has been heard
 answers  (n_q,      d_v)
```

**Tools.** One row of weights and two reports for each station, degrees and wind:
"""

# %%
reports = np.array([[24.0, 3.0], [6.0, 9.0], [18.0, 5.0]])  # (n_k=3, d_v=2): degrees, wind
print(np.array([[0.5, 0.0, 0.5]]) @ reports)  # (1, 3) @ (3, 2): half of east, half of west

# %% [markdown]
r"""
### Exercise 01.3 · The whole look-up · ●●○ · 2 points

Put the three steps together: agree, weigh, blend. Use your two functions.
"""


# %% tags=["exercise"] exercise="01.3" minutes=4 importance="core"
def soft_look_up(queries: np.ndarray, keys: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Blend the values for each query, by how well it agrees with each key.

    queries (n_q, d_k), keys (n_k, d_k), values (n_k, d_v) -> answers (n_q, d_v)
    """
    ### BEGIN SOLUTION
    weights = attention_weights(agreement_scores(queries, keys))  # (n_q, n_k)
    return weights @ values  # (n_q, d_v)
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="01.3"
r"""
<details><summary>Hint 1: in words</summary>

Scores from queries and keys, weights from scores, answers from weights and values. The keys are
not needed after the second step.

</details>
<details><summary>Hint 2: shapes</summary>

The weights are `(n_q, n_k)` and the values `(n_k, d_v)`. Which product leaves `(n_q, d_v)`?

</details>
"""

# %% tags=["check"] exercise="01.3"
check("01.3", soft_look_up, points=2)

# %% [markdown]
r"""
## Why divide by √d_k?

Our arrows had two entries. In a real model they have 64 or 128. The more products a dot product
adds up, the farther from 0 it lies: with random entries (as often below 0 as above it, about 1 in
size) the typical distance, the **spread**, is $\sqrt{d_k}$, about 8 for 64. (The deep dive measures
it, and says why.)

Large scores make the choice sharp. But here nobody has learnt to be sure; a width was chosen, and
that is all. Now 256 random queries look at 32 random keys, with three ways to scale the scores. We
note the largest weight of a query in the middle (the median), from five *seeds*, five drawings of
the random numbers.
"""


# %% tags=["demo", "folded"]
def largest_weight(scale: float, d_k: int, seed: int) -> float:
    """The largest of 32 weights of a query: the median over 256 queries."""
    generator = torch.Generator().manual_seed(seed)
    queries = torch.randn(256, d_k, generator=generator)
    weights = (queries @ torch.randn(32, d_k, generator=generator).T * scale).softmax(dim=-1)
    return weights.max(dim=-1).values.median().item()


widths = [1, 4, 16, 64, 256, 1024]
scalings = {"no scaling": 0.0, "1/√d": -0.5, "1/d": -1.0}  # the power of d_k
figure, axes = plt.subplots(figsize=(6.5, 3.4))
for (name, power), style in zip(scalings.items(), ("o-", "s-", "^-"), strict=True):
    seeds = np.array([[largest_weight(d**power, d, seed) for d in widths] for seed in range(5)])
    axes.plot(widths, seeds.mean(axis=0), style, label=name)  # seeds (5 seeds, 6 widths)
    axes.fill_between(widths, seeds.min(axis=0), seeds.max(axis=0), alpha=0.25)
    print(f"d_k 1024, {name}: largest {seeds[:, -1].mean():.2f}")
axes.set(xscale="log", ylim=(0, 1.05), xlabel="d_k", ylabel="largest of 32 weights")
axes.set_title("Without scaling, one key takes all")
axes.set_xticks(widths, widths)
axes.minorticks_off()
axes.legend()
show(
    axes,
    "Largest weight against d_k, 1 to 1024. Without scaling it rises to 1, with 1/d it falls to "
    "1/32, with 1/√d it stays between.",
)

# %% [markdown] measured={"no scaling: largest": [0.95, 1], "1/d: largest": [0.03, 0.04]}
r"""
Look at the right end. (Each mark along $d_k$ is 4 times the one before.)

- **No scaling**: one key takes nearly everything. The look-up has become hard, by accident: turn
  the query a little, and nothing moves.
- **1/d**: all 32 keys get the same, and the small factor lets little gradient through (the deep
  dive measures it).
- **1/√d**: as wide as you like, training starts from the same place. It is the choice of the
  Transformer, the model behind today's language models (Vaswani et al., 2017).

With it the formula is complete. Read it aloud: *agree, scale, softmax over the keys, blend*.

$$\text{Attention}(Q, K, V) = \text{softmax}\!\left(\frac{Q K^\top}{\sqrt{d_k}}\right) V$$

$Q$ is `query` $(n_q, d_k)$, $K$ is `key` $(n_k, d_k)$, $V$ is `value` $(n_k, d_v)$; the answer is
$(n_q, d_v)$. $K^\top$ is $K$ turned, as `keys.T` above.
"""

# %% [markdown]
r"""
## The same in PyTorch, for any batch

From here on we use PyTorch, because it finds the gradients by itself. A **batch** puts several
sentences in one tensor, on axes before the last two, as many as you like (lesson 02 needs one
more). Count axes from the *end*, and one function serves them all.

```text
 query    (batch, more, n_q, d_k)
 key.mT   (batch, more,      d_k, n_k)      the axes in front go in step
 scores   (batch, more, n_q,      n_k)
```

**Tools.** `x.mT` turns the last two axes, whatever stands before them (`x.T` would turn all).
`x.shape[-1]` is the length of the last axis: for a query or a key, $d_k$. And
`scores.softmax(dim=-1)` is your `attention_weights`: safe, along each row.
"""

# %%
batch = torch.zeros(2, 3, 5, 6)  # (batch, one axis more, n_k, d_k)
print(tuple(batch.shape), "turned:", tuple(batch.mT.shape), "  d_k:", batch.shape[-1])

# %% [markdown]
r"""
### Exercise 01.4 · Scaled dot-product attention · ●●○ · 3 points

Give back two things: the output, and the weights, so that you can look at them.
"""


# %% tags=["exercise"] exercise="01.4" minutes=6 importance="core"
def attention(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Scaled dot-product attention (Vaswani et al., 2017, equation 1).

    query (..., n_q, d_k), key (..., n_k, d_k), value (..., n_k, d_v)
    -> output (..., n_q, d_v), weights (..., n_q, n_k)
    """
    ### BEGIN SOLUTION
    scores = query @ key.mT / query.shape[-1] ** 0.5  # (..., n_q, n_k)
    weights = scores.softmax(dim=-1)  # (..., n_q, n_k)
    return weights @ value, weights  # (..., n_q, d_v), (..., n_q, n_k)
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="01.4"
r"""
<details><summary>Hint 1: you have written it already</summary>

It is `soft_look_up` with one division more, with `.mT` in place of `.T`, and with
`scores.softmax(dim=-1)` in place of `attention_weights`, which knows NumPy only.

</details>
<details><summary>Hint 2: which width?</summary>

The dot product runs over the entries of a query, so $d_k$ is `query.shape[-1]`, and its root is
`query.shape[-1] ** 0.5`. The width of the values does not matter here.

</details>
<details><summary>Hint 3: nearly there</summary>

Three lines: scores divided by `query.shape[-1] ** 0.5`; their softmax with `dim=-1`; then `return
weights @ value, weights`.

</details>
"""

# %% tags=["check"] exercise="01.4"
check("01.4", attention, points=3)

# %% [markdown]
r"""
## "I love Tokyo"

Where do queries, keys and values come from? In **self-attention** all three come from the same
tokens. A **token** is what the model reads as one piece, here a word: a row of numbers $x$ of width
$d_{model}$. Three matrices give it three roles:

$$Q = X W_q \qquad K = X W_k \qquad V = X W_v$$

A model *learns* these matrices, as your query learnt to turn. We choose them by hand, so that you
can check them with a pencil. Each token has one of four features: *I* is a person, *love* an
action, *Tokyo* a place; no word is a *time*. Every token can be found by what it is and hands on
what it is, so $W_k$ and $W_v$ change nothing. The *questions* matter: a
person and a place ask for the action, and an action asks for both.
"""

# %%
tokens = ["I", "love", "Tokyo"]
x = torch.eye(4)[:3]  # (n=3, d_model=4): a person, an action, a place; nobody is a time
strength = 2 * np.log(3.0)  # chosen so that you can do the sums by hand
w_q = strength * torch.tensor(
    [
        [0.0, 1.0, 0.0, 0.0],  # a person asks for an action
        [1.0, 0.0, 1.0, 0.0],  # an action asks for a person and a place
        [0.0, 1.0, 0.0, 0.0],  # a place asks for an action
        [0.0, 0.0, 0.0, 0.0],  # a time asks for nothing
    ]
)  # (d_model=4, d_k=4)
w_k = w_v = torch.eye(4)  # (4, 4): change nothing

# %% [markdown]
r"""
**Work it out by hand.** Where a question meets what it asks for, the dot product is $2 \ln 3$.
Divided by $\sqrt{d_k} = 2$ it is $\ln 3$, and $e^{\ln 3} = 3$. Everywhere else the score is 0, and
$e^0 = 1$. So *love* has the three numbers 3, 1, 3. What are its three weights?

**Tools.** A product with such a matrix, a *projection*, gives each token a row of its own:

```text
 x    (..., n, d_model)
 w_q          (d_model, d_k)      the same matrix for every token
 x @ w_q  (..., n,      d_k)
```
"""

# %% [markdown]
r"""
### Exercise 01.5 · A sentence that looks at itself · ●●○ · 3 points

First make queries, keys and values. Then let them attend, with your `attention`.
"""


# %% tags=["exercise"] exercise="01.5" minutes=4 importance="core"
def self_attention(
    x: torch.Tensor, w_q: torch.Tensor, w_k: torch.Tensor, w_v: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Queries, keys and values from the same tokens, then attention.

    x (..., n, d_model), w_q and w_k (d_model, d_k), w_v (d_model, d_v)
    -> output (..., n, d_v), weights (..., n, n)
    """
    ### BEGIN SOLUTION
    query, key = x @ w_q, x @ w_k  # both (..., n, d_k)
    value = x @ w_v  # (..., n, d_v)
    return attention(query, key, value)
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="01.5"
r"""
<details><summary>Hint 1: three roles</summary>

The same `x` is multiplied three times, with three matrices. Each product has one row for each
token.

</details>
<details><summary>Hint 2: what is left to do</summary>

`x @ w_q` are the queries. Do the same for keys and values, and hand the three to the function of
01.4. It gives back both things that you need.

</details>
"""

# %% tags=["check"] exercise="01.5"
check("01.5", self_attention, points=3)

# %%
sentence, sentence_weights = self_attention(x, w_q, w_k, w_v)  # (3, 4), (3, 3)
print("love listens with", sentence_weights[1].numpy().round(2))  # to I, love, Tokyo
print("its output:      ", sentence[1].numpy().round(2))  # a person, an action, a place, a time

# %% tags=["explore"]
show_attention(sentence_weights, tokens, title="I love Tokyo: who looks at whom?")

# %% [markdown]
r"""
Point at a word to see its row. *love* has the weights 3/7, 1/7, 3/7: your pencil and the computer
agree. Look at its output: *love* was an action and nothing else, and now a person and a place have
come in, with 0.43 each. That is what attention does.

**A caution.** The weights show where a model *looked*, not why it *decided*. Whether they explain
a decision is disputed (Jain and Wallace, 2019; Wiegreffe and Pinter, 2019).

**What we built.** [`attn/core.py`](../lib/attn/core.py) holds your function, and checks its input.
"""

# %% [markdown]
r"""
## Going further: turn the query yourself

*About {minutes} minutes.* Nothing in later lessons needs this section.
[The quiz](#The-quiz) stands at the end.

The angle turns the query, the length says how sure it is. At which length does every station count
the same, and where is the look-up nearly a dictionary again?
"""


# %% tags=["demo", "folded"]
def look_around(angle: int, length: float):
    radians = np.deg2rad(angle)
    arrow = length * np.array([np.cos(radians), np.sin(radians)])
    shares = np.exp(keys @ arrow) / np.exp(keys @ arrow).sum()
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.8))
    style = {"arrowstyle": "->", "lw": 3, "shrinkA": 0, "shrinkB": 0}
    for name, key in zip(warmth, keys, strict=True):
        left.annotate("", key, (0, 0), arrowprops={**style, "color": "#0072B2"})
        left.text(*(1.55 * key), name, ha="center", va="center")
    left.annotate("", arrow, (0, 0), arrowprops={**style, "color": "#D55E00"})
    left.set(xlim=(-3.1, 3.1), ylim=(-3.1, 3.1), aspect="equal")
    left.set(xlabel="to the east", ylabel="to the north", title="Keys (blue), query (orange)")
    right.bar(list(warmth), shares)
    right.set(ylim=(0, 1), xlabel="station", ylabel="weight")
    right.set_title(f"A blend of {shares @ values:.1f} degrees")
    said = ", ".join(f"{name} {share:.2f}" for name, share in zip(warmth, shares, strict=True))
    return show(figure, f"Three keys and a query at {angle} degrees. Weights: {said}.")


# %% tags=["explore"]
explore(look_around, angle=(0, 360, 5, 55), length=(0.0, 3.0, 0.25, 1.0))

# %% [markdown]
r"""
Length 0 asks nothing: every station gets a third. A long query makes the choice clear.

Is a hard look-up really without a slope? Ask PyTorch whether there is a way back to the query:
"""

# %%
soft = mornings @ (stations @ q).softmax(dim=-1)  # (64,): a blend of three readings
hard = mornings[:, (stations @ q).argmax()]  # (64,): the reading of the best key
print("a slope to walk down: soft", soft.requires_grad, "  hard", hard.requires_grad)

# %% [markdown]
r"""
**Make it yours** (five minutes). Write a sentence of three words with features of your own, and
say in `w_q` who asks for what. Or teach your query something else: in *A query that learns*, put
another right answer in place of `mornings[:, 2]`, and run that section. (Its titles tell the story
of the first run.) With `mornings.mean(dim=1)`, the mean of all three, how long will the query
become? And with `mornings[:, 0] - mornings[:, 1]`, east minus north, does the loss ever come near
0? (It does not. Lesson 02 begins there.)
"""

# %% [markdown]
r"""
**Where attention comes from.** A weighted mean of values, with weights from the similarity of keys,
is older than neural networks: Nadaraya and Watson used it in 1964 to draw a smooth curve through
points. Bahdanau, Cho and Bengio (2014) brought attention to translation, and computed the agreement
with a small network. Luong, Pham and Manning (2015) compared several ways, the plain dot product
among them. Vaswani et al. (2017) added the scaling, and built a whole model of it.
"""

# %% [markdown] tags=["deep-dive"]
r"""
## Deep dive: the gradient through the softmax

*About {minutes} minutes, more with a pencil.* Nothing in later lessons needs this section. It asks
why large scores stop training, and measures what the three scalings leave of the gradient.

Take one query. Its weights are $w = \text{softmax}(s)$. If score $s_k$ grows, weight $w_k$ grows,
and the others pay for it. Differentiating $w_j = e^{s_j} / \sum_i e^{s_i}$ gives both cases in one
formula:

$$\frac{\partial w_j}{\partial s_k} = w_j\,(\delta_{jk} - w_k)
\qquad\text{where } \delta_{jk} = 1 \text{ if } j = k \text{, else } 0$$

Let $g_j$ be the gradient that arrives at weight $w_j$. The chain rule sums over $j$:

$$\frac{\partial L}{\partial s_k} = \sum_j g_j\, w_j (\delta_{jk} - w_k)
= w_k \Big( g_k - \sum_j w_j g_j \Big)$$

Read aloud: *a score feels how far its key's gradient lies from the weighted average, times its own
weight*. In code it is one line, and PyTorch finds the same.
"""

# %%
scores = torch.tensor([0.5, -1.0, 2.0, 0.0], requires_grad=True)  # (n_k=4,)
arriving = torch.tensor([1.0, 0.0, -2.0, 0.5])  # (4,): g, chosen freely
w = scores.softmax(dim=-1)
w.backward(arriving)
by_hand = w * (arriving - (w * arriving).sum())  # (4,)
print("by hand", by_hand.detach().numpy().round(3))
print("PyTorch", scores.grad.numpy().round(3))

# %% [markdown]
r"""
Now let one key win: $w_k \to 1$ and all other weights go to 0. For the losers the factor $w_j$ is
nearly 0. For the winner the average $\sum_j w_j g_j$ is nearly its own $g_k$, and the bracket is
nearly 0. So **nobody** feels anything. The same scores, multiplied by 1, 4 and 16:
"""

# %%
for factor in (1.0, 4.0, 16.0):
    w = (factor * scores.detach()).softmax(dim=-1)
    felt = (w * (arriving - (w * arriving).sum())).abs().max()
    print(f"scores × {factor:2.0f}   largest weight {w.max():.4f}   largest gradient {felt:.4f}")

# %% [markdown]
r"""
Now measure it, for all three scalings. 256 random queries look at 32 keys, and a stand-in for a
loss wants each output to move in some random direction. We note the length of a query's gradient
(the median of the 256).
"""


# %% tags=["demo", "folded"]
def gradient_felt(scale: float, d_k: int, seed: int) -> float:
    """The length of a query's gradient: the median over 256 queries."""
    generator = torch.Generator().manual_seed(seed)
    query = torch.randn(256, d_k, generator=generator, requires_grad=True)
    key, value = torch.randn(32, d_k, generator=generator), torch.randn(32, 16, generator=generator)
    weights = (query @ key.T * scale).softmax(dim=-1)  # (256, 32)
    pull = torch.randn(256, 16, generator=generator)  # the way a loss would pull each output
    (weights @ value * pull).sum().backward()
    return query.grad.norm(dim=-1).median().item()


d_ks = [1, 4, 16, 64, 256, 1024]
figure, axes = plt.subplots(figsize=(6.5, 3.4))
for (name, power), style in zip(
    {"no scaling": 0.0, "1/√d": -0.5, "1/d": -1.0}.items(), ("o-", "s-", "^-"), strict=True
):
    seeds = np.array([[gradient_felt(d**power, d, seed) for d in d_ks] for seed in range(5)])
    axes.plot(d_ks, seeds.mean(axis=0), style, label=name)  # seeds (5 seeds, 6 widths)
    axes.fill_between(d_ks, seeds.min(axis=0), seeds.max(axis=0), alpha=0.25)
    print(f"{name}: gradient {seeds[:, 3].mean():.3f} at 64, {seeds[:, -1].mean():.3f} at 1024")
axes.set(xscale="log", yscale="log", xlabel="d_k", ylabel="gradient at a query")
axes.set_title("At 1024, only 1/√d leaves a gradient")
axes.set_xticks(d_ks, d_ks)
axes.set_yticks([0.01, 0.1, 1], ["0.01", "0.1", "1"])
axes.minorticks_off()
axes.legend(loc="lower left")
show(axes, "A query's gradient against d_k, 1 to 1024. With 1/√d it is nearly flat.")

# %% [markdown] measured={"no scaling: gradient": [1.5, 3], "1/√d: gradient": [0.7, 1]}
r"""
Look at the hump first. (Along both axes each mark *multiplies*, by 4 or by 10.) At 16 and 64 a
query *without* scaling feels more than with $1/\sqrt d$, since nothing divides its slope. Then the
winner takes all, by accident, and the slope falls off a cliff: at 256 it is the smaller one, at
1024 little is left of it. With $1/d$ it shrinks all the way.

Last, the spread of the scores themselves:
"""

# %%
generator = torch.Generator().manual_seed(0)
for width in (4, 16, 64, 256):  # d_k
    q_k = torch.randn(2, 4000, width, generator=generator)  # 4000 random queries, and keys
    print(f"d_k {width:3}   spread of the scores {(q_k[0] * q_k[1]).sum(dim=-1).std():4.1f}")

# %% [markdown] measured={"d_k  64   spread of the scores": [7.5, 8.5]}
r"""
Four times as many entries, twice the spread: about 8 for 64. **Variance** is how far numbers lie
from their mean, squared, on average; the spread is its root. Let the entries of $q$ and $k$ be
independent, with mean 0 and variance 1. One term $q_i k_i$ has mean $E[q_i]\,E[k_i] = 0$ and
variance $E[q_i^2]\,E[k_i^2] = 1$. The $d_k$ terms are independent, so their variances add:
$\text{Var}(q \cdot k) = d_k$. Divided by
$\sqrt{d_k}$ the variance is 1. A footnote in section 3.2.1 of the Transformer paper says this. The
sentence above it only *suspects*, in the authors' own word, that large dot products push the
softmax to where its gradients are extremely small. You have just measured it, for 256 and more.
"""

# %% [markdown]
r"""
## The quiz

Six questions. You may answer again as often as you like, and every answer tells you something.
"""

# %% tags=["quiz"]
quiz("01")

# %% [markdown]
r"""
## In five lines

1. Attention compares a query with every key and blends the values: a dictionary that never says no.
2. It is soft, so there is a slope, and a query can learn where to look.
3. Scores are dot products, queries down and keys across. A softmax along each **row** makes
   weights: every query has a budget of 1.
4. Scores spread like $\sqrt{d_k}$; dividing by it keeps the weights soft enough to learn. Nothing
   and $d_k$ both fail.
5. In self-attention, three matrices make queries, keys and values from the same tokens.

**Words learnt**: query, key, value, score, weight, hard and soft look-up, spread,
scaling, batch axes, token, projection, self-attention.

**Next**: one softmax can hold only one opinion. [02 · Many heads](02_many_heads.ipynb) gives a
token several.
"""

# %% tags=["progress"]
progress("01")

# %% [markdown]
r"""
### References

- D. Bahdanau, K. Cho, Y. Bengio (2014). *Neural Machine Translation by Jointly Learning to Align
  and Translate.* arXiv [1409.0473](https://arxiv.org/abs/1409.0473)
- M.-T. Luong, H. Pham, C. D. Manning (2015). *Effective Approaches to Attention-based Neural
  Machine Translation.* arXiv [1508.04025](https://arxiv.org/abs/1508.04025)
- A. Vaswani et al. (2017). *Attention Is All You Need.* arXiv
  [1706.03762](https://arxiv.org/abs/1706.03762)
- S. Jain, B. C. Wallace (2019). *Attention is not Explanation.* arXiv
  [1902.10186](https://arxiv.org/abs/1902.10186)
- S. Wiegreffe, Y. Pinter (2019). *Attention is not not Explanation.* arXiv
  [1908.04626](https://arxiv.org/abs/1908.04626)
- E. A. Nadaraya (1964). *On Estimating Regression.* Theory of Probability and Its Applications
  9(1). doi [10.1137/1109020](https://doi.org/10.1137/1109020). And, independently, G. S. Watson
  (1964). *Smooth Regression Analysis.* Sankhyā A 26(4).
"""
