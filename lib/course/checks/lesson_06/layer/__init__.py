"""06.2: a layer."""
