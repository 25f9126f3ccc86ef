"""From a fresh clone to an open course: what `python start.py` does. Standard library only."""

import argparse
import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from course.errors import CourseError
from course.paths import ROOT, SOLUTIONS
from course.setup import installers

VENV = ROOT / ".venv"
LOCK = "requirements.txt"
TEST_LOCK = "requirements-test.txt"  # holds all of LOCK: tests/test_environment.py sees to it
GIGABYTE = 10**9
SPACE_NEEDED = 3 * GIGABYTE
STOPPED = 130  # the exit code that shells give to Ctrl-C

# What the lessons rest on, tried in the new environment before it is called finished.
TRIAL = """
import torch
x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
assert (x @ x).tolist() == [[7.0, 10.0], [15.0, 22.0]], "PyTorch multiplies wrongly"
import jupyterlab.labapp
import course.cli
"""


def main(words: Sequence[str]) -> int:
    """Do what the user asks for, and return the exit code. A mistake or a lack gives 2."""
    try:
        if words[:1] == ["test"]:
            return test(words[1:])
        return open_lab(words)
    except (CourseError, OSError) as error:
        print(f"start.py: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped. Start again whenever you like: it goes on from here.", file=sys.stderr)
        return STOPPED


def open_lab(words: Sequence[str]) -> int:
    """Open JupyterLab, after installing what is missing."""
    parser = argparse.ArgumentParser(
        prog="start.py",
        description="Set the course up and open it in JupyterLab.",
        epilog="Run every test: start.py test [--fast] [pytest's own arguments]",
    )
    parser.add_argument(
        "lesson", nargs="?", help="the lesson to open, for example 3; else the first"
    )
    parser.add_argument("--no-browser", action="store_true", help="print the address only")
    parser.add_argument(
        "--port", type=int, help="the port to use; else the first free one from 8888"
    )
    parser.add_argument(
        "--install-only", action="store_true", help="install what is missing, and open nothing"
    )
    options = parser.parse_args(words)
    install(LOCK)
    if options.install_only:
        print(f"Everything is installed in {VENV}.")
        return 0
    command = [str(program("course")), "lab"]
    command += [options.lesson] if options.lesson else []
    command += ["--no-browser"] if options.no_browser else []
    command += ["--port", str(options.port)] if options.port is not None else []
    print("Opening the course. To stop it, press Ctrl-C here.", flush=True)
    return run(command)


def test(words: Sequence[str]) -> int:
    """Run every test; `--fast` leaves out the browser, the notebooks and what is slow.

    The published models are got first; where they can't be had, what reads them is skipped.
    The other words are for pytest.
    """
    fast = "--fast" in words
    words = [word for word in words if word != "--fast"]
    install(TEST_LOCK)
    if run([str(program("course")), "models"]) != 0:
        print("Tests that read a published model will be skipped.", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        settings = {
            "OMP_NUM_THREADS": "1",  # sums come out the same on every machine
            "COURSE_PROGRESS": str(Path(folder) / "progress.json"),  # never the learner's own
        }
        return run(test_command(words, fast=fast), settings)


def test_command(words: Sequence[str], *, fast: bool) -> list[str]:
    """The pytest command: everything, unless the user's words name files or folders."""
    command = [str(program("python")), "-m", "pytest", "-n", "2", "--dist", "loadfile"]
    if any((ROOT / word.partition("::")[0]).exists() for word in words if word[:1] != "-"):
        return [*command, *words]
    command.append("tests")
    if fast:
        return [*command, "-m", "not browser and not slow", "-p", "no:nbval", *words]
    solutions = [str(path.relative_to(ROOT)) for path in sorted(SOLUTIONS.glob("*.ipynb"))]
    if solutions:
        command += [*solutions, "--nbval", "--nbval-current-env", "--nbval-cell-timeout=120"]
        command += ["--nbval-sanitize-with", "tests/nbval.cfg"]
    else:
        print("There is no notebook in solutions/ yet: only tests/ is run.", flush=True)
    return [*command, *words]


def install(lock: str) -> None:
    """Make .venv hold what `lock` names; do nothing where it does already.

    Raises CourseError, with what to do, where that is not possible.
    """
    state = read_state()
    wanted = fingerprint(lock)
    sound = works(program("python")) and state.get("root", str(ROOT)) == str(ROOT)
    if sound and state.get(lock) == wanted:
        return
    require_python(sys.version_info[:2])
    require_space()
    if state.pop("unfinished", False) or not sound:
        # Nothing half-made is mended piece by piece: the installer keeps its downloads, so
        # starting afresh is quick, and sure.
        make_venv()
        state = {}
    print(
        f"Installing the course's packages into {VENV} (some minutes the first time).", flush=True
    )
    write_state({"root": str(ROOT), "unfinished": True})  # stays, where the installer is stopped
    # An installer that gives up by itself takes back what it had begun: what was there is whole.
    whole = True
    for command in installers.commands(ROOT, program("python"), run):
        code = run([*command, "-r", lock])
        if code == 0:
            break
        whole = whole and code > 0
    else:
        if whole:
            write_state(state | {"root": str(ROOT)})
        raise CourseError(why_not_installed())
    try_out()
    held = (LOCK, TEST_LOCK) if lock == TEST_LOCK else (lock,)
    write_state({"root": str(ROOT)} | {name: fingerprint(name) for name in held})


def try_out() -> None:
    """Run TRIAL in the new environment. Raises CourseError, with what to do, where it fails."""
    print("Trying out what was installed.", flush=True)
    answer = subprocess.run(
        [str(program("python")), "-c", TRIAL],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if answer.returncode == 0:
        return
    lines = answer.stderr.strip().splitlines()
    said = lines[-1] if lines else f"Python ended with exit code {answer.returncode}"
    raise CourseError(
        f"What was installed does not work ({said}); the next start installs it afresh, and "
        f"should that end here too, {installers.another_way()}"
    )


def make_venv() -> None:
    """Make .venv afresh. Raises CourseError where this Python cannot."""
    print(f"Making a Python environment in {VENV}.", flush=True)
    if run([sys.executable, "-m", "venv", "--clear", str(VENV)]) == 0:
        return
    number = f"{sys.version_info.major}.{sys.version_info.minor}"
    raise CourseError(
        f"The environment could not be made; the lines above say why. On Debian and Ubuntu, "
        f"install what is missing with: sudo apt install python{number}-venv. Where a file is "
        f"in use, close every JupyterLab and delete the folder .venv. Then start again."
    )


def why_not_installed() -> str:
    """What a user should do after the installer gave up."""
    if shutil.disk_usage(ROOT).free < GIGABYTE // 2:
        return "The disk is full: free about 3 GB, and start again."
    if (ROOT / "wheels").is_dir():
        return (
            "The folder wheels/ does not hold all that is needed; the installer's last lines above "
            "name what is missing. Add it, or take the folder away to install from the network."
        )
    return (
        "The packages could not be installed; the installer's last lines above say why. Most "
        "often the network is missing: check that this computer is online (behind a proxy, set "
        "HTTPS_PROXY; with a mirror, set up pip or uv for it), and start again."
    )


def require_python(version: tuple[int, ...]) -> None:
    """Refuse a Python that is too new for the lock; start.py has refused one that is too old."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    newest = project["requires-python"].partition("<")[2]
    if version >= tuple(int(part) for part in newest.split(".")):
        raise CourseError(
            f"This is Python {version[0]}.{version[1]}, for which PyTorch's build is not out yet: "
            f"a Python from 3.11 up to, but not including, {newest} is needed. "
            f"Install one and start with it, for example: python3.12 start.py"
        )


def require_space() -> None:
    """Refuse to begin on a disk that is too full."""
    free = shutil.disk_usage(ROOT).free
    if free < SPACE_NEEDED:
        raise CourseError(
            f"There is {free / GIGABYTE:.1f} GB of free space on the disk of {ROOT}, and about "
            f"{SPACE_NEEDED // GIGABYTE} GB is needed: free some, and start again."
        )


def fingerprint(lock: str) -> str:
    """A hash of all that decides what is installed."""
    texts = [(ROOT / name).read_bytes() for name in (lock, "pyproject.toml")]
    return hashlib.sha256(b"\0".join(texts)).hexdigest()


def state_file() -> Path:
    """Where .venv remembers what was installed into it, and for which folder."""
    return VENV / "course-start.json"


def read_state() -> dict[str, object]:
    """What .venv remembers; nothing where it is new, or where the file cannot be read."""
    with contextlib.suppress(OSError, ValueError):
        state = json.loads(state_file().read_text(encoding="utf-8"))
        if isinstance(state, dict):
            return state
    return {}


def write_state(state: Mapping[str, object]) -> None:
    """Remember `state` in .venv."""
    state_file().write_text(json.dumps(state, indent=1) + "\n", encoding="utf-8")


def program(name: str) -> Path:
    """The path of a program in .venv, on this system."""
    if os.name == "nt":
        return VENV / "Scripts" / f"{name}.exe"
    return VENV / "bin" / name


def works(python: Path) -> bool:
    """Whether this Python starts and has pip: a half-made environment fails in one of the two."""
    return installers.ask([str(python), "-c", "import pip"]) is not None


def run(command: Sequence[str], settings: Mapping[str, str] | None = None) -> int:
    """Run a program in the course's folder, in view of the user, and return its exit code.

    Ctrl-C reaches the program too, and it is for the program to answer: it may want to ask first.
    """
    interrupted = False
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, **(settings or {})}) as process:
        while True:
            try:
                code = process.wait()
                break
            except KeyboardInterrupt:
                interrupted = True
    if interrupted and code != 0:
        raise KeyboardInterrupt
    return code
