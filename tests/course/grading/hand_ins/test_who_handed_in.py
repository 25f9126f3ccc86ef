"""Who handed in: whatever lies in a folder, nobody is missing, and nobody is made up."""

import zipfile
from pathlib import Path

from course.grading.hand_ins.find import find

NOTEBOOK = "01_attention_is_a_soft_lookup.ipynb"


def write(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())


LIKE_A_NOTEBOOK = b'{\n "cells": [\n  {"cell_type": "markdown"}]}'


def test_somebody_who_handed_in_no_more_than_junk_has_a_row(tmp_path: Path):
    write(
        tmp_path, f"Ann_1_assignsubmission_file/{NOTEBOOK}",
        "Bob_2_assignsubmission_file/.ipynb_checkpoints/01-checkpoint.ipynb",
        "Cem_3_assignsubmission_file/._01.ipynb", "Cem_3_assignsubmission_file/.DS_Store",
        "Eve_5_assignsubmission_file/__MACOSX/._01.ipynb",
        "Fay_6_assignsubmission_file/Thumbs.db", "Fay_6_assignsubmission_file/scan.pdf",
    )  # fmt: skip
    (tmp_path / "Dan_4_assignsubmission_file").mkdir()
    (tmp_path / "Gus_7_assignsubmission_file" / "work").mkdir(parents=True)
    only = "No notebook was handed in, only "
    empty = "No notebook was handed in: the folder is empty."
    expected = {
        "Ann_1-01": "", "Bob_2": only + "01-checkpoint.ipynb.",
        "Cem_3": only + ".DS_Store, ._01.ipynb.",
        "Dan_4": empty, "Eve_5": only + "._01.ipynb.", "Fay_6": only + "scan.pdf.", "Gus_7": empty,
    }  # fmt: skip
    assert {one.name: one.trouble for one in find([tmp_path])} == expected
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        for path in sorted(tmp_path.glob("*_file/**/*")) + sorted(tmp_path.glob("*_file")):
            archive.write(path, path.relative_to(tmp_path))
        archive.writestr("__MACOSX/Ann_1_assignsubmission_file/._01.ipynb", b"")
        archive.writestr("__MACOSX/Hal_8_assignsubmission_file/._01.ipynb", b"")
    found = {one.name: one.trouble for one in find([tmp_path / "class.zip"])}
    assert found == expected | {"Hal_8": only + "._01.ipynb."}


def test_junk_beside_a_notebook_makes_nobody(tmp_path: Path):
    write(
        tmp_path, f"ann/{NOTEBOOK}", "ann/.ipynb_checkpoints/a.ipynb", "ann/pictures/.DS_Store",
        "__MACOSX/ann/._01.ipynb", "__MACOSX/._ann", ".git/config", ".DS_Store",
    )  # fmt: skip
    (tmp_path / "ann" / "empty").mkdir()
    (tmp_path / ".empty").mkdir()
    assert [one.name for one in find([tmp_path])] == ["ann-01"]


def test_of_those_whose_files_lie_in_one_folder_nobody_is_missing(tmp_path: Path):
    write(
        tmp_path,
        "blackboard/Lesson 1_lovelacea_attempt_2026-11-02-10-15-00.txt",
        "blackboard/Lesson 1_lovelacea_attempt_2026-11-02-10-15-00_01.ipynb",
        "blackboard/Lesson 1_turinga_attempt_2026-11-02-11-00-00.txt",
        "canvas/._hoppergrace_12347_67892_01.ipynb",
        "canvas/._kay_12348_67893_01.ipynb",
        "canvas/kay_12348_67893_01.ipynb",
        "pdfs/a_1_2_scan.pdf",
        "pdfs/b_3_4_scan.pdf",
        "moodle/Ann Smith_123_assignsubmission_file_01.ipynb",
        "moodle/Ann Smith_123_assignsubmission_onlinetext_onlinetext.html",
        "moodle/Bob Jones_124_assignsubmission_file_scan.pdf",
    )
    assert {one.name: one.trouble.rpartition(", ")[2] for one in find([tmp_path])} == {
        "blackboard-Lesson_1_lovelacea_attempt_2026-11-02-10-15-00_01": "",
        "blackboard-turinga": "only Lesson 1_turinga_attempt_2026-11-02-11-00-00.txt.",
        "canvas-hoppergrace": "only ._hoppergrace_12347_67892_01.ipynb.",
        "canvas-kay_12348_67893_01": "",
        "moodle-Ann_Smith_123_assignsubmission_file_01": "",
        "moodle-Bob_Jones_124": "only Bob Jones_124_assignsubmission_file_scan.pdf.",
        "pdfs-a": "only a_1_2_scan.pdf.",
        "pdfs-b": "only b_3_4_scan.pdf.",
    }


def test_a_notebook_that_a_browser_renamed_is_known_by_its_content(tmp_path: Path):
    from_colab = b'{"nbformat":4,"nbformat_minor":0,"metadata":{},"cells":[]}'
    files = {
        "ann/01.ipynb.json": LIKE_A_NOTEBOOK,
        "bob/01.ipynb.txt": b"\xef\xbb\xbf" + LIKE_A_NOTEBOOK,
        "cem/01.json": from_colab,
        "dan/notes.txt": b"I did not manage it.",
        "eve/01.ipynb.txt": b"",
        "fay/01.ipynb": LIKE_A_NOTEBOOK,
        "fay/settings.json": b'{"cells": 3}',
    }
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
        archive.extractall(tmp_path / "in")
    for path in (tmp_path / "in", tmp_path / "in.zip"):
        found = {one.name: one for one in find([path])}
        assert list(found) == ["ann-01", "bob-01", "cem-01.json", "dan", "eve", "fay-01"]
        assert found["cem-01.json"].read().data == from_colab
        assert "only notes.txt" in found["dan"].trouble
        assert "only 01.ipynb.txt" in found["eve"].trouble
    (alone,) = find([tmp_path / "in" / "bob" / "01.ipynb.txt"])
    assert (alone.name, alone.trouble) == ("01", "")
