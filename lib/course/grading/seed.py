"""The seed that draws the inputs of the checks: one for each folder of results, and kept there.

A seed that everybody knows would let answers be looked up in a table that was made beforehand.
"""

import secrets
from pathlib import Path

from course.atomic import write_whole
from course.errors import CourseError

MOST = 10**9


def draw_seed() -> int:
    """A seed that nobody can guess."""
    return secrets.randbelow(MOST)


def seed_of(out: Path, given: int | None = None) -> int:
    """The seed of a folder of results: `given`, the one that is kept there, or a new one; kept.

    Raises CourseError where what is kept is no seed.
    """
    path = out / "seed.txt"
    if given is None and path.exists():
        text = path.read_text("utf-8", "replace").strip()
        if not (text.isascii() and text.isdigit()):
            raise CourseError(
                f"{path} should hold the seed of these results, a whole number, and holds "
                f"{text[:20]!r}: say it with --seed."
            )
        return int(text)
    seed = draw_seed() if given is None else given
    write_whole(path, f"{seed}\n".encode(), sync=True)
    return seed
