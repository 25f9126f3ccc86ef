# %% [markdown]
r"""
# 16 · Three tasks, one model

**By the end you can**

1. make one model do what the first word of its input says, and foresee what it does with another
   word; <!-- quiz: another-first-word -->
2. say how the writer knows its task, where a map doesn't show it;
   <!-- quiz: no-weight-no-influence -->
3. count whole answers, and find a coin flip behind a low loss; <!-- quiz: a-low-loss -->
4. say in which order to teach tasks that share a model; <!-- quiz: what-to-teach-first -->
5. write a mean in which long targets don't drown short ones. <!-- quiz: fair-mean-at-fault -->

*About {minutes} minutes · needs [06 · The Transformer](06_the_transformer.ipynb) and [07 · Train a
translator](07_train_a_translator.ipynb) · builds nothing new in `attn`: text goes in, text comes
out, and the task is a word*

> **In one breath.** A clerk gets a letter with a note on top: *translate*, *sum up* or *answer*.
> The letter is the same, the clerk is the same. The note alone decides what comes out.
"""

# %%
import matplotlib.pyplot as plt
import torch

from attn.plotting import plot_weights
from course import check, explore, progress, quiz, show
from course import stories as st
from course.results import saved_rows

# %% [markdown]
r"""
## From memory

A few minutes, before anything new, and without looking back. Nothing here is graded.
"""

# %% tags=["recall"]
from course import recall

recall("16")


# %% tags=["recall"]
# From memory: what the decoder reads, and what it should say. Define from_memory(target): target
# (batch, n) -> two tables (batch, n - 1). Then check("07.1", from_memory, points=0)
### BEGIN SOLUTION
def from_memory(target):
    return target[:, :-1], target[:, 1:]


check("07.1", from_memory, points=0)
### END SOLUTION

# %% [markdown]
r"""
## One story, three jobs

Our stories are made up, on purpose: so we can count exactly what is right. Two people love
something, a third has news, in any order, and a question follows. *The same text* can be
translated (all but the question), summed up (the news) or answered:
"""

# %% tags=["demo"]
# [1, 2, 0], the order: first lover 1 (Yuki), then the news (2), then lover 0; asked: which lover
ken = st.tell([("Ken", "Tokyo"), ("Yuki", "tea")], ("Mary", "lost", "key"), [1, 2, 0], asked=0)
print(*ken.text)
for task in st.TASKS:
    print(f"{task + ':':11}", *ken.wanted[task])
print("in Latin:  ", *st.in_latin(ken.wanted["translate"]))
print(f"{len(st.WORDS)} words, English and Japanese in one vocabulary")

# %% [markdown]
r"""
Below, the translation in Latin letters: *Yuki wa ocha ga suki desu* is *Yuki loves tea*.

A Transformer with two layers gets one more word, in front: `translate:`, `summarise:` or
`answer:`. Everything else is equal: weights, vocabulary, decoder. So this one word decides, and
nothing else can.

For a whole batch the texts are a table of numbers, and the first words are a column:

```
source (batch=3, n=5)     3  17  40  12   8       axis 0, down: texts
                          5  21   9  33   8       axis 1, across: places
                          3  30  17  40   8
                          ↑
                          place 0: the task
```
"""

# %% [markdown]
r"""
**Tools.** A slice may stand on the left of `=`: then it is written to. `clone` makes a copy first,
so that the table itself stays as it was.
"""

# %%
table = torch.tensor([[10, 11, 12], [20, 21, 22]])  # (2 rows, 3 columns)
copy = table.clone()
copy[:, 2] = 0
print(copy.tolist(), table.tolist())

# %% [markdown]
r"""
### Exercise 16.1 · Another first word · ●○○ · 2 points

Give every text of the batch the same new task. Only place 0 changes, also where the old first word
stands in the text again; and the table that was given stays as it was.
"""


# %% tags=["exercise"] exercise="16.1" minutes=4 importance="core"
def with_first_word(source: torch.Tensor, word: int) -> torch.Tensor:
    """The same texts with another first word.

    source (batch, n) whole numbers, word the number of the new one -> (batch, n)
    """
    ### BEGIN SOLUTION
    changed = source.clone()
    changed[:, 0] = word
    return changed
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="16.1"
r"""
<details><summary>Hint 1: which place?</summary>

The task stands in column 0: every row, place 0. `source[:, …]` takes a column.

</details>
<details><summary>Hint 2: a copy</summary>

Copy first, then write the new word into the copy's column, then give the copy back.

</details>
"""

# %% tags=["check"] exercise="16.1"
check("16.1", with_first_word, points=2)

# %% [markdown]
r"""
## Train it

The model learns from new stories in every step, so nothing can be learnt by heart. First it gets
questions alone, 300 steps, then all three tasks in equal shares, 300 more. (Why comes later.)
"""

# %% tags=["demo", "nbval-ignore-output"]
torch.set_num_threads(1)  # quicker for models as small as this
model = st.new_model(seed=0)
losses = st.fit(model, st.ANSWERS_FIRST, seed=0)  # half a minute
print(f"loss of a word: {losses[0]:.2f} at first, {losses[-1]:.3f} at last")
print(f"{sum(weights.numel() for weights in model.parameters()):,} numbers learnt")

# %% tags=["demo"]
text = st.source_of([ken], ["translate"])  # (1, n_source=20)
for task in st.TASKS:
    word = st.WORDS.number[st.FIRST_WORD[task]]
    (words,) = st.said(st.write(model, with_first_word(text, word)))
    print(f"{task + ':':11}", *st.in_latin(words))

# %% [markdown]
r"""
One story, one model, three jobs. Where does it look meanwhile?

**Predict before you run.** These are the twenty words of the input. Which will be lit while the
model *translates*? Which while it *sums up*? And which while it *answers*? Point at them first.

`translate: Yuki loves tea . suddenly Mary lost the key . Ken loves Tokyo . what does Ken love ?`
"""


# %% tags=["demo", "folded"]
def one_map(panel, story, task: str):
    """Where the model looks to write each word: the most that a head of the last layer gives."""
    weights = st.looked_at(model, story, task).amax(dim=0)  # (n_wanted, n_source)
    written = zip(story.wanted[task], st.in_latin(story.wanted[task]), strict=True)
    rows = [word if word == latin else f"{word}  {latin}" for word, latin in written]
    read = [st.FIRST_WORD[task], *story.text]
    plot_weights(weights, rows, read, title=task, ax=panel, annotate=False)
    panel.set(xlabel="", ylabel="writes")
    panel.set_title(task, fontsize=11, loc="left")
    for label in panel.get_yticklabels():
        little = label.get_text().split()[0] in st.LITTLE_WORDS
        label.set_color("0.5" if little else "black")


# %% tags=["demo", "folded"]
def three_maps(story, title: str, tasks=st.TASKS):
    """A map for each task, one below the other: the story's words are the columns."""
    heights = [len(story.wanted[task]) for task in tasks]
    size = (8, 0.215 * sum(heights) + 0.55 * len(tasks) + 0.9)
    options = {"sharex": True, "layout": "constrained", "height_ratios": heights}
    figure, panels = plt.subplots(len(tasks), figsize=size, squeeze=False, **options)
    for task, panel in zip(tasks, panels[:, 0], strict=True):
        one_map(panel, story, task)
    words = [f"{tasks[0]}:" if len(tasks) == 1 else "the task:", *story.text]
    panels[-1, 0].set_xticks(range(len(words)), words, rotation=90)
    panels[-1, 0].set_xlabel("looks at")
    figure.suptitle(title, weight="bold", x=0.02, ha="left")
    return figure


# %% tags=["demo", "folded", "memorable"]
show(
    three_maps(ken, "Each task fetches its words from other places of the same text"),
    "Three maps of cross-attention over the same twenty words. The translation's bright cells lie "
    "on the first word, on Yuki, tea, Mary, suddenly, lost and key, and on the word does of the "
    "question; the summary's lie in the middle sentence; the answer's lie on the name in the "
    "question, and on Tokyo.",
)

# %% [markdown]
r"""
Each row is named by the word that it *writes*. Drawn is the most that one of the four heads gives,
in the last layer; yellow is a weight near 1. Look at the bright cells. The summary fetches from the
middle sentence; the answer *Ken* from the question and *Tokyo* from the last sentence. The
translation fetches much from where it stands (Yuki, tea, Mary, key), but not all: *suddenly* looks
at *does*, of all words. (Grey are particles and endings, which have no translation.)

Now turn it yourself. Which word looks at the strangest place?
"""

# %% tags=["explore", "folded"]
LOVES = ["Tokyo", "tea", "music", "fish", "books"]


def ask(first_word: str, Ken: str, Yuki: str, about: str, news: str):
    story = st.tell(
        [("Ken", Ken), ("Yuki", Yuki)],
        ("Mary", *news.split(" the ")),
        [1, 2, 0],
        asked=["Ken", "Yuki"].index(about),
    )
    (words,) = st.said(st.write(model, st.source_of([story], [first_word])))
    right = words == story.wanted[first_word]
    title = f"{first_word}: " + ("every word as wanted" if right else "not as wanted")
    figure = three_maps(story, title, [first_word])
    return show(figure, f"The model writes: {' '.join(words)}. {title}.")


explore(
    ask,
    first_word=list(st.TASKS),
    Ken=LOVES,
    Yuki=LOVES[::-1],
    about=["Ken", "Yuki"],
    news=["lost the key", "found the ball", "sold the lamp"],
)

# %% [markdown]
r"""
## Does it obey?

One story is no measurement. We take 120, all of them with all three first words, and count **whole
answers**: right is what is right from the first word to the end. (Over a million stories are
possible; 38,400 were seen in training.)

The model writes row by row until all rows have ended; a row that has ended gets `end` again, or in
general *anything*. The wanted rows are filled up with padding. So cut both at the first `end`:

```
written (batch=3, n=5)    wanted (batch=3, m=4)      end = 2
 7 8 2 2 2                 7 8 2 0                   right
 7 8 9 2 2                 7 8 2 0                   goes on too long
 7 9 9 9 9                 7 9 2 0                   never ends: not right
```
"""

# %% [markdown]
r"""
**Tools.** Lists say where something stands first, can be cut, and compared as a whole:
"""

# %%
row = [7, 8, 2, 2]
print(row.index(2), row[:3], row[:3] == [7, 8, 2], 5 in row)
print(torch.tensor([[7, 8], [9, 2]]).tolist())

# %% [markdown]
r"""
### Exercise 16.2 · Whole answers · ●●○ · 3 points

The share of rows that are right: equal up to the first `end`, and with it. A row of `written` may
have no `end`: then all of it was written, and it is not right. Every row of `wanted` has one.
"""


# %% tags=["exercise"] exercise="16.2" minutes=7 importance="core"
def exact_match(written: torch.Tensor, wanted: torch.Tensor, end: int) -> float:
    """The share of rows that are right from the first word to the end.

    written (batch, n), wanted (batch, m) whole numbers -> a number from 0 to 1
    """

    ### BEGIN SOLUTION
    def cut(row: list[int]) -> list[int]:
        return row[: row.index(end) + 1] if end in row else row

    pairs = zip(written.tolist(), wanted.tolist(), strict=True)
    return sum(cut(row) == cut(target) for row, target in pairs) / len(written)
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="16.2"
r"""
<details><summary>Hint 1: one row first</summary>

Make a list of a row, and cut it behind its first `end`. Two lists are equal, `==`, if they have the
same numbers in the same order.

</details>
<details><summary>Hint 2: where to cut</summary>

`row.index(end)` is the place of the first `end`; `row[: place + 1]` ends with it. Where there is
none, `index` raises an error: ask `end in row` first.

</details>
<details><summary>Hint 3: the share</summary>

`zip(written.tolist(), wanted.tolist())` goes through both tables row by row. Count the equal ones,
and divide by the number of rows.

</details>
"""

# %% tags=["check"] exercise="16.2"
check("16.2", exact_match, points=3)

# %% [markdown]
r"""
**Predict before you run.** The same 120 stories, three times, and only the first word is
exchanged, with your function. Will it always do what the word says? Or at times its favourite task?
"""

# %% tags=["demo", "nbval-ignore-output"]
asked = st.stories(120, seed=10_000)
source = st.source_of(asked, ["translate"] * len(asked))  # (120, 20)
for task in st.TASKS:
    word = st.WORDS.number[st.FIRST_WORD[task]]
    written = st.write(model, with_first_word(source, word))
    wanted = st.target_of(asked, [task] * len(asked))[:, 1:]  # without START
    print(f"{task:10} {exact_match(written, wanted, end=2):.2f}")

# %% [markdown] measured={"translate ": [0.9, 1], "summarise ": [0.98, 1], "answer ": [0.98, 1]}
r"""
It obeys: each first word gives its own task, on nearly any story. (Yours is the
best of four seeds: the others had 0.75 to 0.80 of the translations right.) That is how
T5 was built (Raffel et al., 2019): every task is text to text, with a few words in front that name
it. And three years before, a translator between many languages was told by a token in front into
which one (Johnson et al., 2016).
"""

# %% [markdown]
r"""
## How does the writer know?

There is one word that decides everything. Surely the writer looks at it?

**Predict before you run.** The decoder has read `<start>`, and chooses its first word: ユキ
(Yuki), *Mary* or *Ken*. Two layers with four heads each look at the input. How much weight does the
most generous head give to `translate:`, to `summarise:`, to `answer:`?
"""


# %% tags=["demo", "nbval-ignore-output"]
for task in st.TASKS:
    print(f"{task:10} {st.first_look(model, asked, task):.2f}")

# %% [markdown] measured={"translate ": [0.8, 1], "answer ": [0, 0.1]}
r"""
It depends on the task. Whoever begins a *translation* looks straight at its first word. As an
*answer* begins, no head of any layer looks at it. And yet it begins with *Ken*, and `answer:` alone
makes it do so: you have just exchanged it. (Only then, for its second word, does it look: see the
picture.)

So how does the writer know? The *encoder* has told it. There every token may read the first word,
and the vectors that the decoder looks at are no longer those of *Ken* and *Tokyo* alone: they are
of *Ken, in a text to be answered*. **What is not looked at may have decided already.** So
a map shows where something was fetched, and not yet why it is there. (How far maps explain is
disputed: Jain and Wallace, 2019; Wiegreffe and Pinter, 2019.) Four models, the first made as yours
was:
"""

# %% tags=["demo"]
looks = saved_rows("16", "looks")
print(f"{'model':10}", *(f"{number:4}" for number in (1, 2, 3, 4)))
for task in st.TASKS:
    found = [row["weight"] for row in looks if row["asked"] == task]
    print(f"{task:10}", *(f"{weight:.2f}" for weight in found))

# %% [markdown]
r"""
All four look as they begin to translate; as they begin to answer, or to sum up, three don't.
"""

# %% [markdown]
r"""
## A coin flip behind a low loss

Why not all three tasks from the start? More tasks teach more about the same
words, so training together should help.

**Work it out by hand.** Suppose a model knows all about an answer but one thing: *which* of the
two things mentioned is Ken's. It writes *Ken loves … .* and the end, five tokens; four it knows
for sure, one is a coin flip. A sure token costs nothing, a coin flip $-\ln \frac12 \approx 0.69$.
The mean of the five is $0.69 / 5 \approx 0.14$.

That looks like a model nearly done. And half of its answers are not right.
"""

# %% [markdown]
r"""
**Predict before you run.** Six hundred steps each, the same model, batches of 64. Left:
all three tasks in every batch, from the start. Right: 300 steps of questions alone, then all
three. Draw, for each, the share of right answers over the steps.
"""

# %% tags=["demo", "folded"]
recipes = {"together": saved_rows("16", "together"), "questions first": saved_rows("16", "first")}
COLOURS = {"translate": "#0072B2", "summarise": "#009E73", "answer": "#D55E00"}
STYLES = {"translate": "--", "summarise": ":", "answer": "-"}
figure, panels = plt.subplots(1, 2, figsize=(9.5, 3.6), sharey=True, layout="constrained")
for panel, (name, rows) in zip(panels, recipes.items(), strict=True):
    for row in rows:
        for task in st.TASKS:
            label = task if row["seed"] == 0 else None
            style = {"color": COLOURS[task], "ls": STYLES[task], "lw": 1.4, "alpha": 0.8}
            panel.plot(row["steps"], row[task], label=label, **style)
    panel.axhline(0.5, color="0.5", lw=0.8)
    panel.set(xlabel="training step", title=name.capitalize(), ylim=(-0.03, 1.03))
panels[0].set_ylabel("share of whole answers right")
panels[1].annotate("a coin flip", (200, 0.5), xytext=(0, 3), textcoords="offset points", size=9)
panels[0].legend(loc=(0.63, 0.1))
finding = "Together, the hard task waits at a coin flip; taught first, it gets over it"
figure.suptitle(finding, weight="bold", x=0.02, ha="left")
show(
    figure,
    "Shares of right translations, summaries and answers over 600 steps, a line for each model. "
    "Left, all three together: translations and summaries rise to 1, answers stay near one half. "
    "Right, questions first: answers jump from one half to 1 in the first 200 steps and stay.",
)

# %% tags=["demo"]
for name, rows in recipes.items():
    for task in st.TASKS:
        print(f"{name}, {task}:", *(f"{row[task][-1]:.2f}" for row in rows))
    print(f"{name}, loss of an answer's word:", *(f"{row['loss'][-1]:.2f}" for row in rows))


# %% [markdown] measured={"together, answer:": [0.4, 0.65], "questions first, answer:": [0.97, 1]}
r"""
Left, four models of four toss a coin to the end, and their loss is 0.14 or 0.15: *the number that
you worked out*. Right, the answers wait at a half, too, for a while. Then they jump, and when the
other tasks join they stay.

To **bind** a thing to its owner is the one hard step here, and it comes as a jump.

**Claim, measured:** *"training tasks together helps."* Here it delays the hard one. (And nothing is
free: translations come later on the right.) For want of questions, since a mixed batch has only 21?
And for good? Three more ways:
"""

# %% tags=["demo", "folded"]
last = [row for row in saved_rows("16", "variants") if row["recipe"] == "answers last"]
longer = saved_rows("16", "patience")
ways = {"questions alone, 21 a step": saved_rows("16", "alone"), "questions last": last}
for name, rows in {**ways, "together, of 1800 steps": longer}.items():
    at_600 = (row["answer"][row["steps"].index(600)] for row in rows)
    print(f"{name}, at step 600:", *(f"{share:.2f}" for share in at_600))
print("the same, at step 1800:", *(f"{row['answer'][-1]:.2f}" for row in longer))

# %% [markdown] measured={"a step, at step 600:": [0.95, 1], "at step 1800:": [0.95, 1]}
r"""
Alone, with no more questions, they get over it. Questions last: a coin flip. And the mixture? In a
training of 1800 steps, two models of three are over it by step 600, where a training of 600 ends at
a coin flip. Up to there only the *step size* differs: it falls towards 0 at the end of a training,
so in the longer one it is still large. The hard task is **delayed, not prevented**: the flip lasts
as long as training gives it neither time nor steps large enough.
"""

# %% [markdown]
r"""
## Long targets and short ones

In a mixed batch a translation has 23 tokens with its end, an answer 5. In a plain mean over all
words of the batch, four and a half times as many votes go to the translation.

**Work it out by hand.** A translation of four words with a loss of 1 each, and an answer of one
word with a loss of 3. The mean over words is $(4 \cdot 1 + 3) / 5 = 1.4$. The fair mean takes each
example's own mean first, 1 and 3, and then the mean of these: 2.

```
each (batch=2, n=4)    real                  mean
 1  1  1  1             yes yes yes yes       1
 3  9  9  9             yes no  no  no        3

axis 0, down: examples; axis 1, across: places
at padding stands any number
```
"""

# %% [markdown]
r"""
**Tools.** In a product, true counts as 1 and false as 0. `sum(dim=1)` adds along the rows, one
number for each.
"""

# %%
numbers = torch.tensor([[5.0, 6.0, 7.0], [8.0, 9.0, 4.0]])  # (2 rows, 3 columns)
chosen = torch.tensor([[True, True, False], [False, True, True]])
print(
    (numbers * chosen).tolist(), (numbers * chosen).sum(dim=1).tolist(), chosen.sum(dim=1).tolist()
)

# %% [markdown]
r"""
### Exercise 16.3 · A fair mean · ●●○ · 3 points

The mean of each row over its real words, then the mean of these. Each row has one real word at
least.
"""


# %% tags=["exercise"] exercise="16.3" minutes=6 importance="core"
def fair_mean(each: torch.Tensor, real: torch.Tensor) -> torch.Tensor:
    """A mean in which every example counts the same, however long it is.

    each (batch, n) losses, real (batch, n) True where there is a word -> a tensor with one number
    """
    ### BEGIN SOLUTION
    rows = (each * real).sum(dim=1) / real.sum(dim=1)  # (batch,)
    return rows.mean()
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="16.3"
r"""
<details><summary>Hint 1: two means</summary>

First one number for each row, then one for all. Padding must not count in the first, neither in
what is added up nor in what it is divided by.

</details>
<details><summary>Hint 2: shapes</summary>

`(each * real).sum(dim=1)` is `(batch,)`, and so is the number of real words of each row. Divide one
by the other.

</details>
"""

# %% tags=["check"] exercise="16.3"
check("16.3", fair_mean, points=3)

# %% [markdown]
r"""
That is the loss with which your model was trained. **Was it needed?** We trained again with the
plain mean, questions first: the share right at the end, three models each.
"""

# %% tags=["demo", "folded"]
plain = [row for row in saved_rows("16", "variants") if row["recipe"].endswith("first, plain mean")]
for name, rows in {"fair": saved_rows("16", "first")[:3], "plain": plain}.items():
    for task in st.TASKS:
        print(f"{name}, {task}:", *(f"{row[task][-1]:.2f}" for row in rows))
together = [row for row in saved_rows("16", "variants") if row["recipe"] == "together, plain mean"]
print("plain and together, answer:", *(f"{row['answer'][-1]:.2f}" for row in together))

# %% [markdown] measured={"plain, translate:": [0.95, 1], "together, answer:": [0.35, 0.65]}
r"""
No. With the plain mean the short tasks are learnt as well, and the long one sooner, since it has
more votes. (Together from the start, the coin flip stays: the last line.) So it is a choice:
a vote for every example, or for every word. Know which one your loss has taken, and measure
whether it matters.
"""

# %% [markdown]
r"""
## Make it yours

Your own story: six names, six things to love, four verbs and six things stand in
`lib/course/stories/words.py`. (Any other word is a `KeyError`.) Or one that was never told in
training: let one name love two things, and predict which of them is the answer.
"""

# %% tags=["demo", "nbval-ignore-output"]
mine = st.tell([("Anna", "music"), ("Taro", "fish")], ("John", "broke", "lamp"), [2, 1, 0], asked=1)
for task in st.TASKS:
    (words,) = st.said(st.write(model, st.source_of([mine], [task])))
    print(f"{task + ':':11}", *st.in_latin(words))

# %% [markdown]
r"""
## Going further: three small models

*{minutes} minutes. Is one model for all better than one for each?*

A fair question is: better *with what*? Three models of $d_{model} = 36$ have together about as many
numbers as ours. Each learns one task alone, for 400 steps: translations and summaries 22 rows a
step (as many as each has in a mixed batch), questions 64. Three models for each task:
"""

# %% tags=["demo"]
thirds = saved_rows("16", "thirds")
for task in st.TASKS:
    of = [row for row in thirds if row["task"] == task]
    print(
        f"{task:10}", *(f"{row[task][-1]:.2f}" for row in of), f"  {of[0]['size']:,} numbers each"
    )

# %% [markdown] measured={"translate ": [0.95, 1], "summarise ": [0.95, 1], "answer ": [0.95, 1]}
r"""
Three small ones do what the large one does, with no question of order, and with fewer steps. What
one model buys *here* is that there is one set of weights to keep, and a word that steers it. Where
examples are few, tasks may lend each other what they know of the language. Our stories never run
out, so of that this experiment says nothing.
"""

# %% [markdown]
r"""
## Going further: how much of each?

*{minutes} minutes, with an exercise.*

We could draw as many stories as we liked. Real tasks come with data sets of very different size:
25,600 examples here, 100 there. Drawn *in proportion*, the small one is hardly ever seen. In
*equal* shares, its few examples come again and again. In between, T5 tries a **temperature**
(Raffel et al., 2019, section 3.5.2): the size of each data set, cut off at a limit, to the power
$1/T$, and then made to sum to 1.

$$r_m = \frac{\min(e_m, K)^{1/T}}{\sum_k \min(e_k, K)^{1/T}}$$

In words: the rate of task $m$ is a root of its number of examples $e_m$, but of no more than $K$,
over the sum of these for all tasks.

**Work it out by hand.** 900, 100 and 25,600 examples, at most $K = 1600$, $T = 2$: the roots are
30, 10 and 40, so the rates are 3/8, 1/8 and 1/2.
"""

# %% [markdown]
r"""
**Tools.** `clamp(max=…)` cuts off what is larger, and `**` takes a power of every entry.
"""

# %%
print((torch.tensor([4.0, 9.0, 100.0]).clamp(max=25) ** 0.5).tolist())

# %% [markdown]
r"""
### Exercise 16.4 · Mixing rates · ●●○ · 2 points

How often to draw each task, by the formula above.
"""


# %% tags=["exercise"] exercise="16.4" minutes=5 importance="useful"
def mixing_rates(sizes: torch.Tensor, temperature: float, limit: float) -> torch.Tensor:
    """The share of each task in training.

    sizes (tasks,) numbers of examples -> rates (tasks,), which sum to 1
    """
    ### BEGIN SOLUTION
    heights = sizes.clamp(max=limit) ** (1 / temperature)  # (tasks,)
    return heights / heights.sum()
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="16.4"
r"""
<details><summary>Hint 1: in which order</summary>

First the limit, then the power, at the end the sum.

</details>
<details><summary>Hint 2: the power</summary>

With $T = 2$ it is a square root, the power 1/2. With $T = 1$ nothing changes.

</details>
"""

# %% tags=["check"] exercise="16.4"
check("16.4", mixing_rates, points=2)

# %% tags=["demo"]
examples = torch.tensor([900.0, 100.0, 25_600.0])
for T in (1.0, 2.0, 8.0):
    print(f"T = {T:.0f}:", *(f"{rate:.2f}" for rate in mixing_rates(examples, T, 25_600.0)))

# %% [markdown]
r"""
## Going further: no first word, or two

*{minutes} minutes, with the hardest exercise of the lesson.*

What does the model do when it is told nothing? When it is told two things? To find out, compare
what it wrote with what *every* task would have wanted:

```
written (batch=2, n=3)    wanted (tasks=2, batch=2, m=3)
 8 9 2                     task 0   7 2 0    task 1   8 9 2
 8 8 2                              7 2 0             5 9 2

done (batch=2)
 1  -1
```

Row 0 wrote what task 1 wants of row 0. Row 1 wrote what no task wants of it: $-1$.
"""

# %% [markdown]
r"""
### Exercise 16.5 · Which task was done? · ●●● · 4 points

For each row the number of the task whose wanted row it wrote, up to the first `end` and with it,
as in 16.2. Where it is none, $-1$. No two tasks want the same of a row.
"""


# %% tags=["exercise"] exercise="16.5" minutes=10 importance="extra"
def task_done(written: torch.Tensor, wanted: torch.Tensor, end: int) -> torch.Tensor:
    """Which task each row did, by its number; -1 for none.

    written (batch, n), wanted (tasks, batch, m) whole numbers -> (batch,) whole numbers
    """
    ### BEGIN SOLUTION
    done = torch.full((len(written),), -1)
    for task, targets in enumerate(wanted):
        for row in range(len(written)):
            if exact_match(written[row : row + 1], targets[row : row + 1], end) == 1:
                done[row] = task
    return done
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="16.5"
r"""
<details><summary>Hint 1: begin with none</summary>

A row of $-1$, one for each row of the batch, and then two loops: over tasks, and over rows. Where a
row is right, write the task's number.

</details>
<details><summary>Hint 2: you have it already</summary>

`exact_match` of a batch of one row is 1 or 0. `written[row : row + 1]` is such a batch.

</details>
<details><summary>Hint 3: the axes</summary>

`wanted[task]` are the wanted rows of one task, and `wanted[task, row]` is one row of it.

</details>
"""

# %% tags=["check"] exercise="16.5"
check("16.5", task_done, points=4)

# %% [markdown]
r"""
**Predict before you run.** The story alone, with no first word; then with two, `translate:
answer:` and `answer: translate:`. Which task will the model do?
"""

# %% tags=["demo", "nbval-ignore-output"]
everything = [st.target_of(asked, [task] * len(asked))[:, 1:] for task in st.TASKS]
longest = max(each.shape[1] for each in everything)
wanted = torch.stack([torch.nn.functional.pad(w, (0, longest - w.shape[1])) for w in everything])
one, two = (st.source_of(asked, [task] * len(asked)) for task in ("translate", "answer"))
for name, source in {
    "no first word": one[:, 1:],
    "translate: answer:": torch.cat([one[:, :1], two], dim=1),
    "answer: translate:": torch.cat([two[:, :1], one], dim=1),
}.items():
    done = task_done(st.write(model, source), wanted, end=2)
    counts = [int((done == task).sum()) for task in (0, 1, 2, -1)]
    print(f"{name:20}", dict(zip([*st.TASKS, "none"], counts, strict=True)))

# %% [markdown]
r"""
Told nothing, it sums up every time, but mostly with a name that is not as wanted. Told two things,
in either order, it answers or else begins to translate; answers come out whole now and then,
translations hardly ever. It was never shown such inputs, so nothing holds it to anything. Four
models, with counts of 120; the first was made as yours, the second sums up all:
"""

# %% tags=["demo"]
told = saved_rows("16", "told")
print(f"{'model':45}", *(f"{number:3}" for number in (1, 2, 3, 4)))
ways = {
    ("no first word", ""): "summarise",
    ("translate: in front", "answer"): "answer",
    ("answer: in front", "translate"): "answer",
    ("not for the writer", "translate"): "translate",
    ("not for the writer", "summarise"): "summarise",
    ("not for the writer", "answer"): "answer",
}
for (way, asked_for), did in ways.items():
    counts = [row[did] for row in told if (row["way"], row["asked"]) == (way, asked_for)]
    print(f"{way:20} {asked_for:10} -> {did:10}", *(f"{count:3}" for count in counts))
begun = [r["begun"] for r in told if (r["way"], r["asked"]) == ("not for the writer", "answer")]
print(f"{'not for the writer':20} answer     -> its name  ", *(f"{count:3}" for count in begun))

# %% [markdown]
r"""
In the last four lines the first word is there for the encoder, and *hidden from the writer* by a
mask. Then the first model writes a summary for every task, as when it is told nothing; so that
summaries are right is no feat. But under `answer:` all four begin with the name that was asked for,
120 times of 120 (the last line). Their first word needs no look at the task: the encoder has handed
it on. Then three models mostly go on with a summary, *Ken found the bag.* For the second word they
would have to look. The second model needs no look at all.
"""

# %% [markdown] tags=["deep-dive"]
r"""
## Deep dive: from the papers

*{minutes} minutes. Nothing later needs this section.*
"""

# %% [markdown]
r"""
**A token that names the task.** Johnson et al. (2016) put a token for the wanted language before
the sentence, and changed nothing else of a translator. It could then translate between languages
of which it had seen no pair. T5 (Raffel et al., 2019) put every task into that form.

**Hard things first.** McCann et al. (2018) trained one network for ten tasks, all of them asked as
questions. It became better where it was trained on answering questions about a text first, and on
all tasks after that. They call it *anti-curriculum*: a curriculum would begin with what is easy.

**When tasks get in each other's way.** Standley et al. (2019), on images: networks that share all
tasks often do worse than one for each, as tasks compete; a few networks, each for tasks that go
together, can do better than both.
"""

# %% [markdown]
r"""
## The quiz

Five questions, one for each aim; one asks for a number.
"""

# %% tags=["quiz"]
quiz("16")

# %% [markdown]
r"""
## In five lines

1. One model does several tasks if a word in its input says which: text in, text out.
2. The first word alone decides, and not always by being looked at: the encoder hands it on.
3. Count whole answers: a low loss can hide a coin flip.
4. Mixed from the start, the hard task is delayed; taught first, it is learnt soon, and kept.
5. A fair mean gives each example one vote, a plain one each word: measure which you need.

**Words learnt**: text to text, exact match, binding; further on: mixing rate, temperature of a
mixture, anti-curriculum.

**Next**: [17 · Write, one token at a time](17_write.ipynb). (The stories here are made
up. Real language, with weights that were trained for long, comes in
[18](18_real_weights_in_your_own_code.ipynb).)
"""

# %% tags=["progress"]
progress("16")

# %% [markdown]
r"""
### References

- M. Johnson et al. (2016). *Google's Multilingual Neural Machine Translation System: Enabling
  Zero-Shot Translation.* arXiv [1611.04558](https://arxiv.org/abs/1611.04558)
- C. Raffel et al. (2019). *Exploring the Limits of Transfer Learning with a Unified Text-to-Text
  Transformer* (T5). arXiv [1910.10683](https://arxiv.org/abs/1910.10683)
- B. McCann et al. (2018). *The Natural Language Decathlon: Multitask Learning as Question
  Answering.* arXiv [1806.08730](https://arxiv.org/abs/1806.08730)
- T. Standley et al. (2019). *Which Tasks Should Be Learned Together in Multi-task Learning?* arXiv
  [1905.07553](https://arxiv.org/abs/1905.07553)
- S. Jain and B. C. Wallace (2019). *Attention is not Explanation.* arXiv
  [1902.10186](https://arxiv.org/abs/1902.10186)
- S. Wiegreffe and Y. Pinter (2019). *Attention is not not Explanation.* arXiv
  [1908.04626](https://arxiv.org/abs/1908.04626)
"""
