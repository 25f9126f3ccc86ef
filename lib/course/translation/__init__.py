"""A small English and Japanese to translate between, and what trains a translator for it."""

from course.translation.grammar import (
    ALL_PARTNERS,
    FEW_PARTNERS,
    MANY_PARTNERS,
    Corpus,
    Sentence,
    corpus,
    sentence,
)
from course.translation.reading import agreement, looked_at
from course.translation.training import (
    Task,
    as_task,
    fit,
    new_translator,
    real,
    share_right,
    translation_loss,
    write,
)
from course.translation.vocabulary import END, PAD, START, Vocabulary
from course.translation.words import LITTLE_WORDS, in_latin

__all__ = [
    "ALL_PARTNERS",
    "END",
    "FEW_PARTNERS",
    "LITTLE_WORDS",
    "MANY_PARTNERS",
    "PAD",
    "START",
    "Corpus",
    "Sentence",
    "Task",
    "Vocabulary",
    "agreement",
    "as_task",
    "corpus",
    "fit",
    "in_latin",
    "looked_at",
    "new_translator",
    "real",
    "sentence",
    "share_right",
    "translation_loss",
    "write",
]
