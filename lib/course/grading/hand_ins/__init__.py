"""Which notebooks were handed in, and by whom.

find      the hand-ins among all that a learning platform gave out
archives  folders, zip files, and zip files in zip files, read without harm
naming    a name for each hand-in, and whose it is
"""
