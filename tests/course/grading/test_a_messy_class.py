"""One folder as instructors get it, with all that goes wrong in classes, graded in one run.

Nobody is without a row, and each gets the marks that the answers deserve.
"""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from course import paths
from course.grading.report import Options
from course.grading.run import GradingRun, Request

LESSON = "02"
ALL = 10.0  # points of lesson 02
(NAME,) = (path.name for path in paths.SOLUTIONS.glob(f"{LESSON}_*.ipynb"))
Change = Callable[..., object]


def right(book):
    """Nothing went wrong."""


def turned_into_text(kind: str, *grade_ids: str) -> Change:
    def change(book):
        for grade_id in grade_ids:
            cell = book.cell(grade_id)
            cell["cell_type"] = kind
            del cell["outputs"], cell["execution_count"]

    return change


def a_class_that_reads_and_binds_a_given_name(book):
    answer = "".join(book.cell("exercise-02-4")["source"])
    book.answer(
        "02.4", answer.replace("    def __init__(", "    tokens = tokens\n\n    def __init__(")
    )


def a_check_deleted(book):
    del book.cells[book.place("check-02-3")]


def an_exercise_deleted(book):
    a_check_deleted(book)
    del book.cells[book.place("exercise-02-3")]


def a_check_pasted_back(book):
    book.cell("check-02-3")["metadata"] = {}


def a_check_merged_into_its_answer(book):
    check = book.cells.pop(book.place("check-02-2"))
    answer = book.cell("exercise-02-2")
    answer["source"] = "".join(answer["source"]) + "\n\n" + "".join(check["source"])


def saved_by_colab(book):
    book.content["metadata"] = {"colab": {"provenance": []}, "kernelspec": {"name": "python3"}}
    book.content |= {"nbformat": 4, "nbformat_minor": 0}
    for cell in book.cells:
        del cell["id"]


def saved_by_vs_code(book):
    for cell in book.cells:
        cell["metadata"] = {"vscode": {"languageId": "python"}}


def a_name_used_again_below_its_check(book):
    book.before("02.5", "split_heads = attend_with_heads = None\n")


def asks_ends_and_fetches(book):
    book.before("02.1", "name = input('your name')\n").before("02.2", "import sys\nsys.exit()\n")
    book.before("02.3", "!git clone https://nowhere.invalid/x\n").before("02.4", "exit()\n")


def a_dead_kernel(book):
    book.before("02.2", "import os\nos._exit(1)\n")


def warnings_as_errors(book):
    book.before("02.1", "import warnings\nwarnings.simplefilter('error')\n")


def doubles_by_default(book):
    book.before("02.4", "torch.set_default_dtype(torch.float64)\ntorch.set_grad_enabled(False)\n")


def a_borrowed_layer(book):
    book.before(
        "02.1", "kept = torch.jit.script(torch.nn.functional.multi_head_attention_forward)\n"
    )
    book.answer(
        "02.4",
        "class MultiHeadAttention(nn.MultiheadAttention):\n"
        "    def __init__(self, d_model, num_heads):\n"
        "        super().__init__(d_model, num_heads, batch_first=True)\n",
    )


def a_message_that_turns_the_page_around(book):
    book.answer("02.5", "def pytorch_state(state):\n    raise KeyError('\\u202e\\x1b[31m')\n")


def the_last_two_blank(book):
    for number in ("02.4", "02.5"):
        blank = type(book).blank(LESSON).cell(f"exercise-{number.replace('.', '-')}")
        book.answer(number, "".join(blank["source"]))


# Who, what went wrong, and the points that are deserved. Each hands in a folder as from Moodle.
GRADED: dict[str, tuple[Change, float]] = {
    "Ann": (right, ALL),
    "Bea": (turned_into_text("markdown", "exercise-02-3", "exercise-02-4"), ALL),
    "Cem": (turned_into_text("raw", "exercise-02-1"), ALL),
    "Dan": (turned_into_text("markdown", "check-02-3", "check-02-5"), ALL),
    "Eve": (a_class_that_reads_and_binds_a_given_name, ALL),
    "Fay": (a_check_deleted, ALL),
    "Gus": (an_exercise_deleted, 5.0),  # 02.4 is built on it
    "Hal": (a_check_pasted_back, ALL),
    "Ida": (a_check_merged_into_its_answer, ALL),
    "Jan": (saved_by_colab, ALL),
    "Kim": (saved_by_vs_code, ALL),
    "Leo": (a_name_used_again_below_its_check, ALL),
    "Mia": (asks_ends_and_fetches, ALL),
    "Ned": (a_dead_kernel, ALL),
    "Oda": (the_last_two_blank, 4.0),
    "Pam": (warnings_as_errors, ALL),
    "Ron": (doubles_by_default, ALL),
    "Ted": (a_borrowed_layer, 7.0),
    "Uma": (a_message_that_turns_the_page_around, 7.0),
}
# Right answers in files of unusual names.
RENAMED = {
    "Pia": "02.ipynb.json", "Quy": "02.ipynb.txt", "Rex": "02.json",
    "Sue": "Copy of Копия 02 (1).IPYNB",
}  # fmt: skip
# Bytes that are no notebook, or none of this course, and what the row says.
UNREADABLE = {
    "Tom": ("02.ipynb", b'{"cells": [{"cell_type": "code", "sou', "can't be read"),
    "Uli": ("02.ipynb", '{"cells": [], "metadata": {"a": "ä"}}'.encode("cp1252"), "can't be read"),
    "Val": ("other.ipynb", b'{"cells": [], "metadata": {}}', "no check of this course"),
    "Wim": ("02.ipynb", b"", "is empty"),
    "Xia": ("all.zip", b"PK\x03\x04", "can't be read"),
    "Yan": ("scan.pdf", b"%PDF", "only scan.pdf"),
    "Zoë": (".ipynb_checkpoints/02-checkpoint.ipynb", b"{}", "only 02-checkpoint.ipynb"),
    "Abe": ("._02.ipynb", b"", "only ._02.ipynb"),
    "Bob": (".DS_Store", b"", "only .DS_Store"),
    "Cat": ("02.ipynb.txt", b"I could not save it", "only 02.ipynb.txt"),
    "Dee": (None, b"", "the folder is empty"),
}


@pytest.fixture
def downloads(tmp_path: Path, notebook) -> Path:
    folder = tmp_path / "downloads"

    def write(path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    for number, who in enumerate([*GRADED, *RENAMED, *UNREADABLE]):
        theirs = folder / f"{who}_{number}_assignsubmission_file"
        book = notebook(lesson=LESSON)
        if who in GRADED:
            GRADED[who][0](book)
            write(theirs / NAME, book.data())
        elif who in RENAMED:
            write(theirs / RENAMED[who], book.data())
        elif name := UNREADABLE[who][0]:
            write(theirs / name, UNREADABLE[who][1])
        else:
            theirs.mkdir()
    # Windows: a byte order mark and its line ends; a second attempt beside the first.
    windows = json.dumps(notebook(lesson=LESSON).content, indent=1).replace("\n", "\r\n")
    write(folder / "Wes_90_assignsubmission_file" / NAME, b"\xef\xbb\xbf" + windows.encode())
    again = notebook(lesson=LESSON)
    the_last_two_blank(again)
    write(folder / "Wes_90_assignsubmission_file" / "first try.ipynb", again.data())
    write(folder / "Wes_90_assignsubmission_onlinetext" / "onlinetext.html", b"see the file")
    # Another platform's download, all in one folder of a zip file, made on a Mac.
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(f"HW_cho_attempt_2026-11-02-10-15-00_{NAME}", notebook(lesson="11").data())
        archive.writestr("HW_cho_attempt_2026-11-02-10-15-00.txt", "receipt")
        archive.writestr("HW_dee_attempt_2026-11-02-11-00-00.txt", "receipt")
        archive.writestr(f"__MACOSX/._HW_cho_attempt_2026-11-02-10-15-00_{NAME}", b"")
        archive.writestr("__MACOSX/._HW_eli_attempt_2026-11-02-10-15-00_02.ipynb", b"")
    write(folder / "section B.zip", packed.getvalue())
    write(folder / ".DS_Store", b"")
    return folder


def test_nobody_is_without_a_row_and_each_has_the_marks_that_are_deserved(
    tmp_path: Path, downloads: Path, walls: None
):
    out = tmp_path / "marks"
    request = Request([downloads], out, Options(cell_seconds=60.0), workers=2)
    data = GradingRun(request).go(Console(quiet=True))
    with open(out / "scores.csv", encoding="utf-8-sig", newline="") as file:
        rows = {row["name"]: row for row in csv.DictReader(file)}

    people: dict[str, list[dict[str, str]]] = {}
    for name, row in rows.items():
        people.setdefault(name.partition("_")[0], []).append(row)
    section_b = people.pop("section")
    wes = people.pop("Wes")
    assert set(people) == {*GRADED, *RENAMED, *UNREADABLE}
    assert all(len(theirs) == 1 for theirs in people.values())

    deserved = {who: points for who, (_, points) in GRADED.items()} | dict.fromkeys(RENAMED, ALL)
    earned = {who: float(people[who][0]["total"] or "nan") for who in deserved}
    assert earned == pytest.approx(deserved), {w: people[w][0]["notes"] for w in deserved}
    for who, (_, _, said) in UNREADABLE.items():
        assert said in people[who][0]["error"]
        assert people[who][0]["total"] == ""
    assert sorted(float(row["total"]) for row in wes) == [4.0, ALL]
    assert sorted((row["lesson"], row["total"], row["error"][:20]) for row in section_b) == [
        ("", "", "No notebook was hand"),
        ("", "", "No notebook was hand"),
        ("11", "7", ""),
    ]
    # What a person should look at is said, of those that are all right nothing.
    for who in ("Ann", "Eve", "Hal", "Ida", "Jan", "Kim", "Leo", *RENAMED):
        assert people[who][0]["notes"] == "", who
    for who in ("Bea", "Cem", "Dan", "Fay", "Gus", "Ned"):
        assert people[who][0]["notes"] != "", who
    assert data["graded"] + len(data["unreadable"]) == data["hand_ins"] == len(rows)
    pages = [page.read_text("utf-8") for page in (out / "feedback").glob("Uma_*.html")]
    assert len(pages) == 1
    assert not {"\u202e", "\x1b"} & {*pages[0]}
    assert "KeyError" in pages[0]
