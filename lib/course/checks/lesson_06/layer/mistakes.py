"""06.2: mistakes in how the two sub-layers are put together."""

from course.checks.lesson_06.layer.cases import layer
from course.checks.lesson_06.layer.right import Parts, residual

ORDER = "First the attention, then, on what came back, the feed-forward: x = residual(x, …) twice."
FLAG = "Hand residual what the constructor kept: self.norm_first."


def declare(name, what, way_out, forward):
    def answer(self, x, mask=None):
        return forward(self, x, mask)

    layer.mistake(what, way_out)(type(name, (Parts,), {"forward": answer}))


def look(self, mask):
    return lambda h: self.look(h, mask)


def in_order(self, x, first, second, norms=None, norm_first=None):
    """Both sub-layers, each by residual."""
    norm_1, norm_2 = norms or (self.norm_1, self.norm_2)
    before = self.norm_first if norm_first is None else norm_first
    return residual(residual(x, first, norm_1, before), second, norm_2, before)


declare(
    "MaskForgotten",
    "The mask has no effect.",
    "The attention takes it by name: self.attention(h, mask=mask).",
    lambda self, x, mask: in_order(self, x, look(self, None), self.feed_forward),
)
declare(
    "MaskTurnedAround",
    "The mask is turned around.",
    "In this course True says: may attend. Hand it on as it is.",
    lambda self, x, mask: in_order(
        self, x, look(self, None if mask is None else ~mask), self.feed_forward
    ),
)
declare(
    "NormOneTwice",
    "norm_1 was used for both sub-layers.",
    "Each has a norm of its own: norm_2 belongs to the feed-forward.",
    lambda self, x, mask: in_order(
        self, x, look(self, mask), self.feed_forward, (self.norm_1, self.norm_1)
    ),
)
declare(
    "NormTwoTwice",
    "norm_2 was used for both sub-layers.",
    "Each has a norm of its own: norm_1 belongs to the attention.",
    lambda self, x, mask: in_order(
        self, x, look(self, mask), self.feed_forward, (self.norm_2, self.norm_2)
    ),
)
declare(
    "NormsExchanged",
    "The two norms are exchanged.",
    "norm_1 belongs to the attention, norm_2 to the feed-forward.",
    lambda self, x, mask: in_order(
        self, x, look(self, mask), self.feed_forward, (self.norm_2, self.norm_1)
    ),
)
declare(
    "ThinkFirst",
    "The feed-forward comes first here, then the attention.",
    "Look around first, then think about what was found.",
    lambda self, x, mask: in_order(
        self, x, self.feed_forward, look(self, mask), (self.norm_2, self.norm_1)
    ),
)
declare(
    "ThinkFirstWithItsNorms",
    "The feed-forward comes first here, with norm_1, then the attention with norm_2.",
    "Look around first, then think about what was found.",
    lambda self, x, mask: in_order(self, x, self.feed_forward, look(self, mask)),
)
declare(
    "NoAttention",
    "The attention has no effect: what comes back is x and the feed-forward alone.",
    "Was what the first residual gave back not kept? It has to be x for the second: " + ORDER,
    lambda self, x, mask: residual(x, self.feed_forward, self.norm_2, self.norm_first),
)
declare(
    "NoFeedForward",
    "The feed-forward has no effect.",
    "Is there a second residual, and is what it gives back returned? " + ORDER,
    lambda self, x, mask: residual(x, look(self, mask), self.norm_1, self.norm_first),
)
declare(
    "LooksTwice",
    "Both sub-layers are the attention, and the feed-forward is nowhere.",
    "The second sub-layer is self.feed_forward.",
    lambda self, x, mask: in_order(self, x, look(self, mask), look(self, mask)),
)
declare(
    "ThinksTwice",
    "Both sub-layers are the feed-forward, and the attention is nowhere.",
    "The first sub-layer is the attention.",
    lambda self, x, mask: in_order(self, x, self.feed_forward, self.feed_forward),
)
declare(
    "AlwaysBefore",
    "norm_first has no effect: the norms always stand before.",
    FLAG,
    lambda self, x, mask: in_order(self, x, look(self, mask), self.feed_forward, norm_first=True),
)
declare(
    "AlwaysAfter",
    "norm_first has no effect: the norms always stand after.",
    FLAG,
    lambda self, x, mask: in_order(self, x, look(self, mask), self.feed_forward, norm_first=False),
)
declare(
    "TurnedAround",
    "norm_first is turned around.",
    FLAG,
    lambda self, x, mask: in_order(
        self, x, look(self, mask), self.feed_forward, norm_first=not self.norm_first
    ),
)
declare(
    "BothFromTheSame",
    "Both sub-layers work on the x that came in, side by side.",
    "There are models that do so (PaLM), but here the feed-forward thinks about what the attention "
    "found: " + ORDER,
    lambda self, x, mask: (
        residual(x, look(self, mask), self.norm_1, self.norm_first)
        + residual(x, self.feed_forward, self.norm_2, self.norm_first)
        - x
    ),
)
declare(
    "TwoStreams",
    "Both residuals got the x that came in, and their answers were added up: x is in it twice.",
    "The second one works on what the first gave back: " + ORDER,
    lambda self, x, mask: (
        residual(x, look(self, mask), self.norm_1, self.norm_first)
        + residual(x, self.feed_forward, self.norm_2, self.norm_first)
    ),
)
declare(
    "AddedTwice",
    "x was added once more to what residual gave back.",
    "residual adds x already: x = residual(x, …), without x + before it.",
    lambda self, x, mask: twice(self, twice(self, x, look(self, mask), 1), self.feed_forward, 2),
)


def twice(self, x, sublayer, which):
    norm = self.norm_1 if which == 1 else self.norm_2
    return x + residual(x, sublayer, norm, self.norm_first)


declare(
    "OneResidual",
    "There is one residual around both sub-layers, not one around each.",
    ORDER,
    lambda self, x, mask: residual(
        x,
        lambda h: self.feed_forward(self.norm_2(self.look(h, mask))),
        self.norm_1,
        self.norm_first,
    ),
)
declare(
    "Replaced",
    "Neither sub-layer was added to x: each replaced it.",
    "Call residual, which adds: " + ORDER,
    lambda self, x, mask: (
        self.feed_forward(self.norm_2(self.look(self.norm_1(x), mask)))
        if self.norm_first
        else self.norm_2(self.feed_forward(self.norm_1(self.look(x, mask))))
    ),
)
declare(
    "AttentionReplaces",
    "What the attention says was not added to x, it replaced it.",
    "The attention, too, goes by residual.",
    lambda self, x, mask: residual(
        self.look(self.norm_1(x), mask) if self.norm_first else self.norm_1(self.look(x, mask)),
        self.feed_forward,
        self.norm_2,
        self.norm_first,
    ),
)
declare(
    "FeedForwardReplaces",
    "What the feed-forward says was not added to x, it replaced it.",
    "The feed-forward, too, goes by residual.",
    lambda self, x, mask: (
        self.feed_forward(self.norm_2(residual(x, look(self, mask), self.norm_1, self.norm_first)))
        if self.norm_first
        else self.norm_2(
            self.feed_forward(residual(x, look(self, mask), self.norm_1, self.norm_first))
        )
    ),
)
declare(
    "FeedForwardUnnormed",
    "The feed-forward was added without its norm.",
    "Both sub-layers go by residual, the second one with norm_2.",
    lambda self, x, mask: added(self, residual(x, look(self, mask), self.norm_1, self.norm_first)),
)


def added(self, x):
    return x + self.feed_forward(x)


declare(
    "AttentionBare",
    "What the attention says replaced x, and norm_1 is nowhere.",
    "The attention, too, goes by residual, with norm_1.",
    lambda self, x, mask: residual(
        self.look(x, mask), self.feed_forward, self.norm_2, self.norm_first
    ),
)
declare(
    "AttentionUnnormed",
    "The attention was added without its norm.",
    "Both sub-layers go by residual, the first one with norm_1.",
    lambda self, x, mask: residual(
        x + self.look(x, mask), self.feed_forward, self.norm_2, self.norm_first
    ),
)
