// The explorer: a scatter plot of images. Hover shows an image, a click pins it beside its nearest, box and
// lasso show a montage; keys and fingers do the same. `spec` is written by explorer_page.py.
function semlibExplorer(spec) {
  const CALM = 1500; // milliseconds in which the reader does nothing
  const root = document.getElementById(spec.id);
  const parts = semlibParts(spec), model = semlibModel(spec, parts);
  const { make, short } = parts, { state } = model;

  // ---- the parts of the page
  const bar = make("div", root, "sx-bar");
  function menu(title, options, change) {
    const label = make("label", bar, "", title), select = make("select", label);
    options.forEach((text, i) => { make("option", select, "", text).value = i; });
    select.addEventListener("change", () => change(+select.value));
    if (options.length < 2) label.hidden = true;
    return select;
  }
  const unique = (list) => [...new Set(list)];
  const methods = unique(spec.layouts.map((l) => l.method)), kinds = unique(spec.layouts.map((l) => l.kind));
  const pick = () => {
    const at = spec.layouts.findIndex((l) => l.method === methods[method.value] && l.kind === kinds[kind.value]);
    state.layout = Math.max(at, 0);
    state.order = null;
    groups();
    redraw().then(() => { panel.pinned(); if (state.at >= 0) panel.look(state.at); });
  };
  const method = menu(spec.words.method, methods, pick), kind = menu("Drawn by", kinds, pick);
  menu("Colour", spec.colours.map((c) => c.name), (k) => { state.colour = k; groups(); redraw(); });
  const tools = make("div", bar, "sx-tools");
  tools.setAttribute("role", "group");
  tools.setAttribute("aria-label", "What dragging does");
  const buttons = [["Move", "pan"], ["Box", "select"], ["Lasso", "lasso"]].map(([text, mode]) => {
    const button = make("button", tools, "", text);
    button.type = "button";
    button.addEventListener("click", () => drag(mode));
    return [button, mode];
  });
  const body = make("div", root, "sx-body"), left = make("div", body, "sx-left");
  const stage = make("div", left, "sx-stage"), node = make("div", stage, "sx-plot");
  stage.tabIndex = 0;
  stage.setAttribute("role", "application");
  stage.setAttribute("aria-label", spec.alt);
  const legend = make("div", left, "sx-legend");
  legend.setAttribute("role", "group");
  const note = make("p", left, "sx-note", ""), live = make("p", left, "sx-live", "");
  note.setAttribute("role", "status");
  live.setAttribute("aria-live", "polite");
  const help = make("p", left, "sx-help", "Point at a dot to see its image; click pins it. By finger: tap to see, " +
    "tap again to pin. Keys: ← → along the list, ↑ ↓ by nearness to the pin, Enter pins, S selects or drops the " +
    "point, Shift with an arrow selects on the way, Escape clears. The buttons under the plot hide groups.");
  help.id = spec.id + "-help";
  stage.setAttribute("aria-describedby", help.id);
  const side = make("div", body, "sx-side"), below = make("div", root, "sx-montage");

  // A button for each group, which hides it; or the scale.
  function groups() {
    const colour = model.colour(), v = colour.groups && model.values(colour);
    legend.replaceChildren();
    legend.setAttribute("aria-label", colour.name + (colour.groups ? ": show or hide" : ""));
    make("span", legend, "", colour.name);
    if (!colour.groups) {
      const [low, high] = model.ends();
      make("span", legend, "sx-end", short(low));
      make("span", legend, "sx-scale").style.background = `linear-gradient(90deg, ${spec.scale.map(([, c]) => c)})`;
      make("span", legend, "", short(high));
      return;
    }
    colour.groups.forEach((g, k) => {
      if (!v.includes(k)) return;
      const button = make("button", legend);
      button.type = "button";
      button.setAttribute("aria-pressed", !g.hidden);
      make("span", button, "sx-chip").style.background = g.color;
      make("span", button, "", g.name);
      button.addEventListener("click", () => {
        g.hidden = !g.hidden;
        button.setAttribute("aria-pressed", !g.hidden);
        redraw();
      });
    });
  }

  // ---- the picture: at first our own, then plotly's
  const plot = semlibPlot(node, spec, model);
  model.moved = () => panel.overlay();
  let view = semlibDots(stage, model, parts);
  const panel = semlibPanel({ stage, side, below, live }, spec, model, parts, (i) => view.pixel(i));
  // What a box selected keeps rings when the dots are drawn anew.
  const ring = (rows) => { view.unmark(); panel.choose(rows, true); };
  function redraw() {
    const rows = state.chosen;
    state.rings = true; // from here on, plotly's own "nothing is selected" counts for nothing
    return view.draw().then(() => ring(rows));
  }
  const coarse = window.matchMedia("(pointer: coarse)").matches;
  if (coarse) state.drag = false; // so that a finger scrolls the page
  const pressed = () => buttons.forEach(([b, own]) => b.setAttribute("aria-pressed", own === state.drag));
  let hurry = false; // a tool is wanted that only plotly has
  function drag(mode) {
    state.drag = mode === state.drag && coarse ? false : mode;
    pressed();
    hurry = true;
    view.drag(state.drag);
  }

  // ---- what a reader does. A finger's first tap shows, its second on the same dot pins.
  let touch = false, before = -1;
  const finger = (e) => { touch = e.pointerType === "touch"; if (e.type === "pointerdown") before = state.at; };
  ["pointerdown", "pointermove"].forEach((name) => stage.addEventListener(name, finger, true));
  const acts = {
    hover: (i) => { if (!touch && i !== state.at) panel.look(i); },
    click: (i) => {
      if (i < 0) panel.look(-1);
      else if (touch && i !== before) panel.look(i, { touch });
      else panel.pin(i, { touch: false });
    },
    chosen: (rows) => {
      if (state.rings && !rows.length) return; // nothing was drawn
      panel.choose(rows, false);
      panel.tell("Selected: " + rows.length);
    },
    moved: () => panel.overlay(),
  };
  function select(i, keep = false) {
    const there = state.chosen.includes(i);
    if (there && keep) return;
    ring(there ? state.chosen.filter((j) => j !== i) : [...state.chosen, i]);
    panel.tell(`${there ? "Dropped" : "Selected"}, now ${state.chosen.length}: ${panel.told(i)}`);
  }
  stage.addEventListener("keydown", (event) => {
    const { n } = model, step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const nearer = { ArrowDown: 1, ArrowUp: -1 }[event.key], from = state.at;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (step) { panel.look(from < 0 ? 0 : (from + step + n) % n); if (state.pin < 0) state.order = null; }
    else if (nearer) {
      const o = model.byNearness();
      panel.look(o[(o.indexOf(Math.max(from, 0)) + nearer + n) % n]);
    }
    else if (event.key === "Home") panel.look(0);
    else if (event.key === "End") panel.look(n - 1);
    else if (event.key === "Enter" && event.target === stage && from >= 0) panel.pin(from);
    else if (event.key.toLowerCase() === "s" && from >= 0) select(from);
    else if (event.key === "Escape") {
      state.pin = -1;
      panel.look(-1);
      panel.tell("");
      panel.pinned();
      ring([]);
    }
    else return;
    if (event.shiftKey && (step || nearer)) { if (from >= 0) select(from, true); select(state.at, true); }
    event.preventDefault();
    event.stopPropagation(); // else the book's theme turns the page
  });

  // ---- plotly: starting it holds the page up, so it waits for a calm moment, or until it is needed
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  let last = 0;
  const busy = () => { last = performance.now(); }, stop = new AbortController();
  ["pointermove", "pointerdown", "wheel", "scroll", "keydown", "touchmove"].forEach((name) =>
    window.addEventListener(name, busy, { capture: true, passive: true, signal: stop.signal }));
  async function calm() {
    while (!hurry && performance.now() - last < CALM) await pause(50);
  }
  async function change() {
    busy();
    await calm();
    try {
      await plot.load();
    } catch {
      note.textContent = "plotly.js could not be loaded (in Jupyter and on Colab it comes from the internet). " +
        "Pointing, pinning, keys and colours work without it; moving, zooming, Box and Lasso do not.";
      buttons.forEach(([button]) => { button.disabled = true; });
      return;
    }
    await calm();
    node.style.visibility = "hidden"; // the dots are never seen twice
    await plot.draw();
    await pause(0);
    view.remove();
    view = plot;
    node.style.visibility = "";
    plot.listen(acts);
    stop.abort();
    panel.overlay();
    root.dataset.drawn = Math.round(performance.now());
  }
  view.draw();
  view.listen(acts);
  groups();
  pressed();
  panel.pinned();
  root.dataset.painted = Math.round(performance.now());
  change();
}
