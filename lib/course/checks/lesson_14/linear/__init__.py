"""14.1: linear attention with the brackets moved."""
