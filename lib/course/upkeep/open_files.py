"""Which notebooks a running JupyterLab has open: their pages must be loaded again."""

import json
from pathlib import Path
from urllib.request import ProxyHandler, Request, build_opener

from course import paths

SECONDS = 3
RELOAD = "is open in JupyterLab: there, File > Reload Notebook from Disk, before you write on."


def open_in_jupyterlab() -> set[str]:
    """The places of all notebooks of this course that have a kernel: {"notebooks/01_….ipynb"}."""
    from jupyter_server.serverapp import list_running_servers  # a second, which few calls need

    found = set()
    home = paths.home().resolve()
    opener = build_opener(ProxyHandler({}))  # it is on this machine
    for server in list_running_servers():
        asked = Request(
            f"{server['url']}api/sessions", headers={"Authorization": f"token {server['token']}"}
        )
        try:
            with opener.open(asked, timeout=SECONDS) as answer:
                sessions = json.load(answer)
        except (OSError, ValueError):
            continue  # it has ended, or asks for a password: then nobody can say
        for session in sessions:
            path = Path(server["root_dir"], session["path"]).resolve()
            if path.is_relative_to(home):
                found.add(path.relative_to(home).as_posix())
    return found
