"""The exercises of lesson 13: the bytes of a cache, and a cached step."""
