"""Finding hand-ins: messy downloads, hostile archives, and nothing lost."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from course.errors import CourseError
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


def test_an_empty_zip_is_somebodys_too(tmp_path: Path):
    zipped(tmp_path / "ann.zip", {})
    (found,) = find([tmp_path])
    assert (found.name, found.trouble) == ("ann", "The zip file is empty.")


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
