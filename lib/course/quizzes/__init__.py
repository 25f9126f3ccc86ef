"""The quizzes: read quizzes/NN_name.json, say what is wrong with it, and ask missed ones again."""

from course.quizzes.loading import load_quiz

__all__ = ["load_quiz"]
