"""`course checks`: shows an author how much a bank sees, and what it says."""

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.progress import MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from course.authoring.mutants.trial import JUDGEMENTS, Outcome, Trial, sample, trials
from course.checking import Exercise, exercises, find, lessons_with_exercises

# The order in which an author wants to see them: what is to be mended first.
ORDER: tuple[Outcome, ...] = ("stopped", "accepted", "silent", "named")


def checks(
    numbers: Sequence[str] = (), *, each: int | None = None, console: Console | None = None
) -> None:
    """Try the mutants of these exercises' right ways, and show what the checks say of them.

    numbers  such as "04.2"; of all exercises, a row each, where there are none
    each     try only so many of each exercise, drawn always alike

    Raises CourseError where there is no such exercise.
    """
    console = console or Console()
    chosen = [find(number) for number in numbers] or [
        exercise for lesson in lessons_with_exercises() for exercise in exercises(lesson).values()
    ]
    found: dict[str, list[Trial]] = {}
    columns = TextColumn("{task.description}"), MofNCompleteColumn()
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        for exercise in chosen:
            mutants = sample(exercise, each)
            task = bar.add_task(exercise.number, total=len(mutants))
            advance = lambda task=task: bar.advance(task)  # noqa: E731
            found[exercise.number] = list(trials(exercise, mutants, advance))
            bar.remove_task(task)
    console.print(_overview(chosen, found))
    if numbers:
        for exercise in chosen:
            console.print(_details(exercise, found[exercise.number]))


def _overview(chosen: list[Exercise], found: dict[str, list[Trial]]) -> Table:
    """A row for each exercise: what is declared, and how many mutants met which end."""
    table = Table(title="What the checks make of small changes to their right ways")
    for column in ("exercise", "standing cases"):
        table.add_column(column)
    counts = ("cases", "right ways", "mistakes", "mutants")
    for column in (*counts, "accepted", "silent", "named", *JUDGEMENTS, "to be read"):
        table.add_column(column, justify="right")
    for exercise in chosen:
        tried = found[exercise.number]
        ends = Counter(trial.outcome for trial in tried)
        judged = Counter(trial.judged for trial in tried)
        declared = (exercise.cases, exercise.right_ways, exercise.mistakes, tried)
        table.add_row(
            exercise.number,
            _standing(exercise),
            *(str(len(things)) for things in declared),
            *(str(ends[end]) for end in ("accepted", "silent", "named")),
            *(str(judged[word]) for word in JUDGEMENTS),
            str(sum(trial.unread for trial in tried)),
        )
    return table


def _standing(exercise: Exercise) -> str:
    return "–"


def _details(exercise: Exercise, tried: list[Trial]) -> Table:
    """A row for each mutant, those to be mended first."""
    title = f"{exercise.number}: " + ", ".join(way.__name__ for way in exercise.right_ways)
    table = Table(title=title, show_lines=True)
    for column in ("what came of it", "the changed line", "what the check says"):
        table.add_column(column, overflow="fold")
    for trial in sorted(tried, key=lambda trial: ORDER.index(trial.outcome)):
        end = trial.outcome + (f"\njudged {trial.judged}" if trial.judged else "")
        says = trial.says + (f"\n({trial.by})" if trial.by else "")
        line = f"{trial.mutant.way}\n{trial.mutant.key}"
        table.add_row(end, escape(line), escape(says))
    return table
