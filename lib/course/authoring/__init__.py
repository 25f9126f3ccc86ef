"""From lessons/ to notebooks/ and solutions/: `course build`. And how good a bank of checks is.

command, make     the command; what is missing or stale
lesson, rules     a lesson's cells, and its faults
solution, notebook, execute  cut the answers out, lay out the notebooks, run the solved one
sections          what `course find` searches
minutes, measured, waiting   how long a lesson takes; what its prose says of its output; what
                  waits for an answer
mutants/          `course checks`: small changes to right answers, and what is said of them
"""

from course.authoring.command import build, check
from course.authoring.make import Folders

__all__ = ["Folders", "build", "check"]
