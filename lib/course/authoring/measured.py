"""Measured numbers of which a lesson's prose speaks: the ranges in which its output must lie.

A cell of prose names them on its first line, by the words that stand before the number in the
output of a cell above it:

    # %% [markdown] measured={"naive, slope": [1.7, 2.4], "seeds of 3": [2, 3]}
"""

import math
import re
from collections.abc import Mapping
from typing import Any

from course.authoring.lesson import Cell

_NUMBER = r"[-+−]?\d[\d,_]*(?:\.\d+)?(?:e[-+]?\d+)?"


def fault_of_ranges(cell: Cell) -> str | None:
    """What is wrong with a cell's `measured`, or None."""
    given = cell.settings.get("measured", {})
    if not isinstance(given, dict):
        return 'measured={"words before the number": [lowest, highest]}'
    if given and cell.kind != "markdown":
        return "measured stands at the prose that speaks of the numbers"
    for words, limits in given.items():
        numbers = isinstance(limits, list) and all(isinstance(x, int | float) for x in limits)
        if not numbers or len(limits) != 2 or not limits[0] <= limits[1]:
            return f"measured {words!r}: expected [lowest, highest], got {limits!r}"
    return None


def out_of_range(notebook: Mapping[str, Any], place: int, ranges: Mapping[str, Any]) -> list[str]:
    """A sentence for each range that the saved output does not keep.

    notebook  executed, as nbformat reads it
    place     which of its cells speaks of the numbers; outputs above it are searched, nearest first
    """
    text = "\n".join(_printed(cell) for cell in reversed(notebook["cells"][:place]))
    said = []
    for words, (lowest, highest) in ranges.items():
        found = re.search(re.escape(words) + rf"[\s:=]*({_NUMBER})", text)
        if found is None:
            said.append(f"no output above says {words!r} and then a number")
            continue
        number = float(re.sub("[,_]", "", found[1]).replace("−", "-"))
        if not (math.isfinite(number) and lowest <= number <= highest):
            said.append(f"{words} {found[1]} is not from {lowest} to {highest}")
    return said


def _printed(cell: Mapping[str, Any]) -> str:
    outputs = cell.get("outputs", [])
    return "\n".join(
        "".join(output.get("text") or output.get("data", {}).get("text/plain", ""))
        for output in outputs
    )
