# %% [markdown]
r"""
# 07 · Train a translator

**By the end you can**

1. cut a target into what the decoder reads and what it should say, and explain why one pass trains
   all places; <!-- quiz: what-the-decoder-reads -->
2. read a map of cross-attention: which row writes a word, and where it looked;
   <!-- quiz: row-of-a-map -->
3. say what lets a translator join words that it never saw together; <!-- quiz: partners -->
4. write greedy decoding for a whole batch; <!-- quiz: greedy-step-at-fault -->
5. say what teacher forcing hides, and what it can't hide. <!-- quiz: what-forcing-hides -->

*About {minutes} minutes · needs [05 · What may not be seen](05_what_may_not_be_seen.ipynb) and
[06 · The Transformer](06_the_transformer.ipynb) · builds what training compares, and the greedy
step inside `attn.generate`*

> **In one breath.** Two friends translate a letter. One reads the English and keeps it in mind. The
> other writes the Japanese, and before each word asks: *where in your sentence is what I need now?*
> Draw the answers as lines, and you see the sentence turn around.
"""

# %%
from statistics import mean

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F

from attn.plotting import plot_weights
from course import check, explore, progress, quiz, show
from course import translation as tl
from course.results import saved_rows

# %% [markdown]
r"""
## From memory

A few minutes, before anything new, and without looking back: what is fetched from memory stays
longer than what is read again. Nothing here is graded.
"""

# %% tags=["recall"]
from course import recall

recall("07")


# %% tags=["recall"]
# From memory: the padding mask. Define from_memory(lengths, n_k): lengths (batch,) holds how many
# tokens of each row are real -> (batch, 1, 1, n_k). Then check("05.1", from_memory, points=0)
### BEGIN SOLUTION
def from_memory(lengths, n_k):
    return (torch.arange(n_k) < lengths[:, None])[:, None, None, :]


check("05.1", from_memory, points=0)
### END SOLUTION

# %% [markdown]
r"""
## A sentence that turns around

| 私 | は | 東京 | が | 好き | です | 。 |
|---|---|---|---|---|---|---|
| watashi | wa | Tōkyō | ga | suki | desu | . |
| I | *topic* | Tokyo | *what is loved* | love | *polite ending* | . |

That is *I love Tokyo .* in Japanese: in its own script, and below in Latin letters. (Boxes above?
Your browser has no Japanese font. The Latin letters are enough, and figures bring their own.) Two
things are different from English. The verb stands last (好き is by its grammar an adjective,
*liked*; we count it as a verb). And behind subject, object and place stands a little word, a
**particle**, which says what the noun does in the sentence.

**Predict before you run.** On paper, write *I love Tokyo* above, *watashi Tōkyō suki* below, and
draw a line from each word to its translation. How many pairs of lines cross? Keep the drawing.
"""

# %% [markdown]
r"""
## What it learns from

A small grammar writes sentences in both languages at once, so that we can count exactly what is
right: 12 subjects, 11 verbs, 20 objects, some adjectives, places and times, past or not, negative
or not. The words agree, and the sense is often strange: *old tea at school*. (Real sentences come
under *Going further*.)
"""

# %% tags=["demo"]
learnt = tl.corpus(seed=1)  # 6,000 sentences to learn from, 400 to be asked
for pair in learnt.train[:3]:
    print(" ".join(pair.english), "|", *pair.japanese, "|", *tl.in_latin(pair.japanese))
print(len(learnt.held_out), "pairs held out; one is", learnt.held_out[0])

# %% [markdown]
r"""
Not every verb goes with every object: nobody drinks books. 118 **pairs** of a verb and an
object make sense, and 24 of them are **held out**: both words are in the training sentences,
but never together. *love* meets the station and tea, *Tokyo* is seen and forgotten, and nobody
ever loves Tokyo. All 400 test sentences are made of such pairs.

## The right words are given

The translator is the Transformer of lesson 06. Its encoder reads the English, all at once. Its
decoder looks back at the Japanese so far and across at the English, and guesses the next word.

What is "the Japanese so far" in training? The *right* Japanese. At each place the decoder gets the
right words before it, whatever it would have said itself. That is **teacher forcing** (you met it
in lesson 05).
"""

# %% [markdown]
r"""
So one target gives two rows, and they differ by one place. `<start>` and `<end>` are marks:

```
target          <start>  私    は    東京  が    好き  です  。   <end>      (n=9)

it reads        <start>  私    は    東京  が    好き  です  。              (n-1=8)
it should say    私      は    東京  が    好き  です  。    <end>           (n-1=8)
```

Read a column: after `<start>` it should say 私; having read 私, it should say は. The causal mask
hides all columns to the right, so that no place sees its own answer. One pass trains all places.

Words are numbers, and a batch is a table with a sentence in each row. Short rows are filled up with
padding, number 0; `<start>` is 1 and `<end>` is 2:

```
target (batch=2, n=6)      1  7  9  4  8  2         axis 0, down: sentences
                           1  5  3  2  0  0         axis 1, across: places
```
"""

# %% [markdown]
r"""
**Tools.** A slice for each axis, with a comma between; `:` alone takes all.
"""

# %%
table = torch.tensor([[10, 11, 12], [20, 21, 22]])  # (2 rows, 3 columns)
print("last row:", table[1:, :].tolist(), "  first column:", table[:, :1].tolist())

# %% [markdown]
r"""
### Exercise 07.1 · What it reads, what it should say · ●○○ · 2 points

Make two tables of the target. At each place, the second holds the word that follows what the first
holds there.
"""


# %% tags=["exercise"] exercise="07.1" minutes=4 importance="core"
def teacher_forcing(target: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """What the decoder reads, and what it should say at each place.

    target (batch, n), from <start> to <end>, padding behind -> two tables (batch, n - 1)
    """
    ### BEGIN SOLUTION
    return target[:, :-1], target[:, 1:]
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="07.1"
r"""
<details><summary>Hint 1: which word has nobody to follow?</summary>

The decoder need not read the last word: nothing comes after it. And it need not say the first one:
nothing comes before.

</details>
<details><summary>Hint 2: which axis?</summary>

Sentences go down, places go across. All rows stay: `target[:, …]`.

</details>
"""

# %% tags=["check"] exercise="07.1"
check("07.1", teacher_forcing, points=2)

# %% [markdown]
r"""
## Train it

The smallest Transformer there is: one layer on each side, one head, $d_{model} = 64$. And the loss,
with your function inside. Two places keep the padding out: `tl.real` is the padding mask, so that
nobody looks at it, and `ignore_index` leaves it out of the mean. What the model returns is a score
for each word at each place, the **logits**.
"""

# %% tags=["demo"]
task = tl.as_task(learnt.train, learnt.test)  # the sentences as tables of numbers
untrained = tl.new_translator(task, seed=12)


def loss_of(model, source, target):
    reads, says = teacher_forcing(target)  # (batch, n - 1) each
    logits = model(source, reads, tl.real(source))  # (batch, n - 1, vocab)
    return F.cross_entropy(logits.flatten(0, 1), says.flatten(), ignore_index=tl.PAD)


print(f"{sum(weights.numel() for weights in untrained.parameters()):,} numbers to learn")

# %% [markdown]
r"""
**Predict before you run.** The model takes 200 steps, with 64 sentences each. Then we ask for *I
love Tokyo*, which it has never seen. Will it write

- **A** *watashi wa **eki** ga suki desu*: the station, which it has often seen loved;
- **B** *watashi wa Tōkyō **o mimasu***: *sees*, which it has often seen with Tokyo;
- **C** *watashi wa Tōkyō ga suki desu*?
"""

# %% tags=["demo"]
torch.set_num_threads(1)  # quicker for models as small as this
losses = tl.fit(untrained, task, seed=12, loss=loss_of)  # some seconds
model = untrained  # no longer: its weights have changed
tokyo = tl.sentence("I", "love", "Tokyo")
written = tl.write(model, task.english.encode([tokyo.english]))  # (1, n)
print(*task.japanese.decode(written[0].tolist()))

# %% [markdown]
r"""
It joins two words that it never saw together. How does it find them? Before each word the decoder
looks across at the English, with one head. Here is where it looked, the thicker the line the more:
"""


# %% tags=["demo", "folded"]
def draw_lines(pair, weights, title: str):
    """English above, Japanese below, and a line for each weight: weights (n_japanese, n_english)"""
    longest = max(len(pair.english), len(pair.japanese))
    figure, axes = plt.subplots(figsize=(min(1.0 * longest + 1, 9.5), 3.6))
    above = [(j + 0.5) * longest / len(pair.english) for j in range(len(pair.english))]
    below = [(i + 0.5) * longest / len(pair.japanese) for i in range(len(pair.japanese))]
    for i, word in enumerate(pair.japanese):
        little = word in tl.LITTLE_WORDS
        for j in range(len(pair.english)):
            weight = float(weights[i, j])
            if weight > 0.05:
                style = {"color": "0.65", "lw": 1 + weight, "zorder": 1}
                if not little:
                    style = {"color": "#0072B2", "lw": 1 + 5 * weight, "alpha": 0.3 + 0.7 * weight}
                axes.plot([above[j], below[i]], [0.86, 0.2], **style)
        shade = "0.4" if little else "black"
        axes.text(below[i], 0.12, word, ha="center", va="top", size=13, color=shade)
        axes.text(below[i], -0.03, tl.in_latin([word])[0], ha="center", va="top", color=shade)
    for j, word in enumerate(pair.english):
        axes.text(above[j], 0.9, word, ha="center", va="bottom", size=13)
    axes.set(xlim=(0, longest), ylim=(-0.15, 1.02), title=title)
    axes.axis("off")
    return figure


# %% tags=["demo", "folded", "memorable"]
weights = tl.looked_at(model, task, tokyo)  # (n_japanese=7, n_english=4)
show(
    draw_lines(tokyo, weights, "東京 looks at Tokyo, 好き looks back at love: the lines cross"),
    "I love Tokyo above, 私 は 東京 が 好き です below. Thick lines go from 私 to I, from 東京 to "
    "Tokyo and from 好き to love; the last two cross. Grey lines belong to particles and endings.",
)

# %% [markdown]
r"""
Look at the blue lines: 私 (*watashi*) to *I*, 東京 (*Tōkyō*) to *Tokyo*, 好き (*suki*) back to
*love*. **That is the crossing you drew.** Nobody told the model which words belong together, or
that Japanese puts the verb last. It learnt to guess the next word, and this is how.

Grey are particles, endings and the stop: no English noun or verb stands for them. The thin blue
line from 好き ends at the full stop: the encoder has mixed the sentence, so a little of a word may
be found at others' places.
"""

# %% [markdown]
r"""
## Read the map

The same numbers as a table. One thing is easily misread: a query is made of the word that was
*read*, and it writes the *next*. So each row has two names here:
"""

# %% tags=["demo", "folded"]
rows = [
    f"{read} → {said}"
    for read, said in zip(["<start>", *tokyo.japanese], tokyo.japanese, strict=False)
]
axes = plot_weights(weights, rows, tokyo.english, title="The row that read は writes 東京")
axes.set(xlabel="English words looked at", ylabel="has read → writes")
show(
    axes,
    "Seven rows, each with the word read and the word written, over the four English words. The "
    "row は → 東京 has nearly all its weight on Tokyo, and 東京 → が and が → 好き on love.",
)

# %% tags=["demo", "nbval-ignore-output"]
print("東京 on Tokyo:", round(weights[2, 2].item(), 2))
print("が on love:", round(weights[3, 1].item(), 2))
print("好き on love:", round(weights[4, 1].item(), 2))

# %% [markdown] measured={"東京 on Tokyo": [0.9,1], "が on love": [0.8,1], "好き on love": [0.5, 1]}
r"""
東京 looks at *Tokyo* with nearly all its weight, 好き at *love* with most, and が did so before.
With rows named by what was read alone, the whole map would seem to be off by one.

**Is this what always happens?** We trained ten such models, each with other sentences and another
beginning. For the picture we chose a run in which 好き, too, looks at *love*:
"""

# %% tags=["demo"]
ten = [row for row in saved_rows("07", "unseen") if row["pairs"] == 118]
for word, there in (("東京", "Tokyo"), ("が", "love"), ("好き", "love"), ("です", "love")):
    most = sum(row[f"{word} at {there}"] > 0.5 for row in ten)
    print(f"{word} has most of its weight on {there}: {most} of {len(ten)}")
print("nouns that look at their translation:", *sorted(round(row["agreement"], 2) for row in ten))

# %% [markdown]
r"""
Subjects and objects look at their translation mostly. The verb is looked up *earlier* than you
would: by が (*ga*), as in your map. That is no error. Only *love* takes が, so whoever writes が
must know the verb; 好き is then certain, and probably needs no look. (です probably looks at *love*
for the tense: *loved* would be でした.) **The model looks when it needs to know**, not where a
dictionary would draw a line.

**Claim, measured:** *"cross-attention is a word alignment."* With one layer and one head, nearly,
for nouns. In larger translators it may be far from one (Koehn and Knowles, 2017).
"""

# %% [markdown]
r"""
Now turn it yourself. Choose a sentence: the model reads it and writes. Where does *not* go? Where
does the past? And what does a time do to the lines?
"""

# %% tags=["explore", "folded"]
NOUNS = ["Tokyo", "books", "tea", "sushi", "the station"]


def translate_and_draw(who: str, verb: str, what: str, time: str, negative: bool):
    time = "" if time == "no time" else time
    asked = tl.sentence(who, verb, what, time=time, past=time == "yesterday", negative=negative)
    said = tl.write(model, task.english.encode([asked.english]))[0].tolist()
    made = tl.Sentence(asked.english, task.japanese.decode(said))
    seen = tl.looked_at(model, task, made)
    right = made.japanese == asked.japanese
    title = "As the grammar has it" if right else "Not the one that the grammar chose"
    words = f"{' '.join(asked.english)} becomes {' '.join(made.japanese)}. {title}."
    return show(draw_lines(made, seen, title), words)


explore(
    translate_and_draw,
    who=["I", "the cat", "we", "Yuki"],
    verb=["love", "see", "buy", "read", "forget"],
    what=NOUNS,
    time=["no time", "today", "yesterday", "every day"],
    negative=False,
)

# %% [markdown]
r"""
The time moves from the end of the English to the front of the Japanese, across everything else.
*not* and the past come out in the ending: ませ**ん**, まし**た**. Where does the model err? *love*
never met a time in training: try *I love books today*, and see whether the verb survives. With
*I read books* the English does not tell, present or past are spelt alike: it has to choose.
"""

# %% [markdown]
r"""
## Going further: count the crossings

*{minutes} minutes. The next section does not need it.*

A number for the turning-around: look at the words in the order in which they are written, and note
at which English place each looks most. For 私, 東京, 好き these are 0, 2, 1. Two lines cross where
a word *written earlier* looks at a *later* place: 2 stands before 1, so there is one crossing.

```
weights (n_target=3, n_source=4)     axis 0, down: words written, in order
                                     axis 1, across: places in the source
```

**Tools.** `argmax` says where the largest number stands. And a comparison of each with each, as in
lesson 05:
"""

# %%
heights = torch.tensor([[0.1, 0.7, 0.2], [0.6, 0.3, 0.1]])  # (2 rows, 3 columns)
print(
    "in each row:",
    heights.argmax(dim=1).tolist(),
    "  in each column:",
    heights.argmax(dim=0).tolist(),
)
a = torch.tensor([3, 5, 4])
print((a[:, None] < a[None, :]).int().tolist())  # row i, column j: is a[i] below a[j]?

# %% [markdown]
r"""
### Exercise 07.2 · Count the crossings · ●●○ · 3 points

Count the pairs of written words, one earlier and one later, of which the earlier looks at the later
place. Each pair counts once. Two that look at the same place do not cross. All rows count: whoever
calls has left particles and endings out.
"""


# %% tags=["exercise"] exercise="07.2" minutes=7 importance="useful"
def crossings(weights: torch.Tensor) -> int:
    """The number of pairs of lines that cross.

    weights (n_target, n_source), each row a written word -> a whole number
    """
    ### BEGIN SOLUTION
    place = weights.argmax(dim=1)  # (n_target,)
    turned = place[:, None] > place[None, :]  # (n_target, n_target): i looks behind j
    return int(turned.triu(1).sum())  # only where i is written before j
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="07.2"
r"""
<details><summary>Hint 1: first one number a word</summary>

Each row becomes the place of its largest weight. Along which axis is that?

</details>
<details><summary>Hint 2: then pairs</summary>

Two loops, `i` and `j`, do it: count where `i` is before `j` and the place of `i` is larger. Start
`j` at `i + 1`, and each pair comes once.

</details>
<details><summary>Hint 3: without loops</summary>

Compare all places with all others, `(n_target, n_target)`. `.triu(1)` keeps what stands above the
diagonal: `i` before `j`.

</details>
"""

# %% tags=["check"] exercise="07.2"
check("07.2", crossings, points=3)

# %% tags=["demo"]
print("I love Tokyo:", crossings(weights[[0, 2, 4]]))  # the rows of 私, 東京, 好き

# %% [markdown]
r"""
With lines drawn by hand, *I buy books* has one crossing too. With *at school* behind it there are
three, with *today* in its place four: what moves forward crosses all that it passes.
"""

# %% [markdown]
r"""
## Words that never met

**Predict before you run.** Three corpora, equally large. In the first, 63 pairs of verb and object
are possible: no verb goes with every object. In the second 118, ours: *see*, *find*, *forget* and
*love* go with all. In the third all 220, *drink the station* too. In each, one pair in five is held
out. The same model learns the training sentences of each to at least 98 in 100. How many sentences
with held-out pairs are right: the same in all three?
"""

# %% tags=["demo", "folded"]
unseen = saved_rows("07", "unseen")
ours = tl.share_right(model, task, learnt.test)
figure, axes = plt.subplots(figsize=(7, 3.6))
for place, pairs in enumerate((63, 118, 220)):
    shares = sorted(row["right"] for row in unseen if row["pairs"] == pairs)
    spread = [place + 0.04 * (rank - 4.5) for rank in range(len(shares))]
    axes.plot(spread, shares, "o", color="#56B4E9", mec="#0072B2", alpha=0.9)
    axes.plot([place - 0.25, place + 0.25], [mean(shares)] * 2, color="black", lw=1.5)
axes.plot([1.3], [ours], "D", color="#D55E00", ms=9, label="the model that you trained")
axes.set_xticks(range(3), ["63 pairs", "118 pairs", "220 pairs"])
axes.set(xlim=(-0.5, 2.5), ylim=(0.5, 1.02), ylabel="share right, never seen together")
axes.set_title("The more partners a word has, the better it meets a new one")
axes.legend(loc="lower right")
show(
    figure,
    "Shares of unseen combinations that are right, ten models each. With 63 pairs they lie widely "
    "spread and lowest, with 118 higher, with 220 close to 1. Your model is a diamond at 118.",
)

# %% tags=["demo"]
for pairs in (63, 118, 220):
    of = [row for row in unseen if row["pairs"] == pairs]
    right, known = [row["right"] for row in of], min(row["known"] for row in of)
    print(f"{pairs} pairs: mean {mean(right):.2f}, lowest {min(right):.2f};", end=" ")
    print(f"training sentences {known:.2f} or more")

# %% [markdown] measured={"63 pairs: mean": [0.8, 0.92], "118 pairs: mean": [0.92, 0.97]}
r"""
Each dot is a model with sentences, held-out pairs and a beginning of its own; the line is their
mean, and the diamond is yours. All of them know their training sentences. They differ in what they
make of words that never met.

If *tea* comes with two verbs only, the model may learn by heart: tea, so it is *drink*. That costs
nothing in training, and fails at the third verb. If *tea* comes with many, the shortcut fails in
training already, and the model has to read verb and object apart. **What makes new combinations
work is partners.**
"""

# %% [markdown]
r"""
## Let it write

In training all places go at once, since the right words are given. When it writes, there are none:
each word has to wait for the one before. The plainest way is called **greedy**: take the most
probable next word, append it, and read again.

For a batch there is one more rule. Sentences end at different times. A row that has said `<end>` is
**over**: from then on it gets `<end>` again and again, until all are over.

```
tokens (batch=3, n=3)   logits (batch, n, vocab)   tokens (batch, n+1=4)
1 4 3                   a score for each word,     1 4 3 best
1 3 2  over             at each of the             1 3 2 2     <end>
1 4 4                   three places               1 4 4 best
```
"""

# %% [markdown]
r"""
**Tools.** `masked_fill` writes a number where a mask is true, `|` is *or*, and `[:, None]` makes a
column, so that it can be appended.
"""

# %%
best, over = torch.tensor([7, 8, 9]), torch.tensor([False, True, False])  # (batch=3,) each
print(best.masked_fill(over, 2).tolist(), (over | (best == 9)).tolist())
print(torch.cat([torch.ones(3, 2).long(), best[:, None]], dim=1).tolist())  # (3, 2 + 1)

# %% [markdown]
r"""
### Exercise 07.3 · One greedy step · ●●○ · 3 points

`logits` has a row of scores for every place, and a causal model has guessed at each of them. Only
one of these guesses is new.
"""


# %% tags=["exercise"] exercise="07.3" minutes=8 importance="core"
def greedy_step(
    logits: torch.Tensor, tokens: torch.Tensor, over: torch.Tensor, end: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Append the most probable next word to each row; a row that is over gets `end`.

    logits (batch, n, vocab), tokens (batch, n) whole numbers, over (batch,) True where a row ended
    -> tokens (batch, n + 1), over (batch,): also True where a row ends now
    """
    ### BEGIN SOLUTION
    best = logits[:, -1].argmax(dim=-1)  # (batch,): the guess after the newest word
    best = best.masked_fill(over, end)
    return torch.cat([tokens, best[:, None]], dim=1), over | (best == end)
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="07.3"
r"""
<details><summary>Hint 1: which guess?</summary>

The guess at place 0 says what follows the first word, which is known already. You need what follows
the newest one: the last place.

</details>
<details><summary>Hint 2: shapes</summary>

`logits[:, -1]` is `(batch, vocab)`. The best word of each row is a number, so `(batch,)`. To append
it, it needs an axis for places.

</details>
<details><summary>Hint 3: who is over</summary>

First replace the word in rows that were over. Then a row is over if it was, *or* if its new word is
`end`.

</details>
"""

# %% tags=["check"] exercise="07.3"
check("07.3", greedy_step, points=3)

# %% [markdown]
r"""
That is greedy decoding, and what `attn.generate` does at `temperature=0`. Put **your own sentence**
in: the words of the grammar stand in `lib/course/translation/words.py`, and the sentence may be one
that it never makes. (Any other word is a `KeyError` that names it.)
"""


# %% tags=["demo"]
def translate(english: str) -> str:
    """Greedy, with your step: an English sentence -> the Japanese words."""
    source = task.english.encode([english.split()])  # (1, n_source)
    tokens, over = torch.tensor([[tl.START]]), torch.tensor([False])
    while not over.all() and tokens.shape[1] < 24:
        with torch.no_grad():
            logits = model(source, tokens, tl.real(source))  # (1, n, vocab)
        tokens, over = greedy_step(logits, tokens, over, tl.END)
    japanese = task.japanese.decode(tokens[0].tolist())
    return f"{' '.join(japanese)}   {' '.join(tl.in_latin(japanese))}"


print(translate("the cat does not love books ."))

# %% [markdown]
r"""
## What teacher forcing hides

In training, the decoder leans on right words. When it writes, it leans on its own. We stop during
the training of five models, and count the **words** that are right in the 400 test sentences:

- *given*: at each place the right words before it are given, as in training;
- *free*: it writes on its own, and we compare word by word.

**Predict before you run.** After 20 steps about half of the words are right when the right words
are given. When it writes freely: more, as many, or fewer? And how about the share of *whole
sentences* that are right: given, or free, which is larger?
"""

# %% tags=["demo", "folded"]
forcing = saved_rows("07", "forcing")
figure, axes = plt.subplots(figsize=(7, 3.6))
for seed in range(5):
    of = [row for row in forcing if row["seed"] == seed]
    steps = [row["step"] for row in of]
    for name, colour, mark in (("given", "#0072B2", "-"), ("free", "#D55E00", "--")):
        label = f"{name}: five models" if seed == 0 else None
        shares = [row[f"words {name}"] for row in of]
        axes.plot(steps, shares, mark, color=colour, lw=1.2, label=label)
axes.set(xlabel="training step", ylabel="share of words right", ylim=(0, 1.02))
axes.set_title("One wrong word spoils those after it, while the model is weak")
axes.legend(loc="lower right")
show(
    figure,
    "Share of right words over training steps, five models. With the right words given the curves "
    "rise early, to about half at step 20; written freely they are at about a fifth there. From "
    "step 100 on both lie close together near 1.",
)

# %% tags=["demo"]
at_20 = [row for row in forcing if row["step"] == 20]
for name in ("given", "free"):
    print(f"step 20, words right, {name}: {mean(row[f'words {name}'] for row in at_20):.2f}")
gap = max(abs(row["sentences given"] - row["sentences free"]) for row in forcing)
print("whole sentences right, given and free: largest difference", round(gap, 3))

# %% [markdown] measured={"right, given": [0.4, 0.55], "right, free": [0.1, 0.25]}
r"""
Look at step 20: half the words are right when the right ones are given, less than a quarter when
not. One wrong word, and the next guess stands on it. That training never shows the model its own
mistakes is called **exposure bias** (Ranzato et al., 2015). The training loss can't tell you of it.

But whole sentences do not differ at all: greedy writes the right sentence *only* by guessing right
at each place, and as long as it is right, it reads what a teacher would have given. The gap closes
as the model gets better; in ours it is small after 100 steps.
"""

# %% [markdown]
r"""
## Going further: padding in the loss

*{minutes} minutes. What `ignore_index` did for you, written by hand.*

In `loss_of` the padding was left out of the mean. If it is not, the model is praised for guessing
padding after padding, which is easy: the loss looks better than it is, and the more so the more
padding a batch has. Work it out by hand: two real words with losses 2 and 4, and two places of
padding with loss 0. The mean over words is 3, the mean over places 1.5.

```
logits (batch, n, vocab)     a score for each word, at each place
labels (batch, n)            the right word's number, `pad` where there is none
```

**Tools.** `log_softmax` gives the logarithms of the probabilities, and `gather` takes from each row
the entry that a number names.
"""

# %%
scores = torch.tensor([[1.0, 2.0, 3.0], [3.0, 1.0, 1.0]])  # (2 places, vocab=3)
right = torch.tensor([2, 0])  # (2,)
print(scores.log_softmax(dim=-1).gather(-1, right[:, None])[:, 0])  # (2,)

# %% [markdown]
r"""
### Exercise 07.4 · A loss without padding · ●●○ · 3 points

The mean of $-\ln p(\text{right word})$ over all places of the batch that are no padding. Write it
with the tools above; `F.cross_entropy` is right as well, but then mind which places it averages.
"""


# %% tags=["exercise"] exercise="07.4" minutes=8 importance="useful"
def loss_without_padding(logits: torch.Tensor, labels: torch.Tensor, pad: int) -> torch.Tensor:
    """Mean cross-entropy over the real words.

    logits (batch, n, vocab), labels (batch, n) whole numbers, `pad` where there is no word
    -> a tensor with one number
    """
    ### BEGIN SOLUTION
    log_probs = logits.log_softmax(dim=-1)  # (batch, n, vocab)
    each = -log_probs.gather(-1, labels[..., None])[..., 0]  # (batch, n)
    return each[labels != pad].mean()
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="07.4"
r"""
<details><summary>Hint 1: one loss for each place</summary>

First `each`, a table `(batch, n)` with the loss of every place, padding too. Then decide which
count.
`gather` wants labels with as many axes as the scores, and `F.cross_entropy` wants both flattened:
`logits.flatten(0, 1)`.

</details>
<details><summary>Hint 2: which count</summary>

`labels != pad` is true at real words. `each[mask]` takes those entries out, in one long row.

</details>
<details><summary>Hint 3: one mean</summary>

One mean over all real words of the batch, not a mean of the sentences' means: a long sentence
counts for more than a short one.

</details>
"""

# %% tags=["check"] exercise="07.4"
check("07.4", loss_without_padding, points=3)

# %% [markdown]
r"""
## Going further: when the first word is a trap

*{minutes} minutes, with the hardest exercise of the lesson.*

Greedy takes the best *first* word. Is that the beginning of the best *sentence*? Spoken Japanese
leaves *I*, *you* and *we* out where they are clear, and may order its phrases as it likes. So let
us change the corpus: after *I*, *you*, *we* the subject is left out 35 times in 100, and then
nothing else changes: **one way**. Else, 65 times, it is said, and the other phrases come in any
order: with time, place and object **six ways**.

**Work it out by hand.** *You bought books at the station yesterday.* Greedy begins with あなた
(*you*): 0.65 is more than 0.35. What is the probability of the sentence that it ends with? About
$0.65 / 6 \approx 0.11$. And of the sentence that it did not begin? 0.35.
"""

# %% tags=["demo", "folded", "nbval-ignore-output"]
import random

from course.translation.beams import log_probability
from course.translation.spoken import spoken

torch.set_num_threads(1)
chance = random.Random(3)
said = [spoken(pair, chance) for _ in range(4) for pair in learnt.train]
spoken_task = tl.as_task(said, learnt.test)
speaker = tl.new_translator(spoken_task, seed=3)
tl.fit(speaker, spoken_task, steps=300, seed=3)  # some 20 seconds
bought = tl.sentence("you", "buy", "books", place="at the station", time="yesterday", past=True)
source = spoken_task.english.encode([bought.english])
found = {}
for name, beam in (("greedy", 1), ("beam", 4)):
    row = tl.write(speaker, source, beam=beam)  # (1, n)
    words = spoken_task.japanese.decode(row[0].tolist())
    found[name] = (log_probability(speaker, source, row).exp().item(), words)
    print(f"{name}: {found[name][0]:.2f}", *words, "|", *tl.in_latin(words))

# %% tags=["demo", "folded"]
figure, axes = plt.subplots(figsize=(8, 2.6))
for place, (name, colour) in enumerate((("beam", "#0072B2"), ("greedy", "#D55E00"))):
    probability, words = found[name]
    axes.barh(place, probability, color=colour, height=0.45)
    axes.text(0.005, place + 0.26, f"{' '.join(words)}   {' '.join(tl.in_latin(words))}", size=9)
axes.set_yticks(range(2), ["beam", "greedy"])
axes.set(ylim=(-0.4, 1.7), xlabel="probability of the whole sentence")
axes.set_title("The best first word opens the worse sentence")
axes.grid(axis="y", visible=False)
show(
    figure,
    "Two bars: greedy's sentence, which begins with あなた は, has a far lower probability than "
    "beam's, which leaves the subject out.",
)

# %% [markdown] measured={"greedy": [0.05, 0.25], "beam": [0.28, 0.5]}
r"""
The model has learnt the shares roughly: it holds greedy's order for likelier than one of six, and
its probabilities are a little off. Greedy walks into the trap: each of its words was the best one
at its place, and the sentence is not.

**Beam search** (used to translate by Sutskever et al., 2014) keeps several beginnings alive, the
*beam*, here 4. In each step every beginning is tried with every word, and of *all* these candidates
the 4 best go on. A beginning's score is the logarithm of its probability: probabilities multiply,
so logarithms add.

```
scores (beam=2,)          -0.4  -1.1         ln p of each beginning
log_probs                 -2.0  -0.5  -1.2   of each word after beginning 0
  (beam=2, vocab=3)       -0.1  -3.0  -3.5   and after beginning 1

candidates                -2.4  -0.9  -1.6   best: -0.9 (beginning 0, word 1)
  (beam, vocab)           -1.2  -4.1  -4.6   then -1.2 (beginning 1, word 0)
```
"""

# %% [markdown]
r"""
**Tools.** `topk` gives the k largest of a row and where they stand. Flattened, a table of 3 columns
counts on from row to row, and `//` and `%` tell row and column of a place:
"""

# %%
candidates = torch.tensor([[1.0, 7.0, 2.0], [9.0, 0.0, 3.0]])  # (2, 3)
largest, places = candidates.flatten().topk(2)
print("largest", largest.tolist(), "at", places.tolist())
print("rows", (places // 3).tolist(), "columns", (places % 3).tolist())

# %% [markdown]
r"""
### Exercise 07.5 · One step of beam search · ●●● · 4 points

From the beam and its next words to the next beam, which is as large. For each new beginning say
which old one it goes on from (its *parent*), its new word, and its score, the best first.
"""


# %% tags=["exercise"] exercise="07.5" minutes=14 importance="extra"
def beam_step(
    scores: torch.Tensor, log_probs: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The best beginnings, each one word longer.

    scores (beam,), log_probs (beam, vocab)
    -> parents (beam,) whole numbers, words (beam,) whole numbers, scores (beam,), best first
    """
    ### BEGIN SOLUTION
    beam, vocab = log_probs.shape
    candidates = scores[:, None] + log_probs  # (beam, vocab)
    best, places = candidates.flatten().topk(beam)  # (beam,) each
    return places // vocab, places % vocab, best
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="07.5"
r"""
<details><summary>Hint 1: the candidates</summary>

Every beginning with every word: `(beam, vocab)`. The score of a beginning goes to all words of its
row, so it needs an axis.

</details>
<details><summary>Hint 2: one contest, not several</summary>

The best of each row would keep every beginning alive, however bad. All candidates stand in one
contest: flatten, then `topk` with as many as the beam has.

</details>
<details><summary>Hint 3: which row, which column</summary>

In the flat row, each beginning takes `vocab` places. Whole division by `vocab` tells the beginning,
the remainder tells the word.

</details>
"""

# %% tags=["check"] exercise="07.5"
check("07.5", beam_step, points=4)

# %% [markdown]
r"""
With your step, a search. At the start all beginnings are the same, so only one may count: the
others begin with $-\infty$. (That what is over goes on at no cost is left out: `<end>` gets log
probability 0 there.)
"""


# %% tags=["demo"]
@torch.no_grad()
def search(beam: int) -> str:
    """Beam search with your step for the sentence above."""
    tokens = torch.full((beam, 1), tl.START)
    scores = torch.tensor([0.0] + [-torch.inf] * (beam - 1))
    for _ in range(16):
        logits = speaker(source.expand(beam, -1), tokens, tl.real(source))
        log_probs = logits[:, -1].log_softmax(dim=-1)  # (beam, vocab)
        over = tokens[:, -1] == tl.END
        log_probs[over] = -torch.inf
        log_probs[over, tl.END] = 0.0
        parents, words, scores = beam_step(scores, log_probs)
        tokens = torch.cat([tokens[parents], words[:, None]], dim=1)
    return " ".join(spoken_task.japanese.decode(tokens[0].tolist()))


for size in (1, 2, 4):
    print(f"beam {size}:", search(size))

# %% tags=["demo"]
beams = saved_rows("07", "beam")
for size in (2, 4, 8):
    better = [row["better"] for row in beams if row["beam"] == size]
    worse = max(row["worse"] for row in beams if row["beam"] == size)
    low, high = min(better), max(better)
    print(f"beam {size}: a better sentence for {low:.2f} to {high:.2f}; worse for {worse:.2f}")

# %% [markdown] measured={"beam 2: a better sentence for": [0.1, 0.25]}
r"""
Five models, 200 sentences each: for about a fifth, beam finds a sentence that the model itself
holds for more probable, and nearly all of these with a beam of 2. **An honest limit:** more
probable for the *model* need not be the better *translation*. In a large translator the most
probable "translation" of more than half the sentences was the empty one (Stahlberg and Byrne,
2019). A narrow beam misses it: `<end>` is not among its best first words, and is dropped.
"""

# %% [markdown]
r"""
## Going further: a name that nobody knows

*{minutes} minutes.*

Between languages that share a script most names are copied. (Japanese spells them anew, Yuki is
ユキ; here we leave them in Latin letters.) As a word of its own, a name outside the vocabulary
can't even be read. So spell it, a token for each letter, on both sides (*K e n a loves fish .* → *K
e n a は 魚 が 好き です 。*). Now a new name can be read and written. Will it be copied?

**Predict before you run.** One model learns from 20 names, the other from 2,000, equally many
sentences. Both copy the names that they know. How many *new* names does each copy?
"""

# %% tags=["demo", "folded"]
names = saved_rows("07", "names")
counts = sorted({row["names"] for row in names})
figure, axes = plt.subplots(figsize=(7, 3.4))
for what, colour, mark in (("known", "#0072B2", "o"), ("new", "#D55E00", "s")):
    for place, count in enumerate(counts):
        shares = [row[what] for row in names if row["names"] == count]
        shift = -0.06 if what == "known" else 0.06
        spots = [place + shift] * len(shares)
        label = f"{what} names, five models" if place == 0 else None
        axes.plot(spots, shares, mark, color=colour, alpha=0.6, label=label)
axes.set_xticks(range(len(counts)), [f"{count:,}" for count in counts])
axes.set(xlabel="different names in training", ylabel="share right", ylim=(-0.04, 1.04))
axes.set_title("Twenty names are learnt by heart, a hundred are copied")
axes.legend(loc="center right")
show(
    figure,
    "Share of right sentences over the number of names in training, five models each. Known names "
    "are near 1 throughout; new names are near 0 with 20, and near 1 with 100 and more.",
)

# %% tags=["demo"]
for count in (20, 2000):
    new = [row["new"] for row in names if row["names"] == count]
    print(f"{count} names: new {min(new):.2f} to {max(new):.2f} right")

# %% [markdown] measured={"20 names: new": [0.0, 0.1], "2000 names: new": [0.95, 1.0]}
r"""
Spelling makes copying possible; **variety** makes it the cheaper way. Twenty names are twenty
words, learnt by heart letter by letter. A hundred are too many for that already. It is the lesson
of the 118 pairs again. (Real translators spell rare words in pieces, *subwords*: Sennrich et al.,
2015.)
"""

# %% [markdown]
r"""
## Going further: the translator of 2014

*{minutes} minutes. A fair peer.*

Attention was there before the Transformer. Bahdanau, Cho and Bengio (2014) let a recurrent network
read the source both ways, another write, and put attention between them, so that the writer could
look back at every source word. We built it with as many parameters as yours, gave both the same
sentences and 200 steps, and tried three learning rates for each, three models each.
"""

# %% tags=["demo", "folded"]
peers = saved_rows("07", "peer")
figure, panels = plt.subplots(1, 2, figsize=(9, 3.4), sharey=True)
kinds = (("2014", "#E69F00", "s"), ("Transformer", "#0072B2", "o"))
for panel, when, title in zip(
    panels, ("half way", "right"), ("100 steps", "200 steps"), strict=True
):
    for shift, (kind, colour, mark) in zip((-0.08, 0.08), kinds, strict=True):
        for place, rate in enumerate((0.002, 0.005, 0.01)):
            shares = [row[when] for row in peers if row["kind"] == kind and row["rate"] == rate]
            spots = [place + shift] * len(shares)
            label = kind if place == 0 else None
            panel.plot(spots, shares, mark, color=colour, alpha=0.6, label=label)
    panel.set_xticks(range(3), ["0.002", "0.005", "0.01"])
    panel.set(xlabel="learning rate", title=f"After {title}")
panels[0].set_ylabel("share right, never seen together")
panels[0].legend(loc="lower right")
figure.suptitle("Transformer ahead: far at 0.002, barely at 0.01", weight="bold", x=0.02, ha="left")
show(
    figure,
    "Shares of unseen combinations right, after 100 and after 200 steps, for three learning rates, "
    "three models each. The Transformer lies a little above the network of 2014 at its best rates.",
)

# %% tags=["demo"]
for kind in ("2014", "Transformer"):
    of = [row for row in peers if row["kind"] == kind]
    rates = sorted({row["rate"] for row in of})
    means = {rate: mean(row["right"] for row in of if row["rate"] == rate) for rate in rates}
    best = max(means, key=means.get)
    print(f"{kind}: best mean {means[best]:.3f}, at rate {best}, {of[0]['size']:,} numbers")

# %% [markdown] measured={"2014: best mean": [0.92, 0.96], "Transformer: best mean": [0.95, 0.99]}
r"""
At the best rate of each (the largest that we tried) the Transformer is ahead by a few points in a
hundred, and the dots overlap: its lowest model is below all three of 2014. Both translate words
that never met, and both do it with attention. With the smallest rate, 200 steps are too few for the
older one, and the Transformer is far ahead.

What the Transformer changed is what lies *around* attention: in training, no word waits for
another. What that is worth is the subject of lesson 08.
"""

# %% [markdown]
r"""
## Going further: tricks of the trade, measured

*{minutes} minutes.*

The Transformer paper trains with **warm-up**, a learning rate that rises at first and falls
afterwards, and with **label smoothing**: the right word is to get 0.9, the rest is shared out. It
says that smoothing hurts the model's certainty and improves its translations (Vaswani et al., 2017,
section 5.4). Do they matter here? `tl.fit` warms up for 20 of 200 steps and does not smooth: that
is *as it is* below. Five models each:
"""

# %% tags=["demo", "folded"]
variants = saved_rows("07", "variants")
order = list(dict.fromkeys(row["variant"] for row in variants))
figure, axes = plt.subplots(figsize=(8, 3.4))
for place, variant in enumerate(order):
    of = [row for row in variants if row["variant"] == variant]
    for shift, when, colour, mark in (
        (-0.1, "half way", "#E69F00", "s"),
        (0.1, "right", "#0072B2", "o"),
    ):
        label = {"half way": "after 100 steps", "right": "after 200 steps"}[when]
        spots = [place + shift] * len(of)
        shares = [row[when] for row in of]
        axes.plot(spots, shares, mark, color=colour, alpha=0.6, label=label if place == 0 else None)
axes.set_xticks(range(len(order)), [name.replace(", ", ",\n") for name in order], size=9)
axes.set(ylabel="share right, never seen together")
axes.set_title("Warm-up and smoothing make no difference that we could see")
axes.legend(loc="lower right")
show(
    figure,
    "Shares of unseen combinations right for five variants of training, five models each, after "
    "100 and after 200 steps. With warm-up, without, and with label smoothing they overlap.",
)

# %% tags=["demo"]
for variant in order:
    of = [row for row in variants if row["variant"] == variant]
    half, end = (mean(row[when] for row in of) for when in ("half way", "right"))
    print(f"{variant:22}  half way {half:.2f}   at the end {end:.2f}")

# %% [markdown] measured={"as it is                half way": [0.8, 0.95]}
r"""
Each dot is a model. With and without warm-up, with and without smoothing, they lie among each
other: five models can't tell them apart. **What is needed in large, deep models
need not be needed in yours**: measure, with more than one seed.
"""

# %% [markdown]
r"""
## Going further: what a minute buys on real language

*{minutes} minutes.*

Everything above is a toy, on purpose. How far does the same recipe get with real sentences? We
trained a model seven times as large, for 300 steps, on some thirty thousand short pairs of
[Tatoeba](https://tatoeba.org) (English words in, Japanese characters out), three times. Of
300 test sentences, two at most came out as the human wrote them. Five others, and what the three
models made of them:
"""

# %% tags=["demo", "folded"]
reals = saved_rows("07", "real")
sizes = f"{reals[0]['sentences']:,} sentences, {reals[0]['size']:,} numbers"
print(sizes, "· right, of 300:", *[round(300 * row["right"]) for row in reals])
for asked in [name for name in reals[0] if name.endswith((".", "?"))]:
    print(f"{asked:24}", "   ".join(row[asked] for row in reals))

# %% [markdown]
r"""
It is Japanese, mostly, though some lines break off. But *I love Tokyo* became "I am the English
language", "I am my house" and, of all three the nearest, "I like English"; *thank you* begins with
"you" three times. A minute buys a beginning of the *target* language; meaning takes longer. The
base model of the Transformer paper trained
for 12 hours on eight graphics cards, on about 4.5 million pairs for German (Vaswani et al., 2017,
section 5).
"""

# %% [markdown] tags=["deep-dive"]
r"""
## Deep dive: from the papers

*{minutes} minutes. Nothing later needs this section.*
"""

# %% [markdown]
r"""
**Joining what was never joined.** Lake and Baroni (2017) taught recurrent networks commands such as
*jump twice*. Where a new verb had been learnt alone, in no combination, they failed to combine
it. Our test is kinder: both words have partners, and the question is how many.

**Exposure bias.** Whether it does harm in good models is disputed: in language models that write
freely, He et al. (2019) found its harm to be limited. In our figure it is large only while the
model is weak.

**Attention as alignment.** Bahdanau et al. (2014) drew such maps between English and French. Koehn
and Knowles (2017) compared maps with word alignments and found that they can diverge far. In the
same paper beam search helps with narrow beams, and wide ones make translations worse.
"""

# %% [markdown]
r"""
## The quiz

Five questions, with an answer to every answer.
"""

# %% tags=["quiz"]
quiz("07")

# %% [markdown]
r"""
## In five lines

1. In training the decoder reads the right words, shifted by one: all places learn in one pass. When
   it writes, each word waits for the one before.
2. Cross-attention shows where each word was found. The row that writes a word is the one that read
   the word before.
3. Words that never met can be joined, if each has had many partners.
4. Greedy takes the best word at the last place, until every row has said `<end>`.
5. Teacher forcing hides what one wrong word does to the next; whole sentences can't differ.

**Words learnt**: particle, held out, teacher forcing, logits, cross-attention as alignment,
greedy, exposure bias; further on: crossing, beam, subword, label smoothing.

**Next**: [08 · Why it replaced the RNN](08_why_it_replaced_the_rnn.ipynb) lets this family of
models race against the one before it.
"""

# %% tags=["progress"]
progress("07")

# %% [markdown]
r"""
### References

- A. Vaswani et al. (2017). *Attention Is All You Need.* arXiv
  [1706.03762](https://arxiv.org/abs/1706.03762)
- D. Bahdanau, K. Cho, Y. Bengio (2014). *Neural Machine Translation by Jointly Learning to Align
  and Translate.* arXiv [1409.0473](https://arxiv.org/abs/1409.0473)
- I. Sutskever, O. Vinyals, Q. V. Le (2014). *Sequence to Sequence Learning with Neural Networks*
  (beam search). arXiv [1409.3215](https://arxiv.org/abs/1409.3215)
- M. Ranzato et al. (2015). *Sequence Level Training with Recurrent Neural Networks* (exposure
  bias). arXiv [1511.06732](https://arxiv.org/abs/1511.06732)
- T. He et al. (2019). *Exposure Bias versus Self-Recovery: Are Distortions Really Incremental for
  Autoregressive Text Generation?* arXiv [1905.10617](https://arxiv.org/abs/1905.10617)
- R. Sennrich, B. Haddow, A. Birch (2015). *Neural Machine Translation of Rare Words with Subword
  Units.* arXiv [1508.07909](https://arxiv.org/abs/1508.07909)
- P. Koehn, R. Knowles (2017). *Six Challenges for Neural Machine Translation.* arXiv
  [1706.03872](https://arxiv.org/abs/1706.03872)
- B. M. Lake, M. Baroni (2017). *Generalization without Systematicity.* arXiv
  [1711.00350](https://arxiv.org/abs/1711.00350)
- F. Stahlberg, B. Byrne (2019). *On NMT Search Errors and Model Errors: Cat Got Your Tongue?*
  arXiv [1908.10090](https://arxiv.org/abs/1908.10090)
"""
