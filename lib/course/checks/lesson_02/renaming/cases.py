"""02.5: the same weights under PyTorch's names. The exercise and its cases."""

import torch
from torch import Tensor

from course.checking import Draw, Exercise, Subject, Trouble
from course.checks.lesson_02.shared import BUILT_HERE, PROJECTIONS, drawn_state

PYTORCHS_NAMES = ("in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias")
renaming = Exercise(
    "02.5",
    returns=PYTORCHS_NAMES,
    right="PyTorch's module can load them: three projections, fused into one.",
    forbids=BUILT_HERE,
)


class Renamed:
    """What a function makes of a state dict, in the order of PyTorch's names."""

    def __init__(self, state: dict[str, Tensor]) -> None:
        self.arguments = ()
        self.options = {"state": state}

    def ask(self, subject: Subject) -> tuple[Tensor, ...]:
        renamed = subject.call(**self.options)
        if not isinstance(renamed, dict):
            kind = "nothing (None)" if renamed is None else f"a {type(renamed).__name__}"
            raise Trouble("raised", "TypeError", f"load_state_dict wants a dict, and got {kind}")
        if set(renamed) != set(PYTORCHS_NAMES):
            wanted, found = ", ".join(PYTORCHS_NAMES), ", ".join(sorted(renamed)) or "no name"
            words = f"load_state_dict wants the names {wanted}, and found {found}"
            raise Trouble("raised", "KeyError", words)
        return tuple(renamed[name] for name in PYTORCHS_NAMES)


@renaming.case("d_model=2")
def smallest_state(draw: Draw) -> Renamed:
    state = {}
    for place, name in enumerate(PROJECTIONS, start=1):  # 12 is layer 1, place 2
        state[f"{name}.weight"] = 10.0 * place + torch.tensor([[1.0, 2.0], [3.0, 4.0]])
        state[f"{name}.bias"] = 10.0 * place + torch.tensor([5.0, 6.0])
    return Renamed(state)


@renaming.case("d_model=6")
def larger_state(draw: Draw) -> Renamed:
    return Renamed(drawn_state(draw, 6))
