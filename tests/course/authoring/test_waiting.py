"""Cells that fail while an answer is unwritten are found, through other cells too."""

from course.authoring.lesson import read_lesson
from course.authoring.waiting import waits_for

LESSON = """\
# %%
x = 1

# %% tags=["exercise"] exercise="01.1"
def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION

# %% tags=["check"] exercise="01.1"
check("01.1", double, points=1)

# %%
print(x)

# %%
def four_times(x):
    return double(double(x))

# %%
for _ in range(1):
    inner = 3
    y = four_times(x)

# %% tags=["exercise"] exercise="01.2"
def half(x):
    ### BEGIN SOLUTION
    return x / 2
    ### END SOLUTION

# %%
print(half(y))

# %%
def f():
    inner = double(1)

# %%
print(inner)

# %%
y = 5

# %%
print(y)
"""


def test_what_uses_an_answer_waits_for_it_through_other_cells_too(tmp_path):
    (tmp_path / "01_tiny.py").write_text(LESSON)
    waiting = waits_for(read_lesson(tmp_path / "01_tiny.py"))
    one, both = {"01.1"}, {"01.1", "01.2"}
    assert waiting == [set(), set(), one, set(), one, one, set(), both, one, one, set(), set()]
