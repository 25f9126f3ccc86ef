# %% [markdown]
r"""
# 13 · The cache

**By the end you can**

1. count how often a model that writes reads the same tokens, and what a cache saves;
   <!-- quiz: tokens-read -->
2. explain why a prompt is read many times as fast as an answer is written;
   <!-- quiz: why-reading-is-quick -->
3. work out the bytes of a cache for MHA, GQA and MQA, and choose; <!-- quiz: which-cache -->
4. write one step of attention with a cache, and prove that no number has changed;
   <!-- quiz: restarted -->
5. read a whole prompt into the cache in one pass. <!-- quiz: mask-of-a-prompt -->

*About {minutes} minutes · needs [02 · Many heads](02_many_heads.ipynb),
[04 · How far apart?](04_how_far_apart.ipynb) and
[05 · What may not be seen](05_what_may_not_be_seen.ipynb) · builds `attn.cache`*

> **In one breath.** You write a letter. Before each word you could read all of it again. Or you
> remember what you have read, and look only at your last word. What you remember is a *cache*: the
> letter comes out the same, most of the reading is saved, and it takes room in your head.
"""

# %%
import matplotlib.pyplot as plt
import torch
from torch import nn

import attn
from attn import apply_rotary, scaled_dot_product_attention
from attn.plotting import plot_weights
from course import check, explore, progress, quiz, show
from course.measure import cpu_seconds, multiply_adds

# %% [markdown]
r"""
## From memory

A few minutes, before anything new, and without looking back: what is fetched from memory stays
longer than what is read again. Nothing here is graded.
"""

# %% tags=["recall"]
from course import recall

recall("13")


# %% tags=["recall"]
# From memory: the causal mask, queries last. Then check("05.2", from_memory, points=0)
### BEGIN SOLUTION
def from_memory(n_q, n_k):
    return torch.arange(n_k) <= torch.arange(n_k - n_q, n_k)[:, None]


check("05.2", from_memory, points=0)
### END SOLUTION

# %% [markdown]
r"""
## Why writing repeats itself

A model that writes reads all tokens so far, guesses the next one, appends it, and reads again,
*everything*, from the start. Writing like this, one token a step, is called **decoding**.

Here is a small GPT from the library, a stack of causal attention layers, not trained. It reads five
tokens, and then the same five and one more.
"""

# %%
torch.manual_seed(0)
model = attn.GPT(256, d_model=128, num_heads=4, num_layers=4, max_len=512).eval()
tokens = torch.randint(256, (1, 6))  # (batch=1, n=6)
with torch.no_grad():
    five, six = model(tokens[:, :5]), model(tokens)  # (1, 5, 256) and (1, 6, 256)
print("the first five rows again:", torch.allclose(five, six[:, :5], atol=1e-5))

# %% [markdown]
r"""
Of six rows, five were known already. A causal token never sees what comes later, so whatever was
computed for it stays true: its keys and values too, in every layer. The new token needs those. It
does not need the old *queries*: they have asked, and got their answer.

So keep all keys and values, and read only the newest token. What is kept is called a **KV cache**.

**Predict before you run.** A model writes 256 tokens from a single start token. How many tokens
does it read in all, without a cache and with one?
"""

# %%
new = 256
without = sum(range(1, new + 1))  # 1, then 2, then 3, ...
print(f"without: {without:,} tokens   with: {new} tokens   {without / new:.1f} times as many")

# %% [markdown]
r"""
Without a cache, $n(n + 1)/2$ tokens are read; with one, $n$. A square against a line again.

## Read at once, write one by one

Mostly there is a text to begin with, the **prompt**: your question, or a whole document. All of its
tokens are known, so they can fill the cache in one pass. That pass is called **prefill**. Then the
steps begin, one token each. (Logits are a score for every possible next token; `argmax` takes the
best.)
"""


# %%
@torch.no_grad()
def read_and_write(prompt: torch.Tensor, steps: int, maps: list | None = None) -> None:
    """Read a prompt (1, n) in one pass; then write, always the most probable token."""
    caches = model.new_caches()  # an empty cache for each layer; every pass below appends to them
    logits = model(prompt, caches=caches, maps=maps)  # prefill: (1, n, vocab)
    for _ in range(steps):
        token = logits[:, -1:].argmax(dim=-1)  # (1, 1)
        logits = model(token, caches=caches, maps=maps)  # a step: (1, 1, vocab)


# %% [markdown]
r"""
First we count the multiplications, for each token that is read and each that is written. (With a
list the library gives the weights too, by plain products that can be counted.)
"""

# %%
prompt = torch.randint(256, (1, 256))  # (1, n=256)
read = multiply_adds(read_and_write, prompt, 0, [])
written = multiply_adds(read_and_write, prompt, 64, []) - read
print(f"for each token: reading {read / 256 / 1e6:.2f} million, writing {written / 64 / 1e6:.2f}")

# %% [markdown]
r"""
Nearly the same.

**Predict before you run.** And by the clock? How many times as long does a token take that is
written? (Give the next cell a few seconds.)
"""

# %% tags=["demo", "nbval-ignore-output"]
reading = cpu_seconds(read_and_write, prompt, 0)
writing = cpu_seconds(read_and_write, prompt, 64) - reading
print(f"tokens a second: {256 / reading:,.0f} read, {64 / writing:,.0f} written")
print(f"reading is faster, times {(writing / 64) / (reading / 256):.0f}")

# %% tags=["demo", "folded", "memorable", "nbval-ignore-output"]
ends = [1000 * (reading + step * writing / 64) for step in range(65)]  # milliseconds
figure, axes = plt.subplots()
axes.plot([0, ends[0]], [0, 256], color="#0072B2", lw=4, label="prefill: 256 tokens, one pass")
axes.step(ends, range(256, 321), where="post", color="#D55E00", label="64 steps, a token each")
axes.set(xlabel="milliseconds of the processor", ylabel="tokens in the cache", ylim=(0, 340))
axes.set_title(f"256 tokens are read while {reading / writing * 64:.0f} are written")
axes.legend(loc="lower right")
show(
    figure,
    "Tokens in the cache over time: the prompt is a steep line up to 256, and the 64 tokens that "
    "are written follow as a long, flat staircase.",
)

# %% [markdown] measured={"reading is faster, times": [10, 60]}
r"""
Look at the corner: the steep line is 256 tokens, the long stairs are 64. On our machine, a token of
the prompt is read some 15 to 50 times as fast as a token is written.

Why? What is paid once for each pass is shared by 256 tokens in the prefill and paid by *one* in a
step: each number of a weight matrix is fetched, and each function is called. In a model as small as
ours the calls weigh more, in large ones the fetching (Pope et al., 2022). And the answer can't be
read at once: its token 2 needs token 1.
"""

# %% [markdown]
r"""
## What a cache weighs

Query heads may share keys and values: with 8 query heads and 2 heads of keys and values, four query
heads look at the same two. Heads of keys and values are called **kv heads**, and only those are
kept. In each layer, each token has one key and one value for every kv head. All of these multiply:

$$\text{bytes} = 2 \cdot \text{layers} \cdot \text{batch} \cdot n \cdot \text{kv heads} \cdot
d_{head} \cdot \text{bytes per number}$$

With 8 query heads: 8 kv heads is **MHA** (multi-head attention), 2 is **GQA** (grouped-query), 1 is
**MQA** (multi-query). A head's width stays $d_{head} = d_{model} / \text{query heads}$ in all
three.
"""

# %% [markdown]
r"""
By hand: 2 layers, one text of 10 tokens, $d_{model} = 16$, 4 query heads (so $d_{head} = 4$), 2 kv
heads, 2 bytes per number: $2 \cdot 2 \cdot 1 \cdot 10 \cdot 2 \cdot 4 \cdot 2 = 640$ bytes.

The axes of what *one* layer keeps:

```
keys    (batch, kv heads, n, d_head)  =  (1, 2, 10, 4)    80 numbers
values  (batch, kv heads, n, d_head)  =  (1, 2, 10, 4)    80 numbers
```

**Tools.** A tensor can be asked what it weighs.
"""

# %%
keys = torch.empty(1, 2, 10, 4, dtype=torch.bfloat16)  # 2 bytes per number
print(keys.numel(), "numbers ·", keys.element_size(), "bytes =", keys.nbytes)

# %% [markdown]
r"""
### Exercise 13.1 · The bytes of a cache · ●○○ · 2 points

Write the formula as a function. Mind which heads count, and which only decide the width.
"""


# %% tags=["exercise"] exercise="13.1" minutes=4 importance="core"
def cache_bytes(
    batch: int,
    n: int,
    d_model: int,
    num_heads: int,
    num_kv_heads: int,
    num_layers: int,
    bytes_per_number: int = 2,
) -> int:
    """The bytes of all keys and values after n tokens, in all layers.

    In each layer: keys (batch, num_kv_heads, n, d_head), and values of the same shape.
    num_heads are the query heads; d_head = d_model / num_heads -> the number of bytes
    """
    ### BEGIN SOLUTION
    d_head = d_model // num_heads
    numbers = batch * num_kv_heads * n * d_head  # of keys, in one layer
    return 2 * num_layers * numbers * bytes_per_number
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="13.1"
r"""
<details><summary>Hint 1: one tensor first</summary>

How many numbers has the tensor of the keys of one layer? Its shape stands in the docstring.

</details>
<details><summary>Hint 2: how often, and how large</summary>

There are as many values as keys, and the same again in every layer. Then numbers become bytes. The
query heads matter only for the width of a head.

</details>
"""

# %% tags=["check"] exercise="13.1"
check("13.1", cache_bytes, points=2)

# %% [markdown]
r"""
## Shared keys

Now a real model. The published configuration of *Llama 3 8B* says: 32 layers, $d_{model} = 4096$,
32 query heads, 8 kv heads, up to 8192 tokens, 2 bytes per number. Its weights are 8.03 billion
numbers of 2 bytes, 15.0 GiB, and all who use it share them. Caches are not shared: each
conversation has its own.

**Predict before you run.** A card has 24 GiB. How many conversations of 8192 tokens does it hold
beside the weights, with 8 kv heads? With 32? With 1? (For 8, in powers of two:
$2 \cdot 2^5 \cdot 2^{13} \cdot 2^3 \cdot 2^7 \cdot 2 = 2^{30}$ bytes, 1 GiB.)
"""

# %%
GIB = 2**30  # bytes
for name, num_kv_heads in (("GQA", 8), ("MHA", 32), ("MQA", 1)):
    one = cache_bytes(1, 8192, 4096, 32, num_kv_heads, 32) / GIB  # one conversation
    print(f"{name}: {one:.3g} GiB for each conversation, {int((24 - 15) / one)} of them")

# %% [markdown]
r"""
Nine, two, and seventy-two. It saves time as well: fewer kv heads are fewer numbers to fetch at each
step (Shazeer, 2019). What sharing costs in quality is less clear-cut. MQA can lose some; GQA was
proposed as the middle way, close to MHA in quality and to MQA in speed (Ainslie et al., 2023). So
first the cache has to fit; of what fits, more kv heads are the safer choice.
"""

# %% [markdown]
r"""
## One step with a cache

Now build it, for one head. A step gets the newest token and the keys and values of all before it.
It appends its own key and value, attends, and hands the longer cache on. The newest token may see
all, so there is nothing to mask.

One thing is easily forgotten. With rotary positions (lesson 04) query and key are rotated by their
*place* before they meet, and the cache holds keys that are *already rotated*. If 7 tokens came
before, at places 0 to 6, where does the new one stand?

```
past_key  (batch, n_past, d_k)   k0 k1 k2 k3 k4 k5 k6      rotated by 0 1 2 3 4 5 6
new key   (batch, 1, d_k)                             k7   rotated by its place
key       (batch, n_past + 1, d_k)   laid end to end, along axis 1
query     (batch, 1, d_k)                             q7   rotated by its place, too
```
"""

# %% [markdown]
r"""
**Tools.** `torch.cat` lays tensors end to end along one axis. `apply_rotary(x, places)` rotates
`x`; `places` is a tensor of whole numbers. Without `places` it counts from 0, and place 0 rotates
by nothing.
"""

# %%
old, newest = torch.zeros(2, 7, 4), torch.ones(2, 1, 4)  # (batch=2, n, d_k=4)
print("end to end:", tuple(torch.cat([old, newest], dim=1).shape))
print("told nothing:", apply_rotary(newest)[0, 0].numpy().round(2))
print("told place 7:", apply_rotary(newest, torch.tensor([7]))[0, 0].numpy().round(2))

# %% [markdown]
r"""
### Exercise 13.2 · Decode one token · ●●○ · 3 points

The token is projected already. Find its place, rotate what has to be rotated, append, and attend:
`scaled_dot_product_attention` is yours from lesson 01, and gives back output and weights.
"""


# %% tags=["exercise"] exercise="13.2" minutes=9 importance="core"
def cached_step(
    x: torch.Tensor,
    w_q: torch.Tensor,
    w_k: torch.Tensor,
    w_v: torch.Tensor,
    past_key: torch.Tensor,
    past_value: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Rotary self-attention for the newest token, with the keys and values of those before.

    x (batch, 1, d_model), w_q and w_k (d_model, d_k), w_v (d_model, d_v),
    past_key (batch, n_past, d_k), rotated already, past_value (batch, n_past, d_v)
    -> output (batch, 1, d_v), key (batch, n_past + 1, d_k), value (batch, n_past + 1, d_v)
    """
    query, new_key, new_value = x @ w_q, x @ w_k, x @ w_v  # each (batch, 1, width), not rotated yet
    ### BEGIN SOLUTION
    place = torch.tensor([past_key.shape[1]])  # (1,): as many tokens came before
    query, new_key = apply_rotary(query, place), apply_rotary(new_key, place)  # (batch, 1, d_k)
    key = torch.cat([past_key, new_key], dim=1)  # (batch, n_past + 1, d_k)
    value = torch.cat([past_value, new_value], dim=1)  # (batch, n_past + 1, d_v)
    output, _ = scaled_dot_product_attention(query, key, value)  # (batch, 1, d_v)
    return output, key, value
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="13.2"
r"""
<details><summary>Hint 1: four things to do</summary>

Rotate the query and the new key by the token's place, but not the value. Append the key. Append the
value. Attend.

</details>
<details><summary>Hint 2: the place</summary>

Places count from 0, so it is the number of tokens before: the length of `past_key` along its axis
of tokens. As a tensor: `torch.tensor([...])`.

</details>
<details><summary>Hint 3: appending</summary>

Only the number of tokens may grow: not the batch, not the features. The oldest comes first.

</details>
"""

# %% tags=["check"] exercise="13.2"
check("13.2", cached_step, points=3)

# %% [markdown]
r"""
Is it the same function? Take 40 tokens: all together with a causal mask, and step by step with your
cache. And a third time with the mistake that everybody makes once: each new token, being the only
one, believes that it stands at place 0. Place 0 rotates by nothing, so that is attention with no
positions at all.
"""

# %%
torch.manual_seed(0)
x = torch.randn(1, 40, 8)  # (batch=1, n=40, d_model=8)
w_q, w_k, w_v = torch.randn(3, 8, 8) / 8**0.5  # each (d_model=8, d_k=d_v=8)
query, key = apply_rotary(x @ w_q), apply_rotary(x @ w_k)  # all at once, places 0 to 39
at_once = scaled_dot_product_attention(query, key, x @ w_v, attn.causal_mask(40)).output
lost = scaled_dot_product_attention(x @ w_q, x @ w_k, x @ w_v, attn.causal_mask(40)).output

# %%
key, value, outputs = torch.zeros(1, 0, 8), torch.zeros(1, 0, 8), []  # an empty cache
for i in range(40):
    output, key, value = cached_step(x[:, i : i + 1], w_q, w_k, w_v, key, value)
    outputs.append(output)
stepwise = torch.cat(outputs, dim=1)  # (1, 40, 8)
print("your cache, the same as all at once:", torch.allclose(stepwise, at_once, atol=1e-5))

# %% tags=["demo", "folded"]
right, restarted = ((y - at_once).abs().amax(dim=-1)[0] for y in (stepwise, lost))  # (40,) each
lines = (  # made before the figure, which is not left empty where the exercise is not written yet
    (restarted.clamp(min=1e-8), "o-", "#D55E00", "every new token at place 0"),
    (right.clamp(min=1e-8), "s-", "#0072B2", "your cache"),
)
figure, axes = plt.subplots()
for difference, style, color, label in lines:
    axes.semilogy(difference, style, color=color, label=label)
axes.set(xlabel="token", ylabel="largest difference to all at once", ylim=(5e-9, 10))
axes.set_title("Restarted at 0, it is another function from token 1 on")
axes.legend()
show(
    axes,
    "Your cache differs by rounding only; the restarted one by about 0.1 to 1 from token 1 on.",
)

# %% [markdown]
r"""
Blue is rounding; orange is another function, from token 1 on. Nothing raises, and the numbers look
like any others: that is why this mistake lives long. The test for it is the one that you have just
seen: **with and without the cache, the same numbers**.
"""

# %% [markdown]
r"""
## A whole prompt, in one pass

You have the steps. Prefill is still missing: `n` new tokens at once, behind whatever is in the
cache. Two things change, and both are about places.

```
             cache     new
             k0  k1  k2  k3  k4
new  q2       ✓   ✓   ✓   ·   ·     three new tokens, n = 3,
     q3       ✓   ✓   ✓   ✓   ·     at the places 2, 3 and 4,
     q4       ✓   ✓   ✓   ✓   ✓     with n_past = 2 before them
```

The places are several now. And the new tokens may not see each other's future, but all of the past.
"""

# %% [markdown]
r"""
**Tools.** `torch.arange(first, end)` counts from `first` and stops before `end`. The causal mask of
lesson 05 takes the number of queries and the number of keys, and lets the queries stand *last*.
Here for two new tokens behind four.
"""

# %%
print(torch.arange(4, 6))
print(attn.causal_mask(2, 6).int())

# %% [markdown]
r"""
### Exercise 13.3 · Read a prompt · ●●○ · 3 points

`cached_pass` is `cached_step` for `n` new tokens: one pass, and no loop over them. Copy what you
wrote there: one line changes, and a mask comes in.
"""


# %% tags=["exercise"] exercise="13.3" minutes=6 importance="core"
def cached_pass(
    x: torch.Tensor,
    w_q: torch.Tensor,
    w_k: torch.Tensor,
    w_v: torch.Tensor,
    past_key: torch.Tensor,
    past_value: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Causal rotary self-attention for n new tokens, with the keys and values of those before.

    x (batch, n, d_model), w_q and w_k (d_model, d_k), w_v (d_model, d_v),
    past_key (batch, n_past, d_k), rotated already, past_value (batch, n_past, d_v)
    -> output (batch, n, d_v), key (batch, n_past + n, d_k), value (batch, n_past + n, d_v)
    """
    query, new_key, new_value = x @ w_q, x @ w_k, x @ w_v  # each (batch, n, width), not rotated yet
    n, n_past = x.shape[1], past_key.shape[1]
    ### BEGIN SOLUTION
    places = torch.arange(n_past, n_past + n)  # (n,)
    query, new_key = apply_rotary(query, places), apply_rotary(new_key, places)  # (batch, n, d_k)
    key = torch.cat([past_key, new_key], dim=1)  # (batch, n_past + n, d_k)
    value = torch.cat([past_value, new_value], dim=1)  # (batch, n_past + n, d_v)
    mask = attn.causal_mask(n, n_past + n)  # (n, n_past + n)
    output, _ = scaled_dot_product_attention(query, key, value, mask)  # (batch, n, d_v)
    return output, key, value
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="13.3"
r"""
<details><summary>Hint 1: what stays</summary>

Rotating, appending and giving back stay as they are. The line of the place changes, and before you
attend, the line of the mask comes in.

</details>
<details><summary>Hint 2: the places</summary>

`n_past` tokens came before, at places 0 to `n_past - 1`. The `n` new ones stand at `n_past` and on:
`torch.arange(first, first + n)`. The same places serve queries and new keys.

</details>
<details><summary>Hint 3: the mask</summary>

The new tokens are the queries, old and new are the keys: `attn.causal_mask(n_q, n_k)`, given to
`scaled_dot_product_attention` as the fourth argument.

</details>
"""

# %% tags=["check"] exercise="13.3"
check("13.3", cached_pass, points=3)

# %% [markdown]
r"""
## Let it sing

Now let it write. In the smallest model that can, letters become vectors, one head like yours
attends, and a last matrix guesses the next letter. The next cell trains it to repeat a refrain:
six letters, any six, sung four times.
"""

# %% tags=["demo", "folded"]
torch.set_num_threads(1)  # quicker for tables as small as these
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ "
generator = torch.Generator().manual_seed(0)
letters = nn.Parameter(torch.randn(27, 32, generator=generator))  # a vector for each letter
projections = nn.Parameter(torch.randn(3, 32, 32, generator=generator) / 32**0.5)
last = nn.Parameter(torch.randn(32, 27, generator=generator) / 32**0.5)
optimizer = torch.optim.Adam([letters, projections, last], lr=0.01)
for _ in range(300):
    sung = torch.randint(27, (32, 6), generator=generator).repeat(1, 4)  # (32, 24)
    read_so_far = letters[sung[:, :-1]]  # (32, 23, 32)
    q, k, v = (read_so_far @ w for w in projections)
    blend = scaled_dot_product_attention(
        apply_rotary(q), apply_rotary(k), v, attn.causal_mask(23)
    ).output
    guess = (blend @ last)[:, 5:]  # the first time, nobody can know what comes
    loss = nn.functional.cross_entropy(guess.flatten(0, 1), sung[:, 6:].flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
letters, projections, last = (p.detach() for p in (letters, projections, last))
right = (guess.argmax(dim=-1) == sung[:, 6:]).float().mean().item()
print("right, of 100 letters:", round(100 * right))

# %% [markdown]
r"""
`sing` is decoding as it is done everywhere: your pass reads the prompt, your step writes the rest.
"""


# %%
def sing(prompt: str, steps: int) -> str:
    """Read the prompt in one pass; then write a letter a step."""
    x = letters[[ALPHABET.index(letter) for letter in prompt]][None]  # (1, n, 32)
    empty = torch.zeros(1, 0, 32)
    output, key, value = cached_pass(x, *projections, empty, empty)
    for _ in range(steps):
        letter = (output[0, -1] @ last).argmax()
        prompt += ALPHABET[letter]
        output, key, value = cached_step(letters[None, None, letter], *projections, key, value)
    return prompt


print(sing("TOKYO ", 18))

# %% [markdown]
r"""
What did it learn? Take `TOKYO T`. Six places back stands the same letter, T, and O followed it. So
look at the place after it, *five* back: that letter comes next. (The first five letters have nobody
there.)
"""

# %% tags=["demo", "folded"]
song = "TOKYO " * 3
x = letters[[ALPHABET.index(letter) for letter in song]][None]  # (1, 18, 32)
query, key, value = (x @ w for w in projections)
counted = scaled_dot_product_attention(
    apply_rotary(query), apply_rotary(key), value, attn.causal_mask(18)
).weights[0]
zero = scaled_dot_product_attention(query, key, value, attn.causal_mask(18)).weights[0]
figure, panels = plt.subplots(1, 2, figsize=(10.5, 4.6))
titles = "With places: a stripe, five back", "All at place 0: the place is lost"
for axes, weights, title in zip(panels, (counted, zero), titles, strict=True):
    plot_weights(weights, list(song), ax=axes, title=title, annotate=False)
    axes.images[0].set_clim(0, weights.max())  # or the right one would be nearly black
    figure.colorbar(axes.images[0], ax=axes, label="weight")
    axes.axhline(5.5, color="#E69F00", lw=2)
    axes.set(xlabel="letters looked at", ylabel="letters that look")
show(
    figure,
    "Weights of 18 letters over each other. Left, with places: a bright stripe five places back, "
    "and a second one eleven back. Right, all at place 0: the bright cells follow the letters and "
    "not the distance. A line after the sixth row parts the prompt from what is written.",
)

# %% [markdown]
r"""
Look for the stripe on the left, five places back. The rows above the line are the prompt: one pass
makes all six. Each row below is one step. On the right is the same model with the forgotten places.
This is what it writes then:
"""


# %% tags=["demo", "nbval-ignore-output"]
def sing_lost(prompt: str, steps: int) -> str:
    """The same model, without a cache, every letter at place 0."""
    for _ in range(steps):
        x = letters[[ALPHABET.index(letter) for letter in prompt]][None]  # (1, n, 32)
        query, key, value = (x @ w for w in projections)
        output = scaled_dot_product_attention(query[:, -1:], key, value).output
        prompt += ALPHABET[(output[0, -1] @ last).argmax()]
    return prompt


print(sing_lost("TOKYO ", 18))

# %% [markdown]
r"""
It stammers. It still knows *what* stood in the text, and no longer *where*.

**Make it yours.** Give it six letters of your own (A to Z and spaces): your name, your town. Then
a word of seven, FINLAND. Which letters does it sing, and why?

<details><summary>What happens</summary>

It looks five places back. So it goes on with the last six letters, and not with F: FINLAND INLAN.
And now? The letter sung last is the 12th, N. Five back stands the 7th, D. Eleven back, in the
second stripe, stands the 1st, F. In a refrain of six, both would be the same letter. Here they
differ, and F may win: INLANF.

</details>
"""

# %% tags=["demo", "nbval-ignore-output"]
my_word = "Banana"  # yours
word = "".join(letter for letter in my_word.upper() if letter in ALPHABET)
print(sing(word, 12), "and", sing_lost(word, 12))

# %% [markdown]
r"""
**What we built.** In [`attn/cache.py`](../lib/attn/cache.py), `append` is your `torch.cat`, with
room kept ready, so that a long text is not copied at every step.
[`attn/heads.py`](../lib/attn/heads.py) counts the places as you did.
"""

# %% [markdown]
r"""
## Going further: tokens a second

*{minutes} minutes.* Derived: to write 256 tokens without a cache, 128 times as many are read.
`attn.generate` writes with and without.

**Predict before you run.** Does it take 128 times as long, too? More, or less?
"""


# %%
def write(new: int, cache: bool) -> torch.Tensor:
    """Always the most probable token -> (1, 1 + new)"""
    start = torch.tensor([[1]])
    return attn.generate(model, start, max_new_tokens=new, temperature=0.0, cache=cache)


print("the same 128 tokens:", torch.equal(write(128, True), write(128, False)))

# %% tags=["demo", "nbval-ignore-output"]
for new in (64, 128, 256):
    fast, slow = (cpu_seconds(write, new, cache) for cache in (True, False))
    print(
        f"{new:3} tokens, without a cache: {(new + 1) / 2:5.1f} times as many read, "
        f"times as long: {slow / fast:4.1f}"
    )

# %% [markdown] measured={"256 tokens, without a cache": [128, 129], "times as long": [1.2, 12]}
r"""
By the clock the cache wins by a few times at 256 tokens, not by 128, and now you know why: without
a cache every step is a prefill, and a prefill is quick for each token. The gap widens with every
token.

The speed *with* a cache is not constant for ever either: each new token looks through the whole
cache once. Lesson 14 has an attention whose step costs the same at any place.
"""

# %% [markdown]
r"""
## Going further: how many conversations?

*{minutes} minutes.* The same card, with sliders: the weights of Llama 3 8B, and the caches beside
them. How long may the conversations be if there are to be 40 of them, with 8 kv heads? With 1?

<details><summary>What fits</summary>

9 GiB are left for 40. With 8 kv heads that is some 1,840 tokens each (1 on the slider, which goes
in steps of 1024), with 1 kv head some 14,700 (14 on the slider).

</details>
"""


# %% tags=["explore", "folded"]
def serve(conversations: int, thousand_tokens: int, kv_heads: int):
    cache = cache_bytes(conversations, 1024 * thousand_tokens, 4096, 32, kv_heads, 32) / 2**30
    figure, axes = plt.subplots(figsize=(7.5, 2.4))
    axes.barh(0, 15, color="#56B4E9", label="weights")
    axes.barh(0, cache, left=15, color="#D55E00", label="caches")
    axes.axvline(24, color="black", ls="--")
    axes.set(xlim=(0, max(60, 1.05 * (15 + cache))), ylim=(-0.5, 0.9), yticks=[])
    axes.set(xlabel="GiB (dashed: 24)")
    verdict = "fits" if 15 + cache <= 24 else "does not fit"
    axes.set_title(f"{cache:.3g} GiB of caches: {verdict} into 24 GiB")
    axes.legend(loc="upper right", ncols=2)
    return show(figure, f"Weights 15 GiB and caches {cache:.3g} GiB: {verdict} into 24 GiB.")


explore(serve, conversations=(1, 80, 1, 4), thousand_tokens=(1, 32, 1, 8), kv_heads=[8, 32, 1])

# %% [markdown] tags=["deep-dive"]
r"""
## Deep dive: fewer bytes still

*{minutes} minutes.* Nothing in later lessons needs this section.

**Fewer kv heads, by the clock.** One step of one layer of Llama 3 8B, after 8192 tokens. 32 queries
meet 8192 keys each, so the multiplications are the same in all three.
"""

# %% tags=["demo", "nbval-ignore-output"]
for name, num_kv_heads in (("MHA", 32), ("GQA", 8), ("MQA", 1)):
    key, value = torch.ones(2, 1, num_kv_heads, 8192, 128)  # (batch, kv heads, n, d_head) each
    query = torch.ones(1, num_kv_heads, 32 // num_kv_heads, 128)  # who shares keys, lines up
    taken = cpu_seconds(scaled_dot_product_attention, query, key, value)
    count = multiply_adds(scaled_dot_product_attention, query, key, value)
    print(f"{name}  {count:,} multiplications   milliseconds: {1000 * taken:.1f}")

# %% [markdown]
r"""
The fewer kv heads, the faster: what takes the time is fetching keys and values.

**Latent attention.** DeepSeek-V2 (2024) shrinks the cache in another way, and calls it *multi-head
latent attention*. For each token it keeps one short vector $c$, from which keys and values of all
heads could be made: $k = c\,W_{up}$. But they are never made. Move the brackets:

$$q \cdot (c\,W_{up}) = (q\,W_{up}^\top) \cdot c$$

The query goes *down* to the short vectors, once for each step, and meets them there.
"""

# %%
torch.manual_seed(0)
c, w_up = torch.randn(1000, 16), torch.randn(16, 64)  # (n, d_c) and (d_c, d_head)
q = torch.randn(1, 64)  # (1, d_head)
long_way, short_way = q @ (c @ w_up).T, (q @ w_up.T) @ c.T  # (1, n) each
print("the same scores:", torch.allclose(long_way, short_way, atol=1e-3))
counts = [multiply_adds(f) for f in (lambda: q @ (c @ w_up).T, lambda: (q @ w_up.T) @ c.T)]
print(f"multiplications: {counts[0]:,} against {counts[1]:,}")

# %% [markdown]
r"""
A rotation by places stands in the way: it would come between $q$ and $W_{up}$, and be another one
for each token. So a second, small key of 64 numbers carries the places, and is kept beside the 512
of $c$. DeepSeek-V2 has 128 heads, each 128 wide. What is kept for each token and layer:
"""

# %%
mha, latent = 2 * 128 * 128, 512 + 64
heads = latent / (2 * 128)  # a kv head keeps a key and a value
print(f"numbers for each token: MHA {mha:,}, latent {latent}, as many as {heads} kv heads")

# %% [markdown]
r"""
The paper says the same: as much as GQA with 2.25 kv heads.

**Claim, measured.** Its summary says that the cache is smaller *by 93.3 percent* than that of
DeepSeek 67B, which has 95 layers and 8 kv heads of width 128. Is it latent attention that does it?
DeepSeek-V2 has 60 layers; and as it is run, the paper says further down, a number of its cache
takes 6 bits on average, not 16.
"""

# %%
before, after = 95 * 2 * 8 * 128, 60 * (512 + 64)  # numbers for each token
print(f"fewer numbers: by {1 - after / before:.1%}")
print(f"fewer bits:    by {1 - 6 * after / (16 * before):.1%}")

# %% [markdown]
r"""
The sentence holds, for both savings together. Latent attention and fewer layers take away 82
percent; the rest of the way to 93 is rounding to 6 bits on average.
"""

# %% [markdown]
r"""
## The quiz

Five questions; one of them asks for a number.
"""

# %% tags=["quiz"]
quiz("13")

# %% [markdown]
r"""
## In five lines

1. What was computed for a causal token stays true, so keys and values are kept: the KV cache.
2. A prompt is read in one pass, prefill; an answer is written in steps. For each token, reading is
   many times as fast.
3. Append along the tokens, and go on counting places. With and without: the same numbers.
4. New tokens stand last, so the causal mask of `n` rows and `n_past + n` columns fits.
5. A cache grows with layers, texts, tokens and kv heads. Query heads that share keys cut it.

**Words learnt**: decoding, prompt, prefill, KV cache, kv head, MHA, GQA, MQA.

**Next**: [14 · Linear attention](14_linear_attention.ipynb), a memory that never grows.
"""

# %% tags=["progress"]
progress("13")

# %% [markdown]
r"""
### References

- N. Shazeer (2019). *Fast Transformer Decoding: One Write-Head is All You Need.* arXiv
  [1911.02150](https://arxiv.org/abs/1911.02150)
- J. Ainslie et al. (2023). *GQA: Training Generalized Multi-Query Transformer Models from
  Multi-Head Checkpoints.* arXiv [2305.13245](https://arxiv.org/abs/2305.13245)
- R. Pope et al. (2022). *Efficiently Scaling Transformer Inference.* arXiv
  [2211.05102](https://arxiv.org/abs/2211.05102). Prefill and decoding, and what each waits for.
- Llama Team (2024). *The Llama 3 Herd of Models.* arXiv
  [2407.21783](https://arxiv.org/abs/2407.21783). The sizes are those in the `config.json` of
  Meta-Llama-3-8B.
- DeepSeek-AI (2024). *DeepSeek-V2: A Strong, Economical, and Efficient Mixture-of-Experts Language
  Model.* arXiv [2405.04434](https://arxiv.org/abs/2405.04434)
"""
