"""08.5: a sliding window that forms no table."""
