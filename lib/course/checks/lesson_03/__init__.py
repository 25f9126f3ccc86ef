"""The exercises of lesson 03: two kinds of positions that are added: sinusoidal clocks, and the matrix that shifts them."""
