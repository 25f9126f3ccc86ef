"""What is written: scores.csv, a page for each hand-in, the summary, Gradescope's results."""
