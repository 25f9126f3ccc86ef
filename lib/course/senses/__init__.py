"""Lesson 15's world: pictures of digits, sounds of keys, questions, and a model that reads all."""

from course.senses.cutting import cut, without_head
from course.senses.model import (
    GIVEN,
    IMAGE,
    SOUND,
    STREAM,
    TEXT,
    OneStream,
    one_stream,
    patches,
    prefix_mask,
)
from course.senses.sounds import frequency, spectrogram, tones, waves
from course.senses.task import QUESTIONS, WORD, WORDS, Batch, answer, ask, senses
from course.senses.training import exam, fit, percent_right, say, step_loss

__all__ = [
    "GIVEN",
    "IMAGE",
    "QUESTIONS",
    "SOUND",
    "STREAM",
    "TEXT",
    "WORD",
    "WORDS",
    "Batch",
    "OneStream",
    "answer",
    "ask",
    "cut",
    "exam",
    "fit",
    "frequency",
    "one_stream",
    "patches",
    "percent_right",
    "prefix_mask",
    "say",
    "senses",
    "spectrogram",
    "step_loss",
    "tones",
    "waves",
    "without_head",
]
