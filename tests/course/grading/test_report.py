"""A report is plain data and back; its points are those of its marks."""

import hashlib
import json

from course.grading.report import HandIn, Mark, Options, Report

MARKS = (Mark("01.1", "right", 1.0, 1.0, 3, 3), Mark("01.2", "not yet", 2 / 3, 2.0, 1, 3, "no"))


def test_what_json_keeps_of_a_report_is_the_report():
    report = Report(
        "a", "a.ipynb", "f" * 64, "01", MARKS, ("Cell 2.",), seconds=0.1, sandbox="none"
    )
    assert Report.from_dict(json.loads(json.dumps(report.as_dict()))) == report


def test_points_are_the_sum_over_all_marks():
    report = Report("a", "a.ipynb", "", "01", MARKS)
    assert (report.points, report.max_points) == (1 + 2 / 3, 3.0)
    assert Report("a", "a", "", None, ()).points == 0


def test_a_report_about_a_hand_in_names_it_and_says_whether_anything_held_it_back():
    hand_in = HandIn("ann-01", "in/ann.ipynb", b"data")
    report = Report.about(hand_in, Options(sandboxed=False), "It is empty.")
    assert (report.name, report.origin, report.error) == ("ann-01", "in/ann.ipynb", "It is empty.")
    assert (report.lesson, report.marks, report.sandbox) == (None, (), "none")
    assert report.digest == hashlib.sha256(b"data").hexdigest()
    assert Report.about(hand_in, Options()).sandbox == "namespaces"
