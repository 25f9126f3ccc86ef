"""A model that only counts: what came after the last few tokens, how often?

The rival of a small GPT has to be a fair one: each order of the counts falls back on the order
below it (interpolated absolute discounting).

Source: Ney, Essen and Kneser, "On structuring probabilistic dependences in stochastic language
modelling", 1994.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence


class NGram:
    """Guesses a token by counting what followed the `order` - 1 tokens before it.

    discount  what is taken off each count, and handed on to the order below
    """

    def __init__(
        self, tokens: Sequence[int], vocab: int, order: int, discount: float = 0.75
    ) -> None:
        self.vocab, self.order, self.discount = vocab, order, discount
        self.counts: list[defaultdict[tuple[int, ...], Counter[int]]] = []
        for length in range(order):  # of the context
            table: defaultdict[tuple[int, ...], Counter[int]] = defaultdict(Counter)
            for i in range(length, len(tokens)):
                table[tuple(tokens[i - length : i])][tokens[i]] += 1
            self.counts.append(table)

    def probability(self, context: Sequence[int], token: int) -> float:
        """How probable a token is behind a context, of which the last order - 1 are read."""
        found = 1 / self.vocab
        for length in range(min(self.order, len(context) + 1)):
            seen = self.counts[length].get(tuple(context[len(context) - length :]))
            if seen is None:  # nor has any longer context been seen
                break
            kept = max(seen[token] - self.discount, 0.0) / seen.total()
            handed_on = self.discount * len(seen) / seen.total()
            found = kept + handed_on * found
        return found

    def loss(self, tokens: Sequence[int]) -> float:
        """The mean of -log probability over the tokens behind the first order - 1, in nats."""
        first = self.order - 1
        logs = (
            math.log(self.probability(tokens[i - first : i], tokens[i]))
            for i in range(first, len(tokens))
        )
        return -math.fsum(logs) / (len(tokens) - first)
