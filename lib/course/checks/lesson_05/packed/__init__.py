"""05.5: documents packed in one row, causal, with padding."""
