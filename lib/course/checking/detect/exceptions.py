"""An exception, said in terms of the learner's line: what does not fit there, and what would.

Python, NumPy and PyTorch say what stopped *them*. The same few kinds stop nearly every beginner,
and each has a sentence here. None of them guesses: it repeats what the exception knows, with the
names of the inputs that have the sizes in question.
"""

import re
from difflib import get_close_matches

from course.checking.detect.exception_kinds import KINDS
from course.checking.detect.exception_lines import RECKONED, Said, Scene
from course.checking.detect.exception_words import PLAIN
from course.checking.evidence import Diagnosis, Evidence
from course.checking.questions import given
from course.checking.subject import Trouble


def detect(evidence: Evidence) -> Diagnosis | None:
    """What the exception of the smallest case says of the line where it was raised."""
    case = evidence.failing[0]
    trouble = evidence.outcomes[case]
    if not isinstance(trouble, Trouble) or trouble.what != "raised":
        return None
    arguments, options = given(evidence.questions[case])
    names = evidence.exercise.argument_names
    inputs = dict(zip(names, arguments, strict=False)) | options
    scene = Scene(" ".join(trouble.detail.split()), trouble.line, inputs)
    if said := _other_arguments(trouble.name, scene, names):
        return Diagnosis(*said, "fact", "exceptions")
    said = _in_other_words(scene) or _by_type(trouble.name, scene, names, evidence.unread)
    return Diagnosis(*said, "fact", "exceptions") if said else None


def _other_arguments(name: str, scene: Scene, argument_names: list[str]) -> Said | None:
    """Where no line of the learner's was reached: the answer can't be called as it has to be."""
    wrong_call = re.search(r"positional argument|unexpected keyword|multiple values", scene.detail)
    if name != "TypeError" or not wrong_call or scene.line:
        return None
    return (
        "Your function takes other arguments than it is given.",
        f"It is called with {', '.join(argument_names)}, in this order.",
    )


def _in_other_words(scene: Scene) -> Said | None:
    for pattern, say in RECKONED:
        if found := re.search(pattern, scene.detail):
            return say(found, scene)
    for pattern, what, way_out in (*KINDS, *PLAIN):
        if found := re.search(pattern, scene.detail):
            return what.format(*found.groups(), at=scene.at), way_out
    return None


def _by_type(
    name: str, scene: Scene, argument_names: list[str], unread: tuple[str, ...]
) -> Said | None:
    missing = re.search(r"(\w+)\(\) missing \d+ required positional arguments?: (.+)", scene.detail)
    if missing:
        return (
            f"`{missing[1]}` is called without {missing[2]}{scene.at}.",
            "Its arguments are taken in the order in which they stand in the brackets.",
        )
    named = re.search(r"name '(\w+)'|variable '(\w+)'", scene.detail)
    used = f"`{named[1] or named[2]}`" if named else "A name"
    meant = get_close_matches(used.strip("`"), [*unread, *argument_names], 1, 0.7)
    near = f"There is `{meant[0]}`, spelt otherwise." if meant else ""
    return {
        "NameError": (
            f"{used} is used, and has no value{scene.at}.",
            near
            or "A name has a value once the line that sets it has run, also in another cell. "
            "What belongs to an object has `self.` before it.",
        ),
        "UnboundLocalError": (
            f"{used} is used before it has a value{scene.at}.",
            "It is set on some of the ways that lead there, or below: a loop that runs not once, "
            "and an `if` that is not taken, set nothing.",
        ),
        "ZeroDivisionError": (
            f"It divides by 0{scene.at}.",
            "A size, a count or a sum is 0 there.",
        ),
        "RecursionError": (
            f"A function calls itself without end{scene.at}.",
            "One of its calls has to give something back without calling on.",
        ),
        "AssertionError": (
            f"An `assert` in your answer does not hold{scene.at}.",
            "",
        ),
        "KeyError": (f"There is no entry {scene.detail[:60]}{scene.at}.", ""),
        "StopIteration": (f"`next` is asked for more than there is{scene.at}.", ""),
    }.get(name)
