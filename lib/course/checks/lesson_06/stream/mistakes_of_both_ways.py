"""06.1: a mistake in each of the two ways, and not the same one."""

import torch.nn.functional as F

from course.checks.lesson_06.stream.cases import stream
from course.checks.lesson_06.stream.mistakes import FOLLOW
from course.checks.lesson_06.stream.right import parts

FORMS = {
    "x + sublayer(norm(x))": lambda x, sublayer, norm: x + sublayer(norm(x)),
    "norm(x + sublayer(x))": lambda x, sublayer, norm: norm(x + sublayer(x)),
    "x + sublayer(x)": lambda x, sublayer, norm: x + sublayer(x),
    "sublayer(norm(x))": lambda x, sublayer, norm: sublayer(norm(x)),
    "norm(sublayer(x))": lambda x, sublayer, norm: norm(sublayer(x)),
    "x + norm(sublayer(x))": lambda x, sublayer, norm: x + norm(sublayer(x)),
    "norm(x) + sublayer(x)": lambda x, sublayer, norm: norm(x) + sublayer(x),
    "norm(x) + sublayer(norm(x))": lambda x, sublayer, norm: norm(x) + sublayer(norm(x)),
    "norm(x + sublayer(norm(x)))": lambda x, sublayer, norm: norm(x + sublayer(norm(x))),
    "x + norm(sublayer(norm(x)))": lambda x, sublayer, norm: x + norm(sublayer(norm(x))),
}
# In a way of its own each of these is in the bank, with its own words.
RIGHT = ("x + sublayer(norm(x))", "norm(x + sublayer(x))")
TOLD_ALREADY = {
    RIGHT[::-1],
    ("sublayer(norm(x))", "norm(sublayer(x))"),
    ("x + sublayer(x)", "x + sublayer(x)"),
    ("x + norm(sublayer(x))", "x + norm(sublayer(x))"),
    ("norm(x + sublayer(norm(x)))", "norm(x + sublayer(norm(x)))"),
}


def declare(number, before, after):
    def answer(x, weight, scale, shift, norm_first):
        return FORMS[before if norm_first else after](x, *parts(weight, scale, shift))

    answer.__name__ = f"both_ways_{number}"
    what = f"Neither way is there yet: with norm_first this is {before}, without it {after}."
    stream.mistake(what, FOLLOW)(answer)


for number, (before, after) in enumerate(
    (before, after)
    for before in FORMS
    for after in FORMS
    if before != RIGHT[0] and after != RIGHT[1] and (before, after) not in TOLD_ALREADY
):
    declare(number, before, after)
declare("other_before", "x + norm(sublayer(norm(x)))", RIGHT[1])
declare("other_after", RIGHT[0], "norm(x) + sublayer(norm(x))")


def way_by_way(name, what, way_out, before, after):
    """A mistake that is made in one way, in the other, or in both."""
    for which, forms in (
        ("both", (before, after)),
        ("before", (before, FORMS[RIGHT[1]])),
        ("after", (FORMS[RIGHT[0]], after)),
    ):

        def answer(x, weight, scale, shift, norm_first, forms=forms):
            return forms[0 if norm_first else 1](x, *parts(weight, scale, shift))

        answer.__name__ = f"{name}_{which}"
        where = {
            "both": "In both ways: ",
            "before": "With norm_first: ",
            "after": "With norm_first=False: ",
        }
        stream.mistake(where[which] + what, way_out)(answer)


def anew(h):
    return F.layer_norm(h, h.shape[-1:])


way_by_way(
    "doubled",
    "x is in the sum twice.",
    "One x is what was there, and the sub-layer's part is added to it: x + ….",
    lambda x, sublayer, norm: x + x + sublayer(norm(x)),
    lambda x, sublayer, norm: norm(x + x + sublayer(x)),
)
way_by_way(
    "added_around",
    "x was added to the sum behind its norm, too.",
    FOLLOW,
    lambda x, sublayer, norm: x + norm(x + sublayer(x)),
    lambda x, sublayer, norm: x + norm(x + sublayer(x)),
)
way_by_way(
    "normed_x_besides",
    "there are three in the sum: x, the normed x, and what the sub-layer says.",
    FOLLOW,
    lambda x, sublayer, norm: x + norm(x) + sublayer(norm(x)),
    lambda x, sublayer, norm: norm(x + norm(x) + sublayer(x)),
)
way_by_way(
    "made_anew",
    "what is normed has neither scale nor shift, so it isn't the norm that was handed over.",
    "norm is a function that comes in, with what it has learnt: call that one.",
    lambda x, sublayer, norm: x + sublayer(anew(x)),
    lambda x, sublayer, norm: anew(x + sublayer(x)),
)


@stream.mistake(
    "Neither is called: the norm itself was handed to the sub-layer, and the sub-layer itself "
    "was added.",
    "Both are functions: call each with the tokens that it is to work on.",
)
def neither_called(x, weight, scale, shift, norm_first):
    sublayer, norm = parts(weight, scale, shift)
    return x + sublayer(norm) if norm_first else norm(x + sublayer)
