"""The exercises of lesson 05: masks, the softmax that obeys them, and a detector of leaks."""
