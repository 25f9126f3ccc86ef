"""17.4: a pair of neighbours becomes one token, everywhere."""
