"""The exercises of lesson 04: masks, the softmax that obeys them, and a detector of leaks."""
