"""What is asked and expected is found once a seed; what is only looked at is not heard."""

from course.checking import exercises
from course.checking.expected import asked, made, outcome_of, unheard
from course.checking.questions import Call
from course.checking.subject import LocalSubject, Trouble

SCORES = exercises("01")["01.1"]


def test_a_seed_draws_the_same_questions_and_another_draws_others():
    questions, expected = asked(SCORES, 0)
    assert list(questions) == list(expected) == [case.words for case in SCORES.cases]
    assert asked(SCORES, 0)[0] is questions
    last = SCORES.cases[-1].words
    assert not (questions[last].arguments[0] == asked(SCORES, 1)[0][last].arguments[0]).all()


def test_what_a_mistake_answers_is_wrong_in_some_case_or_trouble():
    _, expected = asked(SCORES, 0)
    for mistake in SCORES.mistakes:
        answers = {case: made(mistake, SCORES, 0, case) for case in expected}
        assert any(
            isinstance(answer, Trouble)
            or getattr(answer, "shape", None) != expected[case].shape
            or not (answer == expected[case]).all()
            for case, answer in answers.items()
        ), mistake.what


def test_an_answer_that_raises_is_a_trouble_and_what_it_prints_unasked_is_not_kept():
    def loud(x: float) -> float:
        print("here I am")
        return 1 / x

    subject = LocalSubject(loud)
    assert unheard(Call(2.0), subject) == 0.5
    assert subject.printed == ""
    trouble = outcome_of(Call(0.0), subject)
    assert isinstance(trouble, Trouble)
    assert trouble.name == "ZeroDivisionError"
    assert subject.printed == "here I am\n"
