"""How long until the course is open? A start, and the commands that compute nothing.

The peer is JupyterLab started by hand. Time is on the clock, since that is what somebody waits for:
until JupyterLab answers at the address that it prints, or until the command ends. CPU ms is what
all processes together have computed until then: it hardly changes on a busy machine.

    python benchmarks/start.py                        # the second start, and the commands
    python benchmarks/start.py --first uv --first pip # fresh clones: downloads up to some gigabytes

A first start has an empty home and empty caches, so it downloads all. `pip` has no uv on its path
and an empty folder of links, so that pip counts as set up by the user; `uv` has uv on its path;
`neither` has no uv, so that pip brings it; `wheels` is given a folder with --wheels.
"""

import contextlib
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import measure
import psutil
import typer
from measure import Row

from course.paths import ROOT
from course.setup import startup

PROGRAMS = Path(sys.executable).parent
PEER = "jupyter lab"


def rows(lesson: int, rounds: int) -> Iterator[Row]:
    """The ways to open a lesson, and two commands, beside JupyterLab alone.

    start.py is left out where it has not made the environment that this runs in.
    """
    lab = ["--no-browser", *(["--allow-root"] if running_as_root() else [])]
    start = [sys.executable, str(ROOT / "start.py"), str(lesson), "--no-browser"]
    course = str(PROGRAMS / "course")
    methods: dict[str, Callable[[], tuple[float, float]]] = {
        PEER: lambda: until_it_answers([str(PROGRAMS / "jupyter"), "lab", *lab]),
        "course lab": lambda: until_it_answers([course, "lab", str(lesson), "--no-browser"]),
        "course progress": lambda: until_it_ends([course, "progress"]),
        "course --help": lambda: until_it_ends([course, "--help"]),
    }
    if remembered():
        methods["start.py, again"] = lambda: until_it_answers(start)
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in methods}
    for _ in range(rounds):
        for name, method in methods.items():
            seconds[name].append(method())
    for name, times in seconds.items():
        ratios = [own / peer for (own, _), (peer, _) in zip(times, seconds[PEER], strict=True)]
        yield {
            "lesson": lesson,
            "method": name,
            "ms": 1000 * statistics.median(clock for clock, _ in times),
            "CPU ms": 1000 * statistics.median(cpu for _, cpu in times),
            f"/ {PEER}": statistics.median(ratios),
            f"/ {PEER}, from": min(ratios),
            f"/ {PEER}, to": max(ratios),
        }


def remembered() -> bool:
    """Whether start.py has installed all into this environment: else it would do so first."""
    known = startup.read_state().get(startup.LOCK) == startup.fingerprint(startup.LOCK)
    return known and PROGRAMS.parent == startup.VENV


def running_as_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def until_it_answers(command: list[str]) -> tuple[float, float]:
    """Seconds on the clock, and of CPU, until this JupyterLab answers. Then it is stopped."""
    begin = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        try:
            said = ""
            for line in server.stderr:
                said += line
                if address := re.search(r"http://127\.0\.0\.1:\S+", line):
                    break
            else:
                raise SystemExit(f"{' '.join(command)} ended: {said}")
            while not answers(address[0]):
                time.sleep(0.01)
            return time.perf_counter() - begin, cpu_seconds(server.pid)
        finally:
            stop(server.pid)


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=60) as page:
            return bool(page.read())
    except OSError:  # it prints its address a moment before it listens there
        return False


def until_it_ends(command: list[str]) -> tuple[float, float]:
    """Seconds on the clock, and of CPU, that a command takes."""
    begin = time.perf_counter()
    before = psutil.Process().cpu_times()
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    after = psutil.Process().cpu_times()
    cpu = after.children_user + after.children_system
    cpu -= before.children_user + before.children_system
    return time.perf_counter() - begin, cpu


def family(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def cpu_seconds(pid: int) -> float:
    """What a process and its living and ended children have computed."""
    seconds = 0.0
    for process in family(pid):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            seconds += times.user + times.system + times.children_user + times.children_system
    return seconds


def stop(pid: int) -> None:
    for process in reversed(family(pid)):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def first_start(kind: str, wheels: Path | None) -> Row:
    """One fresh clone, installed with an empty home: seconds, and bytes on the disk."""
    with tempfile.TemporaryDirectory() as folder:
        clone, own = Path(folder) / "clone", Path(folder) / "home"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        own.mkdir()
        path = [str(Path(sys.executable).resolve().parent), "/usr/bin", "/bin"]
        settings = {**os.environ, "HOME": str(own), "XDG_CACHE_HOME": str(own / "cache")}
        settings["PATH"] = os.pathsep.join(path)
        if kind == "uv":
            (own / "bin").mkdir()
            shutil.copy(PROGRAMS / "uv", own / "bin")
            settings["PATH"] = os.pathsep.join([str(own / "bin"), *path])
        elif kind == "pip":
            settings.setdefault("PIP_FIND_LINKS", str(own))
        elif kind == "wheels":
            if wheels is None:
                raise SystemExit("Say which folder of wheels: --wheels FOLDER.")
            shutil.copytree(wheels, clone / "wheels")
        begin = time.perf_counter()
        python = str(Path(sys.executable).resolve())
        command = [python, str(clone / "start.py"), "--install-only"]
        subprocess.run(command, env=settings, check=True)
        return {
            "first start": kind,
            "seconds": time.perf_counter() - begin,
            "GB in .venv": size(clone / ".venv") / 1e9,
        }


def size(folder: Path) -> int:
    """The bytes of all files in a folder."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sum(path.stat().st_size for path in files)


def first_starts(
    first: Annotated[list[str], typer.Option(help="pip, uv, neither or wheels.")],
    wheels: Annotated[Path | None, typer.Option(help="For --first wheels.")] = None,
) -> None:
    """Measure first starts, each in a fresh clone."""
    measured = [first_start(kind, wheels) for kind in first]
    for row in measured:
        print(row)


if __name__ == "__main__":
    if "--first" in sys.argv:
        typer.run(first_starts)
    else:
        measure.run(__file__, rows, sizes=[1], quick_size=1, one_core=False)
