"""Grading: a class's hand-ins in, marks and feedback out.

hand_ins, archives, naming   which notebooks there are, in folders and zip files, and whose
released   the notebooks as they were given out
reading    a notebook's bytes as cells
plan, needed   what of a notebook is run, in which order
grade      one hand-in in, one report out
command    what `course grade` says
run        all of them: what is on disk already, what is shown meanwhile
pool, cluster   where the work is done: in processes here, or on other machines
journal, seed   what is on disk already, and the seed that belongs to it
nursery, inside, sandbox, closed, wire, remote   where a hand-in's code runs, and what it sees there
leftovers  temporary folders
scores, feedback, gradescope, summary, titles   what is written
autograder the archive that Gradescope makes an autograder of
"""
