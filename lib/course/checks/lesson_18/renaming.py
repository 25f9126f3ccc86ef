"""18.3: the weights of one layer, under attn's names."""

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
            raise Trouble("raised", "TypeError", f"load_state_dict wants a dict, and got {kind}")
        if missing := [name for name in NAMES if name not in renamed]:
            more = [name for name in renamed if name not in NAMES]
            words = f"load_state_dict misses {missing[0]}"
            words += f", and does not know {more[0]}" if more else ""
            raise Trouble("raised", "RuntimeError", words)
        if more := [name for name in renamed if name not in NAMES]:
            raise Trouble("raised", "RuntimeError", f"load_state_dict does not know {more[0]}")
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


@renaming.reference
def renamed_one_by_one(theirs: dict[str, Tensor]) -> dict[str, Tensor]:
    renamed = {}
    for name, ours in TABLE.items():
        for leaf in ("weight", "bias"):
            renamed[f"{ours}.{leaf}"] = theirs[f"{name}.{leaf}"].clone()
    return renamed


def renamed_with(theirs, table):
    """Renamed by another table, which may leave names out."""
    return {
        f"{table[part]}.{leaf}": x
        for name, x in theirs.items()
        for part, leaf in [name.rsplit(".", 1)]
        if part in table
    }


@renaming.right_way
def renamed_by_table(theirs: dict[str, Tensor]) -> dict[str, Tensor]:
    table = dict(TABLE)
    renamed = {}
    for name, x in theirs.items():
        part, _, leaf = name.rpartition(".")
        renamed[f"{table[part]}.{leaf}"] = x
    return renamed


@renaming.right_way
def renamed_by_replacing(theirs: dict[str, Tensor]) -> dict[str, Tensor]:
    renamed = {}
    for name, x in theirs.items():
        name = name.replace("attention.self.", "self_attention.")
        name = name.replace("attention.output.dense", "self_attention.out_proj")
        name = name.replace("attention.output.LayerNorm", "self_attention_residual.norm")
        name = name.replace("intermediate.dense", "feed_forward.up_proj")
        for role in ("query", "key", "value"):
            name = name.replace(f"self_attention.{role}.", f"self_attention.{role}_proj.")
        if name.startswith("output.dense"):
            name = name.replace("output.dense", "feed_forward.down_proj")
        if name.startswith("output.LayerNorm"):
            name = name.replace("output.LayerNorm", "feed_forward_residual.norm")
        renamed[name] = x
    return renamed


# The mistakes


def declare(what, way_out, name, answer):
    answer.__name__ = name
    renaming.mistake(what, way_out)(answer)


def exchange(first, second, what, way_out):
    """Two parts of equal shape in each other's place: all, the weights, or the biases."""
    table = {**TABLE, first: TABLE[second], second: TABLE[first]}
    name = f"{first}_and_{second}".replace(".", "_")
    declare(what, way_out, name, lambda theirs: renamed_with(theirs, table))
    for leaf in ("weight", "bias"):

        def one(theirs, leaf=leaf):
            changed = {f"{ours}.{leaf}": theirs[f"{part}.{leaf}"] for part, ours in table.items()}
            return renamed_with(theirs, TABLE) | changed

        words = {"weight": "weights", "bias": "biases"}[leaf]
        told = f"Of two parts the {words} alone are exchanged: {what[0].lower()}{what[1:]}"
        declare(told, way_out, f"{name}_{leaf}", one)


ROLES = "Each role has its own name on both sides: query is query_proj, key is key_proj."
exchange("attention.self.query", "attention.self.key", "Query and key are exchanged.", ROLES)
exchange("attention.self.query", "attention.self.value", "Query and value are exchanged.", ROLES)
exchange("attention.self.key", "attention.self.value", "Key and value are exchanged.", ROLES)
exchange(
    "attention.self.value",
    "attention.output.dense",
    "The values' projection and the one behind the heads are exchanged.",
    "attention.output.dense is what mixes the heads' findings: self_attention.out_proj.",
)
exchange(
    "attention.self.query",
    "attention.output.dense",
    "The queries' projection and the one behind the heads are exchanged.",
    "attention.output.dense is what mixes the heads' findings: self_attention.out_proj.",
)
exchange(
    "attention.self.key",
    "attention.output.dense",
    "The keys' projection and the one behind the heads are exchanged.",
    "attention.output.dense is what mixes the heads' findings: self_attention.out_proj.",
)
exchange(
    "attention.output.LayerNorm",
    "output.LayerNorm",
    "The two norms are exchanged.",
    "attention.output.LayerNorm follows the attention; output.LayerNorm the feed-forward network.",
)
exchange(
    "intermediate.dense",
    "output.dense",
    "The two layers of the feed-forward network are exchanged.",
    "The intermediate one makes tokens wider, (d_ff, d_model): that is up_proj.",
)
exchange(
    "attention.output.dense",
    "output.dense",
    "The two output.dense are exchanged.",
    "The one that begins with attention belongs to self_attention; the other is down_proj.",
)


def all_turned(theirs):
    return {name: x.T if x.dim() == 2 else x for name, x in renamed_with(theirs, TABLE).items()}


declare(
    "All matrices were turned.",
    "Both sides keep a weight as nn.Linear does, (d_out, d_in): rename, and change no number.",
    "all_turned",
    all_turned,
)


def turned(part, what):
    ours = f"{TABLE[part]}.weight"
    declare(
        what,
        "Both sides keep a weight as nn.Linear does, (d_out, d_in): rename, and change no number.",
        f"{part}_turned".replace(".", "_"),
        lambda theirs: {
            name: x.T if name == ours else x for name, x in renamed_with(theirs, TABLE).items()
        },
    )


turned("attention.self.query", "The queries' matrix was turned.")
turned("attention.self.key", "The keys' matrix was turned.")
turned("attention.self.value", "The values' matrix was turned.")


def without(leaf):
    def answer(theirs):
        return {
            name: x for name, x in renamed_with(theirs, TABLE).items() if not name.endswith(leaf)
        }

    return answer


declare(
    "The biases are missing.",
    "Each of the eight parts has a weight and a bias. Take over whatever stands behind the dot.",
    "without_biases",
    without("bias"),
)
declare(
    "The weights are missing.",
    "Each of the eight parts has a weight and a bias. Take over whatever stands behind the dot.",
    "without_weights",
    without("weight"),
)


def zero_biases(theirs):
    return {
        name: torch.zeros_like(x) if name.endswith("bias") else x
        for name, x in renamed_with(theirs, TABLE).items()
    }


declare(
    "The biases are all 0.", "They were learnt as well: take theirs.", "zero_biases", zero_biases
)
declare(
    "The names are still those of the file.",
    "The new dict's keys are attn's names, its values the same tensors.",
    "old_names",
    lambda theirs: dict(theirs),
)
declare(
    "The new names end without .weight and .bias.",
    "Cut a name at its last dot, rename the part before it, and put the rest behind it again.",
    "without_leaves",
    lambda theirs: {TABLE[name.rpartition(".")[0]]: x for name, x in theirs.items()},
)


def both_under_each_name(theirs):
    return renamed_with(theirs, TABLE) | dict(theirs)


declare(
    "The old names are still there, beside the new ones.",
    "Begin with an empty dict, and put in the new names only.",
    "old_names_too",
    both_under_each_name,
)


def same_norm_twice(theirs):
    renamed = renamed_with(theirs, TABLE)
    for leaf in ("weight", "bias"):
        renamed[f"feed_forward_residual.norm.{leaf}"] = theirs[f"attention.output.LayerNorm.{leaf}"]
    return renamed


declare(
    "Both norms are that of the attention.",
    "A layer has two. output.LayerNorm, without attention before it, follows the feed-forward "
    "network.",
    "same_norm_twice",
    same_norm_twice,
)
