"""Generation: write one token at a time, each after a look at all before it.

A model only says how probable each next token is. Greedy takes the most probable, sampling draws by
the probabilities, beam search keeps the several best beginnings alive. Lessons 07 and 17 use this.

Sources: Fan et al., "Hierarchical Neural Story Generation" (top-k sampling), 2018, arXiv
1805.04833; Holtzman et al., "The Curious Case of Neural Text Degeneration" (top-p, or nucleus
sampling), 2019, arXiv 1904.09751; Sutskever et al., "Sequence to Sequence Learning" (beam search),
2014, arXiv 1409.3215.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from attn.cache import DecoderCache, KVCache
from attn.models import GPT, Transformer
from attn.validation import require_integer, require_tokens

Caches = list[KVCache] | list[DecoderCache]


@torch.no_grad()
def generate(
    model: nn.Module,
    tokens: Tensor,
    *,
    max_new_tokens: int,
    mask: Tensor | None = None,
    source: Tensor | None = None,
    source_mask: Tensor | None = None,
    cache: bool = True,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    beam: int = 1,
    end_token: int | None = None,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Write on where `tokens` ends.

    model        a GPT or a Transformer; without a cache, any module that turns tokens (batch, n)
                 into logits (batch, n, vocab)
    tokens       (batch, n), n >= 1: how each row begins. For a Transformer, the target's beginning,
                 often a single start token
    mask         (batch, 1, 1, n), False where a row begins with padding: rows of different length
                 are padded on the left, as by padding_mask(lengths).flip(-1), and each is written
                 on as if it were alone
    source       (batch, n_source): what a Transformer reads; source_mask as in its forward
    cache        keep keys and values, so that each step reads only the newest token
    temperature  divides the logits: below 1 plays safe, above 1 is daring, 0 takes the best token
    top_k        draw among the k best tokens only
    top_p        draw among the fewest tokens that together are at least this probable, after
                 temperature and top_k: few where the model is sure, many where it is not
    beam         above 1, keep this many beginnings of each row alive and return the most probable
                 sequence found; nothing is drawn, so temperature stays 0 or 1, top_k and top_p None
    end_token    a row that has written it is over, and is filled up with it; when every row is
                 over, writing stops
    generator    where chance comes from; torch's global generator unless given

    Returns (batch, n + new) with new <= max_new_tokens, the given tokens first. The model is in
    evaluation mode meanwhile, and afterwards as it was. Raises ValueError on what does not fit,
    also if the sequence would outgrow the model's max_len.
    """
    require_tokens("tokens", tokens)
    batch, n = tokens.shape
    require_integer("tokens' n", n, minimum=1)
    require_integer("max_new_tokens", max_new_tokens, minimum=0)
    require_integer("beam", beam, minimum=1)
    if not temperature >= 0:
        raise ValueError(f"temperature is {temperature}, expected at least 0")
    if top_k is not None:
        require_integer("top_k", top_k, minimum=1)
    if top_p is not None and not 0 < top_p <= 1:
        raise ValueError(f"top_p is {top_p}, expected 0 < top_p <= 1")
    if end_token is not None:
        require_integer("end_token", end_token, minimum=0)
    if beam > 1 and (temperature not in (0, 1) or top_k is not None or top_p is not None):
        raise ValueError(
            f"beam is {beam} with temperature={temperature}, top_k={top_k} and top_p={top_p}, "
            "expected temperature 0 or 1, no top_k and no top_p: a beam search draws nothing"
        )
    if mask is not None:
        _require_left_padding(mask, model, batch, n)
    longest = n if mask is None else int(mask.sum(dim=-1).max())
    max_len = getattr(model, "max_len", None)
    if max_len is not None and longest + max_new_tokens - 1 > max_len:  # the last is never read
        raise ValueError(
            f"max_new_tokens is {max_new_tokens} after {longest} tokens, "
            f"expected at most {max_len + 1 - longest}: the model's max_len is {max_len}"
        )
    if (source is not None) != isinstance(model, Transformer):
        raise ValueError(
            f"source is {'None' if source is None else 'given'}, but the model is a "
            f"{type(model).__name__}: expected a source for a Transformer, and for it alone"
        )
    if source is not None:
        require_tokens("source", source)
        if source.shape[0] != batch:
            raise ValueError(f"source has batch={source.shape[0]}, expected {batch} as tokens")
    if cache and not hasattr(model, "new_caches"):
        raise ValueError(f"cache is True, but {type(model).__name__} has no new_caches()")

    with _evaluating(model):
        caches: Caches | None = model.new_caches() if cache else None  # type: ignore[operator]
        predict = _predictor(model, source, source_mask, mask, beam)
        if beam > 1:
            return _beam_search(predict, caches, tokens, max_new_tokens, beam, end_token)
        over = torch.zeros(batch, dtype=torch.bool, device=tokens.device)
        for _ in range(max_new_tokens):
            log_probs = _next_log_probs(predict, tokens, caches)  # (batch, vocab)
            if temperature == 0:
                chosen = log_probs.argmax(dim=-1)  # (batch,)
            else:
                probs, ranked = rank(log_probs, temperature, top_k, top_p)  # (batch, k) each
                drawn = torch.multinomial(probs, num_samples=1, generator=generator)  # (batch, 1)
                chosen = ranked.gather(1, drawn)[:, 0]  # (batch,)
            chosen = chosen.to(tokens.dtype)
            if end_token is not None:
                chosen = chosen.masked_fill(over, end_token)
                over = over | (chosen == end_token)
            tokens = torch.cat((tokens, chosen[:, None]), dim=1)
            if over.all():
                break
    return tokens


def rank(
    log_probs: Tensor,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
) -> tuple[Tensor, Tensor]:
    """The tokens among which `generate` draws, the best first, and how probable each is.

    log_probs (batch, vocab), a temperature above 0 -> probabilities and tokens (batch, k) each; a
    token that top_p leaves out has probability 0
    """
    k = log_probs.shape[-1] if top_k is None else min(top_k, log_probs.shape[-1])
    best, ranked = log_probs.topk(k)  # (batch, k) each
    # Seen from the best, so that a tiny temperature sends all others to -inf and never the best.
    behind = best - best[:, :1]  # (batch, k)
    temperature = max(temperature, torch.finfo(behind.dtype).tiny)
    probs = torch.softmax(behind / temperature, dim=-1)  # (batch, k)
    if top_p is not None and top_p < 1:
        better = probs.cumsum(dim=-1) - probs  # (batch, k): those before it together
        probs = probs.masked_fill(better >= top_p, 0.0)
        probs = probs / probs.sum(dim=-1, keepdim=True)
    return probs, ranked


def _beam_search(
    predict: Callable[..., Tensor],
    caches: Caches | None,
    tokens: Tensor,
    max_new_tokens: int,
    beam: int,
    end_token: int | None,
) -> Tensor:
    """Keep the `beam` most probable beginnings of each row alive, and return the best.

    tokens (batch, n) -> (batch, n + new)
    """
    batch = tokens.shape[0]
    tokens = tokens.repeat_interleave(beam, dim=0)  # (batch * beam, n)
    # At first all beginnings of a row are the same: only one of them counts.
    scores = torch.full((batch, beam), -torch.inf, device=tokens.device)
    scores[:, 0] = 0.0
    over = torch.zeros(batch * beam, dtype=torch.bool, device=tokens.device)
    first_of_row = beam * torch.arange(batch, device=tokens.device)[:, None]  # (batch, 1)
    for _ in range(max_new_tokens):
        log_probs = _next_log_probs(predict, tokens, caches)  # (batch * beam, vocab)
        vocab = log_probs.shape[-1]
        if end_token is not None:  # what is over goes on in one way only, at no cost
            log_probs[over] = -torch.inf
            log_probs[over, end_token] = 0.0
        total = scores[:, :, None] + log_probs.view(batch, beam, vocab)
        scores, best = total.flatten(1).topk(beam)  # (batch, beam) each
        parent = (first_of_row + best // vocab).flatten()  # (batch * beam,)
        chosen = (best % vocab).flatten().to(tokens.dtype)  # (batch * beam,)
        tokens = torch.cat((tokens[parent], chosen[:, None]), dim=1)
        for kept in caches or ():
            kept.reorder(parent)
        if end_token is not None:
            over = over[parent] | (chosen == end_token)
            if over.view(batch, beam)[:, 0].all():  # going on can only lower the others
                break
    return tokens.view(batch, beam, -1)[:, 0]


def _predictor(
    model: nn.Module,
    source: Tensor | None,
    source_mask: Tensor | None,
    mask: Tensor | None,
    rows: int,
) -> Callable[..., Tensor]:
    """What turns tokens into logits: the model, or its decoder with the source already read."""
    predict: Callable[..., Tensor] = model
    name = "mask"
    if isinstance(model, Transformer) and source is not None:
        memory = model.encode(source, source_mask)  # (batch, n_source, d_model)
        memory = memory.repeat_interleave(rows, dim=0)  # (batch * rows, n_source, d_model)
        if source_mask is not None and source_mask.dim() == 4 and source_mask.shape[0] > 1:
            source_mask = source_mask.repeat_interleave(rows, dim=0)
        predict, name = partial(model.decode, memory=memory, source_mask=source_mask), "target_mask"
    return predict if mask is None else _padded(predict, name, mask.repeat_interleave(rows, dim=0))


def _padded(predict: Callable[..., Tensor], name: str, mask: Tensor) -> Callable[..., Tensor]:
    """`predict` for rows that begin with padding: hides it, and counts positions from its end."""

    def predict_padded(tokens: Tensor, caches: Caches | None = None) -> Tensor:
        start = 0 if caches is None else len(caches[0])
        written = start + tokens.shape[1] - mask.shape[-1]
        visible = F.pad(mask, (0, written), value=True)  # (batch, 1, 1, n_k)
        positions = (visible.cumsum(dim=-1) - 1).clamp(min=0)[:, 0, 0, start:]  # (batch, new)
        options = {} if caches is None else {"caches": caches}
        return predict(tokens, positions=positions, **{name: visible}, **options)

    return predict_padded


def _require_left_padding(mask: object, model: nn.Module, batch: int, n: int) -> None:
    """Raise ValueError unless `mask` is (batch, 1, 1, n), in each row False before True."""
    if not isinstance(model, (GPT, Transformer)):
        raise ValueError(
            f"mask is given, but the model is a {type(model).__name__}: expected a GPT or a "
            "Transformer, which take a mask and positions"
        )
    if not isinstance(mask, Tensor) or mask.dtype != torch.bool or mask.shape != (batch, 1, 1, n):
        what = (tuple(mask.shape), mask.dtype) if isinstance(mask, Tensor) else type(mask).__name__
        raise ValueError(f"mask is {what}, expected (batch, 1, 1, n) = {(batch, 1, 1, n)} of bool")
    if not mask[..., -1].all() or (mask[..., :-1] & ~mask[..., 1:]).any():
        raise ValueError(
            "mask hides tokens after visible ones, expected padding on the left alone: each row "
            "ends in a token, so that all go on in the same column"
        )


def _next_log_probs(
    predict: Callable[..., Tensor], tokens: Tensor, caches: Caches | None
) -> Tensor:
    """How probable each token is as the next one, as logarithms and in float32 at least.

    tokens (batch, n) -> (batch, vocab)
    """
    if caches is None:
        logits = predict(tokens)  # (batch, n, vocab)
    else:
        logits = predict(tokens[:, len(caches[0]) :], caches=caches)  # (batch, new, vocab)
    last = logits[:, -1]  # (batch, vocab)
    return last.to(torch.promote_types(last.dtype, torch.float32)).log_softmax(dim=-1)


@contextmanager
def _evaluating(model: nn.Module) -> Iterator[None]:
    """Put the model into evaluation mode, and each of its parts back as it was."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training
