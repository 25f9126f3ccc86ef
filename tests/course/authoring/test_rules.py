"""Faults of a lesson: all named at once, each with its line."""

import pytest

from course.authoring.lesson import read_lesson
from course.authoring.make import Folders, read_sound_lessons
from course.authoring.rules import faults
from course.errors import CourseError

SOUND = '''\
# %% [markdown]
r"""
# 01 · Tiny
"""

# %% tags=["exercise"] exercise="01.1" minutes=5 importance="core"
def double(x: float) -> float:
    """Twice x."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION


# %% [markdown] tags=["hint"]
r"""
<details><summary>Hint 1</summary>

Twice.
</details>
"""

# %% tags=["check"] exercise="01.1"
check("01.1", double, points=2)
'''
SECOND = """
# %% tags=["exercise"] exercise="01.2" minutes=5 importance="core"
def triple(x):
    ### BEGIN SOLUTION
    return 3 * x
    ### END SOLUTION


# %% tags=["check"] exercise="01.2"
check("01.2", triple, points=1)
"""


def bank(lesson: str) -> set[str]:
    return {"01.1"}


def said(tmp_path, text: str, bank=bank) -> list[str]:
    path = tmp_path / "lessons" / "01_tiny.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return faults(read_lesson(path), bank)


def test_a_sound_lesson_has_no_fault(tmp_path):
    assert said(tmp_path, SOUND) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("    ### END SOLUTION\n", "", 9, "without '### END SOLUTION'"),
        ("    ### BEGIN SOLUTION\n", "", 10, "without '### BEGIN SOLUTION'"),
        (
            'check("01.1", double, points=2)',
            "### BEGIN SOLUTION\n### END SOLUTION",
            23,
            "outside an exercise",
        ),
        ('tags=["check"] exercise="01.1"', "", 7, "has no check cell"),
        (
            'tags=["exercise"] exercise="01.1" minutes=5 importance="core"',
            "",
            23,
            "without an exercise cell 01.1",
        ),
        (" minutes=5", "", 7, "how long it takes, minutes=5, not None"),
        ("minutes=5", "minutes=0", 7, "how long it takes"),
        ('importance="core"', 'importance="high"', 7, "is one of core, useful, extra"),
        ('["hint"]', '["hint"] minutes=3', 16, "stand at an exercise cell"),
        ("[markdown]\n", "[markdown] measured=[1]\n", 3, "measured="),
        (", points=2", "", 23, "what it is worth"),
        ("points=2", "points=0", 23, "what it is worth"),
        ('["check"] exercise', '["check"] points=2 exercise', 23, "unknown setting 'points'"),
        ('["check"] exercise="01.1"', '["check"]', 23, "says which exercise"),
        ('["exercise"] exercise="01.1"', '["exercise"] exercise="02.1"', 7, "not belong to lesson"),
        ('["exercise"] exercise="01.1"', '["exercise"] exercise=1', 7, "is written"),
        ('tags=["hint"]', 'tags=["hints"]', 16, "unknown tag 'hints'"),
        ('[markdown] tags=["hint"]', 'tags=["hint"]', 15, "must be markdown, not code"),
        ('tags=["hint"]', 'tags=["hint", "check"]', 16, "a cell is one thing"),
        ('check("01.1", double, points=2)', 'check("01.2", double)', 23, 'must call check("01.1"'),
        ("return 2 * x", "return 2 *", 10, "not Python"),
        (
            "2 * x\n    ### END SOLUTION",
            "(\n    ### END SOLUTION\n    2)",
            7,
            "with its solution cut",
        ),
        (
            "    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION\n",
            "    pass\n",
            7,
            "no sol",
        ),
        ("# 01 · Tiny", "# 01 · Tiny\n### END SOLUTION", 4, "without '### BEGIN"),
        (SOUND, SOUND + SECOND, 26, "01.2 is not in the bank"),
    ],
)
def test_each_fault_is_named_with_its_line(tmp_path, old, new, line, words):
    assert old in SOUND
    found = said(tmp_path, SOUND.replace(old, new))
    matching = [text for text in found if words in text]
    assert matching, found
    assert matching[0].split(": ")[0] == f"lessons/01_tiny.py:{line}"


def test_numbers_and_names_are_used_once(tmp_path):
    twice = SOUND + SOUND[SOUND.index("# %% tags=") :]
    found = "\n".join(said(tmp_path, twice))
    assert "a second exercise cell for exercise 01.1" in found
    assert "a second check cell for exercise 01.1" in found
    same_name = SOUND + SECOND.replace("triple", "double")
    found = "\n".join(said(tmp_path, same_name, lambda lesson: {"01.1", "01.2"}))
    assert "'double' is defined in exercise 01.1 already" in found


def test_a_check_stands_below_its_exercise(tmp_path):
    first, exercise = SOUND.split("# %% tags=", 1)
    check = exercise[exercise.index('# %% tags=["check"]') :]
    found = said(tmp_path, f"{first}{check}\n# %% tags={exercise.replace(check, '')}")
    assert len(found) == 1
    assert "stands above its exercise" in found[0]


def test_what_the_bank_holds_and_the_lesson_does_not_is_named(tmp_path):
    found = said(tmp_path, SOUND, lambda lesson: {"01.1", "01.7"})
    assert found == [
        "lessons/01_tiny.py:1: the bank of checks holds 01.7, the lesson has no such exercise"
    ]


def test_all_faults_of_all_lessons_are_told_at_once(tmp_path):
    folder = tmp_path / "lessons"
    folder.mkdir()
    broken = SOUND.replace(", points=2", "").replace('tags=["hint"]', 'tags=["hnt"]')
    (folder / "01_tiny.py").write_text(broken)
    (folder / "02_none.py").write_text("x = 1\n# %%\n")
    folders = Folders(folder, tmp_path / "notebooks", tmp_path / "solutions")
    with pytest.raises(CourseError) as caught:
        read_sound_lessons(["01_tiny", "02_none"], folders, bank)
    lines = str(caught.value).splitlines()
    assert len(lines) == 3
    assert lines[2].startswith("lessons/02_none.py:1: only comments may stand before")


def test_a_solution_may_stand_in_a_cell_to_be_filled_from_memory_without_an_exercise(tmp_path):
    cell = """
# %% tags=["recall"]
# From memory.
### BEGIN SOLUTION
def from_memory(x):
    return 2 * x


check("00.1", from_memory, points=0)
### END SOLUTION
"""
    assert said(tmp_path, SOUND + cell) == []
    (fault,) = said(tmp_path, SOUND + cell.replace('tags=["recall"]', 'tags=["demo"]'))
    assert "outside an exercise or recall cell" in fault
