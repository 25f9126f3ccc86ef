"""18.3: the mistakes that people make."""

import torch

from course.checks.lesson_18.renaming.cases import TABLE, renaming


def renamed_with(theirs, table):
    """Renamed by another table, which may leave names out."""
    return {
        f"{table[part]}.{leaf}": x
        for name, x in theirs.items()
        for part, leaf in [name.rsplit(".", 1)]
        if part in table
    }


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


def with_a_gap(part):
    """Two mistakes: nothing has the part's new name; and the table does not know its old one."""
    others = {theirs: ours for theirs, ours in TABLE.items() if theirs != part}
    name = part.replace(".", "_")
    declare(
        f"Nothing has the name {TABLE[part]}.",
        f"It belongs to {part}. Either that has another's name, and of two of one name the last "
        "stays; or it was left out.",
        f"nothing_for_{name}",
        lambda theirs: renamed_with(theirs, others),
    )
    declare(
        f"The table has no {part} yet.",
        f'A pair is to be added for it: table["{part}"] = …',
        f"no_{name}",
        lambda theirs: {
            f"{others[name.rpartition('.')[0]]}.weight": x for name, x in theirs.items()
        },
    )


for part in list(TABLE)[3:5] + list(TABLE)[6:]:
    with_a_gap(part)


declare(
    "One name came back, not sixteen.",
    "All go into the dict first: `return` stands behind the loop.",
    "first_alone",
    lambda theirs: dict(list(renamed_with(theirs, TABLE).items())[:1]),
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
