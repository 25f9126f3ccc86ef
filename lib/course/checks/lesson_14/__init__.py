"""The exercises of lesson 14: linear attention, as brackets, a running sum and a recurrence."""
