"""The exercises of lesson 17: induction heads, drawing a token, pieces of words, fair counting."""
