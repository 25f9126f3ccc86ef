"""06.4: mistakes in what is looked at, which mask hides it, and where the layer ends."""

import torch

import attn
from course.checks.lesson_06.across.cases import across
from course.checks.lesson_06.across.mistakes import ASKS, KEPT, by, declare, looks_across
from course.checks.lesson_06.across.right import DecoderParts
from course.checks.lesson_06.layer.right import residual

MASK = (
    "Only memory_mask belongs to the memory's keys, and it may be None: hand it on as it is, "
    "mask=memory_mask."
)


def future_hidden(x):
    return torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).tril()


@across.mistake(
    "The layer ends in the middle: what was found across was returned, and the last sub-layer, "
    "the feed-forward, is never reached.",
    "Keep it for the line that comes: " + KEPT,
)
class ReturnedTooEarly(DecoderParts):
    def forward(self, x, memory, memory_mask=None):
        causal = future_hidden(x)
        look_back = lambda h: self.self_attention(h, mask=causal).output  # noqa: E731
        x = residual(x, look_back, self.norm_1, self.norm_first)
        return by(looks_across)(self, x, memory, memory_mask)


declare(
    "MaskAsKey",
    "memory_mask was taken for the key: the attention's second argument is what is looked at.",
    ASKS + " " + MASK,
    by(lambda self, h, x, memory, mask: self.cross_attention(h, mask).output),
)
declare(
    "MasksJoined",
    "memory_mask and the causal mask were joined. Where nothing is to be hidden, memory_mask is "
    "None, and that can't be joined with anything.",
    MASK,
    by(lambda self, h, x, memory, mask: looks_across(self, h, x, memory, mask & future_hidden(x))),
)
declare(
    "CausalJoined",
    "The causal mask and memory_mask were joined. Where nothing is to be hidden, memory_mask is "
    "None, and that can't be joined with anything.",
    MASK,
    by(lambda self, h, x, memory, mask: looks_across(self, h, x, memory, future_hidden(x) & mask)),
)
declare(
    "LooksBackAgain",
    "look_back was handed to residual again: nothing looks across.",
    "Define a function of its own: " + ASKS,
    by(
        lambda self, h, x, memory, mask: self.self_attention(h, mask=future_hidden(x)).output,
    ),
)
declare(
    "MemoryLooksAtItself",
    "The memory is the stream here, and it looks at itself.",
    "The first argument of residual is x, what is being written.",
    lambda self, x, memory, mask: residual(
        memory,
        lambda h: self.cross_attention(h, memory, mask=mask).output,
        self.norm_2,
        self.norm_first,
    ),
)
declare(
    "StreamAsMemory",
    "Keys and values were made from x: the memory is looked at nowhere.",
    ASKS,
    by(lambda self, h, x, memory, mask: self.cross_attention(h, x, mask=mask).output),
)
declare(
    "StreamAsMemoryUnmasked",
    "Keys and values were made from x, without a mask: the memory is looked at nowhere.",
    ASKS,
    by(lambda self, h, x, memory, mask: self.cross_attention(h, x).output),
)
declare(
    "LooksAtItselfMasked",
    "The memory is not handed to the attention: so the stream looks at itself.",
    "The attention's second argument is what is looked at: memory.",
    by(lambda self, h, x, memory, mask: self.cross_attention(h, mask=mask).output),
)
of_the_tools = attn.MultiHeadAttention(5, 1)  # no case has 5 features
declare(
    "AttentionOfTheTools",
    "The attention of the tools box was called: it is for 5 features.",
    "The layer has one of its own for this, self.cross_attention.",
    by(lambda self, h, x, memory, mask: of_the_tools(h, memory, mask=mask).output),
)
declare(
    "ValuesAlone",
    "The memory asks, and it has the keys; only the values were made from the stream.",
    ASKS,
    by(lambda self, h, x, memory, mask: self.cross_attention(memory, memory, h).output),
)
declare(
    "WeightsTaken",
    "The weights of the attention were taken, not its output.",
    "It gives back output and weights, in this order: .output, or [0].",
    by(lambda self, h, x, memory, mask: self.cross_attention(h, memory, mask=mask).weights),
)
declare(
    "NormedNotAdded",
    "What was found across was normed by norm_2 and replaced the stream: it was not added.",
    "Go by residual: " + KEPT,
    lambda self, x, memory, mask: self.norm_2(looks_across(self, x, x, memory, mask)),
)
declare(
    "LooksAcrossTwice",
    "The stream looks across twice, each time by norm_2.",
    "Once is what is asked: " + KEPT,
    lambda self, x, memory, mask: by(looks_across)(
        self, by(looks_across)(self, x, memory, mask), memory, mask
    ),
)
declare(
    "MaskOfTheFirst",
    "The padding of the first row hides in every row of the batch.",
    MASK,
    by(
        lambda self, h, x, memory, mask: looks_across(
            self, h, x, memory, None if mask is None else mask[0, 0]
        )
    ),
)
