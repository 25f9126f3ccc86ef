"""06.3: the parameters of a layer."""

from torch import nn

from course.checking import Call, Draw, Exercise
from course.checks.lesson_06.shared import LIBRARY, PYTORCHS

count = Exercise(
    "06.3",
    returns="parameters",
    right="With f = 4d two thirds of them think, and one third looks around.",
    forbids=(*LIBRARY, *PYTORCHS, "torch.nn.Module.parameters"),
)


@count.case("d = 3, f = 5")
def by_head(draw: Draw) -> Call:
    return Call(3, 5)


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
    (
        "no_biases",
        "5d + f are missing: as many as the six maps have biases.",
        BIASES,
        lambda d, f: right(d, f) - 5 * d - f,
    ),
    (
        "four_d",
        "4d are missing: as many as the attention has biases, and as many as both norms have.",
        BIASES + " " + NORMS,
        lambda d, f: right(d, f) - 4 * d,
    ),
    (
        "no_biases_of_feed_forward",
        "f + d are missing: as many as the feed-forward has biases.",
        BIASES,
        lambda d, f: right(d, f) - f - d,
    ),
    (
        "no_wide_bias",
        "f are missing: as many as the map from d to f has biases.",
        BIASES,
        lambda d, f: right(d, f) - f,
    ),
    (
        "biases_of_inputs",
        "The feed-forward has 2d biases here, where it has f + d.",
        BIASES,
        lambda d, f: right(d, f) - f + d,
    ),
    (
        "wide_biases",
        "The feed-forward has 2f biases here, where it has f + d.",
        BIASES,
        lambda d, f: right(d, f) + f - d,
    ),
    (
        "one_norm",
        "2d are missing: one whole norm, all scales, all shifts, or two biases of maps to d.",
        NORMS,
        lambda d, f: right(d, f) - 2 * d,
    ),
    (
        "no_biases_no_norms",
        "These are the weights of the maps alone: biases and norms are missing.",
        BIASES + " " + NORMS,
        lambda d, f: 4 * d * d + 2 * d * f,
    ),
    (
        "three_maps",
        "d² + d are missing: as many as one map of the attention has.",
        FOUR,
        lambda d, f: right(d, f) - d * d - d,
    ),
    (
        "one_map",
        "3d² + 3d are missing: as many as three maps of the attention have.",
        FOUR,
        lambda d, f: right(d, f) - 3 * (d * d + d),
    ),
    (
        "one_bias_of_attention",
        "3d are missing: as many as three maps of the attention have biases, or three of the four "
        "scales and shifts.",
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
        "d · f + d are missing: as many as the map from f to d has.",
        TWO_MAPS,
        lambda d, f: right(d, f) - d * f - d,
    ),
    (
        "only_the_way_back",
        "d · f + f are missing: as many as the map from d to f has.",
        TWO_MAPS,
        lambda d, f: right(d, f) - d * f - f,
    ),
    (
        "feed_forward_weights_once",
        "d · f are missing: the weights of one of the two maps of the feed-forward.",
        TWO_MAPS,
        lambda d, f: right(d, f) - d * f,
    ),
    (
        "square_feed_forward",
        "f² + f are too many: as many as a map from f to f has.",
        TWO_MAPS,
        lambda d, f: right(d, f) + f * f + f,
    ),
    (
        "f_for_both",
        "The feed-forward has f² + f here, as one map from f to f.",
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
        "2f were counted for one of the norms, as if its tokens had f features.",
        "Both norms stand in front of a sub-layer, or behind one: there a token has d features.",
        lambda d, f: right(d, f) - 2 * d + 2 * f,
    ),
    (
        "norms_without_d",
        "4 were counted for the norms, where they have 4d.",
        NORMS,
        lambda d, f: right(d, f) - 4 * d + 4,
    ),
    (
        "biases_twice",
        "f + d are too many: the biases of the feed-forward are there twice.",
        BIASES,
        lambda d, f: right(d, f) + f + d,
    ),
    (
        "three_feed_forward_maps",
        "d · f are too many: the weights of a third map between d and f.",
        TWO_MAPS,
        lambda d, f: right(d, f) + d * f,
    ),
    (
        "three_norms",
        "2d are too many: as many as a third norm has.",
        "There is one for the attention and one for the feed-forward. (A third stands in a "
        "decoder's layer.)",
        lambda d, f: right(d, f) + 2 * d,
    ),
    (
        "shared_out",
        "The attention has d² weights here, not 4d²: as one map has, or four that are a quarter as "
        "wide.",
        FOUR + " Heads share out the features among them; all heads together have these maps.",
        lambda d, f: right(d, f) - 3 * d * d,
    ),
    (
        "one_bias_too_many",
        "In place of the feed-forward's biases, f + d, there are f · d more.",
        BIASES,
        lambda d, f: right(d, f) - f - d + f * d,
    ),
    (
        "activations",
        "f are too many. Is the bias of d to f there twice, or was the bend counted?",
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
        "d are missing: the bias of one of the attention's maps or of the map from f to d, or one "
        "scale or shift.",
        BIASES + " " + NORMS,
        lambda d, f: right(d, f) - d,
    ),
):
    declare(name, what, way_out, work)
