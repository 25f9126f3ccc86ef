"""What lesson 17 trains and looks into: models that write, and rivals that count.

novel     a text to learn from, and to be tested on
pieces    byte-pair encoding: which pieces a text is best cut into
counting  a fair n-gram model
training  a small GPT that learns the novel
repeats   rows of letters that repeat, and the heads that learn to see it
heads     which heads of a model look where, and what is lost without them
"""

from course.writing.counting import NGram
from course.writing.heads import head_scores, loss_of_each, twice, without
from course.writing.novel import novel
from course.writing.pieces import learn_merges, tokenizer_of
from course.writing.training import Writer, at_places, fit, nats_a_letter, new_writer, prepared

__all__ = [
    "NGram",
    "Writer",
    "at_places",
    "fit",
    "head_scores",
    "learn_merges",
    "loss_of_each",
    "nats_a_letter",
    "new_writer",
    "novel",
    "prepared",
    "tokenizer_of",
    "twice",
    "without",
]
