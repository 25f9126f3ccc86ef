"""The exercises of lesson 18: a file of weights, pieces of words, names, a mean, and a cut head."""
