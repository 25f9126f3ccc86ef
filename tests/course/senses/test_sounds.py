"""The tones of telephone keys, and the spectrogram that shows them."""

import pytest
import torch

from course.senses import sounds


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(
    ("key", "tones"), [(1, (697, 1209)), (5, (770, 1336)), (9, (852, 1477)), (0, (941, 1336))]
)
def test_keys_have_the_tones_of_recommendation_q_23(key, tones):
    assert sounds.tones(key) == tones


def test_no_two_keys_sound_alike():
    assert len({sounds.tones(key) for key in range(10)}) == 10


def test_the_two_loudest_frequencies_are_the_keys_tones():
    keys = torch.arange(10).repeat(4)
    heard = sounds.spectrogram(sounds.waves(keys, generator()))
    assert heard.shape == (40, 9, sounds.BINS)
    loud = heard.mean(dim=1)  # (40, BINS)
    width = sounds.RATE / sounds.WINDOW
    middle = int(1075 / width) - sounds.LOWEST  # between rows and columns
    for key, row in zip(keys.tolist(), loud, strict=True):
        low, high = int(row[:middle].argmax()), middle + int(row[middle:].argmax())
        assert sounds.frequency(low) == pytest.approx(sounds.tones(key)[0], abs=width)
        assert sounds.frequency(high) == pytest.approx(sounds.tones(key)[1], abs=width)


def test_the_spectrogram_is_that_of_torch_stft():
    wave = sounds.waves(torch.tensor([3, 8]), generator())
    window = torch.hann_window(sounds.WINDOW)
    theirs = torch.stft(
        wave, sounds.WINDOW, sounds.HOP, window=window, center=False, return_complex=True
    )
    wanted = theirs.abs().log1p().mT[..., sounds.LOWEST : sounds.LOWEST + sounds.BINS]
    torch.testing.assert_close(sounds.spectrogram(wave), wanted, atol=1e-4, rtol=1e-4)


def test_a_key_is_pressed_at_another_moment_each_time():
    waves = sounds.waves(torch.full((20,), 5), generator())
    assert waves.shape == (20, sounds.LENGTH)
    swing = waves.view(20, 20, 100).std(dim=-1) > 0.8  # stretches with tones in them
    assert len({tuple(row) for row in swing.tolist()}) > 5
    assert swing.any(dim=1).all()
    assert not swing.all(dim=1).any()
