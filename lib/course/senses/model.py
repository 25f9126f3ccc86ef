"""One stream of tokens for a picture, a sound and words, and what trains a model on it.

Sources of the parts: patches, Dosovitskiy et al., 2020, arXiv 2010.11929; frames of a spectrogram,
Gong et al., 2021, arXiv 2104.01778; a vector for each sense, Kim et al., 2021, arXiv 2102.03334.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from attn import EncoderLayer
from attn.layers import Map
from course.senses.task import WORDS

N_IMAGE, N_SOUND = 16, 9
IMAGE = slice(0, N_IMAGE)  # where each sense stands in the stream
SOUND = slice(N_IMAGE, N_IMAGE + N_SOUND)
GIVEN = N_IMAGE + N_SOUND + 1  # with the question
STREAM = GIVEN + 2  # with what is said before the answer
TEXT = slice(GIVEN - 1, STREAM)
D_MODEL, HEADS, LAYERS = 64, 4, 2


def patches(x: Tensor, p: int) -> Tensor:
    """Squares of p x p pixels, row by row: (batch, height, width) -> (batch, patches, p * p)"""
    return x.unfold(1, p, p).unfold(2, p, p).flatten(3).flatten(1, 2)


def one_stream(image: Tensor, sound: Tensor, text: Tensor, modality: Tensor) -> Tensor:
    """Image, sound, text, (batch, n, d) each, with modality[0], [1], [2] added, one after another.

    modality (3, d) -> (batch, n_image + n_sound + n_text, d)
    """
    parts = (image, sound, text)
    return torch.cat([part + of for part, of in zip(parts, modality, strict=True)], dim=1)


def prefix_mask(n_given: int, n_said: int) -> Tensor:
    """Who may see whom: what is given all that is given, what is said also what was said before.

    -> (n, n) with n = n_given + n_said, True = may see
    """
    places = torch.arange(n_given + n_said)
    return (places[None, :] < n_given) | (places[None, :] <= places[:, None])


class OneStream(nn.Module):
    """Reads 16 patches, 9 frames, a question and the words said so far, and says the next word.

    modality, places  False leaves the vectors out that say which sense, or which place
    patches, one_stream  what cuts the picture and what joins the senses; mask  who sees whom
    """

    def __init__(
        self,
        *,
        modality: bool = True,
        places: bool = True,
        patches: Callable[[Tensor, int], Tensor] = patches,
        one_stream: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor] = one_stream,
        mask: Tensor | None = None,
    ) -> None:
        super().__init__()
        self.patches, self.one_stream = patches, one_stream
        self.mask = prefix_mask(GIVEN, STREAM - GIVEN) if mask is None else mask
        self.word = nn.Embedding(len(WORDS), D_MODEL)
        self.image = nn.Linear(4, D_MODEL)
        self.sound = nn.Linear(100, D_MODEL)
        nn.init.normal_(self.word.weight, std=0.3)
        self.modality = nn.Parameter(0.3 * modality * torch.randn(3, D_MODEL), modality)
        self.place = nn.Parameter(0.3 * places * torch.randn(STREAM, D_MODEL), places)
        self.layers = nn.ModuleList(
            EncoderLayer(D_MODEL, HEADS, 2 * D_MODEL) for _ in range(LAYERS)
        )
        self.norm = nn.LayerNorm(D_MODEL)
        self.head = nn.Linear(D_MODEL, len(WORDS))

    def forward(
        self,
        image: Tensor,
        sound: Tensor,
        words: Tensor,
        mask: Tensor | None = None,
        *,
        maps: list[Map] | None = None,
    ) -> Tensor:
        """image (batch, 8, 8), sound (batch, 9, 100), words (batch, n), the question first

        -> (batch, n, number of words): at each word, a score for each word that may come next
        """
        parts = self.image(self.patches(image, 2)), self.sound(sound), self.word(words)
        x = self.one_stream(*parts, self.modality)  # (batch, 25 + n, d_model)
        n = x.shape[1]
        x = x + self.place[:n]
        seen = (self.mask if mask is None else mask)[:n, :n]
        for layer in self.layers:
            x = layer(x, seen, maps=maps)
        scores: Tensor = self.head(self.norm(x[:, GIVEN - 1 :]))
        return scores
