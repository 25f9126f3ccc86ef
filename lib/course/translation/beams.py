"""How probable a translator finds what was written."""

import torch
from torch import Tensor

from attn import Transformer
from course.translation.training import real
from course.translation.vocabulary import END, START


@torch.no_grad()
def log_probability(model: Transformer, source: Tensor, written: Tensor) -> Tensor:
    """The logarithm of the probability of what was written, up to its first END: (batch,)

    source (batch, n_source), written (batch, n) without START, as `write` gives it back
    """
    begin, end = (torch.full((len(source), 1), mark) for mark in (START, END))
    tokens = torch.cat((begin, written, end), dim=1)
    logits = model(source, tokens[:, :-1], real(source))  # (batch, n + 1, vocab)
    each = logits.log_softmax(dim=-1).gather(-1, tokens[:, 1:, None])[..., 0]  # (batch, n + 1)
    ended = (tokens[:, 1:] == END).cumsum(dim=1).cumsum(dim=1)  # 1 at the first END
    return (each * (ended <= 1)).sum(dim=1)
