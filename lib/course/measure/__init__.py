"""What a piece of work costs, for lessons that measure: multiply-adds, memory, processor time."""

from course.measure.cost import cpu_seconds, memory_held, multiply_adds, peak_mib

__all__ = ["cpu_seconds", "memory_held", "multiply_adds", "peak_mib"]
