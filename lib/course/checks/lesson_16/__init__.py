"""The exercises of lesson 16: a first word, whole answers, a fair mean, a graft, mixing rates."""
