"""Japanese more as it is spoken: who speaks may be left out, and phrases come in any order."""

import random

from course.translation.grammar import Sentence
from course.translation.words import TIMES

_LEFT_OUT = ("I", "we", "you")
_PARTICLES = ("は", "で", "を", "に", "が")
_TIMES = {script for script, _ in TIMES.values()}


def spoken(pair: Sentence, generator: random.Random, *, left_out: float = 0.35) -> Sentence:
    """The sentence in one of the ways in which it may be said.

    I, we and you are left out in a share `left_out` of all cases, and the rest then keeps its
    order: one way. Else the topic comes first, and the other phrases in any order: many ways.
    """
    english, japanese = pair
    topic = japanese.index("は")
    if english[0] in _LEFT_OUT and generator.random() < left_out:
        return Sentence(english, japanese[: topic - 1] + japanese[topic + 1 :])
    phrases: list[list[str]] = []
    phrase: list[str] = []
    for word in japanese:
        phrase.append(word)
        if word in _PARTICLES or word in _TIMES:
            phrases.append(phrase)
            phrase = []
    others = [each for each in phrases if each[-1] != "は"]
    generator.shuffle(others)
    first = [each for each in phrases if each[-1] == "は"]
    return Sentence(english, [word for each in [*first, *others, phrase] for word in each])
