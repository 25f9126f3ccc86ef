"""The minutes of a lesson are counted by the rule: words, lines, and what is done."""

import pytest

from course.authoring.lesson import Lesson, read_lesson
from course.authoring.minutes import main_path, parts, with_minutes

WORDS = " ".join(["word"] * 100)
LESSON = f'''\
# %% [markdown]
r"""
# 01 · Tiny

*About {{minutes}} minutes.*
"""

# %% tags=["recall"]
recall("01")

# %% tags=["recall"]
a = 1

# %%
{"x = 1" + chr(10)}{"x = x + 1" + chr(10) * 2}{("x = x + 1" + chr(10)) * 10}
# %% tags=["folded"]
def draw():
    print(1)

draw()

# %% [markdown]
r"""
## First

**Predict before you run.** {WORDS} $formula with many words$ `code` <b>
"""

# %% [markdown]
r"""
### Exercise 01.1 · Double · ●○○ · 2 points

Twice.
"""

# %% tags=["exercise"] exercise="01.1" minutes=4 importance="core"
def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION

# %% [markdown] tags=["hint"] exercise="01.1"
r"""
{WORDS}
"""

# %% tags=["explore"]
explore(f)

# %% [markdown]
r"""
## Going further

*{{minutes}} minutes more.* {WORDS} {WORDS}

### Inside it

{WORDS} {WORDS}
"""

# %% [markdown] tags=["deep-dive"]
r"""
## Deep dive

*{{minutes}} minutes more.*
"""

# %% [markdown]
r"""
## The quiz
"""

# %% tags=["quiz"]
quiz("01")
'''


@pytest.fixture
def lesson(tmp_path) -> Lesson:
    (tmp_path / "01_tiny.py").write_text(LESSON, encoding="utf-8")
    return read_lesson(tmp_path / "01_tiny.py")


def test_words_lines_exercises_predictions_explorations_questions_and_recall_count(lesson):
    found = {part.title: part for part in parts(lesson, questions=lambda number: 5)}
    lines = 12 / 12  # those that are not empty; what is folded or from memory does not count
    looks = 0.5  # at what the folded cell draws; the one before it shows nothing
    assert found["Beginning"].minutes == pytest.approx(4 / 200 + lines + looks + 4.5)
    words = 1 + 4 + 100 + len(["Exercise", "Double", "points", "Twice"])
    assert found["First"].minutes == pytest.approx(words / 200 + 1.5 + 4 + 1 / 12 + 2)
    assert found["The quiz"].minutes == pytest.approx(2 / 200 + 1 / 12 + 5 * 1.25)


def test_going_further_and_deep_dives_are_not_on_the_main_path(lesson):
    found = parts(lesson, questions=lambda number: 5)
    assert [part.title for part in found if part.optional] == ["Going further", "Deep dive"]
    on_the_way = sum(part.minutes for part in found if not part.optional)
    assert main_path(found) == round(on_the_way) == 20


def test_the_minutes_stand_in_the_text_and_below_each_exercise(lesson):
    texts = "\n".join(with_minutes(lesson))
    assert "{minutes}" not in texts
    assert f"*About {main_path(parts(lesson))} minutes.*" in texts
    assert "*2 minutes more.*" in texts
    assert "*1 minute more.*" in texts
    assert "· 2 points\n\n*About 4 minutes · what comes later rests on it*\n" in texts
