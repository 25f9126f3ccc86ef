"""06.3: the parameters of a layer."""

from torch import nn

from course.checking import Call, Draw, Exercise
from course.checks.lesson_06.shared import LIBRARY, PYTORCHS

count = Exercise(
    "06.3",
    returns="parameters",
    right="Two thirds of them think, one third looks around.",
    forbids=LIBRARY + PYTORCHS,
)


@count.case("d = 2, f = 3")
def by_head(draw: Draw) -> Call:
    return Call(2, 3)


@count.case("d = 12, f = 40")
def narrow(draw: Draw) -> Call:
    return Call(12, 40)


@count.case("any d, and f no multiple of it")
def drawn(draw: Draw) -> Call:
    d = draw.integer(13, 300)
    return Call(d, 5 * d + draw.integer(1, d - 1))


@count.case("f smaller than d")
def bottleneck(draw: Draw) -> Call:
    d = draw.integer(50, 300)
    return Call(d, draw.integer(5, d - 1))


@count.case("f = 4d")
def usual(draw: Draw) -> Call:
    d = draw.integer(11, 300)
    return Call(d, 4 * d)


@count.reference
def counted_by_pytorch(d: int, f: int) -> int:
    """nn.TransformerEncoderLayer has the same parts; nothing is stored on the device "meta"."""
    layer = nn.TransformerEncoderLayer(d, 1, f, device="meta")
    return sum(parameter.numel() for parameter in layer.parameters())


@count.right_way
def count_by_parts(d: int, f: int) -> int:
    attention = 4 * (d * d + d)
    feed_forward = d * f + f + f * d + d
    return attention + feed_forward + 4 * d


@count.right_way
def count_by_formula(d: int, f: int) -> int:
    return 4 * d**2 + 2 * d * f + f + 9 * d


@count.right_way
def count_map_by_map(d: int, f: int) -> int:
    maps = [(d, d)] * 4 + [(d, f), (f, d)]
    norms = sum(len(("scale", "shift")) * d for _ in range(2))
    return sum((inputs + 1) * outputs for inputs, outputs in maps) + norms


def declare(name, what, way_out, work):
    def answer(d, f):
        return work(d, f)

    answer.__name__ = name
    count.mistake(what, way_out)(answer)


def right(d, f):
    return 4 * d * d + 2 * d * f + f + 9 * d


BIASES = "A map has a bias for each of its outputs: four times d, then f, then d."
NORMS = "Each of the two norms has d scales and d shifts."
FOUR = "There are four maps from d to d: query, key, value and out."
TWO_MAPS = "The feed-forward has two maps, d to f and f to d."

for name, what, way_out, work in (
    ("no_biases", "All biases are missing.", BIASES, lambda d, f: right(d, f) - 5 * d - f),
    (
        "four_d",
        "4d are missing: either the biases of the attention, or both norms.",
        BIASES + " " + NORMS,
        lambda d, f: right(d, f) - 4 * d,
    ),
    (
        "no_biases_of_feed_forward",
        "The biases of the feed-forward are missing.",
        BIASES,
        lambda d, f: right(d, f) - f - d,
    ),
    (
        "no_wide_bias",
        "The bias of the map from d to f is missing.",
        BIASES,
        lambda d, f: right(d, f) - f,
    ),
    (
        "biases_of_inputs",
        "The two biases of the feed-forward are both d long.",
        BIASES,
        lambda d, f: right(d, f) - f + d,
    ),
    (
        "wide_biases",
        "The two biases of the feed-forward are both f long.",
        BIASES,
        lambda d, f: right(d, f) + f - d,
    ),
    (
        "one_norm",
        "Only one norm was counted, or only the scales.",
        NORMS,
        lambda d, f: right(d, f) - 2 * d,
    ),
    (
        "no_biases_no_norms",
        "Biases and norms are missing: these are the weights of the maps alone.",
        BIASES + " " + NORMS,
        lambda d, f: 4 * d * d + 2 * d * f,
    ),
    (
        "three_maps",
        "Only three maps of the attention were counted.",
        FOUR,
        lambda d, f: right(d, f) - d * d - d,
    ),
    (
        "one_map",
        "Only one map of the attention was counted.",
        FOUR,
        lambda d, f: right(d, f) - 3 * (d * d + d),
    ),
    (
        "one_bias_of_attention",
        "The attention has four maps, but only one bias was counted for them.",
        BIASES,
        lambda d, f: right(d, f) - 3 * d,
    ),
    (
        "no_attention",
        "The attention is missing.",
        FOUR,
        lambda d, f: right(d, f) - 4 * (d * d + d),
    ),
    (
        "no_feed_forward",
        "The feed-forward is missing.",
        TWO_MAPS,
        lambda d, f: right(d, f) - 2 * d * f - f - d,
    ),
    (
        "one_feed_forward_map",
        "Only the map from d to f was counted of the feed-forward.",
        TWO_MAPS,
        lambda d, f: right(d, f) - d * f - d,
    ),
    (
        "only_the_way_back",
        "Only the map from f to d was counted of the feed-forward.",
        TWO_MAPS,
        lambda d, f: right(d, f) - d * f - f,
    ),
    (
        "feed_forward_weights_once",
        "The weights of the feed-forward were counted once, its two biases both.",
        TWO_MAPS,
        lambda d, f: right(d, f) - d * f,
    ),
    (
        "square_feed_forward",
        "A map from f to f was counted in the feed-forward.",
        TWO_MAPS,
        lambda d, f: right(d, f) + f * f + f,
    ),
    (
        "f_for_both",
        "The feed-forward was counted as a map from f to f.",
        TWO_MAPS,
        lambda d, f: right(d, f) - 2 * d * f - d + f * f,
    ),
    (
        "always_four_times",
        "f is not used: 4d stands in its place.",
        "4d is usual, not certain. Count with f.",
        lambda d, f: right(d, 4 * d),
    ),
    (
        "rule_of_thumb",
        "This is the rule of thumb 12d², without biases and norms, and for f = 4d alone.",
        "Count each part by d and f.",
        lambda d, f: 12 * d * d,
    ),
    (
        "square_norms",
        "The norms were counted as maps from d to d.",
        "A norm multiplies each feature by its own scale and adds its own shift: 2d numbers.",
        lambda d, f: right(d, f) - 4 * d + 2 * (d * d + d),
    ),
    (
        "norm_of_the_middle",
        "One of the norms was taken to be f wide.",
        "Both norms stand in front of a sub-layer, or behind one: there a token has d features.",
        lambda d, f: right(d, f) - 2 * d + 2 * f,
    ),
    (
        "norms_without_d",
        "The norms were counted as four numbers: two scales and two shifts.",
        NORMS,
        lambda d, f: right(d, f) - 4 * d + 4,
    ),
    (
        "biases_twice",
        "The feed-forward has f + d biases too many: each map was given both.",
        BIASES,
        lambda d, f: right(d, f) + f + d,
    ),
    (
        "three_feed_forward_maps",
        "There is one map too many between d and f.",
        TWO_MAPS,
        lambda d, f: right(d, f) + d * f,
    ),
    (
        "three_norms",
        "Three norms were counted.",
        "There is one for the attention and one for the feed-forward. (A third stands in a "
        "decoder's layer.)",
        lambda d, f: right(d, f) + 2 * d,
    ),
    (
        "shared_out",
        "Each map of the attention was taken to be a quarter as wide.",
        "Heads share out the features among them; all heads together have maps from d to d.",
        lambda d, f: right(d, f) - 3 * d * d,
    ),
    (
        "one_bias_too_many",
        "The biases of the feed-forward were multiplied, not added: f times d of them.",
        BIASES,
        lambda d, f: right(d, f) - f - d + f * d,
    ),
    (
        "activations",
        "There are f too many: was the bias of d to f counted twice, or the bend?",
        "The bend has no parameters. " + BIASES,
        lambda d, f: right(d, f) + f,
    ),
    (
        "products_in_place_of_sums",
        "Attention and feed-forward were multiplied with each other.",
        "The parts lie side by side: add them up.",
        lambda d, f: 4 * (d * d + d) * (2 * d * f + f + d) + 4 * d,
    ),
    (
        "no_narrow_bias",
        "The bias of the map from f to d is missing.",
        BIASES,
        lambda d, f: right(d, f) - d,
    ),
):
    declare(name, what, way_out, work)
