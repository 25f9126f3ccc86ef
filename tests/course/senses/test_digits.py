"""Digits drawn from a font: ten kinds, no two alike, the same from the same seed."""

import torch

from course.senses import digits


def drawn(count: int = 1, seed: int = 0) -> torch.Tensor:
    wanted = torch.arange(10).repeat_interleave(count)
    return digits.draw(wanted, torch.Generator().manual_seed(seed))


def test_letters_are_ink_on_paper_in_five_faces_and_two_widths():
    letters = digits.letters()
    assert letters.shape == (2, len(digits.FACES), 10, digits.FINE, digits.FINE)
    assert letters.min() == 0
    assert letters.max() == 1
    thin, thick = letters.mean(dim=(-1, -2))
    assert (thin < thick).all()
    assert (thin > 0.1).all()


def test_the_0_has_a_hole_and_the_1_has_none_in_its_middle():
    """The hole of a 0 lies inside two outlines: filled by one alone, it would be ink."""
    sans = digits.letters()[0, digits.FACES.index("DejaVuSans")]
    middle = digits.FINE // 2
    assert sans[0, middle, middle] == 0
    assert sans[1, middle, middle] == 1


def test_pictures_are_grey_of_eight_by_eight_and_no_two_alike():
    pictures = drawn(3)
    assert pictures.shape == (30, 8, 8)
    assert pictures.min() >= 0
    assert pictures.max() <= 1
    assert len({tuple(picture.flatten().tolist()) for picture in pictures}) == 30


def test_the_same_seed_draws_the_same_and_another_does_not():
    assert torch.equal(drawn(), drawn())
    assert not torch.equal(drawn(), drawn(seed=1))


def test_a_digit_is_nearer_to_the_mean_of_its_kind_than_to_most_others():
    """A reader that knows nothing but means is right far more often than chance, and errs."""
    means = drawn(100).view(10, 100, -1).mean(dim=1)  # (10, 64)
    asked = drawn(30, seed=1).flatten(1)  # (300, 64)
    found = torch.cdist(asked, means).argmin(dim=1)
    share = (found == torch.arange(10).repeat_interleave(30)).float().mean()
    assert 0.6 < share < 0.98
