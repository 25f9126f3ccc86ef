"""06.4: a layer that looks across."""
