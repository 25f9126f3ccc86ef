"""06.4: the mistakes that people make."""

import torch

from course.checks.lesson_06.across.cases import across
from course.checks.lesson_06.across.right import DecoderParts
from course.checks.lesson_06.layer.right import residual

ASKS = "Who writes asks: the query is h, and the memory is the second argument."
KEPT = "x = residual(x, look_across, self.norm_2, self.norm_first)."


def declare(name, what, way_out, middle):
    across.mistake(what, way_out)(type(name, (DecoderParts,), {"middle": middle}))


def by(look, norm="norm_2"):
    """The middle sub-layer by residual; look(self, h, x, memory, mask) is what is said."""

    def middle(self, x, memory, mask):
        said = lambda h: look(self, h, x, memory, mask)  # noqa: E731
        return residual(x, said, getattr(self, norm), self.norm_first)

    return middle


def looks_across(self, h, x, memory, mask):
    return self.cross_attention(h, memory, mask=mask).output


declare(
    "RolesExchanged",
    "The memory asks, and the stream answers.",
    ASKS + " There is one output for each token that asks.",
    by(lambda self, h, x, memory, mask: self.cross_attention(memory, h).output),
)
declare(
    "LooksAtItself",
    "The memory has no effect: the stream looks at itself.",
    "The attention's second argument is what is looked at: memory.",
    by(lambda self, h, x, memory, mask: self.cross_attention(h).output),
)
declare(
    "LeftOut",
    "The sub-layer in the middle has no effect: nothing of the memory is in the result.",
    "Was what residual gave back not kept? " + KEPT,
    lambda self, x, memory, mask: x,
)
declare(
    "MaskForgotten",
    "memory_mask has no effect.",
    "It hides keys of the memory: mask=memory_mask.",
    by(lambda self, h, x, memory, mask: looks_across(self, h, x, memory, None)),
)
declare(
    "MaskTurnedAround",
    "memory_mask is turned around.",
    "In this course True says: may attend. Hand it on as it is.",
    by(
        lambda self, h, x, memory, mask: looks_across(
            self, h, x, memory, None if mask is None else ~mask
        )
    ),
)
declare(
    "FutureOfTheMemory",
    "A causal mask hides parts of the memory.",
    "All that was read may be seen, from every place: only memory_mask hides something.",
    by(
        lambda self, h, x, memory, mask: looks_across(
            self,
            h,
            x,
            memory,
            torch.ones(x.shape[1], memory.shape[1], dtype=torch.bool).tril(
                memory.shape[1] - x.shape[1]
            ),
        )
    ),
)
declare(
    "CausalMask",
    "The causal mask of the stream was given to the attention across.",
    "It has a column for each token that is written; the keys here are the memory's. Give "
    "mask=memory_mask.",
    by(
        lambda self, h, x, memory, mask: looks_across(
            self, h, x, memory, torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).tril()
        )
    ),
)
declare(
    "MemoryNormed",
    "The memory was normed, too.",
    "In a whole model it has passed the encoder's last norm. Only the stream goes through norm_2, "
    "and residual does that.",
    by(lambda self, h, x, memory, mask: looks_across(self, h, x, self.norm_2(memory), mask)),
)
declare(
    "QueriesUnnormed",
    "The query is x, not what residual hands over: the norm before it is lost.",
    "Define a function of h; h is the query.",
    by(lambda self, h, x, memory, mask: looks_across(self, x, x, memory, mask)),
)
declare(
    "NormedTwice",
    "What residual hands over is normed once more, as the query.",
    "residual norms already: the query is h as it comes.",
    by(lambda self, h, x, memory, mask: looks_across(self, self.norm_2(h), x, memory, mask)),
)
declare(
    "NormOne",
    "norm_1 was used for the second sub-layer.",
    "Each of the three has a norm of its own: norm_2.",
    by(looks_across, "norm_1"),
)
declare(
    "NormThree",
    "norm_3 was used for the second sub-layer.",
    "Each of the three has a norm of its own: norm_2.",
    by(looks_across, "norm_3"),
)
declare(
    "OwnAttention",
    "self_attention looked across.",
    "The layer has two attentions, each with numbers of its own: self.cross_attention.",
    by(lambda self, h, x, memory, mask: self.self_attention(h, memory, mask=mask).output),
)
declare(
    "Replaced",
    "What was found across replaced the stream: it was not added.",
    "Go by residual: " + KEPT,
    lambda self, x, memory, mask: (
        looks_across(self, self.norm_2(x), x, memory, mask)
        if self.norm_first
        else self.norm_2(looks_across(self, x, x, memory, mask))
    ),
)
declare(
    "Unnormed",
    "What was found across was added without a norm.",
    "Go by residual, with norm_2: " + KEPT,
    lambda self, x, memory, mask: x + looks_across(self, x, x, memory, mask),
)
declare(
    "AddsInside",
    "The function adds h to what it says, and residual adds x besides.",
    "A sub-layer gives back only what it has to say.",
    by(lambda self, h, x, memory, mask: h + looks_across(self, h, x, memory, mask)),
)
declare(
    "AddedTwice",
    "x was added once more to what residual gave back.",
    "residual adds x already: " + KEPT,
    lambda self, x, memory, mask: x + by(looks_across)(self, x, memory, mask),
)
declare(
    "AlwaysBefore",
    "norm_first has no effect in the middle: its norm always stands before.",
    "Hand residual what the constructor kept: self.norm_first.",
    lambda self, x, memory, mask: residual(
        x, lambda h: looks_across(self, h, x, memory, mask), self.norm_2, True
    ),
)
declare(
    "AlwaysAfter",
    "norm_first has no effect in the middle: its norm always stands after.",
    "Hand residual what the constructor kept: self.norm_first.",
    lambda self, x, memory, mask: residual(
        x, lambda h: looks_across(self, h, x, memory, mask), self.norm_2, False
    ),
)
declare(
    "TurnedAround",
    "norm_first is turned around in the middle.",
    "Hand residual what the constructor kept: self.norm_first.",
    lambda self, x, memory, mask: residual(
        x, lambda h: looks_across(self, h, x, memory, mask), self.norm_2, not self.norm_first
    ),
)
declare(
    "MemoryAsStream",
    "The memory is the stream here: what was found was added to it.",
    "The first argument of residual is x, what is being written.",
    lambda self, x, memory, mask: residual(
        memory, lambda h: self.cross_attention(x, h).output, self.norm_2, self.norm_first
    ),
)
declare(
    "MemoryStreamAsks",
    "The memory is the stream here, and it asks.",
    "The first argument of residual is x, what is being written, and its tokens ask: " + ASKS,
    lambda self, x, memory, mask: residual(
        memory, lambda h: self.cross_attention(h, x).output, self.norm_2, self.norm_first
    ),
)
declare(
    "ValuesFromTheStream",
    "The values were made from the stream.",
    "What answers hands on its own values: self.cross_attention(h, memory, …) makes keys and "
    "values of the memory.",
    by(lambda self, h, x, memory, mask: self.cross_attention(h, memory, h, mask).output),
)
declare(
    "KeysFromTheStream",
    "The keys were made from the stream.",
    "What answers has the keys: self.cross_attention(h, memory, …) makes keys and values of the "
    "memory.",
    by(lambda self, h, x, memory, mask: self.cross_attention(h, h, memory, mask).output),
)
declare(
    "PairNotOpened",
    "The attention gives back two things, output and weights, and both were handed on.",
    "Only the output is to be added: .output, or [0].",
    by(lambda self, h, x, memory, mask: self.cross_attention(h, memory, mask=mask)),
)
declare(
    "CalledTooEarly",
    "residual got a tensor where it calls a function: the attention or norm_2 was called too "
    "early.",
    "Define a function of h that gives back self.cross_attention(h, memory, …).output, and hand "
    "over that function and self.norm_2, both without brackets.",
    lambda self, x, memory, mask: residual(
        x, looks_across(self, x, x, memory, mask), self.norm_2, self.norm_first
    ),
)
declare(
    "MaskAsValue",
    "The mask was taken for the value: the attention's third argument is the value.",
    "Give it by name: mask=memory_mask.",
    by(lambda self, h, x, memory, mask: self.cross_attention(h, memory, mask).output),
)
declare(
    "RolesExchangedWithMask",
    "The memory asks, and the stream answers; the mask of the memory then does not fit.",
    ASKS + " There is one output for each token that asks.",
    by(lambda self, h, x, memory, mask: self.cross_attention(memory, h, mask=mask).output),
)
declare(
    "BareReplaced",
    "What was found across replaced the stream: neither residual nor norm is there.",
    "Go by residual: " + KEPT,
    lambda self, x, memory, mask: looks_across(self, x, x, memory, mask),
)
declare(
    "BothNormed",
    "In the function the stream and the memory were normed, besides the norm of residual.",
    "residual norms the stream, and in a whole model the memory has passed the encoder's last "
    "norm: both come as they are.",
    by(
        lambda self, h, x, memory, mask: looks_across(
            self, self.norm_2(h), x, self.norm_2(memory), mask
        )
    ),
)


def with_a_function_of_two(self, x, memory, mask):
    def said(h, memory):
        return looks_across(self, h, x, memory, mask)

    return residual(x, said, self.norm_2, self.norm_first)


declare(
    "FunctionOfTwo",
    "The function wants two things, and residual calls it with one: h.",
    "memory and memory_mask need not be handed over: a function sees what stands around it.",
    with_a_function_of_two,
)
declare(
    "FunctionWithoutReturn",
    "The function that looks across gives nothing back.",
    "Is there a return in it?",
    by(lambda self, h, x, memory, mask: None),
)
