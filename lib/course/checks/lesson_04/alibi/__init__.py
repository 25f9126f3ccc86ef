"""04.1: minus slope times distance."""
