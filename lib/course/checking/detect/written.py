"""What the text of an answer tells: names that are never read, given lines that are gone.

It is true of every answer that it is said of, but need not be the cause: so it stands behind what
was seen in the numbers, where that is a symptom alone.
"""

from course.checking.detect.influence import joined
from course.checking.evidence import Evidence
from course.checking.subject import Trouble
from course.checking.unread import unread

SYMPTOMS = ("patterns", "masks", "sizes", "hidden")


def remark(evidence: Evidence, said: str = "") -> str:
    """A sentence or two, or "". What is named in `said` already is not named again."""
    exercise = evidence.exercise
    first = evidence.outcomes[evidence.failing[0]]
    if isinstance(first, Trouble) and first.what != "raised":
        return ""  # that says it already
    spared = {name for way in (*exercise.right_ways, exercise.oracle) for name in unread(way)}
    names = [
        name
        for name in evidence.unread
        if name not in spared and f"`{name}`" not in said and f"`{name}." not in said
    ]
    sentences = []
    if 0 < len(names) <= 4:
        are = "is" if len(names) == 1 else "are"
        quoted = joined([f"`{name}`" for name in names])
        sentences.append(f"In your answer {quoted} {are} never read.")
    gone = [exercise.given[place] for place in evidence.gone]
    if len(gone) == 1:
        sentences.append(f"A line that was given is changed, or no longer there: `{gone[0]}`.")
    return " ".join(sentences)
