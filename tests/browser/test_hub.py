"""A JupyterHub with two users, each with notebooks and a progress of their own."""

import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.browser.conftest import SECONDS

from course import paths

PROXY = shutil.which("configurable-http-proxy")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        importlib.util.find_spec("jupyterhub") is None,
        reason="JupyterHub is not installed: pip install -r requirements-hub.txt",
    ),
    pytest.mark.skipif(
        PROXY is None,
        reason="JupyterHub's proxy is not installed: npm install -g configurable-http-proxy",
    ),
]
LONG = SECONDS * 1000
LESSON = paths.lesson_names()[0]
# As docs/hub.md has it for one machine, but for users and passwords: there are none here.
CONFIG = """
c.JupyterHub.bind_url = "http://127.0.0.1:{0}"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{1}"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{2}"
c.ConfigurableHTTPProxy.command = [{proxy!r}]
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = {homes!r}
c.Spawner.cmd = [{python!r}, "-m", "course.upkeep.home", "jupyterhub-singleuser"]
c.Spawner.args = ["--allow-root"]
c.Spawner.start_timeout = c.Spawner.http_timeout = {seconds}
"""


class Hub:
    """A running JupyterHub: `homes` holds a folder for each user who has been there."""

    def __init__(self, browser: Browser, address: str, homes: Path) -> None:
        self.address, self.homes = address, homes
        self._browser = browser

    @contextmanager
    def visit(self, user: str) -> Iterator[Page]:
        """A window in which a user has signed in; their server brings what it opens by itself."""
        with self._browser.new_context(viewport={"width": 1280, "height": 900}) as context:
            context.set_default_timeout(LONG)
            page = context.new_page()
            page.goto(self.address)
            page.get_by_label("Username").fill(user)
            page.get_by_label("Password").fill("any")
            page.get_by_role("button", name="Sign in").click()
            page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
            yield page

    def checks_noted(self, user: str) -> dict[str, object]:
        file = self.homes / user / "attention" / ".course" / "progress.json"
        return json.loads(file.read_text(encoding="utf-8"))["checks"] if file.exists() else {}


@pytest.fixture(scope="module")
def hub(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    place = tmp_path_factory.mktemp("hub")
    ports, homes, log = free_ports(3), place / "homes", place / "log.txt"
    (place / "config.py").write_text(
        CONFIG.format(
            *ports,
            proxy=PROXY,
            homes=str(homes / "{username}"),
            python=sys.executable,
            seconds=SECONDS,
        ),
        encoding="utf-8",
    )
    own = {name: str(place / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR")}
    command = [sys.executable, "-m", "jupyterhub", "--config", "config.py"]
    with (
        log.open("w") as file,
        subprocess.Popen(
            command, cwd=place, stdout=file, stderr=file, env={**os.environ, **own}
        ) as server,
    ):
        try:
            address = f"http://127.0.0.1:{ports[0]}"
            wait_until_healthy(server, address, log)
            yield Hub(browser, address, homes)
        finally:
            server.terminate()  # it stops the users' servers and its proxy


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def wait_until_healthy(server: "subprocess.Popen[bytes]", address: str, log: Path) -> None:
    opener = build_opener(ProxyHandler({}))  # it is on this machine
    for _ in range(SECONDS * 10):
        try:
            with opener.open(f"{address}/hub/health", timeout=SECONDS):
                return
        except OSError:
            if server.poll() is not None:
                break
            time.sleep(0.1)
    raise AssertionError(f"JupyterHub does not start: {log.read_text(encoding='utf-8')}")


def cell(page: Page, words: str) -> Locator:
    return page.locator(".jp-CodeCell", has_text=words)


def answer(page: Page, line: str) -> None:
    """Write a line into exercise 00.1, and save."""
    cell(page, "def dot(").locator(".cm-line", has_text="raise NotImplementedError").click()
    page.keyboard.press("Home")
    page.keyboard.press("Shift+End")
    page.keyboard.type(line)
    page.keyboard.press("Control+s")


def run_all(page: Page) -> None:
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()


def said_by(page: Page, words: str) -> Locator:
    """What a cell shows below itself."""
    place = cell(page, words)
    place.scroll_into_view_if_needed()
    return place.locator(".jp-OutputArea-output")


def course_files() -> dict[Path, int]:
    """What a learner's work would change, were it in the course's own folder."""
    places = [paths.NOTEBOOKS, paths.SOLUTIONS, paths.ROOT / ".course" / "progress.json"]
    files = [file for place in places for file in (place, *place.glob("*")) if file.is_file()]
    return {file: file.stat().st_mtime_ns for file in files}


def test_two_users_each_find_their_own_answers_and_progress_and_the_course_as_it_was(hub):
    before = course_files()
    with hub.visit("ada") as page:
        assert "/user/ada/" in page.url
        expect(page.locator(".jp-TableOfContents").first).to_be_visible(timeout=LONG)
        answer(page, "return float(a @ b)")
        run_all(page)
        expect(said_by(page, 'check("00.1"')).to_contain_text("00.1 right", timeout=LONG)
        expect(said_by(page, 'progress("00")')).to_contain_text("● 00.1  right", timeout=LONG)

    with hub.visit("bob") as page:
        answer(page, "return 2 * float(a @ b)")
        run_all(page)
        expect(said_by(page, 'check("00.1"')).to_contain_text("00.1 not yet", timeout=LONG)
        expect(said_by(page, 'progress("00")')).to_contain_text("○ 00.1  not yet", timeout=LONG)

    with hub.visit("ada") as page:  # another browser, another day
        expect(cell(page, "def dot(")).to_contain_text("return float(a @ b)", timeout=LONG)

    assert hub.checks_noted("ada")["00.1"] == {"right": True, "tries": 1}
    assert hub.checks_noted("bob")["00.1"] == {"right": False, "tries": 1}
    for user, line in ("ada", "return float(a @ b)"), ("bob", "return 2 * float(a @ b)"):
        home = hub.homes / user / "attention"
        assert line in (home / "notebooks" / f"{LESSON}.ipynb").read_text(encoding="utf-8")
        assert (home / "lib").resolve() == paths.ROOT / "lib"
    assert course_files() == before
