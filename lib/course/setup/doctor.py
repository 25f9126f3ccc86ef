"""Is this machine ready for the course? Each check looks at the real thing and says what to do."""

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import metadata
from typing import Literal

import psutil
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from course import paths
from course.models.packages import MODELS, Published
from course.record import store
from course.setup import installers

Verdict = Literal["good", "be aware", "must fix"]
COLOURS: dict[Verdict, str] = {"good": "green", "be aware": "yellow", "must fix": "bold red"}
PROJECT = "attention-built-step-by-step"
REINSTALL = "Delete the folder .venv, and run: python start.py"
GIGABYTE = 10**9
GLYPHS = "√●○→·×≤−"  # beyond ASCII, what titles and labels of our pictures use
KERNEL_SECONDS = 60


@dataclass(frozen=True)
class Finding:
    """What one check found: `what` was looked at, what was `found`, and, if need be, `advice`."""

    what: str
    verdict: Verdict
    found: str
    advice: str = ""


def examine(kernel: bool = True) -> list[Finding]:
    """Look at this machine; `kernel=False` leaves out starting a Jupyter kernel (some seconds)."""
    afresh = f"{REINSTALL}; if that ends here again, {installers.another_way()}"
    findings = [
        check_python(platform.python_version()),
        check_packages(paths.ROOT.joinpath("requirements.txt").read_text(encoding="utf-8")),
        attempt("PyTorch", check_torch, afresh),
        check_memory(psutil.virtual_memory().available),
        check_cores(usable_cores()),
        check_disk(shutil.disk_usage(paths.ROOT).free),
        attempt("font", check_font),
        check_progress_folder(),
        *(check_model(name, model) for name, model in MODELS.items()),
    ]
    if kernel:
        findings.append(attempt("kernel", check_kernel))
    return findings


def doctor() -> None:
    """Show in a notebook what `course doctor` shows; the kernel runs already, as you see."""
    Console().print(as_table(examine(kernel=False)))


def as_table(findings: Iterable[Finding]) -> Table:
    """The findings as a table, a row each."""
    table = Table("what", "verdict", "found", "what to do", title="Is this machine ready?")
    for finding in findings:
        verdict = f"[{COLOURS[finding.verdict]}]{finding.verdict}[/]"
        table.add_row(finding.what, verdict, escape(finding.found), escape(finding.advice))
    return table


def usable(findings: Iterable[Finding]) -> bool:
    """Whether the course can be worked through as things are."""
    return all(finding.verdict != "must fix" for finding in findings)


def attempt(what: str, check: Callable[[], Finding], advice: str = REINSTALL) -> Finding:
    """What `check` finds. A check that breaks has found something too: a broken package."""
    try:
        return check()
    except Exception as error:
        return Finding(what, "must fix", f"{type(error).__name__}: {error}", advice)


def check_python(version: str) -> Finding:
    """Python's version, against what the course says it needs."""
    needed = SpecifierSet(metadata.metadata(PROJECT)["Requires-Python"])
    if needed.contains(version, prereleases=True):
        return Finding("Python", "good", version)
    return Finding("Python", "must fix", version, f"Install a Python that is {needed}.")


def check_packages(lock: str) -> Finding:
    """The installed packages, against the lock's text."""
    pins = [Requirement(line) for line in lock.splitlines() if "==" in line]
    wanted = {pin.name: pin for pin in pins if pin.marker is None or pin.marker.evaluate()}
    present = {name: version for name in wanted if (version := installed_version(name))}
    if missing := sorted(wanted.keys() - present.keys()):
        return Finding("packages", "must fix", f"missing: {', '.join(missing)}", REINSTALL)
    # A build's own label, as in 2.13.0+cpu, is no other version.
    other = [
        f"{name} {version} for {pin.specifier}"
        for name, pin in wanted.items()
        if not pin.specifier.contains((version := present[name]).public, prereleases=True)
    ]
    if other:
        return Finding("packages", "be aware", f"not as in the lock: {', '.join(other)}", REINSTALL)
    return Finding("packages", "good", f"all {len(wanted)} as in the lock")


def installed_version(name: str) -> Version | None:
    """The version of an installed package, or None."""
    try:
        return Version(metadata.version(name))
    except metadata.PackageNotFoundError:
        return None


def check_torch() -> Finding:
    """A matrix product and its gradient, against numbers worked out by hand."""
    import torch

    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])  # (2, 2)
    w = torch.tensor([[5.0], [6.0]], requires_grad=True)  # (2, 1)
    y = x @ w  # (2, 1)
    y.sum().backward()
    right = y.flatten().tolist() == [17.0, 39.0]
    if right and w.grad is not None and w.grad.flatten().tolist() == [4.0, 6.0]:
        return Finding("PyTorch", "good", f"{torch.__version__}: a product and its gradient")
    return Finding("PyTorch", "must fix", "a matrix product came out wrong", REINSTALL)


def check_memory(free: int) -> Finding:
    """Memory in bytes that a lesson could use."""
    found = f"{free / GIGABYTE:.1f} GB free"
    if free < GIGABYTE:
        return Finding("memory", "must fix", found, "A lesson needs 1 GB: close other programs.")
    if free < 2 * GIGABYTE:
        return Finding("memory", "be aware", found, "Keep one lesson open at a time.")
    return Finding("memory", "good", found)


def usable_cores() -> int:
    """How many processor cores this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return psutil.cpu_count() or 1


def check_cores(cores: int) -> Finding:
    """Processor cores: the lessons' times are meant for two."""
    if cores < 2:
        return Finding("processor", "be aware", "1 core", "Lessons take about twice as long.")
    return Finding("processor", "good", f"{cores} cores")


def check_disk(free: int) -> Finding:
    """Free bytes on the course's disk."""
    found = f"{free / GIGABYTE:.1f} GB free"
    if free < GIGABYTE // 10:
        return Finding("disk", "must fix", found, "Notebooks cannot be saved: free some space.")
    if free < GIGABYTE:
        return Finding("disk", "be aware", found, "Free some space before it runs out.")
    return Finding("disk", "good", found)


def check_font(glyphs: str = GLYPHS) -> Finding:
    """Whether the pictures' font can draw all of `glyphs`."""
    from matplotlib import font_manager, ft2font

    font = font_manager.findfont("DejaVu Sans")
    drawable = ft2font.FT2Font(font).get_charmap()  # code point -> glyph
    if lacking := [glyph for glyph in glyphs if ord(glyph) not in drawable]:
        found = f"cannot draw {' '.join(lacking)}"
        return Finding("font", "be aware", found, "Some labels show boxes: reinstall matplotlib.")
    return Finding("font", "good", f"DejaVu Sans draws {glyphs}")


def check_progress_folder() -> Finding:
    """Whether the learner's progress can be written where it belongs."""
    folder = store.progress_file().parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x")
    except OSError as error:
        advice = f"Make {folder} writable, or name another file in COURSE_PROGRESS."
        return Finding("progress", "must fix", error.strerror or str(error), advice)
    return Finding("progress", "good", f"can be written in {folder.name}/")


def check_model(name: str, model: Published) -> Finding:
    """Whether a published model is here. The first start leaves it out: no fault."""
    what = f"model {name}"
    if model.is_as_pinned():
        return Finding(what, "good", f"{model.title} is here")
    get = f"for its {model.megabytes} MB, run: course models"
    if model.file() is not None:
        return Finding(
            what, "be aware", "here, but not as pinned", f"As the lessons read it: {get}"
        )
    return Finding(what, "good", "not here, nor needed to begin", f"Some lessons read it: {get}")


def check_kernel() -> Finding:
    """Start a Jupyter kernel, and ask it which Python it is."""
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(
        kernel_name="python3", startup_timeout=KERNEL_SECONDS, stderr=subprocess.DEVNULL
    )
    try:
        reply = client.execute_interactive(
            "import sys", user_expressions={"prefix": "sys.prefix"}, timeout=KERNEL_SECONDS
        )
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    prefix = reply["content"]["user_expressions"]["prefix"]["data"]["text/plain"]
    if prefix != repr(sys.prefix):
        advice = "Remove the other kernel: jupyter kernelspec remove python3"
        return Finding("kernel", "must fix", f"another Python's starts: {prefix}", advice)
    return Finding("kernel", "good", "starts and answers")
