"""Gradescope's autograder: `archive` packs it, `submission` is what it runs."""
