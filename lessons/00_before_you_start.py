# %% [markdown]
r"""
# 00 · Before you start

**By the end you can**

1. say what a dot product measures, and compute one in your head; <!-- quiz: dot-by-hand -->
2. turn scores into shares with a softmax, and make it sharper or softer; <!-- quiz: temperature -->
3. say what an axis is, and sum a table along the one you want; <!-- quiz: along-which-axis -->
4. read a matrix product as a table of dot products; <!-- quiz: product-shape -->
5. say what a gradient is, and train a model of one number by walking downhill.
   <!-- quiz: over-the-valley -->

*About {minutes} minutes · needs some Python and school algebra; derivatives
help, but are not required · adds nothing yet to `attn`, the library that the lessons build*

> **In one breath.** Everything in this course is made of four things: measuring how much two
> arrows agree, sharing something out, doing many of both at once, and getting a little better
> again and again.
"""

# %% [markdown]
r"""
**How a lesson works.** Run one cell after the other with `Shift + Enter`. Where it says *predict
before you run*, stop and guess. Code that only draws is hidden; a click on its bar opens it.

At an *exercise*, replace the line `raise NotImplementedError(…)` with your code, run the cell, and
run the check below it. The circles say how hard it is, from ●○○ to ●●●. Hints open one by one. The
solved notebook is in the folder `solutions/`.
"""

# %% [markdown]
r"""
**A red box is not a crash.** It says what came, what was expected, and often why: read it, change
your code, run both cells again. *Run All* goes on past an exercise that is not written yet, and the
cells that need it say *This cell waits for exercise 00.2*. If Python says *name … is not defined*,
a cell above has not been run.
"""

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch

from course import check, doctor, explore, progress, quiz, show

# %% [markdown]
r"""
## Is the machine ready?

The doctor looks at this machine. *Good* and *be aware* are fine to go on with; *must fix* comes
with what to do.
"""

# %% tags=["nbval-ignore-output"]
doctor()

# %% [markdown]
r"""
## Vectors: lists of numbers that point somewhere

A vector is a list of numbers. With two numbers you can draw it as an arrow. With 64 you can't, but
what is true of the arrows stays true. In this course words, questions and answers become vectors.

How much do two arrows agree? The **dot product** multiplies entry by entry and adds up:

$$a \cdot b = a_1 b_1 + a_2 b_2 + \dots + a_d b_d$$

With $a = (2, 1)$ and three different $b$:

- $(2, 1)$ gives $4 + 1 = 5$. Positive: *the same way*.
- $(-1, 2)$ gives $-2 + 2 = 0$. Zero: *at a right angle, nothing in common*.
- $(-2, -1)$ gives $-4 - 1 = -5$. Negative: *against each other*.
"""

# %% [markdown]
r"""

**Predict before you run.** Make the second arrow twice as long, without turning it. What happens
to the dot product? Turn it and stretch it in the picture, and see.
"""


# %% tags=["demo", "folded"]
def two_arrows(angle: int, length: float):
    first = np.array([1.0, 0.0])
    second = length * np.array([np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))])
    figure, axes = plt.subplots(figsize=(5, 4))
    style = {"arrowstyle": "->", "lw": 3, "shrinkA": 0, "shrinkB": 0}
    for arrow, colour in ((first, "#0072B2"), (second, "#D55E00")):
        axes.annotate("", arrow, (0, 0), arrowprops={**style, "color": colour})
    axes.barh(-0.1, second[0], height=0.12, color="#D55E00", alpha=0.35, label="shadow")
    axes.plot([second[0], second[0]], [0, second[1]], ":", color="#D55E00")  # down to its shadow
    axes.set(xlim=(-2.2, 2.2), ylim=(-2.2, 2.2), aspect="equal", xlabel="entry 1", ylabel="entry 2")
    axes.legend(loc="lower right")
    agreement = (first * second).sum()
    axes.set_title(f"They agree by {agreement:.2f}")
    return show(figure, f"Arrows {angle} degrees apart; their dot product is {agreement:.2f}.")


# %% tags=["explore"]
explore(two_arrows, angle=(0, 360, 5, 40), length=(0.0, 2.0, 0.1, 1.0))

# %% [markdown]
r"""
The blue arrow has length 1. Then the dot product is the length of the pale *shadow* that the orange
arrow throws on it: twice as long, twice the agreement. Turn it past a right angle, and the shadow
falls behind; then its length counts as negative.

**How to read an exercise.** `a: np.ndarray` says that `a` is an array of NumPy's, and `-> float`
that one number comes back. `a (d,)` says that it has `d` entries; `(3, 4)` is a table with 3 rows
and 4 columns.

**Tools.** Two arrays of one shape are multiplied entry by entry with `*`; `.sum()` adds up:
"""

# %%
a, b = np.array([1.0, 2.0, 5.0]), np.array([3.0, -1.0, 2.0])  # both (3,)
print("a * b   ", a * b)  # (3,)
print("a.sum() ", a.sum())  # one number

# %% [markdown]
r"""
### Exercise 00.1 · The dot product · ●○○ · 1 point

How much do `a` and `b` agree?
"""


# %% tags=["exercise"] exercise="00.1" minutes=3 importance="core"
def dot(a: np.ndarray, b: np.ndarray) -> float:
    """How much two vectors agree.

    a (d,), b (d,) -> one number
    """
    ### BEGIN SOLUTION
    return (a * b).sum()
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="00.1"
r"""
<details><summary>Hint 1: two steps</summary>

First multiply entry by entry. You have `d` products then, and want one number.

</details>
<details><summary>Hint 2: the second step</summary>

An array knows how to add itself up: `.sum()`.

</details>
"""

# %% tags=["check"] exercise="00.1"
check("00.1", dot, points=1)

# %% [markdown]
r"""
## Softmax: from scores to shares

Three cafés have the scores 2, 1 and 0. Taking the *maximum* sends you to the best café every time.
**Softmax** gives each of them a share of your evenings: it takes $e \approx 2.72$ to the power of
each score, so that everything is positive, and divides by the sum.

$$\text{share}_i = \frac{e^{\text{score}_i / T}}{\sum_j e^{\text{score}_j / T}}$$

Read aloud: *the share of i is e to (its score divided by T), divided by the sum of that over all*.
$\sum_j$ means: add up over all $j$. $T$ is the **temperature**; leave it at 1 for now. The scores
2, 1, 0 are equally far apart; the shares are not:
"""

# %%
scores = np.array([2.0, 1.0, 0.0])
raised = np.exp(scores)  # (3,)
print("e to the scores", raised.round(3), "  sum", raised.sum().round(3))
print("shares         ", (raised / raised.sum()).round(3))

# %% [markdown]
r"""
Each share is $e$ times the next: the exponential turns *differences* of scores into *ratios* of
shares. Add 5 to all scores, and nothing changes. (The formula comes from statistical physics, where
$T$ really is a temperature. The name is John Bridle's, from conferences of 1989.)

**Tools.** What you do with an array happens to each of its entries: `scores / 2`, `np.exp(scores)`.
"""

# %% [markdown]
r"""
### Exercise 00.2 · Softmax with a temperature · ●○○ · 2 points

Write the formula above, with $T$.
"""


# %% tags=["exercise"] exercise="00.2" minutes=4 importance="core"
def softmax(scores: np.ndarray, temperature: float) -> np.ndarray:
    """Shares that are positive and sum to 1; a low temperature makes them sharper.

    scores (n,), temperature above 0 -> weights (n,)
    """
    ### BEGIN SOLUTION
    powers = np.exp(scores / temperature)  # (n,)
    return powers / powers.sum()
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="00.2"
r"""
<details><summary>Hint 1: where does the temperature go?</summary>

Look at the formula: it divides the score, before $e$ is taken to that power.

</details>
<details><summary>Hint 2: nearly there</summary>

`np.exp` works on a whole array. Two lines: the powers, and the powers divided by their sum.

</details>
"""

# %% tags=["check"] exercise="00.2"
check("00.2", softmax, points=2)

# %% [markdown]
r"""
*Your* softmax, from cold to hot:
"""

# %%
for temperature in (0.1, 0.5, 2.0, 10.0):
    print(f"temperature {temperature}: shares", softmax(scores, temperature).round(3))

# %% [markdown]
r"""
Cold, and the best takes all: softmax becomes max. Hot, and all become equal. In between it is
*soft*: every score has a say, and a small change of a score changes the shares a little.
"""

# %% [markdown]
r"""
## Axes: which way to sum

A table has two **axes**. Axis 0 goes *down*, from row to row; axis 1 goes *across*, from column to
column. Counted from the end, the last axis is axis $-1$. To sum *along* an axis means to walk along
it and add up: that axis is used up, the others stay.

Two friends count their evenings in three cafés.
"""

# %%
evenings = np.array([[3.0, 1.0, 6.0], [2.0, 2.0, 4.0]])  # (2 friends, 3 cafés)
print("along axis  0:", evenings.sum(axis=0), evenings.sum(axis=0).shape)
print("along axis -1:", evenings.sum(axis=-1), evenings.sum(axis=-1).shape)

# %% [markdown]
r"""
Axis $-1$ walks across each row, so each *friend* gets a number: 10 and 8. Now each row shall be
divided by its own sum. `evenings / evenings.sum(axis=-1)` fails: NumPy lines shapes up from the
*end* (this is called *broadcasting*), and 3 columns do not meet 2 sums. The sums have to stand as a
**column**, of shape (2, 1). There are two ways to get one:
"""

# %%
totals = evenings.sum(axis=-1)  # (2,)
column = evenings.sum(axis=-1, keepdims=True)  # (2, 1): the used-up axis stays, with size 1
print(column.shape, totals[:, None].shape)  # [:, None] puts in an axis of size 1
print(evenings / column)  # (2, 3) / (2, 1) -> (2, 3)


# %% tags=["demo", "folded"]
def draw_table(panel, table, title, colour):
    for (row, place), number in np.ndenumerate(table):
        box = plt.Rectangle((place, -row), 1, -1, facecolor=colour, edgecolor="black")
        panel.add_patch(box)
        panel.text(place + 0.5, -row - 0.5, f"{number:g}", ha="center", va="center")
    panel.set(xlim=(-0.9, 3.2), ylim=(-2.1, 0.9), aspect="equal")
    panel.set_title(title, fontsize=10, fontweight="normal", loc="center")
    panel.axis("off")


# %% tags=["demo", "folded", "memorable"]
figure, panels = plt.subplots(1, 4, figsize=(10, 2.5))
draw_table(panels[0], evenings, "evenings\n(2, 3)", "#DCEBF7")
arrow = {"arrowstyle": "->", "lw": 2, "color": "#D55E00"}
panels[0].annotate("", (3, 0.25), (0, 0.25), arrowprops=arrow)
panels[0].text(1.5, 0.4, "axis 1, or −1", ha="center", color="#D55E00")
panels[0].annotate("", (-0.25, -2), (-0.25, 0), arrowprops=arrow)
panels[0].text(-0.45, -1, "axis 0", rotation=90, va="center", ha="center", color="#D55E00")
draw_table(panels[1], totals[None], ".sum(axis=-1)\n(2,)", "#FBE6C8")
draw_table(
    panels[2], column, ".sum(axis=-1, keepdims=True)\nor totals[:, None]   (2, 1)", "#FBE6C8"
)
draw_table(panels[3], evenings / column, "evenings / column\n(2, 3)", "#DCEBF7")
figure.suptitle("A sum along axis −1 uses it up; keepdims leaves a column", fontweight="bold")
show(
    figure,
    "Four tables. Two rows and three columns, axis 0 down and axis 1 across; their sums along axis "
    "-1 lying flat; the same sums as a column; each row divided by its own sum.",
)

# %% [markdown]
r"""
Look at the second picture beside the third: the same two numbers, once lying flat, once standing
beside the rows they belong to. With a table of 3 rows and 3 columns the flat one would *not* fail:
each **column** would be divided, and no error would tell you. Many mistakes with attention are of
this kind.
"""

# %% [markdown]
r"""
## Matrix product: many dot products at once

Two matrices, `a` with the shape `(n, d)` and `b` with the shape `(d, m)`. Their product `a @ b`
has the shape `(n, m)`: a table with one dot product in each place, **row** $i$ of `a` with
**column** $j$ of `b`.
"""

# %%
a = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])  # (n=3, d=2)
b = np.array([[1.0, 0.0, 1.0, 2.0], [0.0, 1.0, 1.0, 2.0]])  # (d=2, m=4)
print(a @ b)  # (3, 4)

# %% [markdown]
r"""
Check one by hand. Row 1 of `a` is `[3, 4]` (we count from 0), column 2 of `b` is `[1, 1]`; their
dot product is 7. Do you find the 7 in row 1, column 2? In shapes:

```text
 a       (n, d)
 b          (d, m)      the inner axis d is summed over and vanishes
 a @ b   (n,    m)
```

**Tools.** `a[i]` is row `i`, `b[:, j]` is column `j`, and `np.zeros((n, m))` is a table to fill:
"""

# %%
print("row 1:", a[1], "  column 2:", b[:, 2], "  n, d =", a.shape)
grid = np.zeros((2, 3))
grid[0, 1] = 7.0  # row 0, column 1
print(grid)

# %% [markdown]
r"""
### Exercise 00.3 · A matrix product, place by place · ●●○ · 2 points

Python has `@` for it. Do it once with your own `dot`, so that you have seen inside.
"""


# %% tags=["exercise"] exercise="00.3" minutes=8 importance="core"
def matrix_product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Every row of a with every column of b.

    a (n, d), b (d, m) -> c (n, m)
    """
    ### BEGIN SOLUTION
    c = np.zeros((a.shape[0], b.shape[1]))  # (n, m)
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            c[i, j] = dot(a[i], b[:, j])
    return c
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="00.3"
r"""
<details><summary>Hint 1: a table to fill</summary>

Begin with a table of zeros: `n` is `a.shape[0]` and `m` is `b.shape[1]`. Two loops, one inside the
other, visit every place.

</details>
<details><summary>Hint 2: rows and columns</summary>

Place `(i, j)` is `c[i, j]`. It takes row `i` of `a` and column `j` of `b`, and your `dot`.

</details>
"""

# %% tags=["check"] exercise="00.3"
check("00.3", matrix_product, points=2)

# %% [markdown]
r"""
## A gradient says which way is down

A model has numbers that can be turned. A **loss** says how bad the model is. Training asks again
and again: *if I turn this number up a little, does the loss rise or fall, and how fast?* The answer
is the **slope**. The slopes of all the numbers together are the **gradient**.

The smallest model there is has one number, $w$, and guesses $y \approx w \cdot x$. Its loss is the
mean of the squared errors:

$$L(w) = \frac{1}{n} \sum_i (w\,x_i - y_i)^2$$

Read aloud: *guess minus truth, squared, averaged over the points*.
"""

# %%
x = np.array([1.0, 2.0, 3.0])
y = np.array([2.1, 3.9, 6.0])  # nearly 2 times x
for w in (0.0, 1.0, 2.0, 3.0):
    print(f"w {w:.0f}   guesses {w * x}   loss {((w * x - y) ** 2).mean():5.2f}")

# %% [markdown]
r"""
Now the slope. It is written $\frac{dL}{dw}$: how much $L$ rises for each unit that $w$ grows. If
you have not met derivatives, take the formula as given; PyTorch confirms it below.

$$\frac{dL}{dw} = \frac{1}{n} \sum_i 2\,(w\,x_i - y_i)\,x_i$$

**Tools.** `.mean()`, as in the cell above, is the sum of an array, divided by how many entries
there are. It goes behind the brackets round *all* that is averaged.
"""

# %% [markdown]
r"""
### Exercise 00.4 · The slope of a loss · ●●○ · 2 points

Write the formula above for all points at once.
"""


# %% tags=["exercise"] exercise="00.4" minutes=6 importance="core"
def slope_of_loss(w: float, x: np.ndarray, y: np.ndarray) -> float:
    """How fast the loss of the guess w * x rises when w grows.

    w one number, x (n,), y (n,) -> one number
    """
    ### BEGIN SOLUTION
    error = w * x - y  # (n,)
    return (2 * error * x).mean()
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="00.4"
r"""
<details><summary>Hint 1: from the inside out</summary>

First the errors, guess minus truth: an array of `n` numbers. Then what the formula does with each
of them. Then the mean.

</details>
<details><summary>Hint 2: test yourself</summary>

For `w = 1`, `x = [1, 2]` and `y = [3, 6]` the errors are -2 and -4. The terms are 2 · (-2) · 1 =
-4 and 2 · (-4) · 2 = -16, and their mean is -10. Negative: the loss falls when `w` grows.

</details>
"""

# %% tags=["check"] exercise="00.4"
check("00.4", slope_of_loss, points=2)

# %% [markdown]
r"""
## Training is walking downhill

Start somewhere. Look at the slope. Take a small step *against* it, and look again. The **learning
rate** says how long a step is.

$$w \leftarrow w - \text{learning rate} \cdot \frac{dL}{dw}$$

**Tools.** One step by hand, from $w = 0$ with the learning rate 0.05:
"""

# %%
w = 0.0
w = w - 0.05 * slope_of_loss(w, x, y)
print(f"after one step w is {w:.2f}")

# %% [markdown]
r"""
### Exercise 00.5 · Train · ●●○ · 3 points

Take that step again and again, each time from where you are.
"""


# %% tags=["exercise"] exercise="00.5" minutes=5 importance="core"
def train(x: np.ndarray, y: np.ndarray, learning_rate: float, steps: int) -> float:
    """Walk downhill from w = 0.

    x (n,), y (n,) -> w after that many steps, one number
    """
    ### BEGIN SOLUTION
    w = 0.0
    for _ in range(steps):
        w = w - learning_rate * slope_of_loss(w, x, y)
    return w
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="00.5"
r"""
<details><summary>Hint 1: what changes, and what does not</summary>

`w` begins at 0 and changes in every step. The slope has to be measured again each time, because it
depends on `w`.

</details>
<details><summary>Hint 2: nearly there</summary>

A loop over `range(steps)` with one line in it: the formula above, with your `slope_of_loss(w, x,
y)`. Return `w` when the loop is over.

</details>
"""

# %% tags=["check"] exercise="00.5"
check("00.5", train, points=3)

# %% [markdown]
r"""
**Predict before you run.** With a learning rate of 0.05 the first step went to 0.93, and the bottom
is near 2. Which rate gets there in one step? And from which on does a step land farther away than
it began? Turn the slider, and see.
"""


# %% tags=["demo", "folded"]
def walk(learning_rate: float):
    path = [float(train(x, y, learning_rate, steps)) for steps in range(13)]
    losses = [((w * x - y) ** 2).mean() for w in path]
    line = np.linspace(-2, 6, 100)
    figure, axes = plt.subplots(figsize=(6, 3.4))
    axes.plot(line, [((w * x - y) ** 2).mean() for w in line], color="#999999")
    axes.plot(path, losses, "o-", color="#D55E00")
    axes.set(xlim=(-2, 6), ylim=(-2, 40), xlabel="w", ylabel="loss")
    axes.set_title(f"Learning rate {learning_rate:.2f}: 12 steps end at w = {path[-1]:.2f}")
    return show(
        figure, f"A valley with its bottom near w = 2, and 12 steps from w = 0 to {path[-1]:.2f}."
    )


# %% tags=["explore"]
explore(walk, learning_rate=(0.01, 0.24, 0.01, 0.05))

# %% [markdown]
r"""
Small steps crawl. Around 0.1 it arrives almost at once. At 0.20 it jumps across the valley in
every step, but still comes down. From 0.22 on every step lands farther away than it began, and the
walk climbs out.

PyTorch works slopes out for any formula: it writes down what you compute, and walks back through
it. This is called *autograd*. A PyTorch **tensor** is an array that can do this, and
`requires_grad=True` says for which numbers you want the slope. Here is your loop in PyTorch's
words, as in lessons 01 and 02:
"""

# %%
w = torch.tensor(0.0, requires_grad=True)
for _ in range(20):
    loss = ((w * torch.tensor(x) - torch.tensor(y)) ** 2).mean()
    loss.backward()  # walks back through the formula, and leaves the slope in w.grad
    with torch.no_grad():  # the step is not part of the formula
        w -= 0.05 * w.grad
    w.grad = None  # else the next slope would be added to this one
print(f"PyTorch {w.item():.3f}   yours {train(x, y, 0.05, 20):.3f}")

# %% [markdown]
r"""
## Going further: where the edge lies

*About {minutes} minutes.* Nothing later needs this section. The walk above climbs out from 0.22 on.

**Predict before you run.** Make all numbers of the data twice as large. Does the edge move up, or
down? We look for the largest rate with which 100 steps still arrive, for data drawn anew with five
seeds (five drawings of random numbers), and for the same data doubled.
"""

# %%
rates = np.arange(0.02, 4.0, 0.02)


def edge(x: np.ndarray) -> float:
    """The largest learning rate that arrives at the best w, which is 2. x (n,)"""
    return max(rate for rate in rates if abs(train(x, 2 * x, rate, 100) - 2) < 0.01)


for seed in range(5):
    drawn = np.random.default_rng(seed).normal(size=20)  # (20,)
    print(f"seed {seed}: edge {edge(drawn):.2f}, with doubled data {edge(2 * drawn):.2f}", end="")
    print(f"   1 / mean(x²) {1 / (drawn**2).mean():.2f}")

# %% [markdown]
r"""
Down, to a quarter: the edge lies just below $1 / \text{mean}(x^2)$. Data with larger numbers need
smaller steps. This is one reason why models keep their numbers near 1.

**Make it yours.** Put three points of your own into `x` and `y`, far above: each `x` between 2 and
3, each `y` about twice that. Say beforehand at which learning rate the walk will climb out. Run
that cell and the slider's, and try.
"""

# %% [markdown] tags=["deep-dive"]
r"""
## Deep dive: why the edge is there

*About {minutes} minutes of reading, more with a pencil.* Nothing later needs this section. Write
$m = \text{mean}(x^2)$ and let $w^*$ be the best $w$. The slope is a straight line,
$\frac{dL}{dw} = 2 m\,(w - w^*)$, so one step with learning rate $r$ turns the distance to the goal
into

$$w_{\text{new}} - w^* = (w - w^*) - 2 r m\,(w - w^*) = (1 - 2 r m)\,(w - w^*)$$

Every step multiplies the distance by the same factor. It shrinks if $|1 - 2rm| < 1$, that is, if
$0 < r < 1/m$: there is the edge. At $r = \frac{1}{2m}$ the factor is 0 and one step is enough.
"""

# %%
m = (x**2).mean()
print(f"the edge is at a learning rate of {1 / m:.3f}")
print(f"one step with half of that gives w = {train(x, y, 0.5 / m, 1):.4f}")
print(f"the best w, computed directly, is    {(x @ y) / (x @ x):.4f}")

# %% [markdown]
r"""
## The quiz
"""

# %% tags=["quiz"]
quiz("00")

# %% [markdown]
r"""
## In five lines

1. A dot product says how much two vectors agree: positive, zero, negative. The longer the vectors,
   the further from zero.
2. A softmax turns scores into shares that sum to 1; the temperature makes them sharp or even.
3. A sum along axis $-1$ takes the last axis away; `keepdims=True` or `[:, None]` makes a column.
4. A matrix product is a table of dot products: `(n, d) @ (d, m)` is `(n, m)`.
5. Training is a loop: slope, small step against it, again. Steps that are too long climb out of
   the valley.

**Words learnt**: vector, dot product, score, share, softmax, temperature, shape, axis,
`keepdims`, loss, slope, gradient, autograd, learning rate, tensor.

**Next**: [01 · Attention is a soft look-up](01_attention_is_a_soft_lookup.ipynb) puts the first
three together.
"""

# %% tags=["progress"]
progress("00")

# %% [markdown]
r"""
### References

- J. S. Bridle (1990). *Probabilistic Interpretation of Feedforward Classification Network Outputs,
  with Relationships to Statistical Pattern Recognition.* In: Neurocomputing, NATO ASI Series 68
  (a workshop of 1989, printed in 1990).
  doi [10.1007/978-3-642-76153-9_28](https://doi.org/10.1007/978-3-642-76153-9_28)
- A. Paszke et al. (2019). *PyTorch: An Imperative Style, High-Performance Deep Learning Library.*
  arXiv [1912.01703](https://arxiv.org/abs/1912.01703)
"""
