"""02.5: the reference, and other right ways."""

import torch
from torch import Tensor

from course.checks.lesson_02.renaming.cases import PYTORCHS_NAMES, renaming


@renaming.reference
def renamed_by_loop(state: dict[str, Tensor]) -> dict[str, Tensor]:
    d_model = len(state["query_proj.bias"])
    weight, bias = torch.zeros(3 * d_model, d_model), torch.zeros(3 * d_model)
    for place, name in enumerate(("query_proj", "key_proj", "value_proj")):
        for row in range(d_model):
            weight[place * d_model + row] = state[f"{name}.weight"][row]
            bias[place * d_model + row] = state[f"{name}.bias"][row]
    return fused(weight, bias, state["out_proj.weight"], state["out_proj.bias"])


def fused(*tensors: Tensor) -> dict[str, Tensor]:
    return dict(zip(PYTORCHS_NAMES, tensors, strict=True))


def joined(state: dict[str, Tensor], kind: str, names: str = "query key value") -> Tensor:
    return torch.cat([state[f"{name}_proj.{kind}"] for name in names.split()])


def renamed_with(state: dict[str, Tensor], **changed: Tensor) -> dict[str, Tensor]:
    """The right answer with some of its tensors exchanged: the mistakes below are made of it."""
    right = {
        "in_proj_weight": joined(state, "weight"),
        "in_proj_bias": joined(state, "bias"),
        "out_proj.weight": state["out_proj.weight"],
        "out_proj.bias": state["out_proj.bias"],
    }
    return right | {name.replace("out_proj_", "out_proj."): x for name, x in changed.items()}


@renaming.right_way
def renamed_by_cat(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return renamed_with(state)


@renaming.right_way
def renamed_by_stack(state: dict[str, Tensor]) -> dict[str, Tensor]:
    names = ("query_proj", "key_proj", "value_proj")
    weight = torch.stack([state[f"{name}.weight"] for name in names]).flatten(0, 1)
    bias = torch.stack([state[f"{name}.bias"] for name in names]).flatten()
    return renamed_with(state, in_proj_weight=weight, in_proj_bias=bias)


@renaming.right_way
def renamed_row_by_row(state: dict[str, Tensor]) -> dict[str, Tensor]:
    renamed = {name: x for name, x in state.items() if name.startswith("out_proj")}
    for kind in ("bias", "weight"):  # a dict has no order that matters
        parts = [state[f"{role}_proj.{kind}"] for role in ("query", "key", "value")]
        renamed[f"in_proj_{kind}"] = (
            torch.vstack(parts) if kind == "weight" else torch.hstack(parts)
        )
    return renamed
