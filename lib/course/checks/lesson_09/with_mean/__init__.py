"""09.3: the best keys, and the mean value for the lost mass."""
