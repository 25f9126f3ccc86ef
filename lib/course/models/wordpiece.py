"""WordPiece as BERT has it: words of small letters, cut into the longest pieces that are known.

Source: Devlin et al., "BERT", 2018, arXiv 1810.04805; Schuster and Nakajima, "Japanese and Korean
Voice Search", 2012.
"""

import unicodedata
from pathlib import Path

LONGEST_WORD = 100  # what is longer is unknown
# Chinese characters, each a word of its own.
IDEOGRAPHS = (
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B920, 0x2CEAF),
    (0x2F800, 0x2FA1F),
)


class WordPiece:
    """Turns text into tokens.

    vocab  a file of the tokens, one a line; a piece that goes on within a word begins with ##
    """

    def __init__(self, vocab: Path) -> None:
        self.tokens = vocab.read_text(encoding="utf-8").splitlines()
        self.ids = {token: i for i, token in enumerate(self.tokens)}

    def encode(self, text: str, max_len: int | None = None) -> list[int]:
        """The tokens of a text, as numbers; of a longer one, the first max_len - 1 and [SEP]."""
        ids = [self.ids[piece] for piece in self.pieces_of_text(text)]
        if max_len is not None and len(ids) > max_len:
            ids[max_len - 1 :] = ids[-1:]
        return ids

    def pieces_of_text(self, text: str) -> list[str]:
        """The tokens of a text, as they read: [CLS] before them, [SEP] behind."""
        return ["[CLS]", *(p for word in words(text) for p in self.pieces(word)), "[SEP]"]

    def pieces(self, word: str) -> list[str]:
        """The longest beginning that is a token, again and again; [UNK] where there is none."""
        found: list[str] = []
        start = 0
        while start < len(word) <= LONGEST_WORD:
            for end in range(len(word), start, -1):
                piece = ("##" if start else "") + word[start:end]
                if piece in self.ids:
                    break
            else:
                return ["[UNK]"]
            found.append(piece)
            start = end
        return found if found else ["[UNK]"]


def words(text: str) -> list[str]:
    """Words in small letters without accents; a mark of punctuation is a word of its own."""
    spaced = "".join(f" {c} " if _is_ideograph(c) else c for c in text if not _is_unseen(c))
    plain = (c for c in unicodedata.normalize("NFD", spaced) if unicodedata.category(c) != "Mn")
    small = (c.lower() for c in plain)
    return "".join(f" {c} " if _is_punctuation(c) else c for c in small).split()


def _is_ideograph(c: str) -> bool:
    return any(first <= ord(c) <= last for first, last in IDEOGRAPHS)


def _is_unseen(c: str) -> bool:
    return c == "\ufffd" or (unicodedata.category(c) in ("Cc", "Cf", "Co") and c not in "\t\n\r")


def _is_punctuation(c: str) -> bool:
    kind = unicodedata.category(c[:1])[0]  # a small letter may be two characters
    return kind == "P" or (c.isascii() and kind == "S")
