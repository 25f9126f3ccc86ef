"""Published models, read from their own files into the course's own layers.

packages            which packages bring them, and what to say where one is missing
safetensors, gguf   files of weights
wordpiece, bpe      from text to tokens, and back
minilm, smollm2     the models

How they are installed: setup/models. The names are imported when they are first asked for, so that
`course models` starts at once.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from course.models.minilm import load_minilm, sentence_vectors
    from course.models.packages import have, need
    from course.models.smollm2 import load_smollm2

__all__ = ["have", "load_minilm", "load_smollm2", "need", "sentence_vectors"]

_MODULES = {
    "have": "packages",
    "load_minilm": "minilm",
    "load_smollm2": "smollm2",
    "need": "packages",
    "sentence_vectors": "minilm",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'course.models' has no attribute {name!r}")
    return getattr(importlib.import_module(f"course.models.{_MODULES[name]}"), name)
