"""all-MiniLM-L6-v2, an encoder of 6 layers that turns a text into one vector, on attn's own.

Source: Wang et al., "MiniLM", 2020, arXiv 2002.10957; Reimers and Gurevych, "Sentence-BERT", 2019,
arXiv 1908.10084; the model's own page, which its package holds.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from attn import EncoderLayer, LearnedPositions, padding_mask
from course.models.packages import need
from course.models.safetensors import read_safetensors
from course.models.wordpiece import WordPiece

D_MODEL, NUM_HEADS, NUM_LAYERS, VOCAB, MAX_LEN = 384, 12, 6, 30522, 512
LONGEST_TEXT = 256  # tokens: what the model was trained to read, says sentence_bert_config.json
NORM_EPS = 1e-12
ROWS = 32  # texts that are read together

# What the file calls the parts of a layer, and what attn does.
PARTS = {
    "attention.self.query": "self_attention.query_proj",
    "attention.self.key": "self_attention.key_proj",
    "attention.self.value": "self_attention.value_proj",
    "attention.output.dense": "self_attention.out_proj",
    "attention.output.LayerNorm": "self_attention_residual.norm",
    "intermediate.dense": "feed_forward.up_proj",
    "output.dense": "feed_forward.down_proj",
    "output.LayerNorm": "feed_forward_residual.norm",
}
OUTSIDE = {
    "embeddings.word_embeddings": "embedding",
    "embeddings.position_embeddings": "positions.embedding",
    "embeddings.token_type_embeddings": "segment",
    "embeddings.LayerNorm": "norm",
}


class MiniLM(nn.Module):
    """Tokens in, a vector for each out: BERT, small, on attn's EncoderLayer.

    A token's vector is the sum of three: its own, its position's, and that of the segment it is in.
    BERT was trained on pairs of texts, the first of which is segment 0; here there is no other.
    """

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(VOCAB, D_MODEL)
        self.positions = LearnedPositions(MAX_LEN, D_MODEL)
        self.segment = nn.Embedding(2, D_MODEL)
        self.norm = nn.LayerNorm(D_MODEL, eps=NORM_EPS)
        self.layers = nn.ModuleList(
            EncoderLayer(D_MODEL, NUM_HEADS, norm_first=False, norm_eps=NORM_EPS)
            for _ in range(NUM_LAYERS)
        )

    def forward(
        self,
        tokens: Tensor,
        mask: Tensor | None = None,
        *,
        maps: list[Tensor | None] | None = None,
    ) -> Tensor:
        """tokens (batch, n) -> (batch, n, 384)

        mask  such as padding_mask(lengths); broadcasts to (batch, heads, n, n)
        maps  a list, to which each layer's weights (batch, heads, n, n) are appended
        """
        x = self.positions(self.embedding(tokens) + self.segment.weight[0])  # (batch, n, 384)
        x = self.norm(x)
        for layer in self.layers:
            x = layer(x, mask, maps=maps)
        return x


def load_minilm() -> tuple[MiniLM, WordPiece]:
    """all-MiniLM-L6-v2, ready to be asked, and its tokenizer.

    In evaluation mode, its weights frozen (model.requires_grad_(True) thaws them): 22,565,376
    numbers. Raises CourseError where its package is not installed.
    """
    file = need("MiniLM")
    weights = read_safetensors(file)
    state = {name: x for their_name, x in weights.items() if (name := our_name(their_name))}
    # The numbers that it begins with are thrown away: nobody's later draws should differ by them.
    # (On the device "meta" none would be drawn, but then a normal_ imports sympy: 3 s.)
    with torch.random.fork_rng(devices=[]):
        model = MiniLM()
    model.load_state_dict(state, assign=True)
    return model.eval().requires_grad_(False), WordPiece(file.with_name("vocab.txt"))


def our_name(name: str) -> str | None:
    """What attn calls a weight of the file; None where the model does without it.

    Without: the pooler, which was trained for another task, and the positions' numbers 0, 1, ….
    """
    part, _, leaf = name.rpartition(".")
    if part in OUTSIDE:
        return f"{OUTSIDE[part]}.{leaf}"
    if not part.startswith("encoder.layer."):
        return None
    layer, _, part = part.removeprefix("encoder.layer.").partition(".")
    return f"layers.{layer}.{PARTS[part]}.{leaf}"


@torch.no_grad()
def sentence_vectors(model: MiniLM, tokenizer: WordPiece, texts: Sequence[str]) -> Tensor:
    """What texts mean, each as a vector of length 1: the mean of its tokens' vectors.

    texts, of which the first 256 tokens are read -> (len(texts), 384)
    """
    ids = [tokenizer.encode(text, LONGEST_TEXT) for text in texts]
    vectors = torch.empty(len(texts), D_MODEL)
    # Texts of like length together, so that little padding is computed.
    order = sorted(range(len(texts)), key=lambda i: len(ids[i]))
    for start in range(0, len(texts), ROWS):
        chosen = order[start : start + ROWS]
        lengths = torch.tensor([len(ids[i]) for i in chosen])
        tokens = nn.utils.rnn.pad_sequence([torch.tensor(ids[i]) for i in chosen], True)
        mask = padding_mask(lengths)  # (batch, 1, 1, n)
        x = model(tokens, mask)  # (batch, n, 384)
        real = x * mask[:, 0, 0, :, None]  # (batch, n, 384)
        vectors[chosen] = F.normalize(real.sum(dim=1), dim=-1)  # the mean, up to its length
    return vectors
