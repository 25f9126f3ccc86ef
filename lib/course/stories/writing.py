"""What a model writes, which task it did, and where it looked meanwhile."""

from collections.abc import Sequence

import torch
from torch import Tensor

from attn import Transformer, TransformerMaps
from course.stories.telling import TASKS, Story
from course.stories.training import WORDS, source_of, target_of
from course.translation.vocabulary import END, PAD, START

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
    return write_from(model, model.encode(source, reading), across)


@torch.no_grad()
def write_from(model: Transformer, memory: Tensor, across: Tensor | None = None) -> Tensor:
    """The same, where the source has been read: memory (batch, n_source, d_model)"""
    caches, newest = model.new_caches(), torch.full((len(memory), 1), START)
    over = torch.zeros(len(memory), 1, dtype=torch.bool)
    written: list[Tensor] = []
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


@torch.no_grad()
def share_right(model: Transformer, stories: Sequence[Story], task: str) -> float:
    """The share of stories for which all words are right, none missing and none too many.

    It need not write: whole answers are right or not just as where the right words before each
    place are given, since as long as all is right it reads the same (lesson 07).
    """
    tasks = [task] * len(stories)
    target = target_of(stories, tasks)
    guesses = model(source_of(stories, tasks), target[:, :-1]).argmax(dim=-1)  # (batch, n - 1)
    right = (guesses == target[:, 1:]) | (target[:, 1:] == PAD)
    return right.all(dim=1).float().mean().item()


def hidden_from_writer(n_source: int) -> Tensor:
    """The writer looks at all tokens but the first: (1, n_source), for `across`."""
    return torch.arange(n_source)[None] > 0


def hidden_from_readers(n_source: int) -> Tensor:
    """No other token looks at the first one, for `reading`: (n_source, n_source)"""
    mask = torch.ones(n_source, n_source, dtype=torch.bool)
    mask[1:, 0] = False
    return mask


@torch.no_grad()
def first_look(model: Transformer, stories: Sequence[Story], task: str) -> float:
    """The most that a head of the decoder gives to the first word of the input as it begins.

    Begins: it has read START, and chooses the first word to write. The mean over all stories, of
    the head that gives most, of all layers.
    """
    maps, start = TransformerMaps(), torch.full((len(stories), 1), START)
    model(source_of(stories, [task] * len(stories)), start, maps=maps)
    return max(layer[:, :, 0, 0].mean(0).max().item() for layer in maps.cross if layer is not None)


@torch.no_grad()
def grafted(model: Transformer, stories: Sequence[Story], first: str, rest: str) -> Tensor:
    """What is written where the first word was read as of one task, all others as of another.

    The encoder reads the stories twice, each time with another first word. The writer gets the
    vector of place 0 from the one, and those of all other places from the other: (batch, n_written)
    """
    source = [source_of(stories, [task] * len(stories)) for task in (first, rest)]
    one, other = (model.encode(each) for each in source)  # (batch, n_source, d_model) each
    return write_from(model, torch.cat([one[:, :1], other[:, 1:]], dim=1))


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
