"""Options stand in an order that is a question's own, wherever the question is asked."""

from course.quizzes.asking import as_asked


def choice(name: str, count: int = 4, **more: object) -> dict:
    options = [{"text": f"x < {i}", "correct": i == 0, "feedback": "…"} for i in range(count)]
    return {"id": name, "kind": "single", "text": "?", "options": options, **more}


def order(question: dict) -> list[str]:
    return [option["text"] for option in as_asked(question)["options"]]


def test_the_order_is_the_same_each_time_and_depends_on_the_id_alone():
    one = choice("scale")
    assert order(one) == order(one) == order({**one, "text": "Other words?", "kind": "several"})
    assert len({tuple(order(choice(f"question-{i}"))) for i in range(40)}) > 10


def test_nothing_is_lost_and_the_file_s_own_order_is_left_alone():
    one = choice("scale")
    asked = as_asked(one)
    assert sorted(o["text"] for o in asked["options"]) == [f"x < {i}" for i in range(4)]
    assert one == choice("scale")
    assert [o["correct"] for o in asked["options"]].count(True) == 1


def test_lines_of_code_stay_in_order_and_are_no_markup():
    fault = choice("line", 3, kind="fault", define="def f(x: list[int]) -> bool:")
    assert order(fault) == [f"<code>x &lt; {i}</code>" for i in range(3)]
    assert as_asked(fault)["define"] == "<code>def f(x: list[int]) -&gt; bool:</code>"


def test_a_question_without_options_is_asked_as_it_is():
    question = {"id": "n", "kind": "number", "text": "?", "answer": 1}
    assert as_asked(question) == question
