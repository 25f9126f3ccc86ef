"""11.3: attention, chunk by chunk."""
