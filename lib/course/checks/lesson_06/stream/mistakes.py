"""06.1: the mistakes that people make, in one of the two ways or in both."""

import torch

from course.checks.lesson_06.stream.cases import stream
from course.checks.lesson_06.stream.right import parts

IN_THE_BRANCH = (
    "With norm_first the branch is norm, then sub-layer, and the stream goes past both: x plus "
    "what the sub-layer makes of the normed x."
)
IN_THE_STREAM = (
    "Without norm_first the sub-layer gets x as it is, and the norm comes last, around the whole "
    "sum."
)
FOLLOW = "Follow the arrows of the two drawings. " + IN_THE_BRANCH + " " + IN_THE_STREAM


def before(x, sublayer, norm):
    return x + sublayer(norm(x))


def after(x, sublayer, norm):
    return norm(x + sublayer(x))


def declare(name, what, way_out, *, when_before=before, when_after=after):
    """A mistake, made of what is done in each of the two ways."""

    def answer(x, weight, scale, shift, norm_first):
        return (when_before if norm_first else when_after)(x, *parts(weight, scale, shift))

    answer.__name__ = name
    stream.mistake(what, way_out)(answer)


def everywhere(name, what, way_out, work):
    declare(name, what, way_out, when_before=work, when_after=work)


declare(
    "exchanged",
    "The two ways are exchanged: this is the norm before where it should stand after, and the "
    "other way around.",
    "norm_first=True is x + sublayer(norm(x)).",
    when_before=after,
    when_after=before,
)
everywhere(
    "always_before",
    "norm_first has no effect: the norm always stands before.",
    IN_THE_STREAM,
    before,
)
everywhere(
    "always_after",
    "norm_first has no effect: the norm always stands after.",
    IN_THE_BRANCH,
    after,
)
everywhere(
    "no_norm",
    "The norm is missing in both ways.",
    FOLLOW,
    lambda x, sublayer, norm: x + sublayer(x),
)
declare(
    "no_norm_before",
    "With norm_first the norm is missing.",
    IN_THE_BRANCH,
    when_before=lambda x, sublayer, norm: x + sublayer(x),
)
declare(
    "no_norm_after",
    "With norm_first=False the norm is missing.",
    IN_THE_STREAM,
    when_after=lambda x, sublayer, norm: x + sublayer(x),
)
declare(
    "nothing_added",
    "x was replaced, not added to, in both ways.",
    "Where each layer replaces, tokens become one. The residual connection is the x left of the "
    "plus.",
    when_before=lambda x, sublayer, norm: sublayer(norm(x)),
    when_after=lambda x, sublayer, norm: norm(sublayer(x)),
)
declare(
    "nothing_added_before",
    "With norm_first x was replaced, not added to.",
    IN_THE_BRANCH,
    when_before=lambda x, sublayer, norm: sublayer(norm(x)),
)
declare(
    "nothing_added_after",
    "With norm_first=False x was replaced, not added to.",
    IN_THE_STREAM,
    when_after=lambda x, sublayer, norm: norm(sublayer(x)),
)
declare(
    "stream_interrupted",
    "With norm_first the normed x was added, not x: the stream is interrupted.",
    "Only the sub-layer gets the normed x. After a line x = norm(x) the x that came in is lost. "
    + IN_THE_BRANCH,
    when_before=lambda x, sublayer, norm: norm(x) + sublayer(norm(x)),
)
declare(
    "sublayer_normed_before",
    "With norm_first the norm stands behind the sub-layer, in its branch.",
    IN_THE_BRANCH,
    when_before=lambda x, sublayer, norm: x + norm(sublayer(x)),
)
declare(
    "sublayer_normed_after",
    "With norm_first=False only what the sub-layer says was normed, not the sum.",
    IN_THE_STREAM,
    when_after=lambda x, sublayer, norm: x + norm(sublayer(x)),
)
everywhere(
    "sublayer_normed",
    "In both ways the norm stands behind the sub-layer, in its branch.",
    FOLLOW,
    lambda x, sublayer, norm: x + norm(sublayer(x)),
)
everywhere(
    "normed_twice",
    "The norm stands before the sub-layer and after the sum, in both ways.",
    "norm_first says which one of the two it is.",
    lambda x, sublayer, norm: norm(x + sublayer(norm(x))),
)
declare(
    "normed_twice_before",
    "With norm_first the norm stands before the sub-layer and once more after the sum.",
    IN_THE_BRANCH,
    when_before=lambda x, sublayer, norm: norm(x + sublayer(norm(x))),
)
declare(
    "normed_twice_after",
    "With norm_first=False the norm stands after the sum and before the sub-layer, too.",
    IN_THE_STREAM,
    when_after=lambda x, sublayer, norm: norm(x + sublayer(norm(x))),
)
declare(
    "shortcut_normed_before",
    "With norm_first the norm stands in the stream, and the sub-layer gets the bare x.",
    "It is the other way around: the stream stays bare. " + IN_THE_BRANCH,
    when_before=lambda x, sublayer, norm: norm(x) + sublayer(x),
)
declare(
    "shortcut_normed_after",
    "With norm_first=False x was normed, and what the sub-layer says was added to that.",
    "The norm gets the sum of both. " + IN_THE_STREAM,
    when_after=lambda x, sublayer, norm: norm(x) + sublayer(x),
)
declare(
    "added_before_the_sublayer",
    "With norm_first x was added inside: the sub-layer got norm(x) + x.",
    "x is added to what the sub-layer gives back. " + IN_THE_BRANCH,
    when_before=lambda x, sublayer, norm: sublayer(norm(x) + x),
)
declare(
    "each_normed",
    "With norm_first=False x and the sub-layer's part were normed one by one, then added.",
    "One norm, around the sum: norm(x + …).",
    when_after=lambda x, sublayer, norm: norm(x) + norm(sublayer(x)),
)
declare(
    "multiplied",
    "x was multiplied by what the sub-layer says, not added to it.",
    "The residual connection is a sum: x + ….",
    when_before=lambda x, sublayer, norm: x * sublayer(norm(x)),
    when_after=lambda x, sublayer, norm: norm(x * sublayer(x)),
)
declare(
    "subtracted",
    "What the sub-layer says was taken away from x.",
    "The residual connection is a sum: x + ….",
    when_before=lambda x, sublayer, norm: x - sublayer(norm(x)),
    when_after=lambda x, sublayer, norm: norm(x - sublayer(x)),
)
declare(
    "taken_from",
    "x was taken away from what the sub-layer says.",
    "The residual connection is a sum: x + ….",
    when_before=lambda x, sublayer, norm: sublayer(norm(x)) - x,
    when_after=lambda x, sublayer, norm: norm(sublayer(x) - x),
)
declare(
    "sublayer_left_out",
    "What the sub-layer says is nowhere in the result.",
    "It is what is added to x: the sub-layer is a function, called with tokens.",
    when_before=lambda x, sublayer, norm: x + norm(x),
    when_after=lambda x, sublayer, norm: norm(x),
)
declare(
    "only_before",
    "With norm_first=False nothing came back.",
    "Is there a return for it, too?",
    when_after=lambda x, sublayer, norm: None,
)
declare(
    "only_after",
    "With norm_first nothing came back.",
    "Is there a return for it, too?",
    when_before=lambda x, sublayer, norm: None,
)
declare(
    "norm_not_called",
    "The norm itself was handed to the sub-layer, without an x.",
    "Call it: norm(x). What comes back is for the sub-layer.",
    when_before=lambda x, sublayer, norm: x + sublayer(norm),
)
declare(
    "sublayer_not_called",
    "The sub-layer itself was added, not what it says.",
    "It is a function: call it, with the tokens that it is to work on.",
    when_before=lambda x, sublayer, norm: x + sublayer,
    when_after=lambda x, sublayer, norm: norm(x + sublayer),
)
declare(
    "normed_after_all",
    "With norm_first the normed x is the stream, and the sum is normed once more.",
    IN_THE_BRANCH,
    when_before=lambda x, sublayer, norm: norm(norm(x) + sublayer(norm(x))),
)
declare(
    "branch_normed_twice",
    "With norm_first=False the branch has a norm before the sub-layer and one behind it.",
    IN_THE_STREAM,
    when_after=lambda x, sublayer, norm: x + norm(sublayer(norm(x))),
)
everywhere(
    "side_by_side",
    "x and what the sub-layer says were laid side by side, not added.",
    "The residual connection is a sum, of the same shape as x: x + ….",
    lambda x, sublayer, norm: torch.cat([x, sublayer(norm(x))], dim=-1),
)
