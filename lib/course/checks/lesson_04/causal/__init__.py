"""04.2: hide the future."""
