"""Finding hand-ins: messy downloads, hostile archives, and nothing lost."""

import io
import os
import struct
import unicodedata
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.errors import CourseError
from course.grading.hand_ins import archives
from course.grading.hand_ins.find import Found, find
from course.grading.hand_ins.naming import Names

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


def test_a_folder_gives_a_hand_in_for_each_notebook_with_its_bytes(tmp_path: Path):
    write(tmp_path, f"ann/{NOTEBOOK}", "bob/02_many_heads.ipynb", "bob/03_where_am_i.ipynb")
    found = find([tmp_path])
    assert names(found) == ["ann-01", "bob-02", "bob-03"]
    assert found[0].read().data == f"ann/{NOTEBOOK}".encode()
    assert found[0].origin == f"{tmp_path.name}/ann/{NOTEBOOK}"


def test_what_is_no_hand_in_is_skipped(tmp_path: Path):
    write(
        tmp_path, f"ann/{NOTEBOOK}", "ann/.ipynb_checkpoints/01-checkpoint.ipynb", "ann/data.csv",
        "ann/pictures/plot.png", "__MACOSX/ann/._01.ipynb", ".git/x.ipynb", "ann/._01.ipynb",
        ".DS_Store", "ann/Thumbs.db", "out/results/ann.json",
    )  # fmt: skip
    assert names(find([tmp_path], leave_out=tmp_path / "out")) == ["ann-01"]


def test_downloads_of_canvas_and_moodle_and_by_hand(tmp_path: Path):
    write(
        tmp_path,
        "canvas/lovelaceada_12345_67890_01_attention_is_a_soft_lookup-1.ipynb",
        "canvas/turingalan_LATE_12346_67891_Untitled.ipynb",
        "canvas/hoppergrace_12347_67892_report.pdf",
        f"moodle/Ann Smith_123_assignsubmission_file_/{NOTEBOOK}",
        "moodle/Ann Smith_123_assignsubmission_onlinetext_/onlinetext.html",
        "moodle/Bob Jones_124_assignsubmission_file_/scan.pdf",
        "moodle/Bob Jones_124_assignsubmission_onlinetext_/onlinetext.html",
        "mail/Zoë (late!)/01 (1).ipynb",
        "mail/山田 太郎/課題.IPYNB",
    )
    assert {one.name: one.trouble for one in find([tmp_path])} == {
        "canvas-hoppergrace": "No notebook was handed in, only hoppergrace_12347_67892_report.pdf.",
        "canvas-lovelaceada_12345_67890_01-1": "",
        "canvas-turingalan_LATE_12346_67891_Untitled": "",
        "mail-Zoë_late-01_1": "",
        "mail-山田_太郎-課題": "",
        "moodle-Ann_Smith_123-01": "",
        "moodle-Bob_Jones_124": "No notebook was handed in, only scan.pdf, onlinetext.html.",
    }


def test_a_zip_of_zips_is_read_in_place(tmp_path: Path):
    inner = packed({NOTEBOOK: b"ann's", "__MACOSX/._x.ipynb": b""})
    path = zipped(
        tmp_path / "class.zip",
        {"ann.zip": inner, f"bob/{NOTEBOOK}": b"bob's", "cem/photo.jpg": b"", "dan.zip": b"PK.."},
    )
    before = sorted(tmp_path.rglob("*"))
    found = {one.name: one for one in find([path])}
    assert list(found) == ["ann-01", "bob-01", "cem", "dan"]
    assert found["ann-01"].read().data == b"ann's"
    assert found["ann-01"].origin == f"class.zip: ann.zip/{NOTEBOOK}"
    assert found["bob-01"].read().data == b"bob's"
    assert "only photo.jpg" in found["cem"].read().trouble
    assert "can't be read" in found["dan"].read().trouble
    assert sorted(tmp_path.rglob("*")) == before


def test_a_path_of_a_thousand_folders_and_a_thousand_empty_ones_are_harmless(tmp_path: Path):
    deep = zipped(tmp_path / "deep.zip", {"a/" * 30_000 + "01.ipynb": b"deep"})
    (found,) = find([deep])
    assert found.read().data == b"deep"
    many = zipped(
        tmp_path / "many.zip", {f"{n}/": b"" for n in range(archives.MOST_MEMBERS)} | {"a": b""}
    )
    assert ["files, expected at most" in one.trouble for one in find([many])] == [True]


def test_an_empty_zip_is_somebodys_too(tmp_path: Path):
    zipped(tmp_path / "ann.zip", {})
    (found,) = find([tmp_path])
    assert (found.name, found.trouble) == ("ann", "The zip file is empty.")


def test_a_zip_in_a_zip_in_a_zip_gets_a_row_that_says_so(tmp_path: Path):
    path = zipped(tmp_path / "a.zip", {"b.zip": packed({"c.zip": packed({NOTEBOOK: b""})})})
    (found,) = find([path])
    assert "unpack one" in found.trouble


def test_an_old_zip_with_names_in_utf_8_shows_them_right(tmp_path: Path):
    data = bytearray(packed({"Zoë/a.ipynb": b"1"}))
    for sign in (b"PK\x03\x04", b"PK\x01\x02"):
        flags = data.index(sign) + (6 if sign[2] == 3 else 8)
        data[flags : flags + 2] = struct.pack("<H", 0)
    path = tmp_path / "old.zip"
    path.write_bytes(data)
    assert names(find([path])) == ["Zoë-a"]


@pytest.mark.parametrize(
    "member",
    ["../../escape.ipynb", "/etc/passwd.ipynb", "..\\..\\evil.ipynb", "a\nb.ipynb", "C:\\x.ipynb"],
)  # fmt: skip
def test_a_member_that_climbs_out_gets_a_harmless_name(tmp_path: Path, member: str):
    path = zipped(tmp_path / "hostile.zip", {member: b"data"})
    (found,) = find([path])
    assert not set(found.name) & set("/\\\n\0: ")
    assert not found.name.startswith(".")
    assert found.origin.isprintable()
    assert found.read().data == b"data"


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


def test_a_file_that_vanished_or_is_too_large_is_a_hand_in_with_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    write(tmp_path, "ann.ipynb", "bob.ipynb")
    ann, bob = find([tmp_path])
    (tmp_path / "ann.ipynb").unlink()
    monkeypatch.setattr("course.grading.hand_ins.find.LARGEST_NOTEBOOK", 2)
    assert "can't be read" in ann.read().trouble
    assert "larger" in bob.read().trouble


def test_several_paths_keep_who_they_came_from(tmp_path: Path):
    write(tmp_path, f"ann/{NOTEBOOK}", f"bob/{NOTEBOOK}", "cem.ipynb")
    found = find([tmp_path / "ann", tmp_path / "bob", tmp_path / "cem.ipynb"])
    assert names(found) == ["ann-01", "bob-01", "cem"]
    assert names(find([tmp_path / "cem.ipynb"])) == ["cem"]


def test_a_path_that_is_missing_or_empty_is_the_users_mistake(tmp_path: Path):
    with pytest.raises(CourseError, match=r"There is no .*nowhere"):
        find([tmp_path / "nowhere"])
    with pytest.raises(CourseError, match="no notebook"):
        find([tmp_path])


def test_another_kind_of_file_gets_a_row(tmp_path: Path):
    write(tmp_path, "report.pdf")
    (found,) = find([tmp_path / "report.pdf"])
    assert "not a notebook" in found.trouble


@given(st.lists(st.lists(st.text(min_size=1), min_size=1, max_size=3), max_size=8))
def test_names_are_safe_short_and_each_only_once(paths: list[list[str]]):
    taken = Names()
    given_names = [taken.name(tuple(path)) for path in paths]
    assert len({name.casefold() for name in given_names}) == len(given_names)
    for name in given_names:
        assert name
        assert name[0] not in ".-"
        assert all(c in "-_." or unicodedata.category(c)[0] in "LNM" for c in name)
        assert len(name.encode()) <= 130
        assert name == unicodedata.normalize("NFC", name)
