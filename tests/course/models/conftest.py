"""What needs a published model is skipped, with a sentence, where its package is not installed."""

import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import strategies as st

from course.models.packages import MODELS


def _weights_or_skip(name: str) -> Path:
    model = MODELS[name]
    file = model.file()
    if file is None:
        pytest.skip(f"{model.title} is not installed: course models")
    return file


@pytest.fixture(scope="session")
def weights_or_skip() -> Callable[[str], Path]:
    return _weights_or_skip


@pytest.fixture(scope="session")
def any_text() -> st.SearchStrategy[str]:
    """Texts of signs that every version of Unicode since 3.2 puts into the same category."""
    old = unicodedata.ucd_3_2_0.category
    signs = [c for c in map(chr, range(0x30000)) if old(c) == unicodedata.category(c)]
    return st.text(st.sampled_from([c for c in signs if old(c) not in ("Cn", "Cs")]))
