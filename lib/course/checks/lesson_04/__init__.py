"""The exercises of lesson 04: distances in the scores, rotary positions, and their two pairings."""
