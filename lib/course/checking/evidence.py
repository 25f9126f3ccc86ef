"""What a detector may look at, and what it may say.

A case goes by its words. A detector reads what was asked, what was expected and what came; where
that is not enough it asks more of the subject, a bounded number of times: in grading each question
goes through a pipe, and a check must say the same there as in the notebook.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import numpy as np

from course.checking.compare import Difference, difference
from course.checking.exercise import Exercise
from course.checking.expected import Outcome, asked, outcome_of, unheard
from course.checking.questions import Call, Question, answer_names, innermost
from course.checking.subject import LocalSubject, Subject, Trouble
from course.checking.troubles import in_words
from course.checking.values import arrays

EXTRA_QUESTIONS = 60  # more of the subject's time than the cases take would be too much
Sureness = Literal["certain", "fact", "probably"]


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong with an answer.

    what     what it is, in a sentence (without "Probably: ", which the judge puts before it)
    way_out  a sentence or two that mend it; may be empty
    sure     "certain": this and nothing else explains the answer; "fact": what it says was seen,
             whether or not it is the cause; "probably": it explains most of what came
    by       the detector, for tests and for `course checks`
    """

    what: str
    way_out: str
    sure: Sureness
    by: str


class NoMoreQuestions(Exception):
    """A detector asked for more than there is left. It has nothing to say, then."""


def gather(exercise: Exercise, subject: Subject, seed: int = 0) -> "Evidence":
    """Ask a subject what the cases ask."""
    questions, expected = asked(exercise, seed)
    outcomes = {case: outcome_of(question, subject) for case, question in questions.items()}
    evidence = Evidence(exercise, seed, subject, questions, expected, outcomes, [])
    return replace(evidence, failing=[case for case in questions if evidence.difference(case)])


@dataclass
class Evidence:
    """An answer, and all that is known of it.

    questions  by case, from the smallest to the largest; so are
    expected   the reference's answers, and
    outcomes   what came: a value, or the Trouble that there was
    failing    the cases where that is not right, the smallest first; none where all is right
    """

    exercise: Exercise
    seed: int
    subject: Subject
    questions: dict[str, Question]
    expected: dict[str, object]
    outcomes: dict[str, Outcome]
    failing: list[str]
    _left: int = field(default=EXTRA_QUESTIONS, init=False)

    @property
    def failing_calls(self) -> list[str]:
        """The failing cases that are plain calls: a gradient is wrong where the answer is."""
        return [case for case in self.failing if isinstance(innermost(self.questions[case]), Call)]

    @property
    def called(self) -> list[str]:
        """The failing calls that got an answer, right kind or not."""
        return [case for case in self.failing_calls if not isinstance(self.outcomes[case], Trouble)]

    def ask(self, question: Question) -> Outcome:
        """What the subject answers to one more question. Raises NoMoreQuestions."""
        if not self._left:
            raise NoMoreQuestions
        self._left -= 1
        return unheard(question, self.subject)

    @cached_property
    def unread(self) -> tuple[str, ...]:
        """The names that the answer sets, or is given, and never reads."""
        return self.subject.unread()

    @cached_property
    def gone(self) -> tuple[int, ...]:
        """Which of the exercise's given lines stand in the answer no more, by their places."""
        return self.subject.gone(self.exercise.given) if self.exercise.given else ()

    def ask_reference(self, question: Question) -> Outcome:
        """What the reference answers to another question than the cases'."""
        return outcome_of(question, LocalSubject(self.exercise.oracle))

    @property
    def tells_little(self) -> bool:
        """Whether what came is all 0, all the same, all yes: it comes about in a hundred ways."""
        answers = [self.outcomes[case] for case in self.failing]
        values = [
            array
            for answer in answers
            if not isinstance(answer, Trouble)
            for array in arrays(answer) or ()
        ]
        if not values:
            return True
        different = np.unique(np.concatenate([(one * 1.0).ravel() for one in values]).round(6))
        truths = any(one.dtype == bool for one in values)
        single_numbers = len(values) > 1 and all(one.size == 1 for one in values)
        return len(different) < (2 if truths or single_numbers else 3)

    def difference(self, case: str) -> Difference | None:
        """What is different in a case, or None where it is right."""
        outcome = self.outcomes[case]
        if isinstance(outcome, Trouble):
            return in_words(outcome, self.exercise.argument_names)
        expected, tolerance = self.expected[case], self.exercise.tolerance
        return difference(outcome, expected, self.returns(case), tolerance)

    def returns(self, case: str) -> str | tuple[str, ...]:
        """What a case's answer is called, or its parts."""
        return answer_names(
            self.questions[case], self.exercise.argument_names, self.exercise.returns
        )

    def names(self, case: str) -> tuple[str, ...]:
        """What the parts of a case's answer are called."""
        names = self.returns(case)
        return (names,) if isinstance(names, str) else names

    def agrees(self, case: str, prediction: Outcome, tolerance: float | None = None) -> bool:
        """Whether what came in a case is what was predicted."""
        came = self.outcomes[case]
        if isinstance(came, Trouble) or isinstance(prediction, Trouble):
            both = isinstance(came, Trouble) and isinstance(prediction, Trouble)
            return both and came == prediction
        tolerance = tolerance or self.exercise.tolerance
        return difference(came, prediction, self.returns(case), tolerance) is None
