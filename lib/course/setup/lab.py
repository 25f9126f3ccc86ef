"""Open the course in JupyterLab, set up so that a newcomer sees the lesson and nothing else."""

import os
import shutil
import sys
from pathlib import Path

import zmq

from course import paths
from course.errors import CourseError
from course.setup.startup import run

OUR_SETTINGS = Path(__file__).parent / "jupyter"
# The one that JupyterLab opens where the address names none, as JupyterLab calls its file.
WORKSPACE = "default-37a8.jupyterlab-workspace"


def open_lab(lesson: str | None, *, browser: bool, port: int | None) -> None:
    """Run JupyterLab at a lesson's notebook until the user stops it.

    Raises CourseError where there is no such lesson, or its notebook is missing.
    """
    workspaces = paths.home() / ".course" / "workspaces"
    notebook = find_notebook(lesson)
    lay_out(workspaces)
    theirs = os.environ.get("JUPYTER_CONFIG_PATH")
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, [str(OUR_SETTINGS), theirs]))
    # A process of its own starts as fast as any JupyterLab: Python 3.11 imports more slowly below
    # our own calls. -P: the folder that the user is in holds none of JupyterLab's modules.
    command = [sys.executable, "-P", "-m", "jupyterlab"]
    command += lab_arguments(notebook, workspaces, browser=browser, port=port)
    if os.name == "nt":  # no program takes another's place there: the shell would not wait for it
        sys.exit(run(command))
    os.execv(command[0], command)


def find_notebook(lesson: str | None) -> Path:
    """The notebook of the lesson that the user names, or of the first. Raises CourseError."""
    name = paths.find_lesson(lesson or "0")
    notebook = paths.home() / "notebooks" / f"{name}.ipynb"
    if not notebook.exists():
        place = notebook.relative_to(paths.home()).as_posix()
        raise CourseError(f"{place} is missing; bring it back with: git checkout {place}")
    return notebook


def lab_arguments(
    notebook: Path, workspaces: Path, *, browser: bool, port: int | None
) -> list[str]:
    """JupyterLab's command line.

    The root is the whole repository: given the notebook itself, JupyterLab would show its folder
    and hide the rest. Who may enter (the token) stays as JupyterLab has it.
    """
    place = notebook.relative_to(paths.home()).as_posix()
    arguments = [
        f"--ServerApp.root_dir={paths.home()}",
        f"--LabApp.default_url=/lab/tree/{place}",
        f"--LabApp.workspaces_dir={workspaces}",
        "--ServerApp.contents_manager_class=course.setup.contents.Contents",
        "--LabApp.log_level=ERROR",
        "--log-level=ERROR",  # the address and errors: its warnings are for developers
    ]
    if zmq.has("curve"):  # else every kernel warns in the terminal of plain text between it and us
        arguments.append("--KernelManager.transport_encryption=auto")
    if not browser:
        arguments.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--allow-root")  # in a container everybody is root
    if port is not None:
        arguments.append(f"--ServerApp.port={port}")
    return arguments


def lay_out(workspaces: Path) -> None:
    """Open the table of contents at the first start; later the layout is as the user left it."""
    workspaces.mkdir(parents=True, exist_ok=True)
    if not any(workspaces.glob("*.jupyterlab-workspace")):
        shutil.copyfile(OUR_SETTINGS / "workspace.json", workspaces / WORKSPACE)
