"""`course checks`: shows an author how much a check sees, and what it says."""

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.progress import MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from course.authoring.mutants.trial import Outcome, Trial, sample, trials
from course.checking import Exercise, exercises, find, lessons_with_exercises
from course.checking.standing import standing

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
    console.print(_standing(chosen, why=bool(numbers)))
    if numbers:
        for exercise in chosen:
            console.print(_details(exercise, found[exercise.number]))
    console.print(_overview(chosen, found))


def _standing(chosen: list[Exercise], *, why: bool) -> Table:
    """A row for each exercise: the cases that no author has to write, and why some are none."""
    caption = "" if why else "`course checks` and an exercise's number say why not."
    table = Table("exercise", "asked", "not asked", title="Standing cases", caption=caption)
    for exercise in chosen:
        cases = standing(exercise)
        reasons = {kind: one for kind, one in cases.items() if isinstance(one, str)}
        not_asked = [f"{kind}: {reason}" for kind, reason in reasons.items()] if why else reasons
        table.add_row(
            exercise.number,
            ", ".join(kind for kind in cases if kind not in reasons),
            escape(("\n" if why else ", ").join(not_asked)),
        )
    return table


def _overview(chosen: list[Exercise], found: dict[str, list[Trial]]) -> Table:
    """A row for each exercise: what its bank holds, and how many mutants met which end."""
    table = Table(
        title="What the checks make of small changes to their right ways",
        caption="bank: known mistakes · equal, false: as an author judged, who has read them · "
        "unread: accepted or named, and not judged yet",
    )
    table.add_column("exercise")
    for column in ("bank", "tried", "equal", "accepted", "silent", "named", "false", "unread"):
        table.add_column(column, justify="right")
    for exercise in chosen:
        tried = found[exercise.number]
        ends = Counter(trial.outcome for trial in tried)
        judged = Counter(str(trial.judged) for trial in tried)
        equal, false = judged["equivalent"], judged["false"]
        counts = (
            len(exercise.mistakes), len(tried), equal, ends["accepted"] - equal, ends["silent"],
            ends["named"] - false, false, sum(trial.unread for trial in tried),
        )  # fmt: skip
        table.add_row(exercise.number, *(f"{count:,}" for count in counts))
    return table


def _details(exercise: Exercise, tried: list[Trial]) -> Table:
    """A row for each mutant, those to be mended first."""
    title = f"{exercise.number}: " + ", ".join(way.__name__ for way in exercise.right_ways)
    table = Table(title=title, show_lines=True)
    for column in ("what came of it", "the changed line", "what the check says"):
        table.add_column(column, overflow="fold")
    for trial in sorted(tried, key=lambda trial: ORDER.index(trial.outcome)):
        end = trial.outcome + (f"\njudged {trial.judged}" if trial.judged else "")
        says = trial.says + (f"\n({trial.by}, {trial.sure})" if trial.by else "")
        line = f"{trial.mutant.way}\n{trial.mutant.key}"
        table.add_row(end, escape(line), escape(says))
    return table
