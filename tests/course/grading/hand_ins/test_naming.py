"""Names of hand-ins: safe as a file's name everywhere, short, and each only once."""

import unicodedata
from pathlib import PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course import paths
from course.grading.hand_ins.naming import LONGEST, Names, printable


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


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (("ann", "01.ipynb"), "ann-01"),
        (("Ann Smith_123_assignsubmission_file_", "a.IPYNB"), "Ann_Smith_123-a"),
        (("class.zip", "bob.zip", "01.ipynb.json"), "class-bob-01"),
        (("Zoe\u0308", "課題.ipynb"), "Zoë-課題"),
        (("con.ipynb",), "con_"),
        (("..", "-rf.ipynb"), "rf"),
        (("...",), "hand-in"),
        ((f"{paths.lesson_names()[1]}.ipynb",), "01"),
    ],
)
def test_a_name_says_whose_it_is_and_can_be_a_files_name_on_every_system(path, name):
    assert Names().name(path) == name
    assert not getattr(PureWindowsPath(f"{name}.html"), "is_reserved", lambda: False)()


def test_two_that_differ_only_in_spelling_or_behind_the_cut_are_told_apart():
    names = Names()
    long = "x" * 200
    taken = [names.name((n,)) for n in ("Ann", "ann", "ANN.ipynb", f"{long}a", f"{long}b")]
    assert taken[:3] == ["Ann", "ann-2", "ANN-3"]
    assert len({name.casefold() for name in taken}) == 5
    assert all(len(name.encode()) <= LONGEST for name in taken)


def test_what_cannot_be_printed_becomes_a_sign():
    assert printable("a\nb\x1b[2J\u202eé") == "a�b�[2J�é"
