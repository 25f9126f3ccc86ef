"""18.2: a word, cut into the longest pieces that are known."""
