"""06.2: mistakes in what is handed to residual."""

import torch

from course.checks.lesson_06.layer.cases import layer
from course.checks.lesson_06.layer.mistakes import in_order, look
from course.checks.lesson_06.layer.right import Parts, residual

FUNCTION = (
    "residual calls its sub-layer with the tokens that it is to work on. So define a function of h "
    "that gives back self.attention(h, mask=mask).output."
)


def declare(name, what, way_out, forward):
    def answer(self, x, mask=None):
        return forward(self, x, mask)

    layer.mistake(what, way_out)(type(name, (Parts,), {"forward": answer}))


declare(
    "LooksAtX",
    "The attention works on x, not on what residual hands to it: so the norm before it is lost.",
    FUNCTION,
    lambda self, x, mask: in_order(self, x, lambda h: self.look(x, mask), self.feed_forward),
)
declare(
    "ThinksAboutX",
    "The feed-forward works on the stream, not on what residual hands to it: the norm is lost.",
    "Hand over self.feed_forward as it is; residual calls it.",
    lambda self, x, mask: think_about(
        self, residual(x, look(self, mask), self.norm_1, self.norm_first)
    ),
)


def think_about(self, x):
    return residual(x, lambda h: self.feed_forward(x), self.norm_2, self.norm_first)


declare(
    "ThinksAboutTheOldX",
    "The feed-forward works on the x that came in, before the attention.",
    "Hand over self.feed_forward as it is; residual calls it with what is to be thought about.",
    lambda self, x, mask: in_order(self, x, look(self, mask), lambda h: self.feed_forward(x)),
)
declare(
    "KeysUnnormed",
    "Only the queries are normed: keys and values are made from x.",
    "self.attention(h, mask=mask) makes all three of h.",
    lambda self, x, mask: in_order(
        self, x, lambda h: self.attention(h, x, mask=mask).output, self.feed_forward
    ),
)
declare(
    "QueriesUnnormed",
    "Only keys and values are normed: the queries are made from x.",
    "self.attention(h, mask=mask) makes all three of h.",
    lambda self, x, mask: in_order(
        self, x, lambda h: self.attention(x, h, mask=mask).output, self.feed_forward
    ),
)
declare(
    "NormedTwice",
    "Both sub-layers norm what they are given, besides the norms of residual.",
    "residual norms already. " + FUNCTION,
    lambda self, x, mask: in_order(
        self,
        x,
        lambda h: self.look(self.norm_1(h), mask),
        lambda h: self.feed_forward(self.norm_2(h)),
    ),
)
declare(
    "AddsInside",
    "Both functions add what they are given to what they say, and residual adds x besides.",
    "A sub-layer gives back only what it has to say. " + FUNCTION,
    lambda self, x, mask: in_order(
        self, x, lambda h: h + self.look(h, mask), lambda h: h + self.feed_forward(h)
    ),
)
declare(
    "PairNotOpened",
    "The attention gives back two things, output and weights, and both were handed on.",
    "Only the output is to be added: .output, or [0].",
    lambda self, x, mask: in_order(
        self, x, lambda h: self.attention(h, mask=mask), self.feed_forward
    ),
)
declare(
    "WeightsTaken",
    "The weights of the attention were taken, not its output.",
    "It gives back output and weights, in this order: .output, or [0].",
    lambda self, x, mask: in_order(
        self, x, lambda h: self.attention(h, mask=mask).weights, self.feed_forward
    ),
)
declare(
    "CalledTooEarly",
    "residual got a tensor where it calls a function: one of those that it was handed, the "
    "attention, the feed-forward or a norm, was called too early.",
    "self.feed_forward and the norms are handed over as they are, without brackets. " + FUNCTION,
    lambda self, x, mask: in_order(self, x, self.look(x, mask), self.feed_forward),
)
declare(
    "MaskOfTheFirst",
    "The padding of the first row hides in every row of the batch, or a whole row of a mask is "
    "one number.",
    "A mask stays as it came, with all its axes: mask=mask.",
    lambda self, x, mask: in_order(
        self, x, look(self, None if mask is None else mask[0, 0]), self.feed_forward
    ),
)
declare(
    "MaskAsKey",
    "The mask was taken for the key: the attention's second argument is the key.",
    "Give it by name: mask=mask.",
    lambda self, x, mask: in_order(
        self, x, lambda h: self.attention(h, mask).output, self.feed_forward
    ),
)
declare(
    "CausalWithoutAMask",
    "Where no mask comes, the future is hidden.",
    "None hides nothing: hand it on as it came, mask=mask.",
    lambda self, x, mask: in_order(
        self,
        x,
        look(
            self,
            torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).tril() if mask is None else mask,
        ),
        self.feed_forward,
    ),
)
declare(
    "AlwaysCausal",
    "The future is always hidden, whatever mask comes in.",
    "Whether this is an encoder or a GPT is for the caller to say: hand on the mask that came.",
    lambda self, x, mask: in_order(
        self,
        x,
        look(self, torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).tril()),
        self.feed_forward,
    ),
)
declare(
    "NothingReturned",
    "Nothing came back.",
    "Is there a return in the last line?",
    lambda self, x, mask: None,
)
declare(
    "AttentionNormedTwice",
    "The attention norms what it is given, which residual has normed already.",
    "residual norms already. " + FUNCTION,
    lambda self, x, mask: in_order(
        self, x, lambda h: self.look(self.norm_1(h), mask), self.feed_forward
    ),
)
declare(
    "FeedForwardNormedTwice",
    "The feed-forward gets what is normed twice: in the function, and in residual.",
    "residual norms already: hand over self.feed_forward as it is.",
    lambda self, x, mask: in_order(
        self, x, look(self, mask), lambda h: self.feed_forward(self.norm_2(h))
    ),
)
declare(
    "NormedBehindTheFeedForward",
    "What the feed-forward says is normed in the function, besides the norm of residual.",
    "residual norms already: hand over self.feed_forward as it is.",
    lambda self, x, mask: in_order(
        self, x, look(self, mask), lambda h: self.norm_2(self.feed_forward(h))
    ),
)
declare(
    "NormedBehindTheAttention",
    "What the attention says is normed in the function, besides the norm of residual.",
    "residual norms already. " + FUNCTION,
    lambda self, x, mask: in_order(
        self, x, lambda h: self.norm_1(self.look(h, mask)), self.feed_forward
    ),
)
declare(
    "PairCalledTooEarly",
    "residual got output and weights where it wants a function: the attention was called too "
    "early.",
    FUNCTION,
    lambda self, x, mask: in_order(self, x, self.attention(x, mask=mask), self.feed_forward),
)
declare(
    "FunctionWithoutReturn",
    "A function that was handed to residual gives nothing back.",
    "Is there a return in it? " + FUNCTION,
    lambda self, x, mask: in_order(self, x, lambda h: None, self.feed_forward),
)
