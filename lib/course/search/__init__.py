"""Search over the course itself: what `course find` does.

sections   the file of all sections, which `course build` makes
words      which sections share words with a question
meaning    which sections mean what it asks: with MiniLM, where it is installed
find       both rankings, made one
"""

from course.search.find import Found, find

__all__ = ["Found", "find"]
