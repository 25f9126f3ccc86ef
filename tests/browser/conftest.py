"""The browser: whichever Chromium this machine has; without one, browser tests are skipped.

And a JupyterLab to open in it, started as `course lab` starts it.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from course import paths

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
SECONDS = 300  # for one thing to happen, on a machine with other work
OPEN_THE_COPY = """
import sys
from pathlib import Path
from course import paths
from course.setup.lab import open_lab
paths.ROOT = Path(sys.argv[1])
paths.NOTEBOOKS = paths.ROOT / "notebooks"
open_lab("1", browser=False, port=None)
"""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """COURSE_CHROMIUM, or the first of NAMES on the path, told to keep to itself."""
    path = os.environ.get("COURSE_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("There is no Chromium here; COURSE_CHROMIUM can say where one is.")
    quiet = ["--no-first-run", "--disable-background-networking", "--disable-component-update"]
    plain = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-sync"]
    return {**browser_type_launch_args, "executable_path": path, "args": quiet + plain}


class Lab:
    """A running JupyterLab.

    address   what it tells the learner to open: lesson 01, with the token
    root      the folder that holds the copies of notebooks/ and solutions/
    progress  the learner's progress file
    faults    errors in its pages so far, and addresses on other machines that they asked for
    """

    def __init__(self, browser: Browser, address: str, root: Path, progress: Path) -> None:
        self.address, self.root, self.progress = address, root, progress
        self.faults: list[str] = []
        self._browser = browser

    @contextmanager
    def open(self, address: str) -> Iterator[Page]:
        """A window of a browser without memories at this address, its kernel ready."""
        with self._browser.new_context(viewport={"width": 1280, "height": 900}) as context:
            context.set_default_timeout(SECONDS * 1000)
            context.on("request", lambda request: self._note_stranger(request.url))
            page = context.new_page()
            page.on("websocket", lambda socket: self._note_stranger(socket.url))
            page.on("pageerror", lambda error: self.faults.append(str(error)))
            page.on("console", self._note_error)
            page.goto(address)
            self._wait_for_kernel(page)
            yield page

    def reload(self, page: Page) -> None:
        """Load the page again, and wait until its kernel is ready."""
        page.reload()
        self._wait_for_kernel(page)

    def _wait_for_kernel(self, page: Page) -> None:
        # The notebook calls itself idle a second before it has a kernel; the status bar does not.
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()

    def _note_stranger(self, url: str) -> None:
        inside = url.startswith(("data:", "blob:"))
        if not inside and urlsplit(url).hostname not in ("127.0.0.1", "localhost"):
            self.faults.append(url)

    def _note_error(self, message: Any) -> None:
        if message.type == "error":
            self.faults.append(message.text)


@pytest.fixture(scope="module")
def lab(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """`course lab 1` over a copy of the notebooks, for a learner who has done nothing yet.

    The solved notebooks are copied without their outputs, so that every output seen was made here.
    """
    place = tmp_path_factory.mktemp("lab")
    root, log, progress = place / "course", place / "log.txt", place / "progress.json"
    shutil.copytree(paths.NOTEBOOKS, root / "notebooks")
    (root / "solutions").mkdir()
    for solved in paths.SOLUTIONS.glob("*.ipynb"):
        copy_without_outputs(solved, root / "solutions" / solved.name)
    own = {name: str(place / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR")}
    own |= {name: str(place / name) for name in ("JUPYTER_RUNTIME_DIR", "IPYTHONDIR")}
    command = [sys.executable, "-c", OPEN_THE_COPY, str(root)]
    environment = {**os.environ, **own, "COURSE_PROGRESS": str(progress)}
    with (
        log.open("w") as file,
        subprocess.Popen(command, stdout=file, stderr=file, env=environment) as server,
    ):
        try:
            yield Lab(browser, read_address(server, log), root, progress)
        finally:
            server.terminate()  # it stops its kernels


def copy_without_outputs(solved: Path, copy: Path) -> None:
    notebook = json.loads(solved.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
    copy.write_text(json.dumps(notebook), encoding="utf-8")


def read_address(server: "subprocess.Popen[bytes]", log: Path) -> str:
    """The address that JupyterLab prints, once it is there."""
    for _ in range(SECONDS * 10):
        found = re.search(r"http://127\.0\.0\.1:\S+", log.read_text(encoding="utf-8"))
        if found:
            return found[0]
        if server.poll() is not None:
            break
        time.sleep(0.1)
    raise AssertionError(f"JupyterLab does not start: {log.read_text(encoding='utf-8')}")
