"""The packages that a hand-in may use: those of the learners' locks, and none besides.

An instructor's environment may hold any others, and an answer that leans on one of them would not
run at a learner's.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import Distribution, distributions
from pathlib import Path

from packaging.utils import canonicalize_name

from course import paths

LOCKS = ("requirements.txt", "requirements-models.txt")
FOLDERS = {"site-packages", "dist-packages"}
_NAME = re.compile(r"[\w.-]+")  # some packages ask in words that are no valid requirement
_PIN = re.compile(r"^([\w.-]+)==", re.MULTILINE)


@cache
def hidden() -> list[str]:
    """What stays out of a hand-in's sight here, as paths."""
    return others(sys.path, {sys.prefix, sys.base_prefix, "/usr", "/usr/local"})


def others(folders: Iterable[str], prefixes: Iterable[str]) -> list[str]:
    """What belongs to no package of the locks, as paths.

    folders   where this Python looks for packages, such as `sys.path`
    prefixes  where systems keep packages, also of other Pythons
    """
    used = {str(Path(folder).resolve()) for folder in folders if Path(folder).name in FOLDERS}
    unused = {
        str(path)
        for prefix in prefixes
        for path in Path(prefix).glob("lib/python3*/*-packages")
        if str(path.resolve()) not in used
    }
    return sorted(unused) + sorted(_not_of_the_locks(used))


def modules(paths: Iterable[str]) -> list[str]:
    """The names by which such paths would be imported."""
    names = (Path(path).name.partition(".")[0] for path in paths)
    return sorted({name for name in names if name.isidentifier()})


def _not_of_the_locks(folders: Iterable[str]) -> Iterator[str]:
    for folder in folders:
        found: dict[str, Distribution] = {
            canonicalize_name(one.name): one for one in distributions(path=[folder])
        }
        needed = [_tops(found[name]) for name in _needed(found)]
        if not all(needed):
            continue  # its packages don't say what is theirs: better too much than too little
        kept = {"__pycache__"}.union(*needed)
        for path in Path(folder).iterdir():
            if path.name not in kept and path.suffix not in {".pth", ".dist-info", ".egg-info"}:
                yield str(path)


def _tops(package: Distribution) -> set[str]:
    """What the paths of a package's files begin with; nothing where it does not say."""
    record = package.read_text("RECORD")  # to make paths of all of PyTorch's takes a second
    lines = record.splitlines() if record else map(str, package.files or ())
    return {re.split("[/,]", line)[0] for line in lines}


def _needed(found: dict[str, Distribution]) -> set[str]:
    """Those of the packages that the locks name, and what they ask for on this system."""
    waiting = list(pinned())
    needed: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in found and name not in needed:
            needed.add(name)
            asked = (word for word in found[name].requires or () if "extra ==" not in word)
            waiting += [canonicalize_name(m[0]) for word in asked if (m := _NAME.match(word))]
    return needed


def pinned() -> set[str]:
    """The names of all packages in the locks that there are."""
    locks = [path for name in LOCKS if (path := paths.ROOT / name).is_file()]
    return {canonicalize_name(n) for path in locks for n in _PIN.findall(path.read_text("utf-8"))}


def hide_from_import(names: Iterable[str]) -> None:
    """Have this process find none of these modules."""
    sys.modules.update((name, None) for name in names)  # type: ignore[misc]
