"""15.5: from a wave to frames that tell frequencies."""
