"""Read a translator's mind: where its decoder looked across for each word that it wrote."""

from collections.abc import Sequence

import torch
from torch import Tensor

from attn import Transformer, TransformerMaps
from course.translation.grammar import Sentence
from course.translation.training import Task, real
from course.translation.words import OBJECTS, SUBJECTS


@torch.no_grad()
def looked_at(model: Transformer, task: Task, pair: Sentence) -> Tensor:
    """Cross-attention of the last layer, the mean of its heads: (n_japanese, n_english).

    Row t belongs to the query that *writes* Japanese word t: it has read the word before.
    """
    maps = TransformerMaps()
    source = task.english.encode([pair.english])
    target = task.japanese.encode([pair.japanese], marks=True)[
        :, :-2
    ]  # START, and all but the last
    model(source, target, real(source), maps=maps)
    last = maps.cross[-1]
    assert last is not None  # the plain attention function hands its weights on
    return last[0].mean(dim=0)


def agreement(model: Transformer, task: Task, sentences: Sequence[Sentence]) -> float:
    """How often the most looked-at English word of a subject or object is its translation."""
    origin = {
        script: english.split()[-1]
        for table in (SUBJECTS, OBJECTS)
        for english, (script, _) in table.items()
    }
    right = []
    for pair in sentences:
        best = looked_at(model, task, pair).argmax(dim=-1).tolist()  # n_japanese
        for place, word in zip(best, pair.japanese, strict=True):
            if word in origin and pair.english.count(origin[word]) == 1:
                right.append(pair.english[place] == origin[word])
    return sum(right) / len(right)
