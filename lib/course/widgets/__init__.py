"""What answers in the notebook: the attention viewer and the quiz."""

from course.widgets.attention import AttentionViewer, show_attention
from course.widgets.quiz import Quiz, quiz

__all__ = ["AttentionViewer", "Quiz", "quiz", "show_attention"]
