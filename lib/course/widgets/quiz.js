// The quiz: one question after another, each with its feedback under it. Texts hold a little HTML
// (sup, sub, code, em), which is checked when the quiz is loaded.

function element(tag, className, parent, html = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.innerHTML = html;
  parent.append(made);
  return made;
}

const ONE = ["single", "picture", "fault"]; // the kinds that have one right option

// What an answer is worth: {right, text} with what to say to it, or for several choices {right,
// text, notes: [[belongs, html], ...]}; null where it is no answer.
function judge(question, answer) {
  if (question.kind === "number") return judgeNumber(question, String(answer));
  const { kind, options } = question; // an answer names options by their text
  if (ONE.includes(kind)) {
    const option = options.find(({ text }) => text === answer);
    return option ? { right: option.correct, text: option.feedback } : null;
  }
  if (!Array.isArray(answer) || !answer.length) return null;
  const chosen = options.filter(({ text }) => answer.includes(text));
  if (chosen.length < answer.length) return null;
  const missing = options.filter((option) => option.correct && !chosen.includes(option)).length;
  const right = missing === 0 && chosen.every(({ correct }) => correct);
  const told = right ? options : chosen;
  const notes = told.map(({ correct, text, feedback }) => [
    correct,
    `<em>${text}</em>: ${feedback}`,
  ]);
  const more = missing === 1 ? "One more belongs to it." : `${missing} more belong to it.`;
  return { right, text: missing > 0 ? more : "", notes };
}

function judgeNumber(question, text) {
  const readings = read(text);
  if (readings.length === 0) return null;
  const near = ({ answer }) =>
    readings.some((x) => Math.abs(x - answer) <= question.tolerance + 1e-9 * Math.abs(answer));
  if (near(question)) return { right: true, text: question.feedback };
  const known = question.misconceptions.find(near);
  return { right: false, text: known ? known.feedback : question.otherwise };
}

// The numbers that a text may mean. A comma is a decimal comma to some and parts thousands for
// others; whichever reading is right, the learner is.
function read(text) {
  const plain = text.replace(/[\s_]/g, "").replace("−", "-");
  const texts = [plain.replace(",", ".")];
  if (/^-?[1-9]\d{0,2}(,\d{3})+$/.test(plain)) texts.push(plain.replace(/,/g, ""));
  return texts
    .map((word) => word.split("/").map((part) => (part === "" ? NaN : Number(part))))
    .map(([above, below = 1, ...rest]) => (rest.length > 0 ? NaN : above / below))
    .filter(Number.isFinite);
}

function feedbackOn({ right, text, notes = [] }) {
  const mark = (good, html) => `<p class="${good ? "right" : "not-yet"}">${html}</p>`;
  const marked = notes.map(([belongs, html]) => {
    const [sign, name] = belongs ? ["✓", "belongs"] : ["✗", "does not belong"];
    return mark(belongs, `<span role="img" aria-label="${name}">${sign}</span> ${html}`);
  });
  const word = right ? "✓ Right." : "✗ Not yet.";
  return mark(right, `<strong>${word}</strong> ${text}`) + marked.join("");
}

const WALKING = "Press Enter to answer with this option.";
const INVITATION = {
  several: "Tick at least one option.",
  number: "Type a number, such as 0.25 or 1/4.",
};

function render({ model, el }) {
  const questions = model.get("questions");
  el.replaceChildren();
  const root = element("form", "course-quiz", el); // a form's radio groups are its own
  root.addEventListener("submit", (event) => event.preventDefault());
  root.addEventListener("keydown", (event) => {
    // Arrows and letters are ours here, not the notebook's, which would move on or delete a cell.
    if (!event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
  });
  element("p", "title", root, model.get("title"));
  if (model.get("task")) element("div", "task", root, model.get("task"));
  const shows = questions.map(ask);
  const score = element("p", "score", root);

  function ask(question, index) {
    const { id, kind } = question;
    const one = ONE.includes(kind);
    const field = element("fieldset", `question ${kind}`, root);
    element("legend", "", field, `${index + 1}. ${question.text}`);
    if (question.picture) element("div", "picture", field, question.picture);
    if (question.define) element("div", "define", field, question.define);
    const input = kind === "number" ? numberField() : choices();
    if (!one) {
      const button = element("button", "check", field, "Check answer");
      button.type = "button";
      button.addEventListener("click", () => answer(input.read()));
    }
    const feedback = element("div", "feedback", field);
    feedback.setAttribute("role", "status"); // read out whenever it changes
    let told = "";
    let drawn; // the answer on show, so that one not yet given is left alone

    function choices() {
      const type = one ? "radio" : "checkbox";
      const boxes = question.options.map((option) => {
        const line = element("label", "option", field);
        const box = element("input", "", line);
        Object.assign(box, { type, name: `question-${id}` });
        element("span", "", line, option.text);
        return box;
      });
      const texts = question.options.map(({ text }) => text);
      if (one) answerByRadio(boxes, texts);
      return {
        read: () => texts.filter((_, at) => boxes[at].checked),
        show: (given) =>
          boxes.forEach((box, at) => (box.checked = [given].flat().includes(texts[at]))),
      };
    }

    // A click answers at once. The arrow keys only walk through the options, as one reads them;
    // Enter or Space answers with the one reached.
    function answerByRadio(boxes, texts) {
      let walking = false;
      boxes.forEach((box, at) => {
        box.addEventListener("keydown", (event) => {
          walking = event.key.startsWith("Arrow");
          if (event.key === "Enter" || event.key === " ") {
            event.preventDefault();
            box.checked = true;
            answer(texts[at]);
          }
        });
        box.addEventListener("keyup", () => (walking = false));
        box.addEventListener("click", () => (walking ? tell(WALKING) : answer(texts[at])));
      });
    }

    function numberField() {
      const line = element("div", "option", field);
      const box = element("input", "", line);
      Object.assign(box, { type: "text", inputMode: "decimal", autocomplete: "off" });
      box.setAttribute("aria-label", "Your number");
      if (question.unit) element("span", "", line, question.unit);
      box.addEventListener("keydown", (event) => event.key === "Enter" && answer(box.value));
      return { read: () => box.value, show: (given) => (box.value = given) };
    }

    function tell(html) {
      if (html === told) return; // written again, it would be read out again
      feedback.innerHTML = told = html;
    }

    function answer(given) {
      const verdict = judge(question, given);
      if (verdict === null) return tell(INVITATION[kind]);
      const { right } = verdict;
      model.set("answers", { ...model.get("answers"), [id]: { answer: given, right } });
      model.save_changes();
      show();
    }

    return () => {
      const given = model.get("answers")[id]?.answer;
      const verdict = given === undefined ? null : judge(question, given);
      if (verdict === null) return false;
      if (JSON.stringify(given) !== drawn) input.show(given);
      drawn = JSON.stringify(given);
      field.classList.toggle("is-right", verdict.right);
      tell(feedbackOn(verdict));
      return verdict.right;
    };
  }

  function show() {
    const right = shows.map((showOne) => showOne()).filter(Boolean).length;
    score.textContent = `${right} of ${questions.length} answered right`;
  }
  model.on("change:answers", show);
  show();
}

const widget = { render };
export default widget;
