"""02.1: cut the features into heads."""
