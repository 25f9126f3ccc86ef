"""Files that are about to be changed, kept in .course/backups/, and put back after a failure."""

import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from course import paths
from course.atomic import write_whole
from course.errors import CourseError

UNFINISHED = "unfinished.json"


def backups() -> Path:
    """The folder of all backups, one a change."""
    return paths.home() / ".course" / "backups"


class Backup:
    """Copies of files in the course's folder, by their places in it ("notebooks/01_….ipynb")."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def of(cls, places: Iterable[str], **notes: str) -> "Backup":
        """Copy the files at these places; one that is not there is noted as absent.

        Until `done` is called the backup counts as that of an unfinished change. `notes` are what
        is needed to take it back.
        """
        backup = cls(_new_folder())
        absent = []
        for place in sorted(set(places)):
            if (paths.home() / place).is_file():
                write_whole(backup.folder / place, (paths.home() / place).read_bytes(), sync=True)
            else:
                absent.append(place)
        said = json.dumps({"absent": absent, "notes": notes}, indent=1)
        write_whole(backup.folder / UNFINISHED, said.encode(), sync=True)
        return backup

    @classmethod
    def unfinished(cls) -> "Backup | None":
        """The backup of a change that was neither finished nor taken back."""
        found = sorted(backups().glob(f"*/{UNFINISHED}"))
        return cls(found[-1].parent) if found else None

    @property
    def notes(self) -> dict[str, str]:
        return dict(json.loads((self.folder / UNFINISHED).read_text("utf-8"))["notes"])

    @property
    def place(self) -> str:
        """Where it is, to be told to the user."""
        return self.folder.relative_to(paths.home()).as_posix()

    def holds(self, place: str) -> bool:
        """Whether there is a copy of this file."""
        return (self.folder / place).is_file()

    def put_back(self) -> None:
        """Make every file what it was when the backup was made."""
        said = json.loads((self.folder / UNFINISHED).read_text("utf-8"))
        for copy in sorted(self.folder.rglob("*")):
            place = copy.relative_to(self.folder)
            if copy.is_file() and place.name != UNFINISHED:
                write_whole(paths.home() / place, copy.read_bytes())
        for place in said["absent"]:
            (paths.home() / place).unlink(missing_ok=True)
        self.done()

    def done(self) -> None:
        """The change is made, or taken back: the copies stay, for whoever wants them."""
        (self.folder / UNFINISHED).unlink(missing_ok=True)
        if not any(self.folder.iterdir()):
            shutil.rmtree(self.folder)


@contextmanager
def kept(
    places: Iterable[str], *, undo: Callable[[Backup], None] = Backup.put_back, **notes: str
) -> Iterator[Backup]:
    """Keep these files while they are changed; put all back if that does not end well.

    Raises CourseError, which says that nothing is changed, for an error of the system.
    """
    backup = Backup.of(places, **notes)
    try:
        yield backup
    except BaseException as error:
        try:
            undo(backup)
        except (OSError, CourseError) as second:
            raise CourseError(
                f"{error}; and what had begun could not be taken back ({second}). Your files as "
                f"they were are in {backup.place}; the next `course update` tries once more."
            ) from None
        if isinstance(error, OSError):
            raise CourseError(f"{error}. Everything is as it was.") from None
        raise
    backup.done()


def _new_folder() -> Path:
    time = datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
    for number in range(1, 1000):
        folder = backups() / (time if number == 1 else f"{time}_{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        return folder
    raise CourseError(f"{backups()} holds too many backups of this second: wait, and try again.")
