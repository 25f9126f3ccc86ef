"""Every benchmark runs at small sizes. What it measures there is not judged: nothing is timed."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

pytestmark = pytest.mark.slow  # programs, kernels or many sizes: `--fast` leaves it out

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
SCRIPTS = sorted(path.stem for path in BENCHMARKS.glob("*.py") if path.stem != "measure")
SLOW = {"checking", "grading", "start"}  # they start whole programs


@pytest.fixture
def load(monkeypatch):
    """Import a script as it imports its neighbours: by its name, from its own folder."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    for name in (*SCRIPTS, "measure"):
        monkeypatch.delitem(sys.modules, name, raising=False)

    def load_script(name):
        try:
            return importlib.import_module(name)
        except SystemExit:
            pytest.skip("a peer is not installed: it is in the extra `bench`")

    return load_script


@pytest.mark.filterwarnings("ignore")  # those of other people's packages
@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=pytest.mark.slow) if n in SLOW else n for n in SCRIPTS],
)
def test_a_benchmark_measures_every_method(load, name):
    sizes = {"decoding": 16, "generation": 16, "layers": 8, "shapes": 8}
    sizes |= {"checking": 2, "grading": 2, "start": 1}
    size = sizes.get(name, 256)
    rows = list(load(name).rows(size, 1 if name in SLOW else 2))
    assert {row[next(iter(row))] for row in rows} == {size}
    assert len({row["method"] for row in rows}) >= 2
    assert all(row["ms"] > 0 for row in rows)
    ratios = [key for key in rows[0] if key.startswith("/ ") and "," not in key]
    assert ratios
    for row in rows:
        assert all(row[f"{key}, from"] <= row[key] <= row[f"{key}, to"] for key in ratios)


PEERS = {
    "chunked": "memory_efficient_attention_pytorch",
    "decoding": "x_transformers",
    "generation": "transformers",
    "grading": "nbgrader",
    "layers": "x_transformers",
    "linear": "linear_attention_transformer",
    "sliding_window": "local_attention",
}


WITHOUT_PEERS = """
import importlib, json, os, sys
import torch
names, missing = json.load(sys.stdin)
sys.modules |= dict.fromkeys(missing)
said = {}
for name in names:
    told, tell = os.pipe()
    if (child := os.fork()) == 0:
        os.dup2(tell, 2)
        code = 1
        try:
            importlib.import_module(name)
            code = 0
        except SystemExit as end:
            code = end.code
        finally:
            sys.stderr.flush()
            os._exit(code)
    os.close(tell)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with os.fdopen(told) as words:
        said[name] = code, words.read().splitlines()
print(json.dumps(said))
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="a process for each script would take long")
def test_a_peer_that_is_not_installed_is_named_in_one_sentence():
    """Each is imported as nobody's neighbour: a script that fails must have said so by then."""
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_PEERS],
        input=json.dumps([SCRIPTS, sorted({*PEERS.values()})]),
        cwd=BENCHMARKS, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name, (code, lines) in json.loads(done.stdout).items():
        assert (code, len(lines)) == ((2, 1) if name in PEERS else (0, 0)), (name, lines)
        assert not lines or lines[0].startswith(f"{PEERS[name]} is not installed")


@pytest.mark.slow
def test_the_command_line_keeps_what_was_measured(tmp_path):
    script = BENCHMARKS / "grouped_queries.py"
    command = [sys.executable, str(script), "--quick", "--out", str(tmp_path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stderr == ""  # PyTorch's profiler writes into it unless it is told not to
    result = json.loads((tmp_path / "grouped_queries.quick.json").read_text())
    assert result["machine"]["torch"] == torch.__version__
    assert {row["method"] for row in result["rows"]} == {"folded (ours)", "keys copied"}


def test_a_size_measured_again_replaces_only_its_own_rows(load, tmp_path):
    keep = load("measure")._keep
    keep(tmp_path / "x.json", [{"n": 2, "ms": 1.0}, {"n": 2, "ms": 2.0}])
    keep(tmp_path / "x.json", [{"n": 1, "ms": 3.0}])
    keep(tmp_path / "x.json", [{"n": 2, "ms": 4.0}])
    rows = json.loads((tmp_path / "x.json").read_text())["rows"]
    assert rows == [{"n": 1, "ms": 3.0}, {"n": 2, "ms": 4.0}]


def test_peak_memory_is_what_a_known_computation_holds(load):
    measure = load("measure")
    x = torch.ones(1000, 1000)  # 4 MB

    def two_at_once():
        return (x + 1) * 2  # the sum is held until the product is made

    assert measure.peak_bytes(two_at_once) == pytest.approx(8_000_000, abs=100)
    assert measure.peak_bytes(lambda: x + 1) == pytest.approx(4_000_000, abs=100)


def test_methods_that_differ_are_not_compared_as_the_same(load):
    measure = load("measure")
    methods = {"one": lambda: torch.ones(3), "other": lambda: torch.zeros(3)}
    with pytest.raises(AssertionError, match="other"):
        measure.assert_same(methods)
