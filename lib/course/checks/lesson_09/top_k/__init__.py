"""09.1: only the best k of each row."""
