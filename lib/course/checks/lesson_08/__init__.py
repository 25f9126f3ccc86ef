"""The exercises of lesson 08: the best keys, the best blocks, patterns, a kernel for a window."""
