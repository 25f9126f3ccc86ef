"""A kernel that sees nothing of whoever starts it."""

import pytest
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell, new_notebook

from course.cells.kernel import TIMED_OUT, clean_kernel

pytestmark = pytest.mark.slow  # programs, kernels or many sizes: `--fast` leaves it out


def test_it_has_its_own_folder_settings_and_start_up_files_and_one_thread(tmp_path, monkeypatch):
    theirs = tmp_path / "ipython" / "profile_default" / "startup"
    theirs.mkdir(parents=True)
    (theirs / "00.py").write_text("of_mine = 1")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    code = "import os\nprint('of_mine' in globals(), os.getcwd(), "
    code += "os.environ['OMP_NUM_THREADS'], os.environ['MINE'])"
    notebook = new_notebook(cells=[new_code_cell(code), new_code_cell("1 / 0")])
    with clean_kernel(notebook, tmp_path, timeout=600, settings={"MINE": "yes"}) as client:
        client.execute_cell(notebook.cells[0], 0)
        with pytest.raises(CellExecutionError):
            client.execute_cell(notebook.cells[1], 1)
    assert notebook.cells[0].outputs[0].text == f"False {tmp_path} 1 yes\n"


def test_where_it_is_to_go_on_errors_are_kept_and_an_endless_cell_is_interrupted(tmp_path):
    cells = [new_code_cell(code) for code in ("1 / 0", "import time\ntime.sleep(10**6)", "2")]
    notebook, replies = new_notebook(cells=cells), []
    with clean_kernel(notebook, tmp_path, timeout=600, go_on=True) as client:
        client.on_cell_executed = lambda execute_reply, **_: replies.append(execute_reply)
        client.timeout_func = lambda cell: 1 if "sleep" in cell.source else 600
        for index, cell in enumerate(cells):
            client.execute_cell(cell, index)
    assert [reply["content"].get("ename") for reply in replies][:2] == [
        "ZeroDivisionError",
        TIMED_OUT,
    ]
    assert cells[0].outputs[0].ename == "ZeroDivisionError"
    assert cells[2].outputs[0].data["text/plain"] == "2"
