"""What each tag of a cell means to those who run it. One table, since they must agree."""

from collections.abc import Iterable
from dataclasses import dataclass

IGNORE_OUTPUT = "nbval-ignore-output"


@dataclass(frozen=True)
class Tag:
    """What is done with a cell that has it.

    compared  the tests compare its output with the one that the solution saved
    checked   `course check` runs it
    graded    `course grade` runs it, where it is as it was given out
    folded    its source is hidden until it is opened
    """

    compared: bool = True
    checked: bool = True
    graded: bool = True
    folded: bool = False


TAGS = {
    "exercise": Tag(),  # the learner's answer goes here
    "check": Tag(),  # calls `check`
    "hint": Tag(),  # opens on a click
    "deep-dive": Tag(),  # a section that is folded
    "folded": Tag(folded=True),  # code that a learner neither writes nor is asked about
    "memorable": Tag(),  # the lesson's picture: solutions/ holds it as a plain image too
    # Only looked at: no answer may depend on it. `course check` runs it all the same, as it may
    # show that an answer fails where it is used.
    "demo": Tag(graded=False),
    # Their outputs answer the mouse, or tell of one learner.
    "explore": Tag(compared=False, checked=False, graded=False),
    "quiz": Tag(compared=False, checked=False, graded=False),
    "progress": Tag(compared=False, checked=False, graded=False),
    # What is written or answered from memory, for practice: the learner's cell begins empty.
    "recall": Tag(compared=False, checked=False, graded=False),
}


def meaning(tags: Iterable[str]) -> Tag:
    """What holds for a cell with all of these tags. One that we don't know changes nothing."""
    known = [TAGS[tag] for tag in tags if tag in TAGS]
    return Tag(
        compared=all(tag.compared for tag in known),
        checked=all(tag.checked for tag in known),
        graded=all(tag.graded for tag in known),
        folded=any(tag.folded for tag in known),
    )
