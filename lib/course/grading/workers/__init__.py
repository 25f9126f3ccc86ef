"""Where the work is done.

unit     one hand-in, graded here
pool     processes of this machine
cluster  a Dask cluster
"""
