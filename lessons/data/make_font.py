"""Make NotoSansJP-subset.otf: the glyphs of Noto Sans JP that the course's pictures write.

    pip download --no-deps pylopdf-fonts-jp==0.1.1    # holds Noto Sans JP 2.004, SIL OFL 1.1
    python lessons/data/make_font.py pylopdf_fonts_jp-0.1.1-py3-none-any.whl

Which glyphs: the words of course.translation, hiragana, katakana and Japanese punctuation. Latin
letters are the other font's. `course` shows pictures with it wherever the first font has no glyph.
"""

import io
import sys
import zipfile
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

from course.translation.words import LATIN

HERE = Path(__file__).parent
KANA = {*range(0x3041, 0x3097), *range(0x30A1, 0x30FD)}
PUNCTUATION = {ord(sign) for sign in "、。「」・？！"}


def main(wheel: str) -> None:
    with zipfile.ZipFile(wheel) as archive:
        font = TTFont(io.BytesIO(archive.read("pylopdf_fonts_jp/NotoSansJP-Regular.otf")))
        licence = next(name for name in archive.namelist() if name.endswith("/LICENSE"))
        text = archive.read(licence).decode("utf-8")
    options = subset.Options(layout_features=[], notdef_outline=True, desubroutinize=True)
    options.drop_tables += ["GSUB", "GPOS", "BASE", "VORG", "vhea", "vmtx", "DSIG"]
    chosen = subset.Subsetter(options)
    words = {ord(sign) for word in LATIN for sign in word}
    chosen.populate(unicodes=words | KANA | PUNCTUATION)
    chosen.subset(font)
    font.save(HERE / "NotoSansJP-subset.otf")
    heading = f"NotoSansJP-subset.otf: {font['name'].getDebugName(0)}\n\n"
    (HERE / "NotoSansJP-LICENSE.txt").write_text(heading + text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
