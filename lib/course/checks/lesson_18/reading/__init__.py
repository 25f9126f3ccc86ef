"""18.1: one tensor out of a file of weights."""
