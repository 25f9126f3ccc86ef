"""14.2: causal, by a running sum."""
