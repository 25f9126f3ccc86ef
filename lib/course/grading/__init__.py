"""Grading: a class's hand-ins in, marks and feedback out.

command     what `course grade` says
run         all hand-ins of a class: what is on disk already, what is shown meanwhile
journal     what is on disk already
seed        draws the checks' inputs; it belongs to a folder of results
report      what is found out about one hand-in
hand_ins/   which notebooks there are, in folders and zip files, and whose
marking/    one hand-in in, one report out
sandbox/    where a hand-in's code runs, and what it sees there
workers/    where the work is done: in processes here, or on other machines
reports/    what is written
gradescope/ the archive that Gradescope makes an autograder of
"""
