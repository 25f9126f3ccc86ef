"""A range that prose speaks of is held against the output that was saved above it."""

import pytest

from course.authoring.lesson import Cell
from course.authoring.measured import fault_of_ranges, out_of_range


def printed(text: str) -> dict:
    return {"outputs": [{"output_type": "stream", "name": "stdout", "text": text}]}


NOTEBOOK = {
    "cells": [
        printed("chunked, slope 1.9\n"),
        printed("naive, slope: 2.10   chunked, slope 0.6\ncost 1,234,567\nz −3.5\nx = 1e-07\n"),
        {},
        printed("naive, slope 9.0"),
    ]
}


@pytest.mark.parametrize(
    ("words", "lowest", "highest"),
    [
        ("naive, slope", 2.1, 2.1),
        ("chunked, slope", 0.5, 0.7),
        ("cost", 1_000_000, 2_000_000),
        ("z", -4, -3),
        ("x", 0, 1e-6),
    ],
)
def test_the_nearest_output_above_counts(words, lowest, highest):
    assert out_of_range(NOTEBOOK, 2, {words: [lowest, highest]}) == []
    assert out_of_range(NOTEBOOK, 2, {words: [highest + 1, highest + 2]}) != []


def test_a_number_outside_and_words_that_nobody_prints_are_named():
    assert out_of_range(NOTEBOOK, 2, {"naive, slope": [0.5, 2]}) == [
        "naive, slope 2.10 is not from 0.5 to 2"
    ]
    assert "'missing'" in out_of_range(NOTEBOOK, 2, {"missing": [0, 1]})[0]


@pytest.mark.parametrize("measured", [["a"], {"a": 1}, {"a": [1]}, {"a": [2, 1]}, {"a": ["1", 2]}])
def test_a_range_that_is_none_is_a_fault(measured):
    assert fault_of_ranges(Cell("markdown", "", 1, {"measured": measured})) is not None


def test_ranges_stand_at_prose():
    ranges = {"measured": {"a": [1, 2]}}
    assert fault_of_ranges(Cell("markdown", "", 1, ranges)) is None
    assert fault_of_ranges(Cell("code", "", 1, ranges)) is not None
    assert fault_of_ranges(Cell("code", "", 1, {})) is None
