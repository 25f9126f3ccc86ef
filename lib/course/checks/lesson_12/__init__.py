"""The exercises of lesson 12: tiles in sight, and the gradient of one."""
