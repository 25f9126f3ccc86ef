# %% [markdown]
r"""
# 05 · What may not be seen: masks

**By the end you can**

1. tell from a training curve alone when a model must *not* be trusted;
   <!-- quiz: lowest-honest-loss -->
2. write the masks for padding and for the future, and combine them;
   <!-- quiz: triangle-less-padding -->
3. say why a mask comes before the softmax, and what a row gets that may see nothing;
   <!-- quiz: rows-that-see-nothing -->
4. find a leak from the future with a gradient; <!-- quiz: gradient-above -->
5. explain why one pass through a causal model trains all positions at once.
   <!-- quiz: teacher-forcing -->

*About {minutes} minutes · needs
[01 · Attention is a soft look-up](01_attention_is_a_soft_lookup.ipynb),
[02 · Many heads](02_many_heads.ipynb) and [03 · Where am I?](03_where_am_i.ipynb) · recalls
[04 · How far apart?](04_how_far_apart.ipynb) · builds `attn.masks` and the masked softmax in
`attn.core`*

> **In one breath.** In an exam you may look at your own notes, and a sheet of cardboard hides your
> neighbour's answers. A mask is that cardboard. If it has a gap, everybody gets full marks, and
> nobody has learnt anything.
"""

# %%
import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from matplotlib.colors import ListedColormap
from torch import nn

from attn.plotting import plot_weights
from course import check, explore, progress, quiz, show

# %% [markdown]
r"""
## From memory

A few minutes, before anything new, and without looking back. Nothing here is graded.
"""

# %% tags=["recall"]
from course import recall

recall("05")


# %% tags=["recall"]
# From memory: ALiBi's bias. Then check("04.1", from_memory, points=0)
### BEGIN SOLUTION
def from_memory(slopes, n_q, n_k):
    query_place = torch.arange(n_k - n_q, n_k)[:, None]
    return -slopes[:, None, None] * (torch.arange(n_k) - query_place).abs()


check("04.1", from_memory, points=0)
### END SOLUTION

# %% [markdown]
r"""
## Whom would you hire?

You need a model that can play a game. Three friends sit at a round table with 12 chairs, 0 to 11.
In turn, each of them moves one chair to the left or to the right, as a coin decides. Here are the
chairs of one game, with a line for each round:
"""


# %% tags=["demo", "folded"]
def play(count: int, n: int, friends: int, generator: torch.Generator) -> torch.Tensor:
    """Chairs taken, one move after the other: (count, n)."""
    chairs = torch.randint(12, (count, friends), generator=generator)  # where they sit first
    for _ in range(n - friends):
        step = 2 * torch.randint(2, (count, 1), generator=generator) - 1  # -1 or 1
        chairs = torch.cat([chairs, (chairs[:, -friends, None] + step) % 12], dim=1)
    return chairs


# %% tags=["demo"]
game = play(1, 15, 3, torch.Generator().manual_seed(0))  # (count=1, n=15)
print(game.view(5, 3))  # five rounds, three friends

# %% [markdown]
r"""
Each column is a friend. So whoever guesses the next chair has to look *three places back*, and can
then name two chairs. Which of the two, only the coin knows.

Ann, Ben, Cleo and Dora have each built a model that guesses the next chair: one layer of attention,
each with its own way to attend. Each of them says: *no token can see a later one*. You may hire
one, and see only the training curves.

Run the folded cells; they train twenty models, five of each (half a minute or so). Read on
meanwhile.
"""


# %% tags=["folded"]
def agree(query, key):
    return query @ key.mT / query.shape[-1] ** 0.5  # (..., n, n)


def future(x, first=1):
    """True where key j stands `first` or more places after query i: (n, n)."""
    return torch.ones(x.shape[-2], x.shape[-2], dtype=torch.bool).triu(first)


def ann(query, key, value):
    return agree(query, key).masked_fill(future(key), -torch.inf).softmax(dim=-1) @ value


def ben(query, key, value):
    return agree(query, key).softmax(dim=-1).masked_fill(future(key), 0.0) @ value


def cleo(query, key, value):
    return agree(query, key).masked_fill(future(key, 2), -torch.inf).softmax(dim=-1) @ value


def dora(query, key, value):
    return ann(query, key, value - value.mean(dim=-2, keepdim=True))


colleagues = {"Ann": ann, "Ben": ben, "Cleo": cleo, "Dora": dora}


# %% tags=["demo", "folded"]
class Reader(nn.Module):
    """Chairs (batch, n) -> scores (batch, n, 12) for the chair that comes next."""

    def __init__(self, attend, d_model: int = 32):
        super().__init__()
        self.attend = attend
        self.token, self.place = nn.Embedding(12, d_model), nn.Embedding(16, d_model)
        self.query, self.key, self.value = (nn.Linear(d_model, d_model) for _ in range(3))
        self.answer = nn.Linear(d_model, 12)

    def embed(self, chairs: torch.Tensor) -> torch.Tensor:
        return self.token(chairs) + self.place(torch.arange(chairs.shape[1]))  # (batch, n, d_model)

    def forward(self, chairs: torch.Tensor) -> torch.Tensor:
        x = self.embed(chairs)
        found = self.attend(self.query(x), self.key(x), self.value(x))  # (batch, n, d_model)
        return self.answer(x + found)


# %% tags=["demo", "folded"]
def train(attend, seed: int, friends: int = 3, steps: int = 150):
    """A trained reader and its loss at each step. The first chairs can't be guessed: left out."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    reader, losses = Reader(attend), []
    optimizer = torch.optim.Adam(reader.parameters(), lr=0.01)  # downhill, step sizes adapted
    for chairs in play(64 * steps, 15, friends, generator).split(64):  # (64, 15), all new
        scores = reader(chairs[:, :-1])[:, friends - 1 :]  # (64, 15 - friends, 12)
        loss = F.cross_entropy(scores.flatten(0, 1), chairs[:, friends:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return reader, losses


# %% tags=["demo", "folded"]
@torch.no_grad()
def write(reader, seed: int, friends: int = 3) -> torch.Tensor:
    """256 games, the first chairs given, then each guess drawn, appended and read: (256, 15)."""
    generator = torch.Generator().manual_seed(1000 + seed)
    chairs = play(256, friends, friends, generator)
    while chairs.shape[1] < 15:
        chances = reader(chairs)[:, -1].softmax(dim=-1)  # (256, 12)
        chairs = torch.cat([chairs, torch.multinomial(chances, 1, generator=generator)], dim=1)
    return chairs


def fouls(games: torch.Tensor, friends: int = 3) -> torch.Tensor:
    """True where a friend did not go to a neighbouring chair: (..., n) -> (..., n - friends)."""
    step = (games[..., friends:] - games[..., :-friends]) % 12  # 1 is right, 11 is left
    return (step != 1) & (step != 11)


torch.set_num_threads(1)  # quicker for models as small as these
readers, losses, games = {}, {}, {}

for name, attend in colleagues.items():
    trained = [train(attend, seed) for seed in range(5)]
    readers[name] = [reader for reader, _ in trained]
    losses[name] = torch.tensor([each for _, each in trained])  # (5 seeds, 150 steps)
    games[name] = torch.stack([write(reader, seed) for seed, reader in enumerate(readers[name])])
    # (5 seeds, 256, 15)


# %% [markdown]
r"""
A model's **loss** is the *cross-entropy*, minus the logarithm of the probability that it gave to
the chair that came. Sure and right is 0; a blind guess among 12 chairs is $\ln 12 \approx 2.48$.
"""


# %% tags=["demo", "folded"]
def draw_curves(axes):
    """The loss, the mean of ten steps each, a line for each seed."""
    for i, (name, curves) in enumerate(losses.items()):
        smooth = curves.unfold(1, 10, 10).mean(dim=-1).T  # (15, 5 seeds)
        style = {"ls": "--", "zorder": 3} if name == "Ann" else {}  # dashed, in front of Ben
        lines = axes.plot(range(10, 151, 10), smooth, f"C{i}", lw=1.2, **style)
        lines[0].set_label(name)
    axes.set(xlabel="training step", ylabel="training loss", ylim=(0, 2.6))
    axes.legend()


figure, axes = plt.subplots(figsize=(7, 3.4))
draw_curves(axes)
axes.set_title("Cleo learns fastest, and her loss is the lowest")
alt = """Training losses of four models, five lines each. Cleo's fall fastest and lowest. Dora's end
second, a little below Ann's and Ben's."""
show(figure, alt)

# %% [markdown]
r"""
**Predict before you run.** Whom would you hire, from these curves alone? Write the name down.

In the next cell each of them plays twelve games on its own: it gets the first chair of each friend,
draws the next one by its own probabilities, appends it, and reads again, twelve times. A light
square is a legal move, a dark one a foul. Look for the board that is dark:
"""

# %% tags=["demo", "folded", "memorable"]
figure, panels = plt.subplots(1, len(games), figsize=(2.5 * len(games), 3), sharey=True)
for panel, name in zip(panels, games, strict=True):
    foul = fouls(games[name][0, :12])  # (12 games, 12 moves)
    panel.imshow(foul, cmap=ListedColormap(["#C9E4F5", "#B34700"]), vmin=0, vmax=1)
    panel.set(title=f"{name}: {int(foul.sum())} fouls in 144", xlabel="move", xticks=[], yticks=[])
    panel.grid(False)
panels[0].set_ylabel("game")
figure.suptitle("The best curve writes the worst games", weight="bold", x=0.02, ha="left")
alt = """Four boards of twelve games. Ann's and Ben's are nearly all legal, Dora's has some fouls,
and Cleo's consists of fouls, but for a few moves."""
show(figure, alt)

# %% [markdown]
r"""
If you hired Cleo, you are in good company. Her curve is by far the best, and on her own she is
worse than a blind guess, which is legal in 2 of 12 cases. There was a sign in the curves.

**Work it out by hand.** Somebody understands the game perfectly and can't see the coin. Two chairs
are possible, and each gets the probability 1/2. What is the loss?

It is $-\ln \frac{1}{2} = \ln 2 \approx 0.69$. **No honest player can stay below it**:
"""

# %% tags=["demo", "folded"]
figure, axes = plt.subplots(figsize=(7, 3.4))
draw_curves(axes)
axes.axhline(0.693, ls=":", color="black")
axes.text(80, 0.42, "dotted: ln 2, all that can be known", ha="left")
axes.set(title="Two of the four are better than possible", ylim=(0, 1.4))
alt = """The same losses. A dotted line at 0.69: Ann and Ben come down to it, Dora's lines but one
end a little below it, and Cleo's far below."""
show(figure, alt)

# %% tags=["demo", "folded"]
ends = {name: losses[name][:, -20:].mean(dim=1) for name in games}  # (5 seeds,) each
foul = {name: fouls(games[name]).float().mean(dim=(1, 2)) for name in games}
for what, which in {
    # not 0.69: the mean of a few steps wobbles
    "a loss below 0.65": {name: ends[name] < 0.65 for name in games},
    "three moves of four legal": {name: foul[name] < 1 / 4 for name in games},
}.items():
    counts = ", ".join(f"{name} {int(which[name].sum())}" for name in games)
    print(f"of five seeds with {what}: {counts}")

# %% [markdown] measured={"legal: Ann 5, Ben 5, Cleo": [0, 0], "0.65: Ann 0, Ben 0, Cleo": [5, 5]}
r"""
**Claim, measured:** *"the lower the training loss, the better the model."* It fails, in all five
seeds. In training the whole game lies there, and the answer to each guess stands at the next place.
Cleo's attention sees that place, so she has learnt to copy it, and nothing else. When she writes,
there is no next place.
"""

# %% [markdown] measured={"below 0.65: Ann 0, Ben 0, Cleo 5, Dora": [3, 5]}
r"""
Dora is below the line too, by a little, in most of the five. Yet most of her moves are legal, and
that makes her the more dangerous one. And Ben? His curve looks honest. A curve can accuse, but
never acquit.

So how do you hide what may not be seen? And how do you find out who sees it?
"""

# %% [markdown]
r"""
## Three ways to hide a key, one of which works

A query has three keys. Call $e^{\text{score}}$ a key's *strength*. We choose the scores so that the
strengths are 1, 2 and 3; then the weights are 1/6, 2/6 and 3/6. Now the third key is not to be
seen. The first two should share as if it were not there: 1/3, 2/3, 0.

A **mask** is a table of yes and no. In this course `True` says: *this query may attend to this
key*. Here are three ways to use it. (`~mask` exchanges yes and no, and `masked_fill` writes a
number where it finds `True`.)

**Predict before you run.** Which of the three gives 1/3, 2/3, 0?
"""

# %%
scores = torch.log(torch.tensor([1.0, 2.0, 3.0]))  # (n_k=3,)
mask = torch.tensor([True, True, False])  # (n_k=3,)
three_ways = {
    "score times 0, then softmax ": (scores * mask).softmax(dim=-1),
    "softmax, then weight times 0": scores.softmax(dim=-1) * mask,
    "score to -inf, then softmax ": scores.masked_fill(~mask, -torch.inf).softmax(dim=-1),
}
for way, shares in three_ways.items():
    print(way, shares.numpy().round(3))

# %% [markdown]
r"""
- A score of **0** hides nothing: $e^0 = 1$, so the hidden key's strength is 1, and it gets a
  quarter.
- A **weight** of 0 after the softmax hides the value, but the rest now sums to a half.
- A score of $-\infty$ works: $e^{-\infty} = 0$, in the numerator and in the sum.

The second way has a worse flaw. Change the *hidden* strength from 3 to 7, by hand: the visible
weights 1/6 and 2/6 become 1/10 and 2/10. They move when the hidden key moves, because it still
speaks through the sum that they are divided by. That is a **leak**. So the mask goes in *before*
the softmax:

$$\text{weights}_{ij} =
\frac{\text{mask}_{ij}\; e^{\text{scores}_{ij}}}
{\sum_{j'} \text{mask}_{ij'}\; e^{\text{scores}_{ij'}}} \tag{1}$$

Here a yes is 1 and a no is 0.
"""

# %% [markdown]
r"""
## Padding: sentences of unequal length

A batch is one tensor, so its sentences have to be equally long. Short ones are filled up with
**padding**, a token that means nothing. Nobody may attend to it:

```
                       keys, n_k = 4
                       place 0  1      2      3
batch = 2  length 4    I        love   Tokyo  .
           length 2    I        love   _      _
```

With heads (lesson 02) the scores have four axes. Which head and which query do not matter here, so
the mask has length 1 there, and is stretched to fit:

```
scores   (batch, heads, n_q, n_k)
mask     (batch,   1,    1,  n_k)
```

**Tools.** A comparison of a column with a row makes a table of `True` and `False`:
"""

# %%
across, down = torch.arange(4), torch.tensor([3, 1])[:, None]  # (4,) and (2, 1)
print((across > down).tolist())  # (2, 4)

# %% [markdown]
r"""
### Exercise 05.1 · Hide the padding · ●○○ · 1 point

`lengths` holds the number of real tokens of each sentence. Key $j$ is real if $j <$ length,
counting from 0. The two axes of length 1 are given.
"""


# %% tags=["exercise"] exercise="05.1" minutes=3 importance="core"
def padding_mask(lengths: torch.Tensor, n_k: int) -> torch.Tensor:
    """True where a key is a real token.

    lengths (batch,) whole numbers -> mask (batch, 1, 1, n_k)
    """
    ### BEGIN SOLUTION
    visible = torch.arange(n_k) < lengths[:, None]  # (batch, n_k)
    ### END SOLUTION
    return visible[:, None, None, :]  # (batch, 1, 1, n_k)


# %% [markdown] tags=["hint"] exercise="05.1"
r"""
<details><summary>Hint 1: the places of the keys</summary>

`torch.arange(n_k)` is 0, 1, 2, … up to `n_k - 1`. Compare it with the lengths; a comparison gives
`True` and `False`.

</details>
<details><summary>Hint 2: shapes</summary>

`(n_k,)` against `(batch, 1)` gives `(batch, n_k)`: every length meets every place. `lengths[:,
None]` is such a column. Call the table `visible`.

</details>
"""

# %% tags=["check"] exercise="05.1"
check("05.1", padding_mask, points=1)

# %% [markdown]
r"""
The padding still *asks*: its queries get outputs that nobody reads, and the loss leaves them out.

## Causal: not what comes later

A model that writes guesses the next token from those before it. In training the later tokens are
there, so they must be hidden: token $i$ may see token $j$ only if $j \le i$.

While a model writes, the keys of all earlier tokens are kept (lesson 13), and only the newest
tokens ask. So **the queries are the last of the positions**, as in ALiBi: the last query stands
where the last key stands.

```
                             keys, n_k = 5
                             place  0  1  2  3  4
n_q = 2   query 0, place ?          .  .  .  .  .
          query 1, place 4          .  .  .  .  .
```

At which place does query 0 stand, and which of the five keys may it see?
"""

# %% [markdown]
r"""
### Exercise 05.2 · Hide the future · ●●○ · 2 points

Build the table of yes and no for any number of queries and keys.
"""


# %% tags=["exercise"] exercise="05.2" minutes=7 importance="core"
def causal_mask(n_q: int, n_k: int) -> torch.Tensor:
    """True where a key does not stand later than the query; the queries are the last n_q positions.

    two whole numbers, n_k at least n_q -> mask (n_q, n_k)
    """
    ### BEGIN SOLUTION
    query_place = torch.arange(n_q)[:, None] + n_k - n_q  # (n_q, 1)
    return torch.arange(n_k) <= query_place  # (n_q, n_k)
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="05.2"
r"""
<details><summary>Hint 1: where does each query stand?</summary>

With 5 keys and 2 queries, the queries stand at places 3 and 4; 3 queries would stand at 2, 3 and 4.
How many keys come before the first of them?

</details>
<details><summary>Hint 2: a table from two lists of numbers</summary>

Query $i$ stands at place $i + n_k - n_q$. `torch.arange(n_q)[:, None]` is a column `(n_q, 1)`,
`torch.arange(n_k)` a row `(n_k,)`. Compare them, and you have a table `(n_q, n_k)`.

</details>
"""

# %% tags=["check"] exercise="05.2"
check("05.2", causal_mask, points=2)

# %% [markdown]
r"""
Query 0 of the drawing stands at place 3 and sees the keys 0 to 3. Masks **combine** with `&` (both
must say yes) and `|` (one is enough). Here is `padding_mask(lengths, 4) & causal_mask(4, 4)`:
"""

# %% tags=["demo", "folded"]
both = padding_mask(torch.tensor([4, 2]), 4) & causal_mask(4, 4)  # (batch, 1, n_q, n_k)
tables = both[:, 0]  # (2, 4, 4)
figure, panels = plt.subplots(1, 2, figsize=(8, 2.9))
figure.suptitle("Padding takes columns out of the triangle", weight="bold", x=0.02, ha="left")
for panel, table, words in zip(panels, tables, ("I love Tokyo .", "I love _ _"), strict=True):
    panel.imshow(table, cmap="cividis", vmin=0, vmax=1, aspect="auto")
    for i, j in table.nonzero().tolist():
        panel.text(j, i, "yes", ha="center", va="center")
    panel.set(xlabel="keys", ylabel="queries")
    panel.set_xticks(range(4), words.split())
    panel.set_yticks(range(4), words.split())
    panel.grid(False)
alt = """Two tables, queries down, keys across. The full sentence: a triangle of ten yes. The short
one: the same triangle without the columns of its two padding keys, seven yes."""
show(figure, alt)

# %% [markdown]
r"""
## The row that may see nothing

Sometimes a row of the mask says no everywhere, as in a sentence of length 0. In formula (1) its sum
is 0, and $0/0$ is no number. Much published code *adds* a number to the score: $-\infty$, or a very
negative one, often $-10^9$. The scores are 1, 2, 3, and all three keys are hidden. What weights
come out?
"""

# %%
scores = torch.tensor([1.0, 2.0, 3.0])  # (n_k=3,)
for no in (-1e9, -torch.inf):
    print(f"{no:6.0e}", (scores + no).softmax(dim=-1).numpy().round(2))

# %% [markdown]
r"""
- With $-10^9$ each key gets **a third**: a float keeps about 7 digits, so 1, 2 and 3 are lost in
  $-10^9$. The row blends exactly what it must not see.
- With $-\infty$ it is **nan**: a softmax first takes the row's largest score away (lesson 01), and
  here that is $-\infty - (-\infty)$. One nan spreads into every parameter.

The empty row needs a rule of its own. Ours: **who may see nothing gets nothing**. All its weights
are 0, and so is its output.
"""

# %% [markdown]
r"""
### Exercise 05.3 · A softmax with a mask · ●●○ · 3 points

Which rows are empty is given (`empty` has one entry for each row, and `masked_fill` stretches it
along the row), and so is the last line. The surest way computes no nan at all: make an empty row
harmless *before* the softmax.

```
scores (n_q=2, n_k=3)   mask            hidden         harmless       weights after the last line
1  2  3                 yes  yes  no     1   2  −∞      1   2  −∞     .27  .73   0
1  2  3                 no   no   no    −∞  −∞  −∞      0   0   0      0    0    0
```
"""


# %% tags=["exercise"] exercise="05.3" minutes=6 importance="core"
def masked_softmax(scores: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Softmax along each row over the visible keys; hidden keys and empty rows get exactly 0.

    scores (batch, heads, n_q, n_k) or any axes before the last two; mask stretches to the same
    shape, True = may attend -> weights, shaped as the scores
    """
    empty = ~mask.any(dim=-1, keepdim=True)  # (..., n_q or 1, 1): True where a row sees nothing
    ### BEGIN SOLUTION
    scores = scores.masked_fill(~mask, -torch.inf)  # (..., n_q, n_k)
    weights = scores.masked_fill(empty, 0.0).softmax(dim=-1)  # no nan is ever computed
    ### END SOLUTION
    return weights.masked_fill(empty, 0.0)


# %% [markdown] tags=["hint"] exercise="05.3"
r"""
<details><summary>Hint 1: without empty rows</summary>

`scores.masked_fill(~mask, -torch.inf)`, then the softmax along the last axis. That is the third of
the three ways.

</details>
<details><summary>Hint 2: a harmless row</summary>

Any number does, as long as it is no infinity: `scores.masked_fill(empty, 0.0)` writes 0 into all of
an empty row, because `empty`, `(..., 1)`, stretches along it. Let it come after the $-\infty$, or
that overwrites it, and a nan is computed on the way. (The check lets that pass, as long as no nan
is left in weights or gradients.)

</details>
<details><summary>Hint 3: nearly there</summary>

Three steps before the last line: $-\infty$ where the mask says no; 0 into the empty rows; the
softmax, which is to be called `weights`.

</details>
"""

# %% tags=["check"] exercise="05.3"
check("05.3", masked_softmax, points=3)

# %% [markdown]
r"""
## Who sees the future?

Back to the four. You know one who peeks, and suspect another. A **gradient** says how much an
output moves when an input moves a little. If it is not 0, and the input is a later token, that
proves a leak. Zeros are good evidence that there is none (the deep dive shows when they deceive).

**Tools.** `torch.autograd.grad(a, x, retain_graph=True)` gives back a tuple with one entry: the
gradient of the single number `a` by `x`, in the shape of `x`. Such an `x` has to be watched;
`retain_graph=True` lets you ask again. Here $a = 1 \cdot 3 + 2 \cdot 4$:
"""

# %%
pair = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)  # (n=2, d=2), watched
a = (pair[0] * pair[1]).sum()
(by_pair,) = torch.autograd.grad(a, pair, retain_graph=True)
print(by_pair.tolist(), by_pair.norm(dim=-1).numpy().round(2))  # (2, 2), and a length for each

# %% [markdown]
r"""
The same for every pair of an output $i$ and a token $j$:

$$\text{influence}_{ij} =
\Big\lVert \frac{\partial\, \sum_c \text{output}_{ic}}{\partial\, x_j} \Big\rVert$$

Read aloud: *the length of the gradient of output i's sum by token j*. Above the diagonal it has to
be 0.
"""

# %% [markdown]
r"""
### Exercise 05.4 · The leak detector · ●●○ · 3 points

`colleagues[name]` is that person's attention: query, key and value in, output `(n, d)` out. Each
pass through the loop makes one row of the table. Write what happens in it.

```
output i          one number, the sum of its d entries
  gradient by x   (n, d)     a row for each token
  lengths         (n,)       row i of the table (n, n)
```
"""


# %% tags=["exercise"] exercise="05.4" minutes=7 importance="core"
def influence(name: str, x: torch.Tensor) -> torch.Tensor:
    """How strongly each output of a colleague's attention depends on each token.

    x (n, d) -> (n, n): entry [i, j] is the length of the gradient of output i's sum by token j
    """
    x = x.clone().requires_grad_()  # a copy that PyTorch watches
    output = colleagues[name](x, x, x)  # (n, d): the tokens attend to themselves
    rows = []
    for i in range(len(x)):
        ### BEGIN SOLUTION
        (gradient,) = torch.autograd.grad(output[i].sum(), x, retain_graph=True)  # (n, d)
        rows.append(gradient.norm(dim=-1))  # (n,): one length for each token
        ### END SOLUTION
    return torch.stack(rows)  # (n, n)


# %% [markdown] tags=["hint"] exercise="05.4"
r"""
<details><summary>Hint 1: one row</summary>

For one `i`: the gradient of `output[i].sum()` by `x` has the shape of `x`, `(n, d)`. Each token has
its row of `d` numbers in it. Their length is `gradient.norm(dim=-1)`, shape `(n,)`.

</details>
<details><summary>Hint 2: the tuple</summary>

`(gradient,) = torch.autograd.grad(…, x, retain_graph=True)` takes the gradient out of its tuple.
What stands in place of the dots is one number: the sum of output $i$.

</details>
<details><summary>Hint 3: keep the row</summary>

The lengths, `(n,)`, go into the list: `rows.append(…)`. Two lines in all.

</details>
"""

# %% tags=["check"] exercise="05.4"
check("05.4", influence, points=3)

# %% [markdown]
r"""
Now ask all four. Bright is strong, and a cross is a leak, however weak. Look above the diagonal:
"""

# %% tags=["demo", "folded"]
x = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))  # (n=6, d=4)
tables = {name: influence(name, x) for name in colleagues}  # (6, 6) each
figure, panels = plt.subplots(1, len(tables), figsize=(2.5 * len(tables), 3), sharey=True)
for panel, (name, table) in zip(panels, tables.items(), strict=True):
    panel.imshow(table, cmap="cividis", vmin=0, vmax=1)
    leaks = (table.triu(1) > 0).nonzero().tolist()  # above the diagonal: the future
    for i, j in leaks:
        colour = "white" if table[i, j] < 0.5 else "black"
        panel.text(j, i, "×", color=colour, ha="center", va="center", weight="bold")
    panel.set(title=f"{name}: {len(leaks)} leaks", xlabel="token j moves")
    panel.set_xticks(range(6))
    panel.set_yticks(range(6))
    panel.grid(False)
panels[0].set_ylabel("output i moves")
figure.suptitle("Only Ann sees nothing of the future", weight="bold", x=0.02, ha="left")
alt = "A table of influence for each. Only Ann's is empty above the diagonal."
show(figure, alt)

# %% [markdown]
r"""
- **Ann** passes: exact zeros above the diagonal. She is the one to hire.
- **Cleo** is off by one: each token sees the next.
- **Ben** masks after the softmax: the future speaks through the sum. In this game training hardly
  found it; the deep dive has a game where it does.
- **Dora**'s mask is right, but she takes the mean of *all* tokens away, the later ones too. A mask
  guards one door; here the future came in by another. So test the whole path, not the mask.
"""

# %% [markdown]
r"""
## One pass, all positions

*I love Tokyo .* asks a question at every place: what follows *I*, what follows *I love*, and so on.
With a causal mask the rest might as well not be there, so **one pass answers all the questions**.
Each place is given the *true* tokens up to it, whatever the model would have guessed: **teacher
forcing**.

Measured: output $i$ of one pass over six tokens, against the last output of a pass that ends there:
"""

# %% tags=["demo", "folded"]
for name, attend in colleagues.items():
    one_pass = attend(x, x, x)  # (6, 4)
    cut_off = torch.stack([attend(x[:n], x[:n], x[:n])[-1] for n in range(1, 7)])  # (6, 4)
    equal = torch.isclose(one_pass, cut_off, atol=1e-4).all(dim=-1)  # (6,): one for each place
    print(f"{name:4}", "  ".join("equal" if same else "other" for same in equal))

# %% [markdown]
r"""
With Ann's mask all six are equal, and so are their losses and gradients: training learns from six
guesses at once. For the others only the last place agrees, where nothing later exists.

### Make it yours

Emil asks with the average of each query and the next one: `roll(-1, dims=-2)` moves each query one
place up, and the first to the end. How many crosses will he get? If you like, change his line then,
so that he peeks in another way, and count again.
"""


# %% tags=["demo"]
def emil(query, key, value):
    return ann((query + query.roll(-1, dims=-2)) / 2, key, value)


colleagues["Emil"] = emil
print("leaks:", int((influence("Emil", x).triu(1) > 0).sum()))

# %% [markdown]
r"""
<details><summary>Why four crosses, and not five?</summary>

Token 0 sees one key alone, so its weight is 1, whatever it asks.

</details>

**What we built.** Open [`attn/masks.py`](../lib/attn/masks.py): there are your masks, a little
more polite, and some for lesson 10. `masked_softmax` is in [`attn/core.py`](../lib/attn/core.py).

That is the main path. Now [the quiz](#The-quiz), or one step further.
"""

# %% [markdown]
r"""
## Going further

*Optional, {minutes} minutes: where two of the trained models look, how a no is written in 16 bits,
and documents packed into one sequence. Begin with any.*

### Where they look

What did training make of Cleo's gap? Here is where two of the trained models look, a mean over 256
games. A query that stands at place $i$ guesses place $i + 1$, so its friend sat at $i - 2$. (Rows 0
and 1 guess what nobody can know, and are not trained. In row 13 there is no next token: Cleo does
not know where to look.)
"""


# %% tags=["demo", "folded"]
def looks(name: str) -> torch.Tensor:
    """Attention weights of a trained reader, averaged over 256 true games: (14, 14)."""
    reader, generator = readers[name][0], torch.Generator().manual_seed(7)
    x = reader.embed(play(256, 14, 3, generator))  # (256, 14, 32)
    with torch.no_grad():  # the values are a unit matrix, so the output is the weights
        return reader.attend(reader.query(x), reader.key(x), torch.eye(14)).mean(dim=0)


figure, panels = plt.subplots(1, 2, figsize=(9, 3.9), sharey=True)
titles = {"Ann": "Ann looks where her friend sat", "Cleo": "Cleo looks at her answer"}
places = [str(place) for place in range(14)]
for panel, (name, title) in zip(panels, titles.items(), strict=True):
    plot_weights(looks(name), places, title=title, ax=panel, annotate=False)
alt = """Two learned maps of attention. Ann's bright line lies two places below the diagonal, Cleo's
one place above it, at the very next token."""
show(figure, alt)

# %% [markdown]
r"""
### A no in 16 bits

The **dtype** says how a number is stored. `float32`, with 32 bits, keeps about 7 digits. Of the two
half precisions, with 16 bits, `bfloat16` reaches as far as `float32` but keeps only 2 to 3 digits,
and `float16` keeps 3 to 4 but ends at 65504. Three scores are all hidden by adding a number.

**Predict before you run.** What is stored, and what weights come out, for each of the six?
"""

# %%
scores = torch.tensor([1.0, 2.0, 3.0])  # (n_k=3,)
for dtype in (torch.float32, torch.bfloat16, torch.float16):
    for no in (-1e9, -torch.inf):
        bias = torch.full((3,), no).to(dtype)  # (3,): hides all three keys
        weights = (scores.to(dtype) + bias).softmax(dim=-1)
        numbers = [round(weight, 2) for weight in weights.tolist()]
        print(f"{dtype!s:14}  {no:6.0e}  stored as {bias[0].item():6.0e}  weights {numbers}")

# %% [markdown]
r"""
$-10^9$ does not fit into `float16`: it becomes $-\infty$, and the empty row nan. In the other two
the row blends what is hidden, in equal shares. Your `masked_softmax` gives zeros in all three.

### Documents in one sequence

Padding is waste. So several short **documents** are often *packed* into one sequence. Each token
carries the number of its document, and padding has the number 0:

```
the  cat  sat  I  love  Tokyo  _  _
 1    1    1   2   2      2    0  0
```

*love* must not look at the cat. So one more mask says yes where a query and a key have the same
number. Switch the rules on and off; *query place* chooses the framed row.

- Which rules make the table a triangle, and which a row of blocks?
- Find a row that may see nothing at all.
"""


# %% tags=["folded"]
tokens = ["the", "cat", "sat", "I", "love", "Tokyo", "_", "_"]
ids = torch.tensor([[1, 1, 1, 2, 2, 2, 0, 0]])  # (batch=1, n=8)


def design(causal: bool, padding: bool, documents: bool) -> torch.Tensor:
    """The chosen rules together: mask (8, 8)."""
    mask = torch.ones(8, 8, dtype=torch.bool)
    if causal:
        mask = mask & causal_mask(8, 8)
    if padding:
        mask = mask & padding_mask(torch.tensor([6]), 8)[0, 0]  # (1, 8)
    if documents:
        mask = mask & (ids[0][:, None] == ids[0])
    return mask


# %% tags=["explore", "folded"]
def who_sees_whom(causal: bool, padding: bool, documents: bool, query_place: int):
    mask = design(causal, padding, documents)  # (8, 8)
    seen = [tokens[j] for j in range(8) if mask[query_place, j]]
    figure, axes = plt.subplots(figsize=(6.5, 4.8))
    axes.imshow(mask, cmap="cividis", vmin=0, vmax=1, aspect="auto")
    for i, j in mask.nonzero().tolist():
        axes.text(j, i, "yes", ha="center", va="center")
    style = {"fill": False, "lw": 3, "color": "#D55E00"}
    axes.add_patch(plt.Rectangle((-0.46, query_place - 0.46), 7.92, 0.92, **style))
    axes.set(xlabel="keys, each with its place", ylabel="queries")
    axes.set_xticks(range(8), [f"{j}\n{token}" for j, token in enumerate(tokens)])
    axes.set_yticks(range(8), [f"{token}  {i}" for i, token in enumerate(tokens)])
    axes.grid(False)
    title = f"“{tokens[query_place]}”, at place {query_place}, may look at {len(seen)} of 8"
    axes.set_title(title)
    return show(figure, f"{title}: {', '.join(seen) or 'nothing'}.")


explore(who_sees_whom, causal=True, padding=False, documents=False, query_place=(0, 7, 1, 4))

# %% [markdown]
r"""
Causal makes a triangle, documents make blocks, and both together make small triangles along the
diagonal. With *documents* and *padding* on, the last two rows are empty: padding is its own
document, and nobody may look at padding.

**Tools.** A table compared with itself, for each row of a batch:
"""

# %%
letters = torch.tensor([[1, 2, 1], [0, 0, 3]])  # (batch=2, n=3)
print((letters[:, :, None] == letters[:, None, :]).int().tolist())  # (2, 3, 3)

# %% [markdown]
r"""
### Exercise 05.5 · Documents in one sequence · ●●● · 3 points

In the designer you saw one sequence. Now write it for a batch. A query may attend to a key that

1. is of the same document,
2. does not come later,
3. and is no padding, which has the number 0 and may stand anywhere in the sequence.

Your `causal_mask` knows the second rule. `padding_mask` does not fit: it wants lengths.

```
ids      (batch, n)
mask     (batch, 1, n, n)     queries down, keys across, the same for all heads
```
"""


# %% tags=["exercise"] exercise="05.5" minutes=9 importance="extra"
def packed_mask(ids: torch.Tensor) -> torch.Tensor:
    """True where a key is of the query's document, does not come later, and is no padding.

    ids (batch, n): the document of each token, 0 for padding -> mask (batch, 1, n, n)
    """
    ### BEGIN SOLUTION
    n = ids.shape[-1]
    same = ids[:, :, None] == ids[:, None, :]  # (batch, n, n)
    real = (ids != 0)[:, None, :]  # (batch, 1, n): as keys
    return (same & real & causal_mask(n, n))[:, None]  # (batch, 1, n, n)
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="05.5"
r"""
<details><summary>Hint 1: one table for each rule</summary>

Each rule is a table of its own, queries down and keys across. The second has no batch, `(n, n)`: it
is the same for every sequence. The third asks about keys alone, so it needs no axis of its own for
the queries, but one of length 1 at their place.

</details>
<details><summary>Hint 2: shapes</summary>

`ids[:, :, None]` is `(batch, n, 1)`, one query below the other, and `ids[:, None, :]` is
`(batch, 1, n)`, the keys side by side. Compared with `==` they give `(batch, n, n)`.

</details>
<details><summary>Hint 3: put together</summary>

Two `&` join the three. Put each comparison in brackets of its own, because `&` binds tighter than
`==` and `!=`. And the heads still lack their axis: `table[:, None]`.

</details>
"""

# %% tags=["check"] exercise="05.5"
check("05.5", packed_mask, points=3)

# %% [markdown]
r"""
In the library it is three masks joined:
"""

# %% tags=["demo"]
from attn import masks

joined = masks.document_mask(ids) & masks.padding_mask([6], 8) & masks.causal_mask(8)
print("packed ", torch.equal(joined, packed_mask(ids)))

# %% [markdown] tags=["deep-dive"]
r"""
## Deep dive: what else can go wrong

*{minutes} minutes. Nothing in later lessons needs this section; lesson 09 comes back to its last
test.*
"""

# %% [markdown]
r"""
**Yes and no as numbers.** Three traps lie in a bias that is added. Made as `(~mask) * -inf` it is
nan wherever the mask says yes, because $0 \cdot \infty$ is nan. The lowest number of `float16`, a
half precision that ends at 65504, is a common choice for "no"; it becomes $-\infty$ when two biases
are added up. And in an empty row the nan comes back, even if you replace it: an addition hands
every gradient on, the nan as well, and one step later the model is nan. `masked_fill` lets no
gradient through where it has written.
"""

# %%
mask = torch.tensor([True, True, False])
print("0 · inf:        ", (~mask * -torch.inf).tolist())
lowest = torch.finfo(torch.float16).min
print("lowest float16: ", lowest, "  twice:", (torch.tensor(lowest).half() * 2).item())

# %%
nobody = torch.tensor([False, False])  # (n_k=2,): an empty row
for name in ("masked_fill", "added bias"):
    scores = torch.tensor([1.0, 2.0], requires_grad=True)
    bias = torch.zeros(2).masked_fill(~nobody, -torch.inf)
    hidden = scores + bias if "bias" in name else scores.masked_fill(~nobody, -torch.inf)
    weights = hidden.softmax(dim=-1).nan_to_num(0.0)  # replaces nan by 0
    (weights * torch.tensor([1.0, 2.0])).sum().backward()
    print(f"{name:11}  weights {weights.tolist()}   gradient {scores.grad.tolist()}")

# %% [markdown]
r"""
**Conventions in one library.** With `is_causal=True`, `F.scaled_dot_product_attention` puts the
*first* query at the first key. While a model writes, the newest token then sees the oldest keys
alone; no error is raised, and the text gets worse. And in that function a `True` says *may attend*;
in `nn.MultiheadAttention` a `True` says *may not*. In the PyTorch of this course:
"""

# %%
query, key, value = torch.ones(2, 4), torch.ones(5, 4), torch.eye(5)  # 2 queries, 5 keys
theirs = F.scaled_dot_product_attention(query, key, value, is_causal=True)  # (2, 5): the weights
print("our causal mask", causal_mask(2, 5).int().tolist())
print("is_causal=True ", (theirs > 0).int().tolist())

# %% [markdown]
r"""
**When is a mask after the softmax right?** If each row is divided by its new sum. Then the old sum
cancels, and with it the leak: on paper it is the same function. In a computer it fails when the
hidden score is so large that the visible weights are rounded to 0. That is one reason why the mask
goes before.

**Ben's leak, found.** With *one* friend, each token is a neighbour of the one before. A reader
needs no attention for that, and attention is free for something else. Ben's sum depends on the next
token. We measure his loss in one pass, as in training, and one at a time, with each game cut off,
so that nothing later exists.
"""


# %% tags=["demo", "folded"]
def loss_one_at_a_time(reader, chairs):
    """The same guesses as in training, each from a game that ends there."""
    each = [F.cross_entropy(reader(chairs[:, :i])[:, -1], chairs[:, i]) for i in range(1, 15)]
    return torch.stack(each).mean().item()


runs = []
for seed in range(3):
    reader, curve = train(ben, seed, friends=1)
    honest = loss_one_at_a_time(reader, play(256, 15, 1, torch.Generator().manual_seed(seed)))
    foul = fouls(write(reader, seed, friends=1), friends=1).float().mean()
    runs.append((sum(curve[-20:]) / 20, honest, foul))
loss, honest, foul = torch.tensor(runs).T  # (3 seeds,) each
print("seeds with a training loss below 0.65:", int((loss < 0.65).sum()))
print("seeds with a loss above 0.80, one at a time:", int((honest > 0.80).sum()))
print("seeds that foul in fewer than a tenth of moves:", int((foul < 0.1).sum()))

# %% [markdown] measured={"below 0.65": [3, 3], "one at a time": [3, 3], "a tenth of moves": [3, 3]}
r"""
The training loss falls below what is possible, so the leak is in use, in all three seeds. The moves
stay legal, but the loss one at a time is high: this reader writes legal moves with a confidence
that nothing justifies.

**Leaks that the detector misses.** It asks for the *sum* of an output. Where its entries always
add up to the same number, as behind a new layer norm (lesson 06), the sum never moves: then
multiply them by random numbers first. Zeros everywhere, the diagonal too, prove nothing.

And a gradient says what happens when an input moves *a little*. A choice does not move a little: it
stays, or it jumps. Erin lets everybody attend to itself and to *loud* earlier tokens: their
`.norm()` is at least the median of the whole sequence. Where the median lies depends on later
tokens.
"""


# %% tags=["demo"]
def masked_attention(query, key, value, mask):
    scores = query @ key.mT / query.shape[-1] ** 0.5  # (..., n_q, n_k)
    return masked_softmax(scores, mask) @ value  # (..., n_q, d_v)


def erin(query, key, value):
    norm = key.norm(dim=-1)  # (n,)
    loud = norm >= norm.median()  # (n,): decided with the whole sequence
    mask = ~future(key) & (loud | torch.eye(len(key), dtype=torch.bool))  # (n, n)
    return masked_attention(query, key, value, mask)


colleagues["Erin"] = erin
print("leaks by the gradient:", int((influence("Erin", x).triu(1) > 0).sum()))
colleagues.pop("Erin")  # she can't take a batch
moved = x.clone()
moved[3:] *= 10.0  # tokens 3, 4 and 5 become loud
same = torch.isclose(erin(x, x, x), erin(moved, moved, moved)).all(dim=-1)  # (6,)
print("outputs 0, 1, 2 stay the same:", same[:3].tolist())

# %% [markdown]
r"""
Outputs 1 and 2 have changed, though only later tokens did, and the gradient saw nothing. (Output 0
has only itself to look at.) So a careful test does both: the gradient for every pair, and a large
change of the later tokens. In lesson 09 attention chooses its keys, and there the second test is
the one that counts.
"""

# %% [markdown]
r"""
**From the papers.** In the decoder of the Transformer paper each position sees all positions up to
and including itself; the scores of the others are set to $-\infty$ before the softmax (Vaswani et
al., 2017, section 3.2.3). The T5 paper compares three masks: full, causal, and causal with a
*prefix*, where the beginning of a sequence sees all of itself and only what follows is causal
(Raffel et al., 2019, figure 3).

Krell et al. (2021) found that up to half of all tokens in common datasets can be padding, and
packed sequences without letting them see each other. Zhao et al. (2024) write that most language
models are trained with the causal mask alone, across documents; hiding documents from each other
improved their results.

Teacher forcing is older: the name is from Williams and Zipser (1989), who trained recurrent
networks with it. There each step still waits for the one before.
"""

# %% [markdown]
r"""
## The quiz

Five questions. You may answer again as often as you like.
"""

# %% tags=["quiz"]
quiz("05")

# %% [markdown]
r"""
## In five lines

1. A loss below what can be known means that the answers were seen. On its own such a model will do
   worse than its loss promises.
2. A mask is a table of yes and no; `True` says *may attend*. Masks combine with `&` and `|`, and
   with more keys than queries, the queries are the last positions.
3. It goes before the softmax, as $-\infty$. After it, hidden keys still speak through the sum.
4. A row that may see nothing gets zeros: not nan, and not equal shares of what is hidden.
5. With a causal mask one pass trains all positions. A gradient above the diagonal usually finds a
   leak.

**Words learnt**: mask, padding, causal, cross-entropy, leak, influence, teacher forcing; further
on: dtype, half precision, packing.

**Next**: [06 · The Transformer](06_the_transformer.ipynb) puts attention, masks and positions
together.
"""

# %% tags=["progress"]
progress("05")

# %% [markdown]
r"""
### References

- A. Vaswani et al. (2017). *Attention Is All You Need.* arXiv
  [1706.03762](https://arxiv.org/abs/1706.03762)
- R. J. Williams, D. Zipser (1989). *A Learning Algorithm for Continually Running Fully Recurrent
  Neural Networks.* Neural Computation 1(2). doi
  [10.1162/neco.1989.1.2.270](https://doi.org/10.1162/neco.1989.1.2.270)
- M. M. Krell et al. (2021). *Efficient Sequence Packing without Cross-contamination.* arXiv
  [2107.02027](https://arxiv.org/abs/2107.02027)
- Y. Zhao et al. (2024). *Analysing The Impact of Sequence Composition on Language Model
  Pre-Training.* arXiv [2402.13991](https://arxiv.org/abs/2402.13991)
- C. Raffel et al. (2019). *Exploring the Limits of Transfer Learning with a Unified Text-to-Text
  Transformer.* arXiv [1910.10683](https://arxiv.org/abs/1910.10683)
"""
