"""The `course` command. Each command parses its words here and does its work in its own module."""

import sys

import typer
from rich.console import Console

from course.errors import CourseError

commands = typer.Typer(
    help="Attention, Built Step by Step: the course's command.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@commands.callback()
def course() -> None:
    """Keep the commands' names, also while there is only one."""


def app() -> None:
    """Run the command line: a mistake of the user's gives one sentence and exit code 2."""
    try:
        commands()
    except CourseError as error:
        Console(stderr=True).print(f"[bold red]course:[/] {error}", highlight=False)
        sys.exit(2)
