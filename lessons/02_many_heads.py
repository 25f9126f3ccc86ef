# %% [markdown]
r"""
# 02 · Many heads

**By the end you can**

1. show with numbers what one head cannot do and two can; <!-- quiz: one-head-difference -->
2. split features into heads and merge them again, without mixing up the tokens;
   <!-- quiz: heads-put-together -->
3. write multi-head attention, with all heads in one product; <!-- quiz: scale -->
4. count its parameters by hand; <!-- quiz: parameters -->
5. say what was measured, and what was not, when somebody tells you that every head has its own job.
   <!-- quiz: cut-one -->

*About {minutes} minutes · needs
[01 · Attention is a soft look-up](01_attention_is_a_soft_lookup.ipynb) · builds
`attn.split_heads`, `attn.merge_heads` and `attn.MultiHeadAttention`*

> **In one breath.** At a party you can follow one conversation at a time. Send four friends
> instead, each with a question of their own. Afterwards they lay their notes side by side, and you
> write one report from all four. Each friend is a *head*; writing the report is the *output
> projection*.
"""

# %%
import copy

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

import attn
from attn import scaled_dot_product_attention as attention  # your function of 01.4
from attn.plotting import plot_weights
from course import check, progress, quiz, show, show_attention
from course.measure import multiply_adds

# %% [markdown]
r"""
## From memory

A few minutes, before anything new, and without looking back: what is fetched from memory stays
longer than what is read again. Nothing here is graded.
"""

# %% tags=["recall"]
from course import recall

recall("02")


# %% tags=["recall"]
# From memory: the score of each query with each key. Then check("01.1", from_memory, points=0)
### BEGIN SOLUTION
def from_memory(queries, keys):
    return queries @ keys.T


check("01.1", from_memory, points=0)
### END SOLUTION

# %% [markdown]
r"""
## One budget, two questions

In lesson 01 a query learnt to listen to the west. Now somebody asks: *how much warmer is it in the
east than in the north?* (A reading says how much warmer or colder than usual it is.)

A **head** is one look-up: one query, one set of weights, one blend. What comes after it multiplies
each head's blend by a factor of its own, which may be negative, and adds the results.
"""


# %%
def wanted(mornings: torch.Tensor) -> torch.Tensor:
    """The right answers. mornings (n, 3): east, north, west -> (n,)"""
    return mornings[:, 0] - mornings[:, 1]  # how much warmer in the east than in the north


# %% [markdown]
r"""
Queries and factors now *learn* it, with the loop of lesson 01, from five seeds. The score is the
**share explained**: 1 if the answer is always right, 0 if it is no better than always saying *no
difference*, below 0 if worse.

**Predict before you run.** How much will one head explain after 300 steps: next to nothing, about
half, or nearly everything? And two heads?
"""


# %% tags=["demo", "folded"]
def learn(heads: int, seed: int):
    """The share explained after each step, and at the end weights (heads, 3), factors (heads,)."""
    generator = torch.Generator().manual_seed(seed)
    stations = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])  # (n_k=3, d_k=2)
    queries = torch.randn(heads, 2, generator=generator).requires_grad_()
    factors = torch.randn(heads, generator=generator).requires_grad_()
    tests = torch.randn(2000, 3, generator=torch.Generator().manual_seed(99))
    shares = []
    for _ in range(300):
        weights = (queries @ stations.mT).softmax(dim=-1)  # (heads, 3)
        mornings = torch.randn(256, 3, generator=generator)
        loss = ((mornings @ weights.mT @ factors - wanted(mornings)) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            missed = (tests @ weights.mT @ factors - wanted(tests)) ** 2
            shares.append(1 - (missed.mean() / (wanted(tests) ** 2).mean()).item())
            for learnt in (queries, factors):
                learnt -= 0.1 * learnt.grad
                learnt.grad = None
    return shares, weights.detach(), factors.detach()


# %% tags=["demo", "folded", "memorable"]
torch.set_num_threads(1)  # models as small as these are quicker so
runs = {heads: [learn(heads, seed) for seed in range(5)] for heads in (1, 2)}
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), width_ratios=(3, 2))
for heads, colour, style in ((1, "#E69F00", "--"), (2, "#0072B2", "-")):
    for seed, (shares, _, _) in enumerate(runs[heads]):
        label = f"{heads} head{'s' * (heads > 1)}, five seeds" if seed == 0 else None
        left.plot(shares, style, color=colour, lw=1.2, label=label)
    ends = [shares[-1] for shares, _, _ in runs[heads]]
    print(f"heads {heads}: worst seed {min(ends):.2f}, best {max(ends):.2f}")
left.set(ylim=(-0.6, 1.08), xlabel="step", ylabel="share explained")
left.set_title("One head stops at half, two do not")
left.legend(loc="lower right")
_, alone, factor = runs[1][0]
print("one head, seed 0:", alone[0].numpy().round(2), f"times {factor.item():+.1f}")
_, weights, factors = runs[2][0]
rows = [f"head {h}, times {factor:+.1f}" for h, factor in enumerate(factors)]
plot_weights(weights, rows, ["east", "north", "west"], title="One takes east, one north", ax=right)
right.set(xlabel="station", ylabel="")
show(
    figure,
    "Left: the share explained over 300 steps. With one head all five seeds stop near a half, with "
    "two all come to 1. Right: one of two heads listens mostly to the east, the other mostly to "
    "the north, and their factors are opposite.",
)

# %% [markdown] measured={"heads 1: worst seed": [0.4, 0.55], "heads 2: worst seed": [0.95, 1.0]}
r"""
Look where the dashed lines stop: one head gets about half, by listening to one station nearly
alone. A blend *adds*, and no factor can bring in a minus on one part only. Of two heads, one has
learnt to listen to the east, the other to the north, and their factors have opposite signs. (Why
1.3, not 1? Both hear the east: $1.3 \cdot 0.85 - 1.3 \cdot 0.05$ is about 1.)
"""

# %% [markdown]
r"""
## "I love Tokyo", with two heads

In lesson 01 *love* asked for a person and a place at once, and got the weights 3/7, 1/7, 3/7, all
out of one budget. Now a person is found in one head, and a place in the other. A head is narrow:
with $d_{model} = 4$ features and 2 heads, each has $d_{head} = 4 / 2 = 2$ dimensions, and three
small matrices of its own.

Only *love* asks, the same in both heads. They differ in who *answers*: a person in head 0, a place
in head 1. Head 0 hands on person and action, head 1 place and time. (The matrices stand in the
folded cell.)
"""

# %% tags=["folded"]
tokens = ["I", "love", "Tokyo"]  # a person, an action, a place; the fourth feature is time
x = torch.eye(4)[:3]  # (n=3, d_model=4): one feature each
asks = 2**0.5 * np.log(8.0) * torch.tensor([[0.0, 0], [1, 0], [0, 0], [0, 0]])  # an action asks
w_q = [asks, asks]  # for each head (d_model=4, d_head=2)
w_k = [
    torch.tensor([[1.0, 0], [0, 0], [0, 0], [0, 0]]),  # in head 0 a person answers
    torch.tensor([[0.0, 0], [0, 0], [1, 0], [0, 0]]),  # in head 1 a place answers
]
w_v = [
    torch.tensor([[1.0, 0], [0, 1], [0, 0], [0, 0]]),  # head 0 hands on person and action
    torch.tensor([[0.0, 0], [0, 0], [1, 0], [0, 1]]),  # head 1 hands on place and time
]

# %% [markdown]
r"""
**By hand.** In head 0 the query of *love* is $(\sqrt 2 \ln 8,\, 0)$ and the key of *I* is $(1, 0)$:
their dot product is $\sqrt 2 \ln 8$. Divided by $\sqrt{d_{head}} = \sqrt 2$ it is $\ln 8$; with the
two others, whose keys are zeros, it is 0. So *love* has the three numbers 8, 1, 1, and *I* gets 8
parts of 10. The heads run in a loop, and their outputs are laid side by side.
"""

# %%
outputs, tables = [], []
for h in range(2):
    output, weights = attention(x @ w_q[h], x @ w_k[h], x @ w_v[h])  # (3, d_head=2), (3, 3)
    outputs.append(output)
    tables.append(weights)
    print(f"head {h}: love looks at I, love, Tokyo with", weights[1].numpy().round(2))
together = torch.cat(outputs, dim=-1)  # (n=3, heads * d_head): side by side
print("love brings home", together[1].numpy().round(2))  # person, action; place, time

# %% tags=["explore"]
show_attention(torch.stack(tables), tokens, title="Choose a head: who looks at whom?")

# %% [markdown]
r"""
*love* now gives 0.8 to *I* **and** 0.8 to *Tokyo*, and brings home 0.8 of each, where it was 0.43:
one budget of 1 could never do that. (*I* and *Tokyo* ask for nothing: a third for each token.) This
loop is multi-head attention. One large product is quicker than a loop.
"""

# %% [markdown]
r"""
## One wide matrix, then a cut

Put the heads' matrices side by side: two of shape (4, 2) make one of shape (4, 4). A product with
it holds both heads' queries, head 0 in the first two columns, head 1 in the last two.

So we project **once**, and then cut the features into slices. For all heads to attend at once, they
must become a batch axis, in front of the tokens. Call what is cut `x`. Each number below is one
entry of it, and the colour says which head it goes to:
"""


# %% tags=["demo", "folded"]
def draw_table(panel, table, head, title):
    """A table of numbers, each in the colour of its head, with the head written on a dark one."""
    for (row, column), number in np.ndenumerate(np.asarray(table)):
        dark = bool(np.broadcast_to(head, np.shape(table))[row, column])
        colour, ink = ("#0072B2", "white") if dark else ("#FBE6C8", "black")
        panel.add_patch(plt.Rectangle((column, -row), 1, -1, facecolor=colour, edgecolor="white"))
        panel.text(column + 0.5, -row - 0.5, number, ha="center", va="center", color=ink)
    panel.set(xlim=(-0.1, 6.1), ylim=(-4.1, 0.1), aspect="equal")
    panel.set_title(title, fontsize=10, fontweight="normal", loc="center")
    panel.axis("off")


numbers = torch.arange(24).view(1, 4, 6)  # (batch=1, n=4, d_model=6), each number once
figure, panels = plt.subplots(1, 3, figsize=(9, 2.5), width_ratios=(2, 1, 1))
draw_table(
    panels[0], numbers[0], np.arange(6) // 3, "x: a row is a token, a column a feature\n(4, 6)"
)
for h, panel in enumerate(panels[1:]):
    draw_table(panel, numbers[0, :, 3 * h : 3 * h + 3], h, f"head {h}\n(4, 3)")
    panel.set(xlim=(-0.1, 3.1))
figure.suptitle("Each head takes its features, of every token", fontweight="bold")
show(
    figure,
    "A table of 4 tokens by 6 features, numbered 0 to 23. Head 0 gets its left half, features 0 to "
    "2 of all four tokens, head 1 the right half.",
)

# %% [markdown]
r"""
```text
 x                            (batch, n, d_model)
 cut the last axis            (batch, n, num_heads, d_head)
 exchange the middle axes     (batch, num_heads, n, d_head)
```

**Tools.** `x.view(…)`, given new sizes, reads the same row of numbers with new borders; it moves
nothing. `x.transpose(i, j)` exchanges the axes `i` and `j`, counted from 0.
"""

# %%
six = torch.arange(6)
print("view(2, 3):", six.view(2, 3).tolist())
print("and transposed:", six.view(2, 3).transpose(0, 1).tolist())

# %% [markdown]
r"""
### Exercise 02.1 · Cut the features into heads · ●●○ · 1 point

With 3 heads, `x` of shape (2, 5, 12) becomes (2, 3, 5, 4).
"""


# %% tags=["exercise"] exercise="02.1" minutes=7 importance="core"
def split_heads(x: torch.Tensor, num_heads: int) -> torch.Tensor:
    """Give each head its slice of the features.

    x (batch, n, d_model) -> (batch, num_heads, n, d_head), d_head = d_model / num_heads
    """
    ### BEGIN SOLUTION
    batch, n, d_model = x.shape
    x = x.view(batch, n, num_heads, d_model // num_heads)  # (batch, n, num_heads, d_head)
    return x.transpose(1, 2)  # (batch, num_heads, n, d_head)
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="02.1"
r"""
<details><summary>Hint 1: which axis is cut?</summary>

The features: the last one. `d_model` numbers become `num_heads` slices of `d_head`, so in between
you have four axes, and the tokens have not moved.

</details>
<details><summary>Hint 2: the sizes</summary>

`batch, n, d_model = x.shape` names them. A size must be a whole number, so divide with `//`. After
`view` the axes are `(batch, n, num_heads, d_head)`; which two have to change places?

</details>
"""

# %% tags=["check"] exercise="02.1"
check("02.1", split_heads, points=1)

# %% [markdown]
r"""
**The mistake that everybody makes** is to ask `view` for the final shape at once. The shape is
right, so nothing raises. But who holds what?
"""

# %% tags=["demo", "folded"]
ways = {
    "split_heads: each head sees all four tokens": split_heads(numbers, 2),  # (1, 2, 4, 3)
    "view alone: each head sees two tokens": numbers.view(1, 2, 4, 3),
}
figure, panels = plt.subplots(1, 2, figsize=(9, 2.9))
for panel, (title, heads) in zip(panels, ways.items(), strict=True):
    owner = torch.isin(numbers[0], heads[0, 1].flatten()).int()  # (n=4, d_model=6): 0 or 1
    draw_table(panel, owner, owner.numpy(), "the head that holds each number of x")
    panel.text(3, 1.15, title, ha="center", fontweight="bold")
show(
    figure,
    "Left: head 0 holds features 0 to 2 of all four tokens. Right, with view alone: head 0 holds "
    "all six features of tokens 0 and 1, and head 1 those of tokens 2 and 3.",
)

# %% [markdown]
r"""
On the right, head 0 holds the first half of the sentence only, and no token of it can look at the
other half. Training would still run: numbers find such a mistake, shapes never do.

After attention the way goes back.

```text
 x                            (batch, num_heads, n, d_head)
 exchange the middle axes     (batch, n, num_heads, d_head)
 join the last two            (batch, n, num_heads * d_head)
```

**Tools.** `transpose` moves no number in memory, it reads them in another order, and `view` then
refuses to join axes. `x.flatten(i)` joins all axes from axis `i` on, and copies where it has to:
"""

# %%
print(tuple(torch.zeros(2, 5, 3, 4).flatten(2).shape))

# %% [markdown]
r"""
### Exercise 02.2 · Lay the heads side by side · ●○○ · 1 point

The way back: what `split_heads` did, undone.
"""


# %% tags=["exercise"] exercise="02.2" minutes=4 importance="core"
def merge_heads(x: torch.Tensor) -> torch.Tensor:
    """Lay the heads' features side by side again: the inverse of split_heads.

    x (batch, num_heads, n, d_head) -> (batch, n, num_heads * d_head)
    """
    ### BEGIN SOLUTION
    return x.transpose(1, 2).flatten(2)  # (batch, n, num_heads * d_head)
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="02.2"
r"""
<details><summary>Hint 1: backwards</summary>

The two steps of 02.1 in the other order: first exchange the two axes, then join the last two.

</details>
<details><summary>Hint 2: the shapes on the way</summary>

`(batch, num_heads, n, d_head)`, then `(batch, n, num_heads, d_head)`, then `(batch, n, num_heads *
d_head)`. The last step is `.flatten(2)`.

</details>
"""

# %% tags=["check"] exercise="02.2"
check("02.2", merge_heads, points=1)

# %% [markdown]
r"""
## All heads in one product

`attention` goes through any axes before the last two in step. To it, heads are one more batch axis.
So the loop disappears.

```text
 query            (batch, n_q, d_model)     key, value   (batch, n_k, d_model)
 split            (batch, num_heads, n_q, d_head)        (batch, num_heads, n_k, d_head)
 attend: output   (batch, num_heads, n_q, d_head)   weights (batch, num_heads, n_q, n_k)
 merge            (batch, n_q, d_model)
```

**Tools.** `attention` gives back two things: `output, weights = attention(query, key, value)`.
"""

# %% [markdown]
r"""
### Exercise 02.3 · All heads at once · ●●○ · 2 points

Split, attend, merge. Query, key and value are projected already. The weights stay apart: one table
for each head.
"""


# %% tags=["exercise"] exercise="02.3" minutes=5 importance="core"
def attend_with_heads(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, num_heads: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Attention in each slice of the features.

    query (batch, n_q, d_model), key and value (batch, n_k, d_model)
    -> output (batch, n_q, d_model), weights (batch, num_heads, n_q, n_k)
    """
    ### BEGIN SOLUTION
    query, key = split_heads(query, num_heads), split_heads(key, num_heads)
    value = split_heads(value, num_heads)  # all three (batch, num_heads, n, d_head)
    output, weights = attention(query, key, value)  # (batch, num_heads, n_q, d_head), …
    return merge_heads(output), weights  # (batch, n_q, d_model), (batch, num_heads, n_q, n_k)
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="02.3"
r"""
<details><summary>Hint 1: who is split?</summary>

All three: query, key and value. Each with your `split_heads(…, num_heads)`.

</details>
<details><summary>Hint 2: what comes back</summary>

`output, weights = attention(query, key, value)`. The output is `(batch, num_heads, n_q, d_head)`
and has to be merged. The weights are `(batch, num_heads, n_q, n_k)` and are ready.

</details>
<details><summary>Hint 3: and the scale?</summary>

You need not write it. `attention` divides by the root of the width that it is given, and after the
split that is `d_head`.

</details>
"""

# %% tags=["check"] exercise="02.3"
check("02.3", attend_with_heads, points=2)

# %% [markdown]
r"""
## The whole layer

The heads' findings lie side by side, and nothing has mixed them. In the weather question the two
factors did that. Here it is one more learned matrix, $W_o$, the **output projection**:

$$\text{MultiHead}(Q, K, V) = \big[\,\text{head}_0 \;\; \text{head}_1 \;\; \dots \;\;
\text{head}_{H-1}\,\big]\, W_o
\qquad \text{head}_h = \text{Attention}(Q W_q^h,\; K W_k^h,\; V W_v^h)$$

Read aloud: *project queries, keys and values for each head, let each head attend, lay the results
side by side, and mix them*. $H$ is `num_heads`, and $[\dots]$ is `merge_heads`.

**Tools.** In PyTorch a learned matrix is an `nn.Linear(d_in, d_out)`. It is called like a function
and computes `x @ weight.T + bias`, so its weight is kept turned, as `(d_out, d_in)`:
"""

# %%
linear = nn.Linear(4, 3)  # d_in=4, d_out=3
print("weight", tuple(linear.weight.shape), "  bias", tuple(linear.bias.shape))
print("(2, 5, 4) becomes", tuple(linear(torch.zeros(2, 5, 4)).shape))

# %% [markdown]
r"""
A layer is a class. `__init__` runs once, when it is made, and keeps four such matrices under names
like `self.query_proj`; its first line lets PyTorch set up the list of what there is to train.
`forward` says what happens to an input, and `layer(query, key, value)` calls it.
"""

# %% [markdown]
r"""
### Exercise 02.4 · Multi-head attention · ●●○ · 3 points

The constructor is there, and so is the call of the first of its four layers. Write the rest of
`forward`: call the three others, and your `attend_with_heads`.
"""


# %% tags=["exercise"] exercise="02.4" minutes=6 importance="core"
class MultiHeadAttention(nn.Module):
    """Attend with several heads at once (Vaswani et al., 2017, section 3.2.2).

    query (batch, n_q, d_model), key and value (batch, n_k, d_model)
    -> output (batch, n_q, d_model), weights (batch, num_heads, n_q, n_k)
    """

    def __init__(self, d_model: int, num_heads: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.query_proj = nn.Linear(d_model, d_model)
        self.key_proj = nn.Linear(d_model, d_model)
        self.value_proj = nn.Linear(d_model, d_model)
        self.out_proj = nn.Linear(d_model, d_model)

    def forward(
        self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        query = self.query_proj(query)  # (batch, n_q, d_model)
        ### BEGIN SOLUTION
        key, value = self.key_proj(key), self.value_proj(value)  # (batch, n_k, d_model)
        output, weights = attend_with_heads(query, key, value, self.num_heads)
        return self.out_proj(output), weights
        ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="02.4"
r"""
<details><summary>Hint 1: four layers, four calls</summary>

Each layer is called once: three before the heads attend, one after. Key and value go the way that
query went.

</details>
<details><summary>Hint 2: nearly there</summary>

Hand the three projected ones to `attend_with_heads`, with `self.num_heads`. Return
`self.out_proj(…)` of the output, and the weights as they are.

</details>
"""

# %% tags=["check"] exercise="02.4"
check("02.4", MultiHeadAttention, points=3)

# %% [markdown]
r"""
**How many numbers are there to learn?** They are called the **parameters**. For $d_{model} = 64$,
one `nn.Linear(64, 64)` has $64 \cdot 64$ weights and 64 biases, 4,160 numbers. Four of them:
16,640, for any number of heads. (*Going further* measures what more heads cost.)
"""

# %% [markdown]
r"""
## Claim, measured: "several heads give several readings"

Articles say that every head looks at something of its own. Let us see. Now there are 8 stations,
and a question names 4 of them in order: *tell me number 6, 1, 5 and 7*. The question goes in as the
query; the keys say which station is which; the values carry today's readings. Each head brings home
*one* blend, so $H$ heads explain at most $H$ of 4 parts (the deep dive proves it).

**Predict before you run.** How much does training reach with 2 heads? With 4? With 8? (Twenty
models are trained, by the loop of lesson 00 with cleverer steps, called *Adam*: about half a
minute.)
"""


# %% tags=["demo", "folded"]
def draw_questions(batch: int, generator: torch.Generator):
    """Questions (batch, 1, 32), keys and values (batch, 8, 32), right answers (batch, 4)."""
    stations = torch.rand(batch, 8, generator=generator).argsort(dim=-1)[:, :4]  # which four
    readings = torch.randn(batch, 8, generator=generator)
    question = nn.functional.one_hot(stations, 8).float().flatten(1)[:, None]  # (batch, 1, 4 * 8)
    names = torch.eye(8, 32).expand(batch, 8, 32)  # station i has a 1 in place i
    values = nn.functional.pad(readings[..., None], (0, 31))  # (batch, 8, 32): reading, then zeros
    return question, names, values, readings.gather(1, stations)


def explained(model: nn.Module) -> torch.Tensor:
    """(4,): for each reading asked for, from 0, always saying 0, to 1, always right."""
    *inputs, wanted = draw_questions(2000, torch.Generator().manual_seed(99))
    with torch.no_grad():  # nothing is trained here, so no gradient is prepared
        answers = model(*inputs)[0][:, 0, :4]  # the first 4 of 32 outputs are the answer
    return 1 - ((answers - wanted) ** 2).mean(dim=0) / (wanted**2).mean(dim=0)


# %% tags=["demo", "folded"]
def train(num_heads: int, seed: int) -> nn.Module:
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    model = MultiHeadAttention(32, num_heads)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.03)
    for _ in range(200):
        *inputs, wanted = draw_questions(128, generator)
        loss = ((model(*inputs)[0][:, 0, :4] - wanted) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model


trained = {heads: [train(heads, seed) for seed in range(5)] for heads in (1, 2, 4, 8)}

# %% tags=["demo", "folded", "nbval-ignore-output"]
shares = [[explained(model).mean() for model in models] for models in trained.values()]  # 4 × 5
for heads, explains in zip(trained, shares, strict=True):
    print(f"heads {heads}: {min(explains):.2f} in the worst seed")
figure, axes = plt.subplots(figsize=(6, 3.2))
middle = np.arange(4)[:, None]  # one place for each number of heads
axes.hlines([0.25, 0.5, 1, 1], middle - 0.3, middle + 0.3, "#999999", lw=3, label="at most H of 4")
places = middle + 0.06 * np.arange(-2, 3)  # side by side, so that all five can be seen
# A dot may lie a hair above its bar, which is for the mean over all questions: we asked 2,000.
axes.plot(places.ravel(), np.ravel(shares), "o", color="#0072B2", ms=5, label="a trained model")
axes.set(ylim=(0, 1.1), xlim=(-0.5, 3.5), xlabel="heads", ylabel="share explained")
axes.set_title("Each head is worth one reading, up to four")
axes.set_xticks(range(4), [1, 2, 4, 8])
axes.set_yticks([0, 0.25, 0.5, 0.75, 1])
axes.legend(loc="lower right")
show(axes, "Share explained against heads, five seeds: about 0.25, 0.5, 1 and 1 for 1, 2, 4, 8.")


# %% [markdown] measured={"heads 1:": [0.2, 0.3], "heads 2:": [0.4, 0.6], "heads 4:": [0.9, 1]}
r"""
Look at the dots and their bars: one head a quarter, two a half, four nearly everything, in all five
seeds. But does each head read *one station*? Rows are heads, columns are stations, and the
question names 6, 1, 5 and 7:
"""

# %% tags=["demo", "folded"]
named = nn.functional.one_hot(torch.tensor([[6, 1, 5, 7]]), 8).float().flatten(1)[:, None]
_, names, values, _ = draw_questions(1, torch.Generator().manual_seed(0))
maps = {}  # each (heads, 8)
for heads, seed in ((4, 1), (4, 0), (8, 1)):
    with torch.no_grad():
        maps[heads, seed] = trained[heads][seed](named, names, values)[1][0, :, 0]
figure, panels = plt.subplots(1, 3, figsize=(10, 3.4))
best = []
for panel, ((heads, seed), weights) in zip(panels, maps.items(), strict=True):
    rows, columns = [f"head {h}" for h in range(heads)], [str(s) for s in range(8)]
    title = f"{heads} heads, seed {seed}"
    plot_weights(weights, rows, columns, title=title, ax=panel, annotate=False)
    panel.set(xlabel="station (bold: named)", ylabel="")
    for head, station in (weights >= 0.2).nonzero().tolist():  # on a dark cell 0.2 looks like 0
        weight = weights[head, station].item()
        ink = "black" if weight > 0.5 else "white"
        panel.text(station, head, f"{weight:.1f}", ha="center", va="center", size=7, color=ink)
    for station in (6, 1, 5, 7):
        panel.get_xticklabels()[station].set_fontweight("bold")
    best.append(f"{title}: " + ", ".join(f"{w.max():.2f} on {w.argmax()}" for w in weights))
figure.colorbar(panels[-1].images[0], ax=list(panels), label="weight", ticks=[0, 0.5, 1])
figure.suptitle("A head may read one station, or share, or repeat another's", fontweight="bold")
show(figure, "Weights of each head over 8 stations. The largest: " + "; ".join(best) + ".")

# %% [markdown]
r"""
Look for rows with one bright cell, and for rows in which a darker cell has part of the weight, too
(weights from 0.2 on are written in). Where heads share stations, $W_o$ tells the readings apart
again, and the answers are as good. With eight heads, some read what another reads already, and some
nothing in particular.

- *Several heads give several readings*: measured, and true, up to as many as are asked for.
- *Each head does something of its own*: often, not always. If one is cut and nothing changes, the
  *other heads do without it*, and no more was measured than that.
"""

# %% [markdown]
r"""
## Going further: PyTorch's own layer, and a head that is cut

*About {minutes} minutes*, more if you try all that it asks: three parts and a short outlook, in any
order. No later lesson needs them. [The quiz](#The-quiz) stands at the end.

### The same layer, by PyTorch

PyTorch has `nn.MultiheadAttention`. A **state dict** is the dictionary in which a model keeps what
it has learnt. Here are the names and shapes in PyTorch's, and in ours.
"""

# %%
torch.manual_seed(0)
query = torch.randn(2, 4, 12)  # (batch, n_q, d_model)
key, value = torch.randn(2, 2, 5, 12)  # each (batch, n_k, d_model)
our_layer = MultiHeadAttention(12, 3)
our_output, our_weights = our_layer(query, key, value)
theirs = nn.MultiheadAttention(12, 3, batch_first=True)  # else it expects (n, batch, d_model)
for name, layer in {"ours": our_layer, "theirs": theirs}.items():
    shapes = {key: tuple(tensor.shape) for key, tensor in layer.state_dict().items()}
    print(name, *(f"\n  {key:18} {shape}" for key, shape in shapes.items()))

# %% [markdown]
r"""
Eight tensors against four. Where are query, key and value? There is one weight with 36 rows, and
$36 = 3 \cdot 12$: the three are **fused**. Many published models keep their weights in such a way.

**Tools.** `torch.cat([a, b])` joins tensors along their first axis, `torch.cat([a, b], dim=1)`
along their second:
"""

# %%
a, b = torch.zeros(2, 3), torch.ones(2, 3)
print(tuple(torch.cat([a, b]).shape), tuple(torch.cat([a, b], dim=1).shape))

# %% [markdown]
r"""
### Exercise 02.5 · Your weights, PyTorch's names · ●●● · 3 points

Find out from the shapes how three layers become one. In which order do they stand? The shapes can't
say: make a good guess, and the check will tell.
"""


# %% tags=["exercise"] exercise="02.5" minutes=9 importance="extra"
def pytorch_state(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Our state dict, renamed and fused so that nn.MultiheadAttention can load it.

    state: "query_proj.weight" (d_model, d_model), "query_proj.bias" (d_model,), and so on
    -> "in_proj_weight" (3 * d_model, d_model), "in_proj_bias" (3 * d_model,),
       "out_proj.weight" (d_model, d_model), "out_proj.bias" (d_model,)
    """
    ### BEGIN SOLUTION
    names = ("query_proj", "key_proj", "value_proj")
    return {
        "in_proj_weight": torch.cat([state[f"{name}.weight"] for name in names]),
        "in_proj_bias": torch.cat([state[f"{name}.bias"] for name in names]),
        "out_proj.weight": state["out_proj.weight"],
        "out_proj.bias": state["out_proj.bias"],
    }
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="02.5"
r"""
<details><summary>Hint 1: two are new, two are not</summary>

Return a new dictionary with the four names of the docstring. The two of `out_proj` have the same
names on both sides: hand them on as they are.

</details>
<details><summary>Hint 2: which axis, which order?</summary>

`nn.Linear` keeps its weight as `(d_out, d_in)`. Three layers in one have three times as many
*outputs*, so the first axis grows. The biases are joined alike. The order is the one in which you
hand them over when you call the layer.

</details>
<details><summary>Hint 3: nearly there</summary>

`torch.cat([state["query_proj.weight"], state["key_proj.weight"], state["value_proj.weight"]])` is
the first of the four.

</details>
"""

# %% tags=["check"] exercise="02.5"
check("02.5", pytorch_state, points=3)

# %%
theirs.load_state_dict(pytorch_state(our_layer.state_dict()))
expected, expected_weights = theirs(query, key, value, average_attn_weights=False)
print("same output: ", torch.allclose(our_output, expected, atol=1e-6))
print("same weights:", torch.allclose(our_weights, expected_weights, atol=1e-6))

# %% [markdown]
r"""
Your layer and PyTorch's are the same function. PyTorch keeps the three one below the other: queries
first, then keys, then values. Where they come from the same tokens, one product makes them all.

Two of its defaults surprise people. `batch_first=False` takes the first axis for the tokens: then
sentences attend to each other, and nothing is raised. And without `average_attn_weights=False` you
get the *mean* over the heads, in which no single head's opinion can be seen.
"""

# %% [markdown]
r"""
### Cut a head

Back to the eight stations. Head $h$ reaches the answer only through the columns of
`out_proj.weight` that read its slice (rows of $W_o$ in the formula: `nn.Linear` keeps its weight
turned). Set these to 0, and the layer goes on as if that head had said nothing.

**Predict before you run.** We cut heads one by one, each time the one that costs least. The model
with 4 heads: how much is left after the first cut? And the model with 8 heads: how many can go
before it hurts?
"""


# %% tags=["demo", "folded"]
def without(model: nn.Module, heads: list[int]) -> nn.Module:
    """A copy of the model in which these heads say nothing."""
    model = copy.deepcopy(model)
    columns = model.out_proj.weight.data.unflatten(1, (model.num_heads, -1))  # (32, heads, d_head)
    columns[:, heads] = 0.0  # a view: this writes into the copy's own weight
    return model


def cheapest_cuts(model: nn.Module) -> list[float]:
    """The share explained after 0, 1, 2, … cuts, each the cheapest that is left."""
    gone, shares = [], [explained(model).mean().item()]
    while len(gone) < model.num_heads:
        staying = [head for head in range(model.num_heads) if head not in gone]
        cuts = [explained(without(model, [*gone, head])).mean().item() for head in staying]
        shares.append(max(cuts))
        gone.append(staying[cuts.index(max(cuts))])
    return shares


# %% tags=["demo", "nbval-ignore-output"]
after_cuts = {heads: [cheapest_cuts(model) for model in trained[heads]] for heads in (4, 8)}
for heads, cuts in ((4, 1), (8, 4), (8, 5)):
    left_over = min(run[cuts] for run in after_cuts[heads])
    print(f"{heads} heads, {cuts} cut: {left_over:.2f} explained in the worst seed")

# %% tags=["demo", "folded"]
curves = zip(after_cuts.items(), ("o-", "s--"), strict=True)
figure, axes = plt.subplots(figsize=(6.5, 3.2))
for (heads, runs), style in curves:
    for seed, run in enumerate(runs):
        label = f"{heads} heads, five seeds" if seed == 0 else None
        colour = "#0072B2" if heads == 4 else "#E69F00"
        axes.plot(range(heads + 1), run, style, color=colour, lw=1, alpha=0.7, label=label)
axes.set(
    xlabel="heads cut",
    ylabel="share explained",
    title="Four heads can spare none, eight can spare four",
)
axes.set_yticks([0, 0.25, 0.5, 0.75, 1])
axes.legend()
show(
    axes,
    "Share explained against heads cut. With 4 heads it falls from the first cut on; with 8 heads "
    "it stays near 1 for four cuts, and then falls by a quarter with each.",
)

# %% [markdown] measured={"4 heads, 1 cut": [0.7, 0.8], "8 heads, 4 cut": [0.9, 1]}
r"""
The model with four heads can spare none: the cheapest cut costs a quarter. The model with eight can
spare four and keeps nine tenths or more; then it loses a quarter with each. It has learnt the same
thing with twice the heads. A caution: our layer answers at once. In a deep model a later layer can
look again.

**Try it.** Cut the *most costly* head first: in `cheapest_cuts`, write `min` in place of `max`,
both times, and run that cell and the two below it (the title still tells the story of the first
run). How much is left of the model with eight heads after four cuts? (Little: 0.04 in the worst
seed, less than 0.2 in all five.)
"""

# %% [markdown]
r"""
**Make it yours.** Write another question into `wanted`, far above, say how many heads it needs, and
run the cells below it again. (There, too, titles tell the story of the first run.) Is there one,
made of sums and multiples, that needs three? (No: one head hears all that counts *plus*, the other
all that counts *minus*.)
"""

# %% [markdown]
r"""
In trained Transformers others have measured similar things. Voita et al. (2019) removed 38 of the
48 encoder heads of a translation model, with a method that learns which, and lost 0.15 BLEU, a
small step on the usual scale of translation quality. Michel et al. (2019) found layers that manage
with one head.
"""

# %% [markdown]
r"""
### What do heads cost?

The parameters are the same for any number of heads. Now 32 tokens look at themselves.

**Predict before you run.** With 16 heads in place of 1: how many times as many *multiplications*?
And how many times as many attention *weights*?
"""

# %%
sentence = torch.randn(1, 32, 64, generator=torch.Generator().manual_seed(0))
for num_heads in (1, 4, 16):
    layer = MultiHeadAttention(64, num_heads)
    products = multiply_adds(layer, sentence, sentence, sentence)  # each with its addition
    _, weights = layer(sentence, sentence, sentence)
    print(f"H = {num_heads:2}: {products} multiplications, {weights.numel()} weights")

# %% [markdown]
r"""
The multiplications do not change: $H$ heads that are $H$ times as narrow. By hand:

- four projections, $4 \cdot n \cdot d_{model}^2 = 4 \cdot 32 \cdot 64^2 = 524{,}288$;
- scores and blends, $2 \cdot H \cdot n^2 \cdot d_{head} = 2 \cdot n^2 \cdot d_{model} = 131{,}072$.

Together 655,360. What grows is the number of weights, $H \cdot n^2$: more exponentials, and more
memory. And a narrower head has fewer dimensions in which to tell keys apart. The Transformer paper
used 8 heads of 64.
"""

# %% [markdown]
r"""
### An outlook: heads that share

One of the library's options is `num_kv_heads`: several query heads *share* one head
of keys and values. With groups this is called grouped-query attention (Ainslie et al., 2023), with
one shared head multi-query attention (Shazeer, 2019).
"""

# %%
for num_kv_heads in (8, 2, 1):
    layer = attn.MultiHeadAttention(64, 8, num_kv_heads=num_kv_heads)
    print(f"8 query heads, {num_kv_heads} of keys: {sum(p.numel() for p in layer.parameters())}")

# %% [markdown]
r"""
The parameters saved are a side effect. A model that writes text loads the keys and values of all
earlier tokens again for each new word, and fewer heads of them are fewer bytes. Lesson 13 measures
it.
"""

# %% [markdown] tags=["deep-dive"]
r"""
## Deep dive: why at most H of 4, and how heads add up

*About {minutes} minutes, more with a pencil, for who knows linear algebra: rank and singular
values.* Nothing in later lessons needs this section.
"""

# %% [markdown]
r"""
**The bound.** Fix a question. The weights come from the question and the stations' names, never
from the readings $r$ (8 numbers). Head $h$ hears the blend $\sum_j w_{hj} r_j$: one number, times
a fixed vector. All that follows is linear. So up to a constant the answer is $A r$, where the
matrix $A$ (4 × 8) is a sum of $H$ matrices of rank 1, and has rank $H$ at most. What is wanted is
$S r$, where each row of $S$ picks one station. The readings are independent with variance 1, so
the mean squared error, summed over the four answers, is at least

$$E\,\sum_i (A r - S r)_i^2 = \sum_{ij} (A_{ij} - S_{ij})^2$$

The four rows of $S$ are at right angles and have length 1, so its four singular values are 1.
Eckart and Young (1936) showed that a matrix of rank $H$ misses at least the squares of the singular
values from the $H+1$st on, here $4 - H$. The wanted numbers have total variance 4. So the share
explained is at most $1 - (4 - H)/4 = H/4$. The library of linear algebra agrees:
"""

# %%
picks = torch.eye(8)[[6, 1, 5, 7]]  # S, (4, 8)
u, s, vh = torch.linalg.svd(picks, full_matrices=False)
for rank in (1, 2, 3, 4):
    best = u[:, :rank] * s[:rank] @ vh[:rank]  # the best matrix of that rank, (4, 8)
    print(f"rank {rank}: share explained {1 - ((best - picks) ** 2).sum() / 4:.2f}")

# %% [markdown]
r"""
**Heads add up.** Cut $W_o$ into slices of rows, one for each head (in `nn.Linear`'s layout these
are columns of `weight`). Then

$$\big[\,\text{head}_0 \;\; \dots \;\; \text{head}_{H-1}\,\big]\, W_o
= \sum_h \text{head}_h\, W_o^h$$

Laying side by side and projecting is the same as projecting each head by itself and *adding*. This
is why one head can be cut without touching the others, and it is a useful way to think: every head
writes its own contribution, and the layer sums them.
"""

# %%
layer, sentence = MultiHeadAttention(12, 3), torch.randn(2, 4, 12)  # (batch, n, d_model)
with torch.no_grad():
    parts = layer.query_proj(sentence), layer.key_proj(sentence), layer.value_proj(sentence)
    heads, _ = attention(*(split_heads(part, 3) for part in parts))  # (2, heads=3, n=4, 4)
    slices = layer.out_proj.weight.unflatten(1, (3, 4))  # (d_model=12, heads=3, d_head=4)
    written = torch.einsum("bhnd,ohd->bhno", heads, slices)  # each head's own contribution
    added = written.sum(1) + layer.out_proj.bias
    whole = layer(sentence, sentence, sentence)[0]
print("sum over heads:", torch.allclose(added, whole, atol=1e-6))

# %% [markdown]
r"""
**Other layouts.** Some models fuse query, key and value *head by head*: queries of head 0, keys of
head 0, values of head 0, then head 1. GPT-NeoX does so in the Transformers library. The shapes are
the same as PyTorch's, and loading one as the other raises nothing.
"""

# %% [markdown]
r"""
## The quiz

Five questions. You may answer again as often as you like, and every answer tells you something.
"""

# %% tags=["quiz"]
quiz("02")

# %% [markdown]
r"""
## In five lines

1. One head has one budget and makes one blend. Two heads bring home two, and a difference needs
   two.
2. Project once, cut the features into slices, and move the heads in front of the tokens:
   `view`, then `transpose`. To attention, heads are a batch axis.
3. Merging goes backwards, and the output projection mixes what the heads found.
4. Heads cost no parameters: they are slices of the same four layers. (They cost $H$ times as many
   weights.)
5. It takes as many heads as there are readings to bring home. Who reads what is not fixed.

**What we built**: [`attn/heads.py`](../lib/attn/heads.py) holds your three, with checks and
further options.

**Words learnt**: head, d_head, split, merge, output projection, parameters. *Going further*: state
dict, fused projection, cut head, grouped-query and multi-query attention.

**Next**: a head finds words by what they are, not where they stand.
[03 · Where am I?](03_where_am_i.ipynb) gives them places.
"""

# %% tags=["progress"]
progress("02")

# %% [markdown]
r"""
### References

- A. Vaswani et al. (2017). *Attention Is All You Need.* arXiv
  [1706.03762](https://arxiv.org/abs/1706.03762)
- E. Voita, D. Talbot, F. Moiseev, R. Sennrich, I. Titov (2019). *Analyzing Multi-Head
  Self-Attention: Specialized Heads Do the Heavy Lifting, the Rest Can Be Pruned.* arXiv
  [1905.09418](https://arxiv.org/abs/1905.09418)
- P. Michel, O. Levy, G. Neubig (2019). *Are Sixteen Heads Really Better than One?* arXiv
  [1905.10650](https://arxiv.org/abs/1905.10650)
- N. Shazeer (2019). *Fast Transformer Decoding: One Write-Head is All You Need.* (Multi-query
  attention.) arXiv [1911.02150](https://arxiv.org/abs/1911.02150)
- J. Ainslie et al. (2023). *GQA: Training Generalized Multi-Query Transformer Models from
  Multi-Head Checkpoints.* arXiv [2305.13245](https://arxiv.org/abs/2305.13245)
- C. Eckart, G. Young (1936). *The approximation of one matrix by another of lower rank.*
  Psychometrika 1(3). doi [10.1007/BF02288367](https://doi.org/10.1007/BF02288367)
"""
