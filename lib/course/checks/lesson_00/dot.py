"""00.1: the dot product."""

import math

import numpy as np

from course.checking import Call, Draw, Exercise

dot = Exercise(
    "00.1",
    returns="agreement",
    right="Positive when two vectors point the same way, 0 at a right angle, negative beyond.",
)


@dot.case("two entries")
def two_entries(draw: Draw) -> Call:
    return Call(np.array([2.0, 3.0]), np.array([4.0, -1.0]))


@dot.case("a right angle")
def right_angle(draw: Draw) -> Call:
    return Call(np.array([1.0, 2.0]), np.array([-2.0, 1.0]))


@dot.case("two vectors that point against each other")
def against_each_other(draw: Draw) -> Call:
    return Call(np.array([2.0, 1.0]), np.array([-3.0, 1.0]))


@dot.case("five entries")
def five_entries(draw: Draw) -> Call:
    return Call(draw.array(5), draw.array(5))


@dot.case("three entries, against each other")
def three_entries_against(draw: Draw) -> Call:
    a = draw.array(3)
    return Call(a, -3 * a - draw.array(3) / 10)


@dot.reference
def dot_by_fsum(a: np.ndarray, b: np.ndarray) -> float:
    return math.fsum(x * y for x, y in zip(a, b, strict=True))


@dot.right_way
def dot_by_operator(a: np.ndarray, b: np.ndarray) -> float:
    return a @ b


@dot.right_way
def dot_by_sum(a: np.ndarray, b: np.ndarray) -> float:
    return (a * b).sum()


@dot.right_way
def dot_by_loop(a: np.ndarray, b: np.ndarray) -> float:
    total = 0.0
    for i in range(len(a)):
        total += a[i] * b[i]
    return total


@dot.right_way
def dot_by_einsum(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.einsum("i,i->", a, b)


@dot.mistake(
    "The products were not added up.",
    "One number is asked for: how much the two vectors agree in all. Sum over the entries.",
)
def products_alone(a, b):
    return a * b


@dot.mistake(
    "This is the sum of a times the sum of b: every entry met every entry.",
    "Entries in the same place meet: the first with the first, the second with the second. Then "
    "add.",
)
def product_of_sums(a, b):
    return a.sum() * b.sum()


@dot.mistake(
    "This is a times the sum of b, as in `a * b.sum()`, where `.sum()` reaches only b.",
    "Brackets round the product, and `.sum()` behind them, add up all that stands inside.",
)
def sum_of_b_alone(a, b):
    return a * b.sum()


@dot.mistake(
    "The largest of the products was taken.",
    "They all count: add them up, with `.sum()`.",
)
def largest_product(a, b):
    return (a * b).max()


@dot.mistake(
    "The mean of the products was taken.",
    "Add them up; a vector with more entries may agree more.",
)
def mean_of_products(a, b):
    return (a * b).mean()


@dot.mistake(
    "This is the cosine: the lengths were divided out.",
    "The plain dot product keeps them: a longer vector agrees more. Leave the division out.",
)
def cosine_of_angle(a, b):
    return a @ b / np.linalg.norm(a) / np.linalg.norm(b)


@dot.mistake(
    "The entries were added where they should be multiplied.",
    "Multiply entry by entry, then add up the products.",
)
def sum_of_everything(a, b):
    return (a + b).sum()


@dot.mistake(
    "The sign of the sum is lost.",
    "Below 0 means that the two point against each other: hand the sum on as it is.",
)
def sign_lost(a, b):
    return abs(a @ b)


@dot.mistake(
    "The products were added without their signs.",
    "A negative product says that the two disagree in this entry: it has to count against.",
)
def signs_of_products_lost(a, b):
    return abs(a * b).sum()


@dot.mistake(
    "A sum below 0 was replaced by 0.",
    "Below 0 means that the two point against each other, and that is more than not to agree.",
)
def never_negative(a, b):
    return max(0.0, a @ b)


@dot.mistake(
    "The length of a was divided out: this is how long the shadow of b on a is, with a sign.",
    "The dot product keeps the length of a. Leave the division out.",
)
def shadow_on_a(a, b):
    return a @ b / np.linalg.norm(a)


@dot.mistake(
    "The length of b was divided out: this is how long the shadow of a on b is, with a sign.",
    "The dot product keeps the length of b. Leave the division out.",
)
def shadow_on_b(a, b):
    return a @ b / np.linalg.norm(b)


@dot.mistake(
    "Only the first two entries were used.",
    "Vectors may have any number of entries: use them all, without counting them by hand.",
)
def two_entries_only(a, b):
    return a[0] * b[0] + a[1] * b[1]


@dot.mistake(
    "Only the first product came back.",
    "Does `return` stand inside a loop? It belongs behind it, when all products are added.",
)
def first_product(a, b):
    return a[0] * b[0]


@dot.mistake(
    "Only the last product came back.",
    "In a loop, `=` forgets what was there before; `+=` adds to it. The sum is set to 0 before the "
    "loop.",
)
def last_product(a, b):
    return a[-1] * b[-1]


@dot.mistake(
    "The first entry of each vector was left out.",
    "Counting begins at 0: range(len(a)), and a[0] is the first entry.",
)
def first_left_out(a, b):
    return a[1:] @ b[1:]


@dot.mistake(
    "The last entry of each vector was left out.",
    "range(n) counts from 0 to n − 1 already: no − 1 is needed.",
)
def last_left_out(a, b):
    return a[:-1] @ b[:-1]


@dot.mistake(
    "a met itself: b has no effect.",
    "Each entry of a is multiplied by the entry of b in the same place.",
)
def a_with_itself(a, b):
    return a @ a


@dot.mistake(
    "All entries of a and b were multiplied with each other, and nothing was added.",
    "Multiply entry by entry, then add up what you have: `.sum()`, not `.prod()`; in a loop, `+=`.",
)
def product_of_products(a, b):
    return (a * b).prod()


@dot.mistake(
    "This is the distance between a and b, squared: 0 where they are equal.",
    "Agreement is something else: multiply entry by entry, then add up.",
)
def squared_distance(a, b):
    return ((a - b) ** 2).sum()


@dot.mistake(
    "Every entry met every entry: this is a table of products.",
    "Only entries in the same place meet, so there are as many products as entries. Add those up.",
)
def table_of_products(a, b):
    return np.outer(a, b)


@dot.mistake(
    "The sum was cut to a whole number.",
    "Hand it on as it is, without int(…) or `//`.",
)
def cut_to_a_whole_number(a, b):
    return int(a @ b)
