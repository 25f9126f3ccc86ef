"""What a piece of work costs, for lessons that measure: operations, memory, processor time."""

from course.measure.chain import Chain, longest_chain
from course.measure.cost import cpu_seconds, memory_held, multiply_adds, peak_mib

__all__ = ["Chain", "cpu_seconds", "longest_chain", "memory_held", "multiply_adds", "peak_mib"]
