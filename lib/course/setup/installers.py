"""Which program installs the packages, and from where. Standard library only.

A folder wheels/ beside start.py holds all that is needed: no network is used. Else, what the user
has set up decides, and nothing is added to it. uv does not read what pip is told, and pip does not
read what uv is told; where both are told something, uv installs, since pip is often set up for a
whole machine, and UV_* by the person who starts the course. Where neither is told anything, uv
installs, and takes PyTorch's CPU build on a Linux machine that has no NVIDIA driver.
"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

Run = Callable[[Sequence[str]], int]

# Settings that choose where packages come from, or which. As pip and uv write them in their files;
# in the environment they are called PIP_INDEX_URL or UV_INDEX_URL.
CHOICES = {
    *("index", "index-url", "extra-index-url", "default-index", "find-links", "no-index"),
    *("constraint", "build-constraint", "constraint-dependencies", "build-constraint-dependencies"),
    *("override", "override-dependencies", "exclude", "exclude-dependencies", "exclude-newer"),
    *("no-binary", "only-binary", "prefer-binary", "index-strategy", "torch-backend", "offline"),
    *("proxy", "trusted-host"),  # pip's own: uv would not find the way
}
GRAPHICS = (
    "PyTorch comes with libraries for graphics cards, which the course does not use: about 5 GB "
    "are installed instead of 1.3."
)


def commands(root: Path, python: Path, run: Run, *, with_torch: bool = True) -> Iterator[list[str]]:
    """The commands that install into the environment of `python`: the next where one has failed.

    `run` runs a program in view of the user, and returns its exit code. What is installed is added
    to the command: `-r requirements.txt`. Where PyTorch is not among it, nothing is said of it.
    """
    pip = [str(python), "-m", "pip", "install", "--disable-pip-version-check"]
    found = find_uv()
    if (wheels := root / "wheels").is_dir():
        print("Installing from the folder wheels/, without a network.", flush=True)
        command = uv_install(found, python) if found else pip
        yield [*command, "--no-index", "--find-links", str(wheels)]
        return
    chosen = uv_is_set_up(root)
    if not chosen and pip_is_set_up(python):
        yield pip
        return
    brought = None
    if found is None and run([*pip, "--quiet", pin(root, "uv")]) == 0:
        brought = str(python.with_name("uv.exe" if os.name == "nt" else "uv"))
    if uv := found or brought:
        command = uv_install(uv, python)
        plain = chosen or not with_torch
        yield command if plain else [*command, *cpu_build(root, python, command)]
        if chosen:
            return
    if found is None:
        if sys.platform == "linux" and not chosen and with_torch:
            print(f"Without uv, pip installs everything. {GRAPHICS}", flush=True)
        yield pip


def find_uv() -> str | None:
    """The uv on the path, if it works: pyenv puts one there that may only say it is missing."""
    uv = shutil.which("uv")
    return uv if uv and ask([uv, "--version"]) is not None else None


def uv_install(uv: str, python: Path) -> list[str]:
    """uv's command that installs into the environment of `python`."""
    return [uv, "pip", "install", "--python", str(python)]


def cpu_build(root: Path, python: Path, command: Sequence[str]) -> list[str]:
    """What is added to uv's `command` for PyTorch's CPU build, where it is wanted and to be had.

    Only Linux has another by default. It is asked for by a trial, without patience: where
    PyTorch's own index cannot be reached, one line says what comes instead. Where the lock's
    PyTorch is there already, whichever build it is, it stays.
    """
    if sys.platform != "linux" or has_nvidia_driver() or is_there(python, pin(root, "torch")):
        return []
    words = ["--torch-backend=cpu"]
    trial = [*command, *words, "--dry-run", "--no-deps", pin(root, "torch")]
    if ask(trial, {"UV_HTTP_RETRIES": "0"}) is not None:
        return words
    print(f"PyTorch's own index of CPU builds cannot be reached. {GRAPHICS}", flush=True)
    return []


def is_there(python: Path, pinned: str) -> bool:
    """Whether the environment of `python` holds what a line of the lock pins."""
    name, _, version = pinned.partition("==")
    code = f"from importlib.metadata import version; print(version({name!r}))"
    said = ask([str(python), "-c", code])
    return said is not None and said.strip().partition("+")[0] == version


def another_way() -> str:
    """What is left to do where the packages, installed afresh, do not work either."""
    if sys.platform == "linux" and "UV_TORCH_BACKEND" not in os.environ:
        return "take PyTorch's CPU build, with: UV_TORCH_BACKEND=cpu python3 start.py"
    return "please report it with these words"


def has_nvidia_driver() -> bool:
    """Whether Linux has loaded NVIDIA's driver, or has its program (as in WSL)."""
    loaded = (Path("/proc/driver/nvidia/version"), Path("/sys/module/nvidia/version"))
    return any(path.exists() for path in loaded) or shutil.which("nvidia-smi") is not None


def uv_is_set_up(root: Path) -> bool:
    """Whether UV_* or a file of uv's settings chooses where packages come from, or which."""
    told = {
        name.removeprefix("UV_").lower().replace("_", "-")
        for name, value in os.environ.items()
        if name.startswith("UV_") and value
    }
    return bool(CHOICES & told) or any(CHOICES & settings(file) for file in uv_files(root))


def uv_files(root: Path) -> list[Path]:
    """Where uv looks for settings, in uv's own order."""
    if os.environ.get("UV_NO_CONFIG"):
        return []
    if file := os.environ.get("UV_CONFIG_FILE"):
        return [Path(file)]
    projects = [
        folder / name for folder in (root, *root.parents) for name in ("uv.toml", "pyproject.toml")
    ]
    if os.name == "nt":
        folders = [os.environ.get("APPDATA", ""), os.environ.get("PROGRAMDATA", "")]
    else:
        folders = [os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")]
        folders += [*(os.environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep), "/etc"]
    return projects + [Path(folder, "uv", "uv.toml") for folder in folders if folder]


def settings(file: Path) -> set[str]:
    """The names of uv's settings that a file holds; none where it is missing or cannot be read."""
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
        if file.name == "pyproject.toml":
            table = table.get("tool", {}).get("uv", {})
        return {*table, *table.get("pip", {})}
    except (OSError, ValueError, AttributeError, TypeError):  # uv itself will say what is wrong
        return set()


def pip_is_set_up(python: Path) -> bool:
    """Whether pip's files or PIP_* choose where packages come from, or which."""
    listed = ask([str(python), "-m", "pip", "config", "list"]) or ""
    told = re.findall(r"^(?:global|install|:env:)\.([\w-]+)=(['\"]).+\2$", listed, re.MULTILINE)
    return any(name in CHOICES for name, _ in told)


def pin(root: Path, name: str) -> str:
    """The lock's line for a package, such as "uv==0.13.9"; the tests' lock holds the other too."""
    lines = (root / "requirements-test.txt").read_text(encoding="utf-8").splitlines()
    return next(line for line in lines if line.startswith(f"{name}=="))


def ask(command: Sequence[str], settings: Mapping[str, str] | None = None) -> str | None:
    """What a program prints, out of the user's sight; None where it fails or does not start."""
    try:
        answer = subprocess.run(
            command,
            env={**os.environ, **(settings or {})},
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            timeout=60,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout if answer.returncode == 0 else None
