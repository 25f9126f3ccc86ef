"""08.4: a state that need not wait."""
