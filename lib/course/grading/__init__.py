"""Grading: a class's hand-ins in, marks and feedback out.

hand_ins   which notebooks there are, in folders and zip files, and whose
plan       what of a notebook is run, in which order
grade      one hand-in in, one report out
run        all of them: a pool, what is on disk already, what is shown meanwhile
nursery, inside, sandbox, closed, wire, remote   where a hand-in's code runs, and what it sees there
scores, feedback, gradescope, summary   what is written
"""
