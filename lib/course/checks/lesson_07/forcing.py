"""07.1: what the decoder reads, and what it should say."""

import torch
from torch import Tensor

from course.checking import Call, Draw, Exercise

forcing = Exercise(
    "07.1",
    returns=("reads", "says"),
    right="At each place it has read all words before the one that it should say.",
)
Tables = tuple[Tensor, Tensor]


def target(draw: Draw, *lengths: int) -> Tensor:
    """Rows of drawn words between 1 and 2, filled up with 0."""
    table = torch.zeros(len(lengths), max(lengths), dtype=torch.long)
    for row, length in enumerate(lengths):
        table[row, :length] = torch.tensor(
            [1, *(draw.integer(3, 60) for _ in range(length - 2)), 2]
        )
    return table


@forcing.case("one sentence of two words")
def one_sentence(draw: Draw) -> Call:
    return Call(torch.tensor([[1, 7, 9, 2]]))


@forcing.case("four sentences, four places")
def as_many_sentences_as_places(draw: Draw) -> Call:
    return Call(target(draw, 4, 4, 4, 4))


@forcing.case("three sentences of different length, padding behind")
def with_padding(draw: Draw) -> Call:
    return Call(target(draw, 7, 5, 4))


@forcing.reference
def word_by_word(target: Tensor) -> Tables:
    rows = target.tolist()
    places = range(target.shape[1] - 1)
    reads = torch.tensor([[row[place] for place in places] for row in rows])
    says = torch.tensor([[row[place + 1] for place in places] for row in rows])
    return reads, says


@forcing.right_way
def forcing_by_slices(target: Tensor) -> Tables:
    return target[:, :-1], target[:, 1:]


@forcing.right_way
def forcing_by_narrow(target: Tensor) -> Tables:
    n = target.shape[1]
    return target.narrow(1, 0, n - 1), target.narrow(1, 1, n - 1)


@forcing.right_way
def forcing_by_counting(target: Tensor) -> Tables:
    n = target.size(-1)
    return target[..., torch.arange(n - 1)], target[..., torch.arange(1, n)]


SHIFT = (
    "What it should say is one place further than what it reads: the first table is to be without "
    "the last place, the second without the first."
)


@forcing.mistake(
    "Nothing is shifted: at each place it reads the very word that it should say.",
    "Then copying is enough, the loss falls nearly to 0, and the model can't write. " + SHIFT,
)
def nothing_shifted(target):
    return target, target


@forcing.mistake(
    "Both tables leave the last place out, so at each place it reads the word that it should say.",
    SHIFT,
)
def both_without_the_last(target):
    return target[:, :-1], target[:, :-1]


@forcing.mistake(
    "Both tables leave the first place out, so at each place it reads the word that it should say.",
    SHIFT,
)
def both_without_the_first(target):
    return target[:, 1:], target[:, 1:]


@forcing.mistake(
    "The two tables are exchanged: it reads the next word and should say the one before.",
    "It is to read from <start> on, and to say up to <end>. What it reads is to come back first.",
)
def exchanged(target):
    return target[:, 1:], target[:, :-1]


@forcing.mistake(
    "Sentences were left out, not places: the last one to read, and the first one to say.",
    "Rows are sentences and stay, all of them: target[:, …] keeps the rows and cuts places.",
)
def along_the_batch(target):
    return target[:-1], target[1:]


@forcing.mistake(
    "It reads one place too many: the last one, after which nothing comes.",
    "Each table is to have n - 1 places. " + SHIFT,
)
def reads_the_last(target):
    return target, target[:, 1:]


@forcing.mistake(
    "It should say one place too many: <start>, which nobody has to guess.",
    "Each table is to have n - 1 places. " + SHIFT,
)
def says_the_first(target):
    return target[:, :-1], target


@forcing.mistake(
    "The tables are two places apart: it should say the word after the next.",
    "They are to be one place apart, with n - 1 places in each.",
)
def two_places_apart(target):
    return target[:, :-2], target[:, 2:]


@forcing.mistake(
    "What it should say ends with <start>: the first place came back in at the end.",
    "After the last place nothing follows: it is not read. And <start> is not said. " + SHIFT,
)
def rolled(target):
    return target, target.roll(-1, 1)


@forcing.mistake(
    "What it reads begins with the last place, which came back in before <start>.",
    "<start> is the first to be read, and nobody has to say it. " + SHIFT,
)
def rolled_right(target):
    return target.roll(1, 1), target


@forcing.mistake(
    "It reads without <start>, and what it should say ends with <start>.",
    SHIFT,
)
def rolled_and_cut(target):
    return target[:, 1:], target.roll(-1, 1)[:, 1:]


@forcing.mistake(
    "Each table holds a single place: the last one to read, and the second one to say.",
    "`:-1` and `1:` are slices, from one place to another. `-1` and `1` alone are single places.",
)
def single_places(target):
    return target[:, -1], target[:, 1]


@forcing.mistake(
    "It reads <start> alone, and should say all the rest at once.",
    "It is to read all but the last place: that is `:-1`. The first place alone is `:1`.",
)
def reads_the_start_alone(target):
    return target[:, :1], target[:, 1:]


@forcing.mistake(
    "It should say only the last place.",
    "`-1:` begins at the last place. All but the first is `1:`.",
)
def says_the_last_alone(target):
    return target[:, :-1], target[:, -1:]


@forcing.mistake(
    "Both tables begin one place too late: it reads without <start>.",
    "Without <start>, nobody could say the first word. " + SHIFT,
)
def reads_without_start(target):
    return target[:, 1:-1], target[:, 2:]


@forcing.mistake(
    "Padding was put before <start> in what it reads, and <start> is to be said.",
    "<start> is the first to be read, and nobody has to say it. " + SHIFT,
)
def padded_on_the_left(target):
    return torch.nn.functional.pad(target[:, :-1], (1, 0)), target


@forcing.mistake(
    "Each <end> became padding in what it reads.",
    "In short rows <end> is read, and what follows it is padding, which the loss leaves out. Only "
    "the last place is cut.",
)
def without_end(target):
    return target[:, :-1].masked_fill(target[:, :-1] == 2, 0), target[:, 1:]


@forcing.mistake(
    "The target is cut in the middle: one part to read, the other to say.",
    "Both tables hold nearly all of it, one without its last place and one without its first.",
)
def halves(target):
    half = target.shape[1] // 2
    return target[:, :half], target[:, half:]


@forcing.mistake(
    "It need not say the last place here, so <end> is never asked for in the longest sentence.",
    "What it should say is all but the first place, up to the end: `1:`.",
)
def says_without_the_last(target):
    return target[:, :-1], target[:, 1:-1]
