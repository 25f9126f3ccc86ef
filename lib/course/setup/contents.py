"""The files that JupyterLab shows: a solution can be read and run, and not be changed by that."""

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

SOLUTIONS = "solutions/"


class Contents(AsyncLargeFileManager):
    """JupyterLab's own, in which solutions/ is read-only: what it saves there would be a change."""

    def is_writable(self, path: str) -> bool:
        return not path.lstrip("/").startswith(SOLUTIONS) and bool(super().is_writable(path))
