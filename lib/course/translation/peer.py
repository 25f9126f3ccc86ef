"""The translator before the Transformer: recurrent networks, with attention between them.

Source: Bahdanau, Cho and Bengio, "Neural Machine Translation by Jointly Learning to Align and
Translate", 2014, arXiv 1409.0473. Simpler in two places: the output layer is one linear map of
state and context, and the decoder begins with the encoder's two last states side by side.
"""

import torch
from torch import Tensor, nn

from course.translation.training import real
from course.translation.vocabulary import START


class Bahdanau2014(nn.Module):
    """A GRU that reads both ways, a GRU that writes, and additive attention between them."""

    def __init__(self, vocab_source: int, vocab_target: int, hidden: int) -> None:
        super().__init__()
        self.source_embedding = nn.Embedding(vocab_source, hidden)
        self.target_embedding = nn.Embedding(vocab_target, hidden)
        self.reader = nn.GRU(hidden, hidden // 2, bidirectional=True, batch_first=True)
        self.writer = nn.GRUCell(2 * hidden, hidden)
        self.of_state, self.of_memory = nn.Linear(hidden, hidden), nn.Linear(hidden, hidden)
        self.score = nn.Linear(hidden, 1)
        self.head = nn.Linear(2 * hidden, vocab_target)

    def forward(self, source: Tensor, target: Tensor, source_mask: Tensor) -> Tensor:
        """source (batch, n_source), target (batch, n) -> logits (batch, n, vocab_target)

        One word waits for the one before, in training too.
        """
        memory, state = self.read(source)
        rows = []
        for place in range(target.shape[1]):
            logits, state = self.step(target[:, place], state, memory, source_mask)
            rows.append(logits)
        return torch.stack(rows, dim=1)

    def read(self, source: Tensor) -> tuple[Tensor, Tensor]:
        """source (batch, n) -> memory (batch, n, hidden), and where the writer begins"""
        memory, last = self.reader(self.source_embedding(source))
        return memory, torch.cat((last[0], last[1]), dim=-1)

    def step(
        self, token: Tensor, state: Tensor, memory: Tensor, source_mask: Tensor
    ) -> tuple[Tensor, Tensor]:
        """One word: token (batch,), state (batch, hidden) -> logits (batch, vocab), new state"""
        seen = torch.tanh(self.of_state(state)[:, None] + self.of_memory(memory))
        scores = self.score(seen)[..., 0]  # (batch, n)
        weights = scores.masked_fill(~source_mask[:, 0, 0], -torch.inf).softmax(dim=-1)
        context = (weights[:, None] @ memory)[:, 0]  # (batch, hidden)
        state = self.writer(torch.cat((self.target_embedding(token), context), dim=-1), state)
        return self.head(torch.cat((state, context), dim=-1)), state

    @torch.no_grad()
    def write(self, source: Tensor, *, longest: int = 24) -> Tensor:
        """Translate, the most probable next word each time: (batch, longest)"""
        memory, state = self.read(source)
        token = torch.full((len(source),), START)
        written = []
        for _ in range(longest):
            logits, state = self.step(token, state, memory, real(source))
            token = logits.argmax(dim=-1)
            written.append(token)
        return torch.stack(written, dim=1)


def as_large_as(model: nn.Module, vocab_source: int, vocab_target: int) -> Bahdanau2014:
    """A Bahdanau2014 whose number of parameters is as near to the model's as can be."""
    wanted = sum(each.numel() for each in model.parameters())

    def distance(hidden: int) -> int:
        with torch.device("meta"):
            made = Bahdanau2014(vocab_source, vocab_target, hidden)
        return abs(sum(each.numel() for each in made.parameters()) - wanted)

    return Bahdanau2014(vocab_source, vocab_target, min(range(16, 160, 2), key=distance))
