# %% [markdown]
r"""
# 10 · Patterns and windows

**By the end you can**

1. draw windows and global tokens as masks, and count what they read; <!-- quiz: count-pattern -->
2. compute who hears of whom when layers are stacked; <!-- quiz: word-of-mouth -->
3. say which questions a model can't answer, however it is trained; <!-- quiz: blind-places -->
4. write a window as a kernel that never forms the $n \times n$ table; <!-- quiz: largest-table -->
5. read from a slope whether a method saves anything. <!-- quiz: slopes -->

*About {minutes} minutes · needs [05 · What may not be seen](05_what_may_not_be_seen.ipynb) and
[09 · Which keys?](09_which_keys.ipynb) · builds the windows of `attn.sparse`*

> **In one breath.** You live in a long street, and talk with your neighbours only. News from the
> far end reaches you all the same, if it is passed on from house to house. Or if there is one
> notice board that everybody reads. If neither, you will not hear it, however long you listen.
"""

# %%
import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn

from attn import masks
from attn.plotting import plot_weights
from course import check, explore, progress, quiz, show
from course.measure import cpu_seconds, multiply_adds, peak_mib

# %% [markdown]
r"""
## From memory

A few minutes, before anything new, and without looking back: what is fetched from memory stays
longer than what is read again. Nothing here is graded.
"""

# %% tags=["recall"]
from course import recall

recall("10")


# %% tags=["recall"]
# From memory: the padding mask. Then check("05.1", from_memory, points=0)
### BEGIN SOLUTION
def from_memory(lengths, n_k):
    return (torch.arange(n_k) < lengths[:, None])[:, None, None, :]


check("05.1", from_memory, points=0)
### END SOLUTION

# %% [markdown]
r"""
## A model that has to look back

Lesson 09 chose keys by what they say, and the choice had a price. Here keys are chosen by *where
they stand*, which costs nothing. What is lost? Take 24 tokens with random symbols, one of them
marked. The **last** token has to say which symbol was marked.

```
place     0  1  2  3  …  14   15  …  21  22  23
symbol    d  a  f  a  …  [b]   c  …   h   a   e     → the last token has to say: b
distance                  9    8  …   2   1   0
```

Blind guessing is right in 1 of 8 cases. In each layer of the model, every token adds to its own
features what its attention finds. Each token sees a **window** of 6: the keys at a distance below
6, itself and 5 places on each side.
"""


# %% tags=["demo", "folded"]
class Reader(nn.Module):
    """Symbols (batch, 24) and the marked place (batch,) -> scores (batch, 8), weights."""

    def __init__(self, mask: torch.Tensor, layers: int, d: int = 32):
        super().__init__()
        self.symbol, self.mark, self.mask = nn.Embedding(8, d), nn.Embedding(2, d), mask
        # A norm keeps the features' size even from layer to layer: lesson 06.
        self.norms = nn.ModuleList(nn.LayerNorm(d) for _ in range(layers))
        self.qkv = nn.ModuleList(nn.Linear(d, 3 * d) for _ in range(layers))
        self.answer = nn.Linear(d, 8)

    def forward(self, symbols, place):
        x, maps = self.symbol(symbols) + self.mark(F.one_hot(place, 24)), []  # (batch, 24, d)
        for norm, qkv in zip(self.norms, self.qkv, strict=True):
            query, key, value = qkv(norm(x)).chunk(3, dim=-1)  # (batch, 24, d) each
            scores = (query @ key.mT / x.shape[-1] ** 0.5).masked_fill(~self.mask, -torch.inf)
            maps.append(scores.softmax(dim=-1))  # (batch, 24, 24)
            x = x + maps[-1] @ value
        return self.answer(x[:, -1]), maps


# %% tags=["demo", "folded"]
torch.set_num_threads(1)  # small models train fastest on one thread
guess = {1: 12, 2: 12, 3: 12}  # layers: how far; the sliders below change it


def marked(count: int, generator: torch.Generator):
    symbols = torch.randint(8, (count, 24), generator=generator)
    place = torch.randint(23, (count,), generator=generator)  # never the last token itself
    return symbols, place, symbols.gather(1, place[:, None])[:, 0]


def train_reader(mask, layers: int, seed: int) -> tuple[Reader, torch.Tensor]:
    """A trained reader, and its share of right answers at the distances 1 to 23: (23,)."""
    torch.manual_seed(seed)
    generator, reader = torch.Generator().manual_seed(seed), Reader(mask, layers)
    optimizer = torch.optim.Adam(reader.parameters(), lr=0.01)
    for _ in range(200):
        *asked, answer = marked(48, generator)
        loss = F.cross_entropy(reader(*asked)[0], answer)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    symbols, place, answer = marked(2000, generator)
    with torch.no_grad():
        right = (reader(symbols, place)[0].argmax(dim=-1) == answer).float()
    return reader, torch.stack([right[place == 23 - distance].mean() for distance in range(1, 24)])


# %% [markdown]
r"""
**Predict before you run.** Up to which distance will readers with one, two and three such layers
answer? Draw your guess with the sliders. It will stand beside what training finds.
"""


# %% tags=["explore", "folded"]
def draw_a_guess(one_layer: int, two_layers: int, three_layers: int):
    guess.update({1: one_layer, 2: two_layers, 3: three_layers})
    figure, panels = plt.subplots(1, 3, figsize=(9, 2.8), sharey=True)
    for panel, (layers, far) in zip(panels, guess.items(), strict=True):
        panel.step([0, far, far, 24], [1, 1, 1 / 8, 1 / 8], "--", color="C1")
        panel.set(title=f"{layers} layer{'s' * (layers > 1)}: up to {far}", ylim=(0, 1.1))
        panel.set_xlabel("distance of the marked token")
    panels[0].set_ylabel("share of right answers")
    return show(figure, f"Your guess: answers up to the distances {list(guess.values())}.")


explore(
    draw_a_guess, one_layer=(0, 23, 1, 12), two_layers=(0, 23, 1, 12), three_layers=(0, 23, 1, 12)
)

# %% [markdown]
r"""
Now train: three readers of each kind, from three seeds.
"""

# %% tags=["demo", "folded"]
kinds = {
    f"window, {name}": (masks.window_mask(24, window=6), layers)
    for layers, name in enumerate(("1 layer", "2 layers", "3 layers"), start=1)
}
trained = {name: [train_reader(*kind, seed) for seed in range(3)] for name, kind in kinds.items()}
answered = {name: torch.stack([shares for _, shares in row]) for name, row in trained.items()}

figure, panels = plt.subplots(1, 3, figsize=(9, 3), sharey=True)
for layers, (panel, shares) in enumerate(zip(panels, answered.values(), strict=True), start=1):
    far = guess[layers]
    panel.step([0, far, far, 24], [1, 1, 1 / 8, 1 / 8], "--", color="C1", label="your guess")
    panel.plot(range(1, 24), shares.T, "o-", color="C0", ms=3, lw=1)
    panel.set(title=f"{layers} layer{'s' * (layers > 1)}", ylim=(0, 1.1))
    panel.set_xlabel("distance of the marked token")
panels[0].set_ylabel("share of right answers")
panels[2].legend(fontsize=9, loc="center left")
figure.suptitle(
    "Up to 5, 10, 15 places nearly always right. One place farther, blind", weight="bold"
)
alt = """Share of right answers against distance, three seeds each. With one layer it is nearly 1
up to distance 5 and an eighth from 6 on; with two layers it falls behind 10, with three behind
15."""
show(figure, alt)

# %% tags=["demo", "folded", "nbval-ignore-output"]
for (name, shares), far in zip(answered.items(), (5, 10, 15), strict=True):
    near, beyond = shares[:, far - 1].mean().item(), shares[:, far].mean().item()
    print(f"{name}   right at {far}: {near:.2f}   and at {far + 1}: {beyond:.2f}")

# %% [markdown] measured={"at 5": [0.9, 1], "at 6": [0, 0.2], "at 15": [0.9, 1], "at 16": [0, 0.2]}
r"""
Look at the fall: from nearly always right to guessing within *one* place. But why 10 with two
layers, when no token sees farther than 5? These are the weights that the two-layer reader learnt,
when place 14 is marked, 9 places from the last token:
"""

# %% tags=["demo", "folded"]
reader = trained["window, 2 layers"][0][0]
symbols, _, _ = marked(1, torch.Generator().manual_seed(1))
with torch.no_grad():
    maps = reader(symbols, torch.tensor([14]))[1]  # two, each (1, 24, 24)
figure, panels = plt.subplots(1, 2, figsize=(10, 5))
places = [str(place) if place in (0, 5, 9, 14, 18, 23) else "" for place in range(24)]
titles = (
    "Layer 1: who can see place 14 looks at it",
    "Layer 2: the last row asks 18 and 19",
)
for panel, weights, title in zip(panels, maps, titles, strict=True):
    plot_weights(weights[0], places, title=title, ax=panel, annotate=False)
panels[1].add_patch(
    plt.Rectangle((-0.5, 22.5), 24, 1, fill=False, lw=3, color="#D55E00", clip_on=False)
)
alt = """Two maps of 24 queries by 24 keys. In layer 1 the queries 9 to 19 have a bright cell in
column 14. In layer 2 the last row is framed: its weight lies on 18 and 19, which have seen 14."""
show(figure, alt)

# %% tags=["demo", "folded", "nbval-ignore-output"]
last = maps[1][0, -1]  # (24,)
print(f"weight of the last token on 18: {last[18]:.2f}   on 19: {last[19]:.2f}")

# %% [markdown] measured={"token on 18": [0.75, 1], "on 19": [0, 0.25]}
r"""
In the first layer the tokens from 9 to 19 look at the mark: the bright column. In the second,
follow the framed row, the only one that counts there: place 23 has nearly all its weight on 18 (and
a little on 19), those of its neighbours that have seen the mark. Two steps of 5 are 10. Nobody told
the model to pass the news on. (Rows that can't see the mark look anywhere; nobody asks them.)

## Patterns

A window is one **pattern**: a mask that depends on places alone. Others are:

- a **stride**: every $s$-th token, $(i - j) \bmod s = 0$;
- **global tokens**: a few that see everybody, and that everybody sees, like a notice board.

A window of $w$ says yes where $|i - j| < w$. A window of 1 is the token itself. The calls you need,
on numbers:
"""

# %%
down, across = torch.arange(3)[:, None], torch.arange(3)  # (3, 1) and (3,)
print(down - across)  # (3, 3): a column against a row is a table
print((down - across).abs())
print((down > 1) | (across > 1))  # yes where at least one of the two says yes

# %% [markdown]
r"""
### Exercise 10.1 · A window and a notice board · ●○○ · 2 points

Window and global tokens together are the shape of Longformer (Beltagy et al., 2020). The global
tokens are the first ones. `True` says *may attend*. For 6 tokens, a window of 2 and one global
token:

```
            keys j →  0 1 2 3 4 5
queries i   0         x x x x x x     the board sees everybody
   ↓        1         x x x . . .
            2         x x x x . .
            3         x . x x x .     everybody sees the board, neighbours and itself
            4         x . . x x x
            5         x . . . x x
```
"""


# %% tags=["exercise"] exercise="10.1" minutes=6 importance="core"
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

# %% tags=["demo", "folded"]
n = 24
band, longformer = longformer_mask(n, 6, 0), longformer_mask(n, 6, 1)
stride = masks.strided_mask(n, stride=6, causal=False)
shapes = {"Window": band, "Stride": stride, "Longformer": longformer}
costs = ("n · (2w - 1)", "n² / s", "n · (2w + 1)")
figure, panels = plt.subplots(1, 3, figsize=(8, 3.75), sharey=True)
for panel, (name, pattern), cost in zip(panels, shapes.items(), costs, strict=True):
    panel.imshow(pattern, cmap="cividis", vmin=0, vmax=1)
    panel.set_title(f"{name}: {pattern.float().mean():.0%}", fontsize=11)
    panel.set_xlabel(f"keys\npairs ≤ {cost}")
    panel.grid(False)
panels[0].set_ylabel("queries")
title = "Here the stride reads least. In long texts it reads most: n² / s grows with n²"
figure.suptitle(title, weight="bold", fontsize=12)
alt = """Yellow is seen. A window is a band, a stride parallel lines, Longformer a band with a full
first row and column."""
show(figure, alt)

# %% [markdown]
r"""
Yellow is seen. A row of the window has at most $2w - 1$ keys, however long the text is: the cost
grows with $n$, not with $n^2$. A global token adds a column and a row, $2n$ pairs. A stride's rows
have $n / s$ keys, in long texts the most of the three.

## Who hears of whom?

Token $i$ hears of token $j$ in $L$ layers if it may attend to *some* token $m$ that heard of $j$ in
$L - 1$ layers. (Everyone sees itself, so nothing heard is lost.)

$$\text{reach}_L[i, j] = \text{there is an } m \text{ with } \text{mask}[i, m]
\text{ and } \text{reach}_{L-1}[m, j] \qquad \text{reach}_1 = \text{mask}$$

"There is an $m$" is a matrix product in disguise. With 1 for yes and 0 for no, the product of two
tables *counts* the $m$. By hand: three tokens, each sees itself and the one before.
"""

# %%
mask = torch.tensor([[1, 0, 0], [1, 1, 0], [0, 1, 1]]).bool()  # (3, 3)
print(mask.float() @ mask.float())  # row 2, column 0: one way, through token 1
print(mask.float() @ mask.float() > 0)

# %% [markdown]
r"""
### Exercise 10.2 · Word of mouth · ●●○ · 2 points

At least one way is enough. `mask.float()` makes numbers of yes and no.

```
reach_L (n, n)      =   mask (n, n)      @   reach_(L-1) (n, n)   > 0
  i down, j across       i down, m across      m down, j across
```
"""


# %% tags=["exercise"] exercise="10.2" minutes=7 importance="core"
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

# %% [markdown]
r"""
One global token needs two layers: it hears all in the first, and tells all in the second. A window
alone needs many.

## What a pattern can't see

`reach` says what *may* arrive. Does a trained model live by it? Two more kinds of readers: a stride
of 6 in one layer, and a window of 6 with one global token in two. At which distances will the
stride answer?
"""


# %% tags=["demo", "folded"]
def draw_answers(panel, heard, shares):
    panel.bar(range(1, 24), heard.float(), width=1, color="#E4E4E4")
    panel.plot(range(1, 24), shares.T, "o-", color="C0", ms=3, lw=1)
    panel.axhline(1 / 8, ls=":", color="black")
    panel.set(ylim=(0, 1.1))
    panel.grid(False)


# %% tags=["demo", "folded", "memorable"]
shown = {"stride, 1 layer": (stride, 1), "Longformer, 2 layers": (longformer, 2)}


def last_hears(mask, layers):
    return reach(mask, layers)[-1].flip(0)[1:]  # (23,): of whom the last token hears, nearest first


promised = {name: last_hears(*kind) for name, kind in shown.items()}  # before any training
for name, kind in shown.items():
    answered[name] = torch.stack([train_reader(*kind, seed)[1] for seed in range(3)])

for name, heard in promised.items():
    right, guessed = answered[name][:, heard] > 0.75, answered[name][:, ~heard] < 0.3
    print(f"{name:21} hears of {int(heard.sum()):2} of 23 places", end="   ")
    print(f"right there: {bool(right.all())}   guesses elsewhere: {bool(guessed.all())}")
figure, panels = plt.subplots(2, 1, figsize=(7, 3.9), sharex=True, sharey=True)
for panel, (name, heard) in zip(panels, promised.items(), strict=True):
    draw_answers(panel, heard, answered[name])
    panel.set_title(name)
figure.supylabel("right answers (line), reach (grey)", fontsize=10)
panels[-1].set_xlabel("distance of the marked token")
figure.suptitle("A model answers where its pattern can see, and nowhere else", weight="bold")
alt = """Two rows. In each, the answers are right exactly where the grey of reach is, and at the
dotted line of guessing elsewhere: at 6, 12, 18 for the stride, everywhere for window and global
token in two layers."""
show(figure, alt)

# %% [markdown]
r"""
Grey is what your `reach` promised, before any training. The stride answers at 6, 12 and 18 and is
blind in between. **What a pattern does not carry, no training can learn.** (The reverse does not
hold: over many layers a model may fail to pass on what it could.)
"""

# %% [markdown]
r"""
## Going further: who hears of whom, and a pattern of your own

*About {minutes} minutes to read, and some more to try.* **Turn the sliders.** Left, who hears of
whom. Right, the curve that your `reach` promises for the reader. Find a setting with which *two*
layers, and a small window, let everybody hear of everybody.
"""


# %% tags=["explore", "folded"]
def who_hears(window: int, global_tokens: int, stride: int, layers: int):
    mask = longformer_mask(24, window, global_tokens)
    if stride > 0:
        mask = mask | masks.strided_mask(24, stride=stride, causal=False)
    heard = reach(mask, layers)  # (24, 24)
    promised = heard[-1].flip(0)[1:] * 7 / 8 + 1 / 8  # (23,): of the last token, nearest first
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.9), width_ratios=(2, 3))
    left.imshow(heard, cmap="cividis", vmin=0, vmax=1)
    left.set(xlabel="tokens heard of", ylabel="queries")
    left.set_title(f"Heard: {heard.float().mean():.0%} of the pairs")
    left.grid(False)
    right.plot(range(1, 24), promised, "o-")
    right.set(
        ylim=(0, 1.1), xlabel="distance of the marked token", ylabel="right answers, promised"
    )
    count = int(heard[-1].sum()) - 1
    right.set_title(f"The last token hears of {count} of 23 others")
    return show(figure, f"Layers: {layers}. The last token hears of {count} of 23 other tokens.")


explore(
    who_hears,
    window=(1, 12, 1, 6),
    global_tokens=(0, 3, 1, 0),
    stride=(0, 8, 1),
    layers=(1, 8, 1, 2),
)

# %% [markdown]
r"""
**A pattern of your own.** Draw it, and train a reader with it. Can two layers answer at all 23
distances, and read less than a sixth of the pairs?

<details><summary>One way</summary>

A window of 1 and one global token: 70 of 576 pairs. Everybody reads the board, and it reads
everybody.

</details>
"""

# %% tags=["demo"]
mine = longformer_mask(24, window=4, global_tokens=0)  # yours
mine = mine | masks.strided_mask(24, stride=8, causal=False)
print(f"reads {mine.float().mean():.0%} of the pairs")

# %% tags=["demo", "folded"]
heard, shares = last_hears(mine, 2), train_reader(mine, 2, seed=0)[1][None]  # (23,), (1, 23)
count = int(heard.sum())
figure, axes = plt.subplots(figsize=(7, 2.6))
draw_answers(axes, heard, shares)
axes.set(xlabel="distance of the marked token", ylabel="share of right answers")
axes.set_title(f"Two layers of my pattern hear of {count} of 23 tokens")
show(figure, f"A pattern of your own: two layers hear of {count} of 23 tokens, marked in grey.")

# %% [markdown]
r"""
## A kernel that forms no table

A mask saves nothing by itself: all $n^2$ scores are formed, and most are thrown away. To save, we
need another **kernel**, as the code is called that does the computing: one that never forms them.

Take the queries in blocks of `window`. The queries from `start` to `stop - 1` see, taken together,
only the keys from `start - window + 1` to `stop + window - 2`: their own block, and nearly a block
on each side. Inside that small table the window is still a mask. For $n = 12$ and a window of 3,
the queries 3 to 5 (`start = 3`, `stop = 6`) see the keys 1 to 7:
"""

# %% tags=["demo", "folded"]
short_band = longformer_mask(12, 3, 0)  # (12, 12)
figure, axes = plt.subplots(figsize=(6.4, 4.6))
axes.imshow(short_band, cmap="cividis", vmin=0, vmax=1)
frame = {"fill": False, "lw": 3, "color": "#D55E00"}
for start in range(0, 12, 3):
    first, last = max(0, start - 2), min(12, start + 5)
    style = frame if start == 3 else frame | {"lw": 1.2, "ls": "--"}
    axes.add_patch(plt.Rectangle((first - 0.5, start - 0.5), last - first, 3, **style))
axes.set(xlabel="keys", ylabel="queries", xticks=range(12), yticks=range(12))
axes.text(7.8, 4, "start = 3,\nstop = 6:\nkeys 1 to 7", color="white", weight="bold", va="center")
axes.set_title("A block of queries meets at most 3 · window - 2 keys", fontsize=11)
axes.grid(False)
alt = """A 12 by 12 table with a band of width 5. Four frames of three rows each cover the band;
that of the queries 3 to 5 goes from key 1 to key 7, and the first and last frame end at the
table's edge."""
show(figure, alt)

# %% [markdown]
r"""
A frame is all that the kernel computes for a block. The first and the last are cut off by the ends
of the text.

So $n$ queries meet fewer than $3 \cdot \text{window}$ keys each, with $d$ features, once for the
scores and once for the blend: less than $6 \cdot n \cdot \text{window} \cdot d$ multiply-adds. The
calls you need, on numbers:
"""

# %%
print([(start, min(start + 3, 8)) for start in range(0, 8, 3)])  # 8 tokens in blocks of 3
print(max(0, 3 - 5), min(8, 6 + 5))  # a place that would run off either end

# %% [markdown]
r"""
### Exercise 10.3 · The sliding window · ●●● · 3 points

Two lines of the loop are yours, each where a `raise` stands. First, which slice of keys the block
reads, `first` to `last`, without running off either end of the text. Then, from the places `i` and
`j`, `hidden`: a table that is `True` where a query of the block must not see a key of the slice.
"""


# %% tags=["exercise"] exercise="10.3" minutes=12 importance="core"
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
        ### END SOLUTION
        i, j = torch.arange(start, stop)[:, None], torch.arange(first, last)  # places in the text
        ### BEGIN SOLUTION
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

`i` is a column of places, `j` a row, so `i - j` is a table of distances, as in 10.1. Hide where the
distance, without its sign, is `window` or more.

</details>
"""

# %% tags=["check"] exercise="10.3"
check("10.3", sliding_window, points=3)

# %% [markdown]
r"""
### Claim, measured: "sparse attention is cheaper"

One head with $d = 64$ and a window of 64: once *as a mask* on the whole table, once with *your
kernel*.

On log-log axes a power of $n$ is a straight line, and its **slope** is the power. By hand: from 512
to 4,096 tokens $n$ grows $2^3$ times. If the time grows $2^6$ times, the slope is $6 / 3 = 2$: it
grows with $n^2$.

**Predict before you run.** What slope has the time of each way?
"""


# %% tags=["demo", "folded"]
def attend(query, key, value, hidden):
    """Attention with the whole table (n, n), hidden where `hidden` is True."""
    scores = query @ key.mT / query.shape[-1] ** 0.5
    return scores.masked_fill(hidden, -torch.inf).softmax(dim=-1) @ value


lengths = [512, 1024, 2048, 4096]
hidden_at = {n: ~longformer_mask(n, 64, 0) for n in lengths}  # each (n, n), made beforehand


methods = {
    "mask": lambda x: attend(x, x, x, hidden_at[len(x)]),
    "kernel": lambda x: sliding_window(x, x, x, 64),
}

# %% tags=["demo", "folded", "nbval-ignore-output"]
inputs = [torch.randn(n, 64, generator=torch.Generator().manual_seed(0)) for n in lengths]
seconds = {
    name: torch.tensor([cpu_seconds(method, x) for x in inputs]) for name, method in methods.items()
}  # each (4 lengths,)
slopes = {name: (times[-1] / times[0]).log2().item() / 3 for name, times in seconds.items()}
print("derived for the kernel: below", f"{6 * 4096 * 64 * 64:,} multiply-adds")
for name, method in methods.items():  # from 512 to 512 · 2**3 = 4096
    work, memory = multiply_adds(method, inputs[-1]), peak_mib(method, inputs[-1])
    print(f"{work:13,} multiply-adds   {memory:3.0f} MiB", end="   ")
    print(f"slope of the {name} {slopes[name]:.1f}")

# %% tags=["demo", "folded"]
figure, axes = plt.subplots(figsize=(7, 3.6))
for (name, times), style in zip(seconds.items(), ("o-", "s--"), strict=True):
    axes.loglog(
        lengths, times, style, base=2, label=f"window as a {name}: slope {slopes[name]:.1f}"
    )
axes.set(
    title="In long texts a mask saves no time, and a kernel does", xlabel="tokens n", yscale="log"
)
axes.set_ylabel("processor seconds, one thread")
axes.legend(fontsize=9)
alt = """Log-log. The time of the window as a mask grows with slope 2 or more, that of the window
kernel with about 1."""
show(figure, alt)

# %% [markdown] measured={"slope of the mask": [1.7, 3], "slope of the kernel": [0.6, 1.4]}
r"""
Your kernel's count is below the bound, and less than a twentieth of the mask's. In the figure, look
at the right end: for twice the text the mask takes four times as long or more, and the kernel
twice. (More than slope 2: a large table no longer fits the processor's fast memory. Lesson 11 comes
back to that.)

So the claim holds for kernels, and for a mask it does not. In
[`attn/sparse`](../lib/attn/sparse/) your functions take masks too, and can be causal.
"""

# %% [markdown] tags=["deep-dive"]
r"""
## Deep dive: a stride as a kernel, and what models use

*About {minutes} minutes.* Nothing in later lessons needs this section.

**A stride as a kernel.** Here neighbouring queries share no keys. So bring together, once, those
that see each other. Among them attention is full, with $n^2 / s$ scores in place of $n^2$.
"""


# %%
def strided_attention(query, key, value, stride):
    def regroup(x):  # (n, d) -> (stride, n / stride, d): every stride-th token together
        return x.view(-1, stride, x.shape[-1]).transpose(0, 1)

    groups = F.scaled_dot_product_attention(regroup(query), regroup(key), regroup(value))
    return groups.transpose(0, 1).flatten(0, 1)  # (n, d_v), in the old order


# %%
qkv = torch.randn(3, 96, 16, generator=torch.Generator().manual_seed(0))  # three times (n, d)
every_8th = masks.strided_mask(96, stride=8, causal=False)  # (n, n)
expected = F.scaled_dot_product_attention(*qkv, attn_mask=every_8th)
print("equal to its mask:", torch.allclose(strided_attention(*qkv, 8), expected, atol=1e-5))

# %% [markdown]
r"""
**From the papers.** A stride alone stays in its own group of places, however many layers; with a
window of its size beside it, two layers reach everybody. Child et al. (2019) trained such pairs on
images, sound and text.
Beltagy et al. (2020) gave Longformer a window of 512, 256 on each side, and a few global tokens.
BigBird (Zaheer et al., 2020) adds random blocks; like full attention, it can approximate any
continuous function of sequences. The first Mistral 7B (Jiang et al., 2023) has windows of 4,096 in
32 layers; from v0.2 on it has none. Gemma 3 (2025) has five layers with a window for each layer
that sees all. Xiao et al. (2023) found that a window on a trained model fails once the first tokens
fall out of it, and works again if a few of them are kept.
"""

# %% [markdown]
r"""
## The quiz

Five questions, with an answer to every answer.
"""

# %% tags=["quiz"]
quiz("10")

# %% [markdown]
r"""
## In five lines

1. Windows, strides and global tokens choose keys by place: a mask that no content changes.
2. Stacked layers pass news on. A window of $w$ reaches $w - 1$ places farther with each layer.
3. What a pattern does not carry in $L$ layers, no training can learn.
4. A mask saves nothing: the table was formed.
5. A kernel that reads only its keys saves: slope 1, where a table has 2 or more.

**Words learnt**: pattern, window, stride, global token, reach, kernel, slope.

**Next**: [11 · Same answer, less memory](11_same_answer_less_memory.ipynb) changes nothing in the
answer, and forms no table either.
"""

# %% tags=["progress"]
progress("10")

# %% [markdown]
r"""
### References

- R. Child, S. Gray, A. Radford, I. Sutskever (2019). *Generating Long Sequences with Sparse
  Transformers.* arXiv [1904.10509](https://arxiv.org/abs/1904.10509)
- I. Beltagy, M. E. Peters, A. Cohan (2020). *Longformer: The Long-Document Transformer.* arXiv
  [2004.05150](https://arxiv.org/abs/2004.05150)
- M. Zaheer et al. (2020). *Big Bird: Transformers for Longer Sequences.* arXiv
  [2007.14062](https://arxiv.org/abs/2007.14062)
- G. Xiao et al. (2023). *Efficient Streaming Language Models with Attention Sinks.* arXiv
  [2309.17453](https://arxiv.org/abs/2309.17453)
- A. Q. Jiang et al. (2023). *Mistral 7B.* arXiv [2310.06825](https://arxiv.org/abs/2310.06825)
- Gemma Team (2025). *Gemma 3 Technical Report.* arXiv
  [2503.19786](https://arxiv.org/abs/2503.19786)
"""
