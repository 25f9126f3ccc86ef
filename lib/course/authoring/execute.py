"""Runs a solution notebook in a clean kernel, and keeps what is the same on every machine."""

import re
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from course.authoring.lesson import Lesson
from course.authoring.solution import line_with_markers
from course.cells.kernel import clean_kernel
from course.cells.tags import IGNORE_OUTPUT
from course.errors import CourseError

CELL_SECONDS = 300
WIDGET = "application/vnd.jupyter.widget-view+json"
PICTURE = re.compile(r'<img [^>]*src="data:image/png;base64,([^"]+)"')
ADDRESS = re.compile(r"\b0x[0-9a-f]{6,}\b")
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def execute(
    notebook: NotebookNode, lesson: Lesson, folder: Path, on_cell: Callable[[], None]
) -> int:
    """Run every cell in `folder` and store clean outputs; `on_cell()` is called after each.

    -> the seconds of processor time that it took, with PyTorch's import
    Raises CourseError with the lesson's file and line when a cell raises, hangs, warns, or shows
    a widget that a page without a kernel can't show.
    """
    with TemporaryDirectory() as empty:
        settings = {"COURSE_PROGRESS": str(Path(empty) / "progress.json"), "COURSE_VERDICTS": ""}
        with clean_kernel(notebook, folder, timeout=CELL_SECONDS, settings=settings) as client:
            for index, cell in enumerate(notebook.cells):
                where = lesson.at(lesson.cells[index].line)
                try:
                    client.execute_cell(cell, index)
                except CellExecutionError as error:
                    text = _first_line(COLOURS.sub("", error.evalue))
                    line = _line_of_error(cell, lesson, index)
                    raise CourseError(f"{lesson.at(line)}: {error.ename}: {text}") from None
                except CellTimeoutError:
                    said = f"{where}: the cell ran longer than {CELL_SECONDS} s."
                    raise CourseError(said) from None
                except DeadKernelError:
                    raise CourseError(f"{where}: the cell ended its kernel.") from None
                if cell.cell_type == "code":
                    _clean(cell, where)
                on_cell()
            return _seconds_used(client)


def _seconds_used(client: NotebookClient) -> int:
    """Processor time of the kernel, and of the programs that it started."""
    process: Any = client.km.provisioner  # type: ignore[union-attr]  # it runs
    kernel = psutil.Process(process.pid).cpu_times()
    own = kernel.user + kernel.system
    return round(own + getattr(kernel, "children_user", 0) + getattr(kernel, "children_system", 0))


def _clean(cell: NotebookNode, where: str) -> None:
    """Drop what differs from run to run: widget models, memory addresses."""
    kept = []
    for output in cell.outputs:
        if output.output_type == "stream":
            if output.name == "stderr":
                raise CourseError(f"{where}: the cell warns: {_first_line(output.text)}")
            output.text = ADDRESS.sub("0x…", output.text)
        else:
            is_widget = output.data.pop(WIDGET, None) is not None
            if is_widget and "text/html" not in output.data:
                if IGNORE_OUTPUT not in cell.metadata.get("tags", []):
                    raise CourseError(
                        f"{where}: a widget without a text/html twin; tag the cell 'explore'."
                    )
                continue
            found = PICTURE.search(output.data.get("text/html", ""))
            if found and "memorable" in cell.metadata.get("tags", []):
                output.data["image/png"] = found[1] + "\n"  # for viewers that show no HTML
            if "text/plain" in output.data:
                output.data["text/plain"] = ADDRESS.sub("0x…", output.data["text/plain"])
        kept.append(output)
    cell.outputs = kept


def _line_of_error(cell: NotebookNode, lesson: Lesson, index: int) -> int:
    """The line of the lesson that raised, or the cell's first where the traceback doesn't say."""
    written = lesson.cells[index]
    for output in cell.outputs:
        if output.output_type == "error":
            frames = COLOURS.sub("", "\n".join(output.traceback))
            found = re.search(rf"Cell In\[{cell.execution_count}\], line (\d+)", frames)
            if found:
                return written.line + line_with_markers(written.source, int(found[1])) - 1
    return written.line


def _first_line(text: str) -> str:
    return text.strip().split("\n")[0]
