"""What the exercises of lesson 03 share."""

BUILT_HERE = ("attn.positions",)


def rates(width: int) -> list[float]:
    """How far each hand, or pair, turns from one place to the next."""
    return [10000 ** (-2 * i / width) for i in range(width // 2)]
