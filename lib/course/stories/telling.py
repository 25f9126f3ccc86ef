"""Stories of three sentences and a question, and what each of three tasks makes of one."""

import random
from typing import NamedTuple

from course.stories.words import LOVED, NAMES, THINGS, VERBS

TASKS = ("translate", "summarise", "answer")


class Story(NamedTuple):
    """A story with its question, word by word, and what is to be written for each of TASKS."""

    text: list[str]
    wanted: dict[str, list[str]]


def tell(
    lovers: list[tuple[str, str]], news: tuple[str, str, str], order: list[int], asked: int
) -> Story:
    """One story, from words of the tables.

    lovers  two who love something: [("Ken", "Tokyo"), ("Yuki", "tea")]
    news    who did what with which thing: ("Mary", "lost", "key")
    order   in which the three come, the lovers being 0 and 1 and the news 2
    asked   which lover the question is about, 0 or 1
    """
    said = [
        (f"{who} loves {what} .", f"{NAMES[who][0]} は {LOVED[what][0]} が 好き です 。")
        for who, what in lovers
    ]
    who, verb, thing = news
    japanese = f"とつぜん {NAMES[who][0]} は {THINGS[thing][0]} を {VERBS[verb][0]} ました 。"
    said.append((f"suddenly {who} {verb} the {thing} .", japanese))
    english = " ".join(said[place][0] for place in order)
    wanted = {
        "translate": " ".join(said[place][1] for place in order),
        "summarise": f"{who} {verb} the {thing} .",
        "answer": said[asked][0],
    }
    text = f"{english} what does {lovers[asked][0]} love ?"
    return Story(text.split(), {task: words.split() for task, words in wanted.items()})


def draw(generator: random.Random) -> Story:
    """A story that chance tells: three different names, two different loves, any order."""
    first, second, third = generator.sample(list(NAMES), 3)
    loved = generator.sample(list(LOVED), 2)
    news = (third, generator.choice(list(VERBS)), generator.choice(list(THINGS)))
    order = generator.sample(range(3), 3)
    return tell(list(zip((first, second), loved, strict=True)), news, order, generator.randrange(2))


def stories(count: int, seed: int) -> list[Story]:
    """So many stories; the same for the same seed."""
    generator = random.Random(seed)
    return [draw(generator) for _ in range(count)]
