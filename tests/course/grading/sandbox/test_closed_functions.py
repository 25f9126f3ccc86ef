"""What is not there while answers are graded. For ways around it: test_hostile_ways_around.py."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import attn
from course.grading.sandbox import closed_functions
from course.grading.sandbox.closed_functions import write_open_library

pytestmark = pytest.mark.slow  # programs, kernels or many sizes: `--fast` leaves it out

LIBRARY = Path(attn.__file__).parent


FORKS = """
import json, os, sys
import matplotlib, numpy, torch
said = []
for code in json.load(sys.stdin):
    told, tell = os.pipe()
    if (child := os.fork()) == 0:
        os.dup2(tell, 1)
        try:
            exec(code, {"__name__": "__main__"})
            sys.stdout.flush()
        except BaseException as error:
            os.write(tell, f"{type(error).__name__}: {error}".encode())
        finally:
            os._exit(0)
    os.close(tell)
    os.waitpid(child, 0)
    with os.fdopen(told) as words:
        said.append(words.read().split())
print(json.dumps(said))
"""


def in_processes(codes):
    """What each code prints in a process of its own, which PyTorch has been loaded into."""
    command = [sys.executable, "-c", FORKS]
    answer = subprocess.run(
        command, input=json.dumps(codes), capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


TRIES = """
import importlib, sys
sys.path.insert(0, {folder!r})
import matplotlib
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


def test_what_is_forbidden_is_an_empty_shell(tmp_path):
    cases = [
        ([], ["open"] * 5),
        (["attn"], ["closed"] * 4 + ["open"]),
        (["attn.heads"], ["open", "open", "closed", "closed", "open"]),
        (["attn.core.scaled_dot_product_attention"], ["closed", "closed", "open", "open", "open"]),
        (["torch.softmax", "attnother"], ["open"] * 5),
    ]
    codes = []
    for number, (forbids, _) in enumerate(cases):
        write_open_library(LIBRARY, tmp_path / str(number), forbids)
        codes.append(TRIES.replace("{folder!r}", repr(str(tmp_path / str(number)))))
    assert list(zip([forbids for forbids, _ in cases], in_processes(codes), strict=True)) == cases


def test_a_shell_holds_nothing_of_the_answer(tmp_path):
    write_open_library(LIBRARY, tmp_path, ["attn"])
    for path in tmp_path.rglob("*.py*"):
        if "plotting" not in path.name and "__init__" not in path.name:
            assert b"softmax" not in path.read_bytes()


OUT_OF_ORDER = """
import torch, torch.nn.functional as F
from torch import nn
layer = nn.MultiheadAttention(4, 1)
from course.grading.sandbox.closed_functions import put_out_of_order
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


def test_what_is_put_out_of_order_refuses_and_nothing_else_does():
    cases = [
        ([], []),
        (["torch.Tensor.softmax"], [0, 1, 3]),  # attention takes one
        (["torch.nn.functional.scaled_dot_product_attention"], [1]),
        (["torch.nn.MultiheadAttention"], [2, 3]),
    ]
    said = in_processes([OUT_OF_ORDER.format(forbids=forbids) for forbids, _ in cases])
    for (forbids, refused), words in zip(cases, said, strict=True):
        assert len(words) == 6, words
        assert [n for n, word in enumerate(words) if word == "refuses"] == refused, forbids


# They hold such names and compute nothing of the kind on tensors: they generate code, describe
# shapes, count, shard parameters, choose among kernels, or draw inputs for tests.
HARMLESS = re.compile(
    r"torch\.(_dynamo|_functorch|_guards|_meta_registrations|_subclasses|_vendor|backends"
    r"|_inductor\.(choices|codegen|ir|lowering|runtime|select_algorithm|fx_passes\.(bucketing|fsdp))"
    r"|distributed\.(_tools|algorithms|checkpoint|fsdp|tensor\._ops)"
    r"|distributed\.tensor\.experimental\._context_parallel\._sharding_rules"
    r"|nested\._internal\.nested_tensor|nn\.attention(\._registry|\._utils)?$|onnx\._internal"
    r"|testing\._internal\.(common|hop_db|opinfo)|utils\.flop_counter)"
)


@pytest.mark.parametrize(
    "kind", [kind for kind, what in closed_functions.KINDS.items() if "modules" in what]
)
def test_every_module_of_torch_with_such_a_name_is_known(kind):
    """A new version of PyTorch may bring a new one: close it, or say here why it does no harm."""
    root = Path(torch.__file__).parent
    names = re.compile(r"^\s*(?:def|class) (\w+)", re.MULTILINE)
    found = set()
    for path in root.rglob("*.py"):
        defined = names.findall(path.read_text("utf-8", "replace"))
        if any(
            re.search(closed_functions.KINDS[kind]["names"], name, re.IGNORECASE)
            for name in defined
        ):
            parts = path.relative_to(root.parent).with_suffix("").parts
            found.add(".".join(parts).removesuffix(".__init__"))
    known = set(closed_functions.KINDS[kind]["modules"])
    assert known <= found, "these hold nothing of the kind any more"
    assert {name for name in found - known if not HARMLESS.match(name)} == set()


def test_every_operation_of_torch_with_such_a_name_is_known():
    has_kernel = torch._C._dispatch_has_kernel_for_dispatch_key
    names = re.compile(r"soft(max|min)|attention|(?<!f)sdp|multi_head|transformer_encoder")
    keys = (*closed_functions._KEYS, *closed_functions._OTHER_KEYS, "QuantizedCPU")
    found = {
        operation.removeprefix("aten::")
        for operation in torch._C._dispatch_get_all_op_names()
        if names.search(operation) and any(has_kernel(operation, key) for key in keys)
    }
    known = {one for kind in closed_functions.KINDS.values() for one in kind["operations"]}
    # These call the one that is meant; choose a kernel; know numbers of eight bits alone; give the
    # gradient, for which one needs the answer; or, once torch's compiler was imported, the maximum
    # and the sum, from which a softmax is still to be written.
    harmless = re.compile(
        r".*[._]out$|_fused_sdp_choice$|quantized::|.*backward|prims::prepare_softmax_online$"
    )
    assert {name for name in found - known if not harmless.match(name)} == set()
