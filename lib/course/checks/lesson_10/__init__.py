"""The exercises of lesson 10: linear attention three ways, the bytes of a cache, a cached step."""
