import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from course import paths
from course.upkeep.open_files import open_in_jupyterlab

pytestmark = pytest.mark.slow  # `--fast` leaves it out

NOTEBOOK = "notebooks/01_attention_is_a_soft_lookup.ipynb"


class Sessions(BaseHTTPRequestHandler):
    """Answers as a JupyterLab's list of sessions does, to who has the token."""

    def do_GET(self) -> None:
        found = (self.path, self.headers["Authorization"]) == ("/api/sessions", "token secret")
        self.send_response(200 if found else 403)
        self.end_headers()
        told = [{"path": NOTEBOOK}, {"path": "../elsewhere.ipynb"}]
        self.wfile.write(json.dumps(told if found else {}).encode())

    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder in which JupyterLabs say where they run, and one that runs for this course."""
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    with HTTPServer(("127.0.0.1", 0), Sessions) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        note(tmp_path / "jpserver-1.json", server.server_port)
        yield tmp_path
        server.shutdown()


def note(file: Path, port: int, token: str = "secret") -> None:
    said = {"url": f"http://127.0.0.1:{port}/", "token": token, "root_dir": str(paths.ROOT)}
    file.write_text(json.dumps({**said, "pid": os.getpid()}))  # one that runs is looked for


def test_notebooks_of_this_course_with_a_kernel_are_found(running: Path):
    assert open_in_jupyterlab() == {NOTEBOOK}


def test_a_server_that_has_ended_or_does_not_answer_us_is_passed_over(running: Path):
    port = json.loads((running / "jpserver-1.json").read_text())["url"].split(":")[-1].strip("/")
    note(running / "jpserver-1.json", int(port), token="another")
    note(running / "jpserver-2.json", 9)
    assert open_in_jupyterlab() == set()


def test_the_notebooks_of_a_home_of_their_own_are_found_there(
    running: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("COURSE_HOME", str(tmp_path / "home"))
    assert open_in_jupyterlab() == set()
    monkeypatch.setattr(paths, "ROOT", tmp_path / "home")  # where `note` says that it runs
    said = running / "jpserver-1.json"
    note(said, int(json.loads(said.read_text())["url"].rpartition(":")[2].strip("/")))
    assert open_in_jupyterlab() == {NOTEBOOK}
