"""`course build`: chooses the lessons, shows the progress, and tells what was done."""

from collections.abc import Sequence
from functools import partial

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from course.authoring.lesson import Lesson
from course.authoring.make import Folders, left_over, make, read_sound_lessons, stale
from course.authoring.rules import Bank, exercises_in_bank
from course.authoring.sections import renew
from course.authoring.sections import stale as stale_sections
from course.errors import CourseError
from course.paths import find_lesson, lesson_names
from course.search.sections import file_of_sections


def build(
    words: Sequence[str] = (),
    *,
    force: bool = False,
    folders: Folders | None = None,
    bank: Bank = exercises_in_bank,
    console: Console | None = None,
) -> None:
    """Make the notebooks of the lessons that `words` name, or of all.

    Raises CourseError with every fault in the lessons, before anything is executed, and with
    every lesson that can't be made, after the others have been.
    """
    folders = folders or Folders()
    console = console or Console()
    lessons = _lessons(words, folders, bank)
    if not lessons:
        console.print("There is no lesson in lessons/ yet.")
    names = lesson_names(folders.lessons)
    if done := renew(lessons, names, file_of_sections(folders.lessons)):
        console.print(done, highlight=False)
    name, bar = TextColumn("{task.description}"), BarColumn()
    columns = (name, bar, MofNCompleteColumn(), TimeElapsedColumn())
    hidden = not console.is_terminal
    failed = []
    with Progress(*columns, console=console, transient=True, disable=hidden) as progress:
        for lesson in lessons:
            task = progress.add_task(lesson.name, total=len(lesson.cells))
            try:
                advance = partial(progress.advance, task)
                done = make(lesson, folders, force=force, on_cell=advance)
                progress.console.print(f"{lesson.name}: {done}", highlight=False)
            except CourseError as error:
                failed.append(str(error))
                progress.console.print(f"{lesson.name}: not made", highlight=False)
            progress.remove_task(task)
    for sentence in left_over(folders):
        console.print(sentence, highlight=False)
    if failed:
        raise CourseError("\n".join(failed))


def check(
    words: Sequence[str] = (),
    *,
    folders: Folders | None = None,
    bank: Bank = exercises_in_bank,
) -> list[str]:
    """A sentence for each made file that is stale, missing, edited or left over. Runs nothing."""
    folders = folders or Folders()
    lessons = _lessons(words, folders, bank)
    names = lesson_names(folders.lessons)
    said = stale_sections(lessons, names, file_of_sections(folders.lessons))
    return stale(lessons, folders) + said + left_over(folders)


def _lessons(words: Sequence[str], folders: Folders, bank: Bank) -> list[Lesson]:
    names = lesson_names(folders.lessons)
    chosen = [find_lesson(word, folders.lessons) for word in words] if words else names
    return read_sound_lessons(sorted(set(chosen)), folders, bank)
