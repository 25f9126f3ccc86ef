"""The stream of 28 tokens: its parts, what it may not see, and what can be left out."""

import pytest
import torch
import torch.nn.functional as F

from attn import causal_mask
from course import senses as sn


def batch(count: int = 4) -> sn.Batch:
    return sn.ask(count, torch.Generator().manual_seed(0))


def new(**options) -> sn.OneStream:
    torch.manual_seed(0)
    return sn.OneStream(**options)


def words(asked: sn.Batch) -> torch.Tensor:
    return torch.cat([asked.question[:, None], asked.said[:, :2]], dim=1)


def test_patches_are_those_of_torchs_unfold():
    x = torch.randn(3, 6, 8)
    torch.testing.assert_close(sn.patches(x, 2), F.unfold(x[:, None], 2, stride=2).mT)


def test_the_prefix_mask_is_causal_without_a_prefix_and_full_with_nothing_else():
    assert torch.equal(sn.prefix_mask(0, 5), causal_mask(5))
    assert sn.prefix_mask(5, 0).all()
    assert sn.prefix_mask(26, 2)[26:].equal(causal_mask(28)[26:])


def test_it_has_as_many_parameters_as_the_lesson_says():
    assert sum(weights.numel() for weights in new().parameters()) == 79_323


def test_a_word_is_not_seen_by_those_who_should_say_it_or_stand_before():
    asked, model = batch(), new()
    said = words(asked)
    before = model(asked.image, asked.sound, said)
    said[:, 2] = (said[:, 2] + 1) % 10
    after = model(asked.image, asked.sound, said)
    torch.testing.assert_close(before[:, :2], after[:, :2])
    assert not torch.allclose(before[:, 2], after[:, 2])


def test_fewer_words_say_the_same_as_many():
    asked, model = batch(), new()
    whole = model(asked.image, asked.sound, words(asked))
    for n in (1, 2):
        part = model(asked.image, asked.sound, words(asked)[:, :n])
        torch.testing.assert_close(part, whole[:, :n], atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(("option", "left_out"), [("modality", "modality"), ("places", "place")])
def test_what_is_left_out_is_zero_and_stays_so(option, left_out):
    vectors = new(**{option: False}).get_parameter(left_out)
    assert not vectors.any()
    assert not vectors.requires_grad
    assert new().get_parameter(left_out).any()


def test_without_places_patches_are_a_bag():
    asked = batch()
    turned = asked.image.unflatten(2, (4, 2)).flip(2).flatten(2)  # columns of patches exchanged
    for places in (True, False):
        model = new(places=places)
        one, other = (model(x, asked.sound, words(asked)) for x in (asked.image, turned))
        assert torch.allclose(one, other, atol=1e-5) is not places


def test_the_parts_that_are_handed_in_are_used():
    def no_sound(image, sound, text, modality):
        return sn.one_stream(image, 0 * sound, text, modality)

    asked, model = batch(), new(one_stream=no_sound)
    other = asked._replace(sound=asked.sound.flip(0))
    one = model(asked.image, asked.sound, words(asked))
    torch.testing.assert_close(one, model(asked.image, other.sound, words(asked)))
    asked_of = []
    model = new(patches=lambda x, p: asked_of.append(p) or sn.patches(x, p))
    model(asked.image, asked.sound, words(asked))
    assert asked_of == [2]
