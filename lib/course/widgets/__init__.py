"""What answers to the mouse and the keyboard in a notebook, and in any page as its HTML twin."""

from course.widgets.attention import AttentionViewer, show_attention
from course.widgets.quiz import Quiz, quiz

__all__ = ["AttentionViewer", "Quiz", "quiz", "show_attention"]
