"""Which cells of a learner's notebook fail as long as an answer is unwritten."""

from course.authoring.lesson import Lesson
from course.cells.names import names_in


def waits_for(lesson: Lesson) -> list[set[str]]:
    """For each cell the exercises whose answers it may use, by itself or through another cell.

    An exercise's own cell waits for nothing: it defines a function that raises when it is called.
    """
    unwritten: dict[str, set[str]] = {}  # a name -> the exercises that must be written first
    found = []
    for cell in lesson.cells:
        needs: set[str] = set()
        if cell.kind == "code":
            names = names_in(cell.source)
            needs = needs.union(*(unwritten.get(name, set()) for name in names.reads))
            for name in names.binds:
                unwritten.pop(name, None)  # bound anew, from whatever this cell reads
            if "exercise" in cell.tags:
                needs |= {str(cell.exercise)}
            for name in names.binds | names.changes if needs else ():
                unwritten[name] = unwritten.get(name, set()) | needs
        found.append(set() if "exercise" in cell.tags else needs)
    return found
