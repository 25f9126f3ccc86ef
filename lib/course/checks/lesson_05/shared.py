"""What the exercises of lesson 05 share."""

BUILT_HERE = ("attn",)
FLOATS = "A mask of this course holds True and False, so that masks combine with & and |."
TURNED_AROUND = "Yes and no are exchanged: True stands where a key is hidden."
MAY_ATTEND = (
    "In this course True says: this query may attend to this key. (Parts of PyTorch have it the "
    "other way around.) Turn the comparison around, or put ~ before it."
)
