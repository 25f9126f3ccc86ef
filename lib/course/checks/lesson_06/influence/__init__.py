"""06.5: the map of influence."""
