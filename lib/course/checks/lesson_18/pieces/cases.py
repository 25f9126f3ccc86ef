"""18.2: a word, cut into the longest pieces that are known. The exercise and its cases."""

from course.checking import Call, Draw, Exercise

pieces = Exercise(
    "18.2",
    returns="tokens",
    right="Longest first, from the left, as BERT reads.",
    given=("while end < len(word):", "return torch.tensor(found)"),
    forbids=("course.models",),
)
LETTERS = "abcde"
WORDS = (
    "[UNK] un ##believ ##ably ##able ##a ##b ##ly believ believable token ##izer ##iz ##er to x "
    "##s a b ##e ##liev"
)
FEW = {piece: number for number, piece in enumerate(WORDS.split(), start=100)}


@pieces.case("a word that is a piece itself")
def whole(draw: Draw) -> Call:
    return Call("believable", FEW)


@pieces.case("a word of three pieces")
def three(draw: Draw) -> Call:
    return Call("unbelievably", FEW)


@pieces.case("tokenizer, where shorter pieces would fit as well")
def shorter_would_fit(draw: Draw) -> Call:
    return Call("tokenizers", FEW)


@pieces.case("a single letter")
def letter(draw: Draw) -> Call:
    return Call("x", FEW)


@pieces.case("a word that begins with a piece of one letter")
def first_piece_of_one_letter(draw: Draw) -> Call:
    return Call("ably", FEW)


@pieces.case("a letter in the middle that no piece has")
def unknown_in_the_middle(draw: Draw) -> Call:
    return Call("unüably", FEW)


@pieces.case("a letter at the end that no piece has")
def unknown_at_the_end(draw: Draw) -> Call:
    return Call("tokené", FEW)


@pieces.case("an end that is known as a beginning only")
def end_known_as_beginning(draw: Draw) -> Call:
    return Call("untoken", FEW)


def drawn(draw: Draw, size: int) -> tuple[str, dict[str, int]]:
    """A word of five letters' alphabet and a vocabulary that can always spell it."""

    def text(n: int) -> str:
        return "".join(LETTERS[draw.integer(0, 4)] for _ in range(n))

    known = ["[UNK]", *LETTERS, *(f"##{one}" for one in LETTERS)]
    known += [text(draw.integer(2, 3)) for _ in range(40)]
    known += ["##" + text(draw.integer(2, 4)) for _ in range(60)]
    known = list(dict.fromkeys(known))
    first = draw.integer(1, 1000)
    return text(size), {piece: first + place for place, piece in enumerate(known)}


@pieces.case("a drawn word of 9 letters and a drawn vocabulary")
def nine_letters(draw: Draw) -> Call:
    return Call(*drawn(draw, 9))


@pieces.case("a drawn word of 30 letters and a drawn vocabulary")
def thirty_letters(draw: Draw) -> Call:
    return Call(*drawn(draw, 30))
