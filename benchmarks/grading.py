"""How many hand-ins of lesson 01 are graded in a minute, and with how much memory?

The peer is nbgrader's autograde, on the first of the same hand-ins and on the same cores: a process
for each core there, each with its share. Ours runs as an instructor would run it, with the walls.
Time is the whole command's, from its start to its end.
python benchmarks/grading.py [--quick]
"""

import copy
import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import measure
import psutil

from course import home

NAME = "01_attention_is_a_soft_lookup.ipynb"
PEERS_SHARE = 12  # hand-ins that nbgrader gets: more would only take longer
NOT_YET = {
    "exercise-01-1": "def agreement_scores(queries, keys):\n    return keys @ queries.T",
    "exercise-01-2": "def attention_weights(scores):\n    return scores / scores.sum()",
    "exercise-01-4": "def attention(query, key, value)\n    return value",
}
HELPER = "def helper(x):\n    return x.sum()\n\nhelper(np.ones(3))"


def make(count: int, folder: Path) -> list[Path]:
    """Honest hand-ins: exercises right, not yet and blank, here and there a cell of one's own."""
    rng = random.Random(0)
    solved = json.loads((home.SOLUTIONS / NAME).read_text("utf-8"))
    blank = json.loads((home.NOTEBOOKS / NAME).read_text("utf-8"))
    paths = []
    for number in range(count):
        notebook = copy.deepcopy(blank)
        skill = rng.random() ** 0.5
        for cell, solution in zip(notebook["cells"], solved["cells"], strict=True):
            grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
            if grade_id.startswith("exercise"):
                if rng.random() < skill:
                    cell["source"] = solution["source"]
                elif rng.random() < 0.7:
                    cell["source"] = NOT_YET.get(grade_id, cell["source"])
        if rng.random() < 0.3:
            extra = {"cell_type": "code", "source": HELPER, "metadata": {}, "id": "own"}
            notebook["cells"].insert(4, extra | {"outputs": [], "execution_count": None})
        paths.append(folder / f"learner_{number:05d}" / NAME)
        paths[-1].parent.mkdir(parents=True)
        paths[-1].write_text(json.dumps(notebook), "utf-8")
    return paths


def timed(commands: list[list[str]], folders: list[Path], progress: Path) -> tuple[float, float]:
    """Run commands side by side; the seconds until all are done, and the most MiB held at once."""
    environment = {
        **os.environ,
        "COURSE_PROGRESS": str(progress),
        "OMP_NUM_THREADS": "1",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    start = time.perf_counter()
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    running = [
        subprocess.Popen(command, cwd=folder, env=environment, **quiet)
        for command, folder in zip(commands, folders, strict=True)
    ]
    most = 0.0
    while any(process.poll() is None for process in running):
        most = max(most, sum(memory_of(process.pid) for process in running))
        time.sleep(0.25)
    if any(process.returncode for process in running):
        raise RuntimeError(f"{commands[0]} failed: {[p.returncode for p in running]}")
    return time.perf_counter() - start, most


def memory_of(pid: int) -> float:
    """MiB of a process and its descendants; what they share counts once."""
    total = 0
    try:
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    except psutil.Error:
        return 0.0
    for process in family:
        try:
            total += process.memory_full_info().pss
        except psutil.Error:
            continue
    return total / 2**20


def grade_by_nbgrader(hand_ins: list[Path], folder: Path) -> tuple[float, float]:
    """Autograde the hand-ins, a process for each core."""
    cores = os.cpu_count() or 1
    folders = [folder / f"course-{core}" for core in range(cores)]
    for core, course in enumerate(folders):
        (course / "source" / "01").mkdir(parents=True)
        shutil.copy(home.NOTEBOOKS / NAME, course / "source" / "01" / NAME)
        command = [sys.executable, "-m", "nbgrader", "generate_assignment", "01"]
        timed([command], [course], folder / "progress.json")
        for path in hand_ins[core::cores]:
            place = course / "submitted" / path.parent.name / "01" / NAME
            place.parent.mkdir(parents=True)
            shutil.copy(path, place)
    command = [sys.executable, "-m", "nbgrader", "autograde", "01"]
    return timed([command] * cores, folders, folder / "progress.json")


def rows(count: int, rounds: int) -> Iterator[measure.Row]:
    """`rounds` is not used: a run is long enough, and both take place within it."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, range(os.cpu_count() or 1))
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        hand_ins = make(count, folder / "hand-ins")
        share = hand_ins[: min(PEERS_SHARE, count)]
        seconds, memory = grade_by_nbgrader(share, folder / "nbgrader")
        peers_rate = 60 * len(share) / seconds
        command = [sys.executable, "-c", "from course.cli import app; app()", "grade"]
        command += [str(folder / "hand-ins"), "--out", str(folder / "marks")]
        our_seconds, our_memory = timed([command], [folder], folder / "progress.json")
        rate = 60 * count / our_seconds
    columns = ("hand-ins", "method", "graded", "a minute", "/ nbgrader", "MiB")
    ours = (count, "course grade", count, rate, rate / peers_rate, our_memory)
    peers = (count, "nbgrader autograde", len(share), peers_rate, 1.0, memory)
    yield from (dict(zip(columns, row, strict=True)) for row in (ours, peers))


if __name__ == "__main__":
    measure.run(__file__, rows, sizes=[100, 1000], quick_size=2)
