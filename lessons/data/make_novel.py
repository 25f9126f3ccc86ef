"""Make pride_and_prejudice.txt: the first 300,000 letters of the novel, a paragraph a line.

    apt-get download r-cran-janeaustenr=1.0.0-1     # Debian; others: see CRAN, janeaustenr 1.0.0
    dpkg -x r-cran-janeaustenr_1.0.0-1_all.deb unpacked
    python lessons/data/make_novel.py unpacked/usr/lib/R/site-library/janeaustenr/data

Jane Austen, "Pride and Prejudice", 1813: in the public domain (she died in 1817). The package that
it is taken out of (Julia Silge, janeaustenr) is under the MIT licence; none of its code is here.
Headings of chapters, and the marks for words in italics, are left out.

R keeps the novels in one compressed database; its index says where each begins.
"""

import gzip
import re
import struct
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

NOVEL = Path(__file__).with_name("pride_and_prejudice.txt")
LETTERS = 300_000
# In R's files: a pair of whole numbers, where a piece begins and how long it is; a string's flags.
PAIR = rb"\x00\x00\x00\x0d\x00\x00\x00\x02(....)(....)"
STRING = b"\x00\x04\x00\x09"


def pieces(folder: Path) -> Iterator[bytes]:
    """The objects of the database, unpacked, as far as zlib packed them."""
    database = (folder / "Rdata.rdb").read_bytes()
    index = gzip.decompress((folder / "Rdata.rdx").read_bytes())
    for found in re.finditer(PAIR, index, re.DOTALL):
        start, length = struct.unpack(">ii", found[1] + found[2])
        yield unpacked(database[start : start + length])


def unpacked(piece: bytes) -> bytes:
    """Four bytes of length, then what zlib packed, or a letter that names another way."""
    if piece[4:5] == b"2":
        import bz2

        return bz2.decompress(piece[5:])
    if piece[4:5] == b"Z":
        import lzma

        if piece[5:6] == b"\xfd":
            return lzma.decompress(piece[5:])
        ways = [{"id": lzma.FILTER_LZMA2, "preset": 6}]
        return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=ways).decompress(piece[5:])
    return zlib.decompress(piece[4:])


def strings(data: bytes) -> Iterator[str]:
    """The strings of an object, one after the other: flags, length, letters."""
    at = 0
    while (at := data.find(STRING, at)) >= 0:
        (length,) = struct.unpack(">i", data[at + 4 : at + 8])
        yield data[at + 8 : at + 8 + max(length, 0)].decode("utf-8", "replace")
        at += 8 + max(length, 0)


def as_paragraphs(lines: list[str]) -> Iterator[str]:
    """Paragraphs without line ends, from the first sentence on."""
    text = "\n".join(lines)
    text = text[text.index("It is a truth universally acknowledged") :]
    text = re.sub(r"^Chapter \d+$", "", text, flags=re.MULTILINE)
    for paragraph in re.split(r"\n\s*\n", text):
        if joined := re.sub(r"\s+", " ", paragraph).strip().replace("_", ""):
            yield joined


def main(folder: str) -> None:
    novels = (list(strings(piece)) for piece in pieces(Path(folder)))
    novel = next(lines for lines in novels if lines and lines[0] == "PRIDE AND PREJUDICE")
    text = ""
    for paragraph in as_paragraphs(novel):
        if len(text) >= LETTERS:
            break
        text += paragraph + "\n"
    NOVEL.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
