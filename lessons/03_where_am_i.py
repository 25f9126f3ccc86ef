# %% [markdown]
r"""
# 03 · Where am I? Positions

**By the end you can**

1. show in code that attention by itself does not know the order of its tokens;
   <!-- quiz: blind-to-places -->
2. write sinusoidal positions, a clock for each place; <!-- quiz: third-hand -->
3. derive and check the one matrix that moves every clock on by k places; <!-- quiz: move-by-k -->
4. say what a learned table of positions cannot know; <!-- quiz: past-the-table -->
5. test the claim that sine and cosine are *relative* positions. <!-- quiz: relative -->

*About {minutes} minutes · needs [02 · Many heads](02_many_heads.ipynb) · builds the first half of
`attn.positions`*

> **In one breath.** In attention everybody hears everybody, but nobody knows who sits where. So we
> hang a clock over each seat, and no two clocks show the same time. Whoever sits down takes the
> time of the seat along.
"""

# %%
import math

import matplotlib.pyplot as plt
import torch
from torch import nn

from attn import LearnedPositions, MultiHeadAttention
from attn import positions as library
from attn import scaled_dot_product_attention as attention  # your function of 01.4
from attn.plotting import plot_weights
from course import check, explore, progress, quiz, show

# %% [markdown]
r"""
## From memory

A few minutes, before anything new, and without looking back: what is fetched from memory stays
longer than what is read again. Nothing here is graded.
"""

# %% tags=["recall"]
from course import recall

recall("03")


# %% tags=["recall"]
# From memory: the heads side by side. Then check("02.2", from_memory, points=0)
### BEGIN SOLUTION
def from_memory(x):
    return x.transpose(1, 2).flatten(2)


check("02.2", from_memory, points=0)
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
output, _ = attention(x, x, x)  # (3, 8)
shuffled, _ = attention(x[order], x[order], x[order])  # (3, 8)
print("bites in dog bites man:", output[1, :4].numpy().round(2))  # the first four of eight
print("bites in man bites dog:", shuffled[1, :4].numpy().round(2))

# %% [markdown]
r"""
The same numbers. To *bites*, both sentences are one bag of words, because a sum over keys does not
care about the order of its terms. Projections and heads don't help: a projection treats each token
by itself, and each head is a sum over keys again.

Shuffle first and attend, or attend first and shuffle: the same. This is called **permutation
equivariance** (a *permutation* is an order; *equivariant* means that the answers change along with
it). For a sentence it has to be broken on purpose.

The crudest way is to add to each token the number of its place. But at place 500 it drowns features
of size 1. We need numbers that stay small, and still differ from place to place. Counting in twos
does it.
"""

# %%
for p in range(8):
    print(f"place {p}:  {p:03b}")  # three binary digits

# %% [markdown]
r"""
Follow the digits down: the last one is fast, the first one slow. Each is only 0 or 1, and
*together* they tell all places apart.

## A clock with many hands

A clock does the same without jumps: fast hands, slow hands, and together they tell the time. Give
each place a clock. At place 0 all hands point straight up, and they turn **clockwise**, each at a
rate of its own. How far the tip lies to the right is the *sine* of its angle, how far up is the
*cosine*. Blue is place $p$, orange is $k$ places later.

Hold $k$ and move $p$. What happens to the *angle between* blue and orange?
"""


# %% tags=["explore", "folded"]
def clocks(p: int, k: int):
    figure, panels = plt.subplots(1, 4, figsize=(8.5, 3.0))
    for i, panel in enumerate(panels):
        rate = 10000 ** (-2 * i / 8)
        panel.add_patch(plt.Circle((0, 0), 1, fill=False, color="#BBBBBB"))
        for place, colour, width in ((p + k, "#D55E00", 7), (p, "#0072B2", 2.5)):
            hand = (math.sin(place * rate), math.cos(place * rate))
            panel.plot([0, hand[0]], [0, hand[1]], color=colour, lw=width, solid_capstyle="round")
        panel.set(xlim=(-1.1, 1.1), ylim=(-1.1, 1.1), aspect="equal", xlabel="sine")
        panel.set_title(f"hand {i}: rate {rate:g}", fontsize=9)
    panels[0].set_ylabel("cosine")
    title = f"From place {p} (blue) to {p + k} (orange), hand 0 turns on by {k} rad"
    figure.suptitle(title, fontweight="bold")
    return show(figure, f"Four clocks with rates 1, 0.1, 0.01, 0.001, at places {p} and {p + k}.")


explore(clocks, p=(0, 100, 1, 12), k=(0, 300, 1, 1))

# %% [markdown]
r"""
It stays: $k$ times the hand's rate, wherever $p$ is. Now the formula. With $d_{model} / 2$ hands,
counted from 0, hand $i$ of place $p$ has turned by

$$\text{angle}_{p,i} = p \cdot \text{rate}_i
\qquad \text{rate}_i = \frac{1}{10000^{\,2i / d_{model}}}$$

and its sine and cosine become two features that stand side by side:

$$P_{p,\,2i} = \sin(\text{angle}_{p,i}) \qquad P_{p,\,2i+1} = \cos(\text{angle}_{p,i})$$

Read aloud: *hand i of place p has turned p times its rate; its sine is feature 2i, its cosine is
feature 2i + 1*. Angles are in radians (rad): a full turn is $2\pi \approx 6.28$. (10000 is the
paper's choice.) The table $P$ has the shape `(n, d_model)` and is added to the tokens, row by row.

By hand, with $d_{model} = 4$: two hands, with the rates $1 / 10000^0 = 1$ and
$1 / 10000^{2/4} = 1 / 100$:
"""

# %% tags=["demo", "folded"]
figure, panels = plt.subplots(1, 2, figsize=(8.6, 2.6), width_ratios=(2, 4))
rows = torch.arange(3)[:, None] * torch.tensor([1.0, 0.01])  # (3 places, 2 hands)
laid_out = torch.stack((rows.sin(), rows.cos()), dim=-1).flatten(1)  # (3, 4)
hands = ["0", "1"]
features = ["0: sin", "1: cos", "2: sin", "3: cos"]
for panel, cells, names in zip(panels, (rows, laid_out), (hands, features), strict=True):
    by_hand = torch.arange(len(names))[None].expand(3, -1) // (len(names) // 2)  # (3, columns)
    panel.imshow(by_hand, cmap="Blues", vmin=-1, vmax=4)
    panel.set_aspect("auto")
    panel.set_xticks(range(len(names)), names)
    panel.set_yticks(range(3), ["0", "1", "2"])
    panel.grid(False)
    panel.set_ylabel("place (n)")
    for p, row in enumerate(cells.tolist()):
        for column, number in enumerate(row):
            panel.text(column, p, f"{number:.2f}".replace("-", "−"), ha="center", va="center")
panels[0].set(title="Angles: (n, d_model / 2)", xlabel="hand")
panels[1].set(title="Each hand fills two features: (n, d_model)", xlabel="feature (d_model)")
show(
    figure,
    "Left, angles of three places and two hands: 0 0, 1 0.01, 2 0.02. Right, the table with sine "
    "and cosine of hand 0 in features 0 and 1, those of hand 1 in features 2 and 3.",
)

# %% [markdown]
r"""
**Tools for 03.1.** A column and a row make a table, each with each. A power is `**`, and takes a
whole tensor at once.
"""

# %%
column = torch.arange(3)[:, None]  # (3, 1)
print((column * torch.tensor([10.0, 1.0])).tolist())  # (3, 1) * (2,) -> (3, 2)
print((100.0 ** torch.tensor([0.0, 0.5, 1.0])).tolist())

# %% [markdown]
r"""
### Exercise 03.1 · A clock for each place · ●○○ · 2 points

Two lines are missing: the rates, and all angles in one table called `angle`, `(n, d_model / 2)`.
The given lines lay out sines and cosines: `table[:, 0::2]` is every second column, from column 0
on.
"""


# %% tags=["exercise"] exercise="03.1" minutes=7 importance="core"
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

# %% [markdown]
r"""
Here is your table for 64 places and 16 hands. Each row is one place; follow a column down.
"""

# %% tags=["demo", "folded", "memorable"]
table = sinusoidal_positions(64, 32)  # (64 places, d_model=32)
figure, axes = plt.subplots(figsize=(6.5, 4))
image = axes.imshow(table, cmap="RdBu_r", vmin=-1, vmax=1, aspect="auto")
axes.set(xlabel="feature", ylabel="place", title="Fast hands on the left, slow ones on the right")
axes.set_xticks(range(0, 32, 4))
axes.grid(False)
figure.colorbar(image, label="sine or cosine")
show(figure, "64 places by 32 features. The left columns swing fast, the right ones hardly change.")

# %% [markdown]
r"""
On the left it swings every few places, on the right it hardly moves within 64: the digits of
counting in twos, read from the right, with the corners rounded off. (On the far right sines stay
near 0, white, and cosines near 1, red: hence the stripes.)

## A shift is one matrix

*k places later* is the same turn from everywhere. Can a model make such a turn? It has matrix
products to work with. Take one hand at angle $a$, and let $\delta = k \cdot \text{rate}_i$ be the
turn. You may remember two identities from school:

$$\sin(a + \delta) = \sin a \cos \delta + \cos a \sin \delta \qquad
\cos(a + \delta) = \cos a \cos \delta - \sin a \sin \delta$$

On the left stands the later hand, on the right the two numbers that the table holds, each times a
number that knows only the turn.
"""

# %% [markdown]
r"""
By hand: a hand that points up ($\sin a = 0$, $\cos a = 1$), turned by a quarter ($\sin\delta = 1$,
$\cos\delta = 0$), has the sine 1 and the cosine 0: it points to the right. Such sums are a row
times a matrix:

$$\big(\sin(a + \delta),\ \cos(a + \delta)\big) = \big(\sin a,\ \cos a\big)
\begin{pmatrix} \cos\delta & ? \\ \sin\delta & ? \end{pmatrix}$$

Read aloud: *the later hand is the earlier hand times a matrix that knows the turn, but not the
place*. The first column is the first identity, read off. The second column is yours.
"""

# %% [markdown]
r"""
All hands together need one such block each, along the diagonal of a matrix of zeros. For three
hands, $d_{model} = 6$:

```
                    sin0  cos0  sin1  cos1  sin2  cos2    the later clock
          sin0        #     #     .     .     .     .
          cos0        #     #     .     .     .     .     # a block of 2 by 2
earlier   sin1        .     .     #     #     .     .     . a zero
clock     cos1        .     .     #     #     .     .
          sin2        .     .     .     .     #     #
          cos2        .     .     .     .     #     #
```

**Tools for 03.2.** Two rows make a block, and a row times a block is a row again.
"""

# %%
square = torch.tensor([[1.0, 10.0], [2.0, 20.0]])  # (2, 2): upper row, lower row
print((torch.tensor([3.0, 4.0]) @ square).tolist())  # 3 * upper row + 4 * lower row

# %% [markdown]
r"""
### Exercise 03.2 · The matrix that moves by k · ●●○ · 2 points

One line is missing: a hand's `block`, two rows of two numbers. Then `table[p] @ shift` is
`table[p + k]` for every place `p`.
"""


# %% tags=["exercise"] exercise="03.2" minutes=7 importance="core"
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
One matrix serves all places. So a head *can* learn to look $k$ back, with a projection of its
queries that turns their clocks back, `shift_matrix(-k, …)`: place $p$ then shows the time of
$p - k$, and two clocks agree most when they show the same time. Lesson 04 turns queries and keys in
the very same way.

## Or learn the table

The table can also be made of parameters: one row for each place, learned like everything else.
BERT does so, with 512 rows. Here are 16 rows (`max_len`), and then 17 tokens.
"""

# %%
learned = LearnedPositions(16, d_model=8)  # 16 rows of 8 numbers
print("16 tokens:", tuple(learned(torch.zeros(1, 16, 8)).shape))
try:
    learned(torch.zeros(1, 17, 8))
except ValueError as error:
    print("17 tokens:", error)

# %% [markdown]
r"""
There is no row 16 (they count from 0). And in a longer table, the rows that training never reached
still hold the random numbers of the start. A learned table knows the places that it has seen, and
no others.

## Does the order count now?

*Shuffle, then attend* and *attend, then shuffle* agreed. With places they should not. Mind what
moves: the tokens change seats, **the seats stay**, each with its own row of the table.

```
x        (batch=2, n=3, d_model=4)    the tokens stand along axis 1: x[:, order]
places           (n=3, d_model=4)    one row for each seat, the same for both sentences
```

**Tools for 03.3.** A new order along axis 1, and the largest difference.
"""

# %%
tiny = torch.tensor([[[1], [2], [3]], [[4], [5], [6]]])  # (batch=2, n=3, d_model=1)
print(tiny[:, [2, 0, 1]].flatten(1).tolist())  # both sentences in the new order
print((torch.tensor([1.0, 5.0]) - torch.tensor([2.0, 2.0])).abs().max().item())

# %% [markdown]
r"""
### Exercise 03.3 · How much the order counts · ●●● · 2 points

First way: shuffle the tokens, add `places`, attend. Second way: add `places`, attend, then shuffle
the answers. Give back the largest absolute difference of the two answers: it says how much the
order counts. Query, key and value are the same tensor here, and `attention(q, k, v).output` is the
answer.
"""


# %% tags=["exercise"] exercise="03.3" minutes=9 importance="core"
def order_gap(x: torch.Tensor, places: torch.Tensor, order: torch.Tensor) -> torch.Tensor:
    """How far "shuffle, then attend" is from "attend, then shuffle".

    x (batch, n, d_model), places (n, d_model), order (n,) -> gap (), a tensor of one number
    """
    ### BEGIN SOLUTION
    seated = x[:, order] + places  # (batch, n, d_model): other tokens on the same seats
    shuffled_first = attention(seated, seated, seated).output
    seated = x + places
    shuffled_last = attention(seated, seated, seated).output[:, order]
    return (shuffled_first - shuffled_last).abs().max()
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="03.3"
r"""
<details><summary>Hint 1: what is shuffled, and when</summary>

In the first way the tokens are shuffled *before* the places are added: the seats do not move. In
the second way nothing is shuffled until attention has answered; then the answers are.

</details>
<details><summary>Hint 2: shapes</summary>

`x[:, order]` is `(batch, n, d_model)`, and so is `x[:, order] + places`: the table serves every
sentence. Both answers are `(batch, n, d_model)`, and the second one takes `[:, order]`.

</details>
<details><summary>Hint 3: the last line</summary>

The difference of the two answers, then `.abs().max()`, without an axis: one number for all.

</details>
"""

# %% tags=["check"] exercise="03.3"
check("03.3", order_gap, points=2)

# %% [markdown]
r"""
## Claim, measured: "sin/cos is *relative* position encoding"

So articles say. Measure it: the same six words at places 0 to 5, and again at 100 to 105. If only
distances count, all weights stay. Queries and keys are made in three ways: from the *bare* clocks;
from clocks that are *projected*, by random matrices; from clocks *with words*, added and then
projected, as a real model has it.

**Predict before you run.** In which of the three do the weights stay?
"""


# %% tags=["demo", "folded"]
def weights_at(start: int, way: str, seed: int) -> torch.Tensor:
    """Weights of a random head over six random words that begin at place `start` -> (6, 6)."""
    generator = torch.Generator().manual_seed(seed)
    words = torch.randn(6, 16, generator=generator)  # (n=6, d_model=16)
    w_q, w_k = torch.randn(2, 16, 16, generator=generator) / 4  # (16, 16) each
    x = sinusoidal_positions(start + 6, 16)[start:]  # (6, 16): the clocks from `start` on
    if way == "with words":
        x = x + words
    q, k = (x, x) if way == "bare" else (x @ w_q, x @ w_k)
    return attention(q, k, words).weights


# %%
print("largest change of a weight, five seeds")
for way in ("bare", "projected", "with words"):
    moved = [(weights_at(100, way, s) - weights_at(0, way, s)).abs().max() for s in range(5)]
    print(f"{way:12} {max(moved):.2f}")

# %% [markdown] measured={"bare": [0, 0.01], "projected": [0.05, 0.12], "with words": [0.4, 0.5]}
r"""
Bare clocks keep their weights, but no model multiplies bare clocks. A projection alone breaks it:
after it two clocks are no longer turned alike, so the angle between them is not all that counts.
(Its scores are small here, so no weight is above 0.3, and a change of 0.08 is large.) With words
one weight moves by nearly half of its row's budget, in the worst of five seeds.

So sinusoidal positions are an **absolute** code, from which a shift can be *read* by a matrix. The
paper claims no more: its authors *hypothesized* that this would make relative positions easy to
learn (section 3.5). Lesson 04 has methods that are relative.
"""

# %% [markdown]
r"""
## Make it yours

Write a sentence whose meaning hangs on the order of its words, and a second order. Each word gets a
random row, the same wherever it stands. How much does the order count? (0 is: not at all. Compare
with the sentence read back to front.)
"""

# %%
sentence, new_order = ["only", "she", "told", "him", "that"], [1, 0, 2, 3, 4]
torch.manual_seed(0)
rows = nn.Embedding(len(sentence), 16).weight.detach()[None]  # (1, n, 16)
for order in (new_order, [*range(len(sentence))][::-1]):  # yours, and back to front
    gap = order_gap(rows, sinusoidal_positions(len(sentence), 16), torch.tensor(order))
    print(f"gap {gap:.2f}:", " ".join(sentence[word] for word in order))

# %% [markdown]
r"""
**What we built.** Open [`attn/positions.py`](../lib/attn/positions.py): `sinusoidal_positions` is
yours, and also checks what it is given; `LearnedPositions` stands below it. The main path ends
here. Go on to [the quiz](#The-quiz), or further.
"""

# %% [markdown]
r"""
## Going further: what training finds

*About {minutes} minutes.* The order *can* be seen. Is it used? Three small models learn one task
from rows of 12 random letters: say which letter stands before you. Each is one layer of four heads.
One has no positions, one has clocks, one a learned table. There are eight letters, so guessing is
right in 12 or 13 of 100 cases. Each is trained three times; that takes some ten seconds.

**Predict before you run.** Which of the three learn it?
"""


# %% tags=["demo", "folded"]
class Reader(nn.Module):
    """Letters in; attention with one kind of places; the letter before each one out."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind
        self.embed = nn.Embedding(8, 64)
        self.attend = MultiHeadAttention(64, num_heads=4)
        self.answer = nn.Linear(64, 8)
        self.places = LearnedPositions(12, 64)

    def forward(self, letters: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """letters (rows, n) -> scores (rows, n, 8), weights (rows, heads, n, n)"""
        x = self.embed(letters)  # (rows, n, 64)
        if self.kind == "clocks":
            x = x + library.sinusoidal_positions(letters.shape[1], 64)
        elif self.kind == "learned":
            x = self.places(x)
        output, weights = self.attend(x)
        return self.answer(output), weights


# %% tags=["demo", "folded"]
def train(kind: str, seed: int) -> Reader:
    """200 steps on 32 rows of 12 letters."""
    torch.manual_seed(seed)
    model, generator = Reader(kind), torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(200):
        letters = torch.randint(8, (32, 12), generator=generator)
        scores, _ = model(letters)  # (32, 12, 8); nobody stands before the first
        before = letters[:, :-1].flatten()
        loss = nn.functional.cross_entropy(scores[:, 1:].flatten(0, 1), before)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model


# %% tags=["demo", "folded", "nbval-ignore-output"]
torch.set_num_threads(1)  # models as small as these are no faster on more
letters = torch.randint(8, (200, 12), generator=torch.Generator().manual_seed(99))  # never seen
readers = {kind: [train(kind, seed) for seed in range(3)] for kind in ("none", "clocks", "learned")}
looks = {}
print("right answers, %, three seeds")
for kind, models in readers.items():
    with torch.no_grad():
        scores, looks[kind] = zip(*(model(letters) for model in models), strict=True)
    right = [(s[:, 1:].argmax(-1) == letters[:, :-1]).float().mean().item() for s in scores]
    print(f"{kind:8}", *(f"{100 * share:.0f}" for share in sorted(right)))

# %% [markdown] measured={"none": [20, 36], "clocks": [95, 100], "learned": [95, 100]}
r"""
Without positions about three answers in ten are right: the model knows which letters there are, and
bets on one that is frequent. With clocks or a learned table nearly all answers are right.

How do they do it? Below is, for one row of letters that training never showed, the head that puts
the most weight on the place before, each drawn on a scale of its own. Look at the cells just below
the diagonal.
"""

# %% tags=["demo", "folded"]
figure, panels = plt.subplots(1, 2, figsize=(9.2, 4.4))
row = [f"{'abcdefgh'[letter]}{place}" for place, letter in enumerate(letters[0])]
for panel, kind in zip(panels, ("none", "learned"), strict=True):
    weights = looks[kind][0]  # (200 rows, heads=4, 12, 12)
    head = weights.diagonal(-1, 2, 3).mean(dim=(0, 2)).argmax()  # most on the place before
    title = "Without places: at letters, not at places"
    title = title if kind == "none" else "A learned table: one place back"
    plot_weights(weights[0, head], row, title=title, ax=panel, annotate=False)
    panel.images[0].set_clim(0, weights[0, head].max())  # the left ones are all small
show(
    figure,
    "Weights of a head over 12 letters, queries down. Left, without places: all columns of one "
    "letter alike. Right, with a learned table: bright cells one place left of the diagonal.",
)

# %% [markdown]
r"""
On the right each letter looks at the one before it, whatever the two letters are. Nobody told the
head to: 200 steps found it. (The first letter has nobody before it, and was not asked.) On the left
equal letters have equal rows, as at the start of this lesson: this model can't tell them apart.
"""

# %% [markdown] tags=["deep-dive"]
r"""
## Deep dive: where the words come in

*About {minutes} minutes.* What a score sees when clocks are added to words, and what was found for
learned tables. Nothing in later lessons needs this section.
"""

# %% [markdown]
r"""
**Two clocks, multiplied.** The dot product of two rows of the table is

$$P_p \cdot P_r = \sum_i \cos\big((p - r) \cdot \text{rate}_i\big)$$

It depends on the distance alone, and not on its sign: by themselves the clocks can't tell left from
right. With tokens $x_p$, $x_r$ and the projections, a score is (before scaling)

$$(x_p + P_p) W_q W_k^\top (x_r + P_r)^\top = \underbrace{x_p W x_r^\top}_{\text{words}}
+ \underbrace{x_p W P_r^\top + P_p W x_r^\top}_{\text{words with places}}
+ \underbrace{P_p W P_r^\top}_{\text{places}} \qquad W = W_q W_k^\top$$

The middle terms hold absolute places, and so does the last, unless $W$ is of a special form. That
is what you measured.

Check the first formula: in a table of all products of two bare clocks, 40 by 40, the distance is
the same along each diagonal.
"""

# %%
from attn import sinusoidal_positions as clocks_of

bare = clocks_of(40, 16) @ clocks_of(40, 16).T  # (40, 40): each place with each
spread = max((bare.diagonal(d).max() - bare.diagonal(d).min()).item() for d in range(20))
print(f"largest difference within a diagonal of the bare products: {spread:.3f}")

# %% [markdown]
r"""
**A special form.** Let $W_q$ be a shift back by $k$ and $W_k$ the identity. Then the last term is
$\sum_i \cos\big((p - k - r) \cdot \text{rate}_i\big)$, largest where $r = p - k$: a head that looks
$k$ back. `shift_matrix(-k, d_model)` is such a $W_q$.

**Clocks or a table?** The Transformer of 2017 used clocks, and found learned positions, as in a
convolutional model of the same year (Gehring et al., 2017), nearly identical in quality; it chose
clocks because they *may* reach lengths that training never showed (Vaswani et al., 2017, section
3.5). Lesson 04 tests that hope.
"""

# %% [markdown]
r"""
## The quiz

Five questions. You may answer again as often as you like.
"""

# %% tags=["quiz"]
quiz("03")

# %% [markdown]
r"""
## In five lines

1. Attention is permutation equivariant: shuffle the tokens, and the answers shuffle along.
2. Sinusoidal positions are a clock for each place: small numbers, added to the token.
3. Moving on by k places is one matrix for all places: a turn of each hand.
4. A learned table knows the places that training showed, and no others.
5. Both are absolute: the same words elsewhere get other weights.

**Words learnt**: permutation equivariance, sinusoidal positions, hand, rate, learned positions,
absolute and relative.

**Next**: often it does not matter *where* two tokens stand, but how far apart.
[04 · How far apart?](04_how_far_apart.ipynb) puts distances into attention, and tests everybody on
rows longer than any seen before.
"""

# %% tags=["progress"]
progress("03")

# %% [markdown]
r"""
### References

- A. Vaswani et al. (2017). *Attention Is All You Need* (sinusoidal positions: section 3.5). arXiv
  [1706.03762](https://arxiv.org/abs/1706.03762)
- J. Gehring et al. (2017). *Convolutional Sequence to Sequence Learning* (learned positions). arXiv
  [1705.03122](https://arxiv.org/abs/1705.03122)
- J. Devlin et al. (2018). *BERT: Pre-training of Deep Bidirectional Transformers for Language
  Understanding.* arXiv [1810.04805](https://arxiv.org/abs/1810.04805)
"""
