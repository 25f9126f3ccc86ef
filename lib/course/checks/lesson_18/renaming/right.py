"""18.3: the reference, and other right ways."""

from torch import Tensor

from course.checks.lesson_18.renaming.cases import TABLE, renaming


@renaming.reference
def renamed_one_by_one(theirs: dict[str, Tensor]) -> dict[str, Tensor]:
    renamed = {}
    for name, ours in TABLE.items():
        for leaf in ("weight", "bias"):
            renamed[f"{ours}.{leaf}"] = theirs[f"{name}.{leaf}"].clone()
    return renamed


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
