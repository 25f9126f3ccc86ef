"""Folders and zip files, hostile ones too: read in place, bounded, and nothing followed out."""

import io
import os
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from course.grading.hand_ins import archives
from course.grading.hand_ins.find import Found, find

NOTEBOOK = "01_attention_is_a_soft_lookup.ipynb"


def write(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())


def packed(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def zipped(path: Path, members: Mapping[str, bytes]) -> Path:
    path.write_bytes(packed(members))
    return path


def names(found: list[Found]) -> list[str]:
    return [one.name for one in found]


def test_an_old_zip_with_names_in_utf_8_shows_them_right(tmp_path: Path):
    data = bytearray(packed({"Zoë/a.ipynb": b"1"}))
    for sign in (b"PK\x03\x04", b"PK\x01\x02"):
        flags = data.index(sign) + (6 if sign[2] == 3 else 8)
        data[flags : flags + 2] = struct.pack("<H", 0)
    path = tmp_path / "old.zip"
    path.write_bytes(data)
    assert names(find([path])) == ["Zoë-a"]


def test_bombs_get_a_row_and_never_their_size_in_memory(tmp_path: Path):
    nothing = bytes(archives.LARGEST_NOTEBOOK + 1)
    tight = bytes(30 * 2**20)
    path = zipped(tmp_path / "bombs.zip", {"large.ipynb": nothing, "tight.ipynb": tight})
    large, bomb = (one.read() for one in find([path]))
    assert (large.data, bomb.data) == (b"", b"")
    assert "larger than 100 MB" in large.trouble
    assert "200 times" in bomb.trouble


def test_a_member_that_is_larger_than_it_says_is_cut_or_refused(tmp_path: Path):
    data = bytearray(packed({"a.ipynb": b"x" * 5000}))
    size = data.index(b"PK\x01\x02") + 24
    data[size : size + 4] = struct.pack("<I", 10)
    path = tmp_path / "liar.zip"
    path.write_bytes(data)
    hand_in = find([path])[0].read()
    assert len(hand_in.data) <= 10


def test_a_locked_or_oddly_packed_member_says_what_to_do(tmp_path: Path):
    data = bytearray(packed({"a.ipynb": b"secret"}))
    flags = data.index(b"PK\x01\x02") + 8
    data[flags] |= 1
    (tmp_path / "locked.zip").write_bytes(data)
    (tmp_path / "odd.zip").write_bytes(packed({"a.ipynb": b"x"}, zipfile.ZIP_LZMA))
    troubles = [one.read().trouble for one in find([tmp_path])]
    assert "password" in troubles[0]
    assert "ordinary zip" in troubles[1]


def test_too_many_members_or_a_huge_list_of_them_get_one_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    many = zipped(tmp_path / "many.zip", {f"{n}.ipynb": b"" for n in range(50)})
    monkeypatch.setattr(archives, "MOST_MEMBERS", 20)
    (found,) = find([many])
    assert "50 files" in found.trouble
    monkeypatch.setattr(archives, "LARGEST_DIRECTORY", 100)
    archives._open.cache_clear()
    (found,) = find([many])
    assert "far too many" in found.trouble


def test_a_zip_in_a_zip_in_a_zip_gets_a_row_that_says_so(tmp_path: Path):
    path = zipped(tmp_path / "a.zip", {"b.zip": packed({"c.zip": packed({NOTEBOOK: b""})})})
    (found,) = find([path])
    assert "unpack one" in found.trouble


def test_a_path_of_a_thousand_folders_and_a_thousand_empty_ones_are_harmless(tmp_path: Path):
    deep = zipped(tmp_path / "deep.zip", {"a/" * 30_000 + "01.ipynb": b"deep"})
    (found,) = find([deep])
    assert found.read().data == b"deep"
    many = zipped(
        tmp_path / "many.zip", {f"{n}/": b"" for n in range(archives.MOST_MEMBERS)} | {"a": b""}
    )
    assert ["files, expected at most" in one.trouble for one in find([many])] == [True]


def test_links_are_not_followed(tmp_path: Path):
    outside = tmp_path / "outside"
    inside = tmp_path / "in"
    write(outside, "secret.ipynb", "deep/other.ipynb")
    write(inside, f"ann/{NOTEBOOK}")
    (inside / "ann" / "link.ipynb").symlink_to(outside / "secret.ipynb")
    (inside / "ann" / "folder").symlink_to(outside)
    (inside / "ann" / "same.ipynb").symlink_to(inside / "ann" / NOTEBOOK)
    (inside / "ann" / "loop").symlink_to(inside)
    assert {one.name: one.trouble for one in find([inside])} == {
        "ann-01": "",
        "ann-link": "It is a link to a place elsewhere.",
    }


def test_a_pipe_is_not_opened(tmp_path: Path):
    write(tmp_path, "ann.ipynb")
    os.mkfifo(tmp_path / "wait.ipynb")
    assert names(find([tmp_path])) == ["ann"]
