"""What is on disk already: one file for each hand-in that was graded, written all at once.

A result is kept while nothing that it rests on has changed: the notebook, the options, the course.
"""

import hashlib
import json
import sys
from dataclasses import asdict
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from course import paths
from course.atomic import write_whole
from course.cells.seal import seal
from course.grading.marking.released import lesson_names, released
from course.grading.report import HandIn, Options, Report
from course.grading.sandbox.packages import pinned

FORMAT = 2
CODE = {".py", ".toml"}


class Journal:
    """The folder with the results."""

    def __init__(self, folder: Path, options: Options) -> None:
        self.folder = folder
        self._options = asdict(options)

    def kept(self, hand_in: HandIn) -> Report | None:
        """The report that is on disk and still holds, or None."""
        try:
            entry = json.loads(self._path(hand_in.name).read_bytes())
            if entry["rests_on"] != self._rests_on(hand_in):
                return None
            return Report.from_dict({**entry["report"], "origin": hand_in.origin})
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, hand_in: HandIn, report: Report) -> None:
        """Put a report on disk: the whole of it, or nothing."""
        entry = {"rests_on": self._rests_on(hand_in), "report": report.as_dict()}
        write_whole(self._path(hand_in.name), json.dumps(entry).encode(), sync=True)

    def others(self, names: set[str]) -> int:
        """How many results there are of hand-ins that are not among `names`."""
        return len({path.stem for path in self.folder.glob("*.json")} - names)

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.json"

    def _rests_on(self, hand_in: HandIn) -> dict[str, Any]:
        what = {"format": FORMAT, "course": fingerprint(), **self._options}
        return {**what, "digest": hand_in.digest, "trouble": hand_in.trouble}


@cache
def fingerprint() -> str:
    """What marks rest on besides the hand-in: the course's code and notebooks, the libraries.

    All code counts, also what grades nothing today: a list of what does would be wrong one day.
    """
    digest = hashlib.sha256(sys.version.encode())
    for library in sorted(pinned()):
        digest.update(f"{library} {_installed(library)}\n".encode())
    for path in sorted(p for p in (paths.ROOT / "lib").rglob("*.*") if p.suffix in CODE):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(paths.ROOT).as_posix()} {content}\n".encode())
    for name in lesson_names():
        tags = [cell["metadata"].get("tags") for cell in released(name)["cells"]]
        digest.update(f"{name} {seal(released(name))} {tags}\n".encode())
    return digest.hexdigest()


def _installed(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "not installed"
