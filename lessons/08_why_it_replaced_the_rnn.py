# %% [markdown]
r"""
# 08 · Why it replaced the RNN

**By the end you can**

1. write the loop of an RNN, and say what it carries from token to token; <!-- quiz: lost-state -->
2. count what has to wait in a network, and say when that costs time; <!-- quiz: what-must-wait -->
3. measure how far a gradient reaches, and tell two laws apart; <!-- quiz: three-reaches -->
4. make two models equal in size before you compare them; <!-- quiz: what-is-fair -->
5. choose between attention, a state, or both. <!-- quiz: which-for-the-meter -->

*About {minutes} minutes · needs [05 · What may not be seen](05_what_may_not_be_seen.ipynb) and
[06 · The Transformer](06_the_transformer.ipynb) · builds nothing new: it puts `attn.GPT` to the
test · what goes further comes on top*

> **In one breath.** Children stand in a line, and a message is whispered from ear to ear: each
> passes on what is left of it. Or everybody pins a note to a board, and all read all notes at once.
> The board loses nothing, but it grows with every note. For the whisper, one ear is enough.
"""

# %%
import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F

from attn.plotting import plot_weights
from course import check, explore, progress, quiz, race, show
from course.measure import cpu_seconds, longest_chain
from course.results import saved_rows

# %% [markdown]
r"""
## From memory

A few minutes, before anything new, and without looking back. Nothing here is graded.
"""

# %% tags=["recall"]
from course import recall

recall("08")


# %% tags=["recall"]
# From memory: the heads side by side. Then check("02.2", from_memory, points=0)
### BEGIN SOLUTION
def from_memory(x):
    return x.transpose(1, 2).flatten(2)


check("02.2", from_memory, points=0)
### END SOLUTION

# %% [markdown]
r"""
## A whisper and a board

Before 2017, sequences were mostly read by **recurrent networks**, RNNs. An RNN carries a **state**,
one vector, from token to token, and each token changes it a little. Attention keeps all tokens, and
looks at each directly.

**Work it out by hand.** A whisper: each child adds its own number to *half* of what it has heard.
(An RNN also squeezes the sum to between −1 and 1, by tanh; near 0 that changes nothing.) A board:
the last child looks at $n$ notes in equal shares. How much of the first child's number arrives at
the last one?

| | 3 children | 512 children |
|---|---|---|
| whisper | $\frac12 \cdot \frac12 = \frac14$ | $2^{-511} \approx 10^{-154}$ |
| board | $\frac13$ | $\frac1{512} \approx 0.002$ |

(Both as functions of seven lines, if you want to read them: open the cell.)
"""


# %% tags=["folded"]
def whisper(x: torch.Tensor) -> torch.Tensor:
    """Each adds its own to half of what it has heard: (batch, n, d) -> (batch, n, d)."""
    heard, said = torch.zeros_like(x[:, 0]), []
    for t in range(x.shape[1]):
        heard = torch.tanh(x[:, t] + heard / 2)  # (batch, d)
        said.append(heard)
    return torch.stack(said, dim=1)


def board(x: torch.Tensor) -> torch.Tensor:
    """Each reads all notes so far, in equal shares: (batch, n, d) -> (batch, n, d)."""
    notes = torch.arange(1, x.shape[1] + 1, dtype=x.dtype)[:, None]  # (n, 1): how many there are
    return torch.tanh(x).cumsum(dim=1) / notes


networks = {"whisper": whisper, "board": board}

# %% [markdown]
r"""
## How far does a gradient reach?

A network learns from the first token only if a gradient arrives there. So we measure:
by how much does the *last* output move when the *first* token moves? An output has $d$ numbers; we
ask how far it moves along one **direction**, drawn at random, so that no feature is preferred. (All
$d$ directions would take $d$ gradients.)

```
outputs          (batch, n, d)
last output      (batch, d)
· direction (d)  (batch,)        one number for each row of the batch
gradient by x    (batch, n, d)   a row for each token
first token      (batch, d)      its length: (batch,)
```

**Tools.** `torch.autograd.grad(number, x)` wants *one* number, and gives back a tuple. Rows of a
batch do not touch each other, so their sum is good enough: each row gets its own gradient.
"""

# %%
points = torch.tensor([[3.0, 4.0], [0.5, 0.0]], requires_grad=True)  # (batch=2, d=2)
squares = (points**2).sum(dim=-1)  # (batch,)
(slopes,) = torch.autograd.grad(squares.sum(), points)  # (batch, d): twice the points
print(slopes.tolist(), " lengths", slopes.norm(dim=-1).tolist())

# %% [markdown]
r"""
### Exercise 08.1 · How far it reaches · ●○○ · 2 points

`networks` holds the whisper and the board under their names; more will join them. The network has
been run for you, on a copy of `x` that PyTorch watches.
"""


# %% tags=["exercise"] exercise="08.1" minutes=6 importance="core"
def reach(name: str, x: torch.Tensor, direction: torch.Tensor) -> torch.Tensor:
    """How far a network's last output moves, along a direction, when its first token moves.

    x (batch, n, d), direction (d,) -> (batch,): lengths of gradients
    """
    x = x.clone().requires_grad_()
    outputs = networks[name](x)  # (batch, n, d)
    ### BEGIN SOLUTION
    last = outputs[:, -1] @ direction  # (batch,)
    (gradient,) = torch.autograd.grad(last.sum(), x)  # (batch, n, d)
    return gradient[:, 0].norm(dim=-1)  # (batch,)
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="08.1"
r"""
<details><summary>Hint 1: three steps</summary>

From the outputs to one number for each row of the batch. From these to a gradient. From the
gradient to the lengths of the *first* token's part.

</details>
<details><summary>Hint 2: shapes</summary>

`outputs[:, -1]` is `(batch, d)`, and `@ direction` makes it `(batch,)`. The gradient of its sum by
`x` is `(batch, n, d)`; `gradient[:, 0]` is the first token's, `(batch, d)`.

</details>
<details><summary>Hint 3: nearly there</summary>

`(gradient,) = torch.autograd.grad(….sum(), x)`, and then `.norm(dim=-1)` of the first token's part.

</details>
"""

# %% tags=["check"] exercise="08.1"
check("08.1", reach, points=2)

# %% [markdown]
r"""
Three children, and your numbers by hand:
"""

# %%
three, along = torch.zeros(1, 3, 1), torch.ones(1)  # (batch=1, n=3, d=1) and (d=1,)
for name in ("whisper", "board"):
    print(name, reach(name, three, along).numpy().round(3))

# %% [markdown]
r"""
Now real networks, not trained yet, of two layers and 32 features each:

- **attention**: the layers of a GPT, as lesson 06 has them;
- **RNN**: the whisper, with matrices in place of the half;
- **LSTM** (1997), the RNN that was used most. It carries a second vector, the *cell*. At each token
  the cell is multiplied by a **forget gate**, shares between 0 and 1, and something new is added.
  The name misleads: the gate says how much is *kept* (Gers et al., 2000). It is made of token,
  state and a *bias*. Here the bias begins at 1, which opens the gate to about 73 percent.
  (Jozefowicz et al., 2015, do so. Two more gates say how much goes in and out.)

**Predict before you run.** Over 128 tokens, which of the three reaches farthest, and is it ahead by
a factor of ten, of a thousand, or of more? (The cell takes some ten seconds.)
"""


# %% tags=["folded"]
def untrained(kind: str, seed: int, forget: float = 1.0, dtype=torch.float64):
    """A network (batch, n, 32) -> (batch, n, 32), as a function."""
    torch.manual_seed(seed)
    if kind == "attention":
        body = race.racer("GPT").to(dtype).body

        def run(x):
            for layer in body.layers:
                x = layer(x, causal=True)
            return body.norm(x)

        return run
    if kind == "RNN":
        recurrent = torch.nn.RNN(32, 32, num_layers=2, batch_first=True).to(dtype)
    else:
        recurrent = race.LSTM(race.VOCAB, hidden=32, forget=forget).to(dtype).body
    return lambda x: recurrent(x)[0]


DISTANCES = (2, 8, 32, 128, 512)


def reaches(network, seed: int, dtype=torch.float64) -> list[float]:
    """The reach of a network at each distance, a mean over 16 rows of random tokens."""
    networks["measured"] = network
    torch.manual_seed(1000 + seed)
    draws = [(torch.randn(16, n, 32).to(dtype), torch.randn(32).to(dtype)) for n in DISTANCES]
    return [reach("measured", x, direction).mean().item() for x, direction in draws]


# %% tags=["demo", "folded"]
torch.set_num_threads(1)  # quicker for models as small as these
kinds = {"attention": "C0o-", "LSTM": "C1s-", "RNN": "C3d-"}
curves = {(kind, seed): reaches(untrained(kind, seed), seed) for kind in kinds for seed in range(3)}

# %% tags=["demo", "folded", "memorable"]
measured = curves.items()  # first: without them, no empty axes
figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 4.2))
for axes, bottom in ((left, 1e-145), (right, 1e-4)):
    for (kind, seed), curve in measured:
        label = kind if seed == 0 else None
        axes.loglog(DISTANCES, curve, kinds[kind], ms=5, lw=1.2, label=label)
    axes.set(xlabel="distance, in tokens", ylim=(bottom, 20))
    axes.set_xticks(DISTANCES, map(str, DISTANCES))
    axes.minorticks_off()
left.axhline(1.4e-45, color="black", lw=1, ls=":")  # the smallest number above 0 in float32
left.text(2, 1e-49, "in float32 all below is 0", va="top", fontsize=9)
left.set_yticks([10.0**-power for power in range(0, 150, 30)])
left.set_ylabel("reach: length of the gradient")
left.set_title("One line, two cliffs")
right.set_title("The top alone: attention, about 1/n")
right.plot((8, 512), (3 / 8, 3 / 512), color="black", ls="--", lw=1)
right.text(90, 0.06, "slope −1", fontsize=9)
left.legend(fontsize=9, loc="lower left")
alt = """Reach over distance, both axes logarithmic, three seeds each. Attention falls from about 1
at distance 2 to about 0.01 at 512, from 8 on nearly on a straight line of slope minus one. The LSTM
falls to about 1e-39 at 512, the RNN to between 1e-90 and 1e-139."""
show(figure, alt)

# %% tags=["demo", "folded", "nbval-ignore-output"]
for kind in kinds:
    at_128 = sorted(curves[kind, seed][3] for seed in range(3))
    print(f"{kind}, 128 tokens: {at_128[0]:.0e} to {at_128[-1]:.0e}")

# %% [markdown] measured={"attention, 128 tokens": [0.01, 0.05], "LSTM, 128 tokens": [0, 1e-8]}
r"""
On these axes each grid line is a *factor*, so $1/n$ is a straight line, as on the right. Where a
curve begins says little; look at how it goes on.

**Claim, from the table of Vaswani et al. (2017):** *any two tokens are one step apart.* It holds
for the path. But attention that is not trained shares its look among all tokens, so at four times
the distance a quarter to a third arrives. That is enough to learn from.

The others fall off a **cliff**. Here they multiply, at every token, by something below 1, and such
a product falls *exponentially*. In float32, the usual format, nothing at all of the RNN's gradient
arrives over 512 tokens.

"""

# %% [markdown]
r"""
Is the cliff a law? *"An RNN can't look far"* is said too quickly: the LSTM's gate decides. The
wider it is open at first, the later the cliff comes; with a bias of 4 the LSTM reaches *farther*
than attention (*Going further* turns the gate). But a gate that stands open forgets nothing;
whatever comes is heaped on top. To reach is not yet to find. The race will show the difference.
"""

# %% [markdown]
r"""
## What has to wait

**Claim, measured:** *"all tokens are processed at once, so training is more efficient."* That is
two claims. For the first, we count. First write what an RNN does:

$$h_t = \tanh(x_t W_x + h_{t-1} W_h + b)$$

Read aloud: *the new state is made of the token and of the state before, each through its matrix*.
Before the first token, the state is zeros.

```
x         (batch, n, d_in)      x[:, t]   (batch, d_in)
W_x       (d_in, d_h)           W_h       (d_h, d_h)
b         (d_h,)                h         (batch, d_h)      states  (batch, n, d_h)
```

"""

# %% [markdown]
r"""
### Exercise 08.2 · The loop of an RNN · ●●○ · 2 points

The zeros before the first token are there, and so is the stack of all states at the end. Write the
loop: one pass for each token. No `nn.RNN`: you are writing it.
"""


# %% tags=["exercise"] exercise="08.2" minutes=5 importance="core"
def rnn(x: torch.Tensor, w_x: torch.Tensor, w_h: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """The states of a recurrent network, one after each token.

    x (batch, n, d_in), w_x (d_in, d_h), w_h (d_h, d_h), b (d_h,) -> states (batch, n, d_h)
    """
    h = x.new_zeros(x.shape[0], w_h.shape[0])  # (batch, d_h), in the format of x
    states = []
    ### BEGIN SOLUTION
    for t in range(x.shape[1]):
        h = torch.tanh(x[:, t] @ w_x + h @ w_h + b)  # (batch, d_h)
        states.append(h)
    ### END SOLUTION
    return torch.stack(states, dim=1)  # (batch, n, d_h)


# %% [markdown] tags=["hint"] exercise="08.2"
r"""
<details><summary>Hint 1: what is carried on</summary>

In every pass, `h` is made new out of itself and of one token. The list keeps a copy of each.

</details>
<details><summary>Hint 2: shapes</summary>

The loop runs over the tokens, axis 1, so `range(x.shape[1])`: `x[:, t]` is `(batch, d_in)`. Token
times `w_x`, state times `w_h`, with `@`.

</details>
"""

# %% tags=["check"] exercise="08.2"
check("08.2", rnn, points=2)

# %% [markdown]
r"""
Every pass needs the `h` of the pass before. `longest_chain` counts the longest row of operations in
which each needs the one before: with a million processors, these would still have to wait. An LSTM
and a GPT of two layers, then your loop:
"""

# %%
gpt, lstm = race.racer("GPT"), race.racer("LSTM")
for n in (8, 64, 512):
    tokens = torch.zeros(1, n, dtype=torch.long)  # (batch=1, n)
    chains = [longest_chain(f, tokens).longest for f in (lstm.step_by_step, gpt)]
    print(f"n {n:3}: LSTM {chains[0]:4}, GPT {chains[1]}")
matrices = torch.ones(32, 32), torch.ones(32, 32), torch.ones(32)
print("your RNN, n 512:", longest_chain(rnn, torch.ones(1, 512, 32), *matrices).longest)

# %% [markdown]
r"""
Yours has about four for each token: a product, two sums, tanh. The LSTM's chain is $14 n + 8$; the
GPT's is 33, at every length. The first half holds: **all tokens at once**.

**Predict before you run.** And the second half, *more efficient*? Here is one step of training,
forward and backward, on *one core* of your processor, with as many parameters for both, and 2048
tokens each time. At 1024 tokens a row, is the LSTM slower than the GPT, or quicker? (The cell takes
up to twenty seconds.)
"""


# %% tags=["demo", "folded", "nbval-ignore-output"]
def training_step(forward, tokens):
    F.cross_entropy(forward(tokens).flatten(0, 1), tokens.flatten()).backward()


for n in (16, 128, 1024):
    tokens = torch.randint(race.VOCAB, (2048 // n, n))  # (batch, n)
    ways = (gpt, lstm, lstm.step_by_step)
    time, fused, loop = (cpu_seconds(training_step, way, tokens) for way in ways)
    print(f"n {n:4}: LSTM {fused / time:.2f} of the GPT's time, as a Python loop {loop / time:.2f}")

# %% [markdown]
r"""
On our machine PyTorch's LSTM took *less* time at all three lengths, and least at 1024. Read your
own numbers. **The second half depends on the machine and the code**:

- *On one core nothing runs at once.* Whoever has less to do is faster, and at 1024 tokens the
  $n^2$ scores of attention are much to do.
- *PyTorch runs this LSTM as one compiled piece.* The last column is the same sums in a Python loop.
- *Where thousands of processors wait*, as on a graphics card, the chain decides: 33 or 14,344 steps
  for 1024 tokens. That is what the Transformer was built for (Vaswani et al., 2017). We have not
  measured it here.
"""

# %% [markdown]
r"""
## A fair race

Before two models race, they should be equal in size: our GPT has 27,520 parameters. The parts of an
LSTM, with a state of width $h$:

| part | parameters |
|---|---|
| a vector of width $h$ for each of the `vocab` tokens | vocab · $h$ |
| each layer: 4 sets of two matrices $(h, h)$ and two biases $(h)$ | $4\,(2 h^2 + 2 h)$ |
| the guess: a matrix $(h, \text{vocab})$ and a bias for each token | $h$ · vocab + vocab |

The four sets are three gates, and what is added. (PyTorch really has two biases; one would do.)
"""

# %% [markdown]
r"""
### Exercise 08.3 · How large is an LSTM? · ●○○ · 2 points

Add up the table. With it the next cell finds the width at which both are nearly equal.
"""


# %% tags=["exercise"] exercise="08.3" minutes=3 importance="useful"
def lstm_size(h: int, vocab: int, num_layers: int) -> int:
    """The number of parameters of an LSTM with a state of width h.

    three whole numbers -> a number
    """
    ### BEGIN SOLUTION
    return 2 * vocab * h + vocab + num_layers * 4 * (2 * h * h + 2 * h)
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="08.3"
r"""
<details><summary>Hint 1: what comes once</summary>

The vectors and the guess's matrix are `vocab * h` each, the guess's bias is `vocab`. These three
come once; the layers come `num_layers` times.

</details>
<details><summary>Hint 2: a layer</summary>

A matrix $(h, h)$ has `h * h` numbers. The 4 stands before a bracket: `4 * (…)`.

</details>
"""

# %% tags=["check"] exercise="08.3"
check("08.3", lstm_size, points=2)

# %% tags=["demo"]
width = min(range(1, 101), key=lambda h: abs(lstm_size(h, 32, 2) - 27_520))  # the nearest
print("an LSTM of width", width, "has", lstm_size(width, 32, 2), "parameters; the GPT 27520")

# %% [markdown]
r"""
Two tasks, with the same number of new examples for both; a run ends when nearly all is right:

- **Look up.** Eight pairs of a letter and a number, then each letter again: `A 3 K 9 … K ? A ?`
- **Parity.** At every bit of a row: was the number of ones so far odd or even?

**Predict before you run.** A winner for each. (The next cell trains four models, with
[`lib/course/race.py`](../lib/course/race.py); give it twenty seconds.)
"""

# %% tags=["demo", "folded"]
tasks = ("look_up", "parity")
runs = {(task, kind): race.train(kind, task, seed=0) for task in tasks for kind in race.RATES}

# %% tags=["demo", "folded"]
chances = {"look_up": 1 / 16, "parity": 1 / 2}
colours = {"GPT": "C0", "LSTM": "C1"}
titles = {"look_up": "Look up: the GPT wins", "parity": "Parity: the LSTM wins"}
figure, panels = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True)
for axes, task in zip(panels, tasks, strict=True):
    for row in saved_rows("08", "seeds"):
        if row["task"] == task:
            steps = [race.EVERY * (k + 1) for k in range(len(row["right"]))]
            right = [share / 100 for share in row["right"]]
            axes.plot(steps, right, colours[row["kind"]], lw=0.8, alpha=0.7)
    for kind, colour in colours.items():
        run = runs[task, kind]
        axes.plot(
            run.steps, run.shares, colour, lw=3, label=kind, ls="-" if kind == "GPT" else "--"
        )
    axes.axhline(chances[task], color="black", lw=1, ls=":", label="chance")
    axes.set(title=titles[task], xlabel="training step", ylim=(0, 1.05))
panels[0].set_ylabel("share of right answers")
panels[1].legend(loc="lower right")
alt = """Right answers over training steps for two tasks. Look up: the GPT climbs to a quarter,
stands there for some 75 steps, then jumps to nearly 1; the LSTM stays at a quarter. Parity: the
LSTM jumps to 1, the GPT climbs slowly and stays below 1."""
show(figure, alt)

# %% tags=["demo", "nbval-ignore-output"]
for (task, kind), run in runs.items():
    print(f"{task}, {kind}: {100 * run.shares[-1]:.0f} of 100 right, step {run.steps[-1]}")

# %% [markdown] measured={"look_up, LSTM": [19, 30], "parity, GPT": [55, 96]}
r"""
Thick lines were trained here, with seed 0; thin ones are four other seeds
([measured before](../lessons/data/results_08.json)).

- **Look up.** The LSTM stays at about a quarter: to all eight questions it says nearly always one
  number, mostly the one that occurs most often. The GPT climbs to a quarter with it, stands there
  for a while, then jumps to nearly all, within a hundred steps.
- **Parity.** The LSTM sits at chance, then jumps to all. The GPT does not arrive.

Say *within the same steps*, never *can't*: *Going further* gives the losers more of everything.
"""

# %% [markdown]
r"""
What has the GPT learnt? Find the bright cell of a row, and look at what stands left of it.
"""

# %% tags=["demo", "folded"]
LETTERS = [*"ABCDEFGHIJKLMNOP", *map(str, range(16))]  # tokens 0 to 31 of the task look up
tokens, _ = race.look_up(24, 1, torch.Generator().manual_seed(4))  # (batch=1, n=24)
maps = []
with torch.no_grad():
    runs["look_up", "GPT"].model(tokens, maps=maps)
heads = maps[1][0, :, 16:]  # (heads, 8, 24): the second layer, the eight questions
answers = [tokens[0].tolist().index(letter) + 1 for letter in tokens[0, 16:].tolist()]
best = heads[:, range(8), answers].mean(dim=-1).argmax()
labels = [LETTERS[token] for token in tokens[0]]
_, axes = plt.subplots(figsize=(8, 3.6))
title = "Nearly every question looks at the number behind its letter"
plot_weights(heads[best], labels[16:], labels, title=title, ax=axes, annotate=False)
axes.set(xlabel="the row of tokens: eight pairs, then the questions", ylabel="questions")
alt = """Attention of eight questions, letters, over 24 tokens. Nearly every row has its brightest
cell at the number that follows the same letter among the pairs."""
show(axes, alt)

# %% [markdown]
r"""
An LSTM has to put all eight pairs into one state, before it knows what will be asked. Attention
keeps them, and is asked later.

## Where the RNN wins

Now take the models that learnt parity on 16 bits, and give them up to 256. All places of a row
count, the first 16 too.
"""

# %% tags=["demo", "folded"]
figure, axes = plt.subplots(figsize=(7, 3.4))
for row in saved_rows("08", "seeds"):
    if row["task"] == "parity":
        shares = [share / 100 for share in row["longer"]]
        axes.plot(race.LENGTHS, shares, colours[row["kind"]], lw=0.8, alpha=0.7)
longer = {kind: race.at_lengths(runs["parity", kind].model) for kind in colours}
for kind, mark in (("LSTM", "s--"), ("GPT", "o-")):
    axes.plot(race.LENGTHS, longer[kind], mark, color=colours[kind], lw=3, label=kind)
axes.axhline(0.5, color="black", lw=1, ls=":")
axes.set_xscale("log", base=2)
axes.set_xticks(race.LENGTHS, map(str, race.LENGTHS))
axes.set(xlabel="bits (trained on 16)", ylabel="right, of all places", ylim=(0.4, 1.05))
axes.set_title("On 16 times the length the LSTM goes on, the GPT guesses")
axes.legend(loc="center right")
alt = """Right parities over the number of bits, 16 to 256. The LSTM, five seeds, stays at or near
1. The GPT falls from below 1 at 16 bits to a half, chance, at 256."""
show(figure, alt)

# %% tags=["demo", "nbval-ignore-output"]
print(
    f"at 256 bits, of 100: LSTM {100 * longer['LSTM'][-1]:.0f}, GPT {100 * longer['GPT'][-1]:.0f}"
)

# %% [markdown] measured={"of 100: LSTM": [90, 100], "GPT": [46, 56]}
r"""
Parity needs *one bit*, carried along and turned over at each 1. That is what a state is for. The
GPT has to count the ones anew at every place, and has never seen so many.

And a state does not grow. To go on writing, a GPT keeps keys and values of all tokens in a *cache*
([lesson 13](13_the_cache.ipynb)), an LSTM its state:
"""

# %%
state = 2 * 2 * lstm.body.hidden_size * 4  # layers · (state and cell) · width · bytes per number
for n in (16, 256, 4096):
    caches = gpt.new_caches()
    with torch.no_grad():
        gpt(torch.zeros(1, n, dtype=torch.long), caches=caches)
    kept = sum(cache.num_bytes for cache in caches)
    print(f"after {n:4} tokens: GPT {kept:9,} bytes, LSTM {state}")

# %% [markdown]
r"""
## When to take which

| you need | take | because |
|---|---|---|
| to find anything again, word for word | attention | all is kept, and is asked later |
| training on thousands of processors | attention | nothing waits |
| a running score | a state | it is carried on |
| parity | a state that can be turned over | the same; we tried 256 bits |
| endless input, little memory, one core | a state | each step costs the same |
| some of each | both | layers can take turns |
"""

# %% [markdown]
r"""
The last line is what many models of today do: most of their layers carry a state, without tanh, so
that it need not wait (*Going further* shows how), and every few layers one of attention looks
things up. *Kimi Linear* (2025) has three with a state for each of attention; *Griffin* (2024) takes
windows of attention. [Lesson 14](14_linear_attention.ipynb) builds such a state.
"""

# %% [markdown]
r"""
**Make it yours.** Write eight pairs of your own, letters from A to P, numbers from 0 to 15, one of
them twice, and ask both. What does the LSTM say?
"""


# %% tags=["demo", "folded"]
def ask(kind: str, pairs: dict[str, int]) -> dict[str, int] | str:
    if not {*pairs} <= {*LETTERS[:16]} or not {*pairs.values()} <= {*range(16)}:
        return "knows letters from A to P and numbers from 0 to 15"
    listed = [token for letter, number in pairs.items() for token in (letter, str(number))]
    tokens = torch.tensor([[LETTERS.index(token) for token in [*listed, *pairs]]])  # (1, 24)
    guesses = runs["look_up", kind].model(tokens)[0, len(listed) :].argmax(dim=-1)
    return {letter: int(guess) - 16 for letter, guess in zip(pairs, guesses, strict=True)}


# %% tags=["demo", "nbval-ignore-output"]
my_pairs = {"L": 1, "O": 9, "N": 14, "D": 3, "A": 9, "P": 12, "I": 0, "B": 5}
print("asked", my_pairs)
for kind in ("GPT", "LSTM"):
    print(f"{kind:5}", ask(kind, my_pairs))

# %% [markdown]
r"""
## Going further: is the cliff a law?

*{minutes} minutes.* Turn the bias of the forget gate. Where does the cliff go, and from which bias
on does the LSTM reach *farther* than attention at 512 tokens?
"""


# %% tags=["explore", "folded"]
def open_the_gate(bias_of_the_gate: float):
    turned = reaches(untrained("LSTM", 0, bias_of_the_gate), 0)
    gate = torch.tensor(bias_of_the_gate).sigmoid().item()
    ahead = "farther than" if turned[-1] > curves["attention", 0][-1] else "less far than"
    figure, axes = plt.subplots(figsize=(7, 3.8))
    axes.loglog(DISTANCES, curves["attention", 0], "C0o-", label="attention")
    axes.loglog(DISTANCES, turned, "C1s-", label="LSTM")
    axes.set(xlabel="distance, in tokens", ylabel="reach", ylim=(1e-45, 100))
    axes.set_xticks(DISTANCES, map(str, DISTANCES))
    axes.minorticks_off()
    axes.legend(loc="lower left")
    title = f"A gate {100 * gate:.1f} percent open reaches {ahead} attention"
    axes.set_title(title)
    return show(figure, f"{title}, at 512 tokens: {turned[-1]:.0e}.")


explore(open_the_gate, bias_of_the_gate=(-1.0, 6.0, 0.5, 1.0))

# %% [markdown]
r"""
Between 3 and 4 it overtakes attention. From about 4 on there is no cliff: over 512 tokens the reach
stays near 1, or above, since a little above 1 at every token is a product, too.
"""

# %% [markdown]
r"""
## Going further: a state that need not wait

*{minutes} minutes.* Take tanh away, and let each feature keep a share $a_t$ of itself, as the
forget gate does:

$$h_t = a_t\, h_{t-1} + b_t$$

Two such steps in a row are again *one* such step. By hand: keep 1/2 and add 3, then keep 1/4 and
add 1. A state of 8 becomes 7, then 2.75. As one step: keep $\frac12 \cdot \frac14$, add
$\frac14 \cdot 3 + 1$. That gives $1 + 1.75$, the same.

So steps can be joined in pairs, and pairs in pairs, all at once. In each round every place joins
its step with the one that stands `shift` places before it, and `shift` doubles: after 1, 2, 4, …
rounds cover everything. $n$ tokens need $\log_2 n$ rounds: a **parallel scan**.

```
place              0      1       2       3
shift 1            0     0,1     1,2     2,3     which steps are joined there
shift 2            0     0,1    0,1,2  0,1,2,3
```
"""

# %% [markdown]
r"""
**Tools.** `x[:, shift:]` are all places but the first few, and `x[:, :-shift]` stand `shift` places
before them.
"""

# %%
five = torch.arange(5)[None]  # (batch=1, n=5)
print(five[:, 2:].tolist(), five[:, :-2].tolist())

# %% [markdown]
r"""
### Exercise 08.4 · The state without waiting · ●●● · 3 points

Before the first token the state is 0, so in the end the state at each place is what the joined step
*adds*. The rounds are there: the first `shift` places stay as they are, the others get a joined
step. What does it keep, `kept`, and what does it add, `added`? Work out all places at once: a loop
over tokens would wait.
"""


# %% tags=["exercise"] exercise="08.4" minutes=9 importance="extra"
def scan(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """All states of h = a * h + b, in about log2(n) rounds.

    a (batch, n, d), what each token keeps, b (batch, n, d), what it adds -> states (batch, n, d)
    """
    shift = 1
    while shift < a.shape[1]:
        ### BEGIN SOLUTION
        added = a[:, shift:] * b[:, :-shift] + b[:, shift:]  # (batch, n - shift, d)
        kept = a[:, shift:] * a[:, :-shift]  # (batch, n - shift, d)
        ### END SOLUTION
        b = torch.cat([b[:, :shift], added], dim=1)  # (batch, n, d)
        a = torch.cat([a[:, :shift], kept], dim=1)  # (batch, n, d)
        shift *= 2
    return b


# %% [markdown] tags=["hint"] exercise="08.4"
r"""
<details><summary>Hint 1: one step out of two</summary>

First *keep* $a_1$, *add* $b_1$; then keep $a_2$, add $b_2$. Together: keep $a_2 a_1$, add
$a_2 b_1 + b_2$. The earlier step stands `shift` places before.

</details>
<details><summary>Hint 2: which places</summary>

`a[:, shift:]` and `b[:, shift:]` belong to the later step, `a[:, :-shift]` and `b[:, :-shift]` to
the earlier one. `added` and `kept` are both `(batch, n - shift, d)`.

</details>
"""

# %% tags=["check"] exercise="08.4"
check("08.4", scan, points=3)

# %%
for n in (8, 64, 512):
    keep, add = torch.full((1, n, 32), 0.5), torch.ones(1, n, 32)
    print(f"n {n:3}: the longest chain is {longest_chain(scan, keep, add).longest}")

# %% [markdown]
r"""
Eight times the tokens, three rounds more; a loop over the tokens would print about $2n$. In
exchange, about $\log_2 n$ times as much work is done, and tanh is gone. With shares $a_t$ between 0
and 1 nothing is turned over, as parity wants it; try $a_t = -1$ at each bit that is 1. Some running
states stay out of reach even so, as far as is known, and of attention's too: which of five things
stands where, after many swaps (Merrill et al., 2024). Mamba (Gu and Dao, 2023) lets $a_t$ and $b_t$
depend on the token.
"""

# %% [markdown]
r"""
## Going further: was the race fair?

*{minutes} minutes.* Equal parameters, equal steps: but one step size for each, and one way to
begin. So whoever lost got more: other step sizes, six times the steps, forget gates that stand open
at first (a bias of 5). Measured before, three seeds each. A third task stands beside the two:
**copy**, four words among 24 tokens of noise, to be said in order at the end.
"""


# %% tags=["demo", "folded"]
def summary(task: str, kind: str, experiment: str, **wanted) -> str:
    """The least and the most right answers at the end, over seeds, of the best step size."""
    found = [
        row
        for row in saved_rows("08", experiment)
        if (row["task"], row["kind"]) == (task, kind)
        and all(row[name] == value for name, value in wanted.items())
    ]
    by_rate = {}
    for row in found:
        by_rate.setdefault(row["rate"], []).append(row["right"][-1])
    ends = max(by_rate.values(), key=sum)
    return f"{min(ends)} to {max(ends)}"


print("copy, GPT, of 100 right, as in the race:", summary("copy", "GPT", "seeds"))
for task, kind in (("look_up", "LSTM"), ("copy", "LSTM"), ("parity", "GPT")):
    steps = race.RACE[task].steps
    print(f"{task}, {kind}, of 100 right")
    print("  as in the race:      ", summary(task, kind, "seeds"))
    print("  best of other sizes: ", summary(task, kind, "rates"))
    print("  six times the steps: ", summary(task, kind, "patience"))
    if kind == "LSTM":
        print("  open gates:          ", summary(task, kind, "open gates", steps=steps))
        print("  both:                ", summary(task, kind, "open gates", steps=6 * steps))

# %% [markdown]
r"""
- **Copy** was a matter of patience: with six times the steps the LSTM copies nearly everything.
- **Look up**: no step size helps. Open gates help only together with six times the steps, and then
  a third or a little more is right.
- **Parity**: with six times the steps, two of three GPTs get all 16 bits right. And at 256 bits?
"""

# %% tags=["demo", "folded"]
for row in saved_rows("08", "patience"):
    if row["task"] == "parity":
        print(f"GPT, seed {row['seed']}: 16 bits {row['right'][-1]}, 256 bits {row['longer'][-1]}")

# %% [markdown] measured={"seed 1: 16 bits": [99, 100], "256 bits": [50, 54]}
r"""
They still guess. They have learnt the length, not the rule. Copying was a question of *how soon*;
looking up, and parity beyond the length of training, are not settled by patience here.
"""

# %% [markdown] tags=["deep-dive"]
r"""
## Deep dive: why a cliff, and what a count leaves out

*{minutes} minutes.* Nothing in later lessons needs this section.
"""

# %% [markdown]
r"""
**The cliff.** By the chain rule, the gradient of $h_n$ by $h_1$ is a *product* of $n - 1$ matrices,
one for each step: $\mathrm{diag}(1 - h_t^2)\, W_h^\top$, tanh's slope times the matrix. If each
shrinks a vector by a factor $r < 1$, the product shrinks it by $r^{n-1}$; above 1 it explodes
(Bengio, Simard and Frasconi, 1994). The LSTM's cell is multiplied by its gate, about
$\sigma(1) \approx 0.73$ at each token. Alone that would leave $0.73^{511} \approx 10^{-70}$. The
picture ends near $10^{-39}$, which is 0.84 at each token: the gradient also goes round through the
state $h$, from which the next gates are made.

**The line.** Attention's weights on $n$ tokens sum to 1. Untrained, all scores are alike, so each
token gets about $1/n$, and so does its gradient. In the second layer the first token also comes in
by way of all others, which again sums to about $1/n$, up to a logarithm.
"""

# %% [markdown]
r"""
**Where $14n + 8$ comes from**: read it off `step_by_step` in
[`lib/course/race.py`](../lib/course/race.py). A pass has seven operations in its longest chain, and
there are two layers, one after the other.

**What a count leaves out.** An operation may be large. PyTorch's attention is *one* operation here;
written out with your formula of lesson 01, the GPT's chain is longer, but as constant:
"""

# %%
for n in (8, 64, 512):
    tokens = torch.zeros(1, n, dtype=torch.long)
    written_out = longest_chain(lambda tokens=tokens: gpt(tokens, maps=[])).longest
    print(f"n {n:3}: GPT {longest_chain(gpt, tokens).longest}, written out {written_out}")

# %% [markdown]
r"""
And an operation is not one step either: to add up $n$ numbers, even a million processors need
$\log_2 n$ rounds. So attention's chain does grow, by a logarithm.

**From the papers.** Jelassi et al. (2024) prove that models with a state of fixed size are
limited in copying, where two layers of attention copy texts of exponential length.
"""

# %% [markdown]
r"""
## The quiz

Five questions, with an answer to every answer.
"""

# %% tags=["quiz"]
quiz("08")

# %% [markdown]
r"""
## In five lines

1. An RNN carries one state from token to token; attention keeps all tokens and looks at each.
2. What must wait: $14 n + 8$ operations in an LSTM, 33 in a GPT. That is time only where much can
   run at once.
3. Untrained, attention's gradient falls as $1/n$, an RNN's exponentially; an LSTM's gate decides
   how fast.
4. Within the same steps, attention wins at looking up, a state at parity: as far as we went, 256
   bits, and in 624 bytes.
5. Models of today take both: many layers with a state, a few with attention.

**Words learnt**: recurrent network, state, LSTM, forget gate, reach, chain; further on: parallel
scan.

**Next**: [09 · Which keys?](09_which_keys.ipynb) looks at fewer of them.
"""

# %% tags=["progress"]
progress("08")

# %% [markdown]
r"""
### References

- A. Vaswani et al. (2017). *Attention Is All You Need.* arXiv
  [1706.03762](https://arxiv.org/abs/1706.03762). Table 1 compares what must wait, and path lengths.
- S. Hochreiter, J. Schmidhuber (1997). *Long Short-Term Memory.* Neural Computation 9(8). doi
  [10.1162/neco.1997.9.8.1735](https://doi.org/10.1162/neco.1997.9.8.1735)
- F. A. Gers, J. Schmidhuber, F. Cummins (2000). *Learning to Forget: Continual Prediction with
  LSTM.* Neural Computation 12(10). doi
  [10.1162/089976600300015015](https://doi.org/10.1162/089976600300015015). The bias of 1: R.
  Jozefowicz, W. Zaremba, I. Sutskever (2015). *An Empirical Exploration of Recurrent Network
  Architectures.* ICML.
- Y. Bengio, P. Simard, P. Frasconi (1994). *Learning Long-Term Dependencies with Gradient Descent
  Is Difficult.* IEEE Transactions on Neural Networks 5(2). doi
  [10.1109/72.279181](https://doi.org/10.1109/72.279181)
- A. Gu, T. Dao (2023). *Mamba: Linear-Time Sequence Modeling with Selective State Spaces.* arXiv
  [2312.00752](https://arxiv.org/abs/2312.00752)
- S. Jelassi et al. (2024). *Repeat After Me: Transformers are Better than State Space Models at
  Copying.* arXiv [2402.01032](https://arxiv.org/abs/2402.01032)
- S. De et al. (2024). *Griffin: Mixing Gated Linear Recurrences with Local Attention for Efficient
  Language Models.* arXiv [2402.19427](https://arxiv.org/abs/2402.19427)
- W. Merrill, J. Petty, A. Sabharwal (2024). *The Illusion of State in State-Space Models.* arXiv
  [2404.08819](https://arxiv.org/abs/2404.08819)
- Kimi Team (2025). *Kimi Linear: An Expressive, Efficient Attention Architecture.* arXiv
  [2510.26692](https://arxiv.org/abs/2510.26692)
"""
