"""`course bundle`: a folder for a stick, from which the course starts without a network."""

import io
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

from course import paths
from course.errors import CourseError
from course.setup import installers
from course.setup.models import download_models
from course.setup.startup import LOCK, run

Run = Callable[[Sequence[str]], int]
COURSE = "attention"  # the folder on the stick that holds the course
# What builds the course's own package, where pip makes it: hatchling, and what that is made of.
BUILD = ("hatchling==1.27.0", "editables", "packaging", "pathspec", "pluggy", "trove-classifiers")
LOCAL = (".git", ".venv", ".course", "wheels", "__pycache__", ".pytest_cache", ".ruff_cache")
MEGABYTE = 10**6
NO_CPU_BUILD = (
    "PyTorch's build for Linux without a graphics card is in none of the places that pip and uv "
    "know here, so computers with Linux will need a network for PyTorch. Where you have that wheel "
    "in a folder: course bundle … --find-links FOLDER"
)
PAGE = """\
How to start the course without a network

1. Copy the folder {course} from here onto the computer: not onto the stick, which is too slow.
2. Python {pythons} has to be there. If it is not: python.org (that needs a network, once).
3. In a terminal, in that folder: python start.py
   It installs the packages from the folder wheels/ beside it, and opens the first lesson.
4. The published models of some lessons: .venv/bin/course models
   (on Windows .venv\\Scripts\\course models). They are {models}.

Packages are here for: {systems}.
"""


@dataclass(frozen=True)
class System:
    """A kind of computer: what the lock's markers call it, and which wheels it takes."""

    title: str
    sys_platform: str
    platform_system: str
    machine: str
    tags: tuple[str, ...]


LINUX = tuple(f"manylinux_2_{minor}_x86_64" for minor in (28, 27, 26, 24, 17, 12, 5))
SYSTEMS = {
    "linux": System(
        "Linux", "linux", "Linux", "x86_64",
        (*LINUX, "manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64"),
    ),
    "windows": System("Windows", "win32", "Windows", "AMD64", ("win_amd64",)),
    "macos": System("macOS", "darwin", "Darwin", "arm64", ("macosx_14_0_arm64",)),
}  # fmt: skip


def bundle(
    folder: Path,
    *,
    systems: Sequence[str] = (),
    pythons: Sequence[str] = (),
    find_links: Path | None = None,
    models: bool = True,
    run: Run = run,
) -> None:
    """Fill a new folder with the course, its packages, and a page that says how to start.

    systems     of SYSTEMS; all if none are named
    pythons     versions, such as "3.12"; this one if none are named
    find_links  a folder with wheels that are to be had nowhere else, such as PyTorch's CPU build

    Raises CourseError for a folder that is not empty, an unknown system or Python, and where
    packages can't be had.
    """
    systems = list(systems) or list(SYSTEMS)
    pythons = list(pythons) or ["{}.{}".format(*sys.version_info)]
    _refuse(folder, systems, pythons)
    wheels = folder / COURSE / "wheels"
    _copy_course(folder / COURSE)
    wheels.mkdir()
    print(f"The course itself: {megabytes(folder):.0f} MB.", flush=True)
    get = _getter(wheels, find_links, run)
    for name in systems:
        for python in pythons:
            system = SYSTEMS[name]
            oldest, newest = (wanted(system, f"{python}.{patch}") for patch in (0, 99))
            newer = [pin for pin in newest if pin not in oldest]  # pip takes one of each at a time
            if not get(oldest, system, f"{python}.0") or (
                newer and not get(newer, system, f"{python}.99")
            ):
                raise CourseError(
                    f"Not every package for {system.title} and Python {python} could be "
                    "had; pip's last lines above say which. What is there so far stays."
                )
            if name == "linux" and not _get_cpu_build(get, f"{python}.0"):
                print(NO_CPU_BUILD, flush=True)
            count = len(list(wheels.iterdir()))
            print(
                f"{system.title}, Python {python}: now {count} packages, "
                f"{megabytes(wheels):.0f} MB.",
                flush=True,
            )
    if models:
        download_models(wheels)
    page = PAGE.format(
        course=COURSE,
        pythons=" or ".join(pythons),
        models="here too" if models else "not here, and need a network",
        systems=", ".join(SYSTEMS[name].title for name in systems),
    )
    (folder / "START_HERE.txt").write_text(page, encoding="utf-8")
    print(f"{folder}: {megabytes(folder):.0f} MB in all. START_HERE.txt says the rest.")


def wanted(system: System, python: str) -> list[str]:
    """The lock's pins for a system and a Python, and what builds ours; no PyTorch for Linux yet.

    python  with all its parts, "3.12.0": a few packages have another version for its first ones
    """
    environment = {
        "sys_platform": system.sys_platform,
        "platform_system": system.platform_system,
        "platform_machine": system.machine,
        "os_name": "nt" if system.sys_platform == "win32" else "posix",
        "python_version": python.rpartition(".")[0],
        "python_full_version": python,
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    found = []
    for line in (paths.ROOT / LOCK).read_text(encoding="utf-8").splitlines():
        if not line[:1].isalnum():
            continue  # a comment, or the course itself
        one = Requirement(line)
        if one.marker is not None and not one.marker.evaluate(environment):
            continue
        if not (one.name == "torch" and system.sys_platform == "linux"):
            found.append(f"{one.name}{one.specifier}")
    return found + [name for name in BUILD if name.partition("==")[0] not in map(_name, found)]


def _name(pin: str) -> str:
    return pin.partition("==")[0]


def megabytes(folder: Path) -> float:
    """How much a folder holds."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / MEGABYTE


def _refuse(folder: Path, systems: Sequence[str], pythons: Sequence[str]) -> None:
    if folder.exists() and any(folder.iterdir()):
        raise CourseError(f"{folder} is not empty: name a new folder.")
    for name in systems:
        if name not in SYSTEMS:
            raise CourseError(f"There is no system {name!r}; there are {', '.join(SYSTEMS)}.")
    for python in pythons:
        if python not in ("3.11", "3.12", "3.13", "3.14"):
            raise CourseError(f"The course runs with Python 3.11 to 3.14, not with {python!r}.")


def _copy_course(to: Path) -> None:
    """The course as it was handed out; where git does not know it, as it is."""
    if (paths.ROOT / ".git").exists():
        command = ["git", "-C", str(paths.ROOT), "archive", "--format=tar", "HEAD"]
        answer = subprocess.run(command, capture_output=True, check=False)
        if answer.returncode != 0:
            raise CourseError(f"git archive does not go: {answer.stderr.decode().strip()}")
        with tarfile.open(fileobj=io.BytesIO(answer.stdout)) as archive:
            archive.extractall(to, filter="data")
    else:
        shutil.copytree(paths.ROOT, to, ignore=shutil.ignore_patterns(*LOCAL))


Get = Callable[..., bool]


def _getter(wheels: Path, find_links: Path | None, run: Run) -> Get:
    """A function that gets wheels of pins for a system and a Python; says whether it got all."""
    plain = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check"]
    plain += ["--quiet", "--quiet"]  # its errors alone
    plain += ["--no-deps", "--only-binary", ":all:", "--dest", str(wheels)]
    if find_links is not None:
        plain += ["--find-links", str(find_links)]

    def get(pins: Sequence[str], system: System, python: str, *more: str) -> bool:
        tags = [word for tag in system.tags for word in ("--platform", tag)]
        tags += ["--implementation", "cp", "--python-version", python]
        with tempfile.TemporaryDirectory() as place:
            lock = Path(place, "wanted.txt")
            lock.write_text("\n".join(pins) + "\n", encoding="utf-8")
            return run([*plain, *tags, *more, "-r", str(lock)]) == 0

    return get


def _get_cpu_build(get: Get, python: str) -> bool:
    """PyTorch's build without graphics cards: where pip looks, else from the index uv knows."""
    pin = f"{installers.pin(paths.ROOT, 'torch')}+cpu"
    linux = SYSTEMS["linux"]
    if get([pin], linux, python):
        return True
    return any(get([pin], linux, python, "--index-url", index) for index in _index_of_cpu_builds())


def _index_of_cpu_builds() -> Iterator[str]:
    """The address that uv has for PyTorch's CPU builds, if it is here and can reach it."""
    uv = installers.find_uv()
    if uv is None:
        return
    words = [
        "--torch-backend=cpu",
        "--no-deps",
        "--emit-index-annotation",
        "--no-header",
        "--quiet",
    ]
    with tempfile.TemporaryDirectory() as place:
        asked = Path(place, "torch.in")
        asked.write_text(installers.pin(paths.ROOT, "torch"), encoding="utf-8")
        said = installers.ask(
            [uv, "pip", "compile", "--quiet", *words, str(asked)], {"UV_HTTP_RETRIES": "0"}
        )
    yield from (line.split()[-1] for line in (said or "").splitlines() if "# from " in line)
