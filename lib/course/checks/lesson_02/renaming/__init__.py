"""02.5: the same weights under PyTorch's names."""
