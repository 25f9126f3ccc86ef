"""What a learner has done, kept in one file: `store` writes it, `table` shows it as progress.

(A folder called progress would hide the function `progress` that lessons import.)
"""
