"""A learner's clone, kept: `update`, `archive`, `exercises` change its notebooks and lose nothing.

`merge` puts what a learner wrote into another version of a notebook, `align` says which cell became
which, `backup` keeps all files that are about to change, and puts them back after a failure.
`home` is for a course that is installed once for many: each user gets notebooks of their own.
"""
