"""03.3: how much the order counts."""
