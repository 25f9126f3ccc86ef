"""The browser: whichever Chromium this machine has; without one, browser tests are skipped."""

import os
import shutil
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """COURSE_CHROMIUM, or the first of NAMES on the path, told to keep to itself."""
    path = os.environ.get("COURSE_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("There is no Chromium here; COURSE_CHROMIUM can say where one is.")
    quiet = ["--no-first-run", "--disable-background-networking", "--disable-component-update"]
    plain = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-sync"]
    return {**browser_type_launch_args, "executable_path": path, "args": quiet + plain}
