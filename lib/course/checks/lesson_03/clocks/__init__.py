"""03.1: a clock for each place."""
