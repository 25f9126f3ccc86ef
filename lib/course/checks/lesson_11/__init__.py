"""The exercises of lesson 11: the online softmax, summaries, and attention by chunks."""
