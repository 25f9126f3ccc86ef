"""A clean kernel: it sees no start-up files, no progress and no settings of whoever starts it."""

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from nbclient import NotebookClient
from nbformat import NotebookNode
from traitlets.config import Config

# Where a kernel dies, nbclient leaves a task behind, and asyncio prints a traceback about it.
logging.getLogger("asyncio").setLevel(logging.CRITICAL)
TIMED_OUT = "CellTimedOut"
INLINE_FIGURES = "module://matplotlib_inline.backend_inline"


@contextmanager
def clean_kernel(
    notebook: NotebookNode,
    folder: Path,
    *,
    timeout: float,
    go_on: bool = False,
    settings: Mapping[str, str] | None = None,
) -> Iterator[NotebookClient]:
    """Start a Python kernel in `folder`, and stop it afterwards.

    The client's `execute_cell(cell, index)` runs one cell of `notebook` and stores its outputs.
    nbclient's errors are raised. With `go_on=True` an error in a cell is only stored, and a cell
    that takes longer than `timeout` seconds is interrupted: its reply's ename is TIMED_OUT.
    `settings` are added to the environment.
    """
    with TemporaryDirectory() as home:
        client = NotebookClient(
            notebook,
            timeout=timeout,
            kernel_name="python3",
            allow_errors=go_on,
            interrupt_on_timeout=go_on,
            error_on_timeout={"ename": TIMED_OUT, "evalue": "", "traceback": []} if go_on else None,
            record_timing=False,
            coalesce_streams=True,
            extra_arguments=["--log-level=CRITICAL"],  # else it talks into the user's terminal
            resources={"metadata": {"path": str(folder)}},
            config=_transport(home),
        )
        environment = {
            **os.environ,
            "IPYTHONDIR": home,
            "OMP_NUM_THREADS": "1",
            "MPLBACKEND": INLINE_FIGURES,
            **(settings or {}),
        }
        with client.setup_kernel(env=environment):
            client.reset_execution_trackers()
            yield client


def _transport(folder: str) -> Config:
    """Sockets in `folder`: two kernels that begin at once may be given the same port of TCP."""
    if os.name == "nt":
        return Config()
    return Config({"KernelManager": {"transport": "ipc", "ip": str(Path(folder, "kernel"))}})
