"""A question as it is asked: its options in the order that every page shows them in."""

import html
import random
from typing import Any

Question = dict[str, Any]

# Another word here gives other orders: this one puts the right options of all quizzes into each
# place about equally often, which a test holds.
SEED = "token"


def as_asked(question: Question) -> Question:
    """The question with its options shuffled, the same way each time; code lines stay in order.

    The order depends on the question's id alone, so it stays when a question moves to another quiz
    or another place in it.
    """
    if "options" not in question:
        return question
    if question["kind"] == "fault":
        lines = [{**line, "text": code(line["text"])} for line in question["options"]]
        return {**question, "define": code(question["define"]), "options": lines}
    options = list(question["options"])
    random.Random(f"{SEED} {question['id']}").shuffle(options)
    return {**question, "options": options}


def code(line: str) -> str:
    """A line of code as HTML."""
    return f"<code>{html.escape(line, quote=False)}</code>"
