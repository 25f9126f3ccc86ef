"""06.3: mistakes in how a single map is counted, or how often."""

from course.checks.lesson_06.count import FOUR, NORMS, TWO_MAPS, declare, right

for name, what, way_out, work in (
    (
        "biases_on_both_sides",
        "A map from d to d was counted as (d + 1)²: that has biases for its inputs, too.",
        "A map has d weights and one bias for each of its d outputs: d² + d.",
        lambda d, f: right(d, f) + 4 * (d + 1),
    ),
    (
        "sums_for_products",
        "Each map was counted as the sum of its inputs and outputs, not as their product.",
        "A map from a to b has a weight for each pair of an input and an output: a · b.",
        lambda d, f: 4 * (2 * d + d) + (d + f + f) + (f + d + d) + 4 * d,
    ),
    (
        "sums_in_the_attention",
        "The attention has 8d weights here: d + d for each map, where it has d · d.",
        "A map from a to b has a weight for each pair of an input and an output: a · b.",
        lambda d, f: right(d, f) - 4 * d * d + 8 * d,
    ),
    (
        "attention_without_squares",
        "The attention has 8d here, d + d for each map, where a map has d · d weights and d "
        "biases.",
        "A map from a to b has a weight for each pair of an input and an output: a · b.",
        lambda d, f: right(d, f) - 4 * d * d + 4 * d,
    ),
    (
        "two_square_maps",
        "Both maps of the feed-forward were counted as f to f.",
        TWO_MAPS,
        lambda d, f: right(d, f) - 2 * d * f - f - d + 2 * (f * f + f),
    ),
    (
        "two_square_weights",
        "Both maps of the feed-forward were counted with f · f weights.",
        TWO_MAPS,
        lambda d, f: right(d, f) - 2 * d * f + 2 * f * f,
    ),
    (
        "attention_twice",
        "4d² + 4d are too many: the attention is in it twice.",
        "All heads together have four maps from d to d: they share out the features.",
        lambda d, f: right(d, f) + 4 * (d * d + d),
    ),
    (
        "attention_by_d",
        "The attention is in it d times.",
        FOUR,
        lambda d, f: right(d, f) + (d - 1) * 4 * (d * d + d),
    ),
    (
        "square_way_back",
        "The map from f to d was counted with f · f weights.",
        TWO_MAPS,
        lambda d, f: right(d, f) - d * f + f * f,
    ),
    (
        "weights_of_a_map_for_a_norm",
        "Each norm was counted with d² numbers.",
        NORMS,
        lambda d, f: right(d, f) - 4 * d + 2 * d * d,
    ),
    (
        "not_a_power_in_the_attention",
        "In Python, ^ is not a power.",
        "d * d or d ** 2; d ^ 2 exchanges bits.",
        lambda d, f: 4 * (d ^ 2 + d) + 2 * d * f + f + d + 4 * d,
    ),
    (
        "not_a_power",
        "In Python, ^ is not a power.",
        "d * d or d ** 2; d ^ 2 exchanges bits.",
        lambda d, f: 4 * d ^ 2 + 2 * d * f + f + 9 * d,
    ),
):
    declare(name, what, way_out, work)
