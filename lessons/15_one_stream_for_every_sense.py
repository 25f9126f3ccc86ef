# %% [markdown]
r"""
# 15 · One stream for every sense

**By the end you can**

1. cut a picture into patches, and count the tokens that come of it; <!-- quiz: how-many-patches -->
2. join image, sound and words in one stream, and say what tells them apart;
   <!-- quiz: what-tells-senses-apart -->
3. write the mask for a stream of which a part is given and a part is said;
   <!-- quiz: prefix-mask-at-fault -->
4. read where each word that is said has looked, and say where senses meet;
   <!-- quiz: where-senses-meet -->
5. test a claim about a model by cutting: at the test, and in training.
   <!-- quiz: cut-or-trained-without -->

*About {minutes} minutes · needs [05 · What may not be seen](05_what_may_not_be_seen.ipynb) and
[06 · The Transformer](06_the_transformer.ipynb) · builds patches, frames and a stream of tokens on
`attn.EncoderLayer`*

> **In one breath.** A photograph, a sheet of music and a letter: cut all three into snippets, write
> on each where it comes from, and lay them out in one long row. Now a single reader can look from
> any snippet at any other.
"""

# %%
import matplotlib.pyplot as plt
import torch

from course import check, explore, progress, quiz, show
from course import senses as sn
from course.results import saved_rows

# %% [markdown]
r"""
## From memory

A few minutes, before anything new, and without looking back. Nothing here is graded.
"""

# %% tags=["recall"]
from course import recall

recall("15")


# %% tags=["recall"]
# From memory: the causal mask. Then check("05.2", from_memory, points=0)
### BEGIN SOLUTION
def from_memory(n_q, n_k):
    return torch.ones(n_q, n_k, dtype=torch.bool).tril(n_k - n_q)


check("05.2", from_memory, points=0)
### END SOLUTION

# %% [markdown]
r"""
## A digit seen, a digit heard, a question

**Claim, from many an article:** *one attention serves text, image and sound.* Let's see. Our model
gets a picture of a digit, the sound of a telephone key, and one of three questions:

- `sum?` How much are the two digits together?
- `same?` Are they equal? *yes* or *no*
- `which?` Which is greater? *image*, *sound* or *equal*

Each key of a telephone sounds two tones at once, one for its row and one for its column. So 5 is
770 and 1336 hertz, swings a second.
"""


# %% tags=["demo", "folded"]
def draw_image(axes, image, title: str) -> None:
    """A picture, and the lines along which it is cut."""
    axes.imshow(image, cmap="gray_r", vmin=0, vmax=1.3, extent=(0, 8, 8, 0))
    axes.set(xticks=range(0, 9, 2), yticks=range(0, 9, 2), title=title)
    axes.grid(color="#0072B2", lw=1)


def draw_sound(axes, sound, title: str) -> None:
    """A spectrogram: time across, frequency upwards."""
    lowest, highest = sn.frequency(0), sn.frequency(100)
    style = {"cmap": "gray_r", "origin": "lower", "aspect": "auto"}
    axes.imshow(sound.T, extent=(0, 9, lowest, highest), **style)
    axes.set(xticks=range(10), title=title)
    axes.grid(axis="y", visible=False)
    axes.grid(axis="x", color="#0072B2", lw=1)


figure, (left, right) = plt.subplots(1, 2, figsize=(8.5, 3.4), width_ratios=(1, 1.6))
seven, five = sn.senses("test").images[7, 0], sn.senses("test").sounds[5, 0]
draw_image(left, seven, "A 7, in 16 patches")
draw_sound(right, five, "Key 5, in 9 frames: two dark lines")
left.set(xlabel="pixels", ylabel="pixels")
right.set(xlabel="frame", ylabel="frequency, in Hz")
show(
    figure,
    "Left: a 7 of 8 by 8 grey pixels, cut by lines into 16 squares of 2 by 2. Right: a spectrogram "
    "of 9 frames across, frequency upwards: dark lines at about 770 and 1336 Hz, while it rings.",
)

# %% [markdown]
r"""
Look at the lines: along them the senses are cut into tokens. On the right, a **spectrogram**: for
each of 9 stretches of the sound, the **frames**, it says how strong each of 100 frequencies is.
(Frames overlap a little, and are drawn side by side. You can write them under *Going further*.) So
a frame is a row of 100 numbers, and a **patch** a row of 4.

Nothing is downloaded. The digits are drawn on the spot from a font (DejaVu, which comes with
matplotlib): five faces, two widths, and turned, slanted, shifted, bent and sprinkled with noise, no
two alike. The tones get noise, too. So what we measure is true of *these* digits. Handwriting and
speech are another matter.
"""

# %% [markdown]
r"""
## Patches

A picture of 2 × 4 pixels, whose pixels say where they stand (row 1, column 3 is 13), in patches of
2 × 2:

```
x (batch=1, H=2, W=4)        patches (batch=1, n=2, p·p=4)

 0  1 |  2  3                patch 0:   0  1  10  11
10 11 | 12 13                patch 1:   2  3  12  13
```

A patch is a *square*, read row by row. In memory the picture is one long row, 0 1 2 3 10 11 12 13:
its first four numbers are not the first patch. So a view alone can't do it. One axis has to move.

**Tools.** `unflatten` splits an axis in two, `transpose` exchanges two axes, `flatten` joins axes.
Or cut squares out with slices and `torch.stack` them.
"""

# %%
row = torch.tensor([[0, 1, 2, 3, 4, 5]])  # (1, 6)
pairs = row.unflatten(1, (3, 2))  # (1, 3, 2): three pairs
print(pairs.tolist(), " exchanged", pairs.transpose(1, 2).tolist())
print("joined again", pairs.transpose(1, 2).flatten(1).tolist())

# %% [markdown]
r"""
### Exercise 15.1 · Cut a picture into patches · ●○○ · 2 points

The patches of the first row of squares come first, from left to right, then the next row.
"""


# %% tags=["exercise"] exercise="15.1" minutes=8 importance="core"
def patches(x: torch.Tensor, p: int) -> torch.Tensor:
    """Cut pictures into squares of p x p pixels, which divide height and width.

    x (batch, H, W) -> (batch, H/p * W/p, p * p)
    """
    ### BEGIN SOLUTION
    split = x.unflatten(2, (-1, p)).unflatten(1, (-1, p))  # (batch, H/p, p, W/p, p)
    return split.transpose(2, 3).flatten(3).flatten(1, 2)
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="15.1"
r"""
<details><summary>Hint 1: two ways</summary>

With loops: go down by `p`, across by `p`, cut `x[:, i : i + p, j : j + p]`, and flatten each
square. Without: split both sides first, so that patch rows, pixel rows, patch columns and pixel
columns have an axis each.

</details>
<details><summary>Hint 2: which axis moves?</summary>

Split, the picture is `(batch, H/p, p, W/p, p)`. You want `(batch, H/p, W/p, p, p)`: the pixels of a
patch side by side. Then flatten the last two, and the two of the patches. (Of one length, -1 lets
PyTorch find it: `unflatten(2, (-1, p))`.)

</details>
<details><summary>Hint 3: with loops, nearly there</summary>

`cut.append(x[:, i : i + p, j : j + p].flatten(1))` gives `(batch, p * p)` each. `torch.stack(cut,
dim=1)` puts the patches behind the batch.

</details>
"""

# %% tags=["check"] exercise="15.1"
check("15.1", patches, points=2)

# %% [markdown]
r"""
## One row, and three words said

Every patch, frame and word becomes a vector of 64 numbers, each sense through a linear layer or
table of its own. Then they stand in one row:

```
place    0 … 15    16 … 24   25         26           27
holds    patches   frames    question   word said    word said
says next                    image's    sound's      the
                             digit      digit        answer
```

The model speaks: at place 25 it says which digit it sees, and that word is put into the stream. At
place 26 it says which digit it hears. At 27 it answers. So it *says what it reads*, one word after
another, as a GPT does.

Inside are two layers of lesson 06, 4 heads each. With the ways in and out that is 79,323 numbers to
learn. Patches, frames and words go through the same heads.
"""

# %% [markdown]
r"""
**Predict before you run.** It learns with 500 steps of 64 questions. For each of the three words,
the row at its place looks along the whole stream: at patches, frames and words. Where will each
look most?

- **A** All three look everywhere: each needs everything.
- **B** First at the image, then at the sound, and for the answer at both again.
- **C** First at the image, then at the sound, and for the answer at the words just said.
"""


# %% tags=["demo", "nbval-ignore-output"]
def tell(title: str, found: dict[str, float]) -> None:
    print(title + ":", ", ".join(f"{name} {share:.0f}" for name, share in found.items()))


torch.set_num_threads(1)  # quicker for a model as small as this
torch.manual_seed(4)
model = sn.OneStream(patches=patches)  # with your patches
library = model.one_stream, model.mask  # you will write both yourself
sn.fit(model, seed=4)  # some 15 seconds
asked = sn.exam()  # 1500 questions, with pictures and sounds that it never met
tell("percent right", sn.percent_right(sn.say(model, asked), asked))

# %% [markdown] measured={"percent right: image": [92, 100], "answer": [92, 100]}
r"""
*image*, *sound* and *answer* are the three words it says; behind them, the answers to each
question. Nearly all are right. (Of five seeds, this is the one whose picture is clearest. The
others come below.) Now light every token by the weight it got in layer 0, the mean of its heads. In
each panel, the token that got most is full orange:
"""


# %% tags=["demo", "folded"]
SAID = ("sees", "hears", "answers")


def looks_of(image, sound, question: str, mask=None):
    """The words that are said, and where each looked: a list of three, and (3, 28)."""
    batch = sn.Batch(image[None], sound[None], torch.tensor([sn.WORD[question]]), None)
    said = sn.say(model, batch, mask)[0]  # (3,)
    words = torch.cat([batch.question, said[:2]])[None]
    maps = []
    with torch.no_grad():
        model(batch.image, batch.sound, words, mask, maps=maps)
    looks = maps[0][0].mean(dim=0)  # layer 0, the mean of its heads: (28, 28)
    return [sn.WORDS[word] for word in said], looks[sn.GIVEN - 1 :]


def light(axes, corner, size, weight: float) -> None:
    """Lay a light over a token, the stronger the more weight it got."""
    style = {"color": "#D55E00", "alpha": 0.8 * weight, "lw": 0}
    axes.add_patch(plt.Rectangle(corner, *size, zorder=3, **style))


# %% tags=["demo", "folded"]
def draw_looks(image, sound, question: str, said, looks, title: str):
    """One panel for each word said: the digit, the sound and the words, lit by weight."""
    figure, rows = plt.subplots(3, 3, figsize=(9.6, 6.2), height_ratios=(3, 2, 0.7))
    words = (question, *said[:2])
    for k, (look, (top, middle, foot)) in enumerate(zip(looks, rows.T, strict=True)):
        share = look / look.max()
        draw_image(top, image, f"{k + 1} · it {SAID[k]}: {said[k]}")
        draw_sound(middle, sound, "")
        for place in range(16):
            light(top, (place % 4 * 2, place // 4 * 2), (2, 2), share[place].item())
        for frame in range(9):
            corner, height = (frame, sn.frequency(0)), sn.frequency(100) - sn.frequency(0)
            light(middle, corner, (1, height), share[16 + frame].item())
        for place, word in enumerate(words[: k + 1]):
            light(foot, (place + 0.05, 0), (0.9, 1), share[25 + place].item())
            foot.text(place + 0.5, 0.5, word, ha="center", va="center", size=13, zorder=4)
        foot.set(xlim=(0, 3), ylim=(0, 1))
        for axes in (top, middle, foot):
            axes.tick_params(length=0, labelbottom=False, labelleft=False)
        foot.grid(False)
    for axes, name in zip(rows[:, 0], ("image", "sound", "words"), strict=True):
        axes.set_ylabel(name)
    figure.suptitle(title, weight="bold", x=0.02, ha="left")
    return figure


# %% tags=["demo", "folded", "memorable"]
said, looks = looks_of(seven, five, "sum?")
title = "First it looks at the image, then at the sound, then at the words"
show(
    draw_looks(seven, five, "sum?", said, looks, title),
    "Three columns, one for each word said. In each the 7 in 16 patches, the spectrogram in 9 "
    "frames, and the words so far, lit by weight. First column: patches are lit, of the 7 and "
    "empty ones beside it, and no frame. Second: the frames in which the key sounds. Third: the "
    "word said first.",
)

# %% [markdown]
r"""
Read it from left to right, one panel for each word. To say what it sees, the model lights patches
(many of them empty: that there is no ink tells something, too). To say what it hears, the frames in
which the key sounds. And for the sum? The words: the digit it saw is read *from its own word*. (For
the digit it heard it hardly needs a look: that word is the token at this very place.) C was
nearest.

Nobody told it to look there. It was told which words are right, no more. (*Hide a sense*, under
*Going further*, lets you ask it yourself.)
"""

# %% [markdown]
r"""
## Which sense are you?

Now write what stood in between. Attention sees a row of vectors. What says that token 17 is sound?
Each sense gets a **modality vector**, which is added to all of its tokens, as a vector for the
place is. ("Modality" is the field's word for a sense.)

```
modality  (3, d)
image     (batch, n_image, d)     + modality[0] ┐
sound     (batch, n_sound, d)     + modality[1] ├ joined on the
text      (batch, n_text, d)      + modality[2] ┘ axis of tokens
stream    (batch, n_image + n_sound + n_text, d)
```

**Tools.** A vector `(d,)` added to `(batch, n, d)` reaches every token. `torch.cat` joins along an
axis that is there already.
"""

# %%
two, one = torch.zeros(1, 2, 3), torch.ones(1, 1, 3)  # (batch=1, n=2, d=3) and (1, 1, 3)
print(torch.cat([two + torch.tensor([5.0, 6.0, 7.0]), one], dim=1).tolist())  # (1, 3, 3)

# %% [markdown]
r"""
### Exercise 15.2 · One stream · ●○○ · 2 points

Add to each sense its vector, and join: image, sound, text.
"""


# %% tags=["exercise"] exercise="15.2" minutes=5 importance="core"
def one_stream(
    image: torch.Tensor, sound: torch.Tensor, text: torch.Tensor, modality: torch.Tensor
) -> torch.Tensor:
    """Join three senses in one stream of tokens that say of which sense they are.

    image (batch, n_image, d), sound (batch, n_sound, d), text (batch, n_text, d), modality (3, d)
    -> (batch, n_image + n_sound + n_text, d)
    """
    ### BEGIN SOLUTION
    parts = [image + modality[0], sound + modality[1], text + modality[2]]
    return torch.cat(parts, dim=1)
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="15.2"
r"""
<details><summary>Hint 1: add, then join</summary>

While the senses are apart it is easy to give each its own vector. Join them afterwards.

</details>
<details><summary>Hint 2: shapes</summary>

`modality[0]` is `(d,)`, and meets the last axis of `image` by itself. The batch is axis 0 and the
features are axis 2, so the tokens are joined along axis 1.

</details>
"""

# %% tags=["check"] exercise="15.2"
check("15.2", one_stream, points=2)

# %% [markdown]
r"""
Would it be lost without? Here, no: places 16 to 24 always hold frames, so the vector for the place
tells the sense, too, and each sense comes through a layer of its own. Models trained without
modality vectors read as well (measured under *Going further*). Where pictures vary in number and
size, places say less. The vectors cost 192 numbers of 79,323: cheap insurance.
"""

# %% [markdown]
r"""
## Whom may a patch see?

A GPT's mask is causal, since each place guesses the next. But nobody guesses patches: image, sound
and question are *given*. So patch 0 may look at patch 15. Only what is *said* must not see what
comes after it. Two places given (g) and two said (s), a row for each query, x = may see:

```
          g0  g1  s0  s1         (n=4, n=4)
     g0    x   x   .   .
     g1    x   x   .   .         given: all that is given
     s0    x   x   x   .         said: all that is given, what was
     s1    x   x   x   x               said before, and itself
```

This is a **prefix mask**, between lesson 06's encoder (all see all) and decoder (causal).

**Tools.** A mask is True or False, and a block of it can be set at once:
"""

# %%
board = torch.ones(3, 3, dtype=torch.bool).tril()  # on and below the diagonal
board[0, :2] = True  # row 0, the first two columns
print(board.int().tolist())

# %% [markdown]
r"""
### Exercise 15.3 · A prefix mask · ●●○ · 3 points

For any number of places given and said, 0 too.
"""


# %% tags=["exercise"] exercise="15.3" minutes=7 importance="core"
def prefix_mask(n_given: int, n_said: int) -> torch.Tensor:
    """Who may see whom, where the first n_given places are given and the rest is said.

    -> (n, n) with n = n_given + n_said, True = this query may see this key
    """
    ### BEGIN SOLUTION
    n = n_given + n_said
    mask = torch.ones(n, n, dtype=torch.bool).tril()
    mask[:n_given, :n_given] = True
    return mask
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="15.3"
r"""
<details><summary>Hint 1: begin with one you know</summary>

The rows of what is said are those of a causal mask. What has to be opened in the rows of what is
given?

</details>
<details><summary>Hint 2: a block</summary>

It is the square at the top left: the first `n_given` rows, the first `n_given` columns.

</details>
"""

# %% tags=["check"] exercise="15.3"
check("15.3", prefix_mask, points=3)

# %% [markdown]
r"""
The model used the library's stream and mask so far. Give it yours. Does it say the same?
"""

# %% tags=["demo"]
model.one_stream, model.mask = library  # also where you run this again
before = sn.say(model, asked)  # (1500, 3)
model.one_stream, model.mask = one_stream, prefix_mask(26, 2)
print("the same words:", bool((sn.say(model, asked) == before).all()))

# %% [markdown]
r"""
## Must the senses look at each other?

**Claim:** *in one stream, image and sound understand each other by looking at each other.* It
sounds right: the sum needs both. A mask is a knife, so we can test it. Image and sound become
**strangers**: no patch sees a frame, no frame sees a patch.

**Predict before you run.** Nearly all answers are right. With image and sound strangers, how many
of 100: about **95**, about **70**, or about **40**, as for a blind guess? (Who always says 8, *no*
and *equal* is right for 10 of 100 sums, 64 of `same?` and 38 of `which?`: for 38 in all.)
"""

# %% tags=["demo", "nbval-ignore-output"]
image, sound = slice(0, 16), slice(16, 25)
strangers = prefix_mask(26, 2)
strangers[image, sound] = False
strangers[sound, image] = False
unread = prefix_mask(26, 2)
unread[27, 26] = False  # the place that answers can't see the first word said
tell("strangers", sn.percent_right(sn.say(model, asked, strangers), asked))
tell("first word unread", sn.percent_right(sn.say(model, asked, unread), asked))

# %% [markdown] measured={"strangers: image": [90, 100], "first word unread: image": [90, 100]}
r"""
Strangers answer nearly as well. The second cut is smaller, one cell of the mask, and the answers
fall far, though the place that answers may still look at the picture itself. Is that so with other
beginnings, too? And do strangers *from the start*, trained so, learn it at all?
"""

# %% tags=["demo", "folded"]
seeds = [row for row in saved_rows("15", "seeds") if row["seed"] != 4]  # 4 is yours
parts = saved_rows("15", "parts")
kept = [
    ("nothing cut", [row["cut"]["nothing"] for row in seeds]),
    ("strangers, at the test", [row["cut"]["image and sound"] for row in seeds]),
    ("strangers, in training too", [row for row in parts if row["parts"] == "strangers"]),
    ("first word unread", [row["cut"]["answer and image digit said"] for row in seeds]),
]
figure, axes = plt.subplots(figsize=(8, 3))
for name, found in kept:
    shares = [row["answer"] for row in found]
    axes.plot(shares, [name] * len(found), "o", color="#0072B2", ms=7)
    print(f"{name}: {min(shares):.0f} to {max(shares):.0f} percent of {len(found)} models")
for place, mask in ((0.22, prefix_mask(26, 2)), (1.22, strangers), (3.22, unread)):
    mine = sn.percent_right(sn.say(model, asked, mask), asked)
    axes.plot(mine["answer"], place, "D", color="#D55E00", ms=7)
axes.axvline(38, color="black", ls=":", lw=1)
axes.text(38.6, -0.35, "a blind guess", size=9)
axes.set(xlim=(30, 101), ylim=(3.5, -0.6), xlabel="answers right, in percent")
axes.set_title("Image and sound meet in the words, not with each other")
show(
    figure,
    "Dots for other seeds, a diamond for yours. Nothing cut, and strangers at the test or in "
    "training: about 93 to 100 percent. The first word unread: 37 to 55, a blind guess 38.",
)

# %% [markdown] measured={"strangers, in training too": [90, 100], "first word unread": [30, 60]}
r"""
Dots are models made before, with other seeds (`make_15.py` lies beside the lessons); the diamond is
yours. **The claim falls, here.** Image and sound need not look at each other, at the test or in
training. They meet in what is *said*: the answer takes the image's digit from its word. Cut that,
and most answers are guesses.

That is no law. A question like *is the mouth in step with the voice?* can't be put off until the
words. But before you say that two senses must meet somewhere, cut there, and look.
"""

# %% [markdown]
r"""
## Is there a head for images?

**Claim:** *one attention serves all senses.* It could be cheating: one of the 8 heads for images,
another for sound, three models under one roof. So cut the heads one at a time: what a head finds
reaches nobody.

**Predict before you run.** Is there a head without which the image can't be read, while all else
goes on? And one for the sound?
"""

# %% tags=["demo", "folded"]
heads = [f"{layer}.{head}" for layer in range(2) for head in range(4)]
tables = [{}, *(row["without head"] for row in seeds)]  # yours first
for name in heads:
    with sn.without_head(model, int(name[0]), int(name[2])):
        tables[0][name] = sn.percent_right(sn.say(model, asked), asked)
figure, panels = plt.subplots(1, 3, figsize=(10, 3.3), sharey=True)
words = (("image", "it sees"), ("sound", "it hears"), ("answer", "it answers"))
for axes, (word, name) in zip(panels, words, strict=True):
    shares = torch.tensor([[table[head][word] for head in heads] for table in tables])
    least = shares[1:].amin(dim=1)
    print(f"{name}, without its dearest head, four others: {least.min():.0f} to {least.max():.0f}")
    drawn = axes.imshow(shares, cmap="cividis", vmin=0, vmax=100, aspect="auto")
    axes.set_xticks(range(8), heads)
    axes.set_yticks(range(5), ["yours", *(f"seed {row['seed']}" for row in seeds)])
    axes.set(xlabel="head that was cut", title=name.capitalize())
    axes.grid(False)
figure.colorbar(drawn, ax=panels, label="percent right")
title = "Cut any head: it still hears, mostly sees, and sometimes can't answer"
figure.suptitle(title, weight="bold", x=0.02, ha="left")
show(
    figure,
    "Three tables, five models down, the 8 heads across, coloured by percent right without that "
    "head. Sound is bright everywhere, above 90. Image is bright, the lowest about 68. The answer "
    "has dark cells, down to 30, about two in each row, all in layer 0, head 0.2 in most rows.",
)

# %% [markdown] measured={"it hears, without its dearest head, four others": [90, 100]}
r"""
In the middle no cell is dark: whichever head is cut, the sound is heard. On the left the darkest is
about 68: the image is read worse, but never lost (chance is 10). **The claim holds**: no head is
the image's or the sound's. (They turn: at place 25 to the patches, at place 26 to the frames. You
can count it under *Going further*.)

The darkest cells stand on the right, in layer 0: heads without which it sees and hears but mostly
can't put the two together. So heads do share the work, but by *step*, not by sense. Which heads
have that step differs from seed to seed; a head's number means nothing.
"""

# %% [markdown]
r"""
## Yours

Draw a digit, 8 rows of 8 signs: `#` is ink, `+` is grey, `.` is empty. Ask about it. The model has
never seen anything drawn by you.
"""

# %% tags=["demo", "nbval-ignore-output"]
mine = """
..####..
.##..##.
.....##.
...###..
.....##.
.....##.
.##..##.
..####..
"""
grey = {".": 0.0, "+": 0.5}  # anything else is ink
ink = [[grey.get(each, 1.0) for each in line] for line in mine.split()]  # 8 rows of 8
said, _ = looks_of(torch.tensor(ink), five, "sum?")
print("it sees", said[0], "· it hears", said[1], "· the sum is", said[2])

# %% [markdown]
r"""
Where does it go wrong: a 1 without a foot, a small digit, one in a corner? A model knows what it
was shown, and yours was shown a font.
"""

# %% [markdown]
r"""
## Going further: hide a sense, and ask

*{minutes} minutes.*

Ask the model yourself, and hide things. What does it say without the image? And if the answer may
not see the word said first?
"""


# %% tags=["explore", "folded"]
def ask_it(seen: int, heard: int, question: str, hidden: str):
    hide = {
        "nothing": [],
        "the image": [(slice(25, 28), sn.IMAGE)],
        "the sound": [(slice(25, 28), sn.SOUND)],
        "the first word, from the answer": [(slice(27, 28), slice(26, 27))],
    }
    mask = sn.cut(*hide[hidden])
    image, sound = sn.senses("test").images[seen, 0], sn.senses("test").sounds[heard, 0]
    said, looks = looks_of(image, sound, question, mask)
    right = said[2] == sn.answer(seen, heard, question)
    title = f"{question} It says {', '.join(said)}: {'right' if right else 'not right'}"
    alt = f"{seen} seen, {heard} heard, hidden: {hidden}. {title}."
    return show(draw_looks(image, sound, question, said, looks, title), alt)


explore(
    ask_it,
    seen=(0, 9, 1, 7),
    heard=(0, 9, 1, 5),
    question=["sum?", "same?", "which?"],
    hidden=["nothing", "the image", "the sound", "the first word, from the answer"],
)

# %% tags=["demo", "nbval-ignore-output"]
blind = sn.cut((slice(25, 28), sn.IMAGE))  # the rows that say words can't see the patches
first = sn.say(model, asked, blind)[:, 0]  # (1500,)
heard_too = first == asked.said[:, 1]
print(f"the first word is the digit heard: {100 * heard_too.double().mean():.0f} of 100")

# %% [markdown] measured={"the first word is the digit heard": [60, 95]}
r"""
Without the image, the place that should say the digit seen mostly says the digit *heard*: the one
digit that is left to be found. So many a `same?` gets a *yes* that should get a *no*.
"""

# %% [markdown]
r"""
## Going further: whom does each head look at?

*{minutes} minutes. One exercise.*

The picture above was a mean over heads, and lesson 18 will say: show heads, never the mean alone.
So count: how much of each head's look falls on each sense? Work one row by hand, with senses of 2,
1 and 1 tokens:

```
weights (batch, heads, n, n)    row 3:   0.5  0.1 | 0.1 | 0.3
                                shares:     0.6     0.1   0.3
shares  (heads, senses)         the mean over the batch
```

**Tools.** `split` cuts an axis into pieces of given sizes.
"""

# %%
look = torch.tensor([[0.5, 0.25, 0.25, 0.0], [0.25, 0.25, 0.25, 0.25]])  # (2, n=4)
print([piece.tolist() for piece in look.split([2, 1, 1], dim=-1)])

# %% [markdown]
r"""
### Exercise 15.4 · Whom a head looks at · ●●○ · 3 points

`sizes` holds how many tokens each sense has, in their order. The shares of a head sum to 1.
"""


# %% tags=["exercise"] exercise="15.4" minutes=7 importance="useful"
def sense_shares(weights: torch.Tensor, row: int, sizes: list[int]) -> torch.Tensor:
    """How much of the look of the token at `row` falls on each sense, for each head.

    weights (batch, heads, n, n), sizes of the senses, together n -> (heads, senses), mean of batch
    """
    ### BEGIN SOLUTION
    look = weights[:, :, row].mean(dim=0)  # (heads, n)
    pieces = look.split(sizes, dim=-1)  # (heads, size) each
    return torch.stack([piece.sum(dim=-1) for piece in pieces], dim=-1)
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="15.4"
r"""
<details><summary>Hint 1: which axis is whom?</summary>

Queries are rows: the look of the token at `row` is `weights[:, :, row]`, `(batch, heads, n)`.

</details>
<details><summary>Hint 2: three steps</summary>

The mean over the batch, axis 0. Cut the last axis into senses. Sum each piece over its tokens,
which leaves `(heads,)` of each, and stack these so that senses are the last axis.

</details>
"""

# %% tags=["check"] exercise="15.4"
check("15.4", sense_shares, points=3)

# %% tags=["demo", "folded", "nbval-ignore-output"]
said_before = torch.cat([asked.question[:, None], asked.said[:, :2]], dim=1)
maps = []
with torch.no_grad():
    model(asked.image, asked.sound, said_before, maps=maps)
figure, panels = plt.subplots(1, 3, figsize=(9.6, 3.2), sharey=True)
for k, (axes, name) in enumerate(zip(panels, SAID, strict=True)):
    shares = torch.cat([sense_shares(weights, 25 + k, [16, 9, 3]) for weights in maps])  # (8, 3)
    bottom = torch.zeros(8)
    for sense, colour in zip(range(3), ("#0072B2", "#E69F00", "#009E73"), strict=True):
        label = ("image", "sound", "words")[sense] if k == 0 else None
        axes.bar(heads, shares[:, sense], bottom=bottom, color=colour, label=label)
        bottom = bottom + shares[:, sense]
    axes.set(title=f"{k + 1} · it {name}", xlabel="head")
    on = ("the image", "the sound", "words")[k]
    print(f"layer 0, it {name}, on {on}: the least of its heads {shares[:4, k].min():.2f}")
panels[0].set(ylabel="share of its look", ylim=(0, 1))
figure.legend(loc="outside right center")
title = "The same heads turn: from the image to the sound, and some to the words"
figure.suptitle(title, weight="bold", x=0.02, ha="left")
show(
    figure,
    "Three panels of eight bars, each split by sense. When it sees, nearly all of each bar is "
    "image. When it hears, most is sound. When it answers, two or more heads of layer 0 look at "
    "words with nearly all of their weight, and the others at everything.",
)

# %% [markdown] measured={"on the image: the least of its heads": [0.5, 1]}
r"""
Look at layer 0, the four bars on the left of each panel. To see, each of its heads looks mostly at
the image; to hear, the same heads look mostly at the sound. To answer, some of them turn to the
words. In layer 1 looks are spread wider: there, tokens have been mixed already.
"""

# %% [markdown]
r"""
## Going further: from a wave to frames

*{minutes} minutes. The hardest exercise of the lesson.*

A sound is a row of numbers, here 4,000 a second. Which tones are in it? The **Fourier transform**
of a stretch says how strongly it swings at each frequency (`torch.fft.rfft`; it gives complex
numbers, whose size is the strength). One transform of the whole sound would tell *which* tones, not
*when*. So cut it into overlapping frames first, each beginning `hop` after the last:

```
wave     (batch, n)                        n = 2000
cut      (batch, frames, window)           window = 256, hop = 218
frames   (batch, frames, window // 2 + 1)  log(1 + size)
```

A cut is abrupt, and edges sound like a click. So each frame is faded in and out by the **Hann
window**, a bell from 0 to 1 and back. The logarithm draws loud and soft together.
"""

# %% [markdown]
r"""
**Tools.** `unfold(dimension, size, step)` cuts frames. And the transform of four numbers that swing
to and fro at every step: all of it is at the fastest frequency.
"""

# %%
print(torch.arange(6).unfold(0, 4, 2).tolist(), " bell", torch.hann_window(4).tolist())
swing = torch.tensor([1.0, -1.0, 1.0, -1.0])  # (4,)
print(torch.fft.rfft(swing).abs().tolist())  # (4 // 2 + 1,)

# %% [markdown]
r"""
### Exercise 15.5 · Frames · ●●● · 4 points

Whole frames only. Each is multiplied by the bell, transformed, and its sizes go through `log1p`,
the logarithm of 1 + size. (`torch.stft` does all of this; here you build it.)
"""


# %% tags=["exercise"] exercise="15.5" minutes=9 importance="useful"
def frames(wave: torch.Tensor, window: int, hop: int) -> torch.Tensor:
    """How strong each frequency is, frame by frame.

    wave (batch, n) -> (batch, number of frames, window // 2 + 1)
    """
    ### BEGIN SOLUTION
    cut = wave.unfold(1, window, hop)  # (batch, frames, window)
    cut = cut * torch.hann_window(window, dtype=wave.dtype)
    return torch.fft.rfft(cut).abs().log1p()
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="15.5"
r"""
<details><summary>Hint 1: four steps</summary>

Cut, fade, transform, size and logarithm. Each step works on the last axis, and time stays before
it.

</details>
<details><summary>Hint 2: shapes</summary>

`wave.unfold(1, window, hop)` is `(batch, frames, window)`. The bell, `(window,)`, meets its last
axis. `torch.fft.rfft` takes the last axis too, and makes `window // 2 + 1` of it.

</details>
"""

# %% tags=["check"] exercise="15.5"
check("15.5", frames, points=4)

# %% [markdown]
r"""
Is that what the model hears? Number k of a frame is the frequency k · 4000 / 256, so 15.6 k, hertz.
The model gets 8 to 107, which is 125 to 1672 hertz:
"""

# %% tags=["demo"]
wave = sn.waves(torch.tensor([5, 0, 3]), torch.Generator().manual_seed(4))  # (3, 2000)
heard = frames(wave, 256, 218)[:, :, 8:108]  # (3, 9, 100)
same = torch.allclose(heard, sn.spectrogram(wave), atol=1e-5)
print(tuple(heard.shape), "the same:", same)

# %% [markdown]
r"""
## Going further: can it do without modality vectors?

*{minutes} minutes.*

**Claim:** *without a vector for each sense, the model can't tell them apart.* Place vectors say
where a token stands, modality vectors of which sense it is. Here models were trained without the
one, without the other, or without both:
"""

# %% tags=["demo", "folded"]
names = ("with both", "no modality", "no places", "neither")
figure, axes = plt.subplots(figsize=(8, 3.4))
marks = {"image": ("o", "#0072B2"), "sound": ("s", "#E69F00"), "answer": ("^", "#009E73")}
for place, name in enumerate(names):
    found = [row for row in parts if row["parts"] == name]
    found = found or [row["cut"]["nothing"] for row in seeds[:3]]
    for shift, (word, (mark, colour)) in zip((-0.15, 0, 0.15), marks.items(), strict=True):
        label = word if place == 0 else None
        shares = [row[word] for row in found]
        print(f"{name}, {word}: {min(shares):.0f} to {max(shares):.0f}")
        axes.plot([place + shift] * len(found), shares, mark, color=colour, ms=7, label=label)
axes.set_xticks(range(4), names)
axes.set(ylim=(30, 103), ylabel="percent right", xlabel="vectors in training")
axes.set_title("Modality vectors are not missed; places are, by the image")
axes.legend(loc="lower left")
show(
    figure,
    "Percent right for image, sound and answer, three models each. With both, and without "
    "modality vectors: all above 93. Without places: the sound at 100, the image at 45 to 60.",
)

# %% [markdown] measured={"no modality, image": [90, 100], "no places, sound": [95, 100]}
r"""
**The claim falls.** The place says the sense already, and each sense comes through a layer of its
own.

Places matter, to the image: without them a picture is a bag of patches. Why not to the sound? Its
tones are the same in every frame, so a bag of frames says all.

**Can and need** are different questions, and only one of them is answered by looking at what a
model has. Cut, and train without: then you know.
"""

# %% [markdown]
r"""
## Going further: say it, or answer at once?

*{minutes} minutes.*

Our model says what it reads before it answers. What if only the answer is asked, at once, and only
the answer is trained? The same model, with 500 steps and up to eight times as many:
"""

# %% tags=["demo", "folded"]
alone = saved_rows("15", "alone")
figure, axes = plt.subplots(figsize=(7.5, 3.5))
for question, mark in zip(("sum?", "same?", "which?"), "os^", strict=True):
    at = [row["steps"] for row in alone]
    axes.plot(at, [row[question] for row in alone], mark, ms=7, alpha=0.8, label=question)
said_first = [row["cut"]["nothing"]["sum?"] for row in seeds[:3]]
axes.plot([500] * 3, said_first, "*", color="black", ms=11, label="sum?, said first")
axes.set_xscale("log")
axes.set_xticks([500, 1000, 2000, 4000], ["500", "1000", "2000", "4000"])
axes.minorticks_off()
axes.set(xlabel="training steps", ylabel="answers right, in percent", ylim=(0, 103))
axes.set_title("Answering at once can be learnt too, in eight times the steps")
axes.legend(loc="lower right")
show(
    figure,
    "Percent right over training steps, three models each, asked for the answer alone. The sum "
    "is at 44 after 500 steps and at 96 or more after 4000. Stars: digits said first, after 500.",
)

# %% tags=["demo"]
for steps in (500, 1000, 2000, 4000):
    shares = [row["answer"] for row in alone if row["steps"] == steps]
    print(f"answer alone, {steps} steps: {min(shares):.0f} to {max(shares):.0f}")

# %% [markdown] measured={"alone, 500 steps": [50, 80], "alone, 4000 steps": [95, 100]}
r"""
After 500 steps, said first, 96 to 99 of 100 answers were right (the figure under *Must the senses
look at each other?*); of sums alone, the stars, 91 to 97. Answering at once is far behind there,
and the sum is hardest. But it is no wall: with eight times the steps it has caught up.

Why is it slower? Said first, each word has a loss of its own: one for seeing, one for hearing, one
for adding. At once, one loss has to teach all three, and a wrong sum does not tell which of them
went wrong. That a model is better at adding when it may write down its steps was found in large
models, too, and called a **scratchpad** (Nye et al., 2021).
"""

# %% [markdown] tags=["deep-dive"]
r"""
## Deep dive: how long real streams are

*{minutes} minutes.*

The vision Transformer (Dosovitskiy et al., 2020) cuts pictures of 224 × 224 pixels into patches of
16 × 16; the audio spectrogram Transformer (Gong et al., 2021) cuts spectrograms into squares of
16 × 16, too, which overlap by 6: not into whole frames as here. In ViLT (Kim et al., 2021), patches
and words share one stream, each with the vector of its sense (*modal-type embedding*). Gato (Reed
et al., 2022) puts pictures, words and a robot's movements into one sequence of tokens.

How many tokens is a picture? Attention compares all pairs:
"""

# %%
for side, p in ((8, 2), (224, 16), (448, 16), (896, 16)):
    n = (side // p) ** 2
    print(f"{side} pixels a side, patches of {p}: {n:>5,} tokens, {n * n:>11,} pairs")

# %% [markdown]
r"""
Twice the side is four times the tokens and sixteen times the pairs. So a picture is a long text,
and what lessons 09 to 14 teach, to look at less and hold less, is needed here, too.

The prefix mask is older than these: Raffel et al. (2019) compare it with an encoder-decoder and
with a causal model, all for text.
"""

# %% [markdown]
r"""
## The quiz

Five questions, one for each aim.
"""

# %% tags=["quiz"]
quiz("15")

# %% [markdown]
r"""
## In five lines

1. A patch is a square of pixels, a frame a stretch of sound: each becomes a token.
2. Senses are joined on the axis of tokens; places, and modality vectors, say which is which.
3. What is given sees all that is given; what is said sees only what came before: a prefix mask.
4. The same heads read image, sound and words; they share the work by step, not by sense.
5. Senses met in the words said, not with each other. To know where they meet: cut, and train
   without.

**Words learnt**: patch, spectrogram, frame, modality vector, prefix mask, stranger.

**Next**: [16 · Three tasks, one model](16_three_tasks_one_model.ipynb).
"""

# %% tags=["progress"]
progress("15")

# %% [markdown]
r"""
### References

- A. Dosovitskiy et al. (2020). *An Image is Worth 16x16 Words: Transformers for Image Recognition
  at Scale.* arXiv [2010.11929](https://arxiv.org/abs/2010.11929)
- Y. Gong, Y.-A. Chung and J. Glass (2021). *AST: Audio Spectrogram Transformer.* arXiv
  [2104.01778](https://arxiv.org/abs/2104.01778)
- W. Kim, B. Son and I. Kim (2021). *ViLT: Vision-and-Language Transformer Without Convolution or
  Region Supervision.* arXiv [2102.03334](https://arxiv.org/abs/2102.03334)
- C. Raffel et al. (2019). *Exploring the Limits of Transfer Learning with a Unified Text-to-Text
  Transformer.* arXiv [1910.10683](https://arxiv.org/abs/1910.10683). The prefix mask.
- S. Reed et al. (2022). *A Generalist Agent.* arXiv [2205.06175](https://arxiv.org/abs/2205.06175)
- M. Nye et al. (2021). *Show Your Work: Scratchpads for Intermediate Computation with Language
  Models.* arXiv [2112.00114](https://arxiv.org/abs/2112.00114)
"""
