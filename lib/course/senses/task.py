"""Questions about a digit that is seen and a digit that is heard."""

from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor

from course.senses.digits import draw
from course.senses.sounds import spectrogram, waves

QUESTIONS = ("sum?", "same?", "which?")  # which is greater
WORDS = (*map(str, range(19)), "yes", "no", "image", "sound", "equal", *QUESTIONS)
WORD = {word: number for number, word in enumerate(WORDS)}
EQUAL = 0.3  # of the pairs are made equal, besides those that chance makes so


class Batch(NamedTuple):
    """What is given, and what should be said: image digit, sound digit, answer."""

    image: Tensor  # (batch, 8, 8)
    sound: Tensor  # (batch, 9, 100)
    question: Tensor  # (batch,) numbers of words
    said: Tensor  # (batch, 3) numbers of words


class Senses(NamedTuple):
    """As many pictures and sounds of each digit."""

    images: Tensor  # (10, each, 8, 8)
    sounds: Tensor  # (10, each, 9, 100)


@cache
def senses(part: str) -> Senses:
    """The pictures and sounds to "learn" from, or to "test" with: 600 and 60 of each digit."""
    if part not in ("learn", "test"):
        raise ValueError(f"part is {part!r}, expected 'learn' or 'test'")
    generator = torch.Generator().manual_seed(1 if part == "learn" else 2)
    each = 600 if part == "learn" else 60
    digits = torch.arange(10).repeat_interleave(each)
    images = draw(digits, generator)
    sounds = spectrogram(waves(digits, generator))
    # About the mean and the spread of all sounds: the same for whatever is ever heard.
    return Senses(images.unflatten(0, (10, each)), ((sounds - 1.7) / 0.6).unflatten(0, (10, each)))


def answer(seen: int, heard: int, question: str) -> str:
    """The right answer, as a word."""
    if question == "sum?":
        return str(seen + heard)
    if question == "same?":
        return "yes" if seen == heard else "no"
    return "image" if seen > heard else "sound" if heard > seen else "equal"


@cache
def _answers() -> Tensor:
    """The number of the right answer's word: (questions=3, seen=10, heard=10)"""
    digits = range(10)
    return torch.tensor(
        [[[WORD[answer(a, b, asked)] for b in digits] for a in digits] for asked in QUESTIONS]
    )


def ask(count: int, generator: torch.Generator, part: str = "learn") -> Batch:
    """Questions drawn at random, each about a picture and a sound."""
    known = senses(part)

    def pick(below: int) -> Tensor:
        return torch.randint(below, (count,), generator=generator)

    seen, other = pick(10), pick(10)
    heard = torch.where(torch.rand(count, generator=generator) < EQUAL, seen, other)
    asked = pick(len(QUESTIONS))
    image = known.images[seen, pick(known.images.shape[1])]
    sound = known.sounds[heard, pick(known.sounds.shape[1])]
    said = torch.stack([seen, heard, _answers()[asked, seen, heard]], dim=1)
    return Batch(image, sound, asked + WORD["sum?"], said)
