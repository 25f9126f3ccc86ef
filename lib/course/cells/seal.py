"""The seal of a made notebook: it shows whether somebody wrote into it since."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def seal(notebook: Mapping[str, Any], *, outputs: bool = False) -> str:
    """A fingerprint of every cell's kind and text, and of the outputs too if asked for.

    notebook  as nbformat reads it; without `outputs` also the file's own JSON, where a text may be
              a list of lines
    """
    parts = [
        [cell["cell_type"], "".join(cell["source"])]
        + ([cell.get("outputs", []), cell.get("execution_count")] if outputs else [])
        for cell in notebook["cells"]
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def is_sealed(notebook: Any) -> bool:
    """Whether a notebook for learners, as JSON, is as the build wrote it. Running it is allowed."""
    try:
        return bool(notebook["metadata"]["course"]["seal"] == seal(notebook))
    except (KeyError, TypeError):
        return False
