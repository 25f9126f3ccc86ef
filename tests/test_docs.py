"""What README and the pages beside it say is so."""

import re
from pathlib import Path

import pytest
import typer

from course import paths
from course.cli import commands

PAGES = [paths.ROOT / "README.md", *paths.ROOT.glob("CO*.md"), *paths.ROOT.glob("docs/*.md")]


@pytest.mark.parametrize("document", PAGES, ids=lambda document: document.name)
def test_every_local_link_leads_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text("utf-8"))
    assert targets
    assert [target for target in targets if not (document.parent / target).exists()] == []


def test_readme_links_every_lesson_and_no_other() -> None:
    linked = re.findall(
        r"\(notebooks/(\w+)\.ipynb\)", (paths.ROOT / "README.md").read_text("utf-8")
    )
    assert linked == paths.lesson_names()


def test_every_course_command_that_a_page_names_exists_and_readme_names_all() -> None:
    known = set(typer.main.get_command(commands).commands)  # type: ignore[attr-defined]
    named = {
        document: set(re.findall(r"^course ([\w-]+)", "\n".join(_code(document)), re.M))
        for document in PAGES
    }
    assert {name for names in named.values() for name in names} <= known
    assert named[paths.ROOT / "README.md"] == known


def _code(document: Path) -> list[str]:
    """What stands in backticks, in a line or in a block."""
    text = document.read_text("utf-8")
    return re.findall(r"```\n(.*?)```", text, re.S) + re.findall(r"`([^`\n]+)`", text)
