# %% [markdown]
r"""
# 17 · Write, one token at a time

**By the end you can**

1. find the heads that look up what came next the last time; <!-- quiz: where-the-head-looks -->
2. prove by cutting what a head is for; <!-- quiz: looked-at-or-cut -->
3. say why such a head needs two layers, and when it appears; <!-- quiz: it-takes-two -->
4. draw a token with a temperature, a top-k and a top-p; <!-- quiz: the-one-that-crosses -->
5. compare models that cut a text differently. <!-- quiz: nats-a-letter -->

*About {minutes} minutes · needs [05 · What may not be seen](05_what_may_not_be_seen.ipynb) and
[06 · The Transformer](06_the_transformer.ipynb) · builds the drawing in `attn.generate`*

> **In one breath.** A model that writes is asked one thing only: what comes next? It answers with a
> chance for every word it knows. One is drawn and put behind the text, and the longer text is
> asked again. First you find how it looks things up; then you let it draw.
"""

# %%
from contextlib import nullcontext

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F

import attn
from attn.plotting import plot_weights
from course import check, explore, progress, quiz, show, writing
from course.models import have, load_smollm2
from course.results import saved_rows

torch.set_num_threads(1)

# %% [markdown]
r"""
## From memory

A few minutes, before anything new, and without looking back. Nothing here is graded.
"""

# %% tags=["recall"]
from course import recall

recall("17")


# %% tags=["recall"]
# From memory: the softmax of each row. Then check("01.2", from_memory, points=0)
# It takes NumPy arrays, so begin with: import numpy as np
### BEGIN SOLUTION
import numpy as np


def from_memory(scores):
    exps = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exps / exps.sum(axis=-1, keepdims=True)


check("01.2", from_memory, points=0)
### END SOLUTION

# %% [markdown]
r"""
## A model that others trained

**SmolLM2** (November 2024) is a decoder, the GPT of lesson 06: 30 layers of 9 heads, 135 million
numbers, trained on two trillion tokens of text. `load_smollm2` puts its file into the layers that
you built ([lesson 18](18_real_weights_in_your_own_code.ipynb) is about how).

If it is not installed, the next cell says how to get it. Without it the pictures show what was
measured before, and say so.
"""

# %% tags=["demo", "nbval-ignore-output"]
here = have("SmolLM2")  # whether its file is on this machine
if here:
    model, tokenizer = load_smollm2()
source = "measured here" if here else "measured before"

# %% [markdown]
r"""
To write is a loop of four lines. The model gives a number for each of its 49,152 tokens, the
**logits**; the largest is its best guess, and becomes part of what it reads next.
"""


# %%
@torch.no_grad()
def write(model, tokens, new):
    """The most probable token each time: (1, n) -> (1, n + new)"""
    for _ in range(new):
        logits = model(tokens)[:, -1]  # (1, vocab): what may follow the last token
        best = logits.argmax(dim=-1, keepdim=True)  # (1, 1)
        tokens = torch.cat([tokens, best], dim=1)
    return tokens


# %% [markdown]
r"""
We tell it a password of six digits, and ask for it at once. The digits stand in no book. What does
it write?
"""

# %% tags=["demo", "folded", "nbval-ignore-output"]
PASSWORD = "The password is 7 4 9 1 3 8. Remember: the password is"


def written(prompt: str, kind: str, new: int = 12) -> str:
    """What the model writes behind a prompt: run here, or else read from the file."""
    if here:
        start = torch.tensor([tokenizer.encode(prompt)])
        # The same loop, with lesson 13's cache, so that it takes less time.
        text = attn.generate(model, start, max_new_tokens=new, temperature=0.0)
        return tokenizer.decode(text[0, start.shape[1] :].tolist())
    saved = (r for r in saved_rows("17", "written") if r["prompt"] == prompt)
    return next(row["text"] for row in saved if row["kind"] == kind)


print(PASSWORD, "…")
print("   ", repr(written(PASSWORD, "nothing")))

# %% [markdown]
r"""
It repeats all six. Nothing that was learnt in training can hold this: it has *looked it up*, in
what it read a moment ago. By which heads? You will find them, and take them out.
"""

# %% [markdown]
r"""
## Say that again

To see nothing but the looking up, take away all that could be known: tokens drawn at random, and
then **the same tokens once more**. The **loss** of a token is $-\ln p$, its surprise: 0 if it was
certain, $\ln 49152 = 10.8$ if all were alike, and more where the model had been sure of others.

How could a head help? By hand, with three letters, twice. It is place 3 that reads, and has to say
what comes at place 4:

```
place   0   1   2   3   4   5
        A   C   B   A   C   B
            ↑       |
            └───────┘   place 3 asks: what stood behind the A before?
```

A head that looks from each token to the one **behind its earlier place** has the answer in its
hand: C. It is called an **induction head** (Elhage et al., 2021).
"""

# %% tags=["folded"]
P = 24  # tokens of a round
drawn = torch.randint(1000, 20000, (4, P), generator=torch.Generator().manual_seed(0))
rounds = writing.twice(drawn, first=1)  # (4, 1 + 2 P): a token that begins all texts, in front

# %% [markdown]
r"""
The round has $p = 3$ tokens. The same letter stands $p$ places back, so the one behind it is
$p - 1 = 2$ back. In the map of such a head, the second round's rows are bright on one diagonal:
"""

# %% tags=["demo", "folded"]
ideal = torch.zeros(6, 6)  # (n_q, n_k)
ideal[0, 0] = ideal[1, 0] = ideal[2, 0] = 1.0  # nothing to find: they rest on the first
ideal[[3, 4, 5], [1, 2, 3]] = 1.0
letters = [f"{i} {letter}" for i, letter in enumerate("ACBACB")]
axes = plot_weights(ideal, letters, title="Second round: each looks p − 1 = 2 back")
show(
    axes,
    "An ideal induction head over A C B A C B. Rows 3, 4 and 5 are bright at keys 1, 2 and 3, a "
    "diagonal two places left of the main one. Rows 0 to 2 look at key 0.",
)

# %% [markdown]
r"""
Look at the rows (queries) of the second round, 3 to 5: three cells, on the diagonal that begins at
row 2. Row 2 itself belongs to the first round, and does not count.

**Tools.** `diagonal` takes one diagonal out of the last two axes: `offset=-k` is the one that lies
`k` places left. It begins at row k.
"""

# %%
table = torch.arange(36).view(1, 6, 6)  # (heads=1, n_q=6, n_k=6)
print(table.diagonal(offset=-2, dim1=-2, dim2=-1))  # (heads, 4): rows 2, 3, 4, 5

# %% [markdown]
r"""
### Exercise 17.1 · Is it an induction head? · ●○○ · 2 points

A row of tokens is read whose second half repeats the first, $n = 2p$. Give each head's score: the
mean weight, over the second round, at the token behind the earlier place.
"""


# %% tags=["exercise"] exercise="17.1" minutes=6 importance="core"
def induction_score(weights: torch.Tensor, p: int) -> torch.Tensor:
    """How much each head looks at the token that came next the last time.

    weights (batch, heads, n, n), or other axes before n and n, with n = 2 p -> (batch, heads):
    a mean over the p rows of the second round
    """
    ### BEGIN SOLUTION
    found = weights.diagonal(offset=-(p - 1), dim1=-2, dim2=-1)  # (..., p + 1): from row p - 1 on
    return found[..., 1:].mean(dim=-1)
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="17.1"
r"""
<details><summary>Hint 1: which cells?</summary>

In row i of the second round it is the cell of key i − (p − 1). All these cells lie on one diagonal.

</details>
<details><summary>Hint 2: where does it begin?</summary>

The diagonal with `offset=-(p - 1)` begins at row p − 1, the last row of the first round. The
second round begins one later.

</details>
<details><summary>Hint 3: shapes</summary>

The diagonal is `(..., p + 1)`. Leave out its first entry, `[..., 1:]`, and take the mean over the
last axis.

</details>
"""

# %% tags=["check"] exercise="17.1"
check("17.1", induction_score, points=2)

# %% [markdown]
r"""
Now ask the real model: four rows of 24 random tokens, read twice. How does such a head know what
stands *behind* an earlier A? In a layer below, some head must have told C that A stands before it:
a **previous-token head**. Both kinds, on one page (16.0 is head 0 of layer 16):
"""

# %% tags=["demo", "folded", "nbval-ignore-output"]
if here:
    maps = []
    with torch.no_grad():
        model(rounds, maps=maps)
    weights = torch.stack(maps, dim=1)[..., 1:, 1:]  # (4, layers=30, heads=9, 2 P, 2 P)
    inducing = induction_score(weights, P).mean(dim=0)  # (30, 9): yours
    previous = weights.diagonal(offset=-1, dim1=-2, dim2=-1).mean(dim=(0, -1))  # (30, 9)
else:
    previous, inducing = (torch.tensor(r["scores"]) for r in saved_rows("17", "heads"))

# %% tags=["demo", "folded", "nbval-ignore-output"]
figure, panels = plt.subplots(2, 1, figsize=(10, 4.6), sharex=True)
names = {"the token before": previous, "what came next the last time": inducing}
for panel, (name, scores) in zip(panels, names.items(), strict=True):
    image = panel.imshow(scores.T, cmap="cividis", vmin=0, vmax=1, aspect="auto")
    panel.set(title=f"Weight at {name}", ylabel="head", yticks=range(0, 9, 2))
    panel.grid(False)
panels[1].set(xlabel=f"layer ({source})", xticks=range(0, 30, 2))
figure.colorbar(image, ax=list(panels), label="mean weight", ticks=[0, 0.5, 1])
first = next(i for i, heads in enumerate(inducing.tolist()) if max(heads) > 0.3)
figure.suptitle(f"First the previous-token heads; from layer {first} on, induction heads")
layer, head = divmod(int(inducing.argmax()), 9)
print(f"best induction head: {layer}.{head}, weight {inducing.max():.2f}")
print(f"above 0.3: {int((inducing > 0.3).sum())} of 270; first in layer {first}")
alt = f"""Two tables of 30 layers by 9 heads. Above, a few bright cells in layers 1, 2, 11 and 16:
previous-token heads. Below, all is dark up to layer {first}, where three bright cells stand; the
brightest is head {layer}.{head}."""
show(figure, alt)

# %% [markdown] measured={"weight": [0.8, 0.95], "above 0.3:": [9, 14]}
r"""
Look at the lower table: dark for half the model, and then a cluster right **behind 16.0**, the
best previous-token head above. About a dozen of 270 are induction heads, and the best spends nine
tenths of its weight as the drawing says. Nobody asked for that. It came of guessing next tokens.
"""

# %% [markdown]
r"""
## Take out eight of 270

To look at something is not yet to use it. The proof is to **cut** the heads: what they found is set
to 0 before it is mixed with the rest (18.5 is that exercise). Eight heads are 3 percent.

**Predict before you run.** We cut the eight with the highest induction score. What happens to the
loss of (a) the random tokens when they come the second time, (b) the first sentence of a novel, (c)
a little story of ours? And if we cut eight others, drawn at random?
"""

# %% tags=["demo", "folded", "nbval-ignore-output"]
from course.writing.heads import best_heads, drawn_heads

SENTENCE = writing.novel()[0].splitlines()[0]  # "It is a truth universally acknowledged, …"
saved = saved_rows("17", "cut")
cuts = {}  # what was cut -> the losses at each place, and of the sentence
if here:
    scores = writing.head_scores(model, rounds)
    chosen = {
        "nothing": [],
        **{f"random {draw}": drawn_heads(scores[0], 8, seed=draw) for draw in range(4)},
        "induction": best_heads(scores[1], 8),
        "previous-token": best_heads(scores[0], 8),
    }
    sentence = torch.tensor([tokenizer.encode(SENTENCE)])
    for kind, heads in chosen.items():
        with writing.without(model, heads):
            places = writing.loss_of_each(model, rounds).mean(dim=0)  # (2 P,)
            cuts[kind] = places, writing.loss_of_each(model, sentence).mean().item()
else:
    for row in saved:
        if row["seed"] == 0:
            kind = f"random {row['draw']}" if row["kind"] == "random" else row["kind"]
            cuts[kind] = torch.tensor(row["places"]), row["sentence"]

# %% tags=["demo", "folded", "nbval-ignore-output"]
looks = {
    "nothing": ("black", "-", "nothing is cut"),
    "random": ("#777777", "--", "8 heads at random, four draws"),
    "induction": ("#D55E00", "-", "the 8 best induction heads"),
    "previous-token": ("#0072B2", ":", "the 8 best previous-token heads"),
}
groups = {
    "second": "random tokens,\nsecond time",
    "sentence": "a novel's\nsentence",
    "story": "a story\nof ours",
}


def draw_places(axes):
    for kind, (places, _) in sorted(cuts.items(), key=lambda cut: "random" not in cut[0]):
        color, style, label = looks[kind.split()[0]]
        label = None if kind in ("random 1", "random 2", "random 3") else label
        width = 1 if "random" in kind else 2.5
        axes.plot(range(1, 2 * P + 1), places, style, color=color, lw=width, label=label)
    axes.axvspan(P + 0.5, 2 * P + 0.5, color="#F0E442", alpha=0.15, lw=0)
    axes.text(P + 1, 17.6, "the same tokens again", fontsize=10)
    axes.set(xlabel="place", ylabel="loss, in nats", ylim=(0, 19), xlim=(0, 2 * P + 1))
    axes.legend(loc="lower left", fontsize=9)


# %% tags=["demo", "folded", "memorable", "nbval-ignore-output"]
figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.8), width_ratios=(3, 2))
draw_places(left)
left.set_title("Without induction heads it hardly falls")
for place, key in enumerate(groups):
    for shift, (kind, (color, _, _)) in enumerate(looks.items()):
        x = place + 0.18 * (shift - 1.5)
        values = [row[key] for row in saved if row["kind"] == kind]
        right.plot([x] * len(values), values, "o", color=color, ms=5, alpha=0.6)
        right.plot([x - 0.07, x + 0.07], [sum(values) / len(values)] * 2, color=color, lw=3)
right.set(xticks=range(3), ylim=(0, 13), ylabel="mean loss, in nats")
right.set_xticklabels(groups.values())
right.set_title("Speech stays; repeating is gone")
figure.suptitle("Without 8 of 270 heads it speaks as before, and can't repeat", fontweight="bold")
alt = """Left: loss by place for 24 random tokens, read twice. With nothing cut it is about 14 the
first time and falls to about 2 within a few tokens of the second; with heads drawn at random
nearly so in three of four draws. With the 8 best induction heads cut it stays at about 11, with the
best previous-token heads at about 10. Right: without the induction heads random tokens cost 11 in
place of 2.6, sentence and story what they cost before; without previous-token heads all cost
more."""
show(figure, alt)

# %% tags=["demo", "folded", "nbval-ignore-output"]
print(f"loss, {source}:      second time   sentence")
for kind, (places, spoken) in cuts.items():
    print(f"{kind + ' cut':20} {places[P + 1 :].mean():10.2f} {spoken:12.2f}")

# %% [markdown] measured={"nothing cut": [2.5, 2.9], "induction cut": [10.5, 12]}
r"""
Look at the left picture first, at the black line: a **cliff**. Within half a dozen tokens of the
second round the loss falls from 12 to below 3. The orange line, where eight heads are missing, has
no cliff. (Right: three draws of tokens, twelve of random heads,
[measured before](../lessons/data/results_17.json).)

Then the right picture, second and third group. The sentence and the story cost **what they cost
before**. The eight are needed for repeating, and for nothing else that we measure here. Of the
four random draws here two cost little, one more than a nat, and one a lot (*Going further* says
why). The eight best previous-token heads break *both*: they serve the induction heads, and much
else.

We chose the heads by where they *look*. That the copying goes with them is the proof that it is
what they *do*.
"""

# %% [markdown]
r"""
And the password?
"""

# %% tags=["demo", "folded", "nbval-ignore-output"]
TALE = "Once upon a time, there was a"
print("The password is …")
for kind in cuts:
    with writing.without(model, chosen[kind]) if here else nullcontext():
        print(f"{kind + ' cut':18} {written(PASSWORD, kind)!r}")
print(TALE, "…")
for kind in ("nothing", "induction"):
    with writing.without(model, chosen[kind]) if here else nullcontext():
        print(f"{kind + ' cut':18} {written(TALE, kind)!r}")

# %% [markdown]
r"""
Cut at random, it still knows the password in three of four draws. Without its induction heads it
makes up a password, fluently, like somebody who did not listen, and tells its tale all the same.
(Without previous-token heads it stammers.)

**Make it yours.** Without 18.6, the best induction head, it skips a word and copies on. Choose
other heads, and a text of your own. A single head can be enough to lose the thread. Which?
"""

# %% tags=["demo", "nbval-ignore-output"]
my_heads = [(18, 6)]  # layer and head; add others
my_text = "bam tiv rok zul fen, bam tiv rok zul fen, bam tiv"
if here:
    print("whole:", repr(written(my_text, "nothing", new=8)))
    with writing.without(model, my_heads):
        print("cut:  ", repr(written(my_text, "nothing", new=8)))

# %% [markdown]
r"""
## They appear all at once

When do such heads come into being? We train a GPT of **two layers** on rows of letters that repeat:
8 to 16 letters in a random order, again and again, how many differs by row, so that no fixed
distance helps. Every 25 steps we look at the loss of the repeated letters, and at the best head of
either kind: for 400 steps, and with *one* layer for 700. Will one layer do?
"""

# %% tags=["demo", "folded"]
from course.writing import repeats

_, trained = repeats.train(2, seed=0, steps=400)
before = saved_rows("17", "induction")

# %% tags=["demo", "folded"]
figure, (top, bottom) = plt.subplots(2, 1, figsize=(8.5, 5.6), sharex=True)
for row in before:
    steps = [repeats.EVERY * (k + 1) for k in range(len(row["loss"]))]
    color, style = ("#E69F00", "--") if row["layers"] == 1 else ("#0072B2", "-")
    top.plot(steps, row["loss"], style, color=color, lw=0.9, alpha=0.8)
    if row["layers"] == 2:
        bottom.plot(steps, row["previous"], color="#009E73", lw=0.8, alpha=0.7)
        bottom.plot(steps, row["induction"], color="#D55E00", lw=0.8, alpha=0.7)
steps = [each.step for each in trained]
top.plot(steps, [each.loss for each in trained], color="#0072B2", lw=3, label="two layers")
top.plot([], [], "--", color="#E69F00", label="one layer")
for kind, color in (("previous", "#009E73"), ("induction", "#D55E00")):
    label = f"best {kind.replace('previous', 'previous-token')} head, two layers"
    bottom.plot(steps, [each.best(kind) for each in trained], color=color, lw=3, label=label)
for panel in (top, bottom):
    panel.axvspan(175, 275, color="#F0E442", alpha=0.2, lw=0)
    panel.legend(loc="upper right" if panel is top else "lower right", fontsize=9)
top.set(ylabel="loss on repeats, in nats", title="Two layers fall off a cliff, one only sinks")
bottom.set(xlabel="training step", ylabel="weight", ylim=(0, 1))
bottom.set_title("The heads appear in the same hundred steps")
alt = """Above: the loss on repeats. With two layers, five seeds, it sinks slowly from 3.2, then
falls from about 2 to below 0.5 by step 275. With one layer, three seeds, it sinks slowly to above 1
at step 700. Below: the scores of the best heads of both kinds rise from 0.15 to above 0.5 then."""
show(figure, alt)

# %% tags=["demo", "folded", "nbval-ignore-output"]
for each in (trained[6], trained[10]):
    print(
        f"step {each.step}: loss {each.loss:.2f}, previous-token head {each.best('previous'):.2f},"
        f" induction head {each.best('induction'):.2f}"
    )
for row in before:
    if row["layers"] == 1:
        print(f"one layer, step 700: {100 * row['right'][-1]:.0f} of 100 right")

# %% [markdown] measured={"step 275: loss": [0.2, 0.9], "one layer, step 700:": [50, 75]}
r"""
Look at the yellow band, in both pictures at once. (Thick: trained here. Thin: measured
before.) For a long time hardly anything happens. Then both kinds of heads rise **together**, and
with them falls the loss. Neither is of use alone, so neither is learnt before the other. In large
models the same step was seen as a bump in the loss of training (Olsson et al., 2022).

One layer does not get there in 700 steps: its head would have to know what stands *before* a key,
and nobody has told the key. Its loss still sinks, by another way, with 6 of 10 right: a letter that
has not come for long is likely to come next.
"""

# %% [markdown]
r"""
## A writer of your own

Now to writing that is not repeating. In `lessons/data` lie the first 300,000 letters of *Pride and
Prejudice* (Jane Austen, 1813), somewhat less than half of it, cut into 366 kinds of pieces, of 2.4
letters each on average (*Going further* shows how). We train a GPT of two layers and 147,000
numbers on it, for ten seconds, and let it write with the loop from above: always the most probable
piece.
"""

# %% tags=["demo", "folded", "nbval-ignore-output"]
text = writing.prepared()
losses = []  # (step, test loss in nats a letter)


def note(step: int) -> None:
    if step % 50 == 0:
        losses.append((step, writing.nats_a_letter(small, text)))


small = writing.new_writer(text.vocab)
writing.fit(small, text.train, steps=300, after=note)
pieces = text.tokenizer
start = torch.tensor([pieces.encode("\n")])  # a paragraph begins
print(pieces.decode(write(small, start, 60)[0].tolist()))

# %% [markdown]
r"""
It soon turns in a circle: what it just wrote makes the same words most probable again. Holtzman et
al. (2019) saw large models do the same. The way out is to **draw**: each token with its
probability. How daring the drawing is, the **temperature** $T$ says. The logits are divided by it
before the softmax:

$$p_i = \operatorname{softmax}(z / T)_i$$

Read aloud: *divide all logits by the temperature, then softmax.* **By hand.** Two tokens, with
probabilities 0.8 and 0.2: as 4 to 1. At $T = \frac12$ all logits double, so ratios are squared: 16
to 1, or 0.94 and 0.06. At $T = 2$ they take their root: 2 to 1. At $T = 0$ all goes to the best
token, as in the loop above.
"""

# %% [markdown]
r"""
**Tools.** `F.one_hot` puts 1 at one place; whole numbers become floats of the right kind with
`.to(x.dtype)`.
"""

# %%
x = torch.tensor([[0.1, 2.5, 1.0], [3.0, 0.0, 1.0]])  # (batch=2, vocab=3)
print(F.one_hot(x.argmax(dim=-1), num_classes=3).to(x.dtype))

# %% [markdown]
r"""
### Exercise 17.2 · With a temperature · ●○○ · 2 points

From logits to probabilities, for any temperature from 0 on. At 0 the best token gets all; of
equals, the first.
"""


# %% tags=["exercise"] exercise="17.2" minutes=4 importance="core"
def with_temperature(logits: torch.Tensor, temperature: float) -> torch.Tensor:
    """The probability of each token at a temperature.

    logits (batch, vocab), or more axes in front -> the same shape and dtype, sums to 1
    """
    ### BEGIN SOLUTION
    if temperature == 0:
        best = logits.argmax(dim=-1)
        return F.one_hot(best, num_classes=logits.shape[-1]).to(logits.dtype)
    return torch.softmax(logits / temperature, dim=-1)
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="17.2"
r"""
<details><summary>Hint 1: two cases</summary>

Nothing can be divided by 0: `if temperature == 0:` is a case of its own.

</details>
<details><summary>Hint 2: the usual case</summary>

Divide first, softmax afterwards, over the last axis.

</details>
"""

# %% tags=["check"] exercise="17.2"
check("17.2", with_temperature, points=2)

# %% [markdown]
r"""
## Cut off the tail

At $T = 1$ a model of 49,152 tokens gives most of them next to nothing each. Together that can be a
third: sooner or later one is drawn, and the text goes astray. So the tail is cut off:

- **top-k** keeps the $k$ most probable tokens (Fan et al., 2018);
- **top-p** keeps the *fewest* tokens that together have at least probability $p$ (Holtzman et al.,
  2019): few where the model is sure, many where it isn't.

What is kept is made to sum to 1 again. **By hand**, with $p = 0.6$:

```
ranked      0.5     0.3     0.15    0.05   best first
before it   0       0.5     0.8     0.95   sum of those before
kept        0.5     0.3      -       -     0.3 crosses p: needed
sums to 1   0.625   0.375    0       0
```
"""

# %% [markdown]
r"""
**Tools.** `cumsum` adds up from the left, each with those before it; `torch.where(c, a, b)` takes
from a where c holds, else from b.
"""

# %%
a = torch.tensor([0.5, 0.25, 0.25])
print(a.cumsum(dim=-1).tolist(), torch.where(a > 0.3, a, 0.0).tolist())

# %% [markdown]
r"""
### Exercise 17.3 · Top-p · ●●○ · 3 points

The probabilities come ranked, the best first. Keep the fewest that reach $p$ together; the others
get 0; the kept ones sum to 1.
"""


# %% tags=["exercise"] exercise="17.3" minutes=6 importance="core"
def keep_top_p(ranked: torch.Tensor, p: float) -> torch.Tensor:
    """The fewest tokens that together are at least this probable.

    ranked (batch, vocab), or more axes in front, the most probable first; p above 0, at most 1
    -> the same shape, sums to 1
    """
    ### BEGIN SOLUTION
    before = ranked.cumsum(dim=-1) - ranked  # (..., vocab): what those before it sum to
    kept = torch.where(before < p, ranked, 0.0)
    return kept / kept.sum(dim=-1, keepdim=True)
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="17.3"
r"""
<details><summary>Hint 1: who is needed?</summary>

A token is needed as long as those *before* it have not reached p.

</details>
<details><summary>Hint 2: what stands before</summary>

`cumsum` counts the token itself too: take it away again.

</details>
<details><summary>Hint 3: the rest</summary>

0 where a token is not needed, then divide each row by its sum, with `keepdim=True`.

</details>
"""

# %% tags=["check"] exercise="17.3"
check("17.3", keep_top_p, points=3)

# %% [markdown]
r"""
The bars are the twenty best that may follow *She looked at the*; the grey line is what the model
said. First set top-p to 0.5, leave top-k off, and turn the temperature: how many tokens are kept at
0.5, at 1, at 1.5? Then top-p at 1 and top-k at 20: twenty, each time.
"""

# %% tags=["explore", "folded"]
asked = "She looked at the"
asker, letters_of = (model, tokenizer) if here else (small, pieces)
with torch.no_grad():
    said = asker(torch.tensor([letters_of.encode(asked)]))[0, -1]  # (vocab,)
order = said.argsort(descending=True)
behind = torch.softmax(said[order], dim=-1)[200:].sum()
print(f"of {len(said)} tokens, all behind the 200 best have together {behind:.2f}")


def next_token(temperature: float, top_p: float, top_k: str):
    probs = with_temperature(said[order], temperature)  # (vocab,), ranked
    if top_k != "off":
        probs = torch.where(torch.arange(len(probs)) < int(top_k), probs, 0.0)
        probs = probs / probs.sum()
    if top_p < 1:
        probs = keep_top_p(probs, top_p)
    figure, axes = plt.subplots(figsize=(9, 3.4))
    axes.bar(range(20), probs[:20], color="#0072B2")
    axes.step(range(20), torch.softmax(said[order], dim=-1)[:20], where="mid", color="#777777")
    names = [repr(letters_of.decode([token]))[1:-1] for token in order[:20].tolist()]
    axes.set_xticks(range(20), names, rotation=60, ha="right", fontsize=9)
    title = f"{int((probs > 0).sum())} tokens are left; the best has {probs[0]:.2f}"
    axes.set(ylabel="probability", ylim=(0, max(0.3, 1.05 * float(probs[0]))), title=title)
    return show(figure, title)


sliders = {"temperature": (0.0, 2.0, 0.1, 1.0), "top_p": (0.1, 1.0, 0.05, 1.0)}
explore(next_token, **sliders, top_k=["off", "5", "20", "200"])

# %% [markdown] measured={"together": [0.25, 0.4]}
r"""
That is the tail: with SmolLM2, nearly a third lies behind the 200 best. `attn.generate` draws in
this order: temperature, top-k, top-p. The small writer, four times, from the same beginning:
"""

# %% tags=["demo", "nbval-ignore-output"]
for T, p in ((0.5, None), (1.0, None), (1.5, None), (1.0, 0.8)):
    chance = torch.Generator().manual_seed(1)
    options = {"temperature": T, "top_p": p, "generator": chance}
    y = attn.generate(small, start, max_new_tokens=50, **options)
    print(T, p, pieces.decode(y[0].tolist()).replace("\n", " / "))

# %% [markdown]
r"""
Cold, most words are words. Hot, they fall apart. Top-p cuts off the rarest, and leaves the drawing
among the rest. There is no best value: it is the price of surprise.
"""

# %% [markdown]
r"""
## Against one that only counts

Is this small GPT any good? Its rival knows no attention. An **n-gram** model counts, in the same
text, what came after the last three pieces; where it has seen too little it asks the last two, and
so on (17.5, in *Going further*, is that step).

A loss *per piece* depends on how long the pieces are: whoever cuts into larger pieces has a harder
guess each time. To compare models fairly, divide by letters: **nats a letter**.
"""

# %% tags=["demo", "folded", "nbval-ignore-output"]
rival = writing.NGram(text.train.tolist(), text.vocab, order=4)
counted = rival.loss(text.test[:10_000].tolist()) / text.letters_a_token
print(f"nats a letter: n-gram {counted:.2f}, GPT here, 300 steps {losses[-1][1]:.2f}")
long = [row for row in saved_rows("17", "writers") if row["share"] == 1]
ends = [row["loss"][-1] for row in long]
print(f"GPT, 700 steps, three seeds: {min(ends):.2f} to {max(ends):.2f}")

# %% tags=["demo", "folded"]
figure, axes = plt.subplots(figsize=(8, 3.6))
for row in long:
    axes.plot([100 * (k + 1) for k in range(7)], row["loss"], color="#0072B2", lw=0.9)
axes.plot([], [], color="#0072B2", lw=0.9, label="GPT, 700 steps, three seeds (before)")
axes.plot(*zip(*losses, strict=True), color="#0072B2", lw=3, label="GPT, 300 steps (here)")
axes.axhline(counted, color="#D55E00", ls="--", label="n-gram of order 4")
axes.set(xlabel="training step", ylabel="test loss, nats a letter", ylim=(1.1, 2.2))
axes.set_title("Counting beats 300 steps of training, and is level with 700")
axes.legend()
show(figure, "Test loss over steps. The GPT comes down to the dashed line of the n-gram by 700.")

# %% [markdown] measured={"n-gram": [1.2, 1.35], "300 steps": [1.35, 1.5]}
r"""
**Claim:** *a transformer beats counting.* On 270,000 letters that is a draw: 700 steps bring it
level, or a hair ahead. With a tenth of the text it loses (*Going further*). What no table of the
last three pieces can do, you have seen: repeat a password that it read ten pieces ago.

(Every run shrinks its steps to nothing by its own end. So the thick line is flat at step 300, where
the thin ones, which have 700, are halfway.)

**What you have built** is the drawing in `attn.generate`. Past the trained length, writing goes
wrong: *Going further* measures it.
"""

# %% [markdown]
r"""
## Going further: one head at a time

*{minutes} minutes.* One of the four grey lines stays high. Which heads can't be missed? Here each
of the 270 is cut alone (measured before).
"""

# %% tags=["demo", "folded"]
figure, axes = plt.subplots(figsize=(8, 4))
alone = saved_rows("17", "single")
for row in alone:
    axes.plot(row["second"], row["sentence"], "o", color="#0072B2", ms=4, alpha=0.5)
    for head, (x, y) in enumerate(zip(row["second"], row["sentence"], strict=True)):
        if x > 4:
            axes.annotate(f"{row['layer']}.{head}", (x, y), (4, 4), textcoords="offset points")
axes.set(xlabel="loss of random tokens, second time", ylabel="loss of the sentence")
axes.set_xlim(2, 8)
axes.set_title("One head, 16.0, is needed to repeat and not to speak")
alt = """Each of 270 heads, cut alone. Nearly all lie in a cloud at a second-time loss of 2.7 and a
sentence loss of 2.8. Head 16.0 lies at 7.4 and 2.8; heads 1.5 and 1.4 at 7.1 and 6.1, and 3.1 and
3.3; 18.6 and 1.3 above 4."""
show(figure, alt)

# %% tags=["demo"]
costs = torch.tensor([row["second"] for row in alone])  # (30, 9)
near = int(((costs - 2.67).abs() < 0.2).sum())
print(f"heads whose loss changes the second time by less than 0.2: {near} of 270")

# %% [markdown]
r"""
Look at the right: **16.0**, the previous-token head right below the induction heads. It alone takes
most of the repeating, and the sentence doesn't miss it. One induction head has others beside it
that do the same. The three of layer 1 are needed for both. (The grey line that stays high has drawn
1.5.)
"""

# %% [markdown]
r"""
## Going further: past the length it was trained at

*{minutes} minutes.* Our writer learnt on rows of 32 pieces. `generate` writes on as long as you
ask. What about the loss at place 100?

**Predict before you run.** Up or down, with more and more to look back at?
"""


# %% tags=["demo", "folded"]
long = [row for row in saved_rows("17", "writers") if row["share"] == 1]
centres = range(4, 128, 8)
figure, axes = plt.subplots(figsize=(8, 3.6))
for row in long:
    axes.plot(centres, row["places"], color="#0072B2", lw=1.5)
    axes.plot(centres, row["windowed"], "--", color="#D55E00", lw=1.5)
axes.plot([], [], color="#0072B2", label="looks at all before it")
axes.plot([], [], "--", color="#D55E00", label="reads only the last 32 pieces")
axes.axvline(32, color="black", ls=":")
axes.text(33, 1.85, "trained up to here", fontsize=9)
axes.set(xlabel="place", ylabel="test loss, nats a letter", ylim=(1.0, 1.95))
axes.set_title("Past the trained length, more to look at makes it worse")
axes.legend(loc="lower right")
show(
    figure,
    "Test loss by place, three seeds of 700 steps. Up to place 32 about 1.25. Behind it the models "
    "that look at everything rise to about 1.8 at place 128; read with a window of 32 they stay.",
)

# %% tags=["demo"]
for name in ("places", "windowed"):
    late = [row[name][-1] for row in long]
    print(f"{name}, at places 120 to 128: {min(late):.2f} to {max(late):.2f}")

# %% [markdown] measured={"places, at places 120 to 128:": [1.6, 1.95]}
r"""
Look right of the dotted line: the blue curves rise, the dashed ones stay flat. (Three seeds, 700
steps, measured before.) Rotary positions turn to angles that were never seen: lesson 04, *How far
apart?*, again. What helps: read only the last 32, train on longer rows, or positions such as ALiBi.
"""

# %% [markdown]
r"""
## Going further: what to cut a text into

*{minutes} minutes.* Letters make long rows, whole words a table without end. **Byte-pair encoding**
(Gage, 1994; for translation, Sennrich et al., 2015) lies between: begin with letters, find the pair
of neighbours that occurs most, make one new token of it everywhere, and do it again. 300 times made
our 366 pieces:
"""

# %% tags=["demo"]
merges = writing.learn_merges(writing.novel()[0], 300)
for few in (merges[:24], merges[176:184]):  # they write the space as Ġ
    print(*("".join(pair).replace("Ġ", "_") for pair in few))

# %% [markdown]
r"""
(`_` is the space before a word.) First letters and bits of words, with them the smallest words; as
number 181, Darcy. What is needed is one step: a pair becomes one.

**Tools.** A `while` loop with a place `i` that moves on by 1 or by 2; lists grow with `append`. A
list never equals a tuple.
"""

# %%
row = torch.tensor([5, 7, 5, 7, 7]).tolist()
print(row[0:2], row[0:2] == (5, 7), tuple(row[0:2]) == (5, 7))

# %% [markdown]
r"""
### Exercise 17.4 · A pair becomes one · ●●○ · 2 points

Put the token `new` wherever `pair` stands, from left to right. A token that was used up is no part
of the next pair: `7 7 7` with the pair (7, 7) becomes `new 7`.
"""


# %% tags=["exercise"] exercise="17.4" minutes=7 importance="useful"
def merge(tokens: torch.Tensor, pair: tuple[int, int], new: int) -> torch.Tensor:
    """A pair of neighbours becomes one new token, everywhere.

    tokens (n,) whole numbers -> (m,), m <= n
    """
    ### BEGIN SOLUTION
    old, found, i = tokens.tolist(), [], 0
    while i < len(old):
        if tuple(old[i : i + 2]) == tuple(pair):
            found.append(new)
            i += 2
        else:
            found.append(old[i])
            i += 1
    return torch.tensor(found, dtype=tokens.dtype)
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="17.4"
r"""
<details><summary>Hint 1: why a while loop?</summary>

Behind a pair you go on two places, else one. A `for` loop always goes one.

</details>
<details><summary>Hint 2: the last token</summary>

It has no neighbour: the slice `old[i : i + 2]` has one entry there, and is no pair.

</details>
"""

# %% tags=["check"] exercise="17.4"
check("17.4", merge, points=2)

# %% [markdown]
r"""
## Going further: counting, done fairly

*{minutes} minutes.* Most contexts of three pieces were never seen. So take a little off every count
above 0, the **discount** $D$, and hand what was taken to the guess of a shorter context (Ney, Essen
and Kneser, 1994; Chen and Goodman, 1999, compare such ways). With $c$ the count of a token in a
context, $N$ all counts of the context, $t$ how many *different* tokens came in it, and $q$ the
guess below:

$$p = \frac{\max(c - D, 0)}{N} + \frac{D\,t}{N}\, q$$

**By hand.** After *the* came: *sea* 3 times, *sun* once, *sky* never. D = 0.75, and below all three
have 1/3. Taken off: 2 · 0.75 = 1.5 of 4. So *sea* gets 2.25/4 + 0.375/3 = 0.6875, *sun* 0.1875,
*sky* 0.125. Together 1.
"""

# %% [markdown]
r"""
**Tools.** `clamp(min=0)` lifts what is below 0, a comparison can be counted.
"""

# %%
c = torch.tensor([[3.0, 1.0, 0.0]])  # (contexts=1, vocab=3)
print((c - 2).clamp(min=0).tolist(), (c > 0).sum(dim=-1, keepdim=True).tolist())

# %% [markdown]
r"""
### Exercise 17.5 · The fair n-gram · ●●● · 3 points

The formula, for a table of contexts. A context that never came has no counts: its row is the guess
below.
"""


# %% tags=["exercise"] exercise="17.5" minutes=9 importance="extra"
def discounted(counts: torch.Tensor, below: torch.Tensor, discount: float) -> torch.Tensor:
    """The guess behind each context, out of counts and the guess of a shorter context.

    counts (contexts, vocab), below (vocab,) sums to 1 -> (contexts, vocab), rows sum to 1
    """
    ### BEGIN SOLUTION
    total = counts.sum(dim=-1, keepdim=True)  # (contexts, 1)
    different = (counts > 0).sum(dim=-1, keepdim=True)  # (contexts, 1)
    taken = (counts - discount).clamp(min=0) + discount * different * below
    return torch.where(total > 0, taken / total.clamp(min=1), below)
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="17.5"
r"""
<details><summary>Hint 1: three things for each row</summary>

N and t are `(contexts, 1)`, sums along the row with `keepdim=True`. Everything else has the
table's shape.

</details>
<details><summary>Hint 2: an empty row</summary>

There N is 0. `torch.where(total > 0, …, below)` chooses; `total.clamp(min=1)` keeps the other side
from being NaN.

</details>
"""

# %% tags=["check"] exercise="17.5"
check("17.5", discounted, points=3)

# %% [markdown]
r"""
How much text does a GPT need to catch up? Both models, with a tenth, three tenths and all of it
(measured before; three seeds of the GPT, 700 steps). With a tenth it learns the text by heart, and
on new pages it gets worse and worse: look at how far the crosses lie above the dots.
"""

# %% tags=["demo", "folded"]
figure, axes = plt.subplots(figsize=(7, 3.4))
rows = saved_rows("17", "writers")
letters_read = [270 * row["share"] for row in rows]
axes.plot(letters_read, [min(row["loss"]) for row in rows], "o", label="GPT, at its best step")
axes.plot(letters_read, [row["loss"][-1] for row in rows], "x", label="GPT, after 700 steps")
shares = (0.1, 0.3, 1.0)
table = saved_rows("17", "counts")
best = [min(r["loss"] for r in table if r["share"] == share) for share in shares]
axes.plot(
    [270 * share for share in shares],
    best,
    "s--",
    color="#D55E00",
    ms=11,
    mfc="none",
    label="best n-gram",
)
axes.set(xscale="log", xlabel="thousands of letters to learn from", ylabel="nats a letter")
axes.set_xticks([27, 81, 270], ["27", "81", "270"])
axes.minorticks_off()
axes.set_title("With little text, counting wins")
axes.legend()
show(figure, "Test loss over the amount of text, for the GPT and the best n-gram.")

# %% [markdown] tags=["deep-dive"]
r"""
## Deep dive: two heads, one after the other

*{minutes} minutes.* Write $x_j$ for the vector of place $j$. The previous-token head of the lower
layer adds to it something of its left neighbour:

$$x_j' = x_j + W_{ov}\, x_{j-1}$$

Read aloud: *each place now carries, besides itself, a copy of what stood before it.* In the upper
layer the query of place $i$ asks for its own token, and the key of place $j$ answers with the
*copy*: $q_i \cdot k_j$ is large where $x_{j-1}$ is the token at $i$. So the head looks at the place
**behind** the earlier one, and its value says which token stands there. This is called
*K-composition*: the key of one head is made by another head
([Elhage et al., 2021](https://transformer-circuits.pub/2021/framework/index.html)).

One layer has no $x_j'$: the key of place $j$ knows its own token only. It can find the earlier A,
but not what came behind it.
"""

# %% [markdown]
r"""
## The quiz

Six questions, one or two for each aim.
"""

# %% tags=["quiz"]
quiz("17")

# %% [markdown]
r"""
## In five lines

1. To write is: ask for the next token's probabilities, draw, append, ask again.
2. Temperature divides the logits; top-k and top-p cut the tail, and what is kept sums to 1 again.
3. An induction head looks at what came next the last time; a previous-token head below serves it.
4. Cut 8 of 270 heads, and a real model speaks as before and can't repeat what it just read.
5. Compare models per letter; against fair counting a small GPT on a small text is a draw.

**Words learnt**: logits, temperature, top-k, top-p, induction head, previous-token head, to cut a
head, n-gram, byte-pair encoding, nats a letter.

**Next**: [18 · Real weights in your own code](18_real_weights_in_your_own_code.ipynb).
"""

# %% tags=["progress"]
progress("17")

# %% [markdown]
r"""
### References

- C. Olsson et al. (2022). *In-context Learning and Induction Heads.* arXiv
  [2209.11895](https://arxiv.org/abs/2209.11895). The name is from
  [Elhage et al. (2021)](https://transformer-circuits.pub/2021/framework/index.html).
- L. Ben Allal et al. (2025). *SmolLM2: When Smol Goes Big.* arXiv
  [2502.02737](https://arxiv.org/abs/2502.02737). The model came three months before its paper.
- A. Holtzman et al. (2019). *The Curious Case of Neural Text Degeneration.* arXiv
  [1904.09751](https://arxiv.org/abs/1904.09751). Top-p, and texts that turn in circles.
- A. Fan, M. Lewis and Y. Dauphin (2018). *Hierarchical Neural Story Generation.* arXiv
  [1805.04833](https://arxiv.org/abs/1805.04833). Top-k.
- R. Sennrich, B. Haddow and A. Birch (2015). *Neural Machine Translation of Rare Words with Subword
  Units.* arXiv [1508.07909](https://arxiv.org/abs/1508.07909). Byte pairs are from P. Gage (1994).
- S. Chen and J. Goodman (1999). *An Empirical Study of Smoothing Techniques for Language Modeling.*
  doi [10.1006/csla.1999.0128](https://doi.org/10.1006/csla.1999.0128). The discount is from H. Ney,
  U. Essen and R. Kneser (1994).
"""
