"""Open the course in JupyterLab, set up so that a newcomer sees the lesson and nothing else."""

import os
from pathlib import Path

from jupyterlab.labapp import LabApp
from jupyterlab_server.workspaces_handler import WorkspacesManager

from course import home
from course.errors import CourseError

OUR_SETTINGS = Path(__file__).parent / "jupyter"
WORKSPACE = "default"  # the one that JupyterLab opens where the address names none


def open_lab(lesson: str | None, *, browser: bool, port: int | None) -> None:
    """Run JupyterLab at a lesson's notebook until the user stops it.

    Raises CourseError where there is no such lesson, or its notebook is missing.
    """
    workspaces = home.ROOT / ".course" / "workspaces"
    notebook = find_notebook(lesson)
    lay_out(workspaces)
    theirs = os.environ.get("JUPYTER_CONFIG_PATH")
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, [str(OUR_SETTINGS), theirs]))
    LabApp.launch_instance(lab_arguments(notebook, workspaces, browser=browser, port=port))


def find_notebook(lesson: str | None) -> Path:
    """The notebook of the lesson that the user names, or of the first. Raises CourseError."""
    name = home.find_lesson(lesson or "0")
    notebook = home.NOTEBOOKS / f"{name}.ipynb"
    if not notebook.exists():
        place = notebook.relative_to(home.ROOT).as_posix()
        raise CourseError(f"{place} is missing; bring it back with: git checkout {place}")
    return notebook


def lab_arguments(
    notebook: Path, workspaces: Path, *, browser: bool, port: int | None
) -> list[str]:
    """JupyterLab's command line.

    The root is the whole repository: given the notebook itself, JupyterLab would show its folder
    and hide the rest. Who may enter (the token) stays as JupyterLab has it.
    """
    place = notebook.relative_to(home.ROOT).as_posix()
    arguments = [
        f"--ServerApp.root_dir={home.ROOT}",
        f"--LabApp.default_url=/lab/tree/{place}",
        f"--LabApp.workspaces_dir={workspaces}",
        "--LabApp.log_level=WARN",
        "--log-level=WARN",  # the address and errors, not a page of messages for developers
    ]
    if not browser:
        arguments.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--allow-root")  # in a container everybody is root
    if port is not None:
        arguments.append(f"--ServerApp.port={port}")
    return arguments


def lay_out(workspaces: Path) -> None:
    """Open the table of contents at the first start; later the layout is as the user left it."""
    manager = WorkspacesManager(str(workspaces))
    if not manager.list_workspaces():
        manager.save(WORKSPACE, (OUR_SETTINGS / "workspace.json").read_text(encoding="utf-8"))
