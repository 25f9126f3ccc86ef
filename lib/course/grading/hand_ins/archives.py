"""Folders and zip files as lists of what is in them. Nothing is unpacked to the disk."""

import io
import lzma
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

from course.errors import first_line
from course.grading.report import LARGEST_NOTEBOOK

LARGEST_INNER = 256 * 2**20  # a zip file in a zip file is read into memory
LARGEST_IN_ALL = 20 * 2**30
LARGEST_DIRECTORY = 16 * 2**20  # a zip file's list of members
MOST_MEMBERS = 10_000
DEEPEST = 30  # folders in folders; of a path that is longer, the middle is left out
SMALL = 10 * 2**20  # what is not larger than this may be packed as tightly as it likes
TIGHTEST = 200  # times; a notebook full of pictures packs to a half, one full of text to a tenth
_BROKEN = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error,
    EOFError, OSError, NotImplementedError, RuntimeError, ValueError,
)  # fmt: skip


class CannotOpen(Exception):
    """This can't be read; the text says why, as a sentence."""


@dataclass(frozen=True)
class Place:
    """Where bytes are: a file, or a member of a zip file by its number, or of one in there."""

    path: Path
    members: tuple[int, ...] = ()


@dataclass(frozen=True)
class Member:
    """A file in a folder or zip file: its path from there. Without a place, `trouble` says why;
    without that too, it is an empty folder."""

    parts: tuple[str, ...]
    place: Place | None
    trouble: str = ""


def walk(path: Path, leave_out: Path | None = None) -> Iterator[Member]:
    """All files in a folder or in a zip file, also those in zip files in there; empty folders."""
    if path.is_file():
        yield from _members(Place(path), ())
        return
    for folder, folders, files in os.walk(path):
        here = Path(folder)
        above = here.relative_to(path).parts
        if above and not folders and not files:
            yield Member(above, None)
        folders[:] = sorted(
            name
            for name in folders
            if not (here / name).is_symlink() and (here / name).resolve() != leave_out
        )
        for name in sorted(files):
            file = here / name
            if file.is_symlink():
                # What a link inside leads to is found by itself.
                if name.lower().endswith(".ipynb") and not _inside(file, path):
                    yield Member((*above, name), None, "It is a link to a place elsewhere.")
            elif not file.is_file():
                continue  # a pipe or a device: opening it could wait for ever
            elif name.lower().endswith(".zip"):
                yield from _members(Place(file), (*above, name))
            else:
                yield Member((*above, name), Place(file))


def read_member(place: Place) -> bytes:
    """The bytes of a notebook in a zip file. Raises CannotOpen."""
    try:
        archive, info = _in_archive(place)
        return _read(archive, info, LARGEST_NOTEBOOK)
    except _BROKEN as error:
        raise CannotOpen(f"The zip file can't be read ({first_line(error)}).") from None


def beginning(place: Place, size: int = 2**16) -> bytes:
    """The first bytes of a file, to see what it is; none where it can't be read."""
    try:
        if not place.members:
            with open(place.path, "rb") as file:
                return file.read(size)
        archive, info = _in_archive(place)
        with closing(archive.open(info)) as member:
            return member.read(size)
    except (*_BROKEN, CannotOpen):
        return b""


def _in_archive(place: Place) -> tuple[zipfile.ZipFile, zipfile.ZipInfo]:
    archive = _open(Place(place.path, place.members[:-1]))
    return archive, archive.infolist()[place.members[-1]]


def _members(place: Place, above: tuple[str, ...]) -> Iterator[Member]:
    """The files in the zip file at `place`, which is itself at `above`; or one trouble with it."""
    try:
        entries = _open(place).infolist()
        listed = [number for number, info in enumerate(entries) if not info.is_dir()]
        if not listed:
            raise CannotOpen("The zip file is empty.")
        if len(entries) > MOST_MEMBERS:
            raise CannotOpen(
                f"The zip file holds {len(entries)} files, expected at most {MOST_MEMBERS}: unpack "
                "it, and name the folder."
            )
        if sum(entries[number].file_size for number in listed) > LARGEST_IN_ALL:
            raise CannotOpen(
                f"The zip file holds more than {LARGEST_IN_ALL // 2**30} GB: unpack it, and name "
                "the folder."
            )
    except CannotOpen as reason:
        yield Member(above or (place.path.name,), None, str(reason))
        return
    except _BROKEN as error:
        said = f"The zip file can't be read ({first_line(error)})."
        yield Member(above or (place.path.name,), None, said)
        return
    paths = [_parts(info) for info in entries]
    holding = {parts[:end] for parts in paths for end in range(len(parts))}
    for parts, info in zip(paths, entries, strict=True):
        if info.is_dir() and parts not in holding:
            yield Member((*above, *parts), None)
    for number in listed:
        parts = (*above, *paths[number])
        inner = Place(place.path, (*place.members, number))
        if not parts[-1].lower().endswith(".zip"):
            yield Member(parts, inner)
        elif not place.members:
            yield from _members(inner, parts)
        else:
            yield Member(parts, None, "It is a zip file in a zip file in a zip file: unpack one.")


@lru_cache(maxsize=2)
def _open(place: Place) -> zipfile.ZipFile:
    """The zip file at `place`. It stays open, and the one around it: many are read in turn."""
    if not place.members:
        return _with_bounded_list(open(place.path, "rb"))
    around = _open(Place(place.path, place.members[:-1]))
    inner = _read(around, around.infolist()[place.members[-1]], LARGEST_INNER)
    return _with_bounded_list(io.BytesIO(inner))


def _with_bounded_list(file: IO[bytes]) -> zipfile.ZipFile:
    """Open a zip file, if the list of its members, which is read in one piece, is of fair size."""
    bounded = _Bounded(file)
    archive = zipfile.ZipFile(bounded)  # type: ignore[call-overload]
    bounded.most = None
    return archive


class _Bounded:
    """A file of which no more than `most` bytes are read at once."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.most: int | None = LARGEST_DIRECTORY

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def read(self, size: int = -1) -> bytes:
        if self.most is not None and size > self.most:
            raise CannotOpen("The zip file holds far too many files.")
        return self._file.read(size)

    def __del__(self) -> None:
        self._file.close()


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes:
    if info.flag_bits & 1:
        raise CannotOpen("It is locked with a password.")
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise CannotOpen("It is packed in an unusual way: pack it as an ordinary zip file.")
    if info.file_size > most:
        raise CannotOpen(f"It is larger than {most // 2**20} MB.")
    if info.file_size > max(SMALL, TIGHTEST * info.compress_size):
        raise CannotOpen(f"It unpacks to more than {TIGHTEST} times its size.")
    with closing(archive.open(info)) as file:
        return file.read(most + 1)


def _parts(info: zipfile.ZipInfo) -> tuple[str, ...]:
    """A member's path. It is only ever shown, so one that climbs out does not matter."""
    name = info.filename
    if not info.flag_bits & 0x800:  # no encoding is named: most programs mean UTF-8 even so
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    parts = [part for part in name.replace("\\", "/").split("/") if part not in {"", ".", ".."}]
    if len(parts) > DEEPEST:
        parts[DEEPEST - 1 : -1] = []
    return tuple(parts) or ("unnamed",)


def _inside(file: Path, folder: Path) -> bool:
    try:
        return file.resolve(strict=True).is_relative_to(folder.resolve())
    except (OSError, RuntimeError):
        return False
