"""02.5: the mistakes that people make."""

from itertools import permutations

import torch

from course.checks.lesson_02.renaming.cases import renaming
from course.checks.lesson_02.renaming.right import joined, renamed_with

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
    "A bias has one axis only: there is no axis 1, to join along or to turn.",
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
    "A tuple came back, not a dict.",
    'Give back a dict, each tensor under its name: {"in_proj_weight": …, …}.',
)
def loose_tensors(state):
    return tuple(renamed_with(state).values())


@renaming.mistake(
    "A list came back, not a dict.",
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


@renaming.mistake(
    "The joined weight was turned: it is (d_model, 3 · d_model).",
    "nn.Linear keeps a weight as (d_out, d_in), on both sides: nothing has to be turned.",
)
def joined_weight_turned(state):
    return renamed_with(state, in_proj_weight=joined(state, "weight").mT)


@renaming.mistake(
    "Only the query's part is there: nothing was fused.",
    "Key and value belong in the same two tensors, behind it.",
)
def query_alone(state):
    return renamed_with(
        state, in_proj_weight=state["query_proj.weight"], in_proj_bias=state["query_proj.bias"]
    )


@renaming.mistake(
    "The query's part was joined three times.",
    "Each role brings a layer of its own: query_proj, key_proj, value_proj.",
)
def query_three_times(state):
    weight, bias = (joined(state, kind, "query query query") for kind in ("weight", "bias"))
    return renamed_with(state, in_proj_weight=weight, in_proj_bias=bias)


@renaming.mistake(
    "in_proj_bias holds the weights.",
    "The biases are joined alike, from the names that end in .bias.",
)
def weights_as_bias(state):
    return renamed_with(state, in_proj_bias=joined(state, "weight"))


@renaming.mistake(
    "out_proj_weight, out_proj_bias: these two are written with a dot.",
    "out_proj is a layer of PyTorch's module too, so its tensors are out_proj.weight and "
    "out_proj.bias, as on our side.",
)
def underscores_everywhere(state):
    return {name.replace(".", "_"): x for name, x in renamed_with(state).items()}


@renaming.mistake(
    "All biases are missing.",
    "in_proj_bias is joined like in_proj_weight, and out_proj.bias is handed on.",
)
def all_biases_forgotten(state):
    return {name: x for name, x in renamed_with(state).items() if not name.endswith("bias")}


@renaming.mistake(
    "The bias of the output projection is missing.",
    "out_proj.bias has the same name on both sides, and must come along.",
)
def output_bias_forgotten(state):
    return {name: x for name, x in renamed_with(state).items() if name != "out_proj.bias"}


@renaming.mistake(
    "The output projection was fused as well.",
    "Only query, key and value are: 3 · d_model rows. out_proj stays a layer of its own.",
)
def four_fused(state):
    names = "query key value out"
    weight, bias = (joined(state, kind, names) for kind in ("weight", "bias"))
    return renamed_with(state, in_proj_weight=weight, in_proj_bias=bias)


@renaming.mistake(
    "The weight of the output projection is missing.",
    "out_proj.weight has the same name on both sides, and must come along.",
)
def output_weight_forgotten(state):
    return {name: x for name, x in renamed_with(state).items() if name != "out_proj.weight"}
