"""Measure methods side by side, on a machine that others use too.

- Time is the process's CPU time on one core and one thread: other programs hardly show in it.
- Methods take turns within a round, and a ratio is taken within the round: what slows one method
  slows its neighbour. The median of the rounds is reported, and their smallest and largest.
- Memory is the most that was held above the start, from the allocator's own record, C++ scratch
  included. It is the same each time.
- Methods that claim to be the same function are compared before they are timed.
"""

import contextlib
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Any

os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # PyTorch reads it once, when it is imported

import torch
import typer
from rich.console import Console
from rich.table import Table
from torch import Tensor
from torch.profiler import ProfilerActivity, profile

Method = Callable[[], Any]
Row = dict[str, Any]

RESULTS = Path(__file__).parent / "results"
ROUNDS = 5


@contextlib.contextmanager
def peers() -> Iterator[None]:
    """Import the peers of a script; if one is not installed, say so in one sentence and stop."""
    try:
        yield
    except ModuleNotFoundError as missing:
        package = str(missing.name).partition(".")[0]
        print(
            f"{package} is not installed, which this benchmark compares with: "
            'pip install -e ".[bench,test]"',
            file=sys.stderr,
        )
        raise SystemExit(2) from None


def random_heads(n: int, *, gradient: bool = False) -> list[Tensor]:
    """Query, key and value (1, 8, n, 64), float32: the sizes of all kernels' benchmarks."""
    torch.manual_seed(0)
    return [torch.randn(1, 8, n, 64, requires_grad=gradient) for _ in range(3)]


def passes(methods: dict[str, Method], inputs: list[Tensor]) -> dict[str, Method]:
    """The methods, made to return the gradients of `inputs` too, where these ask for them."""
    if not inputs[0].requires_grad:
        return {name: torch.no_grad()(method) for name, method in methods.items()}

    def with_gradients(method: Method) -> tuple[Tensor, ...]:
        output = method()
        output.sum().backward()
        gradients = [x.grad for x in inputs]
        for x in inputs:
            x.grad = None
        return output.detach(), *gradients

    return {name: partial(with_gradients, method) for name, method in methods.items()}


def assert_same(methods: dict[str, Method]) -> None:
    """Every method returns what the first one returns, to 1e-3."""
    expected = None
    for name, method in methods.items():
        result = method()
        expected = result if expected is None else expected
        torch.testing.assert_close(
            result, expected, rtol=1e-3, atol=1e-3, msg=lambda text, name=name: f"{name}: {text}"
        )


def compare(
    methods: dict[str, Method], *, against: list[str], rounds: int, memory: bool = True
) -> Iterator[Row]:
    """One row for each method: CPU time, its ratio to those in `against`, and peak memory."""
    for method in methods.values():
        method()
    seconds: dict[str, list[float]] = {name: [] for name in methods}
    for _ in range(rounds):
        for name, method in methods.items():
            start = time.process_time()
            method()
            seconds[name].append(time.process_time() - start)
    for name, method in methods.items():
        row: Row = {"method": name, "ms": 1000 * statistics.median(seconds[name])}
        for other in against:
            ratios = [a / b for a, b in zip(seconds[name], seconds[other], strict=True)]
            row[f"/ {other}"] = statistics.median(ratios)
            row[f"/ {other}, from"], row[f"/ {other}, to"] = min(ratios), max(ratios)
        if memory:
            row["MiB"] = peak_bytes(method) / 2**20
        yield row


def peak_bytes(method: Method) -> int:
    """The most bytes held at once above the start, the result included."""
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as record:
        method()
    held = peak = 0
    events = record.profiler.kineto_results.events()
    for event in sorted(events, key=lambda event: event.start_ns()):
        if event.name() == "[memory]":
            held += event.nbytes()
            peak = max(peak, held)
    return peak


def run(
    script: str,
    measure: Callable[[int, int], Iterator[Row]],
    *,
    sizes: list[int],
    quick_size: int,
    one_core: bool = True,
) -> None:
    """The command line of a benchmark: print its rows, and keep them as JSON size by size.

    measure(size, rounds) yields the rows of one size, which say it in their first column.
    """

    def command(
        quick: Annotated[bool, typer.Option(help="One small size: does it work?")] = False,
        size: Annotated[list[int] | None, typer.Option(help="Measure only this size.")] = None,
        out: Annotated[Path, typer.Option(help="Where the JSON goes.")] = RESULTS,
    ) -> None:
        torch.set_num_threads(1)
        if one_core and hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        path = out / (Path(script).stem + (".quick" if quick else "") + ".json")
        for one in [quick_size] if quick else size or sizes:
            rows = list(measure(one, 2 if quick else ROUNDS))
            Console(width=160).print(_table(path.stem, rows))
            _keep(path, rows)

    typer.run(command)


def _keep(path: Path, rows: list[Row]) -> None:
    """Write the rows of one size among those of the others that `path` holds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    (size_column,) = list(rows[0])[:1]
    held = json.loads(path.read_text())["rows"] if path.exists() else []
    held = [row for row in held if row[size_column] != rows[0][size_column]]
    kept = sorted(held + rows, key=lambda row: row[size_column])
    result = {"date": date.today().isoformat(), "machine": _machine(), "rows": kept}
    path.write_text(json.dumps(result, indent=1) + "\n")


def _table(title: str, rows: list[Row]) -> Table:
    """Smallest and largest ratios stand in brackets after the median."""
    table = Table(title=title)
    columns = [name for name in rows[0] if not name.endswith((", from", ", to"))]
    for name in columns:
        table.add_column(name, justify="left" if isinstance(rows[0][name], str) else "right")
    for row in rows:
        cells = []
        for name in columns:
            cell = _text(row.get(name, ""))
            if f"{name}, from" in row:
                low, high = _text(row[f"{name}, from"]), _text(row[f"{name}, to"])
                cell += f" ({low} to {high})"
            cells.append(cell)
        table.add_row(*cells)
    return table


def _text(value: Any) -> str:
    return (
        f"{value:.3g}"
        if isinstance(value, float) and value < 100
        else (f"{value:.0f}" if isinstance(value, float) else str(value))
    )


def _machine() -> dict[str, str | int | None]:
    cpu = platform.processor()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        cpu = next((x.split(":")[1].strip() for x in lines if x.startswith("model name")), cpu)
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "capability": torch.backends.cpu.get_cpu_capability(),
    }
