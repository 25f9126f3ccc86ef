"""13.2: one step of decoding with a cache."""
