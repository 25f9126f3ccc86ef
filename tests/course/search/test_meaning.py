"""Search by meaning: how vectors are kept, and what is near."""

import numpy as np
import pytest

from course.models.packages import MODELS
from course.search.meaning import nearness, pack, unpack, vectors_of

with_model = pytest.mark.skipif(
    MODELS["MiniLM"].file() is None, reason="all-MiniLM-L6-v2 is not installed: course models"
)


def test_a_byte_for_each_number_keeps_every_cosine_to_two_decimals():
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(50, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    kept = unpack([pack(vector) for vector in vectors])
    assert kept.shape == (50, 384)
    np.testing.assert_allclose(np.linalg.norm(kept, axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(kept @ vectors.T, vectors @ vectors.T, atol=0.005)


def test_without_a_vector_there_is_nothing():
    assert unpack([]).shape == (0, 384)


@with_model
def test_the_text_that_means_it_is_nearer_though_no_word_is_shared():
    texts = ["Tokyo is the capital of Japan.", "Knead the dough until it is smooth."]
    packed = [pack(vector) for vector in vectors_of(texts)]
    capital, dough = nearness("how do I bake a loaf?", packed)
    assert dough > capital + 0.1
    assert nearness(texts[0], packed)[0] == pytest.approx(1, abs=0.005)
