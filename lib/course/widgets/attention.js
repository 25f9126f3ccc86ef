// The attention viewer: queries on the left, keys on the right, and a line for each weight.
// Point at a token, or reach it with Tab and the arrow keys; click or press Enter to pin it.

const ROW = 30; // height of a token, as in attention.css
const NAMED = 5; // so many tokens are named in the sentence
const INVITATION =
  "Choose a token: on the left, to see where it looks; on the right, to see who looks at it.";

function element(tag, className, parent, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  parent.append(made);
  return made;
}

function render({ model, el }) {
  const tokens = [model.get("query_tokens"), model.get("key_tokens")]; // side 0: queries, 1: keys
  const [n_q, n_k] = tokens.map((side) => side.length);
  const bytes = model.get("weights");
  // A Float32Array must begin at a multiple of four bytes; a message may put the weights anywhere.
  const weights = new Float32Array(
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
  );
  const weight = (i, j) => {
    const matrix = model.get("layer") * model.get("num_heads") + model.get("head");
    return weights[(matrix * n_q + i) * n_k + j];
  };

  el.replaceChildren();
  const root = element("div", "course-attention", el);
  root.addEventListener("keydown", (event) => {
    // Arrows and letters are ours here, not the notebook's, which would move on or delete a cell.
    if (!event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
  });
  const title = model.get("title");
  if (title) element("p", "title", root, title);
  const menus = element("div", "menus", root);
  for (const name of ["layer", "head"]) {
    const count = model.get(`num_${name}s`);
    if (count < 2) continue;
    const field = element("label", "", menus, name === "layer" ? "Layer " : "Head ");
    const menu = element("select", "", field);
    for (let i = 0; i < count; i++) element("option", "", menu, String(i)).value = i;
    menu.value = model.get(name);
    menu.addEventListener("change", () => {
      model.set(name, Number(menu.value));
      model.save_changes();
    });
    model.on(`change:${name}`, () => {
      menu.value = model.get(name);
      draw();
    });
  }

  const board = element("div", "board", root);
  const sides = ["queries", "keys"].map((name, side) => {
    const column = document.createElement("div");
    column.className = `side ${name}`;
    column.setAttribute("role", "group");
    column.setAttribute("aria-label", name);
    element("div", "heading", column, name).setAttribute("aria-hidden", "true");
    tokens[side].forEach((token, index) => {
      const button = element("button", "token", column);
      button.type = "button";
      button.tabIndex = index === 0 ? 0 : -1; // one stop for Tab; the arrow keys do the rest
      element("span", "name", button, token).title = token;
      element("span", "number", button).setAttribute("aria-hidden", "true");
    });
    return column;
  });
  const lines = document.createElement("div");
  lines.className = "lines";
  lines.setAttribute("aria-hidden", "true");
  board.append(sides[0], lines, sides[1]);
  const sentence = element("p", "sentence", root);
  sentence.setAttribute("role", "status"); // read out whenever it changes
  const buttons = sides.map((side) => [...side.querySelectorAll("button")]);

  let active = null; // [side, index] of the token that is pointed at, or of the pinned one
  let pinned = null;

  const same = (a, b) => a !== null && b !== null && a[0] === b[0] && a[1] === b[1];
  const shown = (i, j) => !active || active[1] === (active[0] === 0 ? i : j);

  function draw() {
    const width = 240;
    const height = ROW * Math.max(n_q, n_k);
    const paths = [];
    for (let i = 0; i < n_q; i++) {
      for (let j = 0; j < n_k; j++) {
        const w = weight(i, j);
        if (w < 0.005 || !shown(i, j)) continue;
        const [from, to] = [(i + 0.5) * ROW, (j + 0.5) * ROW];
        const bend = `M0 ${from}C${width / 2} ${from} ${width / 2} ${to} ${width} ${to}`;
        // Of one token, the thickness tells the weights apart, and every line can be seen. Where all
        // tokens are shown at once, faint lines keep out of the way.
        const ink = (active ? 0.65 + 0.35 * w : 0.2 + 0.75 * w).toFixed(3);
        const thick = (0.8 + 5.2 * w).toFixed(2);
        paths.push(`<path d="${bend}" stroke-opacity="${ink}" stroke-width="${thick}"/>`);
      }
    }
    lines.innerHTML =
      `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">` +
      `${paths.join("")}</svg>`;

    buttons.forEach((column, side) =>
      column.forEach((button, index) => {
        const opposite = active && active[0] !== side;
        const w = !opposite ? 0 : side === 1 ? weight(active[1], index) : weight(index, active[1]);
        button.style.setProperty("--weight", w);
        button.querySelector(".number").textContent = opposite ? w.toFixed(2) : "";
        button.classList.toggle("active", same(active, [side, index]));
        button.setAttribute("aria-pressed", same(pinned, [side, index]));
      }),
    );
    sentence.textContent = active ? say(...active) : INVITATION;
  }

  function say(side, index) {
    const other = tokens[1 - side];
    const seen = other
      .map((token, at) => [side === 0 ? weight(index, at) : weight(at, index), token])
      .filter(([w]) => w > 0)
      .sort((a, b) => b[0] - a[0]);
    const verb = side === 0 ? "looks at" : "is looked at by";
    if (seen.length === 0) return `${tokens[side][index]} ${verb} nothing: every weight is 0.`;
    const named = seen.slice(0, NAMED).map(([w, token]) => `${token} ${w.toFixed(2)}`);
    const rest = seen.slice(NAMED).reduce((sum, [w]) => sum + w, 0);
    const more = seen.length - NAMED;
    if (more > 0) named.push(`${more} more ${more === 1 ? "token" : "tokens"} ${rest.toFixed(2)}`);
    return `${tokens[side][index]} ${verb} ${named.join(", ")}.`;
  }

  function activate(token) {
    if (active === token || same(active, token)) return;
    active = token;
    draw();
  }

  function move(event, side, index) {
    const last = tokens[side].length - 1;
    const goals = {
      ArrowUp: [side, Math.max(index - 1, 0)],
      ArrowDown: [side, Math.min(index + 1, last)],
      Home: [side, 0],
      End: [side, last],
      ArrowLeft: [0, Math.min(index, n_q - 1)],
      ArrowRight: [1, Math.min(index, n_k - 1)],
    };
    if (event.key === "Escape") {
      pinned = null;
      draw();
    } else if (goals[event.key]) {
      event.preventDefault();
      const [to, at] = goals[event.key];
      buttons[to][at].focus();
    }
  }

  buttons.forEach((column, side) =>
    column.forEach((button, index) => {
      const token = [side, index];
      button.addEventListener("mouseenter", () => activate(token));
      button.addEventListener("mouseleave", () => activate(pinned));
      button.addEventListener("blur", () => activate(pinned));
      button.addEventListener("focus", () => {
        column.forEach((other) => (other.tabIndex = other === button ? 0 : -1));
        activate(token);
      });
      button.addEventListener("keydown", (event) => move(event, side, index));
      button.addEventListener("click", () => {
        pinned = same(pinned, token) ? null : token;
        active = token;
        draw();
      });
    }),
  );
  draw();
}

const widget = { render };
export default widget;
