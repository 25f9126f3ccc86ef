"""What every test relies on."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

# Two test processes on two cores: one thread each is faster, and sums come out alike. The libraries
# read it when they are first imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import matplotlib as mpl
import pytest

# Notebooks here are material for tests: --nbval, given for solutions/, must not collect them.
collect_ignore_glob = ["*.ipynb"]

# No window opens. A setting in the environment would reach the kernels of notebooks too, and
# their pictures would be gone.
mpl.use("agg")


@pytest.fixture(autouse=True)
def no_learners_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests never write a learner's progress, however pytest was started."""
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "progress.json"))


@pytest.fixture(autouse=True)
def no_loop_of_the_browser(request: pytest.FixtureRequest) -> Iterator[None]:
    """Hide the event loop that Playwright leaves running from the tests that come after.

    Where one runs, nbclient starts its kernels in another thread, and waits there for ever.
    """
    loop = None if "playwright" in request.fixturenames else asyncio._get_running_loop()
    if loop is None:
        yield
        return
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(loop)
