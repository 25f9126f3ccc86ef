"""03.3: minus slope times distance."""
