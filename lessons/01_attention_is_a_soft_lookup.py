# %% [markdown]
r"""
# 01 · Attention is a soft look-up

**By the end you can**

1. explain *query*, *key* and *value* to a friend without a formula; <!-- quiz: who-is-who -->
2. write attention from memory: plain in NumPy, scaled in PyTorch, for any number of batch axes;
   <!-- quiz: only-without-a-batch -->
3. show with an experiment what goes wrong without $\sqrt{d_k}$, and what goes wrong with $d_k$;
   <!-- quiz: scaling -->
4. work out by hand what each word of a three-word sentence attends to. <!-- quiz: love-harder -->

*75 minutes, with a good place for a break in the middle · needs
[00 · Before you start](00_before_you_start.ipynb) · builds `attn.scaled_dot_product_attention`*

> **In one breath.** You ask a question in a room full of people. Everybody wears a badge. You do
> not pick one person: you listen to all of them at once, louder to those whose badge fits your
> question, and what you hear is the mixture. Your question is the *query*, a badge is a *key*, and
> what a person says is a *value*.
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

Three minutes, before anything new, and without looking back: what is fetched from memory stays
longer than what is read again. Nothing here is graded.
"""

# %% tags=["recall"]
from course import recall

recall("01")


# %% tags=["recall"]
# From memory: a softmax with a temperature. Then check("00.2", from_memory, points=0)
### BEGIN SOLUTION
def from_memory(scores, temperature):
    powers = np.exp(scores / temperature)
    return powers / powers.sum()


check("00.2", from_memory, points=0)
### END SOLUTION

# %% [markdown]
r"""
## A dictionary that never says no

Three weather stations stand around you, and you know how warm it is at each of them.
A Python dictionary gives you one value for one key, and nothing for a key that it does not hold.
"""

# %%
warmth = {"east": 24.0, "north": 6.0, "west": 18.0}
print("north:", warmth.get("north"), "  north-east:", warmth.get("north-east"))

# %% [markdown]
r"""
A dictionary compares your key with the stored ones, and only *equal* counts. Now let the keys be
arrows that point to the stations, and let the question be an arrow too. Arrows can agree *more or
less*, and the dot product from lesson 00 says how much.
"""

# %%
keys = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])  # (n_k=3, d_k=2): east, north, west
values = np.array([24.0, 6.0, 18.0])  # (n_k=3,): degrees
query = np.array([0.6, 0.8])  # (d_k=2,): to the north-east

# %% [markdown]
r"""
**Predict before you run.** The query points between *east* and *north*. The station in the *west*
lies behind your back. What share will it have in the answer: none at all, about a tenth, or about
a third?
"""

# %%
agreement = keys @ query  # (3,): one dot product for each key
weights = np.exp(agreement) / np.exp(agreement).sum()  # (3,): a softmax; positive, sums to 1
print("agreement", agreement.round(2), "  weights", weights.round(2))
print("answer", (weights @ values).round(1), "degrees")

# %% [markdown]
r"""
Check it by hand: $e^{0.6} \approx 1.82$, $e^{0.8} \approx 2.23$ and $e^{-0.6} \approx 0.55$. Their
sum is $4.60$, so the west gets $0.55 / 4.60 \approx 0.12$: about a tenth. From now on such a share
is called a **weight**. On paper, no weight of a softmax is zero. In a dictionary an unknown key
gives nothing at all; here it only gives a small weight. And because the answer changes smoothly
when the query turns, a program can *learn* which query to ask.

- The **query** is what you look for.
- A **key** is what can be found, and how it wants to be found.
- A **value** is what you get from it.
"""

# %% [markdown]
r"""
### Turn the query

The picture below answers as you move the sliders: the angle turns the query, the length says how
sure it is. Try to find

- a direction in which the west has more than half of the weight;
- a length at which every station counts the same;
- a direction and a length with which the look-up is nearly a dictionary again.
"""


# %% tags=["explore"]
def look_around(angle: int, length: float):
    radians = np.deg2rad(angle)
    arrow = length * np.array([np.cos(radians), np.sin(radians)])
    shares = np.exp(keys @ arrow) / np.exp(keys @ arrow).sum()
    answer = shares @ values
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.8))
    style = {"arrowstyle": "->", "lw": 3, "shrinkA": 0, "shrinkB": 0}
    for name, key in zip(warmth, keys, strict=True):
        left.annotate("", key, (0, 0), arrowprops={**style, "color": "#0072B2"})
        left.text(*(1.55 * key), name, ha="center", va="center")
    left.annotate("", arrow, (0, 0), arrowprops={**style, "color": "#D55E00"})
    left.set(
        xlim=(-3.1, 3.1),
        ylim=(-3.1, 3.1),
        aspect="equal",
        xlabel="to the east",
        ylabel="to the north",
    )
    left.set_title("Keys (blue), query (orange)")
    right.bar(list(warmth), shares)
    right.set(ylim=(0, 1), xlabel="station", ylabel="weight")
    right.set_title(f"A blend of {answer:.1f} degrees")
    said = ", ".join(f"{name} {share:.2f}" for name, share in zip(warmth, shares, strict=True))
    return show(figure, f"Three keys and a query at {angle} degrees. Weights: {said}.")


explore(look_around, angle=(0, 360, 5, 55), length=(0.0, 3.0, 0.25, 1.0))

# %% [markdown]
r"""
Length 0 asks nothing: all agreements are 0, and every station gets a third. A long query multiplies
all agreements, and the softmax turns large differences into a clear choice. Keep this in mind: *the
size of the scores decides how sharp the look-up is*. It comes back soon, and then it will be
a problem.
"""

# %% [markdown]
r"""
## Many queries: one matrix product

One person asks one question. A sentence of $n_q$ words asks $n_q$ questions at once, and there are
$n_k$ keys. So the agreements form a table, queries down and keys across:

$$\text{scores}_{ij} = \text{query}_i \cdot \text{key}_j$$

Read aloud: *the score of query i with key j is their dot product*.

### Exercise 01.1 · Every query meets every key · ●○○ · 1 point

Write it without a loop: a matrix product is a table of dot products, as you saw in lesson 00.
"""


# %% tags=["exercise"] exercise="01.1"
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
keys*. The sum runs over the keys, so each **row** has its own budget of 1.

**Predict before you run.** What will NumPy print, if you type the formula as it stands, for the
scores 1000 and 1001?
"""

# %%
large = np.array([1000.0, 1001.0])
with np.errstate(all="ignore"):  # NumPy would warn; here we want to see it happen
    print(np.exp(large) / np.exp(large).sum())

# %% [markdown]
r"""
$e^{1000}$ is larger than any number that a computer's float can hold. It becomes `inf`, and `inf /
inf` is `nan`, *not a number*. The way out costs one subtraction: take the row's largest score away
from all of its scores first. Numerator and sum shrink by the same factor, the share stays what it
was, and the largest exponent is 0.

### Exercise 01.2 · Shares that never overflow · ●○○ · 2 points
"""


# %% tags=["exercise"] exercise="01.2"
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
Four travellers stand between the stations and look in four directions. Here is who listens to whom.
Rows are queries, columns are keys, and each row sums to 1, up to rounding. Which two rows look the
most like a dictionary look-up? Does any column sum to 1?
"""

# %%
directions = ["east", "north", "west", "south"]
queries = 2.0 * np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])  # (n_q=4, d_k=2)
weights = attention_weights(agreement_scores(queries, keys))  # (4, 3)
axes = plot_weights(weights, directions, list(warmth), title="Each row is a budget of 1")
show(axes, "Weights of four queries over three keys: " + str(weights.round(2).tolist()))

# %% [markdown]
r"""
Those who look to the *east* and to the *west* each find one key that fits, and listen to little
else. Nobody stands in the south, so that query finds no key that agrees. It still has to spend its
budget: on east and west alike, and least on the north, which it disagrees with most. And no column
sums to 1: a key may be popular, or ignored by all.
"""

# %% [markdown]
r"""
## The blend

What a query gets is the sum of all values, each multiplied by its weight. That is a matrix product
again. The values may have a width of their own, $d_v$: a station can report several things.

### Exercise 01.3 · The whole look-up · ●●○ · 2 points

Put the three steps together: agree, weigh, blend. Use your two functions.
"""


# %% tags=["exercise"] exercise="01.3"
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
The same stations, now with two reports each: degrees and wind. The four travellers get four
answers.
"""

# %%
reports = np.array([[24.0, 3.0], [6.0, 9.0], [18.0, 5.0]])  # (n_k=3, d_v=2): degrees, wind
answers = soft_look_up(queries, keys, reports)  # (4, 2)
for direction, (degrees, wind) in zip(directions, answers, strict=True):
    print(f"{direction:5}  {degrees:4.1f} degrees, wind {wind:.1f}")

# %% [markdown]
r"""
You can now look up softly in anything that has keys and values. The rest of this lesson makes it
fit for training.

## Why divide by √d_k?

Our arrows had two entries. In a real model they have 64 or 128. Take queries and keys with random
entries of mean 0 and variance 1. (Where training starts, PyTorch's own `nn.Linear` makes it a
variance of a third, and every spread below a third of what you will see. How it grows is the same.)

**Predict before you run.** The *spread* is the standard deviation: how far from 0 a score
typically lies. With 4 entries it is about 2. What will it be with 64 entries: still 2, about 8, or
about 32?
"""

# %%
generator = torch.Generator().manual_seed(0)
for d_k in (1, 4, 16, 64, 256):
    q, k = torch.randn(2, 4000, d_k, generator=generator)  # 4000 random pairs
    print(f"d_k {d_k:3}   spread of the scores {(q * k).sum(dim=-1).std():4.1f}")

# %% [markdown]
r"""
Four times as many entries, twice the spread: it grows like $\sqrt{d_k}$. A dot product adds $d_k$
independent terms, each of variance 1. Variances of independent terms add up to $d_k$, and the
spread is the root of the variance.

And scores of 8 or 16 are a problem. You saw how a long query sharpens the choice; with scores this
large the softmax picks one key and ignores the rest. Not because it has learnt to, but because of
a width that somebody chose. So we will measure three ways to scale: by nothing, by $1/\sqrt{d_k}$
and by $1/d_k$.

We need a number that says how sharp a row of weights is. The **entropy** of a row is
$H = -\sum_j w_j \ln w_j$. Its exponential $e^H$ can be read as *a number of keys in use*: 1 if one
key has all the weight, $n_k$ if all share equally.
"""


# %%
def keys_in_use(weights: np.ndarray) -> np.ndarray:
    """The exponential of each row's entropy: weights (n_q, n_k) -> (n_q,), from 1 to n_k."""
    # In a computer a tiny weight is rounded to 0, and log(0) is no number: it counts as 0 here.
    logarithms = np.log(np.where(weights > 0, weights, 1.0))  # (n_q, n_k)
    return np.exp(-(weights * logarithms).sum(axis=-1))  # (n_q,)


rows = {"sure": [1.0, 0.0, 0.0, 0.0], "torn": [0.5, 0.5, 0.0, 0.0], "lost": [0.25] * 4}
for name, number in zip(rows, keys_in_use(np.array(list(rows.values()))), strict=True):
    print(f"{name}: {number:.1f} keys in use")

# %% [markdown]
r"""
Now the experiment. For each width and each scaling it draws 256 queries and 32 keys, and measures

1. the **spread** of the scaled scores;
2. how many of the 32 **keys are in use**, on average;
3. how strong a **gradient** reaches a query: what training would feel. We take the median, the
   query in the middle.

**Predict before you run.** One scaling makes all three curves nearly flat. Which one? And what do
the other two do to the gradient?
"""


# %%
def measure(scale: float, d_k: int, seed: int) -> tuple[float, float, float]:
    """Spread of the scores, keys in use, and the median length of a query's gradient."""
    generator = torch.Generator().manual_seed(seed)
    query = torch.randn(256, d_k, generator=generator, requires_grad=True)
    key, value = torch.randn(32, d_k, generator=generator), torch.randn(32, 16, generator=generator)
    scores = query @ key.T * scale  # (256, 32)
    weights = scores.softmax(dim=-1)  # (256, 32)
    asked_for = torch.randn(256, 16, generator=generator)  # the way a loss would pull each output
    (weights @ value * asked_for).sum().backward()
    gradient = query.grad.norm(dim=-1).median()
    return scores.std().item(), keys_in_use(weights.detach().numpy()).mean(), gradient.item()


# %% [markdown]
r"""
Five seeds for each point, so that you see how much is chance.
"""

# %%
widths = [1, 4, 16, 64, 256, 1024]
scalings = {"no scaling": 0.0, "1/√d": -0.5, "1/d": -1.0}  # the power of d_k
results = {
    name: np.array([[measure(d**power, d, seed) for seed in range(5)] for d in widths])
    for name, power in scalings.items()
}  # each (6 widths, 5 seeds, 3 measures)

# %%
figure, panels = plt.subplots(1, 3, figsize=(10, 3.6))
titles = ["1/√d keeps the spread", "1/√d uses some keys", "1/√d keeps the gradient"]
labels = ["spread of the scores", "keys in use, of 32", "gradient at a query (median)"]
ticks = [[0.1, 1, 10], [1, 2, 4, 8, 16, 32], [0.01, 0.1, 1]]
for measured, (panel, title, label) in enumerate(zip(panels, titles, labels, strict=True)):
    for name, style in zip(results, ("o-", "s-", "^-"), strict=True):
        seeds = results[name][:, :, measured].T  # (5 seeds, 6 widths)
        panel.plot(widths, seeds.mean(axis=0), style, label=name)
        panel.fill_between(widths, seeds.min(axis=0), seeds.max(axis=0), alpha=0.25)
    panel.set(xscale="log", yscale="log", xlabel="d_k", ylabel=label, title=title)
    panel.set_xticks(widths, widths, rotation=45)
    panel.set_yticks(ticks[measured], ticks[measured])
    panel.minorticks_off()
panels[0].legend()
show(figure, "Three panels against d_k from 1 to 1024. With 1/√d all three curves are nearly flat.")

# %%
for name, seeds in results.items():
    spread, keys_used, gradient = seeds[-1].mean(axis=0)  # the widest: d_k = 1024
    print(f"{name:10}  spread {spread:5.2f}   keys {keys_used:2.0f}   gradient {gradient:.2f}")

# %% [markdown]
r"""
Look at the right ends of the curves.

- **No scaling**: one key takes nearly everything, and the query in the middle feels almost no
  gradient. It has made up its mind by accident, and little can change it.
- **1/d**: the spread dies out, all 32 keys get the same weight, and the gradient shrinks as well:
  to look at everything equally is not to look.
- **1/√d**: as wide as you like, training starts from the same place. This is the choice of the
  Transformer paper (Vaswani et al., 2017).

Now look at the middle, at 16 and 64: there the gradient without scaling is *larger* than with 1/√d.
Larger scores pull harder, as long as several keys are still in the race. What fails first is the
number of keys in use: at 64 about 2 of 32 are left. The deep dive below shows where the gradient
goes, and why we took the median.

*A good place for a break.*

With $1/\sqrt{d_k}$ the formula is complete. Read it aloud: *agree, scale, softmax over the keys,
blend*.

$$\text{Attention}(Q, K, V) = \text{softmax}\!\left(\frac{Q K^\top}{\sqrt{d_k}}\right) V$$

$Q$ is `query` $(n_q, d_k)$, $K$ is `key` $(n_k, d_k)$, $V$ is `value` $(n_k, d_v)$; the answer is
$(n_q, d_v)$. $K^\top$ is $K$ with its last two axes turned, as `keys.T` above.
"""

# %% [markdown]
r"""
## The same in PyTorch, for any batch

From here on we use PyTorch, because it finds the gradients by itself. And we never look at one
sentence alone: a **batch** puts several in one tensor. All axes before the last two are such extra
axes, as many as you like: `(batch, n, d)`, and from lesson 02 on `(batch, heads, n, d)`. If you
count axes from the *end*, one function serves them all.

- `x.mT` turns the last two axes, whatever stands before them; `x.T` would turn all.
- `scores.softmax(dim=-1)` is your `attention_weights`: safe, along each row.
- `@` multiplies the last two axes and goes through the others in step.

### Exercise 01.4 · Scaled dot-product attention · ●●○ · 3 points

Give back two things: the output, and the weights, so that you can look at them.
"""


# %% tags=["exercise"] exercise="01.4"
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

The dot product runs over the entries of a query, so `d_k` is `query.shape[-1]`. The width of the
values does not matter here.

</details>
<details><summary>Hint 3: nearly there</summary>

Three lines: scores divided by `d_k ** 0.5`; their softmax with `dim=-1`; then `return weights @
value, weights`.

</details>
"""

# %% tags=["check"] exercise="01.4"
check("01.4", attention, points=3)

# %% [markdown]
r"""
Does it agree with the function that PyTorch's own models call? We ask with sizes that are all
different, so that no mistake can hide behind two equal axes.
"""

# %%
torch.manual_seed(0)
query, key = torch.randn(2, 3, 4, 6), torch.randn(2, 3, 5, 6)  # (batch, heads, n_q or n_k, d_k)
value = torch.randn(2, 3, 5, 7)  # (batch, heads, n_k, d_v)
output, weights = attention(query, key, value)
expected = torch.nn.functional.scaled_dot_product_attention(query, key, value)
print("output", tuple(output.shape), "  weights", tuple(weights.shape))
print("equal to PyTorch's own:", torch.allclose(output, expected, atol=1e-6))

# %% [markdown]
r"""
## "I love Tokyo"

Where do queries, keys and values come from? In **self-attention** all three come from the same
tokens. A token is what the model reads as one piece, here a word. Each token is a row of numbers
$x$ of width $d_{model}$, and three matrices give it three roles:

$$Q = X W_q \qquad K = X W_k \qquad V = X W_v$$

A model *learns* these matrices. We choose them by hand, so small that you can check everything
with a pencil. Each token gets four features.
"""

# %%
tokens = ["I", "love", "Tokyo"]
features = ["person", "action", "place", "time"]  # d_model = 4
x = torch.tensor(
    [
        [1.0, 0.0, 0.0, 0.0],  # I: a person
        [0.0, 1.0, 0.0, 0.0],  # love: an action
        [0.0, 0.0, 1.0, 0.0],  # Tokyo: a place
    ]
)  # (n=3, d_model=4)

# %% [markdown]
r"""
Every token can be found by what it is, so $W_k$ changes nothing. It hands on what it is, so $W_v$
changes nothing either. The *questions* are the interesting part: a person and a place ask for the
action, and an action asks for a person and a place. How strongly? We choose $2 \ln 3$ for a reason
that you will see at once.
"""

# %%
strength = 2 * np.log(3.0)
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
**Work it out by hand before you go on.** Where a question meets what it asks for, the dot product
is $2 \ln 3$. Divided by $\sqrt{d_k} = \sqrt 4 = 2$ it is $\ln 3$, and $e^{\ln 3} = 3$. Everywhere
else the score is 0, and $e^0 = 1$. So *love* has the three numbers 3, 1, 3. What are its three
weights? And those of *I*?

### Exercise 01.5 · A sentence that looks at itself · ●●● · 3 points

First make the three: queries, keys and values. (A product with such a matrix is called a
*projection*.) Then let them attend, with your `attention`.
"""


# %% tags=["exercise"] exercise="01.5"
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
output, weights = self_attention(x, w_q, w_k, w_v)  # (3, 4), (3, 3)
for token, row in zip(tokens, weights, strict=True):
    print(f"{token:6}", row.numpy().round(3))

# %% [markdown]
r"""
*love* has the weights 3/7, 1/7, 3/7, and *I* has 1/5, 3/5, 1/5: your pencil and the computer
agree. Here is the same as a picture that you can touch. Move over a word, or use the arrow keys,
to see where it looks.
"""

# %% tags=["explore"]
show_attention(weights, tokens, title="I love Tokyo: who looks at whom?")

# %% [markdown]
r"""
And what has *love* become? Its output is a blend of what the three tokens hand on.
"""

# %%
for feature, before, after in zip(features, x[1], output[1], strict=True):
    print(f"{feature:7} {before:.2f} -> {after:.2f}")

# %% [markdown]
r"""
It was an action and nothing else. Now a person and a place have come in: *love* carries its
sentence with it. That is what attention does in every model you will meet: it lets each token take
in what it needs from the others. (Its own share has shrunk to a seventh. In lesson 06 a token
keeps itself as well: there the output is *added* to it.)

**Try it.** Change the third row of `w_q` so that *Tokyo* asks for the person instead, and run the
cells from there again; the text beside them then speaks of the old one. Or shuffle `tokens` and
the rows of `x` in the same way: does *love* still find the same words? (It does, and that is a
problem for lesson 03: the order of the words makes no difference.)

**What we built.** Open [`attn/core.py`](../lib/attn/core.py): there is your function, a little
more polite. It checks its input, and it knows masks, which are the subject of lesson 05.
"""

# %%
from attn import scaled_dot_product_attention

library_output, _ = scaled_dot_product_attention(x @ w_q, x @ w_k, x @ w_v)
print("the library's function gives the same:", torch.allclose(library_output, output, atol=1e-6))

# %% [markdown] tags=["deep-dive"]
r"""
## Deep dive: the gradient through the softmax

Nothing in later lessons needs this section. It answers two questions: why do large scores stop
training, and why did the experiment show the median?

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
**Median or mean?** Without scaling, most queries feel nothing, but a few stand between two nearly
equal keys, and those feel a gradient that grows with the length of the keys. The *mean* over
queries hides the many behind the few. Measure it: the share of the whole gradient that the loudest
tenth of the queries has.
"""

# %%
for name, power in scalings.items():
    generator = torch.Generator().manual_seed(0)
    query = torch.randn(256, 1024, generator=generator, requires_grad=True)
    key = torch.randn(32, 1024, generator=generator)
    pull = torch.randn(256, 32, generator=generator)
    ((query @ key.T * 1024**power).softmax(dim=-1) * pull).sum().backward()
    lengths = query.grad.norm(dim=-1).sort(descending=True).values  # (256,)
    share = lengths[:26].sum() / lengths.sum()
    print(f"{name:10}  the loudest tenth has {share:.0%} of the gradient")

# %% [markdown]
r"""
**Why the variance is $d_k$.** Let the entries of $q$ and $k$ be independent, with mean 0 and
variance 1. One term $q_i k_i$ has mean $E[q_i]\,E[k_i] = 0$ and variance $E[q_i^2]\,E[k_i^2] = 1$.
The $d_k$ terms are independent, so their variances add: $\text{Var}(q \cdot k) = d_k$. Divided by
$\sqrt{d_k}$ the variance is 1. A footnote in section 3.2.1 of the Transformer paper says this. The
sentence above it only *suspects*, in the authors' own word, that large dot products push the
softmax to where its gradients are extremely small. You have just measured it.

**Where it comes from.** A weighted mean of values, with weights from the similarity of keys, is
older than neural networks: Nadaraya and Watson used it in 1964 to draw a smooth curve through
points. Bahdanau, Cho and Bengio (2014) brought attention to translation and computed the agreement
with a small network. Luong, Pham and Manning (2015) compared several ways, the plain dot product
among them. Vaswani et al. (2017) added the scaling and built a whole model of it. In their base
model $d_{model} = 512$ and $d_k = d_v = 64$.

**A caution.** The weights show where a model *looked*, not why it *decided*. Whether they explain
a decision is disputed (Jain and Wallace, 2019; Wiegreffe and Pinter, 2019).
"""

# %% [markdown]
r"""
## The quiz

Eight questions. You may answer again as often as you like, and every answer tells you something.
"""

# %% tags=["quiz"]
quiz("01")

# %% [markdown]
r"""
## In five lines

1. Attention compares a query with every key and blends the values: a dictionary that never says no.
2. Scores are dot products: `query @ key.mT`, queries down and keys across.
3. A softmax along each **row** makes weights: every query has a budget of 1.
4. Scores spread like $\sqrt{d_k}$; dividing by it keeps the weights soft enough to learn. Nothing
   and $d_k$ both fail.
5. In self-attention, three matrices make queries, keys and values from the same tokens.

**Words learnt**: query, key, value, score, weight, softmax over keys, entropy, scaling, batch
axes, token, projection, self-attention.

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
  9(1). doi [10.1137/1109020](https://doi.org/10.1137/1109020)
"""
