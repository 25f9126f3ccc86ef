"""The exercises of lesson 02: heads split, merged, computed at once, projected, and compared."""
