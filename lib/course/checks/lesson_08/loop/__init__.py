"""08.2: the loop of an RNN."""
