"""What a cell sets for its process changes no mark, and no verdict in the notebook."""

import json
import os
import subprocess
import sys

import pytest

from course import paths

SETTINGS = {
    "warnings are errors": "import warnings\nwarnings.simplefilter('error')",
    "user's warnings are errors": "import warnings\nwarnings.filterwarnings('error', '.*kernel.*')",
    "a warning that is shown raises": """
import warnings
def showwarning(*arguments, **options): raise SystemExit
warnings.showwarning = showwarning
""",
    "logged warnings": "import logging\nlogging.captureWarnings(True)",
    "float64": "import torch\ntorch.set_default_dtype(torch.float64)",
    "float16": "import torch\ntorch.set_default_dtype(torch.float16)",
    "no numbers": "import torch\ntorch.set_default_device('meta')",
    "no gradients": "import torch\ntorch.set_grad_enabled(False)",
    "inference": "import torch\nleft_on = torch.inference_mode()\nleft_on.__enter__()",
    "autocast": "import torch\nleft_on = torch.autocast('cpu')\nleft_on.__enter__()",
    "deterministic": "import torch\ntorch.use_deterministic_algorithms(True)",
    "coarse products": "import torch\ntorch.set_float32_matmul_precision('medium')",
    "anomalies": "import torch\ntorch.autograd.set_detect_anomaly(True)",
    "seeds": "import random, numpy, torch\nfor lib in (random, numpy.random): lib.seed(0)\n"
    "torch.manual_seed(0)",
    "threads": "import torch\ntorch.set_num_threads(4)\nx = torch.ones(600, 600)\n(x @ x).sin()",
    "print options": "import numpy, torch\ntorch.set_printoptions(precision=0, sci_mode=True)\n"
    "numpy.set_printoptions(formatter={'all': lambda x: 1 / 0}, threshold=0)",
    "NumPy's errors": "import numpy\nnumpy.seterr(all='raise')",
    "hooks": """
import sys, threading
def bad(*arguments): raise SystemExit
sys.excepthook = sys.displayhook = sys.unraisablehook = threading.excepthook = bad
threading.settrace(bad)
threading.setprofile(bad)
""",
    "little recursion": "import sys\nsys.setrecursionlimit(120)",
    "another language": """
import locale
for name in ("de_DE.UTF-8", "fr_FR.UTF-8", "C.UTF-8"):
    try: locale.setlocale(locale.LC_ALL, name)
    except locale.Error: pass
""",
    "decimals": "import decimal\ndecimal.getcontext().prec = 1",
    "another folder": "import os, tempfile\nos.chdir(tempfile.mkdtemp())",
    "a folder that is gone": "import os\nos.mkdir('x')\nos.chdir('x')\nos.rmdir(os.getcwd())",
    "an empty environment": "import os\nos.environ.clear()",
    "no collector": "import gc\ngc.disable()",
    "a built-in function": """
import builtins
builtins.sum = builtins.callable = lambda *arguments, **options: 1 / 0
""",
    "functions of json": "import json\njson.dumps = json.loads = lambda *arguments, **options: '?'",
    "a function of warnings": "import warnings\nwarnings.warn = lambda *_, **__: 1 / 0",
    "functions of torch": """
import torch
torch.equal = torch.zeros_like = torch.autograd.grad = lambda *arguments, **options: 1 / 0
torch.Tensor.clone = torch.Tensor.detach = lambda self: 1 / 0
torch.Tensor.__repr__ = lambda self: 'a tensor'
""",
    "functions of NumPy": "import numpy\nnumpy.array_equal = numpy.isclose = lambda *_: 1 / 0",
    "time": "import time\ntime.sleep = time.monotonic = lambda *arguments: 1 / 0",
}  # fmt: skip
KINDS = ("exercise", "check")


@pytest.mark.parametrize("lesson", ["01", "02"])
@pytest.mark.parametrize("cell", SETTINGS.values(), ids=SETTINGS.keys())
def test_what_a_cell_sets_costs_a_right_answer_nothing(cell, lesson, notebook, attack):
    report = attack(notebook(lesson=lesson).before(f"{lesson}.3", cell))
    assert report.points == report.max_points, [mark.message for mark in report.marks]


IN_A_NOTEBOOK = """
import json, os, sys
from course import check
settings, answers = json.load(sys.stdin)

def checked(setting):
    names = {"__name__": "__main__", "check": check}
    for answer in answers[:1]:
        exec(answer, names)
    exec(setting, names)
    for answer in answers[1:]:
        exec(answer, names)
    return "right"

for name, setting in settings.items():
    sys.stdout.flush()
    if (child := os.fork()) == 0:
        out = os.dup(1)
        try:
            said = checked(setting)
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"[:400].replace("\\n", " ")
        os.write(out, f"{name}: {said}\\n".encode())
        os._exit(0)
    os.waitpid(child, 0)
"""


@pytest.mark.slow
def test_nor_does_it_change_what_the_notebook_says(notebook, tmp_path):
    """One process for each setting; each checks the five answers of lesson 01."""
    book = notebook()
    imports = "import math\nimport numpy as np\nimport torch\n"
    answers = [imports]
    for number in range(1, 6):
        answers += ["".join(book.cell(f"{kind}-01-{number}")["source"]) for kind in KINDS]
    environment = {
        "PYTHONPATH": str(paths.ROOT / "lib"),
        "COURSE_PROGRESS": str(tmp_path / "record"),
    }
    told = subprocess.run(
        [sys.executable, "-c", IN_A_NOTEBOOK], input=json.dumps([SETTINGS, answers]), text=True,
        capture_output=True, check=True, cwd=tmp_path, env={**os.environ, **environment},
    )  # fmt: skip
    said = [line for line in told.stdout.splitlines() if line.partition(": ")[0] in SETTINGS]
    assert said == [f"{name}: right" for name in SETTINGS]
