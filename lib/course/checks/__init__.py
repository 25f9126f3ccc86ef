"""The lessons' exercises: a folder a lesson, a file or folder an exercise. See
docs/writing_checks.md."""
