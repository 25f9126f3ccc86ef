# %% [markdown]
r"""
# 03 · Where am I? Positions

**By the end you can**

1. show in three lines that attention by itself does not know the order of its tokens;
   <!-- quiz: shuffle -->
2. write sinusoidal positions, and derive and check the matrix that moves them along by k places;
   <!-- quiz: third-hand -->
3. add a distance to the scores (ALiBi), and turn queries and keys (rotary);
   <!-- quiz: alibi-cache -->
4. say what goes wrong when the two rotary pairings are confused; <!-- quiz: pairings -->
5. choose a method by what a task asks, and by the lengths it will meet.
   <!-- quiz: left-and-right -->

*About 70 minutes with the quiz, and a good place for a break half way; 20 minutes more for
"Going further", which is optional · needs
[01 · Attention is a soft look-up](01_attention_is_a_soft_lookup.ipynb) and
[02 · Many heads](02_many_heads.ipynb) · builds `attn.positions`*

> **In one breath.** In attention everybody hears everybody, but nobody knows who sits where. So we
> give out seat numbers, or tell each listener how far away a voice is, or let everybody face a
> little further round than the neighbour before.
"""

# %%
import math
from copy import deepcopy
from itertools import permutations

import matplotlib.pyplot as plt
import torch
from torch import nn

from attn import MultiHeadAttention, scaled_dot_product_attention
from attn import positions as library
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

recall("03")


# %% tags=["recall"]
# From memory: the split into heads. Then check("02.1", from_memory, points=0)
### BEGIN SOLUTION
def from_memory(x, num_heads):
    batch, n, d_model = x.shape
    return x.view(batch, n, num_heads, d_model // num_heads).transpose(1, 2)


check("02.1", from_memory, points=0)
### END SOLUTION

# %% [markdown]
r"""
## Shuffle the words

*dog bites man* is no news. *man bites dog* is. Here are three tokens as random rows, and the same
three in another order: `x[order]` picks the rows of `x` in that order.

**Predict before you run.** Only the order changes. What happens to the answer that *bites* gets:
the same numbers, slightly different ones, or quite different ones?
"""

# %%
x = torch.randn(3, 8, generator=torch.Generator().manual_seed(0))  # (n=3, d_model=8)
order = [2, 1, 0]  # man bites dog
output, _ = scaled_dot_product_attention(x, x, x)  # (3, 8)
shuffled, _ = scaled_dot_product_attention(x[order], x[order], x[order])  # (3, 8)
print("bites in dog bites man:", output[1, :4].numpy().round(2))
print("bites in man bites dog:", shuffled[1, :4].numpy().round(2))

# %% [markdown]
r"""
The same numbers: to *bites*, both sentences are one bag of words, because a sum over keys does not
care about the order of its terms. Projections and heads don't help: a projection treats each token
by itself, and each head is a sum over keys again. Let us assert it, for all six orders.
"""

# %%
torch.manual_seed(0)
layer = MultiHeadAttention(8, num_heads=2)  # from lesson 02: projections, two heads, one more mix
answers = layer(x[None]).output  # (batch=1, n=3, d_model=8); one argument: it looks at itself
for row_order in permutations(range(3)):
    row_order = list(row_order)
    again = layer(x[None, row_order]).output
    assert torch.allclose(again, answers[:, row_order], atol=1e-6)
print("six orders, and the answers only shuffle along")

# %% [markdown]
r"""
Shuffle first and attend, or attend first and shuffle: the same. This is called **permutation
equivariance**. For a sentence it has to be broken on purpose. The crudest way is to add to each
token the number of its place. But that number grows: at place 500 it drowns features of size 1. We
need numbers that stay small and still differ from place to place.

## A clock with many hands

A clock does that. Each of its hands comes round again and again, but *together* they tell all times
apart. Give each place $p$ a clock with $d_{model} / 2$ hands. Hand $i$, counted from 0, has turned
by an angle of

$$\text{angle}_{p,i} = p \cdot \text{rate}_i
\qquad \text{rate}_i = \frac{1}{10000^{\,2i / d_{model}}}$$

and its sine and cosine become two features that stand side by side:

$$P_{p,\,2i} = \sin(\text{angle}_{p,i}) \qquad P_{p,\,2i+1} = \cos(\text{angle}_{p,i})$$

Read aloud: *hand i of place p has turned p times its rate; its sine is feature 2i, its cosine is
feature 2i + 1*. The table $P$ has the shape `(n, d_model)`, and is added to the tokens.

By hand, with $d_{model} = 4$: there are two hands. Their rates are $1 / 10000^0 = 1$ and
$1 / 10000^{2/4} = 1 / 100$. Place 0 is $(0, 1, 0, 1)$. Place 1 is
$(\sin 1, \cos 1, \sin 0.01, \cos 0.01) \approx (0.84, 0.54, 0.01, 1.00)$. Angles are in radians: a
full turn is $2\pi \approx 6.28$.

### Claim, measured: you can type the formula as articles print it

Many articles print the formula as if it were code: `sin(pos/10000^(2i/d_model))`.

**Predict before you run.** What does Python make of `10000 ^ 2`: 100000000, 10002, or an error?
"""

# %%
print("10000 ** 2 =", 10000**2, "   10000 ^ 2 =", 10000 ^ 2)
try:
    print(10000 ^ 0.5)
except TypeError as error:
    print("10000 ^ 0.5:", error)

# %% [markdown]
r"""
In Python `^` compares two whole numbers bit by bit (*exclusive or*); a power is `**`. With a
fraction `^` stops, and you are lucky. With two whole numbers it goes on in silence.

### Exercise 03.1 · A clock for each place · ●○○ · 2 points

Two lines are missing: the rates, and all angles in one table called `angle`. PyTorch builds a table
from a column and a row: `(n, 1) * (m,)` gives `(n, m)`, each with each. The given lines lay out
sines and cosines: `table[:, 0::2]` is every second column, from column 0 on.
"""


# %% tags=["exercise"] exercise="03.1"
def sinusoidal_positions(n: int, d_model: int) -> torch.Tensor:
    """A clock for each place: sines on even features, cosines on odd ones.

    n places 0, 1, ..., n - 1; d_model even -> table (n, d_model)
    """
    even = torch.arange(0, d_model, 2)  # (d_model / 2,): 0, 2, 4, ..., this is 2i for each hand
    ### BEGIN SOLUTION
    rate = 1 / 10000.0 ** (even / d_model)  # (d_model / 2,)
    angle = torch.arange(n)[:, None] * rate  # (n, d_model / 2)
    ### END SOLUTION
    table = torch.zeros(n, d_model)
    table[:, 0::2] = angle.sin()
    table[:, 1::2] = angle.cos()
    return table


# %% [markdown] tags=["hint"] exercise="03.1"
r"""
<details><summary>Hint 1: the rates first</summary>

`even` holds the numbers $2i$, already doubled, one for each hand. Divide them by `d_model`, and you
have the exponents. One power and one division more give all rates at once, `(d_model / 2,)`.

</details>
<details><summary>Hint 2: the angles</summary>

`torch.arange(n)[:, None]` is a column of places, `(n, 1)`. Times the rates it is a table of all
angles, `(n, d_model / 2)`.

</details>
"""

# %% tags=["check"] exercise="03.1"
check("03.1", sinusoidal_positions, points=2)

# %% tags=["demo"]
figure, axes = plt.subplots(figsize=(6.5, 4))
image = axes.imshow(sinusoidal_positions(64, 32), cmap="RdBu_r", vmin=-1, vmax=1, aspect="auto")
axes.set(xlabel="feature", ylabel="place", title="Fast hands on the left, slow ones on the right")
axes.set_xticks(range(0, 32, 4))
axes.grid(False)
figure.colorbar(image, label="sine or cosine")
show(figure, "64 places by 32 features. The left columns swing fast, the right ones hardly change.")

# %% [markdown]
r"""
Each row is one place. Follow a column down: on the left it swings every few places, on the right it
hardly moves within 64.

### Turn the clocks

Here are the four hands for $d_{model} = 8$. How to read one: a hand at angle 0 points straight up,
and it turns clockwise. How far its tip lies to the right is the sine, how far up is the cosine.
Blue is place $p$, orange is $k$ places later. Hold $k$ and move $p$. What happens to the *angle
between* blue and orange?
"""


# %% tags=["explore"]
def clocks(p: int, k: int):
    figure, panels = plt.subplots(1, 4, figsize=(8.5, 2.9))
    for i, panel in enumerate(panels):
        rate = 10000 ** (-2 * i / 8)
        panel.add_patch(plt.Circle((0, 0), 1, fill=False, color="#BBBBBB"))
        for place, colour, width in ((p + k, "#D55E00", 7), (p, "#0072B2", 2.5)):
            hand = (math.sin(place * rate), math.cos(place * rate))
            panel.plot([0, hand[0]], [0, hand[1]], color=colour, lw=width)
        panel.set(xlim=(-1.1, 1.1), ylim=(-1.1, 1.1), aspect="equal", xlabel="sine")
        panel.set_title(f"hand {i}, rate {rate:g}", fontsize=10)
    panels[0].set_ylabel("cosine")
    figure.suptitle(f"From place {p} (blue) to place {p + k} (orange)", fontweight="bold")
    return show(figure, f"Four clocks with rates 1, 0.1, 0.01, 0.001, at places {p} and {p + k}.")


explore(clocks, p=(0, 100, 1, 12), k=(0, 30, 1, 5))

# %% [markdown]
r"""
The angle between blue and orange is $k \cdot \text{rate}_i$, wherever $p$ is. So *k places later*
is always the same turn.

## A shift is one matrix

Can a model read such a turn? It has matrix products to work with. Take one hand at angle $a$, and
let $\delta = k \cdot \text{rate}_i$ be the turn. You may remember two identities from school:

$$\sin(a + \delta) = \sin a \cos \delta + \cos a \sin \delta \qquad
\cos(a + \delta) = \cos a \cos \delta - \sin a \sin \delta$$

On the left stands the later hand. On the right are the two numbers that the table holds, $\sin a$
and $\cos a$, each times a number that knows only the turn. Such a sum is a row times a matrix:

$$\big(\sin(a + \delta),\ \cos(a + \delta)\big) = \big(\sin a,\ \cos a\big)
\begin{pmatrix} \cos\delta & ? \\ \sin\delta & ? \end{pmatrix}$$

Read aloud: *the later hand is the earlier hand times a matrix that knows the turn, but not the
place*. The first column makes the new sine, and is the first identity read off. All hands together
need one such block each, along the diagonal of a large matrix of zeros.

### Exercise 03.2 · The matrix that moves by k · ●●○ · 2 points

One line is missing: a hand's `block`, two rows of two numbers. Its first column stands above; the
second is yours. Then `table[p] @ shift` is `table[p + k]` for every place `p`.
"""


# %% tags=["exercise"] exercise="03.2"
def shift_matrix(k: int, d_model: int) -> torch.Tensor:
    """The linear map from the clock of any place to the clock k places later.

    k places, d_model even -> shift (d_model, d_model), with table[p] @ shift = table[p + k]
    """
    blocks = []
    for i in range(d_model // 2):
        delta = k / 10000 ** (2 * i / d_model)  # by how much hand i turns
        sine, cosine = math.sin(delta), math.cos(delta)
        ### BEGIN SOLUTION
        block = torch.tensor([[cosine, -sine], [sine, cosine]])  # (2, 2)
        ### END SOLUTION
        blocks.append(block)
    return torch.block_diag(*blocks)  # (d_model, d_model)


# %% [markdown] tags=["hint"] exercise="03.2"
r"""
<details><summary>Hint 1: the second column</summary>

It makes the new cosine. Its upper number is what $\sin a$ is multiplied by in the second identity,
its lower number is what $\cos a$ is multiplied by. Mind that this identity names $\cos a$ first.

</details>
<details><summary>Hint 2: how to write it</summary>

`block = torch.tensor([[…, …], […, …]])`: two rows of two numbers, made of `sine` and `cosine`. The
cosines stand on the diagonal, and one of the sines has a minus.

</details>
"""

# %% tags=["check"] exercise="03.2"
check("03.2", shift_matrix, points=2)

# %%
table = sinusoidal_positions(100, 16)  # (100 places, d_model=16)
for k in (1, 7, 50):
    error = (table[:-k] @ shift_matrix(k, 16) - table[k:]).abs().max()  # every place at once
    print(f"k {k:2}   largest error over {100 - k} places: {error:.3f}")

# %% [markdown]
r"""
Derived, and checked: one matrix serves all places. So a head *can* learn to look $k$ back. The dot
product of two clocks is largest where they agree. So its projection of the queries has to turn
their clocks $k$ places back, and to make them longer, or the softmax sees little difference.
Whether training finds that is another question, and we will measure it.

## Or learn the table

Instead of waves, the table can be made of parameters: one row for each place, learned like
everything else. BERT does so, with 512 rows. Here are 16 rows, and 17 tokens.
"""

# %%
learned = library.LearnedPositions(16, d_model=8)
print("16 tokens:", tuple(learned(torch.zeros(1, 16, 8)).shape))
try:
    learned(torch.zeros(1, 17, 8))
except ValueError as error:
    print("17 tokens:", error)

# %% [markdown]
r"""
There is no row 16 (they count from 0). And if the table were longer, the rows that training never
reached would still hold the random numbers of the start.

*A good place for a break.*

## Or bend the scores

Often it does not matter *where* two tokens stand, but *how far apart*. So leave the tokens alone,
and add a number to each scaled score, before the softmax. It is called a **bias**. It has nothing
to do with the bias of `nn.Linear`, which is added to features. In this section $h$ counts heads,
and $i$ and $j$ are *places*: the query stands at $i$, the key at $j$.

$$\text{scores}_{h,i,j} = \frac{q_i \cdot k_j}{\sqrt{d_k}} + \text{bias}_{h,i,j}$$

Read aloud: *agreement, plus a number for the head and the two places*. First the distances. Let 2
queries meet 5 keys. That happens when a model writes one word after the other and keeps the keys of
earlier words (lesson 13). Then the queries are the **last** places, 3 and 4, not 0 and 1. That is
a rule of this library.
"""

# %%
print(library.relative_positions(2, 5))  # (n_q=2, n_k=5): key's place minus query's place

# %% [markdown]
r"""
Each row has its 0 where the query itself stands; negative is to the left. Two well-known biases:

- **T5** learns one number for each head and each *bucket* of distances. Near distances have buckets
  of their own, far ones share. (T5 itself leaves out the division by $\sqrt{d_k}$.)
- **ALiBi** learns nothing. Each head $h$ has a fixed $\text{slope}_h$, and subtracts slope times
  distance from the score: $\text{bias}_{h,i,j} = -\,\text{slope}_h \cdot |i - j|$. Near keys are
  heard louder.

### Exercise 04.1 · ALiBi · ●●○ · 2 points

The places of the keys are given. Mind where the queries stand.
"""


# %% tags=["exercise"] exercise="04.1"
def alibi_bias(slopes: torch.Tensor, n_q: int, n_k: int) -> torch.Tensor:
    """Minus slope times distance, where the queries are the last n_q of the n_k places.

    slopes (heads,), n_q at most n_k -> bias (heads, n_q, n_k)
    """
    key_place = torch.arange(n_k)  # (n_k,)
    ### BEGIN SOLUTION
    query_place = torch.arange(n_k - n_q, n_k)[:, None]  # (n_q, 1)
    distance = (key_place - query_place).abs()  # (n_q, n_k)
    return -slopes[:, None, None] * distance  # (heads, n_q, n_k)
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="04.1"
r"""
<details><summary>Hint 1: where do the queries stand?</summary>

With 2 queries and 5 keys they stand at 3 and 4. Which number does the first one have, in terms of
`n_q` and `n_k`? `torch.arange(first, n_k)` counts on from there.

</details>
<details><summary>Hint 2: a column and a row</summary>

Put the places of the queries in a column, `[:, None]`. A row minus a column is a table
`(n_q, n_k)`; `.abs()` drops signs.

</details>
<details><summary>Hint 3: one table for each head</summary>

You have `(heads,)` and `(n_q, n_k)`, and want `(heads, n_q, n_k)`. `slopes[:, None, None]` is
`(heads, 1, 1)`: now every slope meets the whole table.

</details>
"""

# %% tags=["check"] exercise="04.1"
check("04.1", alibi_bias, points=2)

# %% tags=["demo"]
slopes = 0.5 ** torch.arange(1, 9)  # (8,): 1/2, 1/4, ..., 1/256, the paper's for eight heads
bias = alibi_bias(slopes, 41, 41)  # (8, 41, 41)
figure, axes = plt.subplots()
for head in (0, 2, 4, 6):
    weights = bias[head, 20].softmax(dim=-1)  # (41,): a query in the middle, all scores equal
    axes.plot(range(-20, 21), weights, label=f"slope 1/{round(1 / slopes[head].item())}")
axes.set(xlabel="place of the key, seen from the query", ylabel="weight")
axes.set_title("Each head is short-sighted to its own degree")
axes.legend()
show(axes, "Weights against distance for four slopes: the larger the slope, the sharper the peak.")

# %% [markdown]
r"""
The curves are symmetric. From the bias alone, *one to the left* and *one to the right* look the
same. In its paper ALiBi serves models in which nobody sees what is to the right; there this does
not hurt. Keep it in mind for the experiment.

## Or turn query and key

A clock is *added* to a token, and mixes with it. **Rotary** positions take the turn and leave the
clock out: cut the features of a query into pairs, see each pair as an arrow in the plane, and turn
it by place times rate. Do the same with the keys. Move the two sliders *together*, one step each.
What does the score do? Then swap the places of query and key.
"""


# %% tags=["explore"]
def turned_arrows(query_place: int, key_place: int):
    figure, axes = plt.subplots(figsize=(4.6, 4))
    angles = {"query": 1.4 + 0.3 * query_place, "key": 0.5 + 0.3 * key_place}  # rate 0.3
    for (name, angle), colour in zip(angles.items(), ("#D55E00", "#0072B2"), strict=True):
        tip = (math.cos(angle), math.sin(angle))
        style = {"arrowstyle": "->", "lw": 3, "color": colour, "shrinkA": 0, "shrinkB": 0}
        axes.annotate("", tip, (0, 0), arrowprops=style)
        axes.text(1.2 * tip[0], 1.2 * tip[1], name, ha="center", va="center", color=colour)
    axes.set(xlim=(-1.5, 1.5), ylim=(-1.5, 1.5), aspect="equal")
    axes.set(xlabel="feature 0", ylabel="feature 1")
    score = math.cos(angles["query"] - angles["key"])
    side = "ahead" if key_place > query_place else "back"
    axes.set_title(f"Score {score:.2f}: key {abs(key_place - query_place)} places {side}")
    return show(figure, f"Query at place {query_place}, key at {key_place}: score {score:.2f}.")


explore(turned_arrows, query_place=(0, 20, 1, 3), key_place=(0, 20, 1, 1))

# %% [markdown]
r"""
The dot product of two arrows depends on the angle *between* them. Turn both by the same amount and
nothing changes. But with the query at 3 and the key at 1 the score is 0.07, and at 1 and 3 it is
0.96, because the arrows differ before they are turned. So the score knows how far apart the places
are and on which side, and knows nothing else of them. A pair $(a, b)$ that is turned by the angle
$\theta = p \cdot \text{rate}$ becomes

$$(a \cos\theta - b \sin\theta,\ \ a \sin\theta + b \cos\theta)$$

Read aloud: *a turn mixes the two numbers of a pair, and keeps the arrow's length*. Mind the sense:
the hands of 03.2 turn clockwise, as on a clock; these arrows turn the other way round, as in school
geometry. So the minus stands elsewhere, and the block of 03.2 does not fit here.

The pairs are features (0, 1), (2, 3), … They turn at the clock's rates, now within a head: pair
$i$, counted from 0 as the hands were, at $1 / 10000^{2i/d_{head}}$.

### Exercise 04.2 · Turn the pairs · ●●○ · 3 points

The angles are given: they are those of 03.1. `torch.stack((a, b), dim=-1)` lays two tensors side by
side in a new last axis, and `.flatten(-2)` joins the last two axes to one. Together they deal two
tensors out in turn: a, b, a, b, …
"""


# %% tags=["exercise"] exercise="04.2"
def apply_rotary(x: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
    """Turn the pairs (0, 1), (2, 3), ... of each row by its place times the pair's rate.

    x (..., n, d_head), d_head even; positions (n,) -> turned (..., n, d_head)
    """
    d_head = x.shape[-1]
    rate = 1 / 10000.0 ** (torch.arange(0, d_head, 2) / d_head)  # (d_head / 2,)
    angle = positions[:, None] * rate  # (n, d_head / 2): lines up with every second feature
    ### BEGIN SOLUTION
    a, b = x[..., 0::2], x[..., 1::2]  # (..., n, d_head / 2) each
    turned_a = a * angle.cos() - b * angle.sin()
    turned_b = a * angle.sin() + b * angle.cos()
    return torch.stack((turned_a, turned_b), dim=-1).flatten(-2)  # (..., n, d_head)
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="04.2"
r"""
<details><summary>Hint 1: the pairs</summary>

`x[..., 0::2]` holds the first number of each pair, `x[..., 1::2]` the second. The three dots mean
*all axes before*. Both are `(..., n, d_head / 2)`, and so line up with the angles.

</details>
<details><summary>Hint 2: back to the order of before</summary>

The two halves of the formula give two tensors, made with `angle.cos()` and `angle.sin()`. They have
to stand in turn again: `torch.stack(…, dim=-1).flatten(-2)`.

</details>
"""

# %% tags=["check"] exercise="04.2"
check("04.2", apply_rotary, points=3)

# %% [markdown]
r"""
## Two pairings, and a trap

Which features make a pair? The paper pairs neighbours: (0, 1), (2, 3), … This is **interleaved**.
Other code pairs the first half with the second: (0, d/2), (1, d/2 + 1), … This is **half-split**.
Meta's own Llama code does the first; the `transformers` library does the second for Llama 1 to 3,
and the first for Llama 4. Each is fine by itself. The trap is to load weights that were trained
with one into code that does the other.

Here is a head that looks one place back, made by hand: every key is `u`, every query is `u` turned
back by one place. So the query of place $p$ fits best where it meets the key of place $p - 1$.
"""

# %%
u = torch.tensor([3.0, 0.0, 1.0, 0.0]).expand(6, 4)  # (n=6, d_head=4), the same in every row
keys, queries = u, library.apply_rotary(u, torch.full((6,), -1))  # (6, 4) each

# %% tags=["demo"]
figure, panels = plt.subplots(1, 2, figsize=(8.6, 3.8))
for panel, interleaved in zip(panels, (True, False), strict=True):
    turned = (library.apply_rotary(t, interleaved=interleaved) for t in (queries, keys))
    weights = (next(turned) @ next(turned).mT / 2).softmax(dim=-1)  # (6, 6)
    title = "Interleaved: one place back" if interleaved else "Half-split: it looks at itself"
    plot_weights(weights, [*"012345"], title=title, ax=panel)
show(
    figure,
    "Left: queries 1 to 5 look one place back. Right, with the other pairing, at themselves.",
)

# %% [markdown]
r"""
Look at the bright cells. On the left, queries 1 to 5 look one place back. On the right the same
numbers, in the other pairing, look at themselves. Nothing crashes, and all shapes are right: such a
model only talks nonsense. (Query 0 has nobody before it. On the left it finds place 5: six places
on from place −1, a hand of rate 1 is nearly round, since 6 is nearly $2\pi$.)

The way out: put the features into the other order, once, in the weights of the projections. The
same order for queries and keys leaves every dot product as it was. In *Going further* you write it.

**What we built.** Open [`attn/positions.py`](../lib/attn/positions.py): three of your functions are
there, a little more polite (`alibi_bias` finds the slopes itself).
"""

# %%
q = torch.randn(2, 5, 8, generator=torch.Generator().manual_seed(0))  # (heads=2, n=5, d_head=8)
pairs = {
    "sinusoidal_positions": (sinusoidal_positions(9, 8), library.sinusoidal_positions(9, 8)),
    "alibi_bias": (alibi_bias(slopes, 3, 5), library.alibi_bias(8, 3, 5)),
    "apply_rotary": (apply_rotary(q, torch.arange(5)), library.apply_rotary(q)),
}
for name, (yours, theirs) in pairs.items():
    assert torch.allclose(yours, theirs, atol=1e-5)
    print(f"{name}: equal")

# %% [markdown]
r"""
## Claim, measured: "sin/cos is *relative* position encoding"

So articles say, since the clocks turn by the same angle for the same distance. Measure it: the same
sentence at places 0 to 5, and at 100 to 105. If only distances count, the weights stay.

**Predict before you run.** For which of the two do they stay: sinusoidal, rotary, both?
"""


# %%
def weights_at(start: int, method: str, seed: int) -> torch.Tensor:
    """Weights of a random head over a random sentence that begins at `start` -> (6, 6)."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(6, 16, generator=generator)  # (n=6, d_model=16)
    w_q, w_k = torch.randn(2, 16, 16, generator=generator) / 4  # (16, 16) each
    if method == "sinusoidal":
        x = x + library.sinusoidal_positions(6, 16, start=start)
    q, k = x @ w_q, x @ w_k
    if method == "rotary":
        places = torch.arange(start, start + 6)
        q, k = library.apply_rotary(q, places), library.apply_rotary(k, places)
    return (q @ k.mT / 4).softmax(dim=-1)


for method in ("sinusoidal", "rotary"):
    changes = [
        (weights_at(100, method, s) - weights_at(0, method, s)).abs().max() for s in range(5)
    ]
    print(f"{method:10}  largest change of a weight, 5 seeds:", *(f"{c:.2f}" for c in changes))

# %% [markdown]
r"""
With rotary positions nothing changes, as far as two decimals show. With sinusoidal ones, weights
change by 0.15 to 0.47, of a budget of 1: same words, same distances, another answer. They are
**absolute** codes, from which a shift can be *read* by a matrix. The paper claims no more: its
authors *hypothesized* that this would make relative positions easy to learn (section 3.5). T5's
bias and ALiBi are relative like rotary: they never see a place, only a distance.
"""

# %% [markdown]
r"""
## Train short, test long

Which of them should you take? One small task, all methods, lengths never seen in training. A row
holds letters and blanks: six places in ten are blank. Two questions are asked at once:

- **left**: which letter stands directly before me? (asked where there is one)
- **nearest**: which letter is nearest to me? (asked at blanks; where two are equally near, it is
  not asked)

Three cells of code follow: task, model, training. Run them, and leave the reading for later if you
like; the outcome needs none of it. Look at the example under the first. A dot is a blank in the
row, and *not asked* in the answers.
"""


# %%
def draw(rows: int, n: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Tokens (rows, n), 0 is a blank; answers (rows, n, 2) to left, nearest; 0 is "not asked"."""
    letters = torch.randint(1, 8, (rows, n), generator=generator)
    tokens = letters * (torch.rand(rows, n, generator=generator) < 0.4)  # (rows, n)
    left = tokens.roll(1, dims=1)
    left[:, 0] = 0  # nobody stands before the first
    distance = library.relative_positions(n).abs()  # (n, n)
    distance = distance.where((tokens > 0)[:, None, :], 10_000)  # (rows, n, n): letters only
    first, second = distance.topk(2, largest=False).values.unbind(-1)  # (rows, n) each
    nearest = tokens.gather(1, distance.argmin(dim=-1))  # (rows, n)
    nearest[(first == second) | (tokens > 0)] = 0
    return tokens, torch.stack((left, nearest), dim=-1)


tokens, answers = draw(1, 12, torch.Generator().manual_seed(2))
for name, row in {"row": tokens[0], "left": answers[0, :, 0], "nearest": answers[0, :, 1]}.items():
    print(f"{name:8}", " ".join(".abcdefg"[t] for t in row))

# %% [markdown]
r"""
The model is one layer of attention from lesson 02, with 8 heads of width 8, and nothing around it.
Everybody sees everybody. In `forward`, each method enters at its own place.
"""


# %%
class Reader(nn.Module):
    """Tokens in, attention with one kind of positions, two answers out."""

    def __init__(self, method: str) -> None:
        super().__init__()
        self.method = method
        self.embed = nn.Embedding(8, 64)  # a learned row for each of 8 tokens
        self.attend = MultiHeadAttention(64, num_heads=8, rotary=method == "rotary")
        self.answer = nn.Linear(64, 16)
        self.places = library.LearnedPositions(128, 64)
        self.bias = library.RelativePositionBias(num_heads=8)  # T5's

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """tokens (rows, n) -> scores of the letters (rows, n, 2 questions, 8)."""
        x, bias, n = self.embed(tokens), None, tokens.shape[1]  # x (rows, n, 64)
        if self.method == "sinusoidal":
            x = x + library.sinusoidal_positions(n, 64)
        elif self.method == "learned":
            x = self.places(x)
        elif self.method in ("T5 bias", "ALiBi"):
            bias = self.bias(n) if self.method == "T5 bias" else library.alibi_bias(8, n)
        output = self.attend(x, bias=bias, need_weights=False).output  # (rows, n, 64)
        return self.answer(output).unflatten(-1, (2, 8))


# %%
def train(method: str, seed: int) -> tuple[Reader, torch.Generator]:
    """200 steps on rows of 16 tokens; the model, and the generator to draw more rows."""
    torch.manual_seed(seed)
    model, generator = Reader(method), torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(200):
        tokens, answers = draw(16, 16, generator)
        scores = model(tokens).flatten(0, 2)  # (16 · 16 · 2, 8)
        # Small where the right letter gets a large share; 0 is "not asked".
        loss = nn.functional.cross_entropy(scores, answers.flatten(), ignore_index=0)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model, generator


@torch.no_grad()
def share_right(model: Reader, n: int, generator: torch.Generator) -> list[float]:
    """The share of right answers at length n, for each of the two questions."""
    tokens, answers = draw(2048 // n, n, generator)
    right, asked = model(tokens).argmax(dim=-1) == answers, answers > 0  # (rows, n, 2) each
    return [right[..., q][asked[..., q]].float().mean().item() for q in (0, 1)]


# %% [markdown]
r"""
Training uses rows of 16 tokens and nothing else; tests go up to 128. There are seven letters, so
guessing is right in 14 % of the cases. Six methods with three seeds take up to a minute.

**Predict before you run.** Where will *none* stand, the model without positions? What will ALiBi do
with *left*? And which curve stays flat up to 128?
"""

# %% tags=["demo", "nbval-ignore-output"]
methods = ["none", "sinusoidal", "learned", "T5 bias", "ALiBi", "rotary"]
lengths = [8, 16, 32, 64, 128]
results, readers = {}, {}
print("right answers at", *lengths, "tokens, %, mean of three seeds")
for method in methods:
    readers[method] = [train(method, seed) for seed in range(3)]
    measured = [[share_right(m, n, g) for n in lengths] for m, g in readers[method]]
    results[method] = 100 * torch.tensor(measured)  # (3 seeds, 5 lengths, 2 questions)
    left, nearest = results[method].mean(dim=0).round().int().T.tolist()  # 5 lengths each
    print(f"{method:10}  left {left}   nearest {nearest}")

# %% tags=["demo"]
figure, panels = plt.subplots(1, 2, figsize=(9.5, 4), sharey=True)
titles = ["Left: only rotary lasts to 64", "Nearest: ALiBi lasts to 128"]
for question, (panel, title) in enumerate(zip(panels, titles, strict=True)):
    for method, marker in zip(methods, "xosD^v", strict=True):
        seeds = results[method][:, :, question]  # (3 seeds, 5 lengths)
        panel.plot(lengths, seeds.mean(dim=0), marker=marker, label=method)
        panel.fill_between(lengths, seeds.amin(dim=0), seeds.amax(dim=0), alpha=0.25)
    panel.axhline(100 / 7, ls=":", color="#777777")
    panel.axvline(16, ls="--", color="#777777")
    panel.set(xscale="log", xlabel="tokens in a row (trained on 16)", ylim=(0, 103), title=title)
    panel.set_xticks(lengths, lengths)
    panel.minorticks_off()
panels[0].set_ylabel("right answers, %")
panels[1].legend(loc="center left", bbox_to_anchor=(1, 0.5))
show(
    figure,
    "Right answers against length. Left: rotary is high up to 64 tokens, ALiBi flat near 80 %. "
    "Nearest: ALiBi is flat near 95 %, rotary high up to 64. All others fall beyond 16 or 32.",
)

# %% [markdown]
r"""
Right of the dashed line lie lengths that training never showed. The dotted line is guessing, the
bands span three seeds. On another machine single numbers may differ by a few per cent.

- **none** knows which letters there are, but not where.
- **sinusoidal** and **learned** are nearly perfect at 16, and lose about four answers in ten at
  twice that: places beyond 16 were never seen. That a shift *can* be read by one matrix does not
  mean that this training found it.
- **T5 bias** fades, *nearest* first: the buckets of far distances were never trained.
- **ALiBi** can't tell left from right, and where both neighbours are letters it has to guess. But
  its curves stay flat.
- **rotary** does well on both questions up to four times the length. Then it breaks.

So "which is best" has no answer without a task and a length.

The main path ends here. Go on to [the quiz](#The-quiz), or further.
"""

# %% [markdown]
r"""
## Going further

Two optional parts: how weights are carried from one rotary pairing to the other, and why T5's bias
and rotary failed in the experiment.

### Exercise 04.3 · Carry weights across · ●●● · 2 points

*Optional, 10 more minutes.*

A projection computes `x @ weight.T`: each *row* of `weight` makes one feature. The first `d_head`
rows belong to head 0, the next to head 1, and so on. Within each head, put the even rows first and
the odd rows after them. `weight.unflatten(0, (num_heads, -1))` cuts the first axis into heads, and
`torch.cat((a, b), dim=1)` joins along axis 1.
"""


# %% tags=["exercise"] exercise="04.3"
def to_half_split(weight: torch.Tensor, num_heads: int) -> torch.Tensor:
    """Rows of a query or key projection, from the interleaved to the half-split pairing.

    weight (num_heads * d_head, d_model) -> reordered (num_heads * d_head, d_model)
    """
    ### BEGIN SOLUTION
    heads = weight.unflatten(0, (num_heads, -1))  # (num_heads, d_head, d_model)
    firsts, seconds = heads[:, 0::2], heads[:, 1::2]  # (num_heads, d_head / 2, d_model) each
    halves = torch.cat((firsts, seconds), dim=1)  # (num_heads, d_head, d_model)
    return halves.flatten(0, 1)  # (num_heads * d_head, d_model)
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="04.3"
r"""
<details><summary>Hint 1: with one head</summary>

With a single head it is `torch.cat((weight[0::2], weight[1::2]))`. With several, this would mix
rows of different heads. So cut into heads first.

</details>
<details><summary>Hint 2: shapes</summary>

After `unflatten` the shape is `(num_heads, d_head, d_model)`, and the rows of a head are axis 1:
`heads[:, 0::2]` are its even rows. Join along axis 1. `.flatten(0, 1)` lays the heads one after the
other again.

</details>
"""

# %% tags=["check"] exercise="04.3"
check("04.3", to_half_split, points=2)

# %% [markdown]
r"""
Does it mend the trap? Random tokens, random projections, two heads of width 6, turned both ways.
"""


# %%
def head_scores(w_q: torch.Tensor, w_k: torch.Tensor, interleaved: bool) -> torch.Tensor:
    """Scores of two heads under rotary positions -> (heads=2, n=5, n=5)."""
    split = ((tokens @ w.T).unflatten(-1, (2, 6)).transpose(0, 1) for w in (w_q, w_k))
    q, k = (library.apply_rotary(t, interleaved=interleaved) for t in split)  # (2, 5, 6) each
    return q @ k.mT


generator = torch.Generator().manual_seed(1)
tokens = torch.randn(5, 7, generator=generator)  # (n=5, d_model=7)
w_q, w_k = torch.randn(2, 12, 7, generator=generator)  # (num_heads * d_head = 12, d_model=7) each
trained = head_scores(w_q, w_k, interleaved=True)
confused = head_scores(w_q, w_k, interleaved=False)
carried = head_scores(to_half_split(w_q, 2), to_half_split(w_k, 2), interleaved=False)
print("confused gives the same scores:", torch.allclose(trained, confused, atol=1e-3))
print("carried  gives the same scores:", torch.allclose(trained, carried, atol=1e-3))

# %% [markdown]
r"""
### Why T5's bias faded

*Optional, 10 more minutes together with the next part.*

In training no two tokens were further apart than 15. So buckets 10 to 15, which hold the distances
from 16 on, were never used; nor were 26 to 31, the same to the right. What do they hold?
"""

# %% tags=["demo", "nbval-ignore-output"]
learned = torch.stack([m.bias.embedding.weight.detach() for m, _ in readers["T5 bias"]])
means = learned.mean(dim=(0, 2))  # (3 seeds, 32 buckets, 8 heads) -> (32,)
for bucket in (1, 3, 5, 7, 9, 10, 12, 15):
    print(f"bucket {bucket:2}  mean over heads and seeds {means[bucket]:z5.1f}")

# %% [markdown]
r"""
On average over heads, the far buckets that were trained have gone to −1 or a little below, which
cuts a key's share to a third or less. The untrained ones still hold about 0, and cut nothing; at
128 tokens they serve about a hundred keys. If that is the reason, then filling them by hand should
help. `refill` copies the last trained bucket, or goes on from there, lower by 1 each.
"""


# %%
def refill(model: Reader, step: float) -> Reader:
    """A copy whose untrained buckets go on from the last trained one, each lower by `step`."""
    model = deepcopy(model)
    learned = model.bias.embedding.weight.data  # (32 buckets, 8 heads)
    for n in range(6):
        learned[10 + n] = learned[9] - (n + 1) * step
        learned[26 + n] = learned[25] - (n + 1) * step
    return model


# %% tags=["demo", "nbval-ignore-output"]
print("right answers at 128 tokens, %, three seeds")
for name, step in {"as trained": None, "last one copied": 0, "each lower by 1": 1}.items():
    models = [(m if step is None else refill(m, step), g) for m, g in readers["T5 bias"]]
    shares = [share_right(m, 128, g) for m, g in models]
    left, nearest = (
        "".join(f"{100 * share:4.0f}" for share in q) for q in zip(*shares, strict=True)
    )
    print(f"{name:17}  left {left}    nearest {nearest}")

# %% [markdown]
r"""
With the last bucket copied, *left* goes from about a half to more than nine tenths, and *nearest*
doubles, all with no training. With buckets that go on falling, as ALiBi's bias does, *nearest*
nearly comes back, too. So that was the reason: what was never trained does not stay out of the way.
"""

# %% [markdown]
r"""
### Why rotary broke

A head of width 8 has four hands. Their rates are 1, 0.1, 0.01 and 0.001.

**Predict before you run.** After how many places has the second hand come full circle? Where does
the first hand point then, and how far have the slow two turned?
"""

# %%
steps = 63
for rate in (1.0, 0.1, 0.01, 0.001):
    print(f"rate {rate:<5}  after {steps} places: {steps * rate / (2 * math.pi):6.3f} turns")

# %% [markdown]
r"""
After 63 places, both fast hands are back where they began, and the slow ones have hardly moved. So
a key 63 places further on gets nearly the same score. In training nobody was further away than 15.
What do the trained heads do with a row of 128?
"""

# %% tags=["demo"]
figure, axes = plt.subplots()
relative = library.relative_positions(128)  # (128, 128)
for seed, (model, generator) in enumerate(readers["rotary"]):
    rows, _ = draw(8, 128, generator)
    with torch.no_grad():
        weights = model.attend(model.embed(rows)).weights.mean(dim=(0, 1))  # (128, 128)
    profile = [weights[relative == d].mean() for d in range(-90, 91)]
    axes.plot(range(-90, 91), profile, lw=1.2, label=f"seed {seed}")
axes.set_xticks([-64, -16, -1, 16, 62], ["−64", "−16", "−1", "16", "62"])
axes.set(xlabel="place of the key, seen from the query", ylabel="mean weight")
axes.set_title("After 63 places the hands come round, and strangers look near")
axes.legend(loc="upper left", bbox_to_anchor=(0.55, 1))
show(axes, "Mean weight by distance: a peak at −1, and two more of the same kind at −64 and 62.")

# %% [markdown]
r"""
The highest true peak is at −1: the question *left* asks for that place. 63 places to either side of
it, at −64 and at 62, stand false neighbours, about as loud. (The low bumps near −7 and 5 are the
fast hand alone: one full turn is 6.28 places.) In a row of 64 only the first two
queries have one, in a row of 128 every query has. Real heads have more pairs, 64 in Llama's case,
so that hands seldom meet like this. But distances that training never showed remain a risk. Models
that are to read longer texts than they were trained on often have their rotary angles rescaled, for
this reason.

**Try it.** In `draw`, ask for the letter *two* places to the left: `roll(2, dims=1)`, and nobody
stands before the first two. Run its cell again, then `model, generator = train("rotary", 0)` and
`share_right(model, 64, generator)`, and the same with `train("ALiBi", 0)`. What do you find?

<details><summary>What we found</summary>

ALiBi falls to about a half: it can't tell two to the left from two to the right. Rotary does about
as well as before.

</details>
"""

# %% [markdown] tags=["deep-dive"]
r"""
## Deep dive: what the scores see

Why sinusoidal positions are not relative, T5's buckets in numbers, models without any positions,
and who uses what. Nothing in later lessons needs this section.
"""

# %% [markdown]
r"""
**Two clocks, multiplied.** Since $\sin a \sin b + \cos a \cos b = \cos(a - b)$, the dot product of
two rows of the table is

$$P_p \cdot P_r = \sum_i \cos\big((p - r) \cdot \text{rate}_i\big)$$

It depends on the distance alone, and not on its sign: by themselves the clocks can't tell left from
right. But attention never multiplies bare clocks. With a token $x_p$ and the projections, a score
is (before scaling)

$$(x_p + P_p) W_q W_k^\top (x_r + P_r)^\top = \underbrace{x_p W x_r^\top}_{\text{words}}
+ \underbrace{x_p W P_r^\top + P_p W x_r^\top}_{\text{words with places}}
+ \underbrace{P_p W P_r^\top}_{\text{places}} \qquad W = W_q W_k^\top$$

The middle terms hold absolute places, and so does the last, unless $W$ is of a special form. That
is what you measured.
"""

# %%
bare = library.sinusoidal_positions(40, 16) @ library.sinusoidal_positions(40, 16).T  # (40, 40)
spread = max((bare.diagonal(d).max() - bare.diagonal(d).min()).item() for d in range(20))
print(f"largest difference within a diagonal of the bare products: {spread:.3f}")

# %% [markdown]
r"""
**T5's buckets.** Of 32 buckets, 16 are for the past and 16 for the future. In the past half, 8 hold
one distance each, 0 to 7; in the future half 7 do, since 0 is past already, and bucket 16 stays
unused. In both, 8 more grow by a constant factor. The last of them begins at 91 and has no end:
such a layer can't tell 91 from 500.
"""

# %%
distances = torch.tensor([0, 1, 2, 7, 8, 11, 12, 16, 31, 63, 90, 91, 500])
buckets = library.RelativePositionBias(num_heads=1).bucket(-distances)  # the past
for distance, bucket in zip(distances.tolist(), buckets.tolist(), strict=True):
    print(f"{distance:3} places back: bucket {bucket}")

# %% [markdown]
r"""
**No positions at all.** Where each token sees only what stands before it (lesson 05), equivariance
is broken already: the first sees one token, the second sees two. Language models of this kind
without any positions hold their own against others, and learn where they are (Haviv et al., 2022).
In one study of reasoning and mathematical tasks they did better at new lengths than models with
sinusoidal positions, T5's bias, ALiBi or rotary (Kazemnejad et al., 2023).

**Who uses what.** The Transformer of 2017 used sinusoidal positions, and found learned ones, as in
a convolutional model of the same year (Gehring et al., 2017), nearly identical in quality. BERT
learns its table. T5 has its bias, BLOOM uses ALiBi, LLaMA rotary. In ALiBi's paper a model trained
on 1,024 tokens did as well on 2,048 as a sinusoidal one trained on 2,048. For rotary models,
*position interpolation* squeezes the places of a long text into the range known from training, and
needs a little more training, at most 1,000 steps (Chen et al., 2023).
"""

# %% [markdown]
r"""
## The quiz

Seven questions. You may answer again as often as you like.
"""

# %% tags=["quiz"]
quiz("03")

# %% [markdown]
r"""
## In five lines

1. Attention is permutation equivariant: shuffle the tokens, and the answers shuffle along.
2. Sinusoidal positions are a clock for each place, added to the token: absolute, but moving by k is
   one matrix.
3. ALiBi and T5 add a bias to the scores, by distance. The queries are the last places.
4. Rotary turns queries and keys, so that scores know distances only. Its two pairings don't mix.
5. No method wins everywhere: it depends on what the task asks, and how far beyond training it goes.

**Words learnt**: permutation equivariance, absolute and relative positions, sinusoidal, learned,
bias, bucket, slope, ALiBi, rotary, interleaved, half-split.

**Next**: everybody still sees everybody. Lesson 05 decides who may see whom.
"""

# %% tags=["progress"]
progress("03")

# %% [markdown]
r"""
### References

- A. Vaswani et al. (2017). *Attention Is All You Need.* arXiv
  [1706.03762](https://arxiv.org/abs/1706.03762)
- J. Gehring et al. (2017). *Convolutional Sequence to Sequence Learning* (learned positions). arXiv
  [1705.03122](https://arxiv.org/abs/1705.03122)
- J. Devlin et al. (2018). *BERT.* arXiv [1810.04805](https://arxiv.org/abs/1810.04805)
- C. Raffel et al. (2019). *Exploring the Limits of Transfer Learning with a Unified Text-to-Text
  Transformer* (T5). arXiv [1910.10683](https://arxiv.org/abs/1910.10683)
- J. Su et al. (2021). *RoFormer: Enhanced Transformer with Rotary Position Embedding.* arXiv
  [2104.09864](https://arxiv.org/abs/2104.09864)
- O. Press, N. A. Smith, M. Lewis (2021). *Train Short, Test Long: Attention with Linear Biases
  Enables Input Length Extrapolation.* arXiv [2108.12409](https://arxiv.org/abs/2108.12409)
- A. Haviv et al. (2022). *Transformer Language Models without Positional Encodings Still Learn
  Positional Information.* arXiv [2203.16634](https://arxiv.org/abs/2203.16634)
- BigScience Workshop (2022). *BLOOM.* arXiv [2211.05100](https://arxiv.org/abs/2211.05100)
- H. Touvron et al. (2023). *LLaMA.* arXiv [2302.13971](https://arxiv.org/abs/2302.13971)
- A. Kazemnejad et al. (2023). *The Impact of Positional Encoding on Length Generalization in
  Transformers.* arXiv [2305.19466](https://arxiv.org/abs/2305.19466)
- S. Chen et al. (2023). *Extending Context Window of Large Language Models via Positional
  Interpolation.* arXiv [2306.15595](https://arxiv.org/abs/2306.15595)
"""
