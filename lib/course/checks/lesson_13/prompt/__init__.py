"""13.3: a whole prompt in one pass, and going on from a cache."""
