"""15.3: who may see whom, where something is given and something is said."""
