"""The translator of 2014 is as large as ours, hides padding, and writes what it was taught."""

import torch

from course.translation.grammar import corpus
from course.translation.peer import Bahdanau2014, as_large_as
from course.translation.training import as_task, fit, new_translator, real
from course.translation.vocabulary import PAD

LEARNT = corpus(train=12, test=3)
TASK = as_task(LEARNT.train, LEARNT.test)


def size(model: torch.nn.Module) -> int:
    return sum(each.numel() for each in model.parameters())


def test_it_is_as_large_as_the_transformer_within_three_percent():
    ours = new_translator(TASK)
    peer = as_large_as(ours, len(TASK.english), len(TASK.japanese))
    assert abs(size(peer) / size(ours) - 1) < 0.03


def test_attention_gives_padding_no_weight_and_sees_no_later_word():
    torch.manual_seed(0)
    model = Bahdanau2014(len(TASK.english), len(TASK.japanese), 16)
    memory, state = model.read(TASK.source[:2])
    mask = real(TASK.source[:2])
    changed = memory.masked_fill((TASK.source[:2] == PAD)[..., None], 100.0)
    token = torch.tensor([4, 5])
    here, there = (model.step(token, state, each, mask)[0] for each in (memory, changed))
    torch.testing.assert_close(here, there)
    target = TASK.target[:2, :-1]
    later = target.clone()
    later[:, 3:] = 7
    first, second = (model(TASK.source[:2], each, mask) for each in (target, later))
    torch.testing.assert_close(first[:, :3], second[:, :3])


def test_it_learns_a_dozen_sentences_by_heart():
    torch.manual_seed(0)
    model = Bahdanau2014(len(TASK.english), len(TASK.japanese), 32)
    fit(model, TASK, steps=120, rate=1e-2)
    written = model.write(TASK.source).tolist()
    said = [TASK.japanese.decode(row) for row in written]
    assert said == [pair.japanese for pair in LEARNT.train]
