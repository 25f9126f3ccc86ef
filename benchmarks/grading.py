"""How many hand-ins of lesson 01 are graded in a minute, and with how much memory?

An honest mix, drawn by a seed: right, partly right, blank, with cells and magics of the learner's
own. `course grade` grades all of them behind walls, with a process for each core. nbgrader's
autograde grades the first few of the same, as many at once as there are cores: it has no pool of
its own, so each process gets its share in a folder of its own. Both times hold the start.
python benchmarks/grading.py [--quick]
"""

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import measure
import psutil

from course import paths

with measure.peers():
    import nbgrader  # noqa: F401  so that it is known at once where it is missing

LARGEST_FOR_NBGRADER = 10  # it takes some seconds for each
SECONDS_BETWEEN_LOOKS = 2.0  # at memory: to look takes time that the graders then lack
LARGEST_FOR_ROUNDS = 200  # more than so many are graded once
NOTEBOOK = "01_attention_is_a_soft_lookup.ipynb"
ANSWERS = {
    "01.1": [
        "def agreement_scores(queries, keys):\n    return queries @ keys.T\n",
        "def agreement_scores(queries, keys):\n    return np.einsum('id,jd->ij', queries, keys)\n",
        "def agreement_scores(queries, keys):\n    return keys @ queries.T\n",
        "def agreement_scores(queries, keys):\n    return queries * keys\n",
    ],
    "01.2": [
        "def attention_weights(scores):\n"
        "    shifted = np.exp(scores - scores.max(axis=-1, keepdims=True))\n"
        "    return shifted / shifted.sum(axis=-1, keepdims=True)\n",
        "def attention_weights(scores):\n"
        "    return np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)\n",
        "def attention_weights(scores):\n    return np.exp(scores) / np.exp(scores).sum()\n",
    ],
    "01.3": [
        "def soft_look_up(queries, keys, values):\n"
        "    return attention_weights(agreement_scores(queries, keys)) @ values\n",
        "def soft_look_up(queries, keys, values):\n"
        "    return agreement_scores(queries, keys) @ values\n",
    ],
    "01.4": [
        "def attention(query, key, value):\n"
        "    weights = (query @ key.mT / key.shape[-1] ** 0.5).softmax(dim=-1)\n"
        "    return weights @ value, weights\n",
        "def attention(query, key, value):\n"
        "    weights = (query @ key.mT).softmax(dim=-1)\n"
        "    return weights @ value, weights\n",
        "def attention(query, key, value)\n    return query\n",
    ],
    "01.5": [
        "def self_attention(x, w_q, w_k, w_v):\n    return attention(x @ w_q, x @ w_k, x @ w_v)\n",
        "def self_attention(x, w_q, w_k, w_v):\n    return attention(x, x, x)\n",
    ],
}
OWN_CELLS = [
    "%matplotlib inline",
    "!pwd",
    "print(weights)",
    "%%time\nsum(range(1000))",
    "x = 1 / 0",
]


def write_hand_ins(folder: Path, count: int) -> None:
    """Write folder/p0000/lesson01/01_….ipynb and so on, the same for each call."""
    drawn = random.Random(0)
    blank = (paths.NOTEBOOKS / NOTEBOOK).read_text("utf-8")
    for number in range(count):
        book = json.loads(blank)
        answers = [cell for cell in book["cells"] if "exercise" in cell["metadata"].get("tags", [])]
        for cell in answers:
            variants = ANSWERS[cell["metadata"]["exercise"]]
            if drawn.random() < 0.9:  # else it is left blank
                right = drawn.random() < 0.7
                cell["source"] = variants[0] if right else drawn.choice(variants)
        if drawn.random() < 0.3:
            own = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
            at = drawn.randrange(10, len(book["cells"]))
            book["cells"].insert(at, {**own, "id": "own", "source": drawn.choice(OWN_CELLS)})
        path = folder / f"p{number:04}" / "lesson01" / NOTEBOOK
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(book), "utf-8")


def rows(hand_ins: int, rounds: int) -> Iterator[measure.Row]:
    few = min(hand_ins, LARGEST_FOR_NBGRADER)
    counts = {"course grade": hand_ins, "nbgrader autograde": few}
    taken: dict[str, list[float]] = {name: [] for name in counts}
    peaks = dict.fromkeys(counts, 0)
    for _ in range(rounds if hand_ins <= LARGEST_FOR_ROUNDS else 1):
        with tempfile.TemporaryDirectory() as folder:
            write_hand_ins(Path(folder) / "in", hand_ins)
            for name, commands in {
                "course grade": [_ours(Path(folder))],
                "nbgrader autograde": _theirs(Path(folder), few),
            }.items():
                seconds, peak = _run_at_once(commands)
                taken[name].append(1000 * seconds / counts[name])
                peaks[name] = max(peaks[name], peak)
    for name, each in taken.items():
        ratios = [one / other for one, other in zip(each, taken["nbgrader autograde"], strict=True)]
        ms = statistics.median(each)
        yield {
            "hand-ins": hand_ins,
            "method": name,
            "graded": counts[name],
            "ms": ms,
            "a minute": 60_000 / ms,
            "/ nbgrader": statistics.median(ratios),
            "/ nbgrader, from": min(ratios),
            "/ nbgrader, to": max(ratios),
            "times as many": 1 / statistics.median(ratios),
            "peak MiB": peaks[name] / 2**20,
        }


def _ours(folder: Path) -> list[str]:
    program = "from course.cli import app; app()"
    words = ["grade", str(folder / "in"), "--out", str(folder / "out"), "--workers", str(_cores())]
    return [sys.executable, "-c", program, *words]


def _theirs(folder: Path, count: int) -> list[list[str]]:
    """A course for each core, with its share of the hand-ins, and the commands that grade them."""
    commands = []
    people = sorted((folder / "in").iterdir())[:count]
    for core in range(min(_cores(), count)):
        course = folder / f"course{core}"
        source = course / "source" / "lesson01"
        source.mkdir(parents=True)
        (source / NOTEBOOK).write_bytes((paths.SOLUTIONS / NOTEBOOK).read_bytes())
        for person in people[core :: _cores()]:
            target = course / "submitted" / person.name
            target.parent.mkdir(exist_ok=True)
            target.symlink_to(person)
        command = [sys.executable, "-m", "nbgrader"]
        place = ["lesson01", f"--course-dir={course}"]
        subprocess.run(
            [*command, "generate_assignment", *place], check=True, capture_output=True,
            env=_environment(),
        )  # fmt: skip
        commands.append([*command, "autograde", "--create", *place])
    return commands


def _run_at_once(commands: list[list[str]]) -> tuple[float, int]:
    """Seconds until the last one is done, and the most memory that all processes had together."""
    ended = threading.Event()
    peak = 0

    def look() -> None:
        nonlocal peak
        while not ended.wait(SECONDS_BETWEEN_LOOKS):
            family = psutil.Process().children(recursive=True)
            peak = max(peak, sum(map(_memory, family)))

    watch = threading.Thread(target=look)
    watch.start()
    started = time.monotonic()
    running = [
        subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=_environment()
        )
        for command in commands
    ]
    codes = [process.wait() for process in running]
    seconds = time.monotonic() - started
    ended.set()
    watch.join()
    if any(codes):
        raise SystemExit(f"a grader gave up: {codes}")
    return seconds, peak


def _memory(process: psutil.Process) -> int:
    """Bytes, a page that several processes share in equal parts; 0 where the process is gone."""
    try:
        return int(process.memory_full_info().pss)
    except (psutil.Error, OSError, AttributeError):
        return 0


def _environment() -> dict[str, str]:
    programs = str(Path(sys.executable).parent)
    path = os.pathsep.join([programs, os.environ.get("PATH", os.defpath)])
    return {**os.environ, "PATH": path, "OMP_NUM_THREADS": "1"}


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


if __name__ == "__main__":
    measure.run(__file__, rows, sizes=[100, 1000], quick_size=4, one_core=False)
