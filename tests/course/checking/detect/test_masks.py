"""Masks that NumPy makes, with known places wrong: they are described as what they were made."""

import numpy as np
import pytest

from course.checking.detect.masks import Table, described
from course.checking.detect.places import Places, in_words, listed
from course.checking.detect.runs import moved_ends


def band(n: int, below: int, above: int) -> np.ndarray:
    """True where -below <= j - i <= above."""
    return np.tri(n, k=above, dtype=bool) & ~np.tri(n, k=-below - 1, dtype=bool)


def said(*pairs: tuple[np.ndarray, np.ndarray], **numbers: int) -> str | None:
    found = described([Table(*pair, numbers) for pair in pairs], "mask")
    return found[0] if found else None


@pytest.mark.parametrize("begin", range(-3, 4))
@pytest.mark.parametrize("end", range(-3, 4))
def test_runs_are_moved_by_as_much_as_they_were_moved(begin: int, end: int) -> None:
    came, expected = band(14, 5 - begin, 4 + end), band(14, 5, 4)
    moved = moved_ends(list(zip(came, expected, strict=True)))
    assert moved == ((begin, end) if begin or end else None)


def test_rows_that_are_no_runs_have_no_ends() -> None:
    gaps = np.array([[True, False, True, False]] * 3)
    assert moved_ends(list(zip(gaps, ~gaps, strict=True))) is None


@pytest.mark.parametrize(
    ("came", "words"),
    [
        (np.ones((6, 6), bool), "In mask every place says yes."),
        (np.zeros((6, 6), bool), "In mask every place says no."),
        (~band(6, 2, 0), "Yes and no are exchanged in mask."),
        (band(6, 0, 2), "Rows and columns are exchanged in mask."),
        (~band(6, 0, 2), "Rows and columns are exchanged in mask, and yes and no are, too."),
        (
            band(6, 2, 2),
            "mask has its mirror image as well: where row i says yes to j as it should, row j says "
            "yes to i, too.",
        ),
        (np.array([[1, 0, 1, 0, 0, 1]] * 6, bool), "All rows of mask are the same."),
        (np.array([[1, 0, 1, 0, 0, 1]] * 6, bool).T, "All columns of mask are the same."),
        (band(6, 5, 0), "mask says yes where j <= i, and nowhere else."),
        (band(6, 3, 0), "At the left end of each row of mask, one place too many says yes."),
        (band(6, 1, 0), "At the left end of each row of mask, one place too few says yes."),
        (band(6, 2, 2) & ~np.eye(6, dtype=bool), None),
    ],
)
def test_a_window_that_looks_back_is_described_by_what_was_done_to_it(
    came: np.ndarray, words: str | None
) -> None:
    assert said((came, band(6, 2, 0))) == words


def test_a_distance_goes_by_the_number_that_it_is_in_every_case() -> None:
    with_board = []
    for n, window in ((9, 2), (12, 4)):
        expected = band(n, window - 1, window - 1)
        came = band(n, window - 1, window)
        for table in (came, expected):
            table[:1] = table[:, :1] = True
        with_board.append(Table(came, expected, {"n": n, "window": window}))
    found = described(with_board, "mask")
    assert found is not None
    assert found[0] == "All that is too much in mask lies where j - i is window."


def test_a_diagonal_that_is_missing_is_said() -> None:
    expected = band(7, 2, 2)
    expected[0] = True
    assert said((expected & ~np.eye(7, dtype=bool), expected)) == (
        "The diagonal of mask says no, and nothing else is wrong."
    )


def test_one_wrong_place_lies_on_any_line_and_is_not_spoken_of() -> None:
    came = band(6, 2, 0)
    came[4, 1] = True
    assert said((came, band(6, 2, 0))) is None


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ([0], "the first row"),
        ([5], "the last row"),
        ([1, 2, 3, 4, 5], "all rows but the first"),
        ([0, 1, 2, 3, 4], "all rows but the last"),
        ([0, 2, 4], "every second row (0, 2, …)"),
        ([1, 3, 5], "every second row (1, 3, …)"),
        ([3], "row `k`"),
        ([3, 4, 5], "the rows from `k` on"),
        ([0, 1, 2], "the first `k` rows"),
        ([1, 2], None),
    ],
)
def test_places_have_the_words_that_fit_them(found: list[int], words: str | None) -> None:
    assert in_words([Places(found, 6, {"k": 3})], "row", "rows") == words


def test_words_for_places_fit_in_every_case() -> None:
    cases = [Places([0], 6, {}), Places([1], 6, {})]
    assert in_words(cases, "row", "rows") is None


def test_places_in_a_row_are_listed_by_their_ends() -> None:
    assert [listed([2]), listed([0, 3]), listed([2, 3, 4, 5])] == ["2", "0, 3", "2 to 5"]
