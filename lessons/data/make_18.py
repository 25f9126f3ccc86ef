"""Make results_18.json: what transformers gives for MiniLM, and what is left of it with heads cut.

    python lessons/data/make_18.py            some minutes on one thread

It needs the published model (course models) and transformers, which the tests bring. The texts are
those of texts_18.json, which was written by hand, before anything was measured.

reference  a text, its `tokens`, and of each token's last hidden state the features 0, 48, 96, ….
cut        how many of the 72 `heads` were cut, in which `order`; with which `seed` they were drawn;
           `right`, how many of 24 questions find their sentence first, and `margin`, by how much;
           and for 16 words `sense_right` and `sense_margin`, whether a word is nearer to itself in
           the same sense than in another one, and by how much.

"that rest" are the heads that give [CLS] more than 0.4 of a word's weight, in the mean over the
`sentences`; "all others" are the rest of the 72. "least important first" was chosen on the same 24
questions, which flatters it; what was drawn at random was not.

tests/lessons/data/test_make_18.py makes rows again.
"""

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F

from course.models import load_minilm, need, sentence_vectors

RESULTS = Path(__file__).with_name("results_18.json")
TEXTS: dict[str, list[dict[str, Any]]] = json.loads(
    Path(__file__).with_name("texts_18.json").read_text(encoding="utf-8")
)
FEATURES = slice(None, None, 48)
SHARES = (12, 24, 36, 48, 60)
HEADS, LAYERS = 12, 6
D_HEAD = 384 // HEADS
Row = dict[str, Any]


class Bench:
    """The model, its heads as they are or cut, and what it still can."""

    def __init__(self) -> None:
        self.model, self.tokenizer = load_minilm()
        self.mixes = [layer.self_attention.out_proj for layer in self.model.layers]
        self.whole = [mix.weight.clone() for mix in self.mixes]

    def cut(self, heads: Iterable[int]) -> None:
        """Silence these heads, 12 · layer + head, and no others."""
        for mix, whole in zip(self.mixes, self.whole, strict=True):
            mix.weight.copy_(whole)
        for number in heads:
            layer, head = divmod(number, HEADS)
            self.mixes[layer].weight[:, head * D_HEAD : (head + 1) * D_HEAD] = 0

    def search(self) -> tuple[int, float]:
        """How many questions find their sentence first, and the mean margin."""
        texts, questions = ([pair[key] for pair in TEXTS["pairs"]] for key in ("text", "question"))
        e = sentence_vectors(self.model, self.tokenizer, [*texts, *questions])
        near = e[len(texts) :] @ e[: len(texts)].T
        own = near.diagonal()
        best = near.masked_fill(torch.eye(len(texts), dtype=torch.bool), -1).amax(dim=1)
        return int((own > best).sum()), round((own - best).mean().item(), 3)

    def senses(self) -> tuple[int, float]:
        """For how many words the same sense is nearer than the other, and the mean margin."""
        margins = []
        for row in TEXTS["senses"]:
            first, second, other = (
                self.word(row["word"], text) for text in (*row["same"], row["other"])
            )
            margins.append((first @ second - torch.max(first @ other, second @ other)).item())
        return sum(m > 0 for m in margins), round(sum(margins) / len(margins), 3)

    def word(self, word: str, text: str) -> torch.Tensor:
        """A word's vector in its sentence, of length 1."""
        place = self.tokenizer.pieces_of_text(text).index(word)
        tokens = torch.tensor([self.tokenizer.encode(text)])
        return F.normalize(self.model(tokens)[0, place], dim=-1)

    def row(self, heads: list[int], order: str, seed: int | None = None) -> Row:
        """Cut, and measure."""
        self.cut(heads)
        right, margin = self.search()
        sense_right, sense_margin = self.senses()
        return {
            "heads": len(heads),
            "order": order,
            "seed": seed,
            "right": right,
            "margin": margin,
            "sense_right": sense_right,
            "sense_margin": sense_margin,
        }


def drawn(count: int, seed: int) -> list[int]:
    """So many of 72 heads, drawn without putting back."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randperm(HEADS * LAYERS, generator=generator)[:count].tolist()


def resting(bench: Bench) -> list[int]:
    """The heads that rest: words give [CLS] more than 0.4 there, in the mean."""
    looks = []
    for row in TEXTS["sentences"]:
        maps: list[torch.Tensor] = []
        bench.model(torch.tensor([bench.tokenizer.encode(row["text"])]), maps=maps)
        looks.append(torch.stack(maps)[:, 0, :, 1:-1, 0])  # (layers, heads, words)
    mean = torch.cat(looks, dim=-1).mean(dim=-1).flatten()
    return [head for head, weight in enumerate(mean.tolist()) if weight > 0.4]


def cut() -> Iterator[Row]:
    """Nothing, everything, those that rest or not, whole layers, at random, and by importance."""
    bench = Bench()
    yield bench.row([], "nothing")
    yield bench.row(list(range(HEADS * LAYERS)), "all")
    rest = resting(bench)
    yield bench.row(rest, "that rest")
    yield bench.row([head for head in range(HEADS * LAYERS) if head not in rest], "all others")
    for layer in range(LAYERS):
        yield bench.row(list(range(HEADS * layer, HEADS * layer + HEADS)), f"layer {layer}")
    for count in SHARES:
        for seed in (0, 1, 2, 3, 4):
            yield bench.row(drawn(count, seed), "at random", seed)
    effects = []
    for head in range(HEADS * LAYERS):
        bench.cut([head])
        effects.append(bench.search()[1])
    least = sorted(range(HEADS * LAYERS), key=lambda head: -effects[head])
    for count in SHARES:
        yield bench.row(least[:count], "least important first")


def reference() -> Iterator[Row]:
    """What transformers gives, text by text."""
    from tokenizers import Tokenizer
    from transformers import BertModel

    folder = need("MiniLM").parent
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    model = BertModel.from_pretrained(folder, attn_implementation="eager").eval()
    for row in TEXTS["nasty"]:
        tokens = tokenizer.encode(row["text"]).ids
        with torch.no_grad():
            hidden = model(torch.tensor([tokens])).last_hidden_state[0, :, FEATURES]
        numbers = [[round(number, 6) for number in token] for token in hidden.tolist()]
        yield {"text": row["text"], "tokens": tokens, "hidden": numbers}


EXPERIMENTS = {"reference": reference, "cut": cut}


def as_text(results: dict[str, list[Row]]) -> str:
    """JSON with a line for each row."""
    blocks = [
        f" {json.dumps(name)}: [\n  "
        + ",\n  ".join(json.dumps(row, ensure_ascii=False) for row in rows)
        + "\n ]"
        for name, rows in results.items()
    ]
    return "{\n" + ",\n".join(blocks) + "\n}\n"


@torch.no_grad()
def main() -> None:
    torch.set_num_threads(1)
    results: dict[str, list[Row]] = {}
    for name, rows in EXPERIMENTS.items():
        results[name] = []
        for row in rows():
            results[name].append(row)
            print(name, str(row)[:150], file=sys.stderr)
    RESULTS.write_text(as_text(results), encoding="utf-8")


if __name__ == "__main__":
    main()
