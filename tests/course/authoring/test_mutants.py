"""Small changes to right ways: which are made, that none hangs, and what is told of them."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console
from torch import nn

from course.authoring.mutants import command, trial
from course.authoring.mutants.mutate import Stopped, mutants_of, plain_source
from course.authoring.mutants.trial import Trial, sample, trials
from course.checking import (
    Call,
    Draw,
    Exercise,
    LocalSubject,
    Trouble,
    exercises,
    find,
)
from course.errors import CourseError

pytestmark = pytest.mark.slow  # `--fast` leaves it out


def blend(w: torch.Tensor, v: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Weighted values."""
    n = 2
    total = 0.5
    for row in range(n):
        total = total + w[row, :n].sum(dim=-1, keepdim=True)
    if n > 1 and total < 3:
        total += 1
    return w @ v.mT / total, torch.einsum("ij,jk->ik", w, v)


MADE = {key.partition(": ")[2] for key in (mutant.key for mutant in mutants_of(blend))}


@pytest.mark.parametrize(
    ("kind", "statement"),
    {
        "a constant": "n = 3",
        "a factor": "total = 1.0",
        "a range that begins later": "for row in range(1, n):",
        "a range that ends later": "for row in range(n + 1):",
        "an operator": "total = total - w[row, :n].sum(dim=-1, keepdim=True)",
        "a summand left out": "total = w[row, :n].sum(dim=-1, keepdim=True)",
        "another axis": "total = total + w[row, :n].sum(dim=-2, keepdim=True)",
        "keepdim": "total = total + w[row, :n].sum(dim=-1, keepdim=False)",
        "an argument left out": "total = total + w[row, :n].sum(dim=-1)",
        "a neighbour": "total = total + w[row, :n].mean(dim=-1, keepdim=True)",
        "a call left out": "total = total + w[row, :n]",
        "a slice's end": "total = total + w[row, :n - 1].sum(dim=-1, keepdim=True)",
        "places exchanged": "total = total + w[:n, row].sum(dim=-1, keepdim=True)",
        "the other argument": "total = total + v[row, :n].sum(dim=-1, keepdim=True)",
        "a comparison": "if n >= 1 and total < 3:",
        "or": "if n > 1 or total < 3:",
        "a condition left out": "if total < 3:",
        "a condition taken away": "always `if n > 1 and total < 3:`",
        "a loop that ends early": "break at the end of `for row in range(n):`",
        "no sum": "total = 1",
        "a statement left out": "without `total += 1`",
        "sides exchanged": "return (v.mT @ w / total, torch.einsum('ij,jk->ik', w, v))",
        "a turn left out": "return (w @ v / total, torch.einsum('ij,jk->ik', w, v))",
        "whole numbers": "return (w @ v.mT // total, torch.einsum('ij,jk->ik', w, v))",
        "an equation": "return (w @ v.mT / total, torch.einsum('ij,jk->ki', w, v))",
        "arguments exchanged": "return (w @ v.mT / total, torch.einsum('ij,jk->ik', v, w))",
        "a part of the answer": "return w @ v.mT / total",
    }.items(),
)  # fmt: skip
def test_a_kind_of_change_is_made(kind: str, statement: str):
    assert statement in MADE


def test_every_mutant_is_another_program_and_has_a_key_of_its_own():
    found = list(mutants_of(blend))
    assert len({mutant.source for mutant in found}) == len(found)
    assert len({mutant.key for mutant in found}) == len(found)
    assert plain_source(blend) not in {mutant.source for mutant in found}
    assert all(mutant.answer().__name__ == "blend" for mutant in found)


class Doubled(nn.Module):
    def rows(self, x):
        return x + x

    def forward(self, x):
        return x


class DoubledRows(Doubled):
    def forward(self, x):
        return self.rows(x)


def test_a_class_is_changed_with_its_bases_but_not_where_it_overrides_them():
    keys = {mutant.key for mutant in mutants_of(DoubledRows)}
    assert "4: return x - x" in keys
    assert plain_source(DoubledRows).count("def forward") == 1
    (halved,) = (mutant for mutant in mutants_of(DoubledRows) if mutant.key == "4: return x - x")
    assert halved.answer()()(torch.ones(3)).tolist() == [0, 0, 0]


def count_down(x):
    left = 3
    while left > 0:
        left = left - 1
    return x + left


counting = Exercise("77.1", returns="x", right="Down to 0.")
counting.reference(lambda x: x)
counting.right_way(count_down)


@counting.case("a number")
def a_number(draw: Draw) -> Call:
    return Call(np.array([1.0, 2.0]))


@counting.mistake("It counted one too far.", "Stop at 0.")
def too_far(x):
    return x - 1


def told(way_and_key: str) -> Trial:
    (found,) = (one for one in trials(counting, sample(counting)) if one.mutant.key == way_and_key)
    return found


def test_a_loop_that_does_not_end_is_stopped():
    assert told("4: left = left + 1").outcome == "stopped"
    (endless,) = (m for m in mutants_of(count_down) if m.key == "4: left = left + 1")
    with pytest.raises(Stopped):
        endless.answer()(1)


def test_a_mutant_is_named_accepted_or_met_with_a_value_alone():
    named = told("3: while left >= 0:")
    assert (named.outcome, named.by) == ("named", "too_far")
    assert named.says == "It counted one too far."
    assert told("2: left = 4").outcome == "accepted"


def test_what_a_mutant_raises_happens_at_its_own_line():
    (broken,) = (mutant for mutant in mutants_of(blend) if "dim=0" in mutant.key)
    with pytest.raises(Trouble) as raised:
        LocalSubject(broken.answer()).call(torch.ones(2, 2), torch.ones(2, 3))
    assert raised.value.line == "return (w @ v.mT / total, torch.einsum('ij,jk->ik', w, v))"


def test_a_sample_is_drawn_alike_each_time_and_a_larger_one_holds_the_smaller():
    keys = [mutant.key for mutant in sample(counting, 5)]
    assert keys == [mutant.key for mutant in sample(counting, 5)]
    assert keys == [mutant.key for mutant in sample(counting, 8)][:5]


@pytest.fixture
def judge_as(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def judge(*entry: str) -> None:
        file = tmp_path / f"{len(list(tmp_path.iterdir()))}.json"
        file.write_text(json.dumps({"count_down": {"3: while left >= 0:": entry}}))
        monkeypatch.setattr(trial, "JUDGED", file)

    return judge


def test_a_judgement_holds_for_the_sentence_that_was_read(judge_as):
    judge_as("true", "It counted one too far.")
    assert told("3: while left >= 0:").judged == "true"
    assert not told("3: while left >= 0:").unread
    judge_as("true", "It did not count.")
    assert told("3: while left >= 0:").unread


def test_a_judgement_in_other_words_is_refused(judge_as):
    judge_as("good", "It counted one too far.")
    with pytest.raises(CourseError, match="'good', expected one of: true, half, false, silent"):
        told("3: while left >= 0:")


def test_checks_shows_what_is_asked_what_was_changed_and_what_is_said():
    console = Console(record=True, width=200, file=io.StringIO())
    command.checks(["05.2"], console=console)
    text = console.export_text()
    assert "gradient: it takes no tensor of floats" in text
    assert "2: return torch.ones(n_q, n_k, dtype=torch.bool).tril(n_k + n_q)" in text
    for word in ("accepted", "silent", "named"):
        ends = [one.outcome for one in trials(find("05.2"), sample(find("05.2")))]
        assert text.count(f"│ {word}") == ends.count(word)


def test_checks_of_everything_has_a_row_for_each_exercise(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(command, "lessons_with_exercises", lambda: ["01", "04"])
    console = Console(record=True, width=200, file=io.StringIO())
    command.checks(each=1, console=console)
    *_, overview = console.export_text().split("unread ┃")
    rows = [line.split("│")[1].strip() for line in overview.splitlines() if line.startswith("│")]
    assert rows == [*exercises("01"), *exercises("04")]


def test_checks_of_an_exercise_that_is_none_says_so(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(CourseError, match=r'There is no exercise "05\.9"; lesson 05 has'):
        command.checks(["05.9"])
    assert capsys.readouterr().out == ""
