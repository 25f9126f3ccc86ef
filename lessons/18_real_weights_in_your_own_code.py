# %% [markdown]
r"""
# 18 · Real weights in your own code

**By the end you can**

1. read a published file of weights with a few lines of your own;
   <!-- quiz: where-the-numbers-begin -->
2. cut any word into pieces that a vocabulary knows; <!-- quiz: longest-piece-first -->
3. prove that your model is the published one, and say why a good search proves nothing;
   <!-- quiz: invisible-in-search -->
4. tell a head that looks somewhere from a head that rests; <!-- quiz: a-head-at-rest -->
5. search by meaning, and say what such a search can't know. <!-- quiz: near-and-opposite -->

*About {minutes} minutes · needs [02 · Many heads](02_many_heads.ipynb) and
[06 · The Transformer](06_the_transformer.ipynb) · runs a published encoder on `attn`, and builds
what `course.models` does*

> **In one breath.** You have built a piano, string by string. Now a stranger hands you the tuning
> of a concert grand: 22 million numbers in a file. If your piano is built right, it will sound like
> the grand, to the fifth decimal. If it is built nearly right, you may not hear it.
"""

# %%
import copy
import json

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from IPython.display import display

import attn
from attn.plotting import plot_weights
from course import check, explore, paths, progress, quiz, show
from course.models import have, load_minilm, need
from course.results import saved_rows

torch.set_num_threads(1)

# %% [markdown]
r"""
## From memory

A few minutes, before anything new, and without looking back. Nothing here is graded.
"""

# %% tags=["recall"]
from course import recall

recall("18")


# %% tags=["recall"]
# From memory: the heads, laid side by side. Then check("02.2", from_memory, points=0)
### BEGIN SOLUTION
def from_memory(x):
    return x.transpose(1, 2).flatten(2)


check("02.2", from_memory, points=0)
### END SOLUTION

# %% [markdown]
r"""
## I love Tokyo, for real

All models that you trained were small. **all-MiniLM-L6-v2** was trained by others, on a billion
pairs of texts that belong together, for searching by meaning. It is an *encoder*, the left
tower of lesson 06: 6 layers of 12 heads, 384 features.

It comes as a package of files (Apache-2.0). If it is not installed, the next cell says how to get
it. All exercises can be done without it; what needs it is then in the solved notebook only.
"""

# %% tags=["nbval-ignore-output"]
here = have("MiniLM")  # whether its file is on this machine
NEEDS_MODEL = "(This needs MiniLM: see the solved notebook.)"
if here:
    print("here:", need("MiniLM").name, f"· {need('MiniLM').stat().st_size:,} bytes")

# %% [markdown]
r"""
For a first look, the library reads it; later you do. The model puts a token **[CLS]** before each
text and **[SEP]** behind it.

**Predict before you run.** The textbook's picture of attention has *tokyo* look at *love*. There
are 72 heads. Whom does *tokyo* look at in the mean of all of them?
"""

# %% tags=["demo", "folded", "nbval-ignore-output"]
words = ["[CLS]", "i", "love", "tokyo", "[SEP]"]
if here:
    model, tokenizer = load_minilm()
    maps = []
    model(torch.tensor([tokenizer.encode("I love Tokyo")]), maps=maps)
    weights_of_heads = torch.stack(maps)[:, 0]  # (layers=6, heads=12, n_q=5, n_k=5)
    mean = weights_of_heads.mean(dim=(0, 1))  # (5, 5)
    print(f"mean of 72 heads: tokyo at [CLS] {mean[3, 0]:.2f}, at love {mean[3, 2]:.2f}")
else:
    print(NEEDS_MODEL)

# %% tags=["demo", "folded", "nbval-ignore-output"]
if here:
    figure, panels = plt.subplots(1, 3, figsize=(10, 3.4))
    chosen = {
        "The mean of all 72": mean,
        "0.2: the word before": weights_of_heads[0, 2],
        "3.1: love looks at tokyo": weights_of_heads[3, 1],
    }
    for panel, (title, weights_of_head) in zip(panels, chosen.items(), strict=True):
        plot_weights(weights_of_head, words, title=title, ax=panel)
    figure.suptitle("The mean looks at [CLS]; single heads look elsewhere", fontweight="bold")
    display(
        show(
            figure,
            "Three maps of I love Tokyo. The mean of 72 heads has a bright first column, [CLS], in "
            "all rows. Head 2 of layer 0 has a bright diagonal one to the left: each word looks at "
            "the word before. In head 1 of layer 3 the row of love is bright at tokyo.",
        )
    )
else:
    print(NEEDS_MODEL)

# %% [markdown] measured={"tokyo at [CLS]": [0.6, 0.85], "at love": [0.02, 0.15]}
r"""
Look at the first column on the left: three quarters of *tokyo*'s weight lie on [CLS], and less than
a tenth on *love*. Then look at two single heads. (0.2 is head 2 of layer 0; both count from 0.) In
0.2 *tokyo* does look at *love*, but by place alone: each word looks at the one before. In 3.1
*love* looks at *tokyo*. (It is one sentence: *chased* or *wrote* give [CLS] most of their weight
there.)

So heads that look at one word exist. In the mean they drown. **Show heads, never the mean.** Why so
many look at [CLS] comes later. First, read the file yourself.
"""

# %% [markdown]
r"""
## Eight bytes, a table, the numbers

Weights are mostly published as **safetensors**, a format
[described](https://huggingface.co/docs/safetensors) in a few lines:

```
8 bytes      length of the table, smallest byte first ("little-endian")
`length`     the table, as JSON: each tensor's dtype, shape, data_offsets
the rest     the numbers, one tensor after the other
```

`data_offsets` are begin and end, in bytes, **counted from where the numbers begin**. A number of
dtype F32 has 4 bytes.

Here is such a file of 144 bytes, made by hand: two numbers called *b*, and four called *w*.
"""

# %%
small_table = (
    b'{"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},'
    b'"w":{"dtype":"F32","shape":[2,2],"data_offsets":[8,24]}}  '
)
six_numbers = np.array([0.5, 1.5, 1, 2, 3, 4], dtype=np.float32).tobytes()  # 24 bytes
small_file = np.array(
    [*len(small_table).to_bytes(8, "little"), *small_table, *six_numbers], dtype=np.uint8
)
print(len(small_file), "bytes; the first 12:", small_file[:12])

# %% [markdown]
r"""
**Tools.** The array holds one whole number from 0 to 255 for each byte. Slices of it become what
you need:
"""

# %%
print(int.from_bytes(small_file[:8].tobytes(), "little"), "is the length of the table")
print(json.loads(b'{"shape":[2,2]}')["shape"], "· JSON becomes a dict")
print(small_file[-8:].view(np.float32), "· 8 bytes, seen as numbers of 4 bytes")
print(torch.from_numpy(np.arange(4.0)).reshape([2, 2]).tolist(), "· with a shape")

# %% [markdown]
r"""
### Exercise 18.1 · Read a tensor from a file · ●○○ · 2 points

From the bytes of a file and a name, give back that tensor. All of them are F32.
"""


# %% tags=["exercise"] exercise="18.1" minutes=7 importance="core"
def read_tensor(raw: np.ndarray, name: str) -> torch.Tensor:
    """One tensor of a safetensors file.

    raw (bytes,), a whole number from 0 to 255 for each byte -> a tensor of the shape in the table
    """
    ### BEGIN SOLUTION
    start = 8 + int.from_bytes(raw[:8].tobytes(), "little")  # where the numbers begin
    entry = json.loads(raw[8:start].tobytes())[name]
    begin, end = entry["data_offsets"]
    numbers = raw[start + begin : start + end].view(np.float32)
    return torch.from_numpy(numbers).reshape(entry["shape"])
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="18.1"
r"""
<details><summary>Hint 1: in which order?</summary>

The length first. It tells where the table ends, which is where the numbers begin. The table's entry
tells which of the numbers are yours, and their shape.

</details>
<details><summary>Hint 2: where the numbers begin</summary>

The table stands *behind* the 8 bytes of its length. Call the place behind the table `start`: the
offsets count from there.

</details>
<details><summary>Hint 3: bytes into numbers</summary>

Cut the bytes from `start + begin` to `start + end`, then `.view(np.float32)`, then
`torch.from_numpy`, then the shape.

</details>
"""

# %% tags=["check"] exercise="18.1"
check("18.1", read_tensor, points=2)

# %% [markdown]
r"""
Now the real file. `np.fromfile` reads its bytes, and your function does the rest, name by name.
(Two entries are no F32 tensors, and a "pooler" belongs to another task: left out.)
"""

# %% tags=["demo", "folded", "nbval-ignore-output"]
weights = {}
if here:
    raw = np.fromfile(need("MiniLM"), dtype=np.uint8)
    entries = json.loads(raw[8 : 8 + int.from_bytes(raw[:8].tobytes(), "little")].tobytes())
    names = [name for name in entries if "encoder." in name or "embeddings." in name]
    names.remove("embeddings.position_ids")  # 0, 1, 2, ...
    weights = {name: read_tensor(raw, name) for name in names}
    print(f"{len(weights)} tensors, {sum(x.numel() for x in weights.values()):,} numbers")
    print("embeddings:", *(tuple(weights[n].shape) for n in names if "embeddings.w" in n))
else:
    print(NEEDS_MODEL)

# %% [markdown]
r"""
22.6 million numbers, read by your own code. Half of them are one table: a vector of 384
for each of 30,522 tokens. What are those tokens?
"""

# %% [markdown]
r"""
## Words it never saw

No table holds every word. **WordPiece**, the tokenizer of BERT, keeps 30,522 *pieces* and spells
the rest with them. A piece that goes on within a word begins with `##`. The rule is greedy: take
the longest beginning of the word that is a piece, then the longest beginning of the rest, and so
on. If some rest can't be spelt, the whole word becomes **[UNK]**, unknown.

By hand, *unbelievably*, where the vocabulary holds *un, believable, ##believ, ##ab, ##ably*:

```
unbelievably   longest known beginning:     un
  believably   longest known, with ## :     ##believ    (believable begins words only)
        ably   longest known, with ## :     ##ably      (##ab is shorter)
```
"""

# %% [markdown]
r"""
**Tools.** A range can count down. And a `for` loop may have an `else`: it runs if no `break` came.
"""

# %%
for end in range(len("cats"), 0, -1):
    print("cats"[:end], end=" ")
    if "cats"[:end] in {"cat": 7, "c": 8}:
        break
else:
    print("nothing fits")

# %% [markdown]
r"""
### Exercise 18.2 · The pieces of a word · ●●○ · 3 points

`ids` is a dict from pieces to their numbers, which are what the model reads. Give the numbers of
the word's pieces, or that of `"[UNK]"` alone. The loop over pieces stands there: find the one that
begins at `start`, and leave `end` where it ends.
"""


# %% tags=["exercise"] exercise="18.2" minutes=8 importance="core"
def pieces_of(word: str, ids: dict[str, int]) -> torch.Tensor:
    """A word as tokens: the longest known piece first, from left to right.

    word in small letters -> whole numbers (number of pieces,)
    """
    found, end = [], 0
    while end < len(word):
        start, end = end, len(word)  # a piece begins where the last one ended
        ### BEGIN SOLUTION
        for end in range(len(word), start, -1):
            piece = ("##" if start else "") + word[start:end]
            if piece in ids:
                break
        else:
            return torch.tensor([ids["[UNK]"]])
        found.append(ids[piece])
        ### END SOLUTION
    return torch.tensor(found)


# %% [markdown] tags=["hint"] exercise="18.2"
r"""
<details><summary>Hint 1: a loop in the loop</summary>

Look for the longest piece that begins at `start`, as the box above does for a word: `end` counts
down to `start + 1`. Stop at the first that is known, and append its number.

</details>
<details><summary>Hint 2: the mark</summary>

Only where `start` is not 0 is a piece called `"##" + letters` in the vocabulary.

</details>
<details><summary>Hint 3: nothing fits</summary>

If not even one letter is known, the answer is `[UNK]` at once, whatever was found before.

</details>
"""

# %% tags=["check"] exercise="18.2"
check("18.2", pieces_of, points=3)

# %% [markdown]
r"""
The library cuts a text into words (small letters, accents off, punctuation apart), and your
function cuts the words.
"""

# %% tags=["demo", "folded", "nbval-ignore-output"]
from course.models.wordpiece import words as split_into_words


def tokens_of(text: str) -> torch.Tensor:
    """[CLS], the pieces of each word, [SEP] -> (n,)"""
    parts = [pieces_of(word, ids) for word in split_into_words(text)]
    return torch.cat([torch.tensor([ids["[CLS]"]]), *parts, torch.tensor([ids["[SEP]"]])])


if here:
    vocabulary = need("MiniLM").with_name("vocab.txt").read_text(encoding="utf-8").splitlines()
    ids = {piece: number for number, piece in enumerate(vocabulary)}
    for text in ("I love Tokyo.", "Tokenizers are unbelievably useful", "東京が好きです"):
        print(*(vocabulary[i] for i in tokens_of(text)))
else:
    print(NEEDS_MODEL)

# %% [markdown]
r"""
The Japanese for *I like Tokyo* loses its very *like*: 好 is [UNK], and が and で lost their dots
with the accents. This model reads English. It will give a vector for the other text as well, and no
warning.
"""

# %% [markdown]
r"""
## Sixteen names a layer

Your `EncoderLayer` of lesson 06 and a layer of this file hold the same sixteen tensors under other
names. The model is BERT, small: the **norm stands after** each sum.
"""

# %% tags=["demo", "folded"]
layer = attn.EncoderLayer(384, 12, norm_first=False, norm_eps=1e-12)
for name, x in layer.state_dict().items():
    if name.endswith("weight"):
        print(f"  {name:36} {tuple(x.shape)}")

# %% [markdown]
r"""
Each has a bias too. And the file, for each layer:

```
attention.self.query.weight          (384, 384)
attention.self.key.weight            (384, 384)
attention.self.value.weight          (384, 384)
attention.output.dense.weight        (384, 384)
attention.output.LayerNorm.weight    (384,)
intermediate.dense.weight            (1536, 384)
output.dense.weight                  (384, 1536)
output.LayerNorm.weight              (384,)
```

Four matrices have the same shape, and so have the two norms. If you exchange two of those, nothing
raises. (Both sides keep a matrix as `nn.Linear` does, (d_out, d_in): no number changes.)
"""

# %% [markdown]
r"""
### Exercise 18.3 · Whose is whose? · ●●○ · 2 points

Give the sixteen tensors under `attn`'s names. Four of eight pairs stand in the table: add the other
four, such as `table["output.dense"] = …`.
"""


# %% tags=["exercise"] exercise="18.3" minutes=5 importance="core"
def renamed_layer(theirs: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """A layer's weights, named as attn.EncoderLayer names them.

    theirs  "attention.self.query.weight" (d_model, d_model) and fifteen more, without a prefix
    """
    table = {
        "attention.self.query": "self_attention.query_proj",
        "attention.self.key": "self_attention.key_proj",
        "attention.self.value": "self_attention.value_proj",
        "intermediate.dense": "feed_forward.up_proj",
    }
    ### BEGIN SOLUTION
    table["attention.output.dense"] = "self_attention.out_proj"
    table["attention.output.LayerNorm"] = "self_attention_residual.norm"
    table["output.dense"] = "feed_forward.down_proj"
    table["output.LayerNorm"] = "feed_forward_residual.norm"
    ### END SOLUTION
    renamed = {}
    for name, x in theirs.items():
        part, _, leaf = name.rpartition(".")  # leaf is "weight" or "bias"
        renamed[f"{table[part]}.{leaf}"] = x
    return renamed


# %% [markdown] tags=["hint"] exercise="18.3"
r"""
<details><summary>Hint 1: what goes where</summary>

The order of work in a layer is the same on both sides: query, key, value; the projection behind the
heads; the norm of that sum; wider; narrower; the norm of that sum.

</details>
<details><summary>Hint 2: two of each</summary>

Two names end in `output.dense`, and two in `LayerNorm`. The one that begins with `attention`
belongs to the attention; the other belongs to the feed-forward network.

</details>
"""

# %% tags=["check"] exercise="18.3"
check("18.3", renamed_layer, points=2)

# %% [markdown]
r"""
Now it comes together. A token's first vector is a sum of three: its piece's, its place's, and one
for "first text" (BERT was trained on pairs of texts). Then a norm, then six layers, each with the
names that you gave.
"""


# %% tags=["demo", "folded", "nbval-ignore-output"]
def embed(tokens: torch.Tensor) -> torch.Tensor:
    """tokens (n,) -> (1, n, 384)"""
    piece, place, kind = (
        weights[f"embeddings.{name}_embeddings.weight"]
        for name in ("word", "position", "token_type")
    )
    x = piece[tokens] + place[: len(tokens)] + kind[0]  # (n, 384)
    scale, shift = (weights[f"embeddings.LayerNorm.{leaf}"] for leaf in ("weight", "bias"))
    return F.layer_norm(x, (384,), scale, shift, eps=EPS)[None]


# %% tags=["demo", "nbval-ignore-output"]
EPS, layers = 1e-12, []
for i in range(6 if here else 0):
    first = f"encoder.layer.{i}."
    theirs = {n.removeprefix(first): x for n, x in weights.items() if n.startswith(first)}
    layers.append(attn.EncoderLayer(384, 12, norm_first=False, norm_eps=EPS))
    layers[i].load_state_dict(renamed_layer(theirs))


# %% tags=["demo", "folded", "nbval-ignore-output"]
@torch.no_grad()
def encode(text: str, maps: list | None = None) -> torch.Tensor:
    """A vector for each token -> (n, 384)"""
    x = embed(tokens_of(text))
    for layer in layers:
        x = layer(x, maps=maps)
    return x[0]


# %% [markdown]
r"""
## The same, to five decimals

Is it *that* model? We asked the reference, the library `transformers`, for ten nasty texts:
accents, Japanese, emoji, a word of 28 letters. Its tokens, and 8 of the 384 numbers of each token
at the end, lie in a file beside this lesson.
"""

# %% tags=["demo", "nbval-ignore-output"]
reference = saved_rows("18", "reference") if here else []
far = [
    (encode(row["text"])[:, ::48] - torch.tensor(row["hidden"])).abs().max().item()
    for row in reference
]
if here:
    same = sum(tokens_of(row["text"]).tolist() == row["tokens"] for row in reference)
    print(f"tokens: {same} of {len(reference)} texts alike")
    print(f"vectors differ by less than 1e-5: {max(far) < 1e-5}")
else:
    print(NEEDS_MODEL)

# %% [markdown]
r"""
Your loader, your tokenizer, your layers, their numbers. What differs is rounding.

Why five decimals? A text's vector is the mean of its tokens' vectors, and two texts are compared
by the **cosine** of the angle between them: 1 for the same direction. Here are five mistakes in
loading weights. None of them raises. (`eps` is the tiny number that a norm adds below the root.)

**Predict before you run.** Which of them does the cosine between the right and the faulty vector of
a text show: a norm with the wrong `eps`, another gelu, query and key exchanged, "first text"
forgotten, norm before in place of after?
"""


# %% tags=["demo", "folded", "nbval-ignore-output"]
def set_all(kind: type, name: str, value) -> None:
    for module in (m for layer in layers for m in layer.modules() if isinstance(m, kind)):
        setattr(module, name, value)


def exchange_roles() -> None:
    for attention in (layer.self_attention for layer in layers):
        attention.query_proj, attention.key_proj = attention.key_proj, attention.query_proj


def another_gelu() -> None:
    attn.feed_forward.ACTIVATIONS["tanh"] = lambda x: F.gelu(x, approximate="tanh")
    set_all(attn.feed_forward.FeedForward, "activation", "tanh")


# %% tags=["demo", "folded", "nbval-ignore-output"]
def no_first_text() -> None:
    weights["embeddings.token_type_embeddings.weight"] = torch.zeros(2, 384)


def larger_eps() -> None:
    global EPS
    EPS = 1e-5
    set_all(torch.nn.LayerNorm, "eps", EPS)


# %% tags=["demo", "folded", "nbval-ignore-output"]
MISTAKES = {
    "1e-5, not 1e-12, as eps": larger_eps,
    "tanh, not the exact gelu": another_gelu,
    "query and key exchanged": exchange_roles,
    "'first text' forgotten": no_first_text,
    "norm before, not after": lambda: set_all(attn.layers.Residual, "norm_first", True),
}
right_layers, right_weights = layers, weights
right = [encode(row["text"]) for row in reference]
hidden_off, cosine = [], []
for spoil in MISTAKES.values() if here else ():
    layers, weights, EPS = copy.deepcopy(right_layers), dict(right_weights), 1e-12
    spoil()
    faulty = [encode(row["text"]) for row in reference]
    pairs = list(zip(faulty, right, strict=True))
    hidden_off.append(max((a - b).abs().max().item() for a, b in pairs))
    cosine.append(min(F.cosine_similarity(a.mean(0), b.mean(0), dim=0).item() for a, b in pairs))
layers, weights, EPS = right_layers, right_weights, 1e-12

# %% tags=["demo", "folded", "nbval-ignore-output"]
if here:
    for name, off, c in zip(MISTAKES, hidden_off, cosine, strict=True):
        print(f"{name} off by {off:.4f}, worst cosine {c:.3f}")
    figure, (left, right_panel) = plt.subplots(1, 2, figsize=(10, 2.8), sharey=True)
    places = range(len(MISTAKES))
    left.barh(places, hidden_off, left=1e-5, color="#0072B2")
    left.axvline(1e-5, color="black", ls="--")
    left.set(xscale="log", xlim=(3e-6, 1e3), xlabel="largest difference (dashed: 1e-5)")
    left.set(yticks=places, yticklabels=list(MISTAKES))
    left.set_title("The numbers see all five")
    left.invert_yaxis()
    seen = ["#D55E00" if c < 0.999 else "#999999" for c in cosine]
    right_panel.barh(places, cosine, color=seen)
    right_panel.set(xlim=(0, 1.05), xlabel="cosine, worst of ten texts (1: alike)")
    right_panel.set_title("The cosine misses two")
    display(
        show(
            figure,
            "Five mistakes in loading. Left, all of them move the numbers far beyond 1e-5. Right, "
            "the cosine between right and faulty sentence vectors is 1.000 for the wrong eps and "
            "for the other gelu, and far below 1 for the rest.",
        )
    )
else:
    print(NEEDS_MODEL)

# %% [markdown] measured={"as eps off by": [0.001, 0.01], "exact gelu off by": [0.001, 0.02]}
r"""
Look at the two grey bars. With a wrong `eps` or another gelu the numbers are off by some
thousandths, hundreds of times as much as rounding may do, and the cosine says 1.000. A search would
find the same texts. So a search that works is no proof: **the test of a loader compares numbers, to
five decimals**.
"""

# %% [markdown]
r"""
## 72 heads on one page

What do the heads of a real model do? Take 12 sentences, and for each head the mean weight that a
word gives to four places: **[CLS]**, the word **before**, the word **after**, and the **same word**
elsewhere in the sentence.
"""

# %% tags=["demo", "folded", "nbval-ignore-output"]
texts = json.loads((paths.DATA / "texts_18.json").read_text(encoding="utf-8"))
PLACES = ("[CLS]", "word before", "word after", "same word")
looks = {place: [] for place in PLACES}  # each a list of (layers, heads)
for row in texts["sentences"] if here else ():
    maps, tokens = [], tokens_of(row["text"]).tolist()
    encode(row["text"], maps)
    weights_of_heads = torch.stack(maps)[:, 0]  # (layers, heads, n, n)
    last = len(tokens) - 1  # [SEP]
    for i in range(1, last):
        elsewhere = [j for j in range(1, last) if j != i and tokens[j] == tokens[i]]
        before, after = [i - 1] if i > 1 else [], [i + 1] if i + 1 < last else []
        for place, keys in zip(PLACES, ([0], before, after, elsewhere), strict=True):
            if keys:
                looks[place].append(weights_of_heads[:, :, i, keys].sum(dim=-1))
grids = {place: torch.stack(found).mean(dim=0) for place, found in looks.items() if found}

# %% tags=["demo", "folded", "memorable", "nbval-ignore-output"]
if here:
    figure, panels = plt.subplots(2, 2, figsize=(9.5, 6), sharex=True, sharey=True)
    for panel, (place, grid) in zip(panels.flat, grids.items(), strict=True):
        image = panel.imshow(grid, cmap="cividis", vmin=0, vmax=1, aspect="auto")
        layer, head = divmod(int(grid.argmax()), 12)
        most = f"most {grid.max():.2f} ({layer}.{head})"
        panel.set_title(f"{place}: {int((grid > 0.4).sum())} above 0.4, {most}", fontsize=10)
        panel.set(xticks=range(12), yticks=range(6))
        panel.grid(False)
        frame = plt.Rectangle((head - 0.5, layer - 0.5), 1, 1, fill=False, ec="red", lw=2)
        panel.add_patch(frame).set_clip_on(False)
    figure.supylabel("layer")
    figure.supxlabel("head")
    figure.colorbar(image, ax=list(panels.flat), label="mean weight", ticks=[0, 0.5, 1])
    resting = int((grids["[CLS]"] > 0.4).sum())
    figure.suptitle(f"{resting} of 72 heads rest on [CLS]; a few look at a word", fontweight="bold")
    print(f"heads that give [CLS] more than 0.4: {resting} of 72")
    alt = (
        f"Four tables of 6 layers by 12 heads. [CLS]: {resting} of 72 above 0.4, from layer 1 on. "
        "Word before: one bright cell, 0.2. Word after: 1.8. Same word: 0.8, fainter."
    )
    display(show(figure, alt))
else:
    print(NEEDS_MODEL)

# %% [markdown] measured={"more than 0.4": [40, 48]}
r"""
Look at the upper left: over 40 of 72 heads give more than 0.4 to a token that stands for no word.
(Spread evenly over these sentences, it would get about 0.07.) A softmax has to spend its 1
somewhere. Clark et al. (2019), who saw the like in BERT (from its middle layers on, at [SEP]),
suppose that a head looks there when it has **nothing to report**. That can be tested: cut all these
heads, and the senses of words such as *bank* stay nearly as far apart; cut the others, and they
fall together (*Going further*). So a bright cell is no sign of importance.

Red frames show the highest of each table. Head 0.2 is the one that you met at the start: the word
before, nearly always. Head 1.8 looks at the word after; 0.8, less often, at the same word.
"""

# %% [markdown]
r"""
## Search by meaning

The model was trained so that the *mean* of a text's vectors stands for the text. With that, a
search is a product and a `topk`.
"""


# %% tags=["demo", "nbval-ignore-output"]
def vector(text: str) -> torch.Tensor:
    """What a text means, as a vector of length 1 -> (384,)"""
    return F.normalize(encode(text).mean(dim=0), dim=0)


def search(query: str, k: int = 2) -> None:
    near = shelf @ vector(query)  # (24,): cosines, since all vectors have length 1
    print(query)
    for i in near.topk(k).indices.tolist():
        print(f"   {near[i]:.2f}  {sentences[i]}")


if here:
    sentences = [row["text"] for row in texts["pairs"]]
    shelf = torch.stack([vector(text) for text in sentences])  # (24, 384)
    for query in ("which city governs the Japanese?", "my software has a bug"):
        search(query)
else:
    print(NEEDS_MODEL)

# %% tags=["demo", "folded", "nbval-ignore-output"]
if here:
    questions = [row["question"] for row in texts["pairs"]]
    asked = torch.stack([vector(question) for question in questions])  # (24, 384)
    hits = int(((asked @ shelf.T).argmax(dim=1) == torch.arange(24)).sum())
    bags = [[set(split_into_words(text)) for text in kind] for kind in (questions, sentences)]
    shared = torch.tensor([[len(q & s) / len(q | s) for s in bags[1]] for q in bags[0]])
    others = shared.masked_fill(torch.eye(24, dtype=torch.bool), -1).amax(dim=1)
    by_words = int((shared.diagonal() > others).sum())
    print(f"by meaning: {hits} of 24 questions find their sentence; by shared words: {by_words}")
else:
    print(NEEDS_MODEL)

# %% [markdown] measured={"by meaning": [22, 24], "by shared words": [0, 3]}
r"""
Hardly a word is shared between questions and sentences, and still nearly all find theirs. That is
what the model is used for.

Does it *understand*, then? Take *The shop closes at six.* Which is nearer to it: its opposite, or
what follows from it?
"""

# %% tags=["demo", "nbval-ignore-output"]
if here:
    closes = vector("The shop closes at six.")
    for text in ("The shop opens at six.", "You can't buy anything there after six o'clock."):
        print(f"   {closes @ vector(text):.2f}  {text}")
    search("he repaired his bicycle")
    search("he never repaired his bicycle")
else:
    print(NEEDS_MODEL)

# %% [markdown]
r"""
The opposite is nearer, by far. Opposites stand in the same surroundings, and near, for this model,
means "about the same things". It finds texts **about** your question, and hardly tells yes from no:
who *never* repaired finds the same sentence first. (*Going further* has 24 such traps.)

**Make it yours.** Ask the shelf something of your own, and then its opposite.
"""

# %% [markdown]
r"""
**What we built.** [`course.models`](../lib/course/models/minilm.py) is this lesson in tidy form:
a reader, a tokenizer, a table of names, and `load_minilm`. [Lesson 17](17_write.ipynb)
reads a decoder the same way. And the course searches itself so: in a terminal, it is
`course find "why divide by the root"`.
"""

# %% [markdown]
r"""
## Going further: one head, your sentence

*{minutes} minutes.* Choose a head and see what it does with a sentence. Try 0.2, 1.8, 3.1, and one
of those that rest. Then open the cell, write a sentence of your own, and run it again.
"""

# %% tags=["explore", "folded"]
MY_SENTENCE = "The old bank by the river lends no money to the bank in town."


def one_head(layer: int, head: int):
    maps = []
    tokens = [vocabulary[i] for i in tokens_of(MY_SENTENCE)]
    encode(MY_SENTENCE, maps)
    weights_of_head = maps[layer][0, head]
    rest = weights_of_head[1:-1, 0].mean().item()
    title = f"Head {layer}.{head} gives [CLS] {rest:.2f} of its weight"
    axes = plot_weights(weights_of_head, tokens, title=title, annotate=False)
    axes.tick_params(axis="x", rotation=90)
    return show(
        axes, f"Map of head {layer}.{head} over {len(tokens)} tokens: [CLS] gets {rest:.2f}."
    )


if here:
    display(explore(one_head, layer=(0, 5, 1), head=(0, 11, 1, 2)))
else:
    print(NEEDS_MODEL)

# %% [markdown]
r"""
## Going further: 24 traps

*{minutes} minutes.* Here are 24 sentences, each with two others. One says the same in other words.
The other shares its words and says something else, often the opposite:

```
It will rain tomorrow.
    the same:   Take an umbrella with you the next day.
    other:      It rained yesterday.
```

**Predict before you run.** For how many of the 24 is the one that says the same the nearer one?
"""

# %% tags=["demo", "folded", "nbval-ignore-output"]
if here:
    near = torch.tensor(
        [
            [(vector(row["text"]) @ vector(row[kind])).item() for kind in ("same", "other")]
            for row in texts["triples"]
        ]
    )  # (24, 2)
    nearer = int((near[:, 0] > near[:, 1]).sum())
    print(f"the same meaning is nearer in {nearer} of 24")
    figure, axes = plt.subplots(figsize=(11, 10))
    labels = []
    for place, i in enumerate((near[:, 1] - near[:, 0]).argsort().tolist()):
        axes.plot(near[i], [place, place], color="#BBBBBB", zorder=1)
        axes.scatter(near[i, 0], place, color="#0072B2", marker="o", zorder=2)
        axes.scatter(near[i, 1], place, color="#D55E00", marker="s", zorder=2)
        labels.append("{text}  ■ {other}\n● {same}".format_map(texts["triples"][i]))
    axes.scatter([], [], color="#0072B2", marker="o", label="the same, in other words")
    axes.scatter([], [], color="#D55E00", marker="s", label="the same words, another meaning")
    axes.set_yticks(range(24), labels, fontsize=9)
    axes.set(xlim=(0.2, 1), xlabel="cosine with the sentence")
    axes.legend(loc="lower left", fontsize=9)
    axes.set_title(f"Words win over meaning in {24 - nearer} of 24")
    display(show(figure, f"Cosines of 24 sentences: the same meaning is nearer in {nearer} of 24."))
else:
    print(NEEDS_MODEL)

# %% [markdown] measured={"the same meaning is nearer in": [2, 8]}
r"""
Look at how far right the orange squares are: only in a few cases does meaning win. (We made these
24 to fool it; texts from life fool it less often.) So a second ranking helps, which counts the rare
words that question and text share. The course's own search joins the two:
"""

# %% tags=["demo", "nbval-ignore-output"]
from course.search import find

print(find("why divide by the root"))

# %% [markdown]
r"""
## Going further: many texts at once

*{minutes} minutes.* One text at a time wastes the machine. Texts of a batch are filled up to one
length, and then two things can go wrong. In the layers the padding must not be looked at: the mask
of lesson 05. And in the *mean* it must not be counted.

```
x        (batch, n, d_model)   the layers' vectors, for padding too
lengths  (batch,)              how many tokens of each row are real
```

**Tools.** A comparison makes a mask, and a mask that got another axis multiplies.
"""

# %%
below = torch.arange(4) < torch.tensor([3, 1])[:, None]  # (batch=2, n=4)
print(below.int().tolist())
print((torch.ones(2, 4, 5) * below[..., None]).sum(dim=1))  # (batch=2, d_model=5)

# %% [markdown]
r"""
### Exercise 18.4 · A vector for each text · ●○○ · 2 points

The mean over the real tokens of each row, [CLS] and [SEP] among them; then to length 1
(`F.normalize(…, dim=-1)`).
"""


# %% tags=["exercise"] exercise="18.4" minutes=5 importance="useful"
def text_vectors(x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """The mean of each text's own tokens, as a vector of length 1.

    x (batch, n, d_model), lengths (batch,) -> (batch, d_model)
    """
    ### BEGIN SOLUTION
    real = torch.arange(x.shape[1]) < lengths[:, None]  # (batch, n)
    total = (x * real[..., None]).sum(dim=1)  # (batch, d_model)
    return F.normalize(total / lengths[:, None], dim=-1)
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="18.4"
r"""
<details><summary>Hint 1: what is real?</summary>

Place j of text i is real if j < lengths[i]. The tools box has the comparison.

</details>
<details><summary>Hint 2: sum, divide, shorten</summary>

Put 0 where there is padding, add up along the tokens, divide by the text's own number of tokens,
then `F.normalize` over the features.

</details>
"""

# %% tags=["check"] exercise="18.4"
check("18.4", text_vectors, points=2)

# %% tags=["demo", "nbval-ignore-output"]
if here:
    rows = [tokens_of(text) for text in ("I love Tokyo.", texts["sentences"][5]["text"])]
    lengths = torch.tensor([len(row) for row in rows])
    tokens = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)  # (2, n)
    masked = model(tokens, attn.padding_mask(lengths))  # (2, n, 384)
    unmasked = model(tokens)
    tokyo = vector("I love Tokyo.")
    print(f"mask, and your mean:    {text_vectors(masked, lengths)[0] @ tokyo:.3f}")
    print(f"no mask, your mean:     {text_vectors(unmasked, lengths)[0] @ tokyo:.3f}")
    print(f"mask, mean of all:      {F.normalize(masked.mean(dim=1), dim=-1)[0] @ tokyo:.3f}")
else:
    print(NEEDS_MODEL)

# %% [markdown]
r"""
The cosine of *I love Tokyo.* with itself, read alone: 1 if its neighbour in the batch changes
nothing. Forget the mask, and the vector of a text depends on who stands beside it. (By which number
a row's sum is divided, no cosine can tell: `F.normalize` undoes it.)
"""

# %% [markdown]
r"""
## Going further: which heads can be cut?

*{minutes} minutes.* If over 40 heads rest, can they go? A head is **cut** where its finding would
be mixed with the others: in the matrix behind the heads, $W_o$. The heads' findings lie side by
side (your `from_memory` above), so each head has its own *columns* of that matrix:

```
W_o (d_out, d_in)      d_in:   | head 0 | head 1 | head 2 | …      each d_head wide
```

"""

# %% [markdown]
r"""
### Exercise 18.5 · Cut heads · ●●○ · 3 points

Give a copy of $W_o$ in which the columns of some heads are 0. The matrix that you are given stays
as it is (`weight.clone()` makes a copy).
"""


# %% tags=["exercise"] exercise="18.5" minutes=5 importance="useful"
def cut_heads(weight: torch.Tensor, num_heads: int, cut: list[int]) -> torch.Tensor:
    """The matrix behind the heads, with some heads silenced.

    weight (d_model, d_model), as nn.Linear keeps it: (d_out, d_in) -> (d_model, d_model)
    """
    ### BEGIN SOLUTION
    cut_weight, d_head = weight.clone(), weight.shape[1] // num_heads
    for head in cut:
        cut_weight[:, head * d_head : (head + 1) * d_head] = 0
    return cut_weight
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="18.5"
r"""
<details><summary>Hint 1: how wide is a head?</summary>

d_head = d_model / num_heads columns.

</details>
<details><summary>Hint 2: which are its columns?</summary>

Head 0 has the first d_head of them, head 1 the next. All rows, these columns:
`copy[:, begin:end] = 0`.

</details>
"""

# %% tags=["check"] exercise="18.5"
check("18.5", cut_heads, points=3)

# %% [markdown]
r"""
**Predict before you run.** All 24 questions found their sentence. How many still do when *all 72*
heads are cut, and no token ever sees another?
"""

# %% tags=["demo", "nbval-ignore-output"]
if here:
    for layer in layers:
        whole = layer.self_attention.out_proj.weight.data
        layer.self_attention.out_proj.weight.data = cut_heads(whole, 12, list(range(12)))
    cut_shelf = torch.stack([vector(text) for text in sentences])
    cut_asked = torch.stack([vector(question) for question in questions])
    hits = int(((cut_asked @ cut_shelf.T).argmax(dim=1) == torch.arange(24)).sum())
    print(f"all 72 heads cut: {hits} of 24 questions find their sentence")
    for i, layer in enumerate(layers):
        whole = weights[f"encoder.layer.{i}.attention.output.dense.weight"]
        layer.self_attention.out_proj.weight.data = whole.clone()
else:
    print(NEEDS_MODEL)

# %% [markdown] measured={"all 72 heads cut": [20, 24]}
r"""
Nearly all. To find a text by its subject, a bag of good word vectors is enough: this task hardly
needs attention.

Is there one that does? The **sense of a word**: is *bank* in *She put her money in the bank* nearer
to another money bank than to the bank of a river? Below, both tasks with heads cut. (Measured
before: `make_18.py` lies beside the lessons. Five draws at random for each number of heads.)
"""

# %% tags=["demo", "folded"]
rows = saved_rows("18", "cut")
figure, panels = plt.subplots(1, 2, figsize=(10, 3.8))
kinds = {"at random": ("o", "#BBBBBB"), "that rest": ("^", "#0072B2")}
kinds |= {"all others": ("v", "#D55E00"), "nothing": ("*", "black"), "all": ("*", "black")}
for panel, key, chance in zip(panels, ("right", "sense_margin"), (1, 0), strict=True):
    for order, (mark, color) in kinds.items():
        xs, ys = zip(*((r["heads"], r[key]) for r in rows if r["order"] == order), strict=True)
        label = {"nothing": "none, and all", "all": None}.get(order, order)
        panel.plot(xs, ys, mark, color=color, label=label, ms=6 if mark == "o" else 12)
    panel.axhline(chance, color="black", ls=":", lw=1)
    panel.set(xlabel="heads cut, of 72", xticks=range(0, 73, 12))
panels[0].set(ylim=(0, 25), ylabel="questions right, of 24", title="Search: nearly any can go")
panels[0].legend(loc="lower left", bbox_to_anchor=(0, 0.1), title="heads cut")
panels[1].set(ylabel="same sense nearer, by", title="Sense of a word: those that rest can go")
display(
    show(
        figure,
        "Left: of 24 questions 22 to 24 find their sentence, however many heads are cut. Right: "
        "the margin of the same sense is about 0.05 with none cut, nearly that with the 44 cut "
        "that rest, below 0 with the 28 others cut, and below 0 with all cut. Dotted: chance.",
    )
)
for order in ("nothing", "that rest", "all others", "all"):
    (row,) = (row for row in rows if row["order"] == order)
    print(f"{order} cut: search {row['right']} of 24, sense {row['sense_margin']:.3f}")

# %% [markdown] measured={"that rest cut: search": [22, 24], "all others cut: search": [22, 24]}
r"""
Look at the two triangles on the right. Cut the 44 heads that rest, and the sense stays. Cut the 28
others, fewer heads, and it is lost: *bank* is *bank*. On the left, almost flat, hardly a head is
missed.

So that "a large percentage of attention heads can be removed" (Michel et al., 2019, of translation
and of BERT) is a sentence about a *task*. Whether a head is needed depends on what is asked. (16
words are a small test, and this model was not trained for single words: trust the direction, not
the digits.)
"""

# %% [markdown] tags=["deep-dive"]
r"""
## Deep dive: where the 22 million numbers are

*{minutes} minutes.* How much of a real model is attention? Lesson 06 counted: a layer's attention
has $4(d^2 + d)$ numbers, the feed-forward network $8d^2 + 5d$.
"""

# %%
d, parts = 384, {}
parts["pieces of words"] = 30522 * d
parts["attention"] = 6 * 4 * (d * d + d)
parts["feed-forward"] = 6 * (8 * d * d + 5 * d)
parts["places, first text, norms"] = (512 + 2) * d + (1 + 6 * 2) * 2 * d
for name, count in parts.items():
    print(f"{name:26} {count:>10,}  {count / sum(parts.values()):4.0%}")
print(f"{'all':26} {sum(parts.values()):>10,}")

# %% [markdown]
r"""
The sum is the number that you read from the file. Half of the model is a dictionary; one number in
six is attention. In large models it is the other way around: the table of words grows with $d$, the
layers with $d^2$.
"""

# %% [markdown]
r"""
## The quiz

Five questions, one for each aim.
"""

# %% tags=["quiz"]
quiz("18")

# %% [markdown]
r"""
## In five lines

1. A safetensors file is a length, a table and numbers; offsets count from where the numbers begin.
2. WordPiece takes the longest known piece first; what can't be spelt is [UNK], without a warning.
3. A loader is right when the numbers agree to five decimals; the cosine misses a wrong `eps`.
4. Over 40 of 72 heads rest on [CLS]; a few look at one place. Look at heads, never at their mean.
5. A search by meaning finds what a text is about, and takes opposites for neighbours.

**Words learnt**: safetensors, WordPiece, [CLS], [SEP], [UNK], cosine, cutting a head.

**Next**: 19 · The block of today.
"""

# %% tags=["progress"]
progress("18")

# %% [markdown]
r"""
### References

- J. Devlin et al. (2018). *BERT: Pre-training of Deep Bidirectional Transformers for Language
  Understanding.* arXiv [1810.04805](https://arxiv.org/abs/1810.04805)
- W. Wang et al. (2020). *MiniLM: Deep Self-Attention Distillation for Task-Agnostic Compression of
  Pre-Trained Transformers.* arXiv [2002.10957](https://arxiv.org/abs/2002.10957)
- N. Reimers and I. Gurevych (2019). *Sentence-BERT: Sentence Embeddings using Siamese
  BERT-Networks.* arXiv [1908.10084](https://arxiv.org/abs/1908.10084). The mean as a text's vector.
- K. Clark et al. (2019). *What Does BERT Look At? An Analysis of BERT's Attention.* arXiv
  [1906.04341](https://arxiv.org/abs/1906.04341)
- P. Michel, O. Levy and G. Neubig (2019). *Are Sixteen Heads Really Better than One?* arXiv
  [1905.10650](https://arxiv.org/abs/1905.10650)
"""
