"""The exercises of lesson 00: dot product, softmax, matrix product, slope, training."""
