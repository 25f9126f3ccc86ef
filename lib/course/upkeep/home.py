"""A home for each user of a course that is installed once for many, and that they can't change.

    python -m course.upkeep.home jupyterhub-singleuser …

lays it out in COURSE_HOME, or ~/attention, and then becomes the program that is named: JupyterHub's
server for one user, or a JupyterLab. The home holds notebooks/ to write in, links to what there is
to read, and .course/ with the progress, the backups and each notebook as it was handed out last.
"""

import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NoReturn

from course import paths
from course.atomic import write_whole
from course.errors import CourseError
from course.setup import lab
from course.upkeep.backup import kept
from course.upkeep.merge import merge
from course.upkeep.update import read, said_of, to_bytes

HANDED_OUT = ".course/handed_out"
LINKED = ("README.md", "docs", "lessons", "lib", "solutions")  # what notebooks and README lead to


def main(words: Sequence[str]) -> None:
    """Lay the home out, and become the program that `words` names. Does not return."""
    if not words:
        _stop("the program to run in the home is missing, such as: jupyter lab")
    os.environ.setdefault("COURSE_HOME", str(Path.home() / "attention"))
    try:
        for sentence in lay_out():
            print(sentence, file=sys.stderr, flush=True)
        os.environ.update(settings())
        # The programs of this environment first, `course` in the user's terminals among them.
        beside = str(Path(sys.executable).parent)
        os.environ["PATH"] = os.pathsep.join([beside, os.environ.get("PATH", os.defpath)])
        os.chdir(paths.home())
        os.execvp(words[0], list(words))
    except OSError as error:
        _stop(str(error))


def settings() -> dict[str, str]:
    """What JupyterHub and JupyterLab read, as far as whoever runs them has not said otherwise."""
    first = f"{paths.lesson_names()[0]}.ipynb"
    wanted = {
        "JUPYTERHUB_ROOT_DIR": str(paths.home()),
        "JUPYTERHUB_DEFAULT_URL": f"/lab/tree/notebooks/{first}",
        "JUPYTERLAB_WORKSPACES_DIR": str(paths.home() / ".course" / "workspaces"),
    }
    theirs = os.environ.get("JUPYTER_CONFIG_PATH")
    both = os.pathsep.join(filter(None, [str(lab.OUR_SETTINGS), theirs]))
    return (
        wanted
        | {name: os.environ[name] for name in wanted if name in os.environ}
        | {"JUPYTER_CONFIG_PATH": both}
    )


def lay_out() -> Iterable[str]:
    """Make a home of a folder, or bring a home to the version installed; say what was moved.

    Answers and notes stay, as with `course update`. What goes wrong with one notebook is said, and
    keeps nobody from the others.
    """
    home = paths.home()
    home.mkdir(parents=True, exist_ok=True)
    for name in LINKED:
        link, target = home / name, paths.ROOT / name
        if link.is_symlink() and link.readlink() != target:
            link.unlink()
        if not link.exists():
            link.symlink_to(target)
    lab.lay_out(home / ".course" / "workspaces")
    for source in sorted(paths.NOTEBOOKS.glob("*.ipynb")):
        try:
            yield from _hand_out(source)
        except (CourseError, OSError) as error:
            yield f"notebooks/{source.name} stays as it is: {error}"


def _hand_out(source: Path) -> Iterable[str]:
    """Bring one notebook of the home to the version installed, with what was written into it."""
    place = f"notebooks/{source.name}"
    mine, before = paths.home() / place, paths.home() / HANDED_OUT / source.name
    new = source.read_bytes()
    # Without a record of what was handed out, all that differs counts as the learner's.
    base = before.read_bytes() if before.exists() else new
    if not mine.exists() or (base != new and mine.read_bytes() == base):
        write_whole(mine, new)
    elif base != new:
        old, own, newer = (read(_text(data), place) for data in (base, mine.read_bytes(), new))
        made = merge(old, own, newer)
        with kept([place]) as backup:
            write_whole(mine, to_bytes(made.notebook))
        yield from said_of(place, made)
        yield f"{place} as it was is in {backup.place}."
    if base != new or not before.exists():
        write_whole(before, new)


def _text(data: bytes) -> str:
    return data.decode("utf-8", errors="replace")


def _stop(why: str) -> NoReturn:
    print(f"course.upkeep.home: {why}", file=sys.stderr)
    sys.exit(2)


if __name__ == "__main__":
    main(sys.argv[1:])
