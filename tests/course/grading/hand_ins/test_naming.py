"""Names of hand-ins: safe as a file's name everywhere, short, and each only once."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from course.grading.hand_ins.naming import Names


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
