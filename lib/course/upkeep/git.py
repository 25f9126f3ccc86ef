"""What git knows of this clone, and the one change that is asked of it: to go forward."""

import subprocess

from course import paths
from course.errors import CourseError

NO_GIT = (
    "This folder is no git clone, so it can't fetch a newer version by itself. Download the new "
    "version as a zip file, and run: course update NEW.zip"
)


def git(*words: str) -> str:
    """What git answers. Raises CourseError with git's own last line where it refuses."""
    try:
        answer = subprocess.run(
            ["git", "-C", str(paths.ROOT), *words],
            capture_output=True,
            check=False,
            encoding="utf-8",
            errors="surrogateescape",
        )
    except FileNotFoundError:
        raise CourseError("git is not installed, or not on the PATH.") from None
    if answer.returncode != 0:
        lines = [line for line in answer.stderr.splitlines() if line.strip()]
        why = lines[-1] if lines else f"it ended with exit code {answer.returncode}"
        raise CourseError(f"git {words[0]} does not go: {why}")
    return answer.stdout


def require_own_course() -> None:
    """Raise CourseError where the course is installed for many: a learner can't change it there."""
    if paths.home() != paths.ROOT:
        raise CourseError(
            "This course is installed for several people: whoever did that brings newer versions, "
            "and your notebooks get them, with your answers, when your server starts next."
        )


def is_clone() -> bool:
    """Whether the course's folder is the top of a git clone."""
    return (paths.ROOT / ".git").exists()


def upstream() -> str:
    """The branch that this one follows, such as "origin/main". Raises CourseError if none."""
    try:
        return git("rev-parse", "--abbrev-ref", "--symbolic-full-name", "@{upstream}").strip()
    except CourseError:
        raise CourseError(
            "This clone is on no branch that follows a published one. Go back to the course's "
            "branch with: git switch main"
        ) from None


def newer_fetched() -> int:
    """How many versions git has fetched that are not here yet; 0 where nobody can say."""
    if not is_clone():
        return 0
    try:
        return int(git("rev-list", "--count", "HEAD..@{upstream}"))
    except CourseError:
        return 0


def changed_here() -> dict[str, str]:
    """Places of tracked files that differ from the version handed out, and of new files.

    Each with git's two letters: " M" changed, "??" unknown to git, and so on.
    """
    said = git("status", "--porcelain", "-z", "--untracked-files=all", "--no-renames")
    return {line[3:]: line[:2] for line in said.split("\0") if line}


def changed_between(old: str, new: str) -> set[str]:
    """The places of all files that differ between two versions."""
    said = git("diff", "--name-only", "-z", "--no-renames", old, new)
    return {place for place in said.split("\0") if place}


def text_at(version: str, place: str) -> str | None:
    """A file's text in a version; None where it has none there."""
    if not git("ls-tree", "--name-only", version, "--", place):
        return None
    return git("show", f"{version}:{place}")
