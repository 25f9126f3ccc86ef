"""What is not there while answers are graded. For ways around it: test_hostile_ways_around.py."""

import subprocess
import sys
from pathlib import Path

import pytest

import attn
from course.grading.closed import write_open_library

LIBRARY = Path(attn.__file__).parent


def in_a_process(code, *places):
    """What a fresh Python prints that looks for packages in `places` first."""
    code = f"import sys\nsys.path[:0] = {[str(p) for p in places]!r}\n{code}"
    command = [sys.executable, "-c", code]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.split()


TRIES = """
import importlib, matplotlib
matplotlib.use("agg")
def works(module, name, *arguments, **options):
    try:
        thing = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError):
        return "gone"
    try:
        thing(*arguments, **options)
        return "open"
    except ImportError:
        return "closed"
import torch
q = torch.ones(2, 4)
print(works("attn", "scaled_dot_product_attention", q, q, q))
print(works("attn.core", "scaled_dot_product_attention", q, q, q))
print(works("attn.heads", "split_heads", q[None], 2))
print(works("attn", "MultiHeadAttention", 4, 2))
print(works("attn.plotting", "plot_weights", q, list("ab"), list("abcd"), title="x"))
"""


@pytest.mark.parametrize(
    ("forbids", "works"),
    [
        ([], ["open"] * 5),
        (["attn"], ["closed"] * 4 + ["open"]),
        (["attn.heads"], ["open", "open", "closed", "closed", "open"]),
        (["attn.core.scaled_dot_product_attention"], ["closed", "closed", "open", "open", "open"]),
        (["torch.softmax", "attnother"], ["open"] * 5),
    ],
    ids=str,
)
def test_what_is_forbidden_is_an_empty_shell(forbids, works, tmp_path):
    write_open_library(LIBRARY, tmp_path, forbids)
    assert in_a_process(TRIES, tmp_path) == works


def test_a_shell_holds_nothing_of_the_answer(tmp_path):
    write_open_library(LIBRARY, tmp_path, ["attn"])
    for path in tmp_path.rglob("*.py*"):
        if "plotting" not in path.name and "__init__" not in path.name:
            assert b"softmax" not in path.read_bytes()


OUT_OF_ORDER = """
import torch, torch.nn.functional as F
from torch import nn
layer = nn.MultiheadAttention(4, 1)
from course.grading.closed import put_out_of_order
put_out_of_order({forbids})
x = torch.ones(1, 4, 4)
for work in (
    lambda: x.softmax(-1), lambda: F.scaled_dot_product_attention(x, x, x),
    lambda: nn.MultiheadAttention(4, 1), lambda: layer(x, x, x),
    lambda: x.exp().sum(), lambda: F.layer_norm(x, (4,)),
):
    try:
        work()
        print("works")
    except ImportError:
        print("refuses")
"""


@pytest.mark.parametrize(
    ("forbids", "refused"),
    [
        ([], []),
        (["torch.Tensor.softmax"], [0, 1, 3]),  # attention takes one
        (["torch.nn.functional.scaled_dot_product_attention"], [1]),
        (["torch.nn.MultiheadAttention"], [2, 3]),
    ],
    ids=str,
)
def test_what_is_put_out_of_order_refuses_and_nothing_else_does(forbids, refused):
    words = in_a_process(OUT_OF_ORDER.format(forbids=forbids), LIBRARY.parent)
    assert [place for place, word in enumerate(words) if word == "refuses"] == refused
