"""09.5: the gradient of one tile."""
