"""06.1: add to the stream."""
