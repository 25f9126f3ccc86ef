"""From lessons/ to notebooks/ and solutions/: `course build`."""

from course.authoring.command import build, check
from course.authoring.make import Folders

__all__ = ["Folders", "build", "check"]
