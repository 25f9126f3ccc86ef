"""02.3: all heads in one batched product."""
