"""Where a hand-in's code runs, and what it sees there.

A hand-in gets a *room*: a process of its own behind *walls*, which it can't see through or leave.

remote             the grading process's side: opens rooms, asks, watches time and memory
remote_subject     the subject that answers from there
forkserver         the process with PyTorch loaded that forks one for each hand-in
namespaces         the walls: a tree of files, no network, no other process, limits
system_calls       the calls to the kernel that are refused
hand_in_process    the other side: runs cells, answers questions about what they defined
closed_functions   what the exercises forbid is out of order here
packages           which installed packages can be seen
wire               how the two sides talk: frames of JSON and numbers, never pickle
time_used          processor time and sleep of a hand-in's processes
temporary_folders  made for a run, and swept up after a killed one
"""
