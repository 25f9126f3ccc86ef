"""What is written is what attn.generate writes; masks and grafts reach what they name."""

import pytest
import torch

from attn import generate
from course.stories.telling import TASKS, stories
from course.stories.training import Phase, fit, new_model, source_of, target_of
from course.stories.writing import (
    LONGEST,
    OTHER,
    first_look,
    grafted,
    hidden_from_readers,
    hidden_from_writer,
    looked_at,
    said,
    share_right,
    tasks_done,
    write,
)
from course.translation.vocabulary import END, START

TOLD = stories(5, seed=4)


@pytest.fixture(scope="module")
def model():
    return new_model(seed=3, d_model=16).eval()


@pytest.fixture(scope="module")
def source():
    return source_of(TOLD, [*TASKS, "answer", "summarise"])


def test_it_writes_what_generate_writes(model, source):
    begin = torch.full((len(source), 1), START)
    options = {"max_new_tokens": LONGEST, "end_token": END, "temperature": 0.0}
    expected = generate(model, begin, source=source, **options)[:, 1:]
    assert torch.equal(write(model, source), expected)


def test_masks_that_hide_nothing_change_nothing(model, source):
    n = source.shape[1]
    reading, across = torch.ones(n, n, dtype=torch.bool), torch.ones(1, n, dtype=torch.bool)
    assert torch.equal(write(model, source, reading=reading, across=across), write(model, source))


def test_hidden_in_both_places_the_first_word_is_as_good_as_any(model, source):
    n = source.shape[1]
    masks = {"reading": hidden_from_readers(n), "across": hidden_from_writer(n)}
    other = source.clone()
    other[:, 0] = source.flip(0)[:, 0] + 1
    assert torch.equal(write(model, source, **masks), write(model, other, **masks))


def test_a_graft_of_a_task_on_itself_is_what_the_task_writes(model):
    plain = write(model, source_of(TOLD, ["answer"] * 5))
    assert torch.equal(grafted(model, TOLD, "answer", "answer"), plain)


def test_a_graft_takes_place_0_from_one_and_the_rest_from_the_other(model, monkeypatch):
    tasks = ("answer", "translate")
    one, rest = (model.encode(source_of(TOLD, [task] * 5)) for task in tasks)
    given = []
    monkeypatch.setattr(
        "course.stories.writing.write_from", lambda _, memory: given.append(memory) or memory
    )
    grafted(model, TOLD, *tasks)
    torch.testing.assert_close(given[0][:, 0], one[:, 0])
    torch.testing.assert_close(given[0][:, 1:], rest[:, 1:])


def test_a_task_is_done_if_every_word_is_right_and_none_too_many():
    wanted = target_of(TOLD[:3], TASKS)[:, 1:]
    assert tasks_done(wanted, TOLD[:3]) == list(TASKS)
    changed = wanted.clone()
    changed[:, 1] = changed[:, 0]
    assert tasks_done(changed, TOLD[:3]) == [OTHER] * 3
    endless = wanted.masked_fill(wanted == END, 9)
    assert tasks_done(endless, TOLD[:3]) == [OTHER] * 3
    assert tasks_done(wanted, TOLD[1:4]) == [OTHER] * 3


@pytest.mark.slow
def test_the_share_that_is_right_is_that_of_what_is_written():
    """Of a model that has learnt a little: some of its summaries are right."""
    learning = new_model(seed=0)
    fit(learning, (Phase(("summarise",), 60),), seed=0)
    told = stories(80, seed=5)
    written = write(learning, source_of(told, ["summarise"] * 80))
    share = tasks_done(written, told).count("summarise") / 80
    assert 0.05 < share < 0.95
    assert share_right(learning, told, "summarise") == pytest.approx(share)
    assert said(written)[0][-1] == "."


def test_rows_of_a_map_sum_to_one_and_belong_to_the_words_written(model):
    story = TOLD[0]
    for task in TASKS:
        weights = looked_at(model, story, task)
        assert weights.shape == (4, len(story.wanted[task]), len(story.text) + 1)
        torch.testing.assert_close(weights.sum(dim=-1), torch.ones(weights.shape[:-1]))


def test_the_first_look_is_the_first_row_of_the_map(model):
    """Here of the last layer, which is the only one if the others look nowhere near it."""
    weights = torch.stack([looked_at(model, story, "answer")[:, 0, 0] for story in TOLD])
    assert first_look(model, TOLD, "answer") >= weights.mean(dim=0).max().item() - 1e-6
