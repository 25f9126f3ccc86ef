"""The exercises of lesson 03: positions that are added to the tokens."""
