"""course: what makes a course of the notebooks: checks, quizzes, pictures, build and progress."""
