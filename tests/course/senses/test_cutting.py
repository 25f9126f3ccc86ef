"""Cuts: of sight, and of heads."""

import torch

from course import senses as sn


def test_a_cut_hides_what_was_named_and_nothing_else():
    rows, columns = slice(25, 28), sn.IMAGE
    mask, whole = sn.cut((rows, columns)), sn.prefix_mask(sn.GIVEN, sn.STREAM - sn.GIVEN)
    assert not mask[rows, columns].any()
    mask[rows, columns] = whole[rows, columns]
    assert torch.equal(mask, whole)
    assert torch.equal(sn.cut(), whole)


def test_a_head_that_was_cut_moves_nothing_and_comes_back():
    torch.manual_seed(0)
    model, batch = sn.OneStream(), sn.ask(3, torch.Generator().manual_seed(0))
    words = batch.question[:, None]
    found_by_head_2 = model.layers[1].self_attention.value_proj.weight[32:48]
    with torch.no_grad():
        before = model(batch.image, batch.sound, words)
        with sn.without_head(model, 1, 2):
            without = model(batch.image, batch.sound, words)
            found_by_head_2 += 1.0
            torch.testing.assert_close(model(batch.image, batch.sound, words), without)
            found_by_head_2 -= 1.0
        assert not torch.allclose(before, without)
        torch.testing.assert_close(model(batch.image, batch.sound, words), before)
