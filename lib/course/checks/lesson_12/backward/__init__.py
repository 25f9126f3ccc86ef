"""12.2: the gradient of one tile."""
