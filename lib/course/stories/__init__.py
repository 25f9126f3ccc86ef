"""Stories that are translated, summarised and asked: what lesson 16's one model learns from."""

from course.stories.telling import TASKS, Story, draw, stories, tell
from course.stories.training import (
    ANSWERS_FIRST,
    ANSWERS_LAST,
    FIRST_WORD,
    TOGETHER,
    WORDS,
    Phase,
    fair_loss,
    fit,
    new_model,
    plain_loss,
    source_of,
    target_of,
)
from course.stories.words import LITTLE_WORDS, in_latin
from course.stories.writing import (
    OTHER,
    hidden_from_readers,
    hidden_from_writer,
    looked_at,
    said,
    share_right,
    tasks_done,
    write,
)

__all__ = [
    "ANSWERS_FIRST",
    "ANSWERS_LAST",
    "FIRST_WORD",
    "LITTLE_WORDS",
    "OTHER",
    "TASKS",
    "TOGETHER",
    "WORDS",
    "Phase",
    "Story",
    "draw",
    "fair_loss",
    "fit",
    "hidden_from_readers",
    "hidden_from_writer",
    "in_latin",
    "looked_at",
    "new_model",
    "plain_loss",
    "said",
    "share_right",
    "source_of",
    "stories",
    "target_of",
    "tasks_done",
    "tell",
    "write",
]
