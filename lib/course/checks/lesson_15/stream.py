"""15.2: join three senses in one stream."""

import torch
from torch import Tensor

from course.checking import Call, Draw, Exercise

stream = Exercise(
    "15.2",
    returns="stream",
    right="One stream, and each token says of which sense it is.",
    forbids=("course.senses",),
)


@stream.case("one token of each sense, two features")
def by_hand(draw: Draw) -> Call:
    image, sound, text = (torch.tensor([[[k, k]]]) for k in (1.0, 2.0, 3.0))
    return Call(image, sound, text, torch.tensor([[0.5, 0.0], [0.0, 0.25], [0.75, 0.75]]))


@stream.case("three tokens of each sense, three rows, three features")
def cube(draw: Draw) -> Call:
    parts = (draw.tensor(3, 3, 3) for _ in range(3))
    return Call(*parts, draw.tensor(3, 3))


@stream.case("two rows: 5 patches, 3 frames, 4 words, six features")
def all_different(draw: Draw) -> Call:
    parts = (draw.tensor(2, n, 6) for n in (5, 3, 4))
    return Call(*parts, draw.tensor(3, 6))


@stream.case("as many tokens as in the lesson")
def as_in_the_lesson(draw: Draw) -> Call:
    return Call(*(draw.tensor(1, n, 2) for n in (16, 9, 3)), draw.tensor(3, 2))


@stream.case("no sound at all")
def silence(draw: Draw) -> Call:
    parts = (draw.tensor(2, n, 4) for n in (3, 0, 1))
    return Call(*parts, draw.tensor(3, 4))


@stream.reference
def token_by_token(image: Tensor, sound: Tensor, text: Tensor, modality: Tensor) -> Tensor:
    tokens = [
        part[:, place] + modality[sense]
        for sense, part in enumerate((image, sound, text))
        for place in range(part.shape[1])
    ]
    return torch.stack(tokens, dim=1)


@stream.right_way
def stream_added_then_joined(
    image: Tensor, sound: Tensor, text: Tensor, modality: Tensor
) -> Tensor:
    return torch.cat([image + modality[0], sound + modality[1], text + modality[2]], dim=1)


@stream.right_way
def stream_joined_then_added(
    image: Tensor, sound: Tensor, text: Tensor, modality: Tensor
) -> Tensor:
    lengths = torch.tensor([part.shape[1] for part in (image, sound, text)])
    return torch.cat([image, sound, text], dim=1) + modality.repeat_interleave(lengths, dim=0)


@stream.right_way
def stream_by_loop(image: Tensor, sound: Tensor, text: Tensor, modality: Tensor) -> Tensor:
    parts = []
    for part, of in zip((image, sound, text), modality, strict=True):
        parts.append(part + of[None, None])
    return torch.cat(parts, dim=-2)


@stream.right_way
def stream_looked_up(image: Tensor, sound: Tensor, text: Tensor, modality: Tensor) -> Tensor:
    parts = (image, sound, text)
    of = torch.cat([torch.full((part.shape[1],), k) for k, part in enumerate(parts)])
    return torch.cat(parts, dim=1) + modality[of]


# The mistakes

EACH_ITS_OWN = (
    "modality[0] belongs to the image, modality[1] to the sound, modality[2] to the text."
)
TOKENS = "The tokens stand one after another: dim=1, between the batch and the features."


def declare(what, way_out, name, join):
    """Declare a mistake; join(parts, modality) -> what comes back."""

    def answer(image, sound, text, modality):
        return join((image, sound, text), modality)

    answer.__name__ = name
    stream.mistake(what, way_out)(answer)


def added(parts, modality, order=(0, 1, 2)):
    return [part + modality[k] for part, k in zip(parts, order, strict=True)]


declare(
    "The senses were joined on the features.",
    TOKENS,
    "on_features",
    lambda parts, m: torch.cat(added(parts, m), dim=2),
)
declare(
    "The senses were joined on the batch.",
    TOKENS,
    "on_batch",
    lambda parts, m: torch.cat(added(parts, m), dim=0),
)
declare(
    "A new axis came in: the senses were stacked, not joined.",
    "torch.cat joins along an axis that is there; torch.stack makes a new one. " + TOKENS,
    "stacked",
    lambda parts, m: torch.stack(added(parts, m), dim=1),
)
declare(
    "The vectors that say which sense it is are missing.",
    EACH_ITS_OWN,
    "no_modality",
    lambda parts, m: torch.cat(parts, dim=1),
)
for k, sense in enumerate(("image", "sound", "text")):
    declare(
        f"All senses got the same vector, that of the {sense}.",
        "A vector that all share tells nobody apart. " + EACH_ITS_OWN,
        f"all_are_{sense}",
        lambda parts, m, k=k: torch.cat(parts, dim=1) + m[k],
    )
    declare(
        f"The {sense} got no vector.",
        EACH_ITS_OWN,
        f"not_the_{sense}",
        lambda parts, m, k=k: torch.cat(
            [part + m[j] * (j != k) for j, part in enumerate(parts)], dim=1
        ),
    )
    declare(
        f"Only the {sense} got its vector.",
        EACH_ITS_OWN,
        f"only_the_{sense}",
        lambda parts, m, k=k: torch.cat(
            [part + m[j] * (j == k) for j, part in enumerate(parts)], dim=1
        ),
    )
declare(
    "Each token got all three vectors, summed.",
    EACH_ITS_OWN,
    "sum_of_all",
    lambda parts, m: torch.cat(parts, dim=1) + m.sum(dim=0),
)
declare(
    "Each token got the mean of the three vectors.",
    EACH_ITS_OWN,
    "mean_of_all",
    lambda parts, m: torch.cat(parts, dim=1) + m.mean(dim=0),
)
for order, told in {
    (1, 0, 2): "image and sound",
    (2, 1, 0): "image and text",
    (0, 2, 1): "sound and text",
}.items():
    name = told.replace(" ", "_")
    declare(
        f"The vectors of {told} are exchanged.",
        EACH_ITS_OWN,
        f"vectors_of_{name}_exchanged",
        lambda parts, m, order=order: torch.cat(added(parts, m, order), dim=1),
    )
    declare(
        f"In the stream, {told} stand in each other's place.",
        "Image first, then sound, then text: the words that are said come last.",
        f"{name}_exchanged",
        lambda parts, m, order=order: torch.cat([added(parts, m)[k] for k in order], dim=1),
    )
declare(
    "The order is text, image, sound.",
    "Image first, then sound, then text: the words that are said come last.",
    "text_first",
    lambda parts, m: torch.cat([added(parts, m)[k] for k in (2, 0, 1)], dim=1),
)
declare(
    "The order is sound, text, image.",
    "Image first, then sound, then text: the words that are said come last.",
    "image_last",
    lambda parts, m: torch.cat([added(parts, m)[k] for k in (1, 2, 0)], dim=1),
)
declare(
    "The tokens were multiplied by the vectors.",
    "The vector is added, as a place's vector is.",
    "multiplied",
    lambda parts, m: torch.cat([part * m[k] for k, part in enumerate(parts)], dim=1),
)
declare(
    "The vectors were subtracted.",
    "The vector is added, as a place's vector is.",
    "subtracted",
    lambda parts, m: torch.cat([part - m[k] for k, part in enumerate(parts)], dim=1),
)
declare(
    "The vectors were added twice.",
    "Once is enough: before the senses are joined, or after.",
    "twice",
    lambda parts, m: torch.cat([part + 2 * m[k] for k, part in enumerate(parts)], dim=1),
)
declare(
    "The number of the sense was added, not its vector.",
    EACH_ITS_OWN,
    "number_added",
    lambda parts, m: torch.cat([part + float(k) for k, part in enumerate(parts)], dim=1),
)
declare(
    "The vectors became tokens of their own, one before each sense.",
    "They are added to the tokens, so that there are as many tokens as before. " + EACH_ITS_OWN,
    "as_tokens",
    lambda parts, m: torch.cat(
        [each for k, part in enumerate(parts) for each in (m[k].expand(len(part), 1, -1), part)],
        dim=1,
    ),
)
declare(
    "Only the first token of each sense got the vector.",
    "Every token of a sense gets it: image + modality[0] reaches all of them.",
    "first_token_alone",
    lambda parts, m: torch.cat(
        [torch.cat([part[:, :1] + m[k], part[:, 1:]], dim=1) for k, part in enumerate(parts)],
        dim=1,
    ),
)
declare(
    "The vectors were put behind the features, not added.",
    "Adding keeps the width: image + modality[0].",
    "beside_the_features",
    lambda parts, m: torch.cat(
        [torch.cat([part, m[k].expand_as(part)], dim=2) for k, part in enumerate(parts)], dim=1
    ),
)
declare(
    "Each sense got a column of `modality`, not a row.",
    "modality[k] is row k, a vector of d numbers; modality[:, k] is a column, of 3.",
    "columns",
    lambda parts, m: torch.cat([part + m[:, k] for k, part in enumerate(parts)], dim=1),
)
for order in ((1, 2, 0), (2, 0, 1)):
    declare(
        "Each sense got the vector of another.",
        EACH_ITS_OWN,
        f"vectors_turned_by_{order[0]}",
        lambda parts, m, order=order: torch.cat(added(parts, m, order), dim=1),
    )


def by_places_of_the_lesson(parts, modality):
    """Places 0 to 15 get the image's vector, 16 to 24 the sound's, whatever stands there."""
    joined = torch.cat(parts, dim=1)
    places = torch.arange(joined.shape[1])
    return joined + modality[(places >= 16).long() + (places >= 25).long()]


SIZES = "How many tokens a sense has, its shape tells. Or add before the senses are joined. "
declare(
    "The sizes of the lesson are written in: 16 patches, 9 frames.",
    SIZES + EACH_ITS_OWN,
    "sizes_written_in",
    by_places_of_the_lesson,
)
declare(
    "The sizes of the lesson are written in: 16, 9 and 3 tokens.",
    SIZES + EACH_ITS_OWN,
    "repeats_written_in",
    lambda parts, m: torch.cat(parts, dim=1) + m.repeat_interleave(torch.tensor([16, 9, 3]), dim=0),
)
