"""The exercises of lesson 09: the online softmax, summaries, tiles, and their gradient."""
