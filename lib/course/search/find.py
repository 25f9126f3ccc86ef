"""`course find`: the sections of the lessons that answer a question."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from course import paths
from course.errors import CourseError
from course.models.packages import MODELS
from course.search.sections import Section, file_of_sections, read_sections
from course.search.words import shared_words

SHOWN = 5
NEAR = 0.3  # a smaller cosine says nothing: what no lesson speaks of reaches 0.29
# Cormack, Clarke and Buettcher, "Reciprocal Rank Fusion", 2009, DOI 10.1145/1571941.1572114.
FUSION = 60


@dataclass(frozen=True)
class Found:
    """What was found; as a string, what `course find` prints.

    how       which of meaning and words was used, in a sentence
    sections  the best first; none where nothing fits
    """

    how: str
    sections: list[Section]

    def __str__(self) -> str:
        if not self.sections:
            return f"{self.how}: no section speaks of that. Try other words, or fewer."
        return "\n".join([f"{self.how}:", *(f"  {section}" for section in self.sections)])


def find(question: str, *, file: Path | None = None) -> Found:
    """The sections of the lessons that answer a question, five at most.

    By meaning and by words where the model is installed, else by words alone.

    file  of sections; lessons/data/sections.jsonl, unless you say
    Raises CourseError where the question is empty.
    """
    if not question.strip():
        raise CourseError(
            'The question is empty: ask, such as course find "why divide by the root".'
        )
    known = paths.lesson_names()  # one that is gone can't be opened
    rows = read_sections(file or file_of_sections(paths.LESSONS))
    sections = [row for row in rows if row.lesson in known]
    scores = [shared_words(question, [f"{row.heading}. {row.text}" for row in sections])]
    fits = [score > 0 for score in scores[0]]
    minilm = MODELS["MiniLM"]
    if minilm.file() is None:
        how = f"By words alone (to search by meaning too, get {minilm.title}: course models)"
    else:
        from course.search.meaning import nearness  # PyTorch takes a second

        how = f"By meaning ({minilm.title}) and by words"
        scores.append(nearness(question, [row.meaning for row in sections]))
        fits = [fit or near >= NEAR for fit, near in zip(fits, scores[1], strict=True)]
    best = [sections[i] for i in fused(scores) if fits[i]]
    return Found(how, best[:SHOWN])


def fused(scores: Sequence[Sequence[float]]) -> list[int]:
    """The places in order, the best first, by several kinds of scores; 0 counts as none.

    Reciprocal rank fusion: it adds up 1 / (60 + rank), so that no kind needs the other's scale.
    """
    total = [0.0] * len(scores[0])
    for kind in scores:
        scored = [i for i, score in enumerate(kind) if score]
        for rank, i in enumerate(sorted(scored, key=lambda i: -kind[i]), start=1):
            total[i] += 1 / (FUSION + rank)
    return sorted(range(len(total)), key=lambda i: -total[i])
