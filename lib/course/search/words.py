"""Search by words: BM25.

Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009,
DOI 10.1561/1500000019.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence

K1, B = 1.2, 0.75  # how soon a repeated word counts no more; how much a long text is marked down
# Words that stand in a question whatever it asks.
_EMPTY = """
a about an and any are as at be been by can could did do does for from had has have how i if in into
is it its me my no not of on or our should so than that the their them then there these they this
those to us was we were what when where which who whom whose why will with would you your
"""
EMPTY = frozenset(_EMPTY.split())


def content_words(text: str) -> list[str]:
    """The words of a text in small letters, without those that say nothing of its subject."""
    return [word for word in re.findall(r"\w+", text.lower()) if word not in EMPTY]


def shared_words(question: str, texts: Sequence[str]) -> list[float]:
    """How much each text answers the question by its words; 0 where it shares none.

    A word counts the more, the fewer texts hold it, and the more often this one does.
    """
    bags = [Counter(content_words(text)) for text in texts]
    mean = sum(bag.total() for bag in bags) / max(1, len(bags)) or 1.0
    scores = [0.0] * len(bags)
    for word in set(content_words(question)):
        holders = [i for i, bag in enumerate(bags) if word in bag]
        rare = math.log(1 + (len(bags) - len(holders) + 0.5) / (len(holders) + 0.5))
        for i in holders:
            often, length = bags[i][word], bags[i].total() / mean
            scores[i] += rare * often * (K1 + 1) / (often + K1 * (1 - B + B * length))
    return scores
