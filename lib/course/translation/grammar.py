"""A small grammar that writes English and Japanese at once: the verb last, particles, negation.

A *pair* is a verb with an object, as ("love", "Tokyo"). Pairs that are held out never meet in
training, though both of their words do, with others.
"""

import random
from collections.abc import Sequence
from typing import NamedTuple

from course.translation.words import (
    ADJECTIVES,
    ENDINGS,
    ENDINGS_OF_LOVE,
    NO_ADJECTIVE,
    OBJECTS,
    PLACES,
    PLURAL,
    SUBJECTS,
    TIMES,
    VERBS,
)

Pair = tuple[str, str]


class Sentence(NamedTuple):
    """One sentence, twice, word by word."""

    english: list[str]
    japanese: list[str]


class Corpus(NamedTuple):
    """Sentences to learn from, sentences to be asked, and the pairs that only the latter have."""

    train: list[Sentence]
    test: list[Sentence]
    held_out: list[Pair]


_SOME = {
    "eat": "fish bread rice apples sushi",
    "drink": "tea water coffee milk",
    "buy": "fish bread rice apples sushi tea water coffee milk books flowers",
    "make": "bread rice sushi tea coffee",
    "read": "books letters Japanese",
    "write": "books letters Japanese music",
    "go to": "Tokyo Kyoto the_sea the_mountain the_station the_school",
}
_FEW = {
    "see": "fish books letters flowers Tokyo Kyoto the_sea the_mountain the_station the_school",
    "love": "fish bread apples sushi tea coffee milk books flowers music Japanese Tokyo Kyoto "
    "the_sea the_mountain",
}


def _pairs(objects: dict[str, str]) -> list[Pair]:
    """In the order of the tables; a verb that `objects` does not name goes with every object."""
    return [
        (verb, thing)
        for verb in VERBS
        for thing in OBJECTS
        if verb not in objects or thing.replace(" ", "_") in objects[verb].split()
    ]


FEW_PARTNERS = _pairs(_SOME | _FEW | {"find": "", "forget": ""})  # 63: no verb goes with all
MANY_PARTNERS = _pairs(_SOME)  # 118: four verbs go with every object
ALL_PARTNERS = _pairs({})  # 220: every verb goes with every object, whatever that may mean


def sentence(
    subject: str,
    verb: str,
    thing: str,
    *,
    adjective: str = "",
    place: str = "",
    time: str = "",
    past: bool = False,
    negative: bool = False,
) -> Sentence:
    """One sentence in both languages, from words of the tables.

    sentence("I", "love", "Tokyo") is I love Tokyo . and 私 は 東京 が 好き です 。
    """
    third, past_form, particle, stem, _ = VERBS[verb]
    if negative:
        do = "did" if past else "do" if subject in PLURAL else "does"
        says = f"{do} not {verb}"
    else:
        says = past_form if past else verb if subject in PLURAL else third
    noun = thing
    if adjective:
        noun = (
            f"the {adjective} {thing[4:]}" if thing.startswith("the ") else f"{adjective} {thing}"
        )
    ending = (ENDINGS_OF_LOVE if verb == "love" else ENDINGS)[past, negative]
    japanese = [
        TIMES[time][0] if time else "",
        f"{SUBJECTS[subject][0]} は",
        f"{PLACES[place][0]} で" if place else "",
        ADJECTIVES[adjective][0] if adjective else "",
        f"{OBJECTS[thing][0]} {particle}",
        f"{stem} {ending} 。",
    ]
    english = f"{subject} {says} {noun} {place} {time} ."
    return Sentence(english.split(), " ".join(japanese).split())


def held_out(pairs: Sequence[Pair], seed: int = 0, share: float = 0.2) -> list[Pair]:
    """(love, Tokyo) and others, a share of the pairs.

    Each verb and each object keeps at least two partners in training.
    """
    generator = random.Random(seed)
    held = [("love", "Tokyo")]
    for pair in generator.sample(pairs, len(pairs)):
        left = [other for other in pairs if other not in held and other != pair]
        enough = all(sum(other[k] == pair[k] for other in left) >= 2 for k in (0, 1))
        if pair not in held and enough and len(held) < share * len(pairs):
            held.append(pair)
    return held


def corpus(
    seed: int = 0,
    *,
    pairs: Sequence[Pair] = tuple(MANY_PARTNERS),
    train: int = 6000,
    test: int = 400,
) -> Corpus:
    """So many sentences, all different, to learn from, and others with pairs that are held out.

    The seed decides which pairs are held out, and which sentences are drawn.
    """
    generator, held = random.Random(seed), held_out(pairs, seed)
    known = [pair for pair in pairs if pair not in held]
    return Corpus(_draw(generator, known, train), _draw(generator, held, test), held)


def _draw(generator: random.Random, pairs: Sequence[Pair], count: int) -> list[Sentence]:
    found: dict[tuple[str, ...], Sentence] = {}
    while len(found) < count:
        verb, thing = generator.choice(pairs)
        time = "" if verb == "love" else generator.choice(["", *TIMES])
        past = time == "yesterday" if time else bool(generator.randint(0, 1))
        at_a_place = verb not in ("go to", "love")
        place = generator.choice(["", "", *PLACES]) if at_a_place else ""
        described = thing not in NO_ADJECTIVE
        adjective = generator.choice(["", "", *ADJECTIVES]) if described else ""
        subject = generator.choice(list(SUBJECTS))
        made = sentence(
            subject,
            verb,
            thing,
            adjective=adjective,
            place=place,
            time=time,
            past=past,
            negative=generator.random() < 0.3,
        )
        found[tuple(made.english)] = made
    return list(found.values())
