"""02.5: the same weights under PyTorch's names."""

from itertools import permutations

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


ORDER = "PyTorch cuts its fused weight into three: query, key, value, in this order."


def declare_order(order, kinds):
    """The three in another order: the weights, the biases, or both."""

    def reordered(state):
        changed = {f"in_proj_{kind}": joined(state, kind, " ".join(order)) for kind in kinds}
        return renamed_with(state, **changed)

    reordered.__name__ = f"{'_'.join(order)}_in_{'_and_'.join(kinds)}"
    whose = "parts" if len(kinds) == 2 else {"weight": "weights", "bias": "biases"}[kinds[0]]
    first, second, third = (
        f"{name.removesuffix('y')}ies" if name == "query" else f"{name}s" for name in order
    )
    renaming.mistake(
        f"The {whose} are in another order: {first} first, then {second}, then {third}.", ORDER
    )(reordered)


for order in permutations(("query", "key", "value")):
    for kinds in (("weight", "bias"), ("weight",), ("bias",)):
        if order != ("query", "key", "value"):
            declare_order(order, kinds)


@renaming.mistake(
    "The three weights stand side by side, along the last axis.",
    "nn.Linear keeps its weight as (d_out, d_in). Three layers become one with three times as many "
    "outputs, so they stand one below the other: torch.cat(…) along axis 0, as without dim.",
)
def weights_side_by_side(state):
    parts = [state[f"{name}_proj.weight"] for name in ("query", "key", "value")]
    return renamed_with(state, in_proj_weight=torch.cat(parts, dim=-1))


@renaming.mistake(
    "A bias has one axis only, so there is no axis 1 along which to join.",
    "The weights stand one below the other as well: torch.cat(…) along axis 0, as without dim.",
)
def joined_along_axis_1(state):
    parts = ("query", "key", "value")
    bias = torch.cat([state[f"{name}_proj.bias"] for name in parts], dim=1)
    return renamed_with(state, in_proj_bias=bias)


@renaming.mistake(
    "The three were stacked: they got an axis of their own.",
    "in_proj_weight has two axes, (3 · d_model, d_model). torch.cat joins along an axis that is "
    "there already; torch.stack makes a new one.",
)
def stacked(state):
    weight, bias = (joined(state, kind).unflatten(0, (3, -1)) for kind in ("weight", "bias"))
    return renamed_with(state, in_proj_weight=weight, in_proj_bias=bias)


@renaming.mistake(
    "The three were added up.",
    "With Python's lists + joins, with tensors it adds. torch.cat joins.",
)
def added_up(state):
    weight, bias = (joined(state, kind).unflatten(0, (3, -1)).sum(0) for kind in ("weight", "bias"))
    return renamed_with(state, in_proj_weight=weight, in_proj_bias=bias)


@renaming.mistake(
    "The three weights were turned.",
    "Both sides keep a weight as (d_out, d_in): nothing has to be turned.",
)
def weights_turned(state):
    parts = [state[f"{name}_proj.weight"].mT for name in ("query", "key", "value")]
    return renamed_with(state, in_proj_weight=torch.cat(parts))


@renaming.mistake(
    "The output weight was turned.",
    "Both sides keep it as (d_out, d_in), under the same name: hand it on as it is.",
)
def output_turned(state):
    return renamed_with(state, out_proj_weight=state["out_proj.weight"].mT)


@renaming.mistake(
    "torch.cat was given the tensors one by one.",
    "It wants one list or tuple of them: torch.cat([a, b, c]).",
)
def arguments_for_a_list(state):
    parts = [state[f"{name}_proj.weight"] for name in ("query", "key", "value")]
    return renamed_with(state, in_proj_weight=torch.cat(*parts))  # type: ignore[arg-type]


def declare_dotted(*kinds):
    """A dot where PyTorch has an underscore."""

    def dotted(state):
        right = renamed_with(state)
        return {
            f"in_proj.{name[8:]}" if name[8:] in kinds and name.startswith("in") else name: tensor
            for name, tensor in right.items()
        }

    dotted.__name__ = f"dotted_{'_and_'.join(kinds)}"
    names = " and ".join(f"in_proj.{kind}" for kind in kinds)
    renaming.mistake(
        f"{names}: the fused ones are written with an underscore.",
        "They are in_proj_weight and in_proj_bias. The dot belongs to out_proj.weight and "
        "out_proj.bias, which are a layer's.",
    )(dotted)


declare_dotted("weight", "bias")
declare_dotted("weight")
declare_dotted("bias")


@renaming.mistake(
    "The names are still ours.",
    "Make a new dict with PyTorch's four names.",
)
def names_unchanged(state):
    return dict(state)


@renaming.mistake(
    "The old names are still among the new ones.",
    "PyTorch's module knows four names and refuses any other: make a new dict.",
)
def old_names_kept(state):
    return state | renamed_with(state)


@renaming.mistake(
    "Nothing came back.",
    "End it with `return {…}`: a dict with PyTorch's four names.",
)
def nothing_returned(state):
    renamed_with(state)


@renaming.mistake(
    "The tensors came back as a tuple, without their names.",
    'Give back a dict, each tensor under its name: {"in_proj_weight": …, …}.',
)
def loose_tensors(state):
    return tuple(renamed_with(state).values())


@renaming.mistake(
    "The tensors came back as a list, without their names.",
    'Give back a dict, each tensor under its name: {"in_proj_weight": …, …}.',
)
def listed_tensors(state):
    return list(renamed_with(state).values())


@renaming.mistake(
    "The output projection is missing.",
    "out_proj.weight and out_proj.bias have the same names on both sides, and must come along.",
)
def output_forgotten(state):
    return {name: renamed_with(state)[name] for name in ("in_proj_weight", "in_proj_bias")}


@renaming.mistake(
    "The biases of query, key and value are missing.",
    "They are fused like the weights, under the name in_proj_bias.",
)
def biases_forgotten(state):
    return {name: x for name, x in renamed_with(state).items() if name != "in_proj_bias"}
