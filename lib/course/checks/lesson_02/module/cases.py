"""02.4: the whole module, with its four projections. The exercise and its cases."""

from typing import Any

import torch

from course.checking import Built, Call, Draw, Exercise, Subject, Trouble
from course.checking.compare import difference
from course.checks.lesson_02.shared import BUILT_HERE, PROJECTIONS, drawn_state

module = Exercise(
    "02.4",
    returns=("output", "weights"),
    right="Project, split, attend, merge, project: the layer of every Transformer.",
    forbids=BUILT_HERE,
    given=(
        "super().__init__()",
        "self.num_heads = num_heads",
        "self.query_proj = nn.Linear(d_model, d_model)",
        "self.key_proj = nn.Linear(d_model, d_model)",
        "self.value_proj = nn.Linear(d_model, d_model)",
        "self.out_proj = nn.Linear(d_model, d_model)",
        "query = self.query_proj(query)",
    ),
    rests_on={"attend_with_heads": ("02.3", "attend_with_heads")},
)


class Steady(Call):
    """A call that is made twice: a layer made anew in each call answers otherwise each time."""

    def ask(self, subject: Subject) -> Any:
        first, second = (subject.call(*self.arguments, **self.options) for _ in range(2))
        if not difference(first, second, "answer", 1e-4):
            return first
        words = "the same input gave another answer when it came again"
        raise Trouble("raised", "RuntimeError", words)


@module.case("one query, two keys, d_model=2, two heads")
def smallest_module(draw: Draw) -> Any:
    rows = {
        "query_proj": [[1.0, 0.0], [1.0, 1.0]],
        "key_proj": [[0.0, 1.0], [2.0, 0.0]],
        "value_proj": [[1.0, 2.0], [3.0, 0.0]],
        "out_proj": [[1.0, -1.0], [0.0, 2.0]],
    }
    state = {f"{name}.weight": torch.tensor(rows[name]) for name in PROJECTIONS}
    state |= {f"{name}.bias": torch.tensor([0.0, 1.0]) for name in PROJECTIONS}
    query, key = torch.tensor([[[1.0, -1.0]]]), torch.tensor([[[1.0, 0.0], [0.0, 2.0]]])
    value = torch.tensor([[[2.0, 1.0], [-1.0, 3.0]]])
    return Built({"d_model": 2, "num_heads": 2}, Steady(query, key, value), state)


@module.case("self-attention: three sentences of three tokens, d_model=9, three heads")
def module_looks_at_itself(draw: Draw) -> Any:
    x = draw.tensor(3, 3, 9)
    return Built({"d_model": 9, "num_heads": 3}, Steady(x, x, x), drawn_state(draw, 9))


@module.case("batch=2, n_q=4, n_k=5, d_model=12, num_heads=2")
def module_all_different(draw: Draw) -> Any:
    call = Steady(draw.tensor(2, 4, 12), draw.tensor(2, 5, 12), draw.tensor(2, 5, 12))
    return Built({"d_model": 12, "num_heads": 2}, call, drawn_state(draw, 12))


@module.case("scores of a thousand, too large for exp")
def module_with_large_scores(draw: Draw) -> Any:
    identity, none = torch.eye(4), torch.zeros(4)
    state = {f"{name}.weight": identity for name in PROJECTIONS}
    state |= {f"{name}.bias": none for name in PROJECTIONS}
    query = torch.tensor([[[1000.0, 0.0, 0.0, -1000.0], [0.0, 1000.0, -1000.0, 0.0]]])
    key = torch.tensor([[[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 1.0], [1.0, 1.0, 0.0, 2.0]]])
    value = torch.arange(1.0, 13.0).view(1, 3, 4)
    return Built({"d_model": 4, "num_heads": 2}, Steady(query, key, value), state)
