"""10.2: other rules than going from token to token."""

import torch

from course.checks.lesson_10.word_of_mouth import reach_by_power, word_of_mouth


@word_of_mouth.mistake(
    "Hearing was taken to go both ways.",
    "mask[i, j] says that i may attend to j, and nothing of j and i. Take the mask as it is.",
)
def both_ways(mask, layers):
    return reach_by_power(mask | mask.mT, layers)


@word_of_mouth.mistake(
    "With more than one layer nobody hears of anybody any more.",
    "i hears of j if there is *one* m that it attends to and that has heard of j: a count above 0, "
    "or `any` in place of `all`.",
)
def all_in_between(mask, layers):
    heard = mask
    for _ in range(layers - 1):
        heard = (mask[:, :, None] & heard[None]).all(dim=1)
    return heard


@word_of_mouth.mistake(
    "What counts here is how far the farthest key is, and not which keys a token sees.",
    "Go from token to token: i hears of j if there is an m that i attends to, and that has heard "
    "of j.",
)
def farthest_key_times_layers(mask, layers):
    places = torch.arange(len(mask))
    distance = (places[:, None] - places).abs()
    return distance <= layers * (distance * mask).max()


@word_of_mouth.mistake(
    "With more than one layer everybody hears of everybody.",
    "i hears of j if there is an m that it attends to *and* that has heard of j: a count above 0, "
    "or `&`, and then `any` over all m.",
)
def or_in_between(mask, layers):
    heard = mask
    for _ in range(layers - 1):
        heard = (mask[:, :, None] | heard[None]).any(dim=1)
    return heard


def declare_threshold(least):
    """Shares of attention below a number are taken for none."""

    def shared(mask, layers):
        shares = mask.double() / mask.double().sum(dim=-1, keepdim=True)
        return torch.linalg.matrix_power(shares, layers) > least

    shared.__name__ = f"shares_above_{least}".replace(".", "_").replace("-", "_")
    word_of_mouth.mistake(
        f"Shares of attention up to about {least} were taken for nothing.",
        "Over many layers the share of a single way becomes very small, and is not 0: `> 0`.",
    )(shared)


for least in (0.5, 0.1, 0.01, 1e-3, 1e-4, 1e-6):
    declare_threshold(least)
