# %% [markdown]
r"""
# 06 · The Transformer

**By the end you can**

1. say what a stack of attention does to its tokens, and what saves them;
   <!-- quiz: three-stacks -->
2. write a layer of a Transformer, with its norms before or after; <!-- quiz: stream-interrupted -->
3. make an encoder, a GPT or an encoder-decoder of the same layer; <!-- quiz: encoder-to-gpt -->
4. count the parameters of a model by hand, those of GPT-2 too; <!-- quiz: heads-doubled -->
5. work out at which length scores and blend cost more than the feed-forward part.
   <!-- quiz: overtaking -->

*About {minutes} minutes · needs [02 · Many heads](02_many_heads.ipynb) and
[05 · What may not be seen](05_what_may_not_be_seen.ipynb) · builds `attn.layers` and
`attn.models`*

> **In one breath.** A class works on a text in rounds. In each round everybody first listens to the
> others, then thinks alone, and each time *adds* a line to their own notes. If they threw their
> notes away, after a few rounds of listening all would say the same. So nobody does. The rounds are
> the layers of a Transformer.
"""

# %%
from collections.abc import Callable

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn

import attn
from attn.plotting import plot_weights
from course import check, explore, progress, quiz, show
from course.results import saved_rows

# %% [markdown]
r"""
## From memory

A few minutes, before anything new, and without looking back: what is fetched from memory stays
longer than what is read again. Nothing here is graded.
"""

# %% tags=["recall"]
from course import recall

recall("06")


# %% tags=["recall"]
# From memory: the padding mask; lengths is a tensor. Then check("05.1", from_memory, points=0)
### BEGIN SOLUTION
def from_memory(lengths, n_k):
    return (torch.arange(n_k) < lengths[:, None])[:, None, None, :]


check("05.1", from_memory, points=0)
### END SOLUTION

# %% [markdown]
r"""
## Attention upon attention

So far you had one layer of attention. A model has many: each reads what the one below wrote. What
becomes of the tokens on the way up?

**Work it out by hand.** Three tokens have one feature each: 0, 6 and 12. Each takes half of itself
and a quarter of each of the two others. What are they after one layer?

They become 4.5, 6 and 7.5: from 12 apart to 3 apart. A blend lies *between* the things that it
blends. So tokens draw closer, layer upon layer.
"""

# %% [markdown]
r"""
Now 8 tokens with 64 features, random to begin with, and 60 layers of four heads each, not trained.
`keep` says how much of a token stays when the layer has spoken: with 0 it is replaced, with 1 the
layer's output is added to it. With `norm_first`, a layer reads each token through a **norm**, which
brings it to one size (by hand below).
"""


# %% tags=["folded"]
def fresh_attention(d_model: int = 64) -> nn.Module:
    """Four heads, drawn anew, without biases, that keep the size of what comes in."""
    attention = attn.MultiHeadAttention(d_model, 4, bias=False).double()
    for matrix in attention.parameters():
        nn.init.normal_(matrix, std=d_model**-0.5)
    return attention


# %%
@torch.no_grad()
def climb(keep: float, norm_first: bool = False, seed: int = 0) -> list[torch.Tensor]:
    """The tokens (n=8, d=64) at the foot, and after each of 60 layers of attention."""
    torch.manual_seed(seed)
    x = torch.randn(8, 64, dtype=torch.float64)
    floors = [x]
    for _ in range(60):
        heard = F.layer_norm(x, (64,)) if norm_first else x
        attention = fresh_attention()
        x = keep * x + attention(heard[None]).output[0]  # (8, 64)
        floors.append(x)
    return floors


# %% [markdown]
r"""
**Predict before you run.** After how many of 60 layers do the eight tokens differ by less than a
thousandth of their size: about 3, about 25, about 50, or not in 60? Say it for the stack whose
layers *replace* the tokens; for two that *add*, without a norm and with the *norm before*, guess.
"""

# %% tags=["demo", "folded", "memorable"]
words = ["I", "love", "Tokyo", "more", "than", "any", "other", "town"]
stacks = {"replaced": (0, False), "added": (1, False), "added,\nnorm before": (1, True)}
figure, panels = plt.subplots(3, 5, figsize=(9.5, 5.6), sharex=True, sharey=True)
for row, (name, way) in zip(panels, stacks.items(), strict=True):
    floors = climb(*way)
    for axes, floor in zip(row, (0, 2, 3, 25, 60), strict=True):
        features = floors[floor][:, :24] / floors[floor].std()  # (8, 24): the first 24 of 64
        axes.imshow(features, cmap="RdBu_r", vmin=-2.5, vmax=2.5, aspect="auto")
        axes.set(xticks=[], yticks=range(8))
        axes.grid(False)
    row[0].set_yticks(range(8), words, fontsize=8)
    row[0].set_ylabel(name, weight="bold")
for axes, title in zip(panels[0], ("tokens", 2, 3, 25, 60), strict=True):
    axes.set_title(f"layer {title}" if isinstance(title, int) else "the tokens", fontsize=10)
for axes in panels[2]:
    axes.set_xlabel("features")
title = "Replaced, they are one token at layer 3; added, at 25; with the norm before, not at 60"
figure.suptitle(title, weight="bold", x=0.02, ha="left", fontsize=11)
alt = """Three rows of five pictures: the tokens, and layers 2, 3, 25 and 60. A picture has a line
for each of eight tokens and a colour for each feature. Above, where layers replace the tokens, the
lines are nearly the same at layer 2, and the same eight times from layer 3 on. In the middle, where
they add to them, the lines differ at layer 3 and are the same at 25. Below, with the norm before,
they still differ at 60."""
show(figure, alt)

# %% [markdown]
r"""
Each line is a token, each column a feature. Look at layer 3 in the upper row: eight times the same
line. Whatever the sentence was, *I* and *Tokyo* are one token now, and no later layer can tell them
apart again. Adding puts that off; adding with the norm before keeps them apart.

How far do the tokens lie from their mean, as a share of their size? Here it is in three seeds.
(`float64` holds about 16 digits, so $10^{-16}$ is where it ends.)
"""


# %% tags=["folded"]
def apart(x: torch.Tensor) -> float:
    """How far the tokens (n, d) are from being one token: 0 if they are, near 1 at random."""
    return ((x - x.mean(dim=0)).norm() / x.norm()).item()


climbs = {name: [climb(*way, seed) for seed in range(3)] for name, way in stacks.items()}
lines = {name: [[apart(x) for x in floors] for floors in climbs[name]] for name in stacks}
one_line = {name: name.replace("\n", " ") for name in stacks}

# %% tags=["demo", "folded"]
figure, axes = plt.subplots(figsize=(7, 3.6))
for (name, three), colour in zip(lines.items(), ("#D55E00", "#0072B2", "#009E73"), strict=True):
    for seed, line in enumerate(three):
        heights, label = [max(value, 1e-16) for value in line], None if seed else one_line[name]
        axes.semilogy(heights, ".-", color=colour, lw=1.2, ms=3, label=label)
title = "One falls off a cliff, one slides down, one stays up"
axes.set(xlabel="layers", ylabel="how far apart", title=title)
axes.axhline(1e-16, ls=":", color="black")
axes.text(60, 1e-15, "here float64 ends", ha="right")
axes.axhline(1e-3, ls=":", color="grey")
axes.text(60, 1.5e-3, "a thousandth", ha="right")
axes.legend(loc="center right", bbox_to_anchor=(1, 0.4))
alt = """How far apart the tokens are over 60 layers, on a logarithmic axis, three seeds each.
Replaced: 0.5, then some hundredths, then millionths, and from layer 4 on the end of float64. Added:
a straight line, a thousandth at layer 25, some 1e-9 at 60. Norm before: it sinks ever more slowly,
to 0.16."""
show(figure, alt)

# %% tags=["demo", "folded"]
print("apart by less than a thousandth, in three seeds")
for name, three in lines.items():
    below = [sum(far >= 1e-3 for far in line) for line in three]  # 61 where it never is
    places = ", ".join(str(layer) if layer <= 60 else "none" for layer in below)
    print(f"{one_line[name]}: at layer {places}")

# %% [markdown] measured={"replaced: at layer": [3, 3], "added: at layer": [22, 28]}
r"""
**Claim, measured:** *"attention is all you need."* Not alone. **Replaced**, the tokens differ by
rounding only after four layers. Dong et al. (2021) proved such a cliff for attention alone: the
closer the tokens, the more alike the scores, so the blends are closer still. **Added**, their
differences do not shrink, but what they share *outgrows* them, in about 25 layers. **With the norm
before**, what a layer adds has one size, however large the stream is. After 60 layers the tokens
are more alike, but not one. (*Going further* measures it, and asks what else could save them.)
"""

# %% [markdown]
r"""
## Add, do not replace

So a layer does not hand on $f(x)$, but

$$x + f(x)$$

Read aloud: *what was there, plus what the layer has to say*. This is the **residual connection**
(He et al., 2015), and what runs through all layers and is only ever added to is the **residual
stream**. What is done in between, $f$, is a **sub-layer**.

Sums grow, so a **norm** brings each token back to one size. By hand, for a token $(1, 3)$: its mean
is 2, its standard deviation 1 (divided by $n$, where `std()` divides by $n - 1$). Take the mean
away, divide by the deviation: $(-1, 1)$. Then each feature has a scale and a shift that are learnt;
at the start they are 1 and 0. This is *LayerNorm* (Ba et al., 2016).
"""

# %% [markdown]
r"""
Where does it stand? There are two ways:

```
norm after (2017)                    norm before (most models today)

x ──┬── sub-layer ── + ── norm ──▶   x ──┬── norm ── sub-layer ── + ──▶
    └────────────────┘                   └────────────────────────┘
```

On the left the norm stands *in* the stream; so it was in the Transformer paper. On the right it
stands in the branch, and the stream goes through untouched. You saw what this changes before any
training; what it changes in training: *Going further*.

**Tools.** A norm is a function of tokens. And a function can be handed to a function, to be called
there. (Ten times the token, and the norm gives back the same:)
"""

# %%
norm_of_two = nn.LayerNorm(2)


def twice(work: Callable, x: torch.Tensor) -> torch.Tensor:
    return 2 * work(x)


print(twice(norm_of_two, torch.tensor([[1.0, 3.0], [10.0, 30.0]])).round().tolist())  # (n=2, d=2)

# %% [markdown]
r"""
### Exercise 06.1 · Add to the stream · ●○○ · 2 points

Write both ways of the drawing. `sublayer` and `norm` are functions; each takes tokens and gives
back tokens of the same shape. (Below it stands a second function, which the check needs. Leave it
as it is.)
"""


# %% tags=["exercise"] exercise="06.1" minutes=5 importance="core"
def residual(x: torch.Tensor, sublayer: Callable, norm: Callable, norm_first: bool) -> torch.Tensor:
    """Add to x what the sub-layer says: norm before the sub-layer, or norm after the sum.

    x (batch, n, d_model) -> (batch, n, d_model)
    """
    ### BEGIN SOLUTION
    if norm_first:
        return x + sublayer(norm(x))
    return norm(x + sublayer(x))
    ### END SOLUTION


def residual_of_matrix(
    x: torch.Tensor,
    weight: torch.Tensor,
    scale: torch.Tensor,
    shift: torch.Tensor,
    norm_first: bool,
) -> torch.Tensor:
    """For the check: your function, around a sub-layer and a norm with these numbers."""

    def norm(h: torch.Tensor) -> torch.Tensor:
        return F.layer_norm(h, scale.shape, scale, shift)

    def sublayer(h: torch.Tensor) -> torch.Tensor:
        return (h @ weight).tanh()

    return residual(x, sublayer, norm, norm_first)


# %% [markdown] tags=["hint"] exercise="06.1"
r"""
<details><summary>Hint 1: follow the arrows</summary>

Two branches, `if norm_first:` and the other one, each a single line. In the drawing, what does the
sub-layer get? And where does the norm stand, as seen from the `+`?

</details>
<details><summary>Hint 2: the stream</summary>

With the norm before, nothing is done to the `x` left of the `+`. With the norm after, the norm gets
the whole sum.

</details>
"""

# %% tags=["check"] exercise="06.1"
check("06.1", residual_of_matrix, points=2)

# %% [markdown]
r"""
## Look around, then think

Attention moves things between tokens, but all it does with them is blend. So a second sub-layer
works on what has been gathered: the **feed-forward** network, for each token by itself. It widens
the token from $d$ features to $f$ (usually $4d$), bends, and narrows:

$$\text{FFN}(x) = \text{bend}(x W_1 + b_1)\,W_2 + b_2$$

The bend is *GELU* (Hendrycks and Gimpel, 2016), a smooth kind of `max(x, 0)`; the paper of 2017
took `max(x, 0)` itself (*ReLU*). Without a bend two linear maps would be one. (What a layer can't
do without the feed-forward: *Going further*.)
"""

# %% [markdown]
r"""
A **layer** of a Transformer is these two, each with a norm and a residual of its own:

```
                          axes             who mixes with whom
x                         (batch, n, d)
look around  attention    (batch, n, d)    tokens with tokens
think        feed-forward (batch, n, d)    features with features
```

**Tools.** Attention takes a mask and gives back output and weights. Here is a function of one thing
made of it. It may be defined wherever it is needed, inside another function, too:
"""

# %%
small, of_three = attn.MultiHeadAttention(5, 1), attn.causal_mask(3)


def as_one_thing(tokens: torch.Tensor) -> torch.Tensor:
    return small(tokens, mask=of_three).output


print(as_one_thing(torch.randn(2, 3, 5)).shape)

# %% [markdown]
r"""
### Exercise 06.2 · A layer · ●●○ · 3 points

All parts are there. Put them together: look around, then think, each by your `residual`. Hand
`mask` on to the attention, `None` or not.
"""


# %% tags=["exercise"] exercise="06.2" minutes=8 importance="core"
class EncoderLayer(nn.Module):
    """Attention, then the feed-forward network, each added to the stream."""

    def __init__(self, d_model: int, num_heads: int, d_ff: int, norm_first: bool = True) -> None:
        super().__init__()
        self.attention = attn.MultiHeadAttention(d_model, num_heads)
        self.feed_forward = nn.Sequential(
            nn.Linear(d_model, d_ff), nn.GELU(), nn.Linear(d_ff, d_model)
        )
        self.norm_1, self.norm_2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.norm_first = norm_first

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        """x (batch, n, d_model), mask (n, n) or (batch, 1, 1, n) -> (batch, n, d_model)"""

        ### BEGIN SOLUTION
        def look_around(h: torch.Tensor) -> torch.Tensor:
            return self.attention(h, mask=mask).output

        x = residual(x, look_around, self.norm_1, self.norm_first)
        return residual(x, self.feed_forward, self.norm_2, self.norm_first)
        ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="06.2"
r"""
<details><summary>Hint 1: two lines of the same form</summary>

`x = residual(x, a function, a norm, self.norm_first)`, twice. `norm_1` belongs to the attention,
`norm_2` to the feed-forward.

</details>
<details><summary>Hint 2: the functions</summary>

`self.feed_forward` can be handed over as it is. The attention gives back two things and wants a
mask: define a function like that of the tools box, inside `forward`, with `self.attention`.

</details>
<details><summary>Hint 3: the second line</summary>

It works on what the first one gave back, not on the `x` that came in.

</details>
"""

# %% tags=["check"] exercise="06.2"
check("06.2", EncoderLayer, points=3)

# %% [markdown]
r"""
## One layer, three uses

Three kinds of models are built of your layer. They differ in who may see whom:

- An **encoder** reads: all see all, no mask.
- A **decoder-only** model writes, as GPT does: a causal mask, nothing else.
- An **encoder-decoder** reads one text and writes another, as in translation. What is written gets
  a third sub-layer, **cross-attention**: its queries come from the text that is being written, its
  keys and values from what the encoder made of the other text, the **memory**.

(The layer with three is the library's; it makes its causal mask itself.)
"""

# %%
torch.manual_seed(0)
layers = nn.ModuleList(EncoderLayer(16, 2, 64) for _ in range(2))
writing_layer = attn.DecoderLayer(16, 2)


def encoder(x: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
    for layer in layers:
        x = layer(x, mask)
    return x


def gpt(x: torch.Tensor) -> torch.Tensor:
    return encoder(x, attn.causal_mask(x.shape[1]))


def encoder_decoder(x: torch.Tensor) -> torch.Tensor:
    return writing_layer(x[:, 4:], memory=encoder(x[:, :4]))  # four are read, the rest is written


# %% [markdown]
r"""
We change one input token after the other, and look which outputs move. In the third model four
words are read, and a translation is written, so far three tokens long.

**Work it out by hand.** A map has a line for each output and a column for each changed input, and
is dark where the output does *not* move. Which squares are dark in each of the three?
"""


# %% tags=["demo", "folded"]
@torch.no_grad()
def who_moves_whom(run: Callable, n_in: int) -> torch.Tensor:
    """How far each output moves when an input token is changed: (n_out, n_in)."""
    x, columns = torch.randn(1, n_in, 16), []
    for j in range(n_in):
        changed = x.clone()
        changed[0, j] = torch.randn(16)
        columns.append((run(changed) - run(x))[0].norm(dim=-1))  # (n_out,)
    return torch.stack(columns, dim=-1)


# %% tags=["demo", "folded"]
read, written = ["I", "love", "Tokyo", "."], ["watashi", "wa", "Tōkyō"]
uses = {
    "Encoder, no mask": (encoder, read, read),
    "GPT, causal mask": (gpt, read, read),
    "Encoder-decoder": (encoder_decoder, written, read + written),
}
moves = [who_moves_whom(run, len(columns)) for run, _, columns in uses.values()]
figure, panels = plt.subplots(1, 3, figsize=(10, 3.4), width_ratios=(4, 4, 6.4))
for axes, moved, (title, (_, rows, columns)) in zip(panels, moves, uses.items(), strict=True):
    axes.imshow(moved > 1e-5, cmap="cividis", vmin=0, vmax=1, aspect="auto")
    for i, j in (moved > 1e-5).nonzero().tolist():
        axes.text(j, i, "moves", ha="center", va="center", fontsize=8)
    axes.set_xticks(range(len(columns)), columns, rotation=90)
    axes.set_yticks(range(len(rows)), rows)
    axes.set(xlabel="input token that was changed", title=title)
    axes.grid(False)
panels[0].set_ylabel("output")
panels[2].axvline(3.5, color="white", lw=3)
title = "The mask and the memory alone decide who sees whom"
figure.suptitle(title, weight="bold", x=0.02, ha="left")
alt = """Three maps, outputs down, changed inputs across. Encoder: all 16 squares move. GPT: a
triangle, each output moves with its own token and the earlier ones. Encoder-decoder, three written
tokens: all four tokens that are read move all three, and the written ones a triangle."""
show(figure, alt)

# %% [markdown]
r"""
Left of the white line the map is full: whoever writes sees all that was read. To its right, the
triangle. Between an encoder and a GPT lies *one argument*.

### A blank that only one of them can fill

Rows of eight letters read the same forwards and backwards, like `TOKYYKOT`. One letter of the
*first half* is hidden. One layer of yours, with one head, is trained to say which: once without a
mask, once with the causal one.

**Predict before you run.** How many of 100 blanks does each of the two fill? (A blind guess among
eight letters gets 12 or 13.)
"""


# %% tags=["demo", "folded"]
LETTERS = "TOKYANED"


class Filler(nn.Module):
    """Rows of letters (batch, 8), 8 is the blank -> scores (batch, 8, 8 letters)."""

    def __init__(self) -> None:
        super().__init__()
        self.letter, self.place = nn.Embedding(9, 32), nn.Embedding(8, 32)
        self.layer, self.norm = EncoderLayer(32, 1, 128), nn.LayerNorm(32)
        self.answer = nn.Linear(32, 8)

    def embed(self, rows: torch.Tensor) -> torch.Tensor:
        return self.letter(rows) + self.place.weight  # (batch, 8, 32)

    def forward(self, rows: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        return self.answer(self.norm(self.layer(self.embed(rows), mask)))


def with_blank(count: int, generator: torch.Generator):
    """Rows (count, 8) with a blank, where it stands (count,), what stood there (count,)."""
    half = torch.randint(8, (count, 4), generator=generator)
    rows, row = torch.cat([half, half.flip(1)], dim=1), torch.arange(count)
    place = torch.randint(4, (count,), generator=generator)
    hidden = rows[row, place]
    rows[row, place] = 8
    return rows, place, hidden


# %% tags=["demo", "folded", "nbval-ignore-output"]
torch.set_num_threads(1)  # quicker for models as small as these


def train_filler(mask: torch.Tensor | None, seed: int) -> tuple[Filler, int]:
    """A trained filler, and how many of 100 new blanks it fills."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    filler = Filler()
    optimizer = torch.optim.Adam(filler.parameters(), lr=0.01)
    for _ in range(200):
        rows, place, hidden = with_blank(64, generator)
        loss = F.cross_entropy(filler(rows, mask)[torch.arange(64), place], hidden)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    rows, place, hidden = with_blank(2000, generator)
    with torch.no_grad():
        guess = filler(rows, mask)[torch.arange(2000), place].argmax(dim=-1)
    return filler, round(100 * (guess == hidden).float().mean().item())


masks = {"encoder": None, "GPT": attn.causal_mask(8)}
trained = {name: [train_filler(mask, seed) for seed in range(3)] for name, mask in masks.items()}
for name, fillers in trained.items():
    filled = sorted(count for _, count in fillers)
    print(f"of 100 blanks, {name}, worst of 3 seeds {filled[0]}, best {filled[-1]}")

# %% tags=["demo", "folded"]
row = torch.tensor([LETTERS.index(letter) for letter in "TOKYYKOT"])
blanked = row.repeat(4, 1).masked_fill(torch.eye(4, 8, dtype=torch.bool), 8)  # (4, 8)
first = {name: fillers[0][0] for name, fillers in trained.items()}  # of seed 0
figure, panels = plt.subplots(1, 2, figsize=(9.5, 3.2), sharey=True)
titles = "Encoder: the blank finds its mirror image", "GPT: the mirror image is out of sight"
for axes, (name, hiding), title in zip(panels, masks.items(), titles, strict=True):
    filler = first[name]
    with torch.no_grad():
        x = filler.layer.norm_1(filler.embed(blanked))
        weights = filler.layer.attention(x, mask=hiding).weights[:, 0]  # (4, 8, 8): one head
    own = weights[torch.arange(4), torch.arange(4)]  # (4, 8): each blank's own row
    plot_weights(own, [f"blank at {i}" for i in range(4)], list("TOKYYKOT"), title=title, ax=axes)
    axes.set_xlabel("the whole row; the blank hides its own letter")
panels[1].set_ylabel("")
alt = """Weights of the blank, at places 0 to 3, over the eight places of the row. Encoder: nearly
all weight on the mirror image, places 7, 6, 5 and 4. GPT: only places up to its own have weight,
and the mirror image has none."""
show(figure, alt)

# %% [markdown] measured={"encoder, worst of 3 seeds": [97, 100], "GPT, worst of 3 seeds": [5, 20]}
r"""
Look at the left map: a blank at place 0 looks at place 7, one at 3 looks at 4. That was learnt, in
200 steps, and the encoder fills nearly every blank. The GPT guesses: the answer comes later, and
later is hidden. It has nothing to find, so where it looks means nothing.
"""

# %% [markdown]
r"""
## Count

How large is a layer? A linear map from $a$ to $b$ features has $a \cdot b$ weights and $b$ biases.
With $d$ features, $f$ in the middle of the feed-forward:

| part | what it has | |
|---|---|---|
| attention | four maps: query, key, value, out | each $d \to d$ |
| feed-forward | two maps | $d \to f$ and $f \to d$ |
| norms | two | a scale and a shift for each feature |

**Tools.** PyTorch counts for you, so that you can check your head:
"""

# %%
for part in (nn.Linear(2, 3), nn.LayerNorm(5)):
    print(part, "has", sum(p.numel() for p in part.parameters()))

# %% [markdown]
r"""
### Exercise 06.3 · How many parameters? · ●●○ · 2 points

Count those of your `EncoderLayer`, by a formula in $d$ and $f$, in whole numbers. Don't let PyTorch
count: the formula is what you are after. (With $d = 3$ and $f = 5$ there are 98.)
"""


# %% tags=["exercise"] exercise="06.3" minutes=6 importance="core"
def count_layer(d: int, f: int) -> int:
    """The parameters of an EncoderLayer with d features, f in the feed-forward: a whole number.

    weights of the four maps (d, d), of the feed-forward (d, f) and (f, d), all biases, two norms
    """
    ### BEGIN SOLUTION
    attention = 4 * (d * d + d)
    feed_forward = (d * f + f) + (f * d + d)
    norms = 2 * (2 * d)
    return attention + feed_forward + norms
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="06.3"
r"""
<details><summary>Hint 1: one part a line</summary>

Count attention, feed-forward and norms apart, and add them up. Each map has as many biases as it
has outputs.

</details>
<details><summary>Hint 2: with d = 3 and f = 5</summary>

Attention has 4 · 12 = 48. The feed-forward has 20 + 18 = 38. How many have two norms?

</details>
"""

# %% tags=["check"] exercise="06.3"
check("06.3", count_layer, points=2)

# %% [markdown]
r"""
Now a real one: GPT-2, the small one (Radford et al., 2019, *Language Models are Unsupervised
Multitask Learners*, a report of OpenAI). It has 12 of these layers with 768 features, vectors for
50,257 tokens and 1,024 places, and a norm at the end. The matrix that embeds the tokens also
guesses them (Press and Wolf, 2016), and is counted once. (On the device `"meta"` a tensor has a
shape and no numbers, and costs nothing.)
"""

# %%
by_hand = 50257 * 768 + 1024 * 768 + 12 * count_layer(768, 4 * 768) + 2 * 768
sizes = {"d_model": 768, "num_heads": 12, "num_layers": 12, "max_len": 1024}
with torch.device("meta"):
    gpt_2 = attn.GPT(50257, tie_weights=True, **sizes)
print(f"by hand {by_hand:,}, by code {sum(p.numel() for p in gpt_2.parameters()):,}")

# %% [markdown]
r"""
124,439,808: you have counted GPT-2. With $f = 4d$ a layer has $12 d^2 + 13 d$ parameters: 4 of the
12 in attention, 8 in the feed-forward (and $13 = 4 + 5 + 4$: biases there, biases here, norms). The
number of heads is nowhere in the formula.

### Where does the work go?

A product, added to a sum, is a **multiply-add**. Every weight meets every token once:

| part | multiply-adds for $n$ tokens |
|---|---|
| feed-forward | $8\,n\,d^2$ |
| the four maps of attention | $4\,n\,d^2$ |
| scores and blend: $n^2$ pairs, $d$ features, twice | $2\,n^2 d$ |

Only the last grows with $n^2$. **Work it out by hand.** *"The quadratic cost is the bottleneck for
long inputs."* From which $n$ on do scores and blend cost more than the feed-forward, with
$d = 512$?

$2 n^2 d = 8 n d^2$ at $n = 4d = 2048$. So the claim holds for inputs that are long *compared with
the width*; for short ones most of the work is in the linear maps.

**What we built.** [`attn/layers.py`](../lib/attn/layers.py) has your `residual` and your layer, a
little more polite; [`attn/models.py`](../lib/attn/models.py) stacks them.
"""

# %% [markdown]
r"""
## Going further: look across

*{minutes} minutes.* Cross-attention is what lets a model write about something that it has read.
Who asks, and who answers?

```
x        (batch, n, d)   what is being written, n = 3     asks: its tokens are the queries
memory   (batch, m, d)   what was read,         m = 4     answers: keys and values

weights  (batch, heads, n, m)          output  (batch, n, d): one for each that asked
```

In a whole model the memory has passed a last norm, at the encoder's end. So only the stream `x` is
normed here.

**Tools.** Given a second input, `attn.MultiHeadAttention` takes keys and values from it. A padding
mask hides keys, and here the keys are the memory's:
"""

# %%
asking, answering = torch.randn(2, 3, 5), torch.randn(2, 4, 5)  # (batch=2, n or m, d=5)
real = attn.padding_mask([4, 2])  # (batch, 1, 1, m=4)
found, looked = small(asking, answering, mask=real)
print(tuple(found.shape), tuple(looked.shape))

# %% [markdown]
r"""
### Exercise 06.4 · A layer that looks across · ●●○ · 3 points

A decoder's layer has three sub-layers: look back (the causal mask), look *across*, think. The
first and the last are written. Write the one in the middle, with `norm_2`.
"""


# %% tags=["exercise"] exercise="06.4" minutes=7 importance="useful"
class DecoderLayer(nn.Module):
    """Causal self-attention, attention to a memory, feed-forward, each added to the stream."""

    def __init__(self, d_model: int, num_heads: int, d_ff: int, norm_first: bool = True) -> None:
        super().__init__()
        self.self_attention = attn.MultiHeadAttention(d_model, num_heads)
        self.cross_attention = attn.MultiHeadAttention(d_model, num_heads)
        self.feed_forward = nn.Sequential(
            nn.Linear(d_model, d_ff), nn.GELU(), nn.Linear(d_ff, d_model)
        )
        self.norm_1, self.norm_2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.norm_3, self.norm_first = nn.LayerNorm(d_model), norm_first

    def forward(
        self, x: torch.Tensor, memory: torch.Tensor, memory_mask: torch.Tensor | None = None
    ) -> torch.Tensor:
        """x (batch, n, d), memory (batch, m, d), memory_mask (batch, 1, 1, m) -> (batch, n, d)"""
        causal = attn.causal_mask(x.shape[1])  # (n, n)

        def look_back(h: torch.Tensor) -> torch.Tensor:
            return self.self_attention(h, mask=causal).output

        x = residual(x, look_back, self.norm_1, self.norm_first)

        ### BEGIN SOLUTION
        def look_across(h: torch.Tensor) -> torch.Tensor:
            return self.cross_attention(h, memory, mask=memory_mask).output

        x = residual(x, look_across, self.norm_2, self.norm_first)
        ### END SOLUTION
        return residual(x, self.feed_forward, self.norm_3, self.norm_first)


# %% [markdown] tags=["hint"] exercise="06.4"
r"""
<details><summary>Hint 1: copy the lines above</summary>

They have the same form. The attention is `self.cross_attention`, and it gets one thing more.

</details>
<details><summary>Hint 2: who is who</summary>

The query is what `residual` hands over, `h`. The second argument is `memory`; keys and values are
made from it. `memory_mask` belongs to the memory's keys.

</details>
"""

# %% tags=["check"] exercise="06.4"
check("06.4", DecoderLayer, points=3)

# %% [markdown]
r"""
## Going further: the map of influence

*{minutes} minutes.* We changed tokens at random to see who moves whom. A gradient says it exactly,
for small changes. In lesson 05 you asked for the gradient of the *sum* of an output. Here that
fails:
"""

# %%
pair = torch.randn(2, 5, requires_grad=True)  # (n=2, d=5)
normed = F.layer_norm(pair, (5,))
gradient = torch.autograd.grad(normed[0].sum(), pair)[0]  # (2, 5)
print("zero, but for rounding:", bool(gradient.abs().max() < 1e-5))

# %% [markdown]
r"""
Behind a norm the features of a token add up to 0, whatever comes in. The sum never moves, so its
gradient is zero and proves nothing. So we ask each output feature $a$ of token $i$ about each input
feature $b$ of token $j$, and take the length of it all:

$$\text{influence}_{ij} = \sqrt{\sum_{a}\sum_{b}
\left(\frac{\partial\,\text{out}_{ia}}{\partial\, x_{jb}}\right)^2}$$

**Tools.** All these derivatives together are the *Jacobian*. PyTorch gives it with the axes of the
output first, then those of the input. And `norm` takes the length over several axes at once:
"""


# %%
def twice_the_first(x: torch.Tensor) -> torch.Tensor:
    return 2 * x[:1]  # (n_in, d) -> (1, d)


slopes = torch.autograd.functional.jacobian(twice_the_first, torch.randn(3, 4))
print(tuple(slopes.shape))  # (n_out=1, d=4, n_in=3, d=4)
print(torch.ones(2, 3, 4).norm(dim=(0, 2)).round(decimals=2))  # three roots of 8

# %% [markdown]
r"""
### Exercise 06.5 · The map of influence · ●●● · 3 points

Write it for any `run`. (Below it stands a second function, which the check needs.)

```
run(x)      (n_out, d)      influence        x, inputs: n_in = 3
x           (n_in, d)                        j=0   j=1   j=2
                            outputs   i=0     .     .     .
                            n_out = 2 i=1     .     .     .
```
"""


# %% tags=["exercise"] exercise="06.5" minutes=9 importance="extra"
def influence(run: Callable, x: torch.Tensor) -> torch.Tensor:
    """How strongly each output token of run(x) depends on each input token.

    x (n_in, d), run(x) (n_out, d) -> (n_out, n_in)
    """
    ### BEGIN SOLUTION
    jacobian = torch.autograd.functional.jacobian(run, x)  # (n_out, d, n_in, d)
    return jacobian.norm(dim=(1, 3))  # (n_out, n_in)
    ### END SOLUTION


def influence_through_norm(mix: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """For the check: your map of tokens that are bent, mixed and normed.

    mix (n_out, n_in), x (n_in, d) -> (n_out, n_in)
    """
    return influence(lambda h: F.layer_norm(mix @ h.tanh(), h.shape[-1:]), x)


# %% [markdown] tags=["hint"] exercise="06.5"
r"""
<details><summary>Hint 1: two steps</summary>

First all derivatives, as in the tools box, of `run` at `x`. Then lengths: which two of the four
axes have to go?

</details>
<details><summary>Hint 2: the axes</summary>

`(n_out, d, n_in, d)`: output token, output feature, input token, input feature. The tokens stay,
the features go: axes 1 and 3.

</details>
"""

# %% tags=["check"] exercise="06.5"
check("06.5", influence_through_norm, points=3)

# %% [markdown]
r"""
Is it the map that we drew? And what does a *trained* layer look like, the encoder's that fills
blanks? In its map the blank stands at place 1.
"""

# %% tags=["demo"]
x = torch.randn(7, 16, generator=torch.Generator().manual_seed(0))  # four are read, three written
exact = influence(lambda h: encoder_decoder(h[None])[0], x) > 1e-6
print("the same squares:", torch.equal(exact, who_moves_whom(encoder_decoder, 7) > 1e-5))

# %% tags=["demo", "folded"]
filler = trained["encoder"][0][0]
x = filler.embed(blanked[1:2])[0].detach()  # (8, 32): T_KYYKOT
strength = influence(lambda h: filler.norm(filler.layer(h[None]))[0], x)  # (8, 8)
strength = strength / strength.amax(dim=1, keepdim=True)
title = "The blank depends on its mirror image and on its own place"
figure, axes = plt.subplots(figsize=(6.5, 4))
plot_weights(strength, list("T_KYYKOT"), title=title, ax=axes)
axes.set(xlabel="input token", ylabel="output")
axes.axhline(0.5, color="#E69F00", lw=2)
axes.axhline(1.5, color="#E69F00", lw=2)
alt = """Influence of each input on each output of the trained encoder, each row as a share of its
largest entry. The framed row of the blank, at place 1, has two large entries: its own place, and
place 6, the mirror image."""
show(figure, alt)

# %% [markdown]
r"""
Look at the framed row. The two large entries are its own place, which stays in the stream, and its
mirror image, which attention brought. (Only places 0 to 3 were ever asked: the lower half was
trained for nothing.)

**Make it yours.** Four letters of `TOKYANED`, no others, and a place to hide, 0 to 3:
"""


# %% tags=["demo", "folded"]
def fill(half: str, hide: int) -> str:
    row = torch.tensor([[LETTERS.index(letter) for letter in half + half[::-1]]])  # (1, 8)
    row[0, hide] = 8
    guess = trained["encoder"][0][0](row)[0, hide].argmax()
    return "".join((LETTERS + "_")[letter] for letter in row[0]) + " → " + LETTERS[guess]


# %% tags=["nbval-ignore-output", "demo"]
print(fill("TOKY", 1), "  ", fill("DEAN", 2))

# %% [markdown]
r"""
## Going further: what else could save them?

*{minutes} minutes.* Added, tokens become one because they are *outgrown*. What do they share, how
do they differ, and how much has each grown after 60 layers?
"""

# %% tags=["demo", "folded"]
for name in list(stacks)[1:]:
    foot, top = climbs[name][0][0], climbs[name][0][60]
    shared = top.mean(0).norm() / foot.mean(0).norm()
    different = (top - top.mean(0)).norm() / (foot - foot.mean(0)).norm()
    print(f"shared, {one_line[name]}, times {shared:.2g}; different, times {different:.2g}")

# %% [markdown] measured={"shared, added, times": [1e8, 1e11], "before, times": [10, 30]}
r"""
Each layer adds nearly the same to all tokens. Without a norm, the more they share, the more it
adds, and that grows about a billionfold. With the norm before, it grows about twentyfold.

Would anything else save them? Turn `keep`, move the norm, and switch on the feed-forward.

- With `keep` at 1: does a norm *after* the layer do as well as one before?
- With `keep` at 0: does a norm save the tokens, or the feed-forward?
"""


# %% tags=["explore", "folded"]
@torch.no_grad()
def cliff(keep: float, norm: str, feed_forward: bool):
    torch.manual_seed(0)
    x = torch.randn(8, 64, dtype=torch.float64)
    heights = [apart(x)]

    def step(x: torch.Tensor, work: Callable) -> torch.Tensor:
        x = keep * x + work(F.layer_norm(x, (64,)) if norm == "before" else x)
        return F.layer_norm(x, (64,)) if norm == "after" else x

    for _ in range(60):
        attention = fresh_attention()
        x = step(x, lambda h, attention=attention: attention(h[None]).output[0])
        x = step(x, attn.FeedForward(64).double()) if feed_forward else x
        heights.append(max(apart(x), 1e-16))
    figure, axes = plt.subplots(figsize=(6.5, 3.2))
    axes.semilogy(heights, ".-", color="#0072B2")
    axes.set(xlabel="layers", ylabel="how far apart", ylim=(3e-17, 3))
    end = "the end of float64" if heights[-1] < 1e-15 else f"{heights[-1]:.1g} apart"
    axes.set_title(f"Keeping {keep:.1f}, norm {norm}: after 60 layers, {end}")
    return show(figure, f"{axes.get_title(loc='left')}.")


explore(cliff, keep=(0, 1, 0.1, 1), norm=["none", "before", "after"], feed_forward=False)

# %% [markdown]
r"""
With the norm after, the tokens go as fast as without one: it stands in the stream, and shrinks what
was kept. With `keep` at 0 nothing saves them, neither norm nor feed-forward. (The abstract of Dong
et al. says that adding *and* feed-forward networks stop the collapse, their introduction that
feed-forward networks can slow it down. At the weights drawn here adding slows it down, and the
feed-forward makes little difference; weights that are trained are others.)
"""

# %% [markdown]
r"""
## Going further: what attention can't do alone

*{minutes} minutes.* Is the feed-forward needed? Take a token that is alone, so that it looks at
itself with weight 1: attention is then one linear map. The token knows two signs, and is to say
whether they *differ*: $+ +$ no, $+ -$ yes, $- +$ yes, $- -$ no. (It is called XOR.)

**Predict before you run.** How many of the four can such a layer get right?

By hand: the two signs go in as $x = \pm a \pm b$. Turn both round, and $x$ becomes $-x$. So does
what a norm, and then linear maps, make of it, but for a constant. Let the *score* be yes minus no.
Then $\text{score}(x) + \text{score}(-x)$ is one number $c$, whatever $x$ is. Both $+-$ and $-+$
should score above 0, so $c > 0$; both $++$ and $--$ below, so $c < 0$. It can't be done: three of
four at best.
"""


# %% tags=["folded"]
class Silent(nn.Module):
    """A sub-layer that has nothing to say."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.zeros_like(x)


def learn_xor(feed_forward: bool, depth: int, seed: int) -> float:
    """The loss after 200 steps with all four cases."""
    torch.manual_seed(seed)
    signs = torch.tensor([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]])
    differ = (signs[:, 0] * signs[:, 1] < 0).long()  # (4,)
    stack = nn.Sequential(*(EncoderLayer(16, 2, 64) for _ in range(depth)))
    if not feed_forward:
        for layer in stack:
            layer.feed_forward = Silent()
    model = nn.Sequential(nn.Linear(2, 16, bias=False), stack, nn.Linear(16, 2))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(200):
        scores = model(signs[:, None])[:, 0]  # (4, 2), from tokens (4, n=1, 2) that are alone
        loss = F.cross_entropy(scores, differ)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item()


# %% tags=["demo"]
for depth, feed_forward in ((1, False), (1, True), (2, False)):
    saved = [
        round(row["loss"], 2)
        for row in saved_rows("06", "xor")
        if row["layers"] == depth and row["feed-forward"] == feed_forward
    ]
    here, with_it = learn_xor(feed_forward, depth, seed=0), "with" if feed_forward else "without"
    print(f"{depth} layer(s) {with_it} feed-forward: loss here {here:.2f}, saved {saved}")

# %% [markdown] measured={"1 layer(s) without feed-forward: loss here": [0.69, 0.7]}
r"""
One layer without feed-forward stays at $\ln 2 \approx 0.69$, a coin for all four cases; with it,
all four are right. **Claim, measured:** *"only the feed-forward is non-linear."* It holds for one
layer with no norm behind it. Two layers without it learn XOR as well, in all seeds: the stream that
reaches the norm of the second layer has a constant added, so there $x$ and $-x$ are no longer of
one size, and a norm divides by the size. The norms bend, too.

(*Saved* are three seeds from `lessons/data/results_06.json`, made by the script beside it, with the
library's layers.)
"""

# %% [markdown]
r"""
## Going further: where the norm stands

*{minutes} minutes.* With the norm after, training is said to be unstable without a **warm-up** (a
learning rate that grows slowly), because before training the gradient is large at the top. With the
norm before, it needs none. Xiong et al. (2020) derived it, and showed it with real models
(translation, BERT). Is it visible in twelve small layers that learn to write a row of 12 letters
backwards? First the gradients in the top layer, with the norm after and before, untrained. Both are
measured twice: with PyTorch's first weights, and with larger ones, known as *Xavier's*.
"""


# %% tags=["folded"]
class Backwards(nn.Module):
    """Letters (batch, 12) -> scores (batch, 12, 12); 12 layers, norms before or after."""

    def __init__(self, norm_first: bool) -> None:
        super().__init__()
        self.letter, self.answer = nn.Embedding(12, 32), nn.Linear(32, 12)
        nn.init.normal_(self.letter.weight, std=32**-0.5)
        self.layers = nn.ModuleList(EncoderLayer(32, 4, 128, norm_first) for _ in range(12))
        self.norm = nn.LayerNorm(32) if norm_first else nn.Identity()

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        x = self.letter(rows) * 32**0.5 + attn.sinusoidal_positions(12, 32)
        for layer in self.layers:
            x = layer(x)
        return self.answer(self.norm(x))


def loss_of(model: nn.Module, rows: torch.Tensor) -> torch.Tensor:
    return F.cross_entropy(model(rows).flatten(0, 1), rows.flip(1).flatten())


# %%
def top_gradient(norm_first: bool, xavier: bool, seed: int) -> float:
    """The size of the loss's gradient by a matrix of the top layer, before any training."""
    torch.manual_seed(seed)
    model = Backwards(norm_first)
    for matrix in model.layers.parameters():
        if xavier and matrix.dim() == 2:
            nn.init.xavier_uniform_(matrix)
    loss_of(model, torch.randint(12, (64, 12))).backward()
    return model.layers[-1].feed_forward[2].weight.grad.norm().item()


for xavier, name in ((False, "PyTorch's"), (True, "Xavier's")):
    ratios = [top_gradient(False, xavier, n) / top_gradient(True, xavier, n) for n in range(5)]
    print(f"after over before, {name}: {min(ratios):.1f} to {max(ratios):.1f} in five seeds")

# %% [markdown]
r"""
**Predict before you run.** Three learning rates, 0.001, 0.003 and 0.01: at which of them will the
norm's place make a difference?
"""


# %% tags=["demo", "folded"]
def train_backwards(seed: int, rate: float) -> torch.Tensor:
    """The loss with the norm before, a mean of five steps each: (20,)."""
    torch.manual_seed(seed)
    generator, model = torch.Generator().manual_seed(seed), Backwards(norm_first=True)
    optimizer, losses = torch.optim.Adam(model.parameters(), lr=rate), []
    for _ in range(100):
        loss = loss_of(model, torch.randint(12, (32, 12), generator=generator))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return torch.tensor(losses).view(20, 5).mean(dim=1)


run_here = train_backwards(seed=0, rate=3e-3)

# %% tags=["demo", "folded"]
runs = saved_rows("06", "norms")
kinds = list(dict.fromkeys(row["kind"] for row in runs))
rates = sorted({row["rate"] for row in runs})
here = {"color": "C0", "ms": 4, "label": "norm before, run here"}
dots = (range(5, 101, 5), run_here)  # before the figure, which is not left empty
figure, panels = plt.subplots(1, len(rates), figsize=(10, 4), sharey=True)
for axes, rate in zip(panels, rates, strict=True):
    for row in (row for row in runs if row["rate"] == rate):
        place = kinds.index(row["kind"])
        label = f"norm {row['kind']}" if row["seed"] == 0 else None
        style = {"color": ("C0", "C1", "C2", "black")[place], "ls": ("-", "-", "-.", ":")[place]}
        style["lw"] = (1, 3, 1, 2)[place]  # the second lies below the last at 0.01
        style["zorder"] = 3 if place == 3 else 2
        axes.plot(range(5, 101, 5), row["loss"], label=label, **style)
    axes.set(xlabel="training step", title=f"learning rate {rate:g}")
panels[1].plot(*dots, "o", **here)
panels[0].set_ylabel("loss")
figure.legend(*panels[1].get_legend_handles_labels(), loc="outside lower center", ncols=3)
title = "The larger the steps, the more it matters where the norm stands"
figure.suptitle(title, weight="bold", x=0.02, ha="left")
alt = """Losses of twelve layers over 100 steps at three learning rates, three seeds each. Without a
residual the loss stays at a blind guess, 2.5, at each rate. At 0.001 the other three kinds fall
alike, to 2.1. At 0.003 the norm after is slower without a warm-up. At 0.01 it stays at 2.5; with a
warm-up it comes to 2.2, and with the norm before far below 1 in all seeds."""
show(figure, alt)

# %% [markdown] measured={"PyTorch's": [1.3, 2.0], "Xavier's": [1.8, 3.0]}
r"""
Colours are kinds, a line for each of three saved seeds; the dots are the run of this notebook. A
blind guess costs $\ln 12 \approx 2.48$, where on the right two kinds stay.

- *"The gradient is large at the top."* With the norm after it is larger than with the norm before,
  in each seed: not quite twofold at PyTorch's small first weights, two- to fivefold at Xavier's.
- *"Unstable without a warm-up."* At 0.001 the norm's place makes no difference, at 0.003 the norm
  after is slower. At 0.01 it learns *nothing*, in all three seeds; it does not explode, it is
  stuck. A warm-up of 50 steps gets it moving. The norm before needs none.
- Without a residual nothing is learnt at any rate.

A hundred steps are few: the curves are what is shown, not how good each can get.
"""

# %% [markdown] tags=["deep-dive"]
r"""
## Deep dive: the same numbers as PyTorch

*{minutes} minutes. Nothing in later lessons needs this section.*

Is your layer *the* layer? PyTorch has its own, `nn.Transformer`. We give your `EncoderLayer` and
the library's `DecoderLayer` the weights of PyTorch's, in float64, two layers on each side, with
padding, and compare.
"""


# %% tags=["folded"]
def copy_attention(ours: nn.Module, theirs: nn.Module) -> None:
    """PyTorch keeps the maps for query, key and value in one matrix (lesson 02)."""
    maps = (ours.query_proj, ours.key_proj, ours.value_proj)
    weights, biases = theirs.in_proj_weight.chunk(3), theirs.in_proj_bias.chunk(3)
    with torch.no_grad():
        for part, weight, bias in zip(maps, weights, biases, strict=True):
            part.weight.copy_(weight)
            part.bias.copy_(bias)
    ours.out_proj.load_state_dict(theirs.out_proj.state_dict())


def copy_parts(**pairs: tuple[nn.Module, nn.Module]) -> None:
    for ours, theirs in pairs.values():
        ours.load_state_dict(theirs.state_dict())


def your_layer(theirs: nn.Module, norm_first: bool) -> nn.Module:
    ours = EncoderLayer(24, 3, 40, norm_first).double()
    copy_attention(ours.attention, theirs.self_attn)
    copy_parts(up=(ours.feed_forward[0], theirs.linear1), norm_1=(ours.norm_1, theirs.norm1))
    copy_parts(down=(ours.feed_forward[2], theirs.linear2), norm_2=(ours.norm_2, theirs.norm2))
    return ours


# %% tags=["folded"]
def library_layer(theirs: nn.Module, norm_first: bool) -> nn.Module:
    ours = attn.DecoderLayer(24, 3, 40, norm_first=norm_first).double()
    copy_attention(ours.self_attention, theirs.self_attn)
    copy_attention(ours.cross_attention, theirs.multihead_attn)
    copy_parts(up=(ours.feed_forward.up_proj, theirs.linear1))
    copy_parts(down=(ours.feed_forward.down_proj, theirs.linear2))
    copy_parts(norm_1=(ours.self_attention_residual.norm, theirs.norm1))
    copy_parts(norm_2=(ours.cross_attention_residual.norm, theirs.norm2))
    copy_parts(norm_3=(ours.feed_forward_residual.norm, theirs.norm3))
    return ours


def pytorchs_own(norm_first: bool) -> nn.Module:
    """Two layers on each side, with norms and biases that are not 1 and 0."""
    options = {"dim_feedforward": 40, "dropout": 0.0, "activation": "gelu", "batch_first": True}
    encoder = nn.TransformerEncoder(
        nn.TransformerEncoderLayer(24, 3, norm_first=norm_first, **options),
        num_layers=2,
        norm=nn.LayerNorm(24),
        enable_nested_tensor=False,
    )
    whole = nn.Transformer(24, 3, 2, 2, norm_first=norm_first, custom_encoder=encoder, **options)
    with torch.no_grad():
        for parameter in whole.double().parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return whole


# %%
def largest_difference(norm_first: bool) -> float:
    torch.manual_seed(0)
    theirs, mask = pytorchs_own(norm_first), attn.padding_mask([7, 4])  # True = may attend
    source, target = torch.randn(2, 7, 24).double(), torch.randn(2, 5, 24).double()
    memory, x = source, target
    for layer in theirs.encoder.layers:
        memory = your_layer(layer, norm_first)(memory, mask)
    memory = theirs.encoder.norm(memory)
    for layer in theirs.decoder.layers:
        x = library_layer(layer, norm_first)(x, memory, memory_mask=mask)
    ours = theirs.decoder.norm(x)

    hidden = {"src_key_padding_mask": ~mask[:, 0, 0], "memory_key_padding_mask": ~mask[:, 0, 0]}
    future = ~attn.causal_mask(5)  # in PyTorch's module True = may not
    return (ours - theirs(source, target, tgt_mask=future, **hidden)).abs().max().item()


for before, name in ((True, "before"), (False, "after")):
    print(f"norm {name}: equal to 12 digits:", largest_difference(before) < 1e-12)

# %% [markdown]
r"""
The same function, with the norm before and after. (A test compares gradients too:
`tests/attn/test_layers.py`.) Two traps lie here. `nn.Transformer` ends *each* stack with one more
norm, also where the norms stand after; and in its masks `True` hides, the opposite of ours.

**From the papers.** Residual connections come from networks for images, where they made 152 layers
trainable (He et al., 2015). GPT-2 moved the norm to the front of each sub-layer, and put one more
behind the last layer. PaLM computes both sub-layers from the same normed input, *in parallel*,
$x + \text{attention}(\text{norm}(x)) + \text{FFN}(\text{norm}(x))$, and reports that it trains
about 15 percent faster at a large scale (Chowdhery et al., 2022).
"""

# %% [markdown]
r"""
## The quiz

Five questions, one for each aim.
"""

# %% tags=["quiz"]
quiz("06")

# %% [markdown]
r"""
## In five lines

1. Attention blends, so a stack of it makes one token of all: replaced, in 3 layers; added, in some
   25 (at the weights drawn here). Added with the norm *before*, not in 60.
2. A layer looks around, then thinks, each time $x + f(\text{norm}(x))$, or, as in the paper,
   $\text{norm}(x + f(x))$.
3. Without a mask it is an encoder's layer, with the causal one a GPT's; cross-attention takes keys
   and values from a memory.
4. A layer has $12d^2 + 13d$ parameters, two thirds of them in the feed-forward; heads don't count.
5. Scores and blend overtake the feed-forward part at $n = 4d$; below that, look elsewhere.

**Words learnt**: residual connection and stream, sub-layer, norm, feed-forward, layer, encoder,
decoder-only, cross-attention, memory, multiply-add; further on: Jacobian, warm-up.

**Next**: [07 · Train a translator](07_train_a_translator.ipynb) trains an encoder-decoder.
"""

# %% tags=["progress"]
progress("06")

# %% [markdown]
r"""
### References

- A. Vaswani et al. (2017). *Attention Is All You Need.* arXiv
  [1706.03762](https://arxiv.org/abs/1706.03762)
- Y. Dong, J.-B. Cordonnier, A. Loukas (2021). *Attention Is Not All You Need: Pure Attention Loses
  Rank Doubly Exponentially with Depth.* arXiv [2103.03404](https://arxiv.org/abs/2103.03404)
- K. He et al. (2015). *Deep Residual Learning for Image Recognition.* arXiv
  [1512.03385](https://arxiv.org/abs/1512.03385)
- J. L. Ba, J. R. Kiros, G. E. Hinton (2016). *Layer Normalization.* arXiv
  [1607.06450](https://arxiv.org/abs/1607.06450)
- D. Hendrycks, K. Gimpel (2016). *Gaussian Error Linear Units (GELUs).* arXiv
  [1606.08415](https://arxiv.org/abs/1606.08415)
- O. Press, L. Wolf (2016). *Using the Output Embedding to Improve Language Models.* arXiv
  [1608.05859](https://arxiv.org/abs/1608.05859)
- R. Xiong et al. (2020). *On Layer Normalization in the Transformer Architecture.* arXiv
  [2002.04745](https://arxiv.org/abs/2002.04745)
- A. Chowdhery et al. (2022). *PaLM: Scaling Language Modeling with Pathways.* arXiv
  [2204.02311](https://arxiv.org/abs/2204.02311)
"""
