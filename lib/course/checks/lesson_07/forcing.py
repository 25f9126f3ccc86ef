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
    "What it should say is one place further than what it reads: the first table leaves the last "
    "place out, the second the first place."
)


@forcing.mistake(
    "Nothing is shifted: at each place it reads the very word that it should say.",
    "Then copying is enough, the loss falls to 0, and the model can't write. " + SHIFT,
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
    "It reads from <start> on, and says up to <end>. Give back what it reads first.",
)
def exchanged(target):
    return target[:, 1:], target[:, :-1]


@forcing.mistake(
    "Sentences were left out, not places: the slice runs along axis 0.",
    "Rows are sentences and stay, all of them: target[:, …] keeps the rows and cuts places.",
)
def along_the_batch(target):
    return target[:-1], target[1:]


@forcing.mistake(
    "It reads one place too many: the last one, after which nothing comes.",
    "Both tables have n - 1 places. " + SHIFT,
)
def reads_the_last(target):
    return target, target[:, 1:]


@forcing.mistake(
    "It should say one place too many: <start>, which nobody has to guess.",
    "Both tables have n - 1 places. " + SHIFT,
)
def says_the_first(target):
    return target[:, :-1], target


@forcing.mistake(
    "The tables are two places apart: it should say the word after the next.",
    "One place is enough, so n - 1 places stay in each.",
)
def two_places_apart(target):
    return target[:, :-2], target[:, 2:]


@forcing.mistake(
    "The target was rolled: what fell out on the left came back in at the end.",
    "After the last word nothing follows, so the last place has no answer. Slices leave it out.",
)
def rolled(target):
    return target, target.roll(-1, 1)


@forcing.mistake(
    "The target was rolled: what fell out at the end came back in before <start>.",
    "Before the first word there is nothing to read. Slices leave that place out.",
)
def rolled_right(target):
    return target.roll(1, 1), target


@forcing.mistake(
    "The target was rolled by one place and then cut, and the wrong end was cut.",
    "No rolling is needed. " + SHIFT,
)
def rolled_and_cut(target):
    return target[:, 1:], target.roll(-1, 1)[:, 1:]


@forcing.mistake(
    "Only single places were taken: <start> to read, or the last place to say.",
    "`:-1` and `1:` are slices, from one place to another. `-1` and `1` alone are single places.",
)
def single_places(target):
    return target[:, -1], target[:, 1]


@forcing.mistake(
    "It reads <start> alone, and should say all the rest at once.",
    "At each place it reads all right words before: `:-1` is all but the last, `:1` the first.",
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
    "The first and the last place were left out of what it reads.",
    "It begins with <start>: without it, nobody could say the first word. Leave only the last out.",
)
def reads_without_start(target):
    return target[:, 1:-1], target[:, 2:]


@forcing.mistake(
    "Padding was put before the words in place of <start>.",
    "The target has its <start> already, in its first column. Slices are enough.",
)
def padded_on_the_left(target):
    return torch.nn.functional.pad(target[:, :-1], (1, 0)), target


@forcing.mistake(
    "Each <end> was taken out of what it reads.",
    "In short rows <end> is read, and what follows it is padding, which the loss leaves out. Cut "
    "the last place alone.",
)
def without_end(target):
    return target[:, :-1].masked_fill(target[:, :-1] == 2, 0), target[:, 1:]


@forcing.mistake(
    "The target is cut into two halves.",
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
