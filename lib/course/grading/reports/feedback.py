"""One HTML page for each hand-in: what is right, what is not yet, and the way there.

It needs no network. The words are those that the checks say in the notebook.
"""

import io
import re
import zipfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from textwrap import dedent

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from course.atomic import write_whole
from course.cells.verdicts import NO_CHECK, NOT_YET, RIGHT, TO_BE_WRITTEN
from course.checking.messages import in_parts, visible
from course.grading.hand_ins.find import Found
from course.grading.hand_ins.naming import printable
from course.grading.report import Mark, Report
from course.grading.reports.scores import number
from course.grading.reports.titles import title

SIGNS = {RIGHT: "✓", NOT_YET: "◐", TO_BE_WRITTEN: "○", NO_CHECK: "○"}


@cache
def template(name: str) -> Template:
    """A page's template. Whatever it is given is escaped."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["number"] = number
    environment.filters["code"] = _with_code
    return environment.get_template(name)


def page(report: Report) -> str:
    """The page about a hand-in."""
    return template("feedback.html").render(
        report=report,
        title=title(report.lesson) if report.lesson else "Not graded",
        marks=[
            {
                "mark": mark,
                "title": title(mark.exercise),
                "sign": SIGNS[mark.verdict],
                **_said(mark),
            }
            for mark in report.marks
        ],
        right=sum(mark.verdict == RIGHT for mark in report.marks),
    )  # fmt: skip


def write(path: Path, report: Report) -> None:
    """Write the page."""
    write_whole(path, page(report).encode("utf-8", "replace"))


def write_all(path: Path, pages: Path, found: Iterable[Found]) -> None:
    """Pack the pages into a zip file, each at the path that its hand-in had in the downloads.

    Moodle knows by that path whose page it is ("Upload multiple feedback files in a zip").
    """
    packed = io.BytesIO()
    taken: set[str] = set()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in found:
            page = pages / f"{one.name}.html"
            if page.exists():
                place = _place_in_zip(one)
                place = f"{one.name}.html" if place in taken else place
                taken.add(place)
                archive.writestr(place, page.read_bytes())
    write_whole(path, packed.getvalue())


def _place_in_zip(found: Found) -> str:
    *folders, last = found.parts or (f"{found.name}.ipynb",)
    if not last.lower().endswith((".ipynb", ".zip")):  # somebody's folder, without a notebook
        folders, last = [*folders, last], "feedback"
    words = [re.sub(r"\.(ipynb|zip)$", "", word, flags=re.IGNORECASE) for word in (*folders, last)]
    return printable("/".join(words)) + ".html"


def _visible(value: object) -> object:
    """What a page shows, without signs that steer the browser that shows it."""
    if isinstance(value, Markup):
        return Markup(visible(value))
    return visible(value) if isinstance(value, str) else value


def _with_code(text: str) -> Markup:
    """`text`, escaped, with what stands in backticks set as code."""
    return Markup(re.sub(r"`([^`\n]+)`", r"<code>\1</code>", str(escape(text))))


def _said(mark: Mark) -> dict[str, str]:
    """A check's message in its parts: the sentence, the way out, and the case below them."""
    what, way, case = in_parts(mark.message)
    _, sign, sentence = what.partition(" · ")
    sentence = re.sub(r"^it\b", "It", (sentence if sign else what).strip())
    return {"sentence": sentence, "way": way, "case": dedent(case)}
