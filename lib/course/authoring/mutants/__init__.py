"""What a bank makes of small changes to its own right ways: `course checks`."""
