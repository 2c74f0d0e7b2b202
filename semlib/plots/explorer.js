// The explorer: a scatter plot of images. Hover shows an image, a click pins it beside its nearest, box and
// lasso show a montage; arrow keys, Enter and Escape do the same. `spec` is written by explorer_page.py.
function semlibExplorer(spec) {
  "use strict";
  const root = document.getElementById(spec.id);
  const MOST = 60; // images of a montage
  const state = { layout: 0, colour: 0, at: -1, pin: -1, drag: "pan" };
  const { unpack, row, short, make, sheets, thumb, firstPicture } = semlibParts(spec);
  const xy = (i) => row(spec.layouts[state.layout].xy, i);
  const values = (c) => unpack(c.arrays[c.of[state.layout]]).levels;
  // What is known of a point, less what its name says already.
  function facts(i) {
    return spec.colours
      .map((c) => c.name + " " + (c.groups ? c.groups[values(c)[i]].name : short(values(c)[i])))
      .filter((text) => !spec.names[i].includes(text));
  }

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
    draw().then(() => { deselect(); pinned(); if (state.at >= 0) look(state.at); });
  };
  const method = menu(spec.words.method, methods, pick), kind = menu("Drawn by", kinds, pick);
  menu("Colour", spec.colours.map((c) => c.name), (k) => { state.colour = k; groups(); draw().then(overlay); });
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
  const stage = make("div", left, "sx-stage"), plot = make("div", stage, "sx-plot");
  const svg = stage.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "svg"));
  svg.setAttribute("aria-hidden", "true");
  const tip = make("div", stage, "sx-tip");
  tip.hidden = true;
  stage.tabIndex = 0;
  stage.setAttribute("role", "application");
  stage.setAttribute("aria-label", spec.alt);
  const legend = make("div", left, "sx-legend");
  legend.setAttribute("role", "group");
  const live = make("p", left, "sx-live", "");
  live.setAttribute("aria-live", "polite");
  const help = make("p", left, "sx-help", "Point at a dot or tap it; click pins it. Keys: ← → along the list, " +
    "↑ ↓ by nearness to the pin, Enter pins, Escape clears. The buttons under the plot hide groups.");
  help.id = spec.id + "-help";
  stage.setAttribute("aria-describedby", help.id);
  const side = make("div", body, "sx-side"), pinBox = make("div", side), montage = make("div", root, "sx-montage");
  montage.setAttribute("aria-live", "polite");

  // ---- the plot
  const webgl = !!document.createElement("canvas").getContext("webgl");
  const large = spec.names.length > 1000;
  function traces() {
    const colour = spec.colours[state.colour], v = values(colour), n = spec.names.length;
    const all = unpack(spec.layouts[state.layout].xy).levels;
    const trace = (rows, marker, name) => ({
      type: webgl && large ? "scattergl" : "scatter", mode: "markers", name, hoverinfo: "none",
      x: rows.map((i) => all[2 * i]), y: rows.map((i) => all[2 * i + 1]), customdata: rows,
      marker: { size: large ? 5 : 8, opacity: 0.85, ...marker }, unselected: { marker: { opacity: 0.12 } },
    });
    const rows = Array.from({ length: n }, (_, i) => i);
    if (colour.groups) {
      return colour.groups.map((g, k) => trace(rows.filter((i) => v[i] === k && !g.hidden), { color: g.color }, g.name))
        .filter((t) => t.x.length).sort((a, b) => b.x.length - a.x.length) // small groups larger, and on top
        .map((t) => { if (large && t.x.length < n / 10) t.marker.size = 7; return t; });
    }
    const bar_ = { thickness: 10, len: 0.9, title: { text: colour.name, side: "right" }, outlinewidth: 0 };
    return [trace(rows, { color: rows.map((i) => v[i]), colorscale: spec.scale, colorbar: bar_ }, colour.name)];
  }
  // The span of a layout and a little around it, as [lowest x and y, highest x and y].
  function span() {
    const all = unpack(spec.layouts[state.layout].xy).levels, low = [Infinity, Infinity], high = [-Infinity, -Infinity];
    all.forEach((v, i) => { low[i % 2] = Math.min(low[i % 2], v); high[i % 2] = Math.max(high[i % 2], v); });
    const room = [0, 1].map((k) => 0.04 * (high[k] - low[k]) || 1);
    return [low.map((v, k) => v - room[k]), high.map((v, k) => v + room[k])];
  }
  // A button for each group; it hides the group.
  function groups() {
    const colour = spec.colours[state.colour], v = colour.groups && values(colour);
    legend.replaceChildren();
    if (!colour.groups) return;
    legend.setAttribute("aria-label", colour.name + ": show or hide");
    make("span", legend, "", colour.name);
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
        draw();
      });
    });
  }
  const ink = () => getComputedStyle(root).color;
  function layout() {
    const axis = { showticklabels: false, zeroline: false, showgrid: false, ticks: "" };
    const [low, high] = span();
    return {
      margin: { l: 6, r: 6, t: 6, b: 6 }, xaxis: { ...axis, range: [low[0], high[0]] },
      yaxis: { ...axis, range: [low[1], high[1]] }, hovermode: "closest",
      hoverdistance: 14, dragmode: state.drag, showlegend: false, font: { color: ink(), size: 12 },
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(128,128,128,0.07)", uirevision: state.layout,
      newselection: { line: { color: ink() } },
    };
  }
  const draw = () => Plotly.react(plot, traces(), layout(), { responsive: true, displaylogo: false, scrollZoom: false,
    modeBarButtons: [["zoomIn2d", "zoomOut2d", "resetScale2d", "toImage"]] });
  const pressed = () => buttons.forEach(([b, own]) => b.setAttribute("aria-pressed", own === state.drag));
  function drag(mode) {
    state.drag = mode === state.drag && coarse ? false : mode;
    pressed();
    Plotly.relayout(plot, { dragmode: state.drag });
  }
  const coarse = window.matchMedia("(pointer: coarse)").matches;
  if (coarse) state.drag = false; // so that a finger scrolls the page

  // ---- rings and lines over the plot, without drawing the plot again
  function pixel(i) {
    const [x, y] = xy(i), { xaxis, yaxis } = plot._fullLayout;
    return [xaxis.l2p(x) + xaxis._offset, yaxis.l2p(y) + yaxis._offset];
  }
  function mark(tag, cls, attributes) {
    const node = svg.appendChild(document.createElementNS(svg.namespaceURI, tag));
    node.setAttribute("class", cls);
    Object.entries(attributes).forEach(([k, v]) => node.setAttribute(k, v));
  }
  function overlay() {
    svg.replaceChildren();
    if (!plot._fullLayout) return;
    if (state.pin >= 0) {
      const [cx, cy] = pixel(state.pin);
      near(state.pin).forEach(([j]) => {
        const [x, y] = pixel(j);
        mark("line", "sx-line", { x1: cx, y1: cy, x2: x, y2: y });
        mark("circle", "sx-near", { cx: x, cy: y, r: 6 });
      });
      mark("circle", "sx-pin", { cx, cy, r: 9 });
    }
    if (state.at >= 0) { const [cx, cy] = pixel(state.at); mark("circle", "sx-at", { cx, cy, r: 8 }); }
  }
  const space = () => spec.neighbours[spec.layouts[state.layout].near];
  function near(i) {
    const index = row(space().index, i), distance = row(space().distance, i);
    return index.map((j, k) => [j, distance[k]]);
  }

  // ---- what a reader does
  function look(i, say = true) {
    state.at = i;
    overlay();
    tip.hidden = i < 0;
    if (i < 0) return;
    tip.replaceChildren();
    thumb(tip, i, spec.show, 0, spec.names[i]);
    make("div", tip, "", spec.names[i]);
    tip.style.width = spec.show + 16 + "px";
    const [x, y] = pixel(i), box = stage.getBoundingClientRect(), w = spec.show + 16, h = tip.offsetHeight;
    tip.style.left = Math.max(0, x + 14 + w > box.width ? x - 14 - w : x + 14) + "px";
    tip.style.top = Math.max(0, Math.min(y - h / 2, box.height - h)) + "px";
    if (say) live.textContent = [spec.names[i], ...facts(i)].join(" · ");
  }
  function pinned() {
    const i = state.pin;
    pinBox.replaceChildren();
    overlay();
    if (i < 0) { make("p", pinBox, "sx-hint", spec.words.hint); return; }
    make("p", pinBox, "sx-title", "Pinned: " + spec.names[i]);
    const pair = make("div", pinBox, "sx-pair");
    sheets.forEach((sheet, k) => thumb(pair, i, spec.show, k, sheet.label + ", " + spec.names[i]));
    make("p", pinBox, "sx-facts", facts(i).join(" · "));
    if (spec.details) {
      const list = make("ul", pinBox, "sx-details");
      list.tabIndex = 0; // it may scroll
      list.setAttribute("aria-label", spec.words.details);
      spec.details[i].forEach(([color, text]) => {
        const item = make("li", list);
        make("span", item, "sx-chip").style.background = color;
        make("span", item, "", text);
      });
    }
    make("p", pinBox, "sx-title", space().title);
    images(near(i).map(([j, d]) => [j, short(d)]));
  }
  function images(list, parent = pinBox) {
    const box = make("div", parent, "sx-images");
    list.forEach(([j, text]) => {
      const button = make("button", box, "sx-thumb");
      button.type = "button";
      button.title = [spec.names[j], ...facts(j)].join(" · ");
      button.setAttribute("aria-label", spec.names[j] + (text ? ", distance " + text : "") + "; pin it");
      thumb(button, j, spec.small, 0, spec.names[j]).setAttribute("aria-hidden", "true");
      if (text) make("span", button, "", text);
      button.addEventListener("click", () => { pin(j); stage.focus({ preventScroll: true }); });
      button.addEventListener("mouseenter", () => look(j, false));
      button.addEventListener("focus", () => look(j, false));
    });
  }
  function pin(i) {
    state.pin = i;
    state.order = null;
    look(i);
    pinned();
  }
  function chosen(rows) {
    montage.replaceChildren();
    if (!rows.length) return;
    const step = Math.max(1, rows.length / MOST), some = [];
    for (let k = 0; k < rows.length && some.length < MOST; k += step) some.push([rows[Math.floor(k)], ""]);
    const part = rows.length > MOST ? `, ${some.length} of them shown` : "";
    make("p", montage, "sx-title", `Selected: ${rows.length}${part}`);
    images(some, montage);
  }
  function deselect() {
    chosen([]);
    if (plot._fullLayout.selections && plot._fullLayout.selections.length) Plotly.relayout(plot, { selections: [] });
    if (plot.data.some((t) => t.selectedpoints)) Plotly.restyle(plot, { selectedpoints: [null] });
  }
  // All points by nearness in the plane to the pin, or to where the walk began.
  function byNearness() {
    if (state.order) return state.order;
    const from = Math.max(state.pin >= 0 ? state.pin : state.at, 0), [x, y] = xy(from);
    const all = unpack(spec.layouts[state.layout].xy).levels;
    const d = spec.names.map((_, i) => i === from ? -1 : (all[2 * i] - x) ** 2 + (all[2 * i + 1] - y) ** 2);
    state.order = d.map((_, i) => i).sort((a, b) => d[a] - d[b]);
    return state.order;
  }
  stage.addEventListener("keydown", (event) => {
    const n = spec.names.length, step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const nearer = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (step) { look(state.at < 0 ? 0 : (state.at + step + n) % n); if (state.pin < 0) state.order = null; }
    else if (nearer) { const o = byNearness(); look(o[(o.indexOf(Math.max(state.at, 0)) + nearer + n) % n]); }
    else if (event.key === "Home") look(0);
    else if (event.key === "End") look(n - 1);
    else if (event.key === "Enter" && event.target === stage && state.at >= 0) pin(state.at);
    else if (event.key === "Escape") { state.pin = -1; look(-1); live.textContent = ""; pinned(); deselect(); }
    else return;
    event.preventDefault();
    event.stopPropagation(); // else the book's theme turns the page
  });

  function start() {
    draw().then(() => {
      first.remove();
      root.dataset.drawn = Math.round(performance.now());
      plot.on("plotly_hover", (e) => look(e.points[0].customdata));
      plot.on("plotly_unhover", () => look(-1));
      plot.on("plotly_click", (e) => pin(e.points[0].customdata));
      plot.on("plotly_selected", (e) => chosen(e && e.points ? e.points.map((p) => p.customdata) : []));
      ["plotly_relayouting", "plotly_relayout", "plotly_afterplot"].forEach((name) => plot.on(name, overlay));
      new MutationObserver(() => setTimeout(() => Plotly.relayout(plot, { "font.color": ink() }), 50))
        .observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
      pinned();
    });
  }
  const shown = spec.colours[0], own = values(shown);
  const first = firstPicture(stage, unpack(spec.layouts[0].xy).levels,
    (i) => shown.groups ? shown.groups[own[i]].color : spec.scale[1][1], span());
  groups();
  pressed();
  root.dataset.painted = Math.round(performance.now());
  if (window.Plotly) { start(); return; }
  const content = document.documentElement.dataset.content_root, script = document.createElement("script");
  script.src = content !== undefined ? content + "_static/plotly.min.js" : spec.cdn;
  script.onload = start;
  script.onerror = () => { live.textContent = "plotly.js could not be loaded, so nothing is drawn."; };
  document.head.appendChild(script);
}
