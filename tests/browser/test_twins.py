"""The twins answer in a plain page without a network, and say their content without scripts."""

import json

import pytest

from course import paths
from course.widgets import quiz, show_attention

pytestmark = pytest.mark.browser

WEIGHTS = [[0.7, 0.2, 0.1], [0.3, 0.3, 0.4], [0.25, 0.62, 0.13]]


def choice(name: str, kind: str, correct: list[bool]) -> dict:
    options = [
        {"text": f"{name} {i}", "correct": right, "feedback": f"Because {i}."}
        for i, right in enumerate(correct)
    ]
    return {"id": name, "kind": kind, "text": f"Which {name}?", "options": options}


QUIZ = {
    "lesson": "01",
    "title": "Small",
    "questions": [
        choice("one", "single", [False, True, False]),
        choice("two", "several", [True, False, True]),
        {
            "id": "number",
            "kind": "number",
            "text": "How much is 1234.5?",
            "answer": 1234.5,
            "tolerance": 0.5,
            "expression": "1234.5",
            "feedback": "So it is.",
            "misconceptions": [{"answer": -1, "expression": "-1", "feedback": "The sign."}],
            "otherwise": "Read again.",
        },
        {**choice("four", "picture", [True, False]), "figure": "two_slopes"},
        {
            **choice("five", "fault", [False, True]),
            "exercise": "01.1",
            "mistake": "cosine",
            "define": "def f(x: int) -> int:",
            "mended": "return x",
        },
    ],
}


@pytest.fixture
def path(tmp_path, monkeypatch):
    """A page with a viewer of one map, a viewer of two heads, and a quiz."""
    (tmp_path / "01_small.json").write_text(json.dumps(QUIZ), encoding="utf-8")
    monkeypatch.setattr(paths, "QUIZZES", tmp_path)
    heads = [WEIGHTS, [[0, 0, 0], [0, 1, 0], [0, 1, 0]]]
    tokens = ["I", "<b>love</b>", "Tokyo"]
    twins = [show_attention(WEIGHTS, tokens), show_attention(heads, tokens), quiz("01")]
    page = tmp_path / "page.html"
    head = '<!doctype html><meta charset="utf-8"><title>Twins</title>'
    page.write_text(head + "".join(twin.html() for twin in twins), encoding="utf-8")
    return page.as_uri()


@pytest.fixture
def twins(page, path):
    """The page, open; a test that ends with an error in the page, or a request, has failed."""
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text))
    page.on("request", lambda request: faults.append(request.url))
    page.goto(path)
    yield page
    assert faults == [path]


def test_the_viewer_answers_to_the_mouse_and_the_keyboard(twins):
    viewer = twins.locator(".course-attention").first
    said = viewer.get_by_role("status")
    queries, keys = viewer.get_by_role("group").all()
    assert viewer.locator("path").count() == 9
    queries.get_by_role("button", name="Tokyo").hover()
    assert said.inner_text() == "Tokyo looks at <b>love</b> 0.62, I 0.25, Tokyo 0.13."
    assert viewer.locator("path").count() == 3
    keys.get_by_role("button", name="Tokyo").hover()
    assert said.inner_text() == "Tokyo is looked at by <b>love</b> 0.40, Tokyo 0.13, I 0.10."

    queries.get_by_role("button", name="I").focus()
    twins.keyboard.press("ArrowDown")
    twins.keyboard.press("Enter")
    assert said.inner_text() == "<b>love</b> looks at Tokyo 0.40, I 0.30, <b>love</b> 0.30."
    pinned = queries.get_by_role("button", name="love")
    assert pinned.get_attribute("aria-pressed") == "true"
    twins.keyboard.press("ArrowRight")
    assert said.inner_text() == "<b>love</b> is looked at by Tokyo 0.62, <b>love</b> 0.30, I 0.20."
    twins.keyboard.press("Tab")  # out of the tokens: back to what is pinned
    assert said.inner_text().startswith("<b>love</b> looks at Tokyo 0.40")


def test_the_head_menu_is_there_where_there_are_heads_and_changes_the_weights(twins):
    one, two = twins.locator(".course-attention").all()
    assert one.get_by_role("combobox").count() == 0
    two.get_by_label("Head").select_option("1")
    two.get_by_role("button", name="I").first.hover()
    assert two.get_by_role("status").inner_text() == "I looks at nothing: every weight is 0."


def test_single_choices_answer_a_click_or_enter_and_can_be_tried_again(twins):
    first = twins.locator(".question").first
    said = first.get_by_role("status")
    first.get_by_label("one 0").click()
    assert said.inner_text() == "✗ Not yet. Because 0."
    twins.keyboard.press("ArrowDown")  # only walks there
    assert said.inner_text() == "Press Enter to answer with this option."
    twins.keyboard.press("Enter")
    assert said.inner_text() == "✓ Right. Because 1."
    assert twins.locator(".score").inner_text() == "1 of 5 answered right"


def test_two_quizzes_on_a_page_keep_apart(page, path, tmp_path):
    other = tmp_path / "02_small.json"
    other.write_text(json.dumps({**QUIZ, "lesson": "02"}), encoding="utf-8")
    page.set_content(quiz("01").html() + quiz("02").html())
    first, second = page.locator(".course-quiz").all()
    for asked in (first, second):
        asked.get_by_label("one 1").click()
    assert first.get_by_label("one 1").is_checked()
    assert second.get_by_label("one 1").is_checked()


def test_several_choices_tell_what_is_missing_and_what_does_not_belong(twins):
    second = twins.locator(".question").nth(1)
    said = second.get_by_role("status")
    check = second.get_by_role("button", name="Check answer")
    check.click()
    assert said.inner_text() == "Tick at least one option."
    second.get_by_label("two 0").check()
    second.get_by_label("two 1").check()
    check.click()
    assert said.inner_text().split("\n\n") == [
        "✗ Not yet. One more belongs to it.",
        "✓ two 0: Because 0.",
        "✗ two 1: Because 1.",
    ]
    second.get_by_label("two 1").uncheck()
    second.get_by_label("two 2").check()
    check.click()
    assert said.inner_text().startswith("✓ Right.")


def test_a_picture_has_its_words_and_a_line_of_code_is_chosen_by_its_label(twins):
    fourth, fifth = twins.locator(".question").nth(3), twins.locator(".question").nth(4)
    image = fourth.get_by_role("img", name="Two straight lines over the number of tokens")
    assert image.is_visible()
    assert image.evaluate("(image) => image.decode().then(() => image.naturalWidth)") > 100
    fourth.get_by_label("four 0").click()
    assert fourth.get_by_role("status").inner_text() == "✓ Right. Because 0."
    assert fifth.get_by_text("def f(x: int) -> int:").is_visible()
    fifth.get_by_label("five 0").click()
    assert fifth.get_by_role("status").inner_text() == "✗ Not yet. Because 0."
    twins.keyboard.press("ArrowDown")
    twins.keyboard.press("Enter")
    assert fifth.get_by_role("status").inner_text() == "✓ Right. Because 1."


def test_numbers_are_read_as_people_write_them(twins):
    third = twins.locator(".question").nth(2)
    right, invitation = "✓ Right. So it is.", "Type a number, such as 0.25 or 1/4."
    for text, told in {
        "1234.5": right,
        "many": invitation,
        "1234,5": right,
        "1/0": invitation,
        "1,234": right,
        "1.234": "✗ Not yet. Read again.",
        " 2469 / 2 ": right,
        "−1": "✗ Not yet. The sign.",
        "1.2345e3": right,
    }.items():
        third.get_by_label("Your number").fill(text)
        twins.keyboard.press("Enter")
        assert third.get_by_role("status").inner_text() == told, text


def test_without_scripts_there_are_tables_and_questions_with_folded_answers(browser, path):
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(path)
        assert page.get_by_role("table").count() == 2
        assert page.get_by_role("row", name="Tokyo 0.25 0.62 0.13").first.is_visible()
        answer = page.get_by_text("✓ Right: one 1")
        assert not answer.is_visible()
        page.get_by_text("Answer", exact=True).first.click()
        assert answer.is_visible()
