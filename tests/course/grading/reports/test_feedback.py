"""The page for each hand-in."""

import zipfile
from html.parser import HTMLParser
from pathlib import Path

from course.grading.hand_ins.find import Found
from course.grading.report import Mark, Report
from course.grading.reports import feedback
from course.grading.reports.feedback import page

EVIL = "<script>alert(1)</script><img src=x onerror='alert(2)'>&amp;{{ 7 * 7 }}"
MESSAGE = (
    "01.1 not yet · Rows and columns\n    are exchanged.\n"
    "  The queries stand on the left\n  of it.\n\n"
    "  smallest case that fails: one query\n    keys = [[3., 1.],\n            [0., 2.]]"
)


def report(**changes) -> Report:
    marks = (
        Mark("01.1", "not yet", 0.5, 1.0, 1, 2, MESSAGE, "Rows and columns are exchanged."),
        Mark("01.2", "right", 2.0, 2.0, 4, 4, "01.2 right · Rows sum to 1."),
        Mark("01.3", "to be written", 0.0, 2.0, 0, 3, "01.3 to be written · Put it there."),
    )
    standard = {"name": "ann-01", "origin": "in/ann", "digest": "", "lesson": "01", "marks": marks}
    return Report(**{**standard, **changes})


class Reader(HTMLParser):
    """Collects tags, addresses and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: dict[str, list[str]] = {}
        self.said = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, []).append(value or "")

    def handle_data(self, data: str) -> None:
        self.said += data


def test_it_says_points_verdicts_and_the_checks_own_words():
    said = Reader(page(report())).said
    assert "2.5 of 5 points" in " ".join(said.split())
    assert "1 of 3 exercises right" in " ".join(said.split())
    assert "Rows and columns are exchanged." in said
    assert "The queries stand on the left of it." in said
    assert "\n  keys = [[3., 1.],\n          [0., 2.]]" in said
    assert "1 of 2 cases right" in said
    assert "01 · Attention is a soft look-up" in said
    assert "01.2 · " in said


def test_everything_from_the_hand_in_is_escaped():
    marks = (Mark("01.1", "not yet", 0.0, 1.0, 0, 1, f"01.1 not yet · {EVIL}\n{EVIL}\n\n{EVIL}"),)
    html = page(report(name=EVIL, origin=EVIL, notes=(EVIL,), error=EVIL, marks=marks))
    reader = Reader(html)
    assert not {"script", "img"} & set(reader.tags)
    assert not [name for name in reader.attributes if name.startswith("on")]
    assert reader.said.count("alert(1)") >= 7
    assert "{{ 7 * 7 }}" in reader.said


def test_what_stands_in_backticks_is_code_and_still_escaped():
    marks = (Mark("01.1", "not yet", 0.0, 1.0, 0, 1, "01.1 not yet · at `a @ b < <i>c</i>`."),)
    assert "at <code>a @ b &lt; &lt;i&gt;c&lt;/i&gt;</code>." in page(report(marks=marks))


def test_it_needs_no_network_and_runs_nothing():
    html = page(report())
    reader = Reader(html)
    assert not {"script", "link", "iframe", "img", "form"} & set(reader.tags)
    assert "src" not in reader.attributes
    assert "//" not in html.replace("<!DOCTYPE", "")
    assert any("default-src 'none'" in value for value in reader.attributes["content"])


def test_it_is_made_for_everybody():
    reader = Reader(page(report(notes=("a note",))))
    assert reader.attributes["lang"] == ["en"]
    assert {"main", "header", "title", "h1"} <= set(reader.tags)
    ids = reader.attributes["id"]
    assert len(ids) == len(set(ids))
    assert reader.attributes["aria-labelledby"] == ids


def test_an_error_is_said_and_so_is_a_run_without_walls():
    said = Reader(page(report(marks=(), lesson=None, error="It is empty.", sandbox="none"))).said
    assert "This could not be graded." in said
    assert "It is empty." in said
    assert "UNSANDBOXED" in said
    assert "points" not in said


def test_what_raised_begins_with_a_capital_and_code_does_not():
    for said, shown in (("it raised KeyError: 'x'", "<p>It raised"), ("items[0] is 1", "<p>items")):
        marks = (Mark("01.1", "not yet", 0.0, 1.0, 0, 1, f"01.1 not yet · {said}"),)
        assert shown in page(report(marks=marks))


def test_the_zip_for_moodle_holds_each_page_where_its_hand_in_was(tmp_path: Path):
    where = {
        "ann-01": ("Ann_7_assignsubmission_file_", "01.ipynb"),
        "bob": ("Bob_8_assignsubmission_file_",),  # who handed in no notebook
        "cem": ("late.zip", "cem.IPYNB"),
        "dan": (),  # named by itself
        "eve": ("a\nb.ipynb",),
        "fay": ("late", "cem.ipynb"),  # the same place as cem's
        "gus": ("not", "done.ipynb"),
    }
    for name in where:
        if name != "gus":
            feedback.write(tmp_path / f"{name}.html", report(name=name))
    found = [Found(name, "", None, "", parts) for name, parts in where.items()]
    feedback.write_all(tmp_path / "all.zip", tmp_path, found)
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert archive.namelist() == [
            "Ann_7_assignsubmission_file_/01.html",
            "Bob_8_assignsubmission_file_/feedback.html",
            "late/cem.html",
            "dan.html",
            "a\N{REPLACEMENT CHARACTER}b.html",
            "fay.html",
        ]
        assert b"ann-01" in archive.read("Ann_7_assignsubmission_file_/01.html")


def test_strange_letters_can_be_written(tmp_path: Path):
    feedback.write(tmp_path / "a.html", report(notes=("half \ud800 a sign",)))
    assert "half \\ud800 a sign" in (tmp_path / "a.html").read_text(encoding="utf-8")


STEERING = "a\x1b[31mb\u202ec\u2066d\x00e\x7ff"


def test_signs_that_steer_a_browser_or_a_terminal_are_shown_and_not_obeyed():
    said = f"01.1 not yet · {STEERING}\n  `{STEERING}`\n\n  {STEERING}"
    marks = (Mark("01.1", "not yet", 0.0, 1.0, 0, 1, said),)
    html = page(report(name=STEERING, origin=STEERING, notes=(STEERING,), marks=marks))
    assert all(sign.isprintable() or sign == "\n" for sign in html)
    assert (
        html.count(r"a\x1b[31mb\u202ec\u2066d\x00e\x7ff") == 7
    )  # the name stands in the title too


def test_text_in_other_languages_stays_as_it_is():
    said = "Ünïcode \N{IDEOGRAPHIC SPACE}日本語 עברית \N{NO-BREAK SPACE}→ 😀"
    assert said in page(report(notes=(said,)))
