"""18.3: the weights of one layer, under attn's names. The exercise and its cases."""

import torch
from torch import Tensor

from course.checking import Draw, Exercise, Subject, Trouble

TABLE = {
    "attention.self.query": "self_attention.query_proj",
    "attention.self.key": "self_attention.key_proj",
    "attention.self.value": "self_attention.value_proj",
    "attention.output.dense": "self_attention.out_proj",
    "attention.output.LayerNorm": "self_attention_residual.norm",
    "intermediate.dense": "feed_forward.up_proj",
    "output.dense": "feed_forward.down_proj",
    "output.LayerNorm": "feed_forward_residual.norm",
}
NAMES = tuple(f"{ours}.{leaf}" for ours in TABLE.values() for leaf in ("weight", "bias"))
renaming = Exercise(
    "18.3",
    returns=NAMES,
    right="Sixteen names, and the layer is theirs.",
    forbids=("course.models",),
    given=(
        'part, _, leaf = name.rpartition(".")',
        'renamed[f"{table[part]}.{leaf}"] = x',
        "return renamed",
    ),
    without={"gradient": "weights are renamed, not computed"},
)


class RenamedLayer:
    """What a function makes of a layer's weights, in the order of attn's names."""

    def __init__(self, theirs: dict[str, Tensor]) -> None:
        self.arguments = (theirs,)
        self.options: dict[str, Tensor] = {}

    def ask(self, subject: Subject) -> tuple[Tensor, ...]:
        renamed = subject.call(*self.arguments)
        if not isinstance(renamed, dict):
            kind = "nothing (None)" if renamed is None else f"a {type(renamed).__name__}"
            raise Trouble("raised", "TypeError", f"a dict of tensors is asked for, and came {kind}")
        missing = [name for name in NAMES if name not in renamed]
        more = [name for name in renamed if name not in NAMES]
        if missing or more:
            words = [f"attn's layer has no {more[0]}"] if more else []
            words += [f"{missing[0]} is missing, of 16 names {len(missing)}"] if missing else []
            raise Trouble("raised", "RuntimeError", "; ".join(words))
        return tuple(renamed[name] for name in NAMES)


def shapes(d_model: int, d_ff: int) -> dict[str, tuple[int, ...]]:
    """The shape of each of a layer's weights, by the file's names."""
    found: dict[str, tuple[int, ...]] = {}
    for theirs in TABLE:
        wide = {"intermediate.dense": (d_ff, d_model), "output.dense": (d_model, d_ff)}
        weight: tuple[int, ...] = (
            (d_model,) if "Norm" in theirs else wide.get(theirs, (d_model, d_model))
        )
        found[f"{theirs}.weight"], found[f"{theirs}.bias"] = weight, weight[:1]
    return found


@renaming.case("a layer with d_model=2 and d_ff=2")
def smallest_layer(draw: Draw) -> RenamedLayer:
    theirs = {}
    for place, (name, shape) in enumerate(shapes(2, 2).items(), start=1):
        theirs[name] = 10.0 * place + torch.arange(1.0, 1 + torch.Size(shape).numel()).view(shape)
    return RenamedLayer(theirs)


@renaming.case("a layer with d_model=4 and d_ff=7, told in another order")
def larger_layer(draw: Draw) -> RenamedLayer:
    theirs = {name: draw.tensor(*shape) for name, shape in shapes(4, 7).items()}
    return RenamedLayer({name: theirs[name] for name in sorted(theirs)})
