"""13.1: the bytes of a cache."""

import math

import torch

from course.checking import Call, Draw, Exercise

size = Exercise(
    "13.1",
    returns="bytes",
    right="The kv heads count, the query heads do not.",
)


@size.case("the numbers of the text")
def size_by_hand(draw: Draw) -> Call:
    return Call(1, 10, 16, 4, 2, 2, 2)


@size.case("a batch of three, 6 query heads on 3 kv heads, 4 bytes per number")
def size_of_a_batch(draw: Draw) -> Call:
    return Call(3, draw.integer(11, 4000), 96, 6, 3, 5, 4)


@size.case("multi-query attention, 2 bytes per number unless given")
def size_of_mqa(draw: Draw) -> Call:
    return Call(2, draw.integer(11, 4000), 80, 5, 1, 7)


@size.case("as many kv heads as query heads, one byte per number")
def size_of_plain_heads(draw: Draw) -> Call:
    return Call(5, draw.integer(11, 4000), 96, 8, 8, 9, 1)


@size.reference
def size_by_making_it(
    batch: int,
    n: int,
    d_model: int,
    num_heads: int,
    num_kv_heads: int,
    num_layers: int,
    bytes_per_number: int = 2,
) -> int:
    one = torch.empty(batch, num_kv_heads, n, d_model // num_heads, dtype=torch.uint8)
    return sum(one.nbytes * bytes_per_number for _ in range(num_layers) for _ in ("key", "value"))


@size.right_way
def size_by_formula(
    batch: int,
    n: int,
    d_model: int,
    num_heads: int,
    num_kv_heads: int,
    num_layers: int,
    bytes_per_number: int = 2,
) -> int:
    d_head = d_model // num_heads
    return 2 * num_layers * batch * n * num_kv_heads * d_head * bytes_per_number


@size.right_way
def size_by_share_of_heads(
    batch: int,
    n: int,
    d_model: int,
    num_heads: int,
    num_kv_heads: int,
    num_layers: int,
    bytes_per_number: int = 2,
) -> float:
    width = d_model * num_kv_heads / num_heads
    return math.prod((2, num_layers, batch, n, width, bytes_per_number))


@size.right_way
def size_layer_by_layer(
    batch: int,
    n: int,
    d_model: int,
    num_heads: int,
    num_kv_heads: int,
    num_layers: int,
    bytes_per_number: int = 2,
) -> int:
    total = 0
    for _layer in range(num_layers):
        for _kind in ("key", "value"):
            total += batch * num_kv_heads * n * (d_model // num_heads) * bytes_per_number
    return total


def size_mistake(what, way_out, name, count):
    """Declare a mistake in the formula; `count` has the arguments of the exercise."""

    def answer(batch, n, d_model, num_heads, num_kv_heads, num_layers, bytes_per_number=2):
        return count(batch, n, d_model, num_heads, num_kv_heads, num_layers, bytes_per_number)

    answer.__name__ = name
    size.mistake(what, way_out)(answer)


size_mistake(
    "Only the keys were counted, or only the values.",
    "A cache holds keys and values: twice as much.",
    "keys_only",
    lambda b, n, d, h, kv, layers, size: layers * b * n * kv * (d // h) * size,
)
size_mistake(
    "Only one layer was counted.",
    "Each layer has keys and values of its own.",
    "one_layer",
    lambda b, n, d, h, kv, layers, size: 2 * b * n * kv * (d // h) * size,
)
size_mistake(
    "Each key takes d_model numbers here, as if no heads were shared.",
    "Were the query heads counted? What is kept are num_kv_heads heads. Or was d_model divided by "
    "num_kv_heads? A head stays d_model / num_heads wide.",
    "query_heads",
    lambda b, n, d, h, kv, layers, size: 2 * layers * b * n * h * (d // h) * size,
)
size_mistake(
    "Each head was taken to be d_model wide, or both numbers of heads were multiplied.",
    "num_kv_heads are kept, and num_heads only divides: a head is d_model / num_heads wide.",
    "head_as_wide_as_the_model",
    lambda b, n, d, h, kv, layers, size: 2 * layers * b * n * kv * d * size,
)
size_mistake(
    "Only one kv head was counted.",
    "There are num_kv_heads of them.",
    "one_head",
    lambda b, n, d, h, kv, layers, size: 2 * layers * b * n * (d // h) * size,
)
size_mistake(
    "The batch is missing.",
    "Every row of the batch has a text, and so a cache, of its own.",
    "no_batch",
    lambda b, n, d, h, kv, layers, size: 2 * layers * n * kv * (d // h) * size,
)
size_mistake(
    "These are numbers, not bytes.",
    "Each number takes bytes_per_number bytes.",
    "numbers",
    lambda b, n, d, h, kv, layers, size: 2 * layers * b * n * kv * (d // h),
)
size_mistake(
    "These are bits: the bytes were multiplied by 8.",
    "bytes_per_number is in bytes already.",
    "bits",
    lambda b, n, d, h, kv, layers, size: 16 * layers * b * n * kv * (d // h) * size,
)
size_mistake(
    "The tokens were counted twice: n times n.",
    "The table of scores grows with n², a cache does not: one key and one value for each token.",
    "squared",
    lambda b, n, d, h, kv, layers, size: 2 * layers * b * n * n * kv * (d // h) * size,
)
size_mistake(
    "The queries were counted too.",
    "Old queries have got their answer and are never needed again: 2 things are kept, not 3.",
    "queries_too",
    lambda b, n, d, h, kv, layers, size: 3 * layers * b * n * kv * (d // h) * size,
)
size_mistake(
    "The width of a head is missing.",
    "A key is not one number: each head has d_model / num_heads of them.",
    "no_width",
    lambda b, n, d, h, kv, layers, size: 2 * layers * b * n * kv * size,
)
size_mistake(
    "These are MiB, not bytes.",
    "Give back the bytes as they are, without dividing by 2**20.",
    "mebibytes",
    lambda b, n, d, h, kv, layers, size: 2 * layers * b * n * kv * (d // h) * size / 2**20,
)
size_mistake(
    "bytes_per_number is not used: 2 stands in its place.",
    "Models keep their numbers in 4, 2 or 1 bytes. Multiply by bytes_per_number.",
    "two_bytes_always",
    lambda b, n, d, h, kv, layers, size: 4 * layers * b * n * kv * (d // h),
)
size_mistake(
    "These are the numbers of the keys alone, or of the values alone.",
    "Both are kept, and each number takes bytes_per_number bytes.",
    "numbers_of_keys",
    lambda b, n, d, h, kv, layers, size: layers * b * n * kv * (d // h),
)
size_mistake(
    "The size of a group stands where the number of kv heads belongs.",
    "num_heads / num_kv_heads query heads share one kv head. What is kept are the num_kv_heads.",
    "group_size",
    lambda b, n, d, h, kv, layers, size: 2 * layers * b * n * (h // kv) * (d // h) * size,
)
size_mistake(
    "Kv heads and query heads were added up, as if keys had the ones and values the others.",
    "Keys and values are shared alike: both have num_kv_heads heads.",
    "values_of_query_heads",
    lambda b, n, d, h, kv, layers, size: layers * b * n * (kv + h) * (d // h) * size,
)
size_mistake(
    "The ratio of the heads is upside down: fewer kv heads make the cache larger here.",
    "num_kv_heads heads are kept, and each of them is d_model / num_heads wide.",
    "heads_upside_down",
    lambda b, n, d, h, kv, layers, size: 2 * layers * b * n * h * (d / kv) * size,
)
size_mistake(
    "The query heads divide twice here.",
    "A head is d_model / num_heads wide, and num_kv_heads of them are kept: nothing else is "
    "divided.",
    "divided_twice",
    lambda b, n, d, h, kv, layers, size: 2 * layers * b * n * kv * (d / h / h) * size,
)
size_mistake(
    "One token too many was counted.",
    "After n tokens there are n keys and n values in each layer.",
    "one_token_too_many",
    lambda b, n, d, h, kv, layers, size: 2 * layers * b * (n + 1) * kv * (d // h) * size,
)
size_mistake(
    "The tokens are missing: this is what one token adds.",
    "Every token so far has a key and a value of its own: n of each.",
    "one_token",
    lambda b, n, d, h, kv, layers, size: 2 * layers * b * kv * (d // h) * size,
)
size_mistake(
    "The bytes were divided by 8, as if they were bits.",
    "bytes_per_number is in bytes already.",
    "eighths",
    lambda b, n, d, h, kv, layers, size: layers * b * n * kv * (d // h) * size / 4,
)
size_mistake(
    "These are twice as many bytes as there are.",
    "Keys and values together are twice the keys, and that 2 is needed once.",
    "twice_too_much",
    lambda b, n, d, h, kv, layers, size: 4 * layers * b * n * kv * (d // h) * size,
)
size_mistake(
    "The keys and the values were multiplied with each other.",
    "They lie side by side: the numbers of the keys *plus* those of the values.",
    "keys_times_values",
    lambda b, n, d, h, kv, layers, size: layers * (b * n * kv * (d // h)) ** 2 * size,
)
