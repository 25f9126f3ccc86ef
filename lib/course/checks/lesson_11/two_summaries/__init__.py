"""11.2: two summaries become one."""
