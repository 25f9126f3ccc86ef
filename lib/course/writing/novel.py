"""The novel that lesson 17 learns from: "Pride and Prejudice", by Jane Austen, 1813."""

from course import paths

FILE = paths.DATA / "pride_and_prejudice.txt"
TRAIN = 0.9  # the share of the text that is learnt from


def novel() -> tuple[str, str]:
    """The text to learn from and the text to test on, which follows it; a paragraph a line."""
    text = FILE.read_text(encoding="utf-8")
    cut = text.index("\n", int(TRAIN * len(text))) + 1  # no paragraph is in both
    return text[:cut], text[cut:]
