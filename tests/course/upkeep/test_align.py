from tests.course.upkeep.small_course import code, prose

from course.upkeep.align import align, text_of


def test_a_cell_is_found_again_by_its_text_where_places_have_moved():
    old = [prose("01-001", "Head"), code("01-002", "import math"), prose("01-003", "End")]
    new = [prose("01-001", "Head"), prose("01-002", "New"), code("01-003", "import math"),
           prose("01-004", "End")]  # fmt: skip
    assert align(old, new) == {"01-001": "01-001", "01-002": "01-003", "01-003": "01-004"}


def test_an_exercises_cells_keep_their_names_whatever_their_text():
    old = [code("exercise-01-1", "one", exercise="01.1"), code("check-01-1", "check()")]
    new = [code("check-01-1", "check(1)"), code("exercise-01-1", "two", exercise="01.1")]
    assert align(old, new) == {"exercise-01-1": "exercise-01-1", "check-01-1": "check-01-1"}


def test_a_rewritten_cell_is_the_one_in_its_place():
    old = [prose("01-001", "Head"), prose("01-002", "Half."), code("exercise-01-1", "one")]
    new = [prose("01-001", "Head"), prose("01-002", "The half."), code("exercise-01-1", "one")]
    assert align(old, new)["01-002"] == "01-002"


def test_a_rewritten_cell_of_another_kind_is_another_cell():
    old, new = [prose("01-001", "Half.")], [code("01-001", "half")]
    assert align(old, new) == {}


def test_a_dropped_cell_became_none():
    old = [prose("01-001", "Head"), prose("01-002", "Aside"), prose("01-003", "End")]
    new = [prose("01-001", "Head"), prose("01-002", "End")]
    assert align(old, new) == {"01-001": "01-001", "01-003": "01-002"}


def test_line_ends_say_nothing():
    assert text_of(code("01-001", "a = 1 \r\nb = 2\r\n")) == text_of(code("01-002", "a = 1\nb = 2"))
