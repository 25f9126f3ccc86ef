"""06.2: mistakes in how residual is called, and how often."""

import attn
from course.checks.lesson_06.layer.cases import layer
from course.checks.lesson_06.layer.mistakes import FLAG, ORDER, in_order, look
from course.checks.lesson_06.layer.right import Parts, residual

ARGUMENTS = "Its arguments, in this order: the tokens, a function, a norm, self.norm_first."


def declare(name, what, way_out, forward):
    def answer(self, x, mask=None):
        return forward(self, x, mask)

    layer.mistake(what, way_out)(type(name, (Parts,), {"forward": answer}))


def looked(self, x, mask):
    return residual(x, look(self, mask), self.norm_1, self.norm_first)


def thought(self, x):
    return residual(x, self.feed_forward, self.norm_2, self.norm_first)


declare(
    "FunctionFirst",
    "residual got the function first, and then the tokens.",
    ARGUMENTS,
    lambda self, x, mask: residual(look(self, mask), x, self.norm_1, self.norm_first),
)
declare(
    "FeedForwardFirst",
    "The second residual got the feed-forward first, and then the tokens.",
    ARGUMENTS,
    lambda self, x, mask: residual(
        self.feed_forward, looked(self, x, mask), self.norm_2, self.norm_first
    ),
)
declare(
    "NormsAsFunctions",
    "In both calls of residual the norm stands where the function belongs, and the other way "
    "around.",
    ARGUMENTS,
    lambda self, x, mask: residual(
        residual(x, self.norm_1, look(self, mask), self.norm_first),
        self.norm_2,
        self.feed_forward,
        self.norm_first,
    ),
)
declare(
    "NormOneAsFunction",
    "In the first call of residual norm_1 stands where the function belongs, and the other way "
    "around.",
    ARGUMENTS,
    lambda self, x, mask: thought(
        self, residual(x, self.norm_1, look(self, mask), self.norm_first)
    ),
)
declare(
    "NormTwoAsFunction",
    "In the second call of residual norm_2 stands where the feed-forward belongs, and the other "
    "way around.",
    ARGUMENTS,
    lambda self, x, mask: residual(
        looked(self, x, mask), self.norm_2, self.feed_forward, self.norm_first
    ),
)
declare(
    "LooksOnlyWithAMask",
    "Where no mask comes in, nothing is looked at: the attention is left out.",
    "The attention is always called. It takes mask=mask, None or not.",
    lambda self, x, mask: thought(self, x if mask is None else looked(self, x, mask)),
)
declare(
    "ThinksOnlyWithAMask",
    "Where no mask comes in, both sub-layers are left out.",
    "Both are always called. The attention takes mask=mask, None or not.",
    lambda self, x, mask: x if mask is None else thought(self, looked(self, x, mask)),
)
declare(
    "OneResidualOneNorm",
    "There is one residual, with one norm, around both sub-layers, not one around each.",
    ORDER,
    lambda self, x, mask: residual(
        x, lambda h: self.feed_forward(self.look(h, mask)), self.norm_1, self.norm_first
    ),
)
declare(
    "OneResidualNormTwo",
    "There is one residual, with norm_2, around both sub-layers, not one around each.",
    ORDER,
    lambda self, x, mask: residual(
        x, lambda h: self.feed_forward(self.look(h, mask)), self.norm_2, self.norm_first
    ),
)
declare(
    "NoNorms",
    "Both sub-layers were added without their norms.",
    "Both go by residual, which norms: the first with norm_1, the second with norm_2.",
    lambda self, x, mask: unnormed(self, x + self.look(x, mask)),
)


def unnormed(self, x):
    return x + self.feed_forward(x)


declare(
    "NormedStream",
    "residual was given normed tokens: norms stand in the stream, besides those of residual.",
    "Hand over x as it is, and the norm beside it; residual calls it.",
    lambda self, x, mask: thought(self, self.norm_2(looked(self, self.norm_1(x), mask))),
)
declare(
    "NormedStreamAtFirst",
    "The first residual was given norm_1(x), where it wants x: the stream is interrupted.",
    "Hand over x as it is, and the norm beside it; residual calls it.",
    lambda self, x, mask: thought(self, looked(self, self.norm_1(x), mask)),
)
declare(
    "NormedStreamThen",
    "The second residual was given normed tokens: norm_2 stands in the stream.",
    "Hand over what the first one gave back, and the norm beside it; residual calls it.",
    lambda self, x, mask: thought(self, self.norm_2(looked(self, x, mask))),
)
declare(
    "LooksAroundTwice",
    "There are three sub-layers: the attention was added twice, then the feed-forward.",
    ORDER,
    lambda self, x, mask: thought(self, looked(self, looked(self, x, mask), mask)),
)
declare(
    "LooksAgainByNormTwo",
    "The second sub-layer is the attention again, before the feed-forward.",
    ORDER,
    lambda self, x, mask: thought(
        self, residual(looked(self, x, mask), look(self, mask), self.norm_2, self.norm_first)
    ),
)
declare(
    "NormedAtTheEnd",
    "One more norm_2 stands at the end, around what the second residual gave back.",
    "residual norms, before or after. A whole model has one more norm; a layer has not.",
    lambda self, x, mask: self.norm_2(in_order(self, x, look(self, mask), self.feed_forward)),
)
declare(
    "NormedAtTheEndByNormOne",
    "One more norm_1 stands at the end, around what the second residual gave back.",
    "residual norms, before or after. A whole model has one more norm; a layer has not.",
    lambda self, x, mask: self.norm_1(in_order(self, x, look(self, mask), self.feed_forward)),
)
of_the_tools = attn.MultiHeadAttention(5, 1)  # no case has 5 features
declare(
    "AttentionOfTheTools",
    "The attention of the tools box was called, or the function around it: it is for 5 features.",
    "The layer has one of its own, self.attention. Define your function inside forward, around it.",
    lambda self, x, mask: in_order(
        self, x, lambda h: of_the_tools(h, mask=mask).output, self.feed_forward
    ),
)


def in_one_call(name, call, before):
    """norm_first has no effect in one of the two calls."""
    first, second = (before, None) if call == "first" else (None, before)

    def forward(self, x, mask):
        ways = [self.norm_first if way is None else way for way in (first, second)]
        x = residual(x, look(self, mask), self.norm_1, ways[0])
        return residual(x, self.feed_forward, self.norm_2, ways[1])

    stands = "before" if before else "after"
    declare(
        name,
        f"In the {call} call of residual norm_first has no effect: its norm always stands "
        f"{stands}.",
        FLAG,
        forward,
    )


in_one_call("FirstAlwaysBefore", "first", True)
in_one_call("FirstAlwaysAfter", "first", False)
in_one_call("SecondAlwaysBefore", "second", True)
in_one_call("SecondAlwaysAfter", "second", False)
