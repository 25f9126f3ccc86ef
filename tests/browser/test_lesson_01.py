"""Lesson 01 in a real JupyterLab: everything answers, nothing breaks, nothing calls home.

The student notebook is worked in as a learner would; the solved one is run from top to bottom.
"""

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser
expect.set_options(
    timeout=300_000
)  # all of this takes seconds, unless others keep the machine busy
LONG = 600_000  # for cells that compute

NUMBER = re.compile(r"\[\d+\]:")
COMPLAINTS = "[data-mime-type='application/vnd.jupyter.stderr']"  # errors too are shown as this


@pytest.fixture(scope="module")
def student(lab) -> Iterator[Page]:
    """The notebook that `course lab 1` opens, its first cell run."""
    with lab.open(lab.address) as page:
        run(cell(page, "import matplotlib.pyplot"))
        yield page


@pytest.fixture(scope="module")
def solved(lab) -> Iterator[Page]:
    """The solved notebook after "Run All Cells"; its layout is not the student's."""
    address = lab.address.replace("/lab/tree/notebooks/", "/lab/workspaces/solved/tree/solutions/")
    with lab.open(address) as page:
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        waiting = page.locator(".jp-CodeCell .jp-InputPrompt").filter(has_text="[*]")
        expect(waiting).not_to_have_count(0)
        expect(waiting).to_have_count(0, timeout=LONG)
        yield page


@pytest.fixture(autouse=True)
def nothing_breaks_and_nothing_leaves(lab) -> Iterator[None]:
    """A test that ends with an error in a page, or a request to another machine, has failed."""
    yield
    faults = lab.faults.copy()
    lab.faults.clear()
    assert faults == []


def cell(page: Page, words: str) -> Locator:
    return page.locator(".jp-CodeCell").filter(has_text=words)


def run(cell: Locator) -> None:
    """Click into a cell, run it with the keyboard, and wait for it."""
    prompt = cell.locator(".jp-InputPrompt")
    before = prompt.text_content()  # inner_text() of what is scrolled out of sight is empty
    cell.locator(".cm-content").click()
    cell.page.keyboard.press("Control+Enter")
    expect(prompt.filter(has_not_text=before)).to_have_text(NUMBER, timeout=LONG)


def tab_into(cell: Locator, widget: Locator) -> None:
    """From a cell, go into its widget as somebody without a mouse does."""
    expect(widget).to_be_visible()
    cell.locator(".cm-content").click()
    cell.page.keyboard.press("Escape")
    for _ in range(4):  # past a toolbar button of JupyterLab's
        cell.page.keyboard.press("Tab")
        if widget.evaluate("(widget) => widget.contains(document.activeElement)"):
            return
    raise AssertionError("the Tab key does not lead into the widget")


def test_the_lesson_opens_with_its_contents_beside_it_and_nothing_in_front_of_it(student):
    contents = student.locator(".jp-TableOfContents").first
    expect(contents).to_be_visible()
    for heading in ("A dictionary that never says no", "Why divide by √d_k?", "The quiz"):
        expect(contents.get_by_text(heading)).to_be_visible()
    expect(student.get_by_role("heading", name="Attention is a soft look-up")).to_be_visible()
    assert student.locator(".jp-Dialog, .Toastify__toast").count() == 0


def test_a_mistake_is_named_without_a_traceback_and_a_right_answer_gets_its_line(student):
    exercise, check = cell(student, "def agreement_scores"), cell(student, 'check("01.1"')
    verdict = check.locator(".jp-OutputArea-output")
    exercise.locator(".cm-line", has_text="raise NotImplementedError").click()
    student.keyboard.press("Home")
    student.keyboard.press("Shift+End")
    student.keyboard.type("return queries @ keys")
    run(exercise)
    run(check)
    expect(verdict).to_have_text(re.compile(r"^01\.1 not yet · The keys were not turned\.\n"))
    expect(verdict).to_contain_text("your scores = [[3., 5.]]\n    expected scores = [[5., 4.]]")
    expect(verdict).not_to_contain_text(re.compile(r"Traceback|File |\.py|NotYet"))

    exercise.locator(".cm-line", has_text="return queries @ keys").click()
    student.keyboard.press("End")
    student.keyboard.type(".T")
    run(exercise)
    run(check)
    expect(verdict).to_have_text(re.compile(r"^01\.1 right · [^\n]+\n?$"))


def test_the_quiz_is_answered_with_the_keyboard_alone(student):
    quiz, asked = cell(student, 'quiz("01")'), student.locator(".course-quiz")
    cells = student.locator(".jp-Cell").count()
    run(quiz)
    # A status is a live region: a screen reader says it when it changes.
    said = [asked.get_by_role("group").nth(i).get_by_role("status") for i in range(5)]
    who, table, number, _, several = said
    tab_into(quiz, asked)

    press(student, "ArrowDown", "Enter")
    expect(who).to_have_text(re.compile(r"^✗ Not yet\. That is the query"))
    press(student, "ArrowUp", "Enter")
    expect(who).to_have_text(re.compile(r"^✓ Right\. It says what can be found"))
    expect(asked.get_by_role("img", name=re.compile("^Two tables, the queries"))).to_be_visible()
    press(student, "Tab", "Space")
    expect(table).to_have_text(re.compile(r"^✗ Not yet\. One of them does"))
    press(student, "Tab", *"0.43", "Enter")
    expect(number).to_have_text(re.compile(r"^✗ Not yet\. That is the weight before"))
    press(student, "Backspace", "7", "Enter")
    expect(number).to_have_text(re.compile(r"^✓ Right\. The scaled score is 2 ln 3"))
    press(student, "Tab", "Tab", "Tab", "Tab", "Tab", "Space", "Tab", "Space", "Tab", "Enter")
    expect(several).to_have_text(re.compile(r"^✓ Right\. ✗ The plain mean of the values"))

    expect(asked.get_by_text("3 of 6 answered right")).to_be_visible()
    assert student.locator(".jp-Cell").count() == cells  # no key was a shortcut of the notebook's


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_the_quiz_remembers_its_answers_after_a_reload(student, lab):
    run(cell(student, 'quiz("01")'))
    student.get_by_label("All the keys get nearly the same weight").click()
    score = student.locator(".course-quiz .score").text_content()
    student.keyboard.press("Control+s")
    lab.reload(student)
    run(cell(student, 'quiz("01")'))
    asked = student.locator(".course-quiz")
    expect(asked.get_by_label("All the keys get nearly the same weight")).to_be_checked()
    expect(asked.get_by_text("✓ Right. The spread is")).to_be_visible()
    expect(asked.locator(".score")).to_have_text(score)
    kept = json.loads(lab.progress.read_text(encoding="utf-8"))["quizzes"]["01"]["scaling"]
    assert (kept["answer"], kept["right"]) == ("All the keys get nearly the same weight", True)


def test_all_cells_of_the_solved_lesson_run_without_an_error(solved):
    assert solved.locator(COMPLAINTS).all_text_contents() == []
    cells = solved.locator(".jp-CodeCell")
    prompts = cells.locator(".jp-InputPrompt").all_text_contents()
    seen = [int(prompt.strip("[]:")) for prompt in prompts if prompt]  # a folded cell shows none
    assert seen == sorted(set(seen))
    assert seen[-1] == cells.count()
    checks = cell(solved, 'check("01.').all_text_contents()
    assert len(checks) >= 3
    assert [text for text in checks if "right · " not in text] == []


def test_the_picture_follows_the_slider(solved):
    place = cell(solved, "explore(look_around")
    picture, slider = place.locator(".course-explorer img"), place.get_by_role("slider").first
    before = picture.get_attribute("src")
    expect(slider).to_have_accessible_name(re.compile("^angle"))
    tab_into(place, place.locator(".course-explorer"))
    solved.keyboard.press("ArrowRight")
    expect(picture).to_have_attribute("alt", re.compile("a query at 60 degrees"))
    assert picture.get_attribute("src") != before


def test_the_attention_viewer_says_where_a_token_looks(solved):
    place = cell(solved, "show_attention(sentence_weights")
    said = place.locator(".course-attention").get_by_role("status")
    expect(said).to_have_text(re.compile("^Choose a token"))
    tab_into(place, place.locator(".course-attention"))
    expect(said).to_have_text("I looks at love 0.60, I 0.20, Tokyo 0.20.")
    solved.keyboard.press("ArrowDown")
    expect(said).to_have_text("love looks at I 0.43, Tokyo 0.43, love 0.14.")
    solved.keyboard.press("ArrowRight")
    expect(said).to_have_text("love is looked at by I 0.60, Tokyo 0.60, love 0.14.")
