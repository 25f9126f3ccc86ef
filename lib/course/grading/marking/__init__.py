"""From one hand-in to one report.

reading       a notebook's cells, whatever a program has lost of them
released      the lesson's notebook as it was given out
plan          which cells are run and which checks are asked, in which order
needed_cells  which of our own cells an answer needs
grade         runs the plan, and gives marks
"""
