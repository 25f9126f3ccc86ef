"""The exercises of lesson 03: sinusoidal positions, a shift, ALiBi, rotary and its two pairings."""
