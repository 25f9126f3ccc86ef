"""09.2: choose whole blocks by their mean keys."""
