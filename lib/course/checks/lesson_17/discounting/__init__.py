"""17.5: a fair guess out of counts, and of the guess of a shorter context."""
