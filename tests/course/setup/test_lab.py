"""`course lab` opens a lesson in JupyterLab: checked on a real server, with two lessons."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.error import HTTPError

import pytest
from nbformat.v4 import new_notebook, writes

from course import paths
from course.errors import CourseError
from course.setup import lab

SECONDS = 600  # only what hangs takes so long
OPEN_THE_SMALL_COURSE = """
import sys
from pathlib import Path
from course import paths
from course.setup.lab import open_lab
paths.ROOT = Path(sys.argv[1])
paths.LESSONS, paths.NOTEBOOKS = paths.ROOT / "lessons", paths.ROOT / "notebooks"
open_lab("1", browser=False, port=None)
"""


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "a course"
    for folder in ("lessons", "notebooks"):
        (root / folder).mkdir(parents=True)
    for name in ("00_first", "01_second"):
        (root / "lessons" / f"{name}.py").touch()
        (root / "notebooks" / f"{name}.ipynb").write_text(writes(new_notebook()))
    monkeypatch.setattr(paths, "ROOT", root)
    monkeypatch.setattr(paths, "LESSONS", root / "lessons")
    monkeypatch.setattr(paths, "NOTEBOOKS", root / "notebooks")
    return root


def test_the_first_lesson_unless_another_is_named(course: Path):
    assert lab.find_notebook(None).name == "00_first.ipynb"
    assert lab.find_notebook("01").name == "01_second.ipynb"


def test_a_missing_notebook_is_named_with_the_way_to_bring_it_back(course: Path):
    (course / "notebooks" / "01_second.ipynb").unlink()
    with pytest.raises(CourseError, match=r"git checkout notebooks/01_second\.ipynb"):
        lab.find_notebook("1")


def test_port_and_browser_reach_jupyterlab_and_the_token_is_left_alone(course: Path):
    notebook = lab.find_notebook(None)
    plain = lab.lab_arguments(notebook, course, browser=True, port=None)
    assert not [word for word in plain if word.startswith(("--no-browser", "--ServerApp.port"))]
    asked = lab.lab_arguments(notebook, course, browser=False, port=9000)
    assert set(asked) - set(plain) == {"--no-browser", "--ServerApp.port=9000"}
    assert not [word for word in asked if re.match(r"--.*(token|password)", word)]


def test_where_the_course_is_installed_for_many_the_lesson_opens_in_the_users_home(
    course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    home = tmp_path / "home"
    (home / "notebooks").mkdir(parents=True)
    (home / "notebooks" / "01_second.ipynb").touch()
    monkeypatch.setenv("COURSE_HOME", str(home))
    notebook = lab.find_notebook("1")
    assert notebook == home / "notebooks" / "01_second.ipynb"
    arguments = lab.lab_arguments(notebook, home, browser=False, port=None)
    assert f"--ServerApp.root_dir={home}" in arguments
    assert "--LabApp.default_url=/lab/tree/notebooks/01_second.ipynb" in arguments


def test_the_contents_are_open_at_first_and_a_users_layout_stays(tmp_path: Path):
    lab.lay_out(tmp_path / "workspaces")
    (file,) = (tmp_path / "workspaces").iterdir()
    left = json.loads(file.read_text())["data"]["layout-restorer:data"]["left"]
    assert left["current"] == "@jupyterlab/toc:plugin"
    file.write_text('{"data": {}, "metadata": {"id": "default"}}')
    lab.lay_out(tmp_path / "workspaces")
    assert json.loads(file.read_text())["data"] == {}


@pytest.mark.slow
def test_a_real_jupyterlab_opens_the_lesson_with_the_whole_course_as_its_root(course: Path):
    command = [sys.executable, "-c", OPEN_THE_SMALL_COURSE, str(course)]
    runtime = course.parent / "runtime"
    settings = {**os.environ, "JUPYTER_RUNTIME_DIR": str(runtime)}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=settings) as server:
        try:
            address, token = read_address(server)
            assert address.endswith("/lab/tree/notebooks/01_second.ipynb")
            server_root = address.partition("/lab/")[0]
            with pytest.raises(HTTPError) as refused:  # without the token nobody enters
                urllib.request.urlopen(f"{server_root}/api/contents/")
            refused.value.close()
            assert refused.value.code == 403
            files = ask(f"{server_root}/api/contents/", token)["content"]
            assert {file["name"] for file in files} >= {"lessons", "notebooks"}
            settings = ask(f"{server_root}/lab/api/settings/", token)["settings"]
            news = next(s for s in settings if s["id"].endswith("apputils-extension:notification"))
            assert news["schema"]["properties"]["fetchNews"]["default"] == "false"
            assert news["schema"]["properties"]["checkForUpdates"]["default"] is False
            layout = ask(f"{server_root}/lab/api/workspaces/default", token)["data"]
            assert "toc" in layout["layout-restorer:data"]["left"]["current"]
            kernel = ask(f"{server_root}/api/kernels", token, {"name": "python3"})["id"]
            connection = json.loads((runtime / f"kernel-{kernel}.json").read_text())
            assert "curve_publickey" in connection  # else it warns in the learner's terminal
        finally:
            server.send_signal(signal.SIGTERM)


def read_address(server: subprocess.Popen[str]) -> tuple[str, str]:
    """The address and the token of a JupyterLab that answers."""
    assert server.stderr is not None
    said = ""
    for line in server.stderr:
        said += line
        if found := re.search(r"http://127\.0\.0\.1:(\d+)(\S*)\?token=(\w+)", line):
            wait_for_port(int(found[1]))
            return f"http://127.0.0.1:{found[1]}{found[2]}", found[3]
    raise AssertionError(said)


def wait_for_port(port: int) -> None:
    """JupyterLab prints its address a moment before it answers there."""
    for _ in range(SECONDS * 10):
        with contextlib.suppress(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port)).close()
            return
        time.sleep(0.1)
    raise AssertionError(f"nobody answers at port {port}")


def ask(address: str, token: str, message: dict[str, str] | None = None):
    request = urllib.request.Request(
        address,
        headers={"Authorization": f"token {token}"},
        data=None if message is None else json.dumps(message).encode(),
    )
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:
        return json.load(answer)
