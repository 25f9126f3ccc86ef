"""05.2: hide the future."""
