"""The exercises of lesson 13: the bytes of a cache, a cached step, and a whole prompt at once."""
