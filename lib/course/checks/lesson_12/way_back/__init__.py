"""12.3: the whole way back, tile by tile."""
