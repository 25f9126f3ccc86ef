"""03.2: the matrix that moves a clock by k places."""
