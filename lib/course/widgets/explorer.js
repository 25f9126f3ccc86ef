// Controls over a picture: each change goes to Python, which sends the next picture.

function element(tag, className, parent, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  parent.append(made);
  return made;
}

function render({ model, el }) {
  const root = element("div", "course-explorer", el);
  root.addEventListener("keydown", (event) => {
    // Arrows and letters are ours here, not the notebook's, which would move on or delete a cell.
    if (!event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
  });
  const panel = element("div", "controls", root);
  const shows = model.get("controls").map((control) => {
    const { name, kind } = control;
    const label = element("label", "", panel);
    element("span", "", label, control.label);
    const input = element(kind === "choice" ? "select" : "input", kind, label);
    const change = (value) => {
      model.set("values", { ...model.get("values"), [name]: value });
      model.save_changes();
      show();
    };
    if (kind === "choice") {
      control.options.forEach((option, at) => (element("option", "", input, option).value = at));
      input.addEventListener("change", () => change(Number(input.value)));
      element("span", "", panel);
      return (value) => (input.value = value);
    }
    if (kind === "box") {
      input.type = "checkbox";
      input.addEventListener("change", () => change(input.checked));
      element("span", "", panel);
      return (value) => (input.checked = value);
    }
    const { min, max, step } = control;
    Object.assign(input, { type: "range", min, max, step });
    input.addEventListener("input", () => change(Number(input.value)));
    const number = element("output", "", panel);
    const decimals = (String(step).split(".")[1] ?? "").length;
    return (value) => {
      input.value = value;
      number.textContent = Number(value).toFixed(decimals);
    };
  });

  function show() {
    const values = model.get("values");
    model.get("controls").forEach(({ name }, at) => shows[at](values[name]));
  }

  const picture = element("div", "picture", root);
  picture.setAttribute("aria-live", "polite"); // its alternative text says what has changed
  let latest = 0;
  async function draw() {
    const turn = ++latest;
    const next = document.createElement("div");
    next.innerHTML = model.get("picture");
    // The old picture stays until the new one can be shown at once: nothing flickers.
    await Promise.allSettled([...next.querySelectorAll("img")].map((image) => image.decode()));
    if (turn === latest) picture.replaceChildren(...next.childNodes);
  }

  model.on("change:values", show);
  model.on("change:picture", draw);
  show();
  draw();
}

export default { render };
