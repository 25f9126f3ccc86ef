"""Search by meaning: the cosine of two vectors of all-MiniLM-L6-v2, as lesson 18 explains it."""

import base64
import functools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from course.models import load_minilm, sentence_vectors
from course.models.minilm import D_MODEL, MiniLM
from course.models.wordpiece import WordPiece

Vectors = npt.NDArray[np.float32]


def vectors_of(texts: Sequence[str]) -> Vectors:
    """What texts mean, each as a vector of length 1 -> (len(texts), 384)"""
    return sentence_vectors(*_model(), texts).numpy()


def pack(vector: Vectors) -> str:
    """A vector (384,) as text: a byte for each number, since only its direction counts."""
    scaled = np.round(vector / np.abs(vector).max() * 127).astype(np.int8)
    return base64.b64encode(scaled.tobytes()).decode()


def unpack(packed: Sequence[str]) -> Vectors:
    """Vectors of length 1 again -> (len(packed), 384)"""
    raw = b"".join(base64.b64decode(row) for row in packed)
    vectors = np.frombuffer(raw, dtype=np.int8).astype(np.float32).reshape(-1, D_MODEL)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def nearness(question: str, packed: Sequence[str]) -> list[float]:
    """The cosine between the question's vector and each of these."""
    return (unpack(packed) @ vectors_of([question])[0]).tolist()


@functools.cache
def _model() -> tuple[MiniLM, WordPiece]:
    """Read once: whoever asks one thing asks another."""
    return load_minilm()
