"""The temporary folders of processes that grade, and those that killed ones have left behind."""

import shutil
import tempfile
import time
from pathlib import Path

import filelock

PREFIX = "course-grading-"
YOUNG_SECONDS = 60.0  # a folder that is younger may not be held yet


class Folder:
    """A temporary folder that is held as long as this process lives, however it ends."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
        self._lock = _lock(self.path)
        self._lock.acquire(timeout=0)

    def remove(self) -> None:
        """Remove it, with all that is in it."""
        self._lock.release()
        shutil.rmtree(self.path, ignore_errors=True)


def sweep() -> None:
    """Remove the folders that nobody holds any more."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            if time.time() - path.stat().st_mtime < YOUNG_SECONDS:
                continue
            with _lock(path).acquire(timeout=0):
                shutil.rmtree(path, ignore_errors=True)
        except (filelock.Timeout, OSError):
            continue  # it is held, or somebody else's


def _lock(path: Path) -> filelock.FileLock:
    return filelock.FileLock(path / "held")
