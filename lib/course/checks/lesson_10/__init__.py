"""The exercises of lesson 10: patterns, who hears of whom, and a kernel for a window."""
