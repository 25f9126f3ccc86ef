"""17.2: probabilities at a temperature."""
