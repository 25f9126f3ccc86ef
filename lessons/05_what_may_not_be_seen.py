# %% [markdown]
r"""
# 05 · What may not be seen: masks

**By the end you can**

1. write the masks for padding and for the future, and combine masks; <!-- quiz: count-the-yes -->
2. say what a mask does when it comes after the softmax, and why it must come before;
   <!-- quiz: after-the-softmax -->
3. handle the row that may see nothing, and say what $-10^9$ and $-\infty$ do to it;
   <!-- quiz: empty-row -->
4. find a leak from the future with a gradient; <!-- quiz: gradient-above -->
5. explain why one pass through a causal model trains all positions at once.
   <!-- quiz: teacher-forcing -->

*70 minutes, with a good place for a break; 35 more if you go further · needs
[01 · Attention is a soft look-up](01_attention_is_a_soft_lookup.ipynb) and
[02 · Many heads](02_many_heads.ipynb); *Going further* also
[03 · Where am I?](03_where_am_i.ipynb) · builds `attn.masks` and the masked softmax in `attn.core`*

> **In one breath.** In an exam you may look at your own notes, and a sheet of cardboard hides your
> neighbour's answers. A mask is that cardboard. If it has a gap, everybody gets full marks, and
> nobody has learnt anything.
"""

# %%
import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn

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

recall("04")


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
## Three ways to hide a key, one of which works

A query has three keys. We choose its scores so that $e$ to the power of them is 1, 2 and 3. Then
the weights are 1/6, 2/6 and 3/6. Now the third key is not to be seen. The first two should share
as if it were not there: 1/3, 2/3, 0.

A **mask** is a table of yes and no. In this course `True` says: *this query may attend to this
key*. Here are three ideas to use it. (`~mask` exchanges yes and no, and `masked_fill` writes a
number where it finds `True`.)

**Predict before you run.** Which of the three gives 1/3, 2/3, 0?
"""

# %%
scores = torch.log(torch.tensor([1.0, 2.0, 3.0]))  # (n_k=3,)
mask = torch.tensor([True, True, False])  # (n_k=3,)
three_ideas = {
    "score times 0, then softmax ": (scores * mask).softmax(dim=-1),
    "softmax, then weight times 0": scores.softmax(dim=-1) * mask,
    "score to -inf, then softmax ": scores.masked_fill(~mask, -torch.inf).softmax(dim=-1),
}
for idea, weights in three_ideas.items():
    print(idea, weights.numpy().round(3))

# %% [markdown]
r"""
- A score of **0** hides nothing: $e^0 = 1$, so the hidden key counts 1 and gets a quarter.
- A **weight** of 0 after the softmax hides the value, but the rest now sums to a half.
- A score of $-\infty$ works: $e^{-\infty} = 0$, in the numerator and in the sum.

The second idea has a worse flaw. Change the *hidden* score, so that its power is 7 in place of 3:
"""

# %%
changed = torch.log(torch.tensor([1.0, 2.0, 7.0]))  # only the hidden key is different
for name, s in (("power 3", scores), ("power 7", changed)):
    after = (s.softmax(dim=-1) * mask).numpy().round(3)
    before = s.masked_fill(~mask, -torch.inf).softmax(dim=-1).numpy().round(3)
    print(f"hidden {name}   after the softmax {after}   before it {before}")

# %% [markdown]
r"""
After the softmax, the visible weights move when the hidden key moves: it still speaks through the
sum they are divided by. That is a **leak**. So the mask goes in *before* the softmax:

$$\text{weights}_{ij} =
\frac{\text{mask}_{ij}\; e^{\text{scores}_{ij}}}
{\sum_{j'} \text{mask}_{ij'}\; e^{\text{scores}_{ij'}}}$$

Read aloud: *an exponential counts where the mask says yes, and is 0 where it says no, in the
numerator and in the sum*. Here yes is 1 and no is 0.

## Padding: sentences of unequal length

A batch is one tensor, so its sentences have to be equally long. Short ones are filled up with
**padding**, a token that means nothing:

```
I  love  Tokyo  .        length 4
I  love  _      _        length 2
```

Nobody may attend to padding. With heads (lesson 02) the scores are `(batch, heads, n_q, n_k)`, and
a mask for them needs axes at the same places. Which sentence and which key matter; which head and
which query do not. An axis of length 1 is stretched to fit, so `(batch, 1, 1, n_k)` is enough.

### Exercise 05.1 · Hide the padding · ●○○ · 1 point

`lengths` holds the number of real tokens of each sentence. Key $j$ is real if $j <$ length,
counting from 0. `x[:, None]` is `x` with a new axis of length 1 after its first.
"""


# %% tags=["exercise"] exercise="05.1"
def padding_mask(lengths: torch.Tensor, n_k: int) -> torch.Tensor:
    """True where a key is a real token.

    lengths (batch,) whole numbers -> mask (batch, 1, 1, n_k)
    """
    ### BEGIN SOLUTION
    visible = torch.arange(n_k) < lengths[:, None]  # (batch, n_k)
    return visible[:, None, None, :]  # (batch, 1, 1, n_k)
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="05.1"
r"""
<details><summary>Hint 1: the places of the keys</summary>

`torch.arange(n_k)` is 0, 1, 2, … up to `n_k - 1`. Compare it with the lengths; a comparison gives
`True` and `False`.

</details>
<details><summary>Hint 2: shapes</summary>

`(n_k,)` against `(batch, 1)` gives `(batch, n_k)`: every length meets every place. Two more axes
of length 1 belong in the middle: `visible[:, None, None, :]`.

</details>
"""

# %% tags=["check"] exercise="05.1"
check("05.1", padding_mask, points=1)

# %% [markdown]
r"""
The padding still *asks*: its queries get outputs that mean nothing. Nobody reads them, and the loss
has to leave them out.

## Causal: not what comes later

A model that writes predicts the next token from those before it. In training the whole sentence is
there, so the later tokens must be hidden: token $i$ may see token $j$ only if $j \le i$. Itself it
may see: it is what the guess starts from.

Often there are more keys than queries. While a model writes, the keys of all earlier tokens are
kept in a *cache* (lesson 13), and only the newest tokens ask. So in this course **the queries are
the last of the positions**: the last query stands where the last key stands.

**Work it out by hand.** 5 keys, 2 queries. Which keys may the first of the two see?

### Exercise 05.2 · Hide the future · ●●○ · 2 points

Build the table for any number of queries and keys.
"""


# %% tags=["exercise"] exercise="05.2"
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
<details><summary>Hint 3: another way</summary>

`x.tril(k)` keeps what lies on and below a diagonal of a table `x` and makes the rest zero; `k`
moves the diagonal to the right. It works on `torch.ones(n_q, n_k, dtype=torch.bool)`.

</details>
"""

# %% tags=["check"] exercise="05.2"
check("05.2", causal_mask, points=2)

# %% [markdown]
r"""
The first of two queries stands at place 3 and sees the keys 0 to 3. PyTorch's own `is_causal=True`
counts from the other end: there the *first* query stands at the first key. With as many queries as
keys it makes no difference; while writing it does. (The values here are the rows of a unit matrix,
so the output *is* the weights.)
"""

# %% tags=["demo"]
query, key, value = torch.ones(2, 4), torch.ones(5, 4), torch.eye(5)  # 2 queries, 5 keys
ours = F.scaled_dot_product_attention(query, key, value, attn_mask=causal_mask(2, 5))  # (2, 5)
theirs = F.scaled_dot_product_attention(query, key, value, is_causal=True)  # (2, 5)
figure, panels = plt.subplots(1, 2, figsize=(9, 2.2))
titles = "Our mask: the queries stand last", "is_causal=True: they stand first"
for panel, weights, title in zip(panels, (ours, theirs), titles, strict=True):
    plot_weights(weights, ["first", "second"], list("01234"), title=title, ax=panel)
alt = """Weights of two queries over five keys. Left, our mask: the first sees the keys 0 to 3, the
second all five. Right, is_causal=True: the first sees key 0 alone, the second 0 and 1."""
show(figure, alt)

# %% [markdown]
r"""
Look at the second row, the newest token: on the left it sees all five keys, on the right only the
two oldest. No error is raised, and the text gets worse.

## Masks combine

Masks are tables of yes and no, so they combine with `&` (both must say yes) and `|` (one is
enough), and axes of length 1 stretch as usual: `(batch, 1, 1, n_k) & (n_q, n_k)` is
`(batch, 1, n_q, n_k)`, padding and causal in one.

Padding is waste. So several short **documents** are often packed into one sequence. Each token
carries the number of its document, and padding has the number 0:

```
the  cat  sat  I  love  Tokyo  _  _
 1    1    1   2   2      2    0  0
```

*love* must not look at the cat. So one more mask says yes where a query and a key have the same
number.

### Design a mask

Switch the rules on and off. Yellow with a *yes* is what may be seen; *query place* chooses the
framed row.

- Which rules make the table a triangle, and which a row of blocks?
- Find a row that may see nothing at all.
"""

# %%
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


# %% tags=["explore"]
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

*A good place for a break. After a restart, run all the cells above again.*

## The row that may see nothing

In the formula the sum of such a row is 0, and $0/0$ is no number. In a computer it depends on how
the "no" is written. So far we wrote $-\infty$ with `masked_fill`. Much published code *adds* a bias
to the scores: 0 for yes, and $-\infty$ or a very negative number, often $-10^9$, for no.

And it depends on the **dtype**, how a number is stored. `float32`, with 32 bits, keeps about 7
digits. Of the two half precisions, with 16 bits, `bfloat16` reaches as far as `float32` but keeps
only 2 to 3 digits, and `float16` keeps 3 to 4 but ends at 65504.

**Predict before you run.** All three keys are hidden. What weights come out, for each of the six?
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
- $-10^9$ in `float32` and `bfloat16`: the scores 1, 2, 3 are lost in it by rounding, all three keys
  look the same, and each gets **a third**. The row blends exactly what it must not see.
- $-10^9$ in `float16` does not fit: it becomes $-\infty$.
- $-\infty$ gives **nan** in all of them: a softmax first takes the row's largest score away
  (lesson 01), and here that is $-\infty - (-\infty)$. A nan spreads through the output into the
  loss, and from there into every parameter.

As long as a row sees *one* key, all six give the hidden ones 0. Only the empty row needs a rule.
Ours: **who may see nothing gets nothing**. All its weights are 0, and so is its output.

### Exercise 05.3 · A softmax with a mask · ●●○ · 3 points

Which rows are empty is given. The surest way computes no nan at all: make such a row harmless
before the softmax, and 0 after it. Other ways count too, if they hold in every dtype and for the
gradient: the check looks at both.
"""


# %% tags=["exercise"] exercise="05.3"
def masked_softmax(scores: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Softmax along each row over the visible keys; hidden keys and empty rows get exactly 0.

    scores (batch, heads, n_q, n_k) or any axes before the last two; mask stretches to the same
    shape, True = may attend -> weights, shaped as the scores
    """
    empty = ~mask.any(dim=-1, keepdim=True)  # (..., n_q or 1, 1): True where a row sees nothing
    ### BEGIN SOLUTION
    scores = scores.masked_fill(~mask, -torch.inf)  # (..., n_q, n_k)
    weights = scores.masked_fill(empty, 0.0).softmax(dim=-1)  # no nan is ever computed
    return weights.masked_fill(empty, 0.0)
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="05.3"
r"""
<details><summary>Hint 1: without empty rows</summary>

`scores.masked_fill(~mask, -torch.inf)`, then the softmax along the last axis. That is the first
section of this lesson.

</details>
<details><summary>Hint 2: a harmless row</summary>

Any number does, as long as it is no infinity: `scores.masked_fill(empty, 0.0)` writes 0 into all of
an empty row, because `empty`, `(..., 1)`, stretches along it. Let it come after the $-\infty$, or
that overwrites it, and a nan is computed on the way.

</details>
<details><summary>Hint 3: nearly there</summary>

Four steps: $-\infty$ where the mask says no; 0 into the empty rows; the softmax; 0 into the empty
rows of the weights.

</details>
"""

# %% tags=["check"] exercise="05.3"
check("05.3", masked_softmax, points=3)

# %% [markdown]
r"""
Masked attention is that of lesson 01, with a mask and `masked_softmax`. We hand PyTorch's own
function the same mask, padding and causal; the second sentence has length 0.
"""


# %%
def masked_attention(query, key, value, mask):
    """query (..., n_q, d_k), key (..., n_k, d_k), value (..., n_k, d_v) -> (..., n_q, d_v)."""
    scores = query @ key.mT / query.shape[-1] ** 0.5  # (..., n_q, n_k)
    return masked_softmax(scores, mask) @ value  # (..., n_q, d_v)


torch.manual_seed(0)
query, key = torch.randn(2, 3, 4, 6), torch.randn(2, 3, 5, 6)  # (batch, heads, n_q or n_k, d_k)
value = torch.randn(2, 3, 5, 7)  # (batch, heads, n_k, d_v)
mask = padding_mask(torch.tensor([5, 0]), 5) & causal_mask(4, 5)  # (2, 1, 4, 5)
output = masked_attention(query, key, value, mask)  # (2, 3, 4, 7)
expected = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
print(
    "mask", tuple(mask.shape), "  equal to PyTorch's:", torch.allclose(output, expected, atol=1e-6)
)

# %% [markdown]
r"""
The empty sentence is included: here PyTorch's function gives zeros for it, too.

## Who sees the future?

Four colleagues have each written causal attention. Each says that no token can see a later one.
Read their code. `future(x)` is `True` above the diagonal, where the mask has to say no: `triu(1)`
keeps what stands above the diagonal of a table and makes the rest `False`, and `triu(2)` begins one
place further to the right.

**Predict before you run.** Who is right? More than one of them is not.
"""


# %%
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

# %% [markdown]
r"""
Reading is not enough, so measure. A **gradient** says how much an output moves when an input moves
a little. If it is not 0, and the input is a later token, that proves a leak. Zeros are good
evidence that there is none (the deep dive shows when they deceive). So for every pair:

$$\text{influence}_{ij} =
\Big\lVert \frac{\partial\, \sum_c \text{output}_{ic}}{\partial\, x_j} \Big\rVert$$

Read aloud: *add up the entries of output i, take the gradient of that by token j, and measure its
length*. (The fraction with $\partial$ is the gradient, of its upper part by its lower part; the
bars are the length of a vector, `.norm()`.) Above the diagonal it has to be 0.

One tool is new. `torch.autograd.grad(a, x, retain_graph=True)` gives back a tuple with one entry:
the gradient of the single number `a` by `x`, in the shape of `x`. It needs an `x` that PyTorch
watches, so the copy below asks for that; and `retain_graph=True` keeps what PyTorch has written
down, so that you may ask again.

### Exercise 05.4 · The leak detector · ●●○ · 3 points

Each pass through the loop makes one row of the table. Write what happens in it: the gradient, and
the length of each token's share of it.
"""


# %% tags=["exercise"] exercise="05.4"
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

# %% tags=["demo"]
x = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))  # (n=6, d=4)
size = (2.5 * len(colleagues), 3)
figure, panels = plt.subplots(1, len(colleagues), figsize=size, sharey=True)
for panel, name in zip(panels, colleagues, strict=True):
    table = influence(name, x)  # (6, 6)
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
alt = "A table of influence for each. Of the first four only Ann's is empty above the diagonal."
show(figure, alt)

# %% [markdown]
r"""
Bright is a strong influence (the brightest colour stands for 1 and above), and a cross is a leak,
however weak. **Ann** passes: exact zeros above the diagonal. **Cleo** is off by one: each token
sees the next. **Ben** masks after the softmax: the future speaks through the sum. **Dora**'s mask
is right, but she takes the mean of *all* tokens away, the later ones too. A mask guards one door;
here the future came in by another. So test the whole path, not the mask.

## One pass, all positions

Take *I love Tokyo .* There is a question at every place: what follows *I*, what follows *I love*,
and so on. A pass for each of them, with the rest cut off, would be slow. With a causal mask the
rest might as well not be there, so **one pass answers all the questions**. At each place the *true*
tokens up to it are given, whatever the model would have guessed there: this is called **teacher
forcing**.

Measure it: six tokens in one pass, against six passes that end at the first token, at the second,
and so on. Output $i$ of the one pass should be the last output of a pass that ends at token $i$.

**Predict before you run.** For which colleagues, and at which places, are the two equal?
"""

# %% tags=["demo"]
for name, attend in colleagues.items():
    one_pass = attend(x, x, x)  # (6, 4)
    cut_off = torch.stack([attend(x[:n], x[:n], x[:n])[-1] for n in range(1, 7)])  # (6, 4)
    equal = torch.isclose(one_pass, cut_off, atol=1e-4).all(dim=-1)  # (6,): one for each place
    print(f"{name:4}", "  ".join("equal" if same else "other" for same in equal))

# %% [markdown]
r"""
With Ann's mask all six are equal: so the losses are equal too, and so are their gradients. Training
may take the short way, and learns from six guesses at once. For the others only the last place
agrees, where nothing later exists. In training their models see ahead; when they write, one token
at a time, there is nothing ahead to see. So when a change makes the training loss fall far below
everybody else's, and the writing gets worse, look for a leak first.

**What we built.** Open [`attn/masks.py`](../lib/attn/masks.py): there are your masks, a little
more polite, and some for lesson 09. `masked_softmax` is in [`attn/core.py`](../lib/attn/core.py).

That is the main path. Now [the quiz](#The-quiz), or one step further.

## Going further

*Optional, 35 more minutes: an exercise, and the leaks at work in training. Begin with either.*

### Exercise 05.5 · Documents in one sequence · ●●● · 3 points

In the designer you saw one sequence. Now write it for a batch. A query may attend to a key that

1. is of the same document,
2. does not come later,
3. and is no padding, which has the number 0 and may stand anywhere in the sequence.

Your `causal_mask` knows the second rule. `padding_mask` does not fit: it wants lengths.
"""


# %% tags=["exercise"] exercise="05.5"
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

# %% [markdown]
r"""
### A game, and four who learn it

Now let the four colleagues' attention learn something. Three friends sit at a round table with 12
chairs. In turn, each of them moves one chair to the left or to the right, as a coin decides. We
write down the chairs. So each token is a neighbour of the token *three places before*: the model
has to look back.
"""


# %%
def play(count: int, n: int, friends: int, generator: torch.Generator) -> torch.Tensor:
    """Chairs taken, one move after the other: (count, n)."""
    chairs = torch.randint(12, (count, friends), generator=generator)  # where they sit first
    for _ in range(n - friends):
        step = 2 * torch.randint(2, (count, 1), generator=generator) - 1  # -1 or 1
        chairs = torch.cat([chairs, (chairs[:, -friends, None] + step) % 12], dim=1)
    return chairs


print(play(1, 13, 3, torch.Generator().manual_seed(0))[0].tolist())

# %% [markdown]
r"""
The model is as small as it can be. Each token and its place (lesson 03) become a vector:
`nn.Embedding(12, d_model)` is a table with one learned row for each chair. One layer of a
colleague's attention is added, with `nn.Linear`, a learned matrix, for query, key and value; and
one more makes a score for each chair.
"""


# %%
class Reader(nn.Module):
    """Chairs (batch, n) -> scores (batch, n, 12) for the chair that comes next."""

    def __init__(self, attend, d_model: int = 32):
        super().__init__()
        self.attend = attend
        self.token, self.place = nn.Embedding(12, d_model), nn.Embedding(16, d_model)
        self.query, self.key, self.value = (nn.Linear(d_model, d_model) for _ in range(3))
        self.answer = nn.Linear(d_model, 12)

    def forward(self, chairs: torch.Tensor) -> torch.Tensor:
        x = self.token(chairs) + self.place(torch.arange(chairs.shape[1]))  # (batch, n, d_model)
        found = self.attend(self.query(x), self.key(x), self.value(x))  # (batch, n, d_model)
        return self.answer(x + found)  # (batch, n, 12)


# %% [markdown]
r"""
Its **loss** is the *cross-entropy*: minus the logarithm of the probability that it gave to what
came. Sure and right is 0. Spread over all 12 chairs it is $\ln 12 \approx 2.48$. We measure it in
two ways: in one pass, as in training; and with each game cut off, so that nothing later exists.
"""


# %%
def loss_in_one_pass(model, chairs, first=3):
    """chairs (batch, n + 1); the first few tokens can't be guessed and do not count."""
    scores = model(chairs[:, :-1])[:, first - 1 :]  # (batch, n + 1 - first, 12)
    return F.cross_entropy(scores.flatten(0, 1), chairs[:, first:].flatten())


def loss_one_at_a_time(model, chairs, first=3):
    """The same guesses, each from a game that ends there."""
    guesses = range(first, chairs.shape[1])
    each = [F.cross_entropy(model(chairs[:, :i])[:, -1], chairs[:, i]) for i in guesses]
    return torch.stack(each).mean()


# %% [markdown]
r"""
### Claim, measured: "the lower the training loss, the better the model"

The coin can't be guessed. Whoever understands the game knows the two chairs that are possible, and
gives each a half: a loss of $\ln 2 \approx 0.69$. **No honest reader can be better than that.**

We train a reader with each colleague's attention, 150 steps, five seeds. Then each *writes* from
three given chairs: its last guess is drawn, appended, and read again. A move is good if that friend
went one chair to the left or the right. Blind guessing is right in 2 of 12 cases.

**Predict before you run.** Who ends with the lowest training loss? What is that reader's writing
worth? Training all twenty takes about half a minute.
"""


# %% tags=["demo"]
def train(attend, seed: int, friends: int = 3, steps: int = 150):
    """A trained reader and its loss at each step."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    reader, losses = Reader(attend), []
    optimizer = torch.optim.Adam(reader.parameters(), lr=0.01)  # downhill, step sizes adapted
    for chairs in play(64 * steps, 13, friends, generator).split(64):  # (64, 13), all new
        loss = loss_in_one_pass(reader, chairs, friends)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return reader, losses


# %% tags=["demo"]
@torch.no_grad()
def examine(reader, seed: int, friends: int = 3) -> tuple[float, float, float]:
    """The loss when nothing later exists; of the moves it writes, how many are good or repeats."""
    generator = torch.Generator().manual_seed(1000 + seed)
    honest = loss_one_at_a_time(reader, play(256, 13, friends, generator), friends)
    chairs = play(256, friends, friends, generator)  # (256, friends): given
    while chairs.shape[1] < 13:
        chances = reader(chairs)[:, -1].softmax(dim=-1)  # (256, 12)
        chairs = torch.cat([chairs, torch.multinomial(chances, 1, generator=generator)], dim=1)
    steps = (chairs[:, friends:] - chairs[:, :-friends]) % 12  # 1 is right, 11 is left
    good = ((steps == 1) | (steps == 11)).float().mean()
    repeats = (chairs[:, friends:] == chairs[:, friends - 1 : -1]).float().mean()  # newest chair
    return honest.item(), good.item(), repeats.item()


# %% tags=["demo"]
results = {}
for name, attend in colleagues.items():
    trained = [train(attend, seed) for seed in range(5)]
    exams = [examine(reader, seed) for seed, (reader, _) in enumerate(trained)]
    losses = torch.tensor([losses for _, losses in trained])  # (5 seeds, 150 steps)
    results[name] = losses, torch.tensor(exams)  # exams (5 seeds, 3)

# %% tags=["demo"]
figure, panels = plt.subplots(1, 3, figsize=(10, 3.6))
for place, (name, (losses, exams)) in enumerate(results.items()):
    smooth = losses.unfold(1, 10, 10).mean(dim=-1).T  # (15, 5 seeds): the mean of ten steps each
    style = {"ls": "--", "zorder": 3} if name == "Ann" else {}  # dashed, in front of Ben
    lines = panels[0].plot(range(10, 151, 10), smooth, f"C{place}", lw=1, **style)
    lines[0].set_label(name)
    for panel, measured in zip(panels[1:], exams.T[:2], strict=True):
        panel.plot([place] * 5, measured, "o", color=f"C{place}", alpha=0.6)
for panel, best in zip(panels, (0.693, 0.693, 2 / 12), strict=True):
    panel.axhline(best, ls=":", color="black")
panels[0].set(title="Below the line: a leak", xlabel="step", ylabel="training loss", ylim=(0, 2.6))
panels[1].set(title="Cut off, two fail", ylabel="loss, one at a time", yscale="log")
panels[1].set_yticks([0.5, 0.7, 1, 2, 5, 10], ["0.5", "0.7", "1", "2", "5", "10"])
panels[2].set(title="Cleo can't write", ylabel="share of good moves", ylim=(0, 1.05))
for panel in panels[1:]:
    panel.set(xticks=range(len(results)), xticklabels=results, xlim=(-0.4, len(results) - 0.6))
    panel.set_xlabel("whose attention")
panels[0].legend()
alt = """Left: training loss; Cleo and Dora end below the dotted line, 0.69, Ann and Ben just above
it. Middle: one at a time, Cleo's loss is by far the highest, and Dora's is above Ann's. Right: good
moves; Ann and Ben nearly all, Dora most, Cleo fewer than the dotted line of blind guessing."""
show(figure, alt)

# %% tags=["demo"]
print("seeds of 5 with:  loss < 0.65   good moves > 3/4   good moves < 2/12   repeats > 1/3")
for name, (losses, exams) in results.items():
    loss, (_, good, repeats) = losses[:, -20:].mean(dim=1), exams.T  # (5 seeds,) each
    seeds = (loss < 0.65, good > 3 / 4, good < 2 / 12, repeats > 1 / 3)
    counts = [int(which.sum()) for which in seeds]
    print(f"{name:4} {counts[0]:20} {counts[1]:16} {counts[2]:18} {counts[3]:16}")

# %% [markdown]
r"""
Each line and each dot is one seed. The dotted line is the best possible loss, 0.69, and on the
right blind guessing.

- **Ann**, dashed, comes down to just above the dotted line, on top of Ben's lines, and nearly all
  her moves are good.
- **Cleo** has by far the lowest loss, *below what is possible*. The answer stood at the next place,
  and she has learnt to read it there. When she writes, there is no next place, and she mostly
  repeats the newest chair, which is another friend's. So her moves are worse than blind guessing,
  and her loss, cut off, is worse than the 2.48 of a blind guess.
- **Dora** is below the line too, by a little, in all five seeds. About nine in ten of her moves are
  good, and that makes her dangerous: nobody would notice.
- **Ben**'s leak is real, the gradient has shown it, but in this game training hardly finds it: his
  loss is about Ann's. The deep dive has a game where it does.

So the claim fails. You have three alarms now: an influence that is not 0; a loss that is lower than
it can be; one pass and many passes that differ. A leak that does no harm today is still a leak.

**Try it.** Write a colleague of your own, `emil`, who averages each query with the next one,
`(query + query.roll(-1, dims=-2)) / 2`, and hands the rest to `ann`. How many crosses will he get?
Put him into `colleagues` and run the cell with the four tables again.

<details><summary>What you will find</summary>

Four crosses, not five: token 0 sees one key alone, so its weight is 1, whatever it asks.

</details>
"""

# %% [markdown] tags=["deep-dive"]
r"""
## Deep dive: what else can go wrong

Nothing in later lessons needs this section; lesson 09 comes back to its last test. One cell
uses the training of *Going further*.
"""

# %% [markdown]
r"""
**Yes and no as numbers.** Three traps lie in a bias that is added. Made as `(~mask) * -inf` it is
nan wherever the mask says yes, because $0 \cdot \infty$ is nan. The lowest number of `float16`, a
common choice for "no", becomes $-\infty$ when two biases are added up. And in an empty row the nan
comes back, even if you replace it: an addition hands every gradient on, the nan as well, and one
step later the model is nan. `masked_fill` lets no gradient through where it has written.
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
**Two conventions in one library.** In `F.scaled_dot_product_attention` a `True` says *may attend*;
in `nn.MultiheadAttention` a `True` says *may not*. And their answers to the empty row differ. In
the PyTorch of this course:
"""

# %%
torch.manual_seed(0)
mask = torch.tensor([[False, False], [True, False]])  # (n_q=2, n_k=2); query 0 may see nothing
pair = torch.randn(1, 2, 4)  # (batch, n, d)
function = F.scaled_dot_product_attention(pair, pair, torch.eye(2)[None], attn_mask=mask)
module = nn.MultiheadAttention(4, 1, batch_first=True)
_, its_weights = module(pair, pair, pair, attn_mask=~mask)  # the other way around
print("the function's weights", function[0].tolist())
print("the module's weights  ", its_weights[0].tolist())

# %% [markdown]
r"""
**When is a mask after the softmax right?** If each row is divided by its new sum. Then the old sum
cancels, and with it the leak: on paper it is the same function. In a computer it fails when the
hidden score is so large that the visible weights are rounded to 0. That is one reason why the mask
goes before.

**Ben's leak, found.** With *one* friend, each token is a neighbour of the one before. A reader
needs no attention for that, and attention is free for something else. Ben's sum depends on the next
token. Watch (a few seconds).
"""

# %% tags=["demo"]
runs = []
for seed in range(3):
    reader, losses = train(ben, seed, friends=1)
    runs.append((sum(losses[-20:]) / 20, *examine(reader, seed, friends=1)))
loss, honest, good, _ = torch.tensor(runs).T  # (3 seeds,) each
print(f"training loss below 0.65: {int((loss < 0.65).sum())} of 3 seeds")
print(f"loss one at a time above 0.80: {int((honest > 0.80).sum())} of 3")
print(f"nine tenths of the moves good: {int((good > 0.9).sum())} of 3")

# %% [markdown]
r"""
The training loss falls below what is possible, so the leak is in use. The moves stay good, but the
loss one at a time is high: this reader writes legal moves with a confidence that nothing justifies.

**Leaks that the detector misses.** It asks for the *sum* of an output. Where its entries always
add up to the same number, as behind a new layer norm (lesson 06), the sum never moves: then
multiply them by random numbers first. Zeros everywhere, the diagonal too, prove nothing.

And a gradient says what happens when an input moves *a little*. A choice does not move a little: it
stays, or it jumps. Erin lets everybody attend to itself and to *loud* earlier tokens: their
`.norm()` is at least the median of the whole sequence. Where the median lies depends on later
tokens.
"""


# %% tags=["demo"]
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

**From the papers.** In the decoder of the Transformer paper each position sees all positions up to
and including itself; the scores of the others are set to $-\infty$ before the softmax (Vaswani et
al., 2017, section 3.2.3). The T5 paper compares three masks: full, causal, and causal with a
*prefix*, where the beginning of a sequence sees all of itself and only what follows is causal
(Raffel et al., 2019, figure 3). Krell et al. (2021) found that up to half of all tokens in common
datasets can be padding, and packed sequences without letting them see each other. Zhao et al.
(2024) write that most language models are trained with the causal mask alone, across documents;
hiding documents from each other improved their results. Teacher forcing is older than all of them:
the name is from Williams and Zipser (1989), who trained recurrent networks with it. There it does
not make the positions independent: each step still waits for the one before.
"""

# %% [markdown]
r"""
## The quiz

Eight questions, with an answer to every answer.
"""

# %% tags=["quiz"]
quiz("05")

# %% [markdown]
r"""
## In five lines

1. A mask is a table of yes and no; `True` says *may attend*. Masks combine with `&` and `|`.
2. It goes before the softmax, as $-\infty$. After it, hidden keys still speak through the sum.
3. A row that may see nothing gets zeros: not nan, and not equal shares of what is hidden.
4. With more keys than queries, the queries are the last positions.
5. With a causal mask one pass trains all positions. A leak there makes the loss lovely and the
   writing useless; a gradient above the diagonal usually finds it.

**Words learnt**: mask, padding, causal, packing, dtype, half precision, leak, influence, teacher
forcing.

**Next**: lesson 06 puts attention, masks and positions together into a Transformer.
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
