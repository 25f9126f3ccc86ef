"""Files that are written as a whole or not at all."""

import os
import secrets
from pathlib import Path


def write_whole(path: Path, data: bytes, *, sync: bool = False) -> None:
    """Write a file so that it is always the old one or the new one, whenever this is killed.

    sync  have it on the disk itself before it is there, for the case that the power fails
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.parent / f".writing-{secrets.token_hex(8)}"
    try:
        with open(beside, "xb") as file:
            file.write(data)
            file.flush()
            if sync:
                os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def remove_unfinished(folder: Path) -> None:
    """Remove what `write_whole` had begun in a folder when its process was killed."""
    for path in folder.glob("**/.writing-*"):
        path.unlink(missing_ok=True)
