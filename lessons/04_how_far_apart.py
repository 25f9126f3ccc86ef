# %% [markdown]
r"""
# 04 · How far apart?

**By the end you can**

1. read from curves over length what a method learned, and what it never saw;
   <!-- quiz: unseen-distances -->
2. take a distance from the scores (ALiBi), with the queries at the last places;
   <!-- quiz: alibi-cache -->
3. turn queries and keys (rotary), and say what the scores know then;
   <!-- quiz: rotary-invariant -->
4. say what goes wrong when two pairings are confused, and mend it; <!-- quiz: pairs-dealt-out -->
5. choose a method by what a task asks, and by the lengths it will meet.
   <!-- quiz: left-and-right -->

*About {minutes} minutes · needs [03 · Where am I? Positions](03_where_am_i.ipynb) · builds the
second half of `attn.positions`*

> **In one breath.** Often it does not matter where you sit, only how far away the others are. So we
> let far voices grow fainter, or let everybody face a little further round than the neighbour
> before.
"""

# %%
import math
from copy import deepcopy

import matplotlib.pyplot as plt
import torch
from torch import nn

from attn import MultiHeadAttention
from attn import positions as library
from attn.plotting import plot_weights
from course import check, explore, progress, quiz, show

# %% [markdown]
r"""
## From memory

A few minutes, before anything new, and without looking back. Nothing here is graded.
"""

# %% tags=["recall"]
from course import recall

recall("04")


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
## Train short, test long

People read texts that are longer than any they learned to read with. Can a model? A row holds
letters and blanks, and at every place two questions are asked:

- **left**: which letter stands directly before me?
- **nearest**: which letter is nearest to me? (Asked at blanks, and not where two are equally near.)
"""


# %% tags=["folded"]
def draw(
    rows: int, n: int, generator: torch.Generator, back: int = 1
) -> tuple[torch.Tensor, torch.Tensor]:
    """Tokens (rows, n), 0 is a blank; answers (rows, n, 2) to left, nearest; 0 is "not asked".

    "left" asks for the letter `back` places to the left.
    """
    letters = torch.randint(1, 8, (rows, n), generator=generator)
    tokens = letters * (torch.rand(rows, n, generator=generator) < 0.4)  # (rows, n)
    left = tokens.roll(back, dims=1)
    left[:, :back] = 0  # nobody stands before the first
    distance = library.relative_positions(n).abs()  # (n, n)
    distance = distance.where((tokens > 0)[:, None, :], 10_000)  # (rows, n, n): letters only
    first, second = distance.topk(2, largest=False).values.unbind(-1)  # (rows, n) each
    nearest = tokens.gather(1, distance.argmin(dim=-1))  # (rows, n)
    nearest[(first == second) | (tokens > 0)] = 0
    return tokens, torch.stack((left, nearest), dim=-1)


# %% tags=["demo", "folded"]
tokens, answers = draw(1, 12, torch.Generator().manual_seed(2))
lines = {"the row": tokens[0], "left": answers[0, :, 0], "nearest": answers[0, :, 1]}
figure, axes = plt.subplots(figsize=(8, 2.2))
for height, line in enumerate(lines.values()):
    for place, token in enumerate(line.tolist()):
        face = "#F0E442" if height == 0 and token else "white"
        axes.add_patch(plt.Rectangle((place, -height), 0.94, 0.86, facecolor=face, edgecolor="k"))
        axes.text(place + 0.47, 0.43 - height, " abcdefg"[token], ha="center", va="center")
axes.set(xlim=(-0.1, 12), ylim=(-2.1, 1), xlabel="place")
axes.set_xticks([place + 0.47 for place in range(12)], range(12))
axes.set_yticks([0.43, -0.57, -1.57], lines)
axes.grid(False)
axes.set_title("Place 3 is blank: no letter to its left, and the nearest is the a at 5")
spoken = "; ".join(f"{name}: " + " ".join("-abcdefg"[t] for t in v) for name, v in lines.items())
show(figure, f"Twelve places, a dash is empty. {spoken}.")

# %% [markdown]
r"""
Follow place 3 down. Before it is a blank, so *left* is not asked (an empty cell). The c stands at
distance 3, the a at distance 2: *nearest* is a.

Six models, each one layer of eight heads, learn both questions from rows of **16** places and
nothing else. Run the folded cells: each model is trained three times, which takes half a minute or
so. Read on meanwhile.
"""


# %% tags=["folded"]
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

    def forward(self, tokens: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """tokens (rows, n) -> scores (rows, n, 2 questions, 8), weights (rows, heads, n, n)."""
        x, bias, n = self.embed(tokens), None, tokens.shape[1]  # x (rows, n, 64)
        if self.method == "sinusoidal":
            x = x + library.sinusoidal_positions(n, 64)
        elif self.method == "learned":
            x = self.places(x)
        elif self.method in ("T5 bias", "ALiBi"):
            bias = self.bias(n) if self.method == "T5 bias" else library.alibi_bias(8, n)
        output, weights = self.attend(x, bias=bias)  # output (rows, n, 64)
        return self.answer(output).unflatten(-1, (2, 8)), weights


# %% tags=["folded"]
def train(method: str, seed: int, back: int = 1) -> tuple[Reader, torch.Generator]:
    """200 steps on rows of 16 tokens; the model, and the generator to draw more rows."""
    torch.manual_seed(seed)
    model, generator = Reader(method), torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(200):
        tokens, answers = draw(16, 16, generator, back)
        scores = model(tokens)[0].flatten(0, 2)  # (16 · 16 · 2, 8)
        # Small where the right letter gets a large share; 0 is "not asked".
        loss = nn.functional.cross_entropy(scores, answers.flatten(), ignore_index=0)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model, generator


@torch.no_grad()
def share_right(model: Reader, n: int, generator: torch.Generator, back: int = 1) -> list[float]:
    """The share of right answers at length n, for each of the two questions."""
    tokens, answers = draw(2048 // n, n, generator, back)
    right, asked = model(tokens)[0].argmax(dim=-1) == answers, answers > 0  # (rows, n, 2) each
    return [right[..., q][asked[..., q]].float().mean().item() for q in (0, 1)]


# %% tags=["folded", "demo", "nbval-ignore-output"]
torch.set_num_threads(1)  # models as small as these are no faster on more
methods = ["none", "sinusoidal", "learned", "T5 bias", "ALiBi", "rotary"]
lengths = [8, 16, 32, 64, 128]
results, readers = {}, {}
for method in methods:
    readers[method] = [train(method, seed) for seed in range(3)]
    measured = [[share_right(m, n, g) for n in lengths] for m, g in readers[method]]
    results[method] = 100 * torch.tensor(measured)  # (3 seeds, 5 lengths, 2 questions)

# %% [markdown]
r"""
The six differ in how they know about places:

| | how |
|---|---|
| **none** | no positions at all |
| **sinusoidal**, **learned** | the two tables of lesson 03, added to the tokens |
| **T5 bias** | a learned number for each distance, added to the score |
| **ALiBi** | each score loses a fixed number for each place of distance |
| **rotary** | queries and keys are *turned*, as clocks are, before they meet |

You will build the last two. First a bet: all six are tested on rows of up to **128** places.

**Predict before you run.** Which method stays up on both questions, far beyond 16? Name it in the
next cell.
"""

# %%
my_bet = ""  # none, sinusoidal, learned, T5 bias, ALiBi or rotary
assert my_bet in ["", *methods], f"{my_bet!r} is none of {methods}"

# %% tags=["demo", "folded", "memorable"]
figure, panels = plt.subplots(1, 2, figsize=(9.5, 4), sharey=True)
titles = ["Left: rotary stays near 100 % up to 64", "Nearest: ALiBi lasts to 128"]
for question, (panel, title) in enumerate(zip(panels, titles, strict=True)):
    for method, marker in zip(methods, "xosD^v", strict=True):
        seeds = results[method][:, :, question]  # (3 seeds, 5 lengths)
        width = 4 if method == my_bet else 1.5
        label = f"{method} (your bet)" if method == my_bet else method
        panel.plot(lengths, seeds.mean(dim=0), marker=marker, label=label, lw=width)
        panel.fill_between(lengths, seeds.amin(dim=0), seeds.amax(dim=0), alpha=0.25)
    panel.axhline(100 / 7, ls=":", color="#777777")
    panel.axvline(16, ls="--", color="#777777")
    panel.set(xscale="log", xlabel="places in a row (trained on 16)", ylim=(0, 103), title=title)
    panel.set_xticks(lengths, lengths)
    panel.minorticks_off()
panels[0].set_ylabel("right answers, %")
panels[1].legend(loc="center left", bbox_to_anchor=(1, 0.5))
show(
    figure,
    "Right answers against length. Left: rotary is high up to 64 places, ALiBi flat near 80 %. "
    "Nearest: ALiBi is flat near 95 %, rotary high up to 64. All others fall beyond 16 or 32.",
)

# %% tags=["folded", "demo", "nbval-ignore-output"]
print("some points of the figure: right answers, %, mean of three seeds")
shown = {"left": ("sinusoidal 32", "learned 32", "rotary 64", "ALiBi 128")}
shown["nearest"] = ("rotary 64", "ALiBi 128")
for question, (name, cases) in enumerate(shown.items()):
    for method, _, n in (case.rpartition(" ") for case in cases):
        mean = results[method][:, lengths.index(int(n)), question].mean()
        print(f"{name}, {method} {n}: {mean:.0f}")

# %% [markdown] measured={"left, sinusoidal 32": [52, 68], "left, learned 32": [50, 65]}
r"""
Right of the dashed line lie lengths that training never showed. The dotted line is guessing; the
bands span three seeds.

- **none** knows which letters there are, but not where.
- **sinusoidal** and **learned** lose about four answers in ten at twice the length: the places from
  16 on were never seen. That a shift *can* be read by one matrix does not mean that this training
  found it.

Three curves last longer, each in a way of its own.
"""

# %% [markdown]
r"""
## A distance in the scores

Leave the tokens alone, and add a number to each scaled score, before the softmax: a **bias**. Below
$h$ counts heads; the query stands at place $i$, the key at $j$.

$$\text{scores}_{h,i,j} = \frac{q_i \cdot k_j}{\sqrt{d_k}} + \text{bias}_{h,i,j}$$

Read aloud: *agreement, plus a number for the head and the two places*. First the distances. Let 2
queries meet 5 keys, as when a model writes word by word and keeps the keys of earlier words (lesson
13). Then the queries are the **last** places, 3 and 4, not 0 and 1: a rule of this library.
"""

# %%
print(library.relative_positions(2, 5).tolist())  # (n_q=2, n_k=5): key's place minus query's place

# %% [markdown]
r"""
Each row has its 0 where the query itself stands; negative is to the left. Two well-known biases:

- **T5** learns one number for each head and each *bucket*, a group of distances that share a number
  (near ones have one each).
- **ALiBi** learns nothing. Each head $h$ has a fixed $\text{slope}_h$, and each score loses slope
  times distance: $\text{bias}_{h,i,j} = -\,\text{slope}_h \cdot |i - j|$.

By hand: a head of slope 1/2, the query at place 3. The keys at 0, 1, 2, 3, 4 get
$-1.5,\ -1,\ -0.5,\ 0,\ -0.5$. The axes, for two heads:

```
slopes       (heads=2,)                  one number for each head
distance             (n_q=2, n_k=5)      one table for all heads
bias         (heads=2, n_q=2, n_k=5)     each slope times the whole table
```

**Tools for 04.1.** `arange` may begin anywhere; a row minus a column is a table; and `None` makes
an axis of length 1, along which a number is repeated.
"""

# %%
print(torch.arange(3, 5).tolist())
print((torch.arange(3) - torch.tensor([[0], [10]])).tolist())  # (3,) - (2, 1) -> (2, 3)
print(tuple(torch.zeros(2)[:, None, None].shape))  # (2,) -> (2, 1, 1)

# %% [markdown]
r"""
### Exercise 04.1 · ALiBi · ●●○ · 2 points

The places of the keys are given. Mind where the queries stand: the last of them stands where the
last key stands.
"""


# %% tags=["exercise"] exercise="04.1" minutes=7 importance="core"
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

# %% [markdown]
r"""
The query stands in the middle, all scores are equal, and only your bias decides. Compare left and
right.
"""

# %% tags=["demo", "folded"]
slopes = 0.5 ** torch.arange(1, 9)  # (8,): 1/2, 1/4, ..., 1/256, the paper's for eight heads
bias = alibi_bias(slopes, 41, 41)  # (8, 41, 41)
figure, axes = plt.subplots()
for head in (0, 2, 4, 6):
    weights = bias[head, 20].softmax(dim=-1)  # (41,): a query in the middle, all scores equal
    axes.plot(range(-20, 21), weights, label=f"slope 1/{round(1 / slopes[head].item())}")
axes.set(xlabel="place of the key, seen from the query", ylabel="weight")
axes.set_title("Each head is short-sighted to its own degree, to both sides alike")
axes.legend()
show(axes, "Weights against distance for four slopes: the larger the slope, the sharper the peak.")

# %% [markdown] measured={"left, ALiBi 128": [70, 84], "nearest, ALiBi 128": [90, 99]}
r"""
This explains **ALiBi's** two curves. *One to the left* and *one to the right* look the same to it.
So on *left* it stays near 80 %: where both neighbours are letters it has to guess. But *fainter
with distance* goes on for ever, with nothing to learn: *nearest* stays at 90 % or more at eight
times the length.

**T5's** curves fade: in rows of 16 no two places are more than 15 apart. The buckets for more were
never trained and still hold about 0, so far keys are not hushed, and there are more and more of
them. (*Going further* mends this by hand.)
"""

# %% [markdown]
r"""
## Turn query and key

A clock is *added* to a token, and mixes with it. **Rotary** positions take the turn and leave the
clock out: cut the features of a query into pairs, see each pair as a hand of a clock, and turn it
by place times rate. Do the same with the keys.

The hands below turn **clockwise**, as in lesson 03. The first number of a pair is how far up the
tip is, the second how far to the right. (A clock has its sine first: only the order differs.) Move
the two sliders *together*, one step each. What does the score do? Then swap the places of query and
key.
"""


# %% tags=["explore", "folded"]
def turned_hands(query_place: int, key_place: int):
    figure, axes = plt.subplots(figsize=(4.8, 4.2))
    angles = {"query": 0.5 + 0.3 * query_place, "key": 1.4 + 0.3 * key_place}  # rate 0.3
    axes.add_patch(plt.Circle((0, 0), 1, fill=False, color="#BBBBBB"))
    for (name, angle), colour in zip(angles.items(), ("#D55E00", "#0072B2"), strict=True):
        tip = (math.sin(angle), math.cos(angle))  # to the right, up
        style = {"arrowstyle": "->", "lw": 3, "color": colour, "shrinkA": 0, "shrinkB": 0}
        axes.annotate("", tip, (0, 0), arrowprops=style)
        axes.text(1.28 * tip[0], 1.2 * tip[1], name, ha="center", va="center", color=colour)
    axes.set(xlim=(-1.5, 1.5), ylim=(-1.5, 1.5), aspect="equal")
    axes.set(xlabel="second number of the pair", ylabel="first number of the pair")
    axes.set(xticks=(-1, 0, 1), yticks=(-1, 0, 1))
    score = math.cos(angles["query"] - angles["key"])
    side = "ahead" if key_place > query_place else "back"
    axes.set_title(f"Score {score:.2f}: key {abs(key_place - query_place)} places {side}")
    return show(figure, f"Query at place {query_place}, key at {key_place}: score {score:.2f}.")


explore(turned_hands, query_place=(0, 20, 1, 3), key_place=(0, 20, 1, 1))

# %% [markdown]
r"""
The score depends on the angle *between* the hands. With the query at 3 and the key at 1 it is 0.96,
and at 1 and 3 it is 0.07: the score knows how far apart the places are **and on which side**, and
nothing else of them.

A pair $(a, b)$ that is turned by the angle $\theta = p \cdot \text{rate}$ becomes

$$(a \cos\theta - b \sin\theta,\ \ a \sin\theta + b \cos\theta)$$

Read aloud: *a turn mixes the two numbers of a pair, and keeps the hand's length*. By hand: $(1, 0)$
points up. A quarter of a turn ($\cos\theta = 0$, $\sin\theta = 1$) makes it $(0, 1)$: it points to
the right.
"""

# %% [markdown]
r"""
Let the pair be $(\cos\alpha, \sin\alpha)$: the formula gives
$(\cos(\alpha + \theta), \sin(\alpha + \theta))$, the two identities of 03.2. **It is the same
turn.** The pairs are features (0, 1), (2, 3), … They turn at the clock's rates, now within a head:
pair $i$, counted from 0, at $1 / 10000^{2i/d_{head}}$.

```
x        (..., n, d_head)        a0 b0 a1 b1 ...     pairs side by side
a, b     (..., n, d_head / 2)    a0 a1 ... | b0 b1 ...
angle         (n, d_head / 2)    one for each place and pair: lines up with a and with b
```

**Tools for 04.2.** Every second feature, and the way back.
"""

# %%
tiny = torch.tensor([[1, 10, 2, 20]])  # (n=1, d_head=4): the pairs (1, 10) and (2, 20)
ones, tens = tiny[..., 0::2], tiny[..., 1::2]  # (1, 2) each; the dots mean "all axes before"
print(ones.tolist(), tens.tolist())
print(torch.stack((ones, tens), dim=-1).flatten(-2).tolist())  # side by side again: (1, 4)

# %% [markdown]
r"""
### Exercise 04.2 · Turn the pairs · ●●○ · 3 points

The angles are given: they are those of 03.1. Take the pairs apart, turn them by the formula, and
lay them side by side again.
"""


# %% tags=["exercise"] exercise="04.2" minutes=8 importance="core"
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

`x[..., 0::2]` holds the first number of each pair, `x[..., 1::2]` the second. Both are
`(..., n, d_head / 2)`, and so line up with the angles.

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
A query and a key stand at places 3 and 1, then at 103 and 101, then at 1 and 3. Which two of the
three scores have to be equal?
"""

# %%
q, k = torch.randn(2, 1, 8, generator=torch.Generator().manual_seed(0))  # (n=1, d_head=8) each
for places in ((3, 1), (103, 101), (1, 3)):
    turned = [apply_rotary(t, torch.tensor([p])) for t, p in zip((q, k), places, strict=True)]
    print(f"{places}: score {(turned[0] @ turned[1].mT).item():.2f}")

# %% [markdown] measured={"nearest, rotary 64": [82, 97], "left, rotary 64": [90, 100]}
r"""
The same score at the same distance *and side*. So rotary tells left from right, and two places to
the left is the same turn at place 100 as at place 10: it holds above 80 % on both questions up to
four times the length. (*Going further* shows why it breaks after that.) Here is a head of a trained
model, a mean over 256 rows that training never showed. Look just below the diagonal. (The paler
lines five to the right and seven to the left are its fastest hand once round: a full turn is 6.28
places.)
"""

# %% tags=["demo", "folded"]
rows, _ = draw(256, 16, torch.Generator().manual_seed(7))  # (256, 16), never seen
with torch.no_grad():
    _, weights = readers["rotary"][0][0](rows)  # (256 rows, heads=8, 16, 16)
head = weights.diagonal(-1, 2, 3).mean(dim=(0, 2)).argmax()  # looks most to its left neighbour
mean, names = weights[:, head].mean(dim=0), [str(place) for place in range(16)]  # (16, 16)
figure, axes = plt.subplots(figsize=(5.4, 4.6))
title = "A rotary head: mostly one place left"
plot_weights(mean, names, title=title, ax=axes, annotate=False)
axes.images[0].set_clim(0, mean.max())
alt = """Mean weights of a rotary head over 16 places: a bright line one place left of the diagonal,
and two paler ones, seven places left and five right of it."""
show(figure, alt)

# %% [markdown]
r"""
## Two pairings, and a trap

Which features make a pair? The paper pairs neighbours: (0, 1), (2, 3), … This is **interleaved**.
Other code pairs the first half with the second: (0, d/2), (1, d/2 + 1), … This is **half-split**.
Meta's own Llama code does the first; the `transformers` library does the second for Llama 1 to 3.
Each is fine by itself. The trap is to load weights that were trained with one into code that does
the other.

Here is a head that looks one place back, made by hand: all keys are alike, and every query is that
key turned back by one place.
"""

# %% tags=["demo", "folded"]
u = torch.tensor([3.0, 0.0, 1.0, 0.0]).expand(6, 4)  # (n=6, d_head=4), the same in every row
keys = u
queries = library.apply_rotary(u, torch.full((6,), -1))  # (6, 4); neighbours, as in yours
figure, panels = plt.subplots(1, 2, figsize=(8.6, 3.8))
for panel, interleaved in zip(panels, (True, False), strict=True):
    q, k = (library.apply_rotary(t, interleaved=interleaved) for t in (queries, keys))
    weights = (q @ k.mT / 2).softmax(dim=-1)  # (6, 6)
    title = "Interleaved: one place back" if interleaved else "Half-split: it looks at itself"
    plot_weights(weights, [*"012345"], title=title, ax=panel)
show(
    figure,
    "Left: queries 1 to 5 look one place back. Right, with the other pairing, at themselves.",
)

# %% [markdown]
r"""
On the left, queries 1 to 5 look one place back. (Query 0 has nobody before it, and finds place 5,
nearly a full turn on.) On the right the same numbers, in the other pairing, look at themselves.
Nothing crashes, and all shapes are right: such a model only talks nonsense.

The way out: put the features into the other order, once, in the weights of the projections. The
same order for queries and keys leaves every dot product as it was. A projection computes
`x @ weight.T`: each *row* of `weight` makes one feature. The first `d_head` rows belong to head 0,
the next to head 1, and so on:

```
weight   (num_heads * d_head, d_model)      its rows, for two heads of width 4:

   interleaved   head 0: a0 b0 a1 b1   head 1: a0 b0 a1 b1
   half-split    head 0: a0 a1 b0 b1   head 1: a0 a1 b0 b1
```

**Tools for 04.3.** `unflatten` cuts one axis into two, and `cat` joins along an axis.
"""

# %%
eight = torch.arange(8)[:, None]  # (2 heads * d_head=4, d_model=1)
apart = eight.unflatten(0, (2, -1))  # (num_heads=2, d_head=4, d_model=1)
print(apart[:, 0::2].flatten(1).tolist())  # every second row, in each head
print(torch.cat((apart, apart), dim=1).flatten(1).tolist())  # joined along the rows

# %% [markdown]
r"""
### Exercise 04.3 · Carry weights across · ●●○ · 2 points

Within each head, put the even rows first and the odd rows after them.
"""


# %% tags=["exercise"] exercise="04.3" minutes=5 importance="useful"
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
Does it mend the trap? The scores of two heads, first with weights carried over as they are, then
with your order.
"""

# %% tags=["demo", "folded"]
generator = torch.Generator().manual_seed(1)
tokens = torch.randn(5, 7, generator=generator)  # (n=5, d_model=7)
w_q, w_k = torch.randn(2, 12, 7, generator=generator)  # (num_heads * d_head = 12, d_model=7) each


def head_scores(w_q: torch.Tensor, w_k: torch.Tensor, interleaved: bool) -> torch.Tensor:
    """Scores of two heads under rotary positions -> (heads=2, n=5, n=5)."""
    split = ((tokens @ w.T).unflatten(-1, (2, 6)).transpose(0, 1) for w in (w_q, w_k))
    q, k = (library.apply_rotary(t, interleaved=interleaved) for t in split)  # (2, 5, 6) each
    return q @ k.mT


trained = head_scores(w_q, w_k, interleaved=True)  # (heads=2, n=5, n=5)
confused = head_scores(w_q, w_k, interleaved=False)
carried = head_scores(to_half_split(w_q, 2), to_half_split(w_k, 2), interleaved=False)
print("as they are:   the same scores:", torch.allclose(trained, confused, atol=1e-3))
print("in your order: the same scores:", torch.allclose(trained, carried, atol=1e-3))

# %% [markdown]
r"""
## Which one, then?

Measured here: tables fall at once. ALiBi is flat up to 128, but can't tell left from right unless
the future is hidden. Rotary can, and holds to four times the trained length. One layer, one small
task: it is an example, not a law.

### Make it yours

Ask another question: with `back=2`, *left* asks for the letter **two** places to the left. Guess
first, then run.

<details><summary>What we found</summary>

ALiBi falls to about a half. Not telling left from right explains 80 %, as before. The rest: its
bias only falls with distance, so the key two places away is never louder than the one next to it.
Rotary does about as well as before.

</details>
"""

# %% tags=["demo", "nbval-ignore-output"]
for method in ("ALiBi", "rotary"):
    model, generator = train(method, seed=0, back=2)
    left, _ = share_right(model, 64, generator, back=2)
    print(f"{method:7} two to the left, at 64 places: {100 * left:.0f} %")

# %% [markdown]
r"""
**What we built.** Open [`attn/positions.py`](../lib/attn/positions.py): two of your functions are
there (`alibi_bias` makes the slopes itself). The main path ends here. Go on to
[the quiz](#The-quiz), or further.
"""

# %% [markdown]
r"""
## Going further: why T5's bias faded, and rotary broke

*About {minutes} minutes.* Two failures of the bet, explained by looking into the trained models.

**T5.** Of 32 buckets 16 are for the left, 16 for the right; 0 to 7 hold one distance each. Buckets
10 to 15 hold the distances from 16 on, which training never showed; so do 26 to 31, to the right.
What is in them now?
"""

# %% tags=["demo", "folded", "nbval-ignore-output"]
learned = torch.stack([m.bias.embedding.weight.detach() for m, _ in readers["T5 bias"]])
means = learned.mean(dim=(0, 2))  # (3 seeds, 32 buckets, 8 heads) -> (32,)
for bucket in (1, 3, 5, 7, 9, 10, 12, 15):
    print(f"bucket {bucket:2}  mean {means[bucket]:z5.1f}")

# %% [markdown] measured={"bucket  9  mean": [-2.2, -0.6], "bucket 10  mean": [-0.1, 0.1]}
r"""
On average over heads, the far buckets that were trained have gone to −1 or near it, which cuts a
key's share to about a third. The untrained ones still hold about 0, and cut nothing; at 128 places
they serve about a hundred keys. If that is the reason, then filling them by hand should help.
`refill` copies the last trained bucket, or goes on from there, lower by 1 each.
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


# %% tags=["demo", "folded", "nbval-ignore-output"]
print("right answers at 128 places, %, three seeds")
for name, step in {"as trained": None, "last copied": 0, "each lower by 1": 1}.items():
    models = [(m if step is None else refill(m, step), g) for m, g in readers["T5 bias"]]
    shares = [share_right(m, 128, g) for m, g in models]
    left, nearest = (
        "".join(f"{100 * share:4.0f}" for share in q) for q in zip(*shares, strict=True)
    )
    print(f"{name:16} left {left}    nearest {nearest}")

# %% [markdown] measured={"last copied      left": [85, 100], "each lower by 1  left": [90, 100]}
r"""
With the last bucket copied, *left* goes from about a half to around nine tenths and more, and
*nearest* doubles, all with no training. With buckets that go on falling, as ALiBi's bias does,
*nearest* nearly comes back, too. So that was the reason: what was never trained does not stay out
of the way.

**Rotary.** A head of width 8 has four hands. Their rates are 1, 0.1, 0.01 and 0.001.

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

# %% tags=["demo", "folded"]
figure, axes = plt.subplots()
relative = library.relative_positions(128)  # (128, 128)
for seed, (model, generator) in enumerate(readers["rotary"]):
    rows, _ = draw(8, 128, generator)
    with torch.no_grad():
        weights = model(rows)[1].mean(dim=(0, 1))  # (128, 128)
    profile = [weights[relative == d].mean() for d in range(-90, 91)]
    axes.plot(range(-90, 91), profile, lw=1.2, label=f"seed {seed}")
axes.set_xticks([-64, -16, -1, 16, 62], ["−64", "−16", "−1", "16", "62"])
axes.set(xlabel="place of the key, seen from the query (±16: beyond training)")
axes.set(ylabel="mean weight")
axes.set_title("After 63 places the hands come round, and strangers look near")
axes.legend(loc="upper left", bbox_to_anchor=(0.55, 1))
show(axes, "Mean weight by distance: a peak at −1, and two more of the same kind at −64 and 62.")

# %% [markdown]
r"""
The highest true peak is at −1: the question *left* asks for that place. 63 places to either side of
it, at −64 and at 62, stand false neighbours, about as loud. (The low bumps near −7 and 5 are the
fast hand alone: one full turn is 6.28 places.) In a row of 64 only the first two queries have one,
in a row of 128 every query has.

Real heads have more pairs, 64 in Llama's case, so that hands seldom meet like this. But distances
that training never showed remain a risk. Models that are to read longer texts than they were
trained on often have their rotary angles rescaled, for this reason.
"""

# %% [markdown] tags=["deep-dive"]
r"""
## Deep dive: buckets, no positions, and who uses what

*About {minutes} minutes.* Nothing in later lessons needs this section.
"""

# %% [markdown]
r"""
**T5's buckets.** Of 32 buckets, 16 are for the past and 16 for the future. In the past half, 8 hold
one distance each, 0 to 7; in the future half 7 do, since 0 is past already, and bucket 16 stays
unused. In both, 8 more grow by a constant factor. The last of them begins at 91 and has no end:
such a layer can't tell 91 from 500. (T5 itself also leaves out the division by $\sqrt{d_k}$.)

**Predict before you run.** Distances 8 to 11 share a bucket. How many distances share the one that
16 falls into: as many, about twice as many, or all the rest?
"""

# %%
distances = torch.tensor([0, 1, 7, 8, 11, 12, 15, 16, 22, 23, 31, 90, 91, 500])
buckets = library.RelativePositionBias(num_heads=1).bucket(-distances)  # the past
for distance, bucket in zip(distances.tolist(), buckets.tolist(), strict=True):
    print(f"{distance:3} places back: bucket {bucket}")

# %% [markdown]
r"""
Seven, 16 to 22: nearly twice as many as the four of 8 to 11.

**No positions at all.** Where each token sees only what stands before it (lesson 05), equivariance
is broken already: the first sees one token, the second sees two. Language models of this kind
without any positions hold their own against others, and learn where they are (Haviv et al., 2022).
In one study of reasoning and mathematical tasks they did better at new lengths than models with
sinusoidal positions, T5's bias, ALiBi or rotary (Kazemnejad et al., 2023).

**Who uses what.** T5 has its bias, BLOOM uses ALiBi, LLaMA rotary. In ALiBi's paper a model trained
on 1,024 tokens did as well on 2,048 as a sinusoidal one trained on 2,048. For rotary models,
*position interpolation* squeezes the places of a long text into the range known from training, and
needs a little more training, at most 1,000 steps (Chen et al., 2023).
"""

# %% [markdown]
r"""
## The quiz

Five questions. You may answer again as often as you like.
"""

# %% tags=["quiz"]
quiz("04")

# %% [markdown]
r"""
## In five lines

1. Trained short and tested long, most methods break: what was never trained does not stay out of
   the way.
2. ALiBi and T5 add a bias to the scores, by distance. The queries are the last places.
3. Rotary turns queries and keys, as clocks turn, so that scores know distance and side only.
4. Its two pairings don't mix; reorder the rows of the projections to go from one to the other.
5. No method wins everywhere: it depends on what the task asks, and how far beyond training it goes.

**Words learnt**: bias (of scores), bucket, slope, ALiBi, rotary, interleaved, half-split.

**Next**: everybody still sees everybody.
[05 · What may not be seen](05_what_may_not_be_seen.ipynb) decides who may see whom.
"""

# %% tags=["progress"]
progress("04")

# %% [markdown]
r"""
### References

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
