"""05.4: how strongly each output depends on each token."""
