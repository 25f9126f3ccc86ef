"""08.1: how far a network's last output moves when its first token moves."""
