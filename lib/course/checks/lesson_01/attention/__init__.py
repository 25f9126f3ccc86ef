"""01.4: scaled dot-product attention in PyTorch, for any number of axes before the last two."""
