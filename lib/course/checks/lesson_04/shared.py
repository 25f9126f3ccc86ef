"""What the exercises of lesson 04 share."""

BUILT_HERE = ("attn",)
