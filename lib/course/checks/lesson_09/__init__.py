"""The exercises of lesson 09: the best keys, and the best blocks."""
