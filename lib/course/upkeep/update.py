"""`course update`: the newest version of the course, and every answer in it."""

from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course import paths
from course.atomic import write_whole
from course.errors import CourseError, first_line
from course.upkeep import git
from course.upkeep.backup import Backup, kept
from course.upkeep.merge import Merged, merge
from course.upkeep.open_files import RELOAD, open_in_jupyterlab

MADE = ("notebooks/", "solutions/")  # what a learner's work changes; the rest is the course's
INSTALLED = {"requirements.txt", "pyproject.toml"}
NEWEST = "You have the newest version."


def update() -> Iterable[str]:
    """Fetch the newest version with git, and bring every answer into it; say what was done.

    Raises CourseError, with everything as it was, where that is not possible.
    """
    git.require_own_course()
    if not git.is_clone():
        raise CourseError(git.NO_GIT)
    yield from take_back_unfinished()
    branch = git.upstream()
    git.git("fetch", "--quiet")
    old, new = (git.git("rev-parse", name).strip() for name in ("HEAD", branch))
    if git.git("merge-base", old, new).strip() == new:
        yield NEWEST
        return
    coming = git.changed_between(old, new)
    mine = git.changed_here()
    _refuse_what_is_not_a_learners(old, new, mine, coming)
    changed = sorted(place for place in mine if place.startswith(MADE) and not _is_new(mine[place]))
    in_the_way = sorted(place for place in mine if _is_new(mine[place]) and place in coming)
    merged = {place: _merged(place, old, new) for place in changed}
    with kept([*changed, *in_the_way], undo=_undo, head=old) as backup:
        _forward(new, changed, in_the_way)
        for place, made in merged.items():
            if made is not None:
                data = to_bytes(made.notebook) if isinstance(made, Merged) else made
                write_whole(paths.ROOT / place, data)
    yield from _summary(merged, [*changed, *in_the_way], coming, backup)


def take_back_unfinished() -> Iterable[str]:
    """Put everything back, if an update was stopped on its way; says so."""
    backup = Backup.unfinished()
    if backup is None:
        return
    if "head" not in backup.notes:  # one notebook, which is written whole or not at all
        backup.done()
    else:
        # Somebody may have gone on writing since.
        Backup.of(place for place in git.changed_here() if place.startswith(MADE)).done()
        _undo(backup)
        yield f"An update had been stopped on its way: what it had begun is taken back. A copy of "\
              f"your notebooks is in {backup.place}."  # fmt: skip


def to_bytes(notebook: NotebookNode) -> bytes:
    """The file of a notebook."""
    return (nbformat.writes(notebook) + "\n").encode()


def read(text: str, place: str) -> NotebookNode:
    """A notebook of any version 4. Raises CourseError if there is none in the text."""
    try:
        return nbformat.reads(text, as_version=4)
    except Exception as error:  # nbformat raises many kinds for broken files
        raise CourseError(
            f"{place} is no notebook that can be read ({first_line(error)}). Nothing is changed. "
            "Move it out of the folder, and update again."
        ) from None


def _refuse_what_is_not_a_learners(
    old: str, new: str, mine: dict[str, str], coming: set[str]
) -> None:
    """Raise CourseError where the clone differs from the course by more than a learner's work."""
    if git.git("merge-base", old, new).strip() != old:
        raise CourseError(
            "This clone has versions of its own (commits) that the published course does not "
            "have. Nothing is changed. Bring the two together with: git merge @{upstream}"
        )
    others = sorted(
        place
        for place, kind in mine.items()
        if not place.startswith(MADE) and (place in coming or not _is_new(kind))
    )
    if others:
        more = f" and {len(others) - 5} more" if len(others) > 5 else ""
        raise CourseError(
            f"Files of the course itself are changed: {', '.join(others[:5])}{more}. Nothing is "
            "updated. Move your versions elsewhere, bring back what was handed out with "
            "git restore --staged --worktree FILE, and update again."
        )


def _is_new(kind: str) -> bool:
    """Whether git calls a file the learner's own: the version handed out has none of that name."""
    return kind == "??" or kind[0] == "A"


def _merged(place: str, old: str, new: str) -> Merged | bytes | None:
    """A changed notebook in the new version; its own bytes where the new one has none.

    None where it is to be what the new version has: a solution, or one that was deleted.
    """
    file = paths.ROOT / place
    if not place.startswith(MADE[0]) or not file.is_file():
        return None
    base, after = (git.text_at(version, place) for version in (old, new))
    if base is None or after is None:
        return file.read_bytes()
    mine = read(_text(file), place)
    return merge(read(base, place), mine, read(after, place))


def _text(file: Path) -> str:
    return file.read_bytes().decode("utf-8", errors="replace")


def _forward(new: str, changed: list[str], in_the_way: list[str]) -> None:
    """Make the clone the new version; what is changed or in the way is in the backup, and goes."""
    if changed or in_the_way:
        git.git("reset", "--quiet", "--", *changed, *in_the_way)
    if changed:
        git.git("checkout", "--quiet", "HEAD", "--", *changed)
    for place in in_the_way:
        (paths.ROOT / place).unlink()
    git.git("merge", "--quiet", "--ff-only", new)


def _undo(backup: Backup) -> None:
    """Make the clone the version that it was, and its files what they were."""
    for place, kind in git.changed_here().items():
        if not place.startswith(MADE):
            continue
        if not _is_new(kind):
            git.git("reset", "--quiet", "--", place)
            git.git("checkout", "--quiet", "HEAD", "--", place)
        elif backup.holds(place):
            (paths.ROOT / place).unlink()
    git.git("reset", "--quiet", "--keep", backup.notes["head"])
    backup.put_back()


def _summary(
    merged: dict[str, Merged | bytes | None],
    changed: list[str],
    coming: set[str],
    backup: Backup,
) -> Iterable[str]:
    yield "The course is the newest version now."
    for place, made in sorted(merged.items()):
        if isinstance(made, Merged):
            yield from said_of(place, made)
        elif made is not None:
            yield f"{place} is no lesson any more: yours stays where it is."
    yield from closing(changed, coming, backup)


def said_of(place: str, made: Merged) -> Iterable[str]:
    """What was moved into one notebook, in a sentence or two."""
    title = paths.lesson_title(Path(place).stem)
    parts = []
    if made.answers:
        parts.append(f"your answers to {', '.join(made.answers)}")
    if made.own:
        parts.append(f"{made.own} of your own or changed cells")
    if parts:
        yield f"{title}: {' and '.join(parts)} moved along."
    if made.changed:
        yield f"  The empty cell of {', '.join(made.changed)} is new, and stands below your answer."


def closing(changed: Iterable[str], coming: set[str], backup: Backup) -> Iterable[str]:
    """Where the copies are, what to load again, and whether something has to be installed."""
    if backup.folder.exists():
        yield f"Your notebooks as they were are in {backup.place}."
    touched = coming | set(changed)
    for place in sorted(open_in_jupyterlab() & touched):
        yield f"{place} {RELOAD}"
    if coming & INSTALLED:
        yield "Packages have changed: run python start.py once, and it installs them."
