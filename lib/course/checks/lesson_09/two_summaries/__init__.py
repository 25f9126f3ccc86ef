"""09.2: two summaries become one."""
