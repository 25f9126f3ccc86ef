"""From lessons/ to notebooks/ and solutions/: `course build`."""

from course.build.command import build, check
from course.build.make import Folders

__all__ = ["Folders", "build", "check"]
