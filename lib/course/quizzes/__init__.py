"""The questions of the quizzes. How they look on a page is the business of `course.widgets`.

loading  reads quizzes/NN_name.json, and says what is wrong with it
asking   in which order options stand
kept     what a learner answered before
memory   which questions come back in a later lesson
"""

from course.quizzes.loading import load_quiz

__all__ = ["load_quiz"]
