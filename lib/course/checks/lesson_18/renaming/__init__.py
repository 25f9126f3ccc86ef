"""18.3: the weights of one layer, under attn's names."""
