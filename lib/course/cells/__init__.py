"""What a cell is.

source       its code, the checks that it calls, the names that it binds
names        the names that it reads, defines and changes
tags         what each tag means to build, check and grade
placeholder  the line that stands in an exercise until it is written
waiting      one line, in place of a traceback, in a cell that waits for an exercise
seal         tells a notebook as it was made from one that was written into
kernel       a clean one, to run cells in
verdicts     the words for how an exercise stands
whole_notebook  `course check`: runs all cells of a notebook, and hears what their checks say
"""
