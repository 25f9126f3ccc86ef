"""05.3: a softmax that obeys a mask."""
