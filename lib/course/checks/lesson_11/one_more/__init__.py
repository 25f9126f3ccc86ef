"""11.1: one more score."""
