"""15.1: cut a picture into patches."""
