"""06.1: a mistake in each of the two ways, and not the same one."""

from course.checks.lesson_06.stream.cases import stream
from course.checks.lesson_06.stream.mistakes import FOLLOW
from course.checks.lesson_06.stream.right import parts

FORMS = {
    "x + sublayer(norm(x))": lambda x, sublayer, norm: x + sublayer(norm(x)),
    "norm(x + sublayer(x))": lambda x, sublayer, norm: norm(x + sublayer(x)),
    "x + sublayer(x)": lambda x, sublayer, norm: x + sublayer(x),
    "sublayer(norm(x))": lambda x, sublayer, norm: sublayer(norm(x)),
    "norm(sublayer(x))": lambda x, sublayer, norm: norm(sublayer(x)),
    "x + norm(sublayer(x))": lambda x, sublayer, norm: x + norm(sublayer(x)),
    "norm(x) + sublayer(x)": lambda x, sublayer, norm: norm(x) + sublayer(x),
    "norm(x) + sublayer(norm(x))": lambda x, sublayer, norm: norm(x) + sublayer(norm(x)),
    "norm(x + sublayer(norm(x)))": lambda x, sublayer, norm: norm(x + sublayer(norm(x))),
    "x + norm(sublayer(norm(x)))": lambda x, sublayer, norm: x + norm(sublayer(norm(x))),
}
# In a way of its own each of these is in the bank, with its own words.
RIGHT = ("x + sublayer(norm(x))", "norm(x + sublayer(x))")
TOLD_ALREADY = {
    RIGHT[::-1],
    ("sublayer(norm(x))", "norm(sublayer(x))"),
    ("x + sublayer(x)", "x + sublayer(x)"),
    ("x + norm(sublayer(x))", "x + norm(sublayer(x))"),
    ("norm(x + sublayer(norm(x)))", "norm(x + sublayer(norm(x)))"),
}


def declare(number, before, after):
    def answer(x, weight, scale, shift, norm_first):
        return FORMS[before if norm_first else after](x, *parts(weight, scale, shift))

    answer.__name__ = f"both_ways_{number}"
    what = f"Neither way is there yet: with norm_first this is {before}, without it {after}."
    stream.mistake(what, FOLLOW)(answer)


for number, (before, after) in enumerate(
    (before, after)
    for before in FORMS
    for after in FORMS
    if before != RIGHT[0] and after != RIGHT[1] and (before, after) not in TOLD_ALREADY
):
    declare(number, before, after)
declare("other_before", "x + norm(sublayer(norm(x)))", RIGHT[1])
declare("other_after", RIGHT[0], "norm(x) + sublayer(norm(x))")
