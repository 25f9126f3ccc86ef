"""02.4: the whole module, with its four projections."""
