"""17.3: the fewest tokens that together are at least this probable."""
