"""The lessons' exercises, one file a lesson. See docs/writing_checks.md."""
