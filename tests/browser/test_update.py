"""A learner opens a lesson, writes, updates the course, loads the page again, and goes on."""

import json
import re
import shutil
import subprocess

import pytest
from playwright.sync_api import expect
from tests.course.upkeep.small_course import notebook_at, write

from course import paths
from course.upkeep.update import update

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed"),
]
LONG = 300_000
NAME = paths.find_lesson("0")
PLACE = f"notebooks/{NAME}.ipynb"
WHO = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]


def git(folder, *words):
    command = ["git", "-C", str(folder), *WHO, *words]
    subprocess.run(command, check=True, capture_output=True)


def publish_a_newer_version(root):
    """Make the lab's folder a clone of a course that has a new sentence in its lesson."""
    published = root.with_name("published")
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", "notebooks", "solutions")
    git(root, "commit", "--quiet", "--message", "First")
    git(root, "clone", "--quiet", ".", str(published))
    notebook = notebook_at(published / PLACE)
    place = [cell.id for cell in notebook.cells].index("exercise-00-1")
    notebook.cells[place - 1].source += "\n\nA sentence that is new."
    write(published / PLACE, notebook)
    git(published, "commit", "--quiet", "--all", "--message", "Second")
    git(root, "remote", "add", "origin", str(published))
    git(root, "fetch", "--quiet", "origin")
    git(root, "branch", "--set-upstream-to=origin/main")


def test_an_answer_written_before_an_update_is_there_after_it_and_counts(lab, monkeypatch):
    publish_a_newer_version(lab.root)
    address = re.sub(r"/lab/tree/[^?]*", f"/lab/workspaces/update/tree/{PLACE}", lab.address)
    with lab.open(address) as page:
        cell = page.locator(".jp-CodeCell", has_text="def dot(")
        cell.locator(".cm-content").click()
        page.keyboard.press("Control+End")
        for _ in range(2):
            page.keyboard.press("Shift+Home")
            page.keyboard.press("Backspace")
        page.keyboard.type("    return float((a * b).sum())  # mine")
        page.keyboard.press("Control+S")
        saved = lab.root / PLACE
        for _ in range(600):
            if "# mine" in saved.read_text(encoding="utf-8"):
                break
            page.wait_for_timeout(100)

        monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(lab.root.parent / "JUPYTER_RUNTIME_DIR"))
        for name in ("ROOT", "NOTEBOOKS", "SOLUTIONS"):
            folder = lab.root if name == "ROOT" else lab.root / name.lower()
            monkeypatch.setattr(paths, name, folder)
        said = list(update())
        assert "00 · Before you start: your answers to 00.1 moved along." in said
        assert any(line.startswith(f"{PLACE} is open in JupyterLab") for line in said), said

        page.get_by_role("menuitem", name="File", exact=True).click()
        page.get_by_role("menuitem", name="Reload Notebook from Disk", exact=True).click()
        expect(page.get_by_role("paragraph").get_by_text("A sentence that is new.")).to_be_visible(
            timeout=LONG
        )
        expect(cell.locator(".cm-content")).to_contain_text("# mine")
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        check = page.locator(".jp-CodeCell", has_text='check("00.1"')
        expect(check.locator(".jp-OutputArea-output")).to_contain_text("00.1 right", timeout=LONG)
    assert json.loads(saved.read_text(encoding="utf-8"))["nbformat"] == 4
    lab.faults.clear()  # what waits for an exercise is an error to the page, too
