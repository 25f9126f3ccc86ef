"""14.3: the same layer, one token at a time."""
