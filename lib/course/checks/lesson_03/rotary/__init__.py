"""03.4: turn each pair of features."""
