"""What a model writes, which task it did, and where it looked meanwhile."""

from collections.abc import Sequence

import torch
from torch import Tensor

from attn import Transformer, TransformerMaps
from course.stories.telling import TASKS, Story
from course.stories.training import WORDS, source_of, target_of
from course.translation.vocabulary import END, START

LONGEST = 26  # words that it may write: the longest translation has 22, and its end
OTHER = "something else"


@torch.no_grad()
def write(
    model: Transformer,
    source: Tensor,
    *,
    reading: Tensor | None = None,
    across: Tensor | None = None,
) -> Tensor:
    """The most probable next word each time, until every row has said END: (batch, n_written)

    source   (batch, n_source), no padding
    reading  which token of the source may look at which while it is read: (n_source, n_source)
    across   which tokens of the source the writer may look at: (1, n_source)
    """
    memory = model.encode(source, reading)
    caches, newest = model.new_caches(), torch.full((len(source), 1), START)
    over, written = torch.zeros(len(source), 1, dtype=torch.bool), []
    while not over.all() and len(written) < LONGEST:
        logits = model.decode(newest, memory, across, caches=caches)  # (batch, 1, vocab)
        newest = logits.argmax(dim=-1).masked_fill(over, END)  # (batch, 1)
        over |= newest == END
        written.append(newest)
    return torch.cat(written, dim=1)


def said(written: Tensor) -> list[list[str]]:
    """The words of each row, up to its END."""
    return [WORDS.decode(row) for row in written.tolist()]


def tasks_done(written: Tensor, stories: Sequence[Story]) -> list[str]:
    """Which of TASKS each row did, every word of it right; OTHER where it is none."""
    done = []
    for words, story in zip(said(written), stories, strict=True):
        right = [task for task in TASKS if words == story.wanted[task]]
        done.append(right[0] if right else OTHER)
    return done


def share_right(model: Transformer, stories: Sequence[Story], task: str) -> float:
    """The share of stories for which all words are right, none missing and none too many."""
    written = write(model, source_of(stories, [task] * len(stories)))
    return tasks_done(written, stories).count(task) / len(stories)


def hidden_from_writer(n_source: int) -> Tensor:
    """The writer looks at all tokens but the first: (1, n_source), for `across`."""
    return torch.arange(n_source)[None] > 0


def hidden_from_readers(n_source: int) -> Tensor:
    """No other token looks at the first one, for `reading`: (n_source, n_source)"""
    mask = torch.ones(n_source, n_source, dtype=torch.bool)
    mask[1:, 0] = False
    return mask


@torch.no_grad()
def looked_at(model: Transformer, story: Story, task: str) -> Tensor:
    """Cross-attention of the last layer, head by head: (heads, n_wanted, n_source).

    Row t belongs to the query that *writes* word t of what is wanted: it has read the word before.
    """
    maps = TransformerMaps()
    target = target_of([story], [task])[:, :-2]  # START, and all but the last word
    model(source_of([story], [task]), target, maps=maps)
    last = maps.cross[-1]
    assert last is not None  # the plain attention function hands its weights on
    return last[0]
