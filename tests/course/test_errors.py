"""A mistake of the user's, as a notebook shows it."""

from IPython.core.interactiveshell import InteractiveShell

from course.errors import CourseError, first_line


def test_ipython_shows_its_text_and_no_traceback(capsys):
    shell = InteractiveShell()
    shell.user_ns["CourseError"] = CourseError
    shell.run_cell('raise CourseError("Write exercise 01.1 first.")')
    assert capsys.readouterr().out.strip() == "Write exercise 01.1 first."


def test_the_first_line_is_what_is_said_or_the_exceptions_name():
    assert first_line(ValueError("\none\ntwo")) == "one"
    assert first_line(KeyboardInterrupt()) == "KeyboardInterrupt"
    assert len(first_line(OSError("x" * 10**6))) == 120
