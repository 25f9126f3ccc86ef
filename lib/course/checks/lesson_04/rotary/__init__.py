"""04.2: turn each pair of features."""
