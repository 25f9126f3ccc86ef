"""06.3: mistakes in how a single map is counted, or how often."""

from course.checks.lesson_06.count import FOUR, TWO_MAPS, declare, right

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
        "The maps of the attention were counted with d + d weights, not with d · d.",
        "A map from a to b has a weight for each pair of an input and an output: a · b.",
        lambda d, f: right(d, f) - 4 * d * d + 8 * d,
    ),
    (
        "attention_without_squares",
        "Each map of the attention was counted as d + d: a weight for each feature, and a bias.",
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
        "The attention was counted twice. Perhaps once for each head, or for keys and queries?",
        "All heads together have four maps from d to d: they share out the features.",
        lambda d, f: right(d, f) + 4 * (d * d + d),
    ),
    (
        "attention_by_d",
        "The maps of the attention were counted d times.",
        FOUR,
        lambda d, f: right(d, f) + (d - 1) * 4 * (d * d + d),
    ),
):
    declare(name, what, way_out, work)
