for (const root of document.querySelectorAll('[data-course-widget="NAME"]:not([data-mounted])')) {
  root.dataset.mounted = "";
  const state = JSON.parse(root.querySelector("script[type='application/json']").textContent);
  for (const [name, value] of Object.entries(state)) {
    if (value?.base64 !== undefined) {
      const bytes = Uint8Array.from(atob(value.base64), (letter) => letter.charCodeAt(0));
      state[name] = new DataView(bytes.buffer);
    }
  }
  const listeners = {};
  const model = {
    get: (name) => state[name],
    set(name, value) {
      state[name] = value;
      (listeners["change:" + name] ?? []).forEach((listener) => listener());
    },
    save_changes() {},
    on: (event, listener) => (listeners[event] ??= []).push(listener),
  };
  const el = document.createElement("div");
  root.replaceChildren(el);
  widget.render({ model, el });
}
