"""Which notebooks a running JupyterLab has open: their pages must be loaded again."""

import json
from pathlib import Path
from urllib.parse import quote, urlencode
from urllib.request import ProxyHandler, build_opener

from jupyter_server.serverapp import list_running_servers

from course import paths

SECONDS = 3
RELOAD = "is open in JupyterLab: there, File > Reload Notebook from Disk, before you write on."


def open_in_jupyterlab() -> set[str]:
    """The places of all notebooks of this course that have a kernel: {"notebooks/01_….ipynb"}."""
    found = set()
    opener = build_opener(ProxyHandler({}))  # it is on this machine
    for server in list_running_servers():
        asked = f"{server['url']}api/sessions?{urlencode({'token': server['token']})}"
        try:
            with opener.open(quote(asked, safe=":/?=&%"), timeout=SECONDS) as answer:
                sessions = json.load(answer)
        except (OSError, ValueError):
            continue  # it has ended, or asks for a password: then nobody can say
        for session in sessions:
            path = Path(server["root_dir"], session["path"]).resolve()
            if path.is_relative_to(paths.ROOT):
                found.add(path.relative_to(paths.ROOT).as_posix())
    return found
