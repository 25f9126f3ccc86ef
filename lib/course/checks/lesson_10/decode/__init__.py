"""10.5: one step of decoding with a cache."""
