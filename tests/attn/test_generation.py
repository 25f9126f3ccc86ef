"""attn.generation against exhaustive search, its own definition step by step, and counting."""

from itertools import product

import pytest
import torch
from torch import nn

from attn import GPT, Transformer, generate, padding_mask

VOCAB, END = 7, 0
SIZES = {"d_model": 16, "num_heads": 4, "num_layers": 2}


@pytest.fixture
def gpt():
    torch.manual_seed(0)
    return GPT(VOCAB, **SIZES, positions="rotary", num_kv_heads=2).double()


@pytest.fixture
def transformer():
    torch.manual_seed(0)
    model = Transformer(VOCAB, VOCAB, **SIZES).double()
    for layer in model.decoder.layers:  # a loud source, so that what is written depends on it
        nn.init.normal_(layer.cross_attention.out_proj.weight, std=3.0)
        nn.init.normal_(layer.cross_attention.value_proj.weight)
    return model


@pytest.fixture
def prompt():
    return torch.tensor([[1, 2, 3], [4, 5, 6]])


class FixedProbs(nn.Module):
    """A model whose next token depends on the last token alone, by a table of probabilities."""

    def __init__(self, probs):
        super().__init__()
        self.probs = torch.tensor(probs)

    def forward(self, tokens):
        return self.probs.log()[tokens]


def test_greedy_takes_the_best_token_each_time(gpt, prompt):
    gpt.eval()
    expected = prompt
    for _ in range(6):
        expected = torch.cat((expected, gpt(expected)[:, -1:].argmax(-1)), dim=1)
    for cache in (True, False):
        got = generate(gpt, prompt, max_new_tokens=6, temperature=0, cache=cache)
        assert torch.equal(got, expected)


@pytest.mark.parametrize(
    "how", [{"temperature": 0}, {"temperature": 1.3}, {"top_k": 3}, {"top_p": 0.6}, {"beam": 3}]
)
@pytest.mark.parametrize("end_token", [None, END])
def test_a_cache_changes_no_token(gpt, transformer, prompt, how, end_token):
    source, mask = torch.tensor([[1, 2, 3, 4], [5, 6, 0, 0]]), padding_mask([4, 2])
    for model, extra in ((gpt, {}), (transformer, {"source": source, "source_mask": mask})):
        with_cache, without = (
            generate(
                model,
                prompt,
                max_new_tokens=8,
                cache=cache,
                end_token=end_token,
                generator=torch.Generator().manual_seed(3),
                **how,
                **extra,
            )
            for cache in (True, False)
        )
        assert torch.equal(with_cache, without)
        assert torch.equal(with_cache[:, :3], prompt)


def log_probs_of(model, tokens, start):
    """log P(tokens[start:] | tokens[:start]) of each row, up to the first end token."""
    log_probs = model(tokens[:, :-1]).log_softmax(-1).gather(2, tokens[:, 1:, None])[..., 0]
    total = log_probs[:, start - 1 :]
    ended = (tokens[:, start:-1] == END).cumsum(1) > 0
    return total[:, :1].sum(1) + total[:, 1:].masked_fill(ended, 0.0).sum(1)


def test_a_wide_beam_finds_the_most_probable_sequence_of_all(gpt, prompt):
    gpt.eval()
    best = generate(gpt, prompt, max_new_tokens=3, beam=VOCAB**3, end_token=END)
    endings = torch.tensor(list(product(range(VOCAB), repeat=3)))
    for row in range(2):
        candidates = torch.cat((prompt[row].expand(len(endings), -1), endings), dim=1)
        with torch.no_grad():
            scores = log_probs_of(gpt, candidates, start=3)
            got = log_probs_of(gpt, nn.functional.pad(best, (0, 6 - best.shape[1]))[row][None], 3)
        assert got.item() == pytest.approx(scores.max().item(), abs=1e-9)


def test_beam_search_looks_past_a_tempting_first_step():
    # From 0: token 1 looks best (0.6), but what follows it is divided; 2 leads to a sure thing.
    probs = [[0.0, 0.6, 0.4], [0.34, 0.33, 0.33], [0.05, 0.9, 0.05]]
    start = torch.tensor([[0]])
    options = {"max_new_tokens": 2, "cache": False}
    assert generate(FixedProbs(probs), start, temperature=0, **options).tolist() == [[0, 1, 0]]
    assert generate(FixedProbs(probs), start, beam=2, **options).tolist() == [[0, 2, 1]]


def test_each_row_of_a_batch_is_searched_for_itself(transformer):
    source = torch.tensor([[1, 2, 3, 4], [5, 6, 1, 2], [3, 4, 6, 1], [1, 2, 3, 4]])
    mask = padding_mask([4, 3, 2, 1])
    start = torch.ones(4, 1, dtype=torch.int64)
    options = {"max_new_tokens": 6, "beam": 4}
    together = generate(transformer, start, source=source, source_mask=mask, **options)
    assert len({tuple(row) for row in together.tolist()}) == 4  # each source its own answer
    for row in range(4):
        one = slice(row, row + 1)
        alone = generate(
            transformer, start[one], source=source[one], source_mask=mask[one], **options
        )
        assert torch.equal(together[row], alone[0])


def test_sampling_follows_the_probabilities_the_temperature_top_k_and_top_p():
    probs = torch.tensor([0.5, 0.3, 0.15, 0.05])
    model, start = FixedProbs([probs.tolist()] * 4), torch.zeros(20_000, 1, dtype=torch.int64)

    def frequencies(**options):
        generator = torch.Generator().manual_seed(0)
        tokens = generate(
            model, start, max_new_tokens=1, cache=False, generator=generator, **options
        )
        return tokens[:, 1].bincount(minlength=4) / len(tokens)

    torch.testing.assert_close(frequencies(), probs, atol=0.015, rtol=0)
    squared = probs**2 / (probs**2).sum()
    torch.testing.assert_close(frequencies(temperature=0.5), squared, atol=0.015, rtol=0)
    two = torch.tensor([0.625, 0.375, 0.0, 0.0])
    torch.testing.assert_close(frequencies(top_k=2), two, atol=0.015, rtol=0)
    assert frequencies(top_k=2)[2:].sum() == 0
    torch.testing.assert_close(frequencies(top_k=99), probs, atol=0.015, rtol=0)
    torch.testing.assert_close(frequencies(top_p=0.6), two, atol=0.015, rtol=0)
    assert frequencies(top_p=0.6)[2:].sum() == 0
    assert frequencies(top_p=0.1)[0] == 1  # the best token stays, however small top_p is
    torch.testing.assert_close(frequencies(top_p=1.0), probs, atol=0.015, rtol=0)


@pytest.mark.parametrize("temperature", [1e-3, 1e-20, 1e-38, 1e-40, 1e-320])
def test_a_tiny_temperature_takes_the_best_token(gpt, prompt, temperature):
    for model in (gpt, gpt.float()):
        tokens = generate(model, prompt, max_new_tokens=5, temperature=temperature)
        assert torch.equal(tokens, generate(model, prompt, max_new_tokens=5, temperature=0))


@pytest.mark.parametrize("how", [{"temperature": 0}, {"temperature": 1.0}, {"beam": 2}])
def test_a_row_that_is_over_is_filled_up_and_writing_stops_when_all_are(how):
    # 1 -> 2 -> END; 3 -> END at once: both rows are over after two steps.
    sure = torch.full((4, 4), 1e-30)
    for token, following in ((0, 3), (1, 2), (2, END), (3, END)):
        sure[token, following] = 1.0
    tokens = generate(
        FixedProbs(sure.tolist()),
        torch.tensor([[1], [3]]),
        max_new_tokens=50,
        cache=False,
        end_token=END,
        **how,
    )
    assert tokens.tolist() == [[1, 2, END], [3, END, END]]


def test_the_model_is_left_as_it_was(gpt, prompt):
    gpt.train()
    gpt.body.layers[0].eval()
    modes = [m.training for m in gpt.modules()]
    gpt(prompt).sum().backward()
    gradients = [p.grad.clone() for p in gpt.parameters()]
    tokens = generate(gpt, prompt, max_new_tokens=3)
    assert [m.training for m in gpt.modules()] == modes
    assert all(torch.equal(p.grad, g) for p, g in zip(gpt.parameters(), gradients, strict=True))
    assert all(p.requires_grad for p in gpt.parameters())
    assert torch.is_grad_enabled()
    assert not tokens.requires_grad
    with pytest.raises(ValueError, match="entries"):
        generate(gpt, prompt + 100, max_new_tokens=3)
    assert [m.training for m in gpt.modules()] == modes


def test_dropout_sleeps_while_writing(prompt):
    model = GPT(VOCAB, **SIZES, positions="none", dropout=0.5)
    first, second = (generate(model, prompt, max_new_tokens=8, temperature=0) for _ in "ab")
    assert torch.equal(first, second)


def test_a_seed_repeats_and_the_global_generator_serves_otherwise(gpt, prompt):
    def draw(generator=None):
        return generate(gpt, prompt, max_new_tokens=20, generator=generator)

    state = torch.get_rng_state()
    one, two = (draw(torch.Generator().manual_seed(1)) for _ in "ab")
    assert torch.equal(one, two)
    assert torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(0)
    first = draw()
    assert not torch.equal(first, draw())
    torch.manual_seed(0)
    assert torch.equal(first, draw())


def test_max_len_may_be_filled_but_not_outgrown(prompt):
    model = GPT(VOCAB, **SIZES, max_len=6)
    for cache in (True, False):
        assert generate(model, prompt, max_new_tokens=4, cache=cache).shape == (2, 7)
    with pytest.raises(ValueError, match="max_new_tokens is 5 after 3 tokens, expected at most 4"):
        generate(model, prompt, max_new_tokens=5)


def test_nothing_to_write_gives_back_the_prompt(gpt, prompt):
    assert torch.equal(generate(gpt, prompt, max_new_tokens=0), prompt)
    assert torch.equal(generate(gpt, prompt, max_new_tokens=0, beam=2), prompt)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tokens": torch.zeros(1, 0, dtype=torch.int64)}, "tokens' n is 0"),
        ({"tokens": torch.zeros(3)}, "tokens has shape"),
        ({"max_new_tokens": -1}, "max_new_tokens is -1"),
        ({"beam": 0}, "beam is 0"),
        ({"temperature": -0.1}, "temperature is -0.1"),
        ({"temperature": float("nan")}, "temperature is nan"),
        ({"top_k": 0}, "top_k is 0"),
        ({"end_token": -1}, "end_token is -1"),
        ({"top_p": 0.0}, r"top_p is 0\.0, expected 0 < top_p <= 1"),
        ({"top_p": 1.5}, r"top_p is 1\.5"),
        ({"top_p": float("nan")}, "top_p is nan"),
        ({"beam": 2, "top_k": 3}, "beam is 2 with temperature=1.0, top_k=3 and top_p=None"),
        ({"beam": 2, "top_p": 0.5}, r"beam is 2 with temperature=1\.0, top_k=None and top_p=0\.5"),
        ({"beam": 2, "temperature": 0.5}, "beam is 2 with temperature=0.5"),
        ({"source": torch.zeros(2, 3).long()}, "source is given, but the model is a GPT"),
    ],
)
def test_bad_input_is_named(gpt, prompt, change, message):
    with pytest.raises(ValueError, match=message):
        generate(gpt, **{"tokens": prompt, "max_new_tokens": 2, **change})


def test_a_model_that_does_not_fit_is_named(transformer, prompt):
    with pytest.raises(ValueError, match="source is None, but the model is a Transformer"):
        generate(transformer, prompt, max_new_tokens=2)
    with pytest.raises(ValueError, match="source has batch=1, expected 2"):
        generate(transformer, prompt, max_new_tokens=2, source=prompt[:1])
    with pytest.raises(ValueError, match="FixedProbs has no new_caches"):
        generate(FixedProbs([[1.0]]), prompt, max_new_tokens=2)
