"""10.3: a sliding window that forms no table."""
