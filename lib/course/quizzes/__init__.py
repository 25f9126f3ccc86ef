"""The quizzes: read quizzes/NN_name.json and say what is wrong with it."""

from course.quizzes.loading import load_quiz

__all__ = ["load_quiz"]
