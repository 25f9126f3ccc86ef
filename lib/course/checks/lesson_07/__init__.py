"""The exercises of lesson 07: teacher forcing, crossings, a greedy step, a loss, a beam step."""
