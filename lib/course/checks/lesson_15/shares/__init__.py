"""15.4: how much of a look falls on each sense."""
