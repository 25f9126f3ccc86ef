"""Answers that are somebody else's: PyTorch's, or the library's that the lesson builds.

Not everything can be closed, and docs/grading.md says what stays open:

- A function that a cell has copied, or put together, from what PyTorch's own one consists of
  (its code object, the text of its source), or has exported or saved without a trace of where it
  came from: the parts of a softmax are exp, sum and a division, and nobody can forbid those. It is
  the answer by another hand.
- A thread that a cell has started before, where the function is still in order, and that answers
  through a pipe. Processes that a cell has left running are ended, and no program can be started.
- Code that takes the process apart in which it runs, so that nothing is put out of order.

All of them need more thought than the few lines that are asked for, and give back no more than the
right answer to a question: which answer that is, they can't learn.
"""

import pytest

PRELUDE = """
import copy, importlib, sys, threading, types
import torch
import torch.nn.functional as F
from torch import nn
kept = F.scaled_dot_product_attention
kept_operation = torch.ops.aten.scaled_dot_product_attention.default
kept_layer = nn.MultiheadAttention(4, 1, batch_first=True)
kept_flat = nn.TransformerEncoderLayer(4, 1, batch_first=True).eval()
kept_forward = F.multi_head_attention_forward
traced = torch.jit.trace(
    lambda q, k, v: F.scaled_dot_product_attention(q, k, v), (torch.ones(2, 2),) * 3,
    check_trace=False,
)
@torch.jit.script
def scripted(q, k, v):
    return F.scaled_dot_product_attention(q, k, v)
def by_thread(q, k, v):
    out = []
    thread = threading.Thread(target=lambda: out.append(kept(q, k, v)))
    thread.start()
    thread.join()
    return out[0]
def by_library(q, k, v):
    kernels = torch.library.Library("aten", "IMPL")
    for operation in ("scaled_dot_product_attention", "_scaled_dot_product_attention_math"):
        for key in ("CPU", "AutogradCPU"):
            kernels.impl(operation, torch.library.fallthrough_kernel, key)
    return kept(q, k, v)
def by_flex(q, k, v):
    from torch.nn.attention.flex_attention import flex_attention
    return flex_attention(q[None, None], k[None, None], v[None, None])
def by_program(q, k, v):
    import subprocess
    return subprocess.run([sys.executable, "-c", "import torch"], check=True)
def by_forward(q, k, v):
    eye = torch.eye(4)
    return kept_forward(
        q[:, None], k[:, None], v[:, None], 4, 1, torch.cat([eye] * 3), None, None, None, False,
        0.0, eye, None,
    )
math = torch.ops.aten._scaled_dot_product_attention_math.default
composite = torch._C.DispatchKey.CompositeImplicitAutograd
"""
# Takes its time: it loads a compiler, and compiles.
COMPILED = """
importlib.import_module("torch._inductor.fx_passes.fuse_attention")
from torch._inductor.fx_passes.fuse_attention import _sfdp_pattern_1 as fused
kept_refs = importlib.import_module("torch._refs").softmax
kept_call = torch._C.ScriptFunction.__call__
scripted_heads = torch.jit.script(F.multi_head_attention_forward)
@torch.jit.script
def scripted_around(q, w, b):
    return F.multi_head_attention_forward(
        q, q, q, 4, 1, w, b, None, None, False, 0.0, torch.eye(4), b[:4], need_weights=True
    )
traced_heads = torch.jit.trace(
    lambda q: F.multi_head_attention_forward(
        q, q, q, 4, 1, torch.ones(12, 4), torch.ones(12), None, None, False, 0.0, torch.eye(4),
        torch.ones(4))[0], torch.ones(4, 1, 4), check_trace=False,
)
scripted_layer = torch.jit.script(nn.MultiheadAttention(4, 1))
torch._C._dispatch_library = lambda *arguments: types.SimpleNamespace(impl=lambda *_: None)
"""
ATTENTION = {
    "F": "F.scaled_dot_product_attention(q, k, v)",
    "kept": "kept(q, k, v)",
    "native": "torch._C._nn.scaled_dot_product_attention(q, k, v)",
    "operation": "torch.ops.aten.scaled_dot_product_attention(q, k, v)",
    "kept operation": "kept_operation(q, k, v)",
    "decomposed": "kept_operation.decompose(q, k, v)",
    "math": "torch._scaled_dot_product_attention_math(q, k, v)",
    "math decomposed": "math.decompose(q, k, v)",
    "math redispatched": "math.redispatch(torch._C.DispatchKeySet(composite), q, k, v)",
    "math by its key": "math._op_dk(composite, q, k, v)",
    "flash": "torch.ops.aten._scaled_dot_product_flash_attention_for_cpu"
    "(q[None, None], k[None, None], v[None, None])",
    "vmap": "torch.vmap(kept)(q[None], k[None], v[None])",
    "vjp": "torch.func.vjp(lambda x: kept(x, k, v), q)",
    "traced": "traced(q, k, v)",
    "scripted": "scripted(q, k, v)",
    "thread": "by_thread(q, k, v)",
    "kernels of before": "by_library(q, k, v)",
    "flex": "by_flex(q, k, v)",
    "taken apart": "torch._decomp.decompositions.scaled_dot_product_flash_attention_for_cpu"
    "(q[None, None], k[None, None], v[None, None])",
    "new layer": "nn.MultiheadAttention(4, 1)",
    "kept layer": "kept_layer(q[None], k[None], v[None])",
    "copied layer": "copy.deepcopy(kept_layer)(q[None], k[None], v[None])",
    "forward of the layer": "by_forward(q, k, v)",
    "layer around it": "kept_flat(q[None])",
    "program": "by_program(q, k, v)",
    "fused": "fused(q, k, v, 1.0)",
    "fused, loaded": "sys.modules['torch._inductor.fx_passes.fuse_attention']._sfdp_pattern_1"
    "(q, k, v, 1.0)",
    "overrideable": "torch.ops.aten._scaled_dot_product_fused_attention_overrideable"
    "(q[None, None], k[None, None], v[None, None])",
}
HEADS = {
    "scripted": "scripted_heads(q[:, None], k[:, None], v[:, None], 4, 1, torch.ones(12, 4), "
    "torch.ones(12), None, None, False, 0.0, torch.eye(4), torch.ones(4))",
    "scripted, by its type": "kept_call(scripted_around, q[:, None], torch.ones(12, 4), "
    "torch.ones(12))",
    "scripted around it": "scripted_around(q[:, None], torch.ones(12, 4), torch.ones(12))",
    "traced": "traced_heads(q[:, None])",
    "scripted layer": "scripted_layer(q[:, None], k[:, None], v[:, None])",
    "quantizable": "importlib.import_module('torch.ao.nn.quantizable').MultiheadAttention(4, 1)",
    "new layer": "nn.MultiheadAttention(4, 1)",
    "kept layer": "kept_layer(q[None], k[None], v[None])",
    "forward": "by_forward(q, k, v)",
}
SOFTMAX = {
    "torch": "torch.softmax(x, -1)",
    "method": "x.softmax(-1)",
    "F": "F.softmax(x, -1)",
    "module": "nn.Softmax(-1)(x)",
    "softmin": "F.softmin(-x, -1)",
    "special": "torch.special.softmax(x, -1)",
    "native": "torch._softmax(x, -1, False)",
    "into a place": "torch._softmax(x, -1, False, out=torch.empty_like(x))",
    "safe": "torch._safe_softmax(x, -1)",
    "masked": "torch._masked_softmax(x, x > 99, -1)",
    "operation": "torch.ops.aten._softmax.out(x, -1, False, out=torch.empty_like(x))",
    "log": "torch.log_softmax(x, -1)",
    "log method": "x.log_softmax(-1)",
    "log native": "torch._log_softmax(x, -1, False)",
    "log module": "nn.LogSoftmax(-1)(x)",
    "log in a loss": "F.cross_entropy(x, x)",
    "written in Python": "importlib.import_module('torch._refs').softmax(x, -1)",
    "its log in Python": "importlib.import_module('torch._refs').log_softmax(x, -1)",
    "written for losses": "importlib.import_module('torch._refs.nn.functional').softmax(x, -1)",
    "taken apart": "torch._decomp.decompositions._softmax(x, -1, False)",
    "its log taken apart": "torch._decomp.decompositions._log_softmax(x, -1, False)",
    "distribution": "torch.distributions.Categorical(logits=x).probs",
    "transform": "torch.distributions.SoftmaxTransform()(x)",
    "transform of the module": "torch.distributions.transforms.SoftmaxTransform()(x)",
    "of masked tensors": "torch.masked.softmax(x, -1)",
    "sparse": "torch.sparse.softmax(x.to_sparse(), -1)",
    "another layout": "torch._softmax(x.to_mkldnn(), -1, False)",
    "nested": "torch._softmax(torch.nested.nested_tensor([x]), -1, False)",
    "unwrapped": "kept_refs.__wrapped__(x, -1)",
    "kept": "kept_refs(x, -1)",
    "Gumbel": "F.gumbel_softmax(x, dim=-1)",
    "attention": "kept(x, torch.eye(4), torch.eye(4), scale=1.0)",
}
LIBRARY = {
    "attn": "attn.scaled_dot_product_attention(q, k, v)",
    "attn.core": "importlib.import_module('attn.core').scaled_dot_product_attention(q, k, v)",
    "another of its functions": "attn.chunked_attention(q, k, v)",
    "a layer": "attn.MultiHeadAttention(4, 1)",
    "loaded anew": "runpy.run_path(attn.core.__file__)['scaled_dot_product_attention'](q, k, v)",
    "its source": "inspect.getsource(attn.core.scaled_dot_product_attention)",
    "its text": "text('scores', attn.__path__[0])",
    "the course's text": "text('softmax', attn.__path__[0] + '/../../course')",
    "the packages' text": "text('def scaled_dot_product_attention', places)",
    "what was compiled": "compiled(attn.__path__[0])",
}
READING = """
import glob, importlib, inspect, marshal, pkgutil, runpy, sys
import attn, attn.core
places = [p for p in sys.path if "attn" in str(glob.glob(p + "/attn*"))]
def text(word, folder):
    folders = folder if isinstance(folder, list) else [folder]
    files = [f for one in folders for f in glob.glob(one + "/**/*.py", recursive=True)]
    hits = [f for f in files if "plotting" not in f and word in open(f).read()]
    return hits[0]
def compiled(folder):
    files = glob.glob(folder + "/**/core*.pyc", recursive=True)
    codes = [marshal.loads(open(f, "rb").read()[16:]) for f in files]
    return [c for c in codes if "scaled_dot_product_attention" in str(c.co_consts)][0]
"""
TRY_ALL = """
def {signature}:
    sys.setprofile(None)
    threading.setprofile(None)
    q = k = v = torch.ones(4, 4)
    x = torch.ones(4, 4)
    worked = []
    for name, way in WAYS.items():
        try:
            eval(way, globals(), dict(q=q, k=k, v=v, x=x))
            worked.append(name)
        except Exception:
            pass
    raise LookupError(f"worked: {{worked}}")
"""


def words(mark):
    return " ".join(mark.message.split())


@pytest.mark.parametrize(
    ("exercise", "signature", "ways"),
    [
        ("01.2", "attention_weights(scores)", SOFTMAX),
        ("01.4", "attention(query, key, value)", ATTENTION),
        ("01.4", "attention(query, key, value)", HEADS),
        ("01.4", "attention(query, key, value)", LIBRARY),
    ],
    ids=["softmax", "attention", "heads", "library"],
)
def test_no_way_around_works_where_an_answer_is_graded(exercise, signature, ways, notebook, attack):
    """The answer first ends what watches its calls, so that only what is out of order stops it."""
    cell = PRELUDE + COMPILED + READING + f"WAYS = {ways!r}\n" + TRY_ALL.format(signature=signature)
    report = attack(notebook().answer(exercise, cell), cell_seconds=120.0)
    (mark,) = (mark for mark in report.marks if mark.exercise == exercise)
    assert mark.points == 0
    assert "LookupError: worked: []" in words(mark)


@pytest.mark.parametrize(
    "way",
    ["F", "kept", "native", "kept layer", "forward of the layer", "flex"],
)
def test_who_uses_what_the_exercise_builds_is_told_so(way, notebook, grade):
    cell = f"{PRELUDE}\ndef attention(query, key, value):\n    q = k = v = torch.ones(4, 4)\n"
    report = grade(notebook().answer("01.4", f"{cell}    return {ATTENTION[way]}\n"))
    assert "is what this exercise builds" in words(report.marks[3])


def test_cells_may_use_what_an_answer_may_not(notebook, grade):
    """Given cells compare with PyTorch; only while an answer is graded is it out of order."""
    compare = "assert kept(torch.ones(2, 2), torch.ones(2, 2), torch.ones(2, 2)).sum() == 4\n"
    report = grade(notebook().before("01.1", PRELUDE + compare))
    assert notebook.points(report) == notebook.FULL
    assert report.notes == ()


HELPER = """
import os, pickle, socket
ours, theirs = socket.socketpair()
if os.fork() == 0:
    ours.close()
    while asked := theirs.recv(1 << 20):
        theirs.sendall(pickle.dumps(kept(*pickle.loads(asked))))
    os._exit(0)
theirs.close()
"""


def test_a_helper_that_a_cell_left_running_is_gone_when_an_answer_is_graded(notebook, attack):
    cell = f"""{PRELUDE}{HELPER}
def attention(query, key, value):
    ours.sendall(pickle.dumps((query, key, value)))
    return pickle.loads(ours.recv(1 << 20)), (query @ key.mT / query.shape[-1] ** 0.5).softmax(-1)
"""
    report = attack(notebook().answer("01.4", cell))
    assert notebook.points(report) == {**notebook.FULL, "01.4": 0.0, "01.5": 0.0}
