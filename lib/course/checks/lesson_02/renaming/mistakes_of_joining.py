"""02.5: the three were put together in another way, or not at all."""

import torch

from course.checks.lesson_02.renaming.cases import renaming
from course.checks.lesson_02.renaming.right import joined, renamed_with


def parts(state, kind):
    return [state[f"{name}_proj.{kind}"] for name in ("query", "key", "value")]


def declare_unjoined(*kinds):
    """The three beside each other, in a Python list or in a tuple: the check can't tell which."""

    def unjoined(state):
        return renamed_with(state, **{f"in_proj_{kind}": parts(state, kind) for kind in kinds})

    unjoined.__name__ = f"unjoined_{'_and_'.join(kinds)}"
    names = " and ".join(f"in_proj_{kind}" for kind in kinds)
    renaming.mistake(
        f"Three tensors are listed, not joined: {names}.",
        "PyTorch wants one tensor, with three times as many rows: torch.cat([a, b, c]) joins them "
        "along their first axis.",
    )(unjoined)


def declare_wrong_layer(layers):
    """One layer stands where another belongs, among weights and biases."""

    def with_wrong_layer(state):
        return renamed_with(
            state,
            in_proj_weight=joined(state, "weight", layers),
            in_proj_bias=joined(state, "bias", layers),
        )

    with_wrong_layer.__name__ = f"layers_{layers.replace(' ', '_')}"
    renaming.mistake(
        f"The parts that were joined come from {', '.join(layers.split())}.",
        "They come from query_proj, key_proj and value_proj, each once, in this order.",
    )(with_wrong_layer)


for layers in ("query key key", "query query value", "query value value", "query key out"):
    declare_wrong_layer(layers)


@renaming.mistake(
    "Query, key and value alternate row by row.",
    "Each role stands whole: all rows of the queries first, then the keys, then the values.",
)
def rows_alternate(state):
    weight = torch.stack(parts(state, "weight"), dim=1).flatten(0, 1)
    bias = torch.stack(parts(state, "bias"), dim=1).flatten()
    return renamed_with(state, in_proj_weight=weight, in_proj_bias=bias)


declare_unjoined("weight", "bias")
declare_unjoined("weight")
declare_unjoined("bias")


@renaming.mistake(
    "The three weights were stacked: they got an axis of their own.",
    "in_proj_weight has two axes, (3 · d_model, d_model). torch.cat joins along the first axis, "
    "which is there already; torch.stack makes a new one.",
)
def weights_stacked(state):
    return renamed_with(state, in_proj_weight=torch.stack(parts(state, "weight")))


@renaming.mistake(
    "The three biases were stacked: they got an axis of their own.",
    "in_proj_bias has one axis, (3 · d_model,). torch.cat joins along it; torch.stack makes a new "
    "one.",
)
def biases_stacked(state):
    return renamed_with(state, in_proj_bias=torch.stack(parts(state, "bias")))


@renaming.mistake(
    "The three biases were added up.",
    "With Python's lists + joins, with tensors it adds. torch.cat joins.",
)
def biases_added_up(state):
    return renamed_with(state, in_proj_bias=sum(parts(state, "bias")))


@renaming.mistake(
    "The three weights were added up.",
    "With Python's lists + joins, with tensors it adds. torch.cat joins.",
)
def weights_added_up(state):
    return renamed_with(state, in_proj_weight=sum(parts(state, "weight")))


@renaming.mistake(
    "Weights and biases do not join: a weight has two axes, a bias one. In the state dict they "
    "alternate.",
    'Pick each by its name: state["query_proj.weight"], state["key_proj.weight"], and so on.',
)
def first_three_values(state):
    return renamed_with(state, in_proj_weight=torch.cat(list(state.values())[:3]))


@renaming.mistake(
    "The output projection was fused as well, among the weights.",
    "Only query, key and value are: 3 · d_model rows. out_proj stays a layer of its own.",
)
def four_weights_fused(state):
    return renamed_with(state, in_proj_weight=joined(state, "weight", "query key value out"))
