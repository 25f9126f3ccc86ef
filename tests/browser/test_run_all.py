"""Run All in a student's notebook goes on past an exercise that is not written yet."""

import json
import re

import pytest
from playwright.sync_api import expect

from course import paths

pytestmark = pytest.mark.browser
LONG = 600_000
NAME = paths.find_lesson("0")
FIRST, SECOND = "exercise-00-1", "exercise-00-2"


def test_what_waits_for_the_second_exercise_says_so_in_one_line_and_all_else_runs(lab):
    path = lab.root / "notebooks" / f"{NAME}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    solved = json.loads((paths.SOLUTIONS / path.name).read_text(encoding="utf-8"))
    answers = {cell["id"]: cell["source"] for cell in solved["cells"]}
    for cell in notebook["cells"]:
        if cell["id"].startswith("exercise-") and cell["id"] != SECOND:
            cell["source"] = answers[cell["id"]]
    path.write_text(json.dumps(notebook), encoding="utf-8")

    address = re.sub(
        r"/lab/tree/notebooks/[^?]*",
        f"/lab/workspaces/all/tree/notebooks/{NAME}.ipynb",
        lab.address,
    )
    with lab.open(address) as page:
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        last = page.locator(".jp-CodeCell", has_text='progress("00")')
        last.scroll_into_view_if_needed()
        expect(last.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]:"), timeout=LONG)
        check = page.locator(".jp-CodeCell", has_text='check("00.2"')
        expect(check.locator(".jp-OutputArea-output")).to_contain_text("00.2")
        waiting = page.get_by_text("This cell waits for exercise 00.2.")
        expect(waiting).not_to_have_count(0)
        assert page.get_by_text("Traceback").count() == 0
    lab.faults.clear()  # what waits is an error to the page, too
