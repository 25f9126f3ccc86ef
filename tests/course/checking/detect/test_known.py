"""The bank speaks for certain only where nothing speaks against it."""

import numpy as np
import pytest

from course.checking import Call, Draw, Exercise, LocalSubject, judge


def root() -> Exercise:
    """Roots of numbers, of tables of several sizes; and what goes wrong with them."""
    exercise = Exercise("99.1", returns="y", right="")
    exercise.case("four")(lambda draw: Call(np.array([4.0])))

    def of(size: int):
        return lambda draw: Call(draw.array(size) ** 2)

    for size in (3, 4, 5):
        exercise.case(f"{size} numbers")(of(size))
    exercise.reference(np.sqrt)
    exercise.mistake("It was halved.", "Take the root.")(halved)
    exercise.mistake("Only three are taken.", "Take all.")(three)
    exercise.mistake("It does not fit.", "Take it as it is.")(does_not_fit)
    exercise.mistake("Five are too many.", "Take all.")(five_are_too_many)
    return exercise


def halved(x):
    return x / 2


def three(x):
    return x[[0, 1, 2]] ** 0.5 if len(x) > 1 else x


def does_not_fit(x):
    if len(x) > 3:
        raise ValueError("no")
    return x


def five_are_too_many(x):
    if len(x) == 5:
        raise ValueError("five")
    return np.sqrt(x)


def test_a_mistake_of_which_only_one_exception_is_known_is_probable():
    verdict = judge(root(), LocalSubject(five_are_too_many))
    assert verdict.mistake == "five_are_too_many"
    assert verdict.message.startswith("99.1 not yet · Probably: Five are too many.")


def test_a_mistake_is_asked_for_no_more_cases_than_it_takes_to_give_it_up():
    exercise = root()
    asked = []

    @exercise.mistake("It was trebled.", "Take the root.")
    def trebled(x):
        asked.append(len(x))
        return x * 3

    assert judge(exercise, LocalSubject(lambda x: x * 0.5)).mistake == "halved"
    assert asked == []
    judge(exercise, LocalSubject(lambda x: x * 7))
    assert asked == [1]


def test_a_mistake_that_answers_alike_in_every_case_is_certain():
    verdict = judge(root(), LocalSubject(lambda x: x * 0.5))
    assert verdict.mistake == "halved"
    assert verdict.diagnosis is not None
    assert verdict.diagnosis.sure == "certain"
    assert "99.1 not yet · It was halved." in verdict.message


def test_a_mistake_that_is_wrong_where_the_answer_is_right_is_another_one():
    def raises_alike(x):
        if len(x) > 3:
            raise ValueError("no")
        return np.sqrt(x)

    verdict = judge(root(), LocalSubject(raises_alike))
    assert verdict.mistake is None
    assert "It does not fit" not in verdict.message


def test_a_mistake_that_explains_all_that_is_wrong_but_is_wrong_elsewhere_is_probable():
    verdict = judge(root(), LocalSubject(lambda x: x / 2 if len(x) > 3 else np.sqrt(x)))
    assert verdict.mistake is None
    assert verdict.diagnosis is not None
    assert (verdict.diagnosis.sure, verdict.diagnosis.by) == ("probably", "bank: halved")
    assert verdict.message.startswith("99.1 not yet · Probably: It was halved.")


def test_a_mistake_hidden_by_a_second_one_in_some_case_is_probable():
    def guarded(x):
        return x / 2 + (0.3 if len(x) == 4 else 0)

    verdict = judge(root(), LocalSubject(guarded))
    assert verdict.message.startswith("99.1 not yet · Probably: It was halved.")


def test_a_mistake_that_the_largest_case_speaks_against_is_not_named():
    verdict = judge(root(), LocalSubject(lambda x: x / 2 + (0.3 if len(x) == 5 else 0)))
    assert "halved" not in verdict.message


def test_a_mistake_that_explains_less_than_half_of_what_is_wrong_is_not_named():
    def mostly_else(x):
        return x / 2 + (0.3 if len(x) > 3 else 0)

    verdict = judge(root(), LocalSubject(mostly_else))
    assert "halved" not in verdict.message


def test_what_is_all_nought_is_no_mistake_of_the_bank():
    exercise = root()

    @exercise.mistake("It is nought but in the first case.", "Take the root.")
    def nought(x: np.ndarray) -> np.ndarray:
        return x * 0 if len(x) > 1 else x

    verdict = judge(exercise, LocalSubject(lambda x: x * 0))
    assert verdict.diagnosis is None or "nought" not in verdict.diagnosis.what


def test_a_case_is_known_by_its_words() -> None:
    exercise = root()
    with pytest.raises(ValueError, match="two cases 'four', expected one"):
        exercise.case("four")(lambda draw: Call(Draw(0).array(2)))
